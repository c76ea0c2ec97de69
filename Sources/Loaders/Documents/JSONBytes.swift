internal import CBytes

/// What all readers of JSON ask of bytes.
enum JSONBytes {
  /// Bits that mark the bytes of a word which end a stretch of plain text: a quote, a backslash, a control
  /// character, a byte beyond ASCII.
  ///
  /// What a byte borrows from the one behind it can only mark bytes behind the first that counts, so the
  /// lowest mark is right, and the others need not be.
  @inline(__always)
  static func marks(_ word: UInt64) -> UInt64 {
    let quote = word ^ 0x2222_2222_2222_2222
    let slash = word ^ 0x5C5C_5C5C_5C5C_5C5C
    let ones: UInt64 = 0x0101_0101_0101_0101
    let special = (quote &- ones) | (slash &- ones) | (word &- 0x2020_2020_2020_2020) | word
    return special & 0x8080_8080_8080_8080
  }

  /// Where one UTF-8 sequence beyond ASCII ends that begins at `start`; nothing where it is none (Unicode,
  /// table 3-7).
  static func scalarEnd(_ base: UnsafeRawPointer, at start: Int, count: Int) -> Int? {
    func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }
    let lead = byte(start)
    let length: Int
    var low: UInt8 = 0x80
    var high: UInt8 = 0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if lead == 0xE0 { low = 0xA0 }
      if lead == 0xED { high = 0x9F }
    case 0xF0...0xF4:
      length = 4
      if lead == 0xF0 { low = 0x90 }
      if lead == 0xF4 { high = 0x8F }
    default: return nil
    }
    guard start + length <= count else { return nil }
    for offset in 1..<length {
      guard byte(start + offset) >= low, byte(start + offset) <= high else { return nil }
      low = 0x80
      high = 0xBF
    }
    return start + length
  }

  /// Whether `length` bytes are the same in two places.
  @inline(__always)
  static func isSame(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ length: Int
  ) -> Bool {
    guard length >= 16 else { return isShortSame(left, right, length) }
    // The end first: stretches that begin alike are told apart by it.
    guard is_same_16(left + (length &- 16), right + (length &- 16)) else { return false }
    var offset = 0
    while offset &+ 32 < length {
      guard is_same_32(left + offset, right + offset) else { return false }
      offset &+= 32
    }
    return offset &+ 16 >= length || is_same_16(left + offset, right + offset)
  }

  /// Whether fewer than 16 bytes are the same in two places.
  @inline(__always)
  private static func isShortSame(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ length: Int
  ) -> Bool {
    if length >= 8 {
      return isSame(left, right, at: length &- 8, as: UInt64.self)
        && isSame(left, right, at: 0, as: UInt64.self)
    }
    if length >= 4 {
      return isSame(left, right, at: length &- 4, as: UInt32.self)
        && isSame(left, right, at: 0, as: UInt32.self)
    }
    for offset in 0..<length where !isSame(left, right, at: offset, as: UInt8.self) { return false }
    return true
  }

  /// Whether two stretches hold the same bytes.
  static func isSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let one = left.baseAddress, let two = right.baseAddress else { return true }
    return isSame(one, two, left.count)
  }

  /// Whether a text is what these bytes are.
  static func isSame(_ text: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    // To have a copy of it that can be changed, as `withUTF8` wants, would count a reference.
    text.utf8.withContiguousStorageIfAvailable { isSame(UnsafeRawBufferPointer($0), bytes) }
      ?? text.utf8.elementsEqual(bytes)
  }

  /// Whether the bytes of one value are the same in two places.
  @inline(__always)
  private static func isSame<Bytes: BitwiseCopyable & BinaryInteger>(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, at offset: Int, as type: Bytes.Type
  ) -> Bool {
    left.loadUnaligned(fromByteOffset: offset, as: type)
      == right.loadUnaligned(fromByteOffset: offset, as: type)
  }
}
