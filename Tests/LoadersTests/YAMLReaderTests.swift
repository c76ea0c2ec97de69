import Foundation
import SGModel
import Testing

@testable import Loaders

@Suite struct YAMLReaderTests {
  // MARK: Trees

  @Test(arguments: [
    ("a: 1\nb: [x, 'y', \"z\"]\n", "{a: 1, b: [x, \"y\", \"z\"]}"),
    ("- a\n- b: c\n  d: e\n", "[a, {b: c, d: e}]"),
    ("a:\n- 1\n- 2\nb:\n", "{a: [1, 2], b: }"),
    ("'it''s': \"a\\tb\\u00e9\"", "{\"it's\": \"a\tbé\"}"),
    ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", "{a: \"one\ntwo\n\", b: \"one two\"}"),
    ("a: one\n  two\n", "{a: one two}"),
    ("[a: b, {c: d, e}]", "[{a: b}, {c: d, e: }]"),
    ("? a\n: b\n", "{a: b}"),
    (
      "a: !!str 443\nb: !!int '443'\nc: ! 1\nd: !!map {}\ne: !!seq []\n",
      "{a: \"443\", b: 443, c: \"1\", d: {}, e: []}"
    ),
    ("no: no\non: 0443\n22:22: ~\n", "{no: no, on: 0443, 22:22: ~}"),
    ("from: [2001:db8::/32, \"::/0\"]", "{from: [2001:db8::/32, \"::/0\"]}"),
    ("%YAML 1.1\n---\na: 1\n", "{a: 1}"),
    ("--- text\n", "text"),
    ("---\n...\n", ""),
    ("# nothing\n", "(nothing)"),
    ("", "(nothing)"),
  ])
  func tree(text: String, expected: String) throws {
    #expect(try ReadYAML(text).description == expected)
  }

  @Test func documentsOfAStreamAreApart() throws {
    let read = try ReadYAML("a: &x 1\n---\nb: 2\n---\n---\n- c\n")
    #expect(
      read.documents.map { $0.root.map { ReadYAML.describe($0) } } == [
        "{a: 1}", "{b: 2}", "", "[c]",
      ])
    #expect(yamlError(MarkedText("a: &x 1\n---\nb: ↓*x\n"))?.message.contains("no anchor") == true)
  }

  @Test(arguments: [
    ("a: &x [1, 2]\nb: *x\n", "{a: [1, 2], b: [1, 2]}"),
    ("a: &x {k: \"\\u0041\"}\nb: [*x, *x]\n", "{a: {k: \"A\"}, b: [{k: \"A\"}, {k: \"A\"}]}"),
    ("&k a: 1\nb: *k\n*k : 3\n", nil),
    ("&k a: 1\nb: {*k : 3}\n", "{a: 1, b: {a: 3}}"),
    ("a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"),
    // Merge keys: explicit keys win, wherever they stand; of several mappings the first wins.
    ("b: &b {x: 1, y: [2]}\nc: {<<: *b, x: 3}\n", "{b: {x: 1, y: [2]}, c: {x: 3, y: [2]}}"),
    ("b: &b {x: 1}\nc: {x: 3, <<: *b}\n", "{b: {x: 1}, c: {x: 3}}"),
    (
      "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 0}\n",
      "{a: {x: 1}, b: {x: 2, y: 2}, c: {z: 0, x: 1, y: 2}}"
    ),
    (
      "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc:\n  <<: *b\n  z: 3\nd: 4\n",
      "{a: {x: 1}, b: {y: 2, x: 1}, c: {z: 3, y: 2, x: 1}, d: 4}"
    ),
    (
      "c: {<<: {x: {y: [1, {z: \"\\t\"}]}}, a: 1}\nd: 2\n",
      "{c: {a: 1, x: {y: [1, {z: \"\t\"}]}}, d: 2}"
    ),
    ("a: &a {<<: {x: &x 1}, y: &y [2]}\nb: *y\n", "{a: {y: [2], x: 1}, b: [2]}"),
    ("a: {'<<': 1}\n", "{a: {\"<<\": 1}}"),
    ("a: {<<: []}\n", "{a: {}}"),
  ])
  func aliasesAndMerges(text: String, expected: String?) throws {
    guard let expected else {
      #expect(throws: SyntaxError.self) { try ReadYAML(text) }
      return
    }
    #expect(try ReadYAML(text).description == expected)
  }

  // MARK: Places

  /// Every scalar whose text is `x…` begins at a mark and ends at the next one.
  @Test(arguments: [
    "a: ↓x↓\n", "a: ↓'x'↓ # x\n", "ä: [↓x1↓, ↓\"x日本\"↓, ↓x😀↓]\n",
    "a:\r\n  - ↓x↓\r\n  - ↓\"x\"↓\r\n",
    "\u{FEFF}a: ↓x↓\n", "\u{FEFF}é: ↓x↓\r\nb: ↓'xü'↓\r\n", "a: &anker ↓x↓\nb: !!str   ↓x↓\n",
    "a: &b !!str # é\n  ↓x↓\n", "a: ↓|\n  x\n  é↓\n\nb: ↓xé\n   x↓\n", "a: 'é\u{2028}é'\nb: ↓x↓\n",
    "é: \u{85}\nb: ↓x↓\n", "# 日本\n---\n日: ↓x↓\n---\n本: ↓x↓\n",
  ])
  func scalarSpans(text: String) throws {
    let marked = MarkedText(text)
    let read = try ReadYAML(marked.bytes)
    var found: [Int] = []
    for document in read.documents {
      for index in 0..<Int32(document.count) {
        let value = Value(document: document, index: index)
        guard !value.isObject, !value.isArray, value.text.hasPrefix("x") else { continue }
        #expect(value.span.source == 3)
        found += [value.span.start, value.span.end]
      }
    }
    #expect(found == marked.marks)
  }

  @Test(arguments: [
    ("a:\n  ↓- 1\n  - b: é↓\n\n# end\nc: 1\n", Document.Kind.array),
    ("a: é\nb:   ↓[1, é]↓   # x\n", .array),
    ("a: é\nb: &c\n  ↓- 1\n  - ''↓\n\n", .array),
    ("- ↓é: 1\n  f: 'x y'↓  \n- 3\n", .object),
    ("- ↓{é: 1}↓, \n", nil),
    ("- &x !!map ↓{é: 1}↓ \n- 3\n", .object),
    ("- é\n- [↓a: b↓ , c]\n", .object),
    ("- é\n- ↓a: b\n  c:↓\n- d\n", .object),
  ])
  func collectionSpans(text: String, kind: Document.Kind?) throws {
    let marked = MarkedText(text)
    guard let kind else {
      #expect(yamlError(marked) != nil)
      return
    }
    let read = try ReadYAML(marked.bytes)
    let document = try #require(read.documents.first)
    let spans = (0..<Int32(document.count)).map { Value(document: document, index: $0) }
      .filter { $0.kind == kind }.map { [$0.span.start, $0.span.end] }
    #expect(spans.contains(marked.marks))
  }

  @Test func aCopyKeepsThePlaceOfItsOriginal() throws {
    let marked = MarkedText("é: &x ↓10.0.0.0/8↓\nb: *x\nc: 1\n")
    let read = try ReadYAML(marked.bytes)
    let b = try #require(read.documents.first?.root?["b"])
    #expect([b.span.start, b.span.end] == marked.marks)
    #expect(b.text == "10.0.0.0/8")
  }

  // MARK: Errors

  @Test(arguments: [
    ("é: 1\n↓\tb: 2\n", "a tab is used for indentation"),
    ("a:\n  - b\n↓\t- c\n", "a tab is used for indentation"),
    ("é: b↓: c\n", "`:` is not expected here"),
    ("é: ↓\"x\n", "a text in quotes has no end"),
    ("a: ↓@x\n", "no value begins with `@`"),
    ("a: ↓`x`\n", "no value begins with a backtick"),
    ("a: [1, 2\nb↓: 3\n", "the list began at line 1, column 4"),
    ("é: [b]↓]\n", "`]` is not expected here"),
    ("from: [↓::/0]\n", "needs quotes"),
    ("é: \"↓\\q\"\n", nil),
    ("é: ↓\u{1}\n", "a control character"),
    ("é: 1\nb: 2\n↓é: 3\n", "duplicate key `é`"),
    ("é: 1\n↓\"\\u00e9\": 3\n", "duplicate key `é`"),
    ("{a: 1, ↓'a': 2}\n", "duplicate key `a`"),
    ("↓[a]: b\n", "where a key should be"),
    ("? ↓{a: b}\n: c\n", "where a key should be"),
    ("a: &x [1]\n↓*x : c\n", "where a key should be"),
    ("é: ↓*x\n", "alias `*x` has no anchor `&x`"),
    ("é: &x [a, ↓*x]\n", "recursive alias: `*x`"),
    ("x: &x\n  <<: ↓*x\n", "recursive alias: `*x`"),
    ("é: &a ↓!Ref x\n", "unknown tag `!Ref`"),
    ("é: ↓!!python/object/apply:os.system [x]\n", "unknown tag `!!python/object/apply:os.system`"),
    ("é: ↓!!set {x}\n", "unknown tag `!!set`"),
    ("é: ↓!!str [x]\n", "tag `!!str` stands before a list"),
    ("é: {<<: ↓3}\n", "the value of `<<` is a string"),
    ("b: &b {}\né: {<<: [*b, ↓3]}\n", "the value of `<<` is a string"),
    ("b: &b {k: 1}\né: {<<: *b, ↓<<: *b}\n", "duplicate key `<<`"),
    ("a: {<<: &m {x: 1}}\nb: ↓*m\n", "merged by `<<`"),
    ("a: 1\n...\n↓b: 2\n", "`---` is expected"),
    ("a: &↓é 1\n", "made of ASCII letters"),
  ])
  func errorsSayWhatAndWhere(text: String, message: String?) {
    let marked = MarkedText(text)
    let error = yamlError(marked)
    if let message {
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
    #expect(error != nil)
    if message != nil { #expect(error?.offset == marked.marks.first) }
    #expect(error?.message.contains("\n") != true)
  }

  @Test func invalidUTF8IsPointedAt() {
    for prefix in ["", "\u{FEFF}", "é: "] {
      let bytes = SourceBytes(Array(prefix.utf8) + [0x61, 0xFF, 0x62])
      let error = #expect(throws: SyntaxError.self) {
        try YAMLReader.documents(in: bytes.buffer, source: 0)
      }
      #expect(error?.message.contains("not valid UTF-8") == true)
      #expect(error?.offset == prefix.utf8.count + 1)
    }
  }

  /// Letters that look alike are others: keys are compared by their code points.
  @Test(arguments: [0, 30]) func keysThatLookAlikeAreTwo(others: Int) throws {
    let rest = (0..<others).map { "k\($0): 0\n" }.joined()
    let read = try ReadYAML("é: 1\n\(rest)\"e\\u0301\": 2\n")
    #expect(read.documents.first?.root?.members.map { $0.key }.count == others + 2)
  }

  @Test func duplicatesAreFoundAmongManyKeys() throws {
    let keys = (0..<200).map { "k\($0): 1\n" }.joined()
    #expect(try ReadYAML(keys).documents.first?.root?.members.map { $0.key.text }.count == 200)
    #expect(yamlError(MarkedText(keys + "↓'k7': 2\n"))?.message == "duplicate key `k7`")
  }

  @Test func nestingHasALimit() throws {
    let limit = YAMLReader.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try ReadYAML(nested(limit)).documents.count == 1)
    #expect(
      yamlError(MarkedText(nested(limit + 1)))?.message == "nesting is deeper than 512 levels")
    let deep = "x: " + nested(100_000) + "\n"
    #expect(yamlError(MarkedText(deep))?.message == "nesting is deeper than 512 levels")
    let block = String(repeating: "- ", count: 600) + "x\n"
    #expect(yamlError(MarkedText(block))?.message == "nesting is deeper than 512 levels")
    // Also where an alias makes it deeper.
    let half = "a: &a " + nested(300) + "\nb: "
    let text = half + String(repeating: "[", count: 300) + "*a" + String(repeating: "]", count: 300)
    #expect(yamlError(MarkedText(text))?.message == "nesting is deeper than 512 levels")
  }

  @Test func aliasesHaveABudget() throws {
    // 1,000 values with their list, 99 times: 99,099 added.
    let list = "a: &a [" + (0..<1000).map(String.init).joined(separator: ", ") + "]\n"
    let some = list + (0..<99).map { "b\($0): *a\n" }.joined()
    #expect(try ReadYAML(some).documents.first?.count == 1 + 101 + 100 * 1001 - 1)
    let many = some + "c: ↓*a\n"
    let marked = MarkedText(many)
    #expect(yamlError(marked)?.message == "aliases expand to more than 100000 values")
    #expect(yamlError(marked)?.offset == marked.marks.first)
  }

  // MARK: Files people should not send

  @Test(arguments: [
    ("alias-bomb", "aliases expand to more than 100000 values"),
    ("duplicate-key", "duplicate key `IpPermissionsEgress`"),
    ("python-tag", "unknown tag `!!python/object/apply:os.system`"),
    ("recursive-alias", "recursive alias"),
    ("tabs", "a tab is used for indentation"),
  ])
  func hostileFileIsRefused(name: String, message: String) throws {
    let bytes = try Folder.bytes(Folder.fixtures.appending(path: "yaml/\(name).yaml"))
    let error = #expect(throws: SyntaxError.self) { try ReadYAML(bytes) }
    #expect(error?.message.hasPrefix(message) == true)
    if name == "tabs" {
      let table = LineTable(SourceFile(path: name, bytes: bytes))
      #expect(table.position(of: error?.offset ?? 0) == SourcePosition(line: 4, column: 1))
    }
  }

  private func group(_ name: String, document: Int = 0) throws -> (group: Value, read: ReadYAML) {
    let read = try ReadYAML(Folder.bytes(Folder.fixtures.appending(path: "yaml/\(name).yaml")))
    let root = try #require(read.documents[document].root)
    return (try #require(root["SecurityGroups"]?.elements.first { _ in true }), read)
  }

  @Test func scalarsStayWhatIsWritten() throws {
    func first(_ name: String, _ key: StaticString) throws -> String? {
      let (group, _) = try self.group(name)
      return group["IpPermissions"]?.elements.first { _ in true }?[key]?.scalarText
    }
    #expect(try first("sexagesimal-port", "FromPort") == "22:22")
    #expect(try first("octal-12", "FromPort") == "0o673")
    #expect(try first("no-protocol", "IpProtocol") == "no")
    let (group, _) = try self.group("unquoted-minus-one")
    let egress = group["IpPermissionsEgress"]?.elements.first { _ in true }
    #expect(egress?["IpProtocol"]?.scalarText == "-1")
    #expect(egress?["IpProtocol"]?.integer == -1)
    let (quoted, _) = try self.group("bom-crlf")
    #expect(quoted["OwnerId"]?.text == "111122223333")
    #expect(quoted["OwnerId"]?.kind == .string)
  }

  @Test func otherFilesKeepWhatTheyHave() throws {
    let (merged, _) = try group("merge-key-egress")
    #expect(merged["IpPermissionsEgress"]?.elements.map { $0["IpProtocol"]?.text } == ["-1"])
    #expect(merged["<<"] == nil)
    let (truncated, _) = try group("truncated")
    #expect(truncated["IpPermissionsEgress"] == nil)
    let (_, stream) = try group("multi-doc")
    #expect(stream.documents.count == 2)
    let (second, _) = try group("multi-doc", document: 1)
    #expect(second["IpPermissionsEgress"]?.elements.map { $0["IpProtocol"]?.text } == ["-1"])
    let (crlf, read) = try group("bom-crlf")
    let id = try #require(crlf["GroupId"])
    let file = SourceFile(path: "x", bytes: read.bytes)
    #expect(LineTable(file).position(of: id.span.start) == SourcePosition(line: 3, column: 12))
    #expect(id.text == "sg-0123456789abcdef0")
    let nothing = try ReadYAML(
      Folder.bytes(Folder.fixtures.appending(path: "yaml/only-comments.yaml")))
    #expect(nothing.documents.isEmpty)
  }

  // MARK: Another parser

  /// One line per node: its kind, and for a scalar where it stands and what it reads.
  private func listing(_ document: Document) -> [String] {
    (0..<Int32(document.count)).map {
      let value = Value(document: document, index: $0)
      if value.isObject { return "map \(value.members.map { _ in 1 }.count)" }
      if value.isArray { return "seq \(value.elements.map { _ in 1 }.count)" }
      let hex = value.text.utf8.map { String($0, radix: 16) }.joined(separator: ".")
      return "scalar \(value.span.start) \(value.span.end) \(hex)"
    }
  }

  @Test(
    .enabled(if: Python.hasYAML, "python3 with PyYAML is not installed: nothing to compare with"),
    arguments: [
      "a: 1\nb: [x, 'y', \"z\", {k: v}]\n", "é: 日本\r\n'ü': [\"😀\", x]\r\n", "\u{FEFF}é: x\n- \n",
      "\u{FEFF}é: x\n", "a:\n  - b: c\n    d: 'e f'\n  -\n  - []\n",
      "---\na: 1\n---\n- b\n...\n---\n",
      "? a\n: - b\n", "a: &x [1, {b: c}]\nd: *x\n", "a: one\n  two\n\n  three\n",
      "{a: [b, c: d], \"e\" : f, g}\n", "a: \"x\\\n  y\"\nb: 'it''s'\n", "a: b: c\n", "a: [1\n",
      "a: 'x\n", "a: @x\n", "\ta: b\n", "- a\n b: c\n", "a: 1\n b: 2\n", "[a]: [\n",
    ])
  func agreesWithPyYAML(text: String) throws {
    let program = """
      import sys, yaml
      raw = sys.stdin.buffer.read()
      text = raw.decode()
      def walk(node, out):
          if isinstance(node, yaml.MappingNode):
              out.append("map %d" % len(node.value))
              for key, value in node.value: walk(key, out); walk(value, out)
          elif isinstance(node, yaml.SequenceNode):
              out.append("seq %d" % len(node.value))
              for value in node.value: walk(value, out)
          else:
              at = lambda mark: len(text[:mark.index].encode())
              out.append("scalar %d %d %s" % (at(node.start_mark), at(node.end_mark),
                  ".".join("%x" % b for b in node.value.encode())))
      try:
          for node in yaml.compose_all(text, yaml.SafeLoader):
              out = ["document"]
              if node is not None: walk(node, out)
              print("\\n".join(out))
      except yaml.YAMLError:
          print("error")
      """
    let peer = try #require(Python.run(program, input: Data(text.utf8)))
    #expect(peer.status == 0, "\(peer.output)")
    let ours: String
    do {
      ours = try ReadYAML(text).documents.map {
        (["document"] + listing($0)).joined(separator: "\n") + "\n"
      }.joined()
    } catch is SyntaxError {
      ours = "error\n"
    }
    // PyYAML prints the documents before an error; we refuse the file.
    #expect(peer.output.hasSuffix("error\n") ? ours == "error\n" : ours == peer.output)
  }

  // MARK: Anything at all

  /// Checks what must hold for any bytes: no crash, places inside of the file, children inside of
  /// their parents.
  private func isSound(_ bytes: [UInt8]) -> Bool {
    let source = SourceBytes(bytes)
    defer { withExtendedLifetime(source) {} }
    do throws(SyntaxError) {
      for document in try YAMLReader.documents(in: source.buffer, source: 0) {
        for index in 0..<Int32(document.count) {
          let value = Value(document: document, index: index)
          let node = value.node
          guard node.start >= 0, node.start <= node.end, node.end <= bytes.count,
            node.next > index, Int(node.next) <= document.count
          else { return false }
          if !value.isObject, !value.isArray { _ = (value.text, value.integer, value.isNull) }
          if value.isObject {
            _ = value["a"]
            for member in value.members { _ = member.key.text }
          }
        }
      }
      return true
    } catch {
      return error.offset >= 0 && error.offset <= bytes.count && !error.message.isEmpty
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func noBytesBreakIt(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let alphabet = Array("ab:- \n\t#&*!|>'\"%@`{}[],?<~\\0\r\u{FEFF}é😀".utf8)
    for _ in 0..<100 {
      let count = Int.random(in: 0...60, using: &numbers)
      #expect(isSound((0..<count).map { _ in .random(in: 0...255, using: &numbers) }))
      #expect(isSound((0..<count).map { _ in alphabet.randomElement(using: &numbers) ?? 0 }))
    }
    let names = ["alias-bomb", "bom-crlf", "merge-key-egress", "multi-doc", "recursive-alias"]
    for name in names {
      let bytes = try Folder.bytes(Folder.fixtures.appending(path: "yaml/\(name).yaml"))
      for _ in 0..<10 {
        var changed = Array(bytes.buffer)
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
          let at = Int.random(in: 0..<changed.count, using: &numbers)
          switch Int.random(in: 0..<3, using: &numbers) {
          case 0: changed[at] = alphabet.randomElement(using: &numbers) ?? 0
          case 1: changed.remove(at: at)
          default: changed.insert(alphabet.randomElement(using: &numbers) ?? 0, at: at)
          }
        }
        #expect(isSound(changed), "\(changed)")
      }
    }
  }
}
