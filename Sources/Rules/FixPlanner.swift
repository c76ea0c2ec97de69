public import SGModel

/// Plans the changes that make a group satisfy the policies it violates, and proves on the model
/// that they do.
///
/// What is open and should not be is taken away; of an entry that is partly right, the right part
/// stays. What is closed and should be open is opened to the peers that the policy names. Then the
/// policies are asked again: nothing that was asked for may still be violated, and no policy that
/// held may be violated by the change. A change that does not pass is not suggested.
public struct FixPlanner {
  private let estate: Estate
  private let packs: [Pack]

  /// Creates a planner.
  public init(_ estate: Estate, packs: [Pack]) {
    self.estate = estate
    self.packs = packs
  }

  /// An entry as it will be.
  struct PlannedEntry: Hashable {
    var services: ServiceRange
    var peers: PeerSet
  }

  /// What happens to the entries of one direction.
  struct DirectionPlan {
    var direction: Direction
    /// Entries that go as they are, by the index of their origin.
    var removed: [Int32] = []
    /// What of each removed entry stays, by the index of its origin.
    var kept: [Int32: TrafficSet] = [:]
    /// What is opened anew.
    var opened = TrafficSet()

    var isEmpty: Bool { removed.isEmpty && opened.isEmpty }
  }

  /// Returns the change for the group with that index, or nothing where nothing is violated.
  ///
  /// `violated` are the policies to mend, by pack and id.
  public func plan(_ index: Int, violated: [(pack: String, policy: String)]) -> SuggestedFix? {
    guard !violated.isEmpty else { return nil }
    let group = estate.groups[index]
    let subject = Subject(group, in: estate)
    var fix = SuggestedFix(subject: subject, policies: [], steps: [], remarks: [])
    var plans: [DirectionPlan] = []
    for direction in Direction.allCases {
      plans.append(plan(direction, group, violated, &fix.remarks))
    }
    let before = verdicts(index, in: estate)
    let after = verdicts(index, in: applying(plans, to: index))
    // In the order of the packs: of several the same one is named each time.
    for pack in packs {
      for policy in pack.policies {
        let key = PolicyKey(pack: pack.name, policy: policy.id)
        guard after[key] == .violated, before[key] != .violated else { continue }
        fix.remarks.append("no change is suggested: it would break \(key.policy)")
        return fix
      }
    }
    for item in violated {
      let key = PolicyKey(pack: item.pack, policy: item.policy)
      if after[key] == .violated {
        fix.remarks.append("\(item.policy) cannot be mended by a change of this group's entries")
      } else if !fix.policies.contains(item.policy) {
        fix.policies.append(item.policy)
      }
    }
    guard !fix.policies.isEmpty else { return fix }
    if plans.contains(where: { isSecret($0, group) }) {
      fix.policies = []
      fix.remarks.append("no change is suggested: it would show a value that is sensitive")
      return fix
    }
    fix.steps = FixSteps(estate: estate, group: group).steps(plans.filter { !$0.isEmpty })
    return fix
  }

  /// Whether the words of a change would have to repeat what must not be printed.
  private func isSecret(_ plan: DirectionPlan, _ group: SecurityGroup) -> Bool {
    guard !plan.isEmpty else { return false }
    if !plan.opened.isEmpty, estate.isVPCSensitive(of: group) { return true }
    return estate.permissions[group.permissions(plan.direction)].contains {
      let origin = estate.origins[Int($0.origin)]
      return origin.isSensitive || origin.hidesServices
    }
  }

  // MARK: Planning

  private func plan(
    _ direction: Direction, _ group: SecurityGroup, _ violated: [(pack: String, policy: String)],
    _ remarks: inout [String]
  ) -> DirectionPlan {
    var plan = DirectionPlan(direction: direction)
    let permissions = estate.permissions[group.permissions(direction)]
    var allowed = TrafficSet.everything
    var isLimited = false
    for pack in packs {
      for policy in pack.policies where policy.direction == direction {
        let isViolated = violated.contains { $0.pack == pack.name && $0.policy == policy.id }
        let peers = policy.peers(for: group, in: estate)
        switch policy.question {
        case .onlyWith:
          isLimited = isLimited || isViolated
          allowed.formIntersection(
            TrafficSet(policy.services, peers).union(
              TrafficSet(policy.services.complement(), .everyone)))
        case .nothingWith:
          isLimited = isLimited || isViolated
          allowed.subtract(TrafficSet(policy.services, peers))
        case .check: continue
        case .openToSome, .openToAll:
          guard isViolated else { continue }
          open(policy, peers, group, permissions, &plan, &remarks)
        }
      }
    }
    guard isLimited else { return plan }
    let counts = packs.contains { $0.refusesPlaceholders }
    var boxes: [Int32: [Permission]] = [:]
    var order: [Int32] = []
    for permission in permissions
    where permission.isCertain && (counts || !permission.isPlaceholder) {
      if boxes[permission.origin] == nil { order.append(permission.origin) }
      boxes[permission.origin, default: []].append(permission)
    }
    let question = PreparedQuestion(TrafficQuestion(.onlyWithin, allowed), atoms: estate.atoms)
    for origin in order {
      let entry = boxes[origin] ?? []
      guard
        question.decide(entry[...], atoms: estate.atoms, countsPlaceholders: counts).verdict
          == .violated
      else {
        continue
      }
      plan.removed.append(origin)
      let kept = TrafficSet(
        entry.flatMap { remainder(of: $0, in: allowed, countsPlaceholders: counts) })
      if !kept.isEmpty { plan.kept[origin] = kept }
    }
    return plan
  }

  /// The part of a box that may stay.
  ///
  /// A group or a prefix list stays as it is for services for which all that it can be may stay; it is
  /// never turned into addresses.
  private func remainder(
    of box: Permission, in allowed: TrafficSet, countsPlaceholders: Bool
  ) -> [(services: ServiceRange, peer: Peer)] {
    allowed.slabs.flatMap { slab -> [(services: ServiceRange, peer: Peer)] in
      guard let services = box.services.intersection(slab.services) else { return [] }
      var part = box
      part.services = services
      let set = TrafficSet(ServiceSet([slab.services]), slab.peers)
      let answer = PreparedQuestion(TrafficQuestion(.onlyWithin, set), atoms: estate.atoms)
        .decide([part], atoms: estate.atoms, countsPlaceholders: countsPlaceholders)
      if answer.verdict == .satisfied { return [(services, box.peer)] }
      return TrafficSet([(services, box.peer)]).intersection(set).boxes
    }
  }

  /// Opens what a policy of the kind "open to" asks for.
  private func open(
    _ policy: Policy, _ peers: PeerSet, _ group: SecurityGroup,
    _ permissions: ArraySlice<Permission>, _ plan: inout DirectionPlan, _ remarks: inout [String]
  ) {
    let known = peers.addresses
    guard !known.isEmpty else {
      remarks.append(
        "\(policy.id): whom to open it to is not known; give the CIDRs of \(group.vpcLabel ?? "the VPC") with --vpc-cidr"
      )
      return
    }
    for services in policy.serviceList {
      let question: TrafficQuestion.Kind
      if case .openToAll = policy.question { question = .atLeast } else { question = .someOf }
      let wanted = TrafficSet(ServiceSet([services]), peers)
      let decision = PreparedQuestion(TrafficQuestion(question, wanted), atoms: estate.atoms)
        .decide(permissions, atoms: estate.atoms)
      if decision.verdict == .violated {
        plan.opened.formUnion(TrafficSet(ServiceSet([services]), known))
      }
    }
    // What is there for certain need not be opened again.
    plan.opened.subtract(
      TrafficSet(permissions.filter { $0.isCertain }.map { ($0.services, $0.peer) }))
  }

  // MARK: Proving

  struct PolicyKey: Hashable {
    var pack: String
    var policy: String
  }

  private func verdicts(_ index: Int, in estate: Estate) -> [PolicyKey: Verdict] {
    var evaluator = Evaluator(estate, packs: packs, for: .answers)
    var result: [PolicyKey: Verdict] = [:]
    for finding in evaluator.evaluate(index) {
      result[PolicyKey(pack: finding.pack, policy: finding.policy)] = finding.verdict
    }
    return result
  }

  /// The estate in which the group is as the plans make it.
  private func applying(_ plans: [DirectionPlan], to index: Int) -> Estate {
    var changed = estate
    for plan in plans where !plan.isEmpty {
      let removed = Set(plan.removed)
      var entries = estate.permissions[estate.groups[index].permissions(plan.direction)]
        .filter { !removed.contains($0.origin) }
      let added = plan.removed.compactMap { plan.kept[$0] }.reduce(plan.opened) { $0.union($1) }
      let origin = Int32(changed.origins.count)
      changed.origins.append(
        Origin(.unseen, span: nil, services: .all, peerText: "(suggested)"))
      for slab in added.slabs {
        let peers =
          slab.peers.v4.map { Peer.v4($0) } + slab.peers.v6.map { Peer.v6($0) }
          + slab.peers.atoms.map { Peer.atom($0) }
        entries += peers.map {
          Permission(services: slab.services, peer: $0, origin: origin)
        }
      }
      let start = changed.permissions.count
      changed.permissions += entries
      let range = start..<changed.permissions.count
      if plan.direction == .ingress {
        changed.groups[index].ingress = range
      } else {
        changed.groups[index].egress = range
      }
    }
    return changed
  }
}
