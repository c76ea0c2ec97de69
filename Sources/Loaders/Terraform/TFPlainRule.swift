import SGModel

/// A rule that is a resource of its own and says nothing unusual: one peer, nothing sensitive, no
/// fault.
///
/// It is kept as what it opens and where the rest stands in the plan. Rules are most of a large plan. Whatever would need more to be said of it is no plain rule.
struct TFPlainRule {
  /// What it names as its peer.
  enum PeerKind: UInt8 {
    case v4, v6, prefixList, group, itself
    /// Known after apply; which it is may be in the configuration.
    case unknown
  }

  /// Which group it is on.
  enum GroupLink {
    case absent
    case known(TextPlace)
    /// Known after apply.
    case unknown
  }

  /// The number of the set that it is in: no counted references, as there are many to be copied.
  var set: Int32
  /// Where its address stands, with quotes; all places count from here.
  var start: Int
  var addressLength: UInt16
  /// How far before its address its element begins.
  var lead: UInt16
  var address: TextPlace
  var actions: TFActions
  /// The number of its region; 0 where it says none.
  var region: UInt16 = 0
  var isEgress: Bool
  /// Whether it is an `aws_security_group_rule`.
  var isLegacy: Bool
  var services: ServiceRange
  var peerKind: PeerKind
  /// The attribute that its peer stands in.
  var attribute: TFPeerAttribute
  /// The addresses of the peer, where it is an IPv4 block.
  var v4: IPv4Range
  /// Where the peer's text stands; for a peer that is not known or has no text, nothing of use.
  var peer: TextPlace
  var note: TextPlace?
  var id: TextPlace?
  var group: GroupLink

  var direction: Direction { isEgress ? .egress : .ingress }
}

/// Finds out whether a rule is plain, from the attributes of one side of its change.
struct TFPlainSide {
  private(set) var isEgress = false
  private(set) var services = ServiceRange.all
  private(set) var peerKind = TFPlainRule.PeerKind.unknown
  private(set) var attribute = TFPeerAttribute.sourceGroup
  private(set) var v4 = IPv4Range.all
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
    guard let services = writtenServices else { return nil }
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

  /// The services, where nothing is to be said of them.
  private var writtenServices: ServiceRange? {
    guard let proto, proto.kind == .string,
      let choice = proto.node.isEncoded
        ? EntryText.protocolChoice(proto.text) : Self.protocolChoice(proto.rawBytes)
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
    return Self.services(choice, first, last)
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
      let (kind, range) = Self.peer(value.rawBytes, isEncoded: value.node.isEncoded, name)
    else { return false }
    attribute = name
    peer = value
    peerKind = kind
    if let range { v4 = range }
    return true
  }

  /// What the text of a peer in an attribute is, with its addresses where it is an IPv4 block.
  static func peer(
    _ text: UnsafeRawBufferPointer, isEncoded: Bool, _ attribute: TFPeerAttribute
  ) -> (kind: TFPlainRule.PeerKind, v4: IPv4Range?)? {
    switch attribute {
    case .cidrBlocks, .v6CIDRBlocks, .v4, .v6:
      if !isEncoded, let range = JSONText.v4Block(text) { return (.v4, range) }
      let written = isEncoded ? JSONText.decode(text) : String(decoding: text, as: UTF8.self)
      switch try? CIDR(written).block {
      case .v4(let range): return (.v4, range)
      case .v6: return (.v6, nil)
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

/// The text of a plan, read again where something of a plain rule is asked for.
final class TFPlanText {
  /// The texts of origins.
  let texts: TextSource
  private let bytes: SourceBytes
  private let document: Document
  private let source: Int32
  /// The regions that plain rules name, from number 1 on.
  private var regions: [String] = []
  private var numberOfRegion: [String: UInt16] = [:]
  /// How elements that were read again are written.
  private var shapes: JSONShapes?
  /// How often something was read since the memory of the file was let go of.
  private var touches = 0

  /// Creates the text of the plan in `bytes`, the file with that number.
  init(_ bytes: SourceBytes, source: Int32) {
    self.bytes = bytes
    document = Document(bytes: bytes.buffer, source: source)
    self.source = source
    texts = TextSource(bytes) { buffer, range, isEncoded in
      Self.text(buffer, range, isEncoded: isEncoded)
    }
  }

  /// The text of a string without its quotes; nothing of one that has changed since it was checked.
  private static func text(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, isEncoded: Bool
  ) -> String {
    let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard isEncoded else { return String(decoding: raw, as: UTF8.self) }
    var reader = JSONReader(bytes)
    reader.seek(to: range.lowerBound - 1)
    guard (try? reader.string()) != nil, reader.position == range.upperBound + 1 else { return "" }
    return JSONText.decode(raw)
  }

  // MARK: Regions

  /// The name of a region by its number.
  func region(_ number: UInt16) -> String? { number == 0 ? nil : regions[Int(number) - 1] }

  /// The regions by their numbers, from number 1 on.
  var allRegions: [String] { regions }

  /// The number of a region; nothing where there are too many.
  func number(ofRegion name: String) -> UInt16? {
    if let known = numberOfRegion[name] { return known }
    guard let number = UInt16(exactly: regions.count + 1) else { return nil }
    regions.append(name)
    numberOfRegion[name] = number
    return number
  }

  // MARK: Plain rules

  /// Returns the rule of a change as it is kept, where both sides of it are plain.
  func rule(
    _ set: TFResourceSet, address: Value, element: Value, actions: TFActions, side: TFPlainSide
  ) -> TFPlainRule? {
    let start = address.node.start
    func place(_ value: Value) -> TextPlace? {
      let quote = value.kind == .string ? 1 : 0
      return TextPlace(
        value.node.start + quote..<value.node.end - quote, from: start,
        isEncoded: value.node.isEncoded)
    }
    guard let lead = UInt16(exactly: start - element.node.start),
      let length = UInt16(exactly: address.node.end - start), let addressPlace = place(address)
    else { return nil }
    var rule = TFPlainRule(
      set: Int32(clamping: set.number), start: start, addressLength: length, lead: lead,
      address: addressPlace,
      actions: actions, isEgress: side.isEgress, isLegacy: set.ruleKind == .legacy,
      services: side.services,
      peerKind: side.peerKind, attribute: side.attribute, v4: side.v4, peer: addressPlace,
      note: nil, id: nil, group: side.isGroupUnknown ? .unknown : .absent)
    if let peer = side.peer {
      guard let place = place(peer) else { return nil }
      rule.peer = place
    }
    if let note = side.note {
      guard let place = place(note) else { return nil }
      rule.note = place
    }
    if let id = side.id {
      guard let place = place(id) else { return nil }
      rule.id = place
    }
    if let group = side.group, !side.isGroupUnknown {
      guard let place = place(group) else { return nil }
      rule.group = .known(place)
    }
    return rule
  }

  /// Notes that something is read; from time to time, the memory of the file is let go of.
  private func touch() {
    touches += 1
    guard touches >= 1024 else { return }
    touches = 0
    bytes.forget(0..<bytes.count)
  }

  /// The bytes of a stretch of the plan.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer? {
    range.lowerBound >= 0 && range.upperBound <= bytes.count ? bytes.buffer.part(range) : nil
  }

  /// The text at a place of a rule.
  func text(_ place: TextPlace, of rule: TFPlainRule) -> String {
    touch()
    return texts.text(place.range(from: rule.start), isEncoded: place.isEncoded)
  }

  /// Where a rule stands.
  func span(of rule: TFPlainRule) -> SourceSpan {
    SourceSpan(source: source, start: rule.start, end: rule.start + Int(rule.addressLength))
  }

  /// Where the peer of a rule stands, with its quotes.
  func peerSpan(of rule: TFPlainRule) -> SourceSpan {
    let range = rule.peer.range(from: rule.start)
    let quote = rule.peerKind == .itself ? 0 : 1
    return SourceSpan(
      source: source, start: range.lowerBound - quote, end: range.upperBound + quote)
  }

  /// Where the texts of the entry that a rule makes stand.
  ///
  /// A peer that is known only after apply has a name instead; what belongs to such an entry stands at the
  /// rule's address.
  func places(
    of rule: TFPlainRule, _ kind: OriginPlaces.PeerKind, named name: PeerName? = nil
  ) -> OriginPlaces {
    let lead = name == nil ? peerSpan(of: rule).start - rule.start : 0
    return OriginPlaces(
      texts, lead: UInt32(clamping: lead), peer: rule.peer, kind, named: name,
      address: rule.address, note: rule.note, id: rule.id)
  }

  /// The other group, or the prefix list, that a rule names.
  func peerID(of rule: TFPlainRule) -> String { text(rule.peer, of: rule) }

  /// The group that a rule is on.
  func link(of rule: TFPlainRule) -> TFLink {
    switch rule.group {
    case .absent: .absent
    case .unknown: .unknown
    case .known(let place): .known(text(place, of: rule))
    }
  }

  /// What the rule is afterwards, with its texts.
  func body(of rule: TFPlainRule) -> TFRuleBody {
    var entry = TFEntry(span: span(of: rule), services: rule.services)
    entry.note = rule.note.map { text($0, of: rule) }
    let peer: TFPeer?
    switch rule.peerKind {
    case .v4: peer = .v4(rule.v4)
    case .v6: peer = v6(of: rule).map { .v6($0) } ?? .unreadable
    case .prefixList: peer = .prefixList(peerID(of: rule))
    case .group: peer = .group(peerID(of: rule))
    case .itself: peer = .itself
    case .unknown: peer = nil
    }
    if let peer {
      entry.peers.append(
        .init(
          peer: peer, text: peer == .itself ? "itself" : text(rule.peer, of: rule),
          span: peerSpan(of: rule), isSensitive: false, attribute: rule.attribute))
    } else {
      entry.unknownPeers.append(rule.attribute.rawValue)
    }
    return TFRuleBody(
      id: rule.id.map { text($0, of: rule) }, direction: rule.direction, group: link(of: rule),
      entry: entry)
  }

  /// The addresses of a peer that is an IPv6 block.
  func v6(of rule: TFPlainRule) -> IPv6Range? {
    if case .v6(let range)? = (try? CIDR(peerID(of: rule)))?.block { range } else { nil }
  }

  /// The element of a rule, read again; valid until another one is.
  func element(of rule: TFPlainRule) -> Value? {
    var reader = JSONReader(bytes.buffer)
    touch()
    reader.seek(to: rule.start - Int(rule.lead))
    let shapes = shapes ?? JSONShapes()
    self.shapes = shapes
    return (try? reader.value(in: document, shapes)) ?? nil
  }

  /// What the rule was before, if it is not new.
  func before(_ rule: TFPlainRule, in set: TFResourceSet) -> TFBody? {
    // What stays as it is has no other side to look at.
    guard rule.actions != .noOp, let change = element(of: rule)?["change"],
      let values = change["before"], values.isObject
    else { return nil }
    // Nothing of it is said: it was looked at when the plan was read.
    var lowering = TFLowering()
    return lowering.lower(
      set.name,
      TFAttributes(values: values, unknown: nil, sensitive: change["before_sensitive"]),
      address: text(rule.address, of: rule), span: span(of: rule))
  }

  /// The key of the instance that the rule is.
  func key(of rule: TFPlainRule) -> TFKey? {
    element(of: rule)?["index"].flatMap { TFKey($0) }
  }
}

extension TFKey {
  /// Reads the key of an instance; nothing where it has none.
  init?(_ index: Value) {
    if index.isNull { return nil }
    guard index.kind == .number else {
      self = .text(index.text)
      return
    }
    guard let number = index.integer else { return nil }
    self = .number(number)
  }
}

/// A plain rule as a resource, made for who asks for it.
final class TFPlainResource: TFResource {
  let rule: TFPlainRule
  let text: TFPlanText
  private var knownAddress: String?

  init(_ rule: TFPlainRule, in set: TFResourceSet, _ text: TFPlanText) {
    self.rule = rule
    self.text = text
    super.init(
      address: "", set: set, key: nil, actions: rule.actions,
      region: text.region(rule.region), span: text.span(of: rule), before: nil, after: nil)
  }

  override var address: String {
    if let knownAddress { return knownAddress }
    let address = text.text(rule.address, of: rule)
    knownAddress = address
    return address
  }
  override var key: TFKey? { text.key(of: rule) }
  override var before: TFBody? {
    get { text.before(rule, in: self.set) }
    set {}
  }
  override var after: TFBody? {
    get { .rule(text.body(of: rule)) }
    set {}
  }

  /// The same resource, kept as others are.
  var whole: TFResource {
    TFResource(
      address: address, set: self.set, key: key, actions: rule.actions, region: region, span: span,
      before: before, after: after)
  }
}

/// The resources of a plan, in the order of the file.
struct TFResources: RandomAccessCollection {
  /// For each its index in `whole`, or the complement of its index in `rules`.
  private var places: [Int32] = []
  private var whole: [TFResource] = []
  private(set) var rules: [TFPlainRule] = []
  /// What each of them is an instance of, by number.
  private(set) var sets: [TFResourceSet] = []
  let text: TFPlanText?

  /// Creates an empty list for the resources of a plan.
  init(_ text: TFPlanText?) { self.text = text }

  var startIndex: Int { 0 }
  var endIndex: Int { places.count }

  subscript(index: Int) -> TFResource {
    let place = Int(places[index])
    if place >= 0 { return whole[place] }
    guard let text else { return whole[0] }
    return TFPlainResource(rules[~place], in: sets[Int(rules[~place].set)], text)
  }

  /// The set that a resource is in.
  func set(at index: Int) -> TFResourceSet {
    let place = Int(places[index])
    return place >= 0 ? whole[place].set : sets[Int(rules[~place].set)]
  }

  /// Whether a resource is a deposed object.
  func isDeposed(at index: Int) -> Bool {
    let place = Int(places[index])
    return place >= 0 && whole[place].isDeposed
  }

  /// Whether there is a plain rule at `index`.
  func isPlainRule(at index: Int) -> Bool { places[index] < 0 }

  /// The number of the plain rule at `index`, which is its index in `rules`.
  func ruleNumber(at index: Int) -> Int32 { ~places[index] }

  /// The rule at `index`, where it is a plain one.
  func rule(at index: Int) -> TFPlainRule? {
    let place = Int(places[index])
    return place >= 0 ? nil : rules[~place]
  }

  /// A table with nothing in it for every resource that is no plain rule.
  func table<Element>(of type: Element.Type) -> TFResourceTable<Element> {
    TFResourceTable(places, count: whole.count)
  }

  /// Notes a set, of which the number is that of those before it.
  mutating func append(_ set: TFResourceSet) { sets.append(set) }

  mutating func append(_ resource: TFResource) {
    places.append(Int32(clamping: whole.count))
    whole.append(resource)
  }

  mutating func append(_ rule: TFPlainRule) {
    places.append(~Int32(clamping: rules.count))
    rules.append(rule)
  }

  /// Whether every resource of another list could come behind these: their text is the same, and the
  /// numbers of regions can be told apart.
  func regions(of other: TFResources) -> [UInt16]? {
    guard let text, let theirs = other.text else { return nil }
    var numbers: [UInt16] = [0]
    for name in theirs.allRegions {
      guard let number = text.number(ofRegion: name) else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// Appends the resources of another list, whose sets and regions have other numbers there.
  mutating func append(_ other: TFResources, sets: [TFResourceSet], regions: [UInt16]) {
    for place in other.places {
      if place >= 0 {
        let resource = other.whole[Int(place)]
        resource.set = sets[resource.set.number]
        append(resource)
      } else {
        var rule = other.rules[Int(~place)]
        rule.set = Int32(clamping: sets[Int(rule.set)].number)
        rule.region = regions[Int(rule.region)]
        append(rule)
      }
    }
  }

  /// Puts a resource in the place of another one that is no plain rule.
  mutating func replace(_ index: Int, by resource: TFResource) {
    let place = Int(places[index])
    if place >= 0 { whole[place] = resource }
  }

  /// Gives the resources that say no region the one that `region` says.
  mutating func setRegions(_ region: (TFResourceSet) -> String?) {
    // Those of one set mostly stand together.
    var last: (set: Int32, region: UInt16) = (-1, 0)
    for index in rules.indices where rules[index].region == 0 {
      if rules[index].set != last.set {
        last = (rules[index].set, 0)
        if let name = region(sets[Int(last.set)]) {
          guard let number = text?.number(ofRegion: name) else {
            makeWhole()
            break
          }
          last.region = number
        }
      }
      rules[index].region = last.region
    }
    for resource in whole where resource.region == nil { resource.region = region(resource.set) }
  }

  /// Keeps all resources as what can be changed.
  mutating func makeWhole() {
    guard !rules.isEmpty else { return }
    let all = map { ($0 as? TFPlainResource)?.whole ?? $0 }
    let sets = sets
    self = TFResources(nil)
    self.sets = sets
    for resource in all { append(resource) }
  }
}

/// Something for each of some resources of a plan, by their indices in it.
///
/// Plain rules, which are most of a large plan, have nothing and take no memory.
struct TFResourceTable<Element>: RandomAccessCollection {
  /// As in the plan's resources, with which they are shared.
  private let places: [Int32]
  private var elements: [Element?]

  fileprivate init(_ places: [Int32], count: Int) {
    self.places = places
    elements = Array(repeating: nil, count: count)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { places.count }

  /// What there is for a resource; for a plain rule nothing, whatever is set.
  subscript(index: Int) -> Element? {
    get {
      let place = Int(places[index])
      return place >= 0 ? elements[place] : nil
    }
    set {
      let place = Int(places[index])
      if place >= 0 { elements[place] = newValue }
    }
  }
}
