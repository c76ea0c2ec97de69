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

  /// Cuts the line of `span`, of which the number is known, to `width` columns; the number and its margin
  /// count.
  ///
  /// A file that may hold secrets beside the span is not quoted.
  init?(_ span: SourceSpan, inLine line: Int, _ sources: inout SourceMap, width: Int) {
    guard let (file, table) = sources.lines(of: span), file.isQuotable else { return nil }
    self.line = line
    let available = max(40, width) - String(line).utf8.count - 3
    // Two bytes are the most that a column takes, as far as letters carry no marks.
    let (bytes, start) = table.line(around: span.start, radius: available * 2)
    guard file.mayQuote(start..<start + bytes.count) else { return nil }
    let from = min(bytes.count, max(0, span.start - start))
    let to = min(bytes.count, max(from, span.end - start))
    let isCutLeft = !table.isLineStart(start)
    let isCutRight = !Self.isLineEnd(start + bytes.count, in: file.bytes)
    if bytes.withUnsafeBytes({ SafeText.isPlain($0) }) {
      (text, indent, length) = Self.plain(bytes, from..<to, isCutLeft, isCutRight, available)
      return
    }
    let left = SafeText.cells(String(decoding: bytes[..<from], as: UTF8.self), tab: Self.tab)
    let marked = SafeText.cells(String(decoding: bytes[from..<to], as: UTF8.self), tab: Self.tab)
    let right = SafeText.cells(String(decoding: bytes[to...], as: UTF8.self), tab: Self.tab)

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

  /// The same of a line in which a byte is a column.
  private static func plain(
    _ bytes: [UInt8], _ marked: Range<Int>, _ isCutLeft: Bool, _ isCutRight: Bool, _ available: Int
  ) -> (text: String, indent: Int, length: Int) {
    guard isCutLeft || isCutRight || bytes.count > available else {
      return (String(decoding: bytes, as: UTF8.self), marked.lowerBound, max(1, marked.count))
    }
    let room = available - 2
    let right = bytes.count - marked.upperBound
    let middle = min(marked.count, max(0, room - min(marked.lowerBound, Self.context)))
    let rest = room - middle
    let before = min(marked.lowerBound, max(0, rest / 2, rest - right))
    let after = middle == marked.count ? min(right, max(0, rest - before)) : 0
    let isWhole = middle == marked.count && after == right
    let opening = isCutLeft || before < marked.lowerBound ? "…" : ""
    let closing = isCutRight || !isWhole ? "…" : ""
    let shown = bytes[marked.lowerBound - before..<marked.lowerBound + middle + after]
    return (
      opening + String(decoding: shown, as: UTF8.self) + closing,
      before + (opening.isEmpty ? 0 : 1), max(1, middle)
    )
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
