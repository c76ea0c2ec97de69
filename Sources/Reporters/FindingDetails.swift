import SGModel

/// One of the facts that stand under a finding: `for example`, `tcp 22 to 8.8.8.8`.
struct Detail {
  /// What kind of fact it is; nothing where the text says so itself.
  let label: String?
  /// The fact as it was given.
  let text: String
  /// Whether it is read as sentences, may be broken where a line is full, and is still to be escaped.
  let isProse: Bool

  /// Creates a fact of one line that is safe already.
  init(_ label: String?, safe line: String) {
    self.label = label
    text = line
    isProse = false
  }

  /// Creates a fact from text that may have several lines.
  init(_ label: String, paragraphs: String) {
    self.label = label
    text = paragraphs
    isProse = true
  }

  /// The fact, safe to print, one line each; none where there is nothing to say.
  var lines: [String] {
    guard isProse else { return [text] }
    return Detail.split(text).enumerated().map { index, line in
      SafeText.escaped(String(line), atLineStart: index > 0)
    }
  }

  /// The lines that are not empty.
  private static func split(_ text: String) -> [Substring] {
    // Only a carriage return makes one character with a line feed; else bytes are as good, and faster.
    if text.utf8.contains(0x0D) { return text.split(separator: "\n") }
    return text.utf8.split(separator: 0x0A).map { Substring($0) }
  }
}

/// What is to be said of a finding.
enum FindingPart {
  case example
  case cause(Int)
  case furtherCauses
  case related(Int)
  case unknowns
  case note(Int)
  case help
}

extension Finding {
  /// What a permission is to the finding: the reason, or a part of the doubt.
  var causeLabel: String { verdict == .undecided ? "because of" : "allowed by" }

  /// What is to be said under the finding's first line, in the order in which people ask.
  var parts: [FindingPart] {
    var parts: [FindingPart] = []
    parts.reserveCapacity(causes.count + related.count + notes.count + 4)
    if witness != nil { parts.append(.example) }
    for index in causes.indices {
      // What the input does not show is named once, as what the answer depends on.
      if causes[index].standsForWhatIsNotShown, let reason = causes[index].reason,
        unknowns.contains(reason)
      {
        continue
      }
      parts.append(.cause(index))
    }
    if furtherCauses > 0 { parts.append(.furtherCauses) }
    for index in related.indices { parts.append(.related(index)) }
    if !unknowns.isEmpty { parts.append(.unknowns) }
    for index in notes.indices { parts.append(.note(index)) }
    if help != nil { parts.append(.help) }
    return parts
  }

  /// Returns what is to be said, or nothing where that comes to no words.
  func detail(_ part: FindingPart, _ sources: inout SourceMap) -> Detail? {
    switch part {
    case .example: return witness.map { Detail("for example", safe: SafeText.escaped($0.text)) }
    case .cause(let index):
      var text = causes[index].described(without: unknowns)
      if let place = place(of: causes[index], &sources) {
        text += " at \(SafeText.escaped(place.text))"
      }
      return Detail(causeLabel, safe: text)
    case .furtherCauses: return Detail(nil, safe: "and \(furtherCauses) more")
    case .related(let index):
      guard let text = sources.place(of: related[index].span)?.text else { return nil }
      return Detail(related[index].kind.rawValue, safe: SafeText.escaped(text))
    case .unknowns:
      let names = unknowns.count == 1 ? unknowns[0] : unknowns.joined(separator: "\n")
      return Detail("depends on", paragraphs: names)
    case .note(let index): return Detail("note", paragraphs: notes[index])
    case .help: return help.map { Detail("help", paragraphs: $0) }
    }
  }

  /// Where a cause is, if that is not where the finding is.
  private func place(of cause: Cause, _ sources: inout SourceMap) -> Place? {
    cause.span == span ? nil : sources.place(of: cause.span)
  }

  /// Returns all details that come to words.
  func details(_ sources: inout SourceMap) -> [Detail] {
    var details: [Detail] = []
    for part in parts {
      if let detail = detail(part, &sources) { details.append(detail) }
    }
    return details
  }
}

extension Cause {
  /// The permission with its name and what makes it uncertain, safe to print; not where that is
  /// among `said` already.
  func described(without said: [String] = []) -> String {
    var text = SafeText.escaped(permission)
    if let name = address ?? id { text += " (\(SafeText.escaped(name)))" }
    if let reason, !said.contains(reason) {
      text += " (not certain: \(SafeText.escaped(reason)))"
    }
    return text
  }
}

extension Int {
  /// The number with the noun in its number: `1 group`, `2 groups`.
  func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
