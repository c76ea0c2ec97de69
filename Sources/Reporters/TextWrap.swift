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
    guard SafeText.isPlain(UnsafeRawBufferPointer(text)) else { return nil }
    var words = PlainWords(text)
    var lines: [String] = []
    var line: [UInt8] = []
    while let word = words.next() {
      if !line.isEmpty, line.count + 1 + word.columns > width {
        lines.append(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      }
      if !line.isEmpty { line.append(UInt8(ascii: " ")) }
      words.each(word) { line.append(contentsOf: $0) }
    }
    if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  /// Whether a text is paragraphs of printable ASCII, a line each, none of which has to be escaped or begins
  /// with a space.
  static func isPlainProse(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var rest = text[...]
    var count = 0
    while let paragraph = nextParagraph(&rest) {
      guard let first = paragraph.first, first != UInt8(ascii: " "),
        // What is not at the start of the text begins a line of the terminal.
        count == 0 || first != UInt8(ascii: ":"),
        SafeText.isPlain(UnsafeRawBufferPointer(paragraph))
      else { return false }
      count += 1
    }
    return count > 0
  }

  /// Appends prose for which `isPlainProse` holds, in the lines of `lines`, all but the first behind `indent`
  /// spaces.
  static func append(
    plainProse text: UnsafeBufferPointer<UInt8>, width: Int, indent: Int, to sink: inout ByteSink
  ) {
    let width = max(minimum, width)
    var rest = text[...]
    var isFirst = true
    while let paragraph = nextParagraph(&rest) {
      var words = PlainWords(paragraph)
      var used = 0
      while let word = words.next() {
        if used > 0, used + 1 + word.columns <= width {
          sink.append(UInt8(ascii: " "))
          used += 1 + word.columns
        } else {
          if !isFirst {
            sink.append(UInt8(ascii: "\n"))
            sink.append(spaces: indent)
          }
          isFirst = false
          used = word.columns
        }
        words.each(word) { sink.append(UnsafeRawBufferPointer($0)) }
      }
    }
    sink.append(UInt8(ascii: "\n"))
  }

  /// The next line that is not empty.
  private static func nextParagraph(
    _ rest: inout Slice<UnsafeBufferPointer<UInt8>>
  ) -> UnsafeBufferPointer<UInt8>? {
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      let paragraph = rest[..<end]
      rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
      if !paragraph.isEmpty { return UnsafeBufferPointer(rebasing: paragraph) }
    }
    return nil
  }

  /// The words of a text of printable ASCII, commands between backquotes as one.
  private struct PlainWords {
    struct Word {
      var range: Range<Int>
      /// Its length with one space where it has several.
      var columns: Int
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let hasCommands: Bool
    private var index = 0

    private static let space = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "`")

    init(_ text: UnsafeBufferPointer<UInt8>) {
      self.text = text
      // A backquote that nothing closes is no command.
      var quotes = 0
      for byte in text where byte == Self.quote { quotes &+= 1 }
      hasCommands = quotes > 0 && quotes.isMultiple(of: 2)
    }

    mutating func next() -> Word? {
      var isOpen = false
      var word: Word?
      while true {
        while index < text.count, text[index] == Self.space { index &+= 1 }
        let start = index
        while index < text.count, text[index] != Self.space {
          if text[index] == Self.quote { isOpen.toggle() }
          index &+= 1
        }
        guard index > start else { return word }
        let columns = word.map { $0.columns + 1 } ?? 0
        word = Word(
          range: (word?.range.lowerBound ?? start)..<index, columns: columns + index - start)
        if !isOpen || !hasCommands { return word }
      }
    }

    /// Hands over the parts of a word.
    func each(_ word: Word, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
      if word.columns == word.range.count {
        body(UnsafeBufferPointer(rebasing: text[word.range]))
        return
      }
      var isBehindSpace = false
      for place in word.range {
        let isSpace = text[place] == Self.space
        if !isSpace || !isBehindSpace { body(UnsafeBufferPointer(rebasing: text[place...place])) }
        isBehindSpace = isSpace
      }
    }
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
