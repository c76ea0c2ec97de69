import SGModel

/// What lies behind a reader of a file: its lines are counted while its bytes are still at hand, and then its
/// memory may go to something else.
///
/// A class because readers are copied.
final class ReadBehind {
  private let file: SourceFile
  /// The lines of the file, as far as it was read.
  private(set) var lines: LineTable

  init(_ file: SourceFile) {
    self.file = file
    lines = LineTable(unread: file)
  }

  /// Creates what lies behind a reader that begins at `offset`.
  init(_ file: SourceFile, from offset: Int) {
    self.file = file
    lines = LineTable(unread: file, from: offset)
  }

  /// Takes over from the reader that has read up to `offset`, where `other` began.
  func join(_ other: ReadBehind, at offset: Int) -> Bool {
    lines.extend(to: offset)
    return lines.append(other.lines) != nil
  }

  /// Lets go of a stretch that was read.
  func forget(_ range: Range<Int>) {
    lines.extend(to: range.upperBound)
    file.bytes.forget(range)
  }

  /// The lines of the whole file, when all of it was read.
  func finish() -> LineTable {
    lines.extend(to: file.bytes.count)
    file.bytes.forget(0..<file.bytes.count)
    return lines
  }
}
