import SGModel

/// One of the facts that stand under a finding: `for example`, `tcp 22 to 8.8.8.8`.
struct Detail {
  /// What kind of fact it is; nothing where the text says so itself.
  var label: String?
  /// The fact, safe to print, one line each.
  var lines: [String]
  /// Whether it is read as sentences, and may be broken where a line is full.
  var isProse = false

  /// Creates a fact of one line that is safe already.
  init(_ label: String?, safe line: String) {
    self.label = label
    lines = [line]
  }

  /// Creates a fact from text that may have several lines.
  init(_ label: String, paragraphs: String) {
    self.label = label
    lines = Detail.split(paragraphs).enumerated().map { index, line in
      SafeText.escaped(String(line), atLineStart: index > 0)
    }
    isProse = true
  }

  /// The lines that are not empty.
  private static func split(_ text: String) -> [Substring] {
    // Only a carriage return makes one character with a line feed; else bytes are as good, and faster.
    if text.utf8.contains(0x0D) { return text.split(separator: "\n") }
    return text.utf8.split(separator: 0x0A).map { Substring($0) }
  }
}

extension Finding {
  /// What a permission is to the finding: the reason, or a part of the doubt.
  var causeLabel: String { verdict == .undecided ? "because of" : "allowed by" }

  /// Returns what is to be said under the finding's first line, in the order in which people ask.
  func details(_ sources: inout SourceMap) -> [Detail] {
    var details: [Detail] = []
    if let witness { details.append(Detail("for example", safe: SafeText.escaped(witness.text))) }
    for cause in causes {
      // What the input does not show is named once, as what the answer depends on.
      if cause.standsForWhatIsNotShown, let reason = cause.reason, unknowns.contains(reason) {
        continue
      }
      var text = cause.described(without: unknowns)
      if cause.span != span, let place = sources.place(of: cause.span) {
        text += " at \(SafeText.escaped(place.text))"
      }
      details.append(Detail(causeLabel, safe: text))
    }
    if furtherCauses > 0 { details.append(Detail(nil, safe: "and \(furtherCauses) more")) }
    for place in related {
      guard let text = sources.place(of: place.span)?.text else { continue }
      details.append(Detail(place.kind.rawValue, safe: SafeText.escaped(text)))
    }
    if !unknowns.isEmpty {
      details.append(Detail("depends on", paragraphs: unknowns.joined(separator: "\n")))
    }
    for note in notes { details.append(Detail("note", paragraphs: note)) }
    if let help, !help.isEmpty { details.append(Detail("help", paragraphs: help)) }
    return details.filter { !$0.lines.isEmpty }
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
