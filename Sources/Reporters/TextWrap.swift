/// Breaks sentences into lines.
public enum TextWrap {
  /// Lines are never made shorter than this, however deep they are indented.
  private static let minimum = 40

  /// Returns `text`, which is safe to print, in lines of at most `width` columns where its words
  /// allow it; a command between backquotes counts as one word, so that it can be copied.
  public static func lines(_ text: String, width: Int) -> [String] {
    let width = max(minimum, width)
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
