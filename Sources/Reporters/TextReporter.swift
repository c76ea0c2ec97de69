import SGModel

/// Writes a report for people: each problem with its line of source and the flow that proves it.
enum TextReporter: Reporter {
  static func write(
    _ report: Report, options: ReportOptions, to sink: consuming ByteSink
  ) throws(RenderError) {
    var page = TextPage(report, options, sink)
    // What could not be read comes first: it is the reason of the doubts below.
    page.writeIssues(.error)
    page.writeFindings()
    page.writeIssues(.warning)
    page.writeNotes()
    page.writeFixes()
    page.writeSummary()
  }
}

/// A text in the making.
private struct TextPage: ~Copyable {
  private let report: Report
  private let options: ReportOptions
  private let style: TextStyle
  private var sources: SourceMap
  private var sink: ByteSink
  private var isEmpty = true
  /// What was said to do already, by policy: help is long, and the same for every group.
  private var helped: [String: String] = [:]

  init(_ report: Report, _ options: ReportOptions, _ sink: consuming ByteSink) {
    self.report = report
    self.options = options
    style = TextStyle(color: options.color)
    sources = SourceMap(report.sources)
    self.sink = sink
  }

  mutating func writeFindings() {
    for finding in report.findings {
      guard finding.verdict == .violated || finding.verdict == .undecided else { continue }
      separate()
      let severity = report.effectiveSeverity(of: finding).rawValue
      writeHead(
        finding.span, orIn: finding.subject.input, severity,
        "\(SafeText.escaped(finding.message)) [\(SafeText.escaped(finding.policy))]")
      if options.quiet { continue }
      let margin = writeExcerpt(finding.span, severity)
      var finding = finding
      if let help = finding.help, helped.updateValue(help, forKey: finding.policy) == help {
        finding.help = "see the first [\(finding.policy)] above"
      }
      for detail in finding.details(&sources) { write(detail, margin) }
    }
  }

  mutating func writeIssues(_ severity: Issue.Severity) {
    for issue in report.issues where issue.severity == severity {
      separate()
      writeHead(issue.span, orIn: nil, issue.severity.rawValue, SafeText.escaped(issue.message))
      if options.quiet { continue }
      let margin = writeExcerpt(issue.span, issue.severity.rawValue)
      if let help = issue.help { write(Detail("help", paragraphs: help), margin) }
    }
  }

  /// What is worth knowing of groups that are as they should be; said once, although the group may
  /// satisfy several policies that it belongs to.
  mutating func writeNotes() {
    guard !options.quiet else { return }
    var said: Set<[String]> = []
    for finding in report.findings where finding.verdict == .satisfied {
      for note in finding.notes {
        let subject = finding.subject
        guard said.insert([subject.input, subject.label, note]).inserted else { continue }
        if said.count == 1 { separate() }
        writeHead(
          finding.span, orIn: subject.input, Severity.note.rawValue,
          "\(SafeText.escaped(subject.label)): \(SafeText.escaped(note))")
      }
    }
  }

  mutating func writeFixes() {
    guard let fixes = report.fixes else { return }
    if fixes.isEmpty {
      separate()
      writeLine("no changes to suggest")
    }
    for fix in fixes {
      separate()
      let policies = fix.policies.map { SafeText.escaped($0) }.joined(separator: ", ")
      let subject = SafeText.escaped(fix.subject.label)
      writeLine(
        fix.steps.isEmpty
          ? style.bold("no fix for \(subject)")
          : style.bold("fix for \(subject)") + " (\(policies))")
      for step in fix.steps { write(step) }
      for remark in fix.remarks { write(Detail("note", paragraphs: remark), 1) }
    }
  }

  mutating func writeSummary() {
    guard !options.quiet else { return }
    separate()
    guard report.groupsJudged > 0 else {
      writeLine("nothing was checked")
      return
    }
    var counts = [Verdict.violated, .undecided, .satisfied].map {
      "\(report.count($0)) \($0.rawValue)"
    }
    let suppressed = report.count(.suppressed)
    if suppressed > 0 { counts.append("\(suppressed) suppressed") }
    var line = counts.joined(separator: ", ")
    line += " in \(report.groupsJudged) of \(report.groupsFound.of("group"))"
    line += " (\(report.inputs.count.of("input")))"
    if !report.issues.isEmpty { line += ", \(report.issues.count.of("issue"))" }
    if !report.failures.isEmpty {
      line += ", \(report.failures.count.of("input")) could not be read"
    }
    writeLine("\(line); judged: \(SafeText.escaped(report.selection))")
  }

  /// Writes an empty line between two parts; not where each is to be one line.
  private mutating func separate() {
    if !isEmpty, !options.quiet { sink.append(UInt8(ascii: "\n")) }
    isEmpty = false
  }

  private mutating func writeLine(_ line: String) {
    sink.append(line)
    sink.append(UInt8(ascii: "\n"))
  }

  private mutating func writeHead(
    _ span: SourceSpan?, orIn input: String?, _ severity: String, _ message: String
  ) {
    var line = ""
    if let place = sources.place(of: span)?.text ?? input {
      line = style.bold(SafeText.escaped(place, atLineStart: true) + ":") + " "
    }
    writeLine(line + style.severity(severity, severity + ":") + " " + message)
  }

  /// Writes the line of source, if there is one, and returns how wide the margin is.
  private mutating func writeExcerpt(_ span: SourceSpan?, _ severity: String) -> Int {
    guard let span, let excerpt = Excerpt(span, &sources, width: options.width) else { return 1 }
    let number = String(excerpt.line)
    let margin = String(repeating: " ", count: number.utf8.count)
    let underline = "^" + String(repeating: "~", count: excerpt.length - 1)
    writeLine(style.dim("\(margin) |"))
    writeLine(style.dim("\(number) |") + " " + excerpt.text)
    writeLine(
      style.dim("\(margin) |") + String(repeating: " ", count: excerpt.indent + 1)
        + style.severity(severity, underline))
    return number.utf8.count
  }

  private mutating func write(_ detail: Detail, _ margin: Int) {
    guard let first = detail.lines.first else { return }
    let indent = String(repeating: " ", count: margin + 1)
    let label = detail.label.map { "\($0): " } ?? ""
    let room = options.width - margin - 3 - label.utf8.count
    let lines =
      detail.isProse ? detail.lines.flatMap { TextWrap.lines($0, width: room) } : detail.lines
    writeLine("\(indent)= \(label)\(lines.first ?? first)")
    for line in lines.dropFirst() {
      writeLine("\(indent)  \(String(repeating: " ", count: label.utf8.count))\(line)")
    }
  }

  private mutating func write(_ step: SuggestedFix.Step) {
    let place = sources.place(of: step.span).map { " at \(SafeText.escaped($0.text))" } ?? ""
    writeLine(style.dim("  # \(SafeText.escaped(step.says))\(place)"))
    if let command = step.command {
      let safe = SafeText.escaped(command, atLineStart: true)
      writeLine("  \(safe)")
      if safe != command {
        let warning = "holds characters that are shown as escapes: not to be run as it is"
        write(Detail("note", safe: warning), 1)
      }
    }
    guard let address = step.address else { return }
    let name = SafeText.escaped(address, atLineStart: true)
    let value = step.value.map { SafeText.escaped($0) }
    switch (step.attribute.map { SafeText.escaped($0) }, value) {
    case (let attribute?, let value?): writeLine("  \(name): \(attribute) = \(value)")
    case (let attribute?, nil): writeLine("  \(name): remove \(attribute)")
    case (nil, let value?): writeLine("  \(name): add \(value)")
    case (nil, nil): writeLine("  \(name): delete")
    }
  }
}

/// Colours, where they are wanted.
struct TextStyle {
  /// Whether they are.
  var color: Bool

  /// Makes a place or a name stand out.
  func bold(_ text: String) -> String { painted("1", text) }
  /// Makes the frame step back.
  func dim(_ text: String) -> String { painted("2", text) }
  /// Gives `text` the colour of a severity.
  func severity(_ severity: String, _ text: String) -> String {
    switch severity {
    case Severity.error.rawValue: painted("1;31", text)
    case Severity.warning.rawValue: painted("1;33", text)
    default: painted("1;36", text)
    }
  }

  private func painted(_ code: String, _ text: String) -> String {
    color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
