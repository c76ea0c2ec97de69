/// Text of unknown origin, made fit to be printed.
///
/// Names, tags, paths and lines of the input are written by whoever wrote the input. Printed as they
/// are they could move the cursor, retitle the window, forge a line of the report, turn its letters
/// around, or speak to the CI service that reads the log. Here each such character is shown as a
/// visible escape (`\n`, `\u{1B}`). A backslash stays as it is, so an escape can also have been
/// written out in the input: the two look alike, and neither does any harm.
enum SafeText {
  /// A character as it is shown.
  struct Cell {
    /// What to print.
    var text: String
    /// How many columns of a terminal it takes.
    var width: Int
  }

  /// More marks than this on one letter are not a script but a flood.
  private static let maximumMarks = 4

  /// Returns whether the scalar has no picture of its own, or changes how others are shown:
  /// controls, line separators, bidi controls, zero-width characters, noncharacters.
  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0xA0 { return scalar.value < 0x20 || scalar.value >= 0x7F }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
    default:
      return properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
    }
  }

  /// Returns whether a CI service would take the beginning of `rest` for a command.
  ///
  /// `##[…]` (GitHub, Azure) and `##vso[…]` (Azure) are found anywhere in a line.
  static func beginsCommand(_ rest: Substring.UnicodeScalarView) -> Bool {
    let head = rest.prefix(6).map { $0.properties.lowercaseMapping }.joined()
    return head.hasPrefix("##[") || head == "##vso["
  }

  /// Returns `text` on one line, with escapes for what must not be printed.
  ///
  /// At the start of a line a colon is escaped too: the path `:` would make the line begin with
  /// `::`, which GitHub takes for a command, also behind spaces.
  static func escaped(_ text: String, atLineStart: Bool = false) -> String {
    if isPlain(text, atLineStart: atLineStart) { return text }
    var result = ""
    scan(text, atLineStart: atLineStart) { result += $0.text }
    return result
  }

  /// Returns the characters of `text` as a terminal shows them, a tab as `tab` spaces.
  static func cells(_ text: String, tab: Int) -> [Cell] {
    var result: [Cell] = []
    result.reserveCapacity(text.utf8.count)
    scan(text, tab: tab) { cell in
      if cell.width == 0, !result.isEmpty {
        result[result.count - 1].text += cell.text
      } else {
        result.append(cell)
      }
    }
    return result
  }

  /// Returns whether `text` is printed as it is.
  static func isPlain(_ text: String, atLineStart: Bool = false) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard isPlain(UnsafeRawBufferPointer(bytes)) else { return false }
      guard atLineStart else { return true }
      return bytes.first { $0 != UInt8(ascii: " ") } != UInt8(ascii: ":")
    }
  }

  /// Returns whether there is nothing but ASCII with a picture of its own, and nothing that may begin a
  /// command: there, a byte is a column.
  static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    // Eight bytes at a time; the highest bit of each says whether it is unusual.
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highest = ones << 7
    while index &+ 8 <= bytes.count {
      let block = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      // Without their highest bits bytes can be subtracted from, and added to, side by side.
      let isNoControl = (block | highest) &- ones &* 0x20
      let isDelete = (block & ~highest) &+ ones
      let isNoSign = (block ^ ones &* UInt64(UInt8(ascii: "#")) | highest) &- ones
      guard (block | ~isNoControl | isDelete | ~isNoSign) & highest == 0 else { return false }
      index &+= 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") { return false }
      index &+= 1
    }
    return true
  }

  private static func scan(
    _ text: String, atLineStart: Bool = false, tab: Int? = nil, _ body: (Cell) -> Void
  ) {
    let scalars = text.unicodeScalars
    var isAtStart = atLineStart
    var marks: Int?
    for index in scalars.indices {
      let scalar = scalars[index]
      let isColonAtStart = isAtStart && scalar == ":"
      if isAtStart, !scalar.properties.isWhitespace { isAtStart = false }
      if scalar == "\t", let tab {
        body(Cell(text: String(repeating: " ", count: tab), width: tab))
        marks = 0
      } else if isHidden(scalar) || isColonAtStart
        || (scalar == "#" && beginsCommand(scalars[index...]))
      {
        body(escape(scalar))
        marks = nil
      } else if scalar.value < 0x7F {
        body(Cell(text: String(scalar), width: 1))
        marks = 0
      } else if isMark(scalar) {
        // A mark needs a letter to stand on.
        if let count = marks, count < maximumMarks {
          body(Cell(text: String(scalar), width: 0))
          marks = count + 1
        } else {
          body(escape(scalar))
        }
      } else {
        body(Cell(text: String(scalar), width: isWide(scalar) ? 2 : 1))
        marks = 0
      }
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> Cell {
    let text =
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    return Cell(text: text, width: text.utf8.count)
  }

  /// Whether terminals give the scalar two columns: the wide and full-width blocks of UAX #11, and
  /// emoji that are shown as pictures by default.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x1100: false
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1_7000...0x1_8CFF,
      0x1_B000...0x1_B2FF, 0x2_0000...0x3_FFFD:
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
