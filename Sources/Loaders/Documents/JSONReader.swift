import SGModel

/// Reads JSON texts strictly (RFC 8259): grammar, numbers, escapes, surrogates, UTF-8.
///
/// A cursor over bytes in memory. Loaders walk the outer levels with `enterObject`, `nextMember`,
/// `enterArray` and `nextElement`, and read what they need into a `Document` with `read`, or pass
/// over it with `skip`; what is passed over is checked all the same.
package struct JSONReader {
  /// How deep arrays and objects may be nested.
  static let depthLimit = 512

  let base: UnsafePointer<UInt8>
  let count: Int
  /// The offset of the next byte.
  package private(set) var position: Int
  /// How many arrays and objects around a value that is read next count as levels of it.
  var outerDepth = 0
  /// Where the last key of `nextMember` stands.
  private(set) var keyStart = 0
  /// Whose memory is let go of behind the reader, if that was asked for.
  private var owner: Unmanaged<ReadBehind>?
  /// Everything before has been let go of.
  private var forgotten = 0
  /// Where the next stretch is let go of.
  private var nextStretch = Int.max
  private static let stretch = 1 << 20

  /// All bytes.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Lets go of what lies behind from here on, where it can be had again.
  ///
  /// `behind` is of the file that the reader reads, and must be there for as long as it does.
  mutating func forgetBehind(_ behind: ReadBehind) {
    guard behind.canForget else { return }
    owner = Unmanaged.passUnretained(behind)
    forgotten = position
    nextStretch = position + Self.stretch
  }

  /// Keeps what lies behind from here on.
  mutating func keepBehind() {
    owner = nil
    nextStretch = .max
  }

  /// Lets go of what lies behind, in whole pages.
  @inline(never)
  private mutating func forget() {
    let end = position & ~0xFFFF
    nextStretch = position + Self.stretch
    guard end > forgotten else { return }
    owner?.takeUnretainedValue().forget(forgotten..<end)
    forgotten = end
  }

  /// Creates a reader at the start of `bytes`, behind a byte order mark.
  package init(_ bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    if let start = bytes.baseAddress {
      base = start.assumingMemoryBound(to: UInt8.self)
    } else {
      // Never read: the count is 0.
      base =
        UnsafePointer(bitPattern: 1)
        ?? UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
    }
    position = 0
    if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { position = 3 }
  }

  /// Goes to `offset`, which must be the start of a value.
  mutating func seek(to offset: Int) {
    position = offset
    guard owner != nil, offset < forgotten || offset > nextStretch else { return }
    forgotten = offset & ~0xFFFF
    nextStretch = offset + Self.stretch
  }

  // MARK: Walking

  /// Passes over white space and returns the next byte, or nothing at the end.
  @inline(__always)
  package mutating func peek() -> UInt8? {
    skipSpace()
    return position < count ? base[position] : nil
  }

  @inline(__always)
  private mutating func skipSpace() { position = spaceEnd(position) }

  /// Where the white space ends that begins at `start`, if any does.
  @inline(__always)
  private func spaceEnd(_ start: Int) -> Int {
    var cursor = start
    while cursor < count {
      let byte = base[cursor]
      if byte > 0x20 { return cursor }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return cursor }
      cursor &+= 1
      // Indentation comes in long runs of spaces: eight at a time.
      while cursor &+ 8 <= count {
        let word = UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self)
        let difference = word ^ 0x2020_2020_2020_2020
        if difference != 0 {
          cursor &+= difference.trailingZeroBitCount >> 3
          break
        }
        cursor &+= 8
      }
    }
    return cursor
  }

  /// Whether nothing but white space is left.
  package mutating func isAtEnd() -> Bool { peek() == nil }

  /// Steps into an object; false where the next value is something else.
  package mutating func enterObject() -> Bool {
    guard peek() == UInt8(ascii: "{") else { return false }
    position += 1
    return true
  }

  /// Steps into an array; false where the next value is something else.
  package mutating func enterArray() -> Bool {
    guard peek() == UInt8(ascii: "[") else { return false }
    position += 1
    return true
  }

  /// Returns the next key of the object that was entered, or nothing at its end.
  package mutating func nextMember(isFirst: inout Bool) throws(SyntaxError) -> String? {
    guard let key = try nextKey(isFirst: &isFirst) else { return nil }
    return key.isEncoded
      ? JSONText.decode(key.bytes) : String(decoding: key.bytes, as: UTF8.self)
  }

  /// Returns the next key as it is written, or nothing at the end of the object.
  @inline(__always)
  mutating func nextKey(
    isFirst: inout Bool
  ) throws(SyntaxError) -> (bytes: UnsafeRawBufferPointer, isEncoded: Bool)? {
    guard try step(closing: UInt8(ascii: "}"), isFirst: &isFirst) else { return nil }
    guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
    keyStart = position
    let isEncoded = try string()
    let raw = UnsafeRawBufferPointer(start: base + keyStart + 1, count: position - keyStart - 2)
    guard peek() == UInt8(ascii: ":") else { throw unexpected("`:` behind the key") }
    position += 1
    return (raw, isEncoded)
  }

  /// Goes to the next element of the array that was entered; false at its end.
  package mutating func nextElement(isFirst: inout Bool) throws(SyntaxError) -> Bool {
    try step(closing: UInt8(ascii: "]"), isFirst: &isFirst)
  }

  private mutating func step(closing: UInt8, isFirst: inout Bool) throws(SyntaxError) -> Bool {
    guard let byte = peek() else { throw unexpected("`\(Character(Unicode.Scalar(closing)))`") }
    if byte == closing {
      position += 1
      return false
    }
    if isFirst {
      isFirst = false
      return true
    }
    guard byte == UInt8(ascii: ",") else {
      throw unexpected("`,` or `\(Character(Unicode.Scalar(closing)))`")
    }
    position += 1
    if peek() == closing { throw unexpected("a value behind the comma") }
    return true
  }

  // MARK: Values

  /// Reads the next value with all that is in it to the end of `document`.
  package mutating func read(into document: Document) throws(SyntaxError) {
    var nodes = NodeSink(document)
    defer { nodes.giveBack() }
    try walk(&nodes)
  }

  /// Reads the next value alone into `document`.
  mutating func value(in document: Document) throws(SyntaxError) -> Value? {
    document.removeAll()
    try read(into: document)
    return document.root
  }

  /// Passes over the next value and checks it.
  package mutating func skip() throws(SyntaxError) {
    var nothing = NoSink()
    try walk(&nothing)
  }

  /// As `value(in:)`, for an element of a list whose elements are mostly written alike.
  mutating func value(in document: Document, _ shapes: JSONShapes) throws(SyntaxError) -> Value? {
    document.removeAll()
    _ = peek()
    let start = position
    guard let shape = match(shapes) else { return try newValue(in: document, shapes) }
    shapes.met(position - start)
    shapes.fill(document, shape, from: start)
    forgetIfDue()
    return document.root
  }

  /// As `value(in:_:)`, for an element that is known to be new.
  mutating func newValue(
    in document: Document, _ shapes: JSONShapes
  ) throws(SyntaxError) -> Value? {
    document.removeAll()
    let start = position
    try read(into: document)
    if shapes.wantsNew(position - start) { shapes.keep(document) }
    return document.root
  }

  /// As `skip`, for an element of a list whose elements are mostly written alike; `document` is used
  /// for those that are new.
  mutating func skip(_ shapes: JSONShapes, _ document: Document) throws(SyntaxError) {
    _ = peek()
    let start = position
    guard match(shapes) == nil else {
      shapes.met(position - start)
      forgetIfDue()
      return
    }
    try skip()
    guard position - start <= JSONShapes.longestNew, shapes.wantsNew(position - start) else {
      return
    }
    var again = self
    again.keepBehind()
    again.seek(to: start)
    document.removeAll()
    // What is passed over may have a key twice.
    if (try? again.read(into: document)) != nil { shapes.keep(document) }
  }

  /// Steps over an element that is written as one before it, and returns its shape; where it is not, the
  /// reader stands before it.
  ///
  /// Where the values of the element stand is in `shapes` afterwards.
  mutating func match(_ shapes: JSONShapes) -> Int? {
    _ = peek()
    let start = position
    let stretches = shapes.stretches
    let texts = UnsafeRawPointer(shapes.text)
    let values = shapes.values
    let bytes = UnsafeRawPointer(base)
    var count = 0
    var place = 0
    var cursor = start
    search: while true {
      let known = stretches + place &* JSONShapes.choices
      for index in 0..<JSONShapes.choices {
        let stretch = known[index]
        let length = Int(stretch.length)
        if length == 0 { break }
        let end = cursor &+ length
        guard end <= self.count,
          JSONBytes.isSame(bytes + cursor, texts + Int(stretch.start), length)
        else { continue }
        if stretch.behind == .end {
          position = end
          if index > 0 { swap(&known[0], &known[index]) }
          return Int(stretch.next)
        }
        guard end < self.count else { continue }
        let isText = stretch.behind == .text
        guard isText == (base[end] == UInt8(ascii: "\"")),
          isText || base[end] == UInt8(ascii: "-") || base[end] &- 0x30 < 10
        else { continue }
        var isEncoded = false
        if let behind = isText ? plainTextEnd(end) : plainNumberEnd(end) {
          cursor = behind
        } else {
          position = end
          if isText {
            guard let hasEscapes = try? string() else { break search }
            isEncoded = hasEscapes
          } else {
            guard (try? number()) != nil else { break search }
          }
          cursor = position
        }
        values[count] = JSONShapes.Part(start: end, end: cursor, isEncoded: isEncoded)
        count &+= 1
        if index > 0 { swap(&known[0], &known[index]) }
        place = Int(stretch.next)
        continue search
      }
      break
    }
    position = start
    return nil
  }

  /// Where the string that begins at `start` ends, if all of it is ASCII without escapes, and it does not
  /// reach the end of the bytes.
  @inline(__always)
  private func plainTextEnd(_ start: Int) -> Int? {
    let cursor = plainEnd(start &+ 1)
    return cursor < count && base[cursor] == UInt8(ascii: "\"") ? cursor &+ 1 : nil
  }

  /// Where the number that begins at `start` ends, if it is written with digits alone and punctuation is
  /// behind it.
  @inline(__always)
  private func plainNumberEnd(_ start: Int) -> Int? {
    var cursor = start
    while cursor < count, base[cursor] &- 0x30 < 10 { cursor &+= 1 }
    guard cursor > start, cursor < count, base[start] != 0x30 || cursor == start &+ 1,
      base[cursor] == UInt8(ascii: ",") || base[cursor] == UInt8(ascii: "}")
        || base[cursor] == UInt8(ascii: "]")
    else { return nil }
    return cursor
  }

  /// Lets go of what lies behind, if it is time to.
  @inline(__always)
  mutating func forgetIfDue() {
    if position > nextStretch { forget() }
  }

  /// Reads or passes over one value, without recursion.
  ///
  /// The place is kept out of the reader meanwhile, where it would be written to memory for every byte.
  private mutating func walk<S: TokenSink>(_ sink: inout S) throws(SyntaxError) {
    // One bit for each open level: whether it is an object. The innermost is bit 0; what does not
    // fit in one word is in `outer`.
    var levels: UInt64 = 0
    var outer: [UInt64] = []
    var depth = 0
    var cursor = position
    while true {
      // A value is due here.
      cursor = spaceEnd(cursor)
      guard cursor < count else { throw unexpected("a value", at: cursor) }
      let start = cursor
      let byte = base[cursor]
      switch byte {
      case UInt8(ascii: "\""):
        let (end, isEncoded) = try stringEnd(start)
        cursor = end
        sink.append(.string, start, cursor, isEncoded)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let opensObject = byte == UInt8(ascii: "{")
        guard depth < Self.depthLimit - outerDepth else {
          position = cursor
          throw tooDeep()
        }
        sink.open(opensObject ? .object : .array, start)
        cursor = spaceEnd(cursor &+ 1)
        // The closing brackets are two behind the opening ones.
        guard cursor < count, base[cursor] == byte &+ 2 else {
          if depth & 63 == 0, depth > 0 { outer.append(levels) }
          levels = levels << 1 | (opensObject ? 1 : 0)
          depth &+= 1
          if opensObject { cursor = try key(cursor, &sink) }
          continue
        }
        cursor &+= 1
        _ = sink.close(cursor)
      case UInt8(ascii: "t"):
        cursor = try literalEnd(start, "true")
        sink.append(.bool, start, cursor, false)
      case UInt8(ascii: "f"):
        cursor = try literalEnd(start, "false")
        sink.append(.bool, start, cursor, false)
      case UInt8(ascii: "n"):
        cursor = try literalEnd(start, "null")
        sink.append(.null, start, cursor, false)
      default:
        cursor = try numberEnd(start)
        sink.append(.number, start, cursor, false)
      }
      // Behind a value: close what ends here, or go on to the next one.
      while true {
        guard depth > 0 else {
          position = cursor
          return
        }
        let inObject = levels & 1 == 1
        if cursor < count, base[cursor] <= 0x20 { cursor = spaceEnd(cursor) }
        guard cursor < count else {
          throw unexpected(inObject ? "`,` or `}`" : "`,` or `]`", at: cursor)
        }
        let separator = base[cursor]
        if separator == UInt8(ascii: ",") {
          cursor &+= 1
          if inObject {
            cursor = try key(cursor, &sink)
          } else {
            cursor = spaceEnd(cursor)
            if cursor < count, base[cursor] == UInt8(ascii: "]") {
              throw unexpected("a value behind the comma", at: cursor)
            }
          }
          break
        }
        guard separator == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw unexpected(inObject ? "`,` or `}`" : "`,` or `]`", at: cursor)
        }
        cursor &+= 1
        if cursor > nextStretch {
          position = cursor
          forget()
        }
        levels >>= 1
        depth &-= 1
        if depth & 63 == 0, depth > 0, let word = outer.popLast() { levels = word }
        if let twice = sink.close(cursor) {
          throw SyntaxError(
            message: "duplicate key `\(sink.text(of: twice))`", offset: sink.start(of: twice))
        }
      }
    }
  }

  /// Takes the key that is due at `start` and returns where its value may begin.
  @inline(__always)
  private func key<S: TokenSink>(_ start: Int, _ sink: inout S) throws(SyntaxError) -> Int {
    var cursor = start
    if cursor < count, base[cursor] <= 0x20 { cursor = spaceEnd(cursor) }
    guard cursor < count, base[cursor] == UInt8(ascii: "\"") else {
      throw unexpected("a key in double quotes", at: cursor)
    }
    let (end, isEncoded) = try stringEnd(cursor)
    sink.append(.string, cursor, end, isEncoded)
    cursor = end
    if cursor < count, base[cursor] <= 0x20 { cursor = spaceEnd(cursor) }
    guard cursor < count, base[cursor] == UInt8(ascii: ":") else {
      throw unexpected("`:` behind the key", at: cursor)
    }
    return cursor &+ 1
  }

  // MARK: Scalars

  /// Where the literal `text` ends, which is due at `start`.
  @inline(__always)
  private func literalEnd(_ start: Int, _ text: StaticString) throws(SyntaxError) -> Int {
    let length = text.utf8CodeUnitCount
    guard start + length <= count else { throw unexpected("a value", at: start) }
    for offset in 0..<length where base[start + offset] != text.utf8Start[offset] {
      throw unexpected("a value", at: start)
    }
    return start + length
  }

  /// Passes over a number.
  private mutating func number() throws(SyntaxError) { position = try numberEnd(position) }

  /// Where the number ends that is due at `start`.
  private func numberEnd(_ start: Int) throws(SyntaxError) -> Int {
    func digits(_ at: inout Int) -> Bool {
      let first = at
      while at < count, base[at] &- 0x30 < 10 { at &+= 1 }
      return at > first
    }
    var cursor = start
    if cursor < count, base[cursor] == UInt8(ascii: "-") { cursor += 1 }
    if cursor < count, base[cursor] == UInt8(ascii: "0") {
      cursor += 1
    } else if !digits(&cursor) {
      throw unexpected("a value", at: start)
    }
    if cursor < count, base[cursor] == UInt8(ascii: ".") {
      cursor += 1
      guard digits(&cursor) else {
        throw SyntaxError(message: "a number ends in a decimal point", offset: start)
      }
    }
    if cursor < count, base[cursor] | 0x20 == UInt8(ascii: "e") {
      cursor += 1
      if cursor < count, base[cursor] == UInt8(ascii: "+") || base[cursor] == UInt8(ascii: "-") {
        cursor += 1
      }
      guard digits(&cursor) else {
        throw SyntaxError(message: "a number has an empty exponent", offset: start)
      }
    }
    // `01` and `1x` are not numbers; what may follow one is white space or punctuation.
    if cursor < count {
      switch base[cursor] {
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): break
      default: throw SyntaxError(message: "a number is not well formed", offset: start)
      }
    }
    return cursor
  }

  /// Passes over a string and returns whether it has escapes.
  @inline(__always)
  mutating func string() throws(SyntaxError) -> Bool {
    let (end, isEncoded) = try stringEnd(position)
    position = end
    return isEncoded
  }

  /// Where the string ends that begins at `start`, and whether it has escapes.
  @inline(__always)
  private func stringEnd(_ start: Int) throws(SyntaxError) -> (end: Int, isEncoded: Bool) {
    let cursor = plainEnd(start &+ 1)
    // Nearly all are ASCII without escapes.
    if cursor < count, base[cursor] == UInt8(ascii: "\"") { return (cursor &+ 1, false) }
    return try unusualStringEnd(start, cursor)
  }

  /// The first place from `start` on at which there is something to look at, eight bytes at a time: a quote,
  /// a backslash, a control character, a byte beyond ASCII; or one of the last bytes.
  @inline(__always)
  private func plainEnd(_ start: Int) -> Int {
    var cursor = start
    while cursor &+ 8 <= count {
      let hits = JSONBytes.marks(UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self))
      if hits != 0 { return cursor &+ (hits.trailingZeroBitCount >> 3) }
      cursor &+= 8
    }
    return cursor
  }

  /// Where the string ends that begins at `start` and is plain up to `known`.
  @inline(never)
  private func unusualStringEnd(
    _ start: Int, _ known: Int
  ) throws(SyntaxError) -> (end: Int, isEncoded: Bool) {
    var cursor = known
    var isEncoded = false
    while true {
      guard cursor < count else { throw SyntaxError(message: "a string has no end", offset: start) }
      let byte = base[cursor]
      if byte == UInt8(ascii: "\"") {
        return (cursor + 1, isEncoded)
      } else if byte == UInt8(ascii: "\\") {
        isEncoded = true
        cursor = try escape(at: cursor)
      } else if byte < 0x20 {
        throw SyntaxError(
          message: "a string holds a raw control character (byte \(byte))", offset: cursor)
      } else if byte < 0x80 {
        cursor += 1
      } else {
        cursor = try scalar(at: cursor)
      }
      cursor = plainEnd(cursor)
    }
  }

  /// Checks the escape at `cursor` and returns the offset behind it.
  private func escape(at cursor: Int) throws(SyntaxError) -> Int {
    guard cursor + 1 < count else {
      throw SyntaxError(message: "a string has no end", offset: cursor)
    }
    switch base[cursor + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return cursor + 2
    case UInt8(ascii: "u"):
      let first = try hex(at: cursor + 2)
      if first >= 0xDC00, first < 0xE000 {
        throw SyntaxError(message: "a string holds half of a surrogate pair", offset: cursor)
      }
      guard first >= 0xD800, first < 0xDC00 else { return cursor + 6 }
      guard cursor + 7 < count, base[cursor + 6] == UInt8(ascii: "\\"),
        base[cursor + 7] == UInt8(ascii: "u")
      else {
        throw SyntaxError(message: "a string holds half of a surrogate pair", offset: cursor)
      }
      let second = try hex(at: cursor + 8)
      guard second >= 0xDC00, second < 0xE000 else {
        throw SyntaxError(message: "a string holds half of a surrogate pair", offset: cursor)
      }
      return cursor + 12
    default:
      throw SyntaxError(message: "a string holds an unknown escape", offset: cursor)
    }
  }

  private func hex(at start: Int) throws(SyntaxError) -> UInt32 {
    guard start + 4 <= count else {
      throw SyntaxError(message: "a string has no end", offset: start)
    }
    var value: UInt32 = 0
    for offset in start..<(start + 4) {
      let byte = base[offset]
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte & 0xF) + 9)
      default:
        throw SyntaxError(
          message: "`\\u` is not followed by four hexadecimal digits", offset: start)
      }
    }
    return value
  }

  /// Checks one UTF-8 sequence beyond ASCII (Unicode, table 3-7) and returns the offset behind it.
  private func scalar(at cursor: Int) throws(SyntaxError) -> Int {
    guard let end = JSONBytes.scalarEnd(base, at: cursor, count: count) else {
      throw SyntaxError(message: "a string is not valid UTF-8", offset: cursor)
    }
    return end
  }

  // MARK: Errors

  /// The error that what stands here is nested too deep.
  func tooDeep() -> SyntaxError {
    SyntaxError(message: "nesting is deeper than \(Self.depthLimit) levels", offset: position)
  }

  /// The error that something else stands where `expected` should be.
  package func unexpected(_ expected: String) -> SyntaxError { unexpected(expected, at: position) }

  private func unexpected(_ expected: String, at position: Int) -> SyntaxError {
    guard position < count else {
      return SyntaxError(message: "the file ends where \(expected) should be", offset: count)
    }
    let byte = base[position]
    let found =
      byte > 0x20 && byte < 0x7F
      ? "`\(Character(Unicode.Scalar(byte)))`" : "byte 0x\(String(byte, radix: 16))"
    return SyntaxError(message: "\(found) stands where \(expected) should be", offset: position)
  }
}

/// The keys of an object that a loader walks; two equal ones are refused.
struct MemberNames {
  private var isFirst = true
  private var seen: Set<[UInt8]> = []

  /// The next key, or nothing at the end of the object.
  mutating func next(_ reader: inout JSONReader) throws(SyntaxError) -> String? {
    guard let key = try reader.nextMember(isFirst: &isFirst) else { return nil }
    guard seen.insert(Array(key.utf8)).inserted else {
      throw SyntaxError(message: "duplicate key `\(key)`", offset: reader.keyStart)
    }
    return key
  }
}

/// Takes the tokens of a value in the order of the text.
private protocol TokenSink {
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
private struct NoSink: TokenSink {
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
private struct NodeSink: TokenSink {
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
