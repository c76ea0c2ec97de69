import SGModel

/// A line of source around a span, cut to the width of the terminal, and where to underline it.
///
/// Plans are one line of many megabytes, so only the bytes around the span are looked at.
struct Excerpt {
  /// The number of the line.
  var line: Int
  /// The text, safe to print, with `…` where it was cut.
  var text: String
  /// How many columns stand before the span.
  var indent: Int
  /// How many columns the span takes, at least one.
  var length: Int

  private static let tab = 4
  private static let context = 20

  /// Finds the line of `span` and cuts it to `width` columns; the number of the line and its margin
  /// count.
  ///
  /// A file that may hold secrets beside the span is not quoted.
  init?(_ span: SourceSpan, _ sources: inout SourceMap, width: Int) {
    guard let (file, table) = sources.lines(of: span), file.isQuotable else { return nil }
    line = table.position(of: span.start).line
    let available = max(40, width) - String(line).utf8.count - 3
    // Two bytes are the most that a column takes, as far as letters carry no marks.
    let (bytes, start) = table.line(around: span.start, radius: available * 2)
    guard file.mayQuote(start..<start + bytes.count) else { return nil }
    let from = min(bytes.count, max(0, span.start - start))
    let to = min(bytes.count, max(from, span.end - start))
    let left = SafeText.cells(String(decoding: bytes[..<from], as: UTF8.self), tab: Self.tab)
    let marked = SafeText.cells(String(decoding: bytes[from..<to], as: UTF8.self), tab: Self.tab)
    let right = SafeText.cells(String(decoding: bytes[to...], as: UTF8.self), tab: Self.tab)
    let isCutLeft = table.position(of: start).column > 1
    let isCutRight = !Self.isLineEnd(start + bytes.count, in: file.bytes)

    let total = (left + marked + right).reduce(0) { $0 + $1.width }
    guard isCutLeft || isCutRight || total > available else {
      text = (left + marked + right).map(\.text).joined()
      indent = left.reduce(0) { $0 + $1.width }
      length = max(1, marked.reduce(0) { $0 + $1.width })
      return
    }
    // The span comes first, then as much before and behind it as there is room for.
    let room = available - 2
    let leftWidth = left.reduce(0) { $0 + $1.width }
    let rightWidth = right.reduce(0) { $0 + $1.width }
    let middle = Self.prefix(marked, width: room - min(leftWidth, Self.context))
    let rest = room - middle.width
    let before = Self.suffix(left, width: max(rest / 2, rest - rightWidth))
    let after =
      middle.isWhole
      ? Self.prefix(right, width: rest - before.width) : (text: "", width: 0, isWhole: false)
    let opening = isCutLeft || !before.isWhole ? "…" : ""
    let closing = isCutRight || !after.isWhole ? "…" : ""
    text = opening + before.text + middle.text + after.text + closing
    indent = before.width + (opening.isEmpty ? 0 : 1)
    length = max(1, middle.width)
  }

  private static func isLineEnd(_ offset: Int, in bytes: SourceBytes) -> Bool {
    guard offset < bytes.count else { return true }
    let byte = bytes.buffer[offset]
    if byte == 0x0D { return offset + 1 == bytes.count || bytes.buffer[offset + 1] == 0x0A }
    return byte == 0x0A
  }

  private static func prefix(
    _ cells: [SafeText.Cell], width: Int
  ) -> (text: String, width: Int, isWhole: Bool) {
    var text = ""
    var used = 0
    for cell in cells {
      guard used + cell.width <= width else { return (text, used, false) }
      text += cell.text
      used += cell.width
    }
    return (text, used, true)
  }

  private static func suffix(
    _ cells: [SafeText.Cell], width: Int
  ) -> (text: String, width: Int, isWhole: Bool) {
    var used = 0
    var first = cells.count
    while first > 0, used + cells[first - 1].width <= width {
      first -= 1
      used += cells[first].width
    }
    return (cells[first...].map(\.text).joined(), used, first == 0)
  }
}
