import Foundation
import SGModel
import Testing

@testable import Reporters

@Suite struct JSONReporterTests {
  let tf = Sample(path: "main.tf", text: "# ä\nx {\n  egress = [\"::/0\"]\n}\n")

  @Test func theWholeReport() throws {
    let finding = Finding.sample(
      subject: .group("aws_security_group.main", id: "sg-1", name: "web"),
      span: try tf.span(of: "x {\n  egress = [\"::/0\"]\n}")
    ).with {
      $0.witness = Witness(direction: .egress, protocolName: "tcp", port: 22, peer: "::1")
      $0.unknowns = ["var.x"]
      $0.help = "remove it"
      $0.subject.vpc = "vpc-1"
      $0.notes = ["a note"]
      $0.furtherCauses = 3
      $0.causes = [
        Cause(
          permission: "tcp 22 to ::/0", id: "sgr-1", address: "aws_x.y",
          span: try? tf.span(of: "\"::/0\""), reason: "`count` is not known")
      ]
    }
    let issue = Issue(.error, "not understood", help: "mend it", at: nil)
    #expect(
      try Report.sample([finding], sources: [tf.file], issues: [issue]).text(.json) == """
        {
          "schema": "pni-lint/report/v1",
          "tool": {
            "name": "pni-lint",
            "version": "1.2.3"
          },
          "inputs": [
            {
              "path": "plan.json",
              "kind": "terraform-plan",
              "groups": 3
            }
          ],
          "summary": {
            "violated": 1,
            "undecided": 0,
            "satisfied": 0,
            "suppressed": 0,
            "groups": 3,
            "issues": 1,
            "groupsFound": 3,
            "selection": "all groups"
          },
          "results": [
            {
              "id": "pni-egress",
              "pack": "pni",
              "severity": "error",
              "verdict": "violated",
              "subject": {
                "kind": "security-group",
                "id": "sg-1",
                "address": "aws_security_group.main",
                "name": "web",
                "input": "plan.json",
                "vpc": "vpc-1"
              },
              "message": "egress of aws_security_group.main is not empty",
              "help": "remove it",
              "witness": {
                "direction": "egress",
                "protocol": "tcp",
                "port": 22,
                "peer": "::1"
              },
              "unknowns": [
                "var.x"
              ],
              "location": {
                "path": "main.tf",
                "line": 2,
                "column": 1,
                "endLine": 4,
                "endColumn": 2
              },
              "causes": [
                {
                  "permission": "tcp 22 to ::/0",
                  "id": "sgr-1",
                  "address": "aws_x.y",
                  "location": {
                    "path": "main.tf",
                    "line": 3,
                    "column": 13,
                    "endLine": 3,
                    "endColumn": 19
                  },
                  "reason": "`count` is not known"
                }
              ],
              "furtherCauses": 3,
              "notes": [
                "a note"
              ],
              "fingerprint": "0123456789abcdef0123456789abcdef"
            }
          ],
          "issues": [
            {
              "severity": "error",
              "message": "not understood",
              "help": "mend it",
              "location": null
            }
          ]
        }

        """)
  }

  @Test func whatIsNotThereIsNull() throws {
    let finding = Finding.sample(.satisfied, subject: .group(nil))
    let result = try Report.sample([finding]).parsed(.json)["results"][0]
    for name in ["help", "witness", "location"] { #expect(result[name].isNull) }
    for name in ["id", "address", "name", "vpc"] { #expect(result["subject"][name].isNull) }
    for name in ["unknowns", "causes", "notes"] { #expect(result[name].count == 0) }
  }

  @Test func theSeverityIsThePolicysOwn() throws {
    var report = Report.sample([.sample(.undecided, severity: .warning)])
    report.undecidedCountsAs = .note
    let result = try report.parsed(.json)["results"][0]
    #expect(result["severity"].string == "warning")
    #expect(result["verdict"].string == "undecided")
  }

  @Test func icmpHasATypeAndACodeInThePlaceOfAPort() throws {
    let icmp = Finding.sample().with {
      $0.witness = Witness(
        direction: .ingress, protocolName: "icmp", type: 8, code: 0, peer: "8.8.8.8")
    }
    let gre = Finding.sample().with {
      $0.witness = Witness(direction: .ingress, protocolName: "47", peer: "sg:sg-1")
    }
    let results = try Report.sample([icmp, gre]).parsed(.json)["results"]
    #expect(results[0]["witness"].names == ["direction", "protocol", "type", "code", "peer"])
    #expect(results[0]["witness"]["type"].int == 8 && results[0]["witness"]["code"].int == 0)
    #expect(results[1]["witness"].names == ["direction", "protocol", "port", "peer"])
    #expect(results[1]["witness"]["port"].isNull)
  }

  @Test func fixesAreThereWhereTheyWereAskedFor() throws {
    var report = Report.sample()
    #expect(try report.parsed(.json)["fixes"].isMissing)
    report.fixes = []
    #expect(try report.parsed(.json)["fixes"].count == 0)
    report.fixes = [
      SuggestedFix(
        subject: .group("aws_x.y"), policies: ["pni-egress"],
        steps: [.init(says: "do it", command: "aws ec2 'x'")], remarks: ["not all"])
    ]
    let fix = try report.parsed(.json)["fixes"][0]
    #expect(fix["steps"][0]["command"].string == "aws ec2 'x'")
    #expect(fix["steps"][0]["location"].isNull)
    #expect(fix["remarks"].strings == ["not all"])
    #expect(fix["subject"]["address"].string == "aws_x.y")
  }
}

@Suite struct JSONWriterTests {
  /// Writes an object with one string, and returns its bytes.
  private func written(_ text: String) -> Data {
    final class Box { var data = Data() }
    let box = Box()
    do {
      var json = JSONWriter(ByteSink { box.data.append(contentsOf: $0) })
      json.object { $0.member("text", text) }
      json.finish()
    }
    return box.data
  }

  @Test func everyScalarComesBackAsItWas() throws {
    var scalars = (0..<0x3000).compactMap { Unicode.Scalar(UInt32($0)) }
    scalars += [0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0x1F525, 0xE0041, 0x10FFFF].compactMap {
      Unicode.Scalar(UInt32($0))
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    let parsed = JSONValue(try JSONSerialization.jsonObject(with: written(text)))
    let back = try #require(parsed["text"].string)
    #expect(Array(back.unicodeScalars) == scalars)
  }

  @Test(arguments: [
    ("a\"b\\c", #"a\"b\\c"#), ("\n\r\t\u{0}\u{1B}\u{7F}", #"\n\r\t\u0000\u001b\u007f"#),
    ("\u{85}\u{9F}", #"\u0085\u009f"#), ("\u{2028}\u{2029}", #"\u2028\u2029"#),
    ("\u{202E}\u{2066}\u{200F}", #"\u202e\u2066\u200f"#), ("\u{E0041}", #"\udb40\udc41"#),
    ("é日🔥/", "é日🔥/"), ("##[error]x", #"\u0023#[error]x"#), ("a##vso[x]", #"a\u0023#vso[x]"#),
    ("# ## #[", "# ## #["),
  ])
  func escapes(text: String, expected: String) {
    #expect(String(decoding: written(text), as: UTF8.self) == "{\n  \"text\": \"\(expected)\"\n}\n")
  }
}
