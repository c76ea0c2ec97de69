/// A traffic set without atoms in flat arrays, for asking of very many boxes whether they are in it.
///
/// No array of arrays, so a question touches two lines of memory and counts no references.
struct FlatSet: Sendable {
  private var lower: [UInt32] = []
  private var upper: [UInt32] = []
  /// Where the intervals of each slab begin; one more than there are slabs.
  private var start4: [Int32] = [0]
  private var lower4: [UInt32] = []
  private var upper4: [UInt32] = []
  private var start6: [Int32] = [0]
  private var lower6: [UInt128] = []
  private var upper6: [UInt128] = []

  /// Takes slabs in ascending order; the atoms of their peers are left out.
  init(_ slabs: some Sequence<(services: ServiceRange, peers: PeerSet)>) {
    for slab in slabs {
      lower.append(slab.services.lower)
      upper.append(slab.services.upper)
      for interval in slab.peers.v4List.intervals {
        lower4.append(interval.lower)
        upper4.append(interval.upper)
      }
      for interval in slab.peers.v6List.intervals {
        lower6.append(interval.lower)
        upper6.append(interval.upper)
      }
      start4.append(Int32(lower4.count))
      start6.append(Int32(lower6.count))
    }
  }

  /// Returns whether all flows of the box are in the set; false for an atom.
  ///
  /// - Complexity: O(log *s* + *c* log *n*) for *s* slabs, *c* of which the box crosses, with *n*
  ///   intervals each.
  @inline(__always)
  func contains(_ services: ServiceRange, _ peer: Peer) -> Bool {
    switch peer {
    case .v4(let range):
      contains(services, range.lower, range.upper, start4, lower4, upper4)
    case .v6(let range):
      contains(services, range.lower, range.upper, start6, lower6, upper6)
    case .atom: false
    }
  }

  @inline(__always)
  private func contains<Bound: FixedWidthInteger>(
    _ services: ServiceRange, _ first: Bound, _ last: Bound, _ starts: [Int32], _ lowers: [Bound],
    _ uppers: [Bound]
  ) -> Bool {
    var slab = Self.firstIndex(in: upper, from: 0, to: upper.count, atLeast: services.lower)
    var cursor = services.lower
    while slab < lower.count, lower[slab] <= cursor {
      let end = Int(starts[slab + 1])
      let index = Self.firstIndex(
        in: uppers, from: Int(starts[slab]), to: end, atLeast: first)
      guard index < end, lowers[index] <= first, last <= uppers[index] else { return false }
      if upper[slab] >= services.upper { return true }
      cursor = upper[slab] + 1
      slab += 1
    }
    return false
  }

  /// Returns whether any flow of the box is in the set; false for an atom.
  ///
  /// - Complexity: as `contains`.
  @inline(__always)
  func meets(_ services: ServiceRange, _ peer: Peer) -> Bool {
    switch peer {
    case .v4(let range): meets(services, range.lower, range.upper, start4, lower4, upper4)
    case .v6(let range): meets(services, range.lower, range.upper, start6, lower6, upper6)
    case .atom: false
    }
  }

  @inline(__always)
  private func meets<Bound: FixedWidthInteger>(
    _ services: ServiceRange, _ first: Bound, _ last: Bound, _ starts: [Int32], _ lowers: [Bound],
    _ uppers: [Bound]
  ) -> Bool {
    var slab = Self.firstIndex(in: upper, from: 0, to: upper.count, atLeast: services.lower)
    while slab < lower.count, lower[slab] <= services.upper {
      let end = Int(starts[slab + 1])
      let index = Self.firstIndex(in: uppers, from: Int(starts[slab]), to: end, atLeast: first)
      if index < end, lowers[index] <= last { return true }
      slab += 1
    }
    return false
  }

  /// The index of the first of some ascending values that is not below `value`.
  @inline(__always)
  private static func firstIndex<Bound: Comparable>(
    in values: [Bound], from: Int, to: Int, atLeast value: Bound
  ) -> Int {
    var low = from
    var high = to
    while low < high {
      let middle = (low &+ high) >> 1
      if values[middle] < value { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}
