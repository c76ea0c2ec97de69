/// A block of addresses as it is written.
public struct CIDR: Hashable, Sendable {
  /// The addresses of the block.
  public enum Block: Hashable, Sendable {
    /// An IPv4 block.
    case v4(IPv4Range)
    /// An IPv6 block.
    case v6(IPv6Range)
  }

  /// Why a text is not a block.
  public enum ParseError: Error, Hashable, Sendable {
    /// The part before the slash is no address.
    case address
    /// The part after the slash is missing, no number, or too large for the family.
    case length(maximum: Int)
  }

  /// The addresses, host bits masked.
  public let block: Block
  /// The number of leading bits.
  public let length: Int
  /// Whether the text had bits set behind the prefix (`10.0.0.5/16`).
  ///
  /// EC2 masks them in silence.
  public let hadHostBits: Bool

  /// Reads `a.b.c.d/n` or an IPv6 block; an address alone is refused, as it is by EC2.
  ///
  /// Strict: four decimal octets without leading zeros, one `::` at most, no zone. A dotted quad
  /// at the end of an IPv6 address is accepted and stays IPv6.
  public init(parsing text: borrowing Substring.UTF8View) throws(ParseError) {
    try self.init(bytes: Array(copy text))
  }

  /// Reads the text; see `init(parsing:)`.
  public init(_ text: String) throws(ParseError) {
    try self.init(bytes: Array(text.utf8))
  }

  /// Reads the bytes of the text; see `init(parsing:)`.
  public init(bytes: [UInt8]) throws(ParseError) {
    let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
    let head = bytes[..<(slash ?? bytes.endIndex)]
    let isV6 = head.contains(UInt8(ascii: ":"))
    let maximum = isV6 ? 128 : 32
    if isV6 {
      guard let address = AddressText.parseV6(head) else { throw .address }
      guard let slash, let length = Self.length(bytes[(slash + 1)...], maximum),
        let range = IPv6Range(address: address, length: length)
      else { throw .length(maximum: maximum) }
      block = .v6(range)
      self.length = length
      hadHostBits = range.lower != address
    } else {
      guard let address = AddressText.parseV4(head) else { throw .address }
      guard let slash, let length = Self.length(bytes[(slash + 1)...], maximum),
        let range = IPv4Range(address: address, length: length)
      else { throw .length(maximum: maximum) }
      block = .v4(range)
      self.length = length
      hadHostBits = range.lower != address
    }
  }

  private static func length(_ digits: ArraySlice<UInt8>, _ maximum: Int) -> Int? {
    guard digits.count >= 1, digits.count <= 3 else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    if digits.count > 1, digits.first == 0x30 { return nil }
    return value <= maximum ? value : nil
  }
}

/// Reading and writing of addresses.
public enum AddressText {
  /// Reads four decimal octets; nothing where the text is anything else.
  public static func parseV4(_ text: ArraySlice<UInt8>) -> UInt32? {
    var result: UInt32 = 0
    var octets = 0
    var value: UInt32 = 0
    var digits = 0
    for byte in text {
      if byte == UInt8(ascii: ".") {
        guard digits > 0, octets < 3 else { return nil }
        result = result << 8 | value
        octets += 1
        value = 0
        digits = 0
      } else {
        guard byte >= 0x30, byte <= 0x39, digits < 3 else { return nil }
        if digits == 1, value == 0 { return nil }
        value = value * 10 + UInt32(byte - 0x30)
        guard value <= 255 else { return nil }
        digits += 1
      }
    }
    guard octets == 3, digits > 0 else { return nil }
    return result << 8 | value
  }

  /// Reads an IPv6 address (RFC 4291 §2.2, all three forms); nothing where the text is anything
  /// else.
  public static func parseV6(_ text: ArraySlice<UInt8>) -> UInt128? {
    // What stands before the gap, and behind it.
    var front: UInt128 = 0
    var back: UInt128 = 0
    var count = 0
    var gap: Int?
    func append(_ group: UInt16) {
      if gap == nil {
        front = front << 16 | UInt128(group)
      } else {
        back = back << 16 | UInt128(group)
      }
      count += 1
    }
    var index = text.startIndex
    let end = text.endIndex
    if index < end, text[index] == UInt8(ascii: ":") {
      guard index + 1 < end, text[index + 1] == UInt8(ascii: ":") else { return nil }
      gap = 0
      index += 2
    }
    while index < end {
      guard count < 8 else { return nil }
      var value: UInt32 = 0
      var digits = 0
      let start = index
      while index < end, let digit = hexDigit(text[index]) {
        guard digits < 4 else { return nil }
        value = value << 4 | UInt32(digit)
        digits += 1
        index += 1
      }
      if index < end, text[index] == UInt8(ascii: ".") {
        guard count <= 6, let quad = parseV4(text[start..<end]) else { return nil }
        append(UInt16(truncatingIfNeeded: quad >> 16))
        append(UInt16(truncatingIfNeeded: quad))
        index = end
        break
      }
      guard digits > 0 else { return nil }
      append(UInt16(truncatingIfNeeded: value))
      if index == end { break }
      guard text[index] == UInt8(ascii: ":") else { return nil }
      index += 1
      if index < end, text[index] == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = count
        index += 1
      } else if index == end {
        return nil
      }
    }
    guard let gap else { return count == 8 ? front : nil }
    guard count < 8 else { return nil }
    return (gap == 0 ? 0 : front << UInt128(128 - 16 * gap)) | back
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// Writes an IPv4 address.
  public static func v4(_ address: UInt32) -> String {
    "\(address >> 24).\(address >> 16 & 0xFF).\(address >> 8 & 0xFF).\(address & 0xFF)"
  }

  /// Writes an IPv6 address as RFC 5952 asks: lower case, no leading zeros, the longest run of two
  /// or more zero groups (the first of equals) as `::`.
  public static func v6(_ address: UInt128) -> String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> UInt128(112 - 16 * $0)) }
    var best = (start: 0, count: 0)
    var start = 0
    while start < 8 {
      var count = 0
      while start + count < 8, groups[start + count] == 0 { count += 1 }
      if count > best.count { best = (start, count) }
      start += max(1, count)
    }
    func hex(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard best.count >= 2 else { return hex(groups[...]) }
    return hex(groups[..<best.start]) + "::" + hex(groups[(best.start + best.count)...])
  }
}
