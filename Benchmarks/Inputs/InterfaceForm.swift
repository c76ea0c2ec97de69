/// The output of `aws ec2 describe-network-interfaces` as JSON, as the AWS CLI prints it.
struct InterfaceForm {
  let account: Account
  let interfaces: Int
  let out: ByteSink

  func write() {
    out.text("{\n    \"NetworkInterfaces\": [")
    var group = Group()
    for index in 0..<interfaces {
      if index > 0 { out.text(",") }
      write(index, &group)
      out.handOn()
    }
    out.text("\n    ]\n}\n")
  }

  private func write(_ index: Int, _ group: inout Group) {
    var random = SeededGenerator(seed: account.bits(.interface, index))
    // Some groups are on very many interfaces.
    let first = random.below(random.chance(80) ? account.groups : max(1, account.groups / 20))
    let vpc = account.vpc(ofGroup: first)
    var members = [first]
    let further = [0, 0, 0, 1, 1, 2][random.below(6)]
    for _ in 0..<further {
      let other = vpc * Account.groupsPerVPC + random.below(Account.groupsPerVPC)
      if other < account.groups, !members.contains(other) { members.append(other) }
    }
    members.sort()
    let host = UInt32(random.below(256)) << 8 | UInt32(random.below(250) + 4)
    let address = 10 << 24 | UInt32(vpc & 0xFF) << 16 | host
    let zone = random.below(3)
    let publicAddress =
      random.chance(10) ? 18 << 24 | UInt32(random.below(1 << 24)) : nil
    let hasIPv6 = random.chance(10)

    out.text("\n        {")
    if let publicAddress { association(publicAddress, "\n            ", "\n                ") }
    out.text("\n            \"Attachment\": {\n                \"AttachTime\": \"2025-")
    out.number(random.below(12) + 1, digits: 2)
    out.text("-")
    out.number(random.below(28) + 1, digits: 2)
    out.text("T07:08:09+00:00\",\n                \"AttachmentId\": \"")
    out.id("eni-attach", .attachment, index, of: account)
    out.text(
      "\",\n                \"DeleteOnTermination\": true,\n                \"DeviceIndex\": 0,")
    out.text("\n                \"NetworkCardIndex\": 0,\n                \"InstanceId\": \"")
    out.id("i", .instance, index, of: account)
    out.text("\",\n                \"InstanceOwnerId\": \"")
    out.text(Account.owner)
    out.text("\",\n                \"Status\": \"attached\"\n            },")
    out.text("\n            \"AvailabilityZone\": \"")
    out.text(Account.region)
    out.text((["a", "b", "c"] as [StaticString])[zone])
    out.text("\",\n            \"Description\": \"\",\n            \"Groups\": [")
    for (place, member) in members.enumerated() {
      account.make(member, &group)
      out.text(place > 0 ? "," : "")
      out.text("\n                {\n                    \"GroupId\": \"")
      out.groupID(member, of: account)
      out.text("\",\n                    \"GroupName\": \"")
      out.name(of: group)
      out.text("\"\n                }")
    }
    out.text("\n            ],\n            \"InterfaceType\": \"interface\",")
    out.text("\n            \"Ipv6Addresses\": [")
    if hasIPv6 {
      out.text("\n                {\n                    \"Ipv6Address\": \"2a05:d014:")
      out.hex(UInt64(vpc & 0xFFFF))
      out.text(":4000::")
      out.hex(UInt64(index & 0xFFFF))
      out.text("\",\n                    \"IsPrimaryIpv6\": false\n                }\n            ")
    }
    out.text("],\n            \"MacAddress\": \"02")
    let mac = account.bits(.mac, index)
    for shift in stride(from: UInt64(32), through: 0, by: -8) {
      out.text(":")
      out.hex(mac >> shift, digits: 2)
    }
    out.text("\",\n            \"NetworkInterfaceId\": \"")
    out.id("eni", .interface, index, of: account)
    out.text("\",\n            \"OwnerId\": \"")
    out.text(Account.owner)
    out.text("\",\n            \"PrivateDnsName\": \"")
    privateName(address)
    out.text("\",\n            \"PrivateIpAddress\": \"")
    out.address(address)
    out.text("\",\n            \"PrivateIpAddresses\": [\n                {")
    if let publicAddress {
      association(publicAddress, "\n                    ", "\n                        ")
    }
    out.text("\n                    \"Primary\": true,\n                    \"PrivateDnsName\": \"")
    privateName(address)
    out.text("\",\n                    \"PrivateIpAddress\": \"")
    out.address(address)
    out.text("\"\n                }\n            ],\n            \"RequesterManaged\": false,")
    out.text("\n            \"SourceDestCheck\": true,\n            \"Status\": \"in-use\",")
    out.text("\n            \"SubnetId\": \"")
    out.subnetID(vpc, zone: zone, of: account)
    out.text("\",\n            \"TagSet\": [],\n            \"VpcId\": \"")
    out.vpcID(vpc, of: account)
    out.text("\"\n        }")
  }

  private func association(_ address: UInt32, _ margin: StaticString, _ inner: StaticString) {
    out.text(margin)
    out.text("\"Association\": {")
    out.text(inner)
    out.text("\"IpOwnerId\": \"amazon\",")
    out.text(inner)
    out.text("\"PublicDnsName\": \"ec2-")
    dashed(address)
    out.text(".")
    out.text(Account.region)
    out.text(".compute.amazonaws.com\",")
    out.text(inner)
    out.text("\"PublicIp\": \"")
    out.address(address)
    out.text("\"")
    out.text(margin)
    out.text("},")
  }

  private func privateName(_ address: UInt32) {
    out.text("ip-")
    dashed(address)
    out.text(".")
    out.text(Account.region)
    out.text(".compute.internal")
  }

  private func dashed(_ address: UInt32) {
    for shift in stride(from: UInt32(24), through: 0, by: -8) {
      out.number(Int(address >> shift & 0xFF))
      if shift > 0 { out.text("-") }
    }
  }
}
