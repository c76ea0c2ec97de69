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
}
