import SGModel

/// Writes SARIF 2.1.0 with all that GitHub code scanning asks for beyond the standard.
///
/// A result's message is text in which `[words](1)` is a link to the first related location.
enum SARIFReporter: Reporter {
  /// How many results GitHub shows of a run.
  ///
  /// It drops the others itself, and not always the least severe ones.
  static let maximumResults = 5000

  private static let schema = "https://json.schemastore.org/sarif-2.1.0.json"

  static func write(
    _ report: Report, options: ReportOptions, to sink: consuming ByteSink
  ) throws(RenderError) {
    var sources = SourceMap(report)
    let rules = Self.rules(of: report)
    var json = JSONWriter(sink)
    json.object { json in
      json.member("$schema", schema)
      json.member("version", "2.1.0")
      json.array("runs") { json in
        json.object { json in
          write(rules, version: report.version, &json)
          write(invocationOf: report, &sources, &json)
          json.member("columnKind", "unicodeCodePoints")
          write(resultsOf: report, rules, &sources, &json)
        }
      }
    }
    json.finish()
  }

  /// The policies that ran, sorted by id, each id once.
  private static func rules(of report: Report) -> [Policy] {
    var rules: [Policy] = []
    for policy in report.policies.sorted(by: { ($0.id, $0.pack) < ($1.id, $1.pack) })
    where rules.last?.id != policy.id {
      rules.append(policy)
    }
    return rules
  }

  private static func write(_ rules: [Policy], version: String, _ json: inout JSONWriter) {
    json.object("tool") { json in
      json.object("driver") { json in
        json.member("name", ToolInfo.name)
        json.member("version", version)
        json.member("informationUri", ToolInfo.informationURI)
        json.array("rules") { json in
          for policy in rules { write(policy, &json) }
        }
      }
    }
  }

  private static func write(_ policy: Policy, _ json: inout JSONWriter) {
    let says = policy.says.isEmpty ? policy.id : policy.says
    json.object { json in
      json.member("id", policy.id)
      json.member("name", policy.camelCaseName)
      json.object("shortDescription") { $0.member("text", String(says.prefix(1024))) }
      json.object("fullDescription") { json in
        let text = policy.rationale.isEmpty ? says : policy.rationale
        json.member("text", String(text.prefix(1024)))
      }
      json.object("help") { json in
        json.member("text", policy.helpText)
        json.member("markdown", policy.helpMarkdown)
      }
      let url = policy.references.first { $0.url.hasPrefix("https://") }?.url
      json.memberIfAny("helpUri", url.map { URIText.escapingIllegal($0) })
      json.object("defaultConfiguration") { $0.member("level", policy.severity.rawValue) }
      json.object("properties") { json in
        json.array("tags", policy.tags)
        json.member("precision", "very-high")
        json.member("security-severity", policy.severity.securitySeverity)
        json.member("problem.severity", policy.severity.problemSeverity)
      }
    }
  }

  private static func write(
    invocationOf report: Report, _ sources: inout SourceMap, _ json: inout JSONWriter
  ) {
    let tally = report.findings.tally
    let results = tally.violated + tally.undecided
    json.array("invocations") { json in
      json.object { json in
        json.member("executionSuccessful", !report.allIssues.contains { $0.severity == .error })
        json.array("toolExecutionNotifications") { json in
          for issue in report.allIssues {
            json.object { json in
              json.member("level", issue.severity.rawValue)
              json.object("message") { json in
                let help = issue.help.map { ". \(SafeText.escaped($0))" } ?? ""
                json.member("text", unlinked(issue.message) + help)
              }
              guard issue.span != nil else { return }
              json.array("locations") { json in
                json.object { $0.physicalLocation(issue.span, orIn: nil, &sources) }
              }
            }
          }
          guard results > maximumResults else { return }
          json.object { json in
            json.member("level", "warning")
            json.object("message") { json in
              let text =
                "\(maximumResults) of \(results) results are listed, the most severe first; "
                + "the json format has all of them"
              json.member("text", text)
            }
          }
        }
      }
    }
  }

  private static func write(
    resultsOf report: Report, _ rules: [Policy], _ sources: inout SourceMap,
    _ json: inout JSONWriter
  ) {
    let indices = Dictionary(
      rules.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
    // One walk: what is listed of the less severe ones depends on how many severe ones there are.
    var listed: [Severity: [Finding]] = [:]
    for finding in report.findings
    where finding.verdict == .violated || finding.verdict == .undecided {
      let severity = report.effectiveSeverity(of: finding)
      guard listed[severity, default: []].count < maximumResults else { continue }
      listed[severity, default: []].append(finding)
    }
    json.array("results") { json in
      var count = 0
      for severity in Severity.allCases.sorted(by: >) {
        for finding in listed[severity] ?? [] {
          guard count < maximumResults else { return }
          count += 1
          write(finding, severity, indices[finding.policy], &sources, &json)
        }
      }
    }
  }

  private static func write(
    _ finding: Finding, _ severity: Severity, _ rule: Int?, _ sources: inout SourceMap,
    _ json: inout JSONWriter
  ) {
    let linked = finding.causes.filter { sources.place(of: $0.span) != nil }
    json.object { json in
      json.member("ruleId", finding.policy)
      if let rule { json.member("ruleIndex", rule) }
      // An undecided result has no kind: GitHub shows failures alone, and `open` would make SARIF
      // ask for the level `none`. What it is stands in the message and in the properties.
      if finding.verdict == .violated { json.member("kind", "fail") }
      json.member("level", severity.rawValue)
      json.object("message") { $0.member("text", message(finding, linked)) }
      json.array("locations") { json in
        json.object { json in
          json.physicalLocation(finding.span, orIn: finding.subject.input, &sources)
          json.array("logicalLocations") { json in
            json.object { json in
              json.memberIfAny("name", finding.subject.name)
              json.member("fullyQualifiedName", finding.subject.label)
              json.member("kind", "resource")
            }
          }
        }
      }
      if !linked.isEmpty || !finding.related.isEmpty {
        json.array("relatedLocations") { json in
          for (index, cause) in linked.enumerated() {
            json.object { json in
              json.member("id", index + 1)
              json.physicalLocation(cause.span, orIn: nil, &sources)
              json.object("message") { $0.member("text", unlinked(cause.permission)) }
            }
          }
          for (index, place) in finding.related.enumerated() {
            json.object { json in
              json.member("id", linked.count + index + 1)
              json.physicalLocation(place.span, orIn: nil, &sources)
              json.object("message") { $0.member("text", place.kind.rawValue) }
            }
          }
        }
      }
      if !finding.fingerprint.isEmpty {
        json.object("partialFingerprints") { $0.member("pniLint/v1", finding.fingerprint) }
      }
      json.object("properties") { json in
        json.member("verdict", finding.verdict.rawValue)
        json.member("pack", finding.pack)
        json.array("unknowns", finding.unknowns)
        json.member("witness", finding.witness)
      }
    }
  }

  /// The message: its first sentence is the title of the alert.
  private static func message(_ finding: Finding, _ linked: [Cause]) -> String {
    var sentences = [unlinked(finding.message)]
    if let witness = finding.witness { sentences.append("For example: \(unlinked(witness.text))") }
    var number = 0
    for cause in finding.causes {
      var text = unlinked(cause.described())
      if number < linked.count, cause == linked[number] {
        number += 1
        text = "[\(linkWords(text))](\(number))"
      }
      let label = finding.causeLabel
      sentences.append("\(label.prefix(1).uppercased())\(label.dropFirst()) \(text)")
    }
    if finding.furtherCauses > 0 { sentences.append("And by \(finding.furtherCauses) more") }
    if !finding.unknowns.isEmpty {
      sentences.append("Depends on: \(unlinked(finding.unknowns.joined(separator: ", ")))")
    }
    sentences += finding.notes.map { "Note: \(unlinked($0))" }
    if let help = finding.help, !help.isEmpty { sentences.append("Help: \(unlinked(help))") }
    return sentences.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " ")
  }

  /// Text of unknown origin, in which nothing is a link of ours.
  private static func unlinked(_ text: String) -> String {
    let safe = SafeText.escaped(text)
    guard safe.contains("](") else { return safe }
    var result = ""
    for scalar in safe.unicodeScalars {
      if scalar == "(", result.unicodeScalars.last == "]" { result += " " }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// The words of a link: brackets end it, unless a backslash stands before them (SARIF §3.11.6).
  private static func linkWords(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "[" || scalar == "]" || scalar == "\\" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

extension JSONWriter {
  /// Writes the member `physicalLocation`; what has no place is at the top of its input.
  fileprivate mutating func physicalLocation(
    _ span: SourceSpan?, orIn input: String?, _ sources: inout SourceMap
  ) {
    let top = SourcePosition(line: 1, column: 1)
    let place =
      sources.place(of: span) ?? Place(path: input ?? ToolInfo.name, start: top, end: top)
    let snippet = span.flatMap { sources.snippet(of: $0, limit: 200) }
    object("physicalLocation") { json in
      json.object("artifactLocation") { $0.member("uri", URIText.reference(to: place.path)) }
      json.object("region") { json in
        json.member("startLine", place.start.line)
        json.member("startColumn", place.start.column)
        json.member("endLine", place.end.line)
        json.member("endColumn", place.end.column)
        guard let snippet else { return }
        json.object("snippet") { $0.member("text", snippet) }
      }
    }
  }
}

/// Paths as URIs (RFC 3986).
enum URIText {
  /// Returns the reference to a file: relative for a relative path, as code scanning wants it.
  static func reference(to path: String) -> String {
    var rest = Substring(path)
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    if rest.isEmpty { return "." }
    let encoded = percentEncoded(rest, keeping: "/-._~")
    return rest.hasPrefix("/") ? "file://\(encoded)" : encoded
  }

  /// Returns the URI with what may not stand in one percent-encoded.
  static func escapingIllegal(_ uri: String) -> String {
    percentEncoded(Substring(uri), keeping: "/-._~:?#[]@!$&'()*+,;=%")
  }

  private static func percentEncoded(_ text: Substring, keeping kept: StaticString) -> String {
    let kept = kept.withUTF8Buffer { Array($0) }
    let hex = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: result.append(byte)
      case _ where kept.contains(byte): result.append(byte)
      default: result += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension Severity {
  /// GitHub's score: above 7.0 is high, above 4.0 medium, below that low.
  fileprivate var securitySeverity: String {
    switch self {
    case .error: "8.0"
    case .warning: "5.0"
    case .note: "2.0"
    }
  }

  fileprivate var problemSeverity: String { self == .note ? "recommendation" : rawValue }
}

extension Policy {
  /// The id as SARIF likes names: `PniEgress`.
  fileprivate var camelCaseName: String {
    let words = id.split { !$0.isLetter && !$0.isNumber }
    let name = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    return name.isEmpty ? id : String(name.prefix(255))
  }

  /// What GitHub files the rule under; it keeps ten.
  fileprivate var tags: [String] {
    var tags: [String] = []
    for tag in ["security", "aws", "network", pack] + equivalents
    where !tag.isEmpty && !tags.contains(tag) {
      tags.append(tag)
    }
    return Array(tags.prefix(10))
  }

  fileprivate var helpText: String {
    var parts = [help, rationale].filter { !$0.isEmpty }
    if parts.isEmpty { parts = [says.isEmpty ? id : says] }
    if !references.isEmpty {
      parts.append(references.map { "\($0.title): \($0.url)" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  fileprivate var helpMarkdown: String {
    var parts = ["# \(id)", says, rationale]
    if !help.isEmpty { parts.append("**What to do:** \(help)") }
    if !equivalents.isEmpty {
      parts.append("About the same elsewhere: \(equivalents.joined(separator: ", "))")
    }
    if !references.isEmpty {
      parts.append(
        references.map { "- [\($0.title)](\(URIText.escapingIllegal($0.url)))" }.joined(
          separator: "\n"))
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}
