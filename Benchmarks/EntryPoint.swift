import SGModel

/// Times the algebra on typical and adversarial shapes and prints a table.
///
/// `pni-bench algebra [--boxes FILE]` prints the table; with `--boxes` it also writes the boxes of the
/// shapes that are asked of Z3 as lines, so that both are asked the same question in one run.
@main
struct EntryPoint {
  static func main() {
    var arguments = CommandLine.arguments.dropFirst()
    guard arguments.popFirst() == "algebra" else {
      print("usage: pni-bench algebra [--largest N] [--export FOLDER-PREFIX]")
      return
    }
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
}
