/// How much a broken policy matters.
public enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
  /// Worth knowing.
  case note
  /// Ought to be changed.
  case warning
  /// Must be changed.
  case error

  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
  /// Orders notes before warnings before errors.
  public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
}

/// Peers as a policy names them.
public enum PeerTerm: Hashable, Sendable {
  /// All CIDRs of the VPCs that the group is in or associated with.
  case vpc
  /// A block of addresses, with the text it was written as.
  case block(CIDR.Block, text: String)
  /// Every address.
  case anyone
  /// The group itself.
  case itself
  /// Another group, by id or address.
  case group(String)
}

/// One statement of a pack about what a group allows in one direction.
public struct Policy: Hashable, Sendable {
  /// What is asked of the traffic.
  public enum Question: Hashable, Sendable {
    /// Nothing is allowed outside these peers; with no peers: nothing is allowed at all.
    case onlyWith([PeerTerm])
    /// Nothing is allowed with any of these peers.
    case nothingWith([PeerTerm])
    /// Each of the services is open to at least some of these peers.
    case openToSome([PeerTerm])
    /// The services are open to all of these peers.
    case openToAll([PeerTerm])
    /// No question about traffic: a check written in Swift, of the policy's id, decides.
    case check
  }

  /// A link that explains the policy.
  public struct Reference: Hashable, Sendable {
    /// What it is.
    public var title: String
    /// Where it is.
    public var url: String
    /// Creates a reference.
    public init(title: String, url: String) {
      self.title = title
      self.url = url
    }
  }

  /// The id, kebab-case.
  public var id: String
  /// The pack it is in.
  public var pack: String
  /// What it says, one sentence without a period.
  public var says: String
  /// How much it matters.
  public var severity: Severity
  /// The direction it is about.
  public var direction: Direction
  /// The services it is about.
  public var services: ServiceSet
  /// The services in the order in which the pack lists them; each is asked alone where the
  /// question is `openToSome`.
  public var serviceList: [ServiceRange]
  /// What is asked.
  public var question: Question
  /// Why it matters, in paragraphs.
  public var rationale: String
  /// What to do when it is broken.
  public var help: String
  /// Further reading.
  public var references: [Reference]
  /// Ids of checks of other tools that mean about the same.
  public var equivalents: [String]

  /// Creates a policy.
  public init(
    id: String, pack: String, says: String, severity: Severity, direction: Direction,
    services: ServiceSet, serviceList: [ServiceRange], question: Question, rationale: String = "",
    help: String = "", references: [Reference] = [], equivalents: [String] = []
  ) {
    self.id = id
    self.pack = pack
    self.says = says
    self.severity = severity
    self.direction = direction
    self.services = services
    self.serviceList = serviceList
    self.question = question
    self.rationale = rationale
    self.help = help
    self.references = references
    self.equivalents = equivalents
  }
}

/// A value of a pack that its user can set.
public struct PackParameter: Hashable, Sendable {
  /// What kind of value it is.
  public enum Kind: String, Hashable, Sendable {
    /// A list of services, such as `tcp 443`.
    case services
    /// A list of CIDRs.
    case cidrs
    /// `accept` or `refuse`.
    case choice
  }

  /// The name, as `--set` takes it.
  public var name: String
  /// What kind of value it is.
  public var kind: Kind
  /// What it is for.
  public var says: String
  /// The value in force, as texts.
  public var values: [String]

  /// Creates a parameter.
  public init(name: String, kind: Kind, says: String, values: [String]) {
    self.name = name
    self.kind = kind
    self.says = says
    self.values = values
  }
}

/// A pack of policies.
public struct Pack: Hashable, Sendable {
  /// The name, as `--policy` takes it.
  public var name: String
  /// What the pack is about.
  public var title: String
  /// What its user can set.
  public var parameters: [PackParameter]
  /// The policies, in the order of the file.
  public var policies: [Policy]
  /// Whether placeholder egress counts as traffic.
  public var refusesPlaceholders: Bool
  /// Whether it judges groups of PNI interfaces only, where the input shows any.
  public var isAboutPNIInterfaces: Bool

  /// Creates a pack.
  public init(
    name: String, title: String, parameters: [PackParameter], policies: [Policy],
    refusesPlaceholders: Bool, isAboutPNIInterfaces: Bool
  ) {
    self.name = name
    self.title = title
    self.parameters = parameters
    self.policies = policies
    self.refusesPlaceholders = refusesPlaceholders
    self.isAboutPNIInterfaces = isAboutPNIInterfaces
  }
}
