/// How the elements of a list are written, as far as they were met: what stands between their texts and
/// numbers.
///
/// The elements of a long list repeat each other: their keys, their order, what is null in them. Where
/// an element is written as one before it, the stretches between its texts and numbers are compared
/// byte by byte instead of being parsed, and its nodes are those of the one before, moved
/// (`JSONReader.value(in:_:)`). What an element holds never depends on how it is read.
final class JSONShapes {
  /// What stands behind a stretch.
  enum Behind: UInt8 {
    case text, number
    /// Nothing: the element ends with the stretch.
    case end
  }

  /// Bytes that were met between two values, or before the first or behind the last one.
  struct Stretch {
    var start: Int32
    /// 0: there is none.
    var length: Int32
    /// What comes next; behind the last stretch the number of the shape.
    var next: Int32
    var behind: Behind
  }

  /// A value of an element: where it stands, with its quotes.
  struct Part {
    var start: Int
    var end: Int
    /// Whether it is written with escapes.
    var isEncoded: Bool

    /// Where its text stands, if it is a string.
    @inline(__always)
    var text: Range<Int> { Range(uncheckedBounds: (start &+ 1, end &- 1)) }
  }

  /// A node of a shape: where it begins and ends, counted from the end of a value before it.
  private struct Node {
    var start: Int32
    var end: Int32
    var next: Int32
    /// How many values have ended before it begins, and when it ends.
    var startsBehind: UInt16
    var endsBehind: UInt16
    var kind: Document.Kind
    /// Whether it is one of the values.
    var isValue: Bool
    /// Whether it is written with escapes, where it is none.
    var isEncoded: Bool
  }

  /// How many stretches may stand in one place.
  static let choices = 8
  private static let placeLimit = 2048
  private static let textLimit = 128 << 10
  private static let depthLimit = 32
  private static let nodeLimit = 12 << 10
  /// How many nodes an element may have: large ones are rarely alike.
  private static let sizeLimit = 160
  /// No element has more values than nodes.
  private static let valueLimit = sizeLimit
  /// Elements of more bytes than this mostly have more values than are kept, and are not read for that.
  static let longestNew = 24 * sizeLimit
  /// How many elements in a row may be new before not all of them are kept.
  private static let patience = 32
  /// From so many bytes on elements take long to be kept, and mostly have lists of different lengths: not all of them
  /// are kept unless as many are met again.
  private static let largeSize = 2 << 10

  /// The stretches of each place, those that were met last first.
  let stretches: UnsafeMutablePointer<Stretch>
  /// The bytes of all stretches.
  let text: UnsafeMutableRawPointer
  /// The values of the element that was matched last, in their order.
  let values: UnsafeMutablePointer<Part>
  private var places = 1
  private var used = 0
  // In memory of fixed size, of which what is not used takes none: lists that grow would be copied, and each
  // element that is kept would make some of its own.
  private let nodes: UnsafeMutablePointer<Node>
  private var nodeCount = 0
  private var shapes: [Range<Int>] = []
  /// Of the element that is being kept: which nodes are keys, which are values, and how many of these stand before
  /// each node.
  private let isKey: UnsafeMutablePointer<Bool>
  private let valueNodes: UnsafeMutablePointer<UInt16>
  private let valuesBefore: UnsafeMutablePointer<UInt16>
  /// How many small elements in a row were new.
  private var misses = 0
  /// How many large elements were met, were new, and were kept.
  private var large = (met: 0, new: 0, kept: 0)
  /// Changes where shapes are forgotten, and their numbers are given to others.
  private(set) var generation = 0

  init() {
    stretches = .allocate(capacity: Self.placeLimit * Self.choices)
    text = .allocate(byteCount: Self.textLimit, alignment: 16)
    values = .allocate(capacity: Self.valueLimit)
    values.initialize(
      repeating: Part(start: 0, end: 0, isEncoded: false), count: Self.valueLimit)
    nodes = .allocate(capacity: Self.nodeLimit)
    isKey = .allocate(capacity: Self.sizeLimit)
    isKey.initialize(repeating: false, count: Self.sizeLimit)
    valueNodes = .allocate(capacity: Self.valueLimit)
    valueNodes.initialize(repeating: 0, count: Self.valueLimit)
    valuesBefore = .allocate(capacity: Self.sizeLimit + 1)
    valuesBefore.initialize(repeating: 0, count: Self.sizeLimit + 1)
    clear(0)
  }

  deinit {
    stretches.deallocate()
    text.deallocate()
    values.deallocate()
    nodes.deallocate()
    isKey.deallocate()
    valueNodes.deallocate()
    valuesBefore.deallocate()
  }

  /// Makes a place without stretches.
  private func clear(_ place: Int) {
    (stretches + place * Self.choices).initialize(
      repeating: Stretch(start: 0, length: 0, next: 0, behind: .end), count: Self.choices)
  }

  /// Makes the nodes of the element that was matched last, which begins at `start` and has that shape.
  func fill(_ document: Document, _ shape: Int, from start: Int) {
    let range = shapes[shape]
    document.reserve(range.count)
    let target = document.nodes
    let known = nodes + range.lowerBound
    for index in 0..<range.count {
      let node = known[index]
      (target + index).initialize(
        to: Document.Node(
          start: end(start, node.startsBehind) &+ Int(node.start),
          end: end(start, node.endsBehind) &+ Int(node.end), next: node.next, kind: node.kind,
          isEncoded: node.isValue
            ? values[Int(node.startsBehind)].isEncoded : node.isEncoded))
    }
    document.take(range.count)
  }

  /// Where the last of the first `count` values ends, or where the element begins.
  @inline(__always)
  private func end(_ start: Int, _ count: UInt16) -> Int {
    count == 0 ? start : values[Int(count) &- 1].end
  }

  /// Which of the values of a shape the node with that index is; nothing where it is none.
  func value(ofNode index: Int32, of shape: Int) -> Int? {
    let range = shapes[shape]
    precondition(index >= 0 && Int(index) < range.count)
    let node = nodes[range.lowerBound + Int(index)]
    return node.isValue ? Int(node.startsBehind) : nil
  }

  /// Notes that an element of so many bytes is written as one before it.
  @inline(__always)
  func met(_ length: Int) {
    if length < Self.largeSize { misses = 0 } else { large.met += 1 }
  }

  /// Whether an element of so many bytes that is new is to be kept: where most are, it is of no use.
  func wantsNew(_ length: Int) -> Bool {
    guard length >= Self.largeSize else {
      misses += 1
      return misses <= Self.patience || misses & 15 == 0
    }
    large.new += 1
    guard large.kept < Self.patience || large.met > large.kept || large.new & 15 == 0 else {
      return false
    }
    large.kept += 1
    return true
  }

  /// Keeps how the one element of `document` is written.
  func keep(_ document: Document) {
    guard document.count > 0, document.nodes[0].kind == .object,
      document.count <= Self.sizeLimit
    else { return }
    let count = document.count
    let source = document.nodes
    let bytes = document.bytes
    guard let base = bytes.baseAddress, source[0].end <= bytes.count else { return }
    guard markKeys(source, count) else { return }
    var valueCount = 0
    for index in 0..<count where !isKey[index] {
      if source[index].kind == .string || source[index].kind == .number {
        valueNodes[valueCount] = UInt16(truncatingIfNeeded: index)
        valueCount += 1
      }
    }
    guard source[0].end - source[0].start <= Self.textLimit / 8 else { return }
    if places + valueCount > Self.placeLimit || nodeCount + count > Self.nodeLimit
      || used + source[0].end - source[0].start > Self.textLimit
    {
      forgetAll()
    }
    var place = 0
    var position = source[0].start
    for value in 0..<valueCount {
      let node = source[Int(valueNodes[value])]
      let behind: Behind = node.kind == .string ? .text : .number
      guard
        let next = add(
          base + position, node.start - position, behind, at: place, next: places)
      else { return }
      if next == places {
        clear(places)
        places += 1
      }
      place = next
      position = node.end
    }
    guard
      add(base + position, source[0].end - position, .end, at: place, next: shapes.count)
        == shapes.count
    else { return }
    takeNodes(source, count, valueCount)
  }

  /// Finds out which of the nodes of an element are keys, which are a part of what is compared; false where it is too
  /// deep.
  private func markKeys(_ source: UnsafeMutablePointer<Document.Node>, _ count: Int) -> Bool {
    isKey.update(repeating: false, count: count)
    // The ends of the lists and objects that a node stands in, of which no more are kept than may be open.
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.depthLimit) { open in
      var depth = 0
      for index in 0..<count where source[index].kind == .array || source[index].kind == .object {
        while depth > 0, open[depth - 1] <= index { depth -= 1 }
        // Far from the deepest that is read, wherever it stands.
        guard depth < Self.depthLimit else { return false }
        open[depth] = source[index].next
        depth += 1
        guard source[index].kind == .object else { continue }
        var cursor = index + 1
        while cursor < source[index].next {
          isKey[cursor] = true
          cursor = Int(source[cursor + 1].next)
        }
      }
      return true
    }
  }

  private func takeNodes(
    _ source: UnsafeMutablePointer<Document.Node>, _ count: Int, _ valueCount: Int
  ) {
    func end(_ value: UInt16) -> Int {
      value == 0 ? source[0].start : source[Int(valueNodes[Int(value) - 1])].end
    }
    // As many values have ended where a node begins as stand before it in the text.
    var passed = 0
    for index in 0...count {
      if passed < valueCount, valueNodes[passed] < index { passed += 1 }
      valuesBefore[index] = UInt16(truncatingIfNeeded: passed)
    }
    for index in 0..<count {
      let node = source[index]
      let (starts, ends) = (valuesBefore[index], valuesBefore[Int(node.next)])
      (nodes + nodeCount + index).initialize(
        to: Node(
          start: Int32(truncatingIfNeeded: node.start - end(starts)),
          end: Int32(truncatingIfNeeded: node.end - end(ends)), next: node.next,
          startsBehind: starts, endsBehind: ends, kind: node.kind,
          isValue: starts < valueCount && valueNodes[Int(starts)] == index,
          isEncoded: node.isEncoded))
    }
    shapes.append(nodeCount..<nodeCount + count)
    nodeCount += count
  }

  /// Adds a stretch to a place and returns what comes next; nothing where there are too many.
  private func add(
    _ bytes: UnsafeRawPointer, _ length: Int, _ behind: Behind, at place: Int, next: Int
  ) -> Int? {
    guard length > 0 else { return nil }
    let known = stretches + place * Self.choices
    for index in 0..<Self.choices {
      if known[index].length == 0 {
        (text + used).copyMemory(from: bytes, byteCount: length)
        known[index] = Stretch(
          start: Int32(truncatingIfNeeded: used), length: Int32(truncatingIfNeeded: length),
          next: Int32(truncatingIfNeeded: next), behind: behind)
        used += length
        return next
      }
      guard known[index].length == length, known[index].behind == behind else { continue }
      if JSONBytes.isSame(text + Int(known[index].start), bytes, length) {
        return Int(known[index].next)
      }
    }
    return nil
  }

  private func forgetAll() {
    generation += 1
    places = 1
    used = 0
    nodeCount = 0
    shapes.removeAll(keepingCapacity: true)
    clear(0)
  }
}
