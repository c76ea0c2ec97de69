/// The one atom that all depends on in the questions that come up with nearly every group, such as "the
/// CIDRs of this VPC": for it, what matters is found without looking at every address.
///
/// The answers are those of `JointContainment` and `JointDisjointness`, reasoned out for the case in
/// which nothing is known to be in any of the atoms for certain, so that any of them may keep away
/// from an address. Where the case is another, or where counting addresses does not settle it, there
/// is no answer here, and the general procedure is asked.
struct LoneAtom {
  let atom: Atom
  /// All that it can be.
  private let room: PeerSet
  let roomCount: UInt64
  /// How many IPv4 addresses stand beside it in the set.
  let besideCount: UInt64
  /// Whether it can be of both families, so that no block of addresses holds all that it can be.
  let isWide: Bool

  /// Finds the atom of a set; nothing where there is none, more than one, or something is known to be
  /// in it.
  init?(_ slabs: [PeerBounds], _ table: AtomTable) {
    let symbolic = slabs.filter { !$0.written.atoms.isEmpty }
    guard let atom = symbolic.first?.written.atoms.first,
      symbolic.allSatisfy({ $0.written.atoms == [atom] }), table.boundAtoms(of: atom).isEmpty,
      let room = Self.room(of: atom, table)
    else { return nil }
    self.atom = atom
    self.room = room
    roomCount = room.v4Count
    besideCount = symbolic.reduce(0) { $0 + $1.written.v4Count }
    isWide = !room.v4List.isEmpty && !room.v6List.isEmpty
  }

  /// What an atom can be, if it may be away from any of that.
  private static func room(of atom: Atom, _ table: AtomTable) -> PeerSet? {
    table.lowerBound(of: atom).isEmpty ? table.upperBound(of: atom) : nil
  }

  /// Whether an atom is not bounded by another.
  static func isBeside(_ bound: Atom, _ atom: Atom, _ table: AtomTable) -> Bool {
    table.boundAtoms(of: atom).allSatisfy { part in
      part != bound && isBeside(bound, part, table)
    }
  }

  /// The atoms on which it depends whether boxes are within the set, or apart from it, where that
  /// depends on atoms for each of them; nothing where it is not settled here.
  ///
  /// With the atom as large as it can be, every block within it is contained; with it where no block
  /// is, all are apart from it. What matters are the addresses that no block takes: there, other
  /// atoms may be or not be, as may the one.
  func matters(
    to doubts: [Int], of permissions: ArraySlice<Permission>, _ table: AtomTable
  ) -> [Atom]? {
    var taken = besideCount
    var others: [Atom] = []
    for offset in doubts {
      let permission = permissions[permissions.startIndex + offset]
      guard permission.isCertain else { return nil }
      switch permission.peer {
      case .v4(let range): taken += UInt64(range.upper - range.lower) + 1
      case .v6: break
      case .atom(let other):
        if others.contains(other) { continue }
        guard isIndependent(of: other, table) else { return nil }
        others.append(other)
      }
    }
    // Atoms that are parts of one another would move together.
    guard
      others.count < 2
        || others.allSatisfy({ other in
          others.allSatisfy { Self.isBeside($0, other, table) }
        })
    else { return nil }
    // Addresses are left of which nothing is asked of any block, more than there are atoms.
    guard taken < roomCount, roomCount - taken > UInt64(doubts.count) else { return nil }
    if others.isEmpty { return [atom] }
    others.append(atom)
    return others.sorted()
  }

  /// Whether another atom may be anywhere in the room of this one, wherever this one is.
  func isIndependent(of other: Atom, _ table: AtomTable) -> Bool {
    other != atom && table.isFree(other, within: room) && Self.isBeside(atom, other, table)
  }

  // MARK: One atom within several sets

  /// Whether one atom is within several sets at once: within what they have in common, if that is
  /// anything; nothing where that is not settled here.
  static func containment(
    _ demands: [JointContainment.Demand], _ table: AtomTable
  ) -> JointContainment.Answer? {
    guard let first = demands.first, case .atom(let atom) = first.left,
      demands.allSatisfy({ $0.left == first.left }), table.boundAtoms(of: atom).isEmpty,
      let room = room(of: atom, table)
    else { return nil }
    var others: [Atom] = []
    for demand in demands {
      for other in demand.right.written.atoms where !others.contains(other) {
        others.append(other)
      }
    }
    guard
      others.allSatisfy({ other in
        Self.room(of: other, table) != nil && others.allSatisfy { isBeside($0, other, table) }
      })
    else { return nil }
    let common = demands.reduce(room) { $0.intersection($1.right.most) }
    guard !common.isEmpty else {
      return Flow.mostFamiliar(first.services, PeerSet([first.left])).map { .never($0.flow) }
    }
    var named = [atom]
    for other in others {
      // It matters at an address that some set has through it alone, while the sets that are without
      // it have the address too, through atoms that are not in that set.
      let place = room.intersection(table.upperBound(of: other))
      let matters = demands.contains { own in
        guard own.right.written.contains(other) else { return false }
        var open = place.subtracting(own.right.written.addresses)
        for demand in demands where !demand.right.written.contains(other) {
          if open.isEmpty { return false }
          var reach = demand.right.written.addresses
          for atom in demand.right.written.atoms where !own.right.written.contains(atom) {
            reach.formUnion(table.upperBound(of: atom))
          }
          open.formIntersection(reach)
        }
        return !open.isEmpty
      }
      if matters { named.append(other) }
    }
    return .depends(named.sorted())
  }
}
