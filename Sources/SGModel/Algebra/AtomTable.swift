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
  /// One atom.
  private struct Entry {
    var kind: AtomInfo.Kind
    var name: String
    /// An index into `bounds`.
    var bounds: UInt32
    /// Whether another atom is a part of it.
    var isBound = false
  }

  /// What is known of one atom, or of very many groups of one VPC.
  private struct Bounds {
    var lower: PeerSet
    var upper: PeerSet
    /// The addresses that are in the atom for certain.
    var least: PeerSet
    /// The addresses that can be in it, atoms of bounds followed.
    var most: PeerSet
    /// The number of all that is known; see `commonKind`.
    var kind: UInt32
    /// The one atom that it is a part of, if that is all that is known.
    var whole: Atom?
  }

  /// What an atom is found by.
  private struct Key: Hashable {
    var kind: AtomInfo.Kind
    var name: String
    private var scope: UInt32

    init(_ kind: AtomInfo.Kind, _ name: String, scope: Int) {
      self.kind = kind
      self.name = name
      self.scope = UInt32(clamping: scope)
    }

    /// Names are long and differ.
    func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  /// How atoms are found; apart, because tables are copied more often than asked by name.
  private final class Index: @unchecked Sendable {
    var byKey: [Key: Atom] = [:]
    var kindOfBound: [PeerSet: UInt32] = [:]

    init() {}
    init(_ other: Index) {
      byKey = other.byKey
      kindOfBound = other.kindOfBound
    }
  }

  /// The atoms by index.
  private var entries: [Entry] = []
  private var bounds: [Bounds] = []
  /// The bounds of values of which nothing is known, when there is one.
  private var boundsOfUnknown: UInt32?
  // INVARIANT: changed where nobody else has it.
  private var index = Index()

  /// Creates an empty table.
  public init() {}

  /// How many atoms there are.
  public var count: Int { entries.count }

  private func bounds(of atom: Atom) -> Int { Int(entries[Int(atom.index)].bounds) }

  /// What is known of the atom.
  public subscript(atom: Atom) -> AtomInfo {
    let entry = entries[Int(atom.index)]
    let known = bounds[Int(entry.bounds)]
    return AtomInfo(kind: entry.kind, name: entry.name, lower: known.lower, upper: known.upper)
  }

  /// What kind of thing the atom stands for.
  public func kind(of atom: Atom) -> AtomInfo.Kind { entries[Int(atom.index)].kind }

  /// The name of the atom; see `AtomInfo.name`.
  public func name(of atom: Atom) -> String { entries[Int(atom.index)].name }

  /// The text that stands for the atom in reports; see `AtomInfo.label`.
  public func label(of atom: Atom) -> String {
    let entry = entries[Int(atom.index)]
    return AtomInfo.label(entry.kind, entry.name)
  }

  private mutating func ownIndex() -> Index {
    if !isKnownUniquelyReferenced(&index) { index = Index(index) }
    return index
  }

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
    let key = Key(kind, name, scope: scope)
    if let known = index.byKey[key] { return known }
    let atom = append(kind, name, lower: lower, upper: upper)
    ownIndex().byKey[key] = atom
    return atom
  }

  /// Returns the atom of that kind and name; if it is new, the same is known of it as of `model`.
  public mutating func intern(
    _ kind: AtomInfo.Kind, _ name: String, scope: Int = 0, like model: Atom
  ) -> Atom {
    let key = Key(kind, name, scope: scope)
    if let known = index.byKey[key] { return known }
    let atom = append(kind, name, bounds: entries[Int(model.index)].bounds)
    ownIndex().byKey[key] = atom
    return atom
  }

  /// Makes an atom for a value of which nothing is known; it is not to be found by its name, which the caller knows
  /// to be new.
  public mutating func appendUnknown(_ name: String) -> Atom {
    // There are thousands of them.
    if let boundsOfUnknown { return append(.unknown, name, bounds: boundsOfUnknown) }
    let atom = append(.unknown, name, lower: PeerSet(), upper: .everyone)
    boundsOfUnknown = entries[Int(atom.index)].bounds
    return atom
  }

  /// Makes an atom that is not to be found by its name, which the caller keeps, and knows to be new.
  public mutating func appendUnnamed(
    _ kind: AtomInfo.Kind, lower: PeerSet, upper: PeerSet
  ) -> Atom {
    append(kind, "", lower: lower, upper: upper)
  }

  /// Makes an atom like another one, of which the same is known, as `appendUnnamed` does.
  public mutating func appendUnnamed(like other: Atom) -> Atom {
    let model = entries[Int(other.index)]
    return append(model.kind, "", bounds: model.bounds)
  }

  /// Makes an atom of which is known what those bounds say.
  private mutating func append(_ kind: AtomInfo.Kind, _ name: String, bounds: UInt32) -> Atom {
    entries.append(Entry(kind: kind, name: name, bounds: bounds))
    return Atom(index: UInt32(truncatingIfNeeded: entries.count - 1))
  }

  /// A table of the oldest atoms, up to these.
  ///
  /// To be asked for what is known of atoms, not for names.
  func beginning(upTo last: some Sequence<Atom>) -> AtomTable {
    var table = AtomTable()
    let count = last.reduce(0) { max($0, Int($1.index) + 1) }
    table.entries = Array(entries.prefix(count))
    let boundCount = table.entries.reduce(0) { max($0, Int($1.bounds) + 1) }
    table.bounds = Array(bounds.prefix(boundCount))
    table.index = index
    return table
  }

  private mutating func append(
    _ kind: AtomInfo.Kind, _ name: String, lower: PeerSet, upper: PeerSet
  ) -> Atom {
    let bound = upper.isEmpty ? .everyone : upper
    if let model = entries.last, model.kind == kind,
      bounds[Int(model.bounds)].lower == lower, bounds[Int(model.bounds)].upper == bound
    {
      // VPCs of which nothing is known come in thousands, one after the other.
      return append(kind, name, bounds: model.bounds)
    }
    let most = bound.atoms.reduce(bound.addresses) { $0.union(self.upperBound(of: $1)) }
    // A set that is not empty and has one place to be is there.
    let least = most.isOneAddress ? most : lower.addresses.intersection(most)
    for atom in bound.atoms { entries[Int(atom.index)].isBound = true }
    let isCommon =
      least.isEmpty && (kind != .unknown || bound == .everyone && lower.isEmpty)
    let whole = bound.atoms.count == 1 && bound.addresses.isEmpty ? bound.atoms.first : nil
    entries.append(
      Entry(kind: kind, name: name, bounds: UInt32(truncatingIfNeeded: bounds.count)))
    bounds.append(
      Bounds(
        lower: lower, upper: bound, least: least, most: most,
        kind: isCommon ? kindNumber(of: bound) : 0, whole: isCommon ? whole : nil))
    return Atom(index: UInt32(truncatingIfNeeded: entries.count - 1))
  }

  private mutating func kindNumber(of bound: PeerSet) -> UInt32 {
    if let known = index.kindOfBound[bound] { return known }
    let kind = UInt32(truncatingIfNeeded: index.kindOfBound.count + 1)
    ownIndex().kindOfBound[bound] = kind
    return kind
  }

  /// Goes on counting kinds where another table stopped that has grown from this one.
  package mutating func keepKinds(of other: AtomTable) {
    ownIndex().kindOfBound = other.index.kindOfBound
  }

  /// Returns the atom of that kind and name, if there is one.
  public func atom(_ kind: AtomInfo.Kind, _ name: String) -> Atom? {
    index.byKey[Key(kind, name, scope: 0)]
  }

  /// Returns the addresses that are in the atom for certain.
  public func lowerBound(of atom: Atom) -> PeerSet { bounds[bounds(of: atom)].least }

  /// Returns the addresses that can be in the atom.
  public func upperBound(of atom: Atom) -> PeerSet { bounds[bounds(of: atom)].most }

  /// A number for all that is known of a group or a prefix list, or of a value that can be anything: two with the
  /// same number differ in nothing but what they are called; 0 for any other atom.
  ///
  /// Nothing is in such an atom for certain, and no other atom is a part of it.
  func commonKind(of atom: Atom) -> UInt32 {
    let index = Int(atom.index)
    // One property after the other: a copy of the entry would count references to its name.
    return entries[index].isBound || entries[index].kind == .vpc
      ? 0 : bounds[Int(entries[index].bounds)].kind
  }

  /// The VPC that all of a group or a prefix list is in, if nothing else is known of it.
  func vpcOfCommonKind(_ atom: Atom) -> Atom? {
    guard commonKind(of: atom) > 0, let whole = bounds[bounds(of: atom)].whole,
      kind(of: whole) == .vpc
    else { return nil }
    return whole
  }

  /// Whether two atoms are VPCs of which the same is known, and nothing is known to be in them.
  package func areLikeVPCs(_ first: Atom, _ second: Atom) -> Bool {
    guard kind(of: first) == .vpc, kind(of: second) == .vpc else { return false }
    let place = bounds(of: first)
    return bounds[place].kind > 0 && bounds[place].whole == nil
      && bounds[place].kind == bounds[bounds(of: second)].kind
  }

  /// The atoms that it is a part of.
  func boundAtoms(of atom: Atom) -> [Atom] { bounds[bounds(of: atom)].upper.atoms }

  /// What it can be at most, as it was written.
  func writtenBound(of atom: Atom) -> PeerSet { bounds[bounds(of: atom)].upper }

  /// Whether nothing is known to be in the atom for certain, and it can be all of `room`.
  func isFree(_ atom: Atom, within room: PeerSet) -> Bool {
    let place = bounds(of: atom)
    return bounds[place].least.isEmpty && room.isSubset(of: bounds[place].most)
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
