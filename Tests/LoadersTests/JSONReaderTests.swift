import SGModel
import Testing

@testable import Loaders

/// The JSON reader accepts what RFC 8259 accepts, refuses the rest at the right byte, and knows where
/// everything stands.
struct JSONReaderTests {
  /// Reads one text to its end, by reading and by passing over it; both have to agree.
  private static func check(_ bytes: [UInt8]) -> SyntaxError? {
    let source = SourceBytes(bytes)
    return withExtendedLifetime(source) {
      func run(_ document: Document?) -> SyntaxError? {
        var reader = JSONReader(source.buffer)
        do throws(SyntaxError) {
          if let document { try reader.read(into: document) } else { try reader.skip() }
          if !reader.isAtEnd() { return reader.unexpected("the end") }
          return nil
        } catch {
          return error
        }
      }
      let read = run(Document(bytes: source.buffer, source: 0))
      let skipped = run(nil)
      #expect((read == nil) == (skipped == nil) || read?.message.hasPrefix("duplicate") == true)
      return read
    }
  }

  @Test(arguments: [
    "0", "-0", "1.5", "1e5", "1E+5", "-1.25e-10", "123456789012345678901234567890", "true", "false",
    "null", "\"\"", "\"a\"", "[]", "{}", " [ 1 , 2 ] ", "{\"a\":{\"b\":[null]}}", "\"\\u0041\"",
    "\"\\ud83d\\ude00\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"é😀\"", "\t\r\n {}", "[[[[[[]]]]]]",
    "\"\u{7F}\"", "{\"\":0}", "{\"a\":1,\"b\":2}",
  ])
  func accepts(text: String) {
    #expect(Self.check(Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "", " ", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "tru", "nul",
    "True",
    "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
    "\"a\nb\"", "\"\u{0}\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"}",
    "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "[1]]", "{}{", "1 2",
    "[1}", "{\"a\":1]", "// comment\n1", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "\u{A0}1",
    "-a", "1a", "[1e1.5]",
  ])
  func refuses(text: String) {
    #expect(Self.check(Array(text.utf8)) != nil)
  }

  @Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0x80, 0x22],
    [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22],
  ])
  func refusesWhatIsNotUTF8(bytes: [UInt8]) {
    #expect(Self.check(bytes)?.message.contains("UTF-8") == true)
  }

  @Test func saysWhere() {
    #expect(Self.check(Array("{\"a\": 1,\n \"b\": tru}".utf8))?.offset == 15)
    #expect(Self.check(Array("[1, 2".utf8))?.offset == 5)
    #expect(Self.check(Array("{\"a\":1, \"a\":2}".utf8))?.offset == 8)
  }

  @Test func nestingEndsBeforeTheStackDoes() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(Self.check(Array(deep.utf8))?.message.contains("nesting") == true)
    let limit = JSONReader.depthLimit
    let fits = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(Self.check(Array(fits.utf8)) == nil)
    #expect(Self.check(Array("[\(fits)]".utf8)) != nil)
  }

  @Test func knowsWhereEverythingStands() throws {
    let text = #"{"é": ["a\nb", 12.0, {"k": null}], "z": "\u0041"}"#
    let source = SourceBytes(Array(text.utf8))
    try withExtendedLifetime(source) {
      let document = Document(bytes: source.buffer, source: 3)
      var reader = JSONReader(source.buffer)
      try reader.read(into: document)
      let root = try #require(document.root)
      func slice(_ value: Value?) throws -> String {
        let span = try #require(value).span
        #expect(span.source == 3)
        return String(decoding: Array(text.utf8)[span.start..<span.end], as: UTF8.self)
      }
      let list = try #require(root.member(named: "é"))
      let items = list.elements.map { $0 }
      #expect(try slice(root) == text)
      #expect(try slice(list) == #"["a\nb", 12.0, {"k": null}]"#)
      #expect(items.count == 3)
      #expect(try slice(items[0]) == #""a\nb""#)
      #expect(items[0].text == "a\nb")
      #expect(items[1].integer == 12)
      #expect(try slice(items[2]["k"]) == "null")
      #expect(root["z"]?.text == "A")
      #expect(root["nothing"] == nil)
    }
  }

  /// Keys are compared in three ways: sorted ones with their neighbours, others by a table, many of
  /// them and escaped ones by their texts.
  @Test(arguments: [
    ["a", "b", "a"], ["b", "a", "b"], ["", "a", ""], ["cidr_ipv4", "cidr_ipv6", "cidr_ipv4"],
    ["security_group_id", "security_group_id"], ["tags", "tags_all", "tags"],
    ["id", "id_", "zone", "id_"], ["12345678", "123456789", "12345678"], ["é", "z", "é"],
    [#"a"#, #"\u0061"#], [#"b\u0061"#, "ba"],
    (0..<80).map { "k\($0)" } + ["k7"], (100..<400).map { "key\($0)" } + ["key399"],
  ])
  func refusesEqualKeys(keys: [String]) {
    func text(_ keys: [String]) -> [UInt8] {
      Array("{\(keys.map { "\"\($0)\":[{}]" }.joined(separator: ","))}".utf8)
    }
    #expect(Self.check(text(keys))?.message.hasPrefix("duplicate key") == true)
    #expect(Self.check(text(Array(keys.dropLast()))) == nil)
  }

  /// What was read is given back behind the reader, without gaps, and can be read again.
  @Test func givesBackWhatWasRead() throws {
    let forgotten = Forgotten()
    let element = #"{"a":["\#(String(repeating: "x", count: 1000))"]},"#
    let text = Array(("[" + String(repeating: element, count: 12_000) + "{}]").utf8)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: text.count, alignment: 16)
    UnsafeMutableRawBufferPointer(start: memory, count: text.count).copyBytes(from: text)
    let source = SourceBytes(
      base: UnsafeRawPointer(memory), count: text.count,
      forget: { _, range in forgotten.note(range) },
      release: { base, _ in base.deallocate() })
    let file = SourceFile(path: "a", bytes: source)
    let behind = ReadBehind(file)
    try withExtendedLifetime(behind) {
      var reader = JSONReader(source.buffer)
      reader.forgetBehind(behind)
      try reader.skip()
      let first = forgotten.ranges
      #expect(first.count > 2)
      #expect(first.first?.lowerBound == 0)
      #expect(zip(first, first.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(first.allSatisfy { $0.upperBound <= reader.position })
      reader.seek(to: 0)
      try reader.skip()
      #expect(forgotten.ranges.dropFirst(first.count).first?.lowerBound == 0)
      // The lines are counted on the way, once.
      let lines = behind.finish()
      for offset in [0, 1 << 20, text.count - 1] {
        #expect(lines.position(of: offset) == LineTable(file).position(of: offset))
      }
    }
    #expect(!SourceBytes(text).canForget)
  }

  private final class Forgotten: @unchecked Sendable {
    private(set) var ranges: [Range<Int>] = []
    func note(_ range: Range<Int>) { ranges.append(range) }
  }

  @Test(
    arguments: [
      ("443", 443), ("-1", -1), ("443.0", 443), ("4.43e2", 443), ("0", 0), ("1e400", nil),
      ("18446744073709560708", nil), ("443.5", nil), ("0e99999999999", 0),
    ] as [(String, Int?)])
  func readsWholeNumbers(text: String, value: Int?) {
    #expect(JSONText.integer(Array(text.utf8)) == value)
  }

  /// Any cut, and any change of one byte, ends in an answer and never in a crash.
  @Test(arguments: 0..<40) func survivesDamage(seed: Int) {
    let text =
      #"{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"FromPort":4.5e1,"é":"\u00e9\ud83d\ude00"}],"t":[true,false,null]}]}"#
    let bytes = Array(text.utf8)
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 99
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<200 {
      var damaged = bytes
      switch next(3) {
      case 0: damaged.removeSubrange(next(bytes.count)...)
      case 1: damaged[next(bytes.count)] = UInt8(next(256))
      default: damaged.insert(UInt8(next(256)), at: next(bytes.count))
      }
      _ = Self.check(damaged)
    }
    #expect(Self.check(bytes) == nil)
  }
}
