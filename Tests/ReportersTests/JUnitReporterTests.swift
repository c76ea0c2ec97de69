import Foundation
import Reporters
import SGModel
import Testing

@Suite struct JUnitReporterTests {
  let tf = Sample(path: "main.tf", text: "egress = \"0.0.0.0/0\"\n")

  private func full() throws -> Report {
    let violated = Finding.sample(span: try tf.span(of: "egress")).with {
      $0.help = "remove it"
      $0.witness = Witness(direction: .egress, protocolName: "tcp", port: 22, peer: "8.8.8.8")
      $0.causes = [
        Cause(
          permission: "all protocols to 0.0.0.0/0", id: nil, address: nil,
          span: try? tf.span(of: "\"0.0.0.0/0\""), reason: nil)
      ]
    }
    let undecided = Finding.sample(.undecided, policy: "pni-note", message: "cannot decide")
    let accepted = Finding.sample(.suppressed, policy: "pni-note", message: "is accepted")
    let other = Finding.sample(
      .satisfied, subject: .group("aws_security_group.b", input: "b.json"))
    return Report.sample(
      [violated, undecided, accepted, other, violated], sources: [tf.file],
      issues: [
        Issue(.error, "not understood", help: "mend it", at: try tf.span(of: "egress")),
        Issue(.warning, "odd", at: nil),
      ],
      inputs: [Input(path: "plan.json", kind: "x"), Input(path: "b.json", kind: "x")])
  }

  @Test func theWholeReport() throws {
    #expect(
      try full().text(.junit) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="pni-lint" tests="6" failures="3" errors="1" time="0">
          <testsuite name="plan.json" tests="4" failures="3" errors="0" skipped="1" time="0">
            <testcase name="pni-egress aws_security_group.main" \
        classname="aws_security_group.main" time="0">
              <failure type="violated" message="egress of aws_security_group.main is not empty">\
        main.tf:1:1: error: egress of aws_security_group.main is not empty
        for example: tcp 22 to 8.8.8.8
        allowed by: all protocols to 0.0.0.0/0 at main.tf:1:10
        help: remove it</failure>
            </testcase>
            <testcase name="pni-note aws_security_group.main" \
        classname="aws_security_group.main" time="0">
              <failure type="undecided" message="cannot decide">plan.json: error: cannot decide\
        </failure>
            </testcase>
            <testcase name="pni-note aws_security_group.main #2" \
        classname="aws_security_group.main" time="0">
              <skipped message="is accepted"/>
            </testcase>
            <testcase name="pni-egress aws_security_group.main #2" \
        classname="aws_security_group.main" time="0">
              <failure type="violated" message="egress of aws_security_group.main is not empty">\
        main.tf:1:1: error: egress of aws_security_group.main is not empty
        for example: tcp 22 to 8.8.8.8
        allowed by: all protocols to 0.0.0.0/0 at main.tf:1:10
        help: remove it</failure>
            </testcase>
          </testsuite>
          <testsuite name="b.json" tests="1" failures="0" errors="0" skipped="0" time="0">
            <testcase name="pni-egress aws_security_group.b" classname="aws_security_group.b" \
        time="0"/>
          </testsuite>
          <testsuite name="pni-lint: what could not be read" tests="1" failures="0" errors="1" \
        skipped="0" time="0">
            <testcase name="not understood" classname="main.tf" time="0">
              <error type="unreadable" message="not understood">\
        main.tf:1:1: error: not understood
        help: mend it</error>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test(.enabled(if: Tool.hasXMLLint, "needs xmllint (libxml2-utils)"))
  func itIsValidAgainstTheSchema() throws {
    let schema = Tool.fixtures.appending(path: "junit-10.xsd").path
    func status(_ data: Data) throws -> Int32 {
      try Tool.withFile(data) {
        try Tool.run(["xmllint", "--noout", "--schema", schema, $0]).status
      }
    }
    #expect(try status(full().bytes(.junit)) == 0)
    #expect(try status(Report.sample(inputs: []).bytes(.junit)) == 0)
    // The check must be able to fail.
    let broken = try full().text(.junit).replacing(" failures=\"3\"", with: "")
    #expect(try status(Data(broken.utf8)) != 0)
  }

  @Test func whatIsUndecidedIsSkippedWhereItDoesNotCount() throws {
    var report = Report.sample([.sample(.undecided, message: "cannot decide")])
    #expect(try report.text(.junit).contains("<failure type=\"undecided\""))
    report.undecidedCountsAs = .note
    #expect(try report.text(.junit).contains("<skipped message=\"cannot decide\"/>"))
    report.undecidedCountsAs = nil
    report.threshold = nil
    #expect(try report.text(.junit).contains("tests=\"1\" failures=\"0\""))
  }

  @Test func namesAreUnique() throws {
    // The third is called what the second becomes; labels are alike once they are printable.
    let labels = ["a", "a", "a #2", "a", "b\n", "b\\n", "a"]
    let findings = labels.map { Finding.sample(subject: .group($0, input: "\($0.count).json")) }
    let messages = ["m", "m #2", "m", "m"]
    let issues = messages.map { Issue(.error, $0, at: nil) }
    let text = try Report.sample(findings, issues: issues).text(.junit)
    let names = text.matches(of: /<testcase (name="[^"]*" classname="[^"]*")/).map { $0.1 }
    #expect(names.count == labels.count + messages.count)
    #expect(Set(names).count == names.count)
  }

  @Test func aFindingOfAnInputThatIsNotListedIsNotLost() throws {
    let report = Report.sample([.sample(subject: .group("g", input: "elsewhere.json"))])
    #expect(try report.text(.junit).contains("<testsuite name=\"elsewhere.json\" tests=\"1\""))
  }

  @Test func longTextsThatAreNotASCIIComeThroughWhole() throws {
    let message = String(repeating: "日本é🔥", count: 20_000)
    let text = try Report.sample([.sample(message: message)]).text(.junit)
    #expect(text.contains(" message=\"\(message)\">plan.json: error: \(message)</failure>"))
  }
}
