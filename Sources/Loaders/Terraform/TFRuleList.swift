import SGModel

/// A plain rule on the group that it belongs to for certain.
///
/// Its entry is made when somebody looks at the group: an entry takes twenty times as much memory.
struct RuleFact {
  /// What its peer is.
  enum Peer {
    /// The IPv4 block that it names.
    case v4
    /// The group that it is on.
    case itself
    /// A group of the same input, by its index in `Facts.groups`.
    case group(Int32)
    /// Another one, by its index in the list's `peers`.
    case other(Int32)
  }

  /// Its number among the plain rules of the plan.
  var rule: Int32
  var peer: Peer
}

/// The plain rules of a plan that are on groups, without what else reading the plan took.
///
/// INVARIANT: nothing in it changes; of the text only what reads nothing by itself is used.
final class TFRuleList: @unchecked Sendable {
  /// The rules, those of one group side by side and in the order of the plan.
  let facts: [RuleFact]
  /// Peers that are neither IPv4 blocks nor groups of the plan.
  let peers: [PeerFact]
  private let rules: [TFPlainRule]
  private let text: TFPlanText
  /// What groups are called where they are known only after apply, by their indices.
  private let names: [Int32: PeerName]
  private let view: PlanView

  init(
    _ facts: [RuleFact], peers: [PeerFact], names: [Int32: PeerName], of resources: TFResources,
    _ text: TFPlanText, view: PlanView
  ) {
    self.facts = facts
    self.peers = peers
    self.names = names
    rules = resources.rules
    self.text = text
    self.view = view
  }

  /// The rule of a fact, by the fact's index.
  func rule(ofFact index: Int32) -> TFPlainRule { rules[Int(facts[Int(index)].rule)] }

  /// What the peer of a rule is.
  func peer(of fact: RuleFact) -> PeerFact {
    switch fact.peer {
    case .v4: .v4(rules[Int(fact.rule)].v4)
    case .itself: .group(.itself)
    case .group(let group): .group(.fact(Int(group)))
    case .other(let index): peers[Int(index)]
    }
  }

  /// The entry that a rule makes.
  func entry(_ fact: RuleFact) -> EntryFact {
    let rule = rules[Int(fact.rule)]
    var name: PeerName?
    if rule.peerKind == .unknown, case .group(let group) = fact.peer { name = names[group] }
    return text.entry(of: rule, peer(of: fact), named: name, view)
  }

  /// Where the entry of a fact stands, by the fact's index.
  func span(ofFact index: Int32) -> SourceSpan { text.entrySpan(of: rule(ofFact: index)) }
}

extension TFPlanText {
  /// Where the entry that a rule makes stands: what is not known has no place of its own.
  func entrySpan(of rule: TFPlainRule) -> SourceSpan {
    rule.peerKind == .unknown ? span(of: rule) : peerSpan(of: rule)
  }

  /// The entry that a rule makes, its texts left where they are; a peer that is known only after apply has
  /// a name.
  func entry(
    of rule: TFPlainRule, _ peer: PeerFact, named name: PeerName?, _ view: PlanView
  ) -> EntryFact {
    let kind: OriginPlaces.PeerKind =
      switch rule.peerKind {
      case .v4, .v6: .block
      case .prefixList: .prefixList
      case .group, .unknown: .securityGroup
      case .itself: .itself
      }
    let type =
      rule.isLegacy
      ? "aws_security_group_rule"
      : rule.isEgress
        ? "aws_vpc_security_group_egress_rule" : "aws_vpc_security_group_ingress_rule"
    return EntryFact(
      direction: rule.direction, peer: peer,
      origin: Origin(
        .terraformResource(type: type), span: entrySpan(of: rule), services: rule.services,
        places: places(of: rule, kind, named: name),
        isNew: view == .after && !rule.actions.isDisjoint(with: [.create, .update])))
  }
}
