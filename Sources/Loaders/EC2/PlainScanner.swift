internal import CBytes
import SGModel

/// Walks over JSON of which the shape is expected, and gives up at the first surprise.
///
/// It checks as strictly as `JSONReader` and says nothing: whatever it gives up on is read again by one
/// that does, from the start of the element.
struct PlainScanner {
  private let bytes: UnsafeRawBufferPointer
  private let base: UnsafeRawPointer
  private let count: Int
  /// The offset of the next byte.
  private(set) var position: Int
  /// How many line breaks are before it.
  private(set) var breaks: Int
  /// Where its line begins, and as many bytes behind as there are in it that begin no character: how far
  /// it is from there is its column.
  private var lineStart: Int

  init?(_ bytes: UnsafeRawBufferPointer, at place: LinePlace) {
    guard let base = bytes.baseAddress, place.offset >= 0, place.offset <= bytes.count else {
      return nil
    }
    self.bytes = bytes
    self.base = base
    count = bytes.count
    position = place.offset
    breaks = place.breaks
    lineStart = place.lineStart + place.continuations
  }

  // MARK: Lines

  /// Where a byte stands that is in the same line as the next one, with nothing but ASCII in between.
  @inline(__always)
  func place(of offset: Int) -> RecordPlace {
    RecordPlace(line: breaks, column: offset &- lineStart &+ 1)
  }

  /// Where the next byte stands; `place` is where reading began.
  func place(after place: LinePlace) -> LinePlace {
    var start = place.lineStart
    if breaks != place.breaks {
      start = position
      while start > place.offset, byte(start &- 1) != 0x0A { start &-= 1 }
    }
    return LinePlace(
      offset: position, breaks: breaks, lineStart: start, continuations: lineStart - start)
  }

  /// Counts the lines of what was read from `start` on without counting; returns how many line breaks are
  /// in it, and how many bytes stand behind the last of them.
  mutating func countLines(from start: Int) -> (breaks: Int, tail: Int) {
    var found = 0
    var last = start
    for offset in start..<position where byte(offset) == 0x0A {
      found += 1
      last = offset + 1
    }
    if found > 0 {
      breaks += found
      lineStart = last
    }
    return (found, position - last)
  }

  /// Counts the bytes of what was read from `start` on, of one line, that begin no character.
  @inline(never)
  private mutating func countContinuations(from start: Int) {
    for offset in start..<position where byte(offset) & 0xC0 == 0x80 { lineStart &+= 1 }
  }

  @inline(__always)
  private func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always)
  private func word(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  // MARK: Punctuation

  /// Steps over white space, of which the lines are counted afterwards.
  @inline(__always)
  mutating func skipSpace() {
    while position < count {
      let byte = byte(position)
      if byte > 0x20 { return }
      guard byte == 0x0A || byte == 0x20 || byte == 0x0D || byte == 0x09 else { return }
      position &+= 1
      // Indentation comes in long runs of spaces: eight at a time.
      while position &+ 8 <= count {
        let difference = word(position) ^ 0x2020_2020_2020_2020
        if difference != 0 {
          position &+= difference.trailingZeroBitCount >> 3
          break
        }
        position &+= 8
      }
    }
  }

  /// Steps over `wanted`, if it is next.
  @inline(__always)
  mutating func take(_ wanted: UInt8) -> Bool {
    if position < count, byte(position) == wanted {
      position &+= 1
      return true
    }
    skipSpace()
    guard position < count, byte(position) == wanted else { return false }
    position &+= 1
    return true
  }

  /// Steps over white space that is not counted otherwise.
  @inline(__always)
  mutating func skipLines() {
    let start = position
    skipSpace()
    if position > start { _ = countLines(from: start) }
  }

  // MARK: Values

  /// Steps over bytes that are known, if they are next; there are so many line breaks among them, and so
  /// many bytes behind the last of these.
  @inline(__always)
  mutating func take(
    _ known: UnsafeRawPointer, _ length: Int, breaks: Int, tail: Int
  ) -> Bool {
    guard length <= count &- position else { return false }
    guard JSONBytes.isSame(base + position, known, length) else { return false }
    // The processor does so by itself, but not from one page to the next.
    look_ahead(base + (position &+ 2048))
    position &+= length
    self.breaks &+= breaks
    if breaks > 0 { lineStart = position &- tail }
    return true
  }

  /// Steps over a string without escapes and returns where it stands, quotes not included.
  @inline(__always)
  mutating func string() -> Range<Int>? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    return restOfString()
  }

  /// Steps over a string without escapes of which the first quote was read, and returns where it stands,
  /// quotes not included.
  @inline(__always)
  mutating func restOfString() -> Range<Int>? {
    let start = position
    if passPlainText() { return start..<(position &- 1) }
    guard let isEncoded = slowString(from: start &- 1), !isEncoded else { return nil }
    return start..<(position &- 1)
  }

  /// Steps over the rest of any string of which the first quote was read.
  @inline(__always)
  mutating func skipRestOfString() -> Bool {
    let start = position
    return passPlainText() || slowString(from: start &- 1) != nil
  }

  /// Steps over text without escapes and the quote behind it; false where there is anything else.
  @inline(__always)
  private mutating func passPlainText() -> Bool {
    let start = position
    var isASCII = true
    var cursor = position
    while cursor &+ 16 <= count {
      let length = plain_text_length(base + cursor)
      cursor &+= length
      if length == 16 { continue }
      let byte = byte(cursor)
      if byte == UInt8(ascii: "\"") {
        position = cursor &+ 1
        if !isASCII { countContinuations(from: start) }
        return true
      }
      guard byte >= 0x80, let end = JSONBytes.scalarEnd(base, at: cursor, count: count) else {
        return false
      }
      cursor = end
      isASCII = false
    }
    return false
  }

  /// Steps over a string that may have escapes; returns whether it has.
  @inline(never)
  private mutating func slowString(from start: Int) -> Bool? {
    var reader = JSONReader(bytes)
    guard start < count, byte(start) == UInt8(ascii: "\"") else { return nil }
    reader.seek(to: start)
    guard let isEncoded = try? reader.string() else { return nil }
    position = reader.position
    countContinuations(from: start)
    return isEncoded
  }

  /// Steps over a whole number of few digits.
  @inline(__always)
  mutating func integer() -> Int? {
    var isNegative = false
    if position < count, byte(position) == UInt8(ascii: "-") {
      isNegative = true
      position &+= 1
    }
    let start = position
    var value = 0
    while position < count, position &- start < 7 {
      let digit = byte(position) &- 0x30
      guard digit < 10 else { break }
      value = value &* 10 &+ Int(digit)
      position &+= 1
    }
    let digits = position &- start
    guard digits > 0, digits < 7, digits == 1 || byte(start) != 0x30 else { return nil }
    return isNegative ? 0 &- value : value
  }

  /// Steps over an IPv4 CIDR and the quote behind it, and returns an address in it and how long its
  /// prefix is; nothing where there is anything else.
  @inline(__always)
  mutating func v4() -> (address: UInt32, length: UInt8)? {
    // The longest one has 18 letters.
    guard position &+ 19 <= count else { return nil }
    var cursor = position
    var address: UInt32 = 0
    for octet in 0..<4 {
      let start = cursor
      var value = UInt32(byte(cursor) &- 0x30)
      guard value < 10 else { return nil }
      cursor &+= 1
      while cursor &- start < 3 {
        let digit = UInt32(byte(cursor) &- 0x30)
        if digit >= 10 { break }
        value = value &* 10 &+ digit
        cursor &+= 1
      }
      guard value <= 255, cursor &- start == 1 || byte(start) != 0x30,
        byte(cursor) == (octet < 3 ? UInt8(ascii: ".") : UInt8(ascii: "/"))
      else { return nil }
      address = address << 8 | value
      cursor &+= 1
    }
    var length = Int(byte(cursor) &- 0x30)
    guard length < 10 else { return nil }
    cursor &+= 1
    let digit = Int(byte(cursor) &- 0x30)
    if digit < 10 {
      guard length > 0 else { return nil }
      length = length &* 10 &+ digit
      cursor &+= 1
    }
    guard byte(cursor) == UInt8(ascii: "\"") else { return nil }
    guard length <= 32 else { return nil }
    position = cursor &+ 1
    return (address, UInt8(truncatingIfNeeded: length))
  }

  // MARK: Keys

  /// Whether the key at `range` is the first `length` letters of `name`, which is filled up with zeros
  /// to 8 letters where it is shorter.
  @inline(__always)
  func isKey(_ range: Range<Int>, _ name: StaticString, _ length: Int) -> Bool {
    let start = range.lowerBound
    guard range.upperBound &- start == length, start &+ 8 <= count else { return false }
    let letters = UnsafeRawPointer(name.utf8Start)
    let first = UInt64(littleEndian: letters.loadUnaligned(as: UInt64.self))
    if length < 8 { return word(start) & (1 << UInt64(length &* 8) &- 1) == first }
    guard word(start) == first else { return false }
    if length > 16 {
      let middle = letters.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      guard word(start &+ 8) == UInt64(littleEndian: middle) else { return false }
    }
    let last = letters.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
    return word(range.upperBound &- 8) == UInt64(littleEndian: last)
  }

  /// The bytes of a stretch.
  @inline(__always)
  func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }
}
