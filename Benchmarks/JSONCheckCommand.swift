import Loaders

/// Judges many texts on standard input: each is four bytes of length, lowest first, and its bytes.
///
/// For each text one line is printed: `+` and the value as `PlainJSON`, or `-`, the offset and the
/// reason. A text is read in the three ways the loaders read: into a tree, passed over, and walked
/// through. Where these disagree the line begins with `!`.
enum JSONCheckCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    try arguments.end()
    var out: [UInt8] = []
    while let bytes = nextText() {
      bytes.withUnsafeBytes { judge($0, &out) }
      if out.count > 1 << 16 { flush(&out) }
    }
    flush(&out)
  }

  private static func nextText() -> [UInt8]? {
    let length = Files.read(4, from: Files.standardInput)
    guard length.count == 4 else { return nil }
    let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
    let bytes = Files.read(count, from: Files.standardInput)
    return bytes.count == count ? bytes : nil
  }

  private static func flush(_ out: inout [UInt8]) {
    guard Files.write(out, to: Files.standardOutput) else {
      Files.complain("standard output cannot be written\n")
    }
    out.removeAll(keepingCapacity: true)
  }

  private static func judge(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
    let document = Document(bytes: bytes, source: 0)
    let read = problem(bytes) { reader throws(SyntaxError) in try reader.read(into: document) }
    let skipped = problem(bytes) { reader throws(SyntaxError) in try reader.skip() }
    let walked = problem(bytes) { reader throws(SyntaxError) in try walk(&reader, depth: 0) }
    // Only a tree shows that a key occurs twice.
    let isDuplicate = read?.message.hasPrefix("duplicate key") == true
    let isUnanimous =
      (skipped == nil) == (walked == nil) && (isDuplicate || (read == nil) == (skipped == nil))
    if !isUnanimous {
      out += Array("! \(text(read)) | \(text(skipped)) | \(text(walked))".utf8)
    } else if let read {
      out += Array("- \(text(read))".utf8)
    } else if let root = document.root {
      out += Array("+ ".utf8)
      PlainJSON.write(root, &out)
    }
    out.append(0x0A)
  }

  private static func text(_ problem: SyntaxError?) -> String {
    // A key that occurs twice is quoted as it is, and may hold a line end.
    let text = problem.map { "\($0.offset) \($0.message)" } ?? "accepted"
    return String(text.map { $0.isNewline ? " " : $0 })
  }

  private static func problem(
    _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws(SyntaxError) -> Void
  ) -> SyntaxError? {
    var reader = JSONReader(bytes)
    do throws(SyntaxError) {
      try body(&reader)
      return reader.isAtEnd() ? nil : reader.unexpected("the end")
    } catch {
      return error
    }
  }

  /// Steps through objects and arrays near the root and leaves what is deeper to `skip`.
  private static func walk(_ reader: inout JSONReader, depth: Int) throws(SyntaxError) {
    guard depth < 4 else { return try reader.skip() }
    var isFirst = true
    if reader.enterObject() {
      while try reader.nextMember(isFirst: &isFirst) != nil { try walk(&reader, depth: depth + 1) }
    } else if reader.enterArray() {
      while try reader.nextElement(isFirst: &isFirst) { try walk(&reader, depth: depth + 1) }
    } else {
      try reader.skip()
    }
  }
}
