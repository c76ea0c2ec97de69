import SGModel
import Testing

@testable import Loaders

/// Groups of describe output that are read at full speed.
@Suite struct PlainGroupTests {
  /// The keys of groups and of permissions in orders that change from group to group: no number of orders
  /// makes a group something else.
  @Test func anyOrderOfKeys() throws {
    let group = [
      #""GroupId":"sg-1""#, #""VpcId":"vpc-1""#, #""OwnerId":"1""#, #""GroupName":"g""#,
      #""Description":"d""#, #""IpPermissionsEgress":[]"#, #""Tags":[]"#,
    ]
    let permission = [
      #""IpProtocol":"tcp""#, #""FromPort":443"#, #""ToPort":9092"#, #""Ipv6Ranges":[]"#,
      #""IpRanges":[{"CidrIp":"10.0.0.0/16","Description":"d"}]"#, #""UserIdGroupPairs":[]"#,
    ]
    var random = SeededNumbers(state: 1)
    var text = ""
    var starts: [Int] = []
    for _ in 0..<400 {
      let list = permission.shuffled(using: &random).joined(separator: ",")
      let members = (group + ["\"IpPermissions\":[{\(list)}]"]).shuffled(using: &random)
      starts.append(text.utf8.count)
      text += "{\(members.joined(separator: ","))}"
    }
    let bytes = SourceBytes(Array(text.utf8))
    var plain = PlainGroup(bytes: bytes.buffer)
    for (index, start) in starts.enumerated() {
      let read = plain.read(at: start)
      let end = try #require(read, "group \(index)")
      #expect(end == (index + 1 < starts.count ? starts[index + 1] : text.utf8.count))
      #expect(plain.ingress.count == 1)
      #expect(plain.egress.isEmpty)
      #expect(plain.ingress.first?.services == ServiceRange(protocol: 6, ports: 443...9092))
      let isReadAgain = plain.readAgain(.ingress, at: plain.ingressStart)
      #expect(isReadAgain)
      #expect(plain.ingress.count == 1)
    }
  }
}
