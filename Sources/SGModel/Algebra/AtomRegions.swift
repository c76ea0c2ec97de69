/// The addresses of a question cut into regions that no set of it tells apart, and what is known of the
/// atoms at each.
///
/// At one address a value of the atoms is one bit each; bit *i* is `atoms[i]`. What is known of an
/// atom at an address is that it has it for certain (`forced`), or that it has it only if one of the
/// atoms of its bound does (`bounds`).
struct AtomRegions {
  /// More atoms than this are not looked at together.
  static let atomLimit = 24
  /// Up to so many atoms every value is tried when it is asked which of them matter.
  static let tableLimit = 8

  /// Addresses that are alike.
  struct Region {
    var peers: PeerSet
    var peer: Peer
    /// Atoms that have the addresses for certain.
    var forced: UInt32
    /// If the atom, then one of these.
    var bounds: [(atom: UInt32, options: UInt32)]
  }

  /// The atoms that are named, and those of their bounds, in ascending order.
  let atoms: [Atom]
  private let table: AtomTable
  private let slot: [Atom: Int]

  /// Creates the space of the atoms that are named.
  init(_ named: some Sequence<Atom>, _ table: AtomTable) {
    var found: Set<Atom> = []
    var pending = Array(named)
    while let atom = pending.popLast() {
      if found.insert(atom).inserted { pending += table[atom].upper.atoms }
    }
    atoms = found.sorted()
    self.table = table
    slot = Dictionary(uniqueKeysWithValues: atoms.enumerated().map { ($0.element, $0.offset) })
  }

  /// All atoms.
  var everything: UInt32 { (1 << UInt32(atoms.count)) - 1 }

  /// The bits of some atoms.
  func mask(_ list: [Atom]) -> UInt32 {
    list.reduce(0) { $0 | (slot[$1].map { 1 << UInt32($0) } ?? 0) }
  }

  /// The atoms of some bits.
  func named(_ mask: UInt32) -> [Atom] {
    atoms.enumerated().filter { mask & (1 << UInt32($0.offset)) != 0 }.map { $0.element }
  }

  /// Cuts all addresses at the ends of `sets` and of the bounds.
  func regions(cutBy sets: [PeerSet]) -> [Region] {
    var v4: Set<UInt32> = [0]
    var v6: Set<UInt128> = [0]
    func cut(_ set: PeerSet) {
      for interval in set.v4List.intervals {
        v4.insert(interval.lower)
        if interval.upper != .max { v4.insert(interval.upper + 1) }
      }
      for interval in set.v6List.intervals {
        v6.insert(interval.lower)
        if interval.upper != .max { v6.insert(interval.upper + 1) }
      }
    }
    for set in sets { cut(set) }
    for atom in atoms {
      cut(table.lowerBound(of: atom))
      cut(table[atom].upper)
    }
    let firsts = v4.sorted()
    let firsts6 = v6.sorted()
    var result: [Region] = []
    result.reserveCapacity(firsts.count + firsts6.count)
    for (index, lower) in firsts.enumerated() {
      let upper = index + 1 < firsts.count ? firsts[index + 1] - 1 : .max
      result.append(region(.v4(IPv4Range(trusted: lower, upper))))
    }
    for (index, lower) in firsts6.enumerated() {
      let upper = index + 1 < firsts6.count ? firsts6[index + 1] - 1 : .max
      result.append(region(.v6(IPv6Range(trusted: lower, upper))))
    }
    return result
  }

  private func region(_ peer: Peer) -> Region {
    var region = Region(
      peers: PeerSet(CollectionOfOne(peer)), peer: peer, forced: 0, bounds: [])
    for (index, atom) in atoms.enumerated() {
      let bit = UInt32(1) << UInt32(index)
      if table.lowerBound(of: atom).contains(peer) { region.forced |= bit }
      let upper = table[atom].upper
      if !upper.addresses.contains(peer) { region.bounds.append((bit, mask(upper.atoms))) }
    }
    return region
  }

  /// Returns the atoms, among those `mentioned`, whose value in a region makes a difference to `holds`.
  func matters(
    in region: Region, mentioned: UInt32, _ holds: (UInt32) -> Bool
  ) -> UInt32 {
    let open = mentioned & ~region.forced
    guard open != 0 else { return 0 }
    guard atoms.count <= Self.tableLimit else { return open }
    func isAdmissible(_ value: UInt32) -> Bool {
      value & region.forced == region.forced
        && region.bounds.allSatisfy { value & $0.atom == 0 || value & $0.options != 0 }
    }
    var result: UInt32 = 0
    for value in 0...everything where isAdmissible(value) {
      let truth = holds(value)
      for index in atoms.indices {
        let bit = UInt32(1) << UInt32(index)
        guard result & bit == 0, isAdmissible(value ^ bit) else { continue }
        if holds(value ^ bit) != truth { result |= bit }
      }
    }
    return result
  }
}
