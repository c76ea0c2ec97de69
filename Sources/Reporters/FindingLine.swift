public import SGModel

/// A violated or undecided finding in one line: where, what, and the flow or the names that it rests
/// on.
public struct FindingLine: Sendable {
  private let style: TextStyle
  private var ends: (note: [UInt8], warning: [UInt8], error: [UInt8]) = ([], [], [])

  /// Creates a form of lines, with the colours of a terminal or without.
  public init(color: Bool) {
    style = TextStyle(color: color)
    let parts = style.bold("\u{1}").split(separator: "\u{1}", omittingEmptySubsequences: false)
    let close = parts.last ?? ""
    ends.note = Array(":\(close) \(mark(.note)) ".utf8)
    ends.warning = Array(":\(close) \(mark(.warning)) ".utf8)
    ends.error = Array(":\(close) \(mark(.error)) ".utf8)
  }

  /// Appends the line of a finding that counts as `severity` to UTF-8.
  ///
  /// `position` is where `finding.span` begins, in the file of that name.
  public func append(
    _ finding: Finding, _ severity: Severity, _ position: (path: String, at: SourcePosition)?,
    to bytes: inout [UInt8]
  ) {
    let place = position.map { "\($0.path):\($0.at.line):\($0.at.column)" }
    bytes.append(contentsOf: text(finding, severity, place).utf8)
  }

  func append(
    _ finding: Finding, _ severity: Severity, _ place: Place?, to sink: inout ByteSink
  ) {
    sink.append(text(finding, severity, place?.text))
  }

  private func text(_ finding: Finding, _ severity: Severity, _ place: String?) -> String {
    let start = head(place ?? finding.subject.input, severity)
    let evidence = Self.evidence(finding).map { " (\(SafeText.escaped($0)))" } ?? ""
    return
      "\(start)\(SafeText.escaped(finding.message)) [\(SafeText.escaped(finding.policy))]\(evidence)\n"
  }

  private func head(_ place: String, _ severity: Severity) -> String {
    let shown = style.bold(SafeText.escaped(place, atLineStart: true) + ":")
    return "\(shown) \(mark(severity)) "
  }

  private func mark(_ severity: Severity) -> String {
    style.severity(severity.rawValue, severity.rawValue + ":")
  }

  /// What stands before the number of the line, in UTF-8.
  public func start(_ path: String) -> [UInt8] {
    // Painting adds something before and behind.
    let parts = style.bold("\u{1}").split(separator: "\u{1}", omittingEmptySubsequences: false)
    return Array("\(parts[0])\(SafeText.escaped(path, atLineStart: true)):".utf8)
  }

  /// What stands between the number of the column and the message, in UTF-8.
  public func end(_ severity: Severity) -> [UInt8] {
    switch severity {
    case .note: ends.note
    case .warning: ends.warning
    case .error: ends.error
    }
  }

  /// Text of unknown origin, fit to be printed on one line.
  public static func escaped(_ text: String) -> String { SafeText.escaped(text) }

  /// The flow that proves a violation, or what an undecided answer depends on.
  private static func evidence(_ finding: Finding) -> String? {
    if let witness = finding.witness { return "for example \(witness.text)" }
    guard let first = finding.unknowns.first else { return nil }
    return dependence(on: first, andFurther: finding.unknowns.count - 1)
  }

  /// The words for what an undecided answer depends on.
  public static func dependence(on name: String, andFurther count: Int) -> String {
    "depends on \(name)\(count > 0 ? " and \(count) more" : "")"
  }
}
