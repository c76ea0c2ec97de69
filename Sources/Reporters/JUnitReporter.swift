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
      suites.writeFindings(&xml)
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

/// What tells one test from all others, in few bytes however long its name is: half a million tests
/// have as many names.
private struct TestName: Hashable {
  private var first: Int
  private var second: Int

  init(_ name: String, in classname: String) {
    var hashes = (Hasher(), Hasher())
    hashes.1.combine(true)
    hashes.0.combine(classname)
    hashes.0.combine(name)
    hashes.1.combine(name)
    hashes.1.combine(classname)
    first = hashes.0.finalize()
    second = hashes.1.finalize()
  }
}

/// The findings by input, and the names that were given away.
private struct JUnitSuites {
  private let report: Report
  private var sources: SourceMap
  /// The names that were given away.
  private var names: Set<TestName> = []
  /// For names that were wanted twice, the last number that was put behind them.
  private var numbers: [TestName: Int] = [:]
  /// The paths of all inputs that have a suite, each once.
  private var inputs: [String] = []
  /// The counts of each suite.
  private var counts: [String: Totals] = [:]
  /// Whether the findings of each input follow one another, in the order of the inputs.
  private var isSorted = true
  /// The counts of all suites.
  private(set) var totals = Totals()

  init(_ report: Report) {
    self.report = report
    sources = SourceMap(report)
    var position: [String: Int] = [:]
    for input in report.inputs where position[input.path] == nil {
      position[input.path] = inputs.count
      inputs.append(input.path)
    }
    var last = 0
    for finding in report.findings {
      let input = finding.subject.input
      if position[input] == nil {
        position[input] = inputs.count
        inputs.append(input)
      }
      let number = position[input] ?? last
      if number < last { isSorted = false }
      last = number
      let outcome = Outcome(finding, in: report)
      counts[input, default: Totals()].count(outcome)
      totals.count(outcome)
    }
    let errors = report.allIssues.count { $0.severity == .error }
    totals.tests += errors
    totals.errors += errors
  }

  /// Writes a suite for each input.
  mutating func writeFindings(_ xml: inout XMLWriter) {
    // A group that two inputs show may stand anywhere; there are few of these.
    var byInput: [String: [Finding]] = [:]
    if !isSorted { byInput = Dictionary(grouping: report.findings) { $0.subject.input } }
    var findings = isSorted ? report.findings.makeIterator() : nil
    var next = findings?.next()
    for input in inputs {
      let attributes = (counts[input] ?? Totals()).suiteAttributes(name: SafeText.escaped(input))
      xml.element("testsuite", attributes) { xml in
        for finding in byInput[input] ?? [] { write(finding, &xml) }
        while let finding = next, finding.subject.input == input {
          write(finding, &xml)
          next = findings?.next()
        }
      }
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
    let wanted = TestName(name, in: label)
    if names.insert(wanted).inserted { return name }
    var number = numbers[wanted] ?? 1
    var unique: String
    repeat {
      number += 1
      unique = "\(name) #\(number)"
    } while !names.insert(TestName(unique, in: label)).inserted
    numbers[wanted] = number
    return unique
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
      let lines = detail.lines
      if lines.isEmpty { continue }
      let label = detail.label.map { "\($0): " } ?? ""
      text += "\n\(label)\(lines.joined(separator: "\n"))"
    }
    return text
  }
}
