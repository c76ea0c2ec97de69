import SGModel

/// Writes JSON piece by piece, two spaces to a level.
///
/// Objects and arrays are closures, so what is opened is closed. The bytes are UTF-8; whatever has
/// no picture of its own, or would speak to a terminal or a CI service, is written as `\uXXXX`.
struct JSONWriter: ~Copyable {
  private var sink: ByteSink
  private var depth = 0
  private var isFirst = true

  /// Creates a writer into `sink`.
  init(_ sink: consuming ByteSink) { self.sink = sink }

  /// Ends the text with a line break.
  mutating func finish() { sink.append(UInt8(ascii: "\n")) }

  /// Writes an object, as an element of an array or on its own.
  mutating func object(_ body: (inout JSONWriter) -> Void) {
    startValue()
    enclosed("{", "}", body)
  }

  /// Writes a member that is an object.
  mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
    startMember(name)
    enclosed("{", "}", body)
  }

  /// Writes a member that is an array.
  mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
    startMember(name)
    enclosed("[", "]", body)
  }

  /// Writes a member that is an array of strings.
  mutating func array(_ name: StaticString, _ elements: [String]) {
    array(name) { json in for element in elements { json.element(element) } }
  }

  /// Writes a string as an element of an array.
  mutating func element(_ value: String) {
    startValue()
    quoted(value)
  }

  /// Writes a member that is a string, or null.
  mutating func member(_ name: StaticString, _ value: String?) {
    startMember(name)
    if let value { quoted(value) } else { sink.append("null") }
  }

  /// Writes a member that is a string, where there is one.
  mutating func memberIfAny(_ name: StaticString, _ value: String?) {
    if let value { member(name, value) }
  }

  /// Writes a member that is a number, or null.
  mutating func member(_ name: StaticString, _ value: Int?) {
    startMember(name)
    if let value { sink.append(String(value)) } else { sink.append("null") }
  }

  /// Writes a member that is true or false.
  mutating func member(_ name: StaticString, _ value: Bool) {
    startMember(name)
    sink.append(value ? "true" : "false" as StaticString)
  }

  /// Writes a member that is null.
  mutating func null(_ name: StaticString) {
    startMember(name)
    sink.append("null")
  }

  private mutating func startValue() {
    if !isFirst { sink.append(UInt8(ascii: ",")) }
    isFirst = false
    guard depth > 0 else { return }
    newLine()
  }

  private mutating func startMember(_ name: StaticString) {
    startValue()
    sink.append(UInt8(ascii: "\""))
    sink.append(name)
    sink.append("\": ")
  }

  private mutating func newLine() {
    sink.append(UInt8(ascii: "\n"))
    sink.append(spaces: depth * 2)
  }

  private mutating func enclosed(
    _ open: StaticString, _ close: StaticString, _ body: (inout JSONWriter) -> Void
  ) {
    sink.append(open)
    depth += 1
    isFirst = true
    body(&self)
    depth -= 1
    if !isFirst { newLine() }
    isFirst = false
    sink.append(close)
  }

  private mutating func quoted(_ text: String) {
    sink.append(UInt8(ascii: "\""))
    var bytes = text
    let isWritten = bytes.withUTF8 { appendUsual($0) }
    if !isWritten {
      let scalars = text.unicodeScalars
      for index in scalars.indices {
        let scalar = scalars[index]
        if scalar.isASCII, let escape = Self.escape(UInt8(truncatingIfNeeded: scalar.value)) {
          sink.append(escape)
        } else if SafeText.isHidden(scalar)
          || (scalar == "#" && SafeText.beginsCommand(scalars[index...]))
        {
          escape(scalar)
        } else {
          sink.append(String(scalar))
        }
      }
    }
    sink.append(UInt8(ascii: "\""))
  }

  /// Writes ASCII of which nothing is hidden; false, with nothing written, for any other text, and where a
  /// command may begin.
  private mutating func appendUsual(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let isPlain = SafeText.isPlain(UnsafeRawBufferPointer(bytes))
    guard isPlain || bytes.allSatisfy(Self.isUsual) else { return false }
    var start = 0
    for index in bytes.indices {
      let byte = bytes[index]
      // Only these few are not written as they are.
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\"),
        let escape = Self.escape(byte)
      else { continue }
      sink.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<index]))
      sink.append(escape)
      start = index + 1
    }
    sink.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
    return true
  }

  private static func isUsual(_ byte: UInt8) -> Bool {
    byte >= 0x20 ? byte < 0x7F && byte != UInt8(ascii: "#") : escape(byte) != nil
  }

  /// The short escape of a character that has one.
  private static func escape(_ byte: UInt8) -> StaticString? {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case UInt8(ascii: "\n"): "\\n"
    case UInt8(ascii: "\r"): "\\r"
    case UInt8(ascii: "\t"): "\\t"
    default: nil
    }
  }

  /// Writes the UTF-16 of the scalar, four digits to a unit.
  private mutating func escape(_ scalar: Unicode.Scalar) {
    for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
      let digits = String(unit, radix: 16)
      sink.append("\\u")
      sink.append(String(repeating: "0", count: 4 - digits.utf8.count) + digits)
    }
  }
}

extension JSONWriter {
  /// Writes a member that is a place, or null.
  mutating func member(_ name: StaticString, _ place: Place?) {
    guard let place else { return null(name) }
    object(name) { json in
      json.member("path", place.path)
      json.member("line", place.start.line)
      json.member("column", place.start.column)
      json.member("endLine", place.end.line)
      json.member("endColumn", place.end.column)
    }
  }
}
