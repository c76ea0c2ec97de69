import Loaders
import Reporters
import SGModel

/// Policies for people: `explain` and `policies`.
public enum PolicyText {
  /// Writes what a policy says, why, and what to do.
  public static func explain(_ id: String, packs names: [String]) -> ExitStatus {
    run(names) { packs throws(DriverError) in
      let policies = packs.flatMap { $0.policies }
      guard let policy = policies.first(where: { $0.id == id }) else {
        throw .badOption(
          name: "explain",
          message: "no policy `\(id)`; expected \(policies.map { $0.id }.joined(separator: ", "))")
      }
      var lines = [
        "\(policy.id) (\(policy.severity.rawValue), pack \(policy.pack))", "", policy.says,
      ]
      if !policy.rationale.isEmpty { lines += ["", "Why", ""] + paragraphs(policy.rationale) }
      if !policy.help.isEmpty { lines += ["", "What to do", ""] + paragraphs(policy.help) }
      if !policy.references.isEmpty {
        lines += ["", "Further reading", ""]
        lines += policy.references.map { "  \($0.title)\n    \($0.url)" }
      }
      if !policy.equivalents.isEmpty {
        lines += [
          "", "Comparable checks of other tools: " + policy.equivalents.joined(separator: ", "),
        ]
      }
      return lines.joined(separator: "\n") + "\n"
    }
  }

  /// Writes the packs with their policies and parameters.
  public static func list(packs names: [String]) -> ExitStatus {
    run(names) { packs in
      var text = ""
      for pack in packs {
        if !text.isEmpty { text += "\n" }
        text += "\(pack.name): \(pack.title)\n\n"
        let width = pack.policies.map { $0.id.utf8.count }.max() ?? 0
        for policy in pack.policies {
          let severity = policy.severity.rawValue
          text += "  \(pad(policy.id, width))  \(pad(severity, 7))  \(policy.says)\n"
        }
        guard !pack.parameters.isEmpty else { continue }
        text += "\n  parameters (--set KEY=VALUE)\n"
        for parameter in pack.parameters {
          let value = parameter.values.isEmpty ? "none" : parameter.values.joined(separator: ",")
          text += "  \(pad(parameter.name, width))  \(parameter.says) [\(value)]\n"
        }
      }
      return text
    }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }

  private static func paragraphs(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      // Indented lines are examples, and stay as they are.
      if line.isEmpty { return [""] }
      if line.hasPrefix("    ") { return ["  \(line)"] }
      return TextWrap.lines(String(line), width: 98).map { "  \($0)" }
    }
  }

  private static func run(
    _ names: [String], _ body: ([Pack]) throws(DriverError) -> String
  ) -> ExitStatus {
    SystemFiles.ignoreBrokenPipes()
    do throws(DriverError) {
      let packs = try PackSource.load(names.isEmpty ? PackLibrary.names : names, settings: [])
      let text = try body(packs)
      try LintRun.write(to: nil) { emit in
        var text = text
        text.withUTF8 { emit(UnsafeRawBufferPointer($0)) }
      }
      return .clean
    } catch {
      LintRun.complain(error)
      return .couldNotRun
    }
  }
}
