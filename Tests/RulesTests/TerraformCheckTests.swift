import Loaders
import SGModel
import Testing

@testable import Rules

/// The checks of the pack `terraform`: each with what breaks it, and with what does not.
@Suite struct TerraformCheckTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var check: String
    var name: String
    var resources: [SmallPlan.Resource]
    var verdict: Verdict
    /// A part of the first cause.
    var cause: String?
    var testDescription: String { "\(check): \(name)" }
  }

  /// `aws_security_group.g` as it is there, and stays.
  static func kept(
    _ actions: [String] = ["no-op"], ingress: [String] = [], egress: [String],
    expressions: String = "", further: String = ""
  ) -> SmallPlan.Resource {
    let values =
      #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[\#(ingress.joined(separator: ","))],"egress":[\#(egress.joined(separator: ","))]}"#
    return .init(
      address: "aws_security_group.g", actions: actions, before: values, after: values,
      expressions: expressions, further: further)
  }

  static let https = #""cidr_ipv4":"10.0.0.0/16""#
  static let allOut = Written.block("-1", 0, 0, ["0.0.0.0/0"])

  static let rows: [Row] = [
    // Inline and standalone
    Row(
      check: "terraform-inline-and-standalone", name: "an empty list and a rule",
      resources: [Written.group(egress: []), Written.singleOut("tcp", (53, 53), https)],
      verdict: .violated, cause: "tcp 53 to 10.0.0.0/16"),
    Row(
      check: "terraform-inline-and-standalone", name: "one direction each way",
      resources: [Written.group(egress: []), Written.single("tcp", (443, 443), https)],
      verdict: .satisfied),
    Row(
      check: "terraform-inline-and-standalone", name: "nothing is written in the group",
      resources: [Written.group(), Written.singleOut("tcp", (53, 53), https)],
      verdict: .satisfied),
    Row(
      check: "terraform-inline-and-standalone", name: "a rule that may be on another group",
      resources: [
        Written.group(egress: []),
        .init(
          address: "aws_vpc_security_group_egress_rule.r",
          after: #"{"ip_protocol":"tcp","from_port":53,"to_port":53,"cidr_ipv4":"10.0.0.0/16"}"#,
          unknown: #"{"security_group_id":true}"#,
          expressions: #""security_group_id":{"references":["local.id"]}"#),
      ], verdict: .undecided),
    Row(
      check: "terraform-inline-and-standalone", name: "a rule that the group is about to remove",
      resources: [
        .init(
          address: "aws_security_group.g", actions: ["update"],
          before:
            #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[],"egress":[\#(Written.block("tcp", 53, 53, ["10.0.0.0/16"]))]}"#,
          after: #"{"id":"sg-1","vpc_id":"vpc-1","ingress":[],"egress":[]}"#,
          expressions: #""egress":{"constant_value":[]}"#),
        .init(
          address: "aws_vpc_security_group_egress_rule.r", actions: ["no-op"],
          before:
            #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":53,"to_port":53,"cidr_ipv4":"10.0.0.0/16"}"#,
          after:
            #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":53,"to_port":53,"cidr_ipv4":"10.0.0.0/16"}"#
        ),
      ], verdict: .violated, cause: "tcp 53 to 10.0.0.0/16"),
    // Duplicates
    Row(
      check: "terraform-duplicate-permission", name: "two rules of two kinds",
      resources: [
        Written.group(), Written.single("TCP", (443, 443), https),
        Written.legacy("6", 443, 443, ["10.0.0.0/16"], name: "l"),
      ], verdict: .violated, cause: "tcp 443 from 10.0.0.0/16"),
    Row(
      check: "terraform-duplicate-permission", name: "one rule with a CIDR twice",
      resources: [
        Written.group(), Written.legacy("tcp", 443, 443, ["10.0.0.0/16", "10.0.0.0/16"]),
      ], verdict: .violated),
    Row(
      check: "terraform-duplicate-permission", name: "a block and a rule",
      resources: [
        Written.group(ingress: [Written.block("tcp", 443, 443, ["10.0.0.0/16"])]),
        Written.single("tcp", (443, 443), https),
      ], verdict: .violated),
    Row(
      check: "terraform-duplicate-permission", name: "what overlaps is not the same",
      resources: [
        Written.group(), Written.single("tcp", (443, 443), https),
        Written.single("tcp", (443, 444), https, name: "b"),
        Written.single("tcp", (443, 443), #""cidr_ipv4":"10.0.0.0/8""#, name: "c"),
      ], verdict: .satisfied),
    Row(
      check: "terraform-duplicate-permission", name: "the list that was read back and its rule",
      resources: [
        kept(ingress: [Written.block("tcp", 443, 443, ["10.0.0.0/16"])], egress: []),
        .init(
          address: "aws_vpc_security_group_ingress_rule.r", actions: ["no-op"],
          before:
            #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443,"cidr_ipv4":"10.0.0.0/16"}"#,
          after:
            #"{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":443,"to_port":443,"cidr_ipv4":"10.0.0.0/16"}"#
        ),
      ], verdict: .satisfied),
    Row(
      check: "terraform-duplicate-permission", name: "a prefix list is one peer",
      resources: [
        Written.group(), Written.single("tcp", (443, 443), #""prefix_list_id":"pl-1""#),
        Written.single("tcp", (443, 443), #""prefix_list_id":"pl-1""#, name: "b"),
      ], verdict: .violated, cause: "prefix list pl-1"),
    // All protocols with ports
    Row(
      check: "terraform-all-protocols-with-ports", name: "a block with ports",
      resources: [Written.group(ingress: [Written.block("-1", 443, 443, ["10.0.0.0/8"])])],
      verdict: .violated, cause: "ports 443-443"),
    Row(
      check: "terraform-all-protocols-with-ports", name: "a block with -1",
      resources: [Written.group(ingress: [Written.block("-1", -1, -1, ["10.0.0.0/8"])])],
      verdict: .violated),
    Row(
      check: "terraform-all-protocols-with-ports", name: "a block with zeros",
      resources: [Written.group(ingress: [Written.block("-1", 0, 0, ["10.0.0.0/8"])])],
      verdict: .satisfied),
    Row(
      check: "terraform-all-protocols-with-ports", name: "a rule with all ports is taken",
      resources: [Written.group(), Written.legacy("-1", 0, 65535, ["10.0.0.0/8"])],
      verdict: .satisfied),
    // Port 0
    Row(
      check: "terraform-port-zero", name: "tcp",
      resources: [Written.group(), Written.legacy("tcp", 0, 0, ["10.0.0.0/8"])],
      verdict: .violated, cause: "tcp 0 from 10.0.0.0/8"),
    Row(
      check: "terraform-port-zero", name: "udp in a block",
      resources: [Written.group(egress: [Written.block("udp", 0, 0, ["10.0.0.0/8"])])],
      verdict: .violated),
    Row(
      check: "terraform-port-zero", name: "a range from 0",
      resources: [Written.group(), Written.legacy("tcp", 0, 65535, ["10.0.0.0/8"])],
      verdict: .satisfied),
    Row(
      check: "terraform-port-zero", name: "icmp type 0",
      resources: [Written.group(), Written.legacy("icmp", 0, 0, ["10.0.0.0/8"])],
      verdict: .satisfied),
    // Kept egress
    Row(
      check: "terraform-kept-egress", name: "imported",
      resources: [kept(egress: [allOut], further: #","importing":{"id":"sg-1"}"#)],
      verdict: .violated, cause: "all protocols to 0.0.0.0/0"),
    Row(
      check: "terraform-kept-egress", name: "the block was deleted",
      resources: [kept(["update"], egress: [allOut])], verdict: .violated),
    Row(
      check: "terraform-kept-egress", name: "it is written",
      resources: [kept(egress: [allOut], expressions: #""egress":{"constant_value":[{}]}"#)],
      verdict: .satisfied),
    Row(
      check: "terraform-kept-egress", name: "a rule owns it",
      resources: [
        kept(egress: [allOut]),
        .init(
          address: "aws_vpc_security_group_egress_rule.r", actions: ["no-op"],
          before: #"{"security_group_id":"sg-1","ip_protocol":"-1","cidr_ipv4":"0.0.0.0/0"}"#,
          after: #"{"security_group_id":"sg-1","ip_protocol":"-1","cidr_ipv4":"0.0.0.0/0"}"#),
      ], verdict: .satisfied),
    Row(
      check: "terraform-kept-egress", name: "a group that is made has none",
      resources: [Written.group()], verdict: .satisfied),
    Row(
      check: "terraform-kept-egress", name: "narrow egress is left to other policies",
      resources: [kept(egress: [Written.block("tcp", 443, 443, ["0.0.0.0/0"])])],
      verdict: .satisfied),
    // No peer
    Row(
      check: "terraform-no-peer", name: "a block",
      resources: [Written.group(egress: [Written.block("-1", 0, 0)])], verdict: .violated,
      cause: "egress: all protocols, to nobody"),
    Row(
      check: "terraform-no-peer", name: "a rule",
      resources: [Written.group(), Written.legacy("tcp", 443, 443)], verdict: .violated,
      cause: "ingress: tcp 443, from nobody"),
    Row(
      check: "terraform-no-peer", name: "a rule whose source is known after apply",
      resources: [
        Written.group(),
        Written.single(
          "tcp", (443, 443), "", unknown: #""referenced_security_group_id":true"#,
          expressions:
            #""referenced_security_group_id":{"references":["aws_security_group.g.id","aws_security_group.g"]}"#
        ),
      ], verdict: .satisfied),
    // Spelling
    Row(
      check: "terraform-noncanonical-cidr", name: "upper case",
      resources: [Written.group(ingress: [Written.block("tcp", 443, 443, v6: ["2001:DB8::/32"])])],
      verdict: .violated, cause: "which AWS writes 2001:db8::/32"),
    Row(
      check: "terraform-noncanonical-cidr", name: "zeros",
      resources: [Written.group(), Written.single("tcp", (443, 443), #""cidr_ipv6":"0::/0""#)],
      verdict: .violated, cause: "which AWS writes ::/0"),
    Row(
      check: "terraform-noncanonical-cidr", name: "host bits",
      resources: [
        Written.group(), Written.single("tcp", (443, 443), #""cidr_ipv4":"10.0.0.1/0""#),
      ],
      verdict: .violated, cause: "which AWS writes 0.0.0.0/0"),
    Row(
      check: "terraform-noncanonical-cidr", name: "as AWS writes it",
      resources: [
        Written.group(), Written.single("tcp", (443, 443), #""cidr_ipv6":"2001:db8::/32""#),
        Written.single("tcp", (443, 443), #""referenced_security_group_id":"sg-9""#, name: "b"),
      ], verdict: .satisfied),
  ]

  @Test(arguments: rows) func decides(_ row: Row) throws {
    let packs = CheckRegistry.packs
    let findings = try SmallPlan(resources: row.resources).findings(packs, "aws_security_group.g")
    let finding = try #require(findings[row.check])
    #expect(finding.verdict == row.verdict)
    #expect((finding.help == nil) == (row.verdict == .satisfied))
    #expect(finding.causes.isEmpty == (row.verdict == .satisfied))
    #expect(finding.fingerprint.count == 32)
    if let cause = row.cause {
      #expect(finding.causes.contains { $0.permission.contains(cause) }, "\(finding.causes)")
    }
  }

  @Test func everyCheckIsBrokenAndNotBroken() {
    for check in CheckRegistry.terraform {
      let id = check.metadata.id
      let verdicts = Set(Self.rows.filter { $0.check == id }.map { $0.verdict })
      #expect(verdicts.isSuperset(of: [.violated, .satisfied]), "\(id)")
    }
  }

  @Test func theRegistryIsWhole() {
    let ids = CheckRegistry.terraform.map { $0.metadata.id }
    #expect(Set(ids).count == ids.count)
    #expect(CheckRegistry.packs.map { $0.name } == PackLibrary.checkNames)
    #expect(PackLibrary.names.contains("terraform") && PackLibrary.names.contains("pni"))
    for policy in CheckRegistry.packs.flatMap({ $0.policies }) {
      #expect(policy.id.hasPrefix("\(policy.pack)-"))
      #expect(!policy.says.isEmpty && !policy.says.hasSuffix(".") && !policy.help.isEmpty)
      #expect(policy.rationale.contains("For example:\n\n    "))
      #expect(CheckRegistry.check(policy.id) != nil)
    }
  }

  /// One file for each check, and a line in the registry for each file.
  @Test func describeOutputIsNoneOfTheirBusiness() {
    let text =
      #"{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"IpProtocol":"tcp","FromPort":0,"ToPort":0,"IpRanges":[{"CidrIp":"10.0.0.1/0"}]}],"IpPermissionsEgress":[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]}]}"#
    let estate = EstateLoader.load(
      [SourceFile(path: "d.json", bytes: SourceBytes(Array(text.utf8)))]
    ).estate
    var evaluator = Evaluator(estate, packs: CheckRegistry.packs)
    #expect(evaluator.evaluate(0).allSatisfy { $0.verdict == .satisfied })
  }
}
