import SGModel

/// Times the algebra on typical and adversarial shapes, or the reading of a file.
///
/// `pni-bench algebra [--boxes FILE]` prints the table; with `--boxes` it also writes the boxes of the
/// shapes that are asked of Z3 as lines, so that both are asked the same question in one run.
/// `pni-bench load FILE` prints the CPU time and the peak memory of reading it.
@main
struct EntryPoint {
  static func main() {
    var arguments = CommandLine.arguments.dropFirst()
    switch arguments.popFirst() {
    case "algebra": algebra(arguments)
    case "load": load(arguments)
    default:
      print(
        """
        usage: pni-bench algebra [--largest N] [--export FOLDER-PREFIX]
               pni-bench load FILE [--step skip|facts|estate] [--rounds N]
        """)
    }
  }

  private static func algebra(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    var largest = 100_000
    var export: String?
    while let option = arguments.popFirst() {
      switch option {
      case "--largest": largest = arguments.popFirst().flatMap { Int($0) } ?? largest
      case "--export": export = arguments.popFirst()
      default: print("unknown option \(option)")
      }
    }
    AlgebraTable(largest: largest, export: export).run()
  }

  private static func load(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    var path: String?
    var step = LoadTimes.Step.facts
    var rounds = 3
    while let argument = arguments.popFirst() {
      switch argument {
      case "--step":
        step = arguments.popFirst().flatMap { LoadTimes.Step(rawValue: $0) } ?? step
      case "--rounds": rounds = arguments.popFirst().flatMap { Int($0) } ?? rounds
      default: path = argument
      }
    }
    guard let path else {
      print("pni-bench load: which file?")
      return
    }
    LoadTimes(path: path, step: step, rounds: rounds).run()
  }
}
