import SGModel

/// The lists that EC2's describe calls return, by the key they stand under.
enum EC2List: String, CaseIterable {
  case securityGroups = "SecurityGroups"
  case securityGroupRules = "SecurityGroupRules"
  case networkInterfaces = "NetworkInterfaces"
  case networkInterfacePermissions = "NetworkInterfacePermissions"
  case vpcs = "Vpcs"
  case subnets = "Subnets"
  case prefixLists = "PrefixLists"
  case entries = "Entries"
  case associations = "SecurityGroupVpcAssociations"
  case availabilityZones = "AvailabilityZones"
  case staleGroups = "StaleSecurityGroupSet"
  case groupsForVPC = "SecurityGroupForVpcs"
}

/// Turns elements of EC2's describe output into facts, whatever encoding they came in.
struct EC2Loader {
  /// What was found so far.
  var facts = Facts(kind: "ec2-describe")
  /// The file's name: the only place where the id of a prefix list's entries can stand.
  let path: String
  /// Network interfaces that another account may attach to its instances.
  private var attachable: Set<String> = []
  /// Entries of a prefix list whose id is not in the output.
  private var entryBlocks: [Peer] = []
  private var entriesSpan: SourceSpan?
  /// Where it says that it is a part of a longer list.
  private var partialSpan: SourceSpan?

  init(path: String) { self.path = path }

  // MARK: Lists

  /// Takes element number `index` of a list.
  mutating func take(_ element: Value, of list: EC2List, at index: Int) {
    guard element.isObject else {
      issue(
        "\(list.rawValue)[\(index)] is \(element.kindName)", "expected an object, as EC2 prints it",
        element)
      return
    }
    switch list {
    case .securityGroups: group(element, "SecurityGroups[\(index)]")
    case .securityGroupRules: looseRule(element, "SecurityGroupRules[\(index)]")
    case .networkInterfaces: interface(element, "NetworkInterfaces[\(index)]")
    case .networkInterfacePermissions: interfacePermission(element)
    case .vpcs: vpc(element, "Vpcs[\(index)]")
    case .prefixLists: prefixList(element, "PrefixLists[\(index)]")
    case .entries: prefixListEntry(element, "Entries[\(index)]")
    case .associations: association(element)
    case .subnets, .availabilityZones, .staleGroups, .groupsForVPC: break
    }
  }

  /// Takes all elements of a list.
  mutating func take(_ value: Value, asListOf list: EC2List) {
    if value.isNull { return }
    guard value.isArray else {
      issue("\(list.rawValue) is \(value.kindName)", "expected a list, as EC2 prints it", value)
      return
    }
    for (index, element) in value.elements.enumerated() { take(element, of: list, at: index) }
  }

  /// Takes a top-level member that is not a list.
  mutating func takeMember(_ key: String, _ value: Value) {
    if key == "NextToken", !value.isNull {
      facts.isPartial = true
      partialSpan = value.span
      facts.issues.append(
        Issue(
          .warning, "NextToken is set: this is a part of a longer list",
          help: "run the describe call without --max-items, --page-size or --no-paginate",
          at: value.span))
    }
  }

  /// Says that there is nothing more to come, and returns what was found.
  mutating func finish() -> Facts {
    if let entriesSpan { finishEntries(entriesSpan) }
    for index in facts.interfaces.indices {
      if let id = facts.interfaces[index].id, attachable.contains(id) {
        facts.interfaces[index].isPNI = true
      }
    }
    if facts.isPartial, !facts.looseEntries.isEmpty {
      facts.issues.append(
        Issue(
          .error, "a partial list of rules (NextToken is set) cannot show what a group allows",
          help: "run describe-security-group-rules without --max-items", at: partialSpan))
    }
    return facts
  }

  private mutating func issue(_ message: String, _ help: String?, _ value: Value) {
    facts.issues.append(Issue(.error, message, help: help, at: value.span))
  }

  // A place is a text for messages: it is made where there is one, which is hardly ever.

  /// The text of a member, or nothing where it is absent or null; an issue where it is no text.
  private mutating func text(
    _ object: Value, _ key: StaticString, _ place: @autoclosure () -> String
  ) -> String? {
    guard let value = object[key], !value.isNull else { return nil }
    if let text = value.scalarText { return text }
    issue("\(place()).\(key) is \(value.kindName)", "expected a string", value)
    return nil
  }

  /// The elements of a list; absent and null are empty, anything else is an issue.
  private mutating func list(
    _ object: Value, _ key: StaticString, _ place: @autoclosure () -> String
  ) -> Elements {
    if let value = object[key], !value.isNull {
      if value.isArray { return value.elements }
      issue("\(place()).\(key) is \(value.kindName)", "expected a list", value)
    }
    return object.noElements
  }

  // MARK: Groups

  private mutating func group(_ object: Value, _ place: String) {
    var fact = GroupFact()
    fact.id = text(object, "GroupId", place)
    fact.name = text(object, "GroupName", place)
    fact.owner = text(object, "OwnerId", place)
    if let vpc = text(object, "VpcId", place) { fact.vpc = .id(vpc) }
    fact.span = (object["GroupId"] ?? object).span
    if fact.id == nil {
      issue("\(place) has no GroupId", "print the whole group, without --query", object)
    }
    if let arn = text(object, "SecurityGroupArn", place) {
      let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
      if parts.count == 6, !parts[3].isEmpty { fact.region = String(parts[3]) }
    }
    for tag in list(object, "Tags", place) {
      if let key = tag["Key"]?.scalarText {
        fact.tags.append(.init(key: key, value: tag["Value"]?.scalarText ?? ""))
      }
    }
    for (direction, key) in [
      (Direction.ingress, "IpPermissions" as StaticString),
      (Direction.egress, "IpPermissionsEgress" as StaticString),
    ] {
      guard let permissions = object[key], permissions.isArray else {
        let value = object[key] ?? object
        issue(
          object[key] == nil
            ? "\(place).\(key) is missing: absent is not empty"
            : "\(place).\(key) is \(value.kindName)",
          "print the whole group, without --query", value)
        fact.unseen[direction] = "\(place).\(key)"
        continue
      }
      if direction == .ingress {
        fact.ingressSpan = permissions.span
      } else {
        fact.egressSpan = permissions.span
      }
      for (index, permission) in permissions.elements.enumerated() {
        entries(permission, direction, "\(place).\(key)[\(index)]", into: &fact.entries)
      }
    }
    facts.groups.append(fact)
  }

  /// Adds the entries of one `IpPermission`: each range, prefix list and group pair is one.
  private mutating func entries(
    _ permission: Value, _ direction: Direction, _ place: @autoclosure () -> String,
    into result: inout [EntryFact]
  ) {
    guard permission.isObject else {
      issue("\(place()) is \(permission.kindName)", "expected an object", permission)
      result.append(unreadable(permission, direction, .all, place()))
      return
    }
    let (services, isCertain) = services(permission, place())
    let reason = isCertain ? nil : "\(place()).IpProtocol and ports"
    func entry(
      _ peer: PeerFact, _ text: String, _ value: Value, at member: Value?, peerID: String? = nil
    ) -> EntryFact {
      EntryFact(
        direction: direction, peer: peer,
        origin: Origin(
          .ec2, span: (member ?? value).span, services: services, peerText: text, peerID: peerID,
          reason: reason, note: value["Description"]?.scalarText),
        isCertain: isCertain)
    }
    let before = result.count
    for isV6 in [false, true] {
      let key: StaticString = isV6 ? "Ipv6Ranges" : "IpRanges"
      let member: StaticString = isV6 ? "CidrIpv6" : "CidrIp"
      for (index, range) in list(permission, key, place()).enumerated() {
        let text = range[member]
        let peer = cidr(text ?? range, "\(place()).\(key)[\(index)].\(member)", isV6)
        result.append(entry(peer, text?.scalarText ?? "(unreadable)", range, at: text))
      }
    }
    for (index, item) in list(permission, "PrefixListIds", place()).enumerated() {
      guard let id = item["PrefixListId"]?.scalarText else {
        issue("\(place()).PrefixListIds[\(index)] has no PrefixListId", "expected pl-…", item)
        result.append(
          unreadable(item, direction, services, "\(place()).PrefixListIds[\(index)]"))
        continue
      }
      result.append(
        entry(.prefixList(.id(id)), "prefix list \(id)", item, at: item["PrefixListId"], peerID: id)
      )
    }
    for (index, pair) in list(permission, "UserIdGroupPairs", place()).enumerated() {
      guard let id = pair["GroupId"]?.scalarText else {
        issue("\(place()).UserIdGroupPairs[\(index)] has no GroupId", "expected sg-…", pair)
        result.append(
          unreadable(pair, direction, services, "\(place()).UserIdGroupPairs[\(index)]"))
        continue
      }
      result.append(
        entry(.group(.id(id)), "security group \(id)", pair, at: pair["GroupId"], peerID: id))
    }
    if result.count == before {
      // EC2 prints no permission without a peer, so this one has a peer of a kind not known here.
      issue(
        "\(place()) has no peer that is known here",
        "expected IpRanges, Ipv6Ranges, PrefixListIds or UserIdGroupPairs", permission)
      result.append(unreadable(permission, direction, services, place()))
    }
  }

  /// An entry in the place of something that could not be read.
  private func unreadable(
    _ value: Value, _ direction: Direction, _ services: ServiceRange, _ place: String
  ) -> EntryFact {
    EntryFact(
      direction: direction, peer: .unknown(name: place),
      origin: Origin(
        .ec2, span: value.span, services: services, peerText: "(unreadable)", reason: place),
      isCertain: false)
  }

  private mutating func services(
    _ object: Value, _ place: @autoclosure () -> String
  ) -> (ServiceRange, Bool) {
    guard let written = object["IpProtocol"], let text = written.scalarText else {
      let value = object["IpProtocol"] ?? object
      issue(
        object["IpProtocol"] == nil
          ? "\(place()) has no IpProtocol" : "\(place()).IpProtocol is \(value.kindName)",
        EntryText.expectedProtocol, value)
      return (.all, false)
    }
    guard let choice = EntryText.protocolChoice(text) else {
      issue(
        "\(place()).IpProtocol: unknown protocol `\(text)`", EntryText.expectedProtocol, written)
      return (.all, false)
    }
    var ports: (from: Int?, to: Int?) = (nil, nil)
    for isFirst in [true, false] {
      let key: StaticString = isFirst ? "FromPort" : "ToPort"
      guard let value = object[key], !value.isNull else { continue }
      guard let port = value.integer else {
        issue(
          "\(place()).\(key): `\(value.scalarText ?? value.kindName)` is not a whole number",
          "expected a port from 0 to 65535, or -1", value)
        if case .number(let number) = choice { return (ServiceRange(protocol: number), false) }
        return (.all, false)
      }
      if isFirst { ports.from = port } else { ports.to = port }
    }
    do {
      return (try EntryText.services(choice, from: ports.from, to: ports.to), true)
    } catch {
      // Of two ports the one that cannot be is shown, else the first.
      let isLast = ports.from.map { (-1...65535).contains($0) } ?? true && ports.to != nil
      let wrong = isLast ? object["ToPort"] : object["FromPort"]
      issue("\(place()).FromPort/ToPort: \(error.message)", error.help, wrong ?? object)
      return (error.services, false)
    }
  }

  /// Reads a block; a text that is none is an issue, and an unknown peer.
  private mutating func cidr(
    _ value: Value, _ place: @autoclosure () -> String, _ isV6: Bool
  ) -> PeerFact {
    if !isV6, let range = value.v4Block { return .v4(range) }
    let family = isV6 ? "an IPv6 CIDR such as 2001:db8::/32" : "an IPv4 CIDR such as 10.0.0.0/16"
    guard let text = value.scalarText, value.isString else {
      issue(
        "\(place()) is \(value.isObject ? "missing" : value.kindName)", "expected \(family)", value)
      return .unknown(name: place())
    }
    do {
      let cidr = try CIDR(text)
      switch cidr.block {
      case .v4(let range) where !isV6: return .v4(range)
      case .v6(let range) where isV6: return .v6(range)
      case .v4, .v6:
        issue("\(place()): `\(text)` is of the other address family", "expected \(family)", value)
      }
    } catch {
      switch error {
      case .address: issue("\(place()): `\(text)` is not a CIDR", "expected \(family)", value)
      case .length(let maximum):
        issue(
          "\(place()): the prefix length of `\(text)` is not a number from 0 to \(maximum)",
          "expected \(family)", value)
      }
    }
    return .unknown(name: place())
  }

  // MARK: Rules by themselves

  private mutating func looseRule(_ object: Value, _ place: String) {
    guard let group = text(object, "GroupId", place) else {
      issue("\(place) has no GroupId", "print the whole rule, without --query", object)
      return
    }
    guard let egress = object["IsEgress"]?.boolean else {
      issue(
        "\(place).IsEgress is missing: the rule's direction is not known",
        "print the whole rule, without --query", object)
      for direction in Direction.allCases {
        facts.looseEntries.append(
          (.id(group), unreadable(object, direction, .all, "\(place).IsEgress")))
      }
      return
    }
    let direction: Direction = egress ? .egress : .ingress
    let (services, isCertain) = services(object, place)
    let peer: PeerFact
    let peerText: String
    let peerID =
      object["PrefixListId"]?.scalarText ?? object["ReferencedGroupInfo"]?["GroupId"]?.scalarText
    if let value = object["CidrIpv4"], !value.isNull {
      peer = cidr(value, "\(place).CidrIpv4", false)
      peerText = value.scalarText ?? "(unreadable)"
    } else if let value = object["CidrIpv6"], !value.isNull {
      peer = cidr(value, "\(place).CidrIpv6", true)
      peerText = value.scalarText ?? "(unreadable)"
    } else if let id = object["PrefixListId"]?.scalarText {
      peer = .prefixList(.id(id))
      peerText = "prefix list \(id)"
    } else if let id = object["ReferencedGroupInfo"]?["GroupId"]?.scalarText {
      peer = .group(.id(id))
      peerText = "security group \(id)"
    } else {
      issue(
        "\(place) has no peer that is known here",
        "expected CidrIpv4, CidrIpv6, PrefixListId or ReferencedGroupInfo", object)
      peer = .unknown(name: place)
      peerText = "(unreadable)"
    }
    facts.looseEntries.append(
      (
        .id(group),
        EntryFact(
          direction: direction, peer: peer,
          origin: Origin(
            .ec2, span: object.span, services: services, peerText: peerText, peerID: peerID,
            id: text(object, "SecurityGroupRuleId", place),
            reason: isCertain ? nil : "\(place).IpProtocol and ports",
            note: object["Description"]?.scalarText),
          isCertain: isCertain)
      ))
  }

  // MARK: What is around groups

  private mutating func interface(_ object: Value, _ place: String) {
    var fact = InterfaceFact()
    fact.id = text(object, "NetworkInterfaceId", place)
    if let vpc = text(object, "VpcId", place) { fact.vpc = .id(vpc) }
    for group in list(object, "Groups", place) {
      if let id = group["GroupId"]?.scalarText { fact.groups.append(.id(id)) }
    }
    var peers: [Peer] = []
    for address in list(object, "PrivateIpAddresses", place) {
      if let text = address["PrivateIpAddress"]?.scalarText,
        let value = AddressText.parseV4(Array(text.utf8)[...]),
        let range = IPv4Range(address: value, length: 32)
      {
        peers.append(.v4(range))
      }
    }
    for address in list(object, "Ipv6Addresses", place) {
      if let text = address["Ipv6Address"]?.scalarText,
        let value = AddressText.parseV6(Array(text.utf8)[...]),
        let range = IPv6Range(address: value, length: 128)
      {
        peers.append(.v6(range))
      }
    }
    fact.addresses = PeerSet(peers)
    let name = list(object, "TagSet", place).first { $0["Key"]?.hasText("Name") ?? false }
    fact.isPNI = PNIInterface.isOne(
      description: object["Description"]?.scalarText, nameTag: name?["Value"]?.scalarText)
    if let owner = object["OwnerId"]?.scalarText,
      let instanceOwner = object["Attachment"]?["InstanceOwnerId"]?.scalarText,
      owner != instanceOwner, instanceOwner.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      object["RequesterManaged"]?.boolean != true
    {
      // An account other than the owner's has it on one of its instances: a multi-VPC attachment.
      fact.isPNI = true
    }
    facts.interfaces.append(fact)
  }

  private mutating func interfacePermission(_ object: Value) {
    // The CLI's documentation prints GRANTED, EC2 sends granted.
    let state = object["PermissionState"]?["State"]?.scalarText?.lowercased()
    guard state == nil || state == "granted" || state == "pending",
      object["Permission"]?.scalarText == "INSTANCE-ATTACH",
      let id = object["NetworkInterfaceId"]?.scalarText
    else { return }
    attachable.insert(id)
  }

  private mutating func vpc(_ object: Value, _ place: String) {
    var fact = VPCFact()
    fact.id = text(object, "VpcId", place)
    var peers: [Peer] = []
    var seen: Set<String> = []
    func add(_ value: Value?, _ place: String, _ isV6: Bool, _ loader: inout EC2Loader) {
      guard let value, let text = value.scalarText, !text.isEmpty, seen.insert(text).inserted
      else { return }
      switch loader.cidr(value, place, isV6) {
      case .v4(let range): peers.append(.v4(range))
      case .v6(let range): peers.append(.v6(range))
      case .group, .prefixList, .cidrOfVPC, .ownVPC, .unknown: fact.unknownCIDRs.append(place)
      }
    }
    let sets: [(set: StaticString, block: StaticString, state: StaticString, isV6: Bool)] = [
      ("CidrBlockAssociationSet", "CidrBlock", "CidrBlockState", false),
      ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock", "Ipv6CidrBlockState", true),
    ]
    for (set, block, state, isV6) in sets {
      for (index, item) in list(object, set, place).enumerated() {
        let word = item[state]?["State"]?.scalarText
        guard word == nil || word == "associated" || word == "associating" else { continue }
        add(item[block], "\(place).\(set)[\(index)].\(block)", isV6, &self)
      }
    }
    // The primary block stands in the association set too, but not in older output.
    add(object["CidrBlock"], "\(place).CidrBlock", false, &self)
    fact.cidrs = PeerSet(peers)
    facts.vpcs.append(fact)
  }

  private mutating func association(_ object: Value) {
    guard let group = object["GroupId"]?.scalarText, let vpc = object["VpcId"]?.scalarText else {
      return
    }
    let state = object["State"]?.scalarText
    guard state == nil || state == "associated" || state == "associating" else { return }
    facts.associations.append((.id(group), .id(vpc)))
  }

  // MARK: Prefix lists

  private mutating func prefixList(_ object: Value, _ place: String) {
    var fact = PrefixListFact()
    fact.id = text(object, "PrefixListId", place)
    fact.name = text(object, "PrefixListName", place)
    // describe-prefix-lists prints the blocks of AWS's own lists; describe-managed-prefix-lists
    // prints none.
    if let cidrs = object["Cidrs"], cidrs.isArray {
      var peers: [Peer] = []
      for (index, value) in cidrs.elements.enumerated() {
        let isV6 = value.scalarText?.contains(":") ?? false
        switch cidr(value, "\(place).Cidrs[\(index)]", isV6) {
        case .v4(let range): peers.append(.v4(range))
        case .v6(let range): peers.append(.v6(range))
        case .group, .prefixList, .cidrOfVPC, .ownVPC, .unknown:
          fact.unknownEntries = "\(place).Cidrs[\(index)]"
        }
      }
      fact.entries = PeerSet(peers)
    }
    facts.prefixLists.append(fact)
  }

  private mutating func prefixListEntry(_ object: Value, _ place: String) {
    entriesSpan = entriesSpan ?? object.span
    guard let value = object["Cidr"] else {
      issue("\(place) has no Cidr", "print the whole entry, without --query", object)
      return
    }
    let isV6 = value.scalarText?.contains(":") ?? false
    switch cidr(value, "\(place).Cidr", isV6) {
    case .v4(let range): entryBlocks.append(.v4(range))
    case .v6(let range): entryBlocks.append(.v6(range))
    case .group, .prefixList, .cidrOfVPC, .ownVPC, .unknown: break
    }
  }

  /// The output of get-managed-prefix-list-entries does not say which list it is of: the file's name
  /// has to.
  private mutating func finishEntries(_ span: SourceSpan) {
    guard let id = PrefixListID.find(in: path) else {
      facts.issues.append(
        Issue(
          .error, "prefix-list entries do not say which list they belong to",
          help: "name the file after the list, for example pl-0123456789abcdef0.json", at: span))
      return
    }
    var fact = PrefixListFact()
    fact.id = id
    fact.entries = PeerSet(entryBlocks)
    facts.prefixLists.append(fact)
  }

  /// Says that an empty list of entries was there.
  mutating func noteEntries(at span: SourceSpan) { entriesSpan = entriesSpan ?? span }
}

/// Finds the id of a prefix list in a file's name.
enum PrefixListID {
  /// Returns the last `pl-` with 8 or 17 hexadecimal digits in `path`.
  static func find(in path: String) -> String? {
    let bytes = Array(path.utf8)
    var found: String?
    var index = 0
    while index + 3 < bytes.count {
      if bytes[index] == UInt8(ascii: "p"), bytes[index + 1] == UInt8(ascii: "l"),
        bytes[index + 2] == UInt8(ascii: "-")
      {
        var end = index + 3
        while end < bytes.count, isHex(bytes[end]) { end += 1 }
        let digits = end - index - 3
        if digits == 8 || digits == 17 {
          found = String(decoding: bytes[index..<end], as: UTF8.self)
        }
        index = end
      } else {
        index += 1
      }
    }
    return found
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
  }
}

/// Recognises interfaces that were made for PNI.
enum PNIInterface {
  /// Returns whether the description is `Confluent PNI-sub-N-eni-M` or the name tag begins with
  /// `Confluent-PNI-sub-`, which is how the guide's Terraform and script mark them.
  static func isOne(description: String?, nameTag: String?) -> Bool {
    if let nameTag, nameTag.hasPrefix("Confluent-PNI-sub-") { return true }
    guard let description, description.hasPrefix("Confluent PNI-sub-") else { return false }
    let rest = description.dropFirst("Confluent PNI-sub-".count)
    let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
    func isNumber(_ text: Substring) -> Bool {
      !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
    return parts.count == 3 && isNumber(parts[0]) && parts[1] == "eni" && isNumber(parts[2])
  }
}
