/// The functions of Terraform that compute texts and numbers of what is known.
///
/// Where Terraform goes by the rules of Unicode (cases, what is one character), texts beyond ASCII are
/// left open.
enum TFTextFunctions {
  /// More than any name or key has.
  private static let lengthLimit = 4096

  /// What a call comes to; nothing where that cannot be said.
  static func value(_ name: String, _ terms: [TFTerm]) -> TFTerm? {
    switch name {
    case "split": return split(terms)
    case "format": return format(terms)
    case "substr": return substring(terms)
    case "replace": return replace(terms)
    case "floor", "ceil": return number(terms, count: 1) { $0[0] }
    case "abs": return number(terms, count: 1) { $0[0] == .min ? nil : abs($0[0]) }
    case "min": return number(terms) { $0.min() }
    case "max": return number(terms) { $0.max() }
    case "startswith", "endswith", "strcontains": return test(name, terms)
    case "upper", "lower", "title", "chomp", "trimspace":
      return ascii(terms, count: 1).map { change(name, $0[0]) }
    case "trim", "trimprefix", "trimsuffix":
      return ascii(terms, count: 2).map { trim(name, $0[0], $0[1]) }
    default: return nil
    }
  }

  // MARK: Arguments

  /// The texts that the terms stand for, if there are `count`.
  private static func texts(_ terms: [TFTerm], count: Int) -> [[UInt8]]? {
    guard terms.count == count else { return nil }
    var result: [[UInt8]] = []
    for term in terms {
      guard let text = term.keyText, text.utf8.count <= lengthLimit else { return nil }
      result.append(Array(text.utf8))
    }
    return result
  }

  /// The same where all of them are ASCII.
  private static func ascii(_ terms: [TFTerm], count: Int) -> [[UInt8]]? {
    texts(terms, count: count).flatMap { list in
      list.allSatisfy { $0.allSatisfy { $0 < 0x80 } } ? list : nil
    }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> TFTerm {
    .text(String(decoding: Array(bytes), as: UTF8.self))
  }

  private static func integer(_ term: TFTerm) -> Int? {
    if case .bool = term { nil } else { term.keyText.flatMap { Int($0) } }
  }

  private static func number(
    _ terms: [TFTerm], count: Int? = nil, _ body: ([Int]) -> Int?
  ) -> TFTerm? {
    guard !terms.isEmpty, count == nil || count == terms.count else { return nil }
    let numbers = terms.compactMap { integer($0) }
    return numbers.count == terms.count ? body(numbers).map { .number($0) } : nil
  }

  // MARK: Parts of texts

  private static func split(_ terms: [TFTerm]) -> TFTerm? {
    guard let both = texts(terms, count: 2), !both[0].isEmpty else { return nil }
    return .list(pieces(of: both[1], between: both[0]).map { text($0) })
  }

  private static func pieces(
    of text: [UInt8], between separator: [UInt8]
  ) -> [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + separator.count <= text.count {
      if text[index..<index + separator.count].elementsEqual(separator) {
        result.append(text[start..<index])
        index += separator.count
        start = index
      } else {
        index += 1
      }
    }
    result.append(text[start...])
    return result
  }

  private static func replace(_ terms: [TFTerm]) -> TFTerm? {
    guard let all = texts(terms, count: 3), !all[1].isEmpty else { return nil }
    // Between slashes it is a regular expression.
    let slash = UInt8(ascii: "/")
    if all[1].count > 1, all[1].first == slash, all[1].last == slash { return nil }
    let parts = pieces(of: all[0], between: all[1])
    guard parts.count * (all[2].count + 1) <= lengthLimit else { return nil }
    return text(parts.joined(separator: all[2]))
  }

  private static func substring(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 3, let whole = ascii([terms[0]], count: 1)?.first,
      let offset = integer(terms[1]), let length = integer(terms[2])
    else { return nil }
    // A carriage return and a line feed are one character.
    guard !whole.contains(0x0D), length >= -1, offset >= -whole.count else { return nil }
    let start = min(offset < 0 ? whole.count + offset : offset, whole.count)
    return text(length < 0 ? whole[start...] : whole[start...].prefix(length))
  }

  private static func test(_ name: String, _ terms: [TFTerm]) -> TFTerm? {
    guard let both = texts(terms, count: 2) else { return nil }
    switch name {
    case "startswith": return .bool(both[0].starts(with: both[1]))
    case "endswith": return .bool(both[0].reversed().starts(with: both[1].reversed()))
    default:
      return .bool(both[1].isEmpty || pieces(of: both[0], between: both[1]).count > 1)
    }
  }

  // MARK: Cases and edges

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
  private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

  private static func isInWord(_ byte: UInt8) -> Bool {
    isLower(byte) || isUpper(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func change(_ name: String, _ bytes: [UInt8]) -> TFTerm {
    switch name {
    case "upper": return text(bytes.map { isLower($0) ? $0 - 0x20 : $0 })
    case "lower": return text(bytes.map { isUpper($0) ? $0 + 0x20 : $0 })
    case "title":
      var result = bytes
      for index in bytes.indices where isLower(bytes[index]) {
        if index == 0 || !isInWord(bytes[index - 1]) { result[index] -= 0x20 }
      }
      return text(result)
    case "chomp":
      return text(bytes.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed())
    default: return text(stripped(bytes) { isSpace($0) })
    }
  }

  private static func trim(_ name: String, _ bytes: [UInt8], _ what: [UInt8]) -> TFTerm {
    switch name {
    case "trim": return text(stripped(bytes) { what.contains($0) })
    case "trimprefix":
      return text(bytes.starts(with: what) ? bytes[what.count...] : bytes[...])
    default:
      let isThere = bytes.reversed().starts(with: what.reversed())
      return text(isThere ? bytes.dropLast(what.count) : bytes[...])
    }
  }

  /// The bytes without those at both ends that `isEdge` says.
  private static func stripped(_ bytes: [UInt8], _ isEdge: (UInt8) -> Bool) -> [UInt8] {
    bytes.drop(while: isEdge).reversed().drop(while: isEdge).reversed()
  }

  // MARK: Format

  /// `%s`, `%v`, `%d` with zeros in front, and `%%`; a lone `%s` is what it is given.
  private static func format(_ terms: [TFTerm]) -> TFTerm? {
    guard let first = terms.first, let spec = texts([first], count: 1)?.first else { return nil }
    if spec == Array("%s".utf8), terms.count == 2, case .instance = terms[1] { return terms[1] }
    var result: [UInt8] = []
    var left = terms.dropFirst()
    var index = 0
    while index < spec.count {
      let byte = spec[index]
      index += 1
      guard byte == UInt8(ascii: "%") else {
        result.append(byte)
        continue
      }
      guard let verb = verb(spec, &index) else { return nil }
      if verb.letter == UInt8(ascii: "%") {
        result.append(byte)
        continue
      }
      guard let argument = left.popFirst(), let piece = piece(verb, argument) else { return nil }
      result += piece
      guard result.count <= lengthLimit else { return nil }
    }
    // An argument that is not used is an error.
    return left.isEmpty ? text(result) : .failed
  }

  private struct Verb {
    var hasZeros = false
    var width = 0
    var letter: UInt8
  }

  /// Reads what is behind `%`.
  private static func verb(_ spec: [UInt8], _ index: inout Int) -> Verb? {
    var verb = Verb(letter: 0)
    while index < spec.count {
      let byte = spec[index]
      index += 1
      switch byte {
      case UInt8(ascii: "0") where verb.width == 0: verb.hasZeros = true
      case 0x30...0x39:
        verb.width = verb.width * 10 + Int(byte - 0x30)
        guard verb.width <= lengthLimit else { return nil }
      case UInt8(ascii: "%"):
        verb.letter = byte
        return verb.width == 0 && !verb.hasZeros ? verb : nil
      case UInt8(ascii: "s"), UInt8(ascii: "v"):
        verb.letter = byte
        return verb.width == 0 && !verb.hasZeros ? verb : nil
      case UInt8(ascii: "d"):
        verb.letter = byte
        return verb
      default: return nil
      }
    }
    return nil
  }

  private static func piece(_ verb: Verb, _ argument: TFTerm) -> [UInt8]? {
    guard verb.letter == UInt8(ascii: "d") else {
      return argument.keyText.map { Array($0.utf8) }
    }
    guard let number = integer(argument) else { return nil }
    let digits = Array(String(number.magnitude).utf8)
    let sign: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
    let padding = max(0, verb.width - digits.count - sign.count)
    return verb.hasZeros
      ? sign + Array(repeating: UInt8(ascii: "0"), count: padding) + digits
      : Array(repeating: 0x20, count: padding) + sign + digits
  }
}
