import SGModel
import Workers

/// Which files have their groups put on a shelf.
struct Shelving {
  /// The size in bytes from which on a file is read twice, which costs less than keeping what is in it.
  var smallestFile = 1 << 20
  /// Whether one file may be read by two threads at once.
  var isParallel = false
  /// Whether groups in YAML are put on a shelf.
  var takesYAML = true
  /// How many bytes the records of the groups of one file of JSON may take.
  var recordLimit = 0
  /// Whether groups are asked for by their tags.
  var asksForTags = false

  /// The size in bytes from which on two threads pay.
  var smallestParallelFile: Int { smallestFile * 4 }
}

/// Reads a long list of groups and notes where each stands.
///
/// One file is read by two threads: the second begins where an element of the list seems to begin, near
/// the middle. That it does is known when the first arrives there, at an element; if it never does,
/// what the second read is thrown away. So the result is the same as that of one thread.
struct ShelfFiller {
  /// Memory is given back, and lines are counted, in steps of this size: within it, bytes that were
  /// read are still in the processor's cache.
  private static let window = 1 << 20

  private var shelf: GroupShelf
  private let plain: PlainGroup
  /// Where the last group that was read ends.
  private var place: LinePlace
  private var windowStart = 0
  private let isParallel: Bool
  private var hasSplit = false

  init(_ file: SourceFile, source: Int32, _ shelving: Shelving) {
    isParallel = shelving.isParallel && file.bytes.count >= shelving.smallestParallelFile
    shelf = GroupShelf(
      file, source: source, limit: isParallel ? shelving.recordLimit / 2 : shelving.recordLimit)
    plain = PlainGroup(bytes: file.bytes.buffer, isOfShelf: true)
    place = shelf.lines.start
  }

  /// Takes the element that is next, and, once in a file, all up to the end of what a second thread has
  /// read; returns how many, 0 where the next one is not plain.
  mutating func take(_ reader: inout JSONReader) -> Int {
    _ = reader.peek()
    if isParallel, !hasSplit {
      hasSplit = true
      if let count = takeInHalves(&reader) { return count }
    }
    return takeOne(&reader) ? 1 : 0
  }

  mutating func noteFact(_ index: Int) { shelf.noteFact(index) }

  /// The shelf, when the file was read; nothing where nothing was put on it.
  mutating func finish() -> GroupShelf? {
    leaveWindow(at: shelf.file.bytes.count)
    plain.writer.table.finish()
    return shelf.entries.contains { !$0.isFact } ? shelf : nil
  }

  private mutating func takeOne(_ reader: inout JSONReader) -> Bool {
    _ = reader.peek()
    place.advance(to: reader.position, in: shelf.file.bytes.buffer)
    // A group with a fault is no plain one: the error is found again, by who says it in words.
    guard let end = plain.read(at: place, number: shelf.entries.count) else { return false }
    let places = GroupShelf.Places(
      id: plain.id, vpc: plain.vpc, nameRange: plain.nameRange, arnRange: plain.arnRange)
    guard shelf.note(places, plain.writer, from: place, to: end.offset) else { return false }
    if end.offset - windowStart > Self.window { leaveWindow(at: place.offset) }
    place = end
    reader.seek(to: end.offset)
    return true
  }

  private mutating func leaveWindow(at position: Int) {
    shelf.countLines(to: position)
    shelf.file.bytes.forget(windowStart..<position)
    windowStart = position
  }

  // MARK: Two threads

  /// What the second thread has read.
  private struct Half: Sendable {
    let shelf: GroupShelf
    /// Where its first element begins.
    var start: Int
    /// Where its last element ends.
    var end: Int
    /// The place of that, as lines of the half are counted.
    var place: LinePlace
  }

  private mutating func takeInHalves(_ reader: inout JSONReader) -> Int? {
    let middle = reader.position + (shelf.file.bytes.count - reader.position) / 2
    guard let start = elementStart(near: middle, like: reader.position)
    else { return nil }
    nonisolated(unsafe) var half: Half?
    let file = shelf.file
    let source = shelf.source
    let limit = shelf.records.limit
    var count = 0
    var behind = reader.position
    Workers.both(
      {
        // Up to the other's first element, which must be an element here too.
        while reader.position < start, takeOne(&reader) {
          count += 1
          behind = reader.position
          var isFirst = false
          guard (try? reader.nextElement(isFirst: &isFirst)) ?? false else { break }
          _ = reader.peek()
        }
      },
      { half = Self.readHalf(of: file, source: source, from: start, limit) })
    if reader.position == start, let end = half?.end, let added = join(&half) {
      count += added
      behind = end
    }
    reader.seek(to: behind)
    return count == 0 ? nil : count
  }

  /// Appends what the second thread has read, and returns how many elements that is; nothing where the two
  /// do not fit together.
  private mutating func join(_ half: inout Half?) -> Int? {
    // Taken out, so that nothing of it is copied when it changes.
    guard let part = half.take() else { return nil }
    let count = part.shelf.entries.count
    let end = part.end
    let start = part.start
    var place = part.place
    shelf.countLines(to: start)
    guard let breaks = shelf.append(part.shelf) else { return nil }
    place.breaks += breaks
    self.place = place
    shelf.file.bytes.forget(windowStart..<start)
    windowStart = end
    return count
  }

  /// Reads plain elements from `start` on, as long as there are any.
  private static func readHalf(
    of file: SourceFile, source: Int32, from start: Int, _ limit: Int
  ) -> Half? {
    var filler = ShelfFiller(file, source: source, from: start, limit)
    var reader = JSONReader(file.bytes.buffer)
    reader.seek(to: start)
    var end = start
    while filler.takeOne(&reader) {
      end = reader.position
      var isFirst = false
      guard (try? reader.nextElement(isFirst: &isFirst)) ?? false else { break }
    }
    guard end > start else { return nil }
    filler.leaveWindow(at: end)
    filler.plain.writer.table.finish()
    return Half(shelf: filler.shelf, start: start, end: end, place: filler.place)
  }

  private init(_ file: SourceFile, source: Int32, from start: Int, _ limit: Int) {
    shelf = GroupShelf(file, source: source, from: start, limit: limit)
    plain = PlainGroup(bytes: file.bytes.buffer, isOfShelf: true)
    place = shelf.lines.start
    windowStart = start
    isParallel = false
  }

  /// A place near `middle` that looks like the start of an element, by what stands before the first
  /// one on its line, and how it begins.
  private func elementStart(near middle: Int, like first: Int) -> Int? {
    let bytes = shelf.file.bytes.buffer
    var lineStart = first
    while lineStart > 0, bytes[lineStart - 1] == 0x20 || bytes[lineStart - 1] == 0x09 {
      lineStart -= 1
    }
    // Without lines there is nothing to tell an element by.
    guard lineStart > 0, bytes[lineStart - 1] == 0x0A, first > lineStart else { return nil }
    let mark = bytes.part(lineStart - 1..<first + 1)
    return bytes.firstPlace(of: mark, from: middle, before: middle + Self.window)
      .map { $0 + mark.count - 1 }
  }
}
