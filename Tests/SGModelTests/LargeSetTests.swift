import Testing

@testable import SGModel

/// Sets that are too large for lists, and sweeps over many boxes, against naive models.
struct LargeSetTests {
  /// Numbers near both ends and in the middle of the line, so that carries and overflows show.
  private static func number(_ index: Int) -> UInt32 {
    index < 2048 ? UInt32(index) : UInt32.max - UInt32(4095 - index)
  }

  private static func random(
    _ count: Int, _ random: inout SeededGenerator
  ) -> (list: IntervalList<UInt32>, naive: Set<Int>) {
    var intervals: [IntervalList<UInt32>.Interval] = []
    var naive: Set<Int> = []
    for _ in 0..<count {
      let half = Int.random(in: 0...1, using: &random) * 2048
      let from = half + Int.random(in: 0..<2048, using: &random)
      let to = min(half + 2047, from + Int.random(in: 0...2, using: &random))
      intervals.append(.init(lower: number(from), upper: number(to)))
      naive.formUnion(from...to)
    }
    return (IntervalList(normalizing: intervals), naive)
  }

  private static func numbers(_ list: IntervalList<UInt32>) -> Set<Int> {
    Set((0..<4096).filter { list.contains(number($0)) })
  }

  @Test(arguments: 0..<12) func operationsOfLargeSets(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    for sizes in [(900, 900), (900, 20), (20, 900), (300, 300), (3, 2)] {
      let (a, left) = Self.random(sizes.0, &random)
      let (b, right) = Self.random(sizes.1, &random)
      #expect(Self.numbers(a) == left)
      #expect(Self.numbers(a.union(b)) == left.union(right))
      #expect(Self.numbers(a.intersection(b)) == left.intersection(right))
      #expect(Self.numbers(a.subtracting(b)) == left.subtracting(right))
      #expect(a.isSubset(of: b) == left.isSubset(of: right))
      #expect(a.intersection(b).isSubset(of: b))
      #expect(a.isDisjoint(with: b) == left.isDisjoint(with: right))
      #expect(a.subtracting(b).isDisjoint(with: b))
      #expect((a == b) == (left == right))
      // The form depends on the set alone, whichever way it came about.
      let again = a.union(b).subtracting(b.subtracting(a))
      #expect(again == a)
      #expect(again.hashValue == a.hashValue)
      #expect(again.intervals == a.intervals)
      for _ in 0..<200 {
        let from = Int.random(in: 0..<2048, using: &random)
        let to = min(2047, from + Int.random(in: 0...9, using: &random))
        let range = Set(from...to)
        #expect(a.contains(Self.number(from), Self.number(to)) == range.isSubset(of: left))
        #expect(a.intersects(Self.number(from), Self.number(to)) == !range.isDisjoint(with: left))
      }
    }
  }

  /// Boxes over 40 ports and 64 addresses.
  private static func boxes(_ count: Int, _ random: inout SeededGenerator) -> [Permission] {
    (0..<count).compactMap { _ in
      let port = UInt32.random(in: 0..<40, using: &random)
      let last = min(39, port + UInt32.random(in: 0...6, using: &random))
      let address = UInt32.random(in: 0..<64, using: &random)
      let end = min(63, address + UInt32.random(in: 0...12, using: &random))
      guard let services = ServiceRange(lower: 6 << 16 | port, upper: 6 << 16 | last),
        let range = IPv4Range(lower: address, upper: end)
      else { return nil }
      return Permission(services: services, peer: .v4(range), origin: 0)
    }
  }

  /// How many of the boxes have each of the 40 × 64 flows.
  private static func cover(_ boxes: [Permission]) -> [Int] {
    var counts = Array(repeating: 0, count: 40 * 64)
    for box in boxes {
      guard case .v4(let range) = box.peer else { continue }
      for port in (box.services.lower & 0xFFFF)...(box.services.upper & 0xFFFF) {
        for address in range.lower...range.upper { counts[Int(port) * 64 + Int(address)] += 1 }
      }
    }
    return counts
  }

  @Test(arguments: 0..<20) func manyBoxesHaveOneForm(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 100)
    let boxes = Self.boxes(200, &random)
    let counts = Self.cover(boxes)
    let set = TrafficSet(boxes.map { ($0.services, $0.peer) })
    for port in 0..<40 {
      let peers = set.peers(of: 6 << 16 | UInt32(port))
      for address in 0..<64 {
        #expect(peers.contains(v4: UInt32(address)) == (counts[port * 64 + address] > 0))
      }
    }
    // Put together from small parts, which go another way, it is the same value.
    var parts = TrafficSet()
    for start in stride(from: 0, to: boxes.count, by: 50) {
      parts.formUnion(
        TrafficSet(boxes[start..<min(start + 50, boxes.count)].map { ($0.services, $0.peer) }))
    }
    #expect(parts == set)
    set.checkInvariants()
  }

  @Test(arguments: 0..<30) func neededBoxesAreFound(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 200)
    let boxes = Self.boxes([6, 20, 60, 150][seed % 4], &random)
    let counts = Self.cover(boxes)
    let effects = PermissionEffect.effects(of: boxes, atoms: AtomTable())
    var unique: [Permission] = []
    for box in boxes where !unique.contains(box) { unique.append(box) }
    let uniqueCounts = Self.cover(unique)
    for (index, box) in boxes.enumerated() {
      let own = Self.cover([box])
      let isNeeded = own.indices.contains { own[$0] > 0 && uniqueCounts[$0] == 1 }
      switch effects[index] {
      case .needed: #expect(isNeeded)
      case .redundant: #expect(!isNeeded)
      case .duplicate(let earlier): #expect(boxes[earlier] == box && earlier < index)
      case .nothing: Issue.record("no placeholder is among them")
      }
    }
    #expect(counts.count == 40 * 64)
  }

  @Test(arguments: 0..<30) func escapesAreFound(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 300)
    let after = Self.boxes(30, &random)
    var before = Self.boxes(120, &random)
    if seed % 3 == 0 { before += after }
    let new = zip(Self.cover(after), Self.cover(before)).map { $0 > 0 && $1 == 0 }
    let answer = Comparison.newAccess(of: after, over: before, atoms: AtomTable())
    #expect(answer.verdict == (new.contains(true) ? .violated : .satisfied))
    if let flow = answer.witness, case .v4(let address) = flow.peer {
      #expect(new[Int(flow.service & 0xFFFF) * 64 + Int(address)])
    }
  }

  /// Nested port ranges with disjoint addresses: as lists, the slabs have nine million intervals.
  @Test func adversarialShapesStaySmall() {
    let boxes = (0..<3_000).compactMap { index -> (services: ServiceRange, peer: Peer)? in
      let inset = UInt32(index)
      guard let services = ServiceRange(lower: 6 << 16 | inset, upper: 6 << 16 | (65_535 - inset)),
        let range = IPv4Range(lower: inset << 8, upper: inset << 8 | 0x7F)
      else { return nil }
      return (services, .v4(range))
    }
    let set = TrafficSet(boxes)
    #expect(set.slabs.count == 5_999)
    #expect(set == TrafficSet(boxes.reversed()))
    #expect(set.peers(of: 6 << 16 | 30_000).v4Count == 3_000 * 128)
  }
}
