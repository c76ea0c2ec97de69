/// A set of flows of one direction: a function from services to peers in its coarsest description.
///
/// Sorted disjoint service intervals, each with a non-empty peer set, equal neighbours merged. The
/// form is unique, so `==` and `hash` compare meanings: two texts that allow the same are equal.
/// Atoms are peers of their own (see `PeerSet`); questions that depend on what an atom can be are
/// answered by `Decision`, which knows their bounds.
///
/// Peers of neighbouring slabs share what they have in common (see `IntervalTrie`), so the form takes
/// memory in proportion to permissions times address bits, also where the intervals of all slabs
/// together are quadratically many. Verdicts do not need it: `PreparedQuestion` looks at each
/// permission alone.
public struct TrafficSet: Hashable, Sendable {
  /// One service interval with its peers.
  public struct Slab: Hashable, Sendable {
    /// The services.
    public let services: ServiceRange
    /// Who may use each of them.
    public let peers: PeerSet
  }

  // INVARIANT: sorted, disjoint, peers not empty; neighbours that touch have different peers.
  /// The slabs in ascending order of services.
  public private(set) var slabs: [Slab]

  /// Nothing.
  public init() { slabs = [] }

  /// The flows of `services` with `peers`.
  public init(_ services: ServiceSet, _ peers: PeerSet) {
    slabs = peers.isEmpty ? [] : services.ranges.map { Slab(services: $0, peers: peers) }
  }

  /// Every flow.
  public static let everything = TrafficSet(.all, .everyone)

  /// Normalizes any boxes.
  ///
  /// - Complexity: O(*n* *w*) for many boxes, *w* being the bits of an address, in time and memory;
  ///   O(*n* log *n* + *s* *n*) for few, where *s* is the number of resulting slabs.
  public init(_ boxes: some Sequence<(services: ServiceRange, peer: Peer)>) {
    let boxes = Array(boxes)
    if boxes.count > Self.fewBoxes {
      self.init(sweeping: boxes)
    } else {
      self.init(merging: boxes.map { ($0.services, PeerSet(CollectionOfOne($0.peer))) })
    }
  }

  /// Up to so many boxes the union of the peers is made anew for each slab.
  private static let fewBoxes = 128

  /// Sweeps over the services with the peers in counted tries, so that each box costs two paths and each
  /// slab nothing but what it does not share with the one before.
  private init(sweeping boxes: [(services: ServiceRange, peer: Peer)]) {
    var events: [(service: UInt32, box: Int32, change: Int32)] = []
    events.reserveCapacity(boxes.count * 2)
    for (index, box) in boxes.enumerated() {
      events.append((box.services.lower, Int32(index), 1))
      events.append((box.services.upper + 1, Int32(index), -1))
    }
    events.sort { $0.service < $1.service }
    slabs = []
    var v4 = CountedTrie<UInt32>()
    var v6 = CountedTrie<UInt128>()
    var atoms: [Atom: Int32] = [:]
    var index = 0
    while index < events.count {
      let low = events[index].service
      while index < events.count, events[index].service == low {
        let event = events[index]
        switch boxes[Int(event.box)].peer {
        case .v4(let range): v4.add(event.change, range.lower, range.upper)
        case .v6(let range): v6.add(event.change, range.lower, range.upper)
        case .atom(let atom):
          atoms[atom, default: 0] += event.change
          if atoms[atom] == 0 { atoms[atom] = nil }
        }
        index += 1
      }
      guard index < events.count else { break }
      append(
        ServiceRange(trusted: low, events[index].service - 1),
        PeerSet(
          v4: IntervalList(v4.covered), v6: IntervalList(v6.covered), atoms: atoms.keys.sorted()))
    }
    checkInvariants()
  }

  private init(merging parts: [(services: ServiceRange, peers: PeerSet)]) {
    var cuts: [UInt32] = []
    cuts.reserveCapacity(parts.count * 2)
    for part in parts {
      cuts.append(part.services.lower)
      cuts.append(part.services.upper + 1)
    }
    cuts.sort()
    let sorted = parts.sorted { $0.services < $1.services }
    slabs = []
    var active: [Int] = []
    var next = 0
    var index = 0
    while index < cuts.count {
      let low = cuts[index]
      while index < cuts.count, cuts[index] == low { index += 1 }
      guard index < cuts.count else { break }
      let high = cuts[index] - 1
      active.removeAll { sorted[$0].services.upper < low }
      while next < sorted.count, sorted[next].services.lower <= low {
        if sorted[next].services.upper >= low { active.append(next) }
        next += 1
      }
      if active.isEmpty { continue }
      append(
        ServiceRange(trusted: low, high), PeerSet.union(of: active.lazy.map { sorted[$0].peers }))
    }
    checkInvariants()
  }

  /// Appends a slab behind all others, merged with the last one where they touch and are equal.
  private mutating func append(_ services: ServiceRange, _ peers: PeerSet) {
    guard !peers.isEmpty else { return }
    if let last = slabs.last, last.services.upper + 1 == services.lower, last.peers == peers {
      slabs[slabs.count - 1] = Slab(
        services: ServiceRange(trusted: last.services.lower, services.upper), peers: peers)
    } else {
      slabs.append(Slab(services: services, peers: peers))
    }
  }

  func checkInvariants() {
    #if DEBUG
      for index in slabs.indices {
        precondition(!slabs[index].peers.isEmpty)
        guard index > 0 else { continue }
        let previous = slabs[index - 1]
        precondition(previous.services.upper < slabs[index].services.lower)
        precondition(
          previous.services.upper + 1 < slabs[index].services.lower
            || previous.peers != slabs[index].peers)
      }
    #endif
  }

  /// Whether it allows nothing.
  public var isEmpty: Bool { slabs.isEmpty }

  /// Returns whether both allow the same.
  ///
  /// - Complexity: O(*n*) in the slabs and in the nodes of large peer sets.
  public static func == (left: TrafficSet, right: TrafficSet) -> Bool {
    guard left.slabs.count == right.slabs.count else { return false }
    var pairs = IntervalTrie.EqualPairs()
    return zip(left.slabs, right.slabs).allSatisfy { a, b in
      a.services == b.services && a.peers.atoms == b.peers.atoms
        && a.peers.v4List.isEqual(to: b.peers.v4List, &pairs)
        && a.peers.v6List.isEqual(to: b.peers.v6List, &pairs)
    }
  }

  /// Returns the peers that may use `service`.
  ///
  /// - Complexity: O(log *n*).
  public func peers(of service: UInt32) -> PeerSet {
    let index = firstIndex(endingAtOrAfter: service)
    guard index < slabs.count, slabs[index].services.lower <= service else { return PeerSet() }
    return slabs[index].peers
  }

  /// The index of the first slab that ends at or after `service`.
  func firstIndex(endingAtOrAfter service: UInt32) -> Int {
    var low = 0
    var high = slabs.count
    while low < high {
      let middle = (low + high) / 2
      if slabs[middle].services.upper < service { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension PeerSet {
  /// Returns the union of many sets, normalized once.
  static func union(of sets: some Sequence<PeerSet>) -> PeerSet {
    var v4: [IntervalList<UInt32>.Interval] = []
    var v6: [IntervalList<UInt128>.Interval] = []
    var atoms: Set<Atom> = []
    for set in sets {
      v4 += set.v4List.intervals
      v6 += set.v6List.intervals
      atoms.formUnion(set.atoms)
    }
    return PeerSet(
      v4: IntervalList(normalizing: v4), v6: IntervalList(normalizing: v6), atoms: atoms.sorted())
  }
}

extension TrafficSet {
  /// Applies `operation` to the peers of both sets, service by service.
  ///
  /// - Complexity: O(*n* + *m*) slabs.
  private func combined(
    with other: TrafficSet, _ operation: (PeerSet, PeerSet) -> PeerSet
  ) -> TrafficSet {
    var result = TrafficSet()
    var left = 0
    var right = 0
    var service: UInt32 = 0
    while left < slabs.count || right < other.slabs.count {
      while left < slabs.count, slabs[left].services.upper < service { left += 1 }
      while right < other.slabs.count, other.slabs[right].services.upper < service { right += 1 }
      var end = ServiceRange.maximum
      var a = PeerSet()
      var b = PeerSet()
      if left < slabs.count {
        if slabs[left].services.lower <= service {
          a = slabs[left].peers
          end = min(end, slabs[left].services.upper)
        } else {
          end = min(end, slabs[left].services.lower - 1)
        }
      }
      if right < other.slabs.count {
        if other.slabs[right].services.lower <= service {
          b = other.slabs[right].peers
          end = min(end, other.slabs[right].services.upper)
        } else {
          end = min(end, other.slabs[right].services.lower - 1)
        }
      }
      result.append(ServiceRange(trusted: service, end), operation(a, b))
      if end == ServiceRange.maximum { break }
      service = end + 1
    }
    result.checkInvariants()
    return result
  }

  /// Returns the flows of either set.
  ///
  /// - Complexity: O(*n* + *m*) peer-set operations.
  public func union(_ other: TrafficSet) -> TrafficSet {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return combined(with: other) { $0.union($1) }
  }

  /// Adds the flows of `other`.
  public mutating func formUnion(_ other: TrafficSet) { self = union(other) }

  /// Returns the flows in both sets.
  ///
  /// - Complexity: O(*n* + *m*) peer-set operations.
  public func intersection(_ other: TrafficSet) -> TrafficSet {
    combined(with: other) { $0.intersection($1) }
  }

  /// Keeps the flows that are in `other` too.
  public mutating func formIntersection(_ other: TrafficSet) { self = intersection(other) }

  /// Returns the flows that are not in `other`.
  ///
  /// - Complexity: O(*n* + *m*) peer-set operations.
  public func subtracting(_ other: TrafficSet) -> TrafficSet {
    combined(with: other) { $0.subtracting($1) }
  }

  /// Removes the flows of `other`.
  public mutating func subtract(_ other: TrafficSet) { self = subtracting(other) }

  /// Returns the flows that are in one of the sets alone.
  public func symmetricDifference(_ other: TrafficSet) -> TrafficSet {
    combined(with: other) { $0.symmetricDifference($1) }
  }

  /// Keeps the flows that are in one of the sets alone.
  public mutating func formSymmetricDifference(_ other: TrafficSet) {
    self = symmetricDifference(other)
  }

  /// Returns whether the flow is in the set, as the set is written.
  ///
  /// - Complexity: O(log *n*).
  public func contains(_ flow: Flow) -> Bool {
    let index = firstIndex(endingAtOrAfter: flow.service)
    guard index < slabs.count, slabs[index].services.lower <= flow.service else { return false }
    switch flow.peer {
    case .v4(let address): return slabs[index].peers.contains(v4: address)
    case .v6(let address): return slabs[index].peers.contains(v6: address)
    case .atom(let atom): return slabs[index].peers.contains(atom)
    }
  }

  /// How many flows with an IPv4 peer there are: services times addresses, at most 2^56.
  public var v4FlowCount: UInt64 {
    slabs.reduce(0) { sum, slab in
      sum + UInt64(slab.services.upper - slab.services.lower + 1) * slab.peers.v4Count
    }
  }

  /// The set as the fewest boxes of a service interval and a block or atom, in ascending order.
  public var boxes: [(services: ServiceRange, peer: Peer)] {
    slabs.flatMap { slab in
      (slab.peers.v4.map { Peer.v4($0) } + slab.peers.v6.map { Peer.v6($0) }
        + slab.peers.atoms.map { Peer.atom($0) }).map { (slab.services, $0) }
    }
  }

  /// Returns whether every flow is in `other`, as both are written.
  public func isSubset(of other: TrafficSet) -> Bool { subtracting(other).isEmpty }

  /// Returns whether no flow is in both, as both are written.
  public func isDisjoint(with other: TrafficSet) -> Bool { intersection(other).isEmpty }
}
