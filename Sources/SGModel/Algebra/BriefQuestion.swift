/// The answer to a question about a small group in a form of fixed size.
///
/// One is filled in again for each question, for it is large to copy: what is said of other answers than its own
/// means nothing.
public struct BriefDecision {
  /// The answer.
  public private(set) var verdict = Verdict.satisfied
  /// A flow that proves a violation.
  public private(set) var witness: Flow?
  /// The permissions that the answer rests on, a bit each, where it is not satisfied.
  public private(set) var culprits: UInt64 = 0
  /// The atom of the set that an undecided answer depends on, beside the atoms of the named culprits; nothing where
  /// it depends on no atom, but on what may not be there.
  public private(set) var atom: Atom?
  /// Those of the culprits on whose atoms an undecided answer depends.
  public private(set) var named: UInt64 = 0

  /// Creates a decision to be filled in.
  public init() {}

  @inline(__always)
  fileprivate mutating func satisfy() { verdict = .satisfied }

  @inline(__always)
  fileprivate mutating func violate(_ witness: Flow?, _ culprits: UInt64 = 0) {
    verdict = .violated
    self.witness = witness
    self.culprits = culprits
  }

  @inline(__always)
  fileprivate mutating func leaveOpen(_ culprits: UInt64, _ atom: Atom?, _ named: UInt64) {
    verdict = .undecided
    self.culprits = culprits
    self.atom = atom
    self.named = named
  }

  /// Says of another atom what was said of this one.
  @inline(__always)
  fileprivate mutating func exchange(_ atom: Atom, for other: Atom) {
    if verdict == .undecided, self.atom == atom { self.atom = other }
  }
}

/// A `PreparedQuestion` that is asked of one small group after the other, on one thread.
///
/// It answers without making arrays, and keeps what it has found out about atoms of which the same is
/// known. It answers what comes up with nearly every group: nothing is known for certain of what the
/// atoms hold, and pairs and volumes tell what depends on what. All else is left to
/// `PreparedQuestion`, whose answers are the same.
///
/// VPCs of which no CIDR is known differ in nothing but their names. So a question that was prepared for
/// one of them is asked of groups of all others too, which are said to be in that one then.
///
/// What it makes of a box is the same for all boxes with the same services and alike peers, so that is found
/// out once for several questions and many boxes (`BriefSurvey`).
public final class BriefQuestion {
  /// The question, for the VPC that it was prepared for.
  public let prepared: PreparedQuestion
  private let kind: TrafficQuestion.Kind
  /// The VPC that stands for all that are like it.
  let model: Atom?
  private let slabs: [TrafficSet.Slab]
  /// The atoms of the set; those of groups are looked up by what is known of them, and must not be in it.
  let isKept: Bool
  /// What was found out, a kind of atoms each.
  private var standings: [Standing] = []
  private var oldest = 0
  /// Where it is asked whether all of a set is there: the one atom and its few services.
  private let target: Target?
  private lazy var familiarFlow: Flow? = prepared.familiarFlowOfSet()

  /// The flow of the set that people recognise first.
  private func familiarFlow(_ vpc: Atom?) -> Flow? {
    guard let model, let vpc, let flow = familiarFlow, flow.peer == .atom(model) else {
      return familiarFlow
    }
    return Flow(service: flow.service, peer: .atom(vpc))
  }

  /// How atoms of which one and the same is known stand to each slab, two bits a slab.
  private struct Standing {
    var kind: UInt32
    /// 0: within the slab's peers, 1: apart from them, 2: it depends.
    var within: UInt64 = 0
    /// 0: nothing in common with the slab's peers, 1: something, 2: it depends.
    var meets: UInt64 = 0
    /// Whether it may be anywhere in the room of the atom that is asked about; of a lone atom of the set
    /// it is then no part, either.
    var isFree = false
  }

  /// One atom that is to be open for each of some services.
  private final class Target {
    let atom: Atom
    let room: PeerSet
    let space: LoneAtom.Space
    let services: [UInt32]

    init(_ atom: Atom, _ room: PeerSet, _ services: [UInt32]) {
      self.atom = atom
      self.room = room
      space = LoneAtom.Space(v4: room.v4Count, v6: room.v6Count)
      self.services = services
    }
  }

  /// How many kinds of atoms are kept at a time.
  private static let standingLimit = 16
  /// The kind of groups in the judged group's VPC, where it is like the model, and in others like it.
  private static let ownKind = UInt32.max
  private static let otherKind = UInt32.max - 1
  /// How many slabs two bits each of a word are enough for.
  private static let slabLimit = 32

  /// Takes a question that was prepared with `atoms`; `model` is the VPC that it was prepared for, where
  /// it is to be asked for others like it.
  public init(_ prepared: PreparedQuestion, atoms: AtomTable, model: Atom? = nil) {
    self.prepared = prepared
    kind = prepared.question.kind
    self.model = model
    slabs = prepared.question.set.slabs
    isKept =
      slabs.count <= Self.slabLimit
      && slabs.allSatisfy { $0.peers.atoms.allSatisfy { atoms.commonKind(of: $0) == 0 } }
    target = Self.target(prepared, atoms)
  }

  /// Whether the set has atoms.
  var hasAtoms: Bool { slabs.contains { !$0.peers.atoms.isEmpty } }

  private static func target(_ prepared: PreparedQuestion, _ atoms: AtomTable) -> Target? {
    guard prepared.question.kind == .atLeast, prepared.arePoints,
      case .atom(let atom)? = prepared.flows.first?.peer, prepared.flows.count <= 2,
      prepared.flows.allSatisfy({ $0.peer == .atom(atom) }), atoms.boundAtoms(of: atom).isEmpty,
      atoms.lowerBound(of: atom).isEmpty
    else { return nil }
    return Target(
      atom, atoms.upperBound(of: atom), prepared.flows.map { $0.services.lower })
  }

  // MARK: Atoms

  /// What is known of an atom, as seen from a group in `vpc`.
  static func kind(
    of atom: Atom, _ atoms: AtomTable, _ vpc: Atom?, _ model: Atom?
  ) -> UInt32 {
    guard let model, let vpc, let whole = atoms.vpcOfCommonKind(atom),
      atoms.areLikeVPCs(whole, model)
    else { return atoms.commonKind(of: atom) }
    return whole == vpc ? ownKind : otherKind
  }

  /// What was found out about all atoms of the kind that this one has; nothing where there is no saying.
  private func standing(
    of atom: Atom, _ kind: UInt32, _ atoms: AtomTable, _ vpc: Atom?
  ) -> Standing? {
    if slabs.isEmpty { return Standing(kind: 0) }
    // Without a model, atoms of the VPCs that are like it are of the kinds that they have by themselves.
    let kind = model == nil && kind >= Self.otherKind ? atoms.commonKind(of: atom) : kind
    guard kind > 0 else { return nil }
    for index in standings.indices where standings[index].kind == kind { return standings[index] }
    // Where the question is asked for another than its model, the two change their places.
    if let model, let vpc, model != vpc, kind >= Self.otherKind,
      atoms.vpcOfCommonKind(atom) == vpc || atoms.vpcOfCommonKind(atom) == model
    {
      // Atoms of sets are VPCs, which are older than most: a copy of all atoms would take longer than this.
      var changed = atoms.beginning(upTo: slabs.flatMap { $0.peers.atoms } + [model, vpc])
      let whole = kind == Self.ownKind ? model : vpc
      let other = changed.appendUnnamed(.group, lower: PeerSet(), upper: PeerSet([.atom(whole)]))
      return newStanding(of: other, kind, changed)
    }
    return newStanding(of: atom, kind, atoms)
  }

  private func newStanding(of atom: Atom, _ kind: UInt32, _ atoms: AtomTable) -> Standing? {
    var standing = Standing(kind: kind)
    for index in prepared.bounds.indices {
      let place = UInt64(index * 2)
      switch prepared.question.kind {
      case .onlyWithin:
        switch prepared.bounds[index].relation(of: .atom(atom), atoms) {
        case .inside: break
        case .outside(let peers):
          guard peers == PeerSet([.atom(atom)]) else { return nil }
          standing.within |= 1 << place
        case .depends: standing.within |= 2 << place
        }
      case .nothingOf, .someOf:
        switch prepared.bounds[index].meeting(with: .atom(atom), atoms) {
        case .none: break
        case .some: standing.meets |= 1 << place
        case .depends: standing.meets |= 2 << place
        }
      case .atLeast: break
      }
    }
    if let target {
      standing.isFree = atoms.isFree(atom, within: target.room)
    } else if let lone = prepared.lone {
      standing.isFree = lone.isIndependent(of: atom, atoms)
    }
    if standings.count < Self.standingLimit {
      standings.append(standing)
    } else {
      standings[oldest] = standing
      oldest = (oldest + 1) % Self.standingLimit
    }
    return standing
  }

  /// Whether it depends on the lone atom, and on all atoms among the permissions in `doubts`, how the
  /// question is answered; false where that is not settled here.
  private func dependsOnAll(
    _ doubts: UInt64, of group: BriefGroup, _ permissions: [Permission], _ atoms: AtomTable,
    _ survey: BriefSurvey
  ) -> Bool {
    guard var left = prepared.lone?.space else { return false }
    var rest = doubts
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      switch permissions[index].peer {
      case .v4(let range): left.take(range)
      case .v6(let range): left.take(range)
      case .atom(let atom):
        guard let standing = standing(of: atom, survey.kind(index), atoms, group.vpc),
          standing.isFree
        else { return false }
      }
      rest &= rest - 1
    }
    return left.hasMore(than: doubts.nonzeroBitCount)
  }

  // MARK: Boxes

  /// What a question makes of a box, and of all boxes with the same services and alike peers.
  enum Effect {
    /// It is within the set, or has nothing in common with it.
    static let none: UInt32 = 0
    /// Some of it is not within the set, or some of it is in the set.
    static let certain: UInt32 = 1
    /// It depends.
    static let open: UInt32 = 2
    /// The question has to be asked in full.
    static let unsettled: UInt32 = 3
    // Where all of the set is asked about, bits: the first service of the target, and the second.
  }

  /// Of the flows of a box that are not in the set, the service that people recognise first.
  struct Outside {
    var service: UInt32 = 0
    /// Its rank; negative: it is not the same for all such boxes, as some of the peer may be in the set.
    var rank: Int32 = -1
  }

  /// What the question makes of a box; `kind` is the kind of its atom.
  func effect(
    of box: Permission, _ kind: UInt32, _ atoms: AtomTable, _ vpc: Atom?, _ outside: inout Outside
  ) -> UInt32 {
    guard isKept else { return Effect.unsettled }
    let services = box.services
    switch prepared.question.kind {
    case .onlyWithin: return departure(services, box.peer, kind, atoms, vpc, &outside)
    case .nothingOf, .someOf: return meeting(services, box.peer, kind, atoms, vpc)
    case .atLeast:
      var effect: UInt32 = 0
      for (index, service) in (target?.services ?? []).enumerated()
      where services.lower <= service && service <= services.upper { effect |= 1 << UInt32(index) }
      return effect
    }
  }

  private func departure(
    _ services: ServiceRange, _ peer: Peer, _ kind: UInt32, _ atoms: AtomTable, _ vpc: Atom?,
    _ outside: inout Outside
  ) -> UInt32 {
    var best = FamiliarFlow()
    var effect = Effect.certain
    if case .atom(let atom) = peer {
      guard let standing = standing(of: atom, kind, atoms, vpc) else { return Effect.unsettled }
      effect = UInt32(relation(services, peer, standing.within, &best))
    } else {
      if prepared.certain.contains(services, peer) { return Effect.none }
      if prepared.possible.contains(services, peer) { return Effect.open }
      if prepared.possible.meets(services, peer) { return Effect.certain }
      prepared.possible.considerOutside(services, peer, &best)
    }
    if effect == Effect.certain, let flow = best.flow {
      outside = Outside(service: flow.service, rank: Int32(best.rank.service))
    }
    return effect
  }

  private func meeting(
    _ services: ServiceRange, _ peer: Peer, _ kind: UInt32, _ atoms: AtomTable, _ vpc: Atom?
  ) -> UInt32 {
    guard case .atom(let atom) = peer else {
      if !prepared.possible.meets(services, peer) { return Effect.none }
      if prepared.certain.meets(services, peer) { return Effect.certain }
      // An atom of both families is never all in a block.
      return prepared.lone?.isWide == true ? Effect.open : Effect.unsettled
    }
    var slab = prepared.question.set.firstIndex(endingAtOrAfter: services.lower)
    guard slab < slabs.count, slabs[slab].services.lower <= services.upper else {
      return Effect.none
    }
    guard let standing = standing(of: atom, kind, atoms, vpc) else { return Effect.unsettled }
    var effect = Effect.none
    while slab < slabs.count, slabs[slab].services.lower <= services.upper {
      switch standing.meets >> UInt64(slab * 2) & 3 {
      case 0: break
      case 1: return Effect.certain
      default: effect = Effect.open
      }
      slab += 1
    }
    return effect
  }

  /// Answers for a group of which the effects are known; false where the question has to be asked in full.
  func decide(
    _ group: BriefGroup, _ permissions: [Permission], _ atoms: AtomTable,
    _ survey: BriefSurvey, _ number: Int, _ decision: inout BriefDecision
  ) -> Bool {
    guard isKept,
      let boxes = survey.boxes(number, areBits: kind == .atLeast)
    else { return false }
    let isDecided =
      switch kind {
      case .onlyWithin: onlyWithin(boxes, group, permissions, atoms, survey, number, &decision)
      case .nothingOf: meets(boxes, group, permissions, atoms, survey, isWanted: false, &decision)
      case .someOf: meets(boxes, group, permissions, atoms, survey, isWanted: true, &decision)
      case .atLeast: atLeast(boxes, group, permissions, atoms, survey, &decision)
      }
    // Said of the model, meant of the other.
    if let model, let vpc = group.vpc, model != vpc { decision.exchange(model, for: vpc) }
    return isDecided
  }

  // MARK: Only within

  /// Boxes of the first kind are not within the set for certain, of the second it depends.
  private func onlyWithin(
    _ boxes: (first: UInt64, second: UInt64), _ group: BriefGroup, _ permissions: [Permission],
    _ atoms: AtomTable, _ survey: BriefSurvey,
    _ number: Int, _ decision: inout BriefDecision
  ) -> Bool {
    // What may not be there breaks nothing for certain.
    let breaches = boxes.first & ~group.uncertain
    if breaches != 0 {
      var best = FamiliarFlow()
      var rest = breaches
      while rest != 0 {
        let index = rest.trailingZeroBitCount
        rest &= rest - 1
        let outside = survey.outside(index, number)
        if outside.rank >= 0 {
          best.consider(outside.service, Int(outside.rank), permissions[index].peer)
        } else {
          considerDeparture(of: index, group, permissions, atoms, survey, &best)
        }
      }
      decision.violate(best.flow, breaches)
      return true
    }
    if boxes.first | boxes.second == 0 {
      decision.satisfy()
      return true
    }
    return undecided(boxes, group, permissions, atoms, survey, &decision)
  }

  /// The answer where none of the boxes settles it: the first ones may not be there, of the second ones it depends
  /// on atoms.
  private func undecided(
    _ boxes: (first: UInt64, second: UInt64), _ group: BriefGroup, _ permissions: [Permission],
    _ atoms: AtomTable, _ survey: BriefSurvey,
    _ decision: inout BriefDecision
  ) -> Bool {
    // Where a box that may not be there settles it whatever the atoms are, they matter only to those that are there.
    let named = boxes.first == 0 ? boxes.second : boxes.second & ~group.uncertain
    guard named == 0 || dependsOnAll(named, of: group, permissions, atoms, survey) else {
      return false
    }
    decision.leaveOpen(
      boxes.first | boxes.second, named == 0 ? nil : prepared.lone?.atom, named)
    return true
  }

  /// Considers the flows of a box that are not in the set.
  private func considerDeparture(
    of index: Int, _ group: BriefGroup, _ permissions: [Permission], _ atoms: AtomTable,
    _ survey: BriefSurvey, _ best: inout FamiliarFlow
  ) {
    let box = permissions[index]
    if case .atom(let atom) = box.peer {
      if let standing = standing(of: atom, survey.kind(index), atoms, group.vpc) {
        _ = relation(box.services, box.peer, standing.within, &best)
      }
    } else {
      prepared.possible.considerOutside(box.services, box.peer, &best)
    }
  }

  /// How a box with an atom stands to the set, from how the atom stands to each slab: 0 within, 1 not
  /// within, 2 it depends.
  private func relation(
    _ services: ServiceRange, _ peer: Peer, _ standing: UInt64, _ best: inout FamiliarFlow
  ) -> UInt64 {
    var result: UInt64 = 0
    var cursor = services.lower
    var index = prepared.question.set.firstIndex(endingAtOrAfter: cursor)
    while true {
      guard index < slabs.count, slabs[index].services.lower <= services.upper else {
        best.consider(ServiceRange(trusted: cursor, services.upper), peer)
        return 1
      }
      let slab = slabs[index].services
      if slab.lower > cursor {
        best.consider(ServiceRange(trusted: cursor, slab.lower - 1), peer)
        result = 1
        cursor = slab.lower
      }
      let end = min(slab.upper, services.upper)
      switch standing >> UInt64(index * 2) & 3 {
      case 0: break
      case 1:
        best.consider(ServiceRange(trusted: cursor, end), peer)
        result = 1
      default: if result == 0 { result = 2 }
      }
      if end == services.upper { return result }
      cursor = end + 1
      index += 1
    }
  }

  // MARK: Some and none

  /// Boxes of the first kind have something in common with the set for certain, of the second it depends.
  private func meets(
    _ boxes: (first: UInt64, second: UInt64), _ group: BriefGroup, _ permissions: [Permission],
    _ atoms: AtomTable, _ survey: BriefSurvey,
    isWanted: Bool, _ decision: inout BriefDecision
  ) -> Bool {
    if boxes.first & ~group.uncertain != 0 {
      decision.satisfy()
      return isWanted
    }
    if boxes.first | boxes.second == 0 {
      if isWanted { decision.violate(familiarFlow(group.vpc)) } else { decision.satisfy() }
      return true
    }
    return undecided(boxes, group, permissions, atoms, survey, &decision)
  }

  // MARK: At least

  /// What is open for one service of a target.
  private struct Openings {
    /// The permissions, a bit each.
    var all: UInt64 = 0
    /// Those of them with an atom.
    var symbolic: UInt64 = 0
    /// What the others leave of the room.
    var left: LoneAtom.Space
    var blocks: UInt64 { all & ~symbolic }
  }

  private func atLeast(
    _ boxes: (first: UInt64, second: UInt64), _ group: BriefGroup, _ permissions: [Permission],
    _ atoms: AtomTable, _ survey: BriefSurvey,
    _ decision: inout BriefDecision
  ) -> Bool {
    let uncertain = (boxes.first | boxes.second) & group.uncertain
    guard uncertain != 0 else {
      return atLeast(of: boxes, group, permissions, atoms, survey, &decision)
    }
    // What is there for certain, and what may be there.
    let certain = (boxes.first & ~uncertain, boxes.second & ~uncertain)
    guard atLeast(of: certain, group, permissions, atoms, survey, &decision) else { return false }
    if decision.verdict == .satisfied { return true }
    var may = BriefDecision()
    guard atLeast(of: boxes, group, permissions, atoms, survey, &may) else { return false }
    if may.verdict == .violated || decision.verdict != .undecided { decision = may }
    if decision.verdict == .violated { return true }
    // Satisfied by what may be there, it depends on whether it is.
    let isOpen = decision.verdict == .undecided
    let culprits = isOpen ? decision.culprits : 0
    decision.leaveOpen(culprits | uncertain, isOpen ? decision.atom : nil, culprits)
    return true
  }

  private func atLeast(
    of boxes: (first: UInt64, second: UInt64), _ group: BriefGroup, _ permissions: [Permission],
    _ atoms: AtomTable, _ survey: BriefSurvey,
    _ decision: inout BriefDecision
  ) -> Bool {
    guard let target else { return false }
    let wanted = target.atom == model ? group.vpc ?? target.atom : target.atom
    var best = FamiliarFlow()
    var first: Openings?
    var second: Openings?
    var isOneClosed = false
    for (number, service) in target.services.enumerated() {
      var openings = Openings(left: target.space)
      var isContained = false
      openings.all = number == 0 ? boxes.first : boxes.second
      var rest = openings.all
      while rest != 0 {
        let index = rest.trailingZeroBitCount
        rest &= rest - 1
        switch permissions[index].peer {
        case .v4(let range): openings.left.take(range)
        case .v6(let range): openings.left.take(range)
        case .atom(let atom):
          if atom == wanted { isContained = true }
          openings.symbolic |= 1 << UInt64(index)
          guard
            atom == wanted
              || standing(of: atom, survey.kind(index), atoms, group.vpc)?.isFree == true
          else { return false }
        }
      }
      if isContained { continue }
      // Where the blocks could hold all that it can be, they are looked at one by one.
      guard openings.left.hasMore(than: 0) else { return false }
      if openings.symbolic == 0,
        !contains(openings.blocks, of: permissions, { target.room.meets($0) })
      {
        best.consider(ServiceRange(trusted: service, service), .atom(wanted))
        isOneClosed = true
        continue
      }
      if first == nil { first = openings } else { second = openings }
    }
    if isOneClosed {
      decision.violate(best.flow)
      return true
    }
    guard let first else {
      decision.satisfy()
      return true
    }
    var named = first.symbolic
    if let second {
      // The atom is in both sets, so they must have something in common.
      guard haveCommon(first, second, permissions, target.room) else {
        let services = ServiceRange(trusted: target.services[0], target.services[0])
        best.consider(services, .atom(wanted))
        decision.violate(best.flow)
        return true
      }
      guard let own = matter(first, beside: second, permissions, target),
        let others = matter(second, beside: first, permissions, target)
      else { return false }
      named = own | others
    }
    // All entries with these atoms, also those for other services of the target.
    var culprits = named
    var rest = boxes.first | boxes.second
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      guard case .atom(let atom) = permissions[index].peer,
        atom == wanted || contains(named, of: permissions, { $0 == .atom(atom) })
      else { continue }
      culprits |= 1 << UInt64(index)
    }
    decision.leaveOpen(culprits, wanted, culprits)
    return true
  }

  /// Those of the openings with an atom of which it matters what it is.
  ///
  /// It matters at an address that the own set has through it alone, while the other set has the
  /// address too, through blocks or through atoms that the own one has not.
  private func matter(
    _ own: Openings, beside other: Openings, _ permissions: [Permission], _ target: Target
  ) -> UInt64? {
    var result: UInt64 = 0
    var rest = own.symbolic
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      let bit = UInt64(1) << UInt64(index)
      if contains(other.symbolic, of: permissions, { $0 == permissions[index].peer }) {
        result |= bit
        continue
      }
      let reachesFarther = contains(other.symbolic, of: permissions) { peer in
        !contains(own.symbolic, of: permissions) { $0 == peer }
      }
      if reachesFarther {
        result |= bit
        continue
      }
      switch hasMore(other.blocks, than: own.blocks, permissions, target.room) {
      case true?: result |= bit
      case false?: break
      case nil: return nil
      }
    }
    return result
  }

  /// Whether some blocks hold an address of `room` that is in none of the others; nothing where
  /// pairs and volumes do not tell.
  private func hasMore(
    _ blocks: UInt64, than others: UInt64, _ permissions: [Permission], _ room: PeerSet
  ) -> Bool? {
    var rest = blocks
    var isSettled = true
    while rest != 0 {
      let peer = permissions[rest.trailingZeroBitCount].peer
      rest &= rest - 1
      if !room.meets(peer) || contains(others, of: permissions, { $0.contains(peer) }) { continue }
      guard case .v4(let range) = peer, room.contains(peer) else {
        isSettled = false
        continue
      }
      var common: UInt64 = 0
      var covers = others
      while covers != 0 {
        if case .v4(let cover) = permissions[covers.trailingZeroBitCount].peer {
          let lower = max(cover.lower, range.lower)
          let upper = min(cover.upper, range.upper)
          if lower <= upper { common += UInt64(upper - lower) + 1 }
        }
        covers &= covers - 1
      }
      if common < UInt64(range.upper - range.lower) + 1 { return true }
      isSettled = false
    }
    return isSettled ? false : nil
  }

  /// Whether two sets have an address of `room` in common, or can have one.
  private func haveCommon(
    _ left: Openings, _ right: Openings, _ permissions: [Permission], _ room: PeerSet
  ) -> Bool {
    // An atom can be all of the room, and something of each set is in it.
    if left.symbolic != 0 || right.symbolic != 0 { return true }
    return contains(left.blocks, of: permissions) { own in
      contains(right.blocks, of: permissions) { other in
        own.intersection(other).map { room.meets($0) } ?? false
      }
    }
  }

  /// Whether the condition holds for the peer of any permission of which the bit is set.
  @inline(__always)
  private func contains(
    _ bits: UInt64, of permissions: [Permission], _ condition: (Peer) -> Bool
  ) -> Bool {
    var rest = bits
    while rest != 0 {
      if condition(permissions[rest.trailingZeroBitCount].peer) { return true }
      rest &= rest - 1
    }
    return false
  }
}

extension Peer {
  /// What two blocks have in common; nothing for atoms.
  func intersection(_ other: Peer) -> Peer? {
    switch (self, other) {
    case (.v4(let a), .v4(let b)):
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? .v4(IPv4Range(trusted: lower, upper)) : nil
    case (.v6(let a), .v6(let b)):
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? .v6(IPv6Range(trusted: lower, upper)) : nil
    default: return nil
    }
  }
}

/// Of all flows that were considered, the one that people recognise first.
struct FamiliarFlow {
  private(set) var flow: Flow?
  private(set) var rank = Flow.Familiarity(service: .max, peer: .max)

  /// Considers a service of which the rank is known, with a peer.
  @inline(__always)
  mutating func consider(_ service: UInt32, _ serviceRank: Int, _ peer: Peer) {
    guard serviceRank <= rank.service else { return }
    let (endpoint, peerRank) = Flow.familiarPeer(peer)
    let found = Flow.Familiarity(service: serviceRank, peer: peerRank)
    guard found < rank else { return }
    rank = found
    flow = Flow(service: service, peer: endpoint)
  }

  /// Considers the best of the box.
  @inline(__always)
  mutating func consider(_ services: ServiceRange, _ peer: Peer) {
    let found = Flow.mostFamiliar(services, peer)
    guard found.rank < rank else { return }
    rank = found.rank
    flow = found.flow
  }
}
