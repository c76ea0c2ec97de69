import SGModel

/// Turns the attributes of a resource into what they mean for groups: the one place that knows how
/// each type of the provider writes protocols, ports and peers.
struct TFLowering {
  /// What an entry is called in what is said of it.
  ///
  /// Nothing is put together before something has to be said.
  private struct Place: CustomStringConvertible {
    var address: String
    /// The number of a block in an argument of the group.
    var block: (key: StaticString, index: Int)?

    var description: String {
      guard let block else { return address }
      return "\(address): \(block.key)[\(block.index)]"
    }
  }

  /// What could not be read.
  var issues: [Issue] = []

  private mutating func issue(_ message: String, _ help: String?, at span: SourceSpan) {
    issues.append(Issue(.error, message, help: help, at: span))
  }

  /// Lowers one side of a change of a resource of `type` at `address`.
  mutating func lower(
    _ name: TFResourceName, _ attributes: TFAttributes, address: String, span: SourceSpan
  ) -> TFBody? {
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
    case "aws_subnet":
      return .subnet(id: attributes.link("id"), vpc: attributes.link("vpc_id"))
    case "aws_network_interface_sg_attachment":
      return .attachment(
        group: attributes.link("security_group_id"),
        carrier: attributes.link("network_interface_id"), attribute: "network_interface_id")
    case "aws_vpc_endpoint_security_group_association":
      return .attachment(
        group: attributes.link("security_group_id"),
        carrier: attributes.link("vpc_endpoint_id"), attribute: "vpc_endpoint_id")
    case "aws_network_interface_permission":
      return .interfacePermission(interface: attributes.link("network_interface_id"))
    case "aws_vpc_security_group_rules_exclusive":
      func ids(_ key: StaticString) -> [String]? {
        if attributes.isUnknown(key) { return nil }
        guard let list = attributes[key] else { return [] }
        if let flags = attributes.unknown(key), flags.isArray,
          flags.elements.contains(where: { $0.boolean == true })
        {
          return nil
        }
        return list.elements.compactMap { $0.scalarText }
      }
      return .exclusive(
        TFExclusiveBody(
          group: attributes.link("security_group_id"), ingress: ids("ingress_rule_ids"),
          egress: ids("egress_rule_ids")))
    default:
      if name.isData { return nil }
      return TFCarriers.read(name.type, attributes).map { .carrier($0) }
    }
  }

  // MARK: Groups

  private mutating func group(
    _ attributes: TFAttributes, _ address: String, _ span: SourceSpan
  ) -> TFBody {
    var tags: [SecurityGroup.Tag] = []
    for key in ["tags_all", "tags"] as [StaticString] where tags.isEmpty {
      guard let object = attributes[key], !attributes.isSensitive(key) else { continue }
      // A value that is sensitive is no name to select by, and `tags_all` repeats it without its
      // mark.
      if attributes.isSensitive("tags") { continue }
      let marks = [attributes.sensitive("tags_all"), attributes.sensitive("tags")].compactMap { $0 }
        .filter { $0.members.contains { _ in true } }
      for (name, value) in object.members {
        let text = name.text
        if marks.contains(where: { $0.member(named: text)?.boolean == true }) { continue }
        tags.append(.init(key: text, value: value.scalarText ?? ""))
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
    var masks = attributes.unknown(key)?.elements
    var marks = attributes.sensitive(key)?.elements
    for (index, block) in list.elements.enumerated() {
      let item = TFAttributes(values: block, unknown: masks?.next(), sensitive: marks?.next())
      if item.isAllUnknown {
        result.append(
          TFEntry(
            span: block.span, services: .all, unknownServices: "\(key)[\(index)]",
            unknownPeers: ["\(key)[\(index)]"]))
        continue
      }
      result.append(
        entry(
          item, .inline, Place(address: address, block: (key, index)), block.span,
          isSensitive: isSensitive))
    }
    // There can be more of them than `after` shows.
    if let masks {
      var count = result.count
      var rest = masks
      while let mask = rest.next() {
        if mask.boolean == true || mask.isObject {
          result.append(
            TFEntry(
              span: list.span, services: .all, unknownServices: "\(key)[\(count)]",
              unknownPeers: ["\(key)[\(count)]"]))
        }
        count += 1
      }
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
        attributes, isLegacy ? .legacy : .single, Place(address: address), span,
        isSensitive: false))
  }

  /// The three ways in which the provider writes an entry.
  private enum Shape {
    case inline
    /// `aws_security_group_rule`
    case legacy
    /// `aws_vpc_security_group_ingress_rule` and `…_egress_rule`
    case single

    var protocolKey: StaticString { self == .single ? "ip_protocol" : "protocol" }
    /// Lists of peers.
    var lists: [TFPeerAttribute] {
      switch self {
      case .inline: Self.inlineLists
      case .legacy: Self.legacyLists
      case .single: Self.nothing
      }
    }
    /// Single peers.
    var singles: [TFPeerAttribute] {
      switch self {
      case .inline: Self.nothing
      // Computed on every rule that does not set it: then it says nothing. Whether it is set is in
      // the configuration, which is asked later.
      case .legacy: Self.legacySingles
      case .single: Self.singles
      }
    }

    private static let nothing: [TFPeerAttribute] = []
    private static let inlineLists: [TFPeerAttribute] = [
      .cidrBlocks, .v6CIDRBlocks, .prefixLists, .groups,
    ]
    private static let legacyLists: [TFPeerAttribute] = [.cidrBlocks, .v6CIDRBlocks, .prefixLists]
    private static let legacySingles: [TFPeerAttribute] = [.sourceGroup]
    private static let singles: [TFPeerAttribute] = [.v4, .v6, .prefixList, .referencedGroup]
  }

  private mutating func entry(
    _ attributes: TFAttributes, _ shape: Shape, _ place: Place, _ span: SourceSpan,
    isSensitive: Bool
  ) -> TFEntry {
    var entry = TFEntry(span: span, services: .all)
    entry.hidesServices =
      attributes.isSensitive(shape.protocolKey) || attributes.isSensitive("from_port")
      || attributes.isSensitive("to_port")
    (entry.services, entry.unknownServices) = services(
      attributes, shape.protocolKey, place, span, isHidden: entry.hidesServices)
    if entry.services == .all, entry.unknownServices == nil {
      entry.idlePorts = idlePorts(attributes)
    }
    if !isSensitive, !attributes.isSensitive("description") {
      entry.note = attributes["description"]?.scalarText
    }
    for key in shape.lists { addList(key, attributes, place, &entry, isSensitive) }
    for attribute in shape.singles {
      let key = attribute.key
      if attributes.isUnknown(key) {
        entry.unknownPeers.append(attribute.rawValue)
      } else if let value = attributes[key] {
        add(value, attribute, place, &entry, isSensitive || attributes.isSensitive(key))
      }
    }
    guard shape != .single else { return entry }
    if let value = attributes["self"], value.boolean == true {
      entry.peers.append(
        .init(
          peer: .itself, text: "itself", span: value.span, isSensitive: false, attribute: .itself))
    } else if attributes.isUnknown("self") {
      entry.unknownPeers.append("self")
    }
    // What names a source leaves no room for the group that would be computed.
    if shape == .legacy, entry.peers.contains(where: { $0.attribute != .prefixLists }) {
      entry.unknownPeers.removeAll { $0 == "source_security_group_id" }
    }
    return entry
  }

  /// Ports beside "all protocols" that are not the two zeros that the provider takes in a block.
  private func idlePorts(_ attributes: TFAttributes) -> String? {
    let ports = [attributes["from_port"]?.integer, attributes["to_port"]?.integer]
    guard ports.contains(where: { $0 != nil && $0 != 0 }) else { return nil }
    return ports.map { $0.map { "\($0)" } ?? "none" }.joined(separator: "-")
  }

  private mutating func addList(
    _ attribute: TFPeerAttribute, _ attributes: TFAttributes, _ place: Place,
    _ entry: inout TFEntry, _ isSensitive: Bool
  ) {
    let key = attribute.key
    if attributes.isUnknown(key) {
      entry.unknownPeers.append(attribute.rawValue)
      return
    }
    guard let list = attributes[key] else { return }
    let isHidden = isSensitive || attributes.isSensitive(key)
    var masks = attributes.unknown(key)?.elements
    var marks = attributes.sensitive(key)?.elements
    for (index, value) in list.elements.enumerated() {
      let isUnknown = masks?.next()?.boolean == true
      let isMarked = marks?.next()?.boolean == true
      if isUnknown {
        entry.unknownPeers.append("\(key)[\(index)]")
      } else if !value.isNull {
        add(value, attribute, place, &entry, isHidden || isMarked, index: index)
      }
    }
    guard masks != nil else { return }
    // A list can be longer in `after_unknown` than in `after`.
    var count = 0
    for _ in list.elements { count += 1 }
    while let flag = masks?.next() {
      if flag.boolean == true { entry.unknownPeers.append("\(key)[\(count)]") }
      count += 1
    }
  }

  /// Adds one peer as it is written in attribute `key`.
  private mutating func add(
    _ value: Value, _ attribute: TFPeerAttribute, _ place: Place, _ entry: inout TFEntry,
    _ isHidden: Bool, index: Int? = nil
  ) {
    let peer: TFPeer
    switch attribute {
    case .cidrBlocks, .v6CIDRBlocks, .v4, .v6:
      peer = block(
        value, "\(place).\(attribute.rawValue)" + (index.map { "[\($0)]" } ?? ""), isHidden)
    case .prefixLists, .prefixList: peer = .prefixList(value.text)
    case .groups, .sourceGroup, .referencedGroup, .itself:
      peer = .group(EntryText.groupID(value.text))
    }
    entry.peers.append(
      .init(
        peer: peer, text: value.scalarText ?? "(unreadable)", span: value.span,
        isSensitive: isHidden, attribute: attribute))
  }

  private mutating func services(
    _ attributes: TFAttributes, _ key: StaticString, _ place: Place, _ span: SourceSpan,
    isHidden: Bool
  ) -> (ServiceRange, String?) {
    if attributes.isUnknown(key) { return (.all, key.description) }
    guard let written = attributes[key], written.isScalar else {
      issue("\(place) has no \(key)", EntryText.expectedProtocol, at: span)
      return (.all, key.description)
    }
    guard let choice = protocolChoice(written) else {
      let shown = isHidden ? "(sensitive)" : "`\(written.text)`"
      issue(
        "\(place).\(key): unknown protocol \(shown)", EntryText.expectedProtocol,
        at: written.span)
      return (.all, key.description)
    }
    // Ports mean nothing for all protocols; a whole protocol is not known to be narrower.
    guard case .number(let number) = choice else { return (.all, nil) }
    var first: Int?
    var last: Int?
    for isFirst in [true, false] {
      let port: StaticString = isFirst ? "from_port" : "to_port"
      if attributes.isUnknown(port) {
        let whole = ServiceRange(protocol: number)
        return (
          whole,
          ProtocolNumber.hasPorts(number) || ProtocolNumber.hasTypes(number)
            ? port.description : nil
        )
      }
      guard let value = attributes[port] else { continue }
      guard let whole = value.integer else {
        issue(
          "\(place).\(port) is not a whole number", "expected a port from 0 to 65535",
          at: value.span)
        return (ServiceRange(protocol: number), port.description)
      }
      if isFirst { first = whole } else { last = whole }
    }
    do {
      return (try EntryText.services(choice, from: first, to: last), nil)
    } catch {
      issue(
        "\(place).from_port/to_port: \(isHidden ? "the ports are not valid" : error.message)",
        isHidden ? nil : error.help,
        at: attributes["from_port"]?.span ?? span)
      return (error.services, "from_port")
    }
  }

  /// The protocol; what is mostly written is recognised as it stands.
  private func protocolChoice(_ value: Value) -> EntryText.ProtocolChoice? {
    if value.hasText("tcp") { return .number(ProtocolNumber.tcp) }
    if value.hasText("-1") { return .all }
    if value.hasText("udp") { return .number(ProtocolNumber.udp) }
    return EntryText.protocolChoice(value.text)
  }

  /// Reads a block; its text is not repeated where it is sensitive.
  private mutating func block(
    _ value: Value, _ place: @autoclosure () -> String, _ isHidden: Bool
  ) -> TFPeer {
    if let range = value.v4Block { return .v4(range) }
    guard let text = value.scalarText else {
      issue("\(place()) is \(value.kindName)", "expected a CIDR", at: value.span)
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
        "\(place()): \(shown) is not a CIDR", "expected, for example, 10.0.0.0/16", at: value.span)
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
        if attributes.isSensitive(key) { result.isSensitive = true }
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
      if v6.isSensitive { result.isSensitive = true }
    }
    let hasV6 = !result.known.v6.isEmpty || result.unknown.contains("\(address).ipv6_cidr_block")
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
      defaultGroup: attributes["default_security_group_id"]?.scalarText, hasV6: hasV6)
  }

  private mutating func prefixList(
    _ attributes: TFAttributes, _ name: TFResourceName, _ address: String
  ) -> TFPrefixListBody {
    var result = TFCIDRs()
    var peers: [Peer] = []
    let keys: [(list: StaticString, member: StaticString?)] =
      name.type == "aws_prefix_list"
      ? [("cidr_blocks", nil)] : [(name.isData ? "entries" : "entry", "cidr")]
    for (key, member) in keys {
      if attributes.isUnknown(key) {
        result.unknown.append("\(address).\(key)")
        continue
      }
      guard let list = attributes[key] else { continue }
      var marks = attributes.sensitive(key)?.elements
      if attributes.isSensitive(key) { result.isSensitive = true }
      for (index, item) in list.elements.enumerated() {
        let place = "\(address).\(key)[\(index)]"
        if let mark = marks?.next(),
          mark.boolean == true || member.map({ mark[$0]?.boolean == true }) ?? false
        {
          result.isSensitive = true
        }
        guard let value = member.map({ item[$0] }) ?? item else {
          result.unknown.append(place)
          continue
        }
        if value.isNull {
          result.unknown.append(place)
        } else {
          switch block(value, place, result.isSensitive) {
          case .v4(let range): peers.append(.v4(range))
          case .v6(let range): peers.append(.v6(range))
          case .prefixList, .group, .itself, .unreadable: result.unknown.append(place)
          }
        }
      }
      if let flags = attributes.unknown(key), flags.isArray,
        flags.elements.contains(where: { flag in
          flag.boolean == true || member.map { flag[$0]?.boolean == true } ?? false
        })
      {
        result.unknown.append("\(address).\(key)")
      }
    }
    result.known = PeerSet(peers)
    return TFPrefixListBody(
      id: attributes.link("id"),
      name: attributes.isSensitive("name") ? nil : attributes["name"]?.scalarText, cidrs: result)
  }
}
