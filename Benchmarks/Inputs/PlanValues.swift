/// The values of planned resources, and the marks of what is unknown or sensitive in them.
extension PlanForm {
  /// Which marks.
  enum Mark { case unknown, sensitive }

  /// Writes the values of a resource that are known, before the change or after it.
  func values(_ resource: Resource, isBefore: Bool) {
    out.text("{")
    // An update changes one argument; without one, before and after are the same.
    let isOld = isBefore && resource.action == .update
    switch resource.type {
    case .policy: policyValues(resource.group.index)
    case .interface: interfaceValues(resource)
    case .group: groupValues(resource, isOld: isOld)
    case .legacyRule: legacyValues(resource, isOld: isOld)
    case .egressRule, .ingressRule: ruleValues(resource, isOld: isOld)
    }
    out.text("}")
  }

  /// Writes the marks of a resource.
  func marks(_ resource: Resource, _ mark: Mark) {
    out.text("{")
    let isUnknown = mark == .unknown
    switch resource.type {
    case .policy: if isUnknown { out.text(#""id":true"#) }
    case .interface: interfaceMarks(resource, isUnknown: isUnknown)
    case .group: groupMarks(resource, isUnknown: isUnknown)
    case .legacyRule: legacyMarks(resource, isUnknown: isUnknown)
    case .egressRule, .ingressRule:
      if isUnknown {
        out.text(#""arn":true,"id":true,"#)
        if isUnknownPeer(resource.rule, of: resource) {
          out.text(#""referenced_security_group_id":true,"#)
        }
        out.text(#""security_group_id":true,"security_group_rule_id":true,"#)
      }
      out.text(#""tags_all":{}"#)
    }
    out.text("}")
  }

  /// Whether the id of a peer is known only after the apply.
  private func isUnknownPeer(_ rule: Rule, of resource: Resource) -> Bool {
    guard resource.action == .create, case .group(let index) = rule.peer else { return false }
    return action(ofGroup: index) == .create
  }

  // MARK: Groups

  private func groupValues(_ resource: Resource, isOld: Bool) {
    let group = resource.group
    let isKnown = resource.action != .create
    if isKnown {
      out.text(#""arn":""#)
      out.arn("security-group")
      out.groupID(group.index, of: account)
      out.text(#"","#)
    }
    out.text(#""description":""#)
    out.description(of: group)
    out.text("\"")
    if resource.layout == .inline { blocks("egress", group.egress, resource) }
    if isKnown {
      out.text(#","id":""#)
      out.groupID(group.index, of: account)
      out.text("\"")
    }
    if resource.layout == .inline { blocks("ingress", group.ingress, resource) }
    out.text(#","name":""#)
    out.name(of: group)
    if isKnown {
      out.text(#"","name_prefix":"","owner_id":""#)
      out.text(Account.owner)
    }
    out.text(#"","revoke_rules_on_delete":"#)
    out.boolean(isOld)
    out.text(#","tags":"#)
    tags(group)
    out.text(#","tags_all":"#)
    tags(group)
    out.text(#","timeouts":null,"vpc_id":""#)
    out.vpcID(group.vpc, of: account)
    out.text("\"")
  }

  /// Writes the tags of a group as an object.
  func tags(_ group: Group) {
    out.text(#"{"Name":""#)
    out.name(of: group)
    if group.hasOwner {
      out.text(#"","owner":""#)
      out.bytes(Vocabulary.ownerTag.json)
    }
    out.text(#"","stage":""#)
    out.text(Vocabulary.stages[group.stage])
    out.text(#"","team":""#)
    out.text(Vocabulary.teams[group.team])
    if group.isTerraform { out.text(#"","terraform":"true"#) }
    out.text(#""}"#)
  }

  private func blocks(_ name: StaticString, _ rules: [Rule], _ resource: Resource) {
    out.text(",\"")
    out.text(name)
    out.text("\":[")
    rules.permissions { service, rules in
      out.comma()
      block(service, rules, of: resource)
    }
    out.text("]")
  }

  /// Writes one block of `ingress` or `egress`.
  func block(_ service: Int, _ rules: [Rule], of resource: Resource) {
    let service = Vocabulary.services[service]
    out.text("{")
    list("cidr_blocks", .v4, rules)
    out.text(#","description":""#)
    if let first = rules.first { out.note(first) }
    out.text(#"","from_port":"#)
    out.number(service.ports?.from ?? 0)
    out.text(",")
    list("ipv6_cidr_blocks", .v6, rules)
    out.text(",")
    list("prefix_list_ids", .prefixLists, rules)
    out.text(#","protocol":""#)
    out.text(service.protocolName)
    out.text("\"")
    let own = resource.group.index
    var hasSelf = false
    var isKnown = true
    for rule in rules {
      guard case .group(let index) = rule.peer else { continue }
      if index == own {
        hasSelf = true
      } else if isUnknownPeer(rule, of: resource) {
        isKnown = false
      }
    }
    if isKnown {
      out.text(#","security_groups":["#)
      for rule in rules {
        guard case .group(let index) = rule.peer, index != own else { continue }
        out.comma()
        out.text("\"")
        out.groupID(index, of: account)
        out.text("\"")
      }
      out.text("]")
    }
    out.text(#","self":"#)
    out.boolean(hasSelf)
    out.text(#","to_port":"#)
    out.number(service.ports?.to ?? 0)
    out.text("}")
  }

  private func list(_ name: StaticString, _ list: PeerList, _ rules: [Rule]) {
    out.text("\"")
    out.text(name)
    out.text("\":[")
    for rule in rules where list.holds(rule) {
      out.comma()
      out.text("\"")
      out.peer(rule.peer, of: account)
      out.text("\"")
    }
    out.text("]")
  }

  private func groupMarks(_ resource: Resource, isUnknown: Bool) {
    let group = resource.group
    if isUnknown { out.text(#""arn":true,"#) }
    let isInline = resource.layout == .inline
    func blocks(_ rules: [Rule]) {
      guard isInline else { return out.text(isUnknown ? "true" : "[]") }
      out.text("[")
      rules.permissions { _, rules in
        out.comma()
        blockMarks(rules, resource, isUnknown: isUnknown)
      }
      out.text("]")
    }
    out.text(#""egress":"#)
    blocks(group.egress)
    if isUnknown { out.text(#","id":true"#) }
    out.text(#","ingress":"#)
    blocks(group.ingress)
    if isUnknown { out.text(#","name_prefix":true,"owner_id":true"#) }
    out.text(#","tags":{},"tags_all":{}"#)
  }

  private func blockMarks(_ rules: [Rule], _ resource: Resource, isUnknown: Bool) {
    out.text("{")
    flags("cidr_blocks", rules.count { PeerList.v4.holds($0) })
    out.text(",")
    flags("ipv6_cidr_blocks", rules.count { PeerList.v6.holds($0) })
    out.text(",")
    flags("prefix_list_ids", rules.count { PeerList.prefixLists.holds($0) })
    out.text(",")
    var others = 0
    var hasUnknown = false
    for rule in rules {
      guard case .group(let index) = rule.peer, index != resource.group.index else { continue }
      others += 1
      if isUnknownPeer(rule, of: resource) { hasUnknown = true }
    }
    if hasUnknown, isUnknown {
      out.text(#""security_groups":true"#)
    } else {
      flags("security_groups", hasUnknown ? 0 : others)
    }
    out.text("}")
  }

  private func flags(_ name: StaticString, _ count: Int) {
    out.text("\"")
    out.text(name)
    out.text("\":[")
    for place in 0..<count { out.text(place > 0 ? ",false" : "false") }
    out.text("]")
  }

  // MARK: Rules

  private func text(_ name: StaticString, _ rule: Rule, isOld: Bool) {
    out.text("\"")
    out.text(name)
    if isOld { return out.text("\":\"as it was\"") }
    guard rule.note > 0 else { return out.text("\":null") }
    out.text("\":\"")
    out.note(rule)
    out.text("\"")
  }

  private func port(_ name: StaticString, _ port: Int?, otherwise: StaticString) {
    out.text("\"")
    out.text(name)
    out.text("\":")
    if let port { out.number(port) } else { out.text(otherwise) }
  }

  private func peer(_ name: StaticString, _ list: PeerList, _ rule: Rule, inList: Bool = false) {
    out.text("\"")
    out.text(name)
    guard list.holds(rule) else { return out.text("\":null") }
    out.text(inList ? "\":[\"" : "\":\"")
    out.peer(rule.peer, of: account)
    out.text(inList ? "\"]" : "\"")
  }

  private func ruleID(_ resource: Resource) {
    let direction = resource.direction == .ingress ? 0 : 1
    out.id(
      "sgr", .rule, (resource.group.index << 12 | resource.place) << 1 | direction, of: account)
  }

  private func ruleValues(_ resource: Resource, isOld: Bool) {
    let rule = resource.rule
    let service = Vocabulary.services[rule.service]
    let isKnown = resource.action != .create
    if isKnown {
      out.text(#""arn":""#)
      out.arn("security-group-rule")
      ruleID(resource)
      out.text(#"","#)
    }
    peer("cidr_ipv4", .v4, rule)
    out.text(",")
    peer("cidr_ipv6", .v6, rule)
    out.text(",")
    text("description", rule, isOld: isOld)
    out.text(",")
    port("from_port", service.ports?.from, otherwise: "null")
    if isKnown {
      out.text(#","id":""#)
      ruleID(resource)
      out.text("\"")
    }
    out.text(#","ip_protocol":""#)
    out.text(service.protocolName)
    out.text(#"","#)
    peer("prefix_list_id", .prefixLists, rule)
    if !isUnknownPeer(rule, of: resource) {
      out.text(",")
      peer("referenced_security_group_id", .groups, rule)
    }
    if isKnown {
      out.text(#","security_group_id":""#)
      out.groupID(resource.group.index, of: account)
      out.text(#"","security_group_rule_id":""#)
      ruleID(resource)
      out.text("\"")
    }
    out.text(#","tags":null,"tags_all":{},"#)
    port("to_port", service.ports?.to, otherwise: "null")
  }

  private func legacyValues(_ resource: Resource, isOld: Bool) {
    let rule = resource.rule
    let service = Vocabulary.services[rule.service]
    let isKnown = resource.action != .create
    peer("cidr_blocks", .v4, rule, inList: true)
    out.text(",")
    text("description", rule, isOld: isOld)
    out.text(",")
    port("from_port", service.ports?.from, otherwise: "0")
    if isKnown {
      out.text(#","id":"sgrule-"#)
      out.number(Int(account.bits(.rule, resource.group.index << 12 | resource.place) >> 32))
      out.text("\"")
    }
    out.text(",")
    peer("ipv6_cidr_blocks", .v6, rule, inList: true)
    out.text(",")
    peer("prefix_list_ids", .prefixLists, rule, inList: true)
    out.text(#","protocol":""#)
    out.text(service.protocolName)
    out.text("\"")
    if isKnown {
      out.text(#","security_group_id":""#)
      out.groupID(resource.group.index, of: account)
      out.text(#"","security_group_rule_id":""#)
      ruleID(resource)
      out.text("\"")
    }
    out.text(#","self":false,"#)
    if !isUnknownPeer(rule, of: resource) {
      peer("source_security_group_id", .groups, rule)
      out.text(",")
    }
    out.text(#""timeouts":null,"#)
    port("to_port", service.ports?.to, otherwise: "0")
    out.text(#","type":""#)
    out.text(resource.direction == .ingress ? "ingress" : "egress")
    out.text("\"")
  }

  private func legacyMarks(_ resource: Resource, isUnknown: Bool) {
    let rule = resource.rule
    if PeerList.v4.holds(rule) { out.text(#""cidr_blocks":[false]"#) }
    if isUnknown {
      out.comma()
      out.text(#""id":true"#)
    }
    if PeerList.v6.holds(rule) {
      out.comma()
      out.text(#""ipv6_cidr_blocks":[false]"#)
    }
    if PeerList.prefixLists.holds(rule) {
      out.comma()
      out.text(#""prefix_list_ids":[false]"#)
    }
    guard isUnknown else { return }
    out.text(#","security_group_id":true,"security_group_rule_id":true"#)
    if isUnknownPeer(rule, of: resource) { out.text(#","source_security_group_id":true"#) }
  }

  // MARK: Others

  private func interfaceValues(_ resource: Resource) {
    out.text(#""description":"port "#)
    out.number(resource.place)
    out.text(" of ")
    out.name(of: resource.group)
    out.text(#"","ipv6_address_list_enabled":false,"private_ip_list_enabled":false"#)
    if action(ofGroup: resource.group.index) != .create {
      out.text(#","security_groups":[""#)
      out.groupID(resource.group.index, of: account)
      out.text(#""]"#)
    }
    out.text(#","source_dest_check":true,"subnet_id":""#)
    out.subnetID(resource.group.vpc, zone: resource.place, of: account)
    out.text(#"","tags":null"#)
  }

  private func interfaceMarks(_ resource: Resource, isUnknown: Bool) {
    let isKnownGroup = action(ofGroup: resource.group.index) != .create
    guard isUnknown else {
      out.text(#""attachment":[],"ipv4_prefixes":[],"ipv6_address_list":[],"ipv6_addresses":[],"#)
      out.text(#""ipv6_prefixes":[],"private_ip_list":[],"private_ips":[],"#)
      out.text(isKnownGroup ? #""security_groups":[false],"# : #""security_groups":[],"#)
      return out.text(#""tags_all":{}"#)
    }
    out.text(#""arn":true,"attachment":true,"enable_primary_ipv6":true,"id":true,"#)
    out.text(#""interface_type":true,"ipv4_prefix_count":true,"ipv4_prefixes":true,"#)
    out.text(#""ipv6_address_count":true,"ipv6_address_list":true,"ipv6_addresses":true,"#)
    out.text(#""ipv6_prefix_count":true,"ipv6_prefixes":true,"mac_address":true,"#)
    out.text(#""outpost_arn":true,"owner_id":true,"private_dns_name":true,"private_ip":true,"#)
    out.text(#""private_ip_list":true,"private_ips":true,"private_ips_count":true,"#)
    out.text(isKnownGroup ? #""security_groups":[false],"# : #""security_groups":true,"#)
    out.text(#""tags_all":true"#)
  }

  /// A document of JSON within a string: the escapes that plans are full of.
  private func policyValues(_ index: Int) {
    out.text(#""name":"reader-"#)
    out.number(index)
    out.text(#"","name_prefix":"","policy":"{\"Version\":\"2012-10-17\",\"Statement\":["#)
    out.text(#"{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:ListBucket\"],"#)
    out.text(#"\"Resource\":[\"arn:aws:s3:::store-"#)
    out.number(index)
    out.text(#"\",\"arn:aws:s3:::store-"#)
    out.number(index)
    out.text(#"/*\"]}]}","role":"role-"#)
    out.number(index)
    out.text("\"")
  }
}
