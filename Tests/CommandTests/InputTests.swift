import Foundation
import Testing

/// What is given in the place of the right input: exit 2, and one line that says what is wrong.
@Suite struct InputTests {
  private static let describe = Program.root.appending(
    path: "samples/cli-default-egress/describe-security-groups.json")

  @Test(arguments: [
    ("nope.json", nil, "nope.json: cannot be read: No such file or directory"),
    ("empty.json", "", "empty.json: is empty; expected EC2 describe output, a Terraform plan"),
    ("blank.json", " \n", "blank.json: is empty; expected"),
    (
      "cut.json", "{\n  \"SecurityGroups\": [\n    {\"GroupId\": ",
      "cut.json:3:17: the file ends where a value should be"
    ),
    (
      "plan.bin", "PK\u{3}\u{4}\u{0}", "plan.bin: is a binary plan (zip); expected the output of `t"
    ),
    (
      "stream.json",
      "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\",\"type\":\"version\"}\n",
      "stream.json: is the event stream of `terraform plan -json`, which holds no values; expected"
    ),
    (
      "package.json", "{\"name\": \"x\"}",
      "package.json: is JSON of another kind (its keys are `name`"
    ),
    (
      "plan.txt", "Terraform will perform the following actions:\n",
      "plan.txt: is a plan printed for people; expected the output of `terraform show -json PLAN`"
    ),
    (
      "state.json", "{\"version\": 4, \"serial\": 1, \"lineage\": \"x\", \"resources\": []}",
      "nothing was checked: there is no security group in the input"
    ),
    (
      "deploy.yaml", "kind: Deployment\n",
      "deploy.yaml: is YAML of another kind (its keys are `kind`"
    ),
    ("none.json", "{\"SecurityGroups\": []}", "nothing was checked: there is no security group in"),
    ("a\n::error::x.json", "", "a\\n::error::x.json: is empty"),
    ("\u{1B}[2J.json", "", "\\u{1B}[2J.json: is empty"),
    ("##[error]x.json", "", "\\u{23}#[error]x.json: is empty"),
  ])
  func isRefused(name: String, text: String?, message: String) throws {
    try TemporaryFolder.use { folder in
      if let text { try folder.write(name, text) }
      for command in [["lint"], ["show"], ["lint", "-f", "json"]] {
        let result = try Program.run(command + [name], in: folder)
        #expect(result.status == 2)
        #expect(result.errorLines.count == 1, "\(result)")
        #expect(result.errors.hasPrefix("pni-lint: \(message)"), "\(result)")
        if command.count == 3 {
          let issue = try #require(try result.json["issues"].elements.last?["message"].string)
          #expect(!issue.isEmpty, "the report says that it is not complete")
        }
      }
    }
  }

  @Test func foldersAreReadAndSayWhatTheyLack() throws {
    try TemporaryFolder.use { folder in
      let manager = FileManager.default
      func make(_ path: String) throws {
        try manager.createDirectory(
          at: folder.appending(path: path), withIntermediateDirectories: true)
      }
      try make("empty")
      var result = try Program.run(["empty"], in: folder)
      #expect(result.status == 2)
      #expect(result.errors == "pni-lint: empty: holds no .json, .yaml or .yml file\n")

      try make("deep/a/b")
      let group = try Data(contentsOf: Self.describe)
      try group.write(to: folder.appending(path: "deep/a/b/groups.json"))
      try folder.write("deep/package.json", "{\"name\": 1}")
      try folder.write("deep/x.tfvars.json", "{}")
      for (name, target) in [("deep/a/up", ".."), ("deep/dead.txt", "nowhere")] {
        try manager.createSymbolicLink(
          atPath: folder.appending(path: name).path, withDestinationPath: target)
      }
      result = try Program.run(["-q", "deep"], in: folder)
      #expect(result.status == 1 && result.errors.isEmpty, "\(result)")
      #expect(result.output.contains("deep/a/b/groups.json:11:39: error: egress"))
      #expect(result.output.contains("deep/package.json was found in a folder and is none of ours"))
      #expect(!result.output.contains("tfvars"))
      #expect(try Program.run(["-q", "."], in: folder).output.contains("\ndeep/a/b/groups.json:"))
      // What is named is meant: the same file is an error then.
      #expect(try Program.run(["deep/package.json", "deep"], in: folder).status == 2)

      try manager.createSymbolicLink(
        atPath: folder.appending(path: "deep/gone.json").path, withDestinationPath: "nowhere")
      result = try Program.run(["-q", "deep"], in: folder)
      #expect(
        result.status == 2 && result.errors.contains("deep/gone.json: cannot be read: No such"))
      #expect(result.output.contains("error: egress"), "nothing else is lost")
    }
  }

  @Test func standardInputIsAnInputAndIsReadOnce() throws {
    let text = try String(contentsOf: Self.describe, encoding: .utf8)
    let result = try Program.run(["-q", "-", "-"], input: text)
    #expect(result.status == 1 && result.output.hasPrefix("<stdin>:11:39: error: egress"))
    let empty = try Program.run(["-"])
    #expect(empty.status == 2 && empty.errors.hasPrefix("pni-lint: <stdin>: is empty; expected"))
  }

  @Test func aNameThatBeginsWithADash() throws {
    try TemporaryFolder.use { folder in
      try Data(contentsOf: Self.describe).write(to: folder.appending(path: "-x.json"))
      let result = try Program.run(["-q", "--", "-x.json"], in: folder)
      #expect(result.status == 1 && result.output.hasPrefix("-x.json:11:39: "))
      let bare = try Program.run(["-x.json"], in: folder)
      #expect(
        bare.errors
          == "pni-lint: unknown option '-x.json'; to read the file of that name, write -- before it; see `pni-lint lint --help`\n"
      )
    }
  }

  @Test func oneFileByTwoNamesIsReadOnce() throws {
    try TemporaryFolder.use { folder in
      try Data(contentsOf: Self.describe).write(to: folder.appending(path: "a.json"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: "b.json").path, withDestinationPath: "a.json")
      let result = try Program.run(["-f", "json", "a.json", "./a.json", "b.json", "."], in: folder)
      #expect(try result.json["inputs"].elements.count == 1)
    }
  }

  @Test func filesThatContradictEachOther() throws {
    try TemporaryFolder.use { folder in
      let text = try String(contentsOf: Self.describe, encoding: .utf8)
      try folder.write("a.json", text)
      try folder.write("b.json", text.replacing("0.0.0.0/0", with: "10.0.0.0/8"))
      let expected = "sg-612a2d8c35b31cd11 differs between a.json and b.json"
      let result = try Program.run(["-q", "a.json", "b.json"], in: folder)
      #expect(result.status == 2 && result.output.contains("b.json:4:24: error: \(expected)\n"))
      #expect(result.output.contains("cannot decide whether egress"), "neither is taken for true")
      // Where the report goes to a program, the reason of the exit code is told to people too.
      let json = try Program.run(["-f", "json", "a.json", "b.json"], in: folder)
      #expect(json.status == 2)
      #expect(
        json.errors
          == "pni-lint: b.json:4:24: error: \(expected); give only the newer of the two\n")
    }
  }

  @Test func valuesThatMeanNothingAreIssuesWithTheirPlace() throws {
    let result = try Program.run(
      ["-f", "json", "groups.yaml"], in: SamplesTests.folder.appending(path: "bad-values"))
    #expect(result.status == 2)
    let json = try result.json
    let issues = json["issues"].elements
    #expect(issues.map { $0["location"]["line"].int } == [12, 13, 14])
    #expect(issues.allSatisfy { $0["severity"].string == "error" && $0["help"].string != nil })
    // Nothing else is lost: what does not depend on them is decided.
    let verdicts = Dictionary(
      json["results"].elements.map { ($0["id"].string ?? "", $0["verdict"].string ?? "") },
      uniquingKeysWith: { first, _ in first })
    #expect(verdicts["pni-egress"] == "satisfied")
    #expect(verdicts["pni-client-port-closed"] == "satisfied")
    #expect(verdicts["pni-client-source"] == "undecided")
    #expect(verdicts["pni-extra-ingress"] == "undecided")
  }

  @Test(arguments: [
    ("\"FromPort\": 443", "\"FromPort\": 70000", "port 70000 does not exist"),
    ("10.20.0.0/16", "10.20.0.0/33", "the prefix length of `10.20.0.0/33` is not a number from"),
    ("\"IpProtocol\": \"tcp\"", "\"IpProtocol\": \"tpc\"", "unknown protocol `tpc`"),
  ])
  func badValuesOfEC2(good: String, bad: String, message: String) throws {
    let text = try String(contentsOf: Self.describe, encoding: .utf8)
    let result = try Program.run(["-"], input: text.replacing(good, with: bad, maxReplacements: 1))
    #expect(result.status == 2)
    #expect(result.output.hasPrefix("<stdin>:"), "the reason comes before its consequences")
    #expect(result.output.prefix { $0 != "\n" }.contains("error: SecurityGroups[0].IpPermissions"))
    #expect(result.output.contains(message), "\(result)")
    #expect(result.output.contains("egress of sg-612a2d8c35b31cd11"))
  }

  @Test func endlessInputStops() throws {
    for (line, name) in [
      ("exec \"$@\" /dev/zero", "/dev/zero"), ("yes '{' | \"$@\" -", "<stdin>"),
      ("(printf '{\"SecurityGroups\":['; yes '{},') | \"$@\" -", "<stdin>"),
    ] {
      // Memory stays bounded: the limit is 256 MB, held in at most twice that.
      let result = try Program.shell("ulimit -v 2000000; \(line)", [])
      #expect(result.status == 2)
      #expect(
        result.errorLines.contains { $0.hasPrefix("pni-lint: \(name): is larger than 256 MB") })
    }
  }

  @Test func aPipeWithDataIsRead() throws {
    try TemporaryFolder.use { folder in
      let result = try Program.shell(
        "mkfifo p.json; cat '\(Self.describe.path)' > p.json & \"$@\" -q p.json", [], in: folder)
      #expect(
        result.status == 1 && result.output.hasPrefix("p.json:11:39: error: egress"), "\(result)")
      // In a folder nobody named it, and nobody may ever write to it.
      let unnamed = try Program.run(["."], in: folder)
      #expect(unnamed.status == 2)
      #expect(
        unnamed.errors
          == "pni-lint: p.json: is no regular file; name it itself to have it read\n")
    }
  }

  @Test(arguments: [
    (["--frobnicate", "x"], "unknown option '--frobnicate'; see `pni-lint lint --help`"),
    (["--job", "x"], "unknown option '--job'; did you mean '--jobs'? see `pni-lint lint --help`"),
    (["--jobs", "0", "x"], "--jobs takes a number from 1 on; see `pni-lint lint --help`"),
    (["--colour", "never", "x"], "did you mean"),
    ([], "no input; give the output of `terraform show -json PLAN` or of `aws ec2 describe-"),
    (["lint"], "no input; give"), (["show"], "no input; give"),
    (["-o"], "missing value for '-o <file>'; see `pni-lint lint --help`"),
    (["--fail-on", "x", "y"], "one of 'error', 'warning', 'note' or 'never'; see"),
    (["--undecided", "x", "y"], "one of 'error', 'warning', 'note' or 'same'; see"),
    (["--fail-on", "a\u{1B}[2J\n::error::b", "y"], "'a\\u{1B}[2J\\n::error::b'"),
    (["explain"], "missing expected argument '<id>'; see `pni-lint explain --help`"),
    (["explain", "nope"], "no policy `nope`; expected pni-egress, pni-client-source"),
    (["policies", "x"], "unexpected argument 'x'; see `pni-lint policies --help`"),
    (["policies", "-p", "nope"], "no pack `nope`; expected pni"),
  ])
  func aWrongUsageIsOneLine(arguments: [String], message: String) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errorLines.count == 1, "\(result)")
    #expect(result.errors.hasPrefix("pni-lint: ") && result.errors.contains(message), "\(result)")
  }
}
