import Foundation
import Testing

/// Where reports go, and what happens when they do not arrive.
@Suite struct OutputTests {
  @Test(arguments: [
    ["samples/guide/plan.json"], ["show", "samples/guide/plan.json"], ["policies"],
    ["explain", "pni-egress"], ["--help"], ["lint", "--help"], ["--version"],
    ["-f", "json", "samples/guide/plan.json"], ["-f", "sarif", "samples/guide/plan.json"],
    ["-f", "junit", "samples/guide/plan.json"],
  ])
  func whatIsNotWrittenIsNoSuccess(arguments: [String]) throws {
    #expect(try Program.run(arguments).status == 0)
    for (line, reason) in [
      ("exec \"$@\" >/dev/full", "No space left on device"),
      ("exec \"$@\" >&-", "Bad file descriptor"),
    ] {
      let result = try Program.shell(line, arguments)
      #expect(result.status == 2)
      #expect(result.errors == "pni-lint: cannot write standard output: \(reason)\n", "\(result)")
    }
  }

  @Test func aReaderThatWentAwayIsNotToldAnything() throws {
    let result = try Program.shell(
      "{ \"$@\"; echo $? >&2; } | true", ["-f", "json", "--select", "all", "samples/guide"])
    #expect(result.errors == "2\n" || result.errors == "0\n", "\(result)")
  }

  @Test func aFullDiskLeavesTheOldReport() throws {
    let result = try Program.run(["-o", "/dev/full", "samples/guide/plan.json"])
    #expect(result.status == 2)
    #expect(result.errors == "pni-lint: cannot write /dev/full: No space left on device\n")
    try TemporaryFolder.use { folder in
      try folder.write("report.json", "old")
      let plan = Program.root.appending(path: "samples/guide/plan.json").path
      // A limit on the size of files stands for the full disk.
      let limited = try Program.shell(
        "trap '' XFSZ; ulimit -f 1; exec \"$@\"", ["-f", "json", "-o", "report.json", plan, plan],
        in: folder)
      if limited.status == 2 {
        let left = try String(contentsOf: folder.appending(path: "report.json"), encoding: .utf8)
        #expect(left == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.json"])
      }
    }
  }

  @Test func colourNeedsATerminal() throws {
    let colour = ["-q", "samples/cli-default-egress"]
    #expect(try !Program.run(colour, environment: ["TERM": "xterm"]).output.contains("\u{1B}"))
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
    func inTerminal(_ environment: String) throws -> String {
      try Program.shell(
        "TERM=xterm \(environment) script -qec \"$1 -q samples/cli-default-egress\" /dev/null", []
      ).output
    }
    #expect(try inTerminal("").contains("\u{1B}[1;31merror:"))
    #expect(try !inTerminal("NO_COLOR=1").contains("\u{1B}["))
    #expect(try inTerminal("NO_COLOR=").contains("\u{1B}[1;31merror:"))
    #expect(try !inTerminal("TERM=dumb").contains("\u{1B}["))
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    for format in ["text", "json", "sarif", "junit"] {
      let runs = try (0..<3).map { _ in
        try Program.run(["--fix", "-f", format, "--select", "all", "samples"]).output
      }
      #expect(runs[0] == runs[1] && runs[1] == runs[2])
    }
  }

  /// Who does not see the report sees the findings nowhere else.
  @Test func findingsAreOnStandardOutputAndAllElseOnStandardError() throws {
    let result = try Program.run(["samples/cli-default-egress", "nope.json"])
    #expect(result.status == 2)
    #expect(result.output.contains("error: egress of") && !result.output.contains("nope.json"))
    #expect(result.output.contains(", 1 input could not be read; judged: all groups"))
    #expect(result.errors == "pni-lint: nope.json: cannot be read: No such file or directory\n")
    let junit = try Program.run(["-f", "junit", "samples/cli-default-egress", "nope.json"])
    #expect(junit.output.contains("nope.json: cannot be read"))
  }

  /// Plans hold sensitive values in clear; no report and no message may repeat them.
  @Test func sensitiveValuesAreNeverPrinted() throws {
    let path = "samples/egress-rule-in-a-module/plan.json"
    let text = try String(contentsOf: Program.root.appending(path: path), encoding: .utf8)
    let secret = "10.99.0"
    #expect(try Program.run(["show", path]).output.contains(secret))
    // Both places in which a plan marks the values of the rule.
    let marked = text.replacing(
      /(otlp"(?:(?!otlp")[\s\S])*?"(?:after_sensitive|sensitive_values)": \{)/
    ) { "\($0.1)\n\"cidr_ipv4\": true," }
    #expect(marked != text)
    for command in [
      ["-f", "text"], ["-f", "json"], ["-f", "sarif"], ["-f", "junit"], ["-f", "json", "--fix"],
      ["--fix"], ["-q"], ["show"], ["show", "-f", "json"],
    ] {
      let result = try Program.run(command + ["-"], input: marked)
      #expect(result.status < 2, "\(result)")
      #expect(!result.description.contains(secret), "\(command): \(result)")
      #expect(command.first == "-q" || result.output.contains("sensitive value"), "\(result)")
    }
  }
}
