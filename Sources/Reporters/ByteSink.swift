/// Collects bytes and hands them on in pieces, so that a report of any size needs one small buffer.
///
/// It is never copied: the rest is handed on when the one owner lets go of it.
struct ByteSink: ~Copyable {
  private static let capacity = 64 * 1024

  /// Memory of that size, and how much of it is in use: an array would ask whether it is anyone else's for
  /// every few bytes.
  private let pending = UnsafeMutableRawBufferPointer.allocate(
    byteCount: capacity, alignment: 16)
  private var count = 0
  private let emit: (UnsafeRawBufferPointer) -> Void

  /// Creates a sink that hands its bytes to `emit`.
  init(_ emit: @escaping (UnsafeRawBufferPointer) -> Void) { self.emit = emit }

  deinit {
    if count > 0 { emit(UnsafeRawBufferPointer(rebasing: pending[..<count])) }
    pending.deallocate()
  }

  /// Appends one byte.
  mutating func append(_ byte: UInt8) {
    if count == Self.capacity { flush() }
    pending[count] = byte
    count += 1
  }

  /// Appends the UTF-8 of `text`.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends the UTF-8 of `text`, fit to be printed; see `SafeText.escaped`.
  mutating func append(escaped text: String, atLineStart: Bool = false) {
    append(SafeText.escaped(text, atLineStart: atLineStart))
  }

  /// Appends the text of a literal.
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends bytes.
  mutating func append(contentsOf bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Appends bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count > Self.capacity - count {
      flush()
      // What would not fit is handed on as it is.
      if bytes.count > Self.capacity { return emit(bytes) }
    }
    UnsafeMutableRawBufferPointer(rebasing: pending[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  /// Appends the decimal digits of a number that is not negative.
  mutating func append(_ number: Int) {
    if number >= 10 { append(number / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Appends `count` spaces.
  mutating func append(spaces count: Int) {
    for _ in 0..<count { append(UInt8(ascii: " ")) }
  }

  private mutating func flush() {
    guard count > 0 else { return }
    emit(UnsafeRawBufferPointer(rebasing: pending[..<count]))
    count = 0
  }
}
