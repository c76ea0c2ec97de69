import ArgumentParser
import LintDriver

/// The program.
@main
struct EntryPoint {
  static func main() {
    if let paths = onlyPaths(CommandLine.arguments.dropFirst()) {
      let request = LintRequest(paths: paths, version: Version.current)
      Exit.now(LintRun.lint(request).rawValue)
    }
    // ArgumentParser ends with 64 for a wrong usage and 1 for errors, which mean something else here.
    do {
      var command = try PNILint.parseAsRoot()
      try command.run()
    } catch {
      if let status = error as? ExitCode { Exit.now(status.rawValue) }
      let text = PNILint.fullMessage(for: error)
      if PNILint.exitCode(for: error) == .success { Exit.afterPrinting(text) }
      Exit.wrongUsage(PNILint.message(for: error), help: helpCommand(in: text))
    }
  }

  /// The files of a command line that names nothing else, which most do; `LintRequest` has the values of
  /// options that are not given.
  ///
  /// To describe all commands and options to itself takes ArgumentParser longer than it takes to judge a
  /// small plan.
  private static func onlyPaths(_ arguments: ArraySlice<String>) -> [String]? {
    let paths = arguments.first == "lint" ? arguments.dropFirst() : arguments
    guard let first = paths.first,
      !["lint", "show", "explain", "policies", "help"].contains(first),
      paths.allSatisfy({ !$0.isEmpty && (!$0.hasPrefix("-") || $0 == "-") })
    else { return nil }
    return Array(paths)
  }

  /// The command that shows the right usage, as ArgumentParser names it at the end of its message.
  private static func helpCommand(in text: String) -> String {
    for line in text.split(separator: "\n").reversed() {
      let parts = line.split(separator: "'")
      if parts.count == 3, parts[0].hasSuffix("See "), parts[1].hasSuffix(" --help") {
        return String(parts[1])
      }
    }
    return "pni-lint --help"
  }
}

/// All commands.
struct PNILint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pni-lint",
    abstract: "Proves what the security groups of Confluent Cloud PNI allow.",
    discussion: """
      Reads EC2 describe output, Terraform plans and YAML, turns them into exact sets of flows, and \
      decides policies on these sets. Every violation comes with a concrete flow that proves it; \
      what depends on something unknown is said to be undecided.

      Exit codes: 0 nothing at or above the threshold, 1 findings (violated or undecided), \
      2 could not run or could not read an input.
      """,
    version: Version.current,
    subcommands: [Lint.self, Show.self, Explain.self, Policies.self],
    defaultSubcommand: Lint.self)
}

/// The tool's version.
enum Version {
  static let current = "0.1.0"
}
