import SGModel

/// The value of an attribute that names another thing.
enum TFLink: Hashable {
  /// Not set.
  case absent
  /// A known text.
  case known(String)
  /// Known after apply; which it is may be in the configuration.
  case unknown

  var text: String? { if case .known(let text) = self { text } else { nil } }
}

/// A peer as Terraform writes it.
enum TFPeer: Hashable {
  case v4(IPv4Range)
  case v6(IPv6Range)
  case prefixList(String)
  case group(String)
  case itself
  /// A text that is no CIDR.
  case unreadable
}

/// An entry of a group: one inline block, or one resource, with all its peers.
struct TFEntry {
  struct WrittenPeer: Hashable {
    var peer: TFPeer
    var text: String
    var span: SourceSpan
    var isSensitive: Bool
    /// The attribute it stands in.
    var attribute: String
  }

  var span: SourceSpan
  var services: ServiceRange
  /// The attribute whose value would say which services; nothing where they are known.
  var unknownServices: String?
  var peers: [WrittenPeer] = []
  /// Attributes that hold peers which are known after apply.
  var unknownPeers: [String] = []
  var note: String?
  /// Whether its protocol or ports must not be printed.
  var hidesServices = false
  /// Ports that are written beside "all protocols", which mean nothing, or make the apply fail.
  var idlePorts: String?

  /// The entry's boxes, for comparing entries by what they allow.
  var boxes: Set<TFBox> {
    guard unknownServices == nil else { return [] }
    return Set(peers.map { TFBox(services: services, peer: $0.peer) })
  }
}

/// One service interval and one peer, as two entries are compared.
struct TFBox: Hashable {
  var services: ServiceRange
  var peer: TFPeer
}

/// What an `ingress` or `egress` argument of a group says.
enum TFInline {
  /// The key is absent and not unknown.
  case absent
  /// `after_unknown` is true for the whole argument.
  case unknown
  case entries([TFEntry])

  var entries: [TFEntry] { if case .entries(let list) = self { list } else { [] } }
}

/// One side of a change, lowered for its type.
enum TFBody {
  case group(TFGroupBody)
  case rule(TFRuleBody)
  case vpc(TFVPCBody)
  case vpcCIDR(vpc: TFLink, cidrs: TFCIDRs)
  case subnet(id: TFLink, vpc: TFLink)
  case association(group: TFLink, vpc: TFLink)
  case prefixList(TFPrefixListBody)
  case prefixListEntry(list: TFLink, cidrs: TFCIDRs)
  /// A thing that carries groups.
  case carrier(TFCarrierBody)
  /// One more group for a thing that carries groups; `attribute` names the thing.
  case attachment(group: TFLink, carrier: TFLink, attribute: String)
  case interfacePermission(interface: TFLink)
  case exclusive(TFExclusiveBody)
}

struct TFGroupBody {
  var id: String?
  var name: String?
  var vpc: TFLink
  var owner: String?
  var ingress: TFInline
  var egress: TFInline
  var ingressSpan: SourceSpan?
  var egressSpan: SourceSpan?
  var tags: [SecurityGroup.Tag]

  func inline(_ direction: Direction) -> TFInline { direction == .ingress ? ingress : egress }
}

struct TFRuleBody {
  var id: String?
  /// nil: the attribute that would say it is not known.
  var direction: Direction?
  var group: TFLink
  var entry: TFEntry
}

/// CIDRs of a resource: those that are known, and attributes that are not.
struct TFCIDRs: Hashable {
  var known = PeerSet()
  var unknown: [String] = []
  var isSensitive = false
}

struct TFVPCBody {
  var id: TFLink
  var cidrs: TFCIDRs
  var defaultGroup: String?
  /// Whether AWS gives it an IPv6 CIDR when it is made.
  var hasV6: Bool
}

struct TFPrefixListBody {
  var id: TFLink
  var name: String?
  var cidrs: TFCIDRs
}

/// What carries groups, with the attributes that name them.
struct TFCarrierBody {
  struct Attribute {
    /// The names of the attribute, outermost first.
    var path: [String]
    /// The ids that are known.
    var ids: [String]
    /// Whether there are some that are known after apply.
    var isUnknown: Bool
    /// Whether it has no value at all, so that AWS may choose.
    var isEmpty: Bool { ids.isEmpty && !isUnknown }
  }

  var id: String?
  var attributes: [Attribute]
  var isPNI = false
}

struct TFExclusiveBody {
  var group: TFLink
  /// The ids it lists; nothing where some are known after apply.
  var ingress: [String]?
  var egress: [String]?

  func ids(_ direction: Direction) -> [String]? { direction == .ingress ? ingress : egress }
}

/// What a plan does with a resource.
struct TFActions: OptionSet, Hashable {
  let rawValue: UInt8
  static let noOp = TFActions(rawValue: 1)
  static let create = TFActions(rawValue: 2)
  static let read = TFActions(rawValue: 4)
  static let update = TFActions(rawValue: 8)
  static let delete = TFActions(rawValue: 16)
  static let forget = TFActions(rawValue: 32)

  /// Whether the object is there afterwards, made or kept by this plan.
  var staysManaged: Bool {
    contains(.create) || contains(.update) || contains(.noOp) || contains(.read)
  }
}

/// One resource instance of a plan.
struct TFResource {
  var address: String
  var previousAddress: String?
  var module: [TFModuleStep]
  var modulePrefix: String
  var name: TFResourceName
  var key: TFKey?
  var actions: TFActions
  var isDeposed: Bool
  var isImported: Bool
  /// Whether it comes from the state before the plan, not from a change.
  var isPrior = false
  /// Whether the plan puts it off: what it will be is not known.
  var isDeferred = false
  /// AWS's region, where the resource or its provider says it.
  var region: String?
  var span: SourceSpan
  /// Places that lead to where it is written, the nearest first.
  var related: [RelatedPlace] = []
  var before: TFBody?
  var after: TFBody?
}

/// The three parallel trees of one side of a change.
struct TFAttributes {
  var values: Value?
  var unknown: Value?
  var sensitive: Value?
  /// Attributes that must not be printed, where they are given by name (raw states).
  var hidden: Set<String> = []
  /// Whether an attribute that is not there is one that is not known (planned values).
  var isAbsentUnknown = false

  /// The value of an attribute that is known and not null.
  subscript(_ key: StaticString) -> Value? {
    guard let value = values?[key], !value.isNull else { return nil }
    return value
  }

  /// Whether all of an attribute is known after apply.
  func isUnknown(_ key: StaticString) -> Bool {
    if unknown?.boolean == true || unknown?[key]?.boolean == true { return true }
    return isAbsentUnknown && values?[key] == nil
  }

  /// Whether an attribute, or the whole object, must not be printed.
  func isSensitive(_ key: StaticString) -> Bool {
    if sensitive?.boolean == true || sensitive?[key]?.boolean == true { return true }
    return !hidden.isEmpty && hidden.contains(key.description)
  }

  func link(_ key: StaticString) -> TFLink {
    if isUnknown(key) { return .unknown }
    return self[key]?.scalarText.map { .known($0) } ?? .absent
  }
}
