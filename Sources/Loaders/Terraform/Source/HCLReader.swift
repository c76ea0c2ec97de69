/// Reads HCL's native syntax as Terraform does (HashiCorp, "HCL Native Syntax Specification"), with
/// the place of everything; what Terraform refuses to parse is refused.
///
/// - Complexity: O(*n*) in the size of the text; nesting is limited, so no text can exhaust the stack.
struct HCLReader {
  /// How deep blocks, brackets and templates may be nested in each other.
  static let depthLimit = 100
  private let bytes: UnsafeRawBufferPointer
  private var index: Int
  private var depth = 0
  /// Whether a line break ends what is being read; within brackets it does not.
  private var newlinesCount = true

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    index = hasMark ? 3 : 0
  }

  /// Reads a whole file.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(SyntaxError) -> HCLFile {
    var reader = HCLReader(bytes)
    return HCLFile(body: try reader.body(opening: nil))
  }

  // MARK: Bytes

  private func byte(_ offset: Int = 0) -> UInt8? {
    let at = index + offset
    return at < bytes.count ? bytes[at] : nil
  }

  private func stands(_ text: StaticString) -> Bool {
    guard bytes.count - index >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount where bytes[index + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  private func failure(_ message: String, at offset: Int? = nil) -> SyntaxError {
    SyntaxError(message: message, offset: offset ?? index)
  }

  /// What stands here, for a message.
  private func here() -> String {
    guard let byte = byte() else { return "the end of the file" }
    switch byte {
    case 0x0A, 0x0D: return "the end of the line"
    case 0x21...0x7E: return "`\(String(UnicodeScalar(byte)))`"
    default: return "an invalid character"
    }
  }

  private mutating func enter() throws(SyntaxError) {
    guard depth < Self.depthLimit else {
      throw failure("nested more than \(Self.depthLimit) levels deep")
    }
    depth += 1
  }

  /// Passes over blanks and comments, and over line breaks where these do not count.
  private mutating func skipBlanks() throws(SyntaxError) {
    while let byte = byte() {
      switch byte {
      case 0x20, 0x09: index += 1
      case 0x0A:
        if newlinesCount { return }
        index += 1
      case 0x0D:
        guard self.byte(1) == 0x0A else { return }
        if newlinesCount { return }
        index += 2
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "/"):
        if self.byte(1) == UInt8(ascii: "/") {
          skipLine()
        } else if self.byte(1) == UInt8(ascii: "*") {
          let start = index
          index += 2
          while !stands("*/") {
            guard index < bytes.count else {
              throw failure("this comment is not closed", at: start)
            }
            index += 1
          }
          index += 2
        } else {
          return
        }
      default: return
      }
    }
  }

  /// Passes over the rest of the line, up to its line break.
  private mutating func skipLine() {
    while index < bytes.count, bytes[index] != 0x0A {
      if bytes[index] == 0x0D, byte(1) == 0x0A { return }
      index += 1
    }
  }

  /// Passes over a line break.
  private mutating func lineBreak() -> Bool {
    if byte() == 0x0A {
      index += 1
      return true
    }
    if byte() == 0x0D, byte(1) == 0x0A {
      index += 2
      return true
    }
    return false
  }

  /// Passes over blanks, comments and line breaks.
  private mutating func skipLines() throws(SyntaxError) {
    try skipBlanks()
    while lineBreak() { try skipBlanks() }
  }

  /// Reads a name: letters, digits, `_` and `-`, and no digit or `-` first.
  private mutating func name() throws(SyntaxError) -> String? {
    let start = index
    while let scalar = scalar() {
      let isFirst = index == start
      let isPart =
        switch scalar.value.value {
        case 0x61...0x7A, 0x41...0x5A: true
        case 0x5F: true
        case 0x30...0x39, 0x2D: !isFirst
        case 0x00..<0x80: false
        default:
          isFirst ? scalar.value.properties.isIDStart : scalar.value.properties.isIDContinue
        }
      guard isPart else { break }
      index += scalar.length
    }
    return index > start ? text(start..<index) : nil
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// The character that stands here; nothing at the end and where the bytes are no UTF-8.
  private func scalar() -> (value: UnicodeScalar, length: Int)? {
    guard let first = byte() else { return nil }
    if first < 0x80 { return (UnicodeScalar(first), 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first < 0xF5, bytes.count - index >= length else { return nil }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let next = bytes[index + offset]
      guard next & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(next & 0x3F)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= least, let scalar = UnicodeScalar(value) else { return nil }
    return (scalar, length)
  }

  // MARK: Bodies

  /// Reads arguments and blocks up to the closing brace, or to the end of the file.
  private mutating func body(opening: Int?) throws(SyntaxError) -> HCLBody {
    var body = HCLBody()
    var names: Set<String> = []
    while true {
      try skipLines()
      guard let byte = byte() else {
        if let opening { throw failure("this block is not closed", at: opening) }
        return body
      }
      if byte == UInt8(ascii: "}"), opening != nil { return body }
      let start = index
      guard let name = try name() else {
        throw failure("expected an argument or a block, found \(here())")
      }
      try skipBlanks()
      if self.byte() == UInt8(ascii: "="), self.byte(1) != UInt8(ascii: "=") {
        let attribute = try attribute(name, start)
        guard names.insert(name).inserted else {
          throw failure("`\(name)` is set twice", at: start)
        }
        body.attributes.append(attribute)
      } else {
        body.blocks.append(try block(name, start))
      }
      try skipBlanks()
      guard index == bytes.count || lineBreak() else {
        throw failure("expected the end of the line, found \(here())")
      }
    }
  }

  private mutating func attribute(
    _ name: String, _ start: Int
  ) throws(SyntaxError) -> HCLAttribute {
    index += 1
    let value = try expression()
    return HCLAttribute(name: name, value: value, range: start..<value.range.upperBound)
  }

  private mutating func block(_ type: String, _ start: Int) throws(SyntaxError) -> HCLBlock {
    var labels: [String] = []
    var headerEnd = start + type.utf8.count
    while byte() != UInt8(ascii: "{") {
      if byte() == UInt8(ascii: "\"") {
        let place = index
        guard case .string(let text) = try quoted().kind else {
          throw failure("a label of a block holds no template", at: place)
        }
        labels.append(text)
      } else if let name = try name() {
        labels.append(name)
      } else {
        throw failure("expected `=`, a label or `{`, found \(here())")
      }
      headerEnd = index
      try skipBlanks()
    }
    let opening = index
    index += 1
    try enter()
    defer { depth -= 1 }
    try skipBlanks()
    let body: HCLBody
    if byte() == UInt8(ascii: "}") {
      body = HCLBody()
    } else if lineBreak() {
      body = try self.body(opening: opening)
    } else {
      body = try singleArgument(opening)
    }
    index += 1
    return HCLBlock(
      type: type, labels: labels, body: body, header: start..<headerEnd, range: start..<index)
  }

  /// Reads `name = value` of a block on one line, which has no other.
  private mutating func singleArgument(_ opening: Int) throws(SyntaxError) -> HCLBody {
    let start = index
    guard let name = try name() else {
      throw failure("expected an argument or `}`, found \(here())")
    }
    try skipBlanks()
    guard byte() == UInt8(ascii: "="), byte(1) != UInt8(ascii: "=") else {
      throw failure("expected `=`, found \(here()); a block on one line holds one argument")
    }
    let attribute = try attribute(name, start)
    try skipBlanks()
    guard byte() == UInt8(ascii: "}") else {
      if index == bytes.count { throw failure("this block is not closed", at: opening) }
      throw failure("expected `}`, found \(here()); a block on one line holds one argument")
    }
    return HCLBody(attributes: [attribute])
  }

  // MARK: Expressions

  /// Reads an expression within brackets, where line breaks do not count.
  private mutating func bracketed<Result>(
    _ read: (inout HCLReader) throws(SyntaxError) -> Result
  ) throws(SyntaxError) -> Result {
    let outer = newlinesCount
    newlinesCount = false
    defer { newlinesCount = outer }
    return try read(&self)
  }

  private mutating func expression() throws(SyntaxError) -> HCLExpression {
    try enter()
    defer { depth -= 1 }
    let condition = try operation()
    let end = index
    try skipBlanks()
    guard byte() == UInt8(ascii: "?") else {
      index = end
      return condition
    }
    index += 1
    let first = try expression()
    try skipBlanks()
    guard byte() == UInt8(ascii: ":") else {
      throw failure("expected `:` of a conditional, found \(here())")
    }
    index += 1
    let second = try expression()
    return HCLExpression(
      kind: .conditional(condition, first, second),
      range: condition.range.lowerBound..<second.range.upperBound)
  }

  private mutating func operation() throws(SyntaxError) -> HCLExpression {
    let first = try operand()
    var operands = [first]
    var operators: [HCLOperator] = []
    while true {
      let end = index
      try skipBlanks()
      guard let found = operatorHere() else {
        index = end
        break
      }
      index += found.rawValue.utf8.count
      operators.append(found)
      operands.append(try operand())
    }
    if operators.isEmpty { return first }
    return HCLExpression(
      kind: .operation(operands, operators), range: first.range.lowerBound..<index)
  }

  private func operatorHere() -> HCLOperator? {
    switch byte() {
    case UInt8(ascii: "|"): stands("||") ? .or : nil
    case UInt8(ascii: "&"): stands("&&") ? .and : nil
    case UInt8(ascii: "="): stands("==") ? .equal : nil
    case UInt8(ascii: "!"): stands("!=") ? .unequal : nil
    case UInt8(ascii: "<"): stands("<=") ? .atMost : .less
    case UInt8(ascii: ">"): stands(">=") ? .atLeast : .greater
    case UInt8(ascii: "+"): .plus
    case UInt8(ascii: "-"): .minus
    case UInt8(ascii: "*"): .times
    case UInt8(ascii: "/"): .divided
    case UInt8(ascii: "%"): .modulo
    default: nil
    }
  }

  /// Reads an operand with the signs before it.
  private mutating func operand() throws(SyntaxError) -> HCLExpression {
    var signs: [(sign: UInt8, start: Int)] = []
    try skipBlanks()
    while let sign = byte(), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "!") {
      // The tree is as deep as there are signs.
      try enter()
      signs.append((sign, index))
      index += 1
      try skipBlanks()
    }
    defer { depth -= signs.count }
    var result = try postfix(primary())
    for (sign, start) in signs.reversed() {
      result = HCLExpression(kind: .unary(sign, result), range: start..<result.range.upperBound)
    }
    return result
  }

  private mutating func primary() throws(SyntaxError) -> HCLExpression {
    let start = index
    guard let byte = byte() else {
      throw failure("expected an expression, found the end of the file")
    }
    switch byte {
    case UInt8(ascii: "("):
      index += 1
      let inner = try bracketed { reader throws(SyntaxError) in
        let inner = try reader.expression()
        try reader.close(UInt8(ascii: ")"), "`)`", of: start)
        return inner
      }
      return HCLExpression(kind: .parentheses(inner), range: start..<index)
    case UInt8(ascii: "["):
      index += 1
      return try bracketed { reader throws(SyntaxError) in try reader.tuple(start) }
    case UInt8(ascii: "{"):
      index += 1
      return try object(start)
    case UInt8(ascii: "\""): return try quoted()
    case UInt8(ascii: "<"):
      guard stands("<<") else { break }
      return try heredoc()
    case 0x30...0x39: return number()
    default:
      guard let name = try name() else { break }
      return try named(name, start)
    }
    throw failure("expected an expression, found \(here())")
  }

  private mutating func close(
    _ byte: UInt8, _ text: String, of opening: Int
  ) throws(SyntaxError) {
    try skipBlanks()
    guard self.byte() == byte else {
      if index == bytes.count { throw failure("this bracket is not closed", at: opening) }
      throw failure("expected \(text), found \(here())")
    }
    index += 1
  }

  private mutating func number() -> HCLExpression {
    let start = index
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
    while isDigit(byte()) { index += 1 }
    if byte() == UInt8(ascii: "."), isDigit(byte(1)) {
      index += 1
      while isDigit(byte()) { index += 1 }
    }
    if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
      let hasSign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-")
      if isDigit(byte(hasSign ? 2 : 1)) {
        index += hasSign ? 2 : 1
        while isDigit(byte()) { index += 1 }
      }
    }
    return HCLExpression(kind: .number(text(start..<index)), range: start..<index)
  }

  /// Reads what begins with a name: a word, a call or a reference.
  private mutating func named(_ name: String, _ start: Int) throws(SyntaxError) -> HCLExpression {
    let end = index
    var function = name
    try skipBlanks()
    while stands("::") {
      index += 2
      try skipBlanks()
      guard let part = try self.name() else {
        throw failure("expected the name of a function, found \(here())")
      }
      function += "::\(part)"
      try skipBlanks()
      guard stands("::") || byte() == UInt8(ascii: "(") else {
        throw failure("expected `(`, found \(here())")
      }
    }
    guard byte() == UInt8(ascii: "(") else {
      index = end
      let kind: HCLExpression.Kind =
        switch name {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null": .null
        default: .traversal(name, [])
        }
      return HCLExpression(kind: kind, range: start..<end)
    }
    let opening = index
    index += 1
    return try bracketed { reader throws(SyntaxError) in
      var arguments: [HCLExpression] = []
      var expandsLast = false
      while true {
        try reader.skipBlanks()
        if reader.byte() == UInt8(ascii: ")") { break }
        arguments.append(try reader.expression())
        try reader.skipBlanks()
        if reader.stands("...") {
          reader.index += 3
          expandsLast = true
          break
        }
        guard reader.byte() == UInt8(ascii: ",") else { break }
        reader.index += 1
      }
      try reader.close(UInt8(ascii: ")"), "`,` or `)`", of: opening)
      return HCLExpression(
        kind: .call(function, arguments, expandsLast: expandsLast), range: start..<reader.index)
    }
  }

  /// Reads what is taken of `base`.
  private mutating func postfix(_ base: HCLExpression) throws(SyntaxError) -> HCLExpression {
    var steps: [HCLStep] = []
    var end = index
    var isInAttributeSplat = false
    loop: while true {
      try skipBlanks()
      switch byte() {
      case UInt8(ascii: ".") where byte(1) != UInt8(ascii: "."):
        index += 1
        try skipBlanks()
        if byte() == UInt8(ascii: "*") {
          guard !isInAttributeSplat else { throw failure("a splat within a splat") }
          isInAttributeSplat = true
          index += 1
          steps.append(.attributeSplat)
        } else if let digit = byte(), digit >= 0x30, digit <= 0x39 {
          let literal = number()
          guard case .number(let text) = literal.kind, !text.utf8.contains(UInt8(ascii: ".")) else {
            throw failure("expected a whole number", at: literal.range.lowerBound)
          }
          steps.append(.index(literal))
        } else if let name = try name() {
          steps.append(.attribute(name))
        } else {
          throw failure("expected the name of an attribute, found \(here())")
        }
      case UInt8(ascii: "."):
        guard byte(2) == UInt8(ascii: ".") else {
          index += 1
          throw failure("expected the name of an attribute, found `.`")
        }
        break loop
      case UInt8(ascii: "["):
        steps.append(try indexOrSplat())
        isInAttributeSplat = false
      default: break loop
      }
      end = index
    }
    index = end
    if steps.isEmpty { return base }
    let range = base.range.lowerBound..<end
    if case .traversal(let name, _) = base.kind {
      return HCLExpression(kind: .traversal(name, steps), range: range)
    }
    return HCLExpression(kind: .access(base, steps), range: range)
  }

  private mutating func indexOrSplat() throws(SyntaxError) -> HCLStep {
    let opening = index
    index += 1
    return try bracketed { reader throws(SyntaxError) in
      try reader.skipBlanks()
      if reader.byte() == UInt8(ascii: "*") {
        reader.index += 1
        try reader.close(UInt8(ascii: "]"), "`]`", of: opening)
        return .splat
      }
      let key = try reader.expression()
      try reader.close(UInt8(ascii: "]"), "`]`", of: opening)
      return .index(key)
    }
  }

  // MARK: Collections

  /// Whether `for` stands here; within brackets it is never a name.
  private mutating func takeFor() throws(SyntaxError) -> Bool {
    let start = index
    if try name() == "for" { return true }
    index = start
    return false
  }

  private mutating func tuple(_ start: Int) throws(SyntaxError) -> HCLExpression {
    try skipBlanks()
    if try takeFor() { return try loop(start, closing: UInt8(ascii: "]")) }
    var elements: [HCLExpression] = []
    while true {
      try skipBlanks()
      if byte() == UInt8(ascii: "]") { break }
      elements.append(try expression())
      try skipBlanks()
      guard byte() == UInt8(ascii: ",") else { break }
      index += 1
    }
    try close(UInt8(ascii: "]"), "`,` or `]`", of: start)
    return HCLExpression(kind: .tuple(elements), range: start..<index)
  }

  private mutating func object(_ start: Int) throws(SyntaxError) -> HCLExpression {
    let outer = newlinesCount
    defer { newlinesCount = outer }
    // A `for` may stand on the next line; items are divided by line breaks.
    newlinesCount = false
    try skipBlanks()
    if try takeFor() { return try loop(start, closing: UInt8(ascii: "}")) }
    newlinesCount = true
    var items: [HCLItem] = []
    while true {
      try skipLines()
      if byte() == UInt8(ascii: "}") { break }
      if index == bytes.count { throw failure("this bracket is not closed", at: start) }
      let key = try expression()
      try skipBlanks()
      guard byte() == UInt8(ascii: "=") || byte() == UInt8(ascii: ":") else {
        throw failure("expected `=` and a value, found \(here())")
      }
      index += 1
      items.append(HCLItem(key: key, value: try expression()))
      try skipBlanks()
      if byte() == UInt8(ascii: ",") {
        index += 1
      } else if !lineBreak(), byte() != UInt8(ascii: "}") {
        if index == bytes.count { throw failure("this bracket is not closed", at: start) }
        throw failure("expected `,` or the end of the line, found \(here())")
      }
    }
    index += 1
    return HCLExpression(kind: .object(items), range: start..<index)
  }

  private mutating func loop(
    _ start: Int, closing: UInt8
  ) throws(SyntaxError) -> HCLExpression {
    try skipBlanks()
    guard let first = try name() else {
      throw failure("expected the name of a variable, found \(here())")
    }
    var second: String?
    try skipBlanks()
    if byte() == UInt8(ascii: ",") {
      index += 1
      try skipBlanks()
      second = try name()
      guard second != nil else {
        throw failure("expected the name of a variable, found \(here())")
      }
      try skipBlanks()
    }
    guard try name() == "in" else { throw failure("expected `in` of `for`") }
    let collection = try expression()
    try skipBlanks()
    guard byte() == UInt8(ascii: ":") else {
      throw failure("expected `:` of `for`, found \(here())")
    }
    index += 1
    var key: HCLExpression?
    var value = try expression()
    try skipBlanks()
    var isGrouped = false
    if closing == UInt8(ascii: "}") {
      guard stands("=>") else { throw failure("expected `=>`, found \(here())") }
      index += 2
      key = value
      value = try expression()
      try skipBlanks()
      if stands("...") {
        index += 3
        isGrouped = true
        try skipBlanks()
      }
    }
    var condition: HCLExpression?
    let end = index
    if try name() == "if" {
      condition = try expression()
    } else {
      index = end
    }
    try close(closing, closing == UInt8(ascii: "}") ? "`}`" : "`]`", of: start)
    return HCLExpression(
      kind: .loop(
        HCLLoop(
          keyName: second == nil ? nil : first, valueName: second ?? first,
          collection: collection, key: key, value: value, condition: condition,
          isGrouped: isGrouped)),
      range: start..<index)
  }

  // MARK: Templates

  /// The parts of a template in the making.
  private struct TemplateParts {
    var parts: [HCLExpression] = []
    /// Bytes of a literal part, and where it began.
    var literal: [UInt8] = []
    var literalStart = 0
    /// `if`s and `for`s that are not ended.
    var open: [OpenDirective] = []
    /// Whether white space is taken away somewhere.
    var isPlain = true
    var hasDirectives = false

    mutating func flush(at end: Int) {
      if !literal.isEmpty {
        parts.append(
          HCLExpression(
            kind: .string(String(decoding: literal, as: UTF8.self)), range: literalStart..<end))
      }
      literal = []
      literalStart = end
    }

    /// The template as one expression; a lone interpolation is what is interpolated.
    func expression(_ range: Range<Int>) -> HCLExpression {
      if parts.isEmpty, isPlain { return HCLExpression(kind: .string(""), range: range) }
      if parts.count == 1, isPlain, !hasDirectives {
        return HCLExpression(kind: parts[0].kind, range: range)
      }
      return HCLExpression(kind: .template(parts, isPlain: isPlain), range: range)
    }
  }

  /// A directive whose end has not been read.
  private struct OpenDirective {
    enum Kind {
      case choice(HCLExpression)
      case loop(key: String?, value: String, HCLExpression)
    }

    var kind: Kind
    var start: Int
    /// What stands before it.
    var before: [HCLExpression]
    /// What stands between `if` and `else`.
    var first: [HCLExpression]?

    var word: String { if case .choice = kind { "if" } else { "for" } }

    /// The directive as an expression, its last branch being `body`.
    func expression(_ body: [HCLExpression], _ range: Range<Int>) -> HCLExpression {
      func make(_ kind: HCLExpression.Kind) -> HCLExpression {
        HCLExpression(kind: kind, range: range)
      }
      func template(_ parts: [HCLExpression]) -> HCLExpression {
        make(.template(parts, isPlain: true))
      }
      switch kind {
      case .choice(let condition):
        return make(
          .conditional(
            condition, template(first ?? body), template(first == nil ? [] : body)))
      case .loop(let key, let value, let collection):
        let loop = HCLLoop(
          keyName: key, valueName: value, collection: collection, key: nil,
          value: template(body), condition: nil, isGrouped: false)
        return make(.call("join", [make(.string("")), make(.loop(loop))], expandsLast: false))
      }
    }
  }

  /// Reads a quoted text.
  private mutating func quoted() throws(SyntaxError) -> HCLExpression {
    let start = index
    index += 1
    var template = TemplateParts()
    template.literalStart = index
    while byte() != UInt8(ascii: "\"") {
      guard let byte = byte() else { throw failure("this text is not closed", at: start) }
      switch byte {
      case 0x0A, 0x0D: throw failure("a quoted text ends on its line; use `\\n` or a heredoc")
      case UInt8(ascii: "\\"): try escape(into: &template)
      default: try templateByte(byte, into: &template)
      }
    }
    template.flush(at: index)
    try checkEnded(template)
    index += 1
    return template.expression(start..<index)
  }

  private func checkEnded(_ template: TemplateParts) throws(SyntaxError) {
    if let open = template.open.last {
      throw failure("this `\(open.word)` has no `end\(open.word)`", at: open.start)
    }
  }

  private mutating func escape(into template: inout TemplateParts) throws(SyntaxError) {
    let start = index
    switch byte(1) {
    case UInt8(ascii: "n"): template.literal.append(0x0A)
    case UInt8(ascii: "r"): template.literal.append(0x0D)
    case UInt8(ascii: "t"): template.literal.append(0x09)
    case UInt8(ascii: "\""): template.literal.append(0x22)
    case UInt8(ascii: "\\"): template.literal.append(0x5C)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte(1) == UInt8(ascii: "u") ? 4 : 8
      var value: UInt32 = 0
      for offset in 0..<count {
        guard let digit = byte(2 + offset).flatMap({ Self.hexDigit($0) }) else {
          throw failure("expected \(count) hexadecimal digits", at: start)
        }
        value = value << 4 | digit
      }
      guard let scalar = UnicodeScalar(value) else {
        throw failure("no character has this number", at: start)
      }
      template.literal += Array(String(scalar).utf8)
      index += count
    default: throw failure("unknown escape in a quoted text", at: start)
    }
    index += 2
  }

  private static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x37)
    case 0x61...0x66: UInt32(byte - 0x57)
    default: nil
    }
  }

  /// Reads one character of a template, or all of an interpolation or a directive.
  private mutating func templateByte(
    _ byte: UInt8, into template: inout TemplateParts
  ) throws(SyntaxError) {
    let isMark = byte == UInt8(ascii: "$") || byte == UInt8(ascii: "%")
    if isMark, self.byte(1) == UInt8(ascii: "{") {
      template.flush(at: index)
      let start = index
      try enter()
      defer { depth -= 1 }
      let isDirective = byte == UInt8(ascii: "%")
      try bracketed { reader throws(SyntaxError) in
        reader.index += 2
        if reader.byte() == UInt8(ascii: "~") {
          template.isPlain = false
          reader.index += 1
        }
        if isDirective {
          template.hasDirectives = true
          try reader.directive(start, into: &template)
        } else {
          template.parts.append(try reader.expression())
        }
        try reader.skipBlanks()
        if reader.byte() == UInt8(ascii: "~") {
          template.isPlain = false
          reader.index += 1
        }
        try reader.close(UInt8(ascii: "}"), "`}`", of: start)
      }
      template.literalStart = index
      return
    }
    if isMark, self.byte(1) == byte {
      // `$${` is a literal `${`, any other `$$` is itself.
      template.literal.append(byte)
      if self.byte(2) != UInt8(ascii: "{") { template.literal.append(byte) }
      index += 2
      if self.byte() == UInt8(ascii: "{") {
        template.literal.append(UInt8(ascii: "{"))
        index += 1
      }
      return
    }
    guard let scalar = scalar() else { throw failure("these bytes are no UTF-8") }
    for offset in 0..<scalar.length { template.literal.append(bytes[index + offset]) }
    index += scalar.length
  }

  /// Reads `if x`, `else`, `endif`, `for x in y` or `endfor`.
  private mutating func directive(
    _ start: Int, into template: inout TemplateParts
  ) throws(SyntaxError) {
    try skipBlanks()
    let word = try name()
    switch word {
    case "if": try begin(.choice(try expression()), start, in: &template)
    case "for":
      try skipBlanks()
      var key: String?
      var value = try name()
      try skipBlanks()
      if byte() == UInt8(ascii: ",") {
        index += 1
        try skipBlanks()
        key = value
        value = try name()
        try skipBlanks()
      }
      guard let value, try name() == "in" else {
        throw failure("expected `for NAME in`", at: start)
      }
      try begin(.loop(key: key, value: value, try expression()), start, in: &template)
    case "else":
      guard let last = template.open.last, last.word == "if", last.first == nil else {
        throw failure("this `else` belongs to no `if`", at: start)
      }
      template.open[template.open.count - 1].first = template.parts
      template.parts = []
    case "endif", "endfor":
      guard let last = template.open.last, "end\(last.word)" == word else {
        throw failure("this `\(word ?? "")` ends nothing", at: start)
      }
      template.open.removeLast()
      depth -= 1
      template.parts = last.before + [last.expression(template.parts, last.start..<index)]
    default: throw failure("unknown directive of a template", at: start)
    }
  }

  private mutating func begin(
    _ kind: OpenDirective.Kind, _ start: Int, in template: inout TemplateParts
  ) throws(SyntaxError) {
    // Each is an expression within the one around it, up to its end.
    try enter()
    template.open.append(OpenDirective(kind: kind, start: start, before: template.parts))
    template.parts = []
  }

  /// Reads `<<MARK` up to the line that is its mark.
  private mutating func heredoc() throws(SyntaxError) -> HCLExpression {
    let start = index
    index += 2
    var template = TemplateParts()
    if byte() == UInt8(ascii: "-") {
      index += 1
      template.isPlain = false
    }
    let markStart = index
    guard try name() != nil else { throw failure("expected the mark of a heredoc") }
    let mark = markStart..<index
    guard lineBreak() else { throw failure("expected the end of the line behind the mark") }
    template.literalStart = index
    while true {
      // The mark stands alone on a line that has a line break.
      if let end = markEnd(mark) {
        template.flush(at: index)
        try checkEnded(template)
        index = end
        return template.expression(start..<end)
      }
      lines: while true {
        guard let byte = byte() else { throw failure("this heredoc is not closed", at: start) }
        if byte == 0x0A {
          template.literal.append(byte)
          index += 1
          break lines
        }
        try templateByte(byte, into: &template)
      }
    }
  }

  /// The end of the mark, where the line that begins here is nothing else.
  private func markEnd(_ mark: Range<Int>) -> Int? {
    var cursor = index
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard bytes.count - cursor >= mark.count else { return nil }
    for offset in 0..<mark.count where bytes[cursor + offset] != bytes[mark.lowerBound + offset] {
      return nil
    }
    cursor += mark.count
    let end = cursor
    while cursor < bytes.count, isBlank(bytes[cursor]) { cursor += 1 }
    guard cursor < bytes.count, bytes[cursor] == 0x0A else { return nil }
    return end
  }
}
