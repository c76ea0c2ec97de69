import SGModel
import Testing

@testable import Loaders

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The JSON reader against the grammar of RFC 8259, production by production: what the grammar makes is
/// accepted, what is one step beside it is refused.
///
/// Beyond the grammar the reader refuses, on purpose, what readers disagree about: keys that occur
/// twice, halves of surrogate pairs, nesting beyond a limit.
struct JSONConformanceTests {
  /// Why a text is refused, if it is; reading it and passing over it have to agree.
  private static func problem(
    _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
  ) -> SyntaxError? {
    bytes.withUnsafeBytes { buffer in
      func run(_ document: Document?) -> SyntaxError? {
        var reader = JSONReader(buffer)
        do throws(SyntaxError) {
          if let document { try reader.read(into: document) } else { try reader.skip() }
          return reader.isAtEnd() ? nil : reader.unexpected("the end")
        } catch {
          return error
        }
      }
      let read = run(Document(bytes: buffer, source: 0))
      let skipped = run(nil)
      if read?.message.hasPrefix("duplicate") != true, (read == nil) != (skipped == nil) {
        Issue.record(
          "read and skip disagree on \(String(decoding: bytes, as: UTF8.self))",
          sourceLocation: sourceLocation)
      }
      return read
    }
  }

  private static func accepts(_ text: String) -> Bool { problem(Array(text.utf8)) == nil }
  private static func accepts(_ bytes: [UInt8]) -> Bool { problem(bytes) == nil }

  /// A text as it is shown when it fails.
  private static func shown(_ bytes: [UInt8]) -> String {
    bytes.map { $0 > 0x20 && $0 < 0x7F ? String(UnicodeScalar($0)) : "<\(String($0, radix: 16))>" }
      .joined()
  }

  // MARK: Structure

  /// Every sequence of up to six tokens.
  ///
  /// The grammar makes the valid ones, from short to long, so that
  /// nothing that parses is its own judge.
  @Test func structure() {
    let tokens = ["{", "}", "[", "]", ",", ":", "\"a\"", "0"]
    let longest = 6
    var values: [Set<String>] = Array(repeating: [], count: longest + 1)
    values[1] = ["\"a\"", "0"]
    for length in 2...longest {
      // The insides of an array and of an object: how many tokens they have, and all of them.
      values[length] = Set(
        items(length - 2, values, key: "").map { "[\($0)]" }
          + items(length - 2, values, key: "\"a\":").map { "{\($0)}" })
    }
    let valid = values.reduce(Set()) { $0.union($1) }
    #expect(valid.contains("[[],0]") && valid.contains("{\"a\":[]}"))

    var wrong: [String] = []
    func extend(_ text: String, _ length: Int) {
      if length > 0, Self.accepts(text) != valid.contains(text) { wrong.append(text) }
      guard length < longest else { return }
      for token in tokens { extend(text + token, length + 1) }
    }
    extend("", 0)
    // A number and a number make another number: `00` is refused for that.
    #expect(wrong.isEmpty, "\(wrong.prefix(20))")
  }

  /// All lists of values, with a key before each, that have `length` tokens.
  private func items(_ length: Int, _ values: [Set<String>], key: String) -> [String] {
    guard length > 0 else { return length == 0 ? [""] : [] }
    let keyLength = key.isEmpty ? 0 : 2
    var result: [String] = []
    for first in 1...length where first > keyLength {
      for value in values[first - keyLength] {
        if first == length { result.append(key + value) }
        let rest = length - first - 1
        guard rest > 0 else { continue }
        result += items(rest, values, key: key).map { key + value + "," + $0 }
      }
    }
    return result
  }

  /// Every byte, at every place where white space may stand.
  @Test func whiteSpace() {
    let pieces = ["", "{", "\"k\"", ":", "[", "0", ",", "true", "]", "}", ""]
    for place in 1..<pieces.count {
      for byte in UInt8.min...UInt8.max {
        let before = Array(pieces[..<place].joined().utf8)
        let after = Array(pieces[place...].joined().utf8)
        let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
        // A digit, sign, point or `e` beside the number makes another number.
        if before.last == UInt8(ascii: "0") || after.first == UInt8(ascii: "0") {
          if "0123456789+-.eE".utf8.contains(byte) { continue }
        }
        let text = before + [byte] + after
        // A comma or a bracket can also be right.
        guard isSpace || byte < 0x20 || byte > 0x7E || "#;'/*".utf8.contains(byte) else { continue }
        #expect(Self.accepts(text) == isSpace, "\(Self.shown(text))")
      }
    }
    #expect(Self.accepts(String(repeating: " \t\r\n", count: 1000) + "1" + "\n\n"))
    #expect(!Self.accepts(" \n\t "))
  }

  @Test(arguments: ["true", "false", "null"])
  func literals(word: String) {
    #expect(Self.accepts(word) && Self.accepts("[\(word),\(word)]"))
    for length in 1..<word.count { #expect(!Self.accepts(String(word.prefix(length)))) }
    for (place, letter) in word.enumerated() {
      var other = Array(word)
      other[place] = Character(letter.uppercased())
      #expect(!Self.accepts(String(other)))
      other[place] = "x"
      #expect(!Self.accepts(String(other)))
      other.remove(at: place)
      #expect(!Self.accepts(String(other)))
    }
    for end in ["e", "1", "\"", "_", word, "[", "{", "."] { #expect(!Self.accepts(word + end)) }
    #expect(!Self.accepts("{\(word):1}"))
  }

  @Test(arguments: [
    "NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "undefined", "None", "True", "nil", "yes",
    "/* */1", "1//", "1/**/", "#1\n1", "{a:1}", "{1:1}", "{null:1}", "{[]:1}", "{'a':1}", "'a'",
    "`a`", "[1,,2]", "[,]", "[1;2]", "{\"a\",1}", "{\"a\"=1}", "{\"a\"::1}", "{\"a\":1:2}",
    "{\"a\":1,,\"b\":2}", "(1)", "<1>", "\u{2028}1", "\u{FEFF}\u{FEFF}1", "1\u{FEFF}", "[1]\u{0}",
    "\u{0}", "\\u0031", "[\\n]", "\"a\" \"b\"", "\"a\"b\"", "{}[]", "[]0", "...", "[...]",
  ])
  func otherLanguages(text: String) { #expect(!Self.accepts(text)) }

  // MARK: Numbers

  /// Sign, whole part, fraction and exponent, right and wrong, each with each.
  @Test func numbers() {
    let parts: [(right: [String], wrong: [String])] = [
      (["", "-"], ["+", "--", "-+", "- ", "\u{2212}"]),
      (
        ["0", "1", "9", "10", "90", "65535", "12345678901234567890123"],
        ["", "00", "01", "007", "1 0", "1_0", "0x1", "0b1", "a", "\u{FF11}", "\u{0661}", "1,0"]
      ),
      (["", ".0", ".5", ".00", ".12345678901234567890"], [".", "..5", ".-5", ".+1", ". 5", ".x"]),
      (
        ["", "e0", "E1", "e+1", "E-1", "e00", "e-007", "e400", "E-400"],
        ["e", "E+", "e-", "e+-1", "ee1", "e1.5", "e1e1", "e 1", "e\u{FF11}", "p1", "f", "L", "d0"]
      ),
    ]
    for sign in parts[0].right {
      for whole in parts[1].right {
        for fraction in parts[2].right {
          for exponent in parts[3].right {
            let number = sign + whole + fraction + exponent
            for text in [number, "[\(number)]", "{\"a\":\(number)}", "\(number) ", "[\(number),0]"]
            {
              #expect(Self.accepts(text), "\(text)")
            }
          }
        }
      }
    }
    for wrongPart in parts.indices {
      for wrong in parts[wrongPart].wrong {
        for sign in wrongPart == 0 ? [wrong] : parts[0].right {
          for whole in wrongPart == 1 ? [wrong] : ["0", "12"] {
            for fraction in wrongPart == 2 ? [wrong] : ["", ".5"] {
              for exponent in wrongPart == 3 ? [wrong] : ["", "e1"] {
                let number = sign + whole + fraction + exponent
                guard !number.isEmpty else { continue }
                #expect(!Self.accepts(number), "\(number)")
                // In an array `1,0` are two numbers.
                if wrong != "1,0" || fraction != "" || exponent != "" {
                  #expect(wrong == "1,0" || !Self.accepts("[\(number)]"), "\(number)")
                }
              }
            }
          }
        }
      }
    }
  }

  // MARK: Strings

  @Test func rawBytesInStrings() {
    for byte in UInt8.min..<0x80 {
      let isRaw = byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      // Before, within and behind the steps of sixteen bytes that the reader takes.
      for before in 0..<34 {
        for after in [0, 1, 14, 15, 33] {
          let text =
            [0x22] + Array(repeating: 0x61, count: before) + [byte]
            + Array(repeating: 0x62, count: after) + [0x22]
          // A backslash with something behind it may be an escape; a quote ends the string.
          if byte == UInt8(ascii: "\\"), after > 0 { continue }
          if byte == UInt8(ascii: "\"") {
            #expect(!Self.accepts(text))
            continue
          }
          #expect(Self.accepts(text) == isRaw, "\(Self.shown(text))")
        }
      }
    }
  }

  @Test func escapes() {
    for byte in UInt8.min...UInt8.max {
      let text: [UInt8] = [0x22, 0x5C, byte, 0x22]
      #expect(Self.accepts(text) == "\"\\/bfnrt".utf8.contains(byte), "\(Self.shown(text))")
    }
    for place in 0..<4 {
      for byte in UInt8.min...UInt8.max {
        var digits = Array("0041".utf8)
        digits[place] = byte
        let text = [0x22, 0x5C, 0x75] + digits + [0x22]
        // `\u` with a first digit of d begins a surrogate only from d8 on.
        #expect(
          Self.accepts(text) == "0123456789abcdefABCDEF".utf8.contains(byte), "\(Self.shown(text))")
      }
    }
    for cut in 0..<4 { #expect(!Self.accepts("\"\\u\("0041".prefix(cut))\"")) }
    for text in ["\"\\", "\"\\\"", "\"\\u", "\"\\u00", "\"\\u0041", "\"\\U0041\"", "\"\\x41\""] {
      #expect(!Self.accepts(text), "\(text)")
    }
  }

  @Test func surrogates() {
    let edges: [(text: String, isHigh: Bool, isLow: Bool)] = [
      ("\\ud7ff", false, false), ("\\uD800", true, false), ("\\udbFF", true, false),
      ("\\udc00", false, true), ("\\uDfff", false, true), ("\\ue000", false, false),
      ("a", false, false), ("\\n", false, false), ("", false, false), ("\u{10FFFF}", false, false),
    ]
    for first in edges {
      for second in edges {
        for third in edges {
          // A high half needs a low one right behind it, and a low half a high one before it.
          let marks = [first, second, third].filter { $0.text != "" }
          var isRight = true
          var wantsLow = false
          for mark in marks {
            if wantsLow != mark.isLow { isRight = false }
            wantsLow = mark.isHigh
          }
          let text = "\"" + marks.map(\.text).joined() + "\""
          #expect(Self.accepts(text) == (isRight && !wantsLow), "\(text)")
        }
      }
    }
  }

  /// Sequences of up to four bytes, judged by the standard library.
  @Test func utf8() {
    let edges: [UInt8] = [
      0x00, 0x22, 0x41, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF,
    ]
    func check(_ bytes: [UInt8]) {
      // What ends a string, escapes or may not stand in it is not asked here.
      guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return }
      let isRight = String(validating: bytes, as: UTF8.self) != nil
      // At the end of the text, and where sixteen bytes are looked at at once.
      for after in [0, 33] {
        let text = [0x22] + bytes + Array(repeating: 0x61, count: after) + [0x22]
        if Self.accepts(text) != isRight { Issue.record("\(Self.shown(text))") }
      }
    }
    for first in UInt8.min...UInt8.max {
      check([first])
      for second in UInt8.min...UInt8.max where first >= 0x80 {
        check([first, second])
        guard first >= 0xE0 else { continue }
        for third in edges {
          check([first, second, third])
          guard first >= 0xF0 else { continue }
          for fourth in edges { check([first, second, third, fourth]) }
        }
      }
    }
    // Outside of strings there is nothing but ASCII, and one byte order mark at the start.
    #expect(Self.accepts([0xEF, 0xBB, 0xBF, 0x31]))
    for bytes: [UInt8] in [
      [0xEF, 0xBB, 0xBF], [0xEF, 0xBB, 0x31], [0xEF, 0x31], [0xFE, 0xFF, 0x00, 0x31],
      [0xFF, 0xFE, 0x31, 0x00], [0x31, 0x00], [0x00, 0x31], [0xC2, 0xA0, 0x31], [0x31, 0xC2, 0x85],
      [0x5B, 0xC3, 0xA9, 0x5D],
    ] { #expect(!Self.accepts(bytes), "\(Self.shown(bytes))") }
  }

  /// What is decoded is what was encoded: every kind of escape, and every edge of UTF-8.
  @Test func decodes() {
    let cases: [(text: String, value: String)] = [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000""#, "\u{0}"),
      (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud834\udd1e""#, "\u{1D11E}"),
      (#""\uD800\uDC00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"),
      (#""\ufffe\uFFFF""#, "\u{FFFE}\u{FFFF}"),
      (#""\ud7ff\ue000""#, "\u{D7FF}\u{E000}"),
      ("\"\u{7F}\u{80}\u{7FF}\u{800}\"", "\u{7F}\u{80}\u{7FF}\u{800}"),
      ("\"\u{FFFF}\u{10000}\u{10FFFF}\"", "\u{FFFF}\u{10000}\u{10FFFF}"), ("\"\"", ""),
      (#""é\né""#, "é\né"), (#""\\u0041""#, "\\u0041"), (#""a\u0308""#, "a\u{308}"),
    ]
    for (text, value) in cases {
      let bytes = Array(text.utf8)
      bytes.withUnsafeBytes { buffer in
        let document = Document(bytes: buffer, source: 0)
        var reader = JSONReader(buffer)
        #expect(throws: Never.self) { try reader.read(into: document) }
        #expect(document.root.map { Array($0.text.unicodeScalars) } == Array(value.unicodeScalars))
      }
    }
  }

  /// Keys are compared as they are decoded, in small and in large objects.
  @Test(arguments: [0, 22, 23, 24, 30]) func duplicateKeys(others: Int) {
    let rest = (0..<others).map { ",\"k\($0)\":0" }.joined()
    let forms = ["a", "\\u0061"]
    for first in forms {
      for second in forms {
        let error = Self.problem(Array("{\"\(first)\":1\(rest),\"\(second)\":2}".utf8))
        #expect(error?.message.hasPrefix("duplicate key `a`") == true)
      }
    }
    #expect(Self.accepts("{\"a\":1\(rest),\"A\":2}"))
    #expect(Self.accepts("{\"a\":{\"a\":1}\(rest),\"b\":{\"a\":1}}"))
    // Letters that look alike are others: texts are compared by their code points.
    #expect(Self.accepts("{\"é\":1\(rest),\"e\u{301}\":2}"))
    #expect(Self.accepts("{\"é\":1\(rest),\"e\\u0301\":2}"))
    #expect(Self.accepts("{\"\\u00e9\":1\(rest),\"e\\u0301\":2}"))
  }

  /// The same for the outermost object, which is not read into a tree as a whole, and for looking a
  /// member up: the Kelvin sign is no `K`.
  @Test(arguments: [
    #"{"SecurityGroups":[],"é":1,"e\u0301":2}"#,
    #"{"format_version":"1.2","é":1,"e\u0301":2,"planned_values":{"root_module":{}}}"#,
  ])
  func keysOfTheOutermostObject(text: String) {
    func load(_ text: String) -> [LoadError] {
      EstateLoader.load([SourceFile(path: "x.json", bytes: SourceBytes(Array(text.utf8)))]).failures
    }
    #expect(load(text).isEmpty)
    #expect(!load(text.replacing("e\\u0301", with: "\\u00e9")).isEmpty)
  }

  @Test func membersAreFoundByTheirCodePoints() throws {
    let bytes = Array(#"{"\u212aey":1,"e\u0301":2}"#.utf8)
    try bytes.withUnsafeBytes { buffer in
      let document = Document(bytes: buffer, source: 0)
      var reader = JSONReader(buffer)
      try reader.read(into: document)
      let root = try #require(document.root)
      #expect(root["Key"] == nil)
      #expect(root.member(named: "é") == nil)
      #expect(root.member(named: "e\u{301}")?.integer == 2)
    }
  }

  // MARK: A public suite

  /// The files of a checkout of JSONTestSuite: `y_` is accepted and `n_` refused.
  ///
  /// About `i_` the RFC leaves the choice: what is refused there is what is not UTF-8 and halves of surrogate pairs.
  @Test func publicSuite() throws {
    guard let folder = getenv("PNI_JSON_TEST_SUITE").map({ String(cString: $0) }) else {
      print("JSONTestSuite was not run: set PNI_JSON_TEST_SUITE to a checkout of nst/JSONTestSuite")
      return
    }
    // Refused on purpose: readers do not agree which of two equal keys counts.
    let duplicates = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]
    let files = try #require(opendir(folder + "/test_parsing"))
    defer { closedir(files) }
    var names: [String] = []
    while let entry = readdir(files) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".json") { names.append(name) }
    }
    #expect(names.count > 300)
    for name in names.sorted() {
      let file = try #require(fopen("\(folder)/test_parsing/\(name)", "rb"))
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = fread(&bytes, 1, bytes.count, file)
      let problem = Self.problem(Array(bytes.prefix(count)))
      if duplicates.contains(name) {
        #expect(problem?.message.hasPrefix("duplicate key") == true, "\(name)")
      } else if name.hasPrefix("y_") {
        #expect(problem == nil, "\(name): \(problem?.message ?? "")")
      } else if name.hasPrefix("n_") {
        #expect(problem != nil, "\(name)")
      } else if let problem {
        let reasons = ["UTF-8", "surrogate", "byte 0x", "the end"]
        #expect(reasons.contains { problem.message.contains($0) }, "\(name): \(problem.message)")
        print("\(name): refused at byte \(problem.offset): \(problem.message)")
      } else {
        print("\(name): accepted")
      }
    }
  }
}
