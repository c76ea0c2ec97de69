/// Sorted, disjoint, non-adjacent closed intervals of one number line: the only form a set of
/// numbers has here, so that equal sets are equal arrays.
///
/// Internal and generic; the public types wrap it (a public generic costs eight times as much
/// across modules).
struct IntervalList<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
  struct Interval: Hashable, Sendable {
    var lower: Bound
    var upper: Bound
  }

  // INVARIANT: sorted by lower; for neighbours a, b: a.upper < b.lower and a.upper + 1 < b.lower.
  private(set) var intervals: [Interval]

  /// The empty set.
  init() { intervals = [] }

  /// Canonical by construction: one interval.
  init(_ lower: Bound, _ upper: Bound) {
    precondition(lower <= upper, "an interval's lower end is above its upper end")
    intervals = [Interval(lower: lower, upper: upper)]
  }

  /// Normalizes any intervals.
  ///
  /// - Complexity: O(*n* log *n*).
  init(normalizing unordered: [Interval]) {
    intervals = []
    guard unordered.count > 0 else { return }
    var sorted = unordered
    sorted.sort { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
    intervals.reserveCapacity(sorted.count)
    for interval in sorted { appendMerging(interval) }
    checkInvariants()
  }

  /// Takes intervals that are known to be in canonical form.
  init(canonical: [Interval]) {
    intervals = canonical
    checkInvariants()
  }

  /// Appends an interval whose lower end is not below the last one's.
  private mutating func appendMerging(_ interval: Interval) {
    if let last = intervals.last, last.upper == .max || interval.lower <= last.upper + 1 {
      if interval.upper > last.upper { intervals[intervals.count - 1].upper = interval.upper }
    } else {
      intervals.append(interval)
    }
  }

  var isEmpty: Bool { intervals.isEmpty }
  var isFull: Bool {
    intervals.count == 1 && intervals[0].lower == .min && intervals[0].upper == .max
  }

  func checkInvariants() {
    #if DEBUG
      for index in intervals.indices {
        precondition(intervals[index].lower <= intervals[index].upper)
        if index > 0 {
          precondition(intervals[index - 1].upper < intervals[index].lower)
          precondition(intervals[index - 1].upper + 1 < intervals[index].lower)
        }
      }
    #endif
  }

  /// The index of the first interval that ends at or after `value`.
  ///
  /// - Complexity: O(log *n*).
  func firstIndex(endingAtOrAfter value: Bound) -> Int {
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upper < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// - Complexity: O(log *n*).
  func contains(_ value: Bound) -> Bool {
    let index = firstIndex(endingAtOrAfter: value)
    return index < intervals.count && intervals[index].lower <= value
  }

  /// Returns whether all of `lower...upper` is in the set: it then lies in one interval.
  ///
  /// - Complexity: O(log *n*).
  func contains(_ lower: Bound, _ upper: Bound) -> Bool {
    let index = firstIndex(endingAtOrAfter: lower)
    return index < intervals.count && intervals[index].lower <= lower
      && upper <= intervals[index].upper
  }

  /// Returns whether any of `lower...upper` is in the set.
  ///
  /// - Complexity: O(log *n*).
  func intersects(_ lower: Bound, _ upper: Bound) -> Bool {
    let index = firstIndex(endingAtOrAfter: lower)
    return index < intervals.count && intervals[index].lower <= upper
  }

  /// - Complexity: O(*n* + *m*).
  func union(_ other: IntervalList) -> IntervalList {
    if isEmpty { return other }
    if other.isEmpty { return self }
    var result = IntervalList()
    result.intervals.reserveCapacity(intervals.count + other.intervals.count)
    var left = 0
    var right = 0
    while left < intervals.count || right < other.intervals.count {
      if right == other.intervals.count
        || (left < intervals.count && intervals[left].lower <= other.intervals[right].lower)
      {
        result.appendMerging(intervals[left])
        left += 1
      } else {
        result.appendMerging(other.intervals[right])
        right += 1
      }
    }
    result.checkInvariants()
    return result
  }

  /// - Complexity: O(*n* + *m*).
  func intersection(_ other: IntervalList) -> IntervalList {
    var result: [Interval] = []
    var left = 0
    var right = 0
    while left < intervals.count, right < other.intervals.count {
      let a = intervals[left]
      let b = other.intervals[right]
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
    var result: [Interval] = []
    var right = 0
    for interval in intervals {
      var lower = interval.lower
      var exhausted = false
      while right < other.intervals.count, other.intervals[right].upper < lower { right += 1 }
      var cursor = right
      while cursor < other.intervals.count, other.intervals[cursor].lower <= interval.upper {
        let hole = other.intervals[cursor]
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
    intervals.allSatisfy { other.contains($0.lower, $0.upper) }
  }

  /// - Complexity: O(*n* + *m*).
  func isDisjoint(with other: IntervalList) -> Bool {
    var left = 0
    var right = 0
    while left < intervals.count, right < other.intervals.count {
      let a = intervals[left]
      let b = other.intervals[right]
      if a.lower <= b.upper && b.lower <= a.upper { return false }
      if a.upper < b.upper { left += 1 } else { right += 1 }
    }
    return true
  }
}
