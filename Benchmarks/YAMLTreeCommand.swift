import Loaders

/// Prints the one document of a file of YAML as JSON (scripts/embed-packs).
enum YAMLTreeCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    let path = try arguments.value(of: "the file")
    try arguments.end()
    let bytes = try Files.read(path)
    var out: [UInt8] = []
    let problem = bytes.withUnsafeBytes { bytes -> SyntaxError? in
      do throws(SyntaxError) {
        let documents = try YAMLReader.documents(in: bytes, source: 0)
        if documents.count == 1, let root = documents.first?.root { PlainJSON.write(root, &out) }
        return nil
      } catch {
        return error
      }
    }
    if let problem {
      throw Arguments.Wrong("\(path): byte \(problem.offset): \(problem.message)")
    }
    guard !out.isEmpty else { throw Arguments.Wrong("\(path): expected one document") }
    out.append(0x0A)
    guard Files.write(out, to: Files.standardOutput) else {
      throw Arguments.Wrong("standard output cannot be written")
    }
  }
}
