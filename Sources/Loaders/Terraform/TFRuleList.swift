import SGModel

/// A box of a group: of a plain rule that is on it for certain, or of an entry that is written in it.
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
    /// Peers that are known after apply.
    case unknown

    /// The peer as one number, which takes half the memory.
    fileprivate var code: Int32 {
      switch self {
      case .v4: -1
      case .itself: -2
      case .unknown: -3
      case .group(let index): index << 1
      case .other(let index): index << 1 | 1
      }
    }

    fileprivate init(code: Int32) {
      switch code {
      case -1: self = .v4
      case -2: self = .itself
      case -3: self = .unknown
      default: self = code & 1 == 0 ? .group(code >> 1) : .other(code >> 1)
      }
    }
  }

  /// Where it is written.
  enum Source {
    /// A plain rule, by its number in the plan.
    case rule(Int)
    /// A peer in a plain group, by its number in the plan.
    case inline(Int)
  }

  /// The number of the rule, or the complement of that of the peer.
  private let number: Int32
  private let code: Int32

  init(rule: Int32, _ peer: Peer) {
    number = rule
    code = peer.code
  }

  init(inline: Int32, _ peer: Peer) {
    number = ~inline
    code = peer.code
  }

  var peer: Peer { Peer(code: code) }

  var source: Source { number < 0 ? .inline(Int(~number)) : .rule(Int(number)) }
}

/// The boxes of a plan that groups have, without what else reading the plan took.
///
/// INVARIANT: nothing in it changes; of the text only what reads nothing by itself is used.
final class TFRuleList: @unchecked Sendable {
  /// What a box opens, but for peers that are no IPv4 blocks.
  struct Box {
    var direction: Direction
    var services: ServiceRange
    var v4: IPv4Range
    /// Whether it is there for certain.
    var isCertain: Bool
  }

  /// The boxes, those of one group side by side: what is written in it, then rules in the order of the plan.
  let facts: [RuleFact]
  /// Peers that are neither IPv4 blocks nor groups of the plan.
  let peers: [PeerFact]
  private let rules: [TFPlainRule]
  /// Where plain groups stand, by number.
  private let places: [TFPlace]
  private let inlinePeers: [TFInlinePeer]
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
    places = resources.groups.map { $0.place }
    inlinePeers = resources.peers
    self.text = text
    self.view = view
  }

  /// The box of a fact, by the fact's index.
  func box(ofFact index: Int32) -> Box {
    switch facts[Int(index)].source {
    case .rule(let number):
      let rule = rules[number]
      return Box(
        direction: rule.direction, services: rule.services, v4: rule.v4, isCertain: true)
    case .inline(let number):
      let inline = inlinePeers[number]
      return Box(
        direction: inline.direction, services: inline.services, v4: inline.v4,
        isCertain: inline.kind != .unknown)
    }
  }

  /// The name of peers that are known after apply, by their fact's index.
  ///
  /// A thread that reads alone lets go of what it has read, and need not read the address of a group where that is
  /// known.
  func unknownName(
    ofFact index: Int32, isAlone: Bool = false, inGroup known: String? = nil
  ) -> String? {
    guard case .unknown = facts[Int(index)].peer else { return nil }
    func address(_ place: TFPlace) -> String {
      isAlone ? text.address(of: place) : text.readAddress(of: place)
    }
    switch facts[Int(index)].source {
    case .rule(let number): return rules[number].unknownName(in: address(rules[number].place))
    case .inline(let number):
      return inlinePeers[number].name(
        in: known ?? address(places[Int(inlinePeers[number].group)]))
    }
  }

  /// The entry that a fact makes, by the fact's index.
  func entry(ofFact index: Int) -> EntryFact {
    let fact = facts[index]
    let peer = peer(of: fact, Int32(clamping: index))
    switch fact.source {
    case .rule(let number):
      let rule = rules[number]
      var name: PeerName?
      if rule.peerKind == .unknown, case .group(let group) = fact.peer { name = names[group] }
      if case .unknown = fact.peer { return text.unknownEntry(of: rule, peer, view) }
      return text.entry(of: rule, peer, named: name, view)
    case .inline(let number):
      let inline = inlinePeers[number]
      return text.entry(of: inline, in: places[Int(inline.group)], peer, view)
    }
  }

  private func peer(of fact: RuleFact, _ index: Int32) -> PeerFact {
    switch fact.peer {
    case .v4: .v4(box(ofFact: index).v4)
    case .unknown: .unknown(name: unknownName(ofFact: index) ?? "")
    case .itself: .group(.itself)
    case .group(let group): .group(.fact(Int(group)))
    case .other(let index): peers[Int(index)]
    }
  }

  /// Where the entry of a fact stands, by the fact's index.
  func span(ofFact index: Int32) -> SourceSpan {
    switch facts[Int(index)].source {
    case .rule(let number): text.entrySpan(of: rules[number])
    case .inline(let number):
      text.span(
        of: inlinePeers[number].placed(in: places[Int(inlinePeers[number].group)]))
    }
  }
}

extension TFPlanText {
  /// Where the entry that a rule makes stands: what is not known has no place of its own.
  func entrySpan(of rule: TFPlainRule) -> SourceSpan {
    rule.peerKind == .unknown ? span(of: rule.place) : span(of: rule.placedPeer)
  }

  /// The entry that a rule makes whose peer cannot be told.
  func unknownEntry(of rule: TFPlainRule, _ peer: PeerFact, _ view: PlanView) -> EntryFact {
    var entry = entry(of: rule, peer, named: nil, view)
    let address = readAddress(of: rule.place)
    var origin = Origin(
      entry.origin.carrier, span: entry.origin.span, services: rule.services,
      peerText: TFUnknown.text(rule.unknownName(in: address)),
      id: entry.origin.id, address: address, note: entry.origin.note)
    origin.isNew = entry.origin.isNew
    entry.origin = origin
    return entry
  }

  /// The entry that a rule makes, its texts left where they are; a peer that is known only after apply has
  /// a name.
  func entry(
    of rule: TFPlainRule, _ peer: PeerFact, named name: PeerName?, _ view: PlanView
  ) -> EntryFact {
    let type =
      rule.isLegacy
      ? "aws_security_group_rule"
      : rule.isEgress
        ? "aws_vpc_security_group_egress_rule" : "aws_vpc_security_group_ingress_rule"
    return EntryFact(
      direction: rule.direction, peer: peer,
      origin: Origin(
        .terraformResource(type: type), span: entrySpan(of: rule), services: rule.services,
        places: places(of: rule, rule.peerKind.inOrigin, named: name),
        isNew: rule.place.isNew(view)))
  }
}
