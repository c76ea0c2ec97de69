import Foundation
import Testing

/// Plans that are judged together with their source.
@Suite struct SourceTests {
  static let fixtures = Program.root.appending(path: "Tests/LoadersTests/Fixtures/source")

  private func lint(_ fixture: String, _ arguments: String...) throws -> Program.Result {
    try Program.run(
      ["lint", "--select", "all"] + arguments + ["plan.json"],
      in: Self.fixtures.appending(path: fixture))
  }

  /// The verdict on each group, of the policies that are errors.
  private func verdicts(_ result: Program.Result) throws -> [String: Set<String>] {
    var verdicts: [String: Set<String>] = [:]
    for finding in try result.json["results"].elements
    where finding["severity"].string == "error" {
      verdicts[finding["subject"]["address"].string ?? "", default: []].insert(
        finding["verdict"].string ?? "")
    }
    return verdicts
  }

  @Test func rulesThatALocalLinksAreJudgedForCertain() throws {
    let verdicts = try verdicts(try lint("registry", "-f", "json"))
    let name = "aws_security_group.this_name_prefix[0]"
    #expect(verdicts["module.pni_plain.\(name)"] == ["satisfied"])
    #expect(verdicts["aws_security_group.own"] == ["satisfied"])
    #expect(verdicts["module.pni_all_out.\(name)"] == ["satisfied", "violated"])
  }

  @Test func everyFormatLeadsToTheSource() throws {
    let text = try lint("registry")
    #expect(text.output.hasPrefix("security-group/main.tf:32:23: error: "), "\(text)")
    #expect(text.output.contains("32 |   cidr_blocks       = var.egress_cidr_blocks\n"))
    #expect(text.output.contains("   = called from: main.tf:14:1\n"))
    let json = try lint("registry", "-f", "json").json["results"].elements
    let finding = try #require(json.first { $0["verdict"].string == "violated" })
    #expect(finding["location"]["path"].string == "security-group/main.tf")
    #expect(finding["related"][0]["kind"].string == "called from")
    #expect(finding["related"][0]["location"]["path"].string == "main.tf")
    let sarif = try lint("registry", "-f", "sarif").json["runs"][0]["results"][0]
    let place = sarif["locations"][0]["physicalLocation"]
    #expect(place["artifactLocation"]["uri"].string == "security-group/main.tf")
    #expect(place["region"]["snippet"]["text"].string == "var.egress_cidr_blocks")
    let related = sarif["relatedLocations"].elements
    #expect(
      related.map { $0["physicalLocation"]["artifactLocation"]["uri"].string } == [
        "security-group/main.tf", "main.tf",
      ])
    #expect(related.last?["message"]["text"].string == "called from")
  }

  @Test(arguments: ["text", "json", "sarif", "junit"])
  func sensitiveValuesOfTheSourceAreNotPrinted(format: String) throws {
    let result = try lint("places", "-f", format)
    #expect(result.status == 1 && result.output.contains("main.tf"))
    for secret in ["203.0.113.64", "198.51.100"] {
      #expect(!result.output.contains(secret), "\(secret)")
      #expect(!result.errors.contains(secret), "\(secret)")
    }
  }
}
