import SGModel
import Testing

@testable import Loaders

/// Which group a rule belongs to, by what its expression refers to.
@Suite struct TerraformReferenceTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    /// The references of `security_group_id`.
    var references: [String]
    var forEach: String?
    var key: String?
    /// Groups that have the rule for certain, and groups that may have it.
    var certain: [String] = []
    var possible: [String] = []
    var testDescription: String { name }
  }

  /// Groups: `one`; `two[0]`, `two[1]`; `three["a"]`, `three["b.c"]`; `module.m.…this`;
  /// `module.e["x"].…this`, `module.e["y"].…this`; `none` has no instance.
  static let rows = [
    Row(
      name: "a group", references: ["aws_security_group.one.id", "aws_security_group.one"],
      certain: ["aws_security_group.one"]),
    Row(
      name: "its ARN", references: ["aws_security_group.one.arn", "aws_security_group.one"],
      certain: ["aws_security_group.one"]),
    Row(
      name: "a group by number",
      references: [
        "aws_security_group.two[1].id", "aws_security_group.two[1]", "aws_security_group.two",
      ],
      certain: ["aws_security_group.two[1]"]),
    Row(
      name: "a group by a key with dots",
      references: [
        #"aws_security_group.three["b.c"].id"#, #"aws_security_group.three["b.c"]"#,
        "aws_security_group.three",
      ], certain: [#"aws_security_group.three["b.c"]"#]),
    Row(
      name: "an index that is computed", references: ["aws_security_group.two", "count.index"],
      key: "0", possible: ["aws_security_group.two[0]", "aws_security_group.two[1]"]),
    Row(
      name: "a key that is computed", references: ["aws_security_group.three", "each.key"],
      forEach: #"{"references":["var.teams"]}"#, key: #""a""#,
      possible: [#"aws_security_group.three["a"]"#, #"aws_security_group.three["b.c"]"#]),
    Row(
      name: "the value of the same key", references: ["each.value.id", "each.value"],
      forEach: #"{"references":["aws_security_group.three"]}"#, key: #""b.c""#,
      certain: [#"aws_security_group.three["b.c"]"#]),
    Row(
      name: "a value of a map", references: ["each.value.group", "each.value"],
      forEach:
        #"{"references":["aws_security_group.one.id","aws_security_group.one","aws_security_group.two[0].id","aws_security_group.two[0]","aws_security_group.two"]}"#,
      key: #""k""#, possible: ["aws_security_group.one", "aws_security_group.two[0]"]),
    Row(
      name: "a value of a map with one group", references: ["each.value"],
      forEach: #"{"references":["aws_security_group.one.id","aws_security_group.one"]}"#,
      key: #""k""#, possible: ["aws_security_group.one"]),
    Row(
      name: "a condition",
      references: [
        "var.flag", "aws_security_group.one.id", "aws_security_group.one",
        "aws_security_group.two[0].id", "aws_security_group.two[0]", "aws_security_group.two",
      ], possible: ["aws_security_group.one", "aws_security_group.two[0]"]),
    Row(
      name: "a condition whose other side has no instance",
      references: [
        "var.flag", "aws_security_group.none[0].id", "aws_security_group.none[0]",
        "aws_security_group.none", "aws_security_group.one.id", "aws_security_group.one",
      ], certain: ["aws_security_group.one"]),
    Row(
      name: "an output", references: ["module.m.id", "module.m"],
      certain: ["module.m.aws_security_group.this"]),
    Row(
      name: "an output of an instance", references: [#"module.e["x"].id"#, #"module.e["x"]"#],
      certain: [#"module.e["x"].aws_security_group.this"#]),
    Row(
      name: "an output of all instances", references: ["module.e"],
      possible: [
        #"module.e["x"].aws_security_group.this"#, #"module.e["y"].aws_security_group.this"#,
      ]),
    Row(
      name: "the output of the same key", references: ["each.value.id", "each.value"],
      forEach: #"{"references":["module.e"]}"#, key: #""y""#,
      certain: [#"module.e["y"].aws_security_group.this"#]),
    Row(
      name: "a data source with a planned group",
      references: ["data.aws_security_group.d.id", "data.aws_security_group.d"],
      certain: ["aws_security_group.one"]),
    Row(
      name: "the default group of a VPC",
      references: ["aws_vpc.v.default_security_group_id", "aws_vpc.v"],
      certain: ["the default group of aws_vpc.v"]),
    Row(
      name: "a local: any group of the module, and of those that give something back to it",
      references: ["local.id"],
      possible: [
        "aws_security_group.one", #"aws_security_group.three["a"]"#,
        #"aws_security_group.three["b.c"]"#, "aws_security_group.two[0]",
        "aws_security_group.two[1]", #"module.e["x"].aws_security_group.this"#,
        #"module.e["y"].aws_security_group.this"#, "module.m.aws_security_group.this",
      ]),
  ]

  static let moduleText =
    #"{"outputs":{"id":{"expression":{"references":["aws_security_group.this.id","aws_security_group.this"]}}},"resources":[\#(TestPlan.configured("aws_security_group.this"))]}"#

  static func plan(_ row: Row) -> TestPlan {
    var plan = TestPlan()
    func group(_ address: String, key: String? = nil, module: String? = nil) {
      plan.change(
        address, after: #"{"name":"g","vpc_id":"vpc-1"}"#, unknown: TestValue.omitted, key: key,
        module: module)
    }
    group("aws_security_group.one")
    group("aws_security_group.two[0]", key: "0")
    group("aws_security_group.two[1]", key: "1")
    group(#"aws_security_group.three["a"]"#, key: #""a""#)
    group(#"aws_security_group.three["b.c"]"#, key: #""b.c""#)
    group("module.m.aws_security_group.this", module: "module.m")
    group(#"module.e["x"].aws_security_group.this"#, module: #"module.e["x"]"#)
    group(#"module.e["y"].aws_security_group.this"#, module: #"module.e["y"]"#)
    plan.change(
      "aws_vpc.v", after: #"{"cidr_block":"10.0.0.0/16"}"#,
      unknown: #"{"id":true,"default_security_group_id":true}"#)
    plan.change(
      "data.aws_security_group.d", ["read"], after: "{}", unknown: #"{"id":true,"name":true}"#)
    for name in ["one", "two", "three", "none"] { plan.configure("aws_security_group.\(name)") }
    plan.configure("aws_vpc.v")
    plan.configure(
      "data.aws_security_group.d",
      #""id":\#(TestPlan.references("aws_security_group.one.id", "aws_security_group.one"))"#)
    plan.calls =
      #""m":{"source":"./m","module":\#(moduleText)},"e":{"source":"./m","for_each_expression":{"references":["var.e"]},"module":\#(moduleText)}"#
    let address = "aws_vpc_security_group_egress_rule.r"
    plan.change(
      row.key.map { "\(address)[\($0)]" } ?? address,
      after: TestValue.rule(nil, "tcp", (22, 22), #""cidr_ipv4":"0.0.0.0/0""#),
      unknown: TestValue.unknownGroup, key: row.key)
    let references = row.references.map { TestPlan.quoted($0) }.joined(separator: ",")
    plan.configure(
      address, #""security_group_id":{"references":[\#(references)]}"#, forEach: row.forEach)
    plan.further = #""complete":true"#
    return plan
  }

  @Test(arguments: rows) func owner(_ row: Row) {
    let read = TestEstate(Self.plan(row))
    var certain: [String] = []
    var possible: [String] = []
    for group in read.estate.groups {
      let permissions = read.estate.permissions[group.egress].filter {
        read.estate.origins[Int($0.origin)].address?.contains("egress_rule.r") ?? false
      }
      if permissions.contains(where: { $0.isCertain }) {
        certain.append(group.label)
      } else if !permissions.isEmpty {
        possible.append(group.label)
      }
    }
    #expect(certain.sorted() == row.certain)
    #expect(possible.sorted() == row.possible)
  }

  /// The way of an id through variables, defaults, and outputs of modules in modules.
  @Test func idsTravelThroughModules() {
    var plan = TestPlan()
    let outer = "module.outer[0]"
    let inner = #"module.outer[0].module.inner["k"]"#
    plan.change(
      "\(inner).aws_security_group.this[0]", after: #"{"vpc_id":"vpc-1"}"#,
      unknown: TestValue.omitted, key: "0", module: inner)
    plan.change(
      "module.rules.aws_vpc_security_group_ingress_rule.r",
      after: TestValue.rule(nil, "tcp", (443, 443), #""cidr_ipv4":"10.0.0.0/8""#),
      unknown: TestValue.unknownGroup, module: "module.rules")
    plan.change(
      "module.rules.aws_vpc_security_group_ingress_rule.standard",
      after: TestValue.rule(nil, "tcp", (22, 22), #""cidr_ipv4":"10.0.0.0/8""#),
      unknown: TestValue.unknownGroup, module: "module.rules")
    let innerModule =
      #"{"outputs":{"groups":{"expression":{"references":["aws_security_group.this"]}}},"resources":[\#(TestPlan.configured("aws_security_group.this", count: #"{"references":["var.create"]}"#))]}"#
    let outerModule =
      #"{"outputs":{"id":{"expression":{"references":["module.inner[\"k\"].groups[0].id","module.inner[\"k\"].groups[0]","module.inner[\"k\"].groups","module.inner[\"k\"]"]}}},"module_calls":{"inner":{"source":"../inner","for_each_expression":{"constant_value":["k"]},"module":\#(innerModule)}}}"#
    let rules =
      #"{"resources":[\#(TestPlan.configured("aws_vpc_security_group_ingress_rule.r", #""security_group_id":{"references":["var.group.id","var.group"]}"#)),\#(TestPlan.configured("aws_vpc_security_group_ingress_rule.standard", #""security_group_id":{"references":["var.other"]}"#))],"variables":{"group":{},"other":{"default":"sg-99999999"}}}"#
    plan.calls =
      #""outer":{"source":"./outer","count_expression":{"constant_value":1},"module":\#(outerModule)},"rules":{"source":"./rules","expressions":{"group":{"references":["module.outer[0].id","module.outer[0]"]}},"module":\#(rules)}"#
    let read = TestEstate(plan)
    #expect(read.must("\(inner).aws_security_group.this[0]", .ingress) == ["tcp 443: 10.0.0.0/8"])
    #expect(read.must("sg-99999999", .ingress) == ["tcp 22: 10.0.0.0/8"])
    _ = outer
  }

  @Test func eachModuleInstanceHasItsOwn() {
    var plan = TestPlan()
    let module =
      #"{"resources":[\#(TestPlan.configured("aws_vpc_security_group_ingress_rule.r", #""security_group_id":{"references":["var.id"]}"#))],"variables":{"id":{}}}"#
    plan.calls =
      #""r":{"source":"./r","for_each_expression":{"references":["aws_security_group.g"]},"expressions":{"id":{"references":["each.value.id","each.value"]}},"module":\#(module)}"#
    for (key, port) in [("a", 1), ("b", 2)] {
      plan.change(
        #"aws_security_group.g["\#(key)"]"#, after: #"{"vpc_id":"vpc-1"}"#,
        unknown: TestValue.omitted, key: #""\#(key)""#)
      plan.change(
        #"module.r["\#(key)"].aws_vpc_security_group_ingress_rule.r"#,
        after: TestValue.rule(nil, "tcp", (port, port), #""cidr_ipv4":"10.0.0.0/8""#),
        unknown: TestValue.unknownGroup, module: #"module.r["\#(key)"]"#)
    }
    plan.configure("aws_security_group.g", forEach: #"{"references":["var.teams"]}"#)
    let read = TestEstate(plan)
    #expect(read.must(#"aws_security_group.g["a"]"#, .ingress) == ["tcp 1: 10.0.0.0/8"])
    #expect(read.must(#"aws_security_group.g["b"]"#, .ingress) == ["tcp 2: 10.0.0.0/8"])
  }

  /// A rule that names its own group, and may be on either of two, means the one it is on.
  @Test func itselfIsTheGroupThatHasIt() {
    var plan = TestPlan()
    for index in 0...1 {
      plan.change(
        "aws_security_group.g[\(index)]", after: #"{"vpc_id":"vpc-1"}"#,
        unknown: TestValue.omitted, key: "\(index)")
    }
    plan.configure("aws_security_group.g", count: #"{"constant_value":2}"#)
    plan.change(
      "aws_security_group_rule.s[0]",
      after:
        #"{"type":"ingress","protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":null,"ipv6_cidr_blocks":null,"prefix_list_ids":null,"self":true}"#,
      unknown: #"{"security_group_id":true,"source_security_group_id":true}"#, key: "0")
    plan.configure(
      "aws_security_group_rule.s",
      #""security_group_id":{"references":["aws_security_group.g","count.index"]}"#)
    let read = TestEstate(plan)
    #expect(
      read.may("aws_security_group.g[0]", .ingress) == ["tcp 443: sg:aws_security_group.g[0]"])
    #expect(
      read.may("aws_security_group.g[1]", .ingress) == ["tcp 443: sg:aws_security_group.g[1]"])
    #expect(read.must("aws_security_group.g[0]", .ingress) == [])
  }

  /// 300 groups and 3,000 rules that may be on any of them: each box is kept once for all.
  @Test func unresolvedRulesAreShared() {
    var plan = TestPlan()
    for index in 0..<300 {
      plan.change(
        "aws_security_group.g[\(index)]", after: #"{"vpc_id":"vpc-1"}"#,
        unknown: TestValue.omitted, key: "\(index)")
    }
    for index in 0..<3000 {
      plan.change(
        "aws_vpc_security_group_ingress_rule.r[\(index)]",
        after: TestValue.rule(
          nil, "tcp", (443 + index % 2, 443 + index % 2), #""cidr_ipv4":"10.0.0.0/8""#),
        unknown: TestValue.unknownGroup, key: "\(index)")
    }
    plan.configure("aws_security_group.g")
    plan.configure(
      "aws_vpc_security_group_ingress_rule.r", #""security_group_id":{"references":["local.id"]}"#)
    let read = TestEstate(plan)
    #expect(read.estate.permissions.count == 600)
    #expect(read.estate.origins.count == 2)
    #expect(read.messages.count == 1, "one line for all instances of a resource")
    #expect(read.messages.first?.contains("2999 more instances") == true)
    #expect(read.may("aws_security_group.g[299]", .ingress) == ["tcp 443-444: 10.0.0.0/8"])
  }

  /// 400 calls of a module with a group and a rule that a local links: the groups of a module are
  /// found without looking at those of the others.
  @Test func unresolvedRulesStayInTheirModules() {
    var plan = TestPlan()
    let module =
      #"{"resources":[\#(TestPlan.configured("aws_security_group.this")),\#(TestPlan.configured("aws_vpc_security_group_egress_rule.r", #""security_group_id":{"references":["local.id"]}"#))]}"#
    var calls: [String] = []
    for index in 0..<400 {
      let prefix = "module.m\(index)"
      plan.change(
        "\(prefix).aws_security_group.this", after: #"{"vpc_id":"vpc-1"}"#,
        unknown: TestValue.omitted, module: prefix)
      plan.change(
        "\(prefix).aws_vpc_security_group_egress_rule.r",
        after: TestValue.rule(nil, "tcp", (index, index), #""cidr_ipv4":"10.0.0.0/8""#),
        unknown: TestValue.unknownGroup, module: prefix)
      calls.append(#""m\#(index)":{"source":"./m","module":\#(module)}"#)
    }
    plan.calls = calls.joined(separator: ",")
    let read = TestEstate(plan)
    #expect(read.estate.permissions.count == 400)
    for index in [0, 7, 399] {
      #expect(
        read.may("module.m\(index).aws_security_group.this", .egress)
          == ["tcp \(index): 10.0.0.0/8"])
    }
  }

  @Test func tooManyUnresolvedRulesAreOneThatCanBeAnything() {
    var plan = TestPlan()
    for index in 0..<300 {
      plan.change(
        "aws_security_group.g[\(index)]", after: #"{"vpc_id":"vpc-1"}"#,
        unknown: TestValue.omitted, key: "\(index)")
    }
    for index in 0..<1000 {
      plan.change(
        "aws_vpc_security_group_ingress_rule.r[\(index)]",
        after: TestValue.rule(nil, "tcp", (index, index), #""cidr_ipv4":"10.0.0.0/8""#),
        unknown: TestValue.unknownGroup, key: "\(index)")
    }
    plan.configure("aws_security_group.g")
    plan.configure(
      "aws_vpc_security_group_ingress_rule.r", #""security_group_id":{"references":["local.id"]}"#)
    let read = TestEstate(plan)
    #expect(read.estate.permissions.count == 300)
    let line = read.may("aws_security_group.g[7]", .ingress)?.first ?? ""
    #expect(line.hasPrefix("all protocols: unknown:") && line.contains("999 more"))
  }
}
