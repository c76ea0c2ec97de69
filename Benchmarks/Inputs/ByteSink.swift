/// Collects bytes and hands them on in large pieces.
package final class ByteSink {
  private var piece: [UInt8] = []
  private let pieceSize = 1 << 20
  private let take: ([UInt8]) -> Void
  /// How many bytes were handed on.
  private var handedOn = 0
  private var lastHandedOn: UInt8?

  /// Creates a sink that hands its bytes to `take`.
  package init(_ take: @escaping ([UInt8]) -> Void) {
    self.take = take
    piece.reserveCapacity(pieceSize + 1 << 16)
  }

  /// How many bytes were written.
  package var count: Int { handedOn + piece.count }

  /// Hands on what is left; to be called once, at the end.
  package func finish() {
    take(piece)
    handedOn += piece.count
    lastHandedOn = piece.last
    piece.removeAll(keepingCapacity: true)
  }

  /// Hands on a piece where there is one.
  func handOn() {
    if piece.count >= pieceSize { finish() }
  }

  /// Writes a comma, unless the last byte opens an array or object.
  @inline(__always)
  func comma() {
    switch piece.last ?? lastHandedOn {
    case UInt8(ascii: "{"), UInt8(ascii: "["), nil: break
    default: piece.append(UInt8(ascii: ","))
    }
  }

  @inline(__always)
  func text(_ text: StaticString) {
    unsafe piece.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  func bytes(_ bytes: [UInt8]) { piece.append(contentsOf: bytes) }

  func number(_ number: Int) {
    if number < 0 { piece.append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    let start = piece.count
    repeat {
      piece.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    piece[start...].reverse()
  }

  /// Writes a number with leading zeros.
  func number(_ number: Int, digits: Int) {
    var unit = 1
    for _ in 1..<digits { unit *= 10 }
    var rest = number
    while unit > 0 {
      piece.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit % 10))
      rest %= unit
      unit /= 10
    }
  }

  /// Writes the lowest `digits` hexadecimal digits.
  func hex(_ number: UInt64, digits: Int) {
    for place in stride(from: (digits - 1) * 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(place)) & 0xF
      piece.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  /// Writes a number in hexadecimal without leading zeros.
  func hex(_ number: UInt64) {
    hex(number, digits: max(1, (64 - number.leadingZeroBitCount + 3) / 4))
  }

  /// Writes an address in dotted form.
  func address(_ address: UInt32) {
    for shift in stride(from: 24, through: 0, by: -8) {
      number(Int(address >> UInt32(shift) & 0xFF))
      if shift > 0 { text(".") }
    }
  }

  /// Writes `true` or `false`.
  func boolean(_ value: Bool) { text(value ? "true" : "false") }
}
