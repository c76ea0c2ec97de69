/// A set of numbers in its one form: sorted, disjoint, non-adjacent closed intervals, or, where these
/// are many, a trie that shares what it can with other sets.
///
/// Internal and generic; the public types wrap it (a public generic costs eight times as much
/// across modules).
struct IntervalList<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
  struct Interval: Hashable, Sendable {
    var lower: Bound
    var upper: Bound
  }

  /// Above so many intervals a set is a trie.
  ///
  /// What it is depends on the set alone, so equal sets have equal forms.
  static var flatLimit: Int { 256 }

  private enum Form: Sendable {
    // INVARIANT: sorted by lower; for neighbours a, b: a.upper < b.lower and a.upper + 1 < b.lower;
    // at most `flatLimit` of them.
    case flat([Interval])
    // INVARIANT: more than `flatLimit` intervals.
    case trie(IntervalTrie)
  }

  private var form: Form

  /// The empty set.
  init() { form = .flat([]) }

  /// Canonical by construction: one interval.
  init(_ lower: Bound, _ upper: Bound) {
    precondition(lower <= upper, "an interval's lower end is above its upper end")
    form = .flat([Interval(lower: lower, upper: upper)])
  }

  /// Takes a trie, which becomes a list where it is small.
  init(_ trie: IntervalTrie) {
    guard trie.count <= Self.flatLimit else {
      form = .trie(trie)
      return
    }
    var intervals: [Interval] = []
    intervals.reserveCapacity(trie.count)
    trie.append(to: &intervals)
    form = .flat(intervals)
  }

  /// The intervals in ascending order.
  ///
  /// - Complexity: O(1), or O(*n* *w*) for a large set.
  var intervals: [Interval] {
    switch form {
    case .flat(let intervals): return intervals
    case .trie(let trie):
      var intervals: [Interval] = []
      intervals.reserveCapacity(trie.count)
      trie.append(to: &intervals)
      return intervals
    }
  }

  /// The set as a trie, whatever its form.
  private var trie: IntervalTrie {
    switch form {
    case .flat(let intervals): .build(intervals[...])
    case .trie(let trie): trie
    }
  }

  /// Both lists, if both sets are lists.
  private static func lists(
    _ left: IntervalList, _ right: IntervalList
  ) -> ([Interval], [Interval])? {
    guard case .flat(let a) = left.form, case .flat(let b) = right.form else { return nil }
    return (a, b)
  }

  static func == (left: IntervalList, right: IntervalList) -> Bool {
    var pairs = IntervalTrie.EqualPairs()
    return left.isEqual(to: right, &pairs)
  }

  func isEqual(to other: IntervalList, _ pairs: inout IntervalTrie.EqualPairs) -> Bool {
    switch (form, other.form) {
    case (.flat(let a), .flat(let b)): a == b
    case (.trie(let a), .trie(let b)): a.isEqual(to: b, &pairs)
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch form {
    case .flat(let intervals): hasher.combine(intervals)
    case .trie(let trie): hasher.combine(trie.hash)
    }
  }

  /// Normalizes any intervals.
  ///
  /// - Complexity: O(*n* log *n*).
  init(normalizing unordered: [Interval]) {
    guard unordered.count > 0 else {
      self.init()
      return
    }
    var sorted = unordered
    sorted.sort { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
    var merged: [Interval] = []
    merged.reserveCapacity(sorted.count)
    for interval in sorted { Self.append(interval, to: &merged) }
    self.init(canonical: merged)
  }

  /// Takes intervals that are known to be in canonical form.
  init(canonical: [Interval]) {
    form = canonical.count > Self.flatLimit ? .trie(.build(canonical[...])) : .flat(canonical)
    checkInvariants()
  }

  /// Appends an interval whose lower end is not below the last one's.
  private static func append(_ interval: Interval, to merged: inout [Interval]) {
    if let last = merged.last, last.upper == .max || interval.lower <= last.upper + 1 {
      if interval.upper > last.upper { merged[merged.count - 1].upper = interval.upper }
    } else {
      merged.append(interval)
    }
  }

  var isEmpty: Bool { if case .flat(let intervals) = form { intervals.isEmpty } else { false } }
  var isFull: Bool {
    guard case .flat(let intervals) = form else { return false }
    return intervals.count == 1 && intervals[0].lower == .min && intervals[0].upper == .max
  }
  /// The first interval, if there is one.
  var first: Interval? {
    switch form {
    case .flat(let intervals): intervals.first
    case .trie: intervals.first
    }
  }

  func checkInvariants() {
    #if DEBUG
      // A trie has its order in its bones, and is too large to be written out every time.
      guard case .flat(let intervals) = form else { return }
      for index in intervals.indices {
        precondition(intervals[index].lower <= intervals[index].upper)
        if index > 0 {
          precondition(intervals[index - 1].upper < intervals[index].lower)
          precondition(intervals[index - 1].upper + 1 < intervals[index].lower)
        }
      }
    #endif
  }

  /// The index of the first of some intervals that ends at or after `value`.
  private static func firstIndex(
    of intervals: [Interval], endingAtOrAfter value: Bound
  ) -> Int {
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upper < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// - Complexity: O(log *n*).
  func contains(_ value: Bound) -> Bool { contains(value, value) }

  /// Returns whether all of `lower...upper` is in the set: it then lies in one interval.
  ///
  /// - Complexity: O(log *n*).
  func contains(_ lower: Bound, _ upper: Bound) -> Bool {
    switch form {
    case .flat(let intervals):
      let index = Self.firstIndex(of: intervals, endingAtOrAfter: lower)
      return index < intervals.count && intervals[index].lower <= lower
        && upper <= intervals[index].upper
    case .trie(let trie): return trie.has(lower, upper, any: false)
    }
  }

  /// Returns whether any of `lower...upper` is in the set.
  ///
  /// - Complexity: O(log *n*).
  func intersects(_ lower: Bound, _ upper: Bound) -> Bool {
    switch form {
    case .flat(let intervals):
      let index = Self.firstIndex(of: intervals, endingAtOrAfter: lower)
      return index < intervals.count && intervals[index].lower <= upper
    case .trie(let trie): return trie.has(lower, upper, any: true)
    }
  }

  /// - Complexity: O(*n* + *m*).
  func union(_ other: IntervalList) -> IntervalList {
    if isEmpty { return other }
    if other.isEmpty { return self }
    guard let (a, b) = Self.lists(self, other) else { return IntervalList(trie.union(other.trie)) }
    var result: [Interval] = []
    result.reserveCapacity(a.count + b.count)
    var left = 0
    var right = 0
    while left < a.count || right < b.count {
      if right == b.count || (left < a.count && a[left].lower <= b[right].lower) {
        Self.append(a[left], to: &result)
        left += 1
      } else {
        Self.append(b[right], to: &result)
        right += 1
      }
    }
    return IntervalList(canonical: result)
  }

  /// - Complexity: O(*n* + *m*).
  func intersection(_ other: IntervalList) -> IntervalList {
    guard let (lefts, rights) = Self.lists(self, other) else {
      return IntervalList(trie.intersection(other.trie))
    }
    var result: [Interval] = []
    var left = 0
    var right = 0
    while left < lefts.count, right < rights.count {
      let a = lefts[left]
      let b = rights[right]
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      if lower <= upper { result.append(Interval(lower: lower, upper: upper)) }
      if a.upper < b.upper { left += 1 } else { right += 1 }
    }
    // canonical by construction: two results are apart by a gap of one of the operands.
    return IntervalList(canonical: result)
  }

  /// - Complexity: O(*n* + *m*).
  func subtracting(_ other: IntervalList) -> IntervalList {
    if isEmpty || other.isEmpty { return self }
    guard let (intervals, holes) = Self.lists(self, other) else {
      return IntervalList(trie.subtracting(other.trie))
    }
    var result: [Interval] = []
    var right = 0
    for interval in intervals {
      var lower = interval.lower
      var exhausted = false
      while right < holes.count, holes[right].upper < lower { right += 1 }
      var cursor = right
      while cursor < holes.count, holes[cursor].lower <= interval.upper {
        let hole = holes[cursor]
        if hole.lower > lower { result.append(Interval(lower: lower, upper: hole.lower - 1)) }
        if hole.upper >= interval.upper {
          exhausted = true
          break
        }
        lower = hole.upper + 1
        cursor += 1
      }
      right = cursor
      if !exhausted { result.append(Interval(lower: lower, upper: interval.upper)) }
    }
    // canonical by construction: two results are apart by a hole or by a gap of the left operand.
    return IntervalList(canonical: result)
  }

  /// - Complexity: O(*n* log *m*).
  func isSubset(of other: IntervalList) -> Bool {
    guard case .flat(let intervals) = form else { return subtracting(other).isEmpty }
    return intervals.allSatisfy { other.contains($0.lower, $0.upper) }
  }

  /// - Complexity: O(*n* + *m*).
  func isDisjoint(with other: IntervalList) -> Bool {
    guard let (lefts, rights) = Self.lists(self, other) else {
      return trie.isDisjoint(with: other.trie)
    }
    var left = 0
    var right = 0
    while left < lefts.count, right < rights.count {
      let a = lefts[left]
      let b = rights[right]
      if a.lower <= b.upper && b.lower <= a.upper { return false }
      if a.upper < b.upper { left += 1 } else { right += 1 }
    }
    return true
  }
}
