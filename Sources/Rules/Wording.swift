import SGModel

/// Puts answers into words.
struct Wording {
  let policy: Policy
  /// What the group is called.
  let label: String
  /// What its VPC is called.
  let vpc: String

  /// The answer as a sentence: lower case, no period.
  func message(_ verdict: Verdict, missing: [ServiceRange]) -> String {
    let ranges = missing.isEmpty ? policy.serviceList : missing
    let services = servicesText(ranges)
    let are = policy.services == .all || ranges.count == 1 ? "is" : "are"
    let open = policy.direction == .ingress ? "\(are) open to" : "\(are) open towards"
    let peers = peersText()
    switch policy.question {
    case .onlyWith(let terms) where terms.isEmpty:
      return switch verdict {
      case .violated: "\(servicesOrOthers()) is not empty"
      case .undecided: "cannot decide whether \(servicesOrOthers()) is empty"
      case .satisfied, .suppressed: "\(servicesOrOthers()) is empty"
      }
    case .onlyWith:
      return switch verdict {
      case .violated: "\(services) \(open) others than \(peers)"
      case .undecided: "cannot decide whether \(services) \(open) nobody but \(peers)"
      case .satisfied, .suppressed: "\(services) \(open) nobody but \(peers)"
      }
    case .nothingWith:
      return switch verdict {
      case .violated: "\(services) \(open) \(peers)"
      case .undecided: "cannot decide whether \(services) \(are) closed to \(peers)"
      case .satisfied, .suppressed: "\(services) \(are) closed to \(peers)"
      }
    case .openToSome:
      return switch verdict {
      case .violated: "\(services) \(open) no part of \(peers)"
      case .undecided: "cannot decide whether \(services) \(open) any part of \(peers)"
      case .satisfied, .suppressed: "\(services) \(open) some of \(peers)"
      }
    case .openToAll:
      return switch verdict {
      case .violated: "\(services) \(are) closed to a part of \(peers)"
      case .undecided: "cannot decide whether \(services) \(open) all of \(peers)"
      case .satisfied, .suppressed: "\(services) \(open) all of \(peers)"
      }
    // Checks bring their own words.
    case .check: return policy.says
    }
  }

  // MARK: The group

  /// The group; an id is followed by the name, which is what people know it by.
  static func label(_ group: SecurityGroup) -> String {
    guard group.address == nil, group.id != nil, let name = group.name, !name.isEmpty else {
      return group.label
    }
    return "\(group.label) (`\(name.prefix(64))`)"
  }

  // MARK: Services

  /// `tcp 443 and tcp 9092 of aws_security_group.main`, or `egress of aws_security_group.main`.
  private func servicesText(_ ranges: [ServiceRange]) -> String {
    if policy.services == .all { return "\(policy.direction.rawValue) of \(label)" }
    return "\(list(ranges.map { ServiceText.describe($0) })) of \(label)"
  }

  /// What a policy is about that wants nothing of it: all, or all but a few services.
  private func servicesOrOthers() -> String {
    let whole = "\(policy.direction.rawValue) of \(label)"
    if policy.services == .all { return whole }
    let others = policy.services.complement().ranges
    // A policy for a few services names these; one for the others is short only the other way.
    guard others.count <= policy.serviceList.count else {
      return "\(policy.direction.rawValue) on \(servicesText(policy.serviceList))"
    }
    return "\(whole) beyond \(list(others.map { ServiceText.describe($0) }))"
  }

  // MARK: Peers

  private func peersText() -> String {
    list(
      policy.question.terms.map { term in
        switch term {
        case .vpc: vpc
        case .anyone: "anyone"
        case .itself: "the group itself"
        case .group(let name): name
        case .block(_, let text): text
        }
      })
  }

  /// The VPC of a group, with the CIDRs that were counted as its own: whoever reads it can see if one is
  /// missing.
  static func vpc(of group: SecurityGroup, in estate: Estate) -> String {
    let known = estate.vpcPeers(of: group).addresses.cidrTexts
    let name = "its VPC"
    guard !known.isEmpty, !estate.isVPCSensitive(of: group) else { return name }
    let shown = known.prefix(4).joined(separator: ", ")
    return "\(name) (\(shown)\(known.count > 4 ? " and \(known.count - 4) more" : ""))"
  }

  private func list(_ parts: [String]) -> String {
    guard var text = parts.first else { return "nothing" }
    for (index, part) in parts.enumerated().dropFirst() {
      text += index == parts.count - 1 ? " and " : ", "
      text += part
    }
    return text
  }
}
