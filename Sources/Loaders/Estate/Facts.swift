import SGModel

/// A reference to a group as it was written.
enum GroupReference: Hashable {
  /// EC2's id (`sg-…`), with the account prefix of Terraform's `123456789012/sg-…` removed.
  case id(String)
  /// A group of the same input, by its index in `Facts.groups`.
  case fact(Int)
  /// The group that the entry is on.
  case itself
}

/// A reference to a VPC as it was written.
enum VPCReference: Hashable {
  /// EC2's id (`vpc-…`).
  case id(String)
  /// A VPC of the same input, by its index in `Facts.vpcs`.
  case fact(Int)
  /// A VPC that nothing else is known of, by the name of the value that would say which it is.
  case unknown(String)
}

/// A reference to a prefix list as it was written.
enum PrefixListReference: Hashable {
  /// EC2's id (`pl-…`).
  case id(String)
  /// A list of the same input, by its index in `Facts.prefixLists`.
  case fact(Int)
}

/// The other end of an entry as it was written.
enum PeerFact: Hashable {
  case v4(IPv4Range)
  /// Boxed, as `cidrOfVPC` is: they would double the size of all the others, which are many.
  indirect case v6(IPv6Range)
  case group(GroupReference)
  case prefixList(PrefixListReference)
  /// A CIDR of this VPC whose value is not known, by the name of the attribute.
  indirect case cidrOfVPC(VPCReference, name: String)
  /// All CIDRs of the VPC that the group is in.
  case ownVPC
  /// A value that is not known, by its name.
  case unknown(name: String)
}

/// One ingress or egress entry with one peer.
struct EntryFact {
  var direction: Direction
  var peer: PeerFact
  /// Where it comes from; its `services` are the entry's.
  var origin: Origin
  /// Whether it is there for certain; otherwise `origin.reason` says why.
  var isCertain = true
  /// The number of the input whose facts `peer` speaks of; set when inputs are joined.
  var input = -1
}

/// Entries that are on some of these groups, and nothing says on which: kept once, however many
/// groups there are.
struct FloatingFact {
  /// The groups, as indices of `Facts.groups`.
  var groups: [Int]
  var entries: [EntryFact] = []
}

/// A group as one input shows it.
struct GroupFact {
  var id: String?
  var address: String?
  var name: String?
  var vpc: VPCReference?
  /// VPCs that it is associated with beside its own.
  var furtherVPCs: [VPCReference] = []
  var owner: String?
  var region: String?
  var tags: [SecurityGroup.Tag] = []
  var span: SourceSpan?
  var ingressSpan: SourceSpan?
  var egressSpan: SourceSpan?
  var related: [RelatedPlace] = []
  var entries: [EntryFact] = []
  /// Further entries, in their order: boxes of `Facts.rules`.
  var rules = 0..<0
  /// Directions of which this input does not show everything, by the name of what is not shown.
  var unseen: [Direction: String] = [:]
  var notes: [SecurityGroup.Note] = []
  /// Whether the input says that it is on an interface of PNI.
  var isOnPNIInterface = false
  /// Entries of `Facts.floating` that it may have.
  var floating: [Int] = []
  /// Entries that this input takes away, where another input shows the group.
  var removed: [EntryFact] = []
  var terraform: TerraformUse?
}

/// A VPC as one input shows it.
struct VPCFact {
  var id: String?
  var address: String?
  var cidrs = PeerSet()
  /// Names of CIDRs that belong to it and are not known yet.
  var unknownCIDRs: [String] = []
  var region: String?
  /// Whether its CIDRs must not be printed.
  var isSensitive = false
}

/// A prefix list as one input shows it.
struct PrefixListFact {
  var id: String?
  var address: String?
  var name: String?
  /// Its entries, where they are shown.
  var entries: PeerSet?
  /// The name of entries that are not known yet.
  var unknownEntries: String?
  var region: String?
  /// Whether its entries must not be printed.
  var isSensitive = false
}

/// A network interface, or another thing that carries groups, as one input shows it.
struct InterfaceFact {
  /// What it is.
  var kind = "network-interface"
  var id: String?
  var address: String?
  var groups: [GroupReference] = []
  var addresses = PeerSet()
  var vpc: VPCReference?
  /// Groups it may carry.
  var possibleGroups: [GroupReference] = []
  /// The name of what would say which further groups it carries.
  var unknownGroups: String?
  var region: String?
  /// Whether it is made for PNI, by its description or its name.
  var isPNI = false
}

/// Everything that one input says, as it says it.
struct Facts {
  /// What the input was recognised as.
  var kind: String
  var groups: [GroupFact] = []
  /// Boxes that groups have, if any were kept short.
  var rules: TFRuleList?
  var floating: [FloatingFact] = []
  /// Entries whose group is another thing than where they are written: EC2's list of rules.
  var looseEntries: [(group: GroupReference, entry: EntryFact)] = []
  var vpcs: [VPCFact] = []
  var prefixLists: [PrefixListFact] = []
  var interfaces: [InterfaceFact] = []
  /// Groups that are associated with a VPC.
  var associations: [(group: GroupReference, vpc: VPCReference)] = []
  /// Whether the input says that it is a part of a longer list.
  var isPartial = false
  var issues: [Issue] = []
  /// Where its groups stand, if they were left there; those that were not are in `groups`.
  var shelf: GroupShelf?
  /// The lines of its file and the file's number, if they were counted while it was read.
  var lines: (source: Int, table: LineTable)?

  init(kind: String) { self.kind = kind }
}

/// Why a file could not be read at all.
///
/// Each is the user's error, not ours.
public enum LoadError: Error, Hashable, Sendable {
  /// The file could not be opened or read.
  case unreadable(path: String, reason: String)
  /// The file is empty.
  case empty(path: String)
  /// The text is not well formed.
  case malformed(path: String, line: Int, column: Int, message: String)
  /// The file is well formed, but nothing this tool knows.
  case unrecognised(path: String, message: String)
  /// The file is larger than a stream may be.
  case tooLarge(path: String, limit: Int)

  /// The error in one line: which file and place, and what would have been right.
  ///
  /// The path is not made safe for a terminal here.
  public var description: (path: String, message: String) {
    switch self {
    case .unreadable(let path, let reason): (path, "cannot be read: \(reason)")
    case .empty(let path):
      (
        path,
        "is empty; expected EC2 describe output, a Terraform plan (`terraform show -json PLAN`), or YAML"
      )
    case .malformed(let path, let line, let column, let message):
      ("\(path):\(line):\(column)", message)
    case .unrecognised(let path, let message): (path, message)
    case .tooLarge(let path, let limit):
      (
        path,
        "is larger than \(limit >> 20) MB, the limit for all but regular files; write it to a file and give that"
      )
    }
  }
}
