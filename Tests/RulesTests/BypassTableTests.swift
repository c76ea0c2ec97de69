import Loaders
import Rules
import SGModel
import Testing

/// Ways in which other linters are known to miss what is open, or to report what is not: the answer
/// has to be right in every row.
@Suite struct BypassTableTests {
  static let pack = """
    schema: pni-lint/pack/v1
    pack: bypass
    title: What other linters ask of a group
    policies:
      - id: ssh
        says: tcp 22 is open to private addresses alone
        severity: error
        ingress: {services: tcp 22, only-from: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 'fc00::/7']}
      - id: rdp
        says: tcp 3389 is open to private addresses alone
        severity: error
        ingress: {services: tcp 3389, only-from: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 'fc00::/7']}
      - id: http
        says: tcp 80 is open to private addresses alone
        severity: error
        ingress: {services: tcp 80, only-from: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 'fc00::/7']}
      - id: egress
        says: egress is empty
        severity: error
        egress: {only-to: []}
      - id: every-port
        says: every tcp port is open to every IPv4 address
        severity: note
        ingress: {services: tcp 0-65535, open-to-all-of: [0.0.0.0/0]}
      - id: every-egress-port
        says: every tcp port is open towards every IPv4 address
        severity: note
        egress: {services: tcp 0-65535, open-to-all-of: [0.0.0.0/0]}
    """

  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var resources: [SmallPlan.Resource]
    /// The policies that are violated; of the notes, those that are satisfied: all is open.
    var violated: [String] = []
    var satisfied: [String] = []
    var undecided: [String] = []
    var group = "aws_security_group.g"
    var testDescription: String { name }
  }

  static let any = "0.0.0.0/0"
  static let halves = ["0.0.0.0/1", "128.0.0.0/1"]
  static let rows = [
    Row(
      name: "a rule for tcp 22 from anywhere, with null lists",
      resources: [Written.group(), Written.legacy("tcp", 22, 22, [any])], violated: ["ssh"]),
    Row(
      name: "a rule for all protocols from anywhere, with null lists",
      resources: [Written.group(), Written.legacy("-1", 0, 0, [any])],
      violated: ["ssh", "rdp", "http"], satisfied: ["every-port"]),
    Row(
      name: "a rule for all protocols to anywhere, with null lists",
      resources: [Written.group(), Written.legacyOut("-1", 0, 0, [any])],
      violated: ["egress"], satisfied: ["every-egress-port"]),
    Row(
      name: "the internet in two halves",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, halves)])],
      violated: ["ssh"]),
    Row(
      name: "the internet in two halves of two rules",
      resources: [
        Written.group(), Written.legacy("tcp", 22, 22, [halves[0]], name: "a"),
        Written.legacy("tcp", 22, 22, [halves[1]], name: "b"),
      ], violated: ["ssh"]),
    Row(
      name: "a prefix list of the same plan that is the internet",
      resources: [
        Written.group(),
        .init(
          address: "aws_ec2_managed_prefix_list.l",
          after: #"{"name":"l","entry":[{"cidr":"0.0.0.0/1"},{"cidr":"128.0.0.0/1"}]}"#,
          unknown: #"{"id":true}"#, expressions: #""entry":[{}]"#),
        Written.single(
          "tcp", (22, 22), "", unknown: #""prefix_list_id":true"#,
          expressions:
            #""prefix_list_id":{"references":["aws_ec2_managed_prefix_list.l.id","aws_ec2_managed_prefix_list.l"]}"#
        ),
      ], violated: ["ssh"]),
    Row(
      name: "first a block from itself, then one from anywhere",
      resources: [
        Written.group(ingress: [
          Written.block("tcp", 443, 443, isSelf: true), Written.block("tcp", 22, 22, [any]),
        ])
      ], violated: ["ssh"]),
    Row(
      name: "one block from itself and from anywhere",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, [any], isSelf: true)])],
      violated: ["ssh"]),
    Row(
      name: "one block from a prefix list and from anywhere",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, [any], lists: ["pl-1"])])],
      violated: ["ssh"]),
    Row(
      name: "a new-style rule for all protocols",
      resources: [Written.group(), Written.single("-1", nil, #""cidr_ipv4":"0.0.0.0/0""#)],
      violated: ["ssh", "rdp", "http"], satisfied: ["every-port"]),
    Row(
      name: "a new-style rule from every IPv6 address",
      resources: [Written.group(), Written.single("tcp", (22, 22), #""cidr_ipv6":"::/0""#)],
      violated: ["ssh"]),
    Row(
      name: "a new-style rule for all protocols to anywhere",
      resources: [
        Written.group(), Written.singleOut("-1", nil, #""cidr_ipv4":"0.0.0.0/0""#),
      ], violated: ["egress"], satisfied: ["every-egress-port"]),
    Row(
      name: "egress to all tcp ports",
      resources: [Written.group(egress: [Written.block("tcp", 0, 65535, [any])])],
      violated: ["egress"], satisfied: ["every-egress-port"]),
    Row(
      name: "all ports in two ranges",
      resources: [
        Written.group(ingress: [
          Written.block("tcp", 0, 21, [any]), Written.block("tcp", 22, 65535, [any]),
        ])
      ], violated: ["ssh", "rdp", "http"], satisfied: ["every-port"]),
    Row(
      name: "a dynamic block over a variable",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, [any])], isDynamic: true)],
      violated: ["ssh"]),
    Row(
      name: "0::/0",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, v6: ["0::/0"])])],
      violated: ["ssh"]),
    Row(
      name: "all global unicast addresses of IPv6",
      resources: [Written.group(ingress: [Written.block("tcp", 22, 22, v6: ["2000::/3"])])],
      violated: ["ssh"]),
    Row(
      name: "a CIDR that is known after apply",
      resources: [
        Written.group(),
        Written.single(
          "tcp", (22, 22), "", unknown: #""cidr_ipv4":true"#,
          expressions: #""cidr_ipv4":{"references":["local.office"]}"#),
      ], undecided: ["ssh"]),
    Row(
      name: "a list of CIDRs that is known after apply",
      resources: [
        Written.group(),
        .init(
          address: "aws_security_group_rule.r",
          after: #"{"type":"ingress","protocol":"tcp","from_port":22,"to_port":22}"#,
          unknown:
            #"{"security_group_id":true,"source_security_group_id":true,"cidr_blocks":true}"#,
          expressions: Written.groupReference
            + #","cidr_blocks":{"references":["aws_vpc.v.cidr_block","aws_vpc.v"]}"#),
        .init(
          address: "aws_vpc.v", after: "{}", unknown: #"{"id":true,"cidr_block":true}"#),
      ], undecided: ["ssh"]),
    Row(
      name: "GRE is neither ssh nor http",
      resources: [Written.group(ingress: [Written.block("47", 0, 0, [any])])]),
    Row(
      name: "every type of ICMP is no port",
      resources: [Written.group(ingress: [Written.block("icmp", -1, -1, [any])])]),
    Row(
      name: "ICMP type 0 code 0 is no port",
      resources: [Written.group(ingress: [Written.block("icmp", 0, 0, [any])])]),
    Row(
      name: "udp is not tcp",
      resources: [Written.group(ingress: [Written.block("udp", 22, 22, [any])])]),
    Row(
      name: "a new-style rule from a group of the same VPC",
      resources: [
        Written.group(vpc: "vpc-1"),
        .init(
          address: "aws_vpc.v", actions: ["no-op"],
          before: #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#,
          after: #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#),
        Written.single(
          "tcp", (80, 80), "", unknown: #""referenced_security_group_id":true"#,
          expressions:
            #""referenced_security_group_id":{"references":["aws_security_group.g.id","aws_security_group.g"]}"#
        ),
      ]),
    Row(
      name: "a default group with entries and no VPC beside it",
      resources: [
        .init(
          address: "aws_default_security_group.d",
          after:
            #"{"vpc_id":"vpc-1","ingress":[\#(Written.block("-1", 0, 0, isSelf: true))],"egress":[\#(Written.block("-1", 0, 0, [any]))]}"#,
          unknown: #"{"id":true}"#,
          expressions: #""ingress":{"constant_value":[]},"egress":{"constant_value":[]}"#)
      ], violated: ["egress"], satisfied: ["every-egress-port"], undecided: ["ssh", "rdp", "http"],
      group: "aws_default_security_group.d"),
  ]

  @Test(arguments: rows) func answers(_ row: Row) throws {
    let pack = try PackLoader.load(
      SourceFile(path: "bypass.yaml", bytes: SourceBytes(Array(Self.pack.utf8))), source: -1,
      overrides: [])
    let findings = try SmallPlan(resources: row.resources).findings([pack], row.group)
    let notes = ["every-port", "every-egress-port"]
    for (id, finding) in findings where !notes.contains(id) {
      let expected: Verdict =
        row.violated.contains(id)
        ? .violated : row.undecided.contains(id) ? .undecided : .satisfied
      #expect(finding.verdict == expected, "\(id)")
      if expected == .violated { #expect(finding.witness != nil, "\(id)") }
      if expected == .undecided { #expect(!finding.unknowns.isEmpty, "\(id)") }
    }
    for id in notes {
      #expect((findings[id]?.verdict == .satisfied) == row.satisfied.contains(id), "\(id)")
    }
    #expect(findings.count == 6)
  }
}
