/// Takes the tokens of a value in the order of the text.
protocol TokenSink {
  /// Takes a scalar or a key.
  mutating func append(_ kind: Document.Kind, _ start: Int, _ end: Int, _ isEncoded: Bool)
  /// Takes the start of an array or object.
  mutating func open(_ kind: Document.Kind, _ start: Int)
  /// Takes the end of the innermost array or object; returns a key that is in it twice.
  mutating func close(_ end: Int) -> Int32?
  /// The text of a key.
  func text(of key: Int32) -> String
  /// Where a key stands.
  func start(of key: Int32) -> Int
}

/// Keeps nothing: for what is only checked.
struct NoSink: TokenSink {
  @inline(__always)
  mutating func append(_ kind: Document.Kind, _ start: Int, _ end: Int, _ isEncoded: Bool) {}
  @inline(__always)
  mutating func open(_ kind: Document.Kind, _ start: Int) {}
  @inline(__always)
  mutating func close(_ end: Int) -> Int32? { nil }
  func text(of key: Int32) -> String { "" }
  func start(of key: Int32) -> Int { 0 }
}

/// Makes nodes of a document.
///
/// It has the document's memory at hand for as long as one value is read, and gives it back with
/// `giveBack`.
struct NodeSink: TokenSink {
  private let document: Document
  private var nodes: UnsafeMutablePointer<Document.Node>
  private var count: Int
  private var capacity: Int
  /// The innermost open node, or -1; while a node is open, its `next` is the one around it.
  private var innermost: Int32 = -1

  init(_ document: Document) {
    self.document = document
    nodes = document.nodes
    count = document.count
    capacity = document.capacity
  }

  func giveBack() { document.take(count) }

  @inline(__always)
  mutating func append(_ kind: Document.Kind, _ start: Int, _ end: Int, _ isEncoded: Bool) {
    if count == capacity { grow() }
    let next = Int32(truncatingIfNeeded: count) &+ 1
    (nodes + count).initialize(
      to: Document.Node(start: start, end: end, next: next, kind: kind, isEncoded: isEncoded))
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    document.take(count)
    document.grow()
    nodes = document.nodes
    capacity = document.capacity
  }

  @inline(__always)
  mutating func open(_ kind: Document.Kind, _ start: Int) {
    let index = Int32(truncatingIfNeeded: count)
    append(kind, start, start, false)
    nodes[Int(index)].next = innermost
    innermost = index
  }

  @inline(__always)
  mutating func close(_ end: Int) -> Int32? {
    let index = innermost
    let node = nodes + Int(index)
    innermost = node.pointee.next
    node.pointee.end = end
    node.pointee.next = Int32(truncatingIfNeeded: count)
    return node.pointee.kind == .object ? duplicate(in: index) : nil
  }

  func text(of key: Int32) -> String {
    document.take(count)
    return Value(document: document, index: key).text
  }

  func start(of key: Int32) -> Int { nodes[Int(key)].start }

  /// A reader that takes the last of two equal keys sees another document than one that takes the
  /// first: such an object is refused.
  private func duplicate(in object: Int32) -> Int32? {
    let end = nodes[Int(object)].next
    var cursor = object + 1
    // Programs sort the keys of a map: each that is behind the one before is behind all of them.
    var before: UInt64 = 0
    var last = cursor
    while cursor < end {
      let word = order(nodes[Int(cursor)])
      guard word > before || (word == before && word > 0 && isSorted(last, cursor)) else { break }
      before = word
      last = cursor
      cursor = nodes[Int(cursor + 1)].next
    }
    return cursor < end ? unsortedDuplicate(in: object) : nil
  }

  /// The first eight bytes of a key with the quote behind it as a number that sorts as they do, or 0
  /// where they cannot be had; those of one key are the same wherever it stands.
  @inline(__always)
  private func order(_ key: Document.Node) -> UInt64 {
    guard !key.isEncoded, key.start + 9 <= document.bytes.count else { return 0 }
    let word = UInt64(
      bigEndian: document.bytes.loadUnaligned(fromByteOffset: key.start + 1, as: UInt64.self))
    let length = key.end - key.start - 1
    guard length < 8 else { return word }
    let rest = UInt64(64 - length * 8)
    return (word >> rest) << rest
  }

  /// Whether one key is before another that begins with the same eight bytes.
  private func isSorted(_ left: Int32, _ right: Int32) -> Bool {
    let one = nodes[Int(left)]
    let two = nodes[Int(right)]
    let bytes = document.bytes
    // The quotes behind them count.
    for offset in 1..<min(one.end - one.start, two.end - two.start) {
      let (a, b) = (bytes[one.start + offset], bytes[two.start + offset])
      if a != b { return a < b }
    }
    return false
  }

  @inline(never)
  private func unsortedDuplicate(in object: Int32) -> Int32? {
    let end = nodes[Int(object)].next
    var cursor = object + 1
    // Most keys differ in their place in this table, and need not be compared.
    var seen = SIMD8<UInt64>()
    var members = 0
    while cursor < end {
      members += 1
      let key = nodes[Int(cursor)]
      if key.isEncoded || members > 64 { return duplicateByText(in: object) }
      let slot = hash(key)
      let bit: UInt64 = 1 << UInt64(slot & 63)
      let word = Int(slot >> 6 & 7)
      if seen[word] & bit != 0 {
        var other = object + 1
        while other < cursor {
          if isEqual(nodes[Int(other)], key) { return cursor }
          other = nodes[Int(other + 1)].next
        }
      }
      seen[word] |= bit
      cursor = nodes[Int(cursor + 1)].next
    }
    return nil
  }

  private func duplicateByText(in object: Int32) -> Int32? {
    document.take(count)
    let end = nodes[Int(object)].next
    var cursor = object + 1
    var seen: Set<[UInt8]> = []
    while cursor < end {
      if !seen.insert(Value(document: document, index: cursor).codeUnits).inserted { return cursor }
      cursor = nodes[Int(cursor + 1)].next
    }
    return nil
  }

  /// A number from 0 to 511 of the first and last bytes of a key.
  @inline(__always)
  private func hash(_ key: Document.Node) -> UInt64 {
    let bytes = document.bytes
    let length = key.end - key.start
    var mix = UInt64(truncatingIfNeeded: length)
    if length >= 10 {
      mix ^= bytes.loadUnaligned(fromByteOffset: key.start + 1, as: UInt64.self)
      mix = (mix ^ mix >> 29) &* 0x9E37_79B9_7F4A_7C15
      mix ^= bytes.loadUnaligned(fromByteOffset: key.end - 9, as: UInt64.self)
    } else {
      for offset in (key.start + 1)..<(key.end - 1) {
        mix = mix << 7 ^ mix >> 57 ^ UInt64(bytes[offset])
      }
    }
    return (mix &* 0x9E37_79B9_7F4A_7C15) >> 55
  }

  private func isEqual(_ left: Document.Node, _ right: Document.Node) -> Bool {
    let length = left.end - left.start
    guard length == right.end - right.start else { return false }
    let bytes = document.bytes
    for offset in 1..<length where bytes[left.start + offset] != bytes[right.start + offset] {
      return false
    }
    return true
  }
}
