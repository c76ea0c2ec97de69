/// Turns offsets of one file into lines and columns.
///
/// Keeps one checkpoint per 16 KiB (64 KiB in the largest files), so that a place far into a line of many
/// megabytes (which is how Terraform writes plans) is found without walking the line from its start, and
/// the table of a gigabyte takes half a megabyte. Where such a line is more than ASCII, it knows of each sixteenth
/// of a stretch how much of it begins no character: most places are found without reading the file again.
public struct LineTable: Sendable {
  /// What is known of one offset.
  fileprivate struct Checkpoint {
    /// Line breaks before it.
    var breaks: Int
    /// Where the line that it stands in begins.
    var lineStart: Int
    /// Unicode scalars between the line's start and it.
    var scalars: Int
    /// Whether there is nothing but ASCII, and no line break, up to the next checkpoint: there, offsets
    /// are columns.
    var isPlain = false
    /// The index in `parts` of what is known of the stretch up to the next checkpoint, which has no line break;
    /// -1 where it has one, or there is nothing to know.
    var parts: Int32 = -1
  }

  /// For each sixteenth of a stretch, how many of its bytes begin no character.
  fileprivate typealias Parts = SIMD16<UInt16>

  /// How many bytes lie between two checkpoints.
  fileprivate let stride: Int
  fileprivate let file: SourceFile
  /// Checkpoint number *i* stands at offset *i* × `stride`; the first where the content begins.
  fileprivate var checkpoints: [Checkpoint] = []
  fileprivate var parts: [Parts] = []
  /// The number of the first checkpoint; not 0 in the table of a part.
  private let first: Int

  private static func stride(of file: SourceFile) -> Int {
    file.bytes.count < 256 << 20 ? 16 << 10 : 64 << 10
  }

  /// Creates the table of `file`.
  ///
  /// - Complexity: O(*n*) in the size of the file.
  public init(_ file: SourceFile) {
    self.init(unread: file)
    extend(to: file.bytes.count)
  }

  /// Creates a table that knows nothing yet of `file`, for a reader that extends it while the bytes
  /// are at hand.
  public init(unread file: SourceFile) {
    self.file = file
    stride = Self.stride(of: file)
    first = 0
    checkpoints.reserveCapacity(file.bytes.count / stride + 1)
    let start = unsafe Self.contentStart(file.bytes.buffer)
    checkpoints.append(Checkpoint(breaks: 0, lineStart: start, scalars: 0))
  }

  /// Creates the table of a part of `file` that begins at or shortly before `offset`, to be appended to
  /// the table of what is before it.
  public init(unread file: SourceFile, from offset: Int) {
    self.file = file
    stride = Self.stride(of: file)
    first = max(0, offset) / stride
    checkpoints.append(Checkpoint(breaks: 0, lineStart: first * stride, scalars: 0))
  }

  /// Where the table begins, for a walk beside it.
  public var start: LinePlace {
    let checkpoint = checkpoints[0]
    return LinePlace(
      offset: max(first * stride, checkpoint.lineStart), breaks: checkpoint.breaks,
      lineStart: checkpoint.lineStart, continuations: 0)
  }

  /// Appends the table of the part behind this one, and returns how many lines to add to those of a walk
  /// beside that part.
  ///
  /// This one must have been extended to where the other begins, and no further than its first
  /// checkpoint; nothing where that is not so.
  public mutating func append(_ part: LineTable) -> Int? {
    guard part.first == first + checkpoints.count - 1, let base = checkpoints.last else {
      return nil
    }
    let firstParts = Int32(clamping: parts.count)
    parts.append(contentsOf: part.parts)
    func moved(_ index: Int32) -> Int32 { index < 0 ? index : index + firstParts }
    checkpoints[checkpoints.count - 1].isPlain = part.checkpoints[0].isPlain
    checkpoints[checkpoints.count - 1].parts = moved(part.checkpoints[0].parts)
    for checkpoint in part.checkpoints.dropFirst() {
      var next = checkpoint
      next.parts = moved(next.parts)
      if next.breaks == 0 {
        // The line began before the part.
        next.lineStart = base.lineStart
        next.scalars += base.scalars
      }
      next.breaks += base.breaks
      checkpoints.append(next)
    }
    return base.breaks
  }

  /// Takes the bytes before `offset` into the table; `place` is a place before that of a walk beside it.
  @inline(__always)
  public mutating func extend(to offset: Int, from place: LinePlace) {
    if (first + checkpoints.count) * stride <= offset { extendFar(to: offset, from: place) }
  }

  @inline(never)
  private mutating func extendFar(to offset: Int, from place: LinePlace) {
    let target = (first + checkpoints.count) * stride
    // Nothing before the place has to be looked at again.
    if place.offset <= target, place.offset > target - stride, target <= file.bytes.count {
      var next = Checkpoint(
        breaks: place.breaks, lineStart: place.lineStart,
        scalars: place.offset - place.lineStart - place.continuations)
      unsafe Self.advance(&next, from: place.offset, to: target, in: file.bytes.buffer)
      append(next)
    }
    extend(to: offset)
  }

  private mutating func append(_ checkpoint: Checkpoint) {
    let last = checkpoints[checkpoints.count - 1]
    checkpoints[checkpoints.count - 1].isPlain =
      checkpoint.breaks == last.breaks && checkpoint.scalars - last.scalars == stride
    checkpoints.append(checkpoint)
  }

  /// Takes the bytes before `offset` into the table.
  public mutating func extend(to offset: Int) {
    let buffer = unsafe file.bytes.buffer
    let end = min(offset, buffer.count)
    while (first + checkpoints.count) * stride <= end {
      var next = checkpoints[checkpoints.count - 1]
      let target = (first + checkpoints.count) * stride
      next.parts = -1
      let start = max(target - stride, next.lineStart)
      if start == target - stride,
        let (found, continuations) = unsafe countParts(from: start, in: buffer)
      {
        if continuations > 0 {
          checkpoints[checkpoints.count - 1].parts = Int32(clamping: parts.count)
          parts.append(found)
        }
        next.scalars += stride - continuations
      } else {
        unsafe Self.advance(&next, from: start, to: target, in: buffer)
      }
      next.isPlain = false
      append(next)
    }
  }

  /// What there is to know of the stretch from `start` on, and its sum; nothing where it has a line break.
  private func countParts(from start: Int, in buffer: UnsafeRawBufferPointer) -> (Parts, Int)? {
    let size = stride / Parts.scalarCount
    var result = Parts()
    var sum = 0
    for part in 0..<Parts.scalarCount {
      let range = start + part * size..<start + (part + 1) * size
      // Most of what is written in one line is plain.
      if unsafe ByteCount.isPlain(buffer, range) { continue }
      let (breaks, scalars) = unsafe ByteCount.breaksAndScalars(buffer, range)
      if breaks > 0 { return nil }
      result[part] = UInt16(clamping: size - scalars)
      sum += size - scalars
    }
    return (result, sum)
  }

  /// How many of the bytes between a checkpoint and a place before the next begin no character.
  fileprivate func continuations(
    in parts: Parts, from start: Int, to target: Int, _ buffer: UnsafeRawBufferPointer
  ) -> Int {
    let size = stride / Parts.scalarCount
    let last = (target - start) / size
    var count = 0
    for part in 0..<last { count += Int(parts[part]) }
    guard last < Parts.scalarCount, parts[last] > 0 else { return count }
    let rest = start + last * size..<target
    return count + rest.count - (unsafe ByteCount.scalars(buffer, rest))
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

  /// Moves what is known of `offset` on to `target`.
  fileprivate static func advance(
    _ state: inout Checkpoint, from offset: Int, to target: Int, in buffer: UnsafeRawBufferPointer
  ) {
    guard offset < target else { return }
    let (breaks, scalars) = unsafe ByteCount.breaksAndScalars(buffer, offset..<target)
    guard breaks > 0 else {
      state.scalars += scalars
      return
    }
    var start = target
    while unsafe buffer[start - 1] != 0x0A { start -= 1 }
    state = Checkpoint(
      breaks: state.breaks + breaks, lineStart: start,
      scalars: unsafe ByteCount.scalars(buffer, start..<target))
  }

  /// Returns the place of the byte at `offset`, clamped to the file.
  ///
  /// - Complexity: O(1): at most 64 KiB are walked.
  public func position(of offset: Int) -> SourcePosition {
    var cursor = LineCursor(self)
    return cursor.position(of: offset)
  }

  /// Returns whether a line begins at `offset`.
  public func isLineStart(_ offset: Int) -> Bool {
    let buffer = unsafe file.bytes.buffer
    let start = unsafe Self.contentStart(buffer)
    if offset <= start { return true }
    guard offset <= buffer.count else { return false }
    return unsafe buffer[offset - 1] == 0x0A
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

/// A place of a walk that goes forward through a file beside a reader, who knows how many lines it passes.
public struct LinePlace: Sendable {
  /// Where it is.
  public var offset: Int
  /// Line breaks before it.
  public var breaks: Int
  /// Where the line that it stands in begins.
  public var lineStart: Int
  /// How many bytes of the line before it begin no character.
  public var continuations: Int

  /// Creates a place of which all is known.
  @inline(__always)
  public init(offset: Int, breaks: Int, lineStart: Int, continuations: Int) {
    self.offset = offset
    self.breaks = breaks
    self.lineStart = lineStart
    self.continuations = continuations
  }

  /// The column of a byte of the line.
  @inline(__always)
  public var column: Int { offset &- lineStart &- continuations &+ 1 }

  /// Goes on to an offset behind it.
  ///
  /// - Complexity: O(distance).
  public mutating func advance(to target: Int, in buffer: UnsafeRawBufferPointer) {
    guard target > offset else { return }
    let end = min(target, buffer.count)
    var start = offset
    var (found, scalars) = unsafe ByteCount.breaksAndScalars(buffer, offset..<end)
    if found > 0 {
      start = end
      while unsafe buffer[start - 1] != 0x0A { start -= 1 }
      breaks += found
      lineStart = start
      continuations = 0
      scalars = unsafe ByteCount.scalars(buffer, start..<end)
    }
    continuations += end - start - scalars
    offset = end
  }
}

/// A walk over places of one file, each found from the one before it.
public struct LineCursor: Sendable {
  private let table: LineTable
  private var offset: Int
  private var state: LineTable.Checkpoint

  /// Creates a cursor at the start of the file.
  public init(_ table: LineTable) {
    self.table = table
    state = table.checkpoints[0]
    offset = state.lineStart
  }

  /// Returns the place of the byte at `target`, clamped to the file.
  ///
  /// - Complexity: O(distance from the last place), and at most O(64 KiB).
  public mutating func position(of target: Int) -> SourcePosition {
    let buffer = unsafe table.file.bytes.buffer
    let clamped = min(max(0, target), buffer.count)
    let index = min(clamped / table.stride, table.checkpoints.count - 1)
    let start = max(index * table.stride, table.checkpoints[0].lineStart)
    let checkpoint = table.checkpoints[index]
    if checkpoint.isPlain, clamped >= start {
      return SourcePosition(
        line: checkpoint.breaks + 1, column: checkpoint.scalars + clamped - start + 1)
    }
    if checkpoint.parts >= 0 {
      let continuations = unsafe table.continuations(
        in: table.parts[Int(checkpoint.parts)], from: start, to: clamped, buffer)
      return SourcePosition(
        line: checkpoint.breaks + 1,
        column: checkpoint.scalars + clamped - start - continuations + 1)
    }
    if start > offset || (clamped < offset && offset - clamped >= clamped - start) {
      state = checkpoint
      offset = start
    } else if clamped < offset {
      unsafe retreat(to: clamped, start, checkpoint, buffer)
    }
    unsafe LineTable.advance(&state, from: offset, to: clamped, in: buffer)
    offset = max(offset, clamped)
    return SourcePosition(line: state.breaks + 1, column: state.scalars + 1)
  }

  /// Moves back to a place behind `start`, where the checkpoint before it stands.
  private mutating func retreat(
    to target: Int, _ start: Int, _ checkpoint: LineTable.Checkpoint,
    _ buffer: UnsafeRawBufferPointer
  ) {
    let (breaks, scalars) = unsafe ByteCount.breaksAndScalars(buffer, target..<offset)
    if breaks == 0 {
      state.scalars -= scalars
    } else {
      var lineStart = target
      while lineStart > start, unsafe buffer[lineStart - 1] != 0x0A { lineStart -= 1 }
      let scalars = unsafe ByteCount.scalars(buffer, lineStart..<target)
      state.breaks -= breaks
      let isLineStart = lineStart > start || checkpoint.lineStart == start
      state.lineStart = isLineStart ? lineStart : checkpoint.lineStart
      state.scalars = isLineStart ? scalars : checkpoint.scalars + scalars
    }
    offset = target
  }
}

/// Counts bytes sixteen at a time.
private enum ByteCount {
  /// How many line feeds there are in a stretch of UTF-8, and how many Unicode scalars begin in it.
  static func breaksAndScalars(
    _ buffer: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> (breaks: Int, scalars: Int) {
    let wanted = SIMD16<Int8>(repeating: 0x0A)
    let least = SIMD16<Int8>(repeating: -64)
    var index = range.lowerBound
    var (breaks, scalars) = (0, 0)
    while index &+ 32 <= range.upperBound {
      // A lane holds 8 bits, and two are added to it at a time.
      let end = min(range.upperBound &- 31, index &+ 32 &* 127)
      var breakLanes = SIMD16<UInt8>(repeating: 0)
      var scalarLanes = SIMD16<UInt8>(repeating: 0)
      while index < end {
        let one = unsafe buffer.loadUnaligned(fromByteOffset: index, as: SIMD16<Int8>.self)
        let two = unsafe buffer.loadUnaligned(fromByteOffset: index &+ 16, as: SIMD16<Int8>.self)
        breakLanes &-= unsafe unsafeBitCast(one .== wanted, to: SIMD16<UInt8>.self)
        scalarLanes &-= unsafe unsafeBitCast(one .>= least, to: SIMD16<UInt8>.self)
        breakLanes &-= unsafe unsafeBitCast(two .== wanted, to: SIMD16<UInt8>.self)
        scalarLanes &-= unsafe unsafeBitCast(two .>= least, to: SIMD16<UInt8>.self)
        index &+= 32
      }
      breaks &+= sum(breakLanes)
      scalars &+= sum(scalarLanes)
    }
    while index < range.upperBound {
      if unsafe buffer[index] == 0x0A { breaks &+= 1 }
      if unsafe buffer[index] & 0xC0 != 0x80 { scalars &+= 1 }
      index &+= 1
    }
    return (breaks, scalars)
  }

  /// Whether there is nothing but ASCII in a stretch, and no line feed; false where that is not looked at.
  static func isPlain(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    guard range.count & 31 == 0 else { return false }
    let wanted = SIMD16<Int8>(repeating: 0x0A)
    // Bytes beyond ASCII are negative, as is all that is marked by a comparison.
    var odd = SIMD16<Int8>(repeating: 0)
    var index = range.lowerBound
    while index < range.upperBound {
      let one = unsafe buffer.loadUnaligned(fromByteOffset: index, as: SIMD16<Int8>.self)
      let two = unsafe buffer.loadUnaligned(fromByteOffset: index &+ 16, as: SIMD16<Int8>.self)
      odd |= one | two
      odd |= unsafe unsafeBitCast(one .== wanted, to: SIMD16<Int8>.self)
      odd |= unsafe unsafeBitCast(two .== wanted, to: SIMD16<Int8>.self)
      index &+= 32
    }
    let words = unsafe unsafeBitCast(odd, to: SIMD2<UInt64>.self)
    return (words[0] | words[1]) & 0x8080_8080_8080_8080 == 0
  }

  /// How many Unicode scalars begin in a stretch of UTF-8: bytes that continue none.
  static func scalars(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
    // As signed numbers, the bytes that continue a scalar are those below -64.
    let least = SIMD16<Int8>(repeating: -64)
    var index = range.lowerBound
    var total = 0
    while index &+ 16 <= range.upperBound {
      let end = blockEnd(index, range)
      var lanes = SIMD16<UInt8>(repeating: 0)
      while index < end {
        let block = unsafe buffer.loadUnaligned(fromByteOffset: index, as: SIMD16<Int8>.self)
        lanes &-= unsafe unsafeBitCast(block .>= least, to: SIMD16<UInt8>.self)
        index &+= 16
      }
      total &+= sum(lanes)
    }
    while index < range.upperBound {
      if unsafe buffer[index] & 0xC0 != 0x80 { total &+= 1 }
      index &+= 1
    }
    return total
  }

  /// A lane holds 8 bits: it is emptied before it can be full.
  @inline(__always)
  private static func blockEnd(_ index: Int, _ range: Range<Int>) -> Int {
    min(range.upperBound &- 15, index &+ 16 &* 255)
  }

  @inline(__always)
  private static func sum(_ lanes: SIMD16<UInt8>) -> Int {
    var total = 0
    for lane in 0..<16 { total &+= Int(lanes[lane]) }
    return total
  }
}
