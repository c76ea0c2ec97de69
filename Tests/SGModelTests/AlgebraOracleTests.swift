import SGModel
import Testing

/// Set operations, comparisons and effects against brute force.
struct AlgebraOracleTests {
  private static let seeds = 0..<24
  private static let perSeed = 30

  /// The points of a set as it is written: atoms are points of their own.
  private static func points(_ set: TrafficSet, _ atoms: [Atom]) -> Set<Flow> {
    var result: Set<Flow> = []
    for service in SmallWorld.services {
      for endpoint in SmallWorld.addresses + atoms.map({ .atom($0) }) {
        let flow = Flow(service: service, peer: endpoint)
        if set.contains(flow) { result.insert(flow) }
      }
    }
    return result
  }

  @Test(arguments: seeds) func setOperations(seed: Int) {
    for number in 0..<Self.perSeed {
      let one = SmallWorld.Instance(seed: UInt64(seed * 1000 + number))
      let atoms = one.atoms.atoms
      let a = TrafficSet(one.permissions.map { ($0.services, $0.peer) })
      let b = one.set
      let left = Self.points(a, atoms)
      let right = Self.points(b, atoms)
      let what: Comment = "seed \(seed).\(number)"
      #expect(Self.points(a.union(b), atoms) == left.union(right), what)
      #expect(Self.points(a.intersection(b), atoms) == left.intersection(right), what)
      #expect(Self.points(a.subtracting(b), atoms) == left.subtracting(right), what)
      #expect(Self.points(a.symmetricDifference(b), atoms) == left.symmetricDifference(right), what)
      #expect(a.isSubset(of: b) == left.isSubset(of: right), what)
      #expect(a.isDisjoint(with: b) == left.isDisjoint(with: right), what)
      #expect(a.isEmpty == left.isEmpty, what)
      #expect((a == b) == (left == right), what)
      if left == right { #expect(a.hashValue == b.hashValue, what) }
      var formed = a
      formed.formUnion(b)
      #expect(formed == a.union(b), what)
      formed.formIntersection(b)
      #expect(formed == b, what)
      formed.subtract(a)
      #expect(formed == b.subtracting(a), what)
      formed.formSymmetricDifference(a)
      #expect(formed == b.union(a), what)
      // One form: the order in which a set was put together does not show.
      #expect(TrafficSet(one.permissions.reversed().map { ($0.services, $0.peer) }) == a, what)
      #expect(TrafficSet(a.boxes) == a, what)
      #expect(b.union(a) == a.union(b), what)
      #expect(a.subtracting(b).union(a.intersection(b)) == a, what)
    }
  }

  @Test(arguments: seeds) func comparisons(seed: Int) {
    for number in 0..<Self.perSeed {
      let one = SmallWorld.Instance(seed: UInt64(seed * 1000 + number + 500))
      var random = SeededGenerator(seed: UInt64(seed * 1000 + number))
      let other = SmallWorld.Instance.boxes(
        one.atoms, Int.random(in: 0...4, using: &random), &random)
      let left = one.permissions
      let what: Comment =
        "seed \(seed).\(number): \(left) against \(other), atoms \(one.atoms.table)"
      func holds(
        _ kind: Bool, _ left: [Permission], _ right: [Permission], _ value: [SmallWorld.Mask]
      ) -> Bool {
        let pairs = zip(SmallWorld.meaning(left, value), SmallWorld.meaning(right, value))
        return kind ? pairs.allSatisfy { $0 == $1 } : pairs.allSatisfy { $0 & ~$1 == 0 }
      }
      let must = left.filter { $0.isCertain }
      let otherMust = other.filter { $0.isCertain }
      let access = Comparison.newAccess(of: left, over: other, atoms: one.atoms.table).verdict
      let proved = one.atoms.values.allSatisfy { holds(false, left, otherMust, $0) }
      let refuted = one.atoms.values.allSatisfy { !holds(false, must, other, $0) }
      #expect(access == (proved ? .satisfied : refuted ? .violated : .undecided), what)
      // Equality is asked of permissions that are all there.
      let equality = Comparison.equal(must, otherMust, atoms: one.atoms.table)
      let same = one.atoms.values.allSatisfy { holds(true, must, otherMust, $0) }
      let different = one.atoms.values.allSatisfy { !holds(true, must, otherMust, $0) }
      #expect(equality.verdict == (same ? .satisfied : different ? .violated : .undecided), what)
    }
  }

  @Test(arguments: seeds) func effects(seed: Int) {
    for number in 0..<Self.perSeed {
      let one = SmallWorld.Instance(seed: UInt64(seed * 1000 + number + 700))
      let table = one.atoms.table
      let effects = PermissionEffect.effects(of: one.permissions, atoms: table)
      let what: Comment =
        "seed \(seed).\(number): \(one.permissions) \(effects), atoms \(table)"
      func covered(_ index: Int, by others: [Int]) -> Bool {
        one.atoms.values.allSatisfy { value in
          zip(
            SmallWorld.meaning([one.permissions[index]], value),
            SmallWorld.meaning(others.map { one.permissions[$0] }, value)
          ).allSatisfy { $0 & ~$1 == 0 }
        }
      }
      for index in one.permissions.indices {
        let duplicates = Set(
          effects.indices.filter { if case .duplicate = effects[$0] { true } else { false } })
        let others = one.permissions.indices.filter {
          $0 != index && one.permissions[$0].isCertain && !duplicates.contains($0)
        }
        switch effects[index] {
        case .nothing: Issue.record("no placeholder is in this world")
        case .duplicate(let earlier):
          #expect(earlier < index, what)
          #expect(one.permissions[earlier].services == one.permissions[index].services, what)
          #expect(one.permissions[earlier].peer == one.permissions[index].peer, what)
        case .needed: #expect(!covered(index, by: others), what)
        case .redundant:
          #expect(covered(index, by: others), what)
          let by = PermissionEffect.coverers(of: index, in: one.permissions, atoms: table)
          #expect(by.map { covered(index, by: $0) } == true, what)
          #expect(by?.contains(index) == false, what)
          // None of those that are named could be left out.
          for candidate in by ?? [] {
            #expect(!covered(index, by: (by ?? []).filter { $0 != candidate }), what)
          }
        }
      }
    }
  }
}
