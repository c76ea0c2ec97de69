import Foundation
import Testing

/// Every option that `--help` lists, each with a test of what it does.
@Suite struct OptionTests {
  /// One option of one command.
  struct Option: Sendable, CustomTestStringConvertible {
    var name: String
    var test: @Sendable () throws -> Void

    init(_ name: String, _ test: @escaping @Sendable () throws -> Void) {
      self.name = name
      self.test = test
    }

    var testDescription: String { name }
  }

  static let open = "samples/cli-default-egress"
  static let wide = "samples/client-ports-too-wide/plan.json"
  static let unknown = "samples/unknown-until-apply/plan.json"
  static let good = "samples/guide/plan.json"
  static let group = "samples/cli-default-egress/describe-security-groups.json"

  static let all: [Option] = [
    Option("--version") { () throws in
      let result = try Program.run(["--version"])
      #expect(result.status == 0 && result.output.contains(/^\d+\.\d+\.\d+\n$/))
    },
    Option("--help") { () throws in
      let result = try Program.run(["-h"])
      #expect(result.status == 0 && result.output.contains("Exit codes: 0"))
      #expect(try Program.run(["help", "lint"]).output == Program.run(["lint", "--help"]).output)
    },
    Option("lint --select") { () throws in
      func judged(_ selectors: String...) throws -> [String] {
        let result = try Program.run(
          ["lint", "-f", "json"] + selectors.flatMap { ["--select", $0] } + [wide, open])
        let names = try result.json["results"].elements.map {
          $0["subject"]["address"].string ?? $0["subject"]["id"].string ?? ""
        }
        return Array(Set(names)).sorted()
      }
      let all = try judged("all")
      #expect(all.count == 4)
      #expect(try judged("auto") == all)
      #expect(try judged() == all)
      #expect(try judged("sg-612a2d8c35b31cd11") == ["sg-612a2d8c35b31cd11"])
      #expect(try judged("confluent-pni") == ["sg-612a2d8c35b31cd11"])
      #expect(
        try judged("aws_security_group.s[\"halves\"]") == ["aws_security_group.s[\"halves\"]"])
      #expect(try judged("aws_security_group.*").count == 3)
      #expect(try judged("pni-?alves", "sg-6*").count == 2)
      #expect(try judged("vpc:vpc-01fb4c719e0d7d476") == ["sg-612a2d8c35b31cd11"])

      let interfaces = try Program.run(["samples/guide/describe"])
      #expect(interfaces.output.contains("in 1 of 3 groups"))
      #expect(interfaces.output.contains("judged: the groups on PNI interfaces"))
      let none = try Program.run(["--select", "nope", open])
      #expect(none.status == 2)
      #expect(
        none.errors
          == "pni-lint: nothing was checked: none of 1 security group is among the groups that match nope; `pni-lint show` lists them\n"
      )
      #expect(try Program.run(["--select", "", open]).status == 2)

      try TemporaryFolder.use { folder in
        try folder.write(
          "g.yaml",
          """
          schema: pni-lint/groups/v1
          groups:
            - {name: a, tags: {team: kafka}, egress: []}
            - {name: b, tags: {team: web}, egress: []}
          """)
        for (selector, count) in [("tag:team=kafka", 1), ("tag:team", 2), ("tag:team=x", 0)] {
          let result = try Program.run(["--select", selector, "-f", "json", "g.yaml"], in: folder)
          #expect(try result.json["summary"]["groups"].int == count)
        }
      }
    },
    Option("lint --vpc-cidr") { () throws in
      let without = try Program.run([group])
      #expect(without.output.contains("3 undecided"))
      #expect(without.output.contains("--vpc-cidr vpc-01fb4c719e0d7d476=10.0.0.0/16"))
      for value in ["10.20.0.0/16", "vpc-01fb4c719e0d7d476=10.20.0.0/16"] {
        let result = try Program.run(["--vpc-cidr", value, group])
        #expect(result.output.contains("1 violated, 0 undecided, 4 satisfied"), "\(result)")
      }
      let narrow = try Program.run(["--vpc-cidr", "10.20.0.0/17", group])
      #expect(narrow.output.contains("others than its VPC (10.20.0.0/17)"), "\(narrow)")
      let other = try Program.run(["--vpc-cidr", "vpc-1=10.0.0.0/8", group])
      #expect(other.output.contains("--vpc-cidr names vpc-1, which no group is in"))
      let all = try Program.run(["--vpc-cidr", "10.0.0.0/8", "samples/guide/describe"])
      #expect(all.output.contains("is not used: every VPC has CIDRs in the input"), "\(all)")
      try TemporaryFolder.use { folder in
        // Of an input that cannot be read nothing is said that would have to be read in it.
        try folder.write("stack.json", #"{"Resources": {}}"#)
        let none = try Program.run(["--vpc-cidr", "10.0.0.0/8", "stack.json"], in: folder)
        #expect(none.status == 2)
        #expect(none.output.contains("is not used: no group was read"), "\(none)")
        #expect(!none.output.contains("every VPC"))
      }
      for value in ["10.0.0.0/33", "vpc-1=", "x", ""] {
        let result = try Program.run(["--vpc-cidr", value, group])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errorLines.count == 1 && result.errors.contains("expected, for example"))
      }
    },
    Option("lint --source-root") { () throws in
      let plan = Program.root.appending(path: wide).path
      try TemporaryFolder.use { folder in
        try FileManager.default.copyItem(
          atPath: plan, toPath: folder.appending(path: "plan.json").path)
        try folder.write("main.tf", "resource \"aws_instance\" \"x\" {}\n")
        let alone = try Program.run(["plan.json"], in: folder)
        #expect(alone.output.hasPrefix("plan.json:"), "\(alone)")
        let root = Program.root.appending(path: "samples/client-ports-too-wide").path
        let result = try Program.run(["--source-root", root, "plan.json"], in: folder)
        #expect(result.output.hasPrefix("\(root)/main.tf:29:21: error: "), "\(result)")
        let other = try Program.run(["--source-root", ".", "plan.json"], in: folder)
        #expect(other.output.contains("--source-root: . declares 0 of the"), "\(other)")
        for value in ["nope", "plan.json"] {
          let result = try Program.run(["--source-root", value, "plan.json"], in: folder)
          #expect(result.status == 2 && result.errors.contains("--source-root: \(value)"))
          #expect(result.errorLines.count == 1 && result.output.isEmpty, "\(result)")
        }
        // A plan from a pipe was made where the program runs.
        let text = try String(contentsOfFile: plan, encoding: .utf8)
        let piped = try Program.run(["-"], in: URL(filePath: root), input: text)
        #expect(piped.output.hasPrefix("main.tf:29:21: error: "), "\(piped)")
      }
    },
    Option("show --source-root") { () throws in
      let source = Program.root.appending(path: "Tests/LoadersTests/Fixtures/source/registry")
      try TemporaryFolder.use { folder in
        try FileManager.default.copyItem(
          at: source.appending(path: "plan.json"), to: folder.appending(path: "plan.json"))
        let group = "module.pni_all_out.*"
        let alone = try Program.run(["show", "--select", group, "plan.json"], in: folder)
        #expect(alone.output.contains("egress   all protocols  to 0.0.0.0/0 (possibly)"))
        let result = try Program.run(
          ["show", "--select", group, "--source-root", source.path, "plan.json"], in: folder)
        #expect(result.output.contains("egress   all protocols  to 0.0.0.0/0\n"), "\(result)")
      }
    },
    Option("lint --policy") { () throws in
      try TemporaryFolder.use { folder in
        try folder.write("a.yaml", Self.pack("a", "no-egress"))
        try folder.write("packs.yaml", "nothing: [\n")
        let plan = Program.root.appending(path: good).path
        let named = try Program.run(["-p", "a.yaml", "--policy", "pni", plan], in: folder)
        #expect(named.output.contains("6 satisfied"))
        #expect(try Program.run(["-p", "pni", "-p", "pni", plan]).output.contains("5 satisfied"))
        let broken = try Program.run(["-p", ".", plan], in: folder)
        #expect(broken.status == 2 && broken.errors.contains("packs.yaml:2:1: "), "\(broken)")
        try FileManager.default.removeItem(at: folder.appending(path: "packs.yaml"))
        #expect(try Program.run(["-p", ".", plan], in: folder).output.contains("1 satisfied"))
        try folder.write("b.yaml", Self.pack("a", "other"))
        let twice = try Program.run(["-p", ".", plan], in: folder)
        #expect(twice.status == 2 && twice.errors.contains("a pack named `a` is given already"))
        try folder.write("c.yaml", Self.pack("c", "x").replacing("egress:", with: "egres:"))
        let typo = try Program.run(["-p", "c.yaml", plan], in: folder)
        #expect(typo.status == 2 && typo.errors.hasPrefix("pni-lint: c.yaml:8:5: "), "\(typo)")
        for name in ["nope", "nope.yaml", "no/such"] {
          let result = try Program.run(["-p", name, plan], in: folder)
          #expect(result.status == 2 && result.errorLines.count == 1)
          #expect(result.errors.contains("no pack `\(name)`"))
          #expect(result.errors.contains("expected pni, terraform, a file or a folder"))
        }
      }
    },
    Option("lint --set") { () throws in
      let plan = "samples/egress-rule-in-a-module/plan.json"
      #expect(try Program.run([plan]).status == 1)
      #expect(try Program.run(["--set", "routes=10.99.0.0/24", plan]).status == 0)
      #expect(try Program.run(["--set", "routes=10.99.0.0/25", plan]).status == 1)
      let superset = ["--select", "pni-superset", wide]
      #expect(try Program.run(superset).status == 1)
      #expect(
        try Program.run(["--set", "clients=10.0.0.0/8,172.16.0.0/12"] + superset).status == 0)
      for (value, message) in [
        ("clients", "is not KEY=VALUE"), ("=1", "is not KEY=VALUE"),
        ("client=10.0.0.0/8", "expected ports, clients, routes, placeholders"),
        ("clients=10.0.0.0/33", "expected a number from 0 to 32"),
        ("placeholders=maybe", "accept"),
      ] {
        let result = try Program.run(["--set", value, good])
        #expect(result.status == 2 && result.errorLines.count == 1)
        #expect(result.errors.contains(message), "\(result)")
      }
    },
    Option("lint --format") { () throws in
      try TemporaryFolder.use { folder in
        let files = ["text", "json", "sarif", "junit"].map { "\(folder.path)/out.\($0)" }
        let formats = zip(["text", "json", "sarif", "junit"], files).flatMap {
          ["-f", "\($0)=\($1)"]
        }
        let result = try Program.run(formats + [open])
        #expect(result.status == 1 && result.output.isEmpty && result.errors.isEmpty)
        for (format, file) in zip(["text", "json", "sarif", "junit"], files) {
          let alone = try Program.run(["--format", format, open])
          #expect(try String(contentsOfFile: file, encoding: .utf8) == alone.output)
          #expect(!alone.output.isEmpty)
        }
        let both = try Program.run(["-f", "json", "-f", "text=\(files[0])", open])
        #expect(try both.json["schema"].string == "pni-lint/report/v1")
      }
      for formats in [["-f", "json", "-f", "text"], ["-f", "json=a", "-f", "sarif=a"]] {
        let result = try Program.run(formats + [open])
        #expect(result.status == 2 && result.errors.contains("two reports cannot share"))
      }
      for format in ["xml", "text=", "", "TEXT"] {
        let result = try Program.run(["-f", format, open])
        #expect(result.status == 2 && result.errorLines.count == 1)
        #expect(result.errors.contains("'text', 'json', 'sarif' or 'junit'"), "\(result)")
      }
    },
    Option("lint --output") { () throws in
      try TemporaryFolder.use { folder in
        let file = folder.appending(path: "report.txt")
        try folder.write("report.txt", "what was there before")
        let result = try Program.run(["-o", file.path, open])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(try String(contentsOf: file, encoding: .utf8) == Program.run([open]).output)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.txt"])
        #expect(try Program.run(["--output", "\(folder.path)/no/x", open]).status == 2)
        #expect(try Program.run(["--output", folder.path, open]).status == 2)
        #expect(try Program.run(["-o", "x", "-f", "json=y", open]).status == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.txt"])
      }
    },
    Option("lint --fix") { () throws in
      let result = try Program.run(["--fix", open])
      #expect(result.status == 1 && result.output.contains("aws ec2 revoke-security-group-egress"))
      #expect(try !Program.run([open]).output.contains("\n  aws ec2"))
      #expect(try Program.run(["--fix", good]).output.hasPrefix("no changes to suggest\n"))
      let json = try Program.run(["--fix", "-f", "json", open]).json
      #expect(json["fixes"][0]["steps"][0]["command"].string?.contains("0.0.0.0/0") == true)
    },
    Option("lint --fail-on") { () throws in
      // A note alone, then an error, then an undecided error.
      let note = [
        "--vpc-cidr", "10.20.0.0/15", "--select", "sg-*", "--set", "routes=0.0.0.0/0", group,
      ]
      for (threshold, noted, failed) in [
        ("error", 0, 1), ("warning", 0, 1), ("note", 1, 1), ("never", 0, 0),
      ] {
        #expect(try Program.run(["--fail-on", threshold] + note).status == Int32(noted))
        #expect(try Program.run(["--fail-on", threshold, wide]).status == Int32(failed))
        #expect(try Program.run(["--fail-on", threshold, unknown]).status == Int32(failed))
      }
      // What could not be read fails whatever the threshold.
      #expect(try Program.run(["--fail-on", "never", "nope.json"]).status == 2)
      #expect(try Program.run(["--fail-on", "never", "samples/bad-values"]).status == 2)
    },
    Option("lint --undecided") { () throws in
      for (counts, threshold, status) in [
        ("same", "error", 1), ("error", "error", 1), ("warning", "error", 0),
        ("warning", "warning", 1), ("note", "warning", 0), ("note", "note", 1),
        ("error", "never", 0),
      ] {
        let result = try Program.run(["--undecided", counts, "--fail-on", threshold, unknown])
        #expect(result.status == Int32(status), "\(counts) \(threshold)")
        let shown = counts == "same" ? "error" : counts
        #expect(result.output.contains("\(shown): cannot decide whether egress"))
      }
      #expect(try Program.run(["--undecided", "note", wide]).status == 1)
    },
    Option("lint --color") { () throws in
      let plain = try Program.run([open]).output
      #expect(!plain.contains("\u{1B}"))
      #expect(try Program.run(["--color", "never", open]).output == plain)
      let painted = try Program.run(["--color", "always", open]).output
      #expect(painted.contains("\u{1B}[1;31merror:"))
      #expect(painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
      for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
        let result = try Program.run(["--color", "always", open], environment: environment)
        #expect(result.output == painted, "what was asked for by name wins")
      }
    },
    Option("lint --quiet") { () throws in
      let result = try Program.run(["-q", open])
      #expect(result.status == 1)
      #expect(
        result.output
          == "samples/cli-default-egress/describe-security-groups.json:11:39: error: egress of sg-612a2d8c35b31cd11 (`confluent-pni`) is not empty [pni-egress] (for example tcp 22 to 8.8.8.8)\n"
      )
      #expect(try Program.run(["--quiet", good]).output.isEmpty)
    },
    Option("lint --jobs") { () throws in
      let one = try Program.run(["--jobs", "1", "samples", "--select", "all"])
      let three = try Program.run(["--jobs", "3", "samples", "--select", "all"])
      #expect(one.output == three.output)
      #expect(!one.output.isEmpty)
    },
    Option("show --select") { () throws in
      let result = try Program.run(["show", "--select", "pni-demo", "samples/guide/describe"])
      #expect(result.status == 0 && result.output.hasPrefix("sg-9d7b9c238b0afc55c (`pni-demo`"))
      #expect(try Program.run(["show", "--select", "nope", good]).status == 2)
    },
    Option("show --vpc-cidr") { () throws in
      try TemporaryFolder.use { folder in
        try folder.write(
          "g.yaml",
          """
          schema: pni-lint/groups/v1
          groups:
            - {name: a, vpc: vpc-01234567, ingress: [{protocol: tcp, ports: 443, from: vpc}], egress: []}
          """)
        #expect(
          try Program.run(["show", "g.yaml"], in: folder).output.contains("vpc:vpc-01234567"))
        let known = try Program.run(["show", "--vpc-cidr", "10.7.0.0/16", "g.yaml"], in: folder)
        #expect(known.status == 0 && known.output.contains("from 10.7.0.0/16"), "\(known)")
      }
    },
    Option("show --format") { () throws in
      let text = try Program.run(["show", "-f", "text", good])
      #expect(text.output == (try Program.run(["show", good]).output))
      #expect(text.output.contains("  egress   nothing\n"))
      let json = try Program.run(["show", "--format", "json", good]).json
      #expect(json["schema"].string == "pni-lint/show/v1")
      let group = json["groups"][0]
      #expect(group["address"].string == "aws_security_group.main")
      #expect(group["egress"]["may"].elements.isEmpty)
      #expect(group["ingress"]["must"][0]["from"].int == 443)
      #expect(group["ingress"]["must"][0]["peers"].strings == ["10.20.0.0/16"])
      #expect(try Program.run(["show", "-f", "sarif", good]).status == 2)
    },
    Option("show --output") { () throws in
      try TemporaryFolder.use { folder in
        let file = folder.appending(path: "x").path
        #expect(try Program.run(["show", "-o", file, good]).output.isEmpty)
        let written = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try written == Program.run(["show", good]).output)
      }
    },
    Option("show --color") { () throws in
      let plain = try Program.run(["show", good]).output
      let painted = try Program.run(["show", "--color", "always", good]).output
      #expect(painted != plain && painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
      #expect(try Program.run(["show", "--color", "sometimes", good]).status == 2)
    },
    Option("explain --policy") { () throws in
      let result = try Program.run(["explain", "pni-egress"])
      #expect(result.status == 0 && result.output.hasPrefix("pni-egress (error, pack pni)\n"))
      #expect(result.output.contains("\nWhat to do\n") && result.output.contains("https://"))
      #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 120 })
      try TemporaryFolder.use { folder in
        try folder.write("a.yaml", Self.pack("a", "no-egress"))
        let own = try Program.run(["explain", "-p", "a.yaml", "no-egress"], in: folder)
        #expect(own.status == 0 && own.output.hasPrefix("no-egress (warning, pack a)"), "\(own)")
        #expect(try Program.run(["explain", "no-egress"], in: folder).status == 2)
      }
    },
    Option("policies --policy") { () throws in
      let result = try Program.run(["policies"])
      #expect(result.status == 0)
      for id in [
        "pni-egress", "pni-client-source", "pni-extra-ingress", "pni-client-port-closed",
        "pni-client-coverage",
      ] {
        #expect(result.output.contains("  \(id) "))
        #expect(try Program.run(["explain", id]).status == 0)
      }
      try TemporaryFolder.use { folder in
        try folder.write("a.yaml", Self.pack("a", "no-egress"))
        let own = try Program.run(["policies", "--policy", "a.yaml"], in: folder)
        #expect(own.output.contains("no-egress") && !own.output.contains("pni-egress"))
      }
    },
  ]

  private static func pack(_ name: String, _ id: String) -> String {
    """
    schema: pni-lint/pack/v1
    pack: \(name)
    title: A pack of one's own
    policies:
      - id: \(id)
        says: egress is empty
        severity: warning
        egress: {only-to: []}

    """
  }

  @Test(arguments: all) func option(_ option: Option) throws { try option.test() }

  /// What `--help` lists is what is tested: a new option without a test fails here.
  @Test func everyOptionOfHelpHasATest() throws {
    func options(_ command: [String]) throws -> Set<String> {
      let help = try Program.run(command + ["--help"]).output
      return Set(
        help.split(separator: "\n").compactMap { line in
          line.firstMatch(of: /^  (?:-\w, )?(--[a-z-]+)/).map { String($0.1) }
        })
    }
    // Without options the command line is not parsed at all: the values are the same.
    for path in [Self.open, Self.good, "samples", "nowhere.json"] {
      let plain = try Program.run([path])
      #expect(plain.output == (try Program.run(["lint", path])).output)
      let parsed = try Program.run(["lint", "--color", "auto", path])
      #expect(plain.output == parsed.output && plain.errors == parsed.errors)
      #expect(plain.status == parsed.status)
    }
    let top = try Program.run(["--help"]).output
    let commands = top.matches(of: /\n  ([a-z]+)(?: \(default\))? {2,}/).map { String($0.1) }
    #expect(commands == ["lint", "show", "explain", "policies"])
    var listed = try options([])
    for command in commands {
      listed.formUnion(
        try options([command]).subtracting(["--help", "--version"]).map { "\(command) \($0)" })
    }
    #expect(Set(Self.all.map(\.name)) == listed, "add the option to OptionTests.all")
  }
}
