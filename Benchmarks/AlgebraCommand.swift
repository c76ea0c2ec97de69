/// Times the algebra on typical and adversarial shapes and prints a table.
///
/// With `--export` it also writes the boxes of the shapes that are asked of Z3 as lines, so that both
/// are asked the same questions.
enum AlgebraCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    var largest = 100_000
    var export: String?
    while let option = arguments.next() {
      switch option {
      case "--largest": largest = try arguments.count(of: option)
      case "--export": export = try arguments.value(of: option)
      default: throw Arguments.Wrong("algebra has no option \(option)")
      }
    }
    AlgebraTable(largest: largest, export: export).run()
  }
}
