import SGModel
import Testing

@testable import Loaders

/// What the `egress` argument of a group means, row by row: how it is written, what is done with the
/// group, and what of it is in the plan.
@Suite struct TerraformValueTableTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var actions = ["create"]
    var before = "null"
    /// `after.egress`; nothing where the key is absent.
    var after: String?
    /// `after_unknown.egress`; nothing where the key is absent.
    var unknown: String?
    /// The expression in `configuration`; nothing where there is none.
    var expression: String?
    var importing = false
    var type = "aws_security_group"
    var must: [String] = []
    var may: [String]

    var testDescription: String { name }
  }

  static let unseen = "all protocols: unknown:aws_security_group.x.egress"
  static let allOut = "all protocols: 0.0.0.0/0"
  static let existing =
    #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[],"egress":[\#(TestValue.allOut)]}"#

  static let rows = [
    Row(name: "omitted on create", unknown: "true", may: []),
    Row(
      name: "null on create", unknown: "true", expression: #"{"constant_value":null}"#, may: []),
    Row(name: "dynamic over nothing on create", unknown: "true", may: []),
    Row(
      name: "empty list", after: "[]", unknown: "[]", expression: #"{"constant_value":[]}"#,
      may: []),
    Row(
      name: "an expression that is not computable", unknown: "true",
      expression: #"{"references":["local.egress"]}"#, may: [unseen]),
    Row(
      name: "an expression without references", unknown: "true", expression: "{}", may: [unseen]),
    Row(
      name: "a static block", after: "[\(TestValue.allOut)]",
      unknown: #"[{"cidr_blocks":[false]}]"#,
      expression: #"{"constant_value":[{}]}"#, must: [allOut], may: [allOut]),
    Row(
      name: "a dynamic block over a known list", after: "[\(TestValue.allOut)]",
      unknown: #"[{"cidr_blocks":[false]}]"#, must: [allOut], may: [allOut]),
    Row(
      name: "a block with an unknown list of CIDRs",
      after:
        #"[{"protocol":"tcp","from_port":443,"to_port":443,"ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[],"self":false}]"#,
      unknown: #"[{"cidr_blocks":true}]"#, expression: #"{"references":["aws_vpc.v.cidr_block"]}"#,
      may: ["tcp 443: unknown:aws_security_group.x.egress[0].cidr_blocks"]),
    Row(
      name: "a block with a known and an unknown list",
      after:
        #"[{"protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":["10.0.0.0/8"],"prefix_list_ids":[],"security_groups":[],"self":false}]"#,
      unknown: #"[{"cidr_blocks":[false],"ipv6_cidr_blocks":true}]"#,
      expression: #"{"references":["aws_vpc.v.cidr_block"]}"#, must: ["tcp 443: 10.0.0.0/8"],
      may: ["tcp 443: 10.0.0.0/8, unknown:aws_security_group.x.egress[0].ipv6_cidr_blocks"]),
    Row(
      name: "a block with an unknown group",
      after:
        #"[{"protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":[],"ipv6_cidr_blocks":[],"prefix_list_ids":[],"self":false}]"#,
      unknown: #"[{"security_groups":true}]"#,
      expression: #"{"references":["aws_security_group.o.id"]}"#,
      may: ["tcp 443: unknown:aws_security_group.x.egress[0].security_groups"]),
    Row(
      name: "a block with an unknown prefix list",
      after:
        #"[{"protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":[],"ipv6_cidr_blocks":[],"security_groups":[],"self":false}]"#,
      unknown: #"[{"prefix_list_ids":true}]"#,
      expression: #"{"references":["aws_ec2_managed_prefix_list.o.id"]}"#,
      may: ["tcp 443: unknown:aws_security_group.x.egress[0].prefix_list_ids"]),
    Row(
      name: "a dynamic block over an unknown list",
      after:
        #"[{"description":"","ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[],"self":false}]"#,
      unknown: #"[{"cidr_blocks":true,"from_port":true,"protocol":true,"to_port":true}]"#,
      may: ["all protocols: unknown:aws_security_group.x.egress[0].cidr_blocks"]),
    Row(
      name: "more blocks in the mask than in the value", after: "[]", unknown: "[true]",
      may: [
        "all protocols: unknown:aws_security_group.x.egress[0]"
      ]),
    Row(
      name: "a block without peers", after: "[\(TestValue.block("-1", 0, 0))]", unknown: "[{}]",
      expression: #"{"constant_value":[{}]}"#, may: []),
    // What is there stays, unless something is written.
    Row(
      name: "omitted, nothing to do", actions: ["no-op"], before: existing,
      after: "[\(TestValue.allOut)]", must: [allOut], may: [allOut]),
    Row(
      name: "block removed", actions: ["update"], before: existing,
      after: "[\(TestValue.allOut)]", must: [allOut], may: [allOut]),
    Row(
      name: "unknown on update", actions: ["update"], before: existing, unknown: "true",
      may: [unseen]),
    Row(
      name: "empty list on update", actions: ["update"], before: existing, after: "[]",
      expression: #"{"constant_value":[]}"#, may: []),
    Row(
      name: "omitted on import", actions: ["no-op"], before: existing,
      after: "[\(TestValue.allOut)]", importing: true, must: [allOut], may: [allOut]),
    Row(
      name: "an import that is put off", unknown: "true", importing: true, may: [unseen]),
    Row(
      name: "omitted on replacement", actions: ["delete", "create"], before: existing,
      unknown: "true", may: []),
    Row(
      name: "omitted on replacement, the new one first", actions: ["create", "delete"],
      before: existing, unknown: "true", may: []),
    Row(
      name: "the default group is adopted", unknown: "true", type: "aws_default_security_group",
      may: []),
    Row(
      name: "the default group later", actions: ["update"], before: existing,
      after: "[\(TestValue.allOut)]", type: "aws_default_security_group", must: [allOut],
      may: [allOut]),
  ]

  @Test(arguments: rows) func egress(_ row: Row) {
    var plan = TestPlan()
    let address = "\(row.type).x"
    var after = [#""vpc_id":"vpc-1","ingress":[]"#]
    if let egress = row.after { after.append(#""egress":\#(egress)"#) }
    var unknown = row.actions.contains("create") ? [#""id":true"#] : []
    if !row.actions.contains("create") { after.append(#""id":"sg-1""#) }
    if let mask = row.unknown { unknown.append(#""egress":\#(mask)"#) }
    plan.change(
      address, row.actions, before: row.before, after: "{\(after.joined(separator: ","))}",
      unknown: "{\(unknown.joined(separator: ","))}",
      further: row.importing ? #""importing":{"id":"sg-1"}"# : "")
    plan.configure(address, row.expression.map { #""egress":\#($0)"# } ?? "")
    let read = TestEstate(plan)
    let type = row.type
    func named(_ lines: [String]) -> [String] {
      lines.map { line in
        line.split(separator: "aws_security_group.", omittingEmptySubsequences: false)
          .joined(separator: "\(type).")
      }
    }
    #expect(read.must(address, .egress) == named(row.must))
    #expect(read.may(address, .egress) == named(row.may))
    #expect(read.failures.isEmpty)
  }

  @Test func aNoteOnTheDefaultGroupDoesNotSpeakOfCreation() throws {
    var plan = TestPlan()
    plan.change(
      "aws_default_security_group.d", after: #"{"vpc_id":"vpc-1"}"#, unknown: TestValue.omitted)
    plan.configure("aws_default_security_group.d")
    let group = try #require(TestEstate(plan).group("aws_default_security_group.d"))
    let note = try #require(group.notes.first?.text)
    #expect(note.contains("adopts"))
    #expect(!note.contains("creates"))
    #expect(group.terraform?.fate == .adopted)
  }

  @Test func protocolsAndPortsAreReadInEverySpelling() {
    let rows: [(service: String, ports: (Int, Int)?, line: String)] = [
      ("TCP", (443, 443), "tcp 443: 10.0.0.0/8"), ("6", (443, 443), "tcp 443: 10.0.0.0/8"),
      ("17", (53, 53), "udp 53: 10.0.0.0/8"), ("-1", nil, "all protocols: 10.0.0.0/8"),
      ("-1", (443, 443), "all protocols: 10.0.0.0/8"),
      ("all", (0, 65535), "all protocols: 10.0.0.0/8"),
      ("50", (443, 443), "protocol 50: 10.0.0.0/8"),
      ("icmp", (8, -1), "icmp type 8: 10.0.0.0/8"),
      ("58", (-1, -1), "icmpv6, all types: 10.0.0.0/8"), ("tcp", (0, 0), "tcp 0: 10.0.0.0/8"),
    ]
    for row in rows {
      var plan = TestPlan()
      plan.change(
        "aws_vpc_security_group_ingress_rule.r",
        after: TestValue.rule("sg-1", row.service, row.ports, #""cidr_ipv4":"10.0.0.0/8""#))
      #expect(TestEstate(plan).must("sg-1", .ingress) == [row.line], "\(row.service)")
    }
  }
}
