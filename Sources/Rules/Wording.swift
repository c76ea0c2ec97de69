import SGModel

/// Puts answers into words.
struct Wording {
  let estate: Estate
  let group: SecurityGroup
  let policy: Policy

  /// The answer as a sentence: lower case, no period.
  func message(_ verdict: Verdict, witness: Witness?, missing: [ServiceRange]) -> String {
    let label = group.label
    let direction = policy.direction.rawValue
    let services = servicesText(missing.isEmpty ? policy.serviceList : missing)
    let peers = peersText()
    switch policy.question {
    case .onlyWith(let terms) where terms.isEmpty || policy.peers(for: group, in: estate).isEmpty:
      let what =
        policy.services == .all
        ? "\(direction) of \(label)" : "\(direction) of \(label) beyond \(othersText())"
      return switch verdict {
      case .violated: "\(what) is not empty"
      case .undecided: "cannot decide whether \(what) is empty"
      case .satisfied, .suppressed: "\(what) is empty"
      }
    case .onlyWith:
      return switch verdict {
      case .violated:
        "\(services) of \(label) is open \(policy.direction.preposition) others than \(peers)"
      case .undecided:
        "cannot decide whether \(services) of \(label) is open only \(policy.direction.preposition) \(peers)"
      case .satisfied, .suppressed:
        "\(services) of \(label) is open only \(policy.direction.preposition) \(peers)"
      }
    case .nothingWith:
      return switch verdict {
      case .violated: "\(services) of \(label) is open \(policy.direction.preposition) \(peers)"
      case .undecided:
        "cannot decide whether \(services) of \(label) is closed \(policy.direction.preposition) \(peers)"
      case .satisfied, .suppressed:
        "\(services) of \(label) is closed \(policy.direction.preposition) \(peers)"
      }
    case .openToSome:
      return switch verdict {
      case .violated: "\(services) of \(label) is closed to all of \(peers)"
      case .undecided: "cannot decide whether \(services) of \(label) is open to any of \(peers)"
      case .satisfied, .suppressed: "\(services) of \(label) is open to some of \(peers)"
      }
    case .openToAll:
      return switch verdict {
      case .violated: "\(services) of \(label) is closed to a part of \(peers)"
      case .undecided: "cannot decide whether \(services) of \(label) is open to all of \(peers)"
      case .satisfied, .suppressed: "\(services) of \(label) is open to all of \(peers)"
      }
    }
  }

  /// `tcp 443 and tcp 9092`.
  private func servicesText(_ ranges: [ServiceRange]) -> String {
    if policy.services == .all { return policy.direction.rawValue }
    return list(ranges.map { ServiceText.describe($0) })
  }

  /// The services that the policy leaves out: `tcp 443 and tcp 9092`.
  private func othersText() -> String {
    list(policy.services.complement().ranges.map { ServiceText.describe($0) })
  }

  private func peersText() -> String {
    list(
      policy.question.terms.map { term in
        switch term {
        case .vpc: vpcText()
        case .anyone: "anyone"
        case .itself: "the group itself"
        case .group(let name): name
        case .block(_, let text): text
        }
      })
  }

  /// The VPC with the CIDRs that were counted as its own: whoever reads it can see if one is missing.
  private func vpcText() -> String {
    let known = estate.vpcPeers(of: group).addresses.cidrTexts
    let name = "its VPC"
    guard !known.isEmpty, !estate.isVPCSensitive(of: group) else { return name }
    let shown = known.prefix(4).joined(separator: ", ")
    return "\(name) (\(shown)\(known.count > 4 ? " and \(known.count - 4) more" : ""))"
  }

  private func list(_ parts: [String]) -> String {
    guard let last = parts.last else { return "nothing" }
    return parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + " and " + last
  }
}
