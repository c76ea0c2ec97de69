import SGModel

/// What carries groups: network interfaces, instances, load balancers and the like.
extension TFNormaliser {
  mutating func collectCarriers() {
    var attachable: Set<Int> = []
    for index in others {
      guard case .interfacePermission? = bodies[index],
        let found = resolver.resolve("network_interface_id", of: plan.resources[index])
      else { continue }
      for candidate in found.candidates { attachable.insert(candidate.resource) }
    }
    // Others may attach groups to them, or ask for what carries none.
    let keepsAll =
      !keepsShort
      || others.contains {
        switch bodies[$0] {
        case .interfacePermission?, .attachment?: true
        default: false
        }
      }
    var carrierByID: [String: Int] = [:]
    for index in carriers {
      if !keepsAll, let plain = plan.resources.interface(at: index), take(plain, at: index) {
        continue
      }
      guard let body = carrierBody(at: index) else { continue }
      let resource = plan.resources[index]
      guard !resource.isData else { continue }
      var fact = InterfaceFact()
      fact.kind =
        resource.type == "aws_network_interface" ? "network-interface" : resource.type
      fact.id = body.id
      fact.address = resource.address
      fact.region = resource.region
      fact.isPNI = body.isPNI || attachable.contains(index)
      for attribute in body.attributes { add(attribute, of: resource, to: &fact) }
      // A type that can carry groups and names none carries none that matter here, unless AWS gives
      // it the default group.
      if fact.groups.isEmpty, fact.possibleGroups.isEmpty, fact.unknownGroups == nil {
        guard TFCarriers.takesDefault(resource.type), !carriesNone(body, resource) else {
          continue
        }
        addDefaultGroup(of: resource, to: &fact)
      }
      guard keepsAll || fact.isPNI || Self.namesOthers(fact) else { continue }
      carrierOfResource[index] = facts.interfaces.count
      if let id = body.id { carrierByID[id] = facts.interfaces.count }
      facts.interfaces.append(fact)
    }
    for index in others {
      guard case .attachment(let group, let carrier, let attribute)? = bodies[index] else {
        continue
      }
      let resource = plan.resources[index]
      attach(group, carrier, attribute, resource, carrierByID)
    }
  }

  /// Whether something carries groups that this plan does not show: what another input says of those may depend
  /// on it.
  private static func namesOthers(_ interface: InterfaceFact) -> Bool {
    interface.groups.contains { if case .id = $0 { true } else { false } }
  }

  private func carrierBody(at index: Int) -> TFCarrierBody? {
    let body = plan.resources.isWhole(at: index) ? bodies[index] : plan.resources[index].after
    guard case .carrier(let body)? = body else { return nil }
    return body
  }

  /// Takes the groups that a plain interface names; false where it has to be looked at as any other.
  private mutating func take(_ interface: TFPlainInterface, at index: Int) -> Bool {
    // The group that it names by itself is there.
    if interface.isUnknown { return soleGroup(.group, of: plan.resources.set(at: index)) != nil }
    let ids = plan.resources.ids(of: interface).filter { !destroyed.contains($0) }
    let region = plan.resources.text?.region(interface.place.region)
    for id in ids where groupByID.find(id, in: region) == nil {
      _ = groupIndex(ofID: id, from: plan.resources[index])
    }
    // Without any, AWS may choose.
    return !ids.isEmpty
  }

  /// Whether a resource is there already and was seen to carry no group.
  private func carriesNone(_ body: TFCarrierBody, _ resource: TFResource) -> Bool {
    !isMade(resource) && body.attributes.allSatisfy { $0.isEmpty }
  }

  private mutating func add(
    _ attribute: TFCarrierBody.Attribute, of resource: TFResource, to fact: inout InterfaceFact
  ) {
    let isInterface = resource.type == "aws_network_interface"
    for id in attribute.ids where !destroyed.contains(id) {
      // A group that an interface carries is one to judge; of other things it is enough to know.
      if isInterface || groupByID.find(id, in: resource.region) != nil
        || vpcOfDefaultGroup[id] != nil
      {
        fact.groups.append(.fact(groupIndex(ofID: id, from: resource)))
      } else {
        fact.groups.append(.id(id))
      }
    }
    guard attribute.isUnknown else { return }
    let path = attribute.path.joined(separator: ".")
    guard let found = resolver.resolve(path, of: resource) else {
      // Computed, and not written: AWS chooses.
      return
    }
    let (groups, _) = groups(found, of: resource)
    if found.isChoice {
      fact.possibleGroups += groups.map { .fact($0) }
    } else {
      fact.groups += groups.map { .fact($0) }
    }
    if groups.isEmpty || !found.unresolved.isEmpty {
      fact.unknownGroups = "\(resource.address).\(path)"
    }
  }

  /// The group that AWS takes where none is named.
  private mutating func addDefaultGroup(of resource: TFResource, to fact: inout InterfaceFact) {
    // A template, or an interface that is made elsewhere, brings groups of its own.
    for other in ["launch_template", "network_interface", "primary_network_interface"]
    where resolver.configuration(of: resource)?.expressions.keys.contains(where: {
      $0 == other || $0.hasPrefix("\(other).")
    }) ?? false {
      fact.unknownGroups = "\(resource.address).\(other)"
      return
    }
    guard let vpc = vpc(ofSubnetOf: resource), case .fact(let index) = vpc else {
      fact.unknownGroups = "the default group of the VPC of \(resource.address)"
      return
    }
    fact.groups.append(.fact(defaultGroup(ofVPC: index)))
  }

  /// The VPC that the subnet of a resource is in.
  private func vpc(ofSubnetOf resource: TFResource) -> VPCReference? {
    guard let found = resolver.resolve("subnet_id", of: resource) else { return nil }
    if let constant = found.constants.first, found.candidates.isEmpty {
      return vpcOfSubnetID[constant]
    }
    var result: VPCReference?
    for candidate in found.candidates {
      guard let vpc = vpcOfSubnet[candidate.resource] else { return nil }
      if let known = result, known != vpc { return nil }
      result = vpc
    }
    return result
  }

  /// Adds one more group to what carries groups.
  private mutating func attach(
    _ group: TFLink, _ carrier: TFLink, _ attribute: String, _ resource: TFResource,
    _ carrierByID: [String: Int]
  ) {
    var groupList: [Int] = []
    var isChoice = false
    if case .known(let text) = group {
      let id = EntryText.groupID(text)
      guard !destroyed.contains(id) else { return }
      groupList = [groupIndex(ofID: id, from: resource)]
      let target = groupList[0]
      if facts.groups[target].address == nil,
        facts.groups[target].unseen.count == Direction.allCases.count
      {
        for direction in Direction.allCases {
          facts.groups[target].unseen[direction] =
            "the entries of \(id), which \(resource.address) attaches and this plan does not show"
        }
      }
    } else {
      let found = resolver.resolve("security_group_id", of: resource)
      (groupList, _) = groups(found, of: resource)
      isChoice = found?.isChoice ?? true
    }
    var carriers: [Int] = []
    if case .known(let id) = carrier {
      if let known = carrierByID[id] {
        carriers = [known]
      } else {
        // Something that this plan does not show carries this group, and who knows which others.
        var fact = InterfaceFact()
        fact.kind = attribute == "network_interface_id" ? "network-interface" : "aws_vpc_endpoint"
        fact.id = id
        fact.region = resource.region
        fact.unknownGroups = "the other groups of \(id)"
        carriers = [facts.interfaces.count]
        facts.interfaces.append(fact)
      }
    } else if let found = resolver.resolve(attribute, of: resource) {
      carriers = found.candidates.compactMap { carrierOfResource[$0.resource] }
      if found.isChoice { isChoice = true }
    }
    for target in carriers {
      if isChoice {
        facts.interfaces[target].possibleGroups += groupList.map { .fact($0) }
      } else {
        facts.interfaces[target].groups += groupList.map { .fact($0) }
      }
    }
  }
}
