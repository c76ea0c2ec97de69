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
  /// Of each file that was asked for: its lines, and a cursor, for the next place is mostly near.
  private var tables: [(table: LineTable, cursor: LineCursor)?]
  /// Of each file what was looked at: places of findings are all over large ones.
  private let touched: [TouchedPages]

  /// Creates the map of a run's files.
  init(_ report: Report) {
    sources = report.sources
    touched = sources.map { TouchedPages($0.bytes) }
    tables = sources.indices.map { index in report.lines[index].map { ($0, LineCursor($0)) } }
  }

  /// Returns the file that the span is in, and its lines.
  mutating func lines(of span: SourceSpan) -> (file: SourceFile, table: LineTable)? {
    let index = Int(span.source)
    guard sources.indices.contains(index) else { return nil }
    if let known = tables[index] { return (sources[index], known.table) }
    let table = LineTable(sources[index])
    tables[index] = (table, LineCursor(table))
    return (sources[index], table)
  }

  private mutating func position(_ offset: Int, inSource index: Int) -> SourcePosition {
    touched[index].touch(offset)
    return tables[index]?.cursor.position(of: offset) ?? SourcePosition(line: 1, column: 1)
  }

  /// Returns where the span begins.
  mutating func start(of span: SourceSpan?) -> (path: String, at: SourcePosition)? {
    guard let span else { return nil }
    let index = Int(span.source)
    guard sources.indices.contains(index) else { return nil }
    if tables[index] == nil { _ = lines(of: span) }
    return (sources[index].path, position(span.start, inSource: index))
  }

  /// Returns where the span is.
  mutating func place(of span: SourceSpan?) -> Place? {
    guard let span, let (file, _) = lines(of: span) else { return nil }
    return Place(
      path: file.path, start: position(span.start, inSource: Int(span.source)),
      end: position(span.end, inSource: Int(span.source)))
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
