import BenchmarkInputs

/// Writes an input of a made-up account: the same bytes for the same options.
enum GenerateCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    let name = try arguments.value(of: "the form")
    guard let form = GeneratedInput.Form(rawValue: name) else {
      let forms = GeneratedInput.Form.allCases.map(\.rawValue).joined(separator: ", ")
      throw Arguments.Wrong("there is no form \(name); there are \(forms)")
    }
    var groups = 100
    var interfaces: Int?
    var size: Int?
    var rules = 12
    var seed: UInt64 = 1
    var path: String?
    while let option = arguments.next() {
      switch option {
      case "--groups": groups = try arguments.count(of: option)
      case "--interfaces" where form == .interfaces:
        interfaces = try arguments.count(of: option)
      case "--size": size = try arguments.size(of: option)
      case "--rules": rules = min(1000, try arguments.count(of: option))
      case "--seed": seed = UInt64(try arguments.count(of: option))
      case "-o": path = try arguments.value(of: option)
      default: throw Arguments.Wrong("generate has no option \(option)")
      }
    }
    let input =
      if let size {
        GeneratedInput(form, size: size, rules: rules, seed: seed)
      } else {
        GeneratedInput(
          form, elements: form == .interfaces ? interfaces ?? groups * 3 : groups, groups: groups,
          rules: rules, seed: seed)
      }

    let file = try path.map(Files.create) ?? Files.standardOutput
    var isWhole = true
    input.write(to: ByteSink { piece in if !Files.write(piece, to: file) { isWhole = false } })
    guard isWhole, Files.close(file) else {
      throw Arguments.Wrong("\(path ?? "standard output") cannot be written")
    }
  }
}
