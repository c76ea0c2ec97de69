import SGModel
import Workers

/// The second half of a long list of groups in YAML, read by a thread of its own while the first one reads what
/// stands before.
///
/// Where it begins is a guess: an element of the list seems to begin there. Each of the two has a parser of its own,
/// and leaves something out: the second one what stands between the list's first element and the half, the first
/// one the half. Both see whether an element of the list is where they go on; if one is not, what both have read is
/// thrown away. So the result is the same as that of one thread.
final class YAMLHalf: @unchecked Sendable {
  /// What was read.
  struct Reading {
    var shelf: YAMLShelfFiller
    /// How many groups that is.
    var count: Int
    /// Where the first element begins that was not read.
    var end: YAMLElementPlace
  }

  private let file: SourceFile
  private let source: Int32
  /// The second element of the list: the list itself begins with the first one.
  private let list: YAMLElementPlace
  /// Where the half begins.
  let start: YAMLElementPlace
  private let turns = Turns(1)
  private let isNeedless = Flag()
  // Written by the thread that reads before it says so in `turns`, and read by the other one behind that.
  private var result: Reading?

  /// How far from the start of the file the list may begin: what is before it is read by both threads.
  private static let farthestList = 64 << 10
  /// How far an element is looked for.
  private static let window = 1 << 20

  /// Creates the half of a file; nothing where none is found.
  init?(_ file: SourceFile, source: Int32) {
    let bytes = file.bytes.buffer
    guard let first = Self.firstElement(in: bytes),
      let second = Self.element(like: first, behind: first.node, in: bytes),
      second.line <= Self.farthestList,
      let start = Self.element(
        like: first, behind: second.node + (bytes.count - second.node) / 2, in: bytes)
    else { return nil }
    self.file = file
    self.source = source
    list = second
    self.start = start
  }

  /// Where the first element of the list stands, in block style and on the line of its hyphen.
  private static func firstElement(in bytes: UnsafeRawBufferPointer) -> YAMLElementPlace? {
    let head = bytes.part(0..<min(bytes.count, farthestList))
    var place = 0
    let key: StaticString = "SecurityGroups:"
    while let found = head.firstPlace(of: key, from: place) {
      place = found + key.utf8CodeUnitCount
      guard let lineEnd = head[place...].firstIndex(of: 0x0A),
        head[place..<lineEnd].allSatisfy({ $0 == 0x20 || $0 == 0x0D })
      else { continue }
      var node = lineEnd + 1
      while node < head.count, head[node] == 0x20 || head[node] == UInt8(ascii: "-") { node += 1 }
      return YAMLElementPlace(node: node, in: head)
    }
    return nil
  }

  /// What seems to be an element behind `place`: its line begins as that of the first one, up to its first key.
  private static func element(
    like first: YAMLElementPlace, behind place: Int, in bytes: UnsafeRawBufferPointer
  ) -> YAMLElementPlace? {
    // With the line break before it.
    guard first.line > 0 else { return nil }
    let line = bytes.part(first.line - 1..<min(first.node + 64, bytes.count))
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), !line[1..<colon].contains(0x0A),
      let found = bytes.firstPlace(
        of: line.part(0..<colon + 1), from: place, before: place + window)
    else { return nil }
    return YAMLElementPlace(node: found + 1 + first.node - first.line, in: bytes)
  }

  /// What the first thread leaves out.
  var gap: YAMLGap { YAMLGap(start: start.line) { self.wait() } }

  /// Where the first thread goes on, if anything was read; waits for it.
  private func wait() -> YAMLElementPlace? {
    turns.wait(for: 1)
    return result?.end
  }

  /// What was read, to be taken once.
  func take() -> Reading? {
    defer { result = nil }
    wasTaken = result != nil
    return result
  }

  /// Whether what was read was taken.
  private(set) var wasTaken = false

  /// Says that nobody will ask for what is read.
  func stop() { isNeedless.raise() }

  /// Reads the half; called by the second thread.
  func read() {
    defer { turns.finish(0) }
    let groups = Groups(YAMLShelfFiller(file, source: source, from: start.line), isNeedless)
    let (list, start) = (list, start)
    let end = YAMLReader.elements(
      in: file.bytes.buffer, source: source, handing: groups,
      behind: YAMLGap(start: list.line) { start })
    guard let end, groups.count > 0 else { return }
    groups.shelf.endPart(at: end.line)
    result = Reading(shelf: groups.shelf, count: groups.count, end: end)
  }

  /// Takes plain groups as long as there are any.
  private final class Groups: YAMLElementTaker {
    var shelf: YAMLShelfFiller
    private(set) var count = 0
    private var isBehindGap = false
    private let isNeedless: Flag

    init(_ shelf: YAMLShelfFiller, _ isNeedless: Flag) {
      self.shelf = shelf
      self.isNeedless = isNeedless
    }

    func begin(listUnder key: Value) -> Bool { key.hasText("SecurityGroups") }

    func takeLeftOut() -> Bool {
      isBehindGap = true
      return true
    }

    func take(_ element: Value) -> Bool {
      // Before the gap, another list of groups may have ended; the first thread has it.
      guard isBehindGap, !isNeedless.isRaised, shelf.take(element) else { return false }
      count += 1
      return true
    }
  }
}
