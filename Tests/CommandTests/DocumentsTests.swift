import Foundation
import Testing

/// The documents say what the program does: their examples are run, their links lead somewhere.
@Suite struct DocumentsTests {
  static let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: Program.root.appending(path: name), encoding: .utf8)
  }

  /// The fenced blocks of a language, each with the range of its text.
  private static func blocks(_ language: String, of text: String) -> [Range<String.Index>] {
    var blocks: [Range<String.Index>] = []
    var rest = text[...]
    while let open = rest.range(of: "```\(language)\n"),
      let close = rest[open.upperBound...].range(of: "```")
    {
      blocks.append(open.upperBound..<close.lowerBound)
      rest = rest[close.upperBound...]
    }
    return blocks
  }

  /// Console examples are transcripts: run again from the root, they print what stands there.
  @Test(arguments: names) func examplesPrintWhatTheySay(name: String) throws {
    let text = try Self.text(name)
    var actual = text
    for block in Self.blocks("console", of: text).reversed() {
      let transcript = Transcript(String(text[block]))
      #expect(!transcript.commands.isEmpty)
      actual.replaceSubrange(block, with: try transcript.replayed(in: Program.root))
    }
    try Golden.check(actual, Program.root.appending(path: name))
  }

  /// Every command of a script or of a CI configuration runs, and writes the files it names.
  @Test(arguments: names) func commandsRun(name: String) throws {
    let text = try Self.text(name)
    let blocks = ["sh", "yaml"].flatMap { Self.blocks($0, of: text) }
    let commands = blocks.flatMap { text[$0].split(separator: "\n") }.compactMap { line in
      line.firstMatch(of: /^(?:[ -]|run: )*pni-lint( .+)$/).map { String($0.1) }
    }
    if name == "README.md" { #expect(commands.count >= 5) }
    let samples = SamplesTests.folder.appending(path: "guide")
    for command in commands {
      try TemporaryFolder.use { folder in
        for input in ["plan.json", "describe"] {
          try FileManager.default.copyItem(
            at: samples.appending(path: input), to: folder.appending(path: input))
        }
        let words = command.split(separator: " ").map(String.init)
        let result = try Program.run(words, in: folder)
        #expect(result.status == 0, "\(command): \(result)")
        for word in words where word.contains("=") {
          guard let file = word.split(separator: "=").last.map(String.init) else { continue }
          #expect(FileManager.default.fileExists(atPath: folder.appending(path: file).path))
        }
      }
    }
  }

  @Test(arguments: names) func linksLeadSomewhere(name: String) throws {
    let text = try Self.text(name)
    for link in text.matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/) {
      let path = Program.root.appending(path: String(link.1)).path
      #expect(FileManager.default.fileExists(atPath: path), "\(name) links to \(link.1)")
    }
  }

  /// The tables of policies are the packs.
  @Test(arguments: ["pni", "terraform"]) func theTablesOfPoliciesAreThePacks(pack: String) throws {
    let rows = try Self.text("README.md").matches(of: /\n\| `([a-z-]+)` \| (\w+) \| (.+?) \|/)
      .map { "\($0.1) \($0.2) \($0.3)" }.filter { $0.hasPrefix("\(pack)-") }
    let listed = try Program.run(["policies", "-p", pack]).output
      .matches(of: /\n  ([a-z-]+) +(error|warning|note) +(.+)/).map { "\($0.1) \($0.2) \($0.3)" }
    #expect(!rows.isEmpty && rows == listed)
  }

  /// The version of the program has its entry.
  @Test func theVersionIsInTheChangelog() throws {
    let version = try Program.run(["--version"]).output.trimmingCharacters(in: .newlines)
    #expect(try Self.text("CHANGELOG.md").contains("\n## [\(version)]"))
  }

  /// Every sample is told of, and nothing else is.
  @Test func theListOfSamplesIsWhole() throws {
    let listed = try Self.text("samples/README.md").matches(of: /\n\| \[([a-z0-9-]+)\]\(\1\)/)
      .map { String($0.1) }
    #expect(listed.sorted() == SamplesTests.cases)
  }
}
