/// The shape of a segment tree: node 1 is the root, 2 *n* and 2 *n* + 1 are below *n*, the leaves come last.
struct SegmentTree {
  /// How many leaves there are, a power of two; leaf *i* is node `leaves` + *i*.
  let leaves: Int
  /// How many nodes there are, with node 0, which is none.
  var nodeCount: Int { leaves * 2 }

  /// Takes room for at least `count` leaves.
  init(leaves count: Int) {
    var size = 1
    while size < count { size *= 2 }
    leaves = size
  }

  /// Visits the fewest nodes that have just the leaves from `from` to `to` - 1 below them, and then, from
  /// below, all nodes above these, which are no part of the stretch.
  ///
  /// - Complexity: O(log *n*) for *n* leaves.
  @inline(__always)
  func visit(from: Int, to: Int, _ body: (_ node: Int, _ isPart: Bool) -> Void) {
    guard from < to else { return }
    var left = from + leaves
    var right = to + leaves
    let first = left
    let last = right - 1
    while left < right {
      if left & 1 == 1 {
        body(left, true)
        left += 1
      }
      if right & 1 == 1 {
        right -= 1
        body(right, true)
      }
      left /= 2
      right /= 2
    }
    var up = first / 2
    while up >= 1 {
      body(up, false)
      up /= 2
    }
    up = last / 2
    while up >= 1 {
      body(up, false)
      up /= 2
    }
  }
}

/// The intervals between all places where some intervals begin or have just ended: none of these begins or
/// ends inside of one.
struct ElementaryIntervals<Bound: FixedWidthInteger & UnsignedInteger> {
  /// Where they begin, in ascending order; the first is 0, and the last goes to the end.
  private(set) var starts: [Bound] = [0]

  /// - Complexity: O(*n* log *n*).
  init(_ intervals: some Collection<(lower: Bound, upper: Bound)>) {
    starts.reserveCapacity(1 + 2 * intervals.count)
    for interval in intervals {
      starts.append(interval.lower)
      if interval.upper != .max { starts.append(interval.upper + 1) }
    }
    starts.sort()
    var last = 0
    for index in starts.indices.dropFirst() where starts[index] != starts[last] {
      last += 1
      starts[last] = starts[index]
    }
    starts.removeSubrange((last + 1)...)
  }

  /// The numbers of those that make up one of the intervals.
  ///
  /// - Complexity: O(log *n*).
  func leaves(_ lower: Bound, _ upper: Bound) -> Range<Int> {
    leaf(lower)..<(upper == .max ? starts.count : leaf(upper + 1))
  }

  /// The number of the one that begins at `start`.
  private func leaf(_ start: Bound) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
