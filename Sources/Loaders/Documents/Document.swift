import SGModel

/// One value tree with the place of every token: a flat list of nodes in document order.
///
/// Made by a reader of JSON or YAML, for a whole small file or for one element of a long list at a
/// time; the memory is used again for the next element. A class because it owns that memory and
/// because `Value` points into it without counting references.
package final class Document {
  /// What a node is.
  package enum Kind: UInt8 {
    case null, bool, number, string, array, object
    /// A YAML scalar without quotes: what it is depends on the field that asks.
    case plain
  }

  /// One token, or a whole array or object.
  struct Node {
    /// The offset of the first byte in the file, quotes included.
    var start: Int
    /// The offset after the last byte.
    var end: Int
    /// The index of the node after this one and all that is inside it.
    var next: Int32
    /// What it is.
    var kind: Kind
    /// Whether the text is not the bytes between `start` and `end` (less quotes), but has to be
    /// decoded or looked up in `Document.decoded`.
    var isEncoded: Bool
  }

  /// What values look at, without counting references.
  struct Core {
    /// The nodes.
    ///
    /// An object's members are its keys and values in turn.
    var nodes: UnsafeMutablePointer<Node>
    /// The bytes of the file.
    var bytes: UnsafeRawBufferPointer
    /// The number of the file.
    var source: Int32
    /// Texts of nodes that the reader had to decode (YAML).
    var decoded: [Int32: String] = [:]

    /// Whether the bytes from `offset` on are those at `expected`; there must be `length` of both.
    @inline(__always)
    func isEqual(at offset: Int, to expected: UnsafePointer<UInt8>, _ length: Int) -> Bool {
      guard let base = bytes.baseAddress, offset >= 0, offset + length <= bytes.count else {
        return length == 0
      }
      let text = (base + offset).assumingMemoryBound(to: UInt8.self)
      // Keys of one length mostly differ in their last bytes: `from_port`, `protocol`.
      var position = length
      while position > 0 {
        position -= 1
        if text[position] != expected[position] { return false }
      }
      return true
    }

    /// Whether `count` bytes of the file are the same in two places.
    func isSame(_ left: Int, _ right: Int, count: Int) -> Bool {
      guard left >= 0, right >= 0, left + count <= bytes.count, right + count <= bytes.count,
        let base = bytes.baseAddress
      else { return false }
      return JSONBytes.isSame(base + left, base + right, count)
    }
  }

  /// What values look at.
  let core: UnsafeMutablePointer<Core>
  /// How many there is room for.
  private(set) var capacity: Int
  /// How many nodes there are.
  private(set) var count = 0

  /// The nodes.
  var nodes: UnsafeMutablePointer<Node> { core.pointee.nodes }
  /// The bytes of the file; set by the reader.
  var bytes: UnsafeRawBufferPointer {
    get { core.pointee.bytes }
    set { core.pointee.bytes = newValue }
  }
  /// The number of the file.
  var source: Int32 { core.pointee.source }
  /// Texts of nodes that the reader had to decode (YAML).
  var decoded: [Int32: String] {
    get { core.pointee.decoded }
    _modify { yield &core.pointee.decoded }
  }

  /// Creates an empty tree over the bytes of file number `source`, with room for `capacity` nodes.
  package init(bytes: UnsafeRawBufferPointer, source: Int32, capacity: Int = 256) {
    self.capacity = max(1, capacity)
    core = .allocate(capacity: 1)
    core.initialize(
      to: Core(nodes: .allocate(capacity: self.capacity), bytes: bytes, source: source))
  }

  deinit {
    nodes.deallocate()
    core.deinitialize(count: 1)
    core.deallocate()
  }

  /// Forgets all nodes and keeps the memory.
  package func removeAll() {
    count = 0
    if !decoded.isEmpty { decoded = [:] }
  }

  /// Appends a node and returns its index.
  @inline(__always)
  func append(_ kind: Kind, start: Int, end: Int, isEncoded: Bool = false) -> Int32 {
    if count == capacity { grow() }
    let index = Int32(truncatingIfNeeded: count)
    (nodes + count).initialize(
      to: Node(start: start, end: end, next: index + 1, kind: kind, isEncoded: isEncoded))
    count += 1
    return index
  }

  /// Appends a node that was made elsewhere and returns its index.
  func append(_ node: Node) -> Int32 {
    if count == capacity { grow() }
    let index = Int32(truncatingIfNeeded: count)
    (nodes + count).initialize(to: node)
    count += 1
    return index
  }

  /// Forgets the nodes from `index` on, which must belong to no array or object that was closed.
  func removeNodes(from index: Int32) {
    let end = Int32(truncatingIfNeeded: count)
    if decoded.count < end - index {
      for gone in decoded.keys where gone >= index { decoded[gone] = nil }
    } else {
      for gone in index..<end { decoded[gone] = nil }
    }
    count = Int(index)
  }

  /// Says that a reader has written the nodes before `count`.
  func take(_ count: Int) { self.count = count }

  /// Makes room for `count` nodes in all.
  func reserve(_ count: Int) { while capacity < count { grow() } }

  /// Makes room for twice as many nodes.
  func grow() {
    let larger = UnsafeMutablePointer<Node>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: nodes, count: count)
    nodes.deallocate()
    core.pointee.nodes = larger
    capacity *= 2
  }

  /// Says that the array or object at `index` ends before `end` and holds all nodes after it.
  @inline(__always)
  func close(_ index: Int32, end: Int) {
    nodes[Int(index)].end = end
    nodes[Int(index)].next = Int32(truncatingIfNeeded: count)
  }

  /// Whether the same bytes stand in two places of the file.
  func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    left.count == right.count
      && core.pointee.isSame(left.lowerBound, right.lowerBound, count: left.count)
  }

  /// The first value.
  package var root: Value? { count > 0 ? Value(document: self, index: 0) : nil }
}

/// A value of a `Document`: a node seen with its document.
///
/// Valid for as long as the document is, and until the document is used for another element.
package struct Value {
  private let core: UnsafeMutablePointer<Document.Core>
  let index: Int32

  /// The value at `index` of a document.
  init(document: Document, index: Int32) {
    core = document.core
    self.index = index
  }

  @inline(__always)
  fileprivate init(_ core: UnsafeMutablePointer<Document.Core>, _ index: Int32) {
    self.core = core
    self.index = index
  }

  /// No elements, in the document of this value.
  var noElements: Elements { Elements(core: core, cursor: 0, end: 0) }
  /// No members, in the document of this value.
  var noMembers: Members { Members(core: core, cursor: 0, end: 0) }

  @inline(__always)
  var node: Document.Node { core.pointee.nodes[Int(index)] }
  /// What it is.
  package var kind: Document.Kind { node.kind }
  /// Where it stands.
  var span: SourceSpan {
    let node = node
    return SourceSpan(source: core.pointee.source, start: node.start, end: node.end)
  }
  /// Whether it is null, written `null`, or as an empty YAML scalar or `~`.
  var isNull: Bool {
    switch kind {
    case .null: true
    case .plain:
      hasText("") || hasText("~") || hasText("null") || hasText("Null") || hasText("NULL")
    default: false
    }
  }
  var isObject: Bool { kind == .object }
  var isArray: Bool { kind == .array }
  var isString: Bool { kind == .string || kind == .plain }

  /// The bytes of the token without quotes, as they stand in the file.
  var rawBytes: UnsafeRawBufferPointer {
    let node = node
    let quotes = node.kind == .string ? 1 : 0
    return UnsafeRawBufferPointer(
      rebasing: core.pointee.bytes[(node.start + quotes)..<(node.end - quotes)])
  }

  /// Of all that is in it the value that is written last; itself, where there is nothing in it.
  var lastInside: Value { Value(core, node.next - 1) }

  /// The first byte of the token, a quote or bracket with it.
  var firstByte: UInt8? {
    let node = node
    return node.start < node.end ? core.pointee.bytes[node.start] : nil
  }

  /// The decoded text of a string or of any other scalar.
  package var text: String {
    let node = node
    if node.isEncoded {
      if let decoded = core.pointee.decoded[index] { return decoded }
      return JSONText.decode(rawBytes)
    }
    return String(decoding: rawBytes, as: UTF8.self)
  }

  /// Whether this is a string, a YAML scalar or a number.
  var isScalar: Bool {
    switch kind {
    case .string, .number, .plain: true
    case .null, .bool, .array, .object: false
    }
  }

  /// The addresses, where this is the text of an IPv4 block.
  var v4Block: IPv4Range? {
    let node = node
    guard node.kind == .string || node.kind == .plain, !node.isEncoded else { return nil }
    return JSONText.v4Block(rawBytes)
  }

  /// The text as UTF-8, for comparing keys: two `String`s are also equal where one writes `é` with one
  /// code point and the other with two, and these are two keys.
  var codeUnits: [UInt8] { node.isEncoded ? Array(text.utf8) : Array(rawBytes) }

  /// The text, where this is a string, a YAML scalar or a number.
  var scalarText: String? {
    switch kind {
    case .string, .number, .plain: text
    case .null, .bool, .array, .object: nil
    }
  }

  /// Returns whether the text is `expected`.
  @inline(__always)
  func hasText(_ expected: StaticString) -> Bool {
    let node = core.pointee.nodes + Int(index)
    if node.pointee.isEncoded { return text.utf8.elementsEqual(expected.description.utf8) }
    let quotes = node.pointee.kind == .string ? 1 : 0
    let start = node.pointee.start + quotes
    let length = node.pointee.end - quotes - start
    guard length == expected.utf8CodeUnitCount else { return false }
    return core.pointee.isEqual(at: start, to: expected.utf8Start, length)
  }

  /// `true` or `false`, in JSON or YAML (1.2).
  var boolean: Bool? {
    switch kind {
    case .bool: hasText("true")
    case .plain:
      if hasText("true") || hasText("True") || hasText("TRUE") {
        true
      } else if hasText("false") || hasText("False") || hasText("FALSE") {
        false
      } else {
        nil
      }
    case .null, .number, .string, .array, .object: nil
    }
  }

  /// A whole number, also one written as a string (`"443"`) or as `443.0`; nothing where it is not
  /// whole or does not fit.
  var integer: Int? {
    switch kind {
    case .number, .string, .plain:
      if let short = shortInteger { return short }
      let digits = node.isEncoded ? Array(text.utf8) : Array(rawBytes)
      // `0443` is 291 in YAML 1.1 and 443 in YAML 1.2: it is neither here.
      if kind == .plain, digits.count > 1, digits[0] == 0x30, digits[1] >= 0x30, digits[1] <= 0x39 {
        return nil
      }
      return JSONText.integer(digits)
    case .null, .bool, .array, .object: return nil
    }
  }

  /// The number, where it is written with a few digits and nothing else.
  private var shortInteger: Int? {
    // The bytes of an encoded YAML scalar are not its text.
    node.isEncoded ? nil : JSONText.shortInteger(rawBytes)
  }

  /// The member of an object with that key.
  ///
  /// - Complexity: O(number of members).
  subscript(_ key: StaticString) -> Value? {
    let nodes = core.pointee.nodes
    guard nodes[Int(index)].kind == .object else { return nil }
    let end = nodes[Int(index)].next
    var cursor = index + 1
    let wanted = key.utf8CodeUnitCount
    while cursor < end {
      let name = nodes + Int(cursor)
      // Two quotes in JSON, none or two in YAML.
      let length = name.pointee.end - name.pointee.start
      if length == wanted + 2 || name.pointee.isEncoded || name.pointee.kind == .plain,
        Value(core, cursor).hasText(key)
      {
        return Value(core, cursor + 1)
      }
      cursor = nodes[Int(cursor + 1)].next
    }
    return nil
  }

  /// One bit for each length, modulo 64, that a key of this object has; all bits where the lengths
  /// are not those of the texts.
  var keyLengths: UInt64 {
    let nodes = core.pointee.nodes
    guard nodes[Int(index)].kind == .object else { return 0 }
    let end = nodes[Int(index)].next
    var cursor = index + 1
    var result: UInt64 = 0
    while cursor < end {
      let key = nodes + Int(cursor)
      if key.pointee.isEncoded || key.pointee.kind != .string { return .max }
      result |= 1 << UInt64((key.pointee.end - key.pointee.start - 2) & 63)
      cursor = nodes[Int(cursor + 1)].next
    }
    return result
  }

  /// Whether `true` stands anywhere in it.
  var holdsTrue: Bool {
    let nodes = core.pointee.nodes
    for cursor in Int(index)..<Int(nodes[Int(index)].next) {
      let node = nodes + cursor
      // The other word is longer.
      if node.pointee.kind == .bool, node.pointee.end - node.pointee.start == 4 { return true }
    }
    return false
  }

  /// Whether the text is `whole` or what `whole` begins with.
  func isBeginning(of whole: String) -> Bool {
    guard !node.isEncoded else { return true }
    let raw = rawBytes
    var copy = whole
    return copy.withUTF8 { whole in
      raw.count <= whole.count && raw.elementsEqual(whole[..<raw.count])
    }
  }

  /// Whether two values are written with the same bytes.
  func isWritten(as other: Value) -> Bool {
    let left = core.pointee.nodes[Int(index)]
    let right = other.core.pointee.nodes[Int(other.index)]
    return core.pointee.isSame(left.start, right.start, count: left.end - left.start)
      && left.end - left.start == right.end - right.start
  }

  /// The member of an object with that key.
  func member(named key: String) -> Value? {
    members.first { $0.key.text.utf8.elementsEqual(key.utf8) }?.value
  }

  /// The elements of an array; nothing for any other value.
  package var elements: Elements {
    kind == .array
      ? Elements(core: core, cursor: index + 1, end: node.next)
      : Elements(core: core, cursor: 0, end: 0)
  }

  /// The members of an object in the order of the file; nothing for any other value.
  package var members: Members {
    kind == .object
      ? Members(core: core, cursor: index + 1, end: node.next)
      : Members(core: core, cursor: 0, end: 0)
  }

  /// What people call this kind of value.
  var kindName: String {
    switch kind {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string, .plain: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The elements of an array.
package struct Elements: Sequence, IteratorProtocol {
  fileprivate let core: UnsafeMutablePointer<Document.Core>
  var cursor: Int32
  let end: Int32

  package mutating func next() -> Value? {
    guard cursor < end else { return nil }
    let value = Value(core, cursor)
    cursor = value.node.next
    return value
  }
}

/// The members of an object.
package struct Members: Sequence, IteratorProtocol {
  fileprivate let core: UnsafeMutablePointer<Document.Core>
  var cursor: Int32
  let end: Int32

  package mutating func next() -> (key: Value, value: Value)? {
    guard cursor < end else { return nil }
    let key = Value(core, cursor)
    let value = Value(core, cursor + 1)
    cursor = value.node.next
    return (key, value)
  }
}

/// Texts and numbers of JSON.
enum JSONText {
  /// Decodes the escapes of a string that was checked by `JSONReader`.
  static func decode(_ raw: UnsafeRawBufferPointer) -> String {
    // No escape is shorter than what it stands for.
    String(unsafeUninitializedCapacity: raw.count) { out in
      var count = 0
      var index = 0
      func put(_ byte: UInt8) {
        out[count] = byte
        count += 1
      }
      func hex4(_ at: Int) -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 where at + offset < raw.count {
          let byte = UInt32(raw[at + offset])
          value = value << 4 | (byte <= 0x39 ? byte & 0xF : (byte & 0xF) + 9)
        }
        return value
      }
      while index < raw.count {
        let byte = raw[index]
        guard byte == UInt8(ascii: "\\"), index + 1 < raw.count else {
          put(byte)
          index += 1
          continue
        }
        let escaped = raw[index + 1]
        index += 2
        switch escaped {
        case UInt8(ascii: "n"): put(0x0A)
        case UInt8(ascii: "t"): put(0x09)
        case UInt8(ascii: "r"): put(0x0D)
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "f"): put(0x0C)
        case UInt8(ascii: "u"):
          var scalar = hex4(index)
          index += 4
          if scalar >= 0xD800, scalar < 0xDC00 {
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (hex4(index + 2) - 0xDC00)
            index += 6
          }
          for byte in String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8 { put(byte) }
        default: put(escaped)
        }
      }
      return count
    }
  }

  /// The addresses of an IPv4 block.
  static func v4Block(_ raw: UnsafeRawBufferPointer) -> IPv4Range? {
    guard raw.count <= 18 else { return nil }
    var address: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var dots = 0
    var isLength = false
    for byte in raw {
      switch byte {
      case 0x30...0x39:
        // Zeros in front are no decimal numbers.
        guard digits == 0 || part != 0 else { return nil }
        part = part * 10 + UInt32(byte - 0x30)
        digits += 1
        guard digits <= 3 else { return nil }
      case UInt8(ascii: "."), UInt8(ascii: "/"):
        guard digits > 0, part <= 255, !isLength else { return nil }
        address = address << 8 | part
        part = 0
        digits = 0
        if byte == UInt8(ascii: ".") { dots += 1 } else { isLength = true }
        guard dots <= 3, !isLength || dots == 3 else { return nil }
      default: return nil
      }
    }
    guard isLength, digits > 0, part <= 32 else { return nil }
    return IPv4Range(address: address, length: Int(part))
  }

  /// The number that is written with a few digits and nothing else.
  static func shortInteger(_ raw: UnsafeRawBufferPointer) -> Int? {
    guard raw.count > 0, raw.count < 10, raw[0] != 0x30 || raw.count == 1 else { return nil }
    var result = 0
    for byte in raw {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      result = result * 10 + Int(byte - 0x30)
    }
    return result
  }

  /// Reads a whole number in decimal, with a fraction of zeros and an exponent at most.
  static func integer(_ text: [UInt8]) -> Int? {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var digits: [UInt8] = []
    var exponent = 0
    let start = index
    while index < text.count, text[index] >= 0x30, text[index] <= 0x39 {
      digits.append(text[index] - 0x30)
      index += 1
    }
    guard index > start else { return nil }
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      let fraction = index
      while index < text.count, text[index] >= 0x30, text[index] <= 0x39 {
        digits.append(text[index] - 0x30)
        exponent -= 1
        index += 1
      }
      guard index > fraction else { return nil }
    }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      var isMinus = false
      if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
        isMinus = text[index] == UInt8(ascii: "-")
        index += 1
      }
      var value = 0
      let first = index
      while index < text.count, text[index] >= 0x30, text[index] <= 0x39 {
        value = min(value * 10 + Int(text[index] - 0x30), 100_000)
        index += 1
      }
      guard index > first else { return nil }
      exponent += isMinus ? -value : value
    }
    guard index == text.count else { return nil }
    while exponent < 0, let last = digits.last {
      guard last == 0 else { return nil }
      digits.removeLast()
      exponent += 1
    }
    var result = 0
    for digit in digits {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit))
      if overflow || carry { return nil }
      result = sum
    }
    while exponent > 0, result != 0 {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      result = product
      exponent -= 1
    }
    return isNegative ? -result : result
  }
}

/// Why a text is not well formed, and where.
package struct SyntaxError: Error {
  /// What is wrong: lower case, no period.
  package var message: String
  /// The offset of the byte.
  package var offset: Int
}
