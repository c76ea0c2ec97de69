import SGModel
import Workers

/// Which files have their groups put on a shelf.
struct Shelving {
  /// The size in bytes from which on a file is read twice, which costs less than keeping what is in it.
  var smallestFile = 1 << 20
  /// How many threads may read one file at once.
  var threads = 1
  /// Whether groups in YAML are put on a shelf.
  var takesYAML = true
  /// How many bytes the records of the groups of one file of JSON may take.
  var recordLimit = 0
  /// Whether groups are asked for by their tags.
  var asksForTags = false

  /// Whether one file may be read by several threads at once.
  var isParallel: Bool { threads > 1 }

  /// The size in bytes from which on several threads pay.
  private var smallestParallelFile: Int { smallestFile * 4 }

  /// In how many parts a file of so many bytes is read: each has tables of its own, so that they are not many.
  func parts(of size: Int) -> Int {
    guard isParallel, size >= smallestParallelFile else { return 1 }
    return min(threads, Self.partLimit, max(2, size / max(1, smallestFile)))
  }

  private static let partLimit = 16
}

/// Reads a long list of groups and notes where each stands.
///
/// One file is read by several threads, a part each: a part begins where an element of the list seems to
/// begin, near a place. That it does is known when all before it is read up to there, and an element is next; if it
/// never is, what was read of the part is thrown away. So the result is the same as that of one thread.
struct ShelfFiller {
  /// Memory is given back, and lines are counted, in steps of this size: within it, bytes that were
  /// read are still in the processor's cache.
  private static let window = 1 << 20

  private var shelf: GroupShelf
  private let plain: PlainGroup
  /// Where the last group that was read ends.
  private var place: LinePlace
  private var windowStart = 0
  /// How many threads may read.
  private let threads: Int
  /// In how many parts the file is to be read; 1 once it is.
  private var partCount: Int
  /// The parts that are being read, and the first of them that was not come to.
  private var parts: OrderedResults<Part?>?
  private var nextPart: Part?

  init(_ file: SourceFile, source: Int32, _ shelving: Shelving) {
    threads = shelving.threads
    partCount = shelving.parts(of: file.bytes.count)
    shelf = GroupShelf(file, source: source, limit: shelving.recordLimit / partCount)
    plain = PlainGroup(bytes: file.bytes.buffer, isOfShelf: true)
    place = shelf.lines.start
  }

  /// Takes the element that is next, or all of a part that begins with it; returns how many, 0 where the next one is
  /// not plain.
  mutating func take(_ reader: inout JSONReader) -> Int {
    _ = reader.peek()
    if partCount > 1 {
      begin(&reader)
      partCount = 1
    }
    if let count = takePart(&reader) { return count }
    return takeOne(&reader) ? 1 : 0
  }

  mutating func noteFact(_ index: Int) { shelf.noteFact(index) }

  /// The shelf, when the file was read; nothing where nothing was put on it.
  mutating func finish() -> GroupShelf? {
    parts = nil
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

  // MARK: Several threads

  /// What was read of a part.
  private struct Part: Sendable {
    let shelf: GroupShelf
    /// Where its first element begins.
    var start: Int
    /// Where its last element ends.
    var end: Int
    /// The place of that, as lines of the part are counted.
    var place: LinePlace
  }

  /// Begins to read all from the element that is next, in parts.
  private mutating func begin(_ reader: inout JSONReader) {
    let first = reader.position
    var starts = [first]
    for number in 1..<partCount {
      let place = first + (shelf.file.bytes.count - first) / partCount * number
      if let start = elementStart(near: place, like: first), start > starts[starts.count - 1] {
        starts.append(start)
      }
    }
    guard starts.count > 1 else { return }
    let (file, source, limit) = (shelf.file, shelf.source, shelf.records.limit)
    let count = starts.count
    starts.append(.max)
    let bounds = starts
    parts = OrderedResults(from: 0, to: count, jobs: threads) {
      { number in
        Self.readPart(of: file, source: source, from: bounds[number], to: bounds[number + 1], limit)
      }
    }
  }

  /// Takes the part that begins with the element that is next, and returns how many elements that is; nothing where
  /// none does.
  private mutating func takePart(_ reader: inout JSONReader) -> Int? {
    while let parts {
      if nextPart == nil {
        guard let next = parts.next() else {
          self.parts = nil
          return nil
        }
        nextPart = next
      }
      // One of which nothing could be read is passed.
      guard let part = nextPart else { continue }
      if part.start > reader.position { return nil }
      nextPart = nil
      // What was passed did not begin where it seemed to.
      guard part.start == reader.position else { continue }
      let end = part.end
      guard let count = join(part) else { continue }
      reader.seek(to: end)
      return count
    }
    return nil
  }

  /// Appends what was read of a part, and returns how many elements that is; nothing where it does not fit what is
  /// before it.
  private mutating func join(_ part: consuming Part) -> Int? {
    let count = part.shelf.entries.count
    let (start, end) = (part.start, part.end)
    var place = part.place
    shelf.countLines(to: start)
    guard let breaks = shelf.append(part.shelf) else { return nil }
    place.breaks += breaks
    self.place = place
    shelf.file.bytes.forget(windowStart..<max(windowStart, start))
    windowStart = end
    return count
  }

  /// Reads plain elements from `start` on, as long as there are any, and none that begins at or behind `stop`.
  private static func readPart(
    of file: SourceFile, source: Int32, from start: Int, to stop: Int, _ limit: Int
  ) -> Part? {
    var filler = ShelfFiller(file, source: source, from: start, limit)
    var reader = JSONReader(file.bytes.buffer)
    reader.seek(to: start)
    var end = start
    while reader.position < stop, filler.takeOne(&reader) {
      end = reader.position
      var isFirst = false
      guard (try? reader.nextElement(isFirst: &isFirst)) ?? false else { break }
      _ = reader.peek()
    }
    guard end > start else { return nil }
    filler.leaveWindow(at: end)
    filler.plain.writer.table.finish()
    return Part(shelf: filler.shelf, start: start, end: end, place: filler.place)
  }

  private init(_ file: SourceFile, source: Int32, from start: Int, _ limit: Int) {
    shelf = GroupShelf(file, source: source, from: start, limit: limit)
    plain = PlainGroup(bytes: file.bytes.buffer, isOfShelf: true)
    place = shelf.lines.start
    windowStart = start
    threads = 1
    partCount = 1
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
