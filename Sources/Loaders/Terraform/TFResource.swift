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
  /// Boxed, because it is four times the size of the others and rare.
  indirect case v6(IPv6Range)
  case prefixList(String)
  case group(String)
  case itself
  /// A text that is no CIDR.
  case unreadable
}

/// An attribute that holds peers of an entry.
enum TFPeerAttribute: String {
  case cidrBlocks = "cidr_blocks"
  case v6CIDRBlocks = "ipv6_cidr_blocks"
  case prefixLists = "prefix_list_ids"
  case groups = "security_groups"
  case sourceGroup = "source_security_group_id"
  case v4 = "cidr_ipv4"
  case v6 = "cidr_ipv6"
  case prefixList = "prefix_list_id"
  case referencedGroup = "referenced_security_group_id"
  case itself = "self"

  /// The name of the attribute.
  var key: StaticString {
    switch self {
    case .cidrBlocks: "cidr_blocks"
    case .v6CIDRBlocks: "ipv6_cidr_blocks"
    case .prefixLists: "prefix_list_ids"
    case .groups: "security_groups"
    case .sourceGroup: "source_security_group_id"
    case .v4: "cidr_ipv4"
    case .v6: "cidr_ipv6"
    case .prefixList: "prefix_list_id"
    case .referencedGroup: "referenced_security_group_id"
    case .itself: "self"
    }
  }
}

/// An entry of a group: one inline block, or one resource, with all its peers.
struct TFEntry {
  struct WrittenPeer: Hashable {
    var peer: TFPeer
    var text: String
    var span: SourceSpan
    var isSensitive: Bool
    /// The attribute it stands in.
    var attribute: TFPeerAttribute
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
  indirect case vpc(TFVPCBody)
  indirect case vpcCIDR(vpc: TFLink, cidrs: TFCIDRs)
  indirect case subnet(id: TFLink, vpc: TFLink)
  indirect case association(group: TFLink, vpc: TFLink)
  indirect case prefixList(TFPrefixListBody)
  indirect case prefixListEntry(list: TFLink, cidrs: TFCIDRs)
  /// A thing that carries groups.
  indirect case carrier(TFCarrierBody)
  /// One more group for a thing that carries groups; `attribute` names the thing.
  indirect case attachment(group: TFLink, carrier: TFLink, attribute: String)
  indirect case interfacePermission(interface: TFLink)
  indirect case exclusive(TFExclusiveBody)
  /// A rule whose entries are where they belong.
  case taken
}

/// A group as one side of a change shows it.
///
/// A class, as `TFRuleBody` is, so that many can be passed on without being copied.
final class TFGroupBody {
  let id: String?
  let name: String?
  let vpc: TFLink
  let owner: String?
  let ingress: TFInline
  let egress: TFInline
  let ingressSpan: SourceSpan?
  let egressSpan: SourceSpan?
  let tags: [SecurityGroup.Tag]

  init(
    id: String?, name: String?, vpc: TFLink, owner: String?, ingress: TFInline, egress: TFInline,
    ingressSpan: SourceSpan?, egressSpan: SourceSpan?, tags: [SecurityGroup.Tag]
  ) {
    self.id = id
    self.name = name
    self.vpc = vpc
    self.owner = owner
    self.ingress = ingress
    self.egress = egress
    self.ingressSpan = ingressSpan
    self.egressSpan = egressSpan
    self.tags = tags
  }

  func inline(_ direction: Direction) -> TFInline { direction == .ingress ? ingress : egress }
}

/// A rule that is a resource of its own, as one side of a change shows it.
final class TFRuleBody {
  let id: String?
  /// nil: the attribute that would say it is not known.
  let direction: Direction?
  let group: TFLink
  let entry: TFEntry

  init(id: String?, direction: Direction?, group: TFLink, entry: TFEntry) {
    self.id = id
    self.direction = direction
    self.group = group
    self.entry = entry
  }
}

extension TFResource {
  /// Keeps that a rule is there and lets go what it says, which was taken from it.
  func forgetRule() {
    if before != nil { before = .taken }
    if after != nil { after = .taken }
  }
}

/// Peers that are known only after apply.
enum TFUnknown {
  /// What stands for them where a peer is shown, by the name of their attribute.
  static func text(_ name: String) -> String { "a value known after apply (\(name))" }
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

  /// Whether the object is there afterwards for certain, and nothing is to be said of what was before.
  var isPlain: Bool {
    switch self {
    case .create, .noOp, .update, [.create, .delete]: true
    default: false
    }
  }

  /// Whether the object is there afterwards, made or kept by this plan.
  var staysManaged: Bool {
    contains(.create) || contains(.update) || contains(.noOp) || contains(.read)
  }
}

/// An instance of a module, shared by all resources in it.
final class TFModuleInstance {
  /// Its index among the module instances of the plan.
  let number: Int
  /// Its address, empty for the root.
  let prefix: String
  /// The steps of its address.
  let steps: [TFModuleStep]

  init(number: Int, prefix: String, steps: [TFModuleStep]) {
    self.number = number
    self.prefix = prefix
    self.steps = steps
  }
}

/// One resource instance of a plan.
///
/// A class, so that a plan of a hundred thousand can be gone through without copying.
class TFResource {
  private let writtenAddress: String
  var address: String { writtenAddress }
  /// The resource that it is an instance of.
  var set: TFResourceSet
  private let writtenKey: TFKey?
  var key: TFKey? { writtenKey }
  let actions: TFActions
  let isDeposed: Bool
  let isImported: Bool
  /// Whether it comes from the state before the plan, not from a change.
  let isPrior: Bool
  /// Whether the plan puts it off: what it will be is not known.
  let isDeferred: Bool
  /// AWS's region, where the resource or its provider says it.
  var region: String?
  var span: SourceSpan
  /// Places that lead to where it is written, the nearest first.
  var related: [RelatedPlace] = []
  var before: TFBody?
  var after: TFBody?

  init(
    address: String, set: TFResourceSet, key: TFKey?, actions: TFActions, isDeposed: Bool = false,
    isImported: Bool = false, isPrior: Bool = false, isDeferred: Bool = false, region: String?,
    span: SourceSpan, before: TFBody?, after: TFBody?
  ) {
    writtenAddress = address
    self.set = set
    writtenKey = key
    self.actions = actions
    self.isDeposed = isDeposed
    self.isImported = isImported
    self.isPrior = isPrior
    self.isDeferred = isDeferred
    self.region = region
    self.span = span
    self.before = before
    self.after = after
  }

  /// The name of the resource that it is an instance of, with its type.
  var name: TFResourceName { self.set.name }
  var type: String { self.set.type }
  var isData: Bool { self.set.isData }
  /// The steps of the module that it is in.
  var module: [TFModuleStep] { self.set.module.steps }
  /// The address of the module that it is in, empty for the root.
  var modulePrefix: String { self.set.module.prefix }
}

/// The three parallel trees of one side of a change.
struct TFAttributes {
  let values: Value?
  let unknown: Value?
  let sensitive: Value?
  /// Attributes that must not be printed, where they are given by name (raw states).
  let hidden: Set<String>
  /// Whether an attribute that is not there is one that is not known (planned values).
  let isAbsentUnknown: Bool
  /// Whether everything is known after apply.
  let isAllUnknown: Bool
  private let isAllSensitive: Bool
  /// Lengths of the keys in each tree: most of what is looked for is not there.
  private let lengths: (values: UInt64, unknown: UInt64, sensitive: UInt64)

  init(
    values: Value?, unknown: Value?, sensitive: Value?, hidden: Set<String> = [],
    isAbsentUnknown: Bool = false
  ) {
    self.values = values
    self.unknown = unknown
    self.sensitive = sensitive
    self.hidden = hidden
    self.isAbsentUnknown = isAbsentUnknown
    isAllUnknown = unknown?.boolean == true
    isAllSensitive = sensitive?.boolean == true
    lengths = (
      values?.keyLengths ?? 0, unknown?.keyLengths ?? 0, sensitive?.keyLengths ?? 0
    )
  }

  @inline(__always)
  private static func bit(_ key: StaticString) -> UInt64 {
    1 << UInt64(key.utf8CodeUnitCount & 63)
  }

  /// The value of an attribute that is known and not null.
  subscript(_ key: StaticString) -> Value? {
    guard lengths.values & Self.bit(key) != 0, let value = values?[key], !value.isNull else {
      return nil
    }
    return value
  }

  /// What `after_unknown` says of an attribute.
  func unknown(_ key: StaticString) -> Value? {
    lengths.unknown & Self.bit(key) == 0 ? nil : unknown?[key]
  }

  /// What `after_sensitive` or `before_sensitive` says of an attribute.
  func sensitive(_ key: StaticString) -> Value? {
    lengths.sensitive & Self.bit(key) == 0 ? nil : sensitive?[key]
  }

  /// Whether all of an attribute is known after apply.
  func isUnknown(_ key: StaticString) -> Bool {
    if isAllUnknown || unknown(key)?.boolean == true { return true }
    return isAbsentUnknown && values?[key] == nil
  }

  /// Whether an attribute, or the whole object, must not be printed.
  func isSensitive(_ key: StaticString) -> Bool {
    if isAllSensitive || sensitive(key)?.boolean == true { return true }
    return !hidden.isEmpty && hidden.contains(key.description)
  }

  func link(_ key: StaticString) -> TFLink {
    if isUnknown(key) { return .unknown }
    return self[key]?.scalarText.map { .known($0) } ?? .absent
  }
}
