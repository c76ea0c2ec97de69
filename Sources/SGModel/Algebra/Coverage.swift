/// Unions of boxes compared without a normal form of either, in O(*n* log *n*) whatever the shapes.
///
/// A canonical form of a union of boxes can have quadratically many intervals (nested port ranges
/// with disjoint addresses; grids). Here a line sweeps over the services; under it a segment tree over
/// the addresses counts, per node, how many boxes cover all of it. A leaf is an elementary interval
/// of addresses: no box begins or ends inside of one.
enum Coverage {
  /// One box over addresses of one family.
  struct Box<Bound: FixedWidthInteger & UnsignedInteger & Sendable> {
    var services: ServiceRange
    var lower: Bound
    var upper: Bound
  }

  /// A change of the sweep's state: a box begins or has ended.
  private struct Event {
    var service: UInt32
    /// The index of the box; covers come behind the boxes that they have to cover.
    var box: Int32
    var isEnd: Bool
  }

  private static func leaves<Bound>(
    _ box: Box<Bound>, in cuts: ElementaryIntervals<Bound>
  ) -> (Int32, Int32) {
    let leaves = cuts.leaves(box.lower, box.upper)
    return (Int32(leaves.lowerBound), Int32(leaves.upperBound))
  }

  private static func events(_ services: [ServiceRange]) -> [Event] {
    var events: [Event] = []
    events.reserveCapacity(services.count * 2)
    for (index, range) in services.enumerated() {
      events.append(Event(service: range.lower, box: Int32(index), isEnd: false))
      // Behind the last service nothing is asked any more.
      if range.upper < ServiceRange.maximum {
        events.append(Event(service: range.upper + 1, box: Int32(index), isEnd: true))
      }
    }
    events.sort { $0.service < $1.service }
    return events
  }

  // MARK: Containment

  /// A flow of a union that another union does not have.
  struct Escape<Bound> {
    var service: UInt32
    var address: Bound
  }

  /// Returns the flow of lowest service and address that is in some of `boxes` and in none of
  /// `covers`, or nothing where every flow of `boxes` is in some cover.
  ///
  /// - Complexity: O(*n* log *n*) for *n* boxes and covers together, in memory linear in *n*.
  static func escape<Bound>(of boxes: [Box<Bound>], from covers: [Box<Bound>]) -> Escape<Bound>? {
    guard !boxes.isEmpty else { return nil }
    let cuts = ElementaryIntervals((boxes + covers).lazy.map { ($0.lower, $0.upper) })
    let spans = boxes.map { leaves($0, in: cuts) } + covers.map { leaves($0, in: cuts) }
    let events = events(boxes.map { $0.services } + covers.map { $0.services })
    var tree = CoverTree(leaves: cuts.starts.count)
    var index = 0
    while index < events.count {
      let service = events[index].service
      while index < events.count, events[index].service == service {
        let event = events[index]
        let span = spans[Int(event.box)]
        tree.add(
          event.isEnd ? -1 : 1, from: Int(span.0), to: Int(span.1),
          isCover: Int(event.box) >= boxes.count)
        index += 1
      }
      if tree.hasEscape {
        return Escape(service: service, address: cuts.starts[tree.firstEscape()])
      }
    }
    return nil
  }

  /// Returns, for each of `boxes`, whether it has a flow that no other of them has.
  ///
  /// - Complexity: O(*n* log² *n*), in memory linear in *n*.
  static func needed<Bound>(_ boxes: [Box<Bound>]) -> [Bool] {
    var needed = Array(repeating: false, count: boxes.count)
    guard !boxes.isEmpty else { return needed }
    let cuts = ElementaryIntervals(boxes.lazy.map { ($0.lower, $0.upper) })
    let spans = boxes.map { leaves($0, in: cuts) }
    let events = events(boxes.map { $0.services })
    var tree = OwnerTree(leaves: cuts.starts.count, owners: boxes.count)
    var index = 0
    while index < events.count {
      let service = events[index].service
      while index < events.count, events[index].service == service {
        let event = events[index]
        let span = spans[Int(event.box)]
        tree.add(event.box, event.isEnd ? -1 : 1, from: Int(span.0), to: Int(span.1))
        index += 1
      }
      while let owner = tree.anySingleOwner() {
        needed[Int(owner)] = true
        let span = spans[Int(owner)]
        tree.settle(owner, from: Int(span.0), to: Int(span.1))
      }
    }
    return needed
  }
}

/// A segment tree that knows whether some leaf is in a box and in no cover.
private struct CoverTree {
  private struct Node {
    /// Boxes that cover all of the node and not all of its parent.
    var boxes: Int32 = 0
    /// Covers of the same kind.
    var covers: Int32 = 0
    /// Whether some leaf below is in no cover, as far as this node and those below say.
    var isOpen = true
    /// Whether such a leaf is in a box.
    var hasEscape = false
  }

  private let tree: SegmentTree
  private var nodes: [Node]

  init(leaves count: Int) {
    tree = SegmentTree(leaves: count)
    nodes = Array(repeating: Node(), count: tree.nodeCount)
    // Leaves behind the last are in nothing, so they escape from nothing.
  }

  var hasEscape: Bool { nodes[1].hasEscape }

  mutating func add(_ change: Int32, from: Int, to: Int, isCover: Bool) {
    let tree = tree
    unsafe nodes.withUnsafeMutableBufferPointer { nodes in
      tree.visit(from: from, to: to) { index, isPart in
        if isPart { unsafe Self.change(&nodes[index], change, isCover) }
        unsafe Self.refresh(&nodes[index], isLeaf: index >= tree.leaves, nodes, index)
      }
    }
  }

  @inline(__always)
  private static func change(_ node: inout Node, _ change: Int32, _ isCover: Bool) {
    if isCover { node.covers += change } else { node.boxes += change }
  }

  @inline(__always)
  private static func refresh(
    _ node: inout Node, isLeaf: Bool, _ nodes: UnsafeMutableBufferPointer<Node>, _ index: Int
  ) {
    if node.covers > 0 {
      node.isOpen = false
      node.hasEscape = false
      return
    }
    let isOpen =
      unsafe isLeaf || nodes[2 * index].isOpen || nodes[2 * index + 1].isOpen
    node.isOpen = isOpen
    node.hasEscape =
      unsafe node.boxes > 0
      ? isOpen : !isLeaf && (nodes[2 * index].hasEscape || nodes[2 * index + 1].hasEscape)
  }

  /// The index of the first leaf that is in a box and in no cover.
  func firstEscape() -> Int {
    var index = 1
    // Below a node that a box covers, any open leaf will do.
    var inBox = nodes[1].boxes > 0
    while index < tree.leaves {
      let left = nodes[2 * index]
      let goesLeft = inBox ? left.isOpen : left.hasEscape
      index = goesLeft ? 2 * index : 2 * index + 1
      inBox = inBox || nodes[index].boxes > 0
    }
    return index - tree.leaves
  }
}

/// A segment tree that finds leaves which exactly one box covers.
private struct OwnerTree {
  private struct Node {
    /// Boxes that cover all of the node and not all of its parent.
    var count: Int32 = 0
    /// The sum of their numbers: the number itself where there is one.
    var owners: Int64 = 0
    /// Whether some leaf below is in no box, as far as this node and those below say.
    var isOpen = true
    /// Whether some leaf below is in exactly one box, which is not settled yet.
    var hasSingle = false
  }

  private let tree: SegmentTree
  private var nodes: [Node]
  private var isSettled: [Bool]

  init(leaves count: Int, owners: Int) {
    tree = SegmentTree(leaves: count)
    nodes = Array(repeating: Node(), count: tree.nodeCount)
    isSettled = Array(repeating: false, count: owners)
  }

  mutating func add(_ owner: Int32, _ change: Int32, from: Int, to: Int) {
    visit(from: from, to: to) { node in
      node.count += change
      node.owners += Int64(change) * Int64(owner)
    }
  }

  /// Says that nothing more is to be found out about `owner`.
  mutating func settle(_ owner: Int32, from: Int, to: Int) {
    isSettled[Int(owner)] = true
    visit(from: from, to: to) { _ in }
  }

  private mutating func visit(from: Int, to: Int, _ body: (inout Node) -> Void) {
    let tree = tree
    tree.visit(from: from, to: to) { index, isPart in
      if isPart { body(&nodes[index]) }
      refresh(index)
    }
  }

  private mutating func refresh(_ index: Int) {
    let isLeaf = index >= tree.leaves
    let isOpenBelow = isLeaf || nodes[2 * index].isOpen || nodes[2 * index + 1].isOpen
    switch nodes[index].count {
    case 0:
      nodes[index].isOpen = isOpenBelow
      nodes[index].hasSingle =
        !isLeaf && (nodes[2 * index].hasSingle || nodes[2 * index + 1].hasSingle)
    case 1:
      nodes[index].isOpen = false
      nodes[index].hasSingle = isOpenBelow && !isSettled[Int(nodes[index].owners)]
    default:
      nodes[index].isOpen = false
      nodes[index].hasSingle = false
    }
  }

  /// The owner of some leaf that it alone covers and that is not settled yet.
  func anySingleOwner() -> Int32? {
    guard nodes[1].hasSingle else { return nil }
    var index = 1
    while nodes[index].count == 0 {
      index = nodes[2 * index].hasSingle ? 2 * index : 2 * index + 1
    }
    return Int32(truncatingIfNeeded: nodes[index].owners)
  }
}
