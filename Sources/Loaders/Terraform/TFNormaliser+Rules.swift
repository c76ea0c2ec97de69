import SGModel

/// The entries of groups: inline ones, and rules that are resources of their own.
extension TFNormaliser {
  /// A rule that is a resource of its own.
  struct OwnedRule {
    /// What is known of it.
    enum Form {
      case plain(TFPlainRule, TFPlanText)
      case whole(TFRuleBody)
    }

    var resource: TFResource
    var form: Form
    var isCertain: Bool

    var direction: Direction? {
      switch form {
      case .plain(let rule, _): rule.direction
      case .whole(let body): body.direction
      }
    }
    var group: TFLink {
      switch form {
      case .plain(let rule, let text): text.link(of: rule)
      case .whole(let body): body.group
      }
    }
    /// All that it says.
    var body: TFRuleBody {
      switch form {
      case .plain(let rule, let text): text.body(of: rule)
      case .whole(let body): body
      }
    }
  }

  /// Which rule is on a group: rules are most of a plan, and what they say stays where it is until their
  /// group's turn comes.
  private struct Ownership {
    /// The index of the rule in the plan's resources.
    var rule: Int32
    var isCertain: Bool
  }

  /// Which rules are on which groups.
  private struct Ownerships {
    private var all: [(group: Int32, ownership: Ownership)] = []
    /// Those of one group stand together, in the order of the plan.
    private var sorted: [Ownership] = []
    private var starts: [Int] = []
    private var isTaken: [Bool] = []

    /// Makes room for so many rules: a list that grows by itself takes up to three times its size meanwhile.
    init(capacity: Int) { all.reserveCapacity(capacity) }

    mutating func add(_ rule: Int, to group: Int, isCertain: Bool) {
      all.append(
        (Int32(clamping: group), Ownership(rule: Int32(clamping: rule), isCertain: isCertain)))
    }

    /// Brings those of each group together; nothing is added behind that.
    mutating func sort(groups: Int) {
      starts = Array(repeating: 0, count: groups + 1)
      isTaken = Array(repeating: false, count: groups)
      for (group, _) in all { starts[Int(group) + 1] += 1 }
      for group in 0..<groups { starts[group + 1] += starts[group] }
      var next = starts
      sorted = Array(repeating: Ownership(rule: 0, isCertain: false), count: all.count)
      for (group, ownership) in all {
        sorted[next[Int(group)]] = ownership
        next[Int(group)] += 1
      }
      all = []
    }

    /// The rules that are on a group, once.
    mutating func take(_ group: Int) -> ArraySlice<Ownership> {
      guard isTaken.indices.contains(group), !isTaken[group] else { return [] }
      isTaken[group] = true
      return sorted[starts[group]..<starts[group + 1]]
    }

    /// The groups whose rules were not taken.
    var left: [Int] { isTaken.indices.filter { !isTaken[$0] && starts[$0] < starts[$0 + 1] } }
  }

  /// The rule at `index` of the plan's resources, on the side that is looked at.
  private func rule(at index: Int, isCertain: Bool) -> OwnedRule? {
    if let text = plan.resources.text, let rule = plan.resources.rule(at: index) {
      if rule.isRemoved { return nil }
      let resource = plan.resources[index]
      return OwnedRule(resource: resource, form: .plain(rule, text), isCertain: isCertain)
    }
    guard case .rule(let body)? = bodies[index] else { return nil }
    return OwnedRule(resource: plan.resources[index], form: .whole(body), isCertain: isCertain)
  }

  /// Lets go of what a rule says, when its entries are made.
  private mutating func forget(_ index: Int) {
    guard !plan.resources.isPlainRule(at: index) else { return }
    bodies[index] = .taken
    plan.resources[index].forgetRule()
  }

  /// What a resource that claims all rules of a group lets stay.
  private struct Exclusive {
    var resource: TFResource
    /// The ids it lists; nothing where they cannot be told.
    var ids: [Direction: Set<String>] = [:]
    /// The rules it lists by reference, as indices of the plan's resources.
    var rules: [Direction: Set<Int>] = [:]
    /// Directions in which a collection or a function chooses what is listed.
    var choices: Set<Direction> = []
  }

  /// What the plan takes away from a group.
  private struct Removed {
    var boxes: [Direction: Set<TFBox>] = [:]
    /// Plain rules of which more is taken away: what they were is read where somebody asks.
    var plain: [Int] = []
  }

  mutating func collectRules() {
    var owned = Ownerships(capacity: plan.resources.rules.count)
    var removed: [Int: Removed] = [:]
    for index in plan.resources.indices {
      if let plain = plan.resources.rule(at: index) {
        // Its set's owner is known, and what it was before takes nothing away from a group.
        if plain.isGroupUnknown, plain.place.actions == .create,
          case .certain(let group)? =
            ownerOfSet[Int(plain.place.set)] ?? soleOwner(of: plan.sets[Int(plain.place.set)])
        {
          owned.add(index, to: group, isCertain: true)
          continue
        }
        if view == .after { note(index, in: &removed) }
        if plain.isRemoved { continue }
        if let text = plan.resources.text, case .known(let number) = text.group(of: plain),
          case .known(let group) = standing(ofID: number, in: plain.place.region)
        {
          owned.add(index, to: group, isCertain: true)
          continue
        }
      } else if plan.resources.set(at: index).isRule {
        if view == .after { note(index, in: &removed) }
      } else {
        continue
      }
      let resource = plan.resources[index]
      guard let rule = rule(at: index, isCertain: !resource.isDeferred) else { continue }
      switch owner(of: rule) {
      case .certain(let group): owned.add(index, to: group, isCertain: rule.isCertain)
      case .possible(let group): owned.add(index, to: group, isCertain: false)
      case .oneOf(let set):
        float(rule, in: set)
        forget(index)
      case .gone: forget(index)
      }
    }
    // Nobody asks any more, and the memory is needed.
    ownerOfSet = []
    groupOfID = []
    owned.sort(groups: facts.groups.count)
    let exclusives = collectExclusives()
    for index in groups {
      guard let group = groupOfResource[index], !plan.resources.set(at: index).isData else {
        continue
      }
      let ownerships = owned.take(group)
      let plain = plan.resources.group(at: index)
      let gone = removed[group]
      // Asked for once: to ask a group in a list for a part of it copies all of it.
      let use = facts.groups[group].terraform
      let areShort =
        exclusives.isEmpty && addShort(plain, ownerships, takesAway: gone != nil, use, to: group)
      let resource = plan.resources[index]
      guard
        let body = areShort ? groupArguments(at: index) : groupBody(at: index)
      else {
        for direction in Direction.allCases {
          facts.groups[group].unseen[direction] =
            "\(resource.address), which has changed while it was read"
        }
        continue
      }
      // Lists that grow by themselves take up to twice their size.
      facts.groups[group].entries.reserveCapacity(
        (areShort ? 0 : ownerships.count) + Self.inlineEntries(body))
      // It is taken away from what is written in the group, if anything is.
      let hasEntries = Direction.allCases.contains { !body.inline($0).entries.isEmpty }
      let goneBoxes = hasEntries ? gone.map { boxes(of: $0) } ?? [:] : [:]
      for direction in Direction.allCases {
        take(
          direction, of: resource, body, into: group, use, ownerships, areAdded: areShort,
          hasShort: areShort && plain?.argument(direction).hasPeers ?? false,
          goneBoxes[direction] ?? [])
      }
      if areShort { continue }
      for ownership in ownerships { forget(Int(ownership.rule)) }
    }
    // Groups that only rules speak of come behind the others.
    for group in owned.left {
      let ownerships = owned.take(group)
      for direction in Direction.allCases {
        for ownership in ownerships { add(ownership, direction, to: group) }
      }
      for ownership in ownerships { forget(Int(ownership.rule)) }
    }
    for (group, exclusive) in exclusives.sorted(by: { $0.key < $1.key }) {
      apply(exclusive, to: group)
    }
    peerOfSet = []
    peerOfExpression = [:]
    peerOfConfigured = [:]
    reportUnresolved()
  }

  /// How many entries the arguments of a group make at least.
  private static func inlineEntries(_ body: TFGroupBody) -> Int {
    var count = 0
    for direction in Direction.allCases {
      for entry in body.inline(direction).entries { count += entry.peers.count }
    }
    return count
  }

  /// Notes what the plan takes away of a rule, as far as it is known of which group.
  private mutating func note(_ index: Int, in removed: inout [Int: Removed]) {
    if let plain = plan.resources.rule(at: index) {
      guard !plain.place.actions.isDisjoint(with: [.delete, .update]),
        let before = plan.resources.ruleBefore(at: index), let text = plan.resources.text,
        case .known(let number) = text.group(of: before)
      else { return }
      switch standing(ofID: number, in: plain.place.region) {
      case .known(let group):
        if facts.groups[group].unseen.count < Direction.allCases.count {
          removed[group, default: Removed()].plain.append(index)
          return
        }
      case .destroyed: return
      case .unknown: break
      }
    }
    let resource = plan.resources[index]
    guard !resource.actions.isDisjoint(with: [.delete, .update]),
      case .rule(let before)? = resource.before,
      case .known(let text) = before.group, let direction = before.direction
    else { return }
    let id = EntryText.groupID(text)
    if destroyed.contains(id) { return }
    let group = groupIndex(ofID: id, from: resource)
    removed[group, default: Removed()].boxes[direction, default: []].formUnion(
      before.entry.boxes.map { $0.onGroup(id) })
    // Where another input shows the group, it still shows this entry.
    guard facts.groups[group].unseen.count == Direction.allCases.count else { return }
    for peer in before.entry.peers {
      guard let fact = known(peer, on: id) else { continue }
      facts.groups[group].removed.append(
        EntryFact(
          direction: direction, peer: fact,
          origin: Origin(
            .terraformResource(type: resource.type), span: resource.span,
            services: before.entry.services, peerText: peer.text)))
    }
  }

  /// What the plan shows of the group with an id.
  private enum Standing {
    /// There is a fact of it, and it stays.
    case known(Int)
    case destroyed
    case unknown
  }

  /// What the plan shows of the group with an id, by the id's number and that of a region.
  private mutating func standing(ofID number: Int, in region: UInt16) -> Standing {
    if number < groupOfID.count {
      let known = groupOfID[number]
      if known.group == Self.isDestroyed { return .destroyed }
      if known.group >= 0, known.region == region { return .known(Int(known.group)) }
    }
    guard let text = plan.resources.text else { return .unknown }
    let id = EntryText.groupID(text.id(number))
    let group = destroyed.contains(id) ? nil : groupByID.find(id, in: text.region(region))
    guard group != nil || destroyed.contains(id) else { return .unknown }
    while groupOfID.count <= number { groupOfID.append((-1, 0)) }
    groupOfID[number] = (group.map { Int32(clamping: $0) } ?? Self.isDestroyed, region)
    return group.map { .known($0) } ?? .destroyed
  }

  /// In the place of a group in `groupOfID`: the one with that id is destroyed, in whichever region.
  private static var isDestroyed: Int32 { -2 }

  /// All that the plan takes away from a group.
  private func boxes(of removed: Removed) -> [Direction: Set<TFBox>] {
    var result = removed.boxes
    guard let text = plan.resources.text else { return result }
    for index in removed.plain {
      guard let before = plan.resources.ruleBefore(at: index),
        case .known(let name) = text.link(of: before)
      else { continue }
      let id = EntryText.groupID(name)
      result[before.direction, default: []].formUnion(
        text.body(of: before).entry.boxes.map { $0.onGroup(id) })
    }
    return result
  }

  // MARK: Whose it is

  /// The group that all rules of a set are on, where the configuration names one resource and nothing else.
  private mutating func soleOwner(of set: TFResourceSet) -> Owner? {
    guard let group = soleGroup(.group, of: set) else { return nil }
    ownerOfSet[set.number] = .certain(group)
    return .certain(group)
  }

  /// The planned group that an argument of all rules of a set names by itself.
  func soleGroup(
    _ argument: TFConfiguredResource.Reference, of set: TFResourceSet
  ) -> Int? {
    guard let target = resolver.soleTarget(argument, of: set),
      plan.sets.isAnyGroup(plan.resources.setNumber(at: target))
    else { return nil }
    return groupOfResource[target]
  }

  /// The group that a rule belongs to.
  private mutating func owner(of rule: OwnedRule) -> Owner {
    let resource = rule.resource
    if case .known(let text) = rule.group {
      let id = EntryText.groupID(text)
      if destroyed.contains(id) { return .gone }
      return .certain(groupIndex(ofID: id, from: resource))
    }
    if let known = ownerOfSet[resource.set.number] {
      if !unresolvedRules.isEmpty {
        unresolvedRules[.init(set: resource.set.number, attribute: "security_group_id")]?.count += 1
      }
      return known
    }
    let (found, question) = resolver.resolveOnce("security_group_id", of: resource)
    let (groups, isExact) = groups(found, of: resource)
    let owner: Owner
    // A local, or what is too large to follow, may lead to other groups than the rest does.
    let isCut =
      found?.unresolved.contains { $0.hasPrefix("local.") || $0.hasPrefix("an expression") }
      ?? false
    if groups.isEmpty || isCut {
      let known = Set(groups)
      let candidates = groups + fallback(resource).filter { !known.contains($0) }
      noteUnresolved(resource, found, candidates, question)
      owner = candidates.count == 1 ? .possible(candidates[0]) : .oneOf(floating(candidates))
    } else if groups.count == 1 {
      owner = isExact ? .certain(groups[0]) : .possible(groups[0])
    } else {
      owner = .oneOf(floating(groups))
    }
    if question != nil { ownerOfSet[resource.set.number] = owner }
    return owner
  }

  /// The groups that an expression resolved to, and whether it is one for certain.
  mutating func groups(_ found: TFResolution?, of resource: TFResource) -> ([Int], Bool) {
    guard let found else { return ([], false) }
    var groups: [Int] = []
    var seen: Set<Int> = []
    var isExact = !found.isChoice && found.unresolved.isEmpty
    for candidate in found.candidates {
      let target = plan.resources[candidate.resource]
      var group: Int?
      if TFTypes.groups.contains(target.type) {
        group =
          target.isData
          ? self.group(ofData: candidate.resource)
          : groupOfResource[candidate.resource]
      } else if candidate.attributes.first == "default_security_group_id",
        let vpc = vpcOfResource[candidate.resource]
      {
        group = defaultGroup(ofVPC: vpc)
      }
      guard let group else {
        isExact = false
        continue
      }
      if seen.insert(group).inserted { groups.append(group) }
    }
    if found.candidates.isEmpty {
      for constant in found.constants where EntryText.groupID(constant).hasPrefix("sg-") {
        let group = groupIndex(ofID: EntryText.groupID(constant), from: resource)
        if seen.insert(group).inserted { groups.append(group) }
      }
    }
    return (groups, isExact && groups.count == 1)
  }

  private mutating func noteUnresolved(
    _ resource: TFResource, _ found: TFResolution?, _ candidates: [Int],
    _ question: TFResolver.Question?
  ) {
    let names = found?.unresolved ?? []
    let place =
      switch candidates.count {
      case 0: "and there is no group that it could be on"
      case 1: "it is counted as possible on \(facts.groups[candidates[0]].address ?? "one group")"
      default: "it is counted as possible on \(candidates.count) groups"
      }
    let why =
      "is not in the plan" + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")
      + "; \(place)"
    let key =
      question
      ?? TFResolver.Question(set: resource.set.number, attribute: "\u{0}\(resource.address)")
    unresolvedRules[key] = (resource, why, 1)
    unresolvedOrder.append(key)
  }

  private mutating func reportUnresolved() {
    for key in unresolvedOrder {
      guard let (resource, why, count) = unresolvedRules[key] else { continue }
      let others =
        count == 1 ? "" : " and \(count - 1) more instance\(count == 2 ? "" : "s") of it"
      facts.issues.append(
        Issue(
          .warning,
          "\(resource.address)\(others): which group this rule belongs to \(why)",
          help: "lint the describe output after the apply to be certain", at: resource.span))
    }
  }

  // MARK: Floating rules

  /// The set of these groups.
  private mutating func floating(_ groups: [Int]) -> Int {
    if let known = floatOfGroups[groups] { return known }
    let set = facts.floating.count
    facts.floating.append(FloatingFact(groups: groups))
    for group in groups { facts.groups[group].floating.append(set) }
    floatOfGroups[groups] = set
    return set
  }

  /// Adds a rule to whichever group of a set it is on.
  private mutating func float(_ rule: OwnedRule, in set: Int) {
    let count = facts.floating[set].groups.count
    let reason = "which of \(count) groups \(rule.resource.address) belongs to"
    let body = rule.body
    for direction in Direction.allCases where (body.direction ?? direction) == direction {
      addEntries(
        body.entry, direction, to: .floating(set), resource: rule.resource, attribute: nil,
        carrier: .terraformResource(type: rule.resource.type), isCertain: false,
        reason: reason, id: body.id, groupID: nil, without: [])
    }
  }

  // MARK: Inline entries

  private mutating func take(
    _ direction: Direction, of resource: TFResource, _ body: TFGroupBody, into group: Int,
    _ use: TerraformUse?, _ owned: ArraySlice<Ownership>, areAdded: Bool, hasShort: Bool,
    _ removed: Set<TFBox>
  ) {
    // Asked for only where something has to be said.
    var address: String { facts.groups[group].address ?? resource.address }
    let isMade = isMade(resource)
    let isAdopted = resource.type == "aws_default_security_group"
    let written = view == .after && isWritten(direction, resource)
    let isTold = use?.written.contains(direction) ?? false
    if resource.isDeferred {
      facts.groups[group].unseen[direction] = "\(address).\(direction.rawValue), which is deferred"
    }
    let id = body.id
    var ownBoxes: Set<TFBox> = []
    // They are compared with what is written in the group, if there is anything.
    if !written, !body.inline(direction).entries.isEmpty {
      for ownership in owned {
        guard let rule = rule(at: Int(ownership.rule), isCertain: ownership.isCertain),
          rule.isCertain, (rule.direction ?? direction) == direction
        else { continue }
        ownBoxes.formUnion(rule.body.entry.boxes.map { $0.onGroup(id) })
      }
    }
    var inlineBoxes: Set<TFBox> = []
    let needsBoxes = !isMade && view == .after
    switch body.inline(direction) {
    case .entries(let entries):
      if needsBoxes {
        for entry in entries { inlineBoxes.formUnion(entry.boxes.map { $0.onGroup(id) }) }
      }
      // A list that was read back holds the rules of other resources too: those that stay are
      // theirs, those that go are gone.
      addInline(
        direction, of: resource, body, into: group,
        without: written ? [] : removed.union(ownBoxes))
    case .unknown, .absent:
      guard !resource.isDeferred else { break }
      if written || !isMade {
        facts.groups[group].unseen[direction] = "\(address).\(direction.rawValue)"
      } else if direction == .egress {
        // The provider revokes AWS's default entries when it creates a group, and all entries when
        // it adopts the default group (vpc_security_group.go, vpc_default_security_group.go).
        let what =
          isAdopted
          ? "Terraform removes all the default group has when it adopts it"
          : "the provider removes AWS's default rule when it creates the group"
        let note = SecurityGroup.Note(
          direction: .egress,
          text:
            "`egress` is not written: \(what), but later rules from elsewhere would stay; write `egress = []` to have them removed"
        )
        // Most groups have this note and no other: they share one list.
        if facts.groups[group].notes.isEmpty {
          if notesOfUnwritten[isAdopted] == nil { notesOfUnwritten[isAdopted] = [note] }
          facts.groups[group].notes = notesOfUnwritten[isAdopted] ?? []
        } else {
          facts.groups[group].notes.append(note)
        }
      }
    }
    let stays = use.map { [.imported, .changed, .kept].contains($0.fate) } ?? false
    if view == .after, !isMade, stays, !written, direction == .egress, !plan.isState, !isTold,
      hasShort || !inlineBoxes.isSubset(of: removed.union(ownBoxes))
    {
      facts.groups[group].notes.append(
        .init(
          direction: .egress,
          text:
            "`egress` is not written, so Terraform keeps whatever the group has; write `egress = []` to have it removed"
        ))
    }
    if areAdded { return }
    if !written, !isTold {
      for ownership in owned { add(ownership, direction, to: group) }
      return
    }
    for ownership in owned {
      guard var rule = rule(at: Int(ownership.rule), isCertain: ownership.isCertain),
        (rule.direction ?? direction) == direction
      else { continue }
      var reason: String?
      // The group's argument removes what it does not list, when the group is changed after the
      // rule was made.
      if written, !isMade, !rule.resource.actions.contains(.create),
        !rule.body.entry.boxes.allSatisfy({ inlineBoxes.contains($0.onGroup(id)) })
      {
        rule.isCertain = false
        reason =
          "whether \(rule.resource.address) survives `\(direction.rawValue)` of \(address), which does not list it"
      }
      if written, rule.isCertain || reason != nil {
        facts.issues.append(
          Issue(
            .warning,
            "\(rule.resource.address) and the `\(direction.rawValue)` argument of \(address) fight over the same group: each apply undoes the other",
            help:
              "write rules either as blocks of the group or as resources of their own, for each direction",
            at: rule.resource.span))
      }
      if isTold, rule.isCertain || reason != nil {
        facts.groups[group].terraform?.owned.insert(rule.resource.address)
      }
      add(rule, direction, to: group, reason: reason)
    }
  }

  /// Adds the entries of an argument, or of a list that was read back.
  mutating func addInline(
    _ direction: Direction, of resource: TFResource, _ body: TFGroupBody, into group: Int,
    without: Set<TFBox>
  ) {
    guard case .entries(let list) = body.inline(direction) else {
      facts.groups[group].unseen[direction] = "\(resource.address).\(direction.rawValue)"
      return
    }
    for (index, entry) in list.enumerated() {
      let attribute = "\(direction.rawValue)[\(index)]"
      noteOddities(entry, direction, resource, attribute, group)
      addEntries(
        entry, direction, to: .group(group), resource: resource, attribute: attribute,
        carrier: .terraformInline, isCertain: true, reason: nil, id: nil, groupID: body.id,
        without: without)
    }
  }

  /// Adds the entries that a rule makes in a direction, if any.
  private mutating func add(_ ownership: Ownership, _ direction: Direction, to group: Int) {
    let index = Int(ownership.rule)
    if let text = plan.resources.text, let plain = plan.resources.rule(at: index) {
      guard plain.direction == direction else { return }
      if ownership.isCertain, addPlain(plain, text, at: index, to: group) { return }
    }
    guard let rule = rule(at: index, isCertain: ownership.isCertain),
      (rule.direction ?? direction) == direction
    else { return }
    add(rule, direction, to: group)
  }

  private mutating func add(
    _ rule: OwnedRule, _ direction: Direction, to group: Int, reason: String? = nil
  ) {
    let body = rule.body
    noteOddities(body.entry, direction, rule.resource, nil, group)
    let address = rule.resource.address
    let isCertain = rule.isCertain && body.direction != nil
    var why = reason
    if why == nil, !isCertain {
      why =
        rule.resource.isDeferred
        ? "\(address), which is deferred" : "which group \(address) belongs to"
    }
    addEntries(
      body.entry, direction, to: .group(group), resource: rule.resource, attribute: nil,
      carrier: .terraformResource(type: rule.resource.type), isCertain: isCertain, reason: why,
      id: body.id, groupID: facts.groups[group].id, without: [])
  }

  /// Adds the entry of a plain rule that is on a group for certain, its texts left where they are; false
  /// where its peer cannot be told from the rule or its set.
  private mutating func addPlain(
    _ rule: TFPlainRule, _ text: TFPlanText, at index: Int, to group: Int
  ) -> Bool {
    guard let peer = peer(of: rule, text, at: index, on: group) else { return false }
    var name: PeerName?
    if rule.peerKind == .unknown, case .group(.fact(let other)) = peer {
      name = self.name(of: other)
    }
    facts.groups[group].entries.append(text.entry(of: rule, peer, named: name, view))
    return true
  }

  /// Keeps the rules of a group short, and what is written in it where it is a plain one, if all rules are
  /// plain and on it for certain, and neither has a say in the other; false, with nothing kept, where that is
  /// not so.
  private mutating func addShort(
    _ plain: TFPlainGroup?, _ owned: ArraySlice<Ownership>, takesAway: Bool,
    _ use: TerraformUse?, to group: Int
  ) -> Bool {
    guard keepsShort, let text = plan.resources.text, let use else { return false }
    let peers = plain?.peers ?? 0..<0
    // What is written and rules beside it, or what is taken away, are compared.
    guard use.written.isEmpty || (plain != nil && owned.isEmpty),
      peers.isEmpty || (owned.isEmpty && !takesAway)
    else { return false }
    let start = shortRules.count
    if start == 0 {
      shortRules.reserveCapacity(plan.resources.rules.count + plan.resources.peers.count)
    }
    if let plain {
      for number in peers {
        let inline = plan.resources.peers[Int(number)]
        if inline.kind == .unknown {
          shortRules.append(RuleFact(inline: number, .unknown))
          continue
        }
        guard
          let peer = peer(
            inline.placed(in: plain.place), text, plain.place.region, on: group)
        else {
          shortRules.removeSubrange(start...)
          return false
        }
        shortRules.append(RuleFact(inline: number, short(peer, isUnknown: false)))
      }
    }
    for ownership in owned {
      let index = Int(ownership.rule)
      guard ownership.isCertain, plan.resources.isPlainRule(at: index) else {
        shortRules.removeSubrange(start...)
        return false
      }
      let number = plan.resources.ruleNumber(at: index)
      guard let peer = shortPeer(of: number, text, at: index, on: group) else {
        shortRules.removeSubrange(start...)
        return false
      }
      shortRules.append(RuleFact(rule: number, peer))
    }
    facts.groups[group].rules = start..<shortRules.count
    return true
  }

  private mutating func shortPeer(
    of number: Int32, _ text: TFPlanText, at index: Int, on group: Int
  ) -> RuleFact.Peer? {
    let rule = plan.resources.rules[Int(number)]
    if rule.peerKind == .v4 { return .v4 }
    if rule.peerKind == .unknown, case .unknown = peerOfSet(rule, at: index) { return .unknown }
    return peer(of: rule, text, at: index, on: group).map {
      short($0, isUnknown: rule.peerKind == .unknown)
    }
  }

  private mutating func short(_ peer: PeerFact, isUnknown: Bool) -> RuleFact.Peer {
    switch peer {
    case .v4: return .v4
    case .group(.itself): return .itself
    case .group(.fact(let other)):
      if isUnknown { _ = name(of: other) }
      return .group(Int32(clamping: other))
    default:
      shortPeers.append(peer)
      return .other(Int32(clamping: shortPeers.count - 1))
    }
  }

  /// What a group is called as a peer.
  private mutating func name(of group: Int) -> PeerName {
    let key = Int32(clamping: group)
    if let known = peerNames[key] { return known }
    let name = PeerName(label(ofGroup: group))
    peerNames[key] = name
    return name
  }

  /// The peer of a plain rule on a group; nothing where it cannot be told from the rule or its set.
  private mutating func peer(
    of rule: TFPlainRule, _ text: TFPlanText, at index: Int, on group: Int
  ) -> PeerFact? {
    if rule.peerKind == .unknown {
      guard case .group(let known) = peerOfSet(rule, at: index) else { return nil }
      return .group(.fact(Int(known)))
    }
    return peer(rule.placedPeer, text, rule.place.region, on: group)
  }

  /// A peer that is written, on a group in a region; nothing where it is not known.
  private func peer(
    _ peer: TFPlacedPeer, _ text: TFPlanText, _ region: UInt16, on group: Int
  ) -> PeerFact? {
    switch peer.kind {
    case .v4: return .v4(peer.v4)
    case .v6: return text.v6(of: peer).map { .v6($0) }
    case .prefixList:
      let id = text.id(peer.number)
      return .prefixList(
        prefixListByID.find(id, in: text.region(region)).map { .fact($0) } ?? .id(id))
    case .group:
      let id = text.id(peer.number)
      if id == facts.groups[group].id { return .group(.itself) }
      return .group(groupByID.find(id, in: text.region(region)).map { .fact($0) } ?? .id(id))
    case .itself: return .group(.itself)
    case .unknown: return nil
    }
  }

  /// What all rules of a set have as their peer, where that is known only after apply.
  private mutating func peerOfSet(_ rule: TFPlainRule, at index: Int) -> PeerOfSet {
    guard rule.attribute == .sourceGroup || rule.attribute == .referencedGroup else { return .each }
    let set = Int(rule.place.set)
    if case .notAsked = peerOfSet[set] {
      peerOfSet[set] = peer(of: plan.sets[set], rule, at: index)
    }
    return peerOfSet[set]
  }

  private mutating func peer(
    of set: TFResourceSet, _ rule: TFPlainRule, at index: Int
  ) -> PeerOfSet {
    if let sole = soleGroup(.peer, of: set) { return .group(Int32(clamping: sole)) }
    let key = resolver.peerExpression(of: set).map {
      PeerExpression(module: set.module.number, number: $0)
    }
    if let key, let known = peerOfExpression[key] { return known }
    let place = set.module.steps.isEmpty ? nil : resolver.place(of: set)
    if let place, let known = peerOfConfigured[place] { return known }
    resolver.asksInstances = false
    let found = resolvedPeer(rule, at: index)
    if let key { peerOfExpression[key] = found }
    if let place, !resolver.asksInstances { peerOfConfigured[place] = found }
    return found
  }

  /// What an expression of a set leads to; instances of a set that do not share it are asked one by one.
  private mutating func resolvedPeer(_ rule: TFPlainRule, at index: Int) -> PeerOfSet {
    let resource = plan.resources[index]
    let found: TFResolution
    if let known = resolver.resolvePeer(of: plan.sets[Int(rule.place.set)]) {
      found = known
    } else {
      let (answer, question) = resolver.resolveOnce(rule.attribute.rawValue, of: resource)
      // What is computed and not written holds nothing.
      guard question != nil, let answer, isWritten(rule.attribute.rawValue, resource) else {
        return .each
      }
      found = answer
    }
    guard found.unresolved.isEmpty, !found.candidates.isEmpty else { return .unknown }
    let (groups, isExact) = groups(found, of: resource)
    guard isExact, let group = groups.first else { return .unknown }
    return .group(Int32(clamping: group))
  }

  private func label(ofGroup group: Int) -> String {
    facts.groups[group].address ?? facts.groups[group].id ?? facts.groups[group].name
      ?? "a group"
  }

  private mutating func noteOddities(
    _ entry: TFEntry, _ direction: Direction, _ resource: TFResource, _ attribute: String?,
    _ group: Int
  ) {
    guard view == .after, entry.peers.isEmpty || entry.idlePorts != nil else { return }
    let place = attribute.map { "\(resource.address).\($0)" } ?? resource.address
    if entry.peers.isEmpty, !mayHavePeers(entry, attribute, resource) {
      facts.groups[group].terraform?.oddities.append(
        .init(
          .noPeer, direction,
          text: entry.hidesServices ? "(sensitive services)" : ServiceText.describe(entry.services),
          address: place, span: entry.span))
    }
    if attribute != nil, let ports = entry.idlePorts, !entry.hidesServices {
      facts.groups[group].terraform?.oddities.append(
        .init(
          .portsWithAllProtocols, direction, text: "ports \(ports)", address: place,
          span: entry.span))
    }
  }

  /// Whether an entry without known peers can get some at apply.
  private func mayHavePeers(
    _ entry: TFEntry, _ attribute: String?, _ resource: TFResource
  ) -> Bool {
    guard attribute == nil, let configured = resolver.configuration(of: resource) else {
      return !entry.unknownPeers.isEmpty
    }
    return entry.unknownPeers.contains { name in
      configured.expression(Self.attribute(name)).map { !$0.isNull } ?? false
    }
  }

  /// The attribute that a name with an index behind it is an element of.
  private static func attribute(_ name: String) -> String {
    guard let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")) else { return name }
    return String(name[..<bracket])
  }

  // MARK: One entry

  /// The peer as it is known, without asking the configuration.
  private func known(_ peer: TFEntry.WrittenPeer, on group: String?) -> PeerFact? {
    switch peer.peer {
    case .v4(let range): .v4(range)
    case .v6(let range): .v6(range)
    case .prefixList(let id): .prefixList(.id(id))
    case .group(let id): .group(id == group ? .itself : .id(id))
    case .itself: .group(.itself)
    case .unreadable: nil
    }
  }

  /// Where entries are added.
  private enum Target {
    case group(Int)
    case floating(Int)
  }

  private mutating func append(_ entry: EntryFact, to target: Target) {
    switch target {
    case .group(let group): facts.groups[group].entries.append(entry)
    case .floating(let set): facts.floating[set].entries.append(entry)
    }
  }

  /// Adds an entry with all its peers.
  private mutating func addEntries(
    _ entry: TFEntry, _ direction: Direction, to target: Target, resource: TFResource,
    attribute: String?, carrier: Origin.Carrier, isCertain: Bool, reason: String?, id: String?,
    groupID: String?, without: Set<TFBox>
  ) {
    let address = resource.address
    func place(_ name: String) -> String {
      attribute.map { "\(address).\($0).\(name)" } ?? "\(address).\(name)"
    }
    let why = entry.unknownServices.map { place($0) } ?? (isCertain ? nil : reason)
    let certain = isCertain && entry.unknownServices == nil
    let isNew = isNew(resource)
    func origin(
      _ span: SourceSpan, _ text: String, _ isSensitive: Bool, _ reason: String? = nil,
      peerID: String? = nil
    ) -> Origin {
      var origin = Origin(
        carrier, span: span, services: entry.services, peerText: text, peerID: peerID, id: id,
        address: address, reason: why ?? reason, isSensitive: isSensitive, note: entry.note)
      origin.hidesServices = entry.hidesServices
      origin.related = resource.related
      origin.isNew = isNew
      return origin
    }
    for peer in entry.peers {
      if entry.unknownServices == nil, !without.isEmpty,
        without.contains(TFBox(services: entry.services, peer: peer.peer).onGroup(groupID))
      {
        continue
      }
      var text = peer.text
      var fact: PeerFact
      var peerID: String?
      switch peer.peer {
      case .v4(let range): fact = .v4(range)
      case .v6(let range): fact = .v6(range)
      case .prefixList(let id):
        text = "prefix list \(id)"
        peerID = id
        fact = .prefixList(
          prefixListByID.find(id, in: resource.region).map { .fact($0) } ?? .id(id))
      case .group(let id):
        text = "security group \(id)"
        peerID = id
        if id == groupID {
          fact = .group(.itself)
        } else {
          fact = .group(
            groupByID.find(id, in: resource.region).map { .fact($0) } ?? .id(id))
        }
      case .itself:
        text = "itself"
        fact = .group(.itself)
      case .unreadable: fact = .unknown(name: place(peer.attribute.rawValue))
      }
      append(
        EntryFact(
          direction: direction, peer: fact,
          origin: origin(peer.span, text, peer.isSensitive, peerID: peerID), isCertain: certain),
        to: target)
    }
    // A dynamic block over an unknown list is one element whose telling fields are all unknown.
    let unknownPeers =
      entry.unknownServices != nil && attribute != nil
      ? Array(entry.unknownPeers.prefix(1)) : entry.unknownPeers
    for name in unknownPeers {
      let facts = writtenPeers(name, attribute, resource)
      for fact in facts ?? [unknownPeer(name, attribute, resource)] {
        guard let fact else { continue }
        append(
          EntryFact(
            direction: direction, peer: fact.peer,
            origin: origin(
              entry.span, fact.text, false, fact.isCertain ? nil : place(name)),
            isCertain: certain && fact.isCertain),
          to: target)
      }
    }
  }

  /// The elements of a list of CIDRs that is known after apply, as the source writes them; nothing
  /// where it does not.
  ///
  /// Constants among them are left open: the plan does not say whether they are secret.
  private mutating func writtenPeers(
    _ name: String, _ inline: String?, _ resource: TFResource
  ) -> [(peer: PeerFact, text: String, isCertain: Bool)?]? {
    guard inline == nil, name == "cidr_blocks" || name == "ipv6_cidr_blocks",
      let elements = resolver.elements(of: name, resource)
    else { return nil }
    return elements.enumerated().map { index, found in
      let label = "\(resource.address).\(name)[\(index)]"
      return cidr(found, label)
        ?? (.unknown(name: label), TFUnknown.text(label), true)
    }
  }

  private func isNew(_ resource: TFResource) -> Bool {
    view == .after && !resource.actions.isDisjoint(with: [.create, .update])
      && !resource.isImported
  }

  /// What an attribute that is known after apply can hold; nothing where it is not written, as then
  /// it will hold nothing.
  private mutating func unknownPeer(
    _ name: String, _ inline: String?, _ resource: TFResource
  ) -> (peer: PeerFact, text: String, isCertain: Bool)? {
    let attribute = Self.attribute(name)
    // A list can turn out empty, an element of it or a single peer cannot.
    let isList =
      switch name {
      case "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups", "self": true
      default: false
      }
    var label: String {
      inline.map { "\(resource.address).\($0)" + (name.hasPrefix($0) ? "" : ".\(name)") }
        ?? "\(resource.address).\(name)"
    }
    func unknown() -> (peer: PeerFact, text: String, isCertain: Bool) {
      let label = label
      return (.unknown(name: label), TFUnknown.text(label), !isList)
    }
    guard inline == nil else { return unknown() }
    guard let found = resolver.resolve(attribute, of: resource) else {
      // Computed and not written: it holds nothing.
      return resolver.configuration(of: resource) == nil ? unknown() : nil
    }
    // The references of a list do not show the constants beside them: `["0.0.0.0/0", aws_vpc.x.…]`.
    guard !isList, found.unresolved.isEmpty, !found.candidates.isEmpty else { return unknown() }
    switch attribute {
    case "source_security_group_id", "referenced_security_group_id":
      let (groups, isExact) = groups(found, of: resource)
      guard isExact, let group = groups.first else { return unknown() }
      return (.group(.fact(group)), "security group \(self.label(ofGroup: group))", true)
    case "prefix_list_id", "prefix_list_ids":
      guard let only = found.only, !found.isIndexed,
        let list = prefixListOfResource[only.resource]
      else { return unknown() }
      let name = facts.prefixLists[list].address ?? facts.prefixLists[list].id ?? ""
      return (.prefixList(.fact(list)), "prefix list \(name)", true)
    default:
      return cidr(found, label) ?? unknown()
    }
  }

  /// The CIDR of a VPC, or a part of it, that an expression with one reference stands for.
  ///
  /// Without source a function of the CIDR looks as the CIDR does; it is taken for one that makes a
  /// part of it (`cidrsubnet`), and that is said.
  private mutating func cidr(
    _ found: TFResolution, _ label: String
  ) -> (peer: PeerFact, text: String, isCertain: Bool)? {
    guard let only = found.only, let attribute = only.attributes.first else { return nil }
    let vpc: VPCReference
    if let own = vpcOfResource[only.resource],
      ["cidr_block", "ipv6_cidr_block", "cidr_block_associations"].contains(attribute)
    {
      vpc = .fact(own)
    } else if let own = vpcOfSubnet[only.resource],
      ["cidr_block", "ipv6_cidr_block"].contains(attribute)
    {
      if case .unknown = own { return nil }
      vpc = own
    } else {
      return nil
    }
    if found.mayBeComputed {
      assumedCIDRs = (first: assumedCIDRs?.first ?? label, count: (assumedCIDRs?.count ?? 0) + 1)
    }
    // Of several associations it is one, beside an index or in a function it is computed.
    let isPart =
      found.isIndexed || found.mayBeComputed || attribute == "cidr_block_associations"
    let target = "\(plan.resources[only.resource].address).\(attribute)"
    return (
      .cidrOfVPC(vpc, name: isPart ? label : target),
      "\(target)\(isPart ? " or a part of it" : "") (known after apply)", true
    )
  }

  // MARK: Exclusive resources

  private mutating func collectExclusives() -> [Int: Exclusive] {
    guard view == .after else { return [:] }
    var result: [Int: Exclusive] = [:]
    for index in others {
      guard case .exclusive(let body)? = bodies[index] else { continue }
      let resource = plan.resources[index]
      let group: Int
      if case .known(let text) = body.group {
        group = groupIndex(ofID: EntryText.groupID(text), from: resource)
      } else {
        let (groups, isExact) = groups(
          resolver.resolve("security_group_id", of: resource), of: resource)
        guard isExact, let only = groups.first else {
          facts.issues.append(
            Issue(
              .warning,
              "\(resource.address): which group it keeps to its list is not in the plan; nothing is taken for removed",
              help: nil, at: resource.span))
          continue
        }
        group = only
      }
      var exclusive = Exclusive(resource: resource)
      for direction in Direction.allCases {
        if let ids = body.ids(direction) {
          exclusive.ids[direction] = Set(ids)
          continue
        }
        guard let found = resolver.resolve("\(direction.rawValue)_rule_ids", of: resource),
          found.unresolved.isEmpty, !found.candidates.isEmpty,
          found.candidates.allSatisfy({
            TFTypes.rules.contains(plan.resources[$0.resource].type)
          })
        else { continue }
        exclusive.rules[direction] = Set(found.candidates.map { $0.resource })
        if found.isChoice { exclusive.choices.insert(direction) }
      }
      result[group] = exclusive
    }
    return result
  }

  /// Takes away what an `aws_vpc_security_group_rules_exclusive` does not list; what it may list is
  /// left as possible.
  private mutating func apply(_ exclusive: Exclusive, to group: Int) {
    let address = exclusive.resource.address
    let revokes = !exclusive.resource.actions.isDisjoint(with: [.create, .update])
    for direction in Direction.allCases {
      let reason = "whether \(address) lists it"
      let listed = exclusive.rules[direction].map { rules in
        Set(rules.map { plan.resources[$0].address })
      }
      let ids = exclusive.ids[direction]
      var kept: [EntryFact] = []
      for entry in facts.groups[group].entries {
        guard entry.direction == direction else {
          kept.append(entry)
          continue
        }
        var entry = entry
        let isListed =
          entry.origin.id.flatMap { ids?.contains($0) }
          ?? entry.origin.address.flatMap { listed?.contains($0) } ?? false
        if !isListed || exclusive.choices.contains(direction) {
          // What is new may be made behind it; what it only may list, and what it cannot be asked
          // about, may stay.
          if revokes, !entry.origin.isNew || entry.origin.id != nil, ids != nil { continue }
          entry.isCertain = false
          entry.origin.reason = entry.origin.reason ?? reason
        }
        kept.append(entry)
      }
      facts.groups[group].entries = kept
      if revokes, ids != nil { facts.groups[group].unseen[direction] = nil }
      if ids == nil, listed == nil {
        facts.groups[group].notes.append(
          .init(direction: direction, text: "which rules \(address) lists is not in the plan"))
      }
    }
  }

  // MARK: What the plan leaves out

  /// Rules that the configuration declares and the plan leaves out: all of an incomplete or errored
  /// plan; of others those that have neither `count` nor `for_each`, which no whole plan lacks.
  mutating func collectUnplanned() {
    guard plan.hasChanges, !groupOfResource.allSatisfy({ $0 == nil }) else { return }
    let isPartial = !plan.isComplete || plan.isErrored
    if plan.saysComplete, !isPartial { return }
    collectUnplanned(plan.configuration, [], "", isPartial: isPartial)
  }

  private mutating func collectUnplanned(
    _ module: TFConfiguredModule, _ steps: [TFModuleStep], _ prefix: String, isPartial: Bool
  ) {
    for number in module.resources.indices {
      let name = module.resources.name(number)
      guard TFTypes.rules.contains(name.type), !name.isData else { continue }
      guard resolver.instances(of: name, in: prefix).isEmpty,
        let scope = resolver.scope(ofModule: steps, prefix: prefix),
        let configured = module.resources[number],
        let expression = configured.expression("security_group_id"),
        isPartial || (configured.count == nil && configured.forEach == nil)
      else { continue }
      var inner = scope
      inner.forEach = configured.forEach
      let found = resolver.resolve(expression, in: inner, rest: [], depth: 0)
      let address = prefix.isEmpty ? name.text : "\(prefix).\(name.text)"
      let directions: [Direction] =
        name.type == "aws_vpc_security_group_egress_rule"
        ? [.egress]
        : name.type == "aws_vpc_security_group_ingress_rule" ? [.ingress] : Direction.allCases
      let groups = found.candidates.compactMap { groupOfResource[$0.resource] }
      guard !groups.isEmpty else { continue }
      if !isPartial {
        facts.issues.append(
          Issue(
            .warning, "this plan is incomplete: it leaves out \(address)",
            help: "plan again without -target before you rely on the result", at: nil))
      }
      let set = floating(groups)
      for direction in directions {
        facts.floating[set].entries.append(
          EntryFact(
            direction: direction, peer: .unknown(name: address),
            origin: Origin(
              .unseen, span: nil, services: .all, peerText: "whatever \(address) says",
              address: address,
              reason: "\(address), which the configuration declares and this plan leaves out"),
            isCertain: false))
      }
    }
    for name in module.callOrder {
      guard let call = module.calls[name],
        isPartial || (call.count == nil && call.forEach == nil)
      else { continue }
      let step = TFModuleStep(name: name, key: nil)
      collectUnplanned(
        call.module, steps + [step], TFResolver.join(prefix, step), isPartial: isPartial)
    }
  }
}

extension TFBox {
  /// The box as it is on a group with that id: a group that names itself by its id means itself.
  fileprivate func onGroup(_ id: String?) -> TFBox {
    guard let id, case .group(id) = peer else { return self }
    return TFBox(services: services, peer: .itself)
  }
}
