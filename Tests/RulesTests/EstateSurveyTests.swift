import Loaders
import SGModel
import Testing

@testable import Rules

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

  @Test("Groups that allow nothing but placeholders are not called identical")
  func placeholders() {
    let groups = (1...2).map {
      "{\"GroupId\":\"sg-\($0)\",\"VpcId\":\"vpc-1\",\"IpPermissions\":[],\"IpPermissionsEgress\":[{\"IpProtocol\":\"-1\",\"IpRanges\":[{\"CidrIp\":\"127.0.0.1/32\"}]}]}"
    }
    let estate = Self.describe(groups.joined(separator: ","), "")
    #expect(estate.permissions.map(\.isPlaceholder) == [true, true])
    #expect(EstateSurvey(estate).identical() == [])
  }

  @Test("Classes do not depend on fingerprints, which only say what to compare", arguments: 0..<8)
  func collisions(seed: Int) {
    let blocks = ["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16"]
    var groups: [String] = []
    for number in 0..<200 {
      let bits = (number &* 2_654_435_761 &+ seed &* 40_503) >> 7
      let cidrs = blocks.indices.filter { bits >> $0 & 1 == 1 }.map {
        "{\"CidrIp\":\"\(blocks[$0])\"}"
      }
      groups.append(
        "{\"GroupId\":\"sg-\(number)\",\"VpcId\":\"vpc-\(bits >> 5 & 1)\",\"IpPermissions\":[{\"IpProtocol\":\"-1\",\"IpRanges\":[\(cidrs.joined(separator: ","))]}],\"IpPermissionsEgress\":[]}"
      )
    }
    let estate = Self.describe(groups.joined(separator: ","), "")
    var expected: [[Int]] = []
    for group in estate.groups.indices {
      let own = estate.traffic(of: estate.groups[group], .ingress, certain: true)
      guard !own.isEmpty else { continue }
      let place = expected.firstIndex {
        estate.groups[$0[0]].vpcs == estate.groups[group].vpcs
          && estate.traffic(of: estate.groups[$0[0]], .ingress, certain: true) == own
      }
      if let place { expected[place].append(group) } else { expected.append([group]) }
    }
    expected.removeAll { $0.count < 2 }
    #expect(expected.count > 2)
    for jobs in [1, 2] {
      let survey = EstateSurvey(estate, jobs: jobs)
      #expect(survey.identical() == expected)
      #expect(survey.identical(TrafficFingerprinter(), mask: 0) == expected)
      #expect(survey.identical(TrafficFingerprinter(), mask: 1) == expected)
    }
  }

  @Test("A permission that the others cover is redundant")
  func redundant() {
    let estate = Self.describe(
      "\(Self.group("sg-1", "10.0.0.0/9", "10.0.0.0/8")),\(Self.group("sg-2", "10.0.0.0/9", "10.128.0.0/9"))",
      "")
    let found = EstateSurvey(estate, jobs: 2).redundant()
    #expect(found.map { Self.text(estate, $0.permission) } == ["10.0.0.0/9"])
  }

  private static func text(_ estate: Estate, _ permission: Int) -> String {
    estate.origins[Int(estate.permissions[permission].origin)].peerText
  }

  @Test("What is redundant says in which group it is and what covers it")
  func covers() {
    let groups = [
      Self.group("sg-1", "10.0.0.0/9"),
      Self.group("sg-2", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/8", "10.0.0.0/9"),
    ].joined(separator: ",")
    let estate = Self.describe(groups, "")
    let survey = EstateSurvey(estate)
    let found = survey.redundant()
    #expect(found.map { estate.groups[$0.group].id } == ["sg-2", "sg-2", "sg-2", "sg-2"])
    #expect(found.map { $0.permission } == [1, 2, 3, 4])
    #expect(found.map { $0.isDuplicate } == [false, false, false, true])
    #expect(found.allSatisfy { $0.direction == .ingress })
    #expect(found.map { survey.cover(of: $0) } == [[3], [3], [1, 2], [1]])
  }
}
