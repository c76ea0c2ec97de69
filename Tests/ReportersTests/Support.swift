import Foundation
import Reporters
import SGModel
import Testing

/// Ours, not the one of Swift Testing.
typealias Issue = SGModel.Issue

/// A file with spans that are found by their text.
struct Sample {
  var path: String
  var text: String
  var number: Int32 = 0

  var file: SourceFile { SourceFile(path: path, bytes: SourceBytes(Array(text.utf8))) }

  /// The span of `part`, which must occur exactly once.
  func span(of part: String) throws -> SourceSpan {
    let data = Data(text.utf8)
    let first = try #require(data.range(of: Data(part.utf8)))
    #expect(data.range(of: Data(part.utf8), in: first.upperBound..<data.endIndex) == nil)
    return SourceSpan(source: number, start: first.lowerBound, end: first.upperBound)
  }
}

extension Subject {
  static func group(
    _ address: String?, id: String? = nil, name: String? = nil, input: String = "plan.json"
  ) -> Subject {
    Subject(
      kind: "security-group", id: id, address: address, name: name, input: input, vpc: nil)
  }
}

extension Finding {
  /// A finding with little in it, to be filled in.
  static func sample(
    _ verdict: Verdict = .violated, policy: String = "pni-egress", severity: Severity = .error,
    subject: Subject = .group("aws_security_group.main"),
    message: String = "egress of aws_security_group.main is not empty", span: SourceSpan? = nil
  ) -> Finding {
    Finding(
      policy: policy, pack: "pni", severity: severity, verdict: verdict, subject: subject,
      message: message, help: nil, witness: nil, unknowns: [], span: span, causes: [],
      furtherCauses: 0, notes: [], fingerprint: "0123456789abcdef0123456789abcdef")
  }

  func with(_ change: (inout Finding) -> Void) -> Finding {
    var copy = self
    change(&copy)
    return copy
  }
}

extension Policy {
  static func sample(_ id: String, severity: Severity = .error) -> Policy {
    Policy(
      id: id, pack: "pni", says: "egress is empty", severity: severity, direction: .egress,
      services: .all, serviceList: [.all], question: .onlyWith([]),
      rationale: "What is not open cannot be used.", help: "remove every egress entry",
      references: [.init(title: "The guide", url: "https://example.com/a guide")],
      equivalents: ["CKV_AWS_382"])
  }
}

extension Report {
  static func sample(
    _ findings: [Finding] = [], sources: [SourceFile] = [], issues: [Issue] = [],
    inputs: [Input] = [Input(path: "plan.json", kind: "terraform-plan", groups: 3)],
    fixes: [SuggestedFix]? = nil
  ) -> Report {
    Report(
      version: "1.2.3", inputs: inputs, sources: sources,
      policies: [.sample("pni-extra-ingress"), .sample("pni-egress"), .sample("pni-note")],
      findings: Findings(findings), issues: issues, groupsFound: 3, groupsJudged: 3,
      selection: "all groups", fixes: fixes, undecidedCountsAs: nil, threshold: .error)
  }

  /// The bytes of the report in that format.
  func bytes(_ format: ReportFormat, _ options: ReportOptions = ReportOptions()) throws -> Data {
    var data = Data()
    try format.render(self, options: options) { data.append(contentsOf: $0) }
    return data
  }

  /// The text of the report in that format; fails if it is not UTF-8.
  func text(_ format: ReportFormat, _ options: ReportOptions = ReportOptions()) throws -> String {
    try #require(String(data: bytes(format, options), encoding: .utf8))
  }

  /// The report as a program reads it.
  func parsed(_ format: ReportFormat) throws -> JSONValue {
    JSONValue(try JSONSerialization.jsonObject(with: bytes(format)))
  }
}

/// JSON to look into without casts.
///
/// A member that is missing is not the same as one that is null.
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
  var bool: Bool? { value as? Bool }
  var isNull: Bool { value is NSNull }
  var isMissing: Bool { value == nil }
  var count: Int? { (value as? [Any])?.count }
  var strings: [String]? { value as? [String] }
  var elements: [JSONValue] { (value as? [Any] ?? []).map { JSONValue($0) } }
  var names: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
}

/// Other programs that tests ask.
enum Tool {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures")
  static let sources = URL(filePath: #filePath).appending(
    path: "../../../Sources/Reporters"
  ).standardizedFileURL

  static let hasXMLLint = (try? run(["xmllint", "--version"]).status) == 0
  static let hasJSONSchema = (try? run(["python3", "-c", "import jsonschema"]).status) == 0

  /// Runs a program and returns how it ended and all that it said.
  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// Puts `data` into a file for the time of `body`.
  static func withFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try data.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
  }
}
