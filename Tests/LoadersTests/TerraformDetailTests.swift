import SGModel
import Testing

@testable import Loaders

/// Details of plans, each of which a small change of the code would get wrong.
@Suite struct TerraformDetailTests {
  static let made = #"{"name":"g","vpc_id":"vpc-1"}"#
  static let ten = #""cidr_ipv4":"10.0.0.0/8""#
  static let g = TestPlan.references("aws_security_group.g.id", "aws_security_group.g")

  /// A group `sg-1` that is there already.
  static func existing(
    ingress: String = "[]", egress: String = "[]", written: String = "", unknown: String = "{}",
    actions: [String] = ["no-op"]
  ) -> TestPlan {
    var plan = TestPlan()
    let values =
      #"{"id":"sg-1","name":"g","vpc_id":"vpc-1","ingress":\#(ingress),"egress":\#(egress)}"#
    plan.change("aws_security_group.g", actions, before: values, after: values, unknown: unknown)
    plan.configure("aws_security_group.g", written)
    return plan
  }

  static func addMade(_ address: String, to plan: inout TestPlan, key: String? = nil) {
    plan.change(address, after: made, unknown: TestValue.omitted, key: key)
  }

  static func tcp(_ group: String?, _ peer: String) -> String {
    TestValue.rule(group, "tcp", (443, 443), peer)
  }

  static let rule = "aws_vpc_security_group_ingress_rule.r"

  // MARK: What goes and what stays

  @Test func aChangedRuleLeavesTheListThatWasRead() {
    var plan = Self.existing(ingress: "[\(TestValue.block(cidrs: ["10.0.0.0/8"]))]")
    plan.change(
      Self.rule, ["update"], before: Self.tcp("sg-1", Self.ten),
      after: Self.tcp("sg-1", #""cidr_ipv4":"11.0.0.0/8""#))
    plan.configure(Self.rule)
    #expect(TestEstate(plan).may("sg-1", .ingress) == ["tcp 443: 11.0.0.0/8"])
  }

  /// What a replacement has left behind goes with the next apply.
  @Test func aDeposedRuleLeavesTheListThatWasRead() {
    var plan = Self.existing(ingress: "[\(TestValue.block(cidrs: ["10.0.0.0/8", "11.0.0.0/8"]))]")
    plan.change(
      Self.rule, ["no-op"], before: Self.tcp("sg-1", #""cidr_ipv4":"11.0.0.0/8""#),
      after: Self.tcp("sg-1", #""cidr_ipv4":"11.0.0.0/8""#))
    plan.change(
      Self.rule, ["delete"], before: Self.tcp("sg-1", Self.ten), deposed: "1a2b3c4d")
    plan.configure(Self.rule)
    #expect(TestEstate(plan).may("sg-1", .ingress) == ["tcp 443: 11.0.0.0/8"])
  }

  @Test func anArgumentThatIsWrittenIsNotTakenAway() {
    let list = "[\(TestValue.block(cidrs: ["10.0.0.0/8"]))]"
    var plan = Self.existing(
      ingress: list, written: #""ingress":{"constant_value":\#(list)}"#)
    plan.change(Self.rule, ["delete"], before: Self.tcp("sg-1", Self.ten))
    #expect(TestEstate(plan).must("sg-1", .ingress) == ["tcp 443: 10.0.0.0/8"])
  }

  @Test func aRuleThatIsMadeBehindTheGroupsArgumentIsCertain() {
    var plan = Self.existing(written: #""ingress":{"constant_value":[]}"#)
    plan.change(Self.rule, after: Self.tcp("sg-1", Self.ten))
    plan.configure(Self.rule)
    #expect(TestEstate(plan).must("sg-1", .ingress) == ["tcp 443: 10.0.0.0/8"])
  }

  @Test func whatIsClaimedIsKeptOnlyWhereItIsNew() {
    func claim(_ plan: TestPlan) -> TestEstate {
      var plan = plan
      plan.change(
        "aws_vpc_security_group_rules_exclusive.x",
        after: #"{"security_group_id":"sg-1","ingress_rule_ids":[],"egress_rule_ids":[]}"#)
      plan.configure("aws_vpc_security_group_rules_exclusive.x")
      plan.change(Self.rule, after: Self.tcp("sg-1", #""cidr_ipv4":"11.0.0.0/8""#))
      plan.configure(Self.rule)
      return TestEstate(plan)
    }
    let read = claim(Self.existing(ingress: "[\(TestValue.block(cidrs: ["10.0.0.0/8"]))]"))
    #expect(read.must("sg-1", .ingress) == [])
    #expect(read.may("sg-1", .ingress) == ["tcp 443: 11.0.0.0/8"])
    // Whatever else the group has is revoked.
    let unknown = claim(Self.existing(unknown: #"{"egress":true}"#, actions: ["update"]))
    #expect(unknown.may("sg-1", .egress) == [])
  }

  @Test func aDeposedObjectIsThereOnce() {
    let values = #"{"id":"sg-2","name":"old","vpc_id":"vpc-1","ingress":[],"egress":[]}"#
    var plan = Self.existing()
    plan.change("aws_security_group.g", ["no-op"], before: values, deposed: "1a2b3c4d")
    plan.prior = [
      #"{"address":"aws_security_group.g","mode":"managed","type":"aws_security_group","name":"g","deposed_key":"1a2b3c4d","provider_name":"registry.terraform.io/hashicorp/aws","values":\#(values)}"#
    ]
    #expect(TestEstate(plan).estate.groups.map { $0.id } == ["sg-1", "sg-2"])
  }

  @Test func aDataSourceThatIsReadLaterIsNotThereTwice() {
    var plan = TestPlan()
    let values = #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#
    plan.change("data.aws_vpc.v", ["read"], after: values)
    plan.state("data.aws_vpc.v", values)
    #expect(!TestEstate(plan).messages.contains { $0.contains("more than once") })
    for view in [PlanView.before, .after] {
      let vpcs = TestEstate(plan, view: view).estate.vpcs
      #expect(vpcs.map { $0.known.cidrTexts } == [["10.0.0.0/16"]])
    }
  }

  @Test func whatIsDeferredMakesAPlanIncomplete() {
    var plan = Self.existing()
    plan.deferred = [
      #"{"reason":"instance_count_unknown","resource_change":\#(TestPlan.changeText("aws_vpc.other", ["create"], after: "{}"))}"#
    ]
    plan.configure(
      Self.rule, #""security_group_id":\#(Self.g)"#, count: #"{"references":["aws_vpc.other"]}"#)
    #expect(TestEstate(plan).may("sg-1", .ingress)?.isEmpty == false)
  }

  // MARK: Whose it is

  @Test func aDirectionThatIsNotKnownIsBoth() {
    var plan = Self.existing()
    plan.change(
      "aws_security_group_rule.r",
      after:
        #"{"security_group_id":"sg-1","protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":["10.0.0.0/8"]}"#,
      unknown: #"{"type":true}"#)
    plan.configure("aws_security_group_rule.r")
    let read = TestEstate(plan)
    for direction in Direction.allCases {
      #expect(read.must("sg-1", direction) == [])
      #expect(read.may("sg-1", direction) == ["tcp 443: 10.0.0.0/8"])
    }
  }

  /// The groups that may have a rule which a local leads to.
  static func mayHave(_ plan: TestPlan) -> [String] {
    let read = TestEstate(plan)
    return read.estate.groups.compactMap { $0.address }
      .filter { read.may($0, .ingress)?.contains("tcp 443: 10.0.0.0/8") ?? false }.sorted()
  }

  static func ruleOfLocal(_ plan: inout TestPlan) {
    plan.change(rule, after: tcp(nil, ten), unknown: TestValue.unknownGroup)
    plan.configure(rule, #""security_group_id":\#(TestPlan.references("local.id"))"#)
  }

  @Test func whatAnExpressionReadsIsWhatItMayBeOn() {
    var plan = TestPlan()
    for name in ["a", "b"] {
      Self.addMade("aws_security_group.\(name)", to: &plan)
      plan.configure("aws_security_group.\(name)")
    }
    Self.ruleOfLocal(&plan)
    #expect(Self.mayHave(plan) == ["aws_security_group.a", "aws_security_group.b"])
    plan.further =
      #""relevant_attributes":[{"resource":"aws_security_group.b","attribute":["id"]}]"#
    #expect(Self.mayHave(plan) == ["aws_security_group.b"])
  }

  @Test func aModuleThatGivesNothingBackIsNotSeen() {
    for (outputs, seen) in [("", false), (#""outputs":{"x":{"expression":{}}},"#, true)] {
      var plan = TestPlan()
      Self.addMade("aws_security_group.g", to: &plan)
      plan.configure("aws_security_group.g")
      plan.change(
        "module.m.aws_security_group.this", after: Self.made, unknown: TestValue.omitted,
        module: "module.m")
      plan.calls =
        #""m":{"module":{\#(outputs)"resources":[\#(TestPlan.configured("aws_security_group.this"))]}}"#
      Self.ruleOfLocal(&plan)
      #expect(Self.mayHave(plan).contains("module.m.aws_security_group.this") == seen)
    }
  }

  /// What is passed to a module and cannot be followed may be any group of the caller.
  @Test func aModuleSeesWhatIsPassedToIt() {
    for (passed, seen) in [("local.x", true), ("var.name", false)] {
      var plan = TestPlan()
      Self.addMade("aws_security_group.g", to: &plan)
      plan.configure("aws_security_group.g")
      plan.change(
        "module.m.aws_security_group.this", after: Self.made, unknown: TestValue.omitted,
        module: "module.m")
      plan.change(
        "module.m.\(Self.rule)", after: Self.tcp(nil, Self.ten), unknown: TestValue.unknownGroup,
        module: "module.m")
      let inner = [
        TestPlan.configured("aws_security_group.this"),
        TestPlan.configured(
          Self.rule, #""security_group_id":\#(TestPlan.references("local.id"))"#),
      ].joined(separator: ",")
      plan.calls =
        #""m":{"expressions":{"sg":\#(TestPlan.references(passed))},"module":{"resources":[\#(inner)]}}"#
      #expect(Self.mayHave(plan).contains("aws_security_group.g") == seen, "\(passed)")
    }
  }

  @Test func theDefaultGroupIsKnownByItsId() {
    var plan = TestPlan()
    let values = #"{"id":"vpc-1","cidr_block":"10.0.0.0/16","default_security_group_id":"sg-9"}"#
    plan.change("aws_vpc.v", ["no-op"], before: values, after: values)
    plan.change(Self.rule, after: Self.tcp("sg-9", Self.ten))
    plan.configure(Self.rule)
    let group = TestEstate(plan).group("sg-9")
    #expect(group?.name == "the default group of vpc-1")
    #expect(group?.vpcLabel == "vpc-1")
  }

  // MARK: VPCs and lists

  @Test(arguments: [
    (#"{"cidr_block":"10.0.0.0/16"}"#, #"{"id":true,"ipv6_cidr_block":true}"#, 0),
    (
      #"{"cidr_block":"10.0.0.0/16","ipv6_ipam_pool_id":"p"}"#,
      #"{"id":true,"ipv6_cidr_block":true}"#, 1
    ),
    (#"{"cidr_block":"10.0.0.0/16","ipv6_cidr_block":"2001:db8::/56"}"#, #"{"id":true}"#, 0),
  ])
  func cidrsOfAVPC(after: String, unknown: String, count: Int) {
    var plan = TestPlan()
    plan.change("aws_vpc.v", after: after, unknown: unknown)
    let vpc = TestEstate(plan).estate.vpcs.first
    #expect(vpc?.unknown.count == count)
    #expect(vpc?.known.v6.isEmpty == !after.contains("2001"))
  }

  @Test func aCIDRThatIsAboutToBeAssociatedCounts() {
    var plan = TestPlan()
    plan.state(
      "data.aws_vpc.v",
      #"{"id":"vpc-1","cidr_block":"10.0.0.0/16","cidr_block_associations":[{"cidr_block":"100.64.0.0/16","state":"associating"}]}"#
    )
    #expect(
      TestEstate(plan).estate.vpcs.map { $0.known.cidrTexts } == [["10.0.0.0/16", "100.64.0.0/16"]])
  }

  @Test func anAssociationMayBringACIDRThatIsNotKnown() {
    var plan = TestPlan()
    plan.change("aws_vpc.v", after: #"{"cidr_block":"10.0.0.0/16"}"#, unknown: #"{"id":true}"#)
    plan.configure("aws_vpc.v")
    plan.change(
      "aws_vpc_ipv4_cidr_block_association.a", after: "{}",
      unknown: #"{"vpc_id":true,"cidr_block":true}"#)
    plan.configure(
      "aws_vpc_ipv4_cidr_block_association.a",
      #""vpc_id":\#(TestPlan.references("aws_vpc.v.id", "aws_vpc.v"))"#)
    #expect(TestEstate(plan).estate.vpcs.map { $0.unknown.count } == [1])
  }

  @Test func whatOneViewOfAVPCKnowsIsKnown() {
    var plan = TestPlan()
    plan.change(
      "data.aws_vpc.a", ["read"], after: #"{"id":"vpc-1"}"#, unknown: #"{"cidr_block":true}"#)
    plan.state("data.aws_vpc.b", #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#)
    let vpcs = TestEstate(plan).estate.vpcs
    #expect(vpcs.map { $0.known.cidrTexts } == [["10.0.0.0/16"]])
    #expect(vpcs.map { $0.unknown.count } == [0])
  }

  @Test func aVPCBesideWhatCannotBeFollowedIsNotCertain() {
    for (more, isKnown) in [([String](), true), (["local.other"], false)] {
      var plan = TestPlan()
      plan.change("aws_vpc.v", after: #"{"cidr_block":"10.0.0.0/16"}"#, unknown: #"{"id":true}"#)
      plan.configure("aws_vpc.v")
      Self.addMade("aws_security_group.g", to: &plan)
      plan.changes[1] = TestPlan.changeText(
        "aws_security_group.g", ["create"], after: #"{"name":"g"}"#, unknown: TestValue.omitted)
      let all = (["aws_vpc.v.id", "aws_vpc.v"] + more).map { "\"\($0)\"" }.joined(separator: ",")
      plan.configure("aws_security_group.g", #""vpc_id":{"references":[\#(all)]}"#)
      let label = TestEstate(plan).group("aws_security_group.g")?.vpcLabel
      #expect((label == "aws_vpc.v") == isKnown)
    }
  }

  @Test func whatThePlanMakesOfAPrefixListCountsForMoreThanWhatWasRead() {
    var plan = Self.existing()
    plan.change(
      "aws_ec2_managed_prefix_list.l", ["update"],
      before: #"{"id":"pl-1","entry":[{"cidr":"10.0.0.0/24"}]}"#,
      after: #"{"id":"pl-1","entry":[{"cidr":"10.0.1.0/24"}]}"#)
    plan.state(
      "data.aws_ec2_managed_prefix_list.l", #"{"id":"pl-1","entries":[{"cidr":"10.0.0.0/24"}]}"#)
    plan.change(Self.rule, after: Self.tcp("sg-1", #""prefix_list_id":"pl-1""#))
    #expect(TestEstate(plan).may("sg-1", .ingress) == ["tcp 443: 10.0.1.0/24"])
  }

  @Test func aPrefixListWithEntriesOfItsOwnMayHoldMore() {
    for (written, isKnown) in [("", true), (#""entry":{"references":["var.e"]}"#, false)] {
      var plan = Self.existing()
      plan.change(
        "aws_ec2_managed_prefix_list.l", after: "{}", unknown: #"{"id":true,"entry":true}"#)
      plan.configure("aws_ec2_managed_prefix_list.l", written)
      let list = TestPlan.references(
        "aws_ec2_managed_prefix_list.l.id", "aws_ec2_managed_prefix_list.l")
      plan.change(
        "aws_ec2_managed_prefix_list_entry.e", after: #"{"cidr":"10.0.0.0/24"}"#,
        unknown: #"{"prefix_list_id":true}"#)
      plan.configure("aws_ec2_managed_prefix_list_entry.e", #""prefix_list_id":\#(list)"#)
      plan.change(
        Self.rule,
        after: #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443}"#,
        unknown: #"{"prefix_list_id":true}"#)
      plan.configure(Self.rule, #""prefix_list_id":\#(list)"#)
      let lines = TestEstate(plan).may("sg-1", .ingress)
      #expect((lines == ["tcp 443: 10.0.0.0/24"]) == isKnown, "\(lines ?? [])")
    }
  }

  // MARK: Entries

  @Test(arguments: [
    // More elements are known to come than are shown.
    ("[]", #"[{"cidr_blocks":true}]"#),
    // An element of a list.
    (
      #"[{"protocol":"tcp","from_port":443,"to_port":443,"cidr_blocks":[null]}]"#,
      #"[{"cidr_blocks":[true]}]"#
    ),
    (#"[{"protocol":"tcp","from_port":443,"to_port":443}]"#, #"[{"self":true}]"#),
    ("[{}]", "[true]"),
  ])
  func whatIsNotKnownOfABlockIsPossible(after: String, unknown: String) {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.g", after: #"{"name":"g","vpc_id":"vpc-1","ingress":\#(after)}"#,
      unknown: #"{"id":true,"egress":true,"ingress":\#(unknown)}"#)
    plan.configure("aws_security_group.g")
    let read = TestEstate(plan)
    #expect(read.may("aws_security_group.g", .ingress)?.first?.contains("unknown:") == true)
  }

  @Test func typesThatAreNotKnownAreAllOfThem() {
    var plan = Self.existing()
    plan.change(
      Self.rule,
      after: #"{"security_group_id":"sg-1","ip_protocol":"icmp","to_port":-1,\#(Self.ten)}"#,
      unknown: #"{"from_port":true}"#)
    let read = TestEstate(plan)
    #expect(read.must("sg-1", .ingress) == [])
    #expect(read.may("sg-1", .ingress) == ["icmp, all types: 10.0.0.0/8"])
  }

  @Test func aPrefixListLeavesRoomForAGroup() {
    var plan = Self.existing()
    Self.addMade("aws_security_group.other", to: &plan)
    plan.configure("aws_security_group.other")
    plan.change(
      "aws_security_group_rule.r",
      after:
        #"{"security_group_id":"sg-1","type":"ingress","protocol":"tcp","from_port":443,"to_port":443,"prefix_list_ids":["pl-1"]}"#,
      unknown: #"{"source_security_group_id":true}"#)
    plan.configure(
      "aws_security_group_rule.r",
      #""source_security_group_id":\#(TestPlan.references("aws_security_group.other.id", "aws_security_group.other"))"#
    )
    #expect(
      TestEstate(plan).must("sg-1", .ingress) == ["tcp 443: pl:pl-1, sg:aws_security_group.other"])
  }

  @Test func aListChosenByAnIndexIsNotCertain() {
    var plan = Self.existing()
    plan.change(
      "aws_ec2_managed_prefix_list.l[0]", after: #"{"entry":[{"cidr":"10.0.0.0/24"}]}"#,
      unknown: #"{"id":true}"#, key: "0")
    plan.configure("aws_ec2_managed_prefix_list.l", count: #"{"constant_value":1}"#)
    plan.change(
      Self.rule,
      after: #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443}"#,
      unknown: #"{"prefix_list_id":true}"#)
    plan.configure(
      Self.rule,
      #""prefix_list_id":\#(TestPlan.references("aws_ec2_managed_prefix_list.l", "count.index"))"#)
    #expect(
      TestEstate(plan).may("sg-1", .ingress) == ["tcp 443: unknown:\(Self.rule).prefix_list_id"])
  }

  @Test func aTagOfSensitiveTagsIsNoName() {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.g",
      after: #"{"name":"g","tags":{"Owner":"hunter2"},"tags_all":{"Owner":"hunter2"}}"#,
      unknown: TestValue.omitted, sensitive: #"{"tags":true}"#)
    #expect(TestEstate(plan).group("aws_security_group.g")?.tags == [])
  }

  @Test func eachElementOfAListCanBeSensitive() {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.g",
      after:
        #"{"name":"g","ingress":[\#(TestValue.block(cidrs: ["10.0.0.0/8", "11.0.0.0/8"]))]}"#,
      unknown: #"{"id":true,"egress":true}"#,
      sensitive: #"{"ingress":[{"cidr_blocks":[false,true]}]}"#)
    #expect(TestEstate(plan).estate.origins.map { $0.isSensitive } == [false, true])
  }

  /// Also before the change, and with all that is said of an entry.
  @Test func whatWasSensitiveStaysSo() {
    let values =
      #"{"id":"sg-1","name":"g","ingress":[\#(TestValue.block(cidrs: ["10.0.0.0/8"]))],"egress":[]}"#
      .replacing(#""description":"""#, with: #""description":"hunter2""#)
    for (sensitive, isHidden) in [(#"{"ingress":true}"#, true), ("{}", false)] {
      var plan = TestPlan()
      plan.change(
        "aws_security_group.g", ["no-op"], before: values, after: values, sensitive: sensitive)
      for view in [PlanView.before, .after] {
        let origins = TestEstate(plan, view: view).estate.origins
        #expect(origins.map { $0.isSensitive } == [isHidden])
        #expect(origins.map { $0.note } == [isHidden ? nil : "hunter2"])
      }
    }
  }

  @Test func whatIsWrittenIsToldFromWhatWasRead() {
    let list = "[\(TestValue.allOut)]"
    // Nothing but an argument gives a new group entries, or changes those of one that is there.
    var plan = TestPlan()
    plan.change(
      "aws_security_group.new", after: #"{"name":"n","egress":\#(list)}"#,
      unknown: #"{"id":true,"ingress":true}"#)
    plan.configure("aws_security_group.new")
    plan.change(
      "aws_security_group.changed", ["update"], before: #"{"id":"sg-1","egress":[]}"#,
      after: #"{"id":"sg-1","egress":\#(list)}"#)
    plan.configure("aws_security_group.changed")
    plan.change(
      "aws_security_group.kept", ["update"], before: #"{"id":"sg-2","egress":\#(list)}"#,
      after: #"{"id":"sg-2","egress":\#(list)}"#)
    plan.configure("aws_security_group.kept")
    let read = TestEstate(plan)
    for (name, isWritten) in [("new", true), ("changed", true), ("kept", false)] {
      let group = read.group("aws_security_group.\(name)")
      #expect(group?.terraform?.written.contains(.egress) == isWritten, "\(name)")
    }
  }

  // MARK: What carries groups

  @Test func choicesOfAnInterfaceArePossible() throws {
    var plan = TestPlan()
    for key in 0...1 {
      Self.addMade("aws_security_group.two[\(key)]", to: &plan, key: "\(key)")
    }
    plan.configure("aws_security_group.two", count: #"{"constant_value":2}"#)
    let chosen = TestPlan.references("aws_security_group.two", "count.index")
    plan.change(
      "aws_network_interface.i", after: "{}", unknown: #"{"id":true,"security_groups":true}"#)
    plan.configure("aws_network_interface.i", #""security_groups":\#(chosen)"#)
    plan.change(
      "aws_network_interface.j", after: "{}", unknown: #"{"id":true,"security_groups":true}"#)
    plan.configure(
      "aws_network_interface.j",
      #""security_groups":\#(TestPlan.references("aws_security_group.two[0].id", "aws_security_group.two[0]", "local.more"))"#
    )
    plan.change(
      "aws_network_interface_sg_attachment.a", after: "{}",
      unknown: #"{"security_group_id":true,"network_interface_id":true}"#)
    plan.configure(
      "aws_network_interface_sg_attachment.a",
      #""security_group_id":\#(chosen),"network_interface_id":\#(TestPlan.references("aws_network_interface.j.id", "aws_network_interface.j"))"#
    )
    plan.change(
      "aws_network_interface_permission.p", after: "{}",
      unknown: #"{"network_interface_id":true}"#)
    plan.configure(
      "aws_network_interface_permission.p",
      #""network_interface_id":\#(TestPlan.references("aws_network_interface.j.id", "aws_network_interface.j"))"#
    )
    let found = TestEstate(plan).estate.attachments
    try #require(found.count == 2)
    #expect(found[0].groups.isEmpty && found[0].possibleGroups.count == 2)
    #expect(found[0].unknown == nil && !found[0].isPNI)
    #expect(found[1].groups.count == 1)
    #expect(Set(found[1].possibleGroups + found[1].groups).count == 2)
    #expect(found[1].unknown == "aws_network_interface.j.security_groups")
    #expect(found[1].isPNI)
  }

  @Test func anInterfaceThatIsChosenOnlyMayGetAGroup() throws {
    var plan = TestPlan()
    Self.addMade("aws_security_group.g", to: &plan)
    plan.configure("aws_security_group.g")
    for key in 0...1 {
      plan.change(
        "aws_network_interface.i[\(key)]", after: #"{"security_groups":["sg-1"]}"#,
        unknown: #"{"id":true}"#, key: "\(key)")
    }
    plan.configure("aws_network_interface.i", count: #"{"constant_value":2}"#)
    plan.change(
      "aws_network_interface_sg_attachment.a", after: "{}",
      unknown: #"{"security_group_id":true,"network_interface_id":true}"#)
    plan.configure(
      "aws_network_interface_sg_attachment.a",
      #""security_group_id":\#(Self.g),"network_interface_id":\#(TestPlan.references("aws_network_interface.i", "count.index"))"#
    )
    let found = TestEstate(plan).estate.attachments
    #expect(found.map { $0.groups.count } == [1, 1])
    #expect(found.map { $0.possibleGroups.count } == [1, 1])
  }

  @Test func subnetsOfTwoVPCsLeaveTheDefaultGroupOpen() throws {
    var plan = TestPlan()
    for name in ["a", "b"] {
      plan.change(
        "aws_vpc.\(name)", after: #"{"cidr_block":"10.0.0.0/16"}"#, unknown: #"{"id":true}"#)
      plan.configure("aws_vpc.\(name)")
      plan.change("aws_subnet.\(name)", after: "{}", unknown: #"{"id":true,"vpc_id":true}"#)
      plan.configure(
        "aws_subnet.\(name)",
        #""vpc_id":\#(TestPlan.references("aws_vpc.\(name).id", "aws_vpc.\(name)"))"#)
    }
    plan.change(
      "aws_network_interface.i", after: "{}", unknown: #"{"id":true,"security_groups":true}"#)
    plan.configure(
      "aws_network_interface.i",
      #""subnet_id":\#(TestPlan.references("aws_subnet.a.id", "aws_subnet.a", "aws_subnet.b.id", "aws_subnet.b"))"#
    )
    let found = try #require(TestEstate(plan).estate.attachments.first)
    #expect(found.groups.isEmpty && found.possibleGroups.isEmpty)
    #expect(found.unknown != nil)
  }

  @Test func aGroupThatIsChosenIsNotInAnotherVPC() {
    var plan = TestPlan()
    for key in 0...1 {
      plan.change(
        "aws_security_group.two[\(key)]", after: Self.made,
        unknown: #"{"id":true,"ingress":true,"egress":true}"#, key: "\(key)")
    }
    plan.configure("aws_security_group.two", count: #"{"constant_value":2}"#)
    plan.change(
      "aws_vpc_security_group_vpc_association.a", after: #"{"vpc_id":"vpc-2"}"#,
      unknown: #"{"security_group_id":true}"#)
    plan.configure(
      "aws_vpc_security_group_vpc_association.a",
      #""security_group_id":\#(TestPlan.references("aws_security_group.two", "count.index"))"#)
    #expect(TestEstate(plan).estate.groups.map { $0.vpcs.count } == [1, 1])
  }

  @Test func whatIsThereWithoutGroupsGetsNone() {
    var plan = TestPlan()
    let values = #"{"id":"i-1","vpc_security_group_ids":[],"security_groups":[]}"#
    plan.change("aws_instance.i", ["no-op"], before: values, after: values)
    plan.configure("aws_instance.i")
    #expect(TestEstate(plan).estate.attachments.isEmpty)
  }

  // MARK: With the source

  /// The groups that have the rule for certain, and those that may, where `expression` links it.
  static func linked(
    _ expression: String, _ references: [String], source: String = "", keys: [Int] = [0, 1],
    texts: [String] = [], override: String? = nil,
    forEach: (written: String, references: String)? = nil, further: String = ""
  ) throws -> (certain: Set<String>, possible: Set<String>) {
    var plan = TestPlan()
    plan.further = further
    plan.change("aws_vpc.v", after: #"{"cidr_block":"10.0.0.0/16"}"#, unknown: #"{"id":true}"#)
    plan.configure("aws_vpc.v", #""cidr_block":{"constant_value":"10.0.0.0/16"}"#)
    addMade("aws_security_group.one", to: &plan)
    plan.configure("aws_security_group.one", #""name":{"constant_value":"g"}"#)
    for key in keys { addMade("aws_security_group.two[\(key)]", to: &plan, key: "\(key)") }
    plan.configure("aws_security_group.two", count: #"{"references":["var.count"]}"#)
    for text in texts {
      addMade(#"aws_security_group.three["\#(text)"]"#, to: &plan, key: #""\#(text)""#)
    }
    plan.configure("aws_security_group.three", forEach: #"{"references":["var.names"]}"#)
    plan.change(
      forEach == nil ? rule : #"\#(rule)["a"]"#, after: tcp(nil, ten),
      unknown: TestValue.unknownGroup, key: forEach == nil ? nil : #""a""#)
    let list = references.map { "\"\($0)\"" }.joined(separator: ",")
    plan.configure(
      rule,
      #""security_group_id":{"references":[\#(list)]},"ip_protocol":{"constant_value":"tcp"}"#,
      forEach: forEach.map { #"{"references":[\#($0.references)]}"# })
    var project = try SourceProject("registry")
    project.files = [
      "plan.json": plan.text,
      "main.tf": """
      resource "aws_vpc" "v" {
        cidr_block = "10.0.0.0/16"
      }
      resource "aws_security_group" "one" {
        name = "g"
      }
      resource "aws_security_group" "two" {
        count = var.count
      }
      resource "aws_security_group" "three" {
        for_each = toset(var.names)
      }
      resource "aws_vpc_security_group_ingress_rule" "r" {
        \(forEach.map { "for_each = \($0.written)" } ?? "")
        security_group_id = \(expression)
        ip_protocol = "tcp"
      }
      \(source)

      """,
    ]
    project.files["x_override.tf"] = override
    let loaded = try project.load()
    #expect(!loaded.messages.contains { $0.contains("does not agree") })
    let name = forEach == nil ? rule : #"\#(rule)["a"]"#
    return loaded.owners[name] ?? ([], [])
  }

  static let one = "aws_security_group.one"
  static let oneReferences = ["aws_security_group.one.id", "aws_security_group.one"]

  /// A constant may come of a choice that only the apply settles, none of one that is settled.
  @Test(arguments: [
    (#"[aws_security_group.one.id, "sg-1"][var.n]"#, ["var.n"], true),
    (
      #"[aws_security_group.one.id, "sg-1"][aws_vpc.v.id == "x" ? 0 : 1]"#,
      ["aws_vpc.v.id", "aws_vpc.v"], false
    ),
    (
      #"[for v in [aws_vpc.v.id] : v == "x" ? aws_security_group.one.id : "sg-1"][0]"#,
      ["aws_vpc.v.id", "aws_vpc.v"], false
    ),
  ])
  func onlyWhatIsSettledIsCertain(expression: String, more: [String], isCertain: Bool) throws {
    let found = try Self.linked(expression, Self.oneReferences + more)
    #expect(found.certain == (isCertain ? [Self.one] : []))
    #expect(found.possible.contains(Self.one))
  }

  @Test func aValueOfACollectionIsNotSettled() throws {
    let found = try Self.linked(
      #"each.value == "x" ? aws_security_group.one.id : "sg-1""#,
      ["each.value"] + Self.oneReferences,
      forEach: ("{ a = aws_vpc.v.id }", #""aws_vpc.v.id","aws_vpc.v""#))
    #expect(found.certain == [])
    #expect(found.possible.contains(Self.one))
  }

  /// Which instance an index means is certain only where all are there.
  @Test(arguments: [
    ([0, 1], "2", true), ([0, 1], "3", false), ([0, 2], "2", false), ([0, 2], "\"2\"", false),
  ])
  func instancesAreAllThere(keys: [Int], count: String, isCertain: Bool) throws {
    let found = try Self.linked(
      "element(aws_security_group.two[*].id, 1)", ["aws_security_group.two"], keys: keys,
      further: #""variables":{"count":{"value":\#(count)}}"#)
    #expect(found.certain == (isCertain ? ["aws_security_group.two[1]"] : []))
    #expect(found.possible.contains("aws_security_group.two[\(keys[1])]"))
  }

  @Test(arguments: [(#"["a","b"]"#, true), (#"["a","b","c"]"#, false)])
  func keysAreAllThere(names: String, isCertain: Bool) throws {
    let found = try Self.linked(
      "values(aws_security_group.three)[1].id", ["aws_security_group.three"], texts: ["a", "b"],
      further: #""variables":{"names":{"value":\#(names)}}"#)
    let group = #"aws_security_group.three["b"]"#
    #expect(found.certain == (isCertain ? [group] : []))
    #expect(found.possible.contains(group))
  }

  /// What a file overrides is not what is written in the block, also where both name the same.
  @Test func aBlockThatIsOverriddenSaysNothing() throws {
    let found = try Self.linked(
      "aws_security_group.two[0].id",
      ["aws_security_group.two[1].id", "aws_security_group.two[1]", "aws_security_group.two"],
      override: """
        resource "aws_vpc_security_group_ingress_rule" "r" {
          security_group_id = aws_security_group.two[1].id
        }

        """)
    #expect(found.certain == ["aws_security_group.two[1]"])
  }

  /// The arguments of several blocks are one expression in a plan, and several in the source.
  @Test func groupsOfSeveralBlocksAreAllThere() throws {
    var plan = TestPlan()
    for key in 0...1 { Self.addMade("aws_security_group.two[\(key)]", to: &plan, key: "\(key)") }
    plan.configure("aws_security_group.two", count: #"{"constant_value":2}"#)
    plan.change(
      "aws_launch_template.t", after: #"{"network_interfaces":[{},{}]}"#,
      unknown: #"{"network_interfaces":[{"security_groups":true},{"security_groups":true}]}"#)
    let blocks = (0...1).map {
      #"{"security_groups":\#(TestPlan.references("aws_security_group.two[\($0)].id", "aws_security_group.two[\($0)]", "aws_security_group.two"))}"#
    }
    plan.configure(
      "aws_launch_template.t", #""network_interfaces":[\#(blocks.joined(separator: ","))]"#)
    var project = try SourceProject("registry")
    project.files = [
      "plan.json": plan.text,
      "main.tf": """
      resource "aws_security_group" "two" {
        count = 2
      }
      resource "aws_launch_template" "t" {
        network_interfaces {
          security_groups = [aws_security_group.two[0].id]
        }
        network_interfaces {
          security_groups = [aws_security_group.two[1].id]
        }
      }

      """,
    ]
    let found = try #require(try project.load().estate.attachments.first)
    #expect(Set(found.groups + found.possibleGroups).count == 2)
  }

  @Test func anIncompletePlanDoesNotSayHowManyThereAre() throws {
    let incomplete = #""complete":false,"variables":{"count":{"value":3}}"#
    let last = try Self.linked(
      "reverse(aws_security_group.two[*].id)[0]", ["aws_security_group.two"], further: incomplete)
    #expect(last.certain == [])
    #expect(last.possible.contains("aws_security_group.two[1]"))
    let named = try Self.linked(
      "aws_security_group.two[1].id",
      ["aws_security_group.two[1].id", "aws_security_group.two[1]", "aws_security_group.two"],
      further: incomplete)
    #expect(named.certain == ["aws_security_group.two[1]"])
    // One that is not in the plan is some group, not an error that something else stands in for.
    let missing = try Self.linked(
      "try(aws_security_group.two[2].id, aws_security_group.one.id)",
      ["aws_security_group.two[2].id", "aws_security_group.two[2]", "aws_security_group.two"]
        + Self.oneReferences, further: incomplete)
    #expect(missing.certain == [])
  }
}
