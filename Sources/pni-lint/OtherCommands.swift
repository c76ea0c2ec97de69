public import ArgumentParser
import LintDriver
public import Reporters
import SGModel

/// `pni-lint show`.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what each group really allows, normalised.",
    discussion: "For certain (must), and possibly (may) where something is unknown.")

  @OptionGroup var inputs: InputOptions

  @Option(name: .shortAndLong, help: "text or json.")
  var format: ShowFormat = .text

  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file"))
  var output: String?

  @Option(help: "Colours: auto, always or never. auto respects NO_COLOR.")
  var color: LintRequest.Color = .auto

  func run() throws {
    let request = LintRequest(
      paths: inputs.paths, selectors: inputs.select, vpcCIDRs: inputs.vpcCidr,
      sourceRoot: inputs.sourceRoot, color: color, version: Version.current)
    throw ExitCode(LintRun.show(request, format: format, path: output).rawValue)
  }
}

extension ShowFormat: ExpressibleByArgument {}

/// `pni-lint explain`.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain a policy: what it says, why, and what to do.")

  @Argument(help: ArgumentHelp("The policy's id, for example pni-egress.", valueName: "id"))
  var id: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("A pack by name, file or folder; repeatable.", valueName: "name|file|dir"))
  var policy: [String] = []

  func run() throws { throw ExitCode(PolicyText.explain(id, packs: policy).rawValue) }
}

/// `pni-lint policies`.
struct Policies: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List packs with their policies and parameters.")

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A pack by name, file or folder; repeatable. Default: all embedded packs.",
      valueName: "name|file|dir"))
  var policy: [String] = []

  func run() throws { throw ExitCode(PolicyText.list(packs: policy).rawValue) }
}
