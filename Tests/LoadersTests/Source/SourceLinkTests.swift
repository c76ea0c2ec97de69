import Foundation
import SGModel
import Testing

@testable import Loaders

/// Which group a rule belongs to, as the source says.
@Suite struct SourceLinkTests {
  /// The fixture was planned and applied with Terraform 1.11.4, against moto.
  ///
  /// `applied.json` says on which group each rule really was afterwards. Each rule links itself by
  /// another kind of expression.
  @Test func whatIsCertainIsWhatWasApplied() throws {
    let project = try SourceProject("links")
    let applied = try JSONDecoder().decode(
      [String: String].self, from: Data(try #require(project.files["applied.json"]).utf8))
    let owners = try project.load().owners
    var open: [String] = []
    for (rule, group) in applied.sorted(by: { $0.key < $1.key }) {
      let found = try #require(owners[rule], "\(rule)")
      let group = group == "default" ? "the default group of aws_vpc.main" : group
      if !found.certain.isEmpty { #expect(found.certain == [group], "\(rule)") }
      #expect(found.possible.contains(group), "\(rule)")
      if found.certain.isEmpty { open.append(rule) }
    }
    // What no exact reader of source can say, or need not: functions of texts, orders of what is not
    // known yet, conditions that apply alone settles.
    let names = Set(open.map { $0.split(separator: ".")[1].prefix { $0 != "[" } })
    #expect(
      names == [
        "r60", "r61", "r62", "r64", "r65", "r66", "r67", "r68", "r69", "r73", "r82",
      ])
    #expect(applied.count - open.count >= 116)
  }

  @Test func withoutSourceNothingIsClaimedThatIsNotSo() throws {
    let project = try SourceProject("links")
    let applied = try JSONDecoder().decode(
      [String: String].self, from: Data(try #require(project.files["applied.json"]).utf8))
    let loaded = try project.load(withSource: false)
    #expect(loaded.sources.count == 1)
    let owners = loaded.owners
    #expect(owners["aws_vpc_security_group_egress_rule.r0"]?.certain.isEmpty == true)
    for (rule, group) in applied {
      let found = try #require(owners[rule], "\(rule)")
      let group = group == "default" ? "the default group of aws_vpc.main" : group
      #expect(found.certain.isSubset(of: [group]), "\(rule)")
      #expect(found.possible.contains(group), "\(rule)")
    }
  }

  @Test func theModuleThatMostPeopleUse() throws {
    let project = try SourceProject("registry")
    let owners = try project.load().owners
    for (call, group) in [
      ("pni_plain", "module.pni_plain.aws_security_group.this_name_prefix[0]"),
      ("pni_all_out", "module.pni_all_out.aws_security_group.this_name_prefix[0]"),
      ("pni_rules_only", "aws_security_group.own"),
    ] {
      for index in 0..<2 {
        let rule = "module.\(call).aws_security_group_rule.ingress_rules[\(index)]"
        #expect(owners[rule]?.certain == [group])
        #expect(owners[rule]?.possible == [group])
      }
    }
    let out = "module.pni_all_out.aws_security_group_rule.egress_rules[0]"
    #expect(owners[out]?.certain == ["module.pni_all_out.aws_security_group.this_name_prefix[0]"])
  }

  // MARK: Source that is not the plan's

  @Test func localsAreNotUsedWhereTheSourceHasChanged() throws {
    var project = try SourceProject("registry")
    try project.replace(
      "security_group_id = local.this_sg_id\n  type              = \"egress\"",
      by: "security_group_id = var.security_group_id\n  type              = \"egress\"",
      in: "security-group/main.tf")
    let loaded = try project.load()
    let rule = "module.pni_plain.aws_security_group_rule.ingress_rules[0]"
    #expect(loaded.owners[rule]?.certain == [])
    #expect(
      loaded.messages.contains {
        $0.hasPrefix("security-group: the source does not agree with the plan (")
          && $0.contains("aws_security_group_rule.egress_rules: security_group_id")
      })
    // Once, although three calls have that source.
    #expect(loaded.messages.filter { $0.contains("does not agree") }.count == 1)
  }

  @Test(arguments: [
    ("cidr_block = \"10.80.0.0/16\"", "cidr_block = \"10.81.0.0/16\"", "main.tf"),
    ("egress_rules        = [\"all-all\"]", "", "main.tf"),
    ("name   = \"pni-own\"", "name   = var.name", "main.tf"),
    (
      "resource \"aws_security_group\" \"own\"", "resource \"aws_security_group\" \"mine\"",
      "main.tf"
    ),
    ("count  = local.create", "count = var.create", "security-group/main.tf"),
    ("value = try(", "value = coalesce(local.this_sg_id, ", "security-group/main.tf"),
  ])
  func anyDifferenceIsSeen(old: String, new: String, path: String) throws {
    var project = try SourceProject("registry")
    try project.replace(old, by: new, in: path)
    #expect(try project.load().messages.contains { $0.contains("does not agree with the plan") })
  }

  @Test func overridesLeaveWhatTheyChangeOpen() throws {
    var project = try SourceProject("registry")
    project.files["security-group/fix_override.tf"] =
      "locals {\n  this_sg_id = aws_security_group.this_name_prefix[0].id\n}\n"
    let loaded = try project.load()
    let rule = "module.pni_plain.aws_security_group_rule.ingress_rules[0]"
    #expect(loaded.owners[rule]?.certain == [])
    #expect(loaded.messages.contains { $0.hasPrefix("security-group/fix_override.tf overrides") })
    project.files["security-group/fix_override.tf"] = nil
    project.files["security-group/override.tf.json"] = "{}"
    let second = try project.load()
    #expect(second.owners[rule]?.certain == [])
    #expect(second.messages.contains { $0.contains("JSON syntax, which is not read as source") })
  }

  @Test func anOtherFolderIsIgnoredUnlessItWasGiven() throws {
    var project = try SourceProject("registry")
    project.files["main.tf"] = "resource \"aws_instance\" \"x\" {}\n"
    #expect(try project.load().messages.allSatisfy { !$0.contains("source") })
    #expect(try project.load().sources.count == 1)
    project.root = "."
    #expect(
      try project.load().messages.contains {
        $0.hasPrefix("--source-root: . declares 0 of the 5 resources and modules of plan.json")
      })
  }

  @Test func aFileThatCannotBeReadIsSaid() throws {
    var project = try SourceProject("registry")
    project.files["broken.tf"] = "locals {\n  a = \n}\n"
    #expect(
      try project.load().messages.contains {
        $0.hasPrefix("broken.tf")
          && $0.contains("expected an expression, found the end of the line")
      })
  }

  @Test func theSourceMayLieElsewhere() throws {
    var project = try SourceProject("registry")
    project.files = Dictionary(
      uniqueKeysWithValues: project.files.map { ($0 == "plan.json" ? $0 : "infra/prod/\($0)", $1) })
    #expect(try project.load().sources.count == 1)
    project.root = "infra/./prod/"
    let loaded = try project.load()
    #expect(loaded.sources.map { $0.path }.contains("infra/prod/security-group/main.tf"))
    let rule = "module.pni_rules_only.aws_security_group_rule.ingress_rules[0]"
    #expect(loaded.owners[rule]?.certain == ["aws_security_group.own"])
  }

  // MARK: Hostile source

  /// Whatever stands in the files, the plan is loaded, and places lie in their files.
  @Test func mutatedSourceNeverTraps() throws {
    let project = try SourceProject("registry")
    let paths = ["main.tf", "security-group/main.tf", "security-group/variables.tf"]
    for seed in 0..<120 {
      var numbers = SeededNumbers(state: UInt64(seed))
      var copy = project
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        let path = paths[Int.random(in: 0..<paths.count, using: &numbers)]
        var text = Array(try #require(copy.files[path]))
        let start = Int.random(in: 0..<text.count, using: &numbers)
        let end = min(text.count, start + Int.random(in: 0...30, using: &numbers))
        let place = Int.random(in: 0...text.count, using: &numbers)
        if Bool.random(using: &numbers) {
          text.insert(contentsOf: Array(text[start..<end]), at: place)
        } else {
          text.removeSubrange(start..<end)
        }
        copy.files[path] = String(text)
      }
      let loaded = try copy.load()
      for origin in loaded.estate.origins {
        for span in [origin.span] + origin.related.map({ $0.span }) {
          guard let span else { continue }
          #expect(span.end <= loaded.sources[Int(span.source)].bytes.count, "\(seed)")
        }
      }
    }
  }

  @Test func expressionsThatGrowWithoutEndStayOpen() throws {
    var project = try SourceProject("registry")
    var text = "locals {\n  l0 = [1, 2]\n  t0 = \"xx\"\n  m0 = { a = 1 }\n"
    for index in 1...60 {
      text += "  l\(index) = concat(local.l\(index - 1), local.l\(index - 1))\n"
      text += "  t\(index) = \"${local.t\(index - 1)}${local.t\(index - 1)}\"\n"
      text += "  m\(index) = { for x in range(1000) : x => local.m\(index - 1) }\n"
    }
    text += "  again = local.again\n  first = local.second\n  second = local.first\n"
    text +=
      "  deep = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a + b + c]]]\n"
    text += "  huge = 9223372036854775807 + 1\n  least = -9223372036854775807 - 2\n"
    text +=
      "  zero = 1 / 0\n  none = 1 % 0\n  product = 9223372036854775807 * 9223372036854775807\n}\n"
    project.files["hostile.tf"] = text
    for (index, name) in [
      "l60[0]", "t60", "m60[1]", "again", "first", "deep[0]", "huge", "least", "zero", "none",
      "product",
    ].enumerated() {
      var copy = project
      try copy.replace(
        "security_group_id   = aws_security_group.own.id",
        by:
          "security_group_id   = local.\(name) == 0 ? aws_security_group.own.id : aws_security_group.own.id",
        in: "main.tf")
      // The plan has to refer to the same for the source to be used.
      try copy.replace(
        #""security_group_id":{"references":["aws_security_group.own.id","aws_security_group.own"]}"#,
        by:
          #""security_group_id":{"references":["local.\#(name.prefix { $0 != "[" })","aws_security_group.own.id","aws_security_group.own"]}"#,
        in: "plan.json")
      let clock = ContinuousClock()
      let time = try clock.measure {
        let loaded = try copy.load()
        #expect(!loaded.messages.contains { $0.contains("does not agree") }, "\(index)")
      }
      #expect(time < .seconds(30), "\(name)")
    }
  }
}
