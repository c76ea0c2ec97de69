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
struct Linker: Sendable {
  private(set) var estate = Estate()
  /// Entries of groups that are kept short; nothing where there are none.
  private(set) var short: ShortEntries?
  /// The rules of each input that are kept short.
  private var ruleLists: [TFRuleList?] = []
  /// Groups that were left in their files; nothing where all are in memory.
  private let directory: GroupDirectory?
  /// Of the VPCs of each shelf, their indices in the estate.
  private var vpcsOfShelf: [[Int]] = []
  private(set) var shelvedAddresses: [Int: PeerSet] = [:]
  /// For a VPC the atom of a group in it of which no address is known.
  private var modelsOfVPC: [Int: Atom] = [:]
  /// The ids of groups that were left in their files, by their atoms, where these have no name.
  private(set) var shelvedKeys: [Atom: ResourceKey] = [:]
  /// The numbers of groups that were left in their files and are on an interface of PNI.
  private(set) var shelvedOnPNIInterfaces: Set<Int> = []
  private var given: [GivenCIDR]
  private var usedGiven: Set<Int> = []

  private var groups: [GroupFact] = []
  private var inputOfGroup: [Int] = []
  private var groupByID = IDTable()
  /// Where each fact of each input ended up.
  private(set) var groupOfFact: [[Int]] = []
  private var vpcByID = IDTable()
  private var vpcByName: [String: Int] = [:]
  private var vpcOfFact: [[Int]] = []
  private var prefixLists: [PrefixListFact] = []
  private var prefixListByID = IDTable()
  private var prefixListOfFact: [[Int]] = []
  private var floatsOfGroup: [[FloatKey]] = []
  private var interfaceAddresses: [Int: PeerSet] = [:]
  private var floating: [[FloatingFact]] = []
  private var emittedFloats: [FloatKey: [FloatingPermission]] = [:]
  private var vpcsOfGroup: [[Int]] = []
  private var atomOfGroup: [Atom?] = []

  init(given: [GivenCIDR], directory: GroupDirectory? = nil) {
    self.given = given
    self.directory = directory
  }

  /// Joins the facts of all inputs.
  ///
  /// `inputs[i]` is where `facts[i]` came from. The groups and floating entries are taken out of the
  /// facts, so that no second copy of them is made.
  mutating func link(_ facts: inout [Facts], inputs: [Input]) {
    estate.inputs = inputs
    for input in facts.indices {
      estate.issues += facts[input].issues
      floating.append(facts[input].floating)
      facts[input].floating = []
      ruleLists.append(facts[input].rules)
      facts[input].rules = nil
    }
    linkVPCs(facts)
    linkShelves()
    linkPrefixLists(facts)
    linkGroups(&facts)
    linkLooseEntries(facts)
    linkInterfaces(facts)
    linkAssociations(facts)
    applyGiven()
    emitGroups()
  }

  private mutating func warn(_ message: String, _ help: String?, _ span: SourceSpan?) {
    estate.issues.append(Issue(.warning, message, help: help, at: span))
  }

  // MARK: VPCs

  private mutating func linkVPCs(_ facts: [Facts]) {
    for (input, fact) in facts.enumerated() {
      var indices: [Int] = []
      for vpc in fact.vpcs {
        let unknown = vpc.unknownCIDRs.map {
          estate.atoms.intern(.unknown, $0, scope: input + 1, upper: VPC.possible)
        }
        if let id = vpc.id, let known = vpcByID.find(id, in: vpc.region) {
          // What any input knows of it is known; unknowns stay only where no input knows all.
          if vpc.unknownCIDRs.isEmpty || estate.vpcs[known].unknown.isEmpty {
            estate.vpcs[known].unknown = []
          } else {
            estate.vpcs[known].unknown += unknown
          }
          estate.vpcs[known].known.formUnion(vpc.cidrs)
          estate.vpcs[known].address = estate.vpcs[known].address ?? vpc.address
          if vpc.isSensitive { estate.vpcs[known].isSensitive = true }
          indices.append(known)
          continue
        }
        if let id = vpc.id { vpcByID.insert(id, in: vpc.region, estate.vpcs.count) }
        indices.append(estate.vpcs.count)
        var new = VPC(id: vpc.id, address: vpc.address, known: vpc.cidrs, unknown: unknown)
        new.isSensitive = vpc.isSensitive
        estate.vpcs.append(new)
      }
      vpcOfFact.append(indices)
    }
  }

  /// The VPCs of groups that were left in their files are known by the same indices as all others.
  private mutating func linkShelves() {
    for (shelf, input) in directory?.shelves ?? [] {
      vpcsOfShelf.append(
        shelf.vpcs.map {
          index(of: .id($0.text(prefix: "vpc-")), input: input, region: shelf.region)
        })
    }
  }

  private mutating func index(of reference: VPCReference, input: Int, region: String?) -> Int {
    switch reference {
    case .fact(let fact): return vpcOfFact[input][fact]
    case .id(let id):
      if let known = vpcByID.find(id, in: region) { return known }
      vpcByID.insert(id, in: region, estate.vpcs.count)
      estate.vpcs.append(unseenVPC(id: id, name: id, scope: 0))
      return estate.vpcs.count - 1
    case .unknown(let name):
      // Another attribute may well name another VPC.
      let key = "\(input)\u{0}\(name)"
      if let known = vpcByName[key] { return known }
      vpcByName[key] = estate.vpcs.count
      estate.vpcs.append(unseenVPC(id: nil, name: name, scope: input + 1))
      return estate.vpcs.count - 1
    }
  }

  private mutating func unseenVPC(id: String?, name: String, scope: Int) -> VPC {
    VPC(
      id: id, address: id == nil ? name : nil, known: PeerSet(),
      unknown: [estate.atoms.intern(.vpc, name, scope: scope, upper: VPC.possible)])
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
      if let vpc = item.vpc {
        warn("--vpc-cidr names \(vpc), which no group is in", nil, nil)
      } else if estate.vpcs.isEmpty {
        // Each group is in a VPC, if only in one of its own.
        warn("--vpc-cidr without a VPC is not used: no group was read", nil, nil)
      } else {
        warn(
          "--vpc-cidr without a VPC is not used: every VPC has CIDRs in the input",
          "name the VPC: --vpc-cidr vpc-0123=CIDR", nil)
      }
    }
  }

  private func isUnseen(_ vpc: Int) -> Bool {
    estate.vpcs[vpc].unknown.contains {
      estate.atoms[$0].kind == .vpc || estate.vpcs[vpc].known.isEmpty
    }
  }

  // MARK: Prefix lists

  private mutating func linkPrefixLists(_ facts: [Facts]) {
    for fact in facts {
      var indices: [Int] = []
      for list in fact.prefixLists {
        if let id = list.id, let known = prefixListByID.find(id, in: list.region) {
          // The description of a list and its entries come from two calls.
          if let entries = list.entries {
            prefixLists[known].entries = entries
            prefixLists[known].unknownEntries = list.unknownEntries
          }
          prefixLists[known].name = prefixLists[known].name ?? list.name
          indices.append(known)
          continue
        }
        if let id = list.id { prefixListByID.insert(id, in: list.region, prefixLists.count) }
        indices.append(prefixLists.count)
        prefixLists.append(list)
      }
      prefixListOfFact.append(indices)
    }
  }

  /// The boxes' peers that a prefix list stands for.
  private mutating func peers(
    of reference: PrefixListReference, input: Int, region: String?
  ) -> [Peer] {
    let index: Int
    switch reference {
    case .fact(let fact): index = prefixListOfFact[input][fact]
    case .id(let id):
      guard let known = prefixListByID.find(id, in: region) else {
        return [.atom(estate.atoms.intern(.prefixList, id))]
      }
      index = known
    }
    let list = prefixLists[index]
    let name = list.id ?? list.address ?? list.name ?? "(unnamed list)"
    let scope = list.id == nil ? index + 1 : 0
    guard let entries = list.entries else {
      return [.atom(estate.atoms.intern(.prefixList, name, scope: scope))]
    }
    var result = entries.v4.map { Peer.v4($0) } + entries.v6.map { Peer.v6($0) }
    if list.unknownEntries != nil {
      result.append(
        .atom(estate.atoms.intern(.prefixList, name, scope: scope, lower: entries)))
    }
    return result
  }

  // MARK: Groups

  private mutating func linkGroups(_ facts: inout [Facts]) {
    for input in facts.indices {
      var shown: [GroupFact] = []
      swap(&shown, &facts[input].groups)
      var indices: [Int] = []
      indices.reserveCapacity(shown.count)
      // A list that grows by itself takes up to twice its size.
      if groups.isEmpty { groups.reserveCapacity(shown.count) }
      let isPlan = facts[input].kind.hasPrefix("terraform")
      for number in shown.indices {
        indices.append(merge(&shown[number], input: input, isPlan: isPlan, facts))
      }
      groupOfFact.append(indices)
    }
  }

  /// Whether an input shows neither direction of a group as a whole; it may add to it.
  private func isPartial(_ group: GroupFact) -> Bool {
    group.unseen.count == Direction.allCases.count
  }

  private func isUnseen(_ group: GroupFact) -> Bool {
    group.entries.isEmpty && group.rules.isEmpty && isPartial(group)
  }

  /// Takes a group, and returns its index; what is left of it is of no use.
  private mutating func merge(
    _ new: inout GroupFact, input: Int, isPlan: Bool, _ facts: [Facts]
  ) -> Int {
    guard let id = new.id, let known = groupByID.find(id, in: new.region) else {
      if let id = new.id { groupByID.insert(id, in: new.region, groups.count) }
      inputOfGroup.append(input)
      floatsOfGroup.append(new.floating.map { FloatKey(input: input, index: $0) })
      // Moved, for a copy counts a reference to each of its parts.
      groups.append(GroupFact())
      swap(&groups[groups.count - 1], &new)
      return groups.count - 1
    }
    // Entries of two inputs can come to stand beside each other: each keeps whose it is.
    let other = marked(groups[known], inputOfGroup[known])
    let group = marked(new, input)
    floatsOfGroup[known] += group.floating.map { FloatKey(input: input, index: $0) }
    let otherIsPlan = facts[inputOfGroup[known]].kind.hasPrefix("terraform")
    // An input that only adds to a group leaves it as another shows it.
    if isPartial(other), !isPartial(group) {
      groups[known] = combine(group, with: other)
      inputOfGroup[known] = input
      return known
    }
    if isPartial(group) {
      groups[known] = combine(other, with: group)
      return known
    }
    // What a plan will make of a group counts for more than what it is now.
    if isPlan != otherIsPlan {
      if isPlan {
        var better = group
        better.isOnPNIInterface = better.isOnPNIInterface || other.isOnPNIInterface
        groups[known] = better
        inputOfGroup[known] = input
      }
      return known
    }
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
    // All of them are entries now.
    groups[known].rules = 0..<0
    return known
  }

  /// The group with all its entries marked as those of an input, but for those that are marked.
  private func marked(_ group: GroupFact, _ input: Int) -> GroupFact {
    var group = whole(group, input)
    for entry in group.entries.indices where group.entries[entry].input < 0 {
      group.entries[entry].input = input
    }
    for entry in group.removed.indices where group.removed[entry].input < 0 {
      group.removed[entry].input = input
    }
    return group
  }

  /// The group with all its entries in full.
  private func whole(_ group: GroupFact, _ input: Int) -> GroupFact {
    guard !group.rules.isEmpty, let list = ruleLists[input] else { return group }
    var group = group
    group.entries.reserveCapacity(group.entries.count + group.rules.count)
    for index in group.rules { group.entries.append(list.entry(ofFact: index)) }
    group.rules = 0..<0
    return group
  }

  /// A group as one input shows it, with what another adds and takes away.
  private func combine(_ shown: GroupFact, with part: GroupFact) -> GroupFact {
    var result = shown
    let gone = Set(part.removed.map { box($0) })
    let added = boxes(part)
    if !gone.isEmpty || !added.isEmpty {
      // What a resource owns is its own; what it no longer owns is gone.
      result.entries.removeAll { entry in
        let box = box(entry)
        return gone.contains(box) || added.contains(box)
      }
    }
    result.entries += part.entries
    result.removed += part.removed
    result.isOnPNIInterface = shown.isOnPNIInterface || part.isOnPNIInterface
    result.address = shown.address ?? part.address
    result.name = shown.name ?? part.name
    // An id means the same in every input, an index does not.
    if shown.vpc == nil, case .id? = part.vpc { result.vpc = part.vpc }
    return result
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
    of reference: GroupReference, input: Int, own: Int?, create: Bool, region: String? = nil
  ) -> Int? {
    switch reference {
    case .fact(let fact): return groupOfFact[input][fact]
    case .itself: return own
    case .id(let id):
      if let known = groupByID.find(id, in: region) { return known }
      guard create else { return nil }
      var group = GroupFact()
      group.id = id
      for direction in Direction.allCases {
        group.unseen[direction] = "the entries of \(id), which no input shows"
      }
      group.region = region
      groupByID.insert(id, in: region, groups.count)
      groups.append(group)
      inputOfGroup.append(input)
      floatsOfGroup.append([])
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
      for (reference, loose) in fact.looseEntries {
        var entry = loose
        entry.input = input
        var isNew = false
        if case .id(let id) = reference, groupByID.find(id, in: nil) == nil { isNew = true }
        guard let group = index(of: reference, input: input, own: nil, create: true) else {
          continue
        }
        groups[group] = whole(groups[group], inputOfGroup[group])
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
          groups[group].entries[known].origin.id =
            groups[group].entries[known].origin.id ?? entry.origin.id
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
        var attachment = Attachment(
          kind: interface.kind, id: interface.id, address: interface.address, input: input,
          unknown: interface.unknownGroups, isPNI: interface.isPNI)
        for (position, reference) in (interface.groups + interface.possibleGroups).enumerated() {
          if case .id(let id) = reference,
            let number = directory?.find(id, in: interface.region)
          {
            if interface.isPNI { shelvedOnPNIInterfaces.insert(number) }
            if position < interface.groups.count {
              shelvedAddresses[number, default: PeerSet()].formUnion(interface.addresses)
            }
            continue
          }
          guard
            let group = index(
              of: reference, input: input, own: nil, create: interface.isPNI,
              region: interface.region)
          else {
            if case .id(let id) = reference { attachment.unseenGroups.append(id) }
            continue
          }
          if interface.isPNI { groups[group].isOnPNIInterface = true }
          if position >= interface.groups.count {
            attachment.possibleGroups.append(group)
            continue
          }
          attachment.groups.append(group)
          if groups[group].vpc == nil, case .id? = interface.vpc {
            groups[group].vpc = interface.vpc
          }
          interfaceAddresses[group, default: PeerSet()].formUnion(interface.addresses)
        }
        estate.attachments.append(attachment)
      }
    }
    for group in groups where group.isOnPNIInterface { estate.showsPNIInterfaces = true; break }
  }

  private mutating func linkAssociations(_ facts: [Facts]) {
    vpcsOfGroup = Array(repeating: [], count: groups.count)
    for index in groups.indices {
      if let vpc = groups[index].vpc {
        vpcsOfGroup[index].append(
          self.index(of: vpc, input: inputOfGroup[index], region: groups[index].region))
      }
      for vpc in groups[index].furtherVPCs {
        vpcsOfGroup[index].append(
          self.index(of: vpc, input: inputOfGroup[index], region: groups[index].region))
      }
    }
    for (input, fact) in facts.enumerated() {
      for (group, vpc) in fact.associations {
        guard let target = index(of: group, input: input, own: nil, create: false) else { continue }
        let vpc = index(of: vpc, input: input, region: groups[target].region)
        if !vpcsOfGroup[target].contains(vpc) { vpcsOfGroup[target].append(vpc) }
      }
    }
    // Every group is in some VPC: one that is not named is not known, and is not none.
    for index in groups.indices where vpcsOfGroup[index].isEmpty {
      let label =
        groups[index].address ?? groups[index].id ?? groups[index].name ?? "group \(index)"
      vpcsOfGroup[index].append(estate.vpcs.count)
      estate.vpcs.append(
        VPC(
          id: nil, address: nil, known: PeerSet(),
          unknown: [
            estate.atoms.intern(.vpc, "the VPC of \(label)", upper: VPC.possible)
          ]))
    }
  }

  // MARK: The estate

  private mutating func atom(ofGroup index: Int) -> Atom {
    while atomOfGroup.count < groups.count { atomOfGroup.append(nil) }
    if let known = atomOfGroup[index] { return known }
    // One property after the other: a copy of all would count a reference to each part.
    let name =
      groups[index].id ?? groups[index].address ?? groups[index].name ?? "group \(index)"
    // Two plans may both have a group of that address.
    let isTaken = groups[index].id == nil && estate.atoms.atom(.group, name) != nil
    let scope = isTaken ? index + 1 : 0
    let atom: Atom
    // Of most groups nothing is known but their VPC.
    let only =
      vpcsOfGroup[index].count == 1 && interfaceAddresses[index] == nil
      ? vpcsOfGroup[index][0] : nil
    if let only, let model = modelsOfVPC[only] {
      atom = estate.atoms.intern(.group, name, scope: scope, like: model)
    } else {
      let vpcs = vpcsOfGroup[index]
      var upper = vpcs.first.map { estate.vpcs[$0].peers } ?? VPC.possible
      for vpc in vpcs.dropFirst() { upper = upper.union(estate.vpcs[vpc].peers) }
      let count = estate.atoms.count
      atom = estate.atoms.intern(
        .group, name, scope: scope,
        lower: interfaceAddresses[index]?.intersection(upper) ?? PeerSet(), upper: upper)
      // One of that name may have been there, of which less is known: a group of another region.
      if let only, estate.atoms.count > count { modelsOfVPC[only] = atom }
    }
    atomOfGroup[index] = atom
    return atom
  }

  /// The atom of a group that was left in its file.
  mutating func atom(ofShelved number: Int, _ id: String) -> Atom {
    let bounds = bounds(ofShelved: number)
    return estate.atoms.intern(.group, id, lower: bounds.lower, upper: bounds.upper)
  }

  private func bounds(ofShelved number: Int) -> (lower: PeerSet, upper: PeerSet) {
    let upper = estate.vpcs[vpc(ofShelved: number)].peers
    guard let addresses = shelvedAddresses[number] else { return (PeerSet(), upper) }
    return (addresses.intersection(upper), upper)
  }

  /// This linker, in the place of one that has grown from it.
  func forgettingAtoms(of other: Linker) -> Linker {
    var copy = self
    copy.estate.atoms.keepKinds(of: other.estate.atoms)
    return copy
  }

  /// The index of the VPC of a group that was left in its file.
  func vpc(ofShelved number: Int) -> Int {
    guard let directory else { return 0 }
    let (shelf, index) = directory.locate(number)
    return vpcsOfShelf[shelf][Int(directory.shelves[shelf].shelf.entries[index].vpc)]
  }

  /// The estate with one more group, the last: one that was left in its file and is read now.
  func estate(with fact: GroupFact, number: Int, input: Int) -> Estate {
    var copy = self
    var fact = fact
    fact.isOnPNIInterface = shelvedOnPNIInterfaces.contains(number)
    copy.groups.append(fact)
    copy.inputOfGroup.append(input)
    copy.floatsOfGroup.append([])
    copy.vpcsOfGroup.append([vpc(ofShelved: number)])
    copy.emitGroup(copy.groups.count - 1)
    return copy.estate
  }

  /// The peers of an entry of a group that was left in its file.
  mutating func peers(ofShelved peer: PlainEntry.Peer, in region: String?) -> [Peer] {
    switch peer {
    case .v4(let range): return [.v4(range)]
    case .v6(let range): return [.v6(range)]
    case .prefixList(let key):
      return peers(of: .id(key.text(prefix: "pl-")), input: 0, region: region)
    case .group(let key):
      if !groups.isEmpty,
        let target = groupByID.find(key.text(prefix: "sg-"), in: region)
      {
        return [.atom(atom(ofGroup: target))]
      }
      if let number = directory?.find(key, in: region) {
        // Its name is made when it is printed, which it hardly ever is.
        let vpc = vpc(ofShelved: number)
        let atom: Atom
        if shelvedAddresses.isEmpty, let model = modelsOfVPC[vpc] {
          atom = estate.atoms.appendUnnamed(like: model)
        } else {
          let bounds = bounds(ofShelved: number)
          atom = estate.atoms.appendUnnamed(.group, lower: bounds.lower, upper: bounds.upper)
          if bounds.lower.isEmpty { modelsOfVPC[vpc] = atom }
        }
        shelvedKeys[atom] = key
        return [.atom(atom)]
      }
      let name = key.text(prefix: "sg-")
      return [.atom(estate.atoms.intern(.group, name, upper: VPC.possible))]
    }
  }

  private mutating func peers(of fact: PeerFact, input: Int, group: Int) -> [Peer] {
    let region = groups[group].region
    switch fact {
    case .v4(let range): return [.v4(range)]
    case .v6(let range): return [.v6(range)]
    case .prefixList(let reference): return peers(of: reference, input: input, region: region)
    case .unknown(let name):
      return [.atom(estate.atoms.intern(.unknown, name, scope: input + 1))]
    case .group(let reference):
      if let target = index(of: reference, input: input, own: group, create: false, region: region)
      {
        return [.atom(atom(ofGroup: target))]
      }
      if case .id(let id) = reference, let number = directory?.find(id, in: region) {
        return [.atom(atom(ofShelved: number, id))]
      }
      // A group that no input shows: its interfaces are somewhere in some VPC.
      let name: String
      switch reference {
      case .id(let id): name = id
      case .fact, .itself: name = "an unknown group"
      }
      return [.atom(estate.atoms.intern(.group, name, upper: VPC.possible))]
    case .cidrOfVPC(let reference, let name):
      let vpc = estate.vpcs[index(of: reference, input: input, region: region)]
      return [.atom(estate.atoms.intern(.unknown, name, scope: input + 1, upper: vpc.peers))]
    case .ownVPC:
      let peers = vpcsOfGroup[group].reduce(PeerSet()) { $0.union(estate.vpcs[$1].peers) }
      return peers.v4.map { .v4($0) } + peers.v6.map { .v6($0) } + peers.atoms.map { .atom($0) }
    }
  }

  private mutating func emitGroups() {
    var count = 0
    var rules = 0
    for index in groups.indices {
      let unseen = groups[index].unseen.count
      let added = groups[index].rules.count
      count += groups[index].entries.count + unseen
      if added == 0 { continue }
      if canStayShort(index) { rules += added + unseen } else { count += added }
    }
    if rules > 0 {
      short = ShortEntries(ruleLists)
      short?.reserveCapacity(rules, groups: groups.count)
    }
    estate.groups.reserveCapacity(groups.count)
    estate.origins.reserveCapacity(count)
    estate.permissions.reserveCapacity(count)
    for index in groups.indices {
      emitGroup(index)
      // What was taken from them is not needed a second time.
      groups[index].entries = []
      groups[index].removed = []
      if !estate.groups[index].isUnseen { estate.inputs[inputOfGroup[index]].groups += 1 }
    }
    for (shelf, input) in directory?.shelves ?? [] {
      estate.inputs[input].groups += shelf.entries.count { !$0.isFact }
    }
  }

  private mutating func emitGroup(_ index: Int) {
    let input = inputOfGroup[index]
    if !groups[index].rules.isEmpty, !canStayShort(index) {
      groups[index] = whole(groups[index], input)
    }
    let entries = groups[index].entries
    let unseen = groups[index].unseen
    let isUnseen = isUnseen(groups[index])
    let vpc = vpcsOfGroup[index].first
    // One property after the other, and in its place: a copy of all would count a reference to each part.
    estate.groups.append(
      SecurityGroup(
        id: groups[index].id, address: groups[index].address, name: groups[index].name,
        input: input))
    estate.groups[index].vpcs = vpcsOfGroup[index]
    estate.groups[index].vpcLabel = vpc.flatMap { estate.vpcs[$0].id ?? estate.vpcs[$0].address }
    estate.groups[index].span = groups[index].span
    estate.groups[index].related = groups[index].related
    estate.groups[index].ingressSpan = groups[index].ingressSpan
    estate.groups[index].egressSpan = groups[index].egressSpan
    estate.groups[index].owner = groups[index].owner
    estate.groups[index].region = groups[index].region
    estate.groups[index].tags = groups[index].tags
    estate.groups[index].notes = groups[index].notes
    estate.groups[index].isOnPNIInterface = groups[index].isOnPNIInterface
    estate.groups[index].isUnseen = isUnseen
    estate.groups[index].terraform = groups[index].terraform
    let rules = groups[index].rules
    // What is not seen comes behind everything that is.
    let first = rules.isEmpty ? unseen : [:]
    let last = rules.isEmpty ? [:] : unseen
    estate.groups[index].ingress = emitEntries(entries, first, .ingress, index, input)
    let (ingress, count) = emitRules(rules, last, .ingress, index, input)
    estate.groups[index].egress = emitEntries(entries, first, .egress, index, input)
    // Most groups have rules of ingress and no others.
    let rest = count < rules.count ? rules : 0..<0
    let (egress, _) = emitRules(rest, last, .egress, index, input)
    short?.endGroup(ofInput: input, ingress: ingress, egress: egress)
  }

  /// Whether rules of a group need not be made entries before somebody looks at it: they come behind what is
  /// written in it, and nothing more is known of them.
  private func canStayShort(_ index: Int) -> Bool {
    guard let list = ruleLists[inputOfGroup[index]], floatsOfGroup[index].isEmpty else {
      return false
    }
    // Most plans have no prefix lists of their own.
    if prefixLists.isEmpty { return true }
    return groups[index].rules.allSatisfy { number in
      guard case .other(let peer) = list.facts[number].peer,
        case .prefixList(.fact(let known)) = list.peers[Int(peer)]
      else { return true }
      return !prefixLists[prefixListOfFact[inputOfGroup[index]][known]].isSensitive
    }
  }

  /// Keeps the rules of a group short, and what is not seen behind them, and returns which of the short entries
  /// they are, and of how many rules.
  private mutating func emitRules(
    _ rules: Range<Int>, _ unseen: [Direction: String], _ direction: Direction, _ index: Int,
    _ input: Int
  ) -> (entries: Range<Int>, count: Int) {
    let start = short?.count ?? 0
    var count = 0
    guard let list = ruleLists[input] else { return (start..<start, count) }
    for number in rules
    where list.box(ofFact: Int32(clamping: number)).direction == direction {
      count += 1
      switch list.facts[number].peer {
      case .v4: short?.appendBlock(number)
      case .itself:
        let atom = atom(ofGroup: index)
        short?.append(number, .atom(atom))
      case .group(let target):
        let atom = atom(ofGroup: groupOfFact[input][Int(target)])
        short?.append(number, .atom(atom))
      case .unknown:
        let name =
          list.unknownName(
            ofFact: Int32(clamping: number), isAlone: true, inGroup: groups[index].address) ?? ""
        // Each has a name of its own, and nobody looks for it.
        short?.append(number, .atom(estate.atoms.appendUnknown(name)))
      case .other(let peer):
        for peer in peers(of: list.peers[Int(peer)], input: input, group: index) {
          short?.append(number, peer)
        }
      }
    }
    if let name = unseen[direction] {
      let (origin, atom) = whatIsUnseen(name, direction, index, input)
      short?.append(origin: origin, atom)
    }
    return (start..<(short?.count ?? start), count)
  }

  /// The origin of the entries of a group that are not seen, and the atom that stands for their peers.
  private mutating func whatIsUnseen(
    _ name: String, _ direction: Direction, _ index: Int, _ input: Int
  ) -> (origin: Int32, peer: Atom) {
    let list = direction == .ingress ? groups[index].ingressSpan : groups[index].egressSpan
    let origin = append(
      Origin(
        .unseen, span: list ?? groups[index].span, services: .all, peerText: "(not shown)",
        reason: name),
      input: input)
    return (origin, estate.atoms.intern(.unknown, name, scope: input + 1))
  }

  private mutating func emitEntries(
    _ entries: [EntryFact], _ unseen: [Direction: String], _ direction: Direction, _ index: Int,
    _ input: Int
  ) -> Range<Int> {
    let start = estate.permissions.count
    for number in entries.indices where entries[number].direction == direction {
      let input = entries[number].input < 0 ? input : entries[number].input
      let origin = append(entries[number].origin, entries[number].peer, input: input)
      let services = estate.origins[Int(origin)].services
      let isCertain = entries[number].isCertain
      // Most have one peer, for which no list is made.
      switch entries[number].peer {
      case .v4(let range): emit(services, .v4(range), origin, isCertain: isCertain, direction)
      case .v6(let range): emit(services, .v6(range), origin, isCertain: isCertain, direction)
      case .group(.fact(let target)):
        let atom = atom(ofGroup: groupOfFact[input][target])
        emit(services, .atom(atom), origin, isCertain: isCertain, direction)
      case let peer:
        for peer in peers(of: peer, input: input, group: index) {
          emit(services, peer, origin, isCertain: isCertain, direction)
        }
      }
    }
    for key in floatsOfGroup[index] {
      for permission in floatingPermissions(key, group: index)
      where permission.direction == direction {
        for peer in permission.peers ?? [.atom(atom(ofGroup: index))] {
          emit(permission.services, peer, permission.origin, isCertain: false, direction)
        }
      }
    }
    if let name = unseen[direction] {
      let (origin, atom) = whatIsUnseen(name, direction, index, input)
      emit(.all, .atom(atom), origin, isCertain: false, direction)
    }
    return start..<estate.permissions.count
  }

  private mutating func append(
    _ origin: Origin, _ peer: PeerFact? = nil, input: Int
  ) -> Int32 {
    var origin = origin
    if case .prefixList(.fact(let list))? = peer,
      prefixLists[prefixListOfFact[input][list]].isSensitive
    {
      origin.isSensitive = true
    }
    if origin.isSensitive || origin.hidesServices {
      origin.standIn = estate.atoms.intern(
        .unknown, "a sensitive value of \(origin.address ?? "the input")", scope: input + 1)
    }
    estate.origins.append(origin)
    return Int32(estate.origins.count - 1)
  }

  private mutating func emit(
    _ services: ServiceRange, _ peer: Peer, _ origin: Int32, isCertain: Bool,
    _ direction: Direction
  ) {
    estate.permissions.append(
      Permission(
        services: services, peer: peer, origin: origin, isCertain: isCertain,
        isPlaceholder: Permission.isPlaceholder(services, peer, direction)))
  }

  // MARK: Floating entries

  private struct FloatKey: Hashable {
    var input: Int
    var index: Int
  }

  private struct FloatingPermission {
    var direction: Direction
    var services: ServiceRange
    /// The peers; nothing: the group that has it.
    var peers: [Peer]?
    var origin: Int32
  }

  /// How many permissions may be made of floating entries that all groups of a set share; beyond
  /// that, one that may be anything stands for all of them.
  private static let floatLimit = 200_000

  /// What some group of a set has: made once, each box once, and shared by the groups.
  private mutating func floatingPermissions(
    _ key: FloatKey, group: Int
  ) -> [FloatingPermission] {
    if let known = emittedFloats[key] { return known }
    let fact = floating[key.input][key.index]
    var boxes: Set<Box> = []
    var kept: [EntryFact] = []
    for entry in fact.entries where boxes.insert(box(entry)).inserted { kept.append(entry) }
    var result: [FloatingPermission] = []
    if kept.count * max(1, fact.groups.count) > Self.floatLimit {
      for direction in Direction.allCases {
        let entries = kept.filter { $0.direction == direction }
        guard let first = entries.first else { continue }
        let name =
          "\(first.origin.address ?? "an entry") and \(entries.count - 1) more, whose group is not known"
        let origin = append(
          Origin(
            .unseen, span: first.origin.span, services: .all,
            peerText: "whatever they say", address: first.origin.address, reason: name),
          input: key.input)
        let atom = estate.atoms.intern(.unknown, name, scope: key.input + 1)
        result.append(
          FloatingPermission(
            direction: direction, services: .all, peers: [.atom(atom)], origin: origin))
      }
    } else {
      for entry in kept {
        result.append(
          FloatingPermission(
            direction: entry.direction, services: entry.origin.services,
            // An entry that names its own group means whichever group it is on.
            peers: entry.peer == .group(.itself)
              ? nil : peers(of: entry.peer, input: key.input, group: group),
            origin: append(entry.origin, entry.peer, input: key.input)))
      }
    }
    emittedFloats[key] = result
    return result
  }
}
