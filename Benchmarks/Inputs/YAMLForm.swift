/// The output of `aws ec2 describe-security-groups --output yaml` as version 2 of the AWS CLI prints it:
/// keys sorted, lists not indented, quotes only where they are needed.
struct YAMLForm {
  let account: Account
  let out: ByteSink

  func write() {
    out.text("SecurityGroups:\n")
    var group = Group()
    for index in 0..<account.groups {
      account.make(index, &group)
      write(group)
      out.handOn()
    }
  }

  private func write(_ group: Group) {
    out.text("- Description: ")
    out.description(of: group)
    out.text("\n  GroupId: ")
    out.groupID(group.index, of: account)
    out.text("\n  GroupName: ")
    out.name(of: group)
    permissions("\n  IpPermissions:", group.ingress)
    permissions("\n  IpPermissionsEgress:", group.egress)
    out.text("\n  OwnerId: '")
    out.text(Account.owner)
    out.text("'\n  SecurityGroupArn: ")
    out.arn("security-group")
    out.groupID(group.index, of: account)
    out.text("\n  Tags:")
    tag("Name") { out.name(of: group) }
    tag("team") { out.text(Vocabulary.teams[group.team]) }
    tag("stage") { out.text(Vocabulary.stages[group.stage]) }
    if group.isTerraform { tag("terraform") { out.text("'true'") } }
    if group.hasOwner { tag("owner") { out.bytes(Vocabulary.ownerTag.yaml) } }
    out.text("\n  VpcId: ")
    out.vpcID(group.vpc, of: account)
    out.text("\n")
  }

  private func tag(_ key: StaticString, _ value: () -> Void) {
    out.text("\n  - Key: ")
    out.text(key)
    out.text("\n    Value: ")
    value()
  }

  private func permissions(_ key: StaticString, _ rules: [Rule]) {
    out.text(key)
    if rules.isEmpty { out.text(" []") }
    rules.permissions { service, rules in permission(Vocabulary.services[service], rules) }
  }

  private func permission(_ service: Vocabulary.Service, _ rules: [Rule]) {
    out.text("\n  - ")
    if let ports = service.ports {
      out.text("FromPort: ")
      out.number(ports.from)
      out.text("\n    ")
    }
    out.text("IpProtocol: ")
    out.text(service.needsQuotes ? "'" : "")
    out.text(service.protocolName)
    out.text(service.needsQuotes ? "'" : "")
    peers(.v4, rules)
    peers(.v6, rules)
    peers(.prefixLists, rules)
    if let ports = service.ports {
      out.text("\n    ToPort: ")
      out.number(ports.to)
    }
    peers(.groups, rules)
  }

  private func peers(_ list: PeerList, _ rules: [Rule]) {
    switch list {
    case .groups: out.text("\n    UserIdGroupPairs:")
    case .v4: out.text("\n    IpRanges:")
    case .v6: out.text("\n    Ipv6Ranges:")
    case .prefixLists: out.text("\n    PrefixListIds:")
    }
    var isEmpty = true
    for rule in rules where list.holds(rule) {
      isEmpty = false
      out.text("\n    - ")
      switch list {
      case .v4:
        out.text("CidrIp: ")
        out.peer(rule.peer, of: account)
        description(rule, "\n      ")
      case .v6:
        out.text("CidrIpv6: ")
        out.peer(rule.peer, of: account)
        description(rule, "\n      ")
      case .prefixLists:
        if description(rule, "") { out.text("\n      ") }
        out.text("PrefixListId: ")
        out.peer(rule.peer, of: account)
      case .groups:
        if description(rule, "") { out.text("\n      ") }
        out.text("GroupId: ")
        out.peer(rule.peer, of: account)
        out.text("\n      UserId: '")
        out.text(Account.owner)
        out.text("'")
      }
    }
    if isEmpty { out.text(" []") }
  }

  /// Writes the description of a rule, if it has one.
  @discardableResult
  private func description(_ rule: Rule, _ before: StaticString) -> Bool {
    guard rule.note > 0 else { return false }
    let phrase = Vocabulary.notes[rule.note]
    out.text(before)
    out.text("Description: ")
    out.bytes(phrase.yaml)
    if phrase.hasTicket { out.number(rule.ticket) }
    return true
  }
}
