/// The bytes of one input, read or mapped once and shared by all who point into it.
///
/// A class because memory that was mapped has one owner that gives it back; it is never changed
/// after it was made.
@safe public final class SourceBytes: Sendable {
  /// The first byte; valid for `count` bytes for as long as this object lives.
  public nonisolated(unsafe) let base: UnsafeRawPointer
  /// How many bytes there are.
  public let count: Int
  private let release: @Sendable (UnsafeRawPointer, Int) -> Void
  private let forget: (@Sendable (UnsafeRawPointer, Range<Int>) -> Void)?

  /// Takes over memory that `release` gives back.
  ///
  /// `forget` lets go of the pages of a stretch that can be had again from the file.
  public init(
    base: UnsafeRawPointer, count: Int,
    forget: (@Sendable (UnsafeRawPointer, Range<Int>) -> Void)? = nil,
    release: @escaping @Sendable (UnsafeRawPointer, Int) -> Void
  ) {
    unsafe self.base = unsafe base
    self.count = count
    unsafe self.forget = unsafe forget
    unsafe self.release = unsafe release
  }

  /// Whether the memory of stretches can go to something else.
  public var canForget: Bool { unsafe forget != nil }

  /// Says that a stretch will not be needed for a while: its memory may go to something else.
  ///
  /// The bytes stay readable.
  public func forget(_ range: Range<Int>) {
    if let forget = unsafe forget { unsafe forget(base, range) }
  }

  /// Copies `bytes` into memory of its own.
  public convenience init(_ bytes: [UInt8]) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress {
        unsafe memory.copyMemory(from: start, byteCount: source.count)
      }
    }
    unsafe self.init(base: UnsafeRawPointer(memory), count: bytes.count) { base, _ in
      unsafe base.deallocate()
    }
  }

  deinit { unsafe release(base, count) }

  /// All bytes as a buffer.
  public var buffer: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }
}

/// One input: its name, its bytes, and where lines begin.
public struct SourceFile: Sendable {
  /// The name to show, as the user gave it or relative to the folder that was given.
  public let path: String
  /// The bytes.
  public let bytes: SourceBytes
  /// Whether stretches of it may be printed.
  ///
  /// A Terraform plan holds sensitive values in clear, also right beside what a finding points at.
  public var isQuotable = true
  /// Stretches that must not be printed, although the file is quotable.
  public var secrets: [Range<Int>] = []

  /// Creates the input named `path`.
  public init(path: String, bytes: SourceBytes) {
    self.path = path
    self.bytes = bytes
  }

  /// Whether the stretch may be printed.
  public func mayQuote(_ range: Range<Int>) -> Bool {
    isQuotable && !secrets.contains { $0.overlaps(range) }
  }
}
