/// Decides whether several pairs of peers can all be apart at once, for some value of the atoms.
///
/// Two pairs that can each be apart need not be so together: an atom that has to be in 10.0.0.0/8 is
/// met by 10.0.0.0/9 for one service or by 10.128.0.0/9 for another. No atom is empty, so each needs
/// an address where it meets nothing; how many atoms want the same few addresses is tried out.
struct JointDisjointness {
  /// `left` and `right` have no address in common, for flows of `services`.
  struct Demand {
    var services: ServiceRange
    var left: Peer
    var right: PeerBounds
  }

  private let demands: [Demand]
  private let table: AtomTable

  /// Creates the question whether all of `demands` can hold.
  init(_ demands: [Demand], atoms table: AtomTable) {
    self.demands = demands
    self.table = table
  }

  /// Returns nothing where all demands can hold, else a flow of a pair that always meets, as far as one
  /// can be named.
  func neverApart() -> (services: ServiceRange, peers: PeerSet)? {
    var homes: [Atom: PeerSet] = [:]
    var apart: [(Atom, Atom)] = []
    var involved: Set<Atom> = []
    func forbid(_ atom: Atom, _ addresses: PeerSet) {
      homes[atom, default: table.upperBound(of: atom)].subtract(addresses)
      involved.insert(atom)
    }
    for demand in demands {
      switch demand.left {
      case .v4, .v6:
        for atom in demand.right.written.atoms {
          forbid(atom, PeerSet(CollectionOfOne(demand.left)))
        }
      case .atom(let atom):
        forbid(atom, demand.right.written.addresses)
        forbid(atom, table.lowerBound(of: demand.right.written.atoms))
        for other in demand.right.written.atoms {
          forbid(other, table.lowerBound(of: atom))
          apart.append((atom, other))
        }
      }
    }
    // An atom is somewhere in its bound; what it may not meet there, it has to avoid in the bound's
    // own atoms too.
    var isStable = false
    while !isStable {
      isStable = true
      for atom in involved.sorted() {
        let upper = table[atom].upper
        guard !upper.atoms.isEmpty else { continue }
        var open = upper.addresses
        for part in upper.atoms {
          let isApart = apart.contains { $0 == (atom, part) || $0 == (part, atom) }
          if !isApart { open.formUnion(homes[part] ?? table.upperBound(of: part)) }
        }
        let before = homes[atom] ?? table.upperBound(of: atom)
        let after = before.intersection(open)
        if after != before {
          homes[atom] = after
          isStable = false
        }
      }
    }
    for atom in involved.sorted() where homes[atom]?.isEmpty == true {
      if let demand = demands.first(where: {
        $0.left == .atom(atom) || $0.right.written.contains(atom)
      }) {
        return (demand.services, PeerSet([.atom(atom)]))
      }
    }
    return canPlace(involved.sorted(), homes, apart)
      ? nil
      : demands.first.map {
        ($0.services, PeerSet(CollectionOfOne($0.left)))
      }
  }

  /// The atoms on which it depends whether all pairs are apart.
  func relevantAtoms() -> [Atom] {
    let space = AtomRegions(
      demands.flatMap { demand in
        if case .atom(let atom) = demand.left { return [atom] + demand.right.written.atoms }
        return demand.right.written.atoms
      }, table)
    guard space.atoms.count <= AtomRegions.atomLimit else { return space.atoms }
    var relevant: UInt32 = 0
    let sets = demands.flatMap { [PeerSet(CollectionOfOne($0.left)), $0.right.written] }
    for region in space.regions(cutBy: sets) {
      // Each clause: one of the left (0: in any case) and one of the right are not both in it.
      var clauses: [(left: UInt32, right: UInt32)] = []
      var mentioned: UInt32 = 0
      for demand in demands {
        let others = space.mask(demand.right.written.atoms)
        switch demand.left {
        case .v4, .v6:
          guard PeerSet(CollectionOfOne(demand.left)).contains(region.peer) else { continue }
          clauses.append((0, others))
          mentioned |= others
        case .atom(let atom):
          let isIn = demand.right.written.contains(region.peer)
          let own = space.mask([atom])
          clauses.append(isIn ? (0, own) : (own, others))
          mentioned |= isIn ? own : own | others
        }
      }
      relevant |= space.matters(in: region, mentioned: mentioned) { value in
        clauses.allSatisfy { ($0.left != 0 && value & $0.left == 0) || value & $0.right == 0 }
      }
    }
    return relevant == 0 ? space.atoms : space.named(relevant)
  }

  /// Whether each atom can be given an address of its home so that no two which have to be apart share
  /// one.
  private func canPlace(_ atoms: [Atom], _ homes: [Atom: PeerSet], _ apart: [(Atom, Atom)]) -> Bool
  {
    // With as many addresses as atoms each can have one of its own.
    let narrow = atoms.filter { atom in
      let home = homes[atom] ?? PeerSet()
      return home.v4Count < UInt64(atoms.count) && home.v6Count < UInt128(atoms.count)
    }
    guard narrow.count > 1, narrow.count <= 6 else { return true }
    let places = narrow.map { atom -> [Flow.Endpoint] in
      let home = homes[atom] ?? PeerSet()
      return home.v4List.intervals.flatMap { ($0.lower...$0.upper).map { Flow.Endpoint.v4($0) } }
        + home.v6List.intervals.flatMap { ($0.lower...$0.upper).map { Flow.Endpoint.v6($0) } }
    }
    var chosen: [Flow.Endpoint] = []
    func place(_ index: Int) -> Bool {
      guard index < narrow.count else { return true }
      for candidate in places[index] {
        let clashes = chosen.indices.contains { other in
          chosen[other] == candidate
            && apart.contains {
              $0 == (narrow[index], narrow[other]) || $0 == (narrow[other], narrow[index])
            }
        }
        if clashes { continue }
        chosen.append(candidate)
        if place(index + 1) { return true }
        chosen.removeLast()
      }
      return false
    }
    return place(0)
  }
}
