import SGModel

/// Groups written by hand: the tool's own format, `schema: pni-lint/groups/v1` (docs/groups-yaml.md).
///
/// A person wrote this file, so nothing is guessed: a value that cannot be read is an error with its
/// place, and stays in the model as something unknown.
enum GroupsYAML {
  /// The value of `schema` in a file of this format.
  static let schema = "pni-lint/groups/v1"

  /// Returns whether the document says that it is of this format, in any version, or shows by its
  /// `groups` that it was meant to.
  static func recognises(_ root: Value) -> Bool {
    if let schema = root["schema"] {
      return schema.scalarText?.hasPrefix("pni-lint/groups") == true
    }
    return root["groups"]?.elements.contains { $0["ingress"] != nil || $0["egress"] != nil } == true
  }

  /// Returns what the document says.
  static func load(_ root: Value) -> Facts {
    var reader = GroupsReader()
    reader.read(root)
    return reader.facts
  }
}

private struct GroupsReader {
  /// How many entries with one service and one peer a file may come to: EC2 has at most 1,000 for
  /// an interface.
  private static let entryLimit = 500_000

  var facts = Facts(kind: "groups-yaml")
  private var vpcsByName: [String: Int] = [:]
  private var vpcsByID: [String: Int] = [:]
  private var listsByName: [String: Int] = [:]
  private var groupsByName: [String: [Int]] = [:]
  private var ids: Set<String> = []
  private var entryCount = 0

  mutating func read(_ root: Value) {
    guard root.isObject else {
      error("the file is \(root.kindName)", "expected a mapping with `schema` and `groups`", root)
      return
    }
    refuseUnknownKeys(
      of: root, valid: ["schema", "vpcs", "prefix-lists", "groups"], in: "the file")
    if let version = root["schema"] {
      if version.scalarText != GroupsYAML.schema {
        error(
          "\(shown(version)) is not a version of this format", "expected \(GroupsYAML.schema)",
          version)
      }
    } else {
      error("`schema` is missing", "put `schema: \(GroupsYAML.schema)` on the first line", root)
    }
    for vpc in elements(root["vpcs"], "vpcs") { readVPC(vpc) }
    for list in elements(root["prefix-lists"], "prefix-lists") { readPrefixList(list) }
    let groups = elements(root["groups"], "groups")
    // Names before entries: an entry may name a group that is written below it.
    for group in groups { readGroup(group) }
    for (index, group) in groups.enumerated() {
      for direction in Direction.allCases { readDirection(direction, of: group, index) }
    }
  }

  // MARK: VPCs and prefix lists

  private mutating func readVPC(_ value: Value) {
    let label = "vpcs[\(facts.vpcs.count)]"
    var fact = VPCFact()
    defer { facts.vpcs.append(fact) }
    guard value.isObject else {
      error(
        "a VPC is \(value.kindName)",
        "expected a mapping such as `{name: main, cidrs: [10.0.0.0/16]}`",
        value)
      fact.unknownCIDRs = [label]
      return
    }
    refuseUnknownKeys(of: value, valid: ["name", "id", "cidrs"], in: "a VPC")
    fact.address = name(of: value, what: "VPC")
    fact.id = id(of: value, prefix: "vpc-")
    if let name = fact.address {
      if vpcsByName.updateValue(facts.vpcs.count, forKey: name) != nil, let place = value["name"] {
        error("there are two VPCs named \(shown(place))", "give each its own name", place)
      }
    }
    if let id = fact.id { vpcsByID[id] = facts.vpcs.count }
    requireNameOrID(value, "VPC")
    let name = "\(fact.address ?? fact.id ?? label).cidrs"
    guard let list = value["cidrs"], !list.isNull else {
      error(
        "a VPC is without `cidrs`", "list all its CIDRs, IPv4 and IPv6, associated ones too", value)
      fact.unknownCIDRs = [name]
      return
    }
    let (known, bad) = cidrs(list, name)
    fact.cidrs = known
    fact.unknownCIDRs = bad
    if known.isEmpty, bad.isEmpty {
      error("a VPC has no CIDRs", "list all its CIDRs; every VPC has at least one", list)
      fact.unknownCIDRs = [name]
    }
  }

  private mutating func readPrefixList(_ value: Value) {
    let label = "prefix-lists[\(facts.prefixLists.count)]"
    var fact = PrefixListFact()
    defer { facts.prefixLists.append(fact) }
    guard value.isObject else {
      error(
        "a prefix list is \(value.kindName)",
        "expected a mapping such as `{name: office, cidrs: [192.0.2.0/24]}`", value)
      fact.unknownEntries = label
      return
    }
    refuseUnknownKeys(of: value, valid: ["name", "id", "cidrs"], in: "a prefix list")
    fact.name = name(of: value, what: "prefix list")
    fact.id = id(of: value, prefix: "pl-")
    if let name = fact.name {
      if listsByName.updateValue(facts.prefixLists.count, forKey: name) != nil,
        let place = value["name"]
      {
        error("there are two prefix lists named \(shown(place))", "give each its own name", place)
      }
    }
    requireNameOrID(value, "prefix list")
    let name = "\(fact.name ?? fact.id ?? label).cidrs"
    guard let list = value["cidrs"] else { return }
    let (known, bad) = cidrs(list, name)
    fact.entries = known
    fact.unknownEntries = bad.first
  }

  /// Reads CIDRs, one or a list, and returns the names of those that cannot be read.
  private mutating func cidrs(_ value: Value, _ name: String) -> (known: PeerSet, bad: [String]) {
    var peers: [Peer] = []
    var bad: [String] = []
    for (index, element) in (value.isArray ? Array(value.elements) : [value]).enumerated() {
      guard let block = cidr(element) else {
        bad.append(value.isArray ? "\(name)[\(index)]" : name)
        continue
      }
      switch block {
      case .v4(let range): peers.append(.v4(range))
      case .v6(let range): peers.append(.v6(range))
      }
    }
    return (PeerSet(peers), bad)
  }

  private mutating func cidr(_ value: Value) -> CIDR.Block? {
    guard let text = value.scalarText else {
      error("a CIDR is \(value.kindName)", CIDRText.expected, value)
      return nil
    }
    do throws(CIDRText.Problem) {
      let parsed = try CIDRText.read(text)
      warnOfHostBits(parsed, text, value)
      return parsed.block
    } catch {
      self.error(error.message, error.help, value)
      return nil
    }
  }

  private mutating func warnOfHostBits(_ cidr: CIDR, _ text: String, _ value: Value) {
    guard cidr.hadHostBits else { return }
    facts.issues.append(
      Issue(
        .warning, "\(shown(value)) has bits behind its prefix",
        help: "EC2 takes it as \(CIDRText.canonical(cidr.block))", at: value.span))
  }

  // MARK: Groups

  private mutating func readGroup(_ value: Value) {
    let index = facts.groups.count
    var fact = GroupFact()
    fact.span = value.span
    defer { facts.groups.append(fact) }
    guard value.isObject else {
      error(
        "a group is \(value.kindName)",
        "expected a mapping such as `{name: web, vpc: main, ingress: [], egress: []}`", value)
      return
    }
    refuseUnknownKeys(
      of: value, valid: ["name", "id", "vpc", "pni", "tags", "ingress", "egress"], in: "a group")
    fact.name = name(of: value, what: "group")
    fact.id = id(of: value, prefix: "sg-")
    requireNameOrID(value, "group")
    let label = fact.name ?? fact.id ?? "groups[\(index)]"
    fact.vpc = vpc(of: value, label)
    if let name = fact.name {
      let others = groupsByName[name, default: []]
      if others.contains(where: { facts.groups[$0].vpc == fact.vpc }), let place = value["name"] {
        error(
          "there are two groups named \(shown(place)) in one VPC",
          "give each its own name, or its own VPC", place)
      }
      groupsByName[name] = others + [index]
    }
    if let pni = value["pni"] {
      if let flag = pni.boolean {
        fact.isOnPNIInterface = flag
      } else {
        error("`pni` is \(shown(pni))", "expected true or false, without quotes", pni)
      }
    }
    guard let tags = value["tags"] else { return }
    guard tags.isObject else {
      error("`tags` is \(tags.kindName)", "expected a mapping such as `{team: kafka}`", tags)
      return
    }
    for (key, tag) in tags.members {
      guard let text = tag.kind == .bool ? tag.text : tag.scalarText else {
        error("the tag \(shown(key)) is \(tag.kindName)", "expected a text", tag)
        continue
      }
      fact.tags.append(SecurityGroup.Tag(key: key.text, value: text))
    }
    fact.tags.sort { ($0.key, $0.value) < ($1.key, $1.value) }
  }

  private mutating func vpc(of group: Value, _ label: String) -> VPCReference {
    guard let value = group["vpc"], !value.isNull else { return .unknown("\(label).vpc") }
    guard let text = value.scalarText else {
      error(
        "`vpc` is \(value.kindName)", "expected the name of a VPC of this file, or vpc-…", value)
      return .unknown("\(label).vpc")
    }
    if let index = vpcsByName[text] ?? vpcsByID[text] { return .fact(index) }
    if text.hasPrefix("vpc-") {
      checkID(value, text, prefix: "vpc-")
      return .id(text)
    }
    let names = vpcsByName.keys.sorted()
    error(
      "there is no VPC named \(shown(value))",
      names.isEmpty
        ? "expected vpc-…, or the name of a VPC under `vpcs`"
        : Suggestion.help(for: text, among: names), value)
    return .unknown("\(label).vpc")
  }

  /// The name of a group in the names of unknowns: one that no other group of the file has.
  private func label(of index: Int) -> String {
    let fact = facts.groups[index]
    if let name = fact.name, groupsByName[name]?.count == 1 { return name }
    return fact.id ?? "groups[\(index)]"
  }

  // MARK: Entries

  private mutating func readDirection(_ direction: Direction, of group: Value, _ index: Int) {
    let label = "\(label(of: index)).\(direction.rawValue)"
    guard
      let member = group.members.first(where: {
        $0.key.hasText(direction == .ingress ? "ingress" : "egress")
      })
    else {
      facts.groups[index].unseen[direction] = label
      return
    }
    let span = SourceSpan(
      source: member.key.span.source, start: member.key.span.start,
      end: max(member.key.span.end, member.value.span.end))
    if direction == .ingress {
      facts.groups[index].ingressSpan = span
    } else {
      facts.groups[index].egressSpan = span
    }
    guard member.value.isArray else {
      error(
        "`\(direction.rawValue)` is \(member.value.isNull ? "without a value" : member.value.kindName)",
        "write `\(direction.rawValue): []` where nothing is allowed, and leave the key out where it is"
          + " not known", member.value.isNull ? member.key : member.value)
      facts.groups[index].unseen[direction] = label
      return
    }
    for (number, entry) in member.value.elements.enumerated() {
      readEntry(entry, direction, "\(label)[\(number)]", index)
    }
  }

  /// One service or one peer of an entry, and the name of what is unknown of it.
  private struct Part<Content> {
    var value: Content
    var unknown: String?
  }

  private struct PeerPart {
    var fact: PeerFact
    var text: String
    var span: SourceSpan
    var unknown: String?
  }

  private mutating func readEntry(
    _ entry: Value, _ direction: Direction, _ label: String, _ group: Int
  ) {
    guard entry.isObject else {
      error(
        "an entry of `\(direction.rawValue)` is \(entry.kindName)",
        "expected a mapping such as `{protocol: tcp, ports: 443, \(peerKey(direction)): 10.0.0.0/16}`",
        entry)
      append(
        [Part(value: .all, unknown: label)],
        [
          PeerPart(
            fact: .unknown(name: label), text: "(not readable)", span: entry.span, unknown: label)
        ],
        direction, note: nil, to: group)
      return
    }
    let wrongKey: StaticString = direction == .ingress ? "to" : "from"
    refuseUnknownKeys(
      of: entry, valid: ["protocol", "ports", "type", "code", peerKey(direction), "description"],
      in: "an entry of `\(direction.rawValue)`", except: wrongKey)
    var note: String?
    if let description = entry["description"], !description.isNull {
      note = description.scalarText
      if note == nil {
        error("`description` is \(description.kindName)", "expected a text", description)
      }
    }
    let services = services(of: entry, label)
    let peers = peers(of: entry, direction, label, group)
    let product = services.count * peers.count
    guard product <= Self.entryLimit - entryCount else {
      error(
        "the file has more than \(Self.entryLimit) combinations of ports and peers",
        "EC2 allows at most 1,000 for an interface", entry)
      append(
        [Part(value: .all, unknown: label)],
        [
          PeerPart(
            fact: .unknown(name: label), text: "(too many)", span: entry.span, unknown: label)
        ],
        direction, note: note, to: group)
      return
    }
    entryCount += product
    append(services, peers, direction, note: note, to: group)
  }

  private func peerKey(_ direction: Direction) -> String { direction.preposition }

  private mutating func append(
    _ services: [Part<ServiceRange>], _ peers: [PeerPart], _ direction: Direction, note: String?,
    to group: Int
  ) {
    for service in services {
      for peer in peers {
        let reason = service.unknown ?? peer.unknown
        facts.groups[group].entries.append(
          EntryFact(
            direction: direction, peer: peer.fact,
            origin: Origin(
              .yaml, span: peer.span, services: service.value, peerText: peer.text, reason: reason,
              note: note),
            isCertain: reason == nil))
      }
    }
  }

  // MARK: Services

  private mutating func services(of entry: Value, _ label: String) -> [Part<ServiceRange>] {
    guard let value = entry["protocol"], !value.isNull else {
      error("an entry is without `protocol`", EntryText.expectedProtocol, entry)
      return [Part(value: .all, unknown: "\(label).protocol")]
    }
    guard let text = value.scalarText, let choice = EntryText.protocolChoice(text) else {
      let help = Suggestion.closest(
        to: value.scalarText ?? "", among: ["tcp", "udp", "icmp", "icmpv6", "all"])
      error(
        "unknown protocol \(shown(value))",
        help.map { "did you mean `\($0)`?" } ?? EntryText.expectedProtocol, value)
      return [Part(value: .all, unknown: "\(label).protocol")]
    }
    guard case .number(let number) = choice else {
      return withoutPorts(entry, .all, "all protocols have no ports: EC2 opens everything", label)
    }
    if ProtocolNumber.hasPorts(number) { return ports(of: entry, number, label) }
    if ProtocolNumber.hasTypes(number) { return types(of: entry, number, label) }
    return withoutPorts(
      entry, ServiceRange(protocol: number),
      "protocol \(number) has no ports: EC2 opens all of it", label)
  }

  /// The services of an entry that has no ports, types or codes; one that has some is not certain.
  private mutating func withoutPorts(
    _ entry: Value, _ services: ServiceRange, _ why: String, _ label: String
  ) -> [Part<ServiceRange>] {
    var unknown: String?
    for key in ["ports", "type", "code"] {
      guard let value = entry.member(named: key) else { continue }
      error("`\(key)` means nothing here", "\(why); leave the key out", value)
      unknown = unknown ?? "\(label).\(key)"
    }
    return [Part(value: services, unknown: unknown)]
  }

  private mutating func ports(
    of entry: Value, _ number: UInt8, _ label: String
  ) -> [Part<ServiceRange>] {
    let whole = ServiceRange(protocol: number)
    let name = ProtocolNumber.name(number)
    for key in ["type", "code"] {
      guard let value = entry.member(named: key) else { continue }
      error("`\(key)` means nothing for \(name)", "write `ports`", value)
    }
    guard let value = entry["ports"], !value.isNull else {
      error(
        "\(name) is without `ports`", "write `ports: 0-65535` where all of them are open", entry)
      return [Part(value: whole, unknown: "\(label).ports")]
    }
    let elements = value.isArray ? Array(value.elements) : [value]
    guard !elements.isEmpty else {
      error("`ports` is empty", PortText.expected, value)
      return [Part(value: whole, unknown: "\(label).ports")]
    }
    return elements.enumerated().map { (index, element) in
      do throws(PortText.Problem) {
        guard let text = element.scalarText else {
          throw PortText.Problem(message: "a port is \(element.kindName)", help: PortText.expected)
        }
        return Part(value: ServiceRange(protocol: number, ports: try PortText.read(text)))
      } catch {
        self.error(error.message, error.help, element)
        let suffix = value.isArray ? "[\(index)]" : ""
        return Part(value: whole, unknown: "\(label).ports\(suffix)")
      }
    }
  }

  private mutating func types(
    of entry: Value, _ number: UInt8, _ label: String
  ) -> [Part<ServiceRange>] {
    let whole = ServiceRange(protocol: number)
    let name = ProtocolNumber.name(number)
    if let value = entry["ports"] {
      error(
        "`ports` means nothing for \(name)", "write `type`, and `code` where only one is open",
        value)
      return [Part(value: whole, unknown: "\(label).ports")]
    }
    func read(_ key: StaticString) -> (number: Int?, isBad: Bool) {
      guard let value = entry[key] else { return (nil, false) }
      guard let text = value.scalarText, let number = text == "-1" ? -1 : DecimalText.read(text)
      else { return (nil, true) }
      return (number, number > 255)
    }
    let type = read("type")
    let code = read("code")
    for (part, key) in [(type, "type"), (code, "code")] where part.isBad {
      if let value = entry.member(named: key) {
        error("\(name) has no \(key) \(shown(value))", "expected a number from 0 to 255", value)
        return [Part(value: whole, unknown: "\(label).\(key)")]
      }
    }
    do throws(EntryText.PortError) {
      return [
        Part(value: try EntryText.services(.number(number), from: type.number, to: code.number))
      ]
    } catch {
      // The only one that is left: a code for all types.
      self.error(error.message, "write the `type` that the code belongs to", entry["code"] ?? entry)
      return [Part(value: error.services, unknown: "\(label).code")]
    }
  }

  // MARK: Peers

  private mutating func peers(
    of entry: Value, _ direction: Direction, _ label: String, _ group: Int
  ) -> [PeerPart] {
    let key = peerKey(direction)
    func unknown(_ name: String, _ text: String, _ value: Value) -> PeerPart {
      PeerPart(fact: .unknown(name: name), text: text, span: value.span, unknown: name)
    }
    guard let value = entry.member(named: key), !value.isNull else {
      if let wrong = entry.members.first(where: { $0.key.hasText("from") || $0.key.hasText("to") }),
        !wrong.key.hasText(direction == .ingress ? "from" : "to")
      {
        error(
          "\(shown(wrong.key)) does not belong into `\(direction.rawValue)`",
          "there, peers are written as `\(key)`", wrong.key)
      } else {
        error("an entry is without `\(key)`", PeerText.expected, entry)
      }
      return [unknown("\(label).\(key)", "(not written)", entry)]
    }
    if let wrong = entry[direction == .ingress ? "to" : "from"] {
      error(
        "an entry of `\(direction.rawValue)` has both `from` and `to`",
        "there, peers are written as `\(key)`", wrong)
    }
    let elements = value.isArray ? Array(value.elements) : [value]
    if elements.isEmpty {
      facts.issues.append(
        Issue(
          .warning, "an entry without peers allows nothing",
          help: "EC2 keeps no such entry; remove it",
          at: value.span))
    }
    return elements.enumerated().map { (index, element) in
      let name = "\(label).\(key)" + (value.isArray ? "[\(index)]" : "")
      guard let text = element.scalarText, !element.isNull else {
        error(
          "a peer is \(element.isNull ? "without a value" : element.kindName)", PeerText.expected,
          element)
        return unknown(name, "(not readable)", element)
      }
      guard let fact = peer(element, text) else {
        return unknown(name, Suggestion.clipped(text), element)
      }
      return PeerPart(
        fact: fact, text: fact == .ownVPC ? "the VPC's CIDRs" : text, span: element.span)
    }
  }

  private mutating func peer(_ value: Value, _ text: String) -> PeerFact? {
    switch text {
    case "vpc": return .ownVPC
    case "self": return .group(.itself)
    default: break
    }
    if let cidr = try? CIDR(text) {
      warnOfHostBits(cidr, text, value)
      switch cidr.block {
      case .v4(let range): return .v4(range)
      case .v6(let range): return .v6(range)
      }
    }
    if text.hasPrefix("sg-") {
      return checkID(value, text, prefix: "sg-") ? .group(.id(text)) : nil
    }
    if text.hasPrefix("pl-") {
      return checkID(value, text, prefix: "pl-") ? .prefixList(.id(text)) : nil
    }
    let groups = groupsByName[text] ?? []
    switch (listsByName[text], groups.count) {
    case (let list?, 0): return .prefixList(.fact(list))
    case (nil, 1): return groups.first.map { .group(.fact($0)) }
    case (_?, _):
      error(
        "\(shown(value)) is the name of a prefix list and of a group", "write the id, sg-… or pl-…",
        value)
    case (nil, 2...):
      error("\(shown(value)) is the name of \(groups.count) groups", "write the id, sg-…", value)
    case (nil, _): refuseName(value, text)
    }
    return nil
  }

  private mutating func refuseName(_ value: Value, _ text: String) {
    do throws(CIDRText.Problem) {
      if CIDRText.isAddressLike(text) { _ = try CIDRText.read(text) }
    } catch {
      self.error(error.message, error.help, value)
      return
    }
    let everyone = ["anyone", "any", "all", "*", "internet", "world"]
    if everyone.contains(text.lowercased()) {
      error("unknown peer \(shown(value))", "every address is `0.0.0.0/0` and `\"::/0\"`", value)
      return
    }
    let names = ["vpc", "self"] + listsByName.keys.sorted() + groupsByName.keys.sorted()
    error(
      "unknown peer \(shown(value))",
      Suggestion.closest(to: text, among: names).map { "did you mean `\($0)`?" }
        ?? PeerText.expected,
      value)
  }

  // MARK: Names and ids

  private mutating func name(of value: Value, what: String) -> String? {
    guard let name = value["name"], !name.isNull else { return nil }
    guard let text = name.scalarText, !text.isEmpty else {
      error("the name of a \(what) is \(shown(name))", "expected a text", name)
      return nil
    }
    guard what != "VPC" else { return text }
    let isTaken =
      ["vpc", "self"].contains(text)
      || ["sg-", "pl-"].contains { text.hasPrefix($0) }
      || (try? CIDR(text)) != nil
    if isTaken {
      error(
        "\(shown(name)) cannot be the name of a \(what): as a peer it means something else",
        "expected a name that is not `vpc` or `self`, no CIDR, and does not begin with sg- or pl-",
        name)
    }
    return text
  }

  private mutating func requireNameOrID(_ value: Value, _ what: String) {
    if value["name"] == nil, value["id"] == nil {
      error("a \(what) is without `name`", "give it a `name` or an `id`", value)
    }
  }

  private mutating func id(of value: Value, prefix: String) -> String? {
    guard let id = value["id"], !id.isNull else { return nil }
    guard let text = id.scalarText else {
      error("`id` is \(id.kindName)", "expected \(prefix)…", id)
      return nil
    }
    guard checkID(id, text, prefix: prefix) else { return nil }
    if !ids.insert(text).inserted {
      error("the id \(shown(id)) is given twice", "each thing is written once, with one id", id)
      return nil
    }
    return text
  }

  /// Reports an id that EC2 cannot have written; false where it is no id at all.
  @discardableResult
  private mutating func checkID(_ value: Value, _ text: String, prefix: String) -> Bool {
    let rest = text.utf8.dropFirst(prefix.utf8.count)
    guard text.hasPrefix(prefix), !rest.isEmpty,
      rest.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A })
    else {
      error("\(shown(value)) is no id", "expected \(prefix) and 8 or 17 hexadecimal digits", value)
      return false
    }
    let isHexadecimal = rest.allSatisfy { $0 <= 0x66 }
    if !isHexadecimal || (rest.count != 8 && rest.count != 17) {
      facts.issues.append(
        Issue(
          .warning, "\(shown(value)) is not an id as EC2 writes them",
          help: "expected \(prefix) and 8 or 17 hexadecimal digits", at: value.span))
    }
    return true
  }

  // MARK: Issues

  private mutating func error(_ message: String, _ help: String, _ value: Value) {
    facts.issues.append(Issue(.error, message, help: help, at: value.span))
  }

  private func shown(_ value: Value) -> String {
    value.isObject || value.isArray ? value.kindName : "`\(Suggestion.clipped(value.text))`"
  }

  private mutating func refuseUnknownKeys(
    of value: Value, valid: [String], in what: String, except: StaticString? = nil
  ) {
    for (key, _) in value.members {
      if let except, key.hasText(except) { continue }
      let text = key.text
      if valid.contains(text) { continue }
      error("unknown key \(shown(key)) in \(what)", Suggestion.help(for: text, among: valid), key)
    }
  }

  /// The elements of a list, where there is one.
  private mutating func elements(_ value: Value?, _ key: String) -> [Value] {
    guard let value else { return [] }
    guard value.isArray else {
      error(
        "`\(key)` is \(value.isNull ? "without a value" : value.kindName)", "expected a list", value
      )
      return []
    }
    return Array(value.elements)
  }
}
