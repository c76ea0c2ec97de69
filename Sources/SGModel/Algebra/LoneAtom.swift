/// Decides the questions about atoms that come up with nearly every group, without looking at every
/// address: those in which all depends on one atom, such as "the CIDRs of this VPC".
///
/// The answers are those of `JointContainment` and `JointDisjointness`, reasoned out for the case in
/// which nothing is known to be in any of the atoms for certain, so that any of them may keep away
/// from an address. Where the case is another, or where counting addresses does not settle it, there
/// is no answer here, and the general procedure is asked.
enum LoneAtom {
  /// Returns whether all demands can hold, and on which atoms it depends; nothing where that is not
  /// settled here.
  static func containment(
    _ demands: [JointContainment.Demand], _ table: AtomTable
  ) -> JointContainment.Answer? {
    guard let first = demands.first else { return nil }
    if case .atom(let atom) = first.left, demands.allSatisfy({ $0.left == first.left }) {
      return within(atom, demands, table)
    }
    return around(demands.map { ($0.left, $0.right) }, table).map { .depends($0) }
  }

  /// Returns the atoms on which it depends whether all pairs are apart; nothing where that is not
  /// settled here, so also where they can never all be.
  static func disjointness(
    _ demands: [JointDisjointness.Demand], _ table: AtomTable
  ) -> [Atom]? {
    around(demands.map { ($0.left, $0.right) }, table)
  }

  /// Whether the atom can be empty of any address, and what it can be.
  private static func freedom(_ atom: Atom, _ table: AtomTable) -> PeerSet? {
    table.lowerBound(of: atom).isEmpty ? table.upperBound(of: atom) : nil
  }

  // MARK: One atom on the right

  /// Blocks, and atoms that can be just where that one can be, against one atom.
  ///
  /// With the atom as large as it can be, every block within it is contained; with it where no block
  /// is, all are apart from it. What matters are the addresses that no block takes: the other atoms
  /// may be there or not, as may the one.
  private static func around(
    _ demands: [(left: Peer, right: PeerBounds)], _ table: AtomTable
  ) -> [Atom]? {
    guard let target = demands.first?.right.written.atoms.first,
      table[target].upper.atoms.isEmpty,
      let room = freedom(target, table)
    else { return nil }
    var taken: UInt64 = 0
    var others: [Atom] = []
    for (left, right) in demands {
      guard right.written.atoms == [target] else { return nil }
      taken += right.written.v4Count
      switch left {
      case .v4(let range): taken += UInt64(range.upper - range.lower) + 1
      case .v6: break
      case .atom(let atom):
        guard atom != target, freedom(atom, table) == room, isBeside(target, atom, table) else {
          return nil
        }
        if !others.contains(atom) { others.append(atom) }
      }
    }
    // Atoms that are parts of one another would move together.
    guard others.allSatisfy({ other in others.allSatisfy { isBeside($0, other, table) } }) else {
      return nil
    }
    // Enough addresses are left where nothing is asked of any block, more than there are atoms.
    guard taken < room.v4Count, room.v4Count - taken > UInt64(demands.count) else { return nil }
    return (others + [target]).sorted()
  }

  /// Whether an atom is not bounded by another.
  private static func isBeside(_ bound: Atom, _ atom: Atom, _ table: AtomTable) -> Bool {
    table[atom].upper.atoms.allSatisfy { part in
      part != bound && isBeside(bound, part, table)
    }
  }

  // MARK: One atom on the left

  /// One atom within several sets at once: within what they have in common, if that is anything.
  private static func within(
    _ atom: Atom, _ demands: [JointContainment.Demand], _ table: AtomTable
  ) -> JointContainment.Answer? {
    guard table[atom].upper.atoms.isEmpty, var common = freedom(atom, table),
      demands.allSatisfy({ $0.right.written.atoms.isEmpty })
    else { return nil }
    for demand in demands { common.formIntersection(demand.right.written) }
    guard common.isEmpty else { return .depends([atom]) }
    return Flow.mostFamiliar(demands[0].services, PeerSet([.atom(atom)])).map { .never($0.flow) }
  }
}
