/// The output of `aws ec2 describe-security-groups` as JSON, with the keys in the order of botocore's
/// model and an indentation of four, as the AWS CLI prints it.
struct DescribeForm {
  let account: Account
  let out: ByteSink

  func write() {
    out.text("{\n    \"SecurityGroups\": [")
    var group = Group()
    for index in 0..<account.groups {
      account.make(index, &group)
      if index > 0 { out.text(",") }
      write(group)
      out.handOn()
    }
    out.text("\n    ]\n}\n")
  }

  private func write(_ group: Group) {
    out.text("\n        {\n            \"GroupId\": \"")
    out.groupID(group.index, of: account)
    out.text("\",")
    permissions("IpPermissionsEgress", group.egress)
    out.text(",\n            \"Tags\": [")
    tag("Name", isFirst: true) { out.name(of: group) }
    tag("team") { out.text(Vocabulary.teams[group.team]) }
    tag("stage") { out.text(Vocabulary.stages[group.stage]) }
    if group.isTerraform { tag("terraform") { out.text("true") } }
    if group.hasOwner { tag("owner") { out.bytes(Vocabulary.ownerTag.json) } }
    out.text("\n            ],\n            \"VpcId\": \"")
    out.vpcID(group.vpc, of: account)
    out.text("\",\n            \"SecurityGroupArn\": \"")
    out.arn("security-group")
    out.groupID(group.index, of: account)
    out.text("\",\n            \"OwnerId\": \"")
    out.text(Account.owner)
    out.text("\",\n            \"GroupName\": \"")
    out.name(of: group)
    out.text("\",\n            \"Description\": \"")
    out.description(of: group)
    out.text("\",")
    permissions("IpPermissions", group.ingress)
    out.text("\n        }")
  }

  private func tag(_ key: StaticString, isFirst: Bool = false, _ value: () -> Void) {
    out.text(isFirst ? "" : ",")
    out.text("\n                {\n                    \"Key\": \"")
    out.text(key)
    out.text("\",\n                    \"Value\": \"")
    value()
    out.text("\"\n                }")
  }

  private func permissions(_ key: StaticString, _ rules: [Rule]) {
    out.text("\n            \"")
    out.text(key)
    guard !rules.isEmpty else { return out.text("\": []") }
    out.text("\": [")
    var isFirst = true
    rules.permissions { service, rules in
      out.text(isFirst ? "" : ",")
      isFirst = false
      permission(Vocabulary.services[service], rules)
    }
    out.text("\n            ]")
  }

  private func permission(_ service: Vocabulary.Service, _ rules: [Rule]) {
    out.text("\n                {\n                    \"IpProtocol\": \"")
    out.text(service.protocolName)
    out.text("\"")
    if let ports = service.ports {
      out.text(",\n                    \"FromPort\": ")
      out.number(ports.from)
      out.text(",\n                    \"ToPort\": ")
      out.number(ports.to)
    }
    for list in PeerList.allCases { peers(list, rules) }
    out.text("\n                }")
  }

  private func peers(_ list: PeerList, _ rules: [Rule]) {
    out.text(",\n                    \"")
    switch list {
    case .groups: out.text("UserIdGroupPairs")
    case .v4: out.text("IpRanges")
    case .v6: out.text("Ipv6Ranges")
    case .prefixLists: out.text("PrefixListIds")
    }
    var isFirst = true
    for rule in rules where list.holds(rule) {
      out.text(isFirst ? "\": [" : ",")
      isFirst = false
      out.text("\n                        {")
      if rule.note > 0 {
        out.text("\n                            \"Description\": \"")
        out.note(rule)
        out.text("\",")
      }
      switch list {
      case .groups:
        out.text("\n                            \"UserId\": \"")
        out.text(Account.owner)
        out.text("\",\n                            \"GroupId\": \"")
      case .v4: out.text("\n                            \"CidrIp\": \"")
      case .v6: out.text("\n                            \"CidrIpv6\": \"")
      case .prefixLists: out.text("\n                            \"PrefixListId\": \"")
      }
      out.peer(rule.peer, of: account)
      out.text("\"\n                        }")
    }
    out.text(isFirst ? "\": []" : "\n                    ]")
  }
}
