public import SGModel

extension Policy.Question {
  /// The peers it names.
  var terms: [PeerTerm] {
    switch self {
    case .onlyWith(let terms), .nothingWith(let terms), .openToSome(let terms),
      .openToAll(let terms):
      terms
    case .check: []
    }
  }

  /// Whether it limits what is allowed; otherwise it asks for something to be allowed.
  var isUpperLimit: Bool {
    switch self {
    case .onlyWith, .nothingWith: true
    case .openToSome, .openToAll, .check: false
    }
  }
}

extension Policy {
  /// Whether it limits what is allowed; otherwise it asks for something to be allowed.
  public var isUpperLimit: Bool { question.isUpperLimit }

  /// Whether it names the group itself or another group, so that its answer is not the VPC's alone.
  var isAboutItself: Bool {
    question.terms.contains {
      switch $0 {
      case .itself, .group: true
      case .vpc, .block, .anyone: false
      }
    }
  }

  /// The questions that the policy asks of a group; all of them have to hold.
  func questions(for group: SecurityGroup, in estate: Estate) -> [TrafficQuestion] {
    let peers = peers(for: group, in: estate)
    switch question {
    case .onlyWith:
      // What the policy is not about may be as it likes.
      return [
        TrafficQuestion(
          .onlyWithin,
          TrafficSet(services, peers).union(TrafficSet(services.complement(), .everyone)))
      ]
    case .nothingWith: return [TrafficQuestion(.nothingOf, TrafficSet(services, peers))]
    case .openToAll: return [TrafficQuestion(.atLeast, TrafficSet(services, peers))]
    case .openToSome:
      return serviceList.map { TrafficQuestion(.someOf, TrafficSet(ServiceSet([$0]), peers)) }
    case .check: return []
    }
  }

  /// The peers that the policy names, for a group.
  func peers(for group: SecurityGroup, in estate: Estate) -> PeerSet {
    question.terms.reduce(PeerSet()) { result, term in
      switch term {
      case .vpc: result.union(estate.vpcPeers(of: group))
      case .anyone: result.union(.everyone)
      case .block(.v4(let range), _): result.union(PeerSet([.v4(range)]))
      case .block(.v6(let range), _): result.union(PeerSet([.v6(range)]))
      case .itself:
        result.union(
          PeerSet(estate.atom(ofGroup: group.id ?? group.address ?? "").map { [.atom($0)] } ?? []))
      case .group(let name):
        result.union(PeerSet(estate.atom(ofGroup: name).map { [.atom($0)] } ?? []))
      }
    }
  }
}

extension Estate {
  /// The atom of the group with that id or address; nothing where no entry refers to the group.
  func atom(ofGroup name: String) -> Atom? { atoms.atom(.group, name) }
}
