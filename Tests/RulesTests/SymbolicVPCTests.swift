import Loaders
import Rules
import SGModel
import Testing

/// "The VPC's CIDR" is what it is, whether anybody knows the number or not.
@Suite struct SymbolicVPCTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    /// The VPCs beside the group, which is in `aws_vpc.main`.
    var main = #"{"assign_generated_ipv6_cidr_block":true,"cidr_block":"10.0.0.0/16"}"#
    var mainUnknown = #"{"id":true,"ipv6_cidr_block":true}"#
    /// The attribute of the rule, and what it refers to.
    var attribute = "cidr_ipv6"
    var references: [String]
    var more: [SmallPlan.Resource] = []
    var verdict: Verdict
    var testDescription: String { name }
  }

  static let unknownV4 = ("{}", #"{"id":true,"cidr_block":true}"#)
  static let other = SmallPlan.Resource(
    address: "aws_vpc.other", after: #"{"cidr_block":"10.50.0.0/16"}"#, unknown: #"{"id":true}"#)
  static let rows = [
    Row(
      name: "the VPC's IPv6 CIDR", references: ["aws_vpc.main.ipv6_cidr_block", "aws_vpc.main"],
      verdict: .satisfied),
    Row(
      name: "the VPC's IPv4 CIDR, from IPAM", main: unknownV4.0, mainUnknown: unknownV4.1,
      attribute: "cidr_ipv4", references: ["aws_vpc.main.cidr_block", "aws_vpc.main"],
      verdict: .satisfied),
    Row(
      name: "a part of it",
      references: [
        "aws_vpc.main.ipv6_cidr_block", "aws_vpc.main", "count.index",
      ], verdict: .satisfied),
    Row(
      name: "a subnet of it", references: ["aws_subnet.s.ipv6_cidr_block", "aws_subnet.s"],
      more: [
        .init(
          address: "aws_subnet.s", after: "{}",
          unknown: #"{"id":true,"vpc_id":true,"ipv6_cidr_block":true}"#,
          expressions: #""vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]}"#)
      ], verdict: .satisfied),
    Row(
      name: "a CIDR that is associated with it", attribute: "cidr_ipv4",
      references: [
        "aws_vpc_ipv4_cidr_block_association.a.cidr_block", "aws_vpc_ipv4_cidr_block_association.a",
      ],
      more: [
        .init(
          address: "aws_vpc_ipv4_cidr_block_association.a", after: "{}",
          unknown: #"{"vpc_id":true,"cidr_block":true}"#,
          expressions: #""vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]}"#)
      ], verdict: .satisfied),
    Row(
      name: "another VPC's IPv6 CIDR",
      references: ["aws_vpc.other.ipv6_cidr_block", "aws_vpc.other"],
      more: [
        .init(
          address: "aws_vpc.other",
          after: #"{"assign_generated_ipv6_cidr_block":true,"cidr_block":"10.50.0.0/16"}"#,
          unknown: #"{"id":true,"ipv6_cidr_block":true}"#)
      ], verdict: .undecided),
    Row(
      name: "a CIDR of another VPC that is known", main: #"{"cidr_block":"10.0.0.0/16"}"#,
      mainUnknown: #"{"id":true}"#, attribute: "cidr_ipv4",
      references: ["aws_subnet.s.cidr_block", "aws_subnet.s"],
      more: [
        other,
        .init(
          address: "aws_subnet.s", after: "{}",
          unknown: #"{"id":true,"vpc_id":true,"cidr_block":true}"#,
          expressions: #""vpc_id":{"references":["aws_vpc.other.id","aws_vpc.other"]}"#),
      ], verdict: .violated),
    Row(
      name: "two references",
      references: [
        "aws_vpc.main.ipv6_cidr_block", "aws_vpc.main", "aws_vpc.other.cidr_block",
        "aws_vpc.other",
      ], more: [other], verdict: .undecided),
    Row(
      name: "something else of the VPC", attribute: "cidr_ipv4",
      references: ["aws_vpc.main.owner_id", "aws_vpc.main"], verdict: .undecided),
    Row(name: "a local", references: ["local.cidr"], verdict: .undecided),
  ]

  @Test(arguments: rows) func onlyFromTheVPC(_ row: Row) throws {
    var group = Written.group(egress: [])
    group.after = #"{"egress":[]}"#
    group.unknown = #"{"id":true,"vpc_id":true,"ingress":true}"#
    group.expressions += #","vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]}"#
    let references = row.references.map { "\"\($0)\"" }.joined(separator: ",")
    let plan = SmallPlan(
      resources: [
        .init(address: "aws_vpc.main", after: row.main, unknown: row.mainUnknown), group,
        Written.single(
          "tcp", (443, 443), "", unknown: #""\#(row.attribute)":true"#,
          expressions: #""\#(row.attribute)":{"references":[\#(references)]}"#),
      ] + row.more)
    let file = try #require(PackLibrary.embedded(named: "pni"))
    let pack = try PackLoader.load(file, source: -1, overrides: [])
    let findings = try plan.findings([pack], "aws_security_group.g")
    #expect(findings["pni-client-source"]?.verdict == row.verdict)
    #expect(findings["pni-egress"]?.verdict == .satisfied)
  }
}
