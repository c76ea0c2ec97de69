import SGModel
import Workers

/// The second half of the changes of a large plan, read by a thread of its own while the first one reads what
/// stands before.
///
/// Where it begins is a guess: an element of the list seems to begin there. The first thread finds out
/// whether one does when it arrives there; if it never does, what was read here is thrown away. So the
/// result is the same as that of one thread.
final class TFPlanHalf: @unchecked Sendable {
  /// What was read: the resources of the second half, and the configuration where that follows.
  struct Reading {
    var reader: TFPlanReader
    var behind: ReadBehind
    /// Where the list of changes ends.
    var end: Int
    /// The configuration, where it stands and where it ends.
    var configuration: (Range<Int>)?
  }

  private let file: SourceFile
  private let sections: TFPlanSections
  /// Where the half begins.
  let start: Int
  /// The planned values, where they are to be checked later.
  private(set) var leftOut: TFLeftOut?
  private let turns = Turns(1)
  // Written by the thread that reads before it says so in `turns`, and read by the other one behind that.
  private var result: Reading?

  /// Where a change is searched for behind a place.
  private static let window = 1 << 20
  /// The size in bytes from which on two threads pay.
  static let smallestFile = 512 << 10

  /// Finds the half of a plan; nothing where none seems to begin.
  init?(_ file: SourceFile) {
    let bytes = file.bytes.buffer
    guard let sections = TFPlanSections(in: bytes),
      let start = Self.start(sections, in: bytes)
    else { return nil }
    self.file = file
    self.sections = sections
    self.start = start
  }

  /// What was read, if it could be; waits for it.
  func wait() -> Reading? {
    turns.wait(for: 1)
    defer { result = nil }
    return result
  }

  /// Reads the half with `makeReader`'s reader; called by the second thread.
  func read(_ makeReader: () -> TFPlanReader) {
    defer { turns.finish(0) }
    let behind = ReadBehind(file, from: start)
    var reader = JSONReader(file.bytes.buffer)
    reader.seek(to: start)
    reader.forgetBehind(behind)
    var half = makeReader()
    result = try? half.readHalf(&reader, behind)
  }

  /// Leaves out the planned values, which begin at `start`, and returns where to go on reading, and what lies
  /// behind the reader then; nothing where they have to be read now.
  func leaveOut(_ start: Int, _ before: ReadBehind) -> (end: Int, behind: ReadBehind)? {
    guard leftOut == nil, let planned = sections.planned, planned.lowerBound == start else {
      return nil
    }
    let left = TFLeftOut(planned, of: file, before)
    leftOut = left
    return (planned.upperBound, left.behind)
  }

  /// Where the second half begins: at what seems to be a change, so far behind that both threads have as
  /// much to do.
  private static func start(
    _ sections: TFPlanSections, in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    let list = sections.changes
    let middle = middle(of: bytes, from: list)
    guard middle > list else { return nil }
    // Between two changes there is what stands before the first, and how that begins.
    let first = bytes.part(list..<min(list + 12, bytes.count))
    guard first.count == 12 else { return nil }
    let mark = [UInt8(ascii: ",")] + first
    return mark.withUnsafeBytes {
      bytes.firstPlace(of: $0, from: middle - 1, before: middle + Self.window)
    }.map { $0 + 1 }
  }

  /// How many parts of what is read are looked at to find its middle.
  private static let samples = 32

  /// The place behind which there is as much to do as between `start` and it.
  private static func middle(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let size = (bytes.count - start) / samples
    let weights = (0..<samples).map { weight(of: bytes, at: start + size * $0 + size / 2) }
    var left = weights.reduce(0, +)
    // The first thread joins the two.
    let half = left * 52 / 100
    for (number, weight) in weights.enumerated() {
      left -= weight
      guard left <= half else { continue }
      // A part of this one is still before the middle.
      return start + size * number + size * (weight - (half - left)) / max(1, weight)
    }
    return start
  }

  /// How long a byte takes of what stands at a place, in hundredths: groups, whose lists differ, have to be looked
  /// at as a whole.
  private static func weight(of bytes: UnsafeRawBufferPointer, at place: Int) -> Int {
    let type: StaticString = #","type":"aws_"#
    let group: StaticString = #"security_group""#
    guard let found = bytes.firstPlace(of: type, from: place, before: place + 16 << 10) else {
      return 100
    }
    let name = found + type.utf8CodeUnitCount
    return bytes.firstPlace(of: group, from: name, before: name + 1) == nil ? 100 : 200
  }
}
