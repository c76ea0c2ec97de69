/// A question about the entries of a group in one direction, and its answer.
///
/// Every answer is exact for what is known of the atoms: *satisfied* for every value they can take,
/// *violated* whatever they turn out to be, *undecided* where it depends on them. A box is looked at
/// alone where that decides (a union lies in a set if each of its parts does), so no canonical form
/// of the group is made.
public struct TrafficQuestion: Sendable {
  /// What is asked of the flows that a group allows.
  public enum Kind: Hashable, Sendable {
    /// All of them are in the set.
    case onlyWithin
    /// None of them is in the set.
    case nothingOf
    /// Every flow of the set is among them.
    case atLeast
    /// Some flow of the set is among them.
    case someOf
  }

  /// What is asked.
  public let kind: Kind
  /// The set it is asked about.
  public let set: TrafficSet

  /// Creates a question.
  public init(_ kind: Kind, _ set: TrafficSet) {
    self.kind = kind
    self.set = set
  }

  /// Asks whether nothing is allowed at all.
  public static let isEmpty = TrafficQuestion(.onlyWithin, TrafficSet())
  /// Asks whether all that is allowed is in `set`.
  public static func onlyWithin(_ set: TrafficSet) -> TrafficQuestion { .init(.onlyWithin, set) }
  /// Asks whether nothing of `set` is allowed.
  public static func nothing(of set: TrafficSet) -> TrafficQuestion { .init(.nothingOf, set) }
  /// Asks whether everything in `set` is allowed.
  public static func atLeast(_ set: TrafficSet) -> TrafficQuestion { .init(.atLeast, set) }
  /// Asks whether anything in `set` is allowed.
  public static func some(of set: TrafficSet) -> TrafficQuestion { .init(.someOf, set) }

  /// Asks the question of `permissions`; where it is asked of many groups, prepare it once.
  public func decide(_ permissions: [Permission], atoms: AtomTable) -> Decision {
    PreparedQuestion(self, atoms: atoms).decide(permissions[...], atoms: atoms)
  }
}

/// The answer to a `TrafficQuestion`.
public struct Decision: Hashable, Sendable {
  /// The answer.
  public var verdict: Verdict
  /// A flow that proves a violation: one that is allowed and should not be, or that should be
  /// allowed and is not.
  public var witness: Flow?
  /// The permissions that the answer rests on: those that break the policy, or leave it open.
  ///
  /// Indices into the permissions that were asked about, in their order.
  public var culprits: [Int]
  /// The atoms that an undecided answer depends on, in ascending order.
  public var atoms: [Atom]

  init(_ verdict: Verdict, witness: Flow? = nil, culprits: [Int] = [], atoms: [Atom] = []) {
    self.verdict = verdict
    self.witness = witness
    self.culprits = culprits
    self.atoms = atoms
  }
}

extension Peer {
  /// Whether it is an atom.
  fileprivate var isAtom: Bool {
    if case .atom = self { true } else { false }
  }

  /// Whether all of another peer is in this one by itself, whatever the atoms are.
  func contains(_ other: Peer) -> Bool {
    switch (self, other) {
    case (.v4(let own), .v4(let others)):
      own.lower <= others.lower && others.upper <= own.upper
    case (.v6(let own), .v6(let others)):
      own.lower <= others.lower && others.upper <= own.upper
    case (.atom(let own), .atom(let others)): own == others
    default: false
    }
  }
}

extension Permission {
  /// Whether all flows of another box are in this one by itself, whatever the atoms are.
  func contains(_ other: Permission) -> Bool {
    services.lower <= other.services.lower && other.services.upper <= services.upper
      && peer.contains(other.peer)
  }
}

/// How one box stands to a set, for all values of the atoms.
private enum Relation {
  /// All of it is in the set, whatever the atoms are.
  case inside
  /// Some of it is outside, whatever the atoms are; with the flow that people recognise first.
  case outside(Flow, Flow.Familiarity)
  /// It depends on atoms.
  case depends
}

/// Whether one box and a set have a flow in common, for all values of the atoms.
private enum Meeting {
  /// They have, whatever the atoms are; with such a flow.
  case always(Flow, Flow.Familiarity)
  /// They have not, whatever the atoms are.
  case never
  /// It depends on atoms.
  case depends
}

/// A set that is made ready for many questions: bounds of each slab, computed once.
///
/// A class because it is asked millions of times, and a copy of all its arrays would cost more than the
/// answer.
public final class PreparedQuestion: Sendable {
  let question: TrafficQuestion
  let bounds: [PeerBounds]
  /// What is in the set whatever the atoms are: most boxes of a good group are.
  let certain: FlatSet
  /// What can be in the set.
  let possible: FlatSet
  /// The one atom that all depends on, if there is just one.
  let lone: LoneAtom?
  /// The set as boxes, and its services, where it is asked whether all of it is there.
  let flows: [Permission]
  private let wanted: ServiceSet
  /// Whether each of its boxes is of one service.
  let arePoints: Bool

  /// Prepares `question` for an estate with these atoms.
  public init(_ question: TrafficQuestion, atoms: AtomTable) {
    self.question = question
    let bounds = question.set.slabs.map { PeerBounds($0.peers, atoms) }
    self.bounds = bounds
    // Whether a set is covered is found otherwise.
    let slabs = question.kind == .atLeast ? [] : question.set.slabs
    certain = FlatSet(slabs) { bounds[$0].least }
    possible = FlatSet(slabs) { bounds[$0].most }
    lone = LoneAtom(bounds, atoms)
    guard question.kind == .atLeast else {
      flows = []
      wanted = ServiceSet()
      arePoints = false
      return
    }
    flows = question.set.boxes.map {
      Permission(services: $0.services, peer: $0.peer, origin: 0)
    }
    wanted = ServiceSet(question.set.slabs.map { $0.services })
    arePoints = flows.allSatisfy { $0.services.lower == $0.services.upper }
  }

  /// Answers for a group that has these permissions in the direction that is asked about.
  ///
  /// Placeholders count as nothing unless `countsPlaceholders`. `atoms` is the table that the question
  /// was prepared with, or one that has more atoms behind those.
  ///
  /// - Complexity: O(*p* (log *s* + *c* log *n*)) for *p* permissions and a set of *s* slabs with
  ///   *n* intervals, where a permission crosses *c* slabs; `atLeast` takes O(*p* log *p*) more.
  public func decide(
    _ permissions: ArraySlice<Permission>, atoms: AtomTable, countsPlaceholders: Bool = false
  ) -> Decision {
    switch question.kind {
    case .onlyWithin: onlyWithin(permissions, atoms, countsPlaceholders)
    case .nothingOf: meets(permissions, atoms, countsPlaceholders, isWanted: false)
    case .someOf: meets(permissions, atoms, countsPlaceholders, isWanted: true)
    case .atLeast: atLeast(permissions, atoms, countsPlaceholders)
    }
  }

  // MARK: Only within

  private func onlyWithin(
    _ permissions: ArraySlice<Permission>, _ atoms: AtomTable, _ countsPlaceholders: Bool
  ) -> Decision {
    var violations: [Int] = []
    var doubts: [Int] = []
    var hasUncertainViolation = false
    var isSymbolic = false
    var best: (flow: Flow, rank: Flow.Familiarity)?
    for index in permissions.indices {
      let permission = permissions[index]
      if certain.contains(permission.services, permission.peer) { continue }
      if permission.isPlaceholder, !countsPlaceholders { continue }
      if possible.contains(permission.services, permission.peer) {
        doubts.append(index - permissions.startIndex)
        isSymbolic = true
        continue
      }
      let relation =
        permission.peer.isAtom
        ? relation(permission.services, permission.peer, atoms)
        : outside(permission.services, permission.peer)
      switch relation {
      case .inside: continue
      case .outside(let flow, let rank):
        guard permission.isCertain else {
          doubts.append(index - permissions.startIndex)
          hasUncertainViolation = true
          continue
        }
        violations.append(index - permissions.startIndex)
        if let known = best, !(rank < known.rank) { continue }
        best = (flow, rank)
      case .depends:
        doubts.append(index - permissions.startIndex)
        isSymbolic = true
      }
    }
    if let best { return Decision(.violated, witness: best.flow, culprits: violations) }
    if doubts.isEmpty { return Decision(.satisfied) }
    guard isSymbolic else { return Decision(.undecided, culprits: doubts) }
    if let lone,
      let named = lone.matters(
        to: doubts, of: permissions, hasUncertainBreach: hasUncertainViolation, atoms)
    {
      return Decision(.undecided, culprits: doubts, atoms: named)
    }
    func demands(certainOnly: Bool) -> [JointContainment.Demand] {
      doubts.map { permissions[permissions.startIndex + $0] }
        .filter { $0.isCertain || !certainOnly }
        .flatMap { containmentDemands($0.services, $0.peer, atoms) }
    }
    var named: Set<Atom> = []
    let certain = demands(certainOnly: true)
    if !certain.isEmpty {
      switch JointContainment(certain, atoms: atoms).decide() {
      case .never(let flow): return Decision(.violated, witness: flow, culprits: doubts)
      case .depends(let atoms): named.formUnion(atoms)
      }
    }
    // Where a permission that may not be there breaks the policy whatever the atoms are, they matter
    // only to the others.
    if !hasUncertainViolation,
      case .depends(let atoms) = JointContainment(demands(certainOnly: false), atoms: atoms)
        .decide()
    {
      named.formUnion(atoms)
    }
    return Decision(.undecided, culprits: doubts, atoms: named.sorted())
  }

  /// What has to hold of atoms for `flows` to be within the union of `covers`.
  static func demands(
    _ flows: [Permission], within covers: [Permission], _ atoms: AtomTable
  ) -> [JointContainment.Demand] {
    let set = TrafficSet(covers.map { (services: $0.services, peer: $0.peer) })
    let question = PreparedQuestion(TrafficQuestion(.onlyWithin, set), atoms: atoms)
    return flows.flatMap { question.containmentDemands($0.services, $0.peer, atoms) }
  }

  /// What a box demands where it depends on atoms whether it is within the set.
  private func containmentDemands(
    _ services: ServiceRange, _ peer: Peer, _ atoms: AtomTable
  ) -> [JointContainment.Demand] {
    var demands: [JointContainment.Demand] = []
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    while index < bounds.count,
      let common = question.set.slabs[index].services.intersection(services)
    {
      if case .depends = bounds[index].relation(of: peer, atoms) {
        demands.append(.init(services: common, left: peer, right: bounds[index]))
      }
      index += 1
    }
    return demands
  }

  /// How a block stands to the set of which it is known that some of the block cannot be in it.
  private func outside(_ services: ServiceRange, _ peer: Peer) -> Relation {
    var best = FamiliarFlow()
    possible.considerOutside(services, peer, &best)
    return best.flow.map { .outside($0, best.rank) } ?? .inside
  }

  /// How a box stands to the set.
  private func relation(
    _ services: ServiceRange, _ peer: Peer, _ atoms: AtomTable
  ) -> Relation {
    let slabs = question.set.slabs
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    var cursor = services.lower
    var best: (flow: Flow, rank: Flow.Familiarity)?
    var isSymbolic = false
    func consider(_ found: (flow: Flow, rank: Flow.Familiarity)?) {
      guard let found else { return }
      if let known = best, !(found.rank < known.rank) { return }
      best = found
    }
    while true {
      if index == slabs.count || slabs[index].services.lower > services.upper {
        // Services of the box behind the last slab: nobody may use them.
        consider(Flow.mostFamiliar(ServiceRange(trusted: cursor, services.upper), peer))
        break
      }
      let slab = slabs[index].services
      if slab.lower > cursor {
        consider(Flow.mostFamiliar(ServiceRange(trusted: cursor, slab.lower - 1), peer))
        cursor = slab.lower
      }
      let end = min(slab.upper, services.upper)
      switch bounds[index].relation(of: peer, atoms) {
      case .inside: break
      case .outside(let peers):
        consider(Flow.mostFamiliar(ServiceRange(trusted: cursor, end), peers))
      case .depends: isSymbolic = true
      }
      if end == services.upper { break }
      cursor = end + 1
      index += 1
    }
    if let best { return .outside(best.flow, best.rank) }
    return isSymbolic ? .depends : .inside
  }

  // MARK: Some and none

  /// Whether the permissions have a flow of the set: wanted (`someOf`) or not (`nothingOf`).
  private func meets(
    _ permissions: ArraySlice<Permission>, _ atoms: AtomTable, _ countsPlaceholders: Bool,
    isWanted: Bool
  ) -> Decision {
    var certain: [Int] = []
    var doubts: [Int] = []
    var hasUncertainMeeting = false
    var best: (flow: Flow, rank: Flow.Familiarity)?
    for index in permissions.indices {
      let permission = permissions[index]
      if permission.isPlaceholder, !countsPlaceholders { continue }
      if !permission.peer.isAtom {
        if !possible.meets(permission.services, permission.peer) { continue }
        if let lone, lone.isWide, !self.certain.meets(permission.services, permission.peer) {
          doubts.append(index - permissions.startIndex)
          continue
        }
      }
      switch meeting(permission.services, permission.peer, atoms) {
      case .never: continue
      case .always(let flow, let rank):
        guard permission.isCertain else {
          doubts.append(index - permissions.startIndex)
          hasUncertainMeeting = true
          continue
        }
        certain.append(index - permissions.startIndex)
        if let known = best, !(rank < known.rank) { continue }
        best = (flow, rank)
      case .depends: doubts.append(index - permissions.startIndex)
      }
    }
    if let best {
      return isWanted
        ? Decision(.satisfied, culprits: certain)
        : Decision(.violated, witness: best.flow, culprits: certain)
    }
    if !doubts.isEmpty {
      if let lone,
        let named = lone.matters(
          to: doubts, of: permissions, hasUncertainBreach: hasUncertainMeeting, atoms)
      {
        return Decision(.undecided, culprits: doubts, atoms: named)
      }
      func demands(certainOnly: Bool) -> [JointDisjointness.Demand] {
        doubts.map { permissions[permissions.startIndex + $0] }
          .filter { $0.isCertain || !certainOnly }
          .flatMap { disjointnessDemands($0.services, $0.peer, atoms) }
      }
      var named: Set<Atom> = []
      let certain = demands(certainOnly: true)
      if !certain.isEmpty {
        let joint = JointDisjointness(certain, atoms: atoms)
        if let pair = joint.neverApart() {
          return isWanted
            ? Decision(.satisfied, culprits: doubts)
            : Decision(
              .violated, witness: Flow.mostFamiliar(pair.services, pair.peers)?.flow,
              culprits: doubts)
        }
        named.formUnion(joint.relevantAtoms())
      }
      let possible = demands(certainOnly: false)
      if !hasUncertainMeeting, !possible.isEmpty {
        named.formUnion(JointDisjointness(possible, atoms: atoms).relevantAtoms())
      }
      return Decision(.undecided, culprits: doubts, atoms: named.sorted())
    }
    guard isWanted else { return Decision(.satisfied) }
    return Decision(.violated, witness: familiarFlowOfSet())
  }

  /// What it takes that a box and the set are apart, where that depends on atoms.
  private func disjointnessDemands(
    _ services: ServiceRange, _ peer: Peer, _ atoms: AtomTable
  ) -> [JointDisjointness.Demand] {
    var demands: [JointDisjointness.Demand] = []
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    while index < bounds.count,
      let common = question.set.slabs[index].services.intersection(services)
    {
      if case .depends = bounds[index].meeting(with: peer, atoms) {
        demands.append(.init(services: common, left: peer, right: bounds[index]))
      }
      index += 1
    }
    return demands
  }

  /// The flow of the set that people recognise first.
  func familiarFlowOfSet() -> Flow? {
    question.set.slabs.compactMap { Flow.mostFamiliar($0.services, $0.peers) }
      .min { $0.rank < $1.rank }?.flow
  }

  private func meeting(
    _ services: ServiceRange, _ peer: Peer, _ atoms: AtomTable
  ) -> Meeting {
    let slabs = question.set.slabs
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    var best: (flow: Flow, rank: Flow.Familiarity)?
    var isSymbolic = false
    while index < slabs.count, let common = slabs[index].services.intersection(services) {
      switch bounds[index].meeting(with: peer, atoms) {
      case .some(let peers):
        if let found = Flow.mostFamiliar(common, peers) {
          if let known = best, !(found.rank < known.rank) { break }
          best = found
        }
      case .depends: isSymbolic = true
      case .none: break
      }
      index += 1
    }
    if let best { return .always(best.flow, best.rank) }
    return isSymbolic ? .depends : .never
  }

  // MARK: At least

  private func atLeast(
    _ permissions: ArraySlice<Permission>, _ atoms: AtomTable, _ countsPlaceholders: Bool
  ) -> Decision {
    var relevant: [Permission] = []
    var offsets: [Int] = []
    var isCertain = true
    for index in permissions.indices {
      let permission = permissions[index]
      if permission.isPlaceholder, !countsPlaceholders { continue }
      if wanted.intersects(permission.services) {
        relevant.append(permission)
        offsets.append(index - permissions.startIndex)
        if !permission.isCertain { isCertain = false }
      }
    }
    // Mostly there is an entry for just what is asked, and few entries to look through.
    let isEachWithinOne =
      relevant.count <= 64
      && flows.allSatisfy { flow in relevant.contains { $0.isCertain && $0.contains(flow) } }
    if isEachWithinOne { return Decision(.satisfied, culprits: offsets) }
    let must = within(isCertain ? relevant : relevant.filter { $0.isCertain }, atoms)
    if must.verdict == .satisfied { return Decision(.satisfied, culprits: offsets) }
    let may = isCertain ? must : within(relevant, atoms)
    if may.verdict == .violated { return Decision(.violated, witness: may.witness) }
    let named = must.verdict == .undecided ? must.atoms : may.atoms
    let open = offsets.indices.filter { index in
      if !relevant[index].isCertain { return true }
      if case .atom(let atom) = relevant[index].peer { return named.contains(atom) }
      return false
    }
    return Decision(.undecided, culprits: open.map { offsets[$0] }, atoms: named)
  }

  /// Whether all of the set is in the union of `covers`.
  private func within(_ covers: [Permission], _ atoms: AtomTable) -> Decision {
    // Few services and few entries, of which each is open to a peer or not.
    guard arePoints, flows.count * covers.count <= 4096,
      flows.contains(where: { $0.peer.isAtom }) || covers.contains(where: { $0.peer.isAtom })
    else { return Self.within(flows, covers, atoms) }
    var best: (flow: Flow, rank: Flow.Familiarity)?
    var demands: [JointContainment.Demand] = []
    for flow in flows {
      let open = covers.filter {
        $0.services.lower <= flow.services.lower && flow.services.lower <= $0.services.upper
      }
      if open.contains(where: { $0.contains(flow) }) { continue }
      let bounds = PeerBounds(PeerSet(open.lazy.map { $0.peer }), atoms)
      switch bounds.relation(of: flow.peer, atoms) {
      case .inside: continue
      case .outside(let peers):
        guard let found = Flow.mostFamiliar(flow.services, peers) else { continue }
        if let known = best, !(found.rank < known.rank) { continue }
        best = found
      case .depends:
        demands.append(.init(services: flow.services, left: flow.peer, right: bounds))
      }
    }
    if let best { return Decision(.violated, witness: best.flow) }
    if demands.isEmpty { return Decision(.satisfied) }
    let answer =
      LoneAtom.containment(demands, atoms) ?? JointContainment(demands, atoms: atoms).decide()
    switch answer {
    case .never(let flow): return Decision(.violated, witness: flow)
    case .depends(let atoms): return Decision(.undecided, atoms: atoms.sorted())
    }
  }

  /// Whether all of `flows` is in the union of `covers`.
  ///
  /// Where no atoms are about, no normal form of the covers is made, whatever their shapes.
  static func within(
    _ flows: [Permission], _ covers: [Permission], _ atoms: AtomTable
  ) -> Decision {
    func isAtom(_ permission: Permission) -> Bool {
      if case .atom = permission.peer { true } else { false }
    }
    if flows.contains(where: isAtom) || covers.contains(where: isAtom) {
      // Only what the flows can meet: the normal form stays as small as the question.
      let wanted = ServiceSet(flows.map { $0.services })
      let boxes = covers.flatMap { cover in
        wanted.ranges.compactMap { range in
          cover.services.intersection(range).map { (services: $0, peer: cover.peer) }
        }
      }
      return PreparedQuestion(TrafficQuestion(.onlyWithin, TrafficSet(boxes)), atoms: atoms)
        .decide(flows[...], atoms: atoms, countsPlaceholders: true)
    }
    guard let service = escapingService(flows, covers) else { return Decision(.satisfied) }
    func peers(_ list: [Permission]) -> PeerSet {
      PeerSet(
        list.filter { $0.services.lower <= service && service <= $0.services.upper }.map { $0.peer }
      )
    }
    let left = peers(flows).subtracting(peers(covers))
    return Decision(
      .violated, witness: Flow.mostFamiliar(ServiceRange(trusted: service, service), left)?.flow)
  }

  /// The lowest service of which some flow is in no cover.
  private static func escapingService(_ flows: [Permission], _ covers: [Permission]) -> UInt32? {
    let v4 = Coverage.escape(of: boxes4(flows), from: boxes4(covers))
    let v6 = Coverage.escape(of: boxes6(flows), from: boxes6(covers))
    return [v4?.service, v6?.service].compactMap { $0 }.min()
  }

  private static func boxes4(_ list: [Permission]) -> [Coverage.Box<UInt32>] {
    list.compactMap {
      guard case .v4(let range) = $0.peer else { return nil }
      return Coverage.Box(services: $0.services, lower: range.lower, upper: range.upper)
    }
  }

  private static func boxes6(_ list: [Permission]) -> [Coverage.Box<UInt128>] {
    list.compactMap {
      guard case .v6(let range) = $0.peer else { return nil }
      return Coverage.Box(services: $0.services, lower: range.lower, upper: range.upper)
    }
  }
}
