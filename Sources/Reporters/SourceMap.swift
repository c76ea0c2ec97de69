import SGModel

/// A stretch of a file as people count it; the end is the place behind the last character.
struct Place: Hashable {
  /// The file's name.
  var path: String
  /// Where it begins.
  var start: SourcePosition
  /// Where it ends.
  var end: SourcePosition

  /// The place as editors take it: `main.tf:41:3`.
  var text: String { "\(path):\(start.line):\(start.column)" }
}

/// Turns spans into places; what that needs to know of a file is made once, when it is first asked
/// for.
struct SourceMap {
  private let sources: [SourceFile]
  private var tables: [LineTable?]

  /// Creates the map of a run's files.
  init(_ sources: [SourceFile]) {
    self.sources = sources
    tables = Array(repeating: nil, count: sources.count)
  }

  /// Returns the file that the span is in, and its lines.
  mutating func lines(of span: SourceSpan) -> (file: SourceFile, table: LineTable)? {
    let index = Int(span.source)
    guard sources.indices.contains(index) else { return nil }
    if let table = tables[index] { return (sources[index], table) }
    let table = LineTable(sources[index])
    tables[index] = table
    return (sources[index], table)
  }

  /// Returns where the span is.
  mutating func place(of span: SourceSpan?) -> Place? {
    guard let span, let (file, table) = lines(of: span) else { return nil }
    return Place(
      path: file.path, start: table.position(of: span.start), end: table.position(of: span.end))
  }

  /// Returns the beginning of the span's text, at most `limit` bytes of its first line.
  mutating func snippet(of span: SourceSpan, limit: Int) -> String? {
    guard let (file, table) = lines(of: span), file.isQuotable else { return nil }
    let (bytes, start) = table.line(around: span.start, radius: limit)
    let from = min(bytes.count, max(0, span.start - start))
    let to = min(bytes.count, max(from, span.end - start))
    guard from < to, file.mayQuote(start + from..<start + to) else { return nil }
    return String(decoding: bytes[from..<to], as: UTF8.self)
  }
}
