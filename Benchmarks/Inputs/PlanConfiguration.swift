/// The `configuration` of a plan: expressions as Terraform prints them, constants or references.
struct PlanConfiguration {
  let plan: PlanForm
  private var out: ByteSink { plan.out }
  private var account: Account { plan.account }

  init(plan: PlanForm) { self.plan = plan }

  /// Writes the resources of the root module; what is deleted is in no configuration any more.
  func writeRootResources(_ order: [Int]) {
    for type in PlanForm.ResourceType.allCases {
      for index in order where !plan.isInstance(index) && plan.action(ofGroup: index) != .delete {
        var hasForEach = false
        plan.resources(type, ofGroup: index) { resource in
          // One block of the configuration makes all instances.
          switch type {
          case .interface: if resource.place > 0 { return }
          case .egressRule, .ingressRule:
            if !resource.hasOwnName {
              if hasForEach { return }
              hasForEach = true
            }
          case .policy, .group, .legacyRule: break
          }
          out.comma()
          write(resource)
        }
      }
    }
  }

  private func write(_ resource: PlanForm.Resource) {
    open(resource.type) { plan.name(resource) }
    switch resource.type {
    case .policy:
      constant("name", isFirst: true) { text("reader-", resource.group.index) }
      out.text(#","policy":{}"#)
      constant("role") { text("role-", resource.group.index) }
    case .interface:
      out.text(#""description":{"references":["count.index"]}"#)
      group("security_groups", resource.group.index)
      out.text(#","subnet_id":{"references":["var.subnet_ids","count.index"]}"#)
    case .group: expressions(ofGroup: resource)
    case .legacyRule: expressions(ofLegacyRule: resource)
    case .egressRule, .ingressRule:
      if resource.hasOwnName {
        expressions(ofPeer: resource)
      } else {
        expressions(ofForEach: resource)
      }
    }
    close(resource.type)
    switch resource.type {
    case .interface:
      out.text(#","count_expression":{"constant_value":"#)
      out.number(Int(account.bits(.count, resource.group.index) % 3))
      out.text("}")
    case .egressRule where !resource.hasOwnName, .ingressRule where !resource.hasOwnName:
      out.text(#","for_each_expression":{"references":["local."#)
      plan.rootName(resource.group.index)
      out.text(resource.direction == .ingress ? "_ingress" : "_egress")
      out.text(#""]}"#)
    default: break
    }
    out.text("}")
  }

  private func text(_ before: StaticString, _ number: Int) {
    out.text("\"")
    out.text(before)
    out.number(number)
    out.text("\"")
  }

  // MARK: Parts

  private func open(_ type: PlanForm.ResourceType, _ name: () -> Void) {
    out.text(#"{"address":""#)
    out.text(type.name)
    out.text(".")
    name()
    out.text(#"","mode":"managed","type":""#)
    out.text(type.name)
    out.text(#"","name":""#)
    name()
    out.text(#"","provider_config_key":"aws","expressions":{"#)
  }

  private func close(_ type: PlanForm.ResourceType) {
    out.text(#"},"schema_version":"#)
    out.number(type.schemaVersion)
  }

  private func constant(_ name: StaticString, isFirst: Bool = false, _ value: () -> Void) {
    out.text(isFirst ? "\"" : ",\"")
    out.text(name)
    out.text(#"":{"constant_value":"#)
    value()
    out.text("}")
  }

  /// Writes an argument that is the id of a group of the configuration.
  private func group(_ name: StaticString, _ index: Int) {
    out.text(",\"")
    out.text(name)
    out.text(#"":{"references":["#)
    references(index)
    out.text("]}")
  }

  private func references(_ index: Int) {
    if plan.isInstance(index) {
      out.text("\"")
      plan.moduleAddress(index)
      out.text(#".id",""#)
      plan.moduleAddress(index)
      out.text(#"","module.team""#)
    } else {
      out.text(#""aws_security_group."#)
      plan.rootName(index)
      out.text(#".id","aws_security_group."#)
      plan.rootName(index)
      out.text("\"")
    }
  }

  /// Whether a peer is a group of the configuration, not an id in clear.
  private func isReference(_ rule: Rule, of group: Group) -> Int? {
    guard case .group(let index) = rule.peer, plan.action(ofGroup: index) != .delete else {
      return nil
    }
    return index
  }

  // MARK: Groups

  private func expressions(ofGroup resource: PlanForm.Resource) {
    let group = resource.group
    constant("description", isFirst: true) {
      out.text("\"")
      out.description(of: group)
      out.text("\"")
    }
    if resource.layout == .inline {
      blocks("egress", group.egress, resource)
      blocks("ingress", group.ingress, resource)
    }
    constant("name") {
      out.text("\"")
      out.name(of: group)
      out.text("\"")
    }
    constant("tags") { plan.tags(group) }
    out.text(#","vpc_id":{"references":["var.vpc_ids"]}"#)
  }

  /// Writes `ingress` or `egress`: its references, or the whole list where there are none.
  private func blocks(_ name: StaticString, _ rules: [Rule], _ resource: PlanForm.Resource) {
    out.text(",\"")
    out.text(name)
    let own = resource.group.index
    let others = rules.compactMap { isReference($0, of: resource.group) }.filter { $0 != own }
    guard others.isEmpty else {
      out.text(#"":{"references":["#)
      for index in others {
        out.comma()
        references(index)
      }
      return out.text("]}")
    }
    out.text(#"":{"constant_value":["#)
    rules.permissions { service, rules in
      out.comma()
      plan.block(service, rules, of: resource)
    }
    out.text("]}")
  }

  // MARK: Rules

  private func expressions(ofForEach resource: PlanForm.Resource) {
    out.text(#""cidr_ipv4":{"references":["each.value.v4","each.value"]},"#)
    out.text(#""cidr_ipv6":{"references":["each.value.v6","each.value"]},"#)
    out.text(#""description":{"references":["each.value.text","each.value"]},"#)
    out.text(#""from_port":{"references":["each.value.first","each.value"]},"#)
    out.text(#""ip_protocol":{"references":["each.value.protocol","each.value"]},"#)
    out.text(#""prefix_list_id":{"references":["each.value.list","each.value"]}"#)
    group("security_group_id", resource.group.index)
    out.text(#","to_port":{"references":["each.value.last","each.value"]}"#)
  }

  private func expressions(ofPeer resource: PlanForm.Resource) {
    let rule = resource.rule
    let service = Vocabulary.services[rule.service]
    constant("ip_protocol", isFirst: true) {
      out.text("\"")
      out.text(service.protocolName)
      out.text("\"")
    }
    if let ports = service.ports { constant("from_port") { out.number(ports.from) } }
    peer("referenced_security_group_id", rule, resource.group)
    group("security_group_id", resource.group.index)
    if let ports = service.ports { constant("to_port") { out.number(ports.to) } }
  }

  private func expressions(ofLegacyRule resource: PlanForm.Resource) {
    let rule = resource.rule
    let service = Vocabulary.services[rule.service]
    constant("from_port", isFirst: true) { out.number(service.ports?.from ?? 0) }
    constant("protocol") {
      out.text("\"")
      out.text(service.protocolName)
      out.text("\"")
    }
    switch rule.peer {
    case .group: peer("source_security_group_id", rule, resource.group)
    case .v4: constant("cidr_blocks") { listed(rule) }
    case .v6: constant("ipv6_cidr_blocks") { listed(rule) }
    case .prefixList: constant("prefix_list_ids") { listed(rule) }
    }
    group("security_group_id", resource.group.index)
    constant("to_port") { out.number(service.ports?.to ?? 0) }
    constant("type") {
      out.text(resource.direction == .ingress ? "\"ingress\"" : "\"egress\"")
    }
  }

  private func listed(_ rule: Rule) {
    out.text("[\"")
    out.peer(rule.peer, of: account)
    out.text("\"]")
  }

  private func peer(_ name: StaticString, _ rule: Rule, _ owner: Group) {
    if let index = isReference(rule, of: owner) {
      group(name, index)
    } else {
      constant(name) {
        out.text("\"")
        out.peer(rule.peer, of: account)
        out.text("\"")
      }
    }
  }

  // MARK: The module

  func writeModuleCall() {
    out.text(#"{"source":"./modules/team","expressions":{"name":{"references":["each.key"]},"#)
    out.text(#""rules":{"references":["each.value.rules","each.value"]},"#)
    out.text(#""subnet_ids":{"references":["var.subnet_ids"]},"#)
    out.text(#""vpc_id":{"references":["each.value.vpc_id","each.value"]}},"#)
    out.text(#""for_each_expression":{"references":["local.teams"]},"module":{"outputs":{"id":{"#)
    out.text(
      #""expression":{"references":["aws_security_group.this.id","aws_security_group.this"]}}},"#)
    out.text(#""resources":["#)
    open(.interface) { out.text("this") }
    out.text(
      #""security_groups":{"references":["aws_security_group.this.id","aws_security_group.this"]},"#
    )
    out.text(#""subnet_id":{"references":["var.subnet_ids","count.index"]}"#)
    close(.interface)
    out.text(#","count_expression":{"references":["var.interfaces"]}},"#)
    open(.group) { out.text("this") }
    out.text(
      #""description":{"references":["var.description"]},"name":{"references":["var.name"]},"#)
    out.text(#""tags":{"references":["var.tags"]},"vpc_id":{"references":["var.vpc_id"]}"#)
    close(.group)
    for type in [PlanForm.ResourceType.egressRule, .ingressRule] {
      out.text("},")
      open(type) { out.text("this") }
      out.text(#""cidr_ipv4":{"references":["each.value.v4","each.value"]},"#)
      out.text(#""cidr_ipv6":{"references":["each.value.v6","each.value"]},"#)
      out.text(#""from_port":{"references":["each.value.first","each.value"]},"#)
      out.text(#""ip_protocol":{"references":["each.value.protocol","each.value"]},"#)
      out.text(#""prefix_list_id":{"references":["each.value.list","each.value"]},"#)
      out.text(#""referenced_security_group_id":{"references":["each.value.peer","each.value"]},"#)
      out.text(#""security_group_id":{"references":["aws_security_group.this.id","#)
      out.text(#""aws_security_group.this"]},"#)
      out.text(#""to_port":{"references":["each.value.last","each.value"]}"#)
      close(type)
      out.text(#","for_each_expression":{"references":["var.rules"]}"#)
    }
    out.text(#"}],"variables":{"description":{},"interfaces":{"default":0},"name":{},"rules":{},"#)
    out.text(#""subnet_ids":{},"tags":{"default":{}},"vpc_id":{}}}}"#)
  }
}
