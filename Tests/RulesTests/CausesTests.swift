import Loaders
import Rules
import SGModel
import Testing

/// Findings name the few entries that say it all.
struct CausesTests {
  private static func egressFinding(_ entries: [String]) throws -> Finding {
    let text =
      #"{"SecurityGroups":[{"GroupId":"sg-1","GroupName":"x","VpcId":"vpc-1","IpPermissions":[],"IpPermissionsEgress":[\#(entries.joined(separator: ","))]}]}"#
    let file = SourceFile(path: "groups.json", bytes: SourceBytes(Array(text.utf8)))
    let pack = try PackLoader.load(
      try #require(PackLibrary.embedded(named: "pni")), source: -1)
    var evaluator = Evaluator(EstateLoader.load([file]).estate, packs: [pack])
    return try #require(evaluator.evaluate(0).first { $0.policy == "pni-egress" })
  }

  private static func tcp(_ port: Int, _ block: String) -> String {
    #"{"IpProtocol":"tcp","FromPort":\#(port),"ToPort":\#(port),"IpRanges":[{"CidrIp":"\#(block)"}]}"#
  }

  private static let everything = #"{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}"#

  @Test func whatAWiderEntryOpensAnywayIsCounted() throws {
    let finding = try Self.egressFinding([
      Self.tcp(5432, "10.20.30.0/24"), Self.everything, Self.tcp(22, "0.0.0.0/0"),
    ])
    #expect(finding.verdict == .violated)
    #expect(finding.causes.map { $0.permission } == ["all protocols to 0.0.0.0/0"])
    #expect(finding.furtherCauses == 2)
  }

  @Test func whatOpensMoreIsNamedWidestFirst() throws {
    let finding = try Self.egressFinding([
      Self.tcp(22, "10.0.0.0/24"), Self.tcp(443, "10.0.0.0/8"), Self.tcp(80, "10.0.0.0/16"),
    ])
    #expect(
      finding.causes.map { $0.permission } == [
        "tcp 443 to 10.0.0.0/8", "tcp 80 to 10.0.0.0/16", "tcp 22 to 10.0.0.0/24",
      ])
    #expect(finding.furtherCauses == 0)
  }

  @Test func manyAreCutAndCounted() throws {
    let finding = try Self.egressFinding((1...30).map { Self.tcp($0, "10.0.0.0/24") })
    #expect(finding.causes.count == 8)
    #expect(finding.furtherCauses == 22)
  }
}
