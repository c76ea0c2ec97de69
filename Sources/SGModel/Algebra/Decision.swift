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

/// How one box stands to a set, for all values of the atoms.
private enum Relation {
  /// All of it is in the set, whatever the atoms are.
  case inside
  /// Some of it is outside, whatever the atoms are; with the flow that people recognise first.
  case outside(Flow, Flow.Familiarity)
  /// It depends on these atoms.
  case depends([Atom])
}

/// Whether one box and a set have a flow in common, for all values of the atoms.
private enum Meeting {
  /// They have, whatever the atoms are; with such a flow.
  case always(Flow, Flow.Familiarity)
  /// They have not, whatever the atoms are.
  case never
  /// It depends on these atoms.
  case depends([Atom])
}

/// Bounds of the peers of one slab, atoms replaced by what they are at least and at most.
private struct Bounds {
  let written: PeerSet
  let least: PeerSet
  let most: PeerSet

  init(_ peers: PeerSet, _ atoms: AtomTable) {
    written = peers
    guard !peers.atoms.isEmpty else {
      least = peers
      most = peers
      return
    }
    least = peers.addresses.union(atoms.lowerBound(of: peers.atoms))
    most = peers.addresses.union(atoms.upperBound(of: peers.atoms))
  }
}

/// A set that is made ready for many questions: bounds of each slab, computed once.
public struct PreparedQuestion: Sendable {
  private let question: TrafficQuestion
  private let atoms: AtomTable
  private let bounds: [Bounds]

  /// Prepares `question` for an estate with these atoms.
  public init(_ question: TrafficQuestion, atoms: AtomTable) {
    self.question = question
    self.atoms = atoms
    bounds = question.set.slabs.map { Bounds($0.peers, atoms) }
  }

  /// Answers for a group that has these permissions in the direction that is asked about.
  ///
  /// Placeholders count as nothing unless `countsPlaceholders`.
  ///
  /// - Complexity: O(*p* (log *s* + *c* log *n*)) for *p* permissions and a set of *s* slabs with
  ///   *n* intervals, where a permission crosses *c* slabs; `atLeast` and `someOf` also make the
  ///   canonical form of the permissions that touch the set.
  public func decide(
    _ permissions: ArraySlice<Permission>, countsPlaceholders: Bool = false
  ) -> Decision {
    switch question.kind {
    case .onlyWithin: onlyWithin(permissions, countsPlaceholders)
    case .nothingOf: meets(permissions, countsPlaceholders, isWanted: false)
    case .someOf: meets(permissions, countsPlaceholders, isWanted: true)
    case .atLeast: atLeast(permissions, countsPlaceholders)
    }
  }

  // MARK: Only within

  private func onlyWithin(
    _ permissions: ArraySlice<Permission>, _ countsPlaceholders: Bool
  ) -> Decision {
    var violations: [Int] = []
    var doubts: [Int] = []
    var doubtfulAtoms: Set<Atom> = []
    var best: (flow: Flow, rank: Flow.Familiarity)?
    for index in permissions.indices {
      let permission = permissions[index]
      if permission.isPlaceholder, !countsPlaceholders { continue }
      switch relation(permission.services, permission.peer) {
      case .inside: continue
      case .outside(let flow, let rank):
        guard permission.isCertain else {
          doubts.append(index - permissions.startIndex)
          continue
        }
        violations.append(index - permissions.startIndex)
        if let known = best, !(rank < known.rank) { continue }
        best = (flow, rank)
      case .depends(let atoms):
        doubts.append(index - permissions.startIndex)
        doubtfulAtoms.formUnion(atoms)
      }
    }
    if let best { return Decision(.violated, witness: best.flow, culprits: violations) }
    if doubts.isEmpty { return Decision(.satisfied) }
    return Decision(.undecided, culprits: doubts, atoms: doubtfulAtoms.sorted())
  }

  /// How a box stands to the set.
  private func relation(_ services: ServiceRange, _ peer: Peer) -> Relation {
    let slabs = question.set.slabs
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    var cursor = services.lower
    var best: (flow: Flow, rank: Flow.Familiarity)?
    var doubts: [Atom] = []
    func consider(_ range: ServiceRange, _ peers: PeerSet) {
      guard let found = Flow.mostFamiliar(range, peers) else { return }
      if let known = best, !(found.rank < known.rank) { return }
      best = found
    }
    while true {
      if index == slabs.count || slabs[index].services.lower > services.upper {
        // Services of the box behind the last slab: nobody may use them.
        consider(
          ServiceRange(trusted: cursor, services.upper), PeerSet(CollectionOfOne(peer)))
        break
      }
      let slab = slabs[index].services
      if slab.lower > cursor {
        consider(ServiceRange(trusted: cursor, slab.lower - 1), PeerSet(CollectionOfOne(peer)))
        cursor = slab.lower
      }
      let end = min(slab.upper, services.upper)
      switch relation(peer, bounds[index]) {
      case .inside: break
      case .outside(let peers): consider(ServiceRange(trusted: cursor, end), peers)
      case .depends(let atoms): doubts += atoms
      }
      if end == services.upper { break }
      cursor = end + 1
      index += 1
    }
    if let best { return .outside(best.flow, best.rank) }
    return doubts.isEmpty ? .inside : .depends(doubts)
  }

  private enum PeerRelation {
    case inside
    /// These peers are outside, whatever the atoms are.
    case outside(PeerSet)
    case depends([Atom])
  }

  /// How one peer stands to the peers of one slab.
  private func relation(_ peer: Peer, _ bounds: Bounds) -> PeerRelation {
    switch peer {
    case .v4, .v6:
      if bounds.least.contains(peer) { return .inside }
      let own = PeerSet(CollectionOfOne(peer))
      let beyond = own.subtracting(bounds.most)
      if !beyond.isEmpty { return .outside(beyond) }
      let open = own.subtracting(bounds.least)
      return .depends(
        bounds.written.atoms.filter { !atoms.upperBound(of: [$0]).isDisjoint(with: open) })
    case .atom(let atom):
      if isInside(atom, bounds, depth: 0) { return .inside }
      let info = atoms[atom]
      let certain = info.lower.subtracting(bounds.most)
      if !certain.isEmpty { return .outside(certain) }
      if atoms.upperBound(of: [atom]).isDisjoint(with: bounds.most) {
        return .outside(PeerSet([.atom(atom)]))
      }
      return .depends([atom] + bounds.written.atoms)
    }
  }

  /// Whether an atom is a part of the peers, whatever it is: it is listed, or all that it can be is.
  private func isInside(_ atom: Atom, _ bounds: Bounds, depth: Int) -> Bool {
    if bounds.written.contains(atom) || bounds.least.isEveryone { return true }
    let upper = atoms[atom].upper
    guard depth < 8, !upper.isEmpty else { return false }
    return upper.addresses.isSubset(of: bounds.least)
      && upper.atoms.allSatisfy { isInside($0, bounds, depth: depth + 1) }
  }

  // MARK: Some and none

  /// Whether the permissions have a flow of the set: wanted (`someOf`) or not (`nothingOf`).
  private func meets(
    _ permissions: ArraySlice<Permission>, _ countsPlaceholders: Bool, isWanted: Bool
  ) -> Decision {
    var certain: [Int] = []
    var doubts: [Int] = []
    var doubtfulAtoms: Set<Atom> = []
    var best: (flow: Flow, rank: Flow.Familiarity)?
    for index in permissions.indices {
      let permission = permissions[index]
      if permission.isPlaceholder, !countsPlaceholders { continue }
      switch meeting(permission.services, permission.peer) {
      case .never: continue
      case .always(let flow, let rank):
        guard permission.isCertain else {
          doubts.append(index - permissions.startIndex)
          continue
        }
        certain.append(index - permissions.startIndex)
        if let known = best, !(rank < known.rank) { continue }
        best = (flow, rank)
      case .depends(let atoms):
        doubts.append(index - permissions.startIndex)
        doubtfulAtoms.formUnion(atoms)
      }
    }
    if let best {
      return isWanted
        ? Decision(.satisfied, culprits: certain)
        : Decision(.violated, witness: best.flow, culprits: certain)
    }
    if !doubts.isEmpty {
      return Decision(.undecided, culprits: doubts, atoms: doubtfulAtoms.sorted())
    }
    guard isWanted else { return Decision(.satisfied) }
    return Decision(.violated, witness: familiarFlowOfSet())
  }

  /// The flow of the set that people recognise first.
  private func familiarFlowOfSet() -> Flow? {
    question.set.slabs.compactMap { Flow.mostFamiliar($0.services, $0.peers) }
      .min { $0.rank < $1.rank }?.flow
  }

  private func meeting(_ services: ServiceRange, _ peer: Peer) -> Meeting {
    let slabs = question.set.slabs
    var index = question.set.firstIndex(endingAtOrAfter: services.lower)
    var best: (flow: Flow, rank: Flow.Familiarity)?
    var doubts: [Atom] = []
    while index < slabs.count, let common = slabs[index].services.intersection(services) {
      switch meeting(peer, bounds[index]) {
      case .some(let peers, _):
        if let found = Flow.mostFamiliar(common, peers) {
          if let known = best, !(found.rank < known.rank) { break }
          best = found
        }
      case .depends(let atoms): doubts += atoms
      case .none: break
      }
      index += 1
    }
    if let best { return .always(best.flow, best.rank) }
    return doubts.isEmpty ? .never : .depends(doubts)
  }

  private enum PeerMeeting {
    case none
    /// These peers are in both, whatever the atoms are.
    case some(PeerSet, isSymbolic: Bool)
    case depends([Atom])
  }

  private func meeting(_ peer: Peer, _ bounds: Bounds) -> PeerMeeting {
    let own = PeerSet(CollectionOfOne(peer))
    switch peer {
    case .v4, .v6:
      let common = own.intersection(bounds.least)
      if !common.isEmpty { return .some(common, isSymbolic: false) }
      // An atom is not empty: where all that it can be is in the box, some of it is.
      for atom in bounds.written.atoms where atoms.upperBound(of: [atom]).isSubset(of: own) {
        return .some(PeerSet([.atom(atom)]), isSymbolic: true)
      }
      let open = own.intersection(bounds.most)
      if open.isEmpty { return .none }
      return .depends(
        bounds.written.atoms.filter { !atoms.upperBound(of: [$0]).isDisjoint(with: open) })
    case .atom(let atom):
      if isInside(atom, bounds, depth: 0) { return .some(own, isSymbolic: true) }
      let common = atoms[atom].lower.intersection(bounds.least)
      if !common.isEmpty { return .some(common, isSymbolic: false) }
      if atoms.upperBound(of: [atom]).isDisjoint(with: bounds.most) { return .none }
      // An atom of the set that is a part of this one is met wherever it is.
      for other in bounds.written.atoms where isPart(other, of: atom, depth: 0) {
        return .some(PeerSet([.atom(other)]), isSymbolic: true)
      }
      return .depends([atom] + bounds.written.atoms)
    }
  }

  /// Whether an atom is a part of another by its bound.
  private func isPart(_ atom: Atom, of whole: Atom, depth: Int) -> Bool {
    if atom == whole { return true }
    let upper = atoms[atom].upper
    guard depth < 8, upper.addresses.isSubset(of: atoms[whole].lower), !upper.isEmpty else {
      return false
    }
    return upper.atoms.allSatisfy { isPart($0, of: whole, depth: depth + 1) }
  }

  // MARK: At least

  private func atLeast(
    _ permissions: ArraySlice<Permission>, _ countsPlaceholders: Bool
  ) -> Decision {
    let wanted = ServiceSet(question.set.slabs.map { $0.services })
    var relevant: [Int] = []
    for index in permissions.indices {
      let permission = permissions[index]
      if permission.isPlaceholder, !countsPlaceholders { continue }
      if wanted.intersects(permission.services) { relevant.append(index) }
    }
    func traffic(certainOnly: Bool) -> PreparedQuestion {
      let boxes = relevant.filter { !certainOnly || permissions[$0].isCertain }
        .flatMap { index in
          question.set.slabs.compactMap { slab in
            permissions[index].services.intersection(slab.services).map {
              (services: $0, peer: permissions[index].peer)
            }
          }
        }
      return PreparedQuestion(TrafficQuestion(.onlyWithin, TrafficSet(boxes)), atoms: atoms)
    }
    let must = traffic(certainOnly: true)
    let may = traffic(certainOnly: false)
    var isSatisfied = true
    var doubts: Set<Atom> = []
    var best: (flow: Flow, rank: Flow.Familiarity)?
    for slab in question.set.slabs {
      let peers =
        slab.peers.v4.map { Peer.v4($0) } + slab.peers.v6.map { Peer.v6($0) }
        + slab.peers.atoms.map { Peer.atom($0) }
      for peer in peers {
        switch must.relation(slab.services, peer) {
        case .inside: continue
        case .outside: isSatisfied = false
        case .depends(let atoms):
          isSatisfied = false
          doubts.formUnion(atoms)
        }
        if case .outside(let flow, let rank) = may.relation(slab.services, peer) {
          if let known = best, !(rank < known.rank) { continue }
          best = (flow, rank)
        }
      }
    }
    let offsets = relevant.map { $0 - permissions.startIndex }
    if isSatisfied { return Decision(.satisfied, culprits: offsets) }
    if let best { return Decision(.violated, witness: best.flow) }
    let open = offsets.filter { offset in
      let permission = permissions[permissions.startIndex + offset]
      if !permission.isCertain { return true }
      if case .atom(let atom) = permission.peer { return doubts.contains(atom) }
      return false
    }
    return Decision(.undecided, culprits: open, atoms: doubts.sorted())
  }
}
