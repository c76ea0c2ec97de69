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

  private let demands: [Demand]
  private let space: AtomRegions

  /// Creates the question whether all of `demands` can hold.
  init(_ demands: [Demand], atoms table: AtomTable) {
    self.demands = demands
    space = AtomRegions(
      demands.flatMap { demand in
        if case .atom(let atom) = demand.left { return [atom] + demand.right.written.atoms }
        return demand.right.written.atoms
      }, table)
  }

  /// Decides.
  ///
  /// - Complexity: O(*r* *d*) for *r* regions and *d* demands.
  func decide() -> Answer {
    guard space.atoms.count <= AtomRegions.atomLimit else { return .depends(space.atoms) }
    var homes: UInt32 = 0
    var relevant: UInt32 = 0
    let sets = demands.flatMap { [PeerSet(CollectionOfOne($0.left)), $0.right.written] }
    for region in space.regions(cutBy: sets) {
      let clauses = clauses(of: region)
      switch solve(region, clauses) {
      case .solution(let solution): homes |= solution
      case .conflict(let demand):
        if let flow = Flow.mostFamiliar(demand.services, region.peers)?.flow { return .never(flow) }
      }
      let mentioned = clauses.reduce(0) { $0 | $1.atom | $1.options }
      relevant |= space.matters(in: region, mentioned: mentioned) { value in
        clauses.allSatisfy { ($0.atom != 0 && value & $0.atom == 0) || value & $0.options != 0 }
      }
    }
    for atom in space.named(space.everything & ~homes) {
      // The atom has nowhere to be.
      if let demand = demands.first(where: { $0.left == .atom(atom) }),
        let flow = Flow.mostFamiliar(demand.services, PeerSet([.atom(atom)]))?.flow
      {
        return .never(flow)
      }
    }
    return .depends(relevant == 0 ? space.atoms : space.named(relevant))
  }

  /// If the atom (0: in any case), then one of the options; from demand number `demand`.
  private typealias Clause = (atom: UInt32, options: UInt32, demand: Int)

  private func clauses(of region: AtomRegions.Region) -> [Clause] {
    var clauses: [Clause] = []
    for (number, demand) in demands.enumerated() {
      if demand.right.written.contains(region.peer) { continue }
      let options = space.mask(demand.right.written.atoms)
      switch demand.left {
      case .atom(let atom): clauses.append((space.mask([atom]), options, number))
      case .v4, .v6:
        if PeerSet(CollectionOfOne(demand.left)).contains(region.peer) {
          clauses.append((0, options, number))
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
  private func solve(_ region: AtomRegions.Region, _ clauses: [Clause]) -> Solution {
    var solution = space.everything
    var isStable = false
    while !isStable {
      isStable = true
      for bound in region.bounds where solution & bound.atom != 0 && solution & bound.options == 0 {
        solution &= ~bound.atom
        isStable = false
      }
      for clause in clauses where solution & clause.options == 0 {
        if clause.atom == 0 || region.forced & clause.atom != 0 {
          return .conflict(demands[clause.demand])
        }
        guard solution & clause.atom != 0 else { continue }
        solution &= ~clause.atom
        isStable = false
      }
    }
    // What an atom has for certain its bound allows, but the atoms of the bound may be taken away.
    if region.forced & ~solution != 0, let first = clauses.first {
      return .conflict(demands[first.demand])
    }
    return .solution(solution)
  }
}
