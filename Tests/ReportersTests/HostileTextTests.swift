import Foundation
import SGModel
import Testing

@testable import Reporters

/// Names, paths and lines of source that were written to do harm.
@Suite struct HostileTextTests {
  static let texts = [
    "\u{1B}[2J\u{1B}[1;1H\u{1B}[32mAll checks passed\u{1B}[0m", "\u{1B}]0;pwned\u{7}",
    "x\n::error file=main.tf,line=1::pwned\n::stop-commands::t", "::error::pwned",
    " \u{A0}\t::warning::pwned", ":", "a]]>b<![CDATA[", "safe \u{202E}gnp.exe\u{2066}\u{2069}",
    "<script>alert(1)</script><img src=x onerror=y>", "=cmd|' /C calc'!A0", "%s%n%@%d%x",
    "Z" + String(repeating: "\u{301}", count: 200),
    "##vso[task.complete result=Succeeded;]done", "##[error]pwned", "###[error]", "##VSO[x]",
    "a\u{0}b\u{1}\u{8}\u{B}\u{C}\u{7F}", "\u{85}\u{9B}31m\u{9C}", "\u{2028}\u{2029}", "\r\n\r",
    "\u{FFFE}\u{FFFF}\u{10FFFF}", "\u{FEFF}\u{200B}\u{AD}\u{E0041}", "&amp;\"'<>", "\\u{1B}\\",
    "aws_security_group.x[\"\\n::error::pwned\\u001b[0m\"]", "", "   ",
  ]

  /// A report in which `text` is whatever an input can choose.
  private func report(_ text: String) -> Report {
    let source = SourceFile(path: text, bytes: SourceBytes(Array("{\(text)}".utf8)))
    let span = SourceSpan(source: 0, start: 0, end: text.utf8.count + 1)
    let subject = Subject(
      kind: "security-group", id: text, address: text, name: text, input: text, vpc: text)
    let cause = Cause(permission: text, id: text, address: text, span: span, reason: text)
    let finding = Finding.sample(
      subject: subject, message: "egress of \(text) is not empty", span: span
    ).with {
      $0.causes = [cause, cause]
      $0.notes = [text]
      $0.help = text
      $0.unknowns = [text, text]
      $0.witness = Witness(direction: .egress, protocolName: "tcp", port: 1, peer: text)
    }
    let unplaced = finding.with {
      $0.span = nil
      $0.message = text
    }
    let satisfied = finding.with { $0.verdict = .satisfied }
    let step = SuggestedFix.Step(
      says: text, command: text, address: text, attribute: text, value: text, span: span)
    return Report.sample(
      [finding, unplaced, satisfied], sources: [source],
      issues: [Issue(.error, text, help: text, at: span), Issue(.warning, text, at: nil)],
      inputs: [Input(path: text, kind: text)],
      fixes: [SuggestedFix(subject: subject, policies: [text], steps: [step], remarks: [text])])
  }

  private func expectHarmless(_ text: String) {
    for scalar in text.unicodeScalars where scalar != "\n" {
      let category = scalar.properties.generalCategory
      let isHarmless =
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains(category)
        && !scalar.properties.isNoncharacterCodePoint
      #expect(isHarmless, "U+\(String(scalar.value, radix: 16))")
    }
    #expect(!text.lowercased().contains("##vso["))
    #expect(!text.contains("##["))
    for line in text.split(separator: "\n") {
      let start = line.drop { $0.isWhitespace }
      #expect(!start.hasPrefix("::"), "\(line)")
    }
  }

  @Test(arguments: texts, ReportFormat.allCases)
  func everyFormatIsHarmless(text: String, format: ReportFormat) throws {
    for options in [ReportOptions(), ReportOptions(width: 40), ReportOptions(quiet: true)] {
      expectHarmless(try report(text).text(format, options))
    }
  }

  @Test(arguments: texts)
  func whatIsShownIsHarmless(text: String) throws {
    var atoms = AtomTable()
    let atom = atoms.intern(.group, text)
    let traffic = TrafficSet(.all, PeerSet([.atom(atom)]))
    let group = ShownGroup(
      id: nil, address: text, name: text, vpc: text, input: text, ingressMust: traffic,
      ingressMay: traffic, egressMust: traffic, egressMay: traffic, notes: [text])
    for format in ShowFormat.allCases {
      var data = Data()
      format.render([group], atoms: atoms) { data.append(contentsOf: $0) }
      expectHarmless(try #require(String(data: data, encoding: .utf8)))
    }
  }

  @Test(arguments: texts)
  func textHasOneHeadForEachProblem(text: String) throws {
    let lines = try report(text).text(.text).split(separator: "\n")
    #expect(lines.count { $0.hasSuffix(" [pni-egress]") && $0.contains("error: ") } == 2)
    let quiet = try report(text).text(.text, ReportOptions(quiet: true))
    #expect(quiet.split(separator: "\n").prefix { !$0.hasPrefix("fix for ") }.count == 4)
  }

  @Test(arguments: texts)
  func jsonHasTheTextAsItWas(text: String) throws {
    let result = try report(text).parsed(.json)["results"][0]
    for value in [
      result["subject"]["name"], result["causes"][0]["permission"], result["location"]["path"],
      result["unknowns"][1],
    ] {
      #expect(Array(try #require(value.string).unicodeScalars) == Array(text.unicodeScalars))
    }
  }

  @Test(arguments: texts)
  func sarifIsWellFormed(text: String) throws {
    let results = try report(text).parsed(.sarif)["runs"][0]["results"]
    #expect(results.count == 2)
    let location = results[0]["locations"][0]["physicalLocation"]
    let uri = try #require(location["artifactLocation"]["uri"].string)
    #expect(!uri.isEmpty && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
  }

  @Test(.enabled(if: Tool.hasXMLLint, "needs xmllint (libxml2-utils)"), arguments: texts)
  func junitIsWellFormed(text: String) throws {
    let data = try report(text).bytes(.junit)
    let schema = Tool.fixtures.appending(path: "junit-10.xsd").path
    try Tool.withFile(data) { path in
      let result = try Tool.run(["xmllint", "--noout", "--schema", schema, path])
      #expect(result.status == 0, "\(result.output)")
      let count = try Tool.run(["xmllint", "--xpath", "count(//failure)", path]).output
      #expect(count.trimmingCharacters(in: .whitespacesAndNewlines) == "2")
    }
  }

  @Test(arguments: [
    ("plain", "plain"), ("a\nb\r\t", "a\\nb\\r\\t"), ("\u{1B}[0m", "\\u{1B}[0m"),
    ("\u{202E}x", "\\u{202E}x"), ("\u{FFF9}", "\\u{FFF9}"), ("é日🔥", "é日🔥"),
    ("e\u{301}", "e\u{301}"),
    ("\u{301}e", "\\u{301}e"), ("##[x", "\\u{23}#[x"), ("a ##Vso[x", "a \\u{23}#Vso[x"),
    ("# ## #1", "# ## #1"), ("::/0", "::/0"), ("👩\u{200D}💻", "👩\\u{200D}💻"),
    ("x" + String(repeating: "\u{301}", count: 5), "x\u{301}\u{301}\u{301}\u{301}\\u{301}"),
  ])
  func escapes(text: String, expected: String) {
    #expect(Array(SafeText.escaped(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(arguments: [
    ("::error", "\\u{3A}:error"), (":", "\\u{3A}"), ("  ::x", "  \\u{3A}:x"),
    ("\u{A0}::x", "\u{A0}\\u{3A}:x"), ("a::b", "a::b"), ("", ""),
  ])
  func colonsAtTheStartOfALine(text: String, expected: String) {
    #expect(SafeText.escaped(text, atLineStart: true) == expected)
  }
}
