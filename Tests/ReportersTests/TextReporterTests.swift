import Foundation
import Reporters
import SGModel
import Testing

@Suite struct TextReporterTests {
  let tf = Sample(
    path: "main.tf",
    text: """
      resource "aws_security_group" "main" {
        egress {
          cidr_blocks = ["0.0.0.0/0"]
        }
      }

      resource "aws_vpc_security_group_egress_rule" "all" {
        cidr_ipv6 = "::/0"
      }

      """)

  @Test func aReportAsPeopleReadIt() throws {
    let block = try tf.span(of: "egress {\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }")
    let violated = Finding.sample(span: block).with {
      $0.help = "remove the block"
      $0.witness = Witness(
        direction: .egress, protocolName: "tcp", port: 22, peer: "8.8.8.8")
      $0.notes = ["aws_security_group.main also has rules of its own"]
      $0.furtherCauses = 2
    }
    .with {
      $0.causes = [
        Cause(
          permission: "all protocols to 0.0.0.0/0", id: nil, address: nil, span: block, reason: nil),
        Cause(
          permission: "all protocols to ::/0", id: "sgr-1",
          address: "aws_vpc_security_group_egress_rule.all", span: try? tf.span(of: "\"::/0\""),
          reason: "`count` is not known"),
      ]
    }
    let undecided = Finding.sample(
      .undecided, policy: "pni-client-source", severity: .warning,
      message: "cannot decide whether 443 is open to the VPC alone",
      span: try tf.span(of: "\"0.0.0.0/0\"")
    ).with { $0.unknowns = ["aws_vpc.this.cidr_block", "var.x"] }
    let satisfied = Finding.sample(.satisfied, policy: "pni-note")
    let issue = Issue(
      .warning, "`cidr_ipv6` is not a block", help: "write `::/0`",
      at: try tf.span(of: "cidr_ipv6"))
    let report = Report.sample(
      [violated, undecided, satisfied], sources: [tf.file], issues: [issue])

    #expect(
      try report.text(.text) == """
        main.tf:2:3: error: egress of aws_security_group.main is not empty [pni-egress]
          |
        2 |   egress {
          |   ^~~~~~~~
          = for example: tcp 22 to 8.8.8.8
          = allowed by: all protocols to 0.0.0.0/0
          = allowed by: all protocols to ::/0 (aws_vpc_security_group_egress_rule.all) \
        (not certain: `count` is not known) at main.tf:8:15
          = and 2 more
          = note: aws_security_group.main also has rules of its own
          = help: remove the block

        main.tf:3:20: warning: cannot decide whether 443 is open to the VPC alone \
        [pni-client-source]
          |
        3 |     cidr_blocks = ["0.0.0.0/0"]
          |                    ^~~~~~~~~~~
          = depends on: aws_vpc.this.cidr_block
                        var.x

        main.tf:8:3: warning: `cidr_ipv6` is not a block
          |
        8 |   cidr_ipv6 = "::/0"
          |   ^~~~~~~~~
          = help: write `::/0`

        1 violated, 1 undecided, 1 satisfied in 3 of 3 groups (1 input), 1 issue; judged: all groups

        """)
  }

  @Test func quietIsOneLinePerProblem() throws {
    let finding = Finding.sample(span: try tf.span(of: "egress {")).with { $0.help = "remove it" }
    let issue = Issue(.error, "not understood", help: "mend it", at: nil)
    let noted = Finding.sample(.satisfied).with { $0.notes = ["a note"] }
    let report = Report.sample([finding, finding, noted], sources: [tf.file], issues: [issue])
    #expect(
      try report.text(.text, ReportOptions(quiet: true)) == """
        error: not understood
        main.tf:2:3: error: egress of aws_security_group.main is not empty [pni-egress]
        main.tf:2:3: error: egress of aws_security_group.main is not empty [pni-egress]

        """)
  }

  @Test func longSentencesAreBrokenAndHelpIsSaidOnce() throws {
    let long = "remove the entries that let anything out: `aws ec2 revoke-security-group-egress`"
    let first = Finding.sample().with {
      $0.help = long
      $0.notes = [String(repeating: "word ", count: 15) + "end"]
    }
    let second = first.with { $0.notes = [] }
    let other = Finding.sample(policy: "pni-note").with { $0.help = long }
    let text = try Report.sample([first, second, other]).text(.text, ReportOptions(width: 60))
    #expect(
      text.hasPrefix(
        """
        plan.json: error: egress of aws_security_group.main is not empty [pni-egress]
          = note: word word word word word word word word word word
                  word word word word word end
          = help: remove the entries that let anything out:
                  `aws ec2 revoke-security-group-egress`

        plan.json: error: egress of aws_security_group.main is not empty [pni-egress]
          = help: see the first [pni-egress] above

        plan.json: error: egress of aws_security_group.main is not empty [pni-note]
          = help: remove the entries that let anything out:
        """))
  }

  @Test func whatIsNotShownIsNamedOnce() throws {
    let finding = Finding.sample(.undecided).with {
      $0.causes = [
        Cause(
          permission: "all protocols to (not shown)", id: nil, address: nil, span: nil,
          reason: "aws_x.y.egress", standsForWhatIsNotShown: true),
        Cause(
          permission: "tcp 443 to 10.0.0.0/8", id: nil, address: nil, span: nil,
          reason: "`count` of aws_x.z"),
      ]
      $0.unknowns = ["`count` of aws_x.z", "aws_x.y.egress"]
    }
    #expect(
      try Report.sample([finding]).text(.text).hasPrefix(
        """
        plan.json: error: egress of aws_security_group.main is not empty [pni-egress]
          = because of: tcp 443 to 10.0.0.0/8
          = depends on: `count` of aws_x.z
                        aws_x.y.egress

        """))
  }

  @Test func whatCouldNotBeReadIsInReportsForProgramsAndCountedForPeople() throws {
    var report = Report.sample([.sample(.satisfied)])
    report.failures = [Issue(.error, "a.json: is empty", at: nil)]
    #expect(
      try report.text(.text)
        == "0 violated, 0 undecided, 1 satisfied in 3 of 3 groups (1 input), 1 input could not be read; judged: all groups\n"
    )
    #expect(try report.parsed(.json)["issues"][0]["message"].string == "a.json: is empty")
    #expect(
      try report.parsed(.sarif)["runs"][0]["invocations"][0]["executionSuccessful"].bool == false)
    #expect(try report.text(.junit).contains("errors=\"1\""))
    report.groupsJudged = 0
    report.findings = Findings([])
    #expect(try report.text(.text) == "nothing was checked\n")
  }

  @Test func whatAnUndecidedFindingCountsAsIsShown() throws {
    var report = Report.sample([.sample(.undecided)])
    #expect(try report.text(.text).hasPrefix("plan.json: error: "))
    report.undecidedCountsAs = .note
    #expect(try report.text(.text).hasPrefix("plan.json: note: "))
  }

  @Test func satisfiedAndSuppressedFindingsAreOnlyCounted() throws {
    let report = Report.sample([.sample(.satisfied), .sample(.satisfied), .sample(.suppressed)])
    #expect(
      try report.text(.text)
        == "0 violated, 0 undecided, 2 satisfied, 1 suppressed in 3 of 3 groups (1 input); judged: all groups\n"
    )
  }

  @Test func aNoteOnASatisfiedGroupIsSaidOnce() throws {
    let noted = Finding.sample(.satisfied).with { $0.notes = ["egress is a placeholder"] }
    let other = noted.with { $0.policy = "pni-note" }
    let elsewhere = noted.with { $0.subject = .group("aws_security_group.b") }
    let lines = try Report.sample([noted, other, elsewhere]).text(.text).split(separator: "\n")
    #expect(
      lines.dropLast() == [
        "plan.json: note: aws_security_group.main: egress is a placeholder",
        "plan.json: note: aws_security_group.b: egress is a placeholder",
      ])
  }

  @Test func colours() throws {
    let report = Report.sample([.sample(span: try tf.span(of: "egress {"))], sources: [tf.file])
    let text = try report.text(.text, ReportOptions(color: true))
    #expect(text.hasPrefix("\u{1B}[1mmain.tf:2:3:\u{1B}[0m \u{1B}[1;31merror:\u{1B}[0m egress"))
    #expect(text.contains("\u{1B}[1;31m^~~~~~~~\u{1B}[0m\n"))
    let plain = text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    #expect(try plain == report.text(.text))
  }

  @Test func fixesCanBeCopied() throws {
    let fix = SuggestedFix(
      subject: .group("aws_security_group.main"), policies: ["pni-egress", "pni-note"],
      steps: [
        .init(says: "close egress", command: "aws ec2 x --group-id 'sg-1' --p '[{\"a\":1}]'"),
        .init(
          says: "set it to nothing", address: "aws_security_group.main", attribute: "egress",
          value: "[]", span: try tf.span(of: "egress {")),
        .init(says: "one too many", address: "aws_x.y"),
        .init(says: "forge", command: "echo 'a\u{1B}[2Jb'"),
      ], remarks: ["the VPC is not known"])
    var report = Report.sample(sources: [tf.file], fixes: [fix])
    #expect(
      try report.text(.text).hasPrefix(
        """
        fix for aws_security_group.main (pni-egress, pni-note)
          # close egress
          aws ec2 x --group-id 'sg-1' --p '[{"a":1}]'
          # set it to nothing at main.tf:2:3
          aws_security_group.main: egress = []
          # one too many
          aws_x.y: delete
          # forge
          echo 'a\\u{1B}[2Jb'
          = note: holds characters that are shown as escapes: not to be run as it is
          = note: the VPC is not known

        0 violated
        """))
    report.fixes = []
    #expect(try report.text(.text).hasPrefix("no changes to suggest\n"))
    report.fixes = nil
    #expect(try report.text(.text).hasPrefix("0 violated"))
  }
}

/// Where the excerpt is cut and what is underlined.
@Suite struct ExcerptTests {
  /// The line of source and the underline of the only finding, without their margins.
  private func excerpt(
    _ sample: Sample, _ span: SourceSpan, width: Int = 100
  ) throws -> (head: String, source: String, underline: String) {
    let report = Report.sample([.sample(span: span)], sources: [sample.file])
    let text = try report.text(.text, ReportOptions(width: width))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let margin = try #require(lines[2].firstIndex(of: "|"))
    let column = lines[2].distance(from: lines[2].startIndex, to: margin) + 2
    #expect(lines[2].count <= width)
    return (lines[0], String(lines[2].dropFirst(column)), String(lines[3].dropFirst(column)))
  }

  @Test(arguments: [0, 30, 50, 500_000, 999_990])
  func aPlanOfOneLineIsCutAroundTheSpan(before: Int) throws {
    let filler = "{\"a\":1},"
    let count = 1_000_000 / filler.utf8.count
    let head = String(repeating: filler, count: before / filler.utf8.count)
    let tail = String(repeating: filler, count: count - before / filler.utf8.count)
    let sample = Sample(path: "plan.json", text: head + "\"0.0.0.0/0\"" + tail)
    let found = try excerpt(sample, sample.span(of: "\"0.0.0.0/0\""))
    #expect(found.head.hasPrefix("plan.json:1:\(head.utf8.count + 1): error"))
    #expect(found.source.count > 80)
    #expect(found.source.hasPrefix("…") == (head.utf8.count > 41))
    #expect(found.source.hasSuffix("…") == (tail.utf8.count > 41))
    let start = found.underline.prefix { $0 == " " }.count
    #expect(found.underline.dropFirst(start) == "^~~~~~~~~~~")
    #expect(found.source.dropFirst(start).hasPrefix("\"0.0.0.0/0\""))
  }

  @Test(arguments: [
    // What stands before the span, how it is shown, and how many columns that takes.
    ("é: ", "é: ", 3), ("日本 ", "日本 ", 5), ("e\u{301}x", "e\u{301}x", 2), ("🔥", "🔥", 2),
    ("\t", "    ", 4), ("\u{1B}[0m", "\\u{1B}[0m", 9), ("\u{202E}", "\\u{202E}", 8),
    ("\u{301}", "\\u{301}", 7), ("| ", "| ", 2), ("\u{FEFF}", "", 0),
  ])
  func theUnderlineStandsUnderTheSpan(before: String, shown: String, columns: Int) throws {
    let sample = Sample(path: "a.yaml", text: before + "10.0.0.0/8 # ß")
    let found = try excerpt(sample, sample.span(of: "10.0.0.0/8"))
    #expect(found.source == shown + "10.0.0.0/8 # ß")
    #expect(found.underline == String(repeating: " ", count: columns) + "^~~~~~~~~~")
    let column = before == "\u{FEFF}" ? 1 : before.unicodeScalars.count + 1
    #expect(found.head.hasPrefix("a.yaml:1:\(column): "))
  }

  @Test func aWideSpanIsUnderlinedAsWideAsItIsShown() throws {
    let sample = Sample(path: "a", text: "x 日本\u{7} y")
    let found = try excerpt(sample, sample.span(of: "日本\u{7}"))
    #expect(found.source == "x 日本\\u{7} y")
    #expect(found.underline == "  ^~~~~~~~~")
  }

  @Test func aSpanOfSeveralLinesIsUnderlinedToTheEndOfTheFirst() throws {
    let sample = Sample(path: "a", text: "one\r\n  two [\r\n  three\r\n]\r\n")
    let found = try excerpt(sample, sample.span(of: "two [\r\n  three\r\n]"))
    #expect(found.source == "  two [")
    #expect(found.underline == "  ^~~~~")
  }

  @Test func aLongSpanIsClipped() throws {
    let long = String(repeating: "abcdefghij", count: 1000)
    let sample = Sample(path: "a", text: "key: " + long + " end")
    let found = try excerpt(sample, sample.span(of: long), width: 60)
    #expect(found.source.hasPrefix("key: abc") && found.source.hasSuffix("…"))
    #expect(found.underline == "     ^" + String(repeating: "~", count: 48))
  }

  @Test func anEmptySpanIsAPlaceToPointAt() throws {
    let sample = Sample(path: "a", text: "ab")
    for (offset, underline) in [(1, " ^"), (2, "  ^")] {
      let span = SourceSpan(source: 0, start: offset, end: offset)
      #expect(try excerpt(sample, span).underline == underline)
    }
  }

  @Test func aSpanOfNoFileIsNoPlace() throws {
    for source in [Int32(-1), 7] {
      let report = Report.sample([.sample(span: SourceSpan(source: source, start: 0, end: 1))])
      let first = try report.text(.text).split(separator: "\n").first
      #expect(first?.hasPrefix("plan.json: error: egress") == true)
    }
  }

  /// Lines are broken at the same places whether or not a text is of ASCII alone.
  @Test(arguments: [
    "", " ", "one", "  two   words  ",
    "a sentence of several words that is longer than forty columns, and goes on for a while after that",
    "run `aws ec2 describe-security-groups --output json` and then `terraform show -json plan` again, please",
    "a quote ` that nothing closes, in a sentence that is longer than any line of forty columns may be",
    "`a b` `c  d`e f` `g ` h`` i",
    "aword`with quotes inside of`a word that is rather long x x x x x x x x",
    "averyveryveryverylongwordthatfitsintonolineoffortycolumnsatall and some more words that follow it",
  ])
  func linesOfASCIIAreBrokenLikeOthers(text: String) {
    for width in [0, 40, 41, 50, 90] {
      let others = TextWrap.lines(text.replacing("o", with: "ö"), width: width)
      #expect(TextWrap.lines(text, width: width) == others.map { $0.replacing("ö", with: "o") })
    }
  }

  /// Sentences under a finding look the same whether or not a text is of ASCII alone.
  @Test(arguments: [
    "", "\n", " ", "one", "one\ntwo", "one\n\n  two  \nthree\n", ": one\n: two", "one\n  : two",
    "  one",
    "a sentence of several words that is longer than forty columns, and goes on for a while after that\nand on",
    "run `aws ec2 describe-security-groups  --output json` and then `terraform show -json plan` again, please",
    "a quote ` that nothing closes\nanother ` quote, in a sentence that is longer than any line of forty columns",
    "one\r\ntwo", "one##[error]two and # three", "one\ttwo\u{1B}[31m\u{7F}three \u{202E}four",
  ])
  func sentencesOfASCIILookLikeOthers(text: String) throws {
    for width in [0, 50, 61, 100] {
      let options = ReportOptions(width: width)
      func shown(_ text: String) throws -> String {
        let finding = Finding.sample(.undecided).with {
          $0.help = text
          $0.notes = [text, "a note"]
          $0.unknowns = text.isEmpty ? [] : [text, "ports"]
        }
        return try Report.sample([finding, finding]).text(.text, options)
      }
      let others = try shown(text.replacing("o", with: "ö")).replacing("ö", with: "o")
      #expect(try shown(text) == others)
    }
  }

  /// Lines of source are cut at the same places whether or not they are of ASCII alone.
  @Test func excerptsOfASCIIAreCutLikeOthers() throws {
    let word = "oak, "
    for (before, marked, after) in [
      (0, 1, 0), (0, 3, 40), (3, 1, 2), (9, 2, 9), (40, 1, 40), (40, 60, 9),
    ] {
      for (head, tail) in [
        ("", ""), ("first\n", "\nlast"), ("first\n", "\r\n"), ("\u{FEFF}", "\r"),
      ] {
        for width in [0, 60, 100] {
          func shown(_ word: String) throws -> String {
            let start = head + String(repeating: word, count: before)
            let span = start.utf8.count..<start.utf8.count + word.utf8.count * marked - 2
            let text = start + String(repeating: word, count: marked + after) + tail
            let report = Report.sample(
              [.sample(span: SourceSpan(source: 0, start: span.lowerBound, end: span.upperBound))],
              sources: [Sample(path: "a", text: text).file])
            return try report.text(.text, ReportOptions(width: width))
          }
          let others = try shown(word.replacing("o", with: "ö")).replacing("ö", with: "o")
          #expect(try shown(word) == others)
        }
      }
    }
  }

  /// Every byte is looked at, wherever it stands among others.
  @Test(arguments: 0..<20)
  func unusualBytesAreEscapedWhereverTheyStand(place: Int) throws {
    for byte in UInt8(0)..<0x80 {
      let character = String(UnicodeScalar(byte))
      let text =
        String(repeating: "~ ", count: place / 2) + String(repeating: "x", count: place % 2)
        + character + "[ok] end of it"
      let shown = try Report.sample([.sample(message: text)]).text(.text)
      let isKept = byte >= 0x20 && byte < 0x7F
      #expect(shown.contains("error: \(text) [") == isKept)
    }
  }
}
