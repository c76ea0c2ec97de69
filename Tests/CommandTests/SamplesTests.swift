import Foundation
import Testing

/// A text of commands, each with what it prints and how it ends, as in a terminal.
///
///     $ pni-lint plan.json
///     0 violated, …
///     [exit 0]
struct Transcript {
  /// The commands, without `$ `.
  var commands: [String]

  init(_ text: String) {
    commands = text.split(separator: "\n").filter { $0.hasPrefix("$ pni-lint") }
      .map { String($0.dropFirst(2)) }
  }

  /// The same commands with what they print now.
  func replayed(in folder: URL) throws -> String {
    try commands.map { command in
      let words = command.split(separator: " ").dropFirst().map(String.init)
      let result = try Program.run(words, in: folder)
      return "$ \(command)\n\(result.output)\(result.errors)[exit \(result.status)]\n"
    }.joined(separator: "\n")
  }
}

@Suite struct SamplesTests {
  static let folder = Program.root.appending(path: "samples")
  static let cases = folder.subfolders

  @Test func thereAreSamples() { #expect(Self.cases.count >= 6) }

  @Test(arguments: cases) func isJudgedAsExpected(sample: String) throws {
    let folder = Self.folder.appending(path: sample)
    let file = folder.appending(path: "expected.txt")
    let text = try #require(
      try? String(contentsOf: file, encoding: .utf8),
      "samples/\(sample) has no expected.txt; begin one with a line such as: $ pni-lint .")
    let transcript = Transcript(text)
    #expect(!transcript.commands.isEmpty, "no line begins with: $ pni-lint")
    try Golden.check(try transcript.replayed(in: folder), file)
  }

  /// A run that reads all samples says of each what a run of its own says: nothing leaks from one
  /// input into another.
  @Test func allInOneRunIsAsEachAlone() throws {
    // Values that cannot be read end every run with 2; they are compared by `isJudgedAsExpected`.
    let samples = Self.cases.filter { $0 != "bad-values" }
    func judge(_ samples: [String]) throws -> [String] {
      let result = try Program.run(
        ["--select", "all", "-f", "json"] + samples.map { "samples/\($0)" })
      #expect(result.status <= 1, "\(result.errors)")
      return try result.json["results"].elements.map { finding in
        let subject = finding["subject"]
        return [
          subject["input"], subject["address"], subject["id"], finding["id"], finding["verdict"],
          finding["message"], finding["witness"]["peer"], finding["fingerprint"],
        ].map { $0.string ?? "-" }.joined(separator: " | ")
      }
    }
    let together = try judge(samples)
    let alone = try samples.flatMap { try judge([$0]) }
    #expect(together.sorted() == alone.sorted())
    #expect(together.count > 50)
  }
}
