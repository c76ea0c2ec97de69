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
  /// How many findings were written in full.
  private var written = 0
  /// Whether the findings are written in one line each by now.
  private var isInLines = false
  /// What is to be noted: where, and the input, the group and the sentence.
  private var notes: [(span: SourceSpan?, text: [String])] = []
  private var noted: Set<[String]> = []
  private var furtherNotes = 0

  /// How many findings are written in full, each of some ten lines: more than anyone reads.
  private static let detailLimit = 100

  init(_ report: Report, _ options: ReportOptions, _ sink: consuming ByteSink) {
    self.report = report
    self.options = options
    style = TextStyle(color: options.color)
    sources = SourceMap(report)
    self.sink = sink
  }

  /// Findings in full, up to as many as anyone reads; the others in one line each.
  mutating func writeFindings() {
    let limit = options.quiet ? 0 : Self.detailLimit
    guard let next = report.findings.source.portions(inFull: limit, color: options.color) else {
      for finding in report.findings { write(finding) }
      return
    }
    while let portion = next() {
      switch portion {
      case .findings(let batch): for finding in batch { write(finding) }
      case .digest(let digest):
        if !digest.lines.isEmpty {
          announceLines()
          sink.append(contentsOf: digest.lines)
        }
        for finding in digest.noted { note(finding) }
      }
    }
  }

  private mutating func write(_ finding: Finding) {
    note(finding)
    guard finding.verdict == .violated || finding.verdict == .undecided else { return }
    let severity = report.effectiveSeverity(of: finding)
    guard !options.quiet, written < Self.detailLimit else {
      announceLines()
      isEmpty = false
      FindingLine(color: options.color).append(
        finding, severity, sources.place(of: finding.span), to: &sink)
      return
    }
    written += 1
    separate()
    let line = writeHead(finding.span, orIn: finding.subject.input, severity.rawValue)
    sink.append(escaped: finding.message)
    sink.append(" [")
    sink.append(escaped: finding.policy)
    sink.append("]\n")
    let margin = writeExcerpt(finding.span, inLine: line, severity.rawValue)
    for part in finding.parts {
      switch part {
      case .cause(let index): write(finding.causes[index], of: finding, margin)
      case .help: writeHelp(of: finding, margin)
      default:
        if let detail = finding.detail(part, &sources) { write(detail, margin) }
      }
    }
  }

  private mutating func writeHelp(of finding: Finding, _ margin: Int) {
    guard var help = finding.help else { return }
    if helped.updateValue(help, forKey: finding.policy) == help {
      help = "see the first [\(finding.policy)] above"
    }
    write(Detail("help", paragraphs: help), margin)
  }

  /// Says, once, that what follows is not in full.
  private mutating func announceLines() {
    guard !options.quiet, !isInLines else { return }
    isInLines = true
    separate()
    writeLine(
      "the first \(written) are shown in full, the others in a line each; --format json has all of them in full"
    )
    writeLine("")
  }

  mutating func writeIssues(_ severity: Issue.Severity) {
    for issue in report.issues where issue.severity == severity {
      separate()
      let line = writeHead(issue.span, orIn: nil, issue.severity.rawValue)
      sink.append(escaped: issue.message)
      sink.append("\n")
      if options.quiet { continue }
      let margin = writeExcerpt(issue.span, inLine: line, issue.severity.rawValue)
      if let help = issue.help { write(Detail("help", paragraphs: help), margin) }
    }
  }

  /// Keeps what is worth knowing of a group that is as it should be; once, although the group may
  /// satisfy several policies that it belongs to.
  private mutating func note(_ finding: Finding) {
    guard !options.quiet, finding.verdict == .satisfied else { return }
    for note in finding.notes {
      guard notes.count < Self.detailLimit else {
        furtherNotes += 1
        continue
      }
      let subject = finding.subject
      let key = [subject.input, subject.label, note]
      if noted.insert(key).inserted { notes.append((finding.span, key)) }
    }
  }

  mutating func writeNotes() {
    for (index, item) in notes.enumerated() {
      if index == 0 { separate() }
      writeHead(item.span, orIn: item.text[0], Severity.note.rawValue)
      sink.append(escaped: item.text[1])
      sink.append(": ")
      sink.append(escaped: item.text[2])
      sink.append("\n")
    }
    if furtherNotes > 0 { writeLine("and \(furtherNotes.of("more note"))") }
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
    let tally = report.findings.tally
    var counts = [Verdict.violated, .undecided, .satisfied].map { "\(tally[$0]) \($0.rawValue)" }
    if tally.suppressed > 0 { counts.append("\(tally.suppressed) suppressed") }
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

  /// Writes where something is and how much it matters, and returns the number of the line.
  @discardableResult
  private mutating func writeHead(
    _ span: SourceSpan?, orIn input: String?, _ severity: String
  ) -> Int? {
    let place = sources.start(of: span)
    if place != nil || input != nil {
      sink.append(style.begin(TextStyle.bold))
      if let place {
        write(place, atLineStart: true)
      } else if let input {
        sink.append(escaped: input, atLineStart: true)
      }
      sink.append(":")
      sink.append(style.end)
      sink.append(" ")
    }
    sink.append(style.begin(TextStyle.code(ofSeverity: severity)))
    sink.append(severity)
    sink.append(":")
    sink.append(style.end)
    sink.append(" ")
    return place?.at.line
  }

  /// Writes a place as editors take it.
  private mutating func write(
    _ place: (path: String, at: SourcePosition), atLineStart: Bool = false
  ) {
    // The colon behind a path of spaces is at the start of the line as well.
    guard SafeText.isPlain(place.path, atLineStart: atLineStart),
      !atLineStart || place.path.utf8.first.map({ $0 != UInt8(ascii: " ") }) ?? false
    else {
      let text = "\(place.path):\(place.at.line):\(place.at.column)"
      sink.append(escaped: text, atLineStart: atLineStart)
      return
    }
    sink.append(place.path)
    sink.append(":")
    sink.append(place.at.line)
    sink.append(":")
    sink.append(place.at.column)
  }

  /// Writes the line of source, if there is one, and returns how wide the margin is.
  private mutating func writeExcerpt(
    _ span: SourceSpan?, inLine line: Int?, _ severity: String
  ) -> Int {
    guard let span, let line,
      let excerpt = Excerpt(span, inLine: line, &sources, width: options.width)
    else { return 1 }
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

  /// Writes what begins a detail, and returns how wide that is.
  private mutating func begin(_ label: String?, _ margin: Int) -> Int {
    sink.append(spaces: margin + 1)
    sink.append("= ")
    guard let label else { return margin + 3 }
    sink.append(label)
    sink.append(": ")
    return margin + 5 + label.utf8.count
  }

  /// Writes a permission: what `Finding.detail` says of it, piece by piece.
  private mutating func write(_ cause: Cause, of finding: Finding, _ margin: Int) {
    _ = begin(finding.causeLabel, margin)
    sink.append(escaped: cause.permission)
    if let name = cause.address ?? cause.id {
      sink.append(" (")
      sink.append(escaped: name)
      sink.append(")")
    }
    if let reason = cause.reason, !finding.unknowns.contains(reason) {
      sink.append(" (not certain: ")
      sink.append(escaped: reason)
      sink.append(")")
    }
    if cause.span != finding.span, let place = sources.start(of: cause.span) {
      sink.append(" at ")
      write(place)
    }
    sink.append("\n")
  }

  private mutating func write(_ detail: Detail, _ margin: Int) {
    guard detail.isProse else {
      _ = begin(detail.label, margin)
      writeLine(detail.text)
      return
    }
    var text = detail.text
    let isWritten = text.withUTF8 { bytes in
      guard TextWrap.isPlainProse(bytes) else { return false }
      let indent = begin(detail.label, margin)
      TextWrap.append(
        plainProse: bytes, width: options.width - indent, indent: indent, to: &sink)
      return true
    }
    if isWritten { return }
    let escaped = detail.lines
    guard let first = escaped.first else { return }
    let indent = begin(detail.label, margin)
    let lines = escaped.flatMap { TextWrap.lines($0, width: options.width - indent) }
    writeLine(lines.first ?? first)
    for line in lines.dropFirst() {
      sink.append(spaces: indent)
      writeLine(line)
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

  /// The code of what stands out.
  static let bold = "1"

  /// The code of a severity.
  static func code(ofSeverity severity: String) -> String {
    switch severity {
    case Severity.error.rawValue: "1;31"
    case Severity.warning.rawValue: "1;33"
    default: "1;36"
    }
  }

  /// What begins text with that code.
  func begin(_ code: String) -> String { color ? "\u{1B}[\(code)m" : "" }
  /// What ends it.
  var end: String { color ? "\u{1B}[0m" : "" }

  /// Makes a place or a name stand out.
  func bold(_ text: String) -> String { painted(Self.bold, text) }
  /// Makes the frame step back.
  func dim(_ text: String) -> String { painted("2", text) }
  /// Gives `text` the colour of a severity.
  func severity(_ severity: String, _ text: String) -> String {
    painted(Self.code(ofSeverity: severity), text)
  }

  private func painted(_ code: String, _ text: String) -> String {
    color ? "\(begin(code))\(text)\(end)" : text
  }
}
