import SGModel

/// Turns a plan into what holds before or after it: which groups there are, and which entries each
/// has, for certain or possibly.
///
/// The rules it follows are those of the provider, observed: an omitted `egress` is empty when the
/// provider creates the group and unchanged otherwise; a refreshed list of a group shows rules that
/// are resources of their own, also those that this plan removes; an argument that is written is
/// authoritative when the group is created or updated.
struct TFNormaliser {
  let plan: TFPlan
  let view: PlanView
  let resolver: TFResolver
  var facts: Facts
  /// What each resource of the plan is on the side that is looked at; nothing where it is not there.
  var bodies: TFResourceTable<TFBody>
  /// The resources that are no rules and were not left in the plan: most questions are about these.
  private(set) var others: [Int] = []
  /// The resources that are groups, and those that carry some; data sources among them.
  private(set) var groups: [Int] = []
  private(set) var carriers: [Int] = []
  /// Objects that are there and that Terraform no longer manages, or manages no more than to delete
  /// them: deposed ones, and those that a replacement leaves behind.
  var leftovers: [(resource: Int, body: TFBody)] = []

  /// The index in `facts.groups` of each resource that is a group.
  var groupOfResource: TFResourceTable<Int>
  var groupByID = IDTable()
  /// Ids of groups that the plan destroys, and all their entries with them.
  var destroyed: Set<String> = []
  var vpcOfResource: [Int: Int] = [:]
  var vpcByID = IDTable()
  /// The ids of VPCs that nothing else is known of: one text for all groups in them.
  private var vpcIDs: Set<String> = []
  /// The default VPC of each region, where the plan manages it.
  var defaultVPCs: [String?: Int] = [:]
  /// VPCs that the plan makes, with the VPC's body: their default groups come with known entries.
  var madeVPCs: [Int: TFVPCBody] = [:]
  /// The VPC of a default group, by the group's id.
  var vpcOfDefaultGroup: [String: Int] = [:]
  var idOfDefaultGroup: [Int: String] = [:]
  /// The default group of each VPC, once it was asked for.
  var defaultGroupOfVPC: [Int: Int] = [:]
  var vpcOfSubnet: [Int: VPCReference] = [:]
  var vpcOfSubnetID: [String: VPCReference] = [:]
  var prefixListOfResource: [Int: Int] = [:]
  var prefixListByID = IDTable()
  var carrierOfResource: [Int: Int] = [:]
  /// The groups that all rules of a set are on, by its number.
  var ownerOfSet: [Owner?]
  /// The group that rules name by its id, and the region that they are in, by the number of the id; negative where
  /// nobody has asked, or it is destroyed.
  var groupOfID: [(group: Int32, region: UInt16)] = []
  /// The group that is the peer of all rules of a set, by the set's number.
  var peerOfSet: [PeerOfSet]
  /// The same by what names the peer, in an instance of a module.
  var peerOfExpression: [PeerExpression: PeerOfSet] = [:]
  /// The same by where rules are configured, where all instances of their module lead to the same.
  var peerOfConfigured: [TFResolver.Place: PeerOfSet] = [:]
  /// What groups are called that are peers and known only after apply, by their indices.
  var peerNames: [Int32: PeerName] = [:]
  /// Rules that are on groups and kept short, those of one group side by side, and peers of them.
  var shortRules: [RuleFact] = []
  var shortPeers: [PeerFact] = []
  /// Whether plain rules and what is written in plain groups are kept short where nothing more is to be said of
  /// them, and what carries groups is left out where it says no more than which those are.
  let keepsShort: Bool
  var floatOfGroups: [[Int]: Int] = [:]
  var fallbackOfModule: [String: [Int]] = [:]
  /// Groups that the plan makes, as indices of its resources, by each module they are in or below.
  var madeBelow: [String: [Int]] = [:]
  /// Which resources are groups that the plan makes; empty until somebody asks.
  var isMade: [Bool] = []
  /// Rules whose group cannot be followed, one line for all instances of a resource.
  var unresolvedRules: [TFResolver.Question: (resource: TFResource, why: String, count: Int)] = [:]
  var unresolvedOrder: [TFResolver.Question] = []
  /// What is noted of groups whose `egress` is not written, by whether they are adopted.
  var notesOfUnwritten: [Bool: [SecurityGroup.Note]] = [:]
  /// Values that are taken for CIDRs of a VPC without having been seen in the source.
  var assumedCIDRs: (first: String, count: Int)?

  /// The groups that something belongs to.
  enum Owner {
    /// This one.
    case certain(Int)
    /// This one, or none that is known here.
    case possible(Int)
    /// One of a set, which is `facts.floating[_]`.
    case oneOf(Int)
    /// None: the group goes, and what is on it goes with it.
    case gone
  }

  /// What names the peers of some sets: its number, and the module instance that they are in.
  struct PeerExpression: Hashable {
    var module: Int
    var number: Int32
  }

  /// What is known of the peer of all rules of a set.
  enum PeerOfSet {
    /// Nobody has asked.
    case notAsked
    /// It has to be asked for each of them.
    case each
    /// This group of `facts.groups`.
    case group(Int32)
    /// It is written for all of them, and cannot be told.
    case unknown
  }

  init(_ plan: TFPlan, view: PlanView = .after, keepsShort: Bool = false) {
    self.keepsShort = keepsShort && plan.resources.text != nil
    self.plan = plan
    self.view = view
    resolver = TFResolver(plan)
    facts = Facts(kind: plan.isState ? "terraform-state" : "terraform-plan")
    bodies = plan.resources.table(of: TFBody.self)
    groupOfResource = plan.resources.table(of: Int.self)
    ownerOfSet = Array(repeating: nil, count: plan.sets.count)
    peerOfSet = Array(repeating: .notAsked, count: plan.sets.count)
  }

  /// Returns what there is on that side of the plan.
  mutating func normalise() -> Facts {
    facts.issues = plan.issues
    collectObjects()
    collectVPCs()
    collectPrefixLists()
    collectGroups()
    collectRules()
    if view == .after { collectUnplanned() }
    collectCarriers()
    collectAssociations()
    if view == .after, let (first, count) = assumedCIDRs {
      let others =
        count == 1 ? " is" : " and \(count - 1) other value\(count == 2 ? "" : "s") are"
      facts.issues.append(
        Issue(
          .warning,
          "\(first)\(others) taken for the CIDR of a VPC, or a part of it: a plan shows what an expression refers to, not what it computes",
          help: "name the folder of the source with --source-root to be certain", at: nil))
    }
    if view == .after, plan.saysComplete, !plan.isComplete, !plan.isErrored {
      facts.issues.append(
        Issue(
          .warning,
          "this plan is incomplete: it leaves out changes that the configuration asks for",
          help: "plan again without -target before you rely on the result", at: nil))
    }
    plan.resources.text?.forgetShapes()
    if !shortRules.isEmpty, let text = plan.resources.text {
      facts.rules = TFRuleList(
        shortRules, peers: shortPeers, names: peerNames, of: plan.resources, text, view: view)
    }
    return facts
  }

  // MARK: What is there

  private mutating func collectObjects() {
    for index in plan.resources.indices {
      // What a plain rule is stands in the plan, and it is no group.
      if plan.resources.isPlainRule(at: index) { continue }
      guard plan.resources.isWhole(at: index) else {
        if plan.resources.group(at: index) != nil {
          groups.append(index)
        } else {
          carriers.append(index)
        }
        continue
      }
      let resource = plan.resources[index]
      if !resource.set.isRule { others.append(index) }
      let (managed, leftover) =
        view == .after ? Self.after(resource) : Self.before(resource)
      bodies[index] = managed
      switch managed {
      case .group?: groups.append(index)
      case .carrier?: carriers.append(index)
      default: break
      }
      if let leftover { leftovers.append((index, leftover)) }
      // A replacement takes the old object with it as well.
      if view == .after, leftover == nil, managed == nil || resource.actions.contains(.delete),
        !resource.isDeposed, case .group(let body)? = resource.before, let id = body.id
      {
        destroyed.insert(id)
      }
    }
  }

  private static func after(_ resource: TFResource) -> (managed: TFBody?, leftover: TFBody?) {
    if resource.isDeposed {
      return (nil, resource.actions.contains(.delete) ? nil : resource.before)
    }
    // Destroying the default group only forgets it.
    let isKept =
      resource.actions.contains(.forget)
      || (resource.actions.contains(.delete) && resource.type == "aws_default_security_group")
    if resource.actions.staysManaged { return (resource.after, isKept ? resource.before : nil) }
    return (isKept ? resource.before : nil, nil)
  }

  private static func before(_ resource: TFResource) -> (managed: TFBody?, leftover: TFBody?) {
    if resource.isDeposed { return (nil, resource.before) }
    // What a data source says is read, not made; one that is read during apply says nothing yet.
    if resource.isData { return (resource.before ?? resource.after, nil) }
    return (resource.before, nil)
  }

  /// Whether the plan makes the object that it ends with.
  func isMade(_ resource: TFResource) -> Bool {
    view == .after && resource.actions.contains(.create) && !resource.isImported
      && !resource.isDeferred
  }

  // MARK: VPCs

  private mutating func collectVPCs() {
    for index in others {
      guard case .vpc(let body)? = bodies[index] else { continue }
      let resource = plan.resources[index]
      var id = body.id.text
      // A data source that is read during apply is looked up by what its configuration says.
      if id == nil, resource.isData, let found = resolver.resolve("id", of: resource) {
        if found.candidates.isEmpty, found.constants.count == 1 { id = found.constants[0] }
        if let only = found.only, let known = vpcOfResource[only.resource] {
          vpcOfResource[index] = known
          continue
        }
      }
      if let id, let known = vpcByID.find(id, in: resource.region) {
        facts.vpcs[known].cidrs.formUnion(body.cidrs.known)
        if body.cidrs.isSensitive { facts.vpcs[known].isSensitive = true }
        vpcOfResource[index] = known
        // Two views of one VPC: what one of them knows is known.
        if body.cidrs.unknown.isEmpty { facts.vpcs[known].unknownCIDRs = [] }
        continue
      }
      let vpc = facts.vpcs.count
      vpcOfResource[index] = vpc
      if let id { vpcByID.insert(id, in: resource.region, vpc) }
      if let group = body.defaultGroup {
        vpcOfDefaultGroup[group] = vpc
        idOfDefaultGroup[vpc] = group
      }
      if resource.type == "aws_default_vpc" { defaultVPCs[resource.region] = vpc }
      if resource.type == "aws_vpc", !resource.isData, isMade(resource) {
        madeVPCs[vpc] = body
      }
      facts.vpcs.append(
        VPCFact(
          id: id, address: resource.address, cidrs: body.cidrs.known,
          unknownCIDRs: body.cidrs.unknown, region: resource.region,
          isSensitive: body.cidrs.isSensitive))
    }
    collectAssociatedCIDRs()
    for index in others {
      guard case .subnet(let id, let link)? = bodies[index] else { continue }
      let resource = plan.resources[index]
      let vpc = reference(link, "vpc_id", of: resource)
      vpcOfSubnet[index] = vpc
      if let id = id.text { vpcOfSubnetID[id] = vpc }
    }
  }

  private mutating func collectAssociatedCIDRs() {
    // A VPC that was read before shows associations that the plan removes.
    if view == .after {
      for index in others where bodies[index] == nil {
        let resource = plan.resources[index]
        guard resource.actions == .delete,
          case .vpcCIDR(.known(let id), let cidrs)? = resource.before,
          let vpc = vpcByID.find(id, in: resource.region)
        else { continue }
        facts.vpcs[vpc].cidrs = facts.vpcs[vpc].cidrs.subtracting(cidrs.known)
      }
    }
    for index in others {
      guard case .vpcCIDR(let link, let cidrs)? = bodies[index] else { continue }
      let resource = plan.resources[index]
      switch reference(link, "vpc_id", of: resource) {
      case .fact(let vpc):
        facts.vpcs[vpc].cidrs.formUnion(cidrs.known)
        facts.vpcs[vpc].unknownCIDRs += cidrs.unknown
        if cidrs.isSensitive { facts.vpcs[vpc].isSensitive = true }
        // An expression that names the association means this VPC.
        vpcOfResource[index] = vpc
      case .id:
        // A VPC that nothing else shows: one of its CIDRs alone does not make it known.
        continue
      case .unknown(let name):
        facts.issues.append(
          Issue(
            .warning, "\(resource.address): which VPC gets this CIDR is not known (\(name))",
            help: nil, at: resource.span))
      }
    }
  }

  /// Which VPC an attribute names.
  mutating func reference(
    _ link: TFLink, _ attribute: String, of resource: TFResource
  ) -> VPCReference {
    // Made only where nothing is known: the address may have to be read.
    var name: String { "\(resource.address).\(attribute)" }
    switch link {
    case .known(let id):
      if let known = vpcByID.find(id, in: resource.region) { return .fact(known) }
      return .id(vpcIDs.insert(id).memberAfterInsert)
    case .absent: return .unknown(name)
    case .unknown:
      guard let found = resolver.resolve(attribute, of: resource) else {
        // Not written: the default VPC of the region, the same one for all who say nothing.
        let region = resource.region.map { " of \($0)" } ?? ""
        if let vpc = defaultVPCs[resource.region] { return .fact(vpc) }
        return .unknown("the default VPC\(region)")
      }
      var vpcs: Set<Int> = []
      for candidate in found.candidates {
        guard let vpc = vpc(of: candidate) else { return .unknown(name) }
        guard case .fact(let index) = vpc else { return vpc }
        vpcs.insert(index)
      }
      if vpcs.count == 1, let vpc = vpcs.first, found.unresolved.isEmpty { return .fact(vpc) }
      if found.candidates.isEmpty, found.unresolved.isEmpty, found.constants.count == 1 {
        return reference(.known(found.constants[0]), attribute, of: resource)
      }
      return .unknown(name)
    }
  }

  /// The VPC that an attribute of a VPC, a subnet or a group leads to.
  private mutating func vpc(of candidate: TFResolution.Candidate) -> VPCReference? {
    let resource = plan.resources[candidate.resource]
    switch candidate.attributes.first {
    case nil, "id": return vpcOfResource[candidate.resource].map { .fact($0) }
    case "vpc_id":
      if let vpc = vpcOfSubnet[candidate.resource] { return vpc }
      if let vpc = vpcOfResource[candidate.resource] { return .fact(vpc) }
      if let known = groupOfResource[candidate.resource] { return facts.groups[known].vpc }
      guard let body = groupHead(at: candidate.resource) else { return nil }
      return reference(body.vpc, "vpc_id", of: resource)
    default: return vpcOfResource[candidate.resource].map { .fact($0) }
    }
  }

  // MARK: Prefix lists

  private mutating func collectPrefixLists() {
    // Managed lists first: what a plan makes of a list counts for more than what was read of it.
    for isData in [false, true] {
      for index in others {
        guard case .prefixList(let body)? = bodies[index] else { continue }
        let resource = plan.resources[index]
        guard resource.isData == isData else { continue }
        if isData, let id = body.id.text, let known = prefixListByID.find(id, in: resource.region) {
          prefixListOfResource[index] = known
          continue
        }
        let list = facts.prefixLists.count
        prefixListOfResource[index] = list
        if let id = body.id.text { prefixListByID.insert(id, in: resource.region, list) }
        facts.prefixLists.append(
          PrefixListFact(
            id: body.id.text, address: resource.address, name: body.name,
            entries: body.cidrs.known, unknownEntries: body.cidrs.unknown.first,
            region: resource.region, isSensitive: body.cidrs.isSensitive))
      }
    }
    collectPrefixListEntries()
  }

  /// Entries that are resources of their own: the list itself shows those that were there before.
  private mutating func collectPrefixListEntries() {
    var added: [Int: PeerSet] = [:]
    for index in others {
      let resource = plan.resources[index]
      if view == .after, !resource.actions.isDisjoint(with: [.delete, .update]),
        case .prefixListEntry(.known(let id), let cidrs)? = resource.before,
        let list = prefixListByID.find(id, in: resource.region)
      {
        facts.prefixLists[list].entries?.subtract(cidrs.known)
      }
      guard case .prefixListEntry(let link, let cidrs)? = bodies[index] else { continue }
      if case .known(let id) = link {
        if let list = prefixListByID.find(id, in: resource.region) {
          added[list, default: PeerSet()].formUnion(cidrs.known)
          if let unknown = cidrs.unknown.first { facts.prefixLists[list].unknownEntries = unknown }
        }
        continue
      }
      let found = resolver.resolve("prefix_list_id", of: resource)
      if let only = found?.only, let list = prefixListOfResource[only.resource] {
        // A computed list of a new prefix list holds what these resources put into it.
        if isMade(plan.resources[only.resource]), !isWritten("entry", plan.resources[only.resource])
        {
          facts.prefixLists[list].unknownEntries = nil
        }
        added[list, default: PeerSet()].formUnion(cidrs.known)
        if cidrs.isSensitive { facts.prefixLists[list].isSensitive = true }
        if let unknown = cidrs.unknown.first { facts.prefixLists[list].unknownEntries = unknown }
      } else {
        for candidate in found?.candidates ?? [] {
          guard let list = prefixListOfResource[candidate.resource] else { continue }
          facts.prefixLists[list].unknownEntries = resource.address
        }
      }
    }
    for (list, peers) in added { facts.prefixLists[list].entries?.formUnion(peers) }
  }

  /// Whether an argument is in the configuration, as more than null.
  func isWritten(_ attribute: String, _ resource: TFResource) -> Bool {
    guard let expression = resolver.configuration(of: resource)?.expression(attribute) else {
      return false
    }
    return !expression.isNull
  }

  /// Whether a group's argument with entries of a direction is in the configuration, as more than null.
  func isWritten(_ direction: Direction, _ resource: TFResource) -> Bool {
    resolver.isWritten(direction, of: resource.set) ?? isWritten(direction.rawValue, resource)
  }

  // MARK: Groups

  private mutating func collectGroups() {
    // Facts of groups are large, and a list that grows by itself is there twice meanwhile; some groups are only
    // spoken of, and come to these later.
    facts.groups.reserveCapacity(groups.count + groups.count / 16)
    for index in groups {
      let head = plan.resources.head(at: index)
      guard let body = groupHead(at: index, head) else { continue }
      let resource = plan.resources[index]
      guard !resource.isData else { continue }
      groupOfResource[index] = facts.groups.count
      if let id = body.id { groupByID.insert(id, in: resource.region, facts.groups.count) }
      appendGroup(resource, head?.address ?? resource.address, body)
      if resource.type == "aws_default_security_group",
        case .fact(let vpc)? = facts.groups[facts.groups.count - 1].vpc
      {
        defaultGroupOfVPC[vpc] = facts.groups.count - 1
      }
    }
    // Asked for by whoever comes before.
    plan.resources.text?.heads = TFGroupHeads()
    // A group that stays behind has its id alone: the address is that of its successor.
    for (index, body) in leftovers {
      guard case .group(let body) = body, let id = body.id,
        groupByID.find(id, in: plan.resources[index].region) == nil
      else { continue }
      let resource = plan.resources[index]
      let group = appendGroup(resource, nil, body)
      facts.groups[group].terraform = TerraformUse(fate: .forgotten)
      let what = resource.isDeposed ? "a deposed object of" : "what is left of"
      facts.groups[group].notes = Direction.allCases.map {
        .init(
          direction: $0, text: "this is \(what) \(resource.address); it stays in AWS as it is")
      }
      groupByID.insert(id, in: resource.region, group)
      for direction in Direction.allCases {
        addInline(direction, of: resource, body, into: group, without: [])
      }
    }
  }

  /// What a group says on the side that is looked at; of one that was left in the plan, all but its entries, and
  /// what `head` says.
  private func groupHead(at index: Int, _ head: TFGroupHeads.Head?) -> TFGroupBody? {
    if let plain = plan.resources.group(at: index) {
      return plan.resources.text?.head(of: plain, head)
    }
    guard case .group(let body)? = bodies[index] else { return nil }
    return body
  }

  /// What a group says on the side that is looked at; of one that was left in the plan, all but its entries.
  private func groupHead(at index: Int) -> TFGroupBody? {
    let head = plan.resources.head(at: index)
    return head == nil && !plan.resources.isWhole(at: index) ? nil : groupHead(at: index, head)
  }

  /// As `groupHead`, for one that was left in the plan without what it says of itself.
  func groupArguments(at index: Int) -> TFGroupBody? { groupHead(at: index, nil) }

  /// What a group says on the side that is looked at; nothing where it is no longer what it was.
  func groupBody(at index: Int) -> TFGroupBody? {
    let body = plan.resources.isWhole(at: index) ? bodies[index] : plan.resources[index].after
    guard case .group(let body)? = body else { return nil }
    return body
  }

  /// Adds a fact of a group, all but its entries, and returns its index.
  @discardableResult
  private mutating func appendGroup(
    _ resource: TFResource, _ address: String?, _ body: TFGroupBody
  ) -> Int {
    let vpc = reference(body.vpc, "vpc_id", of: resource)
    var use = TerraformUse(fate: fate(resource))
    for direction in Direction.allCases where isCertainlyWritten(direction, resource, body) {
      use.written.insert(direction)
    }
    // One property after the other, and in its place: a copy of all would count a reference to each part.
    let group = facts.groups.count
    facts.groups.append(GroupFact())
    facts.groups[group].id = body.id
    facts.groups[group].address = address
    facts.groups[group].name = body.name
    facts.groups[group].vpc = vpc
    facts.groups[group].owner = body.owner
    facts.groups[group].region = resource.region
    facts.groups[group].tags = body.tags
    facts.groups[group].span = resource.span
    facts.groups[group].related = resource.related
    facts.groups[group].ingressSpan = body.ingressSpan
    facts.groups[group].egressSpan = body.egressSpan
    facts.groups[group].terraform = use
    guard use.fate == .forgotten else { return group }
    for direction in Direction.allCases {
      facts.groups[group].notes.append(
        .init(direction: direction, text: "this plan forgets the group; it stays in AWS as it is"))
    }
    return group
  }

  private func fate(_ resource: TFResource) -> TerraformUse.Fate {
    guard view == .after else { return .kept }
    if resource.actions.staysManaged {
      if resource.isImported { return .imported }
      if resource.actions.contains(.create) {
        return resource.type == "aws_default_security_group" ? .adopted : .made
      }
      return resource.actions.contains(.update) ? .changed : .kept
    }
    return .forgotten
  }

  /// Whether a direction is written as an argument of the group for certain: it is in the
  /// configuration, or the plan gives it a value that nothing else can have given it. (A `dynamic`
  /// block leaves no trace in the configuration.)
  private func isCertainlyWritten(
    _ direction: Direction, _ resource: TFResource, _ body: TFGroupBody
  ) -> Bool {
    if isWritten(direction, resource) { return true }
    guard view == .after, case .entries(let entries) = body.inline(direction) else { return false }
    if isMade(resource) { return true }
    guard resource.actions.contains(.update), case .group(let before)? = resource.before,
      case .entries(let old) = before.inline(direction)
    else { return false }
    return Set(entries.flatMap { $0.boxes }) != Set(old.flatMap { $0.boxes })
  }

  /// The group with that id: one of the plan, or one that the plan only refers to.
  mutating func groupIndex(ofID id: String, from resource: TFResource) -> Int {
    if let known = groupByID.find(id, in: resource.region) { return known }
    if let vpc = vpcOfDefaultGroup[id] { return defaultGroup(ofVPC: vpc) }
    var fact = GroupFact()
    fact.id = id
    fact.span = resource.span
    fact.region = resource.region
    for direction in Direction.allCases {
      fact.unseen[direction] = "the entries of \(id), which this plan does not show"
    }
    groupByID.insert(id, in: resource.region, facts.groups.count)
    facts.groups.append(fact)
    return facts.groups.count - 1
  }

  /// The group that a data source reads: one of the plan, or one of which only the name is known.
  mutating func group(ofData index: Int) -> Int? {
    if let known = groupOfResource[index] { return known }
    let resource = plan.resources[index]
    guard case .group(let body)? = bodies[index] else { return nil }
    let group: Int
    if let id = body.id {
      let isNew = groupByID.find(id, in: resource.region) == nil
      group = groupIndex(ofID: id, from: resource)
      if isNew {
        facts.groups[group].name = body.name
        facts.groups[group].vpc = reference(body.vpc, "vpc_id", of: resource)
      }
    } else if let only = resolver.resolve("id", of: resource)?.only,
      let planned = groupOfResource[only.resource]
    {
      group = planned
    } else {
      // Read during apply: it has no id yet, but a name of its own in the configuration.
      var fact = GroupFact()
      fact.address = resource.address
      fact.name = body.name
      fact.vpc = reference(body.vpc, "vpc_id", of: resource)
      fact.span = resource.span
      fact.region = resource.region
      for direction in Direction.allCases {
        fact.unseen[direction] = "the entries of \(resource.address), which is read during apply"
      }
      group = facts.groups.count
      facts.groups.append(fact)
    }
    groupOfResource[index] = group
    return group
  }

  /// The default group of a VPC: managed, or as AWS makes it.
  mutating func defaultGroup(ofVPC vpc: Int) -> Int {
    if let known = defaultGroupOfVPC[vpc] { return known }
    let label = facts.vpcs[vpc].id ?? facts.vpcs[vpc].address ?? "the VPC"
    let name = "the default group of \(label)"
    var fact = GroupFact()
    fact.id = idOfDefaultGroup[vpc]
    fact.name = name
    fact.vpc = .fact(vpc)
    fact.region = facts.vpcs[vpc].region
    let group = facts.groups.count
    defaultGroupOfVPC[vpc] = group
    if let id = fact.id { groupByID.insert(id, in: fact.region, group) }
    if let made = madeVPCs[vpc] {
      // AWS makes it with the VPC: in from itself, out to everywhere ("Default security groups for
      // your VPCs", Amazon VPC User Guide).
      fact.entries = Self.defaultEntries(hasV6: made.hasV6, of: name)
    } else {
      for direction in Direction.allCases {
        fact.unseen[direction] = "the entries of \(name), which no resource of this plan manages"
      }
    }
    facts.groups.append(fact)
    return group
  }

  private static func defaultEntries(hasV6: Bool, of name: String) -> [EntryFact] {
    func entry(_ direction: Direction, _ peer: PeerFact, _ text: String) -> EntryFact {
      EntryFact(
        direction: direction, peer: peer,
        origin: Origin(.unseen, span: nil, services: .all, peerText: text))
    }
    var result = [
      entry(.ingress, .group(.itself), "itself"), entry(.egress, .v4(.all), "0.0.0.0/0"),
    ]
    if hasV6 { result.append(entry(.egress, .v6(.all), "::/0")) }
    return result
  }

  private mutating func collectAssociations() {
    for index in others {
      guard case .association(let link, let vpc)? = bodies[index] else { continue }
      let resource = plan.resources[index]
      let target = reference(vpc, "vpc_id", of: resource)
      switch link {
      case .known(let id): facts.associations.append((.id(EntryText.groupID(id)), target))
      case .absent, .unknown:
        let (found, isExact) = groups(
          resolver.resolve("security_group_id", of: resource), of: resource)
        if isExact, let only = found.first { facts.associations.append((.fact(only), target)) }
      }
    }
  }
}
