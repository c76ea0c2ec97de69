/// Makes numbers of what permissions allow: equal for equal sets of flows, however they are written.
///
/// Each service and each peer has a random weight, a flow the product of the two, and the fingerprint
/// of a set is the sum over its flows, modulo 2^64. As the weights are the differences of neighbours of
/// a random function, a box takes four values of it whatever its size, and a union of boxes that have
/// nothing in common is a sum: most groups need no more than to see that. Different sets have the same
/// fingerprint with a probability below 2^-58 as long as nobody knows the weights, so these are drawn
/// anew for each run; equal fingerprints are a reason to compare, never a proof.
///
/// As in `TrafficSet`, an atom is a peer beside the addresses.
public struct TrafficFingerprinter: Sendable {
  private let serviceWeights: Weights
  private let v4Weights: Weights
  private let v6Weights: Weights
  private let atomWeights: Weights
  private var lists = BoxLists()
  private var others = BoxLists()

  /// Creates a maker of fingerprints with weights of its own; its copies have the same.
  public init() {
    var random = SystemRandomNumberGenerator()
    self.init(using: &random)
  }

  init(using random: inout some RandomNumberGenerator) {
    serviceWeights = Weights(seed: random.next())
    v4Weights = Weights(seed: random.next())
    v6Weights = Weights(seed: random.next())
    atomWeights = Weights(seed: random.next())
  }

  /// What the fingerprint of some permissions says.
  public enum Answer: Hashable, Sendable {
    /// They allow nothing.
    case nothing
    /// They allow this.
    case traffic(UInt64)
    /// One of them is not certain, so there is no one set of flows.
    case uncertain
  }

  /// Returns the fingerprint of what the permissions in `range` allow; placeholders are left out.
  ///
  /// - Complexity: O(*n* log *n*), whatever the shapes.
  public mutating func fingerprint(of range: Range<Int>, in permissions: [Permission]) -> Answer {
    guard lists.load(range, of: permissions) else { return .uncertain }
    if lists.count == 0 { return .nothing }
    return .traffic(
      Self.sum(&lists.v4, serviceWeights, v4Weights)
        &+ Self.sum(&lists.v6, serviceWeights, v6Weights)
        &+ Self.sum(&lists.atoms, serviceWeights, atomWeights))
  }

  private static func sum<Bound>(
    _ list: inout BoxList<Bound>, _ services: Weights, _ peers: Weights
  ) -> UInt64 {
    guard !list.boxes.isEmpty else { return 0 }
    guard list.reduce() else {
      return UnionMeasure.weight(of: list.boxes, services: services, peers: peers)
    }
    var sum: UInt64 = 0
    var hasMeeting = false
    for box in list.boxes where box.cover < 0 {
      if box.meets {
        hasMeeting = true
      } else {
        sum &+= services[box.services] &* peers.weight(of: box.lower, box.upper)
      }
    }
    guard hasMeeting else { return sum }
    let meeting = list.boxes.filter { $0.meets && $0.cover < 0 }
    return sum &+ UnionMeasure.weight(of: meeting, services: services, peers: peers)
  }

  /// Returns whether two lists of certain permissions allow the same; exact.
  ///
  /// - Complexity: O(*n*) where they are written alike, else O(*n* log *n*).
  public mutating func isSame(
    _ left: Range<Int>, _ right: Range<Int>, in permissions: [Permission]
  ) -> Bool {
    if left.count == right.count,
      zip(left, right).allSatisfy({ a, b in
        permissions[a].services == permissions[b].services
          && permissions[a].peer == permissions[b].peer
          && permissions[a].isPlaceholder == permissions[b].isPlaceholder
          && permissions[a].isCertain && permissions[b].isCertain
      })
    {
      return true
    }
    guard lists.load(left, of: permissions), others.load(right, of: permissions) else {
      return false
    }
    return Self.isSame(&lists.v4, &others.v4) && Self.isSame(&lists.v6, &others.v6)
      && Self.isSame(&lists.atoms, &others.atoms)
  }

  private static func isSame<Bound>(
    _ left: inout BoxList<Bound>, _ right: inout BoxList<Bound>
  ) -> Bool {
    if left.boxes.isEmpty || right.boxes.isEmpty {
      return left.boxes.isEmpty == right.boxes.isEmpty
    }
    let areLeftApart = left.keepUncovered()
    let areRightApart = right.keepUncovered()
    return isWithin(left.boxes, right.boxes, areApart: areRightApart)
      && isWithin(right.boxes, left.boxes, areApart: areLeftApart)
  }

  /// Whether sorted boxes are within the union of others.
  private static func isWithin<Bound>(
    _ boxes: [BoxList<Bound>.Box], _ covers: [BoxList<Bound>.Box], areApart: Bool
  ) -> Bool {
    var open: [Coverage.Box<Bound>] = []
    var steps = boxes.count * 64
    var place = 0
    for box in boxes {
      while place < covers.count, covers[place].precedes(box), !covers[place].isSame(as: box) {
        place += 1
      }
      if place < covers.count, covers[place].isSame(as: box) { continue }
      steps -= covers.count
      if areApart, steps >= 0, let isFilled = isFilled(box, covers) {
        if isFilled { continue }
        return false
      }
      open.append(.init(services: box.services, lower: box.lower, upper: box.upper))
    }
    guard !open.isEmpty else { return true }
    return Coverage.escape(
      of: open,
      from: covers.map { .init(services: $0.services, lower: $0.lower, upper: $0.upper) }) == nil
  }

  /// Whether sorted boxes that have nothing in common with each other cover a box: what each has of it adds
  /// up; nothing for a box that is too large to be counted.
  private static func isFilled<Bound>(
    _ box: BoxList<Bound>.Box, _ covers: [BoxList<Bound>.Box]
  ) -> Bool? {
    // Services have 24 bits.
    guard Bound.bitWidth <= 64 || (box.upper - box.lower) >> 100 == 0 else { return nil }
    var open = UInt128(box.services.count) * (UInt128(box.upper - box.lower) + 1)
    for cover in covers {
      if cover.lower > box.upper { break }
      guard cover.upper >= box.lower,
        let services = box.services.intersection(cover.services)
      else { continue }
      let size = min(cover.upper, box.upper) - max(cover.lower, box.lower)
      open -= UInt128(services.count) * (UInt128(size) + 1)
      if open == 0 { return true }
    }
    return false
  }
}

/// Random weights of numbers, as sums from the first number on.
struct Weights: Sendable {
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  /// The weight of all numbers before `number`.
  @inline(__always)
  func before<Bound: FixedWidthInteger & UnsignedInteger>(_ number: Bound) -> UInt64 {
    number == 0 ? 0 : through(number &- 1)
  }

  /// The weight of all numbers up to `number` and with it.
  @inline(__always)
  func through<Bound: FixedWidthInteger & UnsignedInteger>(_ number: Bound) -> UInt64 {
    let low = Self.mixed(UInt64(truncatingIfNeeded: number) ^ seed)
    guard Bound.bitWidth > 64 else { return low }
    return Self.mixed(low ^ UInt64(truncatingIfNeeded: number >> 64) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// The weight of an interval of numbers.
  @inline(__always)
  func weight<Bound: FixedWidthInteger & UnsignedInteger>(
    of lower: Bound, _ upper: Bound
  ) -> UInt64 { through(upper) &- before(lower) }

  /// The weight of an interval of services.
  @inline(__always)
  subscript(_ services: ServiceRange) -> UInt64 { weight(of: services.lower, services.upper) }

  /// The finalizer of SplitMix64.
  @inline(__always)
  private static func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// The weight of a union of boxes: each flow counts once, in however many boxes it is.
enum UnionMeasure {
  /// Up to so many boxes all of them are looked at in each slab of services.
  private static var fewBoxes: Int { 24 }

  /// Returns the sum of the products of weights over all flows of boxes that are sorted by their peers.
  ///
  /// - Complexity: O(*n* log *n*), in memory linear in *n*.
  static func weight<Bound>(
    of boxes: [BoxList<Bound>.Box], services: Weights, peers: Weights
  ) -> UInt64 {
    boxes.count <= fewBoxes
      ? weight(ofFew: boxes, services, peers) : weight(ofMany: boxes, services, peers)
  }

  /// Goes over all boxes in each slab.
  static func weight<Bound>(
    ofFew boxes: [BoxList<Bound>.Box], _ services: Weights, _ peers: Weights
  ) -> UInt64 {
    var cuts: [UInt32] = []
    cuts.reserveCapacity(boxes.count * 2)
    for box in boxes {
      cuts.append(box.services.lower)
      cuts.append(box.services.upper + 1)
    }
    cuts.sort()
    var sum: UInt64 = 0
    for index in cuts.indices.dropLast() where cuts[index] < cuts[index + 1] {
      var covered: UInt64 = 0
      var end: Bound?
      for box in boxes
      where box.services.lower <= cuts[index] && cuts[index] <= box.services.upper {
        if let last = end {
          guard box.upper > last else { continue }
          covered &+=
            peers.through(box.upper)
            &- (box.lower > last ? peers.before(box.lower) : peers.through(last))
        } else {
          covered = peers.weight(of: box.lower, box.upper)
        }
        end = box.upper
      }
      sum &+= covered &* (services.before(cuts[index + 1]) &- services.before(cuts[index]))
    }
    return sum
  }

  /// Sweeps over the services with a segment tree over the peers.
  static func weight<Bound>(
    ofMany boxes: [BoxList<Bound>.Box], _ services: Weights, _ peers: Weights
  ) -> UInt64 {
    let cuts = ElementaryIntervals(boxes.lazy.map { ($0.lower, $0.upper) })
    let starts = cuts.starts
    var tree = WeightTree(
      starts.indices.map { index in
        (index + 1 < starts.count ? peers.before(starts[index + 1]) : peers.through(Bound.max))
          &- peers.before(starts[index])
      })
    var events: [(service: UInt32, from: Int32, to: Int32, change: Int32)] = []
    events.reserveCapacity(boxes.count * 2)
    for box in boxes {
      let leaves = cuts.leaves(box.lower, box.upper)
      let from = Int32(truncatingIfNeeded: leaves.lowerBound)
      let to = Int32(truncatingIfNeeded: leaves.upperBound)
      events.append((box.services.lower, from, to, 1))
      events.append((box.services.upper + 1, from, to, -1))
    }
    events.sort { $0.service < $1.service }
    var sum: UInt64 = 0
    var service: UInt32 = 0
    for event in events {
      if event.service > service {
        sum &+= tree.covered &* (services.before(event.service) &- services.before(service))
        service = event.service
      }
      tree.add(event.change, from: Int(event.from), to: Int(event.to))
    }
    return sum
  }
}

/// A segment tree that knows the weight of the leaves which some interval covers.
private struct WeightTree {
  private struct Node {
    /// Intervals that cover all of the node and not all of its parent.
    var count: Int32 = 0
    var weight: UInt64 = 0
    var covered: UInt64 = 0
  }

  private let tree: SegmentTree
  private var nodes: [Node]

  init(_ weights: [UInt64]) {
    tree = SegmentTree(leaves: weights.count)
    nodes = Array(repeating: Node(), count: tree.nodeCount)
    for (index, weight) in weights.enumerated() { nodes[tree.leaves + index].weight = weight }
    for index in (1..<tree.leaves).reversed() {
      nodes[index].weight = nodes[2 * index].weight &+ nodes[2 * index + 1].weight
    }
  }

  var covered: UInt64 { nodes[1].covered }

  mutating func add(_ change: Int32, from: Int, to: Int) {
    let tree = tree
    tree.visit(from: from, to: to) { index, isPart in
      if isPart { nodes[index].count &+= change }
      refresh(index)
    }
  }

  @inline(__always)
  private mutating func refresh(_ index: Int) {
    if nodes[index].count > 0 {
      nodes[index].covered = nodes[index].weight
    } else {
      nodes[index].covered =
        index >= tree.leaves ? 0 : nodes[2 * index].covered &+ nodes[2 * index + 1].covered
    }
  }
}
