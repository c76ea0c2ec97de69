/// The commands that measure; each has a file of its own.
@main
struct EntryPoint {
  static func main() {
    var arguments = Arguments(CommandLine.arguments.dropFirst())
    do throws(Arguments.Wrong) {
      switch arguments.next() {
      case "account": try AccountCommand.run(&arguments)
      case "algebra": try AlgebraCommand.run(&arguments)
      case "generate": try GenerateCommand.run(&arguments)
      case "json": try JSONCommand.run(&arguments)
      case "load": try LoadCommand.run(&arguments)
      case "json-check": try JSONCheckCommand.run(&arguments)
      case "yaml-events": try YAMLEventsCommand.run(&arguments)
      case "yaml-tree": try YAMLTreeCommand.run(&arguments)
      case let other: throw Arguments.Wrong(other.map { "there is no command \($0)" } ?? usage)
      }
    } catch {
      Files.complain("pni-bench: \(error.message)\n")
    }
  }

  private static let usage = """
    usage:
      pni-bench account FILE... [--jobs N]  asks all questions about a whole account
      pni-bench algebra [--largest N] [--export FOLDER-PREFIX]
      pni-bench generate describe|plan|yaml|interfaces [--groups N | --size 10MB] [--rules 12] [--seed 1] [-o FILE]
      pni-bench generate interfaces --groups N [--interfaces N]   three per group where it is not said
      pni-bench json FILE [--rounds N]      passes over and reads the values of a file of JSON
      pni-bench load FILE [--rounds N] [--joined]  reads a file as pni-lint does; CPU time and memory
      pni-bench json-check                  judges texts on standard input (scripts/fuzz-json)
      pni-bench yaml-events FILE            libyaml's events, and nothing else
      pni-bench yaml-tree FILE              a file of YAML as JSON (scripts/embed-packs)
    """
}
