import ArgumentParser
import LintDriver

/// The program.
@main
struct EntryPoint {
  static func main() {
    // ArgumentParser ends with 64 for a wrong usage and 1 for errors, which mean something else here.
    do {
      var command = try PNILint.parseAsRoot()
      try command.run()
    } catch {
      let isHelp = PNILint.exitCode(for: error) == .success
      let text = PNILint.fullMessage(for: error)
      if let status = error as? ExitCode { Exit.now(status.rawValue) }
      Exit.say(text, toStandardOutput: isHelp)
      Exit.now(isHelp ? ExitStatus.clean.rawValue : ExitStatus.couldNotRun.rawValue)
    }
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
