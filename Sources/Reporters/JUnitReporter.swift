import SGModel

/// Writes JUnit's XML: a suite for each input, a test for each policy and subject.
///
/// It is valid against the schema that Jenkins' xUnit plugin insists on, and names are unique, for
/// GitLab keeps only the first of two tests with one name.
enum JUnitReporter: Reporter {
  static func write(
    _ report: Report, options: ReportOptions, to sink: consuming ByteSink
  ) throws(RenderError) {
    var suites = JUnitSuites(report)
    var xml = try XMLWriter(sink)
    xml.element("testsuites", suites.totals.attributes(name: ToolInfo.name)) { xml in
      for input in suites.inputs { suites.write(input, &xml) }
      suites.writeIssues(&xml)
    }
    try xml.finish()
  }
}

/// How many tests there are, and what came of them.
private struct Totals {
  var tests = 0
  var failures = 0
  var errors = 0
  var skipped = 0

  mutating func count(_ outcome: Outcome) {
    tests += 1
    switch outcome {
    case .passed: break
    case .failed: failures += 1
    case .skipped: skipped += 1
    }
  }

  /// The attributes of `testsuites`, which has none for skipped tests.
  func attributes(name: String) -> KeyValuePairs<String, String> {
    [
      "name": name, "tests": String(tests), "failures": String(failures),
      "errors": String(errors), "time": "0",
    ]
  }

  /// The attributes of `testsuite`.
  func suiteAttributes(name: String) -> KeyValuePairs<String, String> {
    [
      "name": name, "tests": String(tests), "failures": String(failures),
      "errors": String(errors), "skipped": String(skipped), "time": "0",
    ]
  }
}

/// What came of one test.
private enum Outcome {
  case passed
  case failed
  case skipped

  init(_ finding: Finding, in report: Report) {
    switch finding.verdict {
    case .violated: self = .failed
    case .undecided: self = report.fails(finding) ? .failed : .skipped
    case .satisfied: self = .passed
    case .suppressed: self = .skipped
    }
  }
}

/// What tells one test from all others.
private struct TestName: Hashable {
  var classname: String
  var name: String
}

/// The findings by input, and the names that were given away.
private struct JUnitSuites {
  private let report: Report
  private var sources: SourceMap
  private var findings: [String: [Int]] = [:]
  /// The names that were given away, each with the last number that was put behind it.
  private var names: [TestName: Int] = [:]
  /// The paths of all inputs that have a suite, each once.
  private(set) var inputs: [String] = []
  /// The counts of all suites.
  private(set) var totals = Totals()

  init(_ report: Report) {
    self.report = report
    sources = SourceMap(report.sources)
    for input in report.inputs where findings[input.path] == nil {
      findings[input.path] = []
      inputs.append(input.path)
    }
    for (index, finding) in report.findings.enumerated() {
      if findings[finding.subject.input] == nil { inputs.append(finding.subject.input) }
      findings[finding.subject.input, default: []].append(index)
      totals.count(Outcome(finding, in: report))
    }
    let errors = report.allIssues.count { $0.severity == .error }
    totals.tests += errors
    totals.errors += errors
  }

  mutating func write(_ input: String, _ xml: inout XMLWriter) {
    let indices = findings[input] ?? []
    var counts = Totals()
    for index in indices { counts.count(Outcome(report.findings[index], in: report)) }
    xml.element("testsuite", counts.suiteAttributes(name: SafeText.escaped(input))) { xml in
      for index in indices { write(report.findings[index], &xml) }
    }
  }

  private mutating func write(_ finding: Finding, _ xml: inout XMLWriter) {
    let label = SafeText.escaped(finding.subject.label)
    let name = uniqueName("\(SafeText.escaped(finding.policy)) \(label)", in: label)
    let message = SafeText.escaped(finding.message)
    xml.element("testcase", ["name": name, "classname": label, "time": "0"]) { xml in
      switch Outcome(finding, in: report) {
      case .passed: break
      case .skipped: xml.element("skipped", ["message": message])
      case .failed:
        let body = self.body(of: finding)
        xml.element("failure", ["type": finding.verdict.rawValue, "message": message]) { xml in
          xml.text(body)
        }
      }
    }
  }

  /// What could not be read, as one more suite; there is none where all was.
  mutating func writeIssues(_ xml: inout XMLWriter) {
    let errors = report.allIssues.filter { $0.severity == .error }
    guard !errors.isEmpty else { return }
    let counts = Totals(tests: errors.count, errors: errors.count)
    let attributes = counts.suiteAttributes(name: "\(ToolInfo.name): what could not be read")
    xml.element("testsuite", attributes) { xml in
      for issue in errors {
        let place = sources.place(of: issue.span)
        let label = SafeText.escaped(place?.path ?? ToolInfo.name)
        let message = SafeText.escaped(issue.message)
        let name = uniqueName(message, in: label)
        xml.element("testcase", ["name": name, "classname": label, "time": "0"]) { xml in
          xml.element("error", ["type": "unreadable", "message": message]) { xml in
            let help = issue.help.map { Detail("help", paragraphs: $0) }
            xml.text(lines(place?.text, "error", message, help.map { [$0] } ?? []))
          }
        }
      }
    }
  }

  /// Returns the name, with a number behind it if it was given away before.
  private mutating func uniqueName(_ name: String, in label: String) -> String {
    let wanted = TestName(classname: label, name: name)
    guard var number = names[wanted] else {
      names[wanted] = 1
      return name
    }
    var unique = wanted
    repeat {
      number += 1
      unique.name = "\(name) #\(number)"
    } while names[unique] != nil
    names[wanted] = number
    names[unique] = 1
    return unique.name
  }

  private mutating func body(of finding: Finding) -> String {
    lines(
      sources.place(of: finding.span)?.text ?? finding.subject.input,
      report.effectiveSeverity(of: finding).rawValue, SafeText.escaped(finding.message),
      finding.details(&sources))
  }

  private func lines(
    _ place: String?, _ severity: String, _ message: String, _ details: [Detail]
  ) -> String {
    let prefix = place.map { "\(SafeText.escaped($0, atLineStart: true)): " } ?? ""
    var text = "\(prefix)\(severity): \(message)"
    for detail in details {
      let label = detail.label.map { "\($0): " } ?? ""
      text += "\n\(label)\(detail.lines.joined(separator: "\n"))"
    }
    return text
  }
}
