/// A set of numbers as a binary trie over their bits, shared and never changed.
///
/// The form that `IntervalList` takes when it has many intervals. Two sets that differ in one block
/// differ in one path from the root, and have everything else in common: 10,000 peer sets of a group
/// with nested port ranges are 10,000 paths, not 10,000 lists. The trie of a set is unique: a node
/// with two full halves is full, one with two empty halves is empty.
enum IntervalTrie: Sendable {
  case empty
  case full
  case node(Node)

  /// Two halves, of which at least one is neither empty nor full, or which differ.
  final class Node: Sendable {
    let left: IntervalTrie
    let right: IntervalTrie
    /// A hash of the set, for telling different ones apart quickly.
    let hash: UInt64
    /// How many maximal intervals the set has.
    let count: Int
    let startsFull: Bool
    let endsFull: Bool

    init(_ left: IntervalTrie, _ right: IntervalTrie) {
      self.left = left
      self.right = right
      var mixed =
        left.hash &* 0x9E37_79B9_7F4A_7C15 ^ (right.hash &* 0xC2B2_AE3D_27D4_EB4F &+ 0x1656_67B1)
      mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
      hash = mixed ^ (mixed >> 32)
      count = left.count + right.count - (left.endsFull && right.startsFull ? 1 : 0)
      startsFull = left.startsFull
      endsFull = right.endsFull
    }
  }

  /// Puts two halves together.
  static func joined(_ left: IntervalTrie, _ right: IntervalTrie) -> IntervalTrie {
    switch (left, right) {
    case (.empty, .empty): .empty
    case (.full, .full): .full
    default: .node(Node(left, right))
    }
  }

  var hash: UInt64 {
    switch self {
    case .empty: 1
    case .full: 2
    case .node(let node): node.hash
    }
  }
  var count: Int {
    switch self {
    case .empty: 0
    case .full: 1
    case .node(let node): node.count
    }
  }
  var startsFull: Bool {
    switch self {
    case .empty: false
    case .full: true
    case .node(let node): node.startsFull
    }
  }
  var endsFull: Bool {
    switch self {
    case .empty: false
    case .full: true
    case .node(let node): node.endsFull
    }
  }
  var left: IntervalTrie { if case .node(let node) = self { node.left } else { self } }
  var right: IntervalTrie { if case .node(let node) = self { node.right } else { self } }

  /// Pairs of nodes that were found to be equal.
  ///
  /// The many sets of one traffic set share nodes with each other, and so do those of another; with the
  /// pairs at hand, each pair is compared once.
  struct EqualPairs {
    fileprivate struct Pair: Hashable {
      let left: ObjectIdentifier
      let right: ObjectIdentifier
    }
    fileprivate var known: Set<Pair> = []
  }

  /// Returns whether both are the same set; exact, the hash only says early that they are not.
  func isEqual(to other: IntervalTrie, _ pairs: inout EqualPairs) -> Bool {
    switch (self, other) {
    case (.empty, .empty), (.full, .full): return true
    case (.node(let a), .node(let b)):
      if a === b { return true }
      guard a.hash == b.hash else { return false }
      let pair = EqualPairs.Pair(left: ObjectIdentifier(a), right: ObjectIdentifier(b))
      if pairs.known.contains(pair) { return true }
      guard a.left.isEqual(to: b.left, &pairs), a.right.isEqual(to: b.right, &pairs) else {
        return false
      }
      pairs.known.insert(pair)
      return true
    default: return false
    }
  }

  // MARK: Operations

  /// - Complexity: O(nodes that the two do not share).
  func union(_ other: IntervalTrie) -> IntervalTrie {
    switch (self, other) {
    case (.full, _), (_, .full): return .full
    case (.empty, _): return other
    case (_, .empty): return self
    case (.node(let a), .node(let b)):
      if a === b { return self }
      return Self.joined(a.left.union(b.left), a.right.union(b.right))
    }
  }

  /// - Complexity: O(nodes that the two do not share).
  func intersection(_ other: IntervalTrie) -> IntervalTrie {
    switch (self, other) {
    case (.empty, _), (_, .empty): return .empty
    case (.full, _): return other
    case (_, .full): return self
    case (.node(let a), .node(let b)):
      if a === b { return self }
      return Self.joined(a.left.intersection(b.left), a.right.intersection(b.right))
    }
  }

  /// - Complexity: O(nodes that the two do not share).
  func subtracting(_ other: IntervalTrie) -> IntervalTrie {
    switch (self, other) {
    case (.empty, _), (_, .full): return .empty
    case (_, .empty): return self
    case (.node(let a), .node(let b)) where a === b: return .empty
    default:
      return Self.joined(left.subtracting(other.left), right.subtracting(other.right))
    }
  }

  /// - Complexity: O(nodes that the two do not share).
  func isDisjoint(with other: IntervalTrie) -> Bool {
    switch (self, other) {
    case (.empty, _), (_, .empty): true
    case (.full, _), (_, .full): false
    case (.node(let a), .node(let b)):
      a !== b && a.left.isDisjoint(with: b.left) && a.right.isDisjoint(with: b.right)
    }
  }

  // MARK: Intervals

  /// Builds the trie of sorted disjoint intervals.
  ///
  /// - Complexity: O(*n* *w*) for *n* intervals of numbers of *w* bits.
  static func build<Bound>(
    _ intervals: ArraySlice<IntervalList<Bound>.Interval>
  ) -> IntervalTrie {
    build(intervals, from: Bound.min, to: Bound.max)
  }

  private static func build<Bound>(
    _ intervals: ArraySlice<IntervalList<Bound>.Interval>, from lower: Bound, to upper: Bound
  ) -> IntervalTrie {
    guard let first = intervals.first else { return .empty }
    if first.lower <= lower, first.upper >= upper { return .full }
    let middle = lower + (upper - lower) / 2
    // The halves: an interval across the middle is in both.
    let split = intervals.firstIndex { $0.upper > middle } ?? intervals.endIndex
    var end = split
    if end < intervals.endIndex, intervals[end].lower <= middle { end += 1 }
    return joined(
      build(intervals[..<end], from: lower, to: middle),
      build(intervals[split...], from: middle + 1, to: upper))
  }

  /// Appends the maximal intervals of the set in ascending order.
  func append<Bound>(
    to result: inout [IntervalList<Bound>.Interval], from lower: Bound = .min,
    to upper: Bound = .max
  ) {
    switch self {
    case .empty: return
    case .full:
      if let last = result.last, lower > .min, last.upper == lower - 1 {
        result[result.count - 1].upper = upper
      } else {
        result.append(.init(lower: lower, upper: upper))
      }
    case .node(let node):
      let middle = lower + (upper - lower) / 2
      node.left.append(to: &result, from: lower, to: middle)
      node.right.append(to: &result, from: middle + 1, to: upper)
    }
  }

  /// Whether all (or, with `any`, some) of `first...last` is in the set.
  ///
  /// - Complexity: O(*w*).
  func has<Bound: FixedWidthInteger & UnsignedInteger>(
    _ first: Bound, _ last: Bound, any: Bool, from lower: Bound = .min, to upper: Bound = .max
  ) -> Bool {
    switch self {
    case .empty: return false
    case .full: return true
    case .node(let node):
      // Some of a node is in the set, and not all of it.
      if first <= lower, upper <= last { return any }
      let middle = lower + (upper - lower) / 2
      let inLeft = first <= middle
      let inRight = last > middle
      let left = inLeft && node.left.has(first, last, any: any, from: lower, to: middle)
      if inLeft, any == left || !inRight { return left }
      return node.right.has(first, last, any: any, from: middle + 1, to: upper)
    }
  }
}

/// A trie that counts how many intervals cover each number, and has the trie of the covered numbers at
/// hand after every change.
struct CountedTrie<Bound: FixedWidthInteger & UnsignedInteger & Sendable> {
  private struct Node {
    var left: Int32 = -1
    var right: Int32 = -1
    /// Intervals that cover all of the node and not all of its parent.
    var count: Int32 = 0
    var covered = IntervalTrie.empty
  }

  private var nodes: [Node] = [Node()]

  /// The numbers that some interval covers.
  var covered: IntervalTrie { nodes[0].covered }

  /// Adds (1) or takes away (-1) an interval.
  ///
  /// - Complexity: O(*w*) for numbers of *w* bits.
  mutating func add(_ change: Int32, _ first: Bound, _ last: Bound) {
    add(change, first, last, 0, .min, .max)
  }

  private mutating func add(
    _ change: Int32, _ first: Bound, _ last: Bound, _ node: Int, _ lower: Bound, _ upper: Bound
  ) {
    if first <= lower, upper <= last {
      nodes[node].count += change
    } else {
      let middle = lower + (upper - lower) / 2
      if first <= middle {
        let child = child(of: node, isLeft: true)
        add(change, first, last, child, lower, middle)
      }
      if last > middle {
        let child = child(of: node, isLeft: false)
        add(change, first, last, child, middle + 1, upper)
      }
    }
    nodes[node].covered =
      nodes[node].count > 0
      ? .full : .joined(covered(nodes[node].left), covered(nodes[node].right))
  }

  private func covered(_ child: Int32) -> IntervalTrie {
    child < 0 ? .empty : nodes[Int(child)].covered
  }

  private mutating func child(of node: Int, isLeft: Bool) -> Int {
    let known = isLeft ? nodes[node].left : nodes[node].right
    if known >= 0 { return Int(known) }
    let index = Int32(nodes.count)
    nodes.append(Node())
    if isLeft { nodes[node].left = index } else { nodes[node].right = index }
    return Int(index)
  }
}
