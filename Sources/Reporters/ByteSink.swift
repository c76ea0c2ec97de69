/// Collects bytes and hands them on in pieces, so that a report of any size needs one small buffer.
///
/// It is never copied: the rest is handed on when the one owner lets go of it.
struct ByteSink: ~Copyable {
  private static let capacity = 64 * 1024
  /// From so many bytes on a piece is handed on as it is.
  private static let large = 16 * 1024

  private var pending: [UInt8] = []
  private let emit: (UnsafeRawBufferPointer) -> Void

  /// Creates a sink that hands its bytes to `emit`.
  init(_ emit: @escaping (UnsafeRawBufferPointer) -> Void) {
    self.emit = emit
    pending.reserveCapacity(Self.capacity)
  }

  deinit { pending.withUnsafeBytes { if !$0.isEmpty { emit($0) } } }

  /// Appends one byte.
  mutating func append(_ byte: UInt8) {
    pending.append(byte)
    flushIfFull()
  }

  /// Appends the UTF-8 of `text`.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  /// Appends the UTF-8 of `text`, fit to be printed; see `SafeText.escaped`.
  mutating func append(escaped text: String, atLineStart: Bool = false) {
    append(SafeText.escaped(text, atLineStart: atLineStart))
  }

  /// Appends bytes.
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    pending.append(contentsOf: bytes)
    flushIfFull()
  }

  /// Appends the decimal digits of a number that is not negative.
  mutating func append(_ number: Int) {
    if number >= 10 { append(number / 10) }
    pending.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Appends the text of a literal.
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { pending.append(contentsOf: $0) }
    flushIfFull()
  }

  /// Appends bytes.
  mutating func append(contentsOf bytes: [UInt8]) {
    if bytes.count >= Self.large {
      flush()
      bytes.withUnsafeBytes { emit($0) }
      return
    }
    pending.append(contentsOf: bytes)
    flushIfFull()
  }

  /// Appends `count` spaces.
  mutating func append(spaces count: Int) {
    pending.append(contentsOf: repeatElement(UInt8(ascii: " "), count: count))
    flushIfFull()
  }

  private mutating func flushIfFull() {
    if pending.count >= Self.capacity { flush() }
  }

  private mutating func flush() {
    guard !pending.isEmpty else { return }
    pending.withUnsafeBytes { emit($0) }
    pending.removeAll(keepingCapacity: true)
  }
}
