import SGModel

/// What is left where it cannot be followed which group something belongs to.
extension TFNormaliser {
  /// The groups that an id which cannot be followed can be of.
  ///
  /// It is not known when planning, so it is that of a group which this plan makes. An expression of
  /// a module sees what is in the module, what the modules that it calls give back, and what is
  /// passed to it. What an expression reads is among the plan's relevant attributes, by the address
  /// of one instance or of all of them.
  mutating func fallback(_ resource: TFResource) -> [Int] {
    let key = "\(resource.region ?? "")\u{0}\(resource.modulePrefix)"
    if let known = fallbackOfModule[key] { return known }
    noteMadeGroups()
    var seen: Set<Int> = []
    if let scope = resolver.scope(of: resource) {
      visible(in: scope, &seen, depth: 0)
    } else {
      seen = Set(madeBelow[""] ?? [])
    }
    // An id of one region is none in another.
    func isNear(_ index: Int) -> Bool {
      guard let group = groupOfResource[index] else { return false }
      guard let region = resource.region, let other = facts.groups[group].region else {
        return true
      }
      return region == other
    }
    var chosen = seen.sorted().filter { isMade[$0] && isNear($0) }
    let read = chosen.filter { isRead(plan.resources[$0]) }
    if !read.isEmpty { chosen = read }
    if chosen.isEmpty { chosen = (madeBelow[""] ?? []).filter { isNear($0) } }
    var result = chosen.compactMap { groupOfResource[$0] }
    if result.isEmpty { result = groupOfResource.compactMap { $0 } }
    fallbackOfModule[key] = result
    return result
  }

  /// Notes the groups that this plan makes, once, under every module that they are in or below.
  private mutating func noteMadeGroups() {
    guard isMade.isEmpty else { return }
    isMade = Array(repeating: false, count: plan.resources.count)
    for (index, group) in groupOfResource.enumerated() {
      guard let group else { continue }
      let resource = plan.resources[index]
      guard !resource.isData, facts.groups[group].id == nil else { continue }
      isMade[index] = true
      var prefix = ""
      madeBelow[prefix, default: []].append(index)
      for step in resource.module {
        prefix = TFResolver.join(prefix, step)
        madeBelow[prefix, default: []].append(index)
      }
    }
  }

  /// Finds the groups that expressions of a module can lead to.
  private func visible(in scope: TFResolver.Scope, _ seen: inout Set<Int>, depth: Int) {
    guard depth < 32 else {
      seen.formUnion(madeBelow[""] ?? [])
      return
    }
    for index in madeBelow[scope.prefix] ?? [] {
      let module = plan.resources[index].module.dropFirst(scope.parents.count)
      if givesBack(module, scope.module) { seen.insert(index) }
    }
    guard let frame = scope.parents.last else { return }
    let caller = resolver.caller(of: scope, frame)
    var isCut = false
    for (_, expression) in frame.call.expressions.sorted(by: { $0.key < $1.key }) {
      let found = resolver.resolve(expression, in: caller, rest: [], depth: 0)
      seen.formUnion(found.candidates.map { $0.resource })
      // What the caller passes cannot be followed either.
      if !found.unresolved.isEmpty { isCut = true }
    }
    if isCut { visible(in: caller, &seen, depth: depth + 1) }
  }

  /// Whether each of the modules that these calls lead to gives something back to its caller.
  private func givesBack(_ calls: ArraySlice<TFModuleStep>, _ module: TFConfiguredModule) -> Bool {
    var module = module
    for step in calls {
      guard let call = module.calls[step.name] else { return true }
      guard !call.module.outputs.isEmpty else { return false }
      module = call.module
    }
    return true
  }

  /// Whether the plan says that something reads the id of a group, or all of the group.
  private func isRead(_ resource: TFResource) -> Bool {
    // Each key can be left out: then all instances are meant.
    var addresses = [""]
    func append(_ text: String, _ key: TFKey?) {
      let heads = addresses.map { $0.isEmpty ? text : "\($0).\(text)" }
      addresses = heads
      if key != nil { addresses += heads.map { $0 + TFResolver.keyText(key) } }
    }
    guard resource.module.count <= 6 else { return true }
    for step in resource.module { append("module.\(step.name)", step.key) }
    append(resource.name.text, resource.key)
    return addresses.contains { address in
      ["", "id", "arn"].contains { plan.relevant.contains("\(address).\($0)") }
    }
  }
}
