import Loaders

/// Passes over a file of JSON and reads it into a tree, and says how fast each was.
enum JSONCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    let path = try arguments.value(of: "the file")
    var rounds = 1
    while let option = arguments.next() {
      switch option {
      case "--rounds": rounds = max(1, try arguments.count(of: option))
      default: throw Arguments.Wrong("json has no option \(option)")
      }
    }
    let bytes = try Files.read(path)
    let clock = ContinuousClock()
    func fastest(
      _ name: String, _ body: () throws(SyntaxError) -> Void
    ) throws(Arguments.Wrong) {
      var best = Duration.seconds(1_000_000)
      for _ in 0..<rounds {
        let start = clock.now
        do throws(SyntaxError) { try body() } catch {
          throw Arguments.Wrong("\(path): byte \(error.offset): \(error.message)")
        }
        best = min(best, clock.now - start)
      }
      let speed = Double(bytes.count) / 1e6 / (best / .seconds(1))
      print("\(name): \((best / .milliseconds(1) * 1000).rounded() / 1000) ms, \(Int(speed)) MB/s")
    }
    try bytes.withUnsafeBufferPointer { numbers throws(Arguments.Wrong) in
      let buffer = UnsafeRawBufferPointer(numbers)
      try fastest("passed over") { () throws(SyntaxError) in
        var reader = JSONReader(buffer)
        try reader.skip()
      }
      try fastest("read into a tree") { () throws(SyntaxError) in
        var reader = JSONReader(buffer)
        try reader.read(into: Document(bytes: buffer, source: 0))
      }
    }
  }
}
