internal import CBytes

/// The bytes of a JSON text, and where what stands in them ends.
struct JSONLexer {
  let base: UnsafePointer<UInt8>
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    if let start = bytes.baseAddress {
      base = start.assumingMemoryBound(to: UInt8.self)
    } else {
      // Never read: the count is 0.
      base =
        UnsafePointer(bitPattern: 1)
        ?? UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
    }
  }

  /// Where the white space ends that begins at `start`, if any does.
  @inline(__always)
  func spaceEnd(_ start: Int) -> Int {
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

  /// Where the string that begins at `start` ends, if all of it is ASCII without escapes, and it does not
  /// reach the end of the bytes.
  @inline(__always)
  func plainTextEnd(_ start: Int) -> Int? {
    let cursor = plainEnd(start &+ 1)
    return cursor < count && base[cursor] == UInt8(ascii: "\"") ? cursor &+ 1 : nil
  }

  /// Where the number that begins at `start` ends, if it is written with digits alone and punctuation is
  /// behind it.
  @inline(__always)
  func plainNumberEnd(_ start: Int) -> Int? {
    var cursor = start
    while cursor < count, base[cursor] &- 0x30 < 10 { cursor &+= 1 }
    guard cursor > start, cursor < count, base[start] != 0x30 || cursor == start &+ 1,
      base[cursor] == UInt8(ascii: ",") || base[cursor] == UInt8(ascii: "}")
        || base[cursor] == UInt8(ascii: "]")
    else { return nil }
    return cursor
  }

  /// Where the value begins of which the colon ends at `start`.
  @inline(__always)
  func valueStart(_ start: Int) -> Int {
    // Mostly there is one space, or none.
    guard start &+ 1 < count, base[start] == 0x20 else { return spaceEnd(start) }
    return base[start &+ 1] > 0x20 ? start &+ 1 : spaceEnd(start)
  }

  /// Where the literal `text` ends, which is due at `start`.
  @inline(__always)
  func literalEnd(_ start: Int, _ text: StaticString) throws(SyntaxError) -> Int {
    let length = text.utf8CodeUnitCount
    guard start + length <= count else { throw unexpected("a value", at: start) }
    for offset in 0..<length where base[start + offset] != text.utf8Start[offset] {
      throw unexpected("a value", at: start)
    }
    return start + length
  }

  /// Where the number ends that is due at `start`.
  func numberEnd(_ start: Int) throws(SyntaxError) -> Int {
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

  /// Where the string ends that begins at `start`, and whether it has escapes.
  @inline(__always)
  func stringEnd(_ start: Int) throws(SyntaxError) -> (end: Int, isEncoded: Bool) {
    let cursor = plainEnd(start &+ 1)
    // Nearly all are ASCII without escapes.
    if cursor < count, base[cursor] == UInt8(ascii: "\"") { return (cursor &+ 1, false) }
    return try unusualStringEnd(start, cursor)
  }

  /// The first place from `start` on at which there is something to look at: a quote, a backslash, a control
  /// character, a byte beyond ASCII; or one of the last sixteen bytes.
  @inline(__always)
  private func plainEnd(_ start: Int) -> Int {
    var cursor = start
    while cursor &+ 16 <= count {
      let length = plain_text_length(base + cursor)
      cursor &+= length
      if length < 16 { break }
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

  /// The number of the four hexadecimal digits at `start`.
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

  /// The error that something else stands at `position` where `expected` should be.
  func unexpected(_ expected: String, at position: Int) -> SyntaxError {
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
