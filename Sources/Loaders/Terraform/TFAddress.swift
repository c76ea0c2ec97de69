/// The key of an instance: a number of `count` or a text of `for_each`.
enum TFKey: Hashable {
  case number(Int)
  case text(String)
}

/// One step of a module path: `module.name` with the key of its instance.
struct TFModuleStep: Hashable {
  var name: String
  var key: TFKey?
}

/// Reads addresses and references.
///
/// Keys may hold dots, brackets and escaped quotes, so the text is never split at a character.
struct TFAddressScanner {
  private let bytes: [UInt8]
  private var index = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { index >= bytes.count }
  /// How many bytes were read.
  var offset: Int { index }

  /// Reads a name: everything up to a dot or a bracket.
  mutating func name() -> String {
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "."), bytes[index] != UInt8(ascii: "[")
    {
      index += 1
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  /// Reads a key in brackets, if one stands here.
  mutating func key() -> TFKey? {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "[") else { return nil }
    var cursor = index + 1
    guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: "\"") else {
      let start = cursor
      while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "]") { cursor += 1 }
      let text = String(decoding: bytes[start..<cursor], as: UTF8.self)
      index = min(cursor + 1, bytes.count)
      return Int(text).map { .number($0) } ?? .text(text)
    }
    cursor += 1
    var text: [UInt8] = []
    while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\"") {
      if bytes[cursor] == UInt8(ascii: "\\"), cursor + 1 < bytes.count {
        cursor += 1
        switch bytes[cursor] {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        default: text.append(bytes[cursor])
        }
      } else {
        text.append(bytes[cursor])
      }
      cursor += 1
    }
    index = min(cursor + 2, bytes.count)
    return .text(String(decoding: text, as: UTF8.self))
  }

  /// Passes over a dot, if one stands here.
  mutating func dot() -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return false }
    index += 1
    return true
  }

  /// Reads `module.a["k"].module.b[0]`; what is no module step is left unread.
  static func modulePath(_ text: String) -> [TFModuleStep] {
    var scanner = TFAddressScanner(text)
    var result: [TFModuleStep] = []
    while !scanner.isAtEnd, scanner.name() == "module", scanner.dot() {
      let name = scanner.name()
      result.append(TFModuleStep(name: name, key: scanner.key()))
      _ = scanner.dot()
    }
    return result
  }
}

/// A reference of an expression, as `configuration` writes it.
struct TFTraversal: Hashable {
  /// What it begins with.
  enum Head: Hashable {
    case resource(TFResourceName)
    case module(String)
    case variable(String)
    case local(String)
    case eachKey
    case eachValue
    case countIndex
    /// `path.*`, `terraform.*`, `self`, and whatever else has no value here.
    case other
  }

  var head: Head
  /// The key behind the head: `aws_security_group.s["a"]`.
  var key: TFKey?
  /// The names behind it, keys among them left out.
  var attributes: [String]
  /// The text.
  var text: String

  init(_ text: String) {
    self.text = text
    var scanner = TFAddressScanner(text)
    let first = scanner.name()
    var attributes: [String] = []
    func next(_ scanner: inout TFAddressScanner) -> String {
      _ = scanner.dot()
      return scanner.name()
    }
    switch first {
    case "var": head = .variable(next(&scanner))
    case "local": head = .local(next(&scanner))
    case "module": head = .module(next(&scanner))
    case "each": head = next(&scanner) == "key" ? .eachKey : .eachValue
    case "count": head = .countIndex
    case "path", "terraform", "self": head = .other
    case "data":
      let type = next(&scanner)
      head = .resource(TFResourceName(isData: true, type: type, name: next(&scanner)))
    default:
      let name = next(&scanner)
      head =
        name.isEmpty ? .other : .resource(TFResourceName(isData: false, type: first, name: name))
    }
    key = scanner.key()
    while !scanner.isAtEnd {
      if scanner.dot() {
        attributes.append(scanner.name())
      } else if scanner.key() == nil {
        break
      }
    }
    self.attributes = attributes
  }
}

/// The name of a resource within its module.
struct TFResourceName: Hashable {
  var isData: Bool
  var type: String
  var name: String

  var text: String { "\(isData ? "data." : "")\(type).\(name)" }
}
