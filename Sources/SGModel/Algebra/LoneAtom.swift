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
  /// How much of that is left beside what else is in the set.
  let space: Space
  /// Whether it can be of both families, so that no block of addresses holds all that it can be.
  let isWide: Bool

  /// How many addresses there are at least that no block takes.
  struct Space {
    private var v4: UInt64
    private var v6: UInt128

    init(v4: UInt64, v6: UInt128) {
      self.v4 = v4
      self.v6 = v6
    }

    /// Takes all addresses of a block, whether or not they are there.
    mutating func take(_ range: IPv4Range) {
      v4 -= min(v4, UInt64(range.upper - range.lower) + 1)
    }

    /// Takes all addresses of a block, whether or not they are there.
    mutating func take(_ range: IPv6Range) {
      let size = (range.upper - range.lower).addingReportingOverflow(1)
      v6 -= size.overflow ? v6 : min(v6, size.partialValue)
    }

    /// Whether there are more than so many of one family.
    func hasMore(than count: Int) -> Bool { v4 > UInt64(count) || v6 > UInt128(count) }
  }

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
    var space = Space(v4: room.v4Count, v6: room.v6Count)
    for slab in symbolic {
      for range in slab.written.v4 { space.take(range) }
      for range in slab.written.v6 { space.take(range) }
    }
    self.space = space
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

  /// The atoms on which an answer depends where `doubts` are all that leaves it open: of these, some may
  /// not be there.
  ///
  /// Nothing is returned where that is not settled here. Where a box that may not be there breaks the
  /// policy whatever the atoms are (`hasUncertainBreach`), atoms matter only to the boxes that are there.
  func matters(
    to doubts: [Int], of permissions: ArraySlice<Permission>, hasUncertainBreach: Bool,
    _ table: AtomTable
  ) -> [Atom]? {
    func isCertain(_ offset: Int) -> Bool { permissions[permissions.startIndex + offset].isCertain }
    if doubts.allSatisfy(isCertain) { return matters(to: doubts, of: permissions, table) }
    let certain = doubts.filter(isCertain)
    var named: Set<Atom> = []
    if !certain.isEmpty {
      guard let found = matters(to: certain, of: permissions, table) else { return nil }
      named.formUnion(found)
    }
    if !hasUncertainBreach {
      guard let found = matters(to: doubts, of: permissions, table) else { return nil }
      named.formUnion(found)
    }
    return named.sorted()
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
    var left = space
    var others: [Atom] = []
    for offset in doubts {
      let permission = permissions[permissions.startIndex + offset]
      switch permission.peer {
      case .v4(let range): left.take(range)
      case .v6(let range): left.take(range)
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
    guard left.hasMore(than: doubts.count) else { return nil }
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
