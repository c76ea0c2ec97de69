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

  /// Takes the services of slabs in ascending order, and the peers of each by its index; their atoms are
  /// left out.
  init(_ slabs: [TrafficSet.Slab], _ peers: (Int) -> PeerSet) {
    lower.reserveCapacity(slabs.count)
    upper.reserveCapacity(slabs.count)
    start4.reserveCapacity(slabs.count + 1)
    start6.reserveCapacity(slabs.count + 1)
    for index in slabs.indices {
      lower.append(slabs[index].services.lower)
      upper.append(slabs[index].services.upper)
      let peers = peers(index)
      let intervals4 = peers.v4List.intervals
      let intervals6 = peers.v6List.intervals
      if index == 0, slabs.count > 1 {
        // Slabs mostly have as many as the first.
        lower4.reserveCapacity(intervals4.count * slabs.count)
        upper4.reserveCapacity(intervals4.count * slabs.count)
        lower6.reserveCapacity(intervals6.count * slabs.count)
        upper6.reserveCapacity(intervals6.count * slabs.count)
      }
      for interval in intervals4 {
        lower4.append(interval.lower)
        upper4.append(interval.upper)
      }
      for interval in intervals6 {
        lower6.append(interval.lower)
        upper6.append(interval.upper)
      }
      start4.append(Int32(lower4.count))
      start6.append(Int32(lower6.count))
    }
  }

  /// Where its intervals of IPv4 begin, or have ended.
  var cuts4: [UInt32] { lower4 + upper4.filter { $0 < .max }.map { $0 + 1 } }
  /// Where its intervals of IPv6 begin, or have ended.
  var cuts6: [UInt128] { lower6 + upper6.filter { $0 < .max }.map { $0 + 1 } }

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

  /// Considers the flows of a box that are not in the set; none of an atom.
  func considerOutside(_ services: ServiceRange, _ peer: Peer, _ best: inout FamiliarFlow) {
    var slab = Self.firstIndex(in: upper, from: 0, to: upper.count, atLeast: services.lower)
    var cursor = services.lower
    while true {
      guard slab < lower.count, lower[slab] <= services.upper else {
        best.consider(ServiceRange(trusted: cursor, services.upper), peer)
        return
      }
      if lower[slab] > cursor {
        best.consider(ServiceRange(trusted: cursor, lower[slab] - 1), peer)
        cursor = lower[slab]
      }
      let end = min(upper[slab], services.upper)
      let part = ServiceRange(trusted: cursor, end)
      switch peer {
      case .v4(let range):
        let found = Self.familiar(
          range.lower, range.upper, Flow.familiarV4, lower4, upper4, slabRange(start4, slab))
        if let found { best.consider(part, .v4(IPv4Range(trusted: found.0, found.1))) }
      case .v6(let range):
        let found = Self.familiar(
          range.lower, range.upper, Flow.familiarV6, lower6, upper6, slabRange(start6, slab))
        if let found { best.consider(part, .v6(IPv6Range(trusted: found.0, found.1))) }
      case .atom: break
      }
      if end == services.upper { return }
      cursor = end + 1
      slab += 1
    }
  }

  private func slabRange(_ starts: [Int32], _ slab: Int) -> Range<Int> {
    Int(starts[slab])..<Int(starts[slab + 1])
  }

  /// The address of an interval that lies in none of some others and is known best, if it is a known
  /// one, or else the first stretch between them.
  @inline(__always)
  private static func familiar<Bound: FixedWidthInteger>(
    _ first: Bound, _ last: Bound, _ known: [Bound], _ lowers: [Bound], _ uppers: [Bound],
    _ range: Range<Int>
  ) -> (Bound, Bound)? {
    for address in known where first <= address && address <= last {
      let index = firstIndex(
        in: uppers, from: range.lowerBound, to: range.upperBound, atLeast: address)
      if index == range.upperBound || lowers[index] > address { return (address, address) }
    }
    var cursor = first
    var index = firstIndex(in: uppers, from: range.lowerBound, to: range.upperBound, atLeast: first)
    while index < range.upperBound, lowers[index] <= cursor {
      if uppers[index] >= last { return nil }
      cursor = uppers[index] + 1
      index += 1
    }
    return (cursor, index < range.upperBound ? min(last, lowers[index] - 1) : last)
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
