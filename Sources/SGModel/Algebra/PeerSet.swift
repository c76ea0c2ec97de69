/// A peer whose addresses are not written out: another group, a prefix list that was not given, the
/// CIDRs of a VPC nobody knows yet, an attribute that is known after apply.
///
/// The number is an index into the `AtomTable` of the estate. The same number is the same set of
/// addresses wherever it occurs.
public struct Atom: Hashable, Sendable, Comparable {
  /// The index into the table.
  public let index: UInt32

  /// Creates the atom with that index.
  public init(index: UInt32) { self.index = index }

  /// Orders atoms by age.
  public static func < (left: Atom, right: Atom) -> Bool { left.index < right.index }
}

/// Who is at the other end, as one interval or one atom.
public enum Peer: Hashable, Sendable {
  /// An interval of IPv4 addresses.
  case v4(IPv4Range)
  /// An interval of IPv6 addresses.
  case v6(IPv6Range)
  /// Addresses that are not written out.
  case atom(Atom)
}

/// A set of peers: IPv4 intervals, IPv6 intervals and atoms, in one canonical form.
///
/// An atom is a point of its own here, beside the addresses: the intersection of `10.0.0.0/8` and
/// an atom is empty, and `==` says that two sets are written with the same addresses and the same
/// atoms, which is the same as equal for every value of the atoms as long as nothing is known of
/// these values. What is known of them, their bounds, is in the `AtomTable`, and `Decision` asks it.
public struct PeerSet: Hashable, Sendable {
  var v4List: IntervalList<UInt32>
  var v6List: IntervalList<UInt128>
  /// The atoms, in ascending order.
  public private(set) var atoms: [Atom]

  /// Nobody.
  public init() {
    v4List = IntervalList()
    v6List = IntervalList()
    atoms = []
  }

  init(v4 v4List: IntervalList<UInt32>, v6 v6List: IntervalList<UInt128>, atoms: [Atom]) {
    self.v4List = v4List
    self.v6List = v6List
    self.atoms = atoms
  }

  /// Normalizes any peers.
  ///
  /// - Complexity: O(*n* log *n*).
  public init(_ peers: some Sequence<Peer>) {
    var v4: [IntervalList<UInt32>.Interval] = []
    var v6: [IntervalList<UInt128>.Interval] = []
    var atoms: [Atom] = []
    for peer in peers {
      switch peer {
      case .v4(let range): v4.append(.init(lower: range.lower, upper: range.upper))
      case .v6(let range): v6.append(.init(lower: range.lower, upper: range.upper))
      case .atom(let atom): atoms.append(atom)
      }
    }
    v4List = IntervalList(normalizing: v4)
    v6List = IntervalList(normalizing: v6)
    self.atoms = Self.canonical(atoms)
  }

  private static func canonical(_ atoms: [Atom]) -> [Atom] {
    var result: [Atom] = []
    result.reserveCapacity(atoms.count)
    for atom in atoms.sorted() where result.last != atom { result.append(atom) }
    return result
  }

  /// Every address of both families.
  ///
  /// No atom is listed: each is a part of the addresses.
  public static let everyone = PeerSet([.v4(.all), .v6(.all)])

  /// The IPv4 intervals in ascending order.
  public var v4: [IPv4Range] { v4List.intervals.map { IPv4Range(trusted: $0.lower, $0.upper) } }
  /// The IPv6 intervals in ascending order.
  public var v6: [IPv6Range] { v6List.intervals.map { IPv6Range(trusted: $0.lower, $0.upper) } }
  /// Whether there is nobody in it.
  public var isEmpty: Bool { v4List.isEmpty && v6List.isEmpty && atoms.isEmpty }
  /// Whether every address of both families is in it.
  public var isEveryone: Bool { v4List.isFull && v6List.isFull }
  /// The set without its atoms.
  public var addresses: PeerSet { PeerSet(v4: v4List, v6: v6List, atoms: []) }

  /// Returns whether the IPv4 address is in the set.
  public func contains(v4 address: UInt32) -> Bool { v4List.contains(address) }
  /// Returns whether the IPv6 address is in the set.
  public func contains(v6 address: UInt128) -> Bool { v6List.contains(address) }
  /// Returns whether the atom is listed in the set.
  public func contains(_ atom: Atom) -> Bool {
    // Few atoms: a binary search would not pay.
    atoms.contains(atom)
  }

  /// Returns whether all of `peer` is in the set as it is written.
  ///
  /// - Complexity: O(log *n*).
  public func contains(_ peer: Peer) -> Bool {
    switch peer {
    case .v4(let range): v4List.contains(range.lower, range.upper)
    case .v6(let range): v6List.contains(range.lower, range.upper)
    case .atom(let atom): contains(atom)
    }
  }

  /// Returns whether any of `peer` is in the set as it is written.
  ///
  /// - Complexity: O(log *n*).
  func meets(_ peer: Peer) -> Bool {
    switch peer {
    case .v4(let range): v4List.intersects(range.lower, range.upper)
    case .v6(let range): v6List.intersects(range.lower, range.upper)
    case .atom(let atom): contains(atom)
    }
  }

  /// Returns whether the set has no atom, and all its addresses are in `peer`.
  func isWithin(_ peer: Peer) -> Bool {
    guard atoms.isEmpty else { return false }
    switch peer {
    case .v4(let range):
      return v6List.isEmpty
        && v4List.isSubset(of: IntervalList(range.lower, range.upper))
    case .v6(let range):
      return v4List.isEmpty
        && v6List.isSubset(of: IntervalList(range.lower, range.upper))
    case .atom: return isEmpty
    }
  }
}

extension PeerSet {
  /// Returns the peers of either set.
  ///
  /// - Complexity: O(*n* + *m*).
  public func union(_ other: PeerSet) -> PeerSet {
    PeerSet(
      v4: v4List.union(other.v4List), v6: v6List.union(other.v6List),
      atoms: other.atoms.isEmpty
        ? atoms : atoms.isEmpty ? other.atoms : Self.canonical(atoms + other.atoms))
  }

  /// Adds the peers of `other`.
  public mutating func formUnion(_ other: PeerSet) { self = union(other) }

  /// Returns the peers in both sets.
  ///
  /// - Complexity: O(*n* + *m*).
  public func intersection(_ other: PeerSet) -> PeerSet {
    PeerSet(
      v4: v4List.intersection(other.v4List), v6: v6List.intersection(other.v6List),
      atoms: atoms.filter { other.contains($0) })
  }

  /// Keeps the peers that are in `other` too.
  public mutating func formIntersection(_ other: PeerSet) { self = intersection(other) }

  /// Returns the peers that are not in `other`.
  ///
  /// - Complexity: O(*n* + *m*).
  public func subtracting(_ other: PeerSet) -> PeerSet {
    PeerSet(
      v4: v4List.subtracting(other.v4List), v6: v6List.subtracting(other.v6List),
      atoms: atoms.filter { !other.contains($0) })
  }

  /// Removes the peers of `other`.
  public mutating func subtract(_ other: PeerSet) { self = subtracting(other) }

  /// Returns the peers that are in one of the sets alone.
  public func symmetricDifference(_ other: PeerSet) -> PeerSet {
    subtracting(other).union(other.subtracting(self))
  }

  /// Keeps the peers that are in one of the sets alone.
  public mutating func formSymmetricDifference(_ other: PeerSet) {
    self = symmetricDifference(other)
  }

  /// Returns whether every peer is in `other`, as both are written.
  public func isSubset(of other: PeerSet) -> Bool {
    v4List.isSubset(of: other.v4List) && v6List.isSubset(of: other.v6List)
      && atoms.allSatisfy { other.contains($0) }
  }

  /// Returns whether no peer is in both, as both are written.
  public func isDisjoint(with other: PeerSet) -> Bool {
    v4List.isDisjoint(with: other.v4List) && v6List.isDisjoint(with: other.v6List)
      && atoms.allSatisfy { !other.contains($0) }
  }
}

extension PeerSet {
  /// How many IPv4 addresses there are in the set, at most 2^32.
  public var v4Count: UInt64 {
    v4List.intervals.reduce(0) { $0 + UInt64($1.upper - $1.lower) + 1 }
  }

  /// How many IPv6 addresses there are in the set; 2^128 does not fit and is given as `UInt128.max`.
  public var v6Count: UInt128 {
    v6List.intervals.reduce(0) { sum, interval in
      let size = (interval.upper - interval.lower).addingReportingOverflow(1)
      let total = sum.addingReportingOverflow(size.partialValue)
      return size.overflow || total.overflow ? .max : total.partialValue
    }
  }

  /// Whether there is exactly one address in it, and no atom.
  var isOneAddress: Bool {
    guard atoms.isEmpty, v4List.isEmpty != v6List.isEmpty else { return false }
    guard v4List.intervals.count + v6List.intervals.count == 1 else { return false }
    return v4List.intervals.allSatisfy { $0.lower == $0.upper }
      && v6List.intervals.allSatisfy { $0.lower == $0.upper }
  }

  /// The fewest IPv4 blocks that make up the set, in ascending order.
  ///
  /// - Complexity: O(64 *n*).
  public var v4CIDRs: [(address: UInt32, length: Int)] {
    var result: [(address: UInt32, length: Int)] = []
    for interval in v4List.intervals {
      var lower = UInt64(interval.lower)
      let end = UInt64(interval.upper) + 1
      while lower < end {
        var size = lower == 0 ? UInt64(1) << 32 : lower & (~lower + 1)
        while lower + size > end { size >>= 1 }
        result.append((UInt32(truncatingIfNeeded: lower), 32 - size.trailingZeroBitCount))
        lower += size
      }
    }
    return result
  }

  /// The fewest IPv6 blocks that make up the set, in ascending order.
  ///
  /// - Complexity: O(256 *n*).
  public var v6CIDRs: [(address: UInt128, length: Int)] {
    var result: [(address: UInt128, length: Int)] = []
    for interval in v6List.intervals {
      var lower = interval.lower
      while true {
        // The largest block that starts here and does not pass the end. Its last address is kept
        // in the place of its size, which would not fit for ::/0.
        var bits = lower == 0 ? 128 : lower.trailingZeroBitCount
        func last(_ bits: Int) -> UInt128 {
          bits == 128 ? .max : lower | ((UInt128(1) << UInt128(bits)) - 1)
        }
        while last(bits) > interval.upper { bits -= 1 }
        result.append((lower, 128 - bits))
        if last(bits) == interval.upper { break }
        lower = last(bits) + 1
      }
    }
    return result
  }

  /// The fewest blocks as text, IPv4 before IPv6.
  ///
  /// Atoms are not in it.
  public var cidrTexts: [String] {
    v4CIDRs.map { "\(AddressText.v4($0.address))/\($0.length)" }
      + v6CIDRs.map { "\(AddressText.v6($0.address))/\($0.length)" }
  }
}
