/// One box of one ingress or egress entry of a group, normalised: an interval of services and one
/// peer.
///
/// An entry whose peer is a prefix list with known entries is several boxes with one origin.
public struct Permission: Hashable, Sendable {
  /// The services it opens.
  public var services: ServiceRange
  /// Who may use them.
  public var peer: Peer
  /// The index of the entry in `Estate.origins`.
  public var origin: Int32
  /// Whether it is there for certain (*must*); otherwise it is in *may* only, and its origin says
  /// why.
  public var isCertain: Bool
  /// Whether it is one of the idioms that mean "nothing" (`127.0.0.1/32` and the like).
  public var isPlaceholder: Bool

  /// Creates a box.
  public init(
    services: ServiceRange, peer: Peer, origin: Int32, isCertain: Bool = true,
    isPlaceholder: Bool = false
  ) {
    self.services = services
    self.peer = peer
    self.origin = origin
    self.isCertain = isCertain
    self.isPlaceholder = isPlaceholder
  }

  /// Returns whether a box of egress is one of the three placeholders people write because
  /// CloudFormation cannot say "no egress": `127.0.0.1/32`, `::1/128`, and CDK's
  /// `255.255.255.255/32` with icmp type 252 code 86.
  ///
  /// Nothing else is taken for nothing.
  public static func isPlaceholder(
    _ services: ServiceRange, _ peer: Peer, _ direction: Direction
  ) -> Bool {
    guard direction == .egress else { return false }
    switch peer {
    case .v4(let range):
      if range == IPv4Range(trusted: 0x7F00_0001, 0x7F00_0001) { return true }
      return range == IPv4Range(trusted: .max, .max)
        && services == ServiceRange(protocol: ProtocolNumber.icmp, type: 252, code: 86)
    case .v6(let range): return range == IPv6Range(trusted: 1, 1)
    case .atom: return false
    }
  }
}

/// Where one entry comes from and how it reads.
public struct Origin: Hashable, Sendable {
  /// What wrote the entry; a fix is said in its words.
  public enum Carrier: Hashable, Sendable {
    /// An entry of EC2's describe output.
    case ec2
    /// A block in the `ingress` or `egress` argument of the group's own resource.
    case terraformInline
    /// A resource of its own, of this type.
    case terraformResource(type: String)
    /// An entry of the tool's own YAML.
    case yaml
    /// Nothing wrote it: it stands for what the input does not show.
    case unseen
  }

  /// What few entries have, kept apart: estates have millions of entries.
  private struct Rare: Hashable, Sendable {
    var type: String?
    var peerID: String?
    var id: String?
    var reason: String?
    var related: [RelatedPlace] = []
    var standIn: Atom?

    static let none = Rare()
  }

  /// Shared by copies of an origin and never changed.
  private final class RareBox: Hashable, Sendable {
    let rare: Rare
    init(_ rare: Rare) { self.rare = rare }
    static func == (left: RareBox, right: RareBox) -> Bool { left.rare == right.rare }
    func hash(into hasher: inout Hasher) { hasher.combine(rare) }
  }

  /// What of the origin is true or false.
  private struct Flags: OptionSet, Hashable {
    let rawValue: UInt8
    static let isSensitive = Flags(rawValue: 1)
    static let hidesServices = Flags(rawValue: 2)
    static let isNew = Flags(rawValue: 4)
  }

  /// A carrier in one byte; the types of the AWS provider are among them.
  private enum CarrierCode: UInt8, Hashable {
    case ec2, terraformInline, yaml, unseen, legacyRule, ingressRule, egressRule, otherResource
  }

  /// The services it opens; all of them where they are not known.
  public var services: ServiceRange
  private var start = 0
  private var length: UInt32 = 0
  private var source = Int32.min
  /// The texts of an entry: as they are, or where they can be read.
  private enum Words: Sendable {
    case texts(peer: String, address: String?, note: String?)
    case places(OriginPlaces)
  }

  private var words: Words
  private var box: RareBox?
  private var code = CarrierCode.unseen
  private var flags: Flags = []

  private var rare: Rare {
    get { box?.rare ?? .none }
    set { box = newValue == .none ? nil : RareBox(newValue) }
  }

  /// The peer as it reads, for example `10.0.0.0/16` or `security group sg-0123`.
  public var peerText: String {
    switch words {
    case .texts(let peer, _, _): peer
    case .places(let places): places.peerText(from: start)
    }
  }
  /// Terraform's address of the resource that holds it.
  public var address: String? {
    switch words {
    case .texts(_, let address, _): address
    case .places(let places): places.text(places.address, from: start)
    }
  }
  /// The description that was written beside it, as hostile as any text.
  public var note: String? {
    switch words {
    case .texts(_, _, let note): note
    case .places(let places): places.text(places.note, from: start)
    }
  }

  /// What wrote it.
  public var carrier: Carrier {
    get {
      switch code {
      case .ec2: .ec2
      case .terraformInline: .terraformInline
      case .yaml: .yaml
      case .unseen: .unseen
      case .legacyRule: .terraformResource(type: "aws_security_group_rule")
      case .ingressRule: .terraformResource(type: "aws_vpc_security_group_ingress_rule")
      case .egressRule: .terraformResource(type: "aws_vpc_security_group_egress_rule")
      case .otherResource: .terraformResource(type: rare.type ?? "")
      }
    }
    set {
      if code == .otherResource { rare.type = nil }
      switch newValue {
      case .ec2: code = .ec2
      case .terraformInline: code = .terraformInline
      case .yaml: code = .yaml
      case .unseen: code = .unseen
      case .terraformResource(type: "aws_security_group_rule"): code = .legacyRule
      case .terraformResource(type: "aws_vpc_security_group_ingress_rule"): code = .ingressRule
      case .terraformResource(type: "aws_vpc_security_group_egress_rule"): code = .egressRule
      case .terraformResource(let type):
        code = .otherResource
        rare.type = type
      }
    }
  }
  /// Where it stands.
  public var span: SourceSpan? {
    get {
      source == .min
        ? nil : SourceSpan(source: source, start: start, end: start + Int(length))
    }
    set {
      // Places count from here.
      takeTexts()
      start = newValue?.start ?? 0
      length = newValue?.length ?? 0
      source = newValue?.source ?? .min
    }
  }
  /// The id of the group or prefix list that is its peer, where it is known.
  public var peerID: String? {
    get {
      if case .places(let places) = words { return places.peerID(from: start) }
      return box?.rare.peerID
    }
    set {
      takeTexts()
      if newValue != nil || box != nil { rare.peerID = newValue }
    }
  }
  /// EC2's id of the entry (`sgr-…`).
  public var id: String? {
    get {
      if case .places(let places) = words { return places.text(places.id, from: start) }
      return box?.rare.id
    }
    set {
      takeTexts()
      if newValue != nil || box != nil { rare.id = newValue }
    }
  }
  /// Why it is not certain, as the name of what is unknown; nothing where it is certain.
  public var reason: String? {
    get { box?.rare.reason }
    set { if newValue != nil || box != nil { rare.reason = newValue } }
  }
  /// Places that lead to where it stands, the nearest first.
  public var related: [RelatedPlace] {
    get { box?.rare.related ?? [] }
    set { if !newValue.isEmpty || box != nil { rare.related = newValue } }
  }
  /// What stands for the peer, or for all of the entry, wherever traffic is printed and the value
  /// must not be.
  public var standIn: Atom? {
    get { box?.rare.standIn }
    set { if newValue != nil || box != nil { rare.standIn = newValue } }
  }
  /// Whether the peer must not be printed.
  public var isSensitive: Bool {
    get { flags.contains(.isSensitive) }
    set { set(.isSensitive, newValue) }
  }
  /// Whether the services must not be printed.
  public var hidesServices: Bool {
    get { flags.contains(.hidesServices) }
    set { set(.hidesServices, newValue) }
  }
  /// Whether a plan is about to make it; what is there already can no longer be refused by EC2.
  public var isNew: Bool {
    get { flags.contains(.isNew) }
    set { set(.isNew, newValue) }
  }

  private mutating func set(_ flag: Flags, _ value: Bool) {
    if value { flags.insert(flag) } else { flags.remove(flag) }
  }

  /// Creates an origin.
  public init(
    _ carrier: Carrier, span: SourceSpan?, services: ServiceRange, peerText: String,
    peerID: String? = nil, id: String? = nil, address: String? = nil, reason: String? = nil,
    isSensitive: Bool = false,
    note: String? = nil
  ) {
    self.services = services
    words = .texts(peer: peerText, address: address, note: note)
    if peerID != nil || id != nil || reason != nil {
      box = RareBox(Rare(peerID: peerID, id: id, reason: reason))
    }
    self.carrier = carrier
    self.span = span
    self.isSensitive = isSensitive
  }

  /// Creates the origin of an entry whose texts stay in the file that it stands in, where `places` says.
  public init(
    _ carrier: Carrier, span: SourceSpan, services: ServiceRange, places: OriginPlaces,
    isNew: Bool
  ) {
    self.services = services
    words = .places(places)
    start = span.start
    length = span.length
    source = span.source
    self.carrier = carrier
    self.isNew = isNew
  }

  /// Reads the texts, where they are still in the file, and keeps them.
  private mutating func takeTexts() {
    guard case .places(let places) = words else { return }
    let peerID = peerID
    let id = id
    words = .texts(
      peer: peerText, address: places.text(places.address, from: start),
      note: places.text(places.note, from: start))
    if peerID != nil { rare.peerID = peerID }
    if id != nil { rare.id = id }
  }

  /// Whether two origins say the same of the same place.
  public static func == (left: Origin, right: Origin) -> Bool {
    left.services == right.services && left.span == right.span && left.code == right.code
      && left.flags == right.flags && left.peerText == right.peerText
      && left.address == right.address && left.note == right.note && left.peerID == right.peerID
      && left.id == right.id && left.reason == right.reason && left.related == right.related
      && left.standIn == right.standIn && left.carrier == right.carrier
  }

  /// Adds what tells it from most others.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(services)
    hasher.combine(span)
    hasher.combine(peerText)
  }

  /// Whether its peer is a prefix list.
  public var isPrefixList: Bool {
    if case .places(let places) = words { return places.peerKind == .prefixList }
    return peerText.hasPrefix("prefix list ")
  }

  /// The entry in one line: `tcp 443 from 10.0.0.0/16`.
  public func text(_ direction: Direction) -> String {
    let peer = isSensitive ? "(sensitive value)" : peerText
    var text = hidesServices ? "(sensitive services)" : ServiceText.describe(services)
    text.reserveCapacity(text.utf8.count + peer.utf8.count + 6)
    text += direction == .ingress ? " from " : " to "
    text += peer
    return text
  }
}

/// Services as people read them.
public enum ServiceText {
  /// Describes an interval: `tcp 443`, `tcp 0-65535`, `icmp type 8 code 0`, `all protocols`.
  public static func describe(_ range: ServiceRange) -> String {
    if range == .all { return "all protocols" }
    let first = UInt8(truncatingIfNeeded: range.lower >> 16)
    let last = UInt8(truncatingIfNeeded: range.upper >> 16)
    guard first == last else {
      return "\(point(range.lower)) to \(point(range.upper))"
    }
    let name = ProtocolNumber.name(first)
    let low = range.lower & 0xFFFF
    let high = range.upper & 0xFFFF
    if ProtocolNumber.hasPorts(first) {
      var text = name
      text += " "
      text += String(low)
      if low == high { return text }
      text += "-"
      text += String(high)
      return text
    }
    guard ProtocolNumber.hasTypes(first) else { return "protocol \(name)" }
    if low == 0, high == 0xFFFF { return "\(name), all types" }
    if low >> 8 == high >> 8 {
      if low & 0xFF == 0, high & 0xFF == 0xFF { return "\(name) type \(low >> 8)" }
      if low == high { return "\(name) type \(low >> 8) code \(low & 0xFF)" }
    }
    return "\(point(range.lower)) to \(point(range.upper))"
  }

  /// Describes one service: `tcp 22`, `icmp type 8 code 0`, `protocol 47`.
  public static func point(_ service: UInt32) -> String {
    let number = UInt8(truncatingIfNeeded: service >> 16)
    let name = ProtocolNumber.name(number)
    if ProtocolNumber.hasPorts(number) { return "\(name) \(service & 0xFFFF)" }
    if ProtocolNumber.hasTypes(number) {
      return "\(name) type \(service >> 8 & 0xFF) code \(service & 0xFF)"
    }
    return "protocol \(name)"
  }
}
