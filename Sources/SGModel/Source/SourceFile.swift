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
  private let giveBack: (@Sendable (UnsafeRawPointer, Int) -> Void)?

  /// Takes over memory that `release` gives back.
  ///
  /// Where the bytes can be had again (those of a mapped file), `drop` gives back the memory of a
  /// stretch of them until it is looked at the next time.
  public init(
    base: UnsafeRawPointer, count: Int,
    drop: (@Sendable (UnsafeRawPointer, Int) -> Void)? = nil,
    release: @escaping @Sendable (UnsafeRawPointer, Int) -> Void
  ) {
    unsafe self.base = unsafe base
    self.count = count
    unsafe giveBack = unsafe drop
    unsafe self.release = unsafe release
  }

  /// Whether stretches of the memory can be given back.
  public var canDrop: Bool { unsafe giveBack != nil }

  /// Gives back the memory of a stretch that is not needed soon; its bytes stay as they are.
  public func drop(_ range: Range<Int>) {
    let range = range.clamped(to: 0..<count)
    guard !range.isEmpty else { return }
    unsafe giveBack?(base + range.lowerBound, range.count)
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

/// Turns offsets of one file into lines and columns.
///
/// Keeps one checkpoint per KiB, so that a place far into a line of many megabytes (which is
/// how Terraform writes plans) is found without walking the line from its start.
public struct LineTable: Sendable {
  private struct Checkpoint {
    /// Line breaks before the checkpoint.
    var breaks: Int
    /// Where the line that the checkpoint stands in begins.
    var lineStart: Int
    /// Unicode scalars between the line's start and the checkpoint.
    var scalars: Int
  }

  private static let stride = 1024
  private let file: SourceFile
  private var checkpoints: [Checkpoint] = []

  /// Creates the table of `file`.
  ///
  /// - Complexity: O(*n*) in the size of the file.
  public init(_ file: SourceFile) {
    self.file = file
    let buffer = unsafe file.bytes.buffer
    var state = Checkpoint(breaks: 0, lineStart: unsafe Self.contentStart(buffer), scalars: 0)
    var offset = state.lineStart
    checkpoints.reserveCapacity(file.bytes.count / Self.stride + 1)
    var next = 0
    while true {
      let target = min(next, file.bytes.count)
      unsafe Self.advance(&state, from: &offset, to: max(target, offset), in: buffer)
      checkpoints.append(state)
      if next >= file.bytes.count { break }
      next += Self.stride
    }
  }

  /// A byte order mark is not part of the first line.
  private static func contentStart(_ buffer: UnsafeRawBufferPointer) -> Int {
    if buffer.count >= 3, unsafe buffer[0] == 0xEF, unsafe buffer[1] == 0xBB,
      unsafe buffer[2] == 0xBF
    {
      return 3
    }
    return 0
  }

  private static func advance(
    _ state: inout Checkpoint, from offset: inout Int, to target: Int,
    in buffer: UnsafeRawBufferPointer
  ) {
    while offset < target {
      let byte = unsafe buffer[offset]
      offset += 1
      if byte == 0x0A {
        state.breaks += 1
        state.lineStart = offset
        state.scalars = 0
      } else if byte & 0xC0 != 0x80 {
        state.scalars += 1
      }
    }
  }

  /// Returns the place of the byte at `offset`, clamped to the file.
  ///
  /// - Complexity: O(1): at most 1 KiB is walked.
  public func position(of offset: Int) -> SourcePosition {
    let clamped = min(max(0, offset), file.bytes.count)
    let index = min(clamped / Self.stride, checkpoints.count - 1)
    guard index >= 0 else { return SourcePosition(line: 1, column: 1) }
    var state = checkpoints[index]
    let buffer = unsafe file.bytes.buffer
    var cursor = max(index * Self.stride, unsafe Self.contentStart(buffer))
    unsafe Self.advance(&state, from: &cursor, to: clamped, in: buffer)
    return SourcePosition(line: state.breaks + 1, column: state.scalars + 1)
  }

  /// Returns the bytes of the line that `offset` stands in, without its line break, cut to at most
  /// `radius` bytes on either side of the offset, and the offset of the first byte returned.
  public func line(around offset: Int, radius: Int) -> (bytes: [UInt8], start: Int) {
    let buffer = unsafe file.bytes.buffer
    let clamped = min(max(0, offset), buffer.count)
    var start = clamped
    let floor = max(clamped - radius, unsafe Self.contentStart(buffer))
    while start > floor, unsafe buffer[start - 1] != 0x0A { start -= 1 }
    // A cut must not fall into the middle of a character.
    while start < clamped, unsafe buffer[start] & 0xC0 == 0x80 { start += 1 }
    var end = clamped
    let ceiling = min(buffer.count, clamped + radius)
    while end < ceiling, unsafe buffer[end] != 0x0A { end += 1 }
    while end > start, end < buffer.count, unsafe buffer[end] & 0xC0 == 0x80 { end -= 1 }
    if end > start, unsafe buffer[end - 1] == 0x0D { end -= 1 }
    return unsafe (Array(buffer[start..<max(start, end)]), start)
  }
}
