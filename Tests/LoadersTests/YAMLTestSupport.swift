import Foundation
import SGModel
import Testing

@testable import Loaders

/// A text with marks: each `↓` stands before a place that the test names by its number.
struct MarkedText {
  let bytes: SourceBytes
  let marks: [Int]

  init(_ text: String) {
    var plain: [UInt8] = []
    var marks: [Int] = []
    for scalar in text.unicodeScalars {
      if scalar == "↓" { marks.append(plain.count) } else { plain += Array(String(scalar).utf8) }
    }
    bytes = SourceBytes(plain)
    self.marks = marks
  }

  var buffer: UnsafeRawBufferPointer { bytes.buffer }
  var text: String { String(decoding: buffer, as: UTF8.self) }
}

/// Documents together with the bytes that they point into.
///
/// Both are kept for as long as the tests run, so that a test can hold on to a value alone.
struct ReadYAML {
  let documents: [Document]
  let bytes: SourceBytes

  init(_ text: String) throws { try self.init(SourceBytes(Array(text.utf8))) }

  init(_ bytes: SourceBytes) throws {
    self.bytes = bytes
    documents = try YAMLReader.documents(in: bytes.buffer, source: 3)
    _ = Unmanaged.passRetained(bytes)
    for document in documents { _ = Unmanaged.passRetained(document) }
  }

  /// The tree of the first document on one line; scalars as they read, in quotes where the file
  /// has quotes.
  var description: String { documents.first?.root.map { Self.describe($0) } ?? "(nothing)" }

  static func describe(_ value: Value) -> String {
    switch value.kind {
    case .object:
      "{"
        + value.members.map { "\(describe($0.key)): \(describe($0.value))" }.joined(separator: ", ")
        + "}"
    case .array: "[" + value.elements.map { describe($0) }.joined(separator: ", ") + "]"
    case .string: "\"\(value.text)\""
    default: value.text
    }
  }
}

/// The error that reading a text ends with, and the place it should stand at.
func yamlError(_ marked: MarkedText) -> SyntaxError? {
  do throws(SyntaxError) {
    _ = try YAMLReader.documents(in: marked.buffer, source: 0)
    return nil
  } catch {
    return error
  }
}

/// The folder of the test's own files, and the one of the repository.
enum Folder {
  static let tests = URL(filePath: #filePath).deletingLastPathComponent()
  static let repository = tests.deletingLastPathComponent().deletingLastPathComponent()
  static let fixtures = tests.appending(path: "Fixtures")

  static func bytes(_ url: URL) throws -> SourceBytes {
    SourceBytes([UInt8](try Data(contentsOf: url)))
  }
  static func file(_ url: URL) throws -> SourceFile {
    SourceFile(path: url.lastPathComponent, bytes: try bytes(url))
  }
}

/// Python with the modules that a test compares with, where it is installed.
enum Python {
  static let hasYAML = run("import yaml", input: Data())?.status == 0
  static let hasSchemas = run("import yaml, jsonschema", input: Data())?.status == 0

  static func run(
    _ program: String, _ arguments: [String] = [], input: Data
  ) -> (status: Int32, output: String)? {
    // Files and not pipes: reading a pipe can be interrupted by the end of another process.
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "pni-lint-\(UUID().uuidString)")
    let feed = folder.appending(path: "in")
    let result = folder.appending(path: "out")
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try input.write(to: feed)
      try Data().write(to: result)
      let output = try FileHandle(forWritingTo: result)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", "-W", "ignore", "-c", program] + arguments
      process.standardInput = try FileHandle(forReadingFrom: feed)
      process.standardOutput = output
      process.standardError = output
      try process.run()
      process.waitUntilExit()
      return (
        process.terminationStatus, String(decoding: try Data(contentsOf: result), as: UTF8.self)
      )
    } catch {
      return nil
    }
  }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
