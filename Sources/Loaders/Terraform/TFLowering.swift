import SGModel

/// Turns the attributes of a resource into what they mean for groups: the one place that knows how
/// each type of the provider writes protocols, ports and peers.
struct TFLowering {
  /// What could not be read.
  var issues: [Issue] = []

  private mutating func issue(_ message: String, _ help: String?, at span: SourceSpan) {
    issues.append(Issue(.error, message, help: help, at: span))
  }

  /// Lowers one side of a change of a resource of `type` at `address`.
  mutating func lower(
    _ name: TFResourceName, _ attributes: TFAttributes, address: String, span: SourceSpan
  ) -> TFBody {
    switch name.type {
    case "aws_security_group", "aws_default_security_group":
      return group(attributes, address, span)
    case "aws_security_group_rule", "aws_vpc_security_group_ingress_rule",
      "aws_vpc_security_group_egress_rule":
      return .rule(rule(name.type, attributes, address, span))
    case "aws_vpc", "aws_default_vpc": return .vpc(vpc(attributes, name.isData, address))
    case "aws_vpc_ipv4_cidr_block_association":
      return .vpcCIDR(
        vpc: attributes.link("vpc_id"), cidrs: cidrs(attributes, ["cidr_block"], address))
    case "aws_vpc_ipv6_cidr_block_association":
      return .vpcCIDR(
        vpc: attributes.link("vpc_id"), cidrs: cidrs(attributes, ["ipv6_cidr_block"], address))
    case "aws_vpc_security_group_vpc_association":
      return .association(
        group: attributes.link("security_group_id"), vpc: attributes.link("vpc_id"))
    case "aws_ec2_managed_prefix_list", "aws_prefix_list":
      return .prefixList(prefixList(attributes, name, address))
    case "aws_ec2_managed_prefix_list_entry":
      return .prefixListEntry(
        list: attributes.link("prefix_list_id"), cidrs: cidrs(attributes, ["cidr"], address))
    case "aws_network_interface": return .interface(interface(attributes))
    case "aws_network_interface_sg_attachment":
      return .attachment(
        group: attributes.link("security_group_id"),
        interface: attributes.link("network_interface_id"))
    case "aws_network_interface_permission":
      return .interfacePermission(interface: attributes.link("network_interface_id"))
    case "aws_vpc_security_group_rules_exclusive":
      func ids(_ key: StaticString) -> [String]? {
        if attributes.isUnknown(key) { return nil }
        guard let list = attributes[key] else { return [] }
        return list.elements.compactMap { $0.scalarText }
      }
      return .exclusive(
        TFExclusiveBody(
          group: attributes.link("security_group_id"), ingress: ids("ingress_rule_ids"),
          egress: ids("egress_rule_ids")))
    default: return .other(id: attributes.link("id"))
    }
  }

  // MARK: Groups

  private mutating func group(
    _ attributes: TFAttributes, _ address: String, _ span: SourceSpan
  ) -> TFBody {
    var tags: [SecurityGroup.Tag] = []
    for key in ["tags_all", "tags"] as [StaticString] where tags.isEmpty {
      guard let object = attributes[key], !attributes.isSensitive(key) else { continue }
      for (name, value) in object.members {
        // A value that is sensitive is no name to select by.
        let isSensitive = attributes.sensitive?[key]?.member(named: name.text)?.boolean == true
        if !isSensitive {
          tags.append(.init(key: name.text, value: value.scalarText ?? ""))
        }
      }
    }
    return .group(
      TFGroupBody(
        id: attributes["id"]?.scalarText,
        name: attributes.isSensitive("name") ? nil : attributes["name"]?.scalarText,
        vpc: attributes.link("vpc_id"),
        owner: attributes["owner_id"]?.scalarText,
        ingress: inline(.ingress, attributes, address),
        egress: inline(.egress, attributes, address),
        ingressSpan: attributes.values?["ingress"]?.span,
        egressSpan: attributes.values?["egress"]?.span, tags: tags.sorted { $0.key < $1.key }))
  }

  private mutating func inline(
    _ direction: Direction, _ attributes: TFAttributes, _ address: String
  ) -> TFInline {
    let key: StaticString = direction == .ingress ? "ingress" : "egress"
    if attributes.isUnknown(key) { return .unknown }
    guard let list = attributes[key] else { return .absent }
    guard list.isArray else {
      issue("\(address): \(key) is \(list.kindName)", "expected a list of blocks", at: list.span)
      return .unknown
    }
    let isSensitive = attributes.isSensitive(key)
    var result: [TFEntry] = []
    for (index, block) in list.elements.enumerated() {
      let item = attributes.element(index, of: key, block)
      if item.unknown?.boolean == true {
        result.append(
          TFEntry(
            span: block.span, services: .all, unknownServices: "\(key)[\(index)]",
            unknownPeers: ["\(key)[\(index)]"]))
        continue
      }
      result.append(
        entry(
          item, protocolKey: "protocol", "\(address): \(key)[\(index)]", block.span,
          isSensitive: isSensitive))
    }
    return .entries(result)
  }

  // MARK: Entries

  private mutating func rule(
    _ type: String, _ attributes: TFAttributes, _ address: String, _ span: SourceSpan
  ) -> TFRuleBody {
    let isLegacy = type == "aws_security_group_rule"
    let direction: Direction?
    if isLegacy {
      direction = attributes["type"]?.scalarText.flatMap { Direction(rawValue: $0) }
      if direction == nil, !attributes.isUnknown("type") {
        issue(
          "\(address): type is neither `ingress` nor `egress`", nil,
          at: attributes.values?["type"]?.span ?? span)
      }
    } else {
      direction = type == "aws_vpc_security_group_egress_rule" ? .egress : .ingress
    }
    return TFRuleBody(
      id: attributes["security_group_rule_id"]?.scalarText, direction: direction,
      group: attributes.link("security_group_id"),
      entry: entry(
        attributes, protocolKey: isLegacy ? "protocol" : "ip_protocol", address, span,
        isSensitive: false))
  }

  private mutating func entry(
    _ attributes: TFAttributes, protocolKey: StaticString, _ place: String, _ span: SourceSpan,
    isSensitive: Bool
  ) -> TFEntry {
    var entry = TFEntry(span: span, services: .all)
    (entry.services, entry.unknownServices) = services(attributes, protocolKey, place, span)
    entry.note = attributes["description"]?.scalarText
    func add(_ value: Value, _ peer: TFPeer, _ key: StaticString, _ isHidden: Bool) {
      entry.peers.append(
        .init(
          peer: peer, text: value.scalarText ?? "(unreadable)", span: value.span,
          isSensitive: isHidden || isSensitive, attribute: key.description))
    }
    for key in ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"]
      as [StaticString]
    {
      if attributes.isUnknown(key) {
        entry.unknownPeers.append(key.description)
        continue
      }
      guard let list = attributes[key] else { continue }
      for (index, value) in list.elements.enumerated() {
        let flags = attributes.unknown?[key]
        let isUnknown =
          flags?.elements.enumerated().contains { $0.offset == index && $0.element.boolean == true }
          ?? false
        if isUnknown || value.isNull {
          if isUnknown { entry.unknownPeers.append("\(key)[\(index)]") }
          continue
        }
        let hidden =
          attributes.isSensitive(key)
          || (attributes.sensitive?[key]?.elements.enumerated().contains {
            $0.offset == index && $0.element.boolean == true
          } ?? false)
        switch key.description {
        case "cidr_blocks", "ipv6_cidr_blocks":
          add(value, block(value, "\(place).\(key)[\(index)]", hidden || isSensitive), key, hidden)
        case "prefix_list_ids": add(value, .prefixList(value.text), key, hidden)
        default: add(value, .group(EntryText.groupID(value.text)), key, hidden)
        }
      }
      // A list can be longer in `after_unknown` than in `after`.
      if let flags = attributes.unknown?[key], flags.isArray {
        let known = list.elements.reduce(0) { count, _ in count + 1 }
        for (index, flag) in flags.elements.enumerated()
        where index >= known && flag.boolean == true {
          entry.unknownPeers.append("\(key)[\(index)]")
        }
      }
    }
    for key in ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"]
      as [StaticString]
    {
      if attributes.isUnknown(key) {
        entry.unknownPeers.append(key.description)
        continue
      }
      guard let value = attributes[key] else { continue }
      let hidden = attributes.isSensitive(key)
      switch key.description {
      case "cidr_ipv4", "cidr_ipv6":
        add(value, block(value, "\(place).\(key)", hidden), key, hidden)
      case "prefix_list_id": add(value, .prefixList(value.text), key, hidden)
      default: add(value, .group(EntryText.groupID(value.text)), key, hidden)
      }
    }
    // Computed on every aws_security_group_rule that does not set it: then it says nothing. Whether
    // it is set is in the configuration, which is asked later.
    if attributes.isUnknown("source_security_group_id") {
      entry.unknownPeers.append("source_security_group_id")
    } else if let value = attributes["source_security_group_id"] {
      let hidden = attributes.isSensitive("source_security_group_id")
      add(value, .group(EntryText.groupID(value.text)), "source_security_group_id", hidden)
    }
    if let value = attributes["self"], value.boolean == true {
      entry.peers.append(
        .init(
          peer: .itself, text: "itself", span: value.span, isSensitive: false, attribute: "self"))
    } else if attributes.isUnknown("self") {
      entry.unknownPeers.append("self")
    }
    return entry
  }

  private mutating func services(
    _ attributes: TFAttributes, _ key: StaticString, _ place: String, _ span: SourceSpan
  ) -> (ServiceRange, String?) {
    if attributes.isUnknown(key) { return (.all, key.description) }
    guard let written = attributes[key], let text = written.scalarText else {
      issue("\(place) has no \(key)", EntryText.expectedProtocol, at: span)
      return (.all, key.description)
    }
    guard let choice = EntryText.protocolChoice(text) else {
      issue(
        "\(place).\(key): unknown protocol `\(text)`", EntryText.expectedProtocol, at: written.span)
      return (.all, key.description)
    }
    // Ports mean nothing for all protocols; a whole protocol is not known to be narrower.
    guard case .number(let number) = choice else { return (.all, nil) }
    var ports: [Int?] = []
    for port in ["from_port", "to_port"] as [StaticString] {
      if attributes.isUnknown(port) {
        let whole = ServiceRange(protocol: number)
        return (
          whole,
          ProtocolNumber.hasPorts(number) || ProtocolNumber.hasTypes(number)
            ? port.description : nil
        )
      }
      guard let value = attributes[port] else {
        ports.append(nil)
        continue
      }
      guard let whole = value.integer else {
        issue(
          "\(place).\(port) is not a whole number", "expected a port from 0 to 65535",
          at: value.span)
        return (ServiceRange(protocol: number), port.description)
      }
      ports.append(whole)
    }
    do {
      return (try EntryText.services(choice, from: ports[0], to: ports[1]), nil)
    } catch {
      issue(
        "\(place).from_port/to_port: \(error.message)", error.help,
        at: attributes["from_port"]?.span ?? span)
      return (error.services, "from_port")
    }
  }

  /// Reads a block; its text is not repeated where it is sensitive.
  private mutating func block(_ value: Value, _ place: String, _ isHidden: Bool) -> TFPeer {
    guard let text = value.scalarText else {
      issue("\(place) is \(value.kindName)", "expected a CIDR", at: value.span)
      return .unreadable
    }
    do {
      switch try CIDR(text).block {
      case .v4(let range): return .v4(range)
      case .v6(let range): return .v6(range)
      }
    } catch {
      let shown = isHidden ? "the value (sensitive)" : "`\(text)`"
      issue(
        "\(place): \(shown) is not a CIDR", "expected, for example, 10.0.0.0/16", at: value.span)
      return .unreadable
    }
  }

  // MARK: Surroundings

  private mutating func cidrs(
    _ attributes: TFAttributes, _ keys: [StaticString], _ address: String
  ) -> TFCIDRs {
    var result = TFCIDRs()
    for key in keys {
      if attributes.isUnknown(key) {
        result.unknown.append("\(address).\(key)")
      } else if let value = attributes[key], value.scalarText?.isEmpty == false {
        add(
          block(value, "\(address).\(key)", attributes.isSensitive(key)), "\(address).\(key)",
          to: &result)
      }
    }
    return result
  }

  private func add(_ peer: TFPeer, _ name: String, to result: inout TFCIDRs) {
    switch peer {
    case .v4(let range): result.known.formUnion(PeerSet([.v4(range)]))
    case .v6(let range): result.known.formUnion(PeerSet([.v6(range)]))
    case .prefixList, .group, .itself, .unreadable: result.unknown.append(name)
    }
  }

  private mutating func vpc(_ attributes: TFAttributes, _ isData: Bool, _ address: String)
    -> TFVPCBody
  {
    var result = cidrs(attributes, ["cidr_block"], address)
    // Computed on every VPC; it will have a value only where one is asked for.
    let asksForV6 =
      isData || attributes["assign_generated_ipv6_cidr_block"]?.boolean == true
      || attributes["ipv6_ipam_pool_id"] != nil || attributes.isUnknown("ipv6_ipam_pool_id")
      || attributes.isUnknown("assign_generated_ipv6_cidr_block")
    if asksForV6 || !attributes.isUnknown("ipv6_cidr_block") {
      let v6 = cidrs(attributes, ["ipv6_cidr_block"], address)
      result.known.formUnion(v6.known)
      result.unknown += v6.unknown
    }
    if isData {
      if attributes.isUnknown("cidr_block_associations") {
        result.unknown.append("\(address).cidr_block_associations")
      } else if let list = attributes["cidr_block_associations"] {
        for (index, item) in list.elements.enumerated() {
          let state = item["state"]?.scalarText
          guard state == nil || state == "associated" || state == "associating",
            let value = item["cidr_block"]
          else { continue }
          let place = "\(address).cidr_block_associations[\(index)].cidr_block"
          add(
            block(value, place, attributes.isSensitive("cidr_block_associations")), place,
            to: &result)
        }
      }
    }
    return TFVPCBody(
      id: attributes.link("id"), cidrs: result,
      defaultGroup: attributes["default_security_group_id"]?.scalarText)
  }

  private mutating func prefixList(
    _ attributes: TFAttributes, _ name: TFResourceName, _ address: String
  ) -> TFPrefixListBody {
    var result = TFCIDRs()
    let keys: [(list: StaticString, member: StaticString?)] =
      name.type == "aws_prefix_list"
      ? [("cidr_blocks", nil)] : [(name.isData ? "entries" : "entry", "cidr")]
    for (key, member) in keys {
      if attributes.isUnknown(key) {
        result.unknown.append("\(address).\(key)")
        continue
      }
      guard let list = attributes[key] else { continue }
      for (index, item) in list.elements.enumerated() {
        let place = "\(address).\(key)[\(index)]"
        guard let value = member.map({ item[$0] }) ?? item else {
          result.unknown.append(place)
          continue
        }
        if value.isNull {
          result.unknown.append(place)
        } else {
          add(block(value, place, attributes.isSensitive(key)), place, to: &result)
        }
      }
      if let flags = attributes.unknown?[key], flags.isArray,
        flags.elements.contains(where: { flag in
          flag.boolean == true || member.map { flag[$0]?.boolean == true } ?? false
        })
      {
        result.unknown.append("\(address).\(key)")
      }
    }
    return TFPrefixListBody(
      id: attributes.link("id"), name: attributes["name"]?.scalarText, cidrs: result)
  }

  private func interface(_ attributes: TFAttributes) -> TFInterfaceBody {
    let groups = attributes["security_groups"]?.elements.compactMap { $0.scalarText } ?? []
    let name =
      attributes["tags"]?["Name"]?.scalarText ?? attributes["tags_all"]?["Name"]?.scalarText
    return TFInterfaceBody(
      id: attributes["id"]?.scalarText, groups: groups.map { EntryText.groupID($0) },
      groupsUnknown: attributes.isUnknown("security_groups")
        || (attributes.unknown?["security_groups"]?.elements.contains { $0.boolean == true }
          ?? false),
      isPNI: PNIInterface.isOne(
        description: attributes["description"]?.scalarText, nameTag: name),
      subnet: attributes.link("subnet_id"))
  }
}
