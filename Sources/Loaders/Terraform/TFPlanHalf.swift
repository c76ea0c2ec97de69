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
  private let turns = Turns(2)
  // Written by the thread that reads before it says so in `turns`, and read by the other one behind that.
  private var begin: Int?
  private var result: Reading?

  /// In steps of which size something is searched for.
  private static let window = 1 << 20
  /// The size in bytes from which on two threads pay.
  static let smallestFile = 512 << 10

  init(_ file: SourceFile) { self.file = file }

  /// Where the half begins, if it does; waits until that is known.
  var start: Int? {
    turns.wait(for: 1)
    return begin
  }

  /// What was read, if it could be; waits for it.
  func wait() -> Reading? {
    turns.wait(for: 2)
    defer { result = nil }
    return result
  }

  /// Reads the half with `makeReader`'s reader; called by the second thread.
  func read(_ makeReader: () -> TFPlanReader) {
    begin = start(in: file.bytes.buffer)
    turns.finish(0)
    defer { turns.finish(1) }
    guard let begin else { return }
    let behind = ReadBehind(file, from: begin)
    var reader = JSONReader(file.bytes.buffer)
    reader.seek(to: begin)
    reader.forgetBehind(behind)
    var half = makeReader()
    result = try? half.readHalf(&reader, behind)
  }

  /// Where the second half begins: at what seems to be a change, so far behind that both threads have as
  /// much to do.
  private func start(in bytes: UnsafeRawBufferPointer) -> Int? {
    // Quotes in a text would have backslashes before them, so this is a key.
    guard let key = place(of: "\"resource_changes\":[", in: bytes) else { return nil }
    let list = key + "\"resource_changes\":[".utf8.count
    // What is passed over takes two fifths of the time of what is taken, and to find this place takes some too.
    let middle = bytes.count / 2 + key / 10 * 3 + bytes.count / 40
    guard middle > list else { return nil }
    // Between two changes there is what stands before the first, and how that begins.
    let first = bytes.part(list..<min(list + 12, bytes.count))
    guard first.count == 12 else { return nil }
    let mark = [UInt8(ascii: ",")] + first
    return mark.withUnsafeBytes {
      bytes.firstPlace(of: $0, from: middle - 1, before: middle + Self.window)
    }.map { $0 + 1 }
  }

  /// The first place where `word` stands.
  private func place(of word: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
    let letters = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Self.window)
      if let place = bytes.firstPlace(ofRareEnd: letters, from: start, before: end) { return place }
      // What the first thread has not come to would stay in memory until it does.
      file.bytes.forget(start..<end)
      start = end
    }
    return nil
  }
}
