/// What is known of one atom.
public struct AtomInfo: Hashable, Sendable {
  /// What kind of thing it stands for.
  public enum Kind: String, Hashable, Sendable {
    /// The interfaces of a security group.
    case group = "sg"
    /// A prefix list whose entries were not given.
    case prefixList = "pl"
    /// CIDRs of a VPC that were not given.
    case vpc
    /// A value that is known after apply, or could not be read.
    case unknown
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// The name to show behind the kind: an id, an address of Terraform, an attribute.
  public var name: String
  /// Addresses that are in it for certain.
  public var lower: PeerSet
  /// What it can be at most.
  ///
  /// Atoms in it are atoms that it is a part of.
  public var upper: PeerSet

  /// Creates an atom that is at least `lower` and at most `upper`.
  public init(kind: Kind, name: String, lower: PeerSet = PeerSet(), upper: PeerSet = .everyone) {
    self.kind = kind
    self.name = name
    self.lower = lower
    self.upper = upper
  }

  /// The text that stands for the atom in reports: `sg:sg-0123`, `vpc:aws_vpc.main`.
  public var label: String { Self.label(kind, name) }

  static func label(_ kind: Kind, _ name: String) -> String { "\(kind.rawValue):\(name)" }
}

/// All atoms of an estate with their bounds.
///
/// An atom stands for *some* non-empty set between its bounds, the same one wherever it occurs.
public struct AtomTable: Sendable {
  /// The atoms by index.
  public private(set) var infos: [AtomInfo] = []
  /// The addresses that are in each atom for certain.
  private var leasts: [PeerSet] = []
  /// The addresses that can be in each atom, atoms of bounds followed.
  private var mosts: [PeerSet] = []
  private var byLabel: [String: Atom] = [:]
  /// Of which atoms the same is known; see `commonKind`.
  private var kinds: [UInt32] = []
  private var kindOfBound: [PeerSet: UInt32] = [:]
  private var lastKind: (bound: PeerSet, kind: UInt32)?

  /// Creates an empty table.
  public init() {}

  /// How many atoms there are.
  public var count: Int { infos.count }

  /// What is known of the atom.
  public subscript(atom: Atom) -> AtomInfo { infos[Int(atom.index)] }

  /// What kind of thing the atom stands for.
  public func kind(of atom: Atom) -> AtomInfo.Kind { infos[Int(atom.index)].kind }

  /// Returns the atom of that kind and name, made with these bounds if it is new.
  ///
  /// Atoms in `upper` are older than the atom itself, so bounds never run in circles. An upper bound
  /// of nobody says nothing that could be true of a set that is not empty; it counts as everyone.
  ///
  /// Names that only mean something in one input, such as Terraform's addresses, are told apart by
  /// `scope`: two plans may both have an `aws_vpc.main`. Scope 0 is AWS, where ids are unique.
  public mutating func intern(
    _ kind: AtomInfo.Kind, _ name: String, scope: Int = 0, lower: PeerSet = PeerSet(),
    upper: PeerSet = .everyone
  ) -> Atom {
    let label = AtomInfo.label(kind, name)
    let key = scope == 0 ? label : "\(label)\u{0}\(scope)"
    if let known = byLabel[key] { return known }
    let atom = append(kind, name, lower: lower, upper: upper)
    byLabel[key] = atom
    return atom
  }

  /// Makes an atom that is not to be found by its name, which the caller keeps, and knows to be new.
  public mutating func appendUnnamed(
    _ kind: AtomInfo.Kind, lower: PeerSet, upper: PeerSet
  ) -> Atom {
    append(kind, "", lower: lower, upper: upper)
  }

  private mutating func append(
    _ kind: AtomInfo.Kind, _ name: String, lower: PeerSet, upper: PeerSet
  ) -> Atom {
    let bound = upper.isEmpty ? .everyone : upper
    let info = AtomInfo(kind: kind, name: name, lower: lower, upper: bound)
    let atom = Atom(index: UInt32(infos.count))
    let most = bound.atoms.reduce(bound.addresses) { $0.union(self.upperBound(of: $1)) }
    infos.append(info)
    // A set that is not empty and has one place to be is there.
    leasts.append(most.isOneAddress ? most : lower.addresses.intersection(most))
    mosts.append(most)
    kinds.append(0)
    // An atom of which another is a part is not like others.
    for bounding in bound.atoms { kinds[Int(bounding.index)] = 0 }
    if kind == .group || kind == .prefixList, leasts[leasts.count - 1].isEmpty {
      kinds[kinds.count - 1] = kindNumber(of: bound)
    }
    return atom
  }

  private mutating func kindNumber(of bound: PeerSet) -> UInt32 {
    if let last = lastKind, last.bound == bound { return last.kind }
    let kind = kindOfBound[bound] ?? UInt32(truncatingIfNeeded: kindOfBound.count + 1)
    kindOfBound[bound] = kind
    lastKind = (bound, kind)
    return kind
  }

  /// Goes on counting kinds where another table stopped that has grown from this one.
  package mutating func keepKinds(of other: AtomTable) {
    kindOfBound = other.kindOfBound
    lastKind = other.lastKind
  }

  /// Returns the atom of that kind and name, if there is one.
  public func atom(_ kind: AtomInfo.Kind, _ name: String) -> Atom? {
    byLabel["\(kind.rawValue):\(name)"]
  }

  /// Returns the addresses that are in the atom for certain.
  public func lowerBound(of atom: Atom) -> PeerSet { leasts[Int(atom.index)] }

  /// Returns the addresses that can be in the atom.
  public func upperBound(of atom: Atom) -> PeerSet { mosts[Int(atom.index)] }

  /// A number for all that is known of the atom: two groups or prefix lists with the same number differ in
  /// nothing but their names; 0 for an atom that stands alone.
  ///
  /// Nothing is in such an atom for certain, and no other atom is a part of it.
  func commonKind(of atom: Atom) -> UInt32 { kinds[Int(atom.index)] }

  /// The atoms that it is a part of.
  func boundAtoms(of atom: Atom) -> [Atom] { infos[Int(atom.index)].upper.atoms }

  /// What it can be at most, as it was written.
  func writtenBound(of atom: Atom) -> PeerSet { infos[Int(atom.index)].upper }

  /// Whether nothing is known to be in the atom for certain, and it can be all of `room`.
  func isFree(_ atom: Atom, within room: PeerSet) -> Bool {
    leasts[Int(atom.index)].isEmpty && room.isSubset(of: mosts[Int(atom.index)])
  }

  /// Returns the addresses that are in at least one of the atoms for certain.
  public func lowerBound(of atoms: [Atom]) -> PeerSet {
    atoms.count == 1
      ? lowerBound(of: atoms[0]) : atoms.reduce(PeerSet()) { $0.union(lowerBound(of: $1)) }
  }

  /// Returns the addresses that can be in any of the atoms.
  public func upperBound(of atoms: [Atom]) -> PeerSet {
    atoms.count == 1
      ? upperBound(of: atoms[0]) : atoms.reduce(PeerSet()) { $0.union(upperBound(of: $1)) }
  }
}
