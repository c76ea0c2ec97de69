import SGModel
import Testing

@testable import Loaders

/// What each kind of change leaves behind, and what there was before it.
@Suite struct TerraformChangeTests {
  static let open = "all protocols: 0.0.0.0/0"
  static let group = "aws_security_group.x"

  /// A group as it is, with these lists.
  static func values(
    _ id: String = "sg-1", ingress: [String] = [], egress: [String] = []
  ) -> String {
    #"{"id":"\#(id)","name":"x","vpc_id":"vpc-1","ingress":[\#(ingress.joined(separator: ","))],"egress":[\#(egress.joined(separator: ","))]}"#
  }

  static func https(_ group: String? = "sg-1", _ cidr: String = "10.0.0.0/8") -> String {
    TestValue.rule(group, "tcp", (443, 443), #""cidr_ipv4":"\#(cidr)""#)
  }

  static let httpsBlock = TestValue.block("tcp", 443, 443, cidrs: ["10.0.0.0/8"])
  static let made = #"{"name":"x","vpc_id":"vpc-1"}"#

  // MARK: Groups

  @Test func aDestroyedGroupIsThereBeforeAndNotAfter() {
    var plan = TestPlan()
    plan.change(Self.group, ["delete"], before: Self.values(egress: [TestValue.allOut]))
    plan.change(
      "aws_vpc_security_group_ingress_rule.r", ["no-op"], before: Self.https(), after: Self.https())
    #expect(TestEstate(plan).estate.groups.isEmpty, "a rule of a group that goes, goes with it")
    let before = TestEstate(plan, view: .before)
    #expect(before.must(Self.group, .egress) == [Self.open])
    #expect(before.must(Self.group, .ingress) == ["tcp 443: 10.0.0.0/8"])
  }

  @Test func aForgottenGroupStaysAsItIs() throws {
    var plan = TestPlan()
    plan.change(Self.group, ["forget"], before: Self.values(egress: [TestValue.allOut]))
    let read = TestEstate(plan)
    #expect(read.must(Self.group, .egress) == [Self.open])
    let group = try #require(read.group(Self.group))
    #expect(group.terraform?.fate == .forgotten)
    #expect(group.notes.allSatisfy { $0.text.contains("forgets") })
  }

  @Test(arguments: [["delete", "create"], ["create", "delete"]])
  func aReplacementTakesTheOldOneAway(_ actions: [String]) {
    var plan = TestPlan()
    plan.change(
      Self.group, actions, before: Self.values(egress: [TestValue.allOut]), after: Self.made,
      unknown: TestValue.omitted)
    plan.configure(Self.group)
    // An interface that still shows the old id carries a group that goes.
    plan.change(
      "aws_network_interface.i", ["update"],
      before: #"{"id":"eni-1","security_groups":["sg-1"]}"#,
      after: #"{"id":"eni-1","security_groups":["sg-1"]}"#)
    let read = TestEstate(plan)
    #expect(read.estate.groups.count == 1)
    #expect(read.may(Self.group, .egress) == [])
    #expect(TestEstate(plan, view: .before).must(Self.group, .egress) == [Self.open])
  }

  @Test func aReplacementThatForgetsLeavesTheOldOneBehind() throws {
    var plan = TestPlan()
    plan.change(
      Self.group, ["create", "forget"], before: Self.values(egress: [TestValue.allOut]),
      after: Self.made, unknown: TestValue.omitted)
    plan.configure(Self.group)
    let read = TestEstate(plan)
    #expect(read.may(Self.group, .egress) == [])
    #expect(read.must("sg-1", .egress) == [Self.open])
    let old = try #require(read.estate.groups.last)
    #expect(old.address == nil, "the address is that of the successor")
    #expect(old.terraform?.fate == .forgotten)
  }

  @Test(arguments: [(["delete"], 1), (["no-op"], 2), (["forget"], 2)])
  func aDeposedObjectIsNotItsSuccessor(_ actions: [String], _ count: Int) {
    var plan = TestPlan()
    plan.change(Self.group, ["no-op"], before: Self.values("sg-2"), after: Self.values("sg-2"))
    plan.change(
      Self.group, actions, before: Self.values("sg-1", egress: [TestValue.allOut]),
      deposed: "1a2b3c4d")
    let read = TestEstate(plan)
    #expect(read.estate.groups.count == count)
    #expect(read.may(Self.group, .egress) == [])
    #expect(!read.messages.contains { $0.contains("more than once") })
    let before = TestEstate(plan, view: .before)
    #expect(before.must("sg-1", .egress) == [Self.open])
  }

  @Test func destroyingTheDefaultGroupChangesNothing() {
    var plan = TestPlan()
    plan.change(
      "aws_default_security_group.d", ["delete"], before: Self.values(egress: [TestValue.allOut]))
    #expect(TestEstate(plan).must("aws_default_security_group.d", .egress) == [Self.open])
  }

  @Test func theDefaultGroupOfAnotherVPCIsAdoptedAndTheOldOneStays() {
    var plan = TestPlan()
    plan.change(
      "aws_default_security_group.d", ["delete", "create"],
      before: Self.values(egress: [TestValue.allOut]), after: #"{"vpc_id":"vpc-2"}"#,
      unknown: TestValue.omitted)
    plan.configure("aws_default_security_group.d")
    let read = TestEstate(plan)
    #expect(read.may("aws_default_security_group.d", .egress) == [])
    #expect(read.must("sg-1", .egress) == [Self.open])
  }

  @Test func anUnknownActionIsAnErrorAndTheGroupIsStillRead() {
    var plan = TestPlan()
    plan.change(Self.group, ["transmute"], after: Self.values(egress: [TestValue.allOut]))
    let read = TestEstate(plan)
    #expect(read.must(Self.group, .egress) == [Self.open])
    #expect(read.estate.issues.first?.severity == .error)
  }

  // MARK: Rules of their own and lists that were read back

  struct Ownership: CustomTestStringConvertible, Sendable {
    var name: String
    var actions: [String]
    var before = "null"
    var after = "null"
    /// What the group's list shows: it is read before the change.
    var list: [String] = []
    var must: [String]
    var testDescription: String { name }
  }

  static let ownership = [
    Ownership(
      name: "a rule and its entry in the list are one", actions: ["no-op"], before: https(),
      after: https(), list: [httpsBlock], must: ["tcp 443: 10.0.0.0/8"]),
    Ownership(
      name: "a destroyed rule is still in the list", actions: ["delete"], before: https(),
      list: [httpsBlock], must: []),
    Ownership(
      name: "a changed rule is in the list as it was", actions: ["update"], before: https(),
      after: https("sg-1", "0.0.0.0/0"), list: [httpsBlock], must: ["tcp 443: 0.0.0.0/0"]),
    Ownership(
      name: "a replaced rule is in the list as it was", actions: ["delete", "create"],
      before: https(), after: https("sg-1", "10.1.0.0/16"), list: [httpsBlock],
      must: ["tcp 443: 10.1.0.0/16"]),
    Ownership(
      name: "a forgotten rule stays", actions: ["forget"], before: https(), list: [httpsBlock],
      must: ["tcp 443: 10.0.0.0/8"]),
    Ownership(
      name: "a new rule is not in the list yet", actions: ["create"], after: https(),
      must: ["tcp 443: 10.0.0.0/8"]),
    Ownership(
      name: "what nobody owns stays", actions: ["delete"], before: https(),
      list: [httpsBlock, TestValue.block("tcp", 22, 22, cidrs: ["10.0.0.0/8"])],
      must: ["tcp 22: 10.0.0.0/8"]),
    Ownership(
      name: "itself is itself by id and by name", actions: ["delete"],
      before: TestValue.rule("sg-1", "-1", nil, #""referenced_security_group_id":"sg-1""#),
      list: [TestValue.block("-1", 0, 0, isSelf: true)], must: []),
  ]

  @Test(arguments: ownership) func owned(_ row: Ownership) {
    var plan = TestPlan()
    let values = Self.values(ingress: row.list)
    plan.change(Self.group, ["no-op"], before: values, after: values)
    plan.configure(Self.group)
    plan.change(
      "aws_vpc_security_group_ingress_rule.r", row.actions, before: row.before, after: row.after)
    plan.configure("aws_vpc_security_group_ingress_rule.r")
    let read = TestEstate(plan)
    #expect(read.must(Self.group, .ingress) == row.must)
    #expect(read.may(Self.group, .ingress) == row.must)
  }

  @Test func beforeIsWhatWasRefreshed() {
    var plan = TestPlan()
    let values = Self.values(ingress: [Self.httpsBlock], egress: [TestValue.allOut])
    plan.change(Self.group, ["update"], before: values, after: Self.values(egress: []))
    plan.configure(Self.group, #""egress":{"constant_value":[]},"ingress":{"constant_value":[]}"#)
    plan.change("aws_vpc_security_group_ingress_rule.new", after: Self.https("sg-1", "0.0.0.0/0"))
    let before = TestEstate(plan, view: .before)
    #expect(before.must(Self.group, .ingress) == ["tcp 443: 10.0.0.0/8"])
    #expect(before.may(Self.group, .egress) == [Self.open])
    let after = TestEstate(plan, view: .after)
    #expect(after.may(Self.group, .egress) == [])
    #expect(after.may(Self.group, .ingress) == ["tcp 443: 0.0.0.0/0"])
  }

  @Test func aGroupThatIsMadeIsNotThereBefore() {
    var plan = TestPlan()
    plan.change(Self.group, after: Self.made, unknown: TestValue.omitted)
    #expect(TestEstate(plan, view: .before).estate.groups.isEmpty)
    #expect(TestEstate(plan, view: .after).estate.groups.count == 1)
  }

  @Test func movedResourcesAreOne() {
    var plan = TestPlan()
    plan.change(
      "module.m.aws_security_group.x", ["no-op"], before: Self.values(egress: [TestValue.allOut]),
      after: Self.values(egress: [TestValue.allOut]), module: "module.m")
    #expect(
      TestEstate(plan).must("module.m.aws_security_group.x", .egress) == [Self.open])
  }

  @Test func aFightIsOnlySaidWhereTheOwnerIsCertain() {
    func messages(_ references: String) -> [String] {
      var plan = TestPlan()
      for name in ["a", "b"] {
        plan.change(
          "aws_security_group.\(name)", after: #"{"vpc_id":"vpc-1","egress":[]}"#,
          unknown: #"{"id":true,"ingress":true}"#)
        plan.configure("aws_security_group.\(name)", #""egress":{"constant_value":[]}"#)
      }
      plan.change(
        "aws_vpc_security_group_egress_rule.r",
        after: TestValue.rule(nil, "-1", nil, #""cidr_ipv4":"0.0.0.0/0""#),
        unknown: TestValue.unknownGroup)
      plan.configure(
        "aws_vpc_security_group_egress_rule.r", #""security_group_id":\#(references)"#)
      return TestEstate(plan).messages.filter { $0.contains("fight") }
    }
    #expect(
      messages(TestPlan.references("aws_security_group.a.id", "aws_security_group.a")).count == 1)
    #expect(
      messages(
        TestPlan.references(
          "var.x", "aws_security_group.a.id", "aws_security_group.a", "aws_security_group.b.id",
          "aws_security_group.b")
      ).isEmpty)
  }

  // MARK: Plans that are not whole

  static func target(_ further: String, count: String? = nil) -> TestEstate {
    var plan = TestPlan()
    plan.change(Self.group, after: Self.made, unknown: TestValue.omitted)
    plan.configure(Self.group)
    plan.configure(
      "aws_vpc_security_group_egress_rule.out",
      #""security_group_id":\#(TestPlan.references("aws_security_group.x.id", "aws_security_group.x"))"#,
      count: count)
    plan.further = further
    return TestEstate(plan)
  }

  @Test func whatAnIncompletePlanLeavesOutIsPossible() throws {
    for further in [#""complete":false"#, #""errored":true,"complete":false"#, #""errored":true"#] {
      let read = Self.target(further)
      #expect(
        read.may(Self.group, .egress) == [
          "all protocols: unknown:aws_vpc_security_group_egress_rule.out"
        ],
        "\(further)")
      #expect(read.must(Self.group, .egress) == [])
    }
    #expect(Self.target(#""complete":false"#).messages.contains { $0.contains("incomplete") })
    #expect(Self.target(#""errored":true"#).estate.issues.contains { $0.severity == .error })
  }

  /// OpenTofu does not say whether a plan is complete; a resource without `count` that is nowhere in
  /// a plan was left out.
  @Test func anIncompletePlanOfOpenTofuIsRecognised() {
    let read = Self.target("")
    #expect(
      read.may(Self.group, .egress) == [
        "all protocols: unknown:aws_vpc_security_group_egress_rule.out"
      ])
    #expect(read.messages.contains { $0.contains("incomplete") })
    #expect(Self.target("", count: #"{"references":["var.n"]}"#).may(Self.group, .egress) == [])
    #expect(Self.target(#""complete":true"#).may(Self.group, .egress) == [])
  }

  @Test func deferredChangesAreUnknown() {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.kept", ["no-op"], before: Self.values(), after: Self.values())
    let group = TestPlan.changeText(
      Self.group, ["create"], after: Self.made, unknown: TestValue.omitted)
    let rule = TestPlan.changeText(
      "aws_vpc_security_group_ingress_rule.r", ["create"], after: Self.https("sg-1"))
    plan.deferred = [
      #"{"reason":"instance_count_unknown","resource_change":\#(group)}"#,
      #"{"reason":"resource_config_unknown","resource_change":\#(rule)}"#,
    ]
    let read = TestEstate(plan)
    #expect(
      read.may(Self.group, .egress) == [
        "all protocols: unknown:aws_security_group.x.egress, which is deferred"
      ])
    #expect(read.must("aws_security_group.kept", .ingress) == [])
    #expect(read.may("aws_security_group.kept", .ingress) == ["tcp 443: 10.0.0.0/8"])
    #expect(read.messages.filter { $0.contains("is deferred") }.count == 2)
  }

  @Test func aRefreshOnlyPlanIsReadFromItsState() {
    var plan = TestPlan()
    plan.hasChanges = false
    plan.state(Self.group, Self.values(ingress: [Self.httpsBlock], egress: [TestValue.allOut]))
    plan.state("aws_vpc_security_group_ingress_rule.r", Self.https())
    plan.further = #""planned_values":{"root_module":{}},"resource_drift":[]"#
    for view in PlanView.allCases {
      let read = TestEstate(plan, view: view)
      #expect(read.must(Self.group, .egress) == [Self.open])
      #expect(read.must(Self.group, .ingress) == ["tcp 443: 10.0.0.0/8"])
    }
  }

  @Test func driftIsInTheStateAlready() {
    var plan = TestPlan()
    plan.change(Self.group, ["no-op"], before: Self.values(), after: Self.values())
    let drift = TestPlan.changeText(
      Self.group, ["update"], before: Self.values(egress: [TestValue.allOut]),
      after: Self.values())
    plan.further = #""resource_drift":[\#(drift)]"#
    #expect(TestEstate(plan).may(Self.group, .egress) == [])
    #expect(TestEstate(plan).estate.groups.count == 1)
  }

  /// Planned values leave out what is unknown; they are all there is where changes are missing.
  @Test func plannedValuesThatAreMissingAreUnknown() {
    var plan = TestPlan()
    plan.hasChanges = false
    plan.further =
      #""planned_values":{"root_module":{"resources":[{"address":"aws_security_group.x","mode":"managed","type":"aws_security_group","name":"x","provider_name":"registry.opentofu.org/hashicorp/aws","values":{"id":"sg-1","ingress":[]}},{"address":"aws_vpc_security_group_ingress_rule.r","mode":"managed","type":"aws_vpc_security_group_ingress_rule","name":"r","provider_name":"registry.opentofu.org/hashicorp/aws","values":{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443,"cidr_ipv6":null,"prefix_list_id":null,"referenced_security_group_id":null}}]}}"#
    let read = TestEstate(plan)
    #expect(read.may(Self.group, .egress) == ["all protocols: unknown:aws_security_group.x.egress"])
    #expect(
      read.may(Self.group, .ingress) == [
        "tcp 443: unknown:aws_vpc_security_group_ingress_rule.r.cidr_ipv4"
      ])
  }

  // MARK: Other providers

  @Test(arguments: [
    "registry.opentofu.org/hashicorp/aws", "mirror.example.com/acme/aws", "aws",
  ])
  func mirroredProvidersAreTheProvider(_ provider: String) {
    var plan = TestPlan()
    plan.change(
      Self.group, ["no-op"], before: Self.values(), after: Self.values(), provider: provider)
    #expect(TestEstate(plan).estate.groups.count == 1)
  }

  @Test func otherProvidersWithTypesOfThatNameAreNot() {
    var plan = TestPlan()
    plan.change(
      Self.group, ["no-op"], before: Self.values(), after: Self.values(),
      provider: "registry.terraform.io/hashicorp/awscc")
    #expect(TestEstate(plan).estate.groups.isEmpty)
  }
}
