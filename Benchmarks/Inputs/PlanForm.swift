/// The output of `terraform show -json PLAN` of an account's configuration: one line, as Terraform
/// prints it, with `planned_values`, `resource_changes` and `configuration`.
///
/// A group is written in one of four layouts, and is created, updated, left or deleted with all that is
/// its own. Terraform sorts by module, type and name. So that nothing has to be kept to be sorted, the
/// groups are gone through once per type and made anew each time.
struct PlanForm {
  let account: Account
  let out: ByteSink
  /// The groups in the order of their resources' names.
  private let order: [Int]

  init(account: Account, out: ByteSink) {
    self.account = account
    self.out = out
    order = Self.byName(account)
  }

  /// Teams are sorted by name in `Vocabulary`, so only numbers have to be sorted as texts.
  private static func byName(_ account: Account) -> [Int] {
    (0..<account.groups)
      .map { (team: account.team(ofGroup: $0), digits: "\($0)", index: $0) }
      .sorted { ($0.team, $0.digits) < ($1.team, $1.digits) }
      .map(\.index)
  }

  /// How a group and its rules are written in the configuration.
  enum Layout {
    /// As `ingress` and `egress` of the group.
    case inline
    /// As a resource per direction with `for_each`, and one per reference to another group.
    case standalone
    /// As `aws_security_group_rule`.
    case legacy
    /// Standalone, in an instance of a module with `for_each`.
    case module
  }

  /// What the plan does to a group and to all that belongs to it.
  enum Action { case create, update, leave, delete }

  enum ResourceType: CaseIterable {
    case policy, interface, group, legacyRule, egressRule, ingressRule

    var name: StaticString {
      switch self {
      case .policy: "aws_iam_role_policy"
      case .interface: "aws_network_interface"
      case .group: "aws_security_group"
      case .legacyRule: "aws_security_group_rule"
      case .egressRule: "aws_vpc_security_group_egress_rule"
      case .ingressRule: "aws_vpc_security_group_ingress_rule"
      }
    }

    var schemaVersion: Int {
      switch self {
      case .group: 1
      case .legacyRule: 2
      case .policy, .interface, .egressRule, .ingressRule: 0
      }
    }

    var direction: Direction? {
      switch self {
      case .egressRule: .egress
      case .ingressRule: .ingress
      case .policy, .interface, .group, .legacyRule: nil
      }
    }
  }

  func layout(ofGroup index: Int) -> Layout {
    switch account.bits(.layout, index) % 8 {
    case 0, 1: .inline
    case 2, 3, 4: .standalone
    case 5: .legacy
    default: .module
    }
  }

  func action(ofGroup index: Int) -> Action {
    switch account.bits(.action, index) % 20 {
    case 0: .update
    case 1: .leave
    case 2: .delete
    default: .create
    }
  }

  /// How many interfaces a group is on.
  private func interfaces(ofGroup index: Int) -> Int {
    action(ofGroup: index) == .delete ? 0 : Int(account.bits(.count, index) % 3)
  }

  /// Whether a resource that has nothing to do with groups stands beside this one.
  private func hasPolicy(_ index: Int) -> Bool {
    account.bits(.action, index) % 20 == 5 && layout(ofGroup: index) != .module
  }

  // MARK: The document

  func write() {
    out.text(#"{"format_version":"1.2","terraform_version":"1.12.2","variables":{"#)
    out.text(#""subnet_ids":{"value":[]},"vpc_ids":{"value":[]}},"#)
    out.text(#""planned_values":{"root_module":{"resources":["#)
    resources(inModules: false) { planned($0) }
    out.text("]")
    var isOpen = false
    for index in order where isInstance(index) && action(ofGroup: index) != .delete {
      out.text(isOpen ? "," : #","child_modules":["#)
      isOpen = true
      out.text(#"{"resources":["#)
      for type in ResourceType.allCases { resources(type, ofGroup: index) { planned($0) } }
      out.text(#"],"address":""#)
      moduleAddress(index)
      out.text("\"}")
    }
    out.text(isOpen ? #"]}},"resource_changes":["# : #"}},"resource_changes":["#)
    resources(inModules: false) { changed($0) }
    resources(inModules: true) { changed($0) }
    out.text(#"],"configuration":{"provider_config":{"aws":{"name":"aws","full_name":""#)
    out.text(Self.provider)
    out.text(#"","expressions":{"region":{"constant_value":""#)
    out.text(Account.region)
    out.text(#""}}}},"root_module":{"resources":["#)
    PlanConfiguration(plan: self).writeRootResources(order)
    out.text(#"],"module_calls":{"team":"#)
    PlanConfiguration(plan: self).writeModuleCall()
    out.text(#"},"variables":{"subnet_ids":{},"vpc_ids":{}}}},"relevant_attributes":[],"#)
    out.text(#""timestamp":"2026-02-03T04:05:06Z","applyable":true,"complete":true,"#)
    out.text("\"errored\":false}\n")
  }

  static let provider: StaticString = "registry.terraform.io/hashicorp/aws"

  func isInstance(_ index: Int) -> Bool { layout(ofGroup: index) == .module }

  private func resources(inModules: Bool, _ body: (Resource) -> Void) {
    guard !inModules else {
      for index in order where isInstance(index) {
        for type in ResourceType.allCases { resources(type, ofGroup: index, body) }
      }
      return
    }
    for type in ResourceType.allCases {
      for index in order where !isInstance(index) { resources(type, ofGroup: index, body) }
    }
  }

  /// Calls `body` with each resource of a type that belongs to a group.
  func resources(_ type: ResourceType, ofGroup index: Int, _ body: (Resource) -> Void) {
    let layout = layout(ofGroup: index)
    switch type {
    case .policy: guard hasPolicy(index) else { return }
    case .interface: guard interfaces(ofGroup: index) > 0 else { return }
    case .group: break
    case .legacyRule: guard layout == .legacy else { return }
    case .egressRule, .ingressRule:
      guard layout == .standalone || layout == .module else { return }
    }
    var group = Group()
    account.make(index, &group)
    var resource = Resource(
      type: type, group: group, layout: layout, action: action(ofGroup: index),
      direction: type.direction ?? .ingress, place: 0)
    switch type {
    case .policy, .group: body(resource)
    case .interface:
      // A new interface, also where the group exists.
      resource.action = .create
      for place in 0..<interfaces(ofGroup: index) {
        resource.place = place
        body(resource)
      }
    case .legacyRule:
      for direction in [Direction.egress, .ingress] {
        resource.direction = direction
        for place in group.rules(direction).indices {
          resource.place = place
          body(resource)
        }
      }
    case .egressRule, .ingressRule:
      // Instances of `for_each` first, as their name is the beginning of the others' names.
      for isNamed in [false, true] {
        for place in group.rules(resource.direction).indices {
          resource.place = place
          if resource.hasOwnName == isNamed { body(resource) }
        }
      }
    }
    out.handOn()
  }

  // MARK: One resource

  /// One instance of a resource.
  struct Resource {
    let type: ResourceType
    let group: Group
    let layout: Layout
    var action: Action
    var direction: Direction
    /// Which rule of the direction, or which interface.
    var place: Int

    var rule: Rule { group.rules(direction)[place] }

    /// Whether it is a standalone rule for a peer that is a group, outside the module: these have a
    /// resource each.
    var hasOwnName: Bool {
      if layout == .standalone, case .group = rule.peer { true } else { false }
    }
  }

  private func planned(_ resource: Resource) {
    guard resource.action != .delete else { return }
    out.comma()
    out.text("{")
    head(resource, withModule: false)
    out.text(#","schema_version":"#)
    out.number(resource.type.schemaVersion)
    out.text(#","values":"#)
    values(resource, isBefore: false)
    out.text(#","sensitive_values":"#)
    marks(resource, .sensitive)
    out.text("}")
  }

  private func changed(_ resource: Resource) {
    out.comma()
    out.text("{")
    head(resource, withModule: true)
    out.text(#","change":{"actions":[""#)
    switch resource.action {
    case .create: out.text("create")
    case .update: out.text("update")
    case .leave: out.text("no-op")
    case .delete: out.text("delete")
    }
    let hasBefore = resource.action != .create
    let hasAfter = resource.action != .delete
    out.text(#""],"before":"#)
    if hasBefore { values(resource, isBefore: true) } else { out.text("null") }
    out.text(#","after":"#)
    if hasAfter { values(resource, isBefore: false) } else { out.text("null") }
    out.text(#","after_unknown":"#)
    if hasBefore { out.text("{}") } else { marks(resource, .unknown) }
    out.text(#","before_sensitive":"#)
    if hasBefore { marks(resource, .sensitive) } else { out.text("false") }
    out.text(#","after_sensitive":"#)
    if hasAfter { marks(resource, .sensitive) } else { out.text("false") }
    out.text("}")
    if !hasAfter { out.text(#","action_reason":"delete_because_no_resource_config""#) }
    out.text("}")
  }

  private func head(_ resource: Resource, withModule: Bool) {
    let index = resource.group.index
    let isInModule = resource.layout == .module
    out.text(#""address":""#)
    if isInModule {
      moduleAddress(index)
      out.text(".")
    }
    out.text(resource.type.name)
    out.text(".")
    name(resource)
    key(resource, "[", #"\""#, "]")
    if isInModule, withModule {
      out.text(#"","module_address":""#)
      moduleAddress(index)
    }
    out.text(#"","mode":"managed","type":""#)
    out.text(resource.type.name)
    out.text(#"","name":""#)
    name(resource)
    out.text("\"")
    key(resource, #","index":"#, "\"", "")
    out.text(#","provider_name":""#)
    out.text(Self.provider)
    out.text("\"")
  }

  func moduleAddress(_ index: Int) {
    out.text(#"module.team[\""#)
    out.text(Vocabulary.teams[account.team(ofGroup: index)])
    out.text("-")
    out.number(index)
    out.text(#"\"]"#)
  }

  /// Writes the name that the resources of a group have in the root module.
  func rootName(_ index: Int) {
    out.text(Vocabulary.teams[account.team(ofGroup: index)])
    out.text("_")
    out.number(index)
  }

  func name(_ resource: Resource) {
    guard resource.layout != .module else { return out.text("this") }
    rootName(resource.group.index)
    switch resource.type {
    case .policy, .group, .interface: return
    case .legacyRule: out.text(resource.direction == .ingress ? "-ingress-" : "-egress-")
    case .egressRule, .ingressRule:
      guard resource.hasOwnName else { return }
      out.text("-peer-")
    }
    out.number(resource.place, digits: 4)
  }

  private func key(
    _ resource: Resource, _ before: StaticString, _ quote: StaticString, _ after: StaticString
  ) {
    switch resource.type {
    case .policy, .group, .legacyRule: return
    case .interface:
      out.text(before)
      out.number(resource.place)
    case .egressRule, .ingressRule:
      guard !resource.hasOwnName else { return }
      out.text(before)
      out.text(quote)
      out.text("r")
      out.number(resource.place, digits: 4)
      out.text(quote)
    }
    out.text(after)
  }
}
