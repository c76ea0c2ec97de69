/// EC2's id of a group, a VPC or a prefix list as a number: `sg-` and hexadecimal digits.
///
/// Two ids of one kind are equal if and only if their keys are, so that hundreds of thousands of
/// ids are compared and kept without making strings.
struct ResourceKey: Hashable {
  /// The digits, and their number in the highest byte.
  private let value: UInt128

  /// The key of no id.
  static let none = ResourceKey()

  private init() { value = 0 }

  /// Reads `prefix` (`sg-`) and 1 to 30 lower-case hexadecimal digits; nothing for anything else.
  @inline(__always)
  init?(_ text: UnsafeRawBufferPointer, prefix: StaticString) {
    let skipped = prefix.utf8CodeUnitCount
    let digits = text.count - skipped
    guard digits >= 1, digits <= 30 else { return nil }
    for index in 0..<skipped where text[index] != prefix.utf8Start[index] { return nil }
    // Two halves: arithmetic on 128 bits costs several times as much.
    var high: UInt64 = 0
    var low: UInt64 = 0
    var index = skipped
    while (text.count &- index) & 7 != 0 {
      let byte = text[index]
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte &- 0x30
      case 0x61...0x66: digit = byte &- 0x57
      default: return nil
      }
      low = low << 4 | UInt64(digit)
      index &+= 1
    }
    // Eight digits at a time: today's ids have 17.
    while index < text.count {
      let digits = UInt64(
        bigEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      guard let number = Self.number(ofDigits: digits) else { return nil }
      high = high << 32 | low >> 32
      low = low << 32 | UInt64(number)
      index &+= 8
    }
    value = UInt128(high | UInt64(digits) << 56) << 64 | UInt128(low)
  }

  /// Reads an id; see above.
  init?(_ text: String, prefix: StaticString) {
    var text = text
    guard let key = text.withUTF8({ ResourceKey(UnsafeRawBufferPointer($0), prefix: prefix) })
    else { return nil }
    self = key
  }

  /// How many digits it has.
  @inline(__always)
  var digits: Int { Int(truncatingIfNeeded: value >> 120) }

  /// What the digits say, in its lower bytes.
  @inline(__always)
  var number: UInt128 { value }

  /// The key of which the lower bytes of `number` are what so many digits say.
  @inline(__always)
  init(digits: Int, number: UInt128) { value = UInt128(UInt64(digits) << 56) << 64 | number }

  /// The lower part of it.
  var lower: UInt64 { UInt64(truncatingIfNeeded: value) }

  /// The rest of it, with the number of digits.
  var higher: UInt64 { UInt64(truncatingIfNeeded: value >> 64) }

  /// The upper part of it; nothing where the id has more than 18 digits, which no id of EC2 has.
  var upper: UInt16? {
    let high = UInt64(truncatingIfNeeded: value >> 64)
    let digits = UInt16(truncatingIfNeeded: high >> 56)
    return UInt8(exactly: high & ((1 << 56) - 1)).map { digits << 8 | UInt16($0) }
  }

  /// The key of these parts.
  @inline(__always)
  init(_ lower: UInt64, _ upper: UInt16) {
    value = UInt128(UInt64(upper >> 8) << 56 | UInt64(upper & 0xFF)) << 64 | UInt128(lower)
  }

  /// Appends the id as it was written.
  func append(prefix: StaticString, to text: inout [UInt8]) {
    prefix.withUTF8Buffer { text.append(contentsOf: $0) }
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { written in
      // All 32 digits that there could be, eight at a time, and the last of them are those that there are.
      func write(_ number: UInt64, at place: Int) {
        written.storeBytes(
          of: Self.digits(of: UInt32(truncatingIfNeeded: number)).bigEndian, toByteOffset: place,
          as: UInt64.self)
      }
      write(higher >> 32, at: 0)
      write(higher, at: 8)
      write(lower >> 32, at: 16)
      write(lower, at: 24)
      text.append(contentsOf: UnsafeRawBufferPointer(written).part(32 &- digits..<32))
    }
  }

  /// The eight hexadecimal digits of a number, a byte each, the first in the highest.
  @inline(__always)
  private static func digits(of number: UInt32) -> UInt64 {
    var spread = UInt64(number)
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
    // 1 in each byte of which the digit is a letter.
    let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
  }

  /// The number that eight hexadecimal digits say, a byte each, the first in the highest; nothing where they are
  /// none.
  @inline(__always)
  private static func number(ofDigits text: UInt64) -> UInt32? {
    let letters = text >> 6 & 0x0101_0101_0101_0101
    let digits = text & 0x0F0F_0F0F_0F0F_0F0F &+ letters &* 9
    guard digits & 0xF0F0_F0F0_F0F0_F0F0 == 0 else { return nil }
    var number = (digits | digits >> 4) & 0x00FF_00FF_00FF_00FF
    number = (number | number >> 8) & 0x0000_FFFF_0000_FFFF
    let half = UInt32(truncatingIfNeeded: number | number >> 16)
    // What is written another way is none.
    return Self.digits(of: half) == text ? half : nil
  }

  /// The id as it was written.
  func text(prefix: StaticString) -> String {
    var bytes: [UInt8] = []
    append(prefix: prefix, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A number in which all digits have a part, for a table of slots.
  var scattered: UInt64 {
    var mixed = UInt64(truncatingIfNeeded: value) ^ UInt64(truncatingIfNeeded: value >> 64) << 7
    mixed = (mixed ^ mixed >> 32) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ mixed >> 29
  }
}
