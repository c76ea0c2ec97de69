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
    var made: [(resource: Int, group: Int)] = []
    for (index, group) in groupOfResource.enumerated() {
      guard let group, !plan.resources[index].name.isData, facts.groups[group].id == nil else {
        continue
      }
      // An id of one region is none in another.
      if let region = resource.region, let other = facts.groups[group].region, other != region {
        continue
      }
      made.append((index, group))
    }
    var seen: Set<Int> = []
    if let scope = resolver.scope(ofModule: resource.module, prefix: resource.modulePrefix) {
      visible(in: scope, of: made, &seen, depth: 0)
    } else {
      seen = Set(made.map { $0.resource })
    }
    var chosen = made.filter { seen.contains($0.resource) }
    let read = chosen.filter { isRead(plan.resources[$0.resource]) }
    if !read.isEmpty { chosen = read }
    if chosen.isEmpty { chosen = made }
    var result = chosen.map { $0.group }
    if result.isEmpty { result = groupOfResource.compactMap { $0 } }
    fallbackOfModule[key] = result
    return result
  }

  /// Finds the groups that expressions of a module can lead to.
  private func visible(
    in scope: TFResolver.Scope, of made: [(resource: Int, group: Int)], _ seen: inout Set<Int>,
    depth: Int
  ) {
    guard depth < 32 else {
      seen.formUnion(made.map { $0.resource })
      return
    }
    let inner = scope.prefix.isEmpty ? "" : scope.prefix + "."
    for (index, _) in made {
      let resource = plan.resources[index]
      let isBelow = inner.isEmpty || resource.modulePrefix.hasPrefix(inner)
      guard isBelow || resource.modulePrefix == scope.prefix else { continue }
      if givesBack(resource.module.dropFirst(scope.parents.count), scope.module) {
        seen.insert(index)
      }
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
    if isCut { visible(in: caller, of: made, &seen, depth: depth + 1) }
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
