import SGModel

/// Reads JSON texts strictly (RFC 8259): grammar, numbers, escapes, surrogates, UTF-8.
///
/// A cursor over bytes in memory. Loaders walk the outer levels with `enterObject`, `nextMember`,
/// `enterArray` and `nextElement`, and read what they need into a `Document` with `read`, or pass
/// over it with `skip`; what is passed over is checked all the same.
package struct JSONReader {
  /// How deep arrays and objects may be nested.
  static let depthLimit = 512

  /// The bytes, and where what stands in them ends.
  private let lexer: JSONLexer
  private var base: UnsafePointer<UInt8> { lexer.base }
  private var count: Int { lexer.count }
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
  private static let stretch = 1 << 19

  /// All bytes.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Counts the lines of what lies behind from here on, and lets go of it where it can be had again.
  ///
  /// `behind` is of the file that the reader reads, and must be there for as long as it does.
  mutating func forgetBehind(_ behind: ReadBehind) {
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
    lexer = JSONLexer(bytes)
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
  private mutating func skipSpace() { position = lexer.spaceEnd(position) }

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
    let lexer = lexer
    let bytes = UnsafeRawPointer(lexer.base)
    var found = 0
    var place = 0
    var cursor = start
    search: while true {
      let known = stretches + place &* JSONShapes.choices
      for index in 0..<JSONShapes.choices {
        let stretch = known[index]
        let length = Int(stretch.length)
        if length == 0 { break }
        let end = cursor &+ length
        guard end <= lexer.count,
          JSONBytes.isSame(bytes + cursor, texts + Int(stretch.start), length)
        else { continue }
        if stretch.behind == .end {
          position = end
          if index > 0 { swap(&known[0], &known[index]) }
          return Int(stretch.next)
        }
        guard end < lexer.count else { continue }
        let isText = stretch.behind == .text
        guard isText == (lexer.base[end] == UInt8(ascii: "\"")),
          isText || lexer.base[end] == UInt8(ascii: "-") || lexer.base[end] &- 0x30 < 10
        else { continue }
        var isEncoded = false
        if let behind = isText ? lexer.plainTextEnd(end) : lexer.plainNumberEnd(end) {
          cursor = behind
        } else if isText {
          guard let text = try? lexer.stringEnd(end) else { break search }
          (cursor, isEncoded) = text
        } else {
          guard let behind = try? lexer.numberEnd(end) else { break search }
          cursor = behind
        }
        values[found] = JSONShapes.Part(start: end, end: cursor, isEncoded: isEncoded)
        found &+= 1
        if index > 0 { swap(&known[0], &known[index]) }
        place = Int(stretch.next)
        continue search
      }
      break
    }
    position = start
    return nil
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
    let lexer = lexer
    let (base, count) = (lexer.base, lexer.count)
    while true {
      // A value is due here, behind a key in objects.
      cursor = lexer.spaceEnd(cursor)
      if levels & 1 == 1 {
        guard cursor < count, base[cursor] == UInt8(ascii: "\"") else {
          throw lexer.unexpected("a key in double quotes", at: cursor)
        }
        let (end, isEncoded) = try lexer.stringEnd(cursor)
        sink.append(.string, cursor, end, isEncoded)
        cursor = end
        if cursor < count, base[cursor] <= 0x20 { cursor = lexer.spaceEnd(cursor) }
        guard cursor < count, base[cursor] == UInt8(ascii: ":") else {
          throw lexer.unexpected("`:` behind the key", at: cursor)
        }
        cursor = lexer.valueStart(cursor &+ 1)
      }
      guard cursor < count else { throw lexer.unexpected("a value", at: cursor) }
      let start = cursor
      let byte = base[cursor]
      switch byte {
      case UInt8(ascii: "\""):
        let (end, isEncoded) = try lexer.stringEnd(start)
        cursor = end
        sink.append(.string, start, cursor, isEncoded)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let opensObject = byte == UInt8(ascii: "{")
        guard depth < Self.depthLimit - outerDepth else {
          position = cursor
          throw tooDeep()
        }
        sink.open(opensObject ? .object : .array, start)
        cursor = lexer.spaceEnd(cursor &+ 1)
        // The closing brackets are two behind the opening ones.
        guard cursor < count, base[cursor] == byte &+ 2 else {
          if depth & 63 == 0, depth > 0 { outer.append(levels) }
          levels = levels << 1 | (opensObject ? 1 : 0)
          depth &+= 1
          continue
        }
        cursor &+= 1
        _ = sink.close(cursor)
      case UInt8(ascii: "t"):
        cursor = try lexer.literalEnd(start, "true")
        sink.append(.bool, start, cursor, false)
      case UInt8(ascii: "f"):
        cursor = try lexer.literalEnd(start, "false")
        sink.append(.bool, start, cursor, false)
      case UInt8(ascii: "n"):
        cursor = try lexer.literalEnd(start, "null")
        sink.append(.null, start, cursor, false)
      default:
        cursor = try lexer.numberEnd(start)
        sink.append(.number, start, cursor, false)
      }
      // Behind a value: close what ends here, or go on to the next one.
      while true {
        guard depth > 0 else {
          position = cursor
          return
        }
        let inObject = levels & 1 == 1
        if cursor < count, base[cursor] <= 0x20 { cursor = lexer.spaceEnd(cursor) }
        guard cursor < count else {
          throw lexer.unexpected(inObject ? "`,` or `}`" : "`,` or `]`", at: cursor)
        }
        let separator = base[cursor]
        if separator == UInt8(ascii: ",") {
          cursor &+= 1
          if !inObject {
            cursor = lexer.spaceEnd(cursor)
            if cursor < count, base[cursor] == UInt8(ascii: "]") {
              throw lexer.unexpected("a value behind the comma", at: cursor)
            }
          }
          break
        }
        guard separator == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw lexer.unexpected(inObject ? "`,` or `}`" : "`,` or `]`", at: cursor)
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

  // MARK: Scalars

  /// Passes over a string and returns whether it has escapes.
  @inline(__always)
  mutating func string() throws(SyntaxError) -> Bool {
    let (end, isEncoded) = try lexer.stringEnd(position)
    position = end
    return isEncoded
  }

  // MARK: Errors

  /// The error that what stands here is nested too deep.
  func tooDeep() -> SyntaxError {
    SyntaxError(message: "nesting is deeper than \(Self.depthLimit) levels", offset: position)
  }

  /// The error that something else stands where `expected` should be.
  package func unexpected(_ expected: String) -> SyntaxError {
    lexer.unexpected(expected, at: position)
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
