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

  /// What wrote it.
  public var carrier: Carrier
  /// Where it stands.
  public var span: SourceSpan?
  /// The services it opens; all of them where they are not known.
  public var services: ServiceRange
  /// The peer as it reads, for example `10.0.0.0/16` or `security group sg-0123`.
  public var peerText: String
  /// The id of the group or prefix list that is its peer, where it is known.
  public var peerID: String?
  /// EC2's id of the entry (`sgr-…`).
  public var id: String?
  /// Terraform's address of the resource that holds it.
  public var address: String?
  /// Why it is not certain, as the name of what is unknown; nothing where it is certain.
  public var reason: String?
  /// Whether the peer must not be printed.
  public var isSensitive: Bool
  /// The description that was written beside it, as hostile as any text.
  public var note: String?
  /// Places that lead to where it stands, the nearest first.
  public var related: [RelatedPlace] = []
  /// Whether the services must not be printed.
  public var hidesServices = false
  /// Whether a plan is about to make it; what is there already can no longer be refused by EC2.
  public var isNew = false
  /// What stands for the peer, or for all of the entry, wherever traffic is printed and the value
  /// must not be.
  public var standIn: Atom?

  /// Creates an origin.
  public init(
    _ carrier: Carrier, span: SourceSpan?, services: ServiceRange, peerText: String,
    peerID: String? = nil, id: String? = nil, address: String? = nil, reason: String? = nil,
    isSensitive: Bool = false,
    note: String? = nil
  ) {
    self.carrier = carrier
    self.span = span
    self.services = services
    self.peerText = peerText
    self.peerID = peerID
    self.id = id
    self.address = address
    self.reason = reason
    self.isSensitive = isSensitive
    self.note = note
  }

  /// Whether its peer is a prefix list.
  public var isPrefixList: Bool { peerText.hasPrefix("prefix list ") }

  /// The entry in one line: `tcp 443 from 10.0.0.0/16`.
  public func text(_ direction: Direction) -> String {
    let peer = isSensitive ? "(sensitive value)" : peerText
    let services = hidesServices ? "(sensitive services)" : ServiceText.describe(services)
    return "\(services) \(direction.preposition) \(peer)"
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
      return low == high ? "\(name) \(low)" : "\(name) \(low)-\(high)"
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
