import Foundation
import Testing

/// The program as the tests see it: a file to run, from outside.
enum Program {
  /// The root of the repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// The program that was built together with these tests.
  static let path: String = {
    var folders: [URL] = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    folders.append(URL(filePath: CommandLine.arguments[0]))
    let candidates = folders.map { $0.deletingLastPathComponent().appending(path: "pni-lint").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
      ?? root.appending(path: ".build/debug/pni-lint").path
  }()

  /// How a run ended, and what it said.
  struct Result: CustomStringConvertible {
    var status: Int32
    var output: String
    var errors: String

    /// The lines of standard error.
    var errorLines: [Substring] { errors.split(separator: "\n") }

    /// The report as a program reads it.
    var json: JSONValue {
      get throws { JSONValue(try JSONSerialization.jsonObject(with: Data(output.utf8))) }
    }

    var description: String { "exit \(status)\n\(output)\n--- standard error\n\(errors)" }
  }

  /// Runs the program in `folder`, with an environment that holds nothing of the tester's own.
  static func run(
    _ arguments: [String], in folder: URL = root, input: String = "",
    environment: [String: String] = [:]
  ) throws -> Result {
    try execute([path] + arguments, in: folder, input: input, environment: environment)
  }

  /// Runs the program by a line of shell in which `"$@"` is the program with its arguments.
  static func shell(_ line: String, _ arguments: [String], in folder: URL = root) throws -> Result {
    try execute(["/bin/sh", "-c", line, "sh", path] + arguments, in: folder)
  }

  /// Runs any program.
  static func execute(
    _ command: [String], in folder: URL = root, input: String = "",
    environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = folder
    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    // Where the toolchain is not in its usual place, the program needs it to find Swift's libraries.
    variables["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    process.environment = variables.merging(environment) { $1 }
    // Files in the place of pipes: no output is too long for them.
    return try TemporaryFolder.use { scratch in
      let names = ["in", "out", "err"].map { scratch.appending(path: $0) }
      try Data(input.utf8).write(to: names[0])
      try Data().write(to: names[1])
      try Data().write(to: names[2])
      process.standardInput = try FileHandle(forReadingFrom: names[0])
      process.standardOutput = try FileHandle(forWritingTo: names[1])
      process.standardError = try FileHandle(forWritingTo: names[2])
      try process.run()
      process.waitUntilExit()
      return Result(
        status: process.terminationStatus,
        output: String(decoding: try Data(contentsOf: names[1]), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: names[2]), as: UTF8.self))
    }
  }
}

/// A folder that is gone when the test is over.
struct TemporaryFolder {
  var url: URL

  static func use<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let url = FileManager.default.temporaryDirectory.appending(path: "pni-lint-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
  }
}

extension URL {
  /// Writes a file into this folder.
  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: appending(path: name))
  }

  /// The names of the folders in this folder, sorted.
  var subfolders: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { name in
      var isFolder: ObjCBool = false
      let path = appending(path: name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && isFolder.boolValue
    }.sorted()
  }
}

/// JSON to look into without casts.
struct JSONValue {
  var value: Any?

  init(_ value: Any?) { self.value = value }

  subscript(name: String) -> JSONValue { JSONValue((value as? [String: Any])?[name]) }
  subscript(index: Int) -> JSONValue {
    guard let array = value as? [Any], array.indices.contains(index) else { return JSONValue(nil) }
    return JSONValue(array[index])
  }
  var string: String? { value as? String }
  var int: Int? { value as? Int }
  var elements: [JSONValue] { (value as? [Any] ?? []).map { JSONValue($0) } }
  var strings: [String] { value as? [String] ?? [] }
}

/// Texts that are kept in files and compared with what is.
enum Golden {
  /// Whether the files are to be rewritten.
  static let isUpdating = ProcessInfo.processInfo.environment["PNI_UPDATE_GOLDEN"] == "1"

  /// Compares `actual` with the file, or rewrites the file where that was asked for.
  static func check(_ actual: String, _ file: URL) throws {
    let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    guard actual != expected else { return }
    if isUpdating {
      try Data(actual.utf8).write(to: file)
      return
    }
    let difference = try TemporaryFolder.use { folder in
      try folder.write("actual", actual)
      return try Program.execute(
        ["/usr/bin/env", "diff", "-u", file.path, folder.appending(path: "actual").path]
      ).output
    }
    Issue.record(
      """
      \(file.path) is not what the program prints.
      If the new text is right, rewrite it: PNI_UPDATE_GOLDEN=1 swift test --filter CommandTests
      \(difference)
      """)
  }
}
