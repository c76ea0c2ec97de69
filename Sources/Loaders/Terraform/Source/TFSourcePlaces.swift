import SGModel

extension TFSourceStore {
  /// Whether there may be a source of the plan in that file.
  func hasSource(ofFile path: String) -> Bool {
    folders.root != nil || TFSourceTree(self, root: root(ofFile: path)).module([]) != nil
  }

  private func root(ofFile path: String) -> String {
    // A plan from standard input was most likely made where the program runs.
    folders.root ?? (path == "<stdin>" ? "." : PathText.folder(of: path))
  }

  /// Takes the source of a plan to it, where it is at hand: expressions, and the places where its
  /// resources are written.
  func apply(to plan: inout TFPlan, ofFile path: String) {
    let given = folders.root
    let tree = TFSourceTree(self, root: root(ofFile: path))
    // Most plans lie in a folder without any source, and there is nothing to be said of that.
    if given == nil, tree.module([]) == nil { return }
    let share = TFSourcePlaces.share(of: plan, in: tree)
    guard share.declared * 2 >= share.all, share.declared > 0 else {
      if let given, share.all > 0 {
        plan.issues.append(
          Issue(
            .warning,
            "--source-root: \(given) declares \(share.declared) of the \(share.all) resources and modules of \(path): it is not its source, and is left aside",
            help: "give the folder in which `terraform plan` ran", at: nil))
      }
      return
    }
    var agreement = TFSourceAgreement(tree)
    agreement.compare(plan.configuration)
    TFSourcePlaces(tree).relocate(&plan)
    plan.issues += TFSourcePlaces.issues(of: tree, agreement)
  }
}

/// Finds where the resources of a plan are written.
struct TFSourcePlaces {
  private let tree: TFSourceTree

  init(_ tree: TFSourceTree) { self.tree = tree }

  /// How many of the things that the root module of a plan declares are declared in the folder.
  static func share(of plan: TFPlan, in tree: TFSourceTree) -> (declared: Int, all: Int) {
    let resources = plan.configuration.resources
    var names = Set(resources.indices.map { TFSourceName.resource(resources.name($0)) })
    names.formUnion(plan.configuration.callOrder.map { .call($0) })
    if names.isEmpty {
      for resource in plan.resources where resource.after != nil {
        names.insert(resource.module.first.map { .call($0.name) } ?? .resource(resource.name))
      }
    }
    guard !names.isEmpty, let root = tree.module([]) else { return (0, names.count) }
    let declared = names.reduce(0) { $0 + (root.folder.items[$1] == nil ? 0 : 1) }
    return (declared, names.count)
  }

  /// What is worth knowing of the source itself.
  static func issues(of tree: TFSourceTree, _ agreement: TFSourceAgreement) -> [Issue] {
    var issues: [Issue] = []
    var said: Set<String> = []
    for (module, name) in agreement.disagreements {
      let folder = tree.module(module)?.folder
      guard said.insert(folder?.path ?? tree.root).inserted else { continue }
      issues.append(
        Issue(
          .warning,
          "\(folder?.path ?? tree.root): the source does not agree with the plan (\(name)); what only the source says is not used",
          help: "plan again, or give the source of this plan with --source-root", at: nil))
    }
    for folder in tree.folders {
      for failure in folder.failures {
        let (path, message) = failure.description
        issues.append(
          Issue(
            .warning, "\(path): \(message)",
            help: "what it declares is taken from the plan alone", at: nil))
      }
      for path in folder.overrides {
        issues.append(
          Issue(
            .warning,
            "\(path) overrides other files; what it overrides is taken from the plan alone",
            help: "findings about it point at the header of its block", at: nil))
      }
      for path in folder.unread {
        issues.append(
          Issue(
            .warning, "\(path) is in Terraform's JSON syntax, which is not read as source",
            help:
              "what it declares is taken from the plan alone, and findings about it point there",
            at: nil))
      }
    }
    return issues
  }

  // MARK: Places

  /// Where a resource is written.
  private struct Site {
    var folder: TFSourceFolder
    var item: TFSourceItem
    /// Whether the block is all there is to the resource.
    var isExact: Bool
    /// The call to point at in its place: the file is not the user's.
    var instead: SourceSpan?
    var related: [RelatedPlace]
  }

  private func site(of resource: TFResource) -> Site? {
    let names = resource.module.map { $0.name }
    let name = TFSourceName.resource(resource.name)
    var calls: [RelatedPlace] = []
    var instead: SourceSpan?
    // From the root to the module: the last call that is in a file of the user's own.
    for (depth, call) in names.enumerated() {
      guard let caller = tree.module(Array(names[..<depth])),
        let item = caller.folder.items[.call(call)]
      else { return instead.map { fetched($0, calls) } }
      let span = tree.store.span(item.header, of: item.file, in: caller.folder)
      let inner = tree.module(Array(names[...depth]))
      if instead == nil, inner?.isOwn != true {
        instead = span
      } else {
        calls.insert(RelatedPlace(.calledFrom, at: span), at: 0)
      }
    }
    guard let module = tree.module(names), let item = module.folder.items[name] else {
      return instead.map { fetched($0, calls) }
    }
    if instead != nil {
      // What was fetched is not what a change of the user's touches.
      let span = tree.store.span(item.header, of: item.file, in: module.folder)
      calls.insert(RelatedPlace(.declaredAt, at: span), at: 0)
    }
    return Site(
      folder: module.folder, item: item, isExact: module.folder.isExact(name), instead: instead,
      related: calls)
  }

  /// The site of a resource of a module whose files are not at hand.
  private func fetched(_ call: SourceSpan, _ calls: [RelatedPlace]) -> Site {
    Site(
      folder: tree.store.folder(tree.root),
      item: TFSourceItem(file: 0, body: HCLBody(), value: nil, header: 0..<0), isExact: false,
      instead: call, related: calls)
  }

  /// Replaces the places in the plan by those in the source.
  func relocate(_ plan: inout TFPlan) {
    plan.resources.makeWhole()
    var starts: [(start: Int, resource: Int)] = []
    for index in plan.resources.indices {
      starts.append((plan.resources[index].span.start, index))
    }
    starts.sort { $0.start < $1.start }
    var sites: [Int: Site] = [:]
    for index in plan.resources.indices where plan.resources[index].after != nil {
      guard let site = site(of: plan.resources[index]) else { continue }
      sites[index] = site
    }
    for index in plan.issues.indices {
      guard let span = plan.issues[index].span else { continue }
      guard let resource = Self.resource(at: span.start, starts), let site = sites[resource] else {
        continue
      }
      // An issue begins with the address of what it is about.
      let address = plan.resources[resource].address
      guard plan.issues[index].message.hasPrefix(address) else { continue }
      let rest = plan.issues[index].message.utf8.dropFirst(address.utf8.count)
      plan.issues[index].span = place(of: String(Substring(rest)), in: site)
    }
    for (index, site) in sites {
      plan.resources[index].span = header(site)
      plan.resources[index].related = site.related
      if let body = plan.resources[index].before {
        plan.resources[index].before = relocated(body, site)
      }
      if let body = plan.resources[index].after {
        plan.resources[index].after = relocated(body, site)
      }
    }
  }

  private static func resource(
    at offset: Int, _ starts: [(start: Int, resource: Int)]
  ) -> Int? {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].start <= offset { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? starts[low - 1].resource : nil
  }

  /// The place of `.attribute: …`, which is how the rest of an issue begins.
  private func place(of rest: String, in site: Site) -> SourceSpan {
    guard site.isExact, site.instead == nil, rest.hasPrefix(".") else { return header(site) }
    let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return span(of: site.item.body.attribute(String(name))?.value.range, in: site)
  }

  private func header(_ site: Site) -> SourceSpan { span(of: nil, in: site) }

  private func span(of range: Range<Int>?, in site: Site) -> SourceSpan {
    site.instead
      ?? tree.store.span(range ?? site.item.header, of: site.item.file, in: site.folder)
  }

  private func relocated(_ body: TFBody, _ site: Site) -> TFBody {
    switch body {
    case .group(let group):
      return .group(
        TFGroupBody(
          id: group.id, name: group.name, vpc: group.vpc, owner: group.owner,
          ingress: relocated(group.ingress, .ingress, site),
          egress: relocated(group.egress, .egress, site),
          ingressSpan: place(of: .ingress, in: site), egressSpan: place(of: .egress, in: site),
          tags: group.tags))
    case .rule(let rule):
      let arguments = Dictionary(
        site.item.body.attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      let entry = relocated(
        rule.entry, site,
        TFEntrySite(header: site.item.header, arguments: arguments, isRepeated: false))
      return .rule(
        TFRuleBody(id: rule.id, direction: rule.direction, group: rule.group, entry: entry))
    default: return body
    }
  }

  /// Where a direction of a group is written: its argument, or its only block.
  private func place(of direction: Direction, in site: Site) -> SourceSpan? {
    guard site.isExact, site.instead == nil else { return nil }
    if let argument = site.item.body.attribute(direction.rawValue) {
      return span(of: argument.value.range, in: site)
    }
    let sites = TFEntrySite.all(direction, in: site.item.body)
    return sites.count == 1 ? span(of: sites[0].header, in: site) : nil
  }

  private func relocated(_ inline: TFInline, _ direction: Direction, _ site: Site) -> TFInline {
    guard case .entries(let entries) = inline else { return inline }
    let sites = site.isExact ? TFEntrySite.all(direction, in: site.item.body) : []
    let made = TFEntrySite.match(entries, sites)
    return .entries(zip(entries, made).map { relocated($0, site, $1) })
  }

  private func relocated(_ entry: TFEntry, _ site: Site, _ made: TFEntrySite?) -> TFEntry {
    var entry = entry
    entry.span = span(of: site.isExact ? made?.header : nil, in: site)
    for index in entry.peers.indices {
      let peer = entry.peers[index]
      let value = site.isExact ? made?.arguments?[peer.attribute.rawValue] : nil
      let range = value.map { peer.isSensitive ? $0.range : $0.range(holding: peer.text) }
      entry.peers[index].span = range.map { span(of: $0, in: site) } ?? entry.span
      // A literal that the plan calls sensitive is not quoted.
      if peer.isSensitive, site.instead == nil, let value, !TFSecrets.isReference(value) {
        tree.store.hide(value.range, of: site.item.file, in: site.folder)
      }
    }
    return entry
  }
}
