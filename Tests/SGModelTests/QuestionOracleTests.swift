import SGModel
import Testing

/// Questions against brute force: every value of the atoms is tried.
struct QuestionOracleTests {
  private static let seeds = 0..<24
  private static let perSeed = 30

  private static func instances(_ seed: Int) -> [SmallWorld.Instance] {
    (0..<perSeed).map { SmallWorld.Instance(seed: UInt64(seed * 1000 + $0)) }
  }

  /// What one value of the atoms says, for the permissions that are certain and for all of them.
  private static func truth(
    _ kind: TrafficQuestion.Kind, _ allowed: [SmallWorld.Mask], _ set: [SmallWorld.Mask]
  ) -> Bool {
    let pairs = zip(allowed, set)
    switch kind {
    case .onlyWithin: return pairs.allSatisfy { $0 & ~$1 == 0 }
    case .nothingOf: return pairs.allSatisfy { $0 & $1 == 0 }
    case .atLeast: return pairs.allSatisfy { $1 & ~$0 == 0 }
    case .someOf: return pairs.contains { $0 & $1 != 0 }
    }
  }

  /// The answer by definition: for questions that limit, *may* proves and *must* refutes; for
  /// questions that ask for something, the other way round.
  private static func expected(
    _ kind: TrafficQuestion.Kind, _ instance: SmallWorld.Instance
  ) -> (verdict: Verdict, dependsOn: Set<Atom>) {
    let must = instance.permissions.filter { $0.isCertain }
    let may = instance.permissions
    let limits = kind == .onlyWithin || kind == .nothingOf
    var proved = true
    var refuted = true
    for value in instance.atoms.values {
      let set = SmallWorld.meaning(instance.set, value)
      if !truth(kind, SmallWorld.meaning(limits ? may : must, value), set) { proved = false }
      if truth(kind, SmallWorld.meaning(limits ? must : may, value), set) { refuted = false }
    }
    if proved { return (.satisfied, []) }
    if refuted { return (.violated, []) }
    var depends: Set<Atom> = []
    for list in [must, may] {
      for left in instance.atoms.values {
        for right in instance.atoms.values {
          let different = left.indices.filter { left[$0] != right[$0] }
          guard different.count == 1 else { continue }
          let a = truth(
            kind, SmallWorld.meaning(list, left), SmallWorld.meaning(instance.set, left))
          let b = truth(
            kind, SmallWorld.meaning(list, right), SmallWorld.meaning(instance.set, right))
          if a != b { depends.insert(instance.atoms.atoms[different[0]]) }
        }
      }
    }
    return (.undecided, depends)
  }

  private static func check(_ kind: TrafficQuestion.Kind, _ seed: Int) {
    for (number, instance) in instances(seed).enumerated() {
      let answer = PreparedQuestion(
        TrafficQuestion(kind, instance.set), atoms: instance.atoms.table
      ).decide(instance.permissions[...], atoms: instance.atoms.table)
      let (verdict, dependsOn) = expected(kind, instance)
      let what: Comment =
        "seed \(seed).\(number): \(instance.permissions) against \(instance.set.slabs), atoms \(instance.atoms.table)"
      #expect(answer.verdict == verdict, what)
      if verdict == .undecided, answer.verdict == .undecided {
        #expect(Set(answer.atoms).isSubset(of: dependsOn), what)
        let onlyUncertain = dependsOn.isEmpty
        #expect(
          onlyUncertain || !answer.atoms.isEmpty || !answer.culprits.isEmpty || kind == .atLeast,
          what)
      }
      if verdict == .violated, answer.verdict == .violated {
        checkWitness(kind, answer, instance, what)
      }
    }
  }

  /// A witness is on the wrong side for some value of the atoms at least; a concrete one that does not
  /// involve atoms is so for all of them.
  private static func checkWitness(
    _ kind: TrafficQuestion.Kind, _ answer: Decision, _ instance: SmallWorld.Instance,
    _ what: Comment
  ) {
    guard let flow = answer.witness else {
      // "Some of nothing" has no flow to show.
      #expect(kind == .someOf && instance.set.isEmpty, what)
      return
    }
    let limits = kind == .onlyWithin || kind == .nothingOf
    let side = limits ? instance.permissions.filter { $0.isCertain } : instance.permissions
    var count = 0
    for value in instance.atoms.values {
      let allowed = allows(side.map { ($0.services, $0.peer) }, flow, value)
      let inSet = allows(instance.set.boxes, flow, value)
      let proves: Bool =
        switch kind {
        case .onlyWithin: allowed.contains { !inSet.contains($0) }
        case .nothingOf: allowed.contains { inSet.contains($0) }
        case .atLeast, .someOf: inSet.contains { !allowed.contains($0) }
        }
      if proves { count += 1 }
    }
    #expect(count > 0, what)
    if instance.atoms.atoms.isEmpty { #expect(count == instance.atoms.values.count, what) }
  }

  /// The addresses of the flow's peer that the boxes open for its service: of the one address, or of
  /// the atom's addresses.
  private static func allows(
    _ boxes: [(services: ServiceRange, peer: Peer)], _ flow: Flow, _ value: [SmallWorld.Mask]
  ) -> [UInt32] {
    let open = boxes.filter {
      $0.services.lower <= flow.service && flow.service <= $0.services.upper
    }
    switch flow.peer {
    case .v4(let address):
      let isIn = open.contains { box in
        if case .atom(let atom) = box.peer {
          return SmallWorld.peerSet(value[Int(atom.index)]).contains(v4: address)
        }
        return PeerSet([box.peer]).contains(v4: address)
      }
      return isIn ? [0] : []
    case .v6(let address):
      let isIn = open.contains { box in
        if case .atom(let atom) = box.peer {
          return SmallWorld.peerSet(value[Int(atom.index)]).contains(v6: address)
        }
        return PeerSet([box.peer]).contains(v6: address)
      }
      return isIn ? [0] : []
    case .atom(let atom):
      let mask =
        open.reduce(0) { $0 | SmallWorld.mask(of: $1.peer, value) } & value[Int(atom.index)]
      return (0..<32).filter { mask & (1 << $0) != 0 }
    }
  }

  @Test(arguments: seeds) func onlyWithin(seed: Int) { Self.check(.onlyWithin, seed) }
  @Test(arguments: seeds) func nothingOf(seed: Int) { Self.check(.nothingOf, seed) }
  @Test(arguments: seeds) func atLeast(seed: Int) { Self.check(.atLeast, seed) }
  @Test(arguments: seeds) func someOf(seed: Int) { Self.check(.someOf, seed) }
}
