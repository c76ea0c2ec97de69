import SGModel

/// Says a planned change in the words of what wrote the group: commands of the AWS CLI, attributes
/// of Terraform, lines of YAML.
struct FixSteps {
  let estate: Estate
  let group: SecurityGroup

  func steps(_ plans: [FixPlanner.DirectionPlan]) -> [SuggestedFix.Step] {
    var steps: [SuggestedFix.Step] = []
    for plan in plans {
      if group.address != nil {
        steps += terraform(plan)
      } else if isYAML(plan) {
        steps += yaml(plan)
      } else {
        steps += ec2(plan)
      }
    }
    return steps
  }

  private func origin(_ index: Int32) -> Origin { estate.origins[Int(index)] }

  private func isYAML(_ plan: FixPlanner.DirectionPlan) -> Bool {
    estate.inputs[group.input].kind == "groups-yaml"
  }

  // MARK: AWS CLI

  /// What is opened comes first, so that access which stays is never interrupted.
  private func ec2(_ plan: FixPlanner.DirectionPlan) -> [SuggestedFix.Step] {
    guard let id = group.id else { return [] }
    var steps: [SuggestedFix.Step] = []
    let direction = plan.direction.rawValue
    let region = group.region.map { " --region \(Shell.word($0))" } ?? ""
    let added = plan.removed.compactMap { plan.kept[$0] }.reduce(plan.opened) { $0.union($1) }
      .subtracting(staying(plan))
    if !added.isEmpty {
      steps.append(
        .init(
          says: "open \(list(texts(added, plan.direction)))",
          command:
            "aws ec2 authorize-security-group-\(direction)\(region) --group-id \(Shell.word(id)) --ip-permissions \(Shell.word(IPPermissions.json(added, estate.atoms)))"
        ))
    }
    var ids: [String] = []
    var rest: [Int32] = []
    for index in plan.removed {
      if let rule = origin(index).id { ids.append(rule) } else { rest.append(index) }
    }
    if !ids.isEmpty {
      steps.append(
        .init(
          says:
            "close \(list(plan.removed.filter { origin($0).id != nil }.map { origin($0).text(plan.direction) }))",
          command:
            "aws ec2 revoke-security-group-\(direction)\(region) --group-id \(Shell.word(id)) --security-group-rule-ids \(ids.map { Shell.word($0) }.joined(separator: " "))"
        ))
    }
    if !rest.isEmpty {
      steps.append(
        .init(
          says: "close \(list(rest.map { origin($0).text(plan.direction) }))",
          command:
            "aws ec2 revoke-security-group-\(direction)\(region) --group-id \(Shell.word(id)) --ip-permissions \(Shell.word(IPPermissions.json(rest.map { origin($0) })))"
        ))
    }
    return steps
  }

  /// What the entries that stay allow.
  private func staying(_ plan: FixPlanner.DirectionPlan) -> TrafficSet {
    let removed = Set(plan.removed)
    return TrafficSet(
      estate.permissions[group.permissions(plan.direction)]
        .filter { $0.isCertain && !removed.contains($0.origin) }.map { ($0.services, $0.peer) })
  }

  private func list(_ parts: [String]) -> String { parts.joined(separator: "; ") }

  private func texts(_ traffic: TrafficSet, _ direction: Direction) -> [String] {
    traffic.slabs.map { slab in
      let peers = slab.peers.cidrTexts + slab.peers.atoms.map { estate.atoms[$0].label }
      return
        "\(ServiceText.describe(slab.services)) \(direction.preposition) \(peers.joined(separator: ", "))"
    }
  }

  // MARK: Terraform

  private func terraform(_ plan: FixPlanner.DirectionPlan) -> [SuggestedFix.Step] {
    var steps: [SuggestedFix.Step] = []
    var inline = false
    var byResource: [String: [Int32]] = [:]
    var order: [String] = []
    for index in plan.removed {
      switch origin(index).carrier {
      case .terraformInline: inline = true
      case .terraformResource, .ec2, .yaml, .unseen:
        let address = origin(index).address ?? group.label
        if byResource[address] == nil { order.append(address) }
        byResource[address, default: []].append(index)
      }
    }
    // What the group's own argument gets beside what it has.
    var forArgument = TrafficSet()
    for address in order {
      let removed = byResource[address] ?? []
      let (change, rest) = resource(address, removed, plan)
      steps += change
      forArgument.formUnion(rest)
    }
    forArgument.formUnion(plan.opened)
    if inline || hasInlineEntries(plan.direction) {
      if inline || !forArgument.isEmpty { steps.append(argument(plan, adding: forArgument)) }
    } else {
      steps += newRules(forArgument, plan.direction)
    }
    return steps
  }

  private func hasInlineEntries(_ direction: Direction) -> Bool {
    estate.permissions[group.permissions(direction)].contains {
      if case .terraformInline = origin($0.origin).carrier { true } else { false }
    }
  }

  /// The change of one resource, and what of it has to be opened elsewhere.
  private func resource(
    _ address: String, _ removed: [Int32], _ plan: FixPlanner.DirectionPlan
  ) -> ([SuggestedFix.Step], TrafficSet) {
    let kept = removed.compactMap { plan.kept[$0] }.reduce(TrafficSet()) { $0.union($1) }
    let first = origin(removed[0])
    let gone = Set(removed)
    var siblings: Set<Int32> = []
    for permission in estate.permissions[group.permissions(plan.direction)]
    where origin(permission.origin).address == address && !gone.contains(permission.origin) {
      siblings.insert(permission.origin)
    }
    guard case .terraformResource(let type) = first.carrier else { return ([], kept) }
    if siblings.isEmpty, kept.isEmpty {
      return (
        [
          .init(
            says: "delete it: \(list(removed.map { origin($0).text(plan.direction) }))",
            address: address, span: first.span)
        ], TrafficSet()
      )
    }
    // The services stay as they are and every peer that goes or stays is a block: one attribute says
    // it all.
    let services = Set(kept.slabs.map { $0.services }).union(siblings.map { origin($0).services })
    let sameServices = services.isSubset(of: [first.services])
    let blocks = kept.slabs.reduce(PeerSet()) { $0.union($1.peers) }
    if sameServices, blocks.atoms.isEmpty {
      if type == "aws_security_group_rule" {
        return (listAttributes(address, removed, siblings, blocks, plan.direction), TrafficSet())
      }
      if siblings.isEmpty {
        let v4 = blocks.v4CIDRs
        let v6 = blocks.v6CIDRs
        let isV6 = v4.isEmpty
        let head =
          isV6
          ? v6.first.map { "\(AddressText.v6($0.address))/\($0.length)" }
          : v4.first.map { "\(AddressText.v4($0.address))/\($0.length)" }
        if let head {
          let rest = kept.subtracting(
            TrafficSet(ServiceSet([first.services]), blockSet(head)))
          return (
            [
              .init(
                says: "narrow it from \(first.isSensitive ? "(sensitive value)" : first.peerText)",
                address: address, attribute: isV6 ? "cidr_ipv6" : "cidr_ipv4",
                value: HCL.string(head), span: first.span)
            ], rest
          )
        }
      }
    }
    var again = kept
    for sibling in siblings {
      for permission in estate.permissions[group.permissions(plan.direction)]
      where permission.origin == sibling {
        again.formUnion(TrafficSet([(permission.services, permission.peer)]))
      }
    }
    return (
      [
        .init(
          says: "delete it, and keep the part that is right with the steps below",
          address: address, span: first.span)
      ], again
    )
  }

  private func blockSet(_ text: String) -> PeerSet {
    guard let cidr = try? CIDR(text) else { return PeerSet() }
    switch cidr.block {
    case .v4(let range): return PeerSet([.v4(range)])
    case .v6(let range): return PeerSet([.v6(range)])
    }
  }

  /// The lists of an `aws_security_group_rule` as they will be.
  private func listAttributes(
    _ address: String, _ removed: [Int32], _ siblings: Set<Int32>, _ kept: PeerSet,
    _ direction: Direction
  ) -> [SuggestedFix.Step] {
    var stays = kept
    for permission in estate.permissions[group.permissions(direction)]
    where siblings.contains(permission.origin) {
      stays.formUnion(PeerSet([permission.peer]))
    }
    var steps: [SuggestedFix.Step] = []
    let span = origin(removed[0]).span
    let touchesV4 = removed.contains {
      origin($0).peerID == nil && !origin($0).peerText.contains(":")
        && origin($0).peerText != "itself"
    }
    let touchesV6 = removed.contains {
      origin($0).peerID == nil && origin($0).peerText.contains(":")
    }
    let v4 = stays.v4CIDRs.map { HCL.string("\(AddressText.v4($0.address))/\($0.length)") }
    let v6 = stays.v6CIDRs.map { HCL.string("\(AddressText.v6($0.address))/\($0.length)") }
    let gone = "take away \(list(removed.map { origin($0).text(direction) }))"
    if touchesV4 || !kept.v4.isEmpty {
      steps.append(
        .init(
          says: gone, address: address, attribute: "cidr_blocks",
          value: v4.isEmpty ? "null" : "[\(v4.joined(separator: ", "))]", span: span))
    }
    if touchesV6 || !kept.v6.isEmpty {
      steps.append(
        .init(
          says: gone, address: address, attribute: "ipv6_cidr_blocks",
          value: v6.isEmpty ? "null" : "[\(v6.joined(separator: ", "))]", span: span))
    }
    if removed.contains(where: { origin($0).peerText == "itself" }) {
      steps.append(
        .init(says: gone, address: address, attribute: "self", value: "null", span: span))
    }
    if removed.contains(where: { origin($0).peerText.hasPrefix("security group") }) {
      steps.append(
        .init(
          says: gone, address: address, attribute: "source_security_group_id", value: "null",
          span: span))
    }
    if removed.contains(where: { origin($0).peerText.hasPrefix("prefix list") }) {
      steps.append(
        .init(says: gone, address: address, attribute: "prefix_list_ids", value: "null", span: span)
      )
    }
    return steps
  }

  /// The group's own `ingress` or `egress` argument as it will be.
  private func argument(
    _ plan: FixPlanner.DirectionPlan, adding: TrafficSet
  ) -> SuggestedFix.Step {
    let removed = Set(plan.removed)
    var result = adding
    for permission in estate.permissions[group.permissions(plan.direction)] {
      guard case .terraformInline = origin(permission.origin).carrier,
        !removed.contains(permission.origin)
      else { continue }
      result.formUnion(TrafficSet([(permission.services, permission.peer)]))
    }
    for index in plan.removed {
      if case .terraformInline = origin(index).carrier, let kept = plan.kept[index] {
        result.formUnion(kept)
      }
    }
    let gone = plan.removed.map { origin($0).text(plan.direction) }
    return .init(
      says: gone.isEmpty ? "open what is missing" : "take away \(list(gone))",
      address: group.address, attribute: plan.direction.rawValue,
      value: HCL.entries(result, estate.atoms), span: group.span(plan.direction))
  }

  /// Resources that open `traffic`.
  private func newRules(_ traffic: TrafficSet, _ direction: Direction) -> [SuggestedFix.Step] {
    guard let address = group.address, !traffic.isEmpty else { return [] }
    var steps: [SuggestedFix.Step] = []
    for slab in traffic.slabs {
      for (attribute, value) in HCL.peers(slab.peers, estate.atoms) {
        let body =
          (["security_group_id = \(address).id"]
          + HCL.services(slab.services, protocolKey: "ip_protocol") + ["\(attribute) = \(value)"])
          .joined(separator: ", ")
        steps.append(
          .init(
            says:
              "add a resource aws_vpc_security_group_\(direction.rawValue)_rule: \(ServiceText.describe(slab.services)) \(direction.preposition) \(value)",
            address: "aws_vpc_security_group_\(direction.rawValue)_rule.(new)",
            attribute: nil, value: "{ \(body) }", span: group.span))
      }
    }
    return steps
  }

  // MARK: YAML

  private func yaml(_ plan: FixPlanner.DirectionPlan) -> [SuggestedFix.Step] {
    var steps = plan.removed.map { index in
      let kept = plan.kept[index].map { texts($0, plan.direction) } ?? []
      return SuggestedFix.Step(
        says:
          "take away `\(origin(index).text(plan.direction))`"
          + (kept.isEmpty ? "" : " and keep \(list(kept))"),
        span: origin(index).span)
    }
    if !plan.opened.isEmpty {
      steps.append(
        .init(
          says: "add to \(plan.direction.rawValue): \(list(texts(plan.opened, plan.direction)))",
          span: group.span(plan.direction)))
    }
    return steps
  }
}

/// Words of a shell command.
enum Shell {
  /// Quotes a word for a POSIX shell, unless it needs no quotes.
  static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A)
          || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: "-")
          || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
      }
    if isPlain { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

/// `IpPermission` structures as the AWS CLI takes them.
enum IPPermissions {
  /// Entries exactly as EC2 has them.
  static func json(_ origins: [Origin]) -> String {
    "[" + origins.map { json($0.services, peer($0)) }.joined(separator: ",") + "]"
  }

  private static func peer(_ origin: Origin) -> String {
    if let id = origin.peerID {
      return id.hasPrefix("pl-")
        ? "\"PrefixListIds\":[{\"PrefixListId\":\(string(id))}]"
        : "\"UserIdGroupPairs\":[{\"GroupId\":\(string(id))}]"
    }
    return origin.peerText.contains(":")
      ? "\"Ipv6Ranges\":[{\"CidrIpv6\":\(string(origin.peerText))}]"
      : "\"IpRanges\":[{\"CidrIp\":\(string(origin.peerText))}]"
  }

  /// New entries that open `traffic`.
  static func json(_ traffic: TrafficSet, _ atoms: AtomTable) -> String {
    var parts: [String] = []
    for slab in traffic.slabs {
      for services in slab.services.expressible {
        var peers: [String] = []
        let v4 = slab.peers.v4CIDRs.map {
          "{\"CidrIp\":\(string("\(AddressText.v4($0.address))/\($0.length)"))}"
        }
        let v6 = slab.peers.v6CIDRs.map {
          "{\"CidrIpv6\":\(string("\(AddressText.v6($0.address))/\($0.length)"))}"
        }
        let groups = slab.peers.atoms.filter { atoms[$0].kind == .group }
          .map { "{\"GroupId\":\(string(atoms[$0].name))}" }
        let lists = slab.peers.atoms.filter { atoms[$0].kind == .prefixList }
          .map { "{\"PrefixListId\":\(string(atoms[$0].name))}" }
        if !v4.isEmpty { peers.append("\"IpRanges\":[\(v4.joined(separator: ","))]") }
        if !v6.isEmpty { peers.append("\"Ipv6Ranges\":[\(v6.joined(separator: ","))]") }
        if !groups.isEmpty {
          peers.append("\"UserIdGroupPairs\":[\(groups.joined(separator: ","))]")
        }
        if !lists.isEmpty { peers.append("\"PrefixListIds\":[\(lists.joined(separator: ","))]") }
        parts.append(json(services, peers.joined(separator: ",")))
      }
    }
    return "[" + parts.joined(separator: ",") + "]"
  }

  private static func json(_ services: ServiceRange, _ peers: String) -> String {
    let (name, from, to) = services.written
    var parts = ["\"IpProtocol\":\(string(name))"]
    if let from, let to { parts += ["\"FromPort\":\(from)", "\"ToPort\":\(to)"] }
    return "{" + parts.joined(separator: ",") + ",\(peers)}"
  }

  private static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      default:
        if scalar.value < 0x20 || scalar.value > 0x7E {
          for unit in String(scalar).utf16 {
            let hex = String(unit, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
          }
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}

extension ServiceRange {
  /// Protocol and ports as EC2 and Terraform write them; no ports where they mean nothing.
  var written: (protocolName: String, from: Int?, to: Int?) {
    if self == .all { return ("-1", nil, nil) }
    let number = UInt8(truncatingIfNeeded: lower >> 16)
    let low = Int(lower & 0xFFFF)
    let high = Int(upper & 0xFFFF)
    let name = ProtocolNumber.name(number)
    if ProtocolNumber.hasPorts(number) { return (name, low, high) }
    guard ProtocolNumber.hasTypes(number) else { return (name, nil, nil) }
    if low == 0, high == 0xFFFF { return (name, -1, -1) }
    return (name, low >> 8, low & 0xFF == 0 && high & 0xFF == 0xFF ? -1 : low & 0xFF)
  }

  /// The same services as ranges that one entry can say: within one protocol, and for icmp one type
  /// with all codes or one code.
  var expressible: [ServiceRange] {
    if self == .all { return [self] }
    var result: [ServiceRange] = []
    var cursor = lower
    while cursor <= upper {
      let number = UInt8(truncatingIfNeeded: cursor >> 16)
      let row = ServiceRange(protocol: number)
      let end = min(row.upper, upper)
      let isWhole = cursor == row.lower && end == row.upper
      if ProtocolNumber.hasTypes(number), !isWhole {
        var point = cursor
        while point <= end {
          let last = point | 0xFF
          if point & 0xFF == 0, last <= end {
            result += [ServiceRange(lower: point, upper: last)].compactMap { $0 }
            point = last + 1
          } else {
            result += [ServiceRange(lower: point, upper: point)].compactMap { $0 }
            point += 1
          }
        }
      } else {
        result += [ServiceRange(lower: cursor, upper: end)].compactMap { $0 }
      }
      cursor = end + 1
    }
    return result
  }
}

/// Values of Terraform's language.
enum HCL {
  /// A quoted text; `${` and `%{` do not begin a template.
  static func string(_ text: String) -> String {
    var result = "\""
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "$", "%":
        result.unicodeScalars.append(scalar)
        if index + 1 < scalars.count, scalars[index + 1] == "{" {
          result.unicodeScalars.append(scalar)
        }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// `from_port`, `to_port` and the protocol, one assignment each.
  static func services(_ services: ServiceRange, protocolKey: String) -> [String] {
    let (name, from, to) = services.written
    var parts: [String] = []
    if let from, let to { parts += ["from_port = \(from)", "to_port = \(to)"] }
    return parts + ["\(protocolKey) = \(string(name))"]
  }

  /// Peers of a rule that is a resource of its own: one attribute each.
  static func peers(_ peers: PeerSet, _ atoms: AtomTable) -> [(attribute: String, value: String)] {
    peers.v4CIDRs.map { ("cidr_ipv4", string("\(AddressText.v4($0.address))/\($0.length)")) }
      + peers.v6CIDRs.map { ("cidr_ipv6", string("\(AddressText.v6($0.address))/\($0.length)")) }
      + peers.atoms.map { atom in
        let info = atoms[atom]
        switch info.kind {
        case .group: return ("referenced_security_group_id", reference(info.name, "sg-"))
        case .prefixList: return ("prefix_list_id", reference(info.name, "pl-"))
        case .vpc, .unknown:
          return (info.name.contains("ipv6") ? "cidr_ipv6" : "cidr_ipv4", info.name)
        }
      }
  }

  /// An id as a text, an address as a reference to its id.
  private static func reference(_ name: String, _ prefix: String) -> String {
    name.hasPrefix(prefix) ? string(name) : "\(name).id"
  }

  /// The value of an `ingress` or `egress` argument; the argument takes a list of complete objects.
  static func entries(_ traffic: TrafficSet, _ atoms: AtomTable) -> String {
    if traffic.isEmpty { return "[]" }
    var parts: [String] = []
    for slab in traffic.slabs {
      for services in slab.services.expressible {
        let (name, from, to) = services.written
        let v4 = slab.peers.v4CIDRs.map { string("\(AddressText.v4($0.address))/\($0.length)") }
        let v6 = slab.peers.v6CIDRs.map { string("\(AddressText.v6($0.address))/\($0.length)") }
        let groups = slab.peers.atoms.filter { atoms[$0].kind == .group }
          .map { reference(atoms[$0].name, "sg-") }
        let lists = slab.peers.atoms.filter { atoms[$0].kind == .prefixList }
          .map { reference(atoms[$0].name, "pl-") }
        let others = slab.peers.atoms.filter { atoms[$0].kind == .unknown }.map { atoms[$0].name }
        func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }
        parts.append(
          "{ from_port = \(from ?? 0), to_port = \(to ?? 0), protocol = \(string(name)), cidr_blocks = \(list(v4 + others)), ipv6_cidr_blocks = \(list(v6)), prefix_list_ids = \(list(lists)), security_groups = \(list(groups)), self = false, description = \"\" }"
        )
      }
    }
    return "[\(parts.joined(separator: ", "))]"
  }
}
