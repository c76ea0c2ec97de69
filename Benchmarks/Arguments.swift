/// What stands behind the name of the program.
struct Arguments {
  /// What is wrong with them, or with a file they name.
  struct Wrong: Error {
    var message: String
    init(_ message: String) { self.message = message }
  }

  private var rest: ArraySlice<String>

  init(_ arguments: ArraySlice<String>) { rest = arguments }

  mutating func next() -> String? { rest.popFirst() }

  /// Returns the next argument, which has to be there.
  mutating func value(of name: String) throws(Wrong) -> String {
    guard let text = next() else { throw Wrong("\(name) is missing") }
    return text
  }

  /// Returns the next argument as a whole number from 0 on.
  mutating func count(of name: String) throws(Wrong) -> Int {
    let text = try value(of: name)
    guard let count = Int(text), count >= 0 else { throw Wrong("\(name) is no number: \(text)") }
    return count
  }

  /// Returns the next argument as a number of bytes: `8KB`, `10MB`, `1.5GB` or a bare number.
  mutating func size(of name: String) throws(Wrong) -> Int {
    let text = try value(of: name)
    var digits = text.uppercased()[...]
    if digits.hasSuffix("B") { digits.removeLast() }
    var unit = 1.0
    for (letter, factor) in [("K", 1e3), ("M", 1e6), ("G", 1e9)] where digits.hasSuffix(letter) {
      digits.removeLast()
      unit = factor
    }
    guard let number = Double(String(digits)), number >= 1, number * unit < 1e12 else {
      throw Wrong("\(name) is no size: \(text)")
    }
    return Int(number * unit)
  }

  func end() throws(Wrong) {
    if let first = rest.first { throw Wrong("there is too much: \(first)") }
  }
}
