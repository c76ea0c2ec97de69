/// Decides whether several containments can all hold at once, for some value of the atoms.
///
/// Each demand says that one peer lies within the peers of one slab. A demand alone may be possible,
/// and two together not: `sg-a` lies within 10.0.0.0/8 for one service and within 192.168.0.0/16 for
/// another, but no interface of `sg-a` is in both. An atom is the same set everywhere, so the demands
/// are looked at address by address:
///
/// - at one address, a value of the atoms says of each whether the address is in it;
/// - demands and bounds are clauses with at most one negation ("if in *a*, then in *b* or *c*"), and
///   such clauses have a greatest solution, found by taking atoms away until nothing is violated;
/// - choosing the greatest solution at every address gives the largest atoms for which all demands
///   hold. They hold for some value if there is a solution at every address, and if each atom, which
///   is never empty, has an address left.
struct JointContainment {
  /// `left` within `right`, for flows of `services`.
  struct Demand {
    var services: ServiceRange
    var left: Peer
    var right: PeerBounds
  }

  /// The answer.
  enum Answer {
    /// All demands can hold; whether they do depends on these atoms.
    case depends([Atom])
    /// They cannot: this flow is always left over.
    case never(Flow)
  }

  /// More atoms than this are not looked at together; the answer is then that it depends on them.
  private static let atomLimit = 24
  /// Up to so many atoms every value is tried when it is asked which of them matter.
  private static let tableLimit = 8

  private let demands: [Demand]
  private let table: AtomTable
  private let atoms: [Atom]
  private let slot: [Atom: Int]

  /// Creates the question whether all of `demands` can hold.
  init(_ demands: [Demand], atoms table: AtomTable) {
    self.demands = demands
    self.table = table
    var found: Set<Atom> = []
    var pending: [Atom] = []
    for demand in demands {
      if case .atom(let atom) = demand.left { pending.append(atom) }
      pending += demand.right.written.atoms
    }
    while let atom = pending.popLast() {
      if found.insert(atom).inserted { pending += table[atom].upper.atoms }
    }
    atoms = found.sorted()
    slot = Dictionary(uniqueKeysWithValues: atoms.enumerated().map { ($0.element, $0.offset) })
  }

  /// Decides.
  func decide() -> Answer {
    guard atoms.count <= Self.atomLimit else { return .depends(atoms) }
    var homes: UInt32 = 0
    var relevant: UInt32 = 0
    for region in regions() {
      switch solve(region) {
      case .solution(let solution): homes |= solution
      case .conflict(let demand):
        if let flow = Flow.mostFamiliar(demand.services, region.peers)?.flow { return .never(flow) }
      }
      relevant |= matters(in: region)
    }
    for (index, atom) in atoms.enumerated() where homes & (1 << UInt32(index)) == 0 {
      // The atom has nowhere to be. It is on the left of some demand, or is a part of nothing.
      if let demand = demands.first(where: { $0.left == .atom(atom) }),
        let flow = Flow.mostFamiliar(demand.services, PeerSet([.atom(atom)]))?.flow
      {
        return .never(flow)
      }
    }
    let named = atoms.enumerated().filter { relevant & (1 << UInt32($0.offset)) != 0 }
    return .depends(named.isEmpty ? atoms : named.map { $0.element })
  }

  // MARK: Addresses

  /// Addresses that no set of the question tells apart.
  private struct Region {
    var peers: PeerSet
    var peer: Peer
  }

  private func regions() -> [Region] {
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
    for demand in demands {
      cut(PeerSet(CollectionOfOne(demand.left)))
      cut(demand.right.written)
    }
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
      let peer = Peer.v4(IPv4Range(trusted: lower, upper))
      result.append(Region(peers: PeerSet(CollectionOfOne(peer)), peer: peer))
    }
    for (index, lower) in firsts6.enumerated() {
      let upper = index + 1 < firsts6.count ? firsts6[index + 1] - 1 : .max
      let peer = Peer.v6(IPv6Range(trusted: lower, upper))
      result.append(Region(peers: PeerSet(CollectionOfOne(peer)), peer: peer))
    }
    return result
  }

  // MARK: Clauses

  /// The clauses that hold at every address of a region; bit *i* is atom number *i*.
  private struct Clauses {
    /// Atoms that have the region for certain.
    var forced: UInt32 = 0
    /// If the atom, then one of these: its own bound.
    var bounds: [(atom: UInt32, options: UInt32)] = []
    /// If the atom (0: in any case), then one of these.
    var demands: [(atom: UInt32, options: UInt32, demand: Int)] = []
  }

  private func mask(_ list: [Atom]) -> UInt32 {
    list.reduce(0) { $0 | (slot[$1].map { 1 << UInt32($0) } ?? 0) }
  }

  private func clauses(of region: Region) -> Clauses {
    var clauses = Clauses()
    for (index, atom) in atoms.enumerated() {
      if table.lowerBound(of: atom).contains(region.peer) { clauses.forced |= 1 << UInt32(index) }
      let upper = table[atom].upper
      if !upper.addresses.contains(region.peer) {
        clauses.bounds.append((1 << UInt32(index), mask(upper.atoms)))
      }
    }
    for (number, demand) in demands.enumerated() {
      if demand.right.written.addresses.contains(region.peer) { continue }
      let options = mask(demand.right.written.atoms)
      switch demand.left {
      case .atom(let atom): clauses.demands.append((mask([atom]), options, number))
      case .v4, .v6:
        if PeerSet(CollectionOfOne(demand.left)).contains(region.peer) {
          clauses.demands.append((0, options, number))
        }
      }
    }
    return clauses
  }

  private enum Solution {
    case solution(UInt32)
    case conflict(Demand)
  }

  /// The greatest solution at the addresses of a region.
  private func solve(_ region: Region) -> Solution {
    let clauses = clauses(of: region)
    var solution: UInt32 = atoms.count == 32 ? .max : (1 << UInt32(atoms.count)) - 1
    var isStable = false
    while !isStable {
      isStable = true
      for bound in clauses.bounds where solution & bound.atom != 0 && solution & bound.options == 0 {
        solution &= ~bound.atom
        isStable = false
      }
      for clause in clauses.demands where solution & clause.options == 0 {
        if clause.atom == 0 || clauses.forced & clause.atom != 0 {
          return .conflict(demands[clause.demand])
        }
        // An atom on both sides satisfies its own demand.
        guard solution & clause.atom != 0 else { continue }
        solution &= ~clause.atom
        isStable = false
      }
      // What has the region for certain cannot be taken away by what another atom cannot have.
      if clauses.forced & ~solution != 0 {
        let demand =
          clauses.demands.first { $0.atom == 0 || clauses.forced & $0.atom != 0 }
          ?? clauses.demands.first
        guard let demand else { return .solution(solution | clauses.forced) }
        return .conflict(demands[demand.demand])
      }
    }
    return .solution(solution)
  }

  /// Atoms that make a difference at the addresses of a region.
  private func matters(in region: Region) -> UInt32 {
    let clauses = clauses(of: region)
    var mentioned: UInt32 = 0
    for clause in clauses.demands { mentioned |= clause.atom | clause.options }
    mentioned &= ~clauses.forced
    guard mentioned != 0 else { return 0 }
    guard atoms.count <= Self.tableLimit else { return mentioned }
    func isAdmissible(_ value: UInt32) -> Bool {
      value & clauses.forced == clauses.forced
        && clauses.bounds.allSatisfy { value & $0.atom == 0 || value & $0.options != 0 }
    }
    func holds(_ value: UInt32) -> Bool {
      clauses.demands.allSatisfy { clause in
        (clause.atom != 0 && value & clause.atom == 0) || value & clause.options != 0
      }
    }
    var result: UInt32 = 0
    for value in 0..<(UInt32(1) << UInt32(atoms.count)) where isAdmissible(value) {
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
