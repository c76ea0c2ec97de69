/// Breaks sentences into lines.
public enum TextWrap {
  /// Lines are never made shorter than this, however deep they are indented.
  private static let minimum = 40

  /// Returns `text`, which is safe to print, in lines of at most `width` columns where its words
  /// allow it; a command between backquotes counts as one word, so that it can be copied.
  public static func lines(_ text: String, width: Int) -> [String] {
    let width = max(minimum, width)
    var plain = text
    if let lines = plain.withUTF8({ plainLines($0, width) }) { return lines }
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in words(text) {
      let columns = SafeText.cells(word, tab: 1).reduce(0) { $0 + $1.width }
      if !line.isEmpty, used + 1 + columns > width {
        lines.append(line)
        line = word
        used = columns
      } else {
        line += line.isEmpty ? word : " " + word
        used += line.utf8.count == word.utf8.count ? columns : columns + 1
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }

  /// The lines of a text of printable ASCII, where a column is a byte; nothing for any other text.
  ///
  /// To look for the borders of characters takes ten times as long, and most texts have none but these.
  private static func plainLines(
    _ text: UnsafeBufferPointer<UInt8>, _ width: Int
  ) -> [String]? {
    let space = UInt8(ascii: " ")
    let quote = UInt8(ascii: "`")
    var quotes = 0
    for byte in text {
      // A number sign may begin what is shown with an escape.
      guard byte >= space, byte < 0x7F, byte != UInt8(ascii: "#") else { return nil }
      if byte == quote { quotes += 1 }
    }
    // A backquote that nothing closes is no command.
    let hasCommands = quotes > 0 && quotes.isMultiple(of: 2)
    var lines: [String] = []
    var line: [UInt8] = []
    var word: [UInt8] = []
    var isOpen = false
    var index = 0
    while index < text.count {
      let start = index
      while index < text.count, text[index] != space {
        if text[index] == quote { isOpen.toggle() }
        index += 1
      }
      if index > start {
        if !word.isEmpty { word.append(space) }
        word.append(contentsOf: text[start..<index])
      }
      index += 1
      if word.isEmpty || (isOpen && hasCommands) { continue }
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      }
      if !line.isEmpty { line.append(space) }
      line.append(contentsOf: word)
      word.removeAll(keepingCapacity: true)
    }
    if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isOpen = false
    for part in text.split(separator: " ") {
      if isOpen, let last = words.indices.last {
        words[last] += " " + part
      } else {
        words.append(String(part))
      }
      if !part.utf8.count(where: { $0 == UInt8(ascii: "`") }).isMultiple(of: 2) { isOpen.toggle() }
    }
    // A backquote that nothing closes is no command.
    return isOpen ? text.split(separator: " ").map { String($0) } : words
  }
}
