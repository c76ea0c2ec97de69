import SGModel

/// A rule that is a resource of its own and says nothing unusual: one peer, nothing sensitive, no
/// fault.
///
/// It is kept as what it opens and where the rest stands in the plan: rules are most of a large plan. Whatever
/// would need more to be said of it is no plain rule.
struct TFPlainRule {
  /// What it names as its peer.
  enum PeerKind: UInt8 {
    case v4, v6, prefixList, group, itself
    /// Known after apply; which it is may be in the configuration.
    case unknown
  }

  var place: TFPlace
  let services: ServiceRange
  /// The addresses of the peer, where it is an IPv4 block; where it is an IPv6 block or an id, its number in the
  /// plan's text.
  var v4 = IPv4Range.all
  /// Where its group and its id stand, a number in the plan's text; negative where neither is written.
  var names: Int32 = -1
  private var peerPlace = ShortPlace.none
  private var notePlace = ShortPlace.none
  private let flags: Flags
  private(set) var peerKind = PeerKind.unknown
  /// The attribute that its peer stands in.
  let attribute: TFPeerAttribute

  private struct Flags: OptionSet {
    let rawValue: UInt8
    static let egress = Flags(rawValue: 1)
    static let legacy = Flags(rawValue: 2)
    static let unknownGroup = Flags(rawValue: 4)
  }

  /// Creates a rule whose peer is not known.
  init(
    _ place: TFPlace, isEgress: Bool, isLegacy: Bool, services: ServiceRange,
    attribute: TFPeerAttribute, isGroupUnknown: Bool
  ) {
    self.place = place
    self.services = services
    self.attribute = attribute
    var flags: Flags = []
    if isEgress { flags.insert(.egress) }
    if isLegacy { flags.insert(.legacy) }
    if isGroupUnknown { flags.insert(.unknownGroup) }
    self.flags = flags
  }

  /// Takes a peer that is written at a place; false where that is too far away.
  mutating func take(_ kind: PeerKind, at place: TextPlace) -> Bool {
    guard let short = ShortPlace(place) else { return false }
    peerKind = kind
    peerPlace = short
    return true
  }

  /// Takes a description; false where it is too far away.
  mutating func take(note place: TextPlace) -> Bool {
    guard let short = ShortPlace(place) else { return false }
    notePlace = short
    return true
  }

  var isEgress: Bool { flags.contains(.egress) }
  /// Whether it is an `aws_security_group_rule`.
  var isLegacy: Bool { flags.contains(.legacy) }
  /// Whether its group is known after apply.
  var isGroupUnknown: Bool { flags.contains(.unknownGroup) }
  /// Where the peer's text stands; for a peer that is not known or has no text, nothing of use.
  var peer: TextPlace { peerPlace.place ?? place.address }
  var note: TextPlace? { notePlace.place }
  var direction: Direction { isEgress ? .egress : .ingress }
  /// Whether the plan takes it away: then it is what it was before.
  var isRemoved: Bool { place.actions == .delete }
  var placedPeer: TFPlacedPeer {
    TFPlacedPeer(start: place.start, kind: peerKind, text: peer, v4: v4)
  }

  /// The name of a peer that is not known, in the rule with that address.
  func unknownName(in address: String) -> String { "\(address).\(attribute.rawValue)" }
}

/// Where a text stands that is short and near to the place that it is counted from.
struct ShortPlace {
  private var offset: UInt16
  /// The highest bit says whether it is written with escapes.
  private var length: UInt16

  /// No place: there is a quote before every text.
  static let none = ShortPlace(offset: 0, length: 0)

  private init(offset: UInt16, length: UInt16) {
    self.offset = offset
    self.length = length
  }

  /// Makes a place shorter; nothing where it is too far away or too long.
  init?(_ place: TextPlace) {
    guard let offset = UInt16(exactly: place.offset), offset > 0, place.length < 0x8000 else {
      return nil
    }
    self.offset = offset
    length = place.length | (place.isEncoded ? 0x8000 : 0)
  }

  var place: TextPlace? {
    offset == 0
      ? nil
      : TextPlace(offset: UInt32(offset), length: length & 0x7FFF, isEncoded: length >= 0x8000)
  }
}

/// The names of a rule that is there already.
struct TFRuleNames {
  /// The number of its group's id in the plan's text; negative where that is not written.
  var group: Int32 = -1
  /// Where its own id stands.
  var id: TextPlace?
}

/// Finds out whether a rule is plain, from the attributes of one side of its change.
struct TFPlainSide {
  private(set) var isEgress = false
  private(set) var services = ServiceRange.all
  private(set) var peerKind = TFPlainRule.PeerKind.unknown
  private(set) var attribute = TFPeerAttribute.sourceGroup
  private(set) var block: CIDR.Block?
  private(set) var peer: Value?
  private(set) var note: Value?
  private(set) var id: Value?
  private(set) var group: Value?
  private(set) var isGroupUnknown = false
  private(set) var region: Value?
  private(set) var arn: Value?
  private(set) var type: Value?
  private(set) var proto: Value?
  private(set) var fromPort: Value?
  private(set) var toPort: Value?

  /// The attributes that are looked at together.
  private struct Attributes {
    var itself: Value?
    /// Attributes with peers, in the order in which they are asked for.
    var peers: (Value?, Value?, Value?, Value?)
  }

  /// Which attributes are known after apply.
  private struct Unknown: OptionSet {
    let rawValue: UInt16
    static let group = Unknown(rawValue: 1)
    static let itself = Unknown(rawValue: 2)
    static let peer0 = Unknown(rawValue: 4)
    static let peer1 = Unknown(rawValue: 8)
    static let peer2 = Unknown(rawValue: 16)
    static let peer3 = Unknown(rawValue: 32)
  }

  private static let single: [TFPeerAttribute] = [.v4, .v6, .prefixList, .referencedGroup]
  private static let legacy: [TFPeerAttribute] = [
    .cidrBlocks, .v6CIDRBlocks, .prefixLists, .sourceGroup,
  ]

  /// Reads one side of a rule; nothing where it is not plain.
  init?(_ set: TFResourceSet, values: Value, unknown: Value?, sensitive: Value?) {
    let isLegacy = set.ruleKind == .legacy
    if let sensitive, sensitive.holdsTrue { return nil }
    guard let open = Self.unknown(unknown, isLegacy) else { return nil }
    var found = Attributes()
    guard read(values, isLegacy, &found) else { return nil }
    if isLegacy {
      guard let type, type.kind == .string else { return nil }
      if type.hasText("egress") {
        isEgress = true
      } else if !type.hasText("ingress") {
        return nil
      }
    } else {
      isEgress = set.ruleKind == .egress
      type = nil
    }
    guard let services = Self.services(proto, fromPort, toPort) else { return nil }
    self.services = services
    isGroupUnknown = open.contains(.group)
    guard takePeers(found, open, isLegacy) else { return nil }
  }

  /// Reads what is known after apply; nothing where that is something unusual.
  private static func unknown(_ flags: Value?, _ isLegacy: Bool) -> Unknown? {
    guard let flags, !flags.isNull else { return [] }
    guard flags.isObject else { return flags.boolean == false ? [] : nil }
    var result: Unknown = []
    for (key, flag) in flags.members {
      guard !key.node.isEncoded else { return nil }
      guard flag.kind == .bool else {
        if flag.holdsTrue { return nil }
        continue
      }
      guard flag.hasText("true") else { continue }
      switch key.node.end - key.node.start - 2 {
      case 2, 3: continue
      case 4:
        if isLegacy {
          if key.hasText("type") { return nil }
          if key.hasText("self") { result.insert(.itself) }
        }
      case 7: if key.hasText("to_port") { return nil }
      case 8: if key.hasText("protocol") { return nil }
      case 9:
        if key.hasText("from_port") { return nil }
        if isLegacy { continue }
        if key.hasText("cidr_ipv4") { result.insert(.peer0) }
        if key.hasText("cidr_ipv6") { result.insert(.peer1) }
      case 11:
        if key.hasText("ip_protocol") { return nil }
        if isLegacy, key.hasText("cidr_blocks") { result.insert(.peer0) }
      case 14: if !isLegacy, key.hasText("prefix_list_id") { result.insert(.peer2) }
      case 15: if isLegacy, key.hasText("prefix_list_ids") { result.insert(.peer2) }
      case 16: if isLegacy, key.hasText("ipv6_cidr_blocks") { result.insert(.peer1) }
      case 17: if key.hasText("security_group_id") { result.insert(.group) }
      case 24: if isLegacy, key.hasText("source_security_group_id") { result.insert(.peer3) }
      case 28: if !isLegacy, key.hasText("referenced_security_group_id") { result.insert(.peer3) }
      default: continue
      }
    }
    return result
  }

  private mutating func read(
    _ values: Value, _ isLegacy: Bool, _ found: inout Attributes
  ) -> Bool {
    for (key, value) in values.members {
      guard !key.node.isEncoded else { return false }
      if value.kind == .null { continue }
      switch key.node.end - key.node.start - 2 {
      case 3: if key.hasText("arn") { arn = value }
      case 4:
        if key.hasText("type") {
          type = value
        } else if isLegacy, key.hasText("self") {
          found.itself = value
        }
      case 6: if key.hasText("region") { region = value }
      case 7: if key.hasText("to_port") { toPort = value }
      case 8: if isLegacy, key.hasText("protocol") { proto = value }
      case 9:
        if key.hasText("from_port") {
          fromPort = value
        } else if !isLegacy {
          if key.hasText("cidr_ipv4") {
            found.peers.0 = value
          } else if key.hasText("cidr_ipv6") {
            found.peers.1 = value
          }
        }
      case 11:
        if key.hasText("description") {
          guard value.kind == .string else { return false }
          note = value
        } else if isLegacy {
          if key.hasText("cidr_blocks") { found.peers.0 = value }
        } else if key.hasText("ip_protocol") {
          proto = value
        }
      case 14: if !isLegacy, key.hasText("prefix_list_id") { found.peers.2 = value }
      case 15: if isLegacy, key.hasText("prefix_list_ids") { found.peers.2 = value }
      case 16: if isLegacy, key.hasText("ipv6_cidr_blocks") { found.peers.1 = value }
      case 17:
        if key.hasText("security_group_id") {
          guard value.kind == .string else { return false }
          group = value
        }
      case 22:
        if key.hasText("security_group_rule_id") {
          guard value.kind == .string else { return false }
          id = value
        }
      case 24: if isLegacy, key.hasText("source_security_group_id") { found.peers.3 = value }
      case 28: if !isLegacy, key.hasText("referenced_security_group_id") { found.peers.3 = value }
      default: continue
      }
    }
    return true
  }

  /// The services that a protocol and two ports make, where nothing is to be said of them.
  static func services(_ proto: Value?, _ fromPort: Value?, _ toPort: Value?) -> ServiceRange? {
    guard let proto, proto.kind == .string,
      let choice = proto.node.isEncoded
        ? EntryText.protocolChoice(proto.text) : protocolChoice(proto.rawBytes)
    else { return nil }
    var first: Int?
    var last: Int?
    if let port = fromPort {
      guard port.kind == .number, let number = port.integer else { return nil }
      first = number
    }
    if let port = toPort {
      guard port.kind == .number, let number = port.integer else { return nil }
      last = number
    }
    return services(choice, first, last)
  }

  /// The protocol that a text without escapes names.
  static func protocolChoice(_ text: UnsafeRawBufferPointer) -> EntryText.ProtocolChoice? {
    if text.elementsEqual("tcp".utf8) { return .number(ProtocolNumber.tcp) }
    if text.elementsEqual("-1".utf8) { return .all }
    if text.elementsEqual("udp".utf8) { return .number(ProtocolNumber.udp) }
    return EntryText.protocolChoice(String(decoding: text, as: UTF8.self))
  }

  /// The services of a protocol and two ports, where nothing is to be said of them.
  static func services(
    _ choice: EntryText.ProtocolChoice, _ first: Int?, _ last: Int?
  ) -> ServiceRange? {
    guard case .number = choice else {
      // Ports beside "all protocols" are worth a word.
      return (first ?? 0) == 0 && (last ?? 0) == 0 ? .all : nil
    }
    return try? EntryText.services(choice, from: first, to: last)
  }

  /// Takes the one peer; false where there is none, or there are several.
  private mutating func takePeers(
    _ found: Attributes, _ open: Unknown, _ isLegacy: Bool
  ) -> Bool {
    let names = isLegacy ? Self.legacy : Self.single
    var known = 0
    var unknown: (count: Int, last: TFPeerAttribute, isSource: Bool) = (0, .sourceGroup, false)
    func note(_ name: TFPeerAttribute) {
      unknown.count += 1
      unknown.last = name
      if name == .sourceGroup { unknown.isSource = true }
    }
    func take(_ value: Value?, _ flag: Unknown, _ name: TFPeerAttribute) -> Bool {
      if open.contains(flag) {
        note(name)
        return true
      }
      guard let value else { return true }
      if isLegacy, name != .sourceGroup {
        guard value.isArray else { return false }
        for element in value.elements {
          known += 1
          guard known == 1, takePeer(element, name) else { return false }
        }
        return true
      }
      known += 1
      return known == 1 && takePeer(value, name)
    }
    guard take(found.peers.0, .peer0, names[0]), take(found.peers.1, .peer1, names[1]),
      take(found.peers.2, .peer2, names[2]), take(found.peers.3, .peer3, names[3])
    else { return false }
    if isLegacy {
      if let itself = found.itself, itself.boolean == true {
        known += 1
        attribute = .itself
        peerKind = .itself
        peer = itself
      } else if open.contains(.itself) {
        note(.itself)
      }
      // What names a source leaves no room for the group that would be computed.
      if known > 0, attribute != .prefixLists, unknown.isSource { unknown.count -= 1 }
    }
    guard known + unknown.count == 1 else { return false }
    if known == 0 {
      peerKind = .unknown
      attribute = unknown.last
    }
    return true
  }

  private mutating func takePeer(_ value: Value, _ name: TFPeerAttribute) -> Bool {
    guard value.kind == .string,
      let found = Self.peer(value.rawBytes, isEncoded: value.node.isEncoded, name)
    else { return false }
    attribute = name
    peer = value
    (peerKind, block) = found
    return true
  }

  /// What the text of a peer in an attribute is, with its addresses where it is a block.
  static func peer(
    _ text: UnsafeRawBufferPointer, isEncoded: Bool, _ attribute: TFPeerAttribute
  ) -> (kind: TFPlainRule.PeerKind, block: CIDR.Block?)? {
    switch attribute {
    case .cidrBlocks, .v6CIDRBlocks, .v4, .v6:
      if !isEncoded, let range = JSONText.v4Block(text) { return (.v4, .v4(range)) }
      let written = isEncoded ? JSONText.decode(text) : String(decoding: text, as: UTF8.self)
      switch try? CIDR(written).block {
      case .v4(let range): return (.v4, .v4(range))
      case .v6(let range): return (.v6, .v6(range))
      case nil: return nil
      }
    case .prefixLists, .prefixList: return (.prefixList, nil)
    case .groups, .sourceGroup, .referencedGroup:
      // An account before the id is no part of it.
      return isEncoded || text.contains(UInt8(ascii: "/")) ? nil : (.group, nil)
    case .itself: return nil
    }
  }
}

// MARK: - Text of rules

extension TFPlanText {
  /// Returns the rule of a change as it is kept, where both sides of it are plain.
  func rule(
    _ set: TFResourceSet, address: Value, element: Value, actions: TFActions, side: TFPlainSide
  ) -> TFPlainRule? {
    guard
      let place = TFPlace(
        inSet: set.number, address: address, element: element, actions: actions)
    else {
      return nil
    }
    func text(_ value: Value) -> TextPlace? { place.text(value) }
    var rule = TFPlainRule(
      place, isEgress: side.isEgress, isLegacy: set.ruleKind == .legacy, services: side.services,
      attribute: side.attribute, isGroupUnknown: side.isGroupUnknown)
    if let peer = side.peer {
      guard let place = text(peer), rule.take(side.peerKind, at: place) else { return nil }
      if side.peerKind != .itself { rule.v4 = self.address(of: side.block, id: number(ofID: peer)) }
    }
    if let note = side.note {
      guard let place = text(note), rule.take(note: place) else { return nil }
    }
    var names = TFRuleNames()
    if let id = side.id {
      guard let place = text(id) else { return nil }
      names.id = place
    }
    if let group = side.group, !side.isGroupUnknown {
      names.group = Int32(clamping: number(ofID: group))
    }
    add(names, to: &rule)
    return rule
  }

  /// Keeps the names of a rule, if it has any.
  func add(_ names: TFRuleNames, to rule: inout TFPlainRule) {
    if names.group >= 0 || names.id != nil { rule.names = add(names) }
  }

  /// The text at a place of a rule.
  func text(_ place: TextPlace, of rule: TFPlainRule) -> String {
    text(place, from: rule.place.start)
  }

  /// Where the texts of the entry that a rule makes stand.
  ///
  /// A peer that is known only after apply has a name instead; what belongs to such an entry stands at the
  /// rule's address.
  func places(
    of rule: TFPlainRule, _ kind: OriginPlaces.PeerKind, named name: PeerName? = nil
  ) -> OriginPlaces {
    let lead =
      rule.peerKind == .unknown ? 0 : span(of: rule.placedPeer).start - rule.place.start
    return OriginPlaces(
      texts, lead: UInt32(clamping: lead), peer: rule.peer, kind, named: name,
      address: rule.place.address, note: rule.note, id: names(of: rule).id)
  }

  /// The group that a rule is on.
  func link(of rule: TFPlainRule) -> TFLink {
    switch group(of: rule) {
    case .absent: .absent
    case .known(let number): .known(id(number))
    case .unknown: .unknown
    }
  }

  /// The group that a rule is on, by the number of its id.
  enum GroupNumber {
    case absent
    case known(Int)
    case unknown
  }

  /// The group that a rule is on, by the number of its id.
  func group(of rule: TFPlainRule) -> GroupNumber {
    if rule.isGroupUnknown { return .unknown }
    let group = names(of: rule).group
    return group < 0 ? .absent : .known(Int(group))
  }

  private func names(of rule: TFPlainRule) -> TFRuleNames {
    rule.names < 0 ? TFRuleNames() : names[Int(rule.names)]
  }

  /// What the rule is afterwards, or was before it was removed, with its texts.
  func body(of rule: TFPlainRule) -> TFRuleBody {
    var entry = TFEntry(span: span(of: rule.place), services: rule.services)
    entry.note = rule.note.map { text($0, of: rule) }
    if let peer = peer(rule.placedPeer) {
      entry.peers.append(
        .init(
          peer: peer, text: peer == .itself ? "itself" : text(rule.peer, of: rule),
          span: span(of: rule.placedPeer), isSensitive: false, attribute: rule.attribute))
    } else {
      entry.unknownPeers.append(rule.attribute.rawValue)
    }
    return TFRuleBody(
      id: names(of: rule).id.map { text($0, of: rule) }, direction: rule.direction,
      group: link(of: rule), entry: entry)
  }

  private func peer(_ peer: TFPlacedPeer) -> TFPeer? {
    switch peer.kind {
    case .v4: .v4(peer.v4)
    case .v6: v6(of: peer).map { .v6($0) } ?? .unreadable
    case .prefixList: .prefixList(id(peer.number))
    case .group: .group(id(peer.number))
    case .itself: .itself
    case .unknown: nil
    }
  }

}

/// A plain rule as a resource, made for who asks for it.
final class TFPlainResource: TFPlacedResource {
  private let rule: TFPlainRule
  private let ruleBefore: TFPlainRule?

  /// Creates a rule of a plan, and what it was before where it is not new.
  init(
    _ rule: TFPlainRule, before: TFPlainRule?, in set: TFResourceSet, _ text: TFPlanText
  ) {
    self.rule = rule
    ruleBefore = before
    super.init(rule.place, in: set, text)
  }

  override var before: TFBody? {
    get { (rule.isRemoved ? rule : ruleBefore).map { .rule(text.body(of: $0)) } }
    set {}
  }
  override var after: TFBody? {
    get { rule.isRemoved ? nil : .rule(text.body(of: rule)) }
    set {}
  }
}
