import Foundation
import SGModel
import Testing

@testable import Loaders

@Suite struct YAMLFileTests {
  private func load(_ text: String) -> EstateLoader.Outcome {
    EstateLoader.load([SourceFile(path: "x.yaml", bytes: SourceBytes(Array(text.utf8)))])
  }

  private let group =
    "SecurityGroups:\n- {GroupId: sg-01234567, IpPermissions: [], IpPermissionsEgress: []}\n"

  @Test func documentsOfBothKindsAreRead() {
    let outcome = load(
      "---\n" + group
        + "---\nschema: pni-lint/groups/v1\ngroups: [{name: web, ingress: [], egress: []}]\n---\n")
    #expect(outcome.failures.isEmpty)
    #expect(outcome.estate.issues.isEmpty)
    #expect(Set(outcome.estate.groups.map(\.label)) == ["sg-01234567", "web"])
  }

  @Test func aDocumentThatIsNoneOfOursIsNotPassedOver() {
    let outcome = load(group + "---\nkind: Deployment\n")
    #expect(outcome.estate.groups.count == 1)
    #expect(outcome.estate.issues.map(\.severity) == [.error])
    #expect(outcome.estate.issues.first?.message.contains("its keys are `kind`") == true)
    #expect(outcome.estate.issues.first?.span?.start == group.utf8.count + 4)
  }

  @Test(arguments: [
    ("kind: Deployment\n", "is YAML of another kind (its keys are `kind`)"),
    ("Resources: {}\n", "is a CloudFormation template"),
    ("pack: x\npolicies: []\n", "is a policy pack; give it with `--policy`"),
    ("- a\n", "is YAML of another kind"),
    ("# nothing\n", "is empty"),
    ("a: [1\n", "2:1: `,` or `]` is expected here"),
    ("a: !Sub x\n", "1:4: unknown tag `!Sub`"),
  ])
  func aFileThatIsNoneOfOursIsRefused(text: String, message: String) {
    let outcome = load(text)
    #expect(outcome.failures.count == 1)
    guard let (place, said) = outcome.failures.first?.description else { return }
    let position = place.split(separator: ":").dropFirst().map { "\($0):" }.joined()
    let found = position.isEmpty ? said : "\(position) \(said)"
    #expect(found.hasPrefix(message), "\(outcome.failures)")
  }

  @Test func theSameGroupByHandAndAsDescribed() throws {
    let byHand = load(
      """
      schema: pni-lint/groups/v1
      vpcs: [{name: main, id: vpc-01234567, cidrs: [10.20.0.0/16, 10.21.0.0/16]}]
      groups:
        - name: web
          id: sg-01234567
          vpc: main
          ingress:
            - {protocol: tcp, ports: [443, 9092], from: [vpc, '2001:db8::/32', self]}
            - {protocol: icmp, type: 8, from: 10.0.0.0/8}
          egress: [{protocol: all, to: 127.0.0.1/32}]
      """)
    let described = load(
      """
      Vpcs:
      - VpcId: vpc-01234567
        CidrBlockAssociationSet:
        - {CidrBlock: 10.20.0.0/16, CidrBlockState: {State: associated}}
        - {CidrBlock: 10.21.0.0/16, CidrBlockState: {State: associated}}
      SecurityGroups:
      - GroupId: sg-01234567
        GroupName: web
        VpcId: vpc-01234567
        IpPermissions:
        - &entry
          IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          IpRanges: [{CidrIp: 10.20.0.0/15}]
          Ipv6Ranges: [{CidrIpv6: '2001:db8::/32'}]
          UserIdGroupPairs: [{GroupId: sg-01234567}]
        - {<<: *entry, FromPort: 9092, ToPort: 9092}
        - {IpProtocol: icmp, FromPort: 8, ToPort: -1, IpRanges: [{CidrIp: 10.0.0.0/8}]}
        IpPermissionsEgress:
        - {IpProtocol: '-1', IpRanges: [{CidrIp: 127.0.0.1/32}]}
      """)
    for outcome in [byHand, described] {
      #expect(outcome.failures.isEmpty)
      #expect(outcome.estate.issues.isEmpty, "\(outcome.estate.issues)")
    }
    let left = try #require(byHand.estate.groups.first)
    let right = try #require(described.estate.groups.first)
    for direction in Direction.allCases {
      #expect(
        byHand.estate.traffic(of: left, direction, certain: true)
          == described.estate.traffic(of: right, direction, certain: true))
    }
    #expect(byHand.estate.vpcPeers(of: left) == described.estate.vpcPeers(of: right))
  }

  /// Documents whose lists are read element by element, but not where an anchor follows.
  private static let described = [
    "SecurityGroups:\n- {GroupId: sg-1, IpPermissions: [], IpPermissionsEgress: []}\n- 7\nVpcs:\n- {VpcId: vpc-1, CidrBlock: 10.0.0.0/8}\n",
    "Vpcs: no\nSecurityGroups:\n- {GroupName: nameless}\n- [a]\n",
    "SecurityGroups:\n- {GroupId: sg-1}\nVpcs: 5\nNetworkInterfaces:\n- x\n",
    "NextToken: more\nSecurityGroups:\n- {GroupId: sg-1}\n",
    "SecurityGroups:\n- {GroupId: sg-1}\nNextToken: more\nVpcs:\n- {VpcId: vpc-1, CidrBlock: 10.0.0.0/33}\n",
    "Entries:\n- {Cidr: 10.0.0.0/8}\nSecurityGroups:\n- {GroupId: sg-1}\n",
    "SecurityGroups:\n- {GroupId: sg-1}\nEntries:\n- {Cidr: 10.0.0.0/8}\n- {Cidr: x}\n",
    "SecurityGroups: []\nGroupId: sg-2\nIpPermissions: []\nIpPermissionsEgress: []\n",
    "SecurityGroups:\n- {GroupId: sg-1}\nGroupId: sg-2\nIpPermissions: []\nIpPermissionsEgress: []\n",
    "SecurityGroups:\n- {GroupId: sg-1}\nschema: pni-lint/groups/v1\ngroups: []\n",
    "\"Security\\x47roups\":\n- {GroupId: \"sg\\x2D1\", GroupName: 'it''s'}\n- {GroupId: \"sg\\x2D2\"}\nOther: [{a: 1}]\n",
    "SecurityGroups:\n- {<<: {GroupId: sg-1, GroupName: a}, GroupName: b}\n<<: {Vpcs: [{VpcId: vpc-1, CidrBlock: x}]}\n",
    "SecurityGroups:\n- GroupId: sg-1\n  Tags: [{Key: é, Value: ü}]\n- GroupId: sg-1\n  GroupName: ß\n",
    "Subnets:\nSecurityGroups:\n  -\n  - {GroupId: sg-1}\n",
    "Kind: x\nItems: [1, 2]\n",
  ]

  @Test(arguments: described)
  func elementsMeanTheSameOneByOne(text: String) {
    for (ahead, behind) in [
      ("", ""), ("---\n" + group + "---\n", ""), ("", "---\nKind: x\n"), ("", "---\n" + group),
    ] {
      // Lines of one length, so that all that follows stands at the same place.
      let oneByOne = load(ahead + text + "#ast: &anchor {}\n" + behind)
      let asAWhole = load(ahead + text + "Last: &anchor {}\n" + behind)
      #expect(oneByOne.estate.groups == asAWhole.estate.groups)
      #expect(oneByOne.estate.vpcs == asAWhole.estate.vpcs)
      #expect(oneByOne.estate.permissions == asAWhole.estate.permissions)
      #expect(oneByOne.estate.origins == asAWhole.estate.origins)
      #expect(
        oneByOne.estate.issues
          == asAWhole.estate.issues.compactMap { issue in
            if issue.message.hasPrefix("unknown key `Last`") { return nil }
            // The keys of a document that is none of ours are told.
            var issue = issue
            issue.message = issue.message.replacing(", `Last`", with: "")
            return issue
          })
      #expect(oneByOne.failures.count == asAWhole.failures.count)
    }
  }

  private final class Elements: YAMLElementTaker {
    var seen: [String] = []
    func begin(listUnder key: Value) -> Bool {
      seen.append("\(key.text):")
      return key.hasText("Many")
    }
    func take(_ element: Value) -> Bool {
      seen.append(ReadYAML.describe(element))
      return true
    }
  }

  @Test func elementsThatWereTakenAreNotKept() throws {
    let text = MarkedText(
      "Few: [1, [2]]\nMany: [{a: [b]}, \"c\\x64\", [], ]\nOther: {Many: [3]}\nLast: \"e\\x66\"\n")
    let elements = Elements()
    let documents = try #require(
      try YAMLReader.documents(in: text.buffer, source: 0, handing: elements))
    #expect(elements.seen == ["Few:", "Many:", "{a: [b]}", "\"cd\"", "[]"])
    let root = try #require(documents.first?.root)
    #expect(
      ReadYAML.describe(root) == "{Few: [1, [2]], Many: [], Other: {Many: [3]}, Last: \"ef\"}")
  }

  @Test func whereThereIsAnAnchorAllIsKept() throws {
    for text in ["Many: [&a 1]\n", "Many: [1]\nLast: &a {}\n", "Many: &a [1]\n", "&a Many: [1]\n"] {
      let bytes = SourceBytes(Array(text.utf8))
      let elements = Elements()
      let documents = try YAMLReader.documents(in: bytes.buffer, source: 0, handing: elements)
      #expect(documents == nil)
    }
  }
}
