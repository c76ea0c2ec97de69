import SGModel

/// Turns a plan into what holds after apply: which groups there will be, and which entries each will
/// have, for certain or possibly.
///
/// The rules it follows are those of the provider, observed: an omitted `egress` is empty when the
/// provider creates the group and unchanged otherwise; a refreshed list of a group shows rules that
/// are resources of their own, also those that this plan removes; an argument that is written is
/// authoritative when the group is created or updated.
struct TFNormaliser {
  private let plan: TFPlan
  private let resolver: TFResolver
  private var facts: Facts
  /// The index in `facts.groups` of each resource of the plan that is a group.
  private var groupOfResource: [Int: Int] = [:]
  private var groupByID: [String: Int] = [:]
  private var vpcOfResource: [Int: Int] = [:]
  private var prefixListOfResource: [Int: Int] = [:]
  private var interfaceOfResource: [Int: Int] = [:]

  /// A rule that is a resource of its own, with the groups it can belong to.
  private struct OwnedRule {
    var resource: TFResource
    var body: TFRuleBody
  }

  init(_ plan: TFPlan) {
    self.plan = plan
    resolver = TFResolver(plan)
    facts = Facts(kind: plan.isState ? "terraform-state" : "terraform-plan")
  }

  /// Returns what the plan leaves behind.
  mutating func normalise() -> Facts {
    facts.issues = plan.issues
    collectVPCs()
    collectPrefixLists()
    collectGroups()
    collectRules()
    collectUnplanned()
    collectInterfaces()
    collectAssociations()
    if !plan.isComplete, !plan.isErrored {
      facts.issues.append(
        Issue(
          .warning, "this plan is incomplete: it leaves out changes that the configuration asks for",
          help: "plan again without -target before you rely on the result", at: nil))
    }
    return facts
  }

  private func live(_ resource: TFResource) -> TFBody? {
    guard !resource.isDeposed else { return nil }
    if resource.actions.staysManaged { return resource.after }
    if resource.actions.contains(.forget) { return resource.before }
    // Destroying the default group only forgets it.
    if resource.name.type == "aws_default_security_group" { return resource.before }
    return nil
  }

  // MARK: VPCs

  private mutating func collectVPCs() {
    var byID: [String: Int] = [:]
    for (index, resource) in plan.resources.enumerated() {
      guard case .vpc(let body)? = live(resource) else { continue }
      var id = body.id.text
      // A data source that is read during apply is looked up by what its configuration says.
      if id == nil, resource.name.isData, let found = resolver.resolve("id", of: resource) {
        if found.candidates.isEmpty, found.constants.count == 1 { id = found.constants[0] }
        if let only = found.only, let known = vpcOfResource[only.resource] {
          vpcOfResource[index] = known
          continue
        }
      }
      if let id, let known = byID[id] {
        facts.vpcs[known].cidrs.formUnion(body.cidrs.known)
        vpcOfResource[index] = known
        // Two views of one VPC: what one of them knows is known.
        if body.cidrs.unknown.isEmpty { facts.vpcs[known].unknownCIDRs = [] }
        continue
      }
      vpcOfResource[index] = facts.vpcs.count
      if let id { byID[id] = facts.vpcs.count }
      facts.vpcs.append(
        VPCFact(
          id: id, address: resource.address, cidrs: body.cidrs.known,
          unknownCIDRs: body.cidrs.unknown))
    }
    for resource in plan.resources {
      guard case .vpcCIDR(let vpc, let cidrs)? = live(resource) else { continue }
      switch reference(vpc, "vpc_id", of: resource) {
      case .fact(let index):
        facts.vpcs[index].cidrs.formUnion(cidrs.known)
        facts.vpcs[index].unknownCIDRs += cidrs.unknown
      case .id(let id):
        if let known = facts.vpcs.firstIndex(where: { $0.id == id }) {
          facts.vpcs[known].cidrs.formUnion(cidrs.known)
          facts.vpcs[known].unknownCIDRs += cidrs.unknown
        }
      case .unknown(let name):
        facts.issues.append(
          Issue(
            .warning, "\(resource.address): which VPC gets this CIDR is not known (\(name))",
            help: nil, at: resource.span))
      }
    }
  }

  /// Which VPC an attribute names.
  private func reference(_ link: TFLink, _ attribute: String, of resource: TFResource) -> VPCReference {
    let name = "\(resource.address).\(attribute)"
    switch link {
    case .known(let id):
      if let known = facts.vpcs.firstIndex(where: { $0.id == id }) { return .fact(known) }
      return .id(id)
    case .absent: return .unknown(name)
    case .unknown:
      guard let found = resolver.resolve(attribute, of: resource) else { return .unknown(name) }
      var vpcs: Set<Int> = []
      for candidate in found.candidates {
        guard let vpc = vpcOfResource[candidate.resource] else { return .unknown(name) }
        vpcs.insert(vpc)
      }
      if vpcs.count == 1, let vpc = vpcs.first, found.unresolved.isEmpty { return .fact(vpc) }
      if found.candidates.isEmpty, found.unresolved.isEmpty, found.constants.count == 1 {
        return .id(found.constants[0])
      }
      return .unknown(name)
    }
  }

  // MARK: Prefix lists

  private mutating func collectPrefixLists() {
    for (index, resource) in plan.resources.enumerated() {
      guard case .prefixList(let body)? = live(resource) else { continue }
      prefixListOfResource[index] = facts.prefixLists.count
      // Entries in resources of their own: the argument is then computed, and not written.
      let isWritten = resolver.configured(resource)?.resource.expressions["entry"] != nil
      var unknown = body.cidrs.unknown.first
      if unknown != nil, !resource.name.isData, !isWritten, hasEntryResources(of: index) {
        unknown = nil
      }
      facts.prefixLists.append(
        PrefixListFact(
          id: body.id.text, address: resource.address, name: body.name,
          entries: body.cidrs.known, unknownEntries: unknown))
    }
    for resource in plan.resources {
      guard case .prefixListEntry(let list, let cidrs)? = live(resource) else { continue }
      let found = resolver.resolve("prefix_list_id", of: resource)
      var targets = found?.candidates.compactMap { prefixListOfResource[$0.resource] } ?? []
      if case .known(let id) = list {
        targets = facts.prefixLists.indices.filter { facts.prefixLists[$0].id == id }
      }
      for target in targets {
        if targets.count == 1 {
          facts.prefixLists[target].entries?.formUnion(cidrs.known)
          if let unknown = cidrs.unknown.first { facts.prefixLists[target].unknownEntries = unknown }
        } else {
          facts.prefixLists[target].unknownEntries = resource.address
        }
      }
    }
  }

  private func hasEntryResources(of list: Int) -> Bool {
    plan.resources.contains { resource in
      guard case .prefixListEntry? = resource.after else { return false }
      return resolver.resolve("prefix_list_id", of: resource)?.candidates.contains {
        $0.resource == list
      } ?? false
    }
  }

  // MARK: Groups

  private mutating func collectGroups() {
    var seen: [String: Int] = [:]
    for (index, resource) in plan.resources.enumerated() {
      guard !resource.name.isData, case .group(let body)? = live(resource) else { continue }
      if let first = seen[resource.address] {
        if plan.hasChanges {
          facts.issues.append(
            Issue(
              .warning, "\(resource.address) is in the plan more than once", help: nil,
              at: resource.span))
        } else {
          // A later list of values (planned) replaces an earlier one (prior).
          facts.groups[first] = group(resource, body)
          groupOfResource[index] = first
          continue
        }
      }
      seen[resource.address] = facts.groups.count
      groupOfResource[index] = facts.groups.count
      if let id = body.id { groupByID[id] = facts.groups.count }
      facts.groups.append(group(resource, body))
    }
  }

  private func group(_ resource: TFResource, _ body: TFGroupBody) -> GroupFact {
    var fact = GroupFact()
    fact.id = body.id
    fact.address = resource.address
    fact.name = body.name
    fact.vpc = reference(body.vpc, "vpc_id", of: resource)
    fact.owner = body.owner
    fact.tags = body.tags
    fact.span = resource.span
    fact.related = resource.related
    fact.ingressSpan = body.ingressSpan
    fact.egressSpan = body.egressSpan
    if resource.actions.contains(.forget) {
      for direction in Direction.allCases {
        fact.notes.append(
          .init(direction: direction, text: "this plan forgets the group; it stays in AWS as it is"))
      }
    }
    return fact
  }

  /// Whether a direction is written as an argument of the group: then the provider removes whatever
  /// else there is when it creates or updates the group.
  private func isWritten(_ direction: Direction, _ resource: TFResource, _ body: TFGroupBody) -> Bool {
    guard let expression = resolver.configured(resource)?.resource.expressions[direction.rawValue]
    else { return false }
    return !expression.isNull
  }

  // MARK: Entries

  private mutating func collectRules() {
    var owned: [Int: [(rule: OwnedRule, isExact: Bool)]] = [:]
    var removed: [Int: [Direction: Set<TFBox>]] = [:]
    for resource in plan.resources where !resource.isDeposed && !resource.name.isData {
      guard TFTypes.rules.contains(resource.name.type) else { continue }
      if case .rule(let before)? = resource.before,
        !resource.actions.isDisjoint(with: [.delete, .update]),
        case .known(let id) = before.group, let group = groupByID[EntryText.groupID(id)],
        let direction = before.direction
      {
        removed[group, default: [:]][direction, default: []].formUnion(before.entry.boxes)
      }
      guard case .rule(let body)? = live(resource) else { continue }
      let rule = OwnedRule(resource: resource, body: body)
      let (groups, isExact) = owners(of: rule)
      for group in groups { owned[group, default: []].append((rule, isExact)) }
    }
    for (index, group) in groupOfResource.sorted(by: { $0.key < $1.key }) {
      let resource = plan.resources[index]
      guard case .group(let body)? = live(resource) else { continue }
      for direction in Direction.allCases {
        take(
          direction, of: resource, body, into: group,
          owned[group]?.filter { ($0.rule.body.direction ?? direction) == direction } ?? [],
          removed[group]?[direction] ?? [])
      }
    }
    // Groups that only rules speak of come behind the others.
    for group in owned.keys.sorted() where group >= firstUnseen {
      for direction in Direction.allCases {
        for (rule, isExact) in owned[group] ?? []
        where (rule.body.direction ?? direction) == direction {
          add(rule, direction, to: group, isCertain: isExact)
        }
      }
    }
  }

  /// The index of the first group that the plan only refers to.
  private var firstUnseen: Int { (groupOfResource.values.max() ?? -1) + 1 }

  /// The groups that a rule belongs to, and whether that is certain.
  private mutating func owners(of rule: OwnedRule) -> ([Int], Bool) {
    let resource = rule.resource
    if case .known(let text) = rule.body.group {
      return ([groupIndex(ofID: EntryText.groupID(text), from: resource)], true)
    }
    let found = resolver.resolve("security_group_id", of: resource)
    let (groups, isExact) = groups(found, of: resource)
    if !groups.isEmpty { return (groups, isExact) }
    // Which group it is cannot be followed: it is one that is made by this plan, first of all one of
    // the same module.
    let candidates = fallback(resource)
    let names = found?.unresolved ?? []
    facts.issues.append(
      Issue(
        .warning,
        "\(resource.address): which group this rule belongs to is not in the plan"
          + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")
          + "; it is counted as possible on "
          + (candidates.count == 1
            ? facts.groups[candidates[0]].address ?? "one group" : "\(candidates.count) groups"),
        help: "lint the describe output after the apply to be certain", at: resource.span))
    return (candidates, false)
  }

  /// The groups that an expression resolved to.
  private mutating func groups(_ found: TFResolution?, of resource: TFResource) -> ([Int], Bool) {
    guard let found else { return ([], false) }
    var groups: [Int] = []
    var isExact = !found.isInexact && found.unresolved.isEmpty
    for candidate in found.candidates {
      let target = plan.resources[candidate.resource]
      if let group = groupOfResource[candidate.resource] {
        if !groups.contains(group) { groups.append(group) }
      } else if candidate.attributes.first == "default_security_group_id",
        let vpc = vpcOfResource[candidate.resource]
      {
        groups.append(defaultGroup(ofVPC: vpc))
      } else if target.name.isData, case .group(let body)? = target.after, let id = body.id {
        groups.append(groupIndex(ofID: id, from: resource))
      } else {
        isExact = false
      }
    }
    if groups.isEmpty {
      for constant in found.constants where EntryText.groupID(constant).hasPrefix("sg-") {
        groups.append(groupIndex(ofID: EntryText.groupID(constant), from: resource))
      }
    }
    return (groups, isExact && groups.count == 1)
  }

  /// The group with that id: one of the plan, or one that the plan only refers to.
  private mutating func groupIndex(ofID id: String, from resource: TFResource) -> Int {
    if let known = groupByID[id] { return known }
    var fact = GroupFact()
    fact.id = id
    fact.span = resource.span
    for direction in Direction.allCases {
      fact.unseen[direction] = "the entries of \(id), which this plan does not show"
    }
    facts.groups.append(fact)
    groupByID[id] = facts.groups.count - 1
    return facts.groups.count - 1
  }

  private mutating func defaultGroup(ofVPC vpc: Int) -> Int {
    for (index, group) in groupOfResource
    where plan.resources[index].name.type == "aws_default_security_group" {
      if facts.groups[group].vpc == .fact(vpc) { return group }
    }
    let label = facts.vpcs[vpc].id ?? facts.vpcs[vpc].address ?? "the VPC"
    let key = "the default group of \(label)"
    if let known = groupByID[key] { return known }
    var fact = GroupFact()
    fact.name = key
    fact.vpc = .fact(vpc)
    for direction in Direction.allCases {
      fact.unseen[direction] = "the entries of \(key), which no resource of this plan manages"
    }
    facts.groups.append(fact)
    groupByID[key] = facts.groups.count - 1
    return facts.groups.count - 1
  }

  /// Groups that an id which cannot be followed can be of.
  private func fallback(_ resource: TFResource) -> [Int] {
    let made = groupOfResource.sorted { $0.key < $1.key }
      .filter { facts.groups[$0.value].id == nil }
    let sameModule = made.filter { plan.resources[$0.key].modulePrefix == resource.modulePrefix }
    let read = sameModule.filter { plan.relevant.contains("\(plan.resources[$0.key].address).id") }
    if !read.isEmpty { return read.map { $0.value } }
    if !sameModule.isEmpty { return sameModule.map { $0.value } }
    if !made.isEmpty { return made.map { $0.value } }
    return groupOfResource.values.sorted()
  }

  private mutating func take(
    _ direction: Direction, of resource: TFResource, _ body: TFGroupBody, into group: Int,
    _ owned: [(rule: OwnedRule, isExact: Bool)], _ removed: Set<TFBox>
  ) {
    let address = resource.address
    let isMade = resource.actions.contains(.create)
    // The default group is adopted, not created, and adoption removes every rule (provider source,
    // vpc_default_security_group.go); its plan says create.
    let written = isWritten(direction, resource, body)
    var ownBoxes: Set<TFBox> = []
    for (rule, isExact) in owned where isExact { ownBoxes.formUnion(rule.body.entry.boxes) }
    var inlineBoxes: Set<TFBox> = []
    switch body.inline(direction) {
    case .entries(let entries):
      for (index, entry) in entries.enumerated() {
        inlineBoxes.formUnion(entry.boxes)
        add(
          entry, direction, to: group, resource: resource, attribute: "\(direction.rawValue)[\(index)]",
          carrier: .terraformInline, isCertain: true,
          // A list that was read back holds the rules of other resources too: those that stay are
          // theirs, those that go are gone.
          without: written ? [] : removed.union(ownBoxes))
      }
    case .unknown:
      if written {
        facts.groups[group].unseen[direction] = "\(address).\(direction.rawValue)"
      } else if isMade {
        if direction == .egress {
          facts.groups[group].notes.append(
            .init(
              direction: .egress,
              text:
                "`egress` is not written: the provider removes AWS's default rule when it creates the group, but later rules from elsewhere would stay; write `egress = []` to have them removed"
            ))
        }
      } else {
        facts.groups[group].unseen[direction] = "\(address).\(direction.rawValue)"
      }
    case .absent:
      // Computed, so a plan always has it; a hand-made or cut file may not.
      if !isMade { facts.groups[group].unseen[direction] = "\(address).\(direction.rawValue)" }
    }
    if resource.isImported || !isMade, !written, direction == .egress,
      case .entries(let entries) = body.inline(direction), !entries.isEmpty
    {
      facts.groups[group].notes.append(
        .init(
          direction: .egress,
          text:
            "`egress` is not written, so Terraform keeps whatever the group has; write `egress = []` to have it removed"
        ))
    }
    for (rule, isExact) in owned {
      var isCertain = isExact && rule.body.direction != nil
      var reason: String?
      let boxes = rule.body.entry.boxes
      // The group's argument removes what it does not list, when the group is changed after the
      // rule was made.
      if written, !isMade, !rule.resource.actions.contains(.create), !boxes.isEmpty,
        !boxes.isSubset(of: inlineBoxes)
      {
        isCertain = false
        reason =
          "whether \(rule.resource.address) survives `\(direction.rawValue)` of \(address), which does not list it"
      }
      add(rule, direction, to: group, isCertain: isCertain, reason: reason)
      if written {
        facts.issues.append(
          Issue(
            .warning,
            "\(rule.resource.address) and the `\(direction.rawValue)` argument of \(address) fight over the same group: each apply undoes the other",
            help: "write rules either as blocks of the group or as resources of their own, for each direction",
            at: rule.resource.span))
      }
    }
  }

  private mutating func add(
    _ rule: OwnedRule, _ direction: Direction, to group: Int, isCertain: Bool, reason: String? = nil
  ) {
    let address = rule.resource.address
    add(
      rule.body.entry, direction, to: group, resource: rule.resource, attribute: nil,
      carrier: .terraformResource(type: rule.resource.name.type),
      isCertain: isCertain,
      reason: reason ?? "which group \(address) belongs to", id: rule.body.id, without: [])
  }

  /// Adds an entry with all its peers.
  private mutating func add(
    _ entry: TFEntry, _ direction: Direction, to group: Int, resource: TFResource,
    attribute: String?, carrier: Origin.Carrier, isCertain: Bool, reason: String? = nil,
    id: String? = nil, without: Set<TFBox>
  ) {
    let address = resource.address
    let place = attribute.map { "\(address).\($0)" } ?? address
    let why = entry.unknownServices.map { "\(place).\($0)" } ?? (isCertain ? nil : reason)
    let certain = isCertain && entry.unknownServices == nil
    func origin(
      _ span: SourceSpan, _ text: String, _ isSensitive: Bool, _ reason: String? = nil,
      peerID: String? = nil
    ) -> Origin {
      var origin = Origin(
        carrier, span: span, services: entry.services, peerText: text, peerID: peerID, id: id,
        address: address, reason: why ?? reason, isSensitive: isSensitive, note: entry.note)
      origin.related = resource.related
      return origin
    }
    for peer in entry.peers {
      if entry.unknownServices == nil,
        without.contains(TFBox(services: entry.services, peer: peer.peer))
      {
        continue
      }
      let text: String
      let fact: PeerFact
      var peerID: String?
      switch peer.peer {
      case .v4(let range):
        text = peer.text
        fact = .v4(range)
      case .v6(let range):
        text = peer.text
        fact = .v6(range)
      case .prefixList(let id):
        text = "prefix list \(id)"
        peerID = id
        fact = .prefixList(.id(id))
      case .group(let id):
        text = "security group \(id)"
        peerID = id
        fact = .group(groupByID[id].map { .fact($0) } ?? .id(id))
      case .itself:
        text = "itself"
        fact = .group(.itself)
      case .unreadable:
        text = peer.text
        fact = .unknown(name: "\(place).\(peer.attribute)")
      }
      facts.groups[group].entries.append(
        EntryFact(
          direction: direction, peer: fact, origin: origin(peer.span, text, peer.isSensitive, peerID: peerID),
          isCertain: certain))
    }
    // A dynamic block over an unknown list is one element whose telling fields are all unknown.
    let unknownPeers =
      entry.unknownServices != nil && attribute != nil
      ? Array(entry.unknownPeers.prefix(1)) : entry.unknownPeers
    for name in unknownPeers {
      for fact in unknownPeer(name, attribute, resource, place) {
        facts.groups[group].entries.append(
          EntryFact(
            direction: direction, peer: fact.peer,
            origin: origin(entry.span, fact.text, false, fact.isCertain ? nil : "\(place).\(name)"),
            isCertain: certain && fact.isCertain))
      }
    }
  }

  /// What an attribute that is known after apply can hold.
  private mutating func unknownPeer(
    _ name: String, _ inline: String?, _ resource: TFResource, _ place: String
  ) -> [(peer: PeerFact, text: String, isCertain: Bool)] {
    let label = inline.map { "\(resource.address).\($0)" + (name.hasPrefix($0) ? "" : ".\(name)") }
      ?? "\(resource.address).\(name)"
    let attribute = String(name.prefix { $0 != "[" })
    // A list can turn out empty, an element of it or a single peer cannot.
    let isSingle = name.hasSuffix("]") || name.hasPrefix("cidr_ipv") || name.hasSuffix("_id")
    let unknown = [
      (PeerFact.unknown(name: label), "a value known after apply (\(label))", isSingle)
    ]
    guard inline == nil else { return unknown }
    guard let found = resolver.resolve(attribute, of: resource) else {
      // Computed and not written: it holds nothing.
      return resolver.configured(resource) == nil ? unknown : []
    }
    guard found.unresolved.isEmpty, !found.candidates.isEmpty else { return unknown }
    if found.candidates.isEmpty { return unknown }
    switch attribute {
    case "source_security_group_id", "referenced_security_group_id", "security_groups":
      let (groups, isExact) = groups(found, of: resource)
      guard isExact, let group = groups.first else { return unknown }
      let label = facts.groups[group].address ?? facts.groups[group].id ?? "a group"
      return [(.group(.fact(group)), "security group \(label)", true)]
    case "prefix_list_id", "prefix_list_ids":
      guard let only = found.only, let list = prefixListOfResource[only.resource] else { return unknown }
      return [
        (.prefixList(.fact(list)), "prefix list \(facts.prefixLists[list].address ?? "")", true)
      ]
    default:
      guard let only = found.only, let vpc = vpcOfResource[only.resource],
        let attribute = only.attributes.first,
        ["cidr_block", "ipv6_cidr_block", "cidr_block_associations"].contains(attribute)
      else { return unknown }
      let target = "\(plan.resources[only.resource].address).\(attribute)"
      return [(.cidrOfVPC(.fact(vpc), name: target), "\(target) (known after apply)", true)]
    }
  }

  /// Rules that the configuration declares and an incomplete plan leaves out.
  private mutating func collectUnplanned() {
    guard !plan.isComplete, !plan.isErrored else { return }
    collectUnplanned(plan.configuration, [], "")
  }

  private mutating func collectUnplanned(
    _ module: TFConfiguredModule, _ steps: [TFModuleStep], _ prefix: String
  ) {
    for name in module.order where TFTypes.rules.contains(name.type) && !name.isData {
      guard resolver.instances(of: name, in: prefix).isEmpty,
        let scope = resolver.scope(ofModule: steps),
        let configured = module.resources[name],
        let expression = configured.expressions["security_group_id"]
      else { continue }
      var inner = scope
      inner.forEach = configured.forEach
      let found = resolver.resolve(expression, in: inner)
      let address = prefix.isEmpty ? name.text : "\(prefix).\(name.text)"
      for candidate in found.candidates {
        guard let group = groupOfResource[candidate.resource] else { continue }
        let directions: [Direction] =
          name.type == "aws_vpc_security_group_egress_rule"
          ? [.egress]
          : name.type == "aws_vpc_security_group_ingress_rule" ? [.ingress] : Direction.allCases
        for direction in directions {
          facts.groups[group].entries.append(
            EntryFact(
              direction: direction, peer: .unknown(name: address),
              origin: Origin(
                .unseen, span: facts.groups[group].span, services: .all,
                peerText: "whatever \(address) says", address: address,
                reason: "\(address), which the configuration declares and this plan leaves out"),
              isCertain: false))
        }
      }
    }
    for name in module.callOrder {
      guard let call = module.calls[name] else { continue }
      let step = TFModuleStep(name: name, key: nil)
      collectUnplanned(call.module, steps + [step], TFResolver.join(prefix, step))
    }
  }

  // MARK: Interfaces

  private mutating func collectInterfaces() {
    var attachable: Set<Int> = []
    for resource in plan.resources {
      guard case .interfacePermission? = live(resource),
        let found = resolver.resolve("network_interface_id", of: resource)
      else { continue }
      for candidate in found.candidates { attachable.insert(candidate.resource) }
    }
    for (index, resource) in plan.resources.enumerated() {
      guard !resource.name.isData, case .interface(let body)? = live(resource) else { continue }
      var fact = InterfaceFact()
      fact.id = body.id
      fact.address = resource.address
      fact.isPNI = body.isPNI || attachable.contains(index)
      if body.groupsUnknown {
        let found = resolver.resolve("security_groups", of: resource)
        if let found {
          let (groups, _) = groups(found, of: resource)
          fact.groups = groups.map { .fact($0) }
        }
      } else {
        fact.groups = body.groups.map { .fact(groupIndex(ofID: $0, from: resource)) }
      }
      interfaceOfResource[index] = facts.interfaces.count
      facts.interfaces.append(fact)
    }
    for resource in plan.resources {
      guard case .attachment(let group, let interface)? = live(resource) else { continue }
      var groupList: [Int] = []
      if case .known(let id) = group {
        groupList = [groupIndex(ofID: EntryText.groupID(id), from: resource)]
        if facts.groups[groupList[0]].address == nil {
          for direction in Direction.allCases {
            facts.groups[groupList[0]].unseen[direction] =
              "the entries of \(EntryText.groupID(id)), which \(resource.address) attaches and this plan does not show"
          }
        }
      } else {
        (groupList, _) = groups(resolver.resolve("security_group_id", of: resource), of: resource)
      }
      var interfaces: [Int] = []
      if case .known(let id) = interface {
        interfaces = facts.interfaces.indices.filter { facts.interfaces[$0].id == id }
      } else if let found = resolver.resolve("network_interface_id", of: resource) {
        interfaces = found.candidates.compactMap { interfaceOfResource[$0.resource] }
      }
      for target in interfaces {
        facts.interfaces[target].groups += groupList.map { .fact($0) }
      }
    }
  }

  private mutating func collectAssociations() {
    for resource in plan.resources {
      guard case .association(let group, let vpc)? = live(resource) else { continue }
      let target = reference(vpc, "vpc_id", of: resource)
      if case .known(let id) = group {
        facts.associations.append((.id(EntryText.groupID(id)), target))
      } else {
        let (found, isExact) = groups(
          resolver.resolve("security_group_id", of: resource), of: resource)
        if isExact, let only = found.first { facts.associations.append((.fact(only), target)) }
      }
    }
  }
}
