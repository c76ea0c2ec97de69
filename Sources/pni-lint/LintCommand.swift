public import ArgumentParser
public import LintDriver
import Reporters
import SGModel

/// `pni-lint [lint]`.
struct Lint: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge security groups by policies.",
    discussion: """
      PATH is a file, a folder (read recursively: .json, .yaml, .yml) or - for standard input. \
      Several inputs make one estate: give the groups together with their VPCs, network interfaces \
      and prefix lists.
      """)

  @OptionGroup var inputs: InputOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("A pack by name, file or folder; repeatable.", valueName: "name|file|dir"))
  var policy: [String] = ["pni"]

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set a parameter of a pack, for example clients=10.9.0.0/16; repeatable.",
      valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The form of the report; with =FILE it goes there. Repeatable. Default: text.",
      valueName: "format[=file]"))
  var format: [OutputChoice] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the report to this file.", valueName: "file"))
  var output: String?

  @Flag(help: "Suggest changes that make violated policies hold, proved on the model.")
  var fix = false

  @Option(help: "Exit with 1 from this severity on: error, warning, note or never.")
  var failOn: Threshold = .error

  @Option(
    help: "What an undecided result counts as: error, warning, note, or same as its policy.")
  var undecided: UndecidedChoice = .same

  @Option(help: "Colours: auto, always or never. auto respects NO_COLOR.")
  var color: LintRequest.Color = .auto

  @Flag(name: .shortAndLong, help: "One line per finding, no summary.")
  var quiet = false

  @Option(help: "How many threads may work; by default as many as can run at once.")
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on") }
    let toStandardOutput = format.filter { $0.path == nil }.count
    if output != nil, toStandardOutput > 1 {
      throw ValidationError("-o takes one report; write the others with -f format=file")
    }
    if output == nil, toStandardOutput > 1 {
      throw ValidationError(
        "two reports cannot share standard output; write one with -f format=file")
    }
    if output != nil, !format.isEmpty, toStandardOutput == 0 {
      throw ValidationError("every report has a file of its own; leave out -o")
    }
    let files = format.compactMap { $0.path } + (output.map { [$0] } ?? [])
    for (index, file) in files.enumerated() where files[..<index].contains(file) {
      throw ValidationError("two reports cannot share the file \(file)")
    }
  }

  func run() throws {
    var outputs = format.map { LintRequest.Output(format: $0.format, path: $0.path ?? output) }
    if outputs.isEmpty { outputs = [LintRequest.Output(format: .text, path: output)] }
    let status = LintRun.lint(
      LintRequest(
        paths: inputs.paths, policies: policy, settings: settings, selectors: inputs.select,
        vpcCIDRs: inputs.vpcCidr, sourceRoot: inputs.sourceRoot, outputs: outputs,
        suggestsFixes: fix, threshold: failOn.severity, undecided: undecided.severity,
        color: color, isQuiet: quiet, jobs: jobs, version: Version.current))
    throw ExitCode(status.rawValue)
  }
}

/// What `lint` and `show` read.
struct InputOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Files, folders, or - for standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "Which groups: all, auto, an id, name or address (with * and ?), tag:K=V or vpc:ID; repeatable. auto: for pni the groups on PNI interfaces where the input shows any, else all.",
      valueName: "selector"))
  var select: [String] = []

  @Option(
    help: ArgumentHelp(
      "A CIDR of a VPC that the input does not contain; repeatable.", valueName: "[vpc=]cidr"))
  var vpcCidr: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      The folder of the .tf files that a plan was made of; findings then point at them. Default: \
      the plan's own folder, where its files declare the plan's resources.
      """, valueName: "dir"))
  var sourceRoot: String?

  func validate() throws {
    if paths.isEmpty {
      throw ValidationError(
        "no input; give the output of `terraform show -json PLAN` or of `aws ec2 describe-security-groups --output json`"
      )
    }
  }
}

/// A format with the file it goes to.
struct OutputChoice: ExpressibleByArgument {
  var format: ReportFormat
  var path: String?

  static let allValueStrings = ReportFormat.allCases.map { $0.rawValue }

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let format = ReportFormat(rawValue: String(parts[0])) else { return nil }
    self.format = format
    if parts.count == 2 {
      guard !parts[1].isEmpty else { return nil }
      path = String(parts[1])
    }
  }
}

/// What makes a run fail.
enum Threshold: String, ExpressibleByArgument, CaseIterable {
  case error, warning, note, never

  var severity: Severity? { Severity(rawValue: rawValue) }
}

/// What an undecided result counts as.
enum UndecidedChoice: String, ExpressibleByArgument, CaseIterable {
  case error, warning, note, same

  var severity: Severity? { Severity(rawValue: rawValue) }
}

extension LintRequest.Color: ExpressibleByArgument {}
