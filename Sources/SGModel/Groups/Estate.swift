/// One input that was read.
public struct Input: Hashable, Sendable {
  /// The name as shown.
  public var path: String
  /// What it was recognised as, for example `ec2-describe` or `terraform-plan`.
  public var kind: String
  /// How many security groups it holds.
  public var groups: Int

  /// Creates an input.
  public init(path: String, kind: String, groups: Int = 0) {
    self.path = path
    self.kind = kind
    self.groups = groups
  }
}

/// A VPC, with the addresses that belong to it.
public struct VPC: Hashable, Sendable {
  /// EC2's id, where it is known.
  public var id: String?
  /// Terraform's address, where it has one.
  public var address: String?
  /// The CIDRs that are known to belong to it, associated ones and IPv6 with them.
  public var known: PeerSet
  /// What stands for CIDRs that are not known; empty where all are.
  public var unknown: [Atom]
  /// Whether its CIDRs must not be printed.
  public var isSensitive = false

  /// Creates a VPC.
  public init(id: String?, address: String?, known: PeerSet, unknown: [Atom]) {
    self.id = id
    self.address = address
    self.known = known
    self.unknown = unknown
  }

  /// The name to show.
  public var label: String { id ?? address ?? "(unknown VPC)" }
  /// All its addresses, known and unknown.
  public var peers: PeerSet {
    unknown.isEmpty ? known : known.union(PeerSet(unknown.map { Peer.atom($0) }))
  }

  /// Every address that any VPC can have.
  ///
  /// EC2 refuses CIDRs in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/3 ("VPC CIDR
  /// blocks", Amazon VPC User Guide); IPv6 CIDRs are global unicast (2000::/3) or unique local
  /// (fc00::/7).
  public static let possible: PeerSet = {
    let refused = PeerSet(
      [
        IPv4Range(address: 0, length: 8), IPv4Range(address: 0x7F00_0000, length: 8),
        IPv4Range(address: 0xA9FE_0000, length: 16), IPv4Range(address: 0xE000_0000, length: 3),
      ].compactMap { $0 }.map { Peer.v4($0) })
    let v6 = PeerSet(
      [
        IPv6Range(address: 0x2000 << 112, length: 3), IPv6Range(address: 0xFC00 << 112, length: 7),
      ].compactMap { $0 }.map { Peer.v6($0) })
    return PeerSet([.v4(.all)]).subtracting(refused).union(v6)
  }()
}

/// A security group with all that is allowed by it, from whichever files it came.
public struct SecurityGroup: Hashable, Sendable {
  /// EC2's id, where it is known.
  public var id: String?
  /// Terraform's full instance address, where it has one.
  public var address: String?
  /// The group's name.
  public var name: String?
  /// Indices of the VPCs it is in or associated with, the primary one first.
  public var vpcs: [Int] = []
  /// The VPC's id or address as it was written, also where nothing else is known of the VPC.
  public var vpcLabel: String?
  /// The index of the input it came from.
  public var input: Int
  /// Where it stands.
  public var span: SourceSpan?
  /// Where its ingress is written.
  public var ingressSpan: SourceSpan?
  /// Where its egress is written.
  public var egressSpan: SourceSpan?
  /// Places that lead to where it stands, the nearest first.
  public var related: [RelatedPlace] = []
  /// The account that owns it.
  public var owner: String?
  /// The region it is in.
  public var region: String?
  /// Its tags, sorted by key.
  public var tags: [Tag] = []
  /// Its entries of ingress, a range of `Estate.permissions`.
  public var ingress: Range<Int> = 0..<0
  /// Its entries of egress, a range of `Estate.permissions`.
  public var egress: Range<Int> = 0..<0
  /// What is worth knowing beside the answer, for example that `egress` is not written.
  public var notes: [Note] = []
  /// Whether it carries a network interface of PNI.
  public var isOnPNIInterface = false
  /// Whether only its name is known: something refers to it, and no input shows its entries.
  public var isUnseen = false
  /// What Terraform does with it, where it comes from Terraform.
  public var terraform: TerraformUse?

  /// A key and its value.
  public struct Tag: Hashable, Sendable {
    /// The key.
    public var key: String
    /// The value.
    public var value: String
    /// Creates a tag.
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A sentence that belongs to what is said of one direction.
  public struct Note: Hashable, Sendable {
    /// The direction.
    public var direction: Direction
    /// The sentence, without a period.
    public var text: String
    /// Creates a note.
    public init(direction: Direction, text: String) {
      self.direction = direction
      self.text = text
    }
  }

  /// Creates a group of input number `input`.
  public init(id: String?, address: String?, name: String?, input: Int) {
    self.id = id
    self.address = address
    self.name = name
    self.input = input
  }

  /// What people call it: its address, its id, or its name.
  public var label: String { address ?? id ?? name ?? "(unnamed group)" }

  /// The entries of one direction, a range of `Estate.permissions`.
  public func permissions(_ direction: Direction) -> Range<Int> {
    direction == .ingress ? ingress : egress
  }
  /// Where one direction is written.
  public func span(_ direction: Direction) -> SourceSpan? {
    (direction == .ingress ? ingressSpan : egressSpan) ?? span
  }
}

/// Something that carries groups: a network interface, an instance, a load balancer.
public struct Attachment: Hashable, Sendable {
  /// What it is: `network-interface`, or Terraform's type.
  public var kind: String
  /// EC2's id, where it is known.
  public var id: String?
  /// Terraform's full instance address, where it has one.
  public var address: String?
  /// The index of the input it came from.
  public var input: Int
  /// The groups it carries for certain, as indices of `Estate.groups`.
  public var groups: [Int]
  /// Groups it may carry.
  public var possibleGroups: [Int]
  /// Ids of groups that it carries and no input shows.
  public var unseenGroups: [String]
  /// The name of what would say which further groups it carries; nothing where all are known.
  public var unknown: String?
  /// Whether it is an interface of PNI.
  public var isPNI: Bool

  /// Creates an attachment.
  public init(
    kind: String, id: String?, address: String?, input: Int, groups: [Int] = [],
    possibleGroups: [Int] = [], unseenGroups: [String] = [], unknown: String? = nil,
    isPNI: Bool = false
  ) {
    self.kind = kind
    self.id = id
    self.address = address
    self.input = input
    self.groups = groups
    self.possibleGroups = possibleGroups
    self.unseenGroups = unseenGroups
    self.unknown = unknown
    self.isPNI = isPNI
  }
}

/// Everything that was loaded, references resolved.
public struct Estate: Sendable {
  /// The inputs, in the order in which they were read.
  public var inputs: [Input] = []
  /// The groups, sorted by input and place.
  public var groups: [SecurityGroup] = []
  /// The entries of all groups.
  public var permissions: [Permission] = []
  /// Where the entries come from.
  public var origins: [Origin] = []
  /// The VPCs.
  public var vpcs: [VPC] = []
  /// What carries groups, in the order of the inputs.
  public var attachments: [Attachment] = []
  /// What is known of peers whose addresses are not written out.
  public var atoms = AtomTable()
  /// Whether the inputs show any network interface of PNI.
  public var showsPNIInterfaces = false
  /// What was not understood.
  public var issues: [Issue] = []

  /// Creates an empty estate.
  public init() {}

  /// The CIDRs of the group's VPCs, known and unknown.
  public func vpcPeers(of group: SecurityGroup) -> PeerSet {
    group.vpcs.reduce(PeerSet()) { $0.union(vpcs[$1].peers) }
  }

  /// Whether the CIDRs of the group's VPCs must not be printed.
  public func isVPCSensitive(of group: SecurityGroup) -> Bool {
    group.vpcs.contains { vpcs[$0].isSensitive }
  }

  /// What `traffic(of:_:certain:)` returns, fit to be printed: where a value must not be, its name
  /// stands for it.
  public func printableTraffic(
    of group: SecurityGroup, _ direction: Direction, certain: Bool
  ) -> TrafficSet {
    TrafficSet(
      permissions[group.permissions(direction)].compactMap { permission in
        guard !permission.isPlaceholder, permission.isCertain || !certain else { return nil }
        let origin = origins[Int(permission.origin)]
        let peer = origin.standIn.map { Peer.atom($0) } ?? permission.peer
        guard origin.hidesServices else { return (permission.services, peer) }
        // Which services it opens may not be said: any of them is all that is left to say.
        return certain ? nil : (.all, peer)
      })
  }

  /// What the group allows for certain, or could allow, in one direction.
  ///
  /// Placeholders are left out.
  ///
  /// - Complexity: as `TrafficSet.init`.
  public func traffic(of group: SecurityGroup, _ direction: Direction, certain: Bool) -> TrafficSet
  {
    TrafficSet(
      permissions[group.permissions(direction)]
        .filter { !$0.isPlaceholder && ($0.isCertain || !certain) }
        .map { ($0.services, $0.peer) })
  }

  /// The entries of several groups on one network interface in one direction: they add up.
  public func permissions(of groups: some Sequence<Int>, _ direction: Direction) -> [Permission] {
    groups.flatMap { permissions[self.groups[$0].permissions(direction)] }
  }
}
