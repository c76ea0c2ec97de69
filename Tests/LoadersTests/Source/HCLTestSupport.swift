import Foundation
import SGModel
import Testing

@testable import Loaders

/// A file of HCL on one line, for comparing: brackets around every operand make its structure plain.
enum HCLText {
  static func describe(_ body: HCLBody) -> String {
    (body.attributes.map { "\($0.name) = \(describe($0.value))" }
      + body.blocks.map { block in
        ([block.type] + block.labels.map { "\"\($0)\"" }).joined(separator: " ")
          + " { \(describe(block.body)) }"
      }).joined(separator: "; ")
  }

  static func describe(_ expression: HCLExpression) -> String {
    switch expression.kind {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let text): text
    case .string(let text): "'\(text)'"
    case .traversal(let name, let steps): name + steps.map { describe($0) }.joined()
    case .access(let base, let steps): "<\(describe(base))>" + steps.map { describe($0) }.joined()
    case .tuple(let list): "[\(list.map { describe($0) }.joined(separator: ", "))]"
    case .object(let items):
      "{"
        + items.map { "\($0.keyText ?? describe($0.key)): \(describe($0.value))" }
        .joined(separator: ", ") + "}"
    case .call(let name, let list, let expands):
      "\(name)(\(list.map { describe($0) }.joined(separator: ", "))\(expands ? "..." : ""))"
    case .conditional(let condition, let first, let second):
      "<\(describe(condition)) ? \(describe(first)) : \(describe(second))>"
    case .template(let parts, let isPlain):
      "\(isPlain ? "" : "~")\"\(parts.map { describe($0) }.joined(separator: " "))\""
    case .unary(let sign, let inner): "\(String(UnicodeScalar(sign)))\(describe(inner))"
    case .operation(let operands, let operators):
      zip([""] + operators.map { " \($0.rawValue) " }, operands.map { describe($0) })
        .map { $0 + $1 }.joined()
    case .loop(let loop):
      "for \(loop.keyName.map { "\($0), " } ?? "")\(loop.valueName) in \(describe(loop.collection)): "
        + (loop.key.map { "\(describe($0)) => " } ?? "") + describe(loop.value)
        + (loop.isGrouped ? "..." : "") + (loop.condition.map { " if \(describe($0))" } ?? "")
    case .parentheses(let inner): "(\(describe(inner)))"
    }
  }

  private static func describe(_ step: HCLStep) -> String {
    switch step {
    case .attribute(let name): ".\(name)"
    case .index(let key): "[\(describe(key))]"
    case .splat: "[*]"
    case .attributeSplat: ".*"
    }
  }

  static func read(_ text: String) throws -> HCLFile {
    let bytes = SourceBytes(Array(text.utf8))
    return try HCLReader.read(bytes.buffer)
  }

  /// The error that reading ends with.
  static func error(_ bytes: SourceBytes) -> SyntaxError? {
    do throws(SyntaxError) {
      _ = try HCLReader.read(bytes.buffer)
      return nil
    } catch {
      return error
    }
  }
}

/// Terraform itself, where it is installed.
enum TerraformProgram {
  static let path: String? = {
    ["/usr/local/bin/terraform", "/usr/bin/terraform", "/opt/homebrew/bin/terraform"]
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Returns what `terraform console` says of each expression, as JSON; nothing where it could not be
  /// asked.
  static func evaluated(_ expressions: [String]) throws -> [String]? {
    let all = expressions.map { "jsonencode(\($0))" }.joined(separator: ", ")
    guard let said = try run(["console"], input: "base64encode(jsonencode([\(all)]))\n") else {
      return nil
    }
    let base64 = said.trimmingCharacters(in: CharacterSet(charactersIn: "\" \n"))
    guard let data = Data(base64Encoded: base64) else {
      Issue.record("terraform console: \(said)")
      return nil
    }
    return try JSONDecoder().decode([String].self, from: data)
  }

  /// Runs Terraform in a folder of its own with these files.
  private static func run(
    _ arguments: [String], files: [String: Data] = [:], input: String = ""
  ) throws -> String? {
    guard let path else { return nil }
    let folder = FileManager.default.temporaryDirectory.appending(path: "hcl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try text.write(to: folder.appending(path: name)) }
    let messages = folder.appending(path: "messages")
    let question = folder.appending(path: "question")
    try Data().write(to: messages)
    try Data(input.utf8).write(to: question)
    let output = try FileHandle(forWritingTo: messages)
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = try FileHandle(forReadingFrom: question)
    process.standardOutput = output
    process.standardError = output
    process.environment = ["CHECKPOINT_DISABLE": "1", "HOME": folder.path]
    try process.run()
    process.waitUntilExit()
    return String(decoding: try Data(contentsOf: messages), as: UTF8.self)
  }

  /// Returns which of `texts` Terraform's own parser refuses, by their numbers; nothing where it
  /// could not be asked.
  static func refused(_ texts: [[UInt8]]) throws -> Set<Int>? {
    let files = Dictionary(
      uniqueKeysWithValues: texts.enumerated().map { ("n\($0.offset).tf", Data($0.element)) })
    guard
      let said = try run(["fmt", "-list=false", "-write=false", "-no-color", "."], files: files)
    else { return nil }
    var result: Set<Int> = []
    // `on n12.tf line 1:` stands in each error.
    for part in said.components(separatedBy: "on n").dropFirst() {
      let digits = part.prefix { $0.isNumber }
      if part.dropFirst(digits.count).hasPrefix(".tf"), let number = Int(digits) {
        result.insert(number)
      }
    }
    return result
  }
}
