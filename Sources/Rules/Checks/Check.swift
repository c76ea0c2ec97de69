public import SGModel

/// A test written in Swift, for what no statement about traffic can say: how something is written,
/// not what it allows.
protocol Check: Sendable {
  /// What people read of it.
  static var metadata: CheckMetadata { get }
  /// Looks at one group.
  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult
}

/// What people read of a check.
struct CheckMetadata: Sendable {
  /// The id, kebab-case, with the pack's name in front.
  var id: String
  /// What it says, one sentence without a period.
  var says: String
  /// How much it matters.
  var severity: Severity
  /// Why it matters, in paragraphs.
  var why: String
  /// What to do when it is broken.
  var help: String
  /// Something that breaks it, and how it is mended.
  var example: (wrong: String, right: String)
  /// Further reading.
  var references: [Policy.Reference] = []
}

/// What a check found on one group.
struct CheckResult {
  /// What breaks it, for certain.
  var broken: [CheckCause] = []
  /// What may break it.
  var doubtful: [CheckCause] = []
  /// The sentence that says what is wrong; used where something is.
  var message = ""

  var verdict: Verdict {
    if !broken.isEmpty { return .violated }
    return doubtful.isEmpty ? .satisfied : .undecided
  }
}

/// One thing that breaks a check.
struct CheckCause {
  /// What it is, in one line that is fit to be printed.
  var text: String
  /// The address of the resource.
  var address: String?
  /// Where it stands.
  var span: SourceSpan?
  /// What it depends on; nothing where it is certain.
  var reason: String?
  /// EC2's id of the entry.
  var id: String?
}

/// All checks, by the pack that they are run with.
public enum CheckRegistry {
  /// The checks of the pack `terraform`; one file each.
  static let terraform: [any Check.Type] = [
    InlineAndStandaloneCheck.self,
    DuplicatePermissionCheck.self,
    AllProtocolsWithPortsCheck.self,
    PortZeroCheck.self,
    KeptEgressCheck.self,
    NoPeerCheck.self,
    NonCanonicalCIDRCheck.self,
  ]

  /// The packs that are made of checks, by name, sorted.
  public static var packs: [Pack] {
    [
      Pack(
        name: "terraform", title: "What Terraform and AWS take otherwise than it is written",
        parameters: [], policies: terraform.map { policy($0.metadata, pack: "terraform") },
        refusesPlaceholders: false, isAboutPNIInterfaces: false)
    ]
  }

  static func check(_ id: String) -> (any Check.Type)? {
    terraform.first { $0.metadata.id == id }
  }

  private static func policy(_ metadata: CheckMetadata, pack: String) -> Policy {
    Policy(
      id: metadata.id, pack: pack, says: metadata.says, severity: metadata.severity,
      direction: .ingress, services: .all, serviceList: [.all], question: .check,
      rationale:
        "\(joined(metadata.why))\n\nFor example:\n\n\(indented(metadata.example.wrong))\n\nInstead:\n\n\(indented(metadata.example.right))",
      help: joined(metadata.help), references: metadata.references)
  }

  /// Paragraphs with a line each: whoever prints them knows how wide.
  private static func joined(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .reduce(into: [""]) { paragraphs, line in
        if line.isEmpty {
          paragraphs += ["", ""]
        } else {
          let last = paragraphs.removeLast()
          paragraphs.append(last.isEmpty ? String(line) : "\(last) \(line)")
        }
      }.joined(separator: "\n")
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
      .joined(separator: "\n")
  }
}

extension Evaluator {
  /// How many causes a finding of a check names.
  private static let checkCauseLimit = 8

  /// The finding of a policy that a check decides.
  static func finding(
    _ group: SecurityGroup, _ pack: String, _ policy: Policy, in estate: Estate
  ) -> Finding {
    let result = CheckRegistry.check(policy.id)?.look(at: group, in: estate) ?? CheckResult()
    let verdict = result.verdict
    let causes = verdict == .violated ? result.broken : result.doubtful
    let message =
      switch verdict {
      case .violated: result.message
      case .undecided: "cannot decide whether \(result.message)"
      case .satisfied, .suppressed: "\(group.label): \(policy.says)"
      }
    var seen: Set<String> = []
    let unknowns = causes.compactMap { $0.reason }.filter { seen.insert($0).inserted }.sorted()
    var hash = StableHash()
    for text in [
      policy.pack, policy.id, "security-group", group.address ?? group.id ?? group.name ?? "",
      verdict.rawValue,
    ] {
      hash.add(text)
    }
    for text in Set(causes.map { "\($0.address ?? "") \($0.text)" }).sorted() { hash.add(text) }
    return Finding(
      policy: policy.id, pack: pack, severity: policy.severity, verdict: verdict,
      subject: Subject(group, in: estate),
      message: message, help: verdict == .satisfied ? nil : policy.help, witness: nil,
      unknowns: verdict == .undecided ? unknowns : [], span: causes.first?.span ?? group.span,
      causes: causes.prefix(checkCauseLimit).map {
        Cause(
          permission: $0.text, id: $0.id, address: $0.address, span: $0.span, reason: $0.reason)
      }, furtherCauses: max(0, causes.count - checkCauseLimit), notes: [], fingerprint: hash.hex)
  }
}

/// What several checks ask.
enum CheckSupport {
  /// The entries of a group that Terraform writes, each once, with its direction and one of its
  /// boxes.
  static func entries(
    of group: SecurityGroup, in estate: Estate
  ) -> [(direction: Direction, permission: Permission, origin: Origin)] {
    var result: [(direction: Direction, permission: Permission, origin: Origin)] = []
    for direction in Direction.allCases {
      var last: Int32 = -1
      // The boxes of one entry stand side by side.
      for permission in estate.permissions[group.permissions(direction)]
      where permission.origin != last {
        last = permission.origin
        let origin = estate.origins[Int(permission.origin)]
        switch origin.carrier {
        case .terraformInline, .terraformResource: result.append((direction, permission, origin))
        case .ec2, .yaml, .unseen: continue
        }
      }
    }
    return result
  }

  /// An entry as the cause of a finding.
  static func cause(_ origin: Origin, _ direction: Direction) -> CheckCause {
    CheckCause(
      text: origin.text(direction), address: origin.address, span: origin.span,
      reason: origin.reason, id: origin.id)
  }
}
