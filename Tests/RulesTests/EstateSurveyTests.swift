import Loaders
import Rules
import SGModel
import Testing

/// What is asked of an estate as a whole.
struct EstateSurveyTests {

  private static func describe(_ groups: String, _ interfaces: String) -> Estate {
    let text = "{\"SecurityGroups\":[\(groups)],\"NetworkInterfaces\":[\(interfaces)]}"
    return EstateLoader.load([
      SourceFile(path: "account.json", bytes: SourceBytes(Array(text.utf8)))
    ]).estate
  }

  private static func group(_ id: String, vpc: String = "vpc-1", _ cidrs: String...) -> String {
    let ranges = cidrs.map { "{\"CidrIp\":\"\($0)\"}" }.joined(separator: ",")
    let permissions =
      cidrs.isEmpty
      ? ""
      : "{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"IpRanges\":[\(ranges)]}"
    return
      "{\"GroupId\":\"\(id)\",\"VpcId\":\"\(vpc)\",\"IpPermissions\":[\(permissions)],\"IpPermissionsEgress\":[]}"
  }

  @Test("A group that no interface carries is unattached; without interfaces nothing is known")
  func unattached() {
    let groups = "\(Self.group("sg-1")),\(Self.group("sg-2")),\(Self.group("sg-3"))"
    let eni =
      "{\"NetworkInterfaceId\":\"eni-1\",\"VpcId\":\"vpc-1\",\"Groups\":[{\"GroupId\":\"sg-2\"}]}"
    let estate = Self.describe(groups, eni)
    #expect(EstateSurvey(estate).unattached()?.map { estate.groups[$0].id } == ["sg-1", "sg-3"])
    #expect(EstateSurvey(Self.describe(groups, "")).unattached() == nil)
  }

  @Test("Groups of one VPC that allow the same are identical, however it is written")
  func identical() {
    let groups = [
      Self.group("sg-1", "10.0.0.0/9", "10.128.0.0/9"), Self.group("sg-2", "10.0.0.0/8"),
      Self.group("sg-3", vpc: "vpc-2", "10.0.0.0/8"), Self.group("sg-4", "10.0.0.0/9"),
      Self.group("sg-5"), Self.group("sg-6"), Self.group("sg-7", "10.0.0.0/8", "10.1.0.0/16"),
    ].joined(separator: ",")
    let estate = Self.describe(groups, "")
    for jobs in [1, 2] {
      let classes = EstateSurvey(estate, jobs: jobs).identical()
      #expect(classes.map { $0.map { estate.groups[$0].id } } == [["sg-1", "sg-2", "sg-7"]])
    }
  }

  @Test("A permission that the others cover is redundant")
  func redundant() {
    let estate = Self.describe(
      "\(Self.group("sg-1", "10.0.0.0/9", "10.0.0.0/8")),\(Self.group("sg-2", "10.0.0.0/9", "10.128.0.0/9"))",
      "")
    let found = EstateSurvey(estate, jobs: 2).redundant()
    #expect(
      found.map { estate.origins[Int(estate.permissions[$0].origin)].peerText } == ["10.0.0.0/9"])
  }
}
