/// Text in the making, in memory that is used again.
///
/// Lines are put together from a dozen parts each, and there are millions of lines: an array would be
/// asked for each part whether it is anyone else's, and whether there is room.
final class LineBuffer {
  /// A stretch of a buffer.
  struct Part {
    fileprivate var start: Int
    private(set) var count: Int

    fileprivate init(start: Int, count: Int) {
      self.start = start
      self.count = count
    }
  }

  private var base: UnsafeMutablePointer<UInt8>
  private var capacity = 4096
  /// How many bytes there are.
  private(set) var count = 0

  init() { base = .allocate(capacity: capacity) }

  deinit { base.deallocate() }

  @inline(__always)
  private func reserve(_ more: Int) { if count &+ more > capacity { grow(more) } }

  @inline(never)
  private func grow(_ more: Int) {
    let size = max(capacity * 2, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = size
  }

  /// Appends one byte.
  @inline(__always)
  func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count &+= 1
  }

  /// Appends bytes.
  @inline(__always)
  func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      append(start, bytes.count)
    }
  }

  /// Appends a part of another buffer.
  @inline(__always)
  func append(_ part: Part, of other: LineBuffer) { append(other.base + part.start, part.count) }

  /// Appends all of another buffer: an array in its place would have a reference to it counted.
  @inline(__always)
  func append(allOf other: LineBuffer) { append(other.base, other.count) }

  @inline(__always)
  private func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
    reserve(length)
    (base + count).update(from: bytes, count: length)
    count &+= length
  }

  /// Appends the UTF-8 of a text.
  func append(_ text: String) { append(Array(text.utf8)) }

  /// Appends a number in decimal digits.
  @inline(__always)
  func append(_ number: Int) {
    guard number >= 10 else {
      append(UInt8(truncatingIfNeeded: number &+ 0x30))
      return
    }
    reserve(20)
    var digits = 1
    var limit = 10
    while digits < 19, number >= limit {
      digits &+= 1
      limit = limit &* 10
    }
    var rest = UInt(bitPattern: number)
    var place = count &+ digits
    // Two digits at a time, from the last on.
    while rest >= 10 {
      place &-= 2
      write(rest % 100, at: place)
      rest /= 100
    }
    if place > count { base[count] = UInt8(truncatingIfNeeded: 0x30 &+ rest) }
    count &+= digits
  }

  /// Writes a number below 100 in two digits.
  @inline(__always)
  private func write(_ number: UInt, at place: Int) {
    let tens = (number &* 205) >> 11
    base[place] = UInt8(truncatingIfNeeded: 0x30 &+ tens)
    base[place &+ 1] = UInt8(truncatingIfNeeded: 0x30 &+ number &- tens &* 10)
  }

  /// Appends an address of IPv4.
  @inline(__always)
  func append(address: UInt32) {
    reserve(16)
    for shift in [24, 16, 8, 0] as [UInt32] {
      var octet = UInt(address >> shift & 0xFF)
      if octet >= 100 {
        let hundreds = (octet &* 41) >> 12
        base[count] = UInt8(truncatingIfNeeded: 0x30 &+ hundreds)
        octet &-= hundreds &* 100
        write(octet, at: count &+ 1)
        count &+= 3
      } else if octet >= 10 {
        write(octet, at: count)
        count &+= 2
      } else {
        base[count] = UInt8(truncatingIfNeeded: 0x30 &+ octet)
        count &+= 1
      }
      if shift > 0 {
        base[count] = UInt8(ascii: ".")
        count &+= 1
      }
    }
  }

  /// Appends bytes, and returns where they are.
  func add(_ bytes: [UInt8]) -> Part {
    let start = count
    append(bytes)
    return Part(start: start, count: bytes.count)
  }

  /// Removes all from a place on.
  func removeAll(from start: Int = 0) { count = min(count, start) }

  /// All that was appended, which is no longer here then.
  func take() -> [UInt8] {
    let bytes = Array(UnsafeBufferPointer(start: base, count: count))
    count = 0
    return bytes
  }
}
