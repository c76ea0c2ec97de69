import Foundation
import SGModel
import Testing

@testable import Reporters

@Suite struct SARIFReporterTests {
  let tf = Sample(
    path: "./modules/a b/main.tf", text: "x = 1\negress = \"0.0.0.0/0\" # ä\nother = \"::/0\"\n")

  private func full() throws -> Report {
    let violated = Finding.sample(span: try tf.span(of: "\"0.0.0.0/0\"")).with {
      $0.subject.name = "web"
      $0.help = "remove it"
      $0.witness = Witness(direction: .egress, protocolName: "tcp", port: 22, peer: "8.8.8.8")
      $0.causes = [
        Cause(
          permission: "all protocols to 0.0.0.0/0", id: nil, address: "aws_x.y[\"k\"]",
          span: $0.span, reason: nil),
        Cause(permission: "tcp 1 to 1.1.1.1/32", id: "sgr-2", address: nil, span: nil, reason: nil),
        Cause(
          permission: "all protocols to ::/0", id: nil, address: nil,
          span: try? tf.span(of: "\"::/0\""), reason: nil),
      ]
      $0.furtherCauses = 1
    }
    let undecided = Finding.sample(.undecided, severity: .note, message: "cannot decide").with {
      $0.unknowns = ["var.x"]
    }
    let issues = [
      Issue(.error, "not understood", help: "mend it", at: try tf.span(of: "other")),
      Issue(.warning, "odd", at: nil),
    ]
    return Report.sample(
      [undecided, violated, .sample(.satisfied), .sample(.suppressed)], sources: [tf.file],
      issues: issues)
  }

  @Test(.enabled(if: Tool.hasJSONSchema, "needs python3 with the package jsonschema"))
  func itIsValidAgainstTheSchema() throws {
    let check = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1], encoding="utf-8"))
      log = json.load(open(sys.argv[2], encoding="utf-8"))
      checker = jsonschema.FormatChecker()
      for error in jsonschema.Draft4Validator(schema, format_checker=checker).iter_errors(log):
          print(list(error.absolute_path), error.message)
      """
    let schema = Tool.fixtures.appending(path: "sarif-schema-2.1.0.json").path
    func complaints(_ data: Data) throws -> String {
      try Tool.withFile(data) { try Tool.run(["python3", "-c", check, schema, $0]).output }
    }
    #expect(try complaints(full().bytes(.sarif)) == "")
    #expect(try complaints(Report.sample(inputs: []).bytes(.sarif)) == "")
    // The check must be able to fail.
    let broken = try full().text(.sarif).replacing("\"kind\": \"fail\"", with: "\"kind\": \"no\"")
    #expect(try complaints(Data(broken.utf8)).contains("'no' is not one of"))
  }

  @Test func rulesHoldAllThatCodeScanningWants() throws {
    let log = try full().parsed(.sarif)
    #expect(log["$schema"].string?.hasPrefix("https://") == true)
    #expect(log["version"].string == "2.1.0")
    let run = log["runs"][0]
    #expect(run["columnKind"].string == "unicodeCodePoints")
    let driver = run["tool"]["driver"]
    #expect(driver["name"].string == "pni-lint" && driver["version"].string == "1.2.3")
    let ids = driver["rules"].elements.map { $0["id"].string }
    #expect(ids == ["pni-egress", "pni-extra-ingress", "pni-note"])
    let rule = driver["rules"][0]
    #expect(rule["name"].string == "PniEgress")
    #expect(rule["shortDescription"]["text"].string == "egress is empty")
    #expect(rule["fullDescription"]["text"].string == "What is not open cannot be used.")
    #expect(rule["help"]["text"].string?.contains("remove every egress entry") == true)
    #expect(
      rule["help"]["markdown"].string?.contains("[The guide](https://example.com/a%20guide)")
        == true)
    #expect(rule["helpUri"].string == "https://example.com/a%20guide")
    #expect(rule["defaultConfiguration"]["level"].string == "error")
    #expect(
      rule["properties"]["tags"].strings == ["security", "aws", "network", "pni", "CKV_AWS_382"])
    #expect(rule["properties"]["security-severity"].string == "8.0")
    #expect(rule["properties"]["precision"].string == "very-high")
    #expect(rule["properties"]["problem.severity"].string == "error")
  }

  @Test func aRuleOfTwoPacksIsListedOnce() throws {
    var report = try full()
    report.policies += report.policies
    let run = try report.parsed(.sarif)["runs"][0]
    let ids = run["tool"]["driver"]["rules"].elements.map { $0["id"].string }
    #expect(ids == ["pni-egress", "pni-extra-ingress", "pni-note"])
    #expect(run["results"][0]["ruleIndex"].int == 0)
  }

  @Test func nothingThatIsAskedForIsEmpty() throws {
    var report = try full()
    report.policies = [
      Policy(
        id: "p", pack: "", says: "", severity: .note, direction: .egress, services: .all,
        serviceList: [], question: .onlyWith([]))
    ]
    let rule = try report.parsed(.sarif)["runs"][0]["tool"]["driver"]["rules"][0]
    for text in [
      rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"],
      rule["help"]["markdown"], rule["name"],
    ] {
      #expect(text.string?.isEmpty == false)
    }
    #expect(rule["helpUri"].isMissing)
  }

  @Test func aViolationPointsAtItsPlaceAndLinksItsCauses() throws {
    let results = try full().parsed(.sarif)["runs"][0]["results"]
    #expect(results.count == 2)
    let result = results[0]
    #expect(result["ruleId"].string == "pni-egress" && result["ruleIndex"].int == 0)
    #expect(result["level"].string == "error" && result["kind"].string == "fail")
    #expect(
      result["message"]["text"].string == """
        egress of aws_security_group.main is not empty. For example: tcp 22 to 8.8.8.8. \
        Allowed by [all protocols to 0.0.0.0/0 (aws_x.y\\["k"\\])](1). \
        Allowed by tcp 1 to 1.1.1.1/32 (sgr-2). Allowed by [all protocols to ::/0](2). \
        And by 1 more. Help: remove it.
        """)
    #expect(result["locations"].count == 1)
    let location = result["locations"][0]
    let physical = location["physicalLocation"]
    #expect(physical["artifactLocation"]["uri"].string == "modules/a%20b/main.tf")
    let region = physical["region"]
    #expect(region["startLine"].int == 2 && region["startColumn"].int == 10)
    #expect(region["endLine"].int == 2 && region["endColumn"].int == 21)
    #expect(region["snippet"]["text"].string == "\"0.0.0.0/0\"")
    #expect(
      location["logicalLocations"][0]["fullyQualifiedName"].string == "aws_security_group.main")
    let related = result["relatedLocations"]
    #expect(related.elements.map { $0["id"].int } == [1, 2])
    #expect(related[1]["physicalLocation"]["region"]["startLine"].int == 3)
    #expect(
      result["partialFingerprints"]["pniLint/v1"].string == "0123456789abcdef0123456789abcdef")
    #expect(result["partialFingerprints"].names == ["pniLint/v1"])
  }

  @Test func whatIsUndecidedIsShownAndHasAPlace() throws {
    let result = try full().parsed(.sarif)["runs"][0]["results"][1]
    #expect(result["level"].string == "note" && result["kind"].isMissing)
    #expect(result["properties"]["verdict"].string == "undecided")
    #expect(result["message"]["text"].string == "cannot decide. Depends on: var.x.")
    let physical = result["locations"][0]["physicalLocation"]
    #expect(physical["artifactLocation"]["uri"].string == "plan.json")
    #expect(physical["region"]["startLine"].int == 1 && physical["region"]["endColumn"].int == 1)
  }

  @Test func whatWasNotUnderstoodIsANotification() throws {
    let invocation = try full().parsed(.sarif)["runs"][0]["invocations"][0]
    #expect(invocation["executionSuccessful"].bool == false)
    let notes = invocation["toolExecutionNotifications"]
    #expect(notes.elements.map { $0["level"].string } == ["error", "warning"])
    #expect(notes[0]["message"]["text"].string == "not understood. mend it")
    #expect(notes[0]["locations"][0]["physicalLocation"]["region"]["startLine"].int == 3)
    let clean = try Report.sample().parsed(.sarif)["runs"][0]["invocations"][0]
    #expect(clean["executionSuccessful"].bool == true)
  }

  @Test func theMostSevereComeFirstAndTheRestIsSaidToBeMissing() throws {
    var findings = (0..<SARIFReporter.maximumResults).map { number in
      Finding.sample(severity: number == 0 ? .note : .warning, subject: .group("g\(number)"))
    }
    findings.append(.sample(severity: .error))
    let run = try Report.sample(findings).parsed(.sarif)["runs"][0]
    let levels = run["results"].elements.map { $0["level"].string }
    #expect(levels == ["error"] + Array(repeating: "warning", count: 4999))
    let notes = run["invocations"][0]["toolExecutionNotifications"]
    #expect(notes.count == 1)
    #expect(notes[0]["message"]["text"].string?.hasPrefix("5000 of 5001 results") == true)
    findings.removeLast()
    let fitting = try Report.sample(findings).parsed(.sarif)["runs"][0]
    #expect(fitting["invocations"][0]["toolExecutionNotifications"].count == 0)
  }

  @Test func noMessageForgesALink() throws {
    let finding = Finding.sample(message: "group `[click](http://evil)` is open").with {
      $0.causes = [
        Cause(
          permission: "x](9) [y", id: nil, address: nil, span: try? tf.span(of: "x"), reason: nil)
      ]
    }
    let report = Report.sample([finding], sources: [tf.file])
    let text = try report.parsed(.sarif)["runs"][0]["results"][0]["message"]["text"].string
    #expect(
      text == #"group `[click] (http://evil)` is open. Allowed by [x\] (9) \[y](1)."#)
  }

  @Test(arguments: [
    ("plan.json", "plan.json"), ("./a/./b.tf", "a/./b.tf"), ("../x.tf", "../x.tf"),
    ("a b%#?.tf", "a%20b%25%23%3F.tf"), ("C:x", "C%3Ax"), ("/etc/ä", "file:///etc/%C3%A4"),
    ("<stdin>", "%3Cstdin%3E"), ("a\n::b", "a%0A%3A%3Ab"), ("./", "."),
  ])
  func pathsAreURIs(path: String, uri: String) {
    #expect(URIText.reference(to: path) == uri)
  }
}
