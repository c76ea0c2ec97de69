public import SGModel

/// CIDRs of a VPC that the user gave because no input has them.
public struct GivenCIDR: Hashable, Sendable {
  /// The VPC's id or address; nothing: every VPC whose CIDRs no input shows.
  public var vpc: String?
  /// The block.
  public var block: CIDR.Block

  /// Creates a given CIDR.
  public init(vpc: String?, block: CIDR.Block) {
    self.vpc = vpc
    self.block = block
  }
}

/// Joins the facts of all inputs into one estate, in time linear in their number.
struct Linker {
  private var estate = Estate()
  private var given: [GivenCIDR]
  private var usedGiven: Set<Int> = []

  private var groups: [GroupFact] = []
  private var inputOfGroup: [Int] = []
  private var groupByID: [String: Int] = [:]
  /// Where each fact of each input ended up.
  private var groupOfFact: [[Int]] = []
  private var vpcByID: [String: Int] = [:]
  private var vpcOfFact: [[Int]] = []
  private var namedGroups: [[String: Int]] = []
  private var prefixLists: [PrefixListFact] = []
  private var prefixListByID: [String: Int] = [:]
  private var prefixListOfFact: [[Int]] = []
  private var interfaceAddresses: [Int: PeerSet] = [:]
  private var vpcsOfGroup: [[Int]] = []
  private var atomOfGroup: [Int: Atom] = [:]

  init(given: [GivenCIDR]) { self.given = given }

  /// Joins the facts of all inputs. `inputs[i]` is where `facts[i]` came from.
  mutating func link(_ facts: [Facts], inputs: [Input]) -> Estate {
    estate.inputs = inputs
    for fact in facts { estate.issues += fact.issues }
    linkVPCs(facts)
    linkPrefixLists(facts)
    linkGroups(facts)
    linkLooseEntries(facts)
    linkInterfaces(facts)
    linkAssociations(facts)
    applyGiven()
    emitGroups()
    return estate
  }

  private mutating func warn(_ message: String, _ help: String?, _ span: SourceSpan?) {
    estate.issues.append(Issue(.warning, message, help: help, at: span))
  }

  // MARK: VPCs

  private mutating func linkVPCs(_ facts: [Facts]) {
    for fact in facts {
      var indices: [Int] = []
      for vpc in fact.vpcs {
        let unknown = vpc.unknownCIDRs.map {
          estate.atoms.intern(.unknown, $0, upper: VPC.possible)
        }
        if let id = vpc.id, let known = vpcByID[id] {
          // What any input knows of it is known; unknowns stay only where no input knows all.
          if vpc.unknownCIDRs.isEmpty || estate.vpcs[known].unknown.isEmpty {
            estate.vpcs[known].unknown = []
          } else {
            estate.vpcs[known].unknown += unknown
          }
          estate.vpcs[known].known.formUnion(vpc.cidrs)
          estate.vpcs[known].address = estate.vpcs[known].address ?? vpc.address
          indices.append(known)
          continue
        }
        if let id = vpc.id { vpcByID[id] = estate.vpcs.count }
        indices.append(estate.vpcs.count)
        estate.vpcs.append(
          VPC(id: vpc.id, address: vpc.address, known: vpc.cidrs, unknown: unknown))
      }
      vpcOfFact.append(indices)
    }
  }

  private mutating func index(of reference: VPCReference, input: Int) -> Int {
    switch reference {
    case .fact(let fact): return vpcOfFact[input][fact]
    case .id(let id):
      if let known = vpcByID[id] { return known }
      vpcByID[id] = estate.vpcs.count
      estate.vpcs.append(unseenVPC(id: id, name: id))
      return estate.vpcs.count - 1
    case .unknown(let name):
      // Another attribute may well name another VPC.
      let key = "\(input)\u{0}\(name)"
      if let known = vpcByID[key] { return known }
      vpcByID[key] = estate.vpcs.count
      estate.vpcs.append(unseenVPC(id: nil, name: name))
      return estate.vpcs.count - 1
    }
  }

  private mutating func unseenVPC(id: String?, name: String) -> VPC {
    VPC(
      id: id, address: id == nil ? name : nil, known: PeerSet(),
      unknown: [estate.atoms.intern(.vpc, name, upper: VPC.possible)])
  }

  /// Gives VPCs the CIDRs of the command line.
  private mutating func applyGiven() {
    for (number, item) in given.enumerated() {
      let peer: Peer =
        switch item.block {
        case .v4(let range): .v4(range)
        case .v6(let range): .v6(range)
        }
      for index in estate.vpcs.indices {
        let vpc = estate.vpcs[index]
        if let wanted = item.vpc {
          guard wanted == vpc.id || wanted == vpc.address else { continue }
        } else {
          guard given.contains(where: { $0.vpc == nil }), isUnseen(index) else { continue }
        }
        usedGiven.insert(number)
        estate.vpcs[index].known.formUnion(PeerSet([peer]))
      }
    }
    for index in estate.vpcs.indices {
      let wanted = estate.vpcs[index]
      let isGiven = given.contains {
        $0.vpc == nil ? isUnseen(index) : $0.vpc == wanted.id || $0.vpc == wanted.address
      }
      if isGiven { estate.vpcs[index].unknown = [] }
    }
    for (number, item) in given.enumerated() where !usedGiven.contains(number) {
      guard let vpc = item.vpc else {
        warn(
          "--vpc-cidr without a VPC is not used: the CIDRs of every VPC are in the input",
          "name the VPC: --vpc-cidr vpc-0123=CIDR", nil)
        continue
      }
      warn("--vpc-cidr names \(vpc), which no group is in", nil, nil)
    }
  }

  private func isUnseen(_ vpc: Int) -> Bool {
    estate.vpcs[vpc].unknown.contains { estate.atoms[$0].kind == .vpc || estate.vpcs[vpc].known.isEmpty }
  }

  // MARK: Prefix lists

  private mutating func linkPrefixLists(_ facts: [Facts]) {
    for fact in facts {
      var indices: [Int] = []
      for list in fact.prefixLists {
        if let id = list.id, let known = prefixListByID[id] {
          // The description of a list and its entries come from two calls.
          if let entries = list.entries {
            prefixLists[known].entries = entries
            prefixLists[known].unknownEntries = list.unknownEntries
          }
          prefixLists[known].name = prefixLists[known].name ?? list.name
          indices.append(known)
          continue
        }
        if let id = list.id { prefixListByID[id] = prefixLists.count }
        indices.append(prefixLists.count)
        prefixLists.append(list)
      }
      prefixListOfFact.append(indices)
    }
  }

  /// The boxes' peers that a prefix list stands for.
  private mutating func peers(of reference: PrefixListReference, input: Int) -> [Peer] {
    let index: Int
    switch reference {
    case .fact(let fact): index = prefixListOfFact[input][fact]
    case .id(let id):
      guard let known = prefixListByID[id] else {
        return [.atom(estate.atoms.intern(.prefixList, id))]
      }
      index = known
    }
    let list = prefixLists[index]
    let name = list.id ?? list.address ?? list.name ?? "(unnamed list)"
    guard let entries = list.entries else { return [.atom(estate.atoms.intern(.prefixList, name))] }
    var result = entries.v4.map { Peer.v4($0) } + entries.v6.map { Peer.v6($0) }
    if list.unknownEntries != nil {
      result.append(.atom(estate.atoms.intern(.prefixList, name, lower: entries)))
    }
    return result
  }

  // MARK: Groups

  private mutating func linkGroups(_ facts: [Facts]) {
    for (input, fact) in facts.enumerated() {
      var indices: [Int] = []
      var named: [String: Int] = [:]
      for group in fact.groups {
        let index = merge(group, input: input, isPlan: fact.kind.hasPrefix("terraform"), facts)
        indices.append(index)
        if let address = group.address { named[address] = index }
        if let name = group.name, named[name] == nil { named[name] = index }
      }
      groupOfFact.append(indices)
      namedGroups.append(named)
    }
  }

  private func isUnseen(_ group: GroupFact) -> Bool {
    group.entries.isEmpty && group.unseen.count == Direction.allCases.count
  }

  private mutating func merge(
    _ group: GroupFact, input: Int, isPlan: Bool, _ facts: [Facts]
  ) -> Int {
    guard let id = group.id, let known = groupByID[id] else {
      if let id = group.id { groupByID[id] = groups.count }
      groups.append(group)
      inputOfGroup.append(input)
      return groups.count - 1
    }
    let other = groups[known]
    let otherIsPlan = facts[inputOfGroup[known]].kind.hasPrefix("terraform")
    if isUnseen(other) || (isPlan && !otherIsPlan && !isUnseen(group)) {
      // What a plan will make of a group counts for more than what it is now.
      var better = group
      better.isOnPNIInterface = better.isOnPNIInterface || other.isOnPNIInterface
      better.entries += isUnseen(other) ? other.entries : []
      groups[known] = better
      inputOfGroup[known] = input
      return known
    }
    if isUnseen(group) || (otherIsPlan && !isPlan) {
      // Entries that a plan adds to a group it does not manage stay with the group.
      groups[known].entries += isUnseen(group) ? group.entries : []
      return known
    }
    guard inputOfGroup[known] != input || !same(other, group) else { return known }
    if same(other, group) { return known }
    estate.issues.append(
      Issue(
        .error,
        "\(id) differs between \(estate.inputs[inputOfGroup[known]].path) and \(estate.inputs[input].path)",
        help: "give only the newer of the two", at: group.span))
    let left = boxes(other)
    let right = boxes(group)
    groups[known].entries = other.entries.map { mark($0, isCertain: right.contains(box($0)), id) }
    groups[known].entries += group.entries.filter { !left.contains(box($0)) }
      .map { mark($0, isCertain: false, id) }
    return known
  }

  private struct Box: Hashable {
    var direction: Direction
    var services: ServiceRange
    var peer: PeerFact
  }

  private func box(_ entry: EntryFact) -> Box {
    Box(direction: entry.direction, services: entry.origin.services, peer: entry.peer)
  }

  private func boxes(_ group: GroupFact) -> Set<Box> { Set(group.entries.map { box($0) }) }

  private func same(_ left: GroupFact, _ right: GroupFact) -> Bool {
    boxes(left) == boxes(right) && left.unseen == right.unseen
  }

  private func mark(_ entry: EntryFact, isCertain: Bool, _ id: String) -> EntryFact {
    var entry = entry
    if !isCertain {
      entry.isCertain = false
      entry.origin.reason = entry.origin.reason ?? "which of the two inputs shows \(id) as it is"
    }
    return entry
  }

  /// The group that a reference names; a group that no input shows is made where `create` says so.
  private mutating func index(
    of reference: GroupReference, input: Int, own: Int?, create: Bool
  ) -> Int? {
    switch reference {
    case .fact(let fact): return groupOfFact[input][fact]
    case .named(let name): return namedGroups[input][name]
    case .itself: return own
    case .id(let id):
      if let known = groupByID[id] { return known }
      guard create else { return nil }
      var group = GroupFact()
      group.id = id
      for direction in Direction.allCases {
        group.unseen[direction] = "the entries of \(id), which no input shows"
      }
      groupByID[id] = groups.count
      groups.append(group)
      inputOfGroup.append(input)
      return groups.count - 1
    }
  }

  /// Rules that were listed by themselves: they name entries of groups that are shown, and are all
  /// that is known of groups that are not.
  private mutating func linkLooseEntries(_ facts: [Facts]) {
    var entryAt: [Int: [Box: Int]] = [:]
    var fromRulesAlone: Set<Int> = []
    let shownOnInterfaces: Set<String> = Set(
      facts.flatMap { $0.interfaces }.flatMap { $0.groups }.compactMap {
        if case .id(let id) = $0 { id } else { nil }
      })
    for (input, fact) in facts.enumerated() {
      for (reference, entry) in fact.looseEntries {
        var isNew = false
        if case .id(let id) = reference, groupByID[id] == nil { isNew = true }
        guard let group = index(of: reference, input: input, own: nil, create: true) else { continue }
        if isNew { fromRulesAlone.insert(group) }
        if fromRulesAlone.contains(group) {
          groups[group].entries.append(entry)
          groups[group].span = groups[group].span ?? entry.origin.span
          groups[group].unseen[entry.direction] = nil
          continue
        }
        if entryAt[group] == nil {
          var boxes: [Box: Int] = [:]
          for (index, entry) in groups[group].entries.enumerated() { boxes[box(entry)] = index }
          entryAt[group] = boxes
        }
        if let known = entryAt[group]?[box(entry)] {
          groups[group].entries[known].origin.id = groups[group].entries[known].origin.id ?? entry.origin.id
        } else if !facts[inputOfGroup[group]].kind.hasPrefix("terraform") {
          warn(
            "\(groups[group].id ?? "a group") has a rule here (\(entry.origin.text(entry.direction))) that the description of the group does not show",
            "the two outputs are of different times: describe both again", entry.origin.span)
          groups[group].entries.append(
            mark(entry, isCertain: false, groups[group].id ?? "the group"))
        }
      }
    }
    // A list of rules cannot show that a group has none.
    for group in fromRulesAlone {
      guard let id = groups[group].id else { continue }
      for direction in Direction.allCases where groups[group].unseen[direction] != nil {
        groups[group].unseen[direction] =
          shownOnInterfaces.contains(id)
          ? nil
          : "whether \(id) has any \(direction.rawValue): a list of rules cannot show that it has none"
      }
    }
  }

  // MARK: Interfaces and associations

  private mutating func linkInterfaces(_ facts: [Facts]) {
    for (input, fact) in facts.enumerated() {
      for interface in fact.interfaces {
        if interface.isPNI { estate.showsPNIInterfaces = true }
        for reference in interface.groups {
          guard
            let group = index(
              of: reference, input: input, own: nil, create: interface.isPNI)
          else { continue }
          if interface.isPNI { groups[group].isOnPNIInterface = true }
          if groups[group].vpc == nil { groups[group].vpc = interface.vpc }
          interfaceAddresses[group, default: PeerSet()].formUnion(interface.addresses)
        }
      }
    }
    for group in groups where group.isOnPNIInterface { estate.showsPNIInterfaces = true; break }
  }

  private mutating func linkAssociations(_ facts: [Facts]) {
    vpcsOfGroup = Array(repeating: [], count: groups.count)
    for index in groups.indices {
      if let vpc = groups[index].vpc {
        vpcsOfGroup[index].append(self.index(of: vpc, input: inputOfGroup[index]))
      }
      for vpc in groups[index].furtherVPCs {
        vpcsOfGroup[index].append(self.index(of: vpc, input: inputOfGroup[index]))
      }
    }
    for (input, fact) in facts.enumerated() {
      for (group, vpc) in fact.associations {
        guard let target = index(of: group, input: input, own: nil, create: false) else { continue }
        let vpc = index(of: vpc, input: input)
        if !vpcsOfGroup[target].contains(vpc) { vpcsOfGroup[target].append(vpc) }
      }
    }
  }

  // MARK: The estate

  private mutating func atom(ofGroup index: Int) -> Atom {
    if let known = atomOfGroup[index] { return known }
    let group = groups[index]
    var upper = vpcsOfGroup[index].reduce(PeerSet()) { $0.union(estate.vpcs[$1].peers) }
    if vpcsOfGroup[index].isEmpty { upper = VPC.possible }
    let atom = estate.atoms.intern(
      .group, group.id ?? group.address ?? group.name ?? "group \(index)",
      lower: (interfaceAddresses[index] ?? PeerSet()).intersection(upper), upper: upper)
    atomOfGroup[index] = atom
    return atom
  }

  private mutating func peers(of fact: PeerFact, input: Int, group: Int) -> [Peer] {
    switch fact {
    case .v4(let range): return [.v4(range)]
    case .v6(let range): return [.v6(range)]
    case .prefixList(let reference): return peers(of: reference, input: input)
    case .unknown(let name): return [.atom(estate.atoms.intern(.unknown, name))]
    case .group(let reference):
      if let target = index(of: reference, input: input, own: group, create: false) {
        return [.atom(atom(ofGroup: target))]
      }
      // A group that no input shows: its interfaces are somewhere in some VPC.
      let name: String
      switch reference {
      case .id(let id): name = id
      case .named(let text): name = text
      case .fact, .itself: name = "an unknown group"
      }
      return [.atom(estate.atoms.intern(.group, name, upper: VPC.possible))]
    case .cidrOfVPC(let reference, let name):
      let vpc = estate.vpcs[index(of: reference, input: input)]
      return [.atom(estate.atoms.intern(.unknown, name, upper: vpc.peers))]
    case .ownVPC:
      let peers = vpcsOfGroup[group].reduce(PeerSet()) { $0.union(estate.vpcs[$1].peers) }
      return peers.v4.map { .v4($0) } + peers.v6.map { .v6($0) } + peers.atoms.map { .atom($0) }
    }
  }

  private mutating func emitGroups() {
    for index in groups.indices {
      let fact = groups[index]
      let input = inputOfGroup[index]
      var group = SecurityGroup(
        id: fact.id, address: fact.address, name: fact.name, input: input)
      group.vpcs = vpcsOfGroup[index]
      group.vpcLabel = group.vpcs.first.map { estate.vpcs[$0].label }
      group.span = fact.span
      group.related = fact.related
      group.ingressSpan = fact.ingressSpan
      group.egressSpan = fact.egressSpan
      group.owner = fact.owner
      group.region = fact.region
      group.tags = fact.tags
      group.notes = fact.notes
      group.isOnPNIInterface = fact.isOnPNIInterface
      group.isUnseen = isUnseen(fact)
      group.ingress = emitEntries(fact, .ingress, index, input)
      group.egress = emitEntries(fact, .egress, index, input)
      estate.groups.append(group)
      if !group.isUnseen { estate.inputs[input].groups += 1 }
    }
  }

  private mutating func emitEntries(
    _ fact: GroupFact, _ direction: Direction, _ index: Int, _ input: Int
  ) -> Range<Int> {
    let start = estate.permissions.count
    for entry in fact.entries where entry.direction == direction {
      let origin = Int32(estate.origins.count)
      estate.origins.append(entry.origin)
      for peer in peers(of: entry.peer, input: input, group: index) {
        estate.permissions.append(
          Permission(
            services: entry.origin.services, peer: peer, origin: origin,
            isCertain: entry.isCertain,
            isPlaceholder: Permission.isPlaceholder(entry.origin.services, peer, direction)))
      }
    }
    if let name = fact.unseen[direction] {
      let origin = Int32(estate.origins.count)
      estate.origins.append(
        Origin(
          .unseen, span: (direction == .ingress ? fact.ingressSpan : fact.egressSpan) ?? fact.span,
          services: .all, peerText: "(not shown)", reason: name))
      estate.permissions.append(
        Permission(
          services: .all, peer: .atom(estate.atoms.intern(.unknown, name)), origin: origin,
          isCertain: false))
    }
    return start..<estate.permissions.count
  }
}
