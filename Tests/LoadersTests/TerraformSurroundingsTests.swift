import Foundation
import SGModel
import Testing

@testable import Loaders

/// VPCs, prefix lists, regions, what carries groups, lists of rules that claim to be all there are,
/// and raw states.
@Suite struct TerraformSurroundingsTests {
  static let made = #"{"name":"x","vpc_id":"vpc-1"}"#

  // MARK: Prefix lists

  static func prefixLists(_ fill: (inout TestPlan) -> Void) -> TestEstate {
    var plan = TestPlan()
    plan.change(
      "aws_vpc_security_group_ingress_rule.r",
      after: TestValue.rule("sg-1", "tcp", (443, 443), #""prefix_list_id":"pl-1""#))
    fill(&plan)
    return TestEstate(plan)
  }

  @Test func entriesThatAreResourcesBelongToTheirList() {
    let read = Self.prefixLists { plan in
      let list =
        #"{"id":"pl-1","name":"l","entry":[{"cidr":"10.0.0.0/24"},{"cidr":"10.0.1.0/24"}]}"#
      plan.change("aws_ec2_managed_prefix_list.l", ["no-op"], before: list, after: list)
      plan.change(
        "aws_ec2_managed_prefix_list_entry.gone", ["delete"],
        before: #"{"prefix_list_id":"pl-1","cidr":"10.0.1.0/24"}"#)
      plan.change(
        "aws_ec2_managed_prefix_list_entry.new",
        after: #"{"prefix_list_id":"pl-1","cidr":"10.0.2.0/24"}"#)
    }
    #expect(read.must("sg-1", .ingress) == ["tcp 443: 10.0.0.0/24, 10.0.2.0/24"])
  }

  @Test func aListThatAPlanChangesIsNotTheOneThatWasRead() {
    let read = Self.prefixLists { plan in
      plan.state(
        "data.aws_ec2_managed_prefix_list.l", #"{"id":"pl-1","entries":[{"cidr":"10.0.0.0/8"}]}"#)
      plan.change(
        "aws_ec2_managed_prefix_list.l", ["update"], before: #"{"id":"pl-1","entry":[]}"#,
        after: #"{"id":"pl-1","entry":[{"cidr":"10.9.0.0/16"}]}"#)
    }
    #expect(read.must("sg-1", .ingress) == ["tcp 443: 10.9.0.0/16"])
  }

  @Test func aNewListWithEntriesOfItsOwnIsKnown() {
    var plan = TestPlan()
    plan.change(
      "aws_ec2_managed_prefix_list.l", after: #"{"name":"l"}"#,
      unknown: #"{"id":true,"entry":true}"#)
    plan.configure("aws_ec2_managed_prefix_list.l")
    plan.change(
      "aws_ec2_managed_prefix_list_entry.e", after: #"{"cidr":"10.0.0.0/24"}"#,
      unknown: #"{"prefix_list_id":true}"#)
    plan.configure(
      "aws_ec2_managed_prefix_list_entry.e",
      #""prefix_list_id":\#(TestPlan.references("aws_ec2_managed_prefix_list.l.id", "aws_ec2_managed_prefix_list.l"))"#
    )
    plan.change(
      "aws_vpc_security_group_ingress_rule.r",
      after:
        #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443}"#,
      unknown: #"{"prefix_list_id":true}"#)
    plan.configure(
      "aws_vpc_security_group_ingress_rule.r",
      #""prefix_list_id":\#(TestPlan.references("aws_ec2_managed_prefix_list.l.id", "aws_ec2_managed_prefix_list.l"))"#
    )
    #expect(TestEstate(plan).must("sg-1", .ingress) == ["tcp 443: 10.0.0.0/24"])
  }

  @Test func aListThatNothingShowsIsAnUnknownOfItsOwn() {
    let read = Self.prefixLists { _ in }
    #expect(read.must("sg-1", .ingress) == ["tcp 443: pl:pl-1"])
  }

  // MARK: Regions

  @Test(arguments: [true, false]) func idsOfOneRegionAreNoneInAnother(_ isVersion6: Bool) {
    var plan = TestPlan()
    let providers = [("aws", "eu-west-1"), ("aws.west", "us-west-2")]
    plan.providers = providers.map {
      #""\#($0.0)":{"name":"aws","expressions":{"region":{"constant_value":"\#($0.1)"},"secret_key":{"constant_value":"hunter2"}}}"#
    }.joined(separator: ",")
    for (index, provider) in providers.enumerated() {
      let region = isVersion6 ? #","region":"\#(provider.1)""# : ""
      let key = isVersion6 ? "aws" : provider.0
      let values =
        #"{"id":"sg-1","name":"g\#(index)","vpc_id":"vpc-1","ingress":[],"egress":[]\#(region)}"#
      plan.change("aws_security_group.g\(index)", ["no-op"], before: values, after: values)
      plan.configure("aws_security_group.g\(index)", provider: key)
      let vpc = #"{"id":"vpc-1","cidr_block":"10.\#(index).0.0/16"\#(region)}"#
      plan.change("aws_vpc.v\(index)", ["no-op"], before: vpc, after: vpc)
      plan.configure("aws_vpc.v\(index)", provider: key)
      let rule =
        #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":\#(index),"to_port":\#(index),"cidr_ipv4":"10.0.0.0/8"\#(region)}"#
      plan.change("aws_vpc_security_group_ingress_rule.r\(index)", after: rule)
      plan.configure("aws_vpc_security_group_ingress_rule.r\(index)", provider: key)
    }
    let read = TestEstate(plan)
    for index in 0...1 {
      #expect(
        read.must("aws_security_group.g\(index)", .ingress) == ["tcp \(index): 10.0.0.0/8"])
      let group = read.group("aws_security_group.g\(index)")
      #expect(group?.region == providers[index].1)
      #expect(
        group.map { read.estate.vpcPeers(of: $0).cidrTexts } == ["10.\(index).0.0/16"])
    }
  }

  @Test func theRegionOfAProviderCanBeAVariable() {
    var plan = TestPlan()
    plan.providers = #""aws":{"name":"aws","expressions":{"region":{"references":["var.region"]}}}"#
    plan.further = #""variables":{"region":{"value":"eu-north-1"}}"#
    plan.change("aws_security_group.g", after: Self.made, unknown: TestValue.omitted)
    plan.configure("aws_security_group.g")
    #expect(TestEstate(plan).group("aws_security_group.g")?.region == "eu-north-1")
  }

  @Test func aRuleThatCannotBeFollowedStaysInItsRegion() {
    var plan = TestPlan()
    plan.providers =
      #""aws":{"expressions":{"region":{"constant_value":"a"}}},"aws.b":{"expressions":{"region":{"constant_value":"b"}}}"#
    for (name, provider) in [("x", "aws"), ("y", "aws.b")] {
      plan.change("aws_security_group.\(name)", after: Self.made, unknown: TestValue.omitted)
      plan.configure("aws_security_group.\(name)", provider: provider)
    }
    plan.change(
      "aws_vpc_security_group_egress_rule.r",
      after: TestValue.rule(nil, "-1", nil, #""cidr_ipv4":"0.0.0.0/0""#),
      unknown: TestValue.unknownGroup)
    plan.configure(
      "aws_vpc_security_group_egress_rule.r", #""security_group_id":{"references":["local.g"]}"#,
      provider: "aws.b")
    let read = TestEstate(plan)
    #expect(read.may("aws_security_group.x", .egress) == [])
    #expect(read.may("aws_security_group.y", .egress) == ["all protocols: 0.0.0.0/0"])
  }

  /// Two plans may both have an `aws_vpc.main`.
  @Test func namesOfTwoPlansAreNotTheSame() throws {
    func text(_ cidr: String) -> String {
      var plan = TestPlan()
      plan.change("aws_vpc.main", after: #"{"cidr_block":"\#(cidr)"}"#, unknown: #"{"id":true}"#)
      plan.configure("aws_vpc.main")
      plan.change("aws_subnet.s", after: "{}", unknown: #"{"vpc_id":true,"cidr_block":true}"#)
      plan.configure(
        "aws_subnet.s",
        #""vpc_id":\#(TestPlan.references("aws_vpc.main.id", "aws_vpc.main"))"#)
      plan.change(
        "aws_security_group.g", after: "{}",
        unknown: #"{"id":true,"vpc_id":true,"ingress":true,"egress":true}"#)
      plan.configure(
        "aws_security_group.g",
        #""vpc_id":\#(TestPlan.references("aws_vpc.main.id", "aws_vpc.main"))"#)
      plan.change(
        "aws_vpc_security_group_ingress_rule.r",
        after: #"{"ip_protocol":"tcp","from_port":443,"to_port":443}"#,
        unknown: #"{"security_group_id":true,"cidr_ipv4":true}"#)
      plan.configure(
        "aws_vpc_security_group_ingress_rule.r",
        #""security_group_id":\#(TestPlan.references("aws_security_group.g.id", "aws_security_group.g")),"cidr_ipv4":\#(TestPlan.references("aws_subnet.s.cidr_block", "aws_subnet.s"))"#
      )
      return plan.text
    }
    let estate = TestEstate(text("10.1.0.0/16"), text("10.2.0.0/16")).estate
    #expect(estate.groups.count == 2)
    let bounds = estate.groups.map { group in
      estate.atoms.upperBound(
        of: estate.traffic(of: group, .ingress, certain: true).slabs.flatMap { $0.peers.atoms }
      ).cidrTexts
    }
    #expect(bounds == [["10.1.0.0/16"], ["10.2.0.0/16"]])
  }

  // MARK: VPCs

  @Test func anAssociationThatGoesIsNoCIDRAfterwards() {
    var plan = TestPlan()
    plan.state(
      "data.aws_vpc.v",
      #"{"id":"vpc-1","cidr_block":"10.0.0.0/16","cidr_block_associations":[{"cidr_block":"10.0.0.0/16","state":"associated"},{"cidr_block":"100.64.0.0/16","state":"associated"},{"cidr_block":"100.65.0.0/16","state":"disassociated"}]}"#
    )
    plan.change(
      "aws_vpc_ipv4_cidr_block_association.a", ["delete"],
      before: #"{"id":"a-1","vpc_id":"vpc-1","cidr_block":"100.64.0.0/16"}"#)
    let values = #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[],"egress":[]}"#
    plan.change("aws_security_group.g", ["no-op"], before: values, after: values)
    func cidrs(_ view: PlanView) -> [String] {
      let read = TestEstate(plan, view: view)
      return read.group("aws_security_group.g").map { read.estate.vpcPeers(of: $0).cidrTexts } ?? []
    }
    #expect(cidrs(.after) == ["10.0.0.0/16"])
    #expect(cidrs(.before) == ["10.0.0.0/16", "100.64.0.0/16"])
  }

  @Test func groupsWithoutAVPCAreInTheDefaultVPC() {
    var plan = TestPlan()
    for name in ["a", "b"] {
      plan.change("aws_security_group.\(name)", after: "{}", unknown: TestValue.omitted)
      plan.configure("aws_security_group.\(name)")
    }
    let estate = TestEstate(plan).estate
    #expect(Set(estate.groups.map { $0.vpcs }).count == 1)
    plan.change(
      "aws_default_vpc.d", ["no-op"], before: #"{"id":"vpc-1","cidr_block":"172.31.0.0/16"}"#,
      after: #"{"id":"vpc-1","cidr_block":"172.31.0.0/16"}"#)
    let known = TestEstate(plan).estate
    #expect(known.vpcPeers(of: known.groups[0]).cidrTexts == ["172.31.0.0/16"])
  }

  // MARK: What carries groups

  @Test func whatNamesNoGroupGetsTheDefaultGroup() throws {
    for type in ["aws_network_interface", "aws_instance"] {
      var plan = TestPlan()
      plan.change(
        "aws_vpc.v",
        after: #"{"cidr_block":"10.0.0.0/16","assign_generated_ipv6_cidr_block":true}"#,
        unknown: #"{"id":true,"ipv6_cidr_block":true}"#)
      plan.configure("aws_vpc.v")
      plan.change("aws_subnet.s", after: "{}", unknown: #"{"id":true,"vpc_id":true}"#)
      plan.configure(
        "aws_subnet.s", #""vpc_id":\#(TestPlan.references("aws_vpc.v.id", "aws_vpc.v"))"#)
      plan.change(
        "\(type).i", after: "{}",
        unknown: #"{"id":true,"security_groups":true,"vpc_security_group_ids":true}"#)
      plan.configure(
        "\(type).i",
        #""subnet_id":\#(TestPlan.references("aws_subnet.s.id", "aws_subnet.s"))"#)
      let read = TestEstate(plan)
      let name = "the default group of aws_vpc.v"
      #expect(read.must(name, .egress) == ["all protocols: 0.0.0.0/0, ::/0"], "\(type)")
      #expect(read.must(name, .ingress) == ["all protocols: sg:\(name)"])
      let carrier = try #require(read.estate.attachments.first)
      #expect(carrier.groups.map { read.estate.groups[$0].name } == [name])
    }
  }

  @Test func theDefaultGroupOfAVPCThatIsThereIsUnknown() {
    var plan = TestPlan()
    plan.state(
      "data.aws_subnet.s", #"{"id":"subnet-1","vpc_id":"vpc-1"}"#)
    plan.state(
      "data.aws_vpc.v", #"{"id":"vpc-1","cidr_block":"10.0.0.0/16","cidr_block_associations":[]}"#)
    plan.change(
      "aws_network_interface.i", after: #"{"subnet_id":"subnet-1"}"#,
      unknown: #"{"id":true,"security_groups":true}"#)
    plan.configure("aws_network_interface.i", #""subnet_id":{"constant_value":"subnet-1"}"#)
    let read = TestEstate(plan)
    let line = read.may("the default group of vpc-1", .egress)?.first ?? ""
    #expect(line.hasPrefix("all protocols: unknown:the entries of the default group of vpc-1"))
    #expect(read.must("the default group of vpc-1", .egress) == [])
  }

  struct Carrier: CustomTestStringConvertible, Sendable {
    var type: String
    var after: String
    var unknown = "{}"
    var expressions = ""
    var groups: [String] = []
    var unseen: [String] = []
    var testDescription: String { type }
  }

  static let reference = #"{"references":["aws_security_group.g.id","aws_security_group.g"]}"#
  static let carriers = [
    Carrier(
      type: "aws_lambda_function",
      after: #"{"vpc_config":[{"ipv6_allowed_for_dual_stack":false}]}"#,
      unknown: #"{"vpc_config":[{"security_group_ids":true,"subnet_ids":true}]}"#,
      expressions: #""vpc_config":[{"security_group_ids":\#(reference)}]"#,
      groups: ["aws_security_group.g"]),
    Carrier(
      type: "aws_launch_template",
      after:
        #"{"network_interfaces":[{"security_groups":["sg-1"]}],"vpc_security_group_ids":null}"#,
      unseen: ["sg-1"]),
    Carrier(
      type: "aws_lb", after: #"{"security_groups":["sg-1","sg-2"]}"#, unseen: ["sg-1", "sg-2"]),
    Carrier(
      type: "aws_emr_cluster",
      after: #"{"ec2_attributes":[{"additional_master_security_groups":"sg-1, sg-2"}]}"#,
      unseen: ["sg-1", "sg-2"]),
    Carrier(
      type: "aws_datasync_location_efs",
      after:
        #"{"ec2_config":[{"security_group_arns":["arn:aws:ec2:eu-west-1:1:security-group/sg-1"]}]}"#,
      unseen: ["sg-1"]),
    // Newer than the table: told by the names of its attributes.
    Carrier(
      type: "aws_quantum_bridge",
      after:
        #"{"network":{"config":[{"security_group_ids":["sg-1"]}]},"source_security_group_id":"sg-9"}"#,
      unseen: ["sg-1"]),
    Carrier(
      type: "aws_quantum_bridge", after: #"{"network":[{"mode":"x"}]}"#,
      unknown: #"{"network":[{"security_groups":true}]}"#,
      expressions: #""network":[{"security_groups":\#(reference)}]"#,
      groups: ["aws_security_group.g"]),
    // An allowed source is no group that it carries.
    Carrier(
      type: "aws_eks_node_group",
      after: #"{"remote_access":[{"source_security_group_ids":["sg-1"]}]}"#),
  ]

  @Test(arguments: carriers) func carries(_ row: Carrier) {
    var plan = TestPlan()
    plan.change("aws_security_group.g", after: Self.made, unknown: TestValue.omitted)
    plan.configure("aws_security_group.g")
    plan.change("\(row.type).c", after: row.after, unknown: row.unknown)
    plan.configure("\(row.type).c", row.expressions)
    let estate = TestEstate(plan).estate
    let found = estate.attachments.filter { $0.address == "\(row.type).c" }
    #expect(found.flatMap { $0.groups.map { estate.groups[$0].label } } == row.groups)
    #expect(found.flatMap { $0.unseenGroups } == row.unseen)
    #expect(estate.groups.count == 1, "what only carries a group makes no subject of it")
  }

  @Test func theTableOfCarriersIsWhatItIsMadeFrom() {
    #expect(AttachingResources.all.count > 100)
    // What tells newer types by their names tells all those that are known.
    for row in AttachingResources.all {
      #expect(row.path.last.map { TFCarriers.isName($0.description) } == true, "\(row)")
    }
  }

  @Test(.enabled(if: Python.run("", input: .init())?.status == 0, "python3 is not installed"))
  func theTableOfCarriersIsFresh() throws {
    let script = Folder.repository.appending(path: "scripts/generate-attaching-resources").path()
    let program =
      "import subprocess, sys; sys.exit(subprocess.run([sys.argv[1], '--check']).returncode)"
    #expect(
      Python.run(program, [script], input: .init())?.status == 0,
      "run scripts/generate-attaching-resources")
  }

  /// Resources of types that say nothing of groups are passed over; what comes behind them is not.
  @Test func whatCarriesGroupsIsFoundAmongOtherThings() {
    let idle = #"{"policy":"{\"security\": \"group\"}","name":"x"}"#
    let carrying = #"{"id":"t-1","settings":[{"vpc_security_group_ids":["sg-1"]}]}"#
    var plan = TestPlan()
    plan.change("aws_iam_role_policy.a", after: idle)
    plan.change("aws_iam_role_policy.b", after: idle)
    plan.change("aws_something_new.plain", after: carrying)
    plan.change("aws_iam_role_policy.c", after: idle)
    plan.change(
      "aws_something_new.escaped",
      after: #"{"id":"t-2","vpc_security\u005fgroup_ids":["sg-2"]}"#)
    plan.change("aws_iam_role_policy.d", after: idle)
    plan.change("aws_something_new.unknown", after: "{}", unknown: #"{"security_group_id":true}"#)
    plan.change("random_id.e", after: carrying, provider: "registry.terraform.io/hashicorp/random")
    plan.change("data.aws_something_new.f", ["read"], after: carrying)
    plan.change("aws_instance.g", after: #"{"id":"i-1","vpc_security_group_ids":["sg-3"]}"#)
    plan.change("aws_iam_role_policy.h", after: idle)
    plan.change("aws_security_group.i", after: #"{"name":"i"}"#, unknown: TestValue.omitted)
    plan.configure("aws_something_new.unknown", #""security_group_id":{}"#)
    let estate = TestEstate(plan).estate
    #expect(
      estate.attachments.map { $0.address } == [
        "aws_something_new.plain", "aws_something_new.escaped", "aws_something_new.unknown",
        "aws_instance.g",
      ])
    #expect(estate.attachments.map { $0.unseenGroups } == [["sg-1"], ["sg-2"], [], ["sg-3"]])
    #expect(estate.groups.map { $0.address } == ["aws_security_group.i"])
  }

  /// What stays as it is is read once, what cannot be read in it is said of both sides.
  @Test func whatStaysIsReadOnce() {
    let value =
      #"{"id":"sg-1","ingress":[\#(TestValue.block("tcp", 22, 22, cidrs: ["10.0.0.0/8"]))]}"#
    let wrong =
      #"{"id":"sg-2","ingress":[\#(TestValue.block("tcp", 22, 22, cidrs: ["10.0.0.0"]))]}"#
    var plan = TestPlan()
    plan.change("aws_security_group.a", ["no-op"], before: value, after: value)
    plan.change("aws_security_group.b", ["no-op"], before: wrong, after: wrong)
    for view in PlanView.allCases {
      let read = TestEstate(plan, view: view)
      #expect(read.must("aws_security_group.a", .ingress) == ["tcp 22: 10.0.0.0/8"])
      #expect(read.messages.filter { $0.contains("is not a CIDR") }.count == 2)
    }
  }

  @Test func modulesWithinModulesEndBeforeTheStackDoes() {
    let depth = 5000
    let modules =
      String(repeating: #"{"module_calls":{"m":{"module":"#, count: depth) + "{}"
      + String(repeating: "}}}", count: depth)
    let calls = #"{"format_version":"1.2","configuration":{"root_module":\#(modules)}}"#
    #expect(TestEstate(calls).failures.first?.description.message.contains("nesting") == true)
    let children =
      String(repeating: #"{"child_modules":["#, count: depth) + "{}"
      + String(repeating: "]}", count: depth)
    let values = #"{"format_version":"1.2","values":{"root_module":\#(children)}}"#
    #expect(TestEstate(values).failures.first?.description.message.contains("nesting") == true)
  }

  @Test func attachmentsAddGroups() throws {
    var plan = TestPlan()
    plan.change(
      "aws_network_interface.i", ["no-op"],
      before: #"{"id":"eni-1","security_groups":["sg-1"]}"#,
      after: #"{"id":"eni-1","security_groups":["sg-1"]}"#)
    plan.change(
      "aws_network_interface_sg_attachment.a",
      after: #"{"security_group_id":"sg-2","network_interface_id":"eni-1"}"#)
    plan.change(
      "aws_network_interface_sg_attachment.b",
      after: #"{"security_group_id":"sg-3","network_interface_id":"eni-9"}"#)
    let estate = TestEstate(plan).estate
    #expect(
      estate.attachments.map { $0.groups.map { estate.groups[$0].label } } == [
        ["sg-1", "sg-2"], ["sg-3"],
      ])
    #expect(estate.attachments.last?.unknown == "the other groups of eni-9")
  }

  // MARK: Lists that claim to be complete

  struct Claim: CustomTestStringConvertible, Sendable {
    var name: String
    var actions = ["create"]
    /// The list `egress_rule_ids`.
    var after: String?
    var unknown = "{}"
    var expressions = ""
    var must: [String]
    var may: [String]
    var testDescription: String { name }
  }

  static let out22 = "tcp 22: 0.0.0.0/0"
  static let claims = [
    Claim(name: "an empty list", after: "[]", must: [], may: []),
    Claim(name: "a list of ids", after: #"["sgr-1"]"#, must: [out22], may: [out22]),
    Claim(name: "a list of other ids", after: #"["sgr-7"]"#, must: [], may: []),
    Claim(
      name: "a reference", unknown: #"{"egress_rule_ids":true}"#,
      expressions:
        #""egress_rule_ids":{"references":["aws_vpc_security_group_egress_rule.r.security_group_rule_id","aws_vpc_security_group_egress_rule.r"]}"#,
      must: [out22], may: ["tcp 22: 0.0.0.0/0", "tcp 80: 0.0.0.0/0"]),
    Claim(
      name: "a local", unknown: #"{"egress_rule_ids":true}"#,
      expressions: #""egress_rule_ids":{"references":["local.ids"]}"#, must: [],
      may: ["tcp 22: 0.0.0.0/0", "tcp 80: 0.0.0.0/0"]),
    Claim(
      name: "one that changes nothing", actions: ["no-op"], after: "[]", must: [],
      may: ["tcp 22: 0.0.0.0/0", "tcp 80: 0.0.0.0/0"]),
    Claim(
      name: "one that goes", actions: ["delete"], must: ["tcp 22: 0.0.0.0/0", "tcp 80: 0.0.0.0/0"],
      may: ["tcp 22: 0.0.0.0/0", "tcp 80: 0.0.0.0/0"]),
  ]

  @Test(arguments: claims) func exclusive(_ row: Claim) {
    var plan = TestPlan()
    let values =
      #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[],"egress":[\#(TestValue.block("tcp", 80, 80, cidrs: ["0.0.0.0/0"]))]}"#
    plan.change("aws_security_group.g", ["no-op"], before: values, after: values)
    plan.configure("aws_security_group.g")
    let rule =
      #"{"security_group_id":"sg-1","security_group_rule_id":"sgr-1","ip_protocol":"tcp","from_port":22,"to_port":22,"cidr_ipv4":"0.0.0.0/0"}"#
    plan.change(
      "aws_vpc_security_group_egress_rule.r", ["no-op"], before: rule, after: rule)
    plan.configure("aws_vpc_security_group_egress_rule.r")
    let list = row.after.map { #","egress_rule_ids":\#($0)"# } ?? ""
    let claim = #"{"security_group_id":"sg-1","ingress_rule_ids":[]\#(list)}"#
    plan.change(
      "aws_vpc_security_group_rules_exclusive.e", row.actions, before: claim,
      after: row.actions == ["delete"] ? "null" : claim, unknown: row.unknown)
    plan.configure("aws_vpc_security_group_rules_exclusive.e", row.expressions)
    let read = TestEstate(plan)
    #expect(read.must("aws_security_group.g", .egress) == row.must)
    #expect(read.may("aws_security_group.g", .egress) == row.may)
  }

  // MARK: Plans beside describe output

  static let described =
    #"{"SecurityGroups":[{"GroupId":"sg-1","GroupName":"live","VpcId":"vpc-1","OwnerId":"1","IpPermissions":[{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"10.0.0.0/8"}]}],"IpPermissionsEgress":[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]}]}"#

  /// A plan that adds to a group and takes from it leaves the rest as it is described.
  @Test(arguments: [true, false]) func aPlanThatAddsToAGroupLeavesTheRest(_ planIsFirst: Bool) {
    var plan = TestPlan()
    plan.change(
      "aws_vpc_security_group_ingress_rule.new",
      after: TestValue.rule("sg-1", "tcp", (443, 443), #""cidr_ipv4":"10.0.0.0/8""#))
    plan.change(
      "aws_vpc_security_group_egress_rule.gone", ["delete"],
      before: TestValue.rule("sg-1", "-1", nil, #""cidr_ipv4":"0.0.0.0/0""#))
    let read =
      planIsFirst ? TestEstate(plan.text, Self.described) : TestEstate(Self.described, plan.text)
    #expect(read.estate.groups.count == 1)
    #expect(read.must("sg-1", .ingress) == ["tcp 22: 10.0.0.0/8", "tcp 443: 10.0.0.0/8"])
    #expect(read.may("sg-1", .ingress) == ["tcp 22: 10.0.0.0/8", "tcp 443: 10.0.0.0/8"])
    #expect(read.may("sg-1", .egress) == [])
  }

  // MARK: Raw states

  @Test func rawStatesAreRead() {
    let text =
      #"{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"l","outputs":{"secret":{"value":"hunter2","type":"string"}},"resources":[{"module":"module.m[\"a.b\"]","mode":"managed","type":"aws_security_group","name":"g","provider":"provider[\"registry.terraform.io/hashicorp/aws\"].west","instances":[{"index_key":0,"schema_version":1,"attributes":{"id":"sg-1","arn":"arn:aws:ec2:eu-west-1:1:security-group/sg-1","vpc_id":"vpc-1","ingress":[],"egress":[\#(TestValue.allOut)]},"sensitive_attributes":[]},{"index_key":0,"deposed":"1a2b","attributes":{"id":"sg-2","vpc_id":"vpc-1","ingress":[],"egress":[]}}]},{"mode":"managed","type":"aws_vpc_security_group_ingress_rule","name":"r","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"]","instances":[{"index_key":"k","attributes":{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443,"cidr_ipv4":"203.0.113.0/24"},"sensitive_attributes":[[{"type":"get_attr","value":"cidr_ipv4"}]]}]},{"mode":"managed","type":"aws_security_group","name":"other","provider":"provider[\"registry.terraform.io/hashicorp/awscc\"]","instances":[{"attributes":{"id":"sg-3"}}]}]}"#
    let read = TestEstate(text)
    #expect(read.failures.isEmpty)
    #expect(read.estate.inputs.first?.kind == "terraform-state")
    let label = #"module.m["a.b"].aws_security_group.g[0]"#
    #expect(read.must(label, .egress) == ["all protocols: 0.0.0.0/0"])
    #expect(read.must(label, .ingress) == ["tcp 443: 203.0.113.0/24"])
    #expect(read.group(label)?.region == "eu-west-1")
    #expect(read.group("sg-2") != nil)
    #expect(read.estate.groups.count == 2)
    let origin = read.estate.origins.first {
      $0.services == ServiceRange(protocol: 6, ports: 443...443)
    }
    #expect(origin?.isSensitive == true)
    #expect(origin?.address == #"aws_vpc_security_group_ingress_rule.r["k"]"#)
  }

  @Test(arguments: [
    (#"{"version":3,"serial":1,"lineage":"l","modules":[]}"#, "0.12"),
    (#"{"serial":1,"lineage":"l","encrypted_data":"x","encryption_version":"v0"}"#, "encrypted"),
  ])
  func otherStatesAreRefused(_ text: String, _ word: String) {
    let read = TestEstate(text)
    #expect(read.failures.first?.description.message.contains(word) == true)
  }

  @Test func stateJSONIsRead() {
    let text =
      #"{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[],"child_modules":[{"address":"module.m","resources":[{"address":"module.m.aws_security_group.g","mode":"managed","type":"aws_security_group","name":"g","provider_name":"registry.terraform.io/hashicorp/aws","values":{"id":"sg-1","ingress":[],"egress":[\#(TestValue.allOut)]},"sensitive_values":{}}]}]}}}"#
    #expect(
      TestEstate(text).must("module.m.aws_security_group.g", .egress) == [
        "all protocols: 0.0.0.0/0"
      ])
    #expect(TestEstate(#"{"format_version":"1.0","terraform_version":"1.11.4"}"#).failures.isEmpty)
  }

  /// A group of another region that has the id of one that was only spoken of says nothing of the others in its VPC.
  @Test func groupsKeepTheirBounds() throws {
    var plan = TestPlan()
    func group(_ name: String, _ id: String, in region: String, peer: String) {
      let block = TestValue.block(groups: [peer])
      let values =
        #"{"id":"\#(id)","name":"\#(name)","vpc_id":"vpc-1","region":"\#(region)","ingress":[\#(block)],"egress":[]}"#
      plan.change("aws_security_group.\(name)", ["no-op"], before: values, after: values)
    }
    group("a", "sg-1", in: "eu-west-1", peer: "sg-2")
    group("b", "sg-2", in: "us-east-1", peer: "sg-2")
    group("c", "sg-3", in: "us-east-1", peer: "sg-3")
    let atoms = TestEstate(plan).estate.atoms
    let own = try #require(atoms.atom(.group, "sg-3"))
    #expect(atoms[own].upper.addresses.isEmpty && atoms[own].upper.atoms.count == 1)
  }
}
