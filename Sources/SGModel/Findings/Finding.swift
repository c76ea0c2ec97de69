/// The answer to a question.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// Some flow proves the opposite, whatever the unknowns turn out to be.
  case violated
  /// It depends on what is not known.
  case undecided
  /// It holds, whatever the unknowns turn out to be.
  case satisfied
  /// It does not hold, and somebody has accepted that.
  case suppressed
}

/// What a finding is about.
public struct Subject: Hashable, Sendable {
  /// What kind of thing it is, as the JSON report names it: `security-group`.
  public var kind: String
  /// EC2's id.
  public var id: String?
  /// Terraform's full instance address.
  public var address: String?
  /// Its name.
  public var name: String?
  /// The path of the input it came from.
  public var input: String
  /// The VPC it is in, as far as it is known.
  public var vpc: String?

  /// Creates a subject.
  public init(
    kind: String, id: String?, address: String?, name: String?, input: String, vpc: String?
  ) {
    self.kind = kind
    self.id = id
    self.address = address
    self.name = name
    self.input = input
    self.vpc = vpc
  }

  /// Creates the subject of what is said of a group.
  public init(_ group: SecurityGroup, in estate: Estate) {
    self.init(
      kind: "security-group", id: group.id, address: group.address, name: group.name,
      input: estate.inputs[group.input].path, vpc: group.vpcLabel)
  }

  /// What people call it: its address, its id, or its name.
  public var label: String { address ?? id ?? name ?? "(unnamed)" }
}

/// A concrete flow, ready to be printed.
public struct Witness: Hashable, Sendable {
  /// The direction.
  public var direction: Direction
  /// The protocol as reports name it: `tcp`, `icmp`, or a decimal number.
  public var protocolName: String
  /// The destination port of tcp and udp.
  public var port: Int?
  /// The type of icmp and icmpv6.
  public var type: Int?
  /// The code of icmp and icmpv6.
  public var code: Int?
  /// The other end: an address, or the label of an atom.
  public var peer: String

  /// Creates a witness.
  public init(
    direction: Direction, protocolName: String, port: Int? = nil, type: Int? = nil,
    code: Int? = nil, peer: String
  ) {
    self.direction = direction
    self.protocolName = protocolName
    self.port = port
    self.type = type
    self.code = code
    self.peer = peer
  }

  /// The flow in one line: `tcp 22 to 8.8.8.8`.
  public var text: String {
    var service = protocolName
    if let port { service += " \(port)" }
    if let type { service += " type \(type)" }
    if let code { service += " code \(code)" }
    if port == nil, type == nil { service = "protocol \(service)" }
    return "\(service) \(direction.preposition) \(peer)"
  }
}

/// A permission that causes a finding.
public struct Cause: Hashable, Sendable {
  /// The permission in one line: `tcp 443 from 10.0.0.0/8`.
  public var permission: String
  /// EC2's id of it (`sgr-…`).
  public var id: String?
  /// Terraform's address of the resource that holds it.
  public var address: String?
  /// Where it stands.
  public var span: SourceSpan?
  /// Why it is not certain.
  public var reason: String?
  /// Whether nothing wrote it: it stands for entries that the input does not show.
  public var standsForWhatIsNotShown: Bool
  /// Places that lead to where it stands, the nearest first.
  public var related: [RelatedPlace] = []

  /// Creates a cause.
  public init(
    permission: String, id: String?, address: String?, span: SourceSpan?, reason: String?,
    standsForWhatIsNotShown: Bool = false
  ) {
    self.standsForWhatIsNotShown = standsForWhatIsNotShown
    self.permission = permission
    self.id = id
    self.address = address
    self.span = span
    self.reason = reason
  }
}

/// What one policy says of one subject.
public struct Finding: Hashable, Sendable {
  /// The policy's id.
  public var policy: String
  /// The pack it is in.
  public var pack: String
  /// How much it matters; what an undecided one counts as is decided by the run.
  public var severity: Severity
  /// The answer.
  public var verdict: Verdict
  /// What it is about.
  public var subject: Subject
  /// The answer as a sentence: lower case, no period.
  public var message: String
  /// What to do.
  public var help: String?
  /// A flow that proves the violation.
  public var witness: Witness?
  /// What the answer depends on.
  public var unknowns: [String]
  /// The place to point at.
  public var span: SourceSpan?
  /// The permissions that cause it, the weightiest first.
  public var causes: [Cause]
  /// How many more there are than `causes` names.
  public var furtherCauses: Int
  /// What is worth knowing beside the answer.
  public var notes: [String]
  /// 32 hexadecimal digits that stay the same while the meaning stays the same, wherever the lines
  /// move to.
  public var fingerprint: String
  /// Places that lead to the one to point at, the nearest first.
  public var related: [RelatedPlace] = []

  /// Creates a finding.
  public init(
    policy: String, pack: String, severity: Severity, verdict: Verdict, subject: Subject,
    message: String, help: String?, witness: Witness?, unknowns: [String], span: SourceSpan?,
    causes: [Cause], furtherCauses: Int, notes: [String], fingerprint: String
  ) {
    self.policy = policy
    self.pack = pack
    self.severity = severity
    self.verdict = verdict
    self.subject = subject
    self.message = message
    self.help = help
    self.witness = witness
    self.unknowns = unknowns
    self.span = span
    self.causes = causes
    self.furtherCauses = furtherCauses
    self.notes = notes
    self.fingerprint = fingerprint
  }
}

/// A change that makes a group satisfy what it violates.
public struct SuggestedFix: Hashable, Sendable {
  /// What is to be changed.
  public var subject: Subject
  /// The policies that hold afterwards.
  public var policies: [String]
  /// One step each: a command, or an address, attribute and value.
  ///
  /// Each is one line.
  public var steps: [Step]
  /// What cannot be mended this way, and why.
  public var remarks: [String]

  /// One step of a change.
  public struct Step: Hashable, Sendable {
    /// What it does, for people.
    public var says: String
    /// The command to run, for a live group.
    public var command: String?
    /// The resource to change, for Terraform.
    public var address: String?
    /// The attribute to change, for Terraform; nothing where the whole resource goes or comes.
    public var attribute: String?
    /// The value to give it, in HCL; nothing where the resource is to be deleted.
    public var value: String?
    /// Where it stands.
    public var span: SourceSpan?

    /// Creates a step.
    public init(
      says: String, command: String? = nil, address: String? = nil, attribute: String? = nil,
      value: String? = nil, span: SourceSpan? = nil
    ) {
      self.says = says
      self.command = command
      self.address = address
      self.attribute = attribute
      self.value = value
      self.span = span
    }
  }

  /// Creates a fix.
  public init(subject: Subject, policies: [String], steps: [Step], remarks: [String]) {
    self.subject = subject
    self.policies = policies
    self.steps = steps
    self.remarks = remarks
  }
}

/// All that a run has to say, as reporters take it.
public struct Report: Sendable {
  /// The tool's version.
  public var version: String
  /// The inputs.
  public var inputs: [Input]
  /// The files, for source lines; a span's `source` is an index into it.
  public var sources: [SourceFile]
  /// The lines of files that were counted while they were read, by the file's number.
  public var lines: [Int: LineTable] = [:]
  /// The policies that ran.
  public var policies: [Policy]
  /// One finding per subject and policy, satisfied ones too, in the order of the report.
  public var findings: Findings
  /// What was not understood.
  public var issues: [Issue]
  /// Why inputs could not be read at all, or why there was nothing to check.
  ///
  /// Reports for programs list them as issues; people were told on standard error.
  public var failures: [Issue]
  /// How many groups there are in all inputs.
  public var groupsFound: Int
  /// How many of them were judged.
  public var groupsJudged: Int
  /// How they were selected, as a sentence: `all groups`.
  public var selection: String
  /// The suggested changes; nothing where none were asked for.
  public var fixes: [SuggestedFix]?
  /// What an undecided finding counts as; nothing: as its policy's severity.
  public var undecidedCountsAs: Severity?
  /// What makes the run fail; nothing: no finding does.
  public var threshold: Severity?

  /// Creates a report.
  public init(
    version: String, inputs: [Input], sources: [SourceFile], policies: [Policy],
    findings: Findings, issues: [Issue], groupsFound: Int, groupsJudged: Int, selection: String,
    fixes: [SuggestedFix]?, undecidedCountsAs: Severity?, threshold: Severity?,
    failures: [Issue] = []
  ) {
    self.version = version
    self.inputs = inputs
    self.sources = sources
    self.policies = policies
    self.findings = findings
    self.issues = issues
    self.groupsFound = groupsFound
    self.groupsJudged = groupsJudged
    self.selection = selection
    self.fixes = fixes
    self.undecidedCountsAs = undecidedCountsAs
    self.threshold = threshold
    self.failures = failures
  }

  /// Everything that went wrong before anything could be judged.
  public var allIssues: [Issue] { failures + issues }

  /// What a finding counts as in this run: an undecided one may be given another severity.
  public func effectiveSeverity(of finding: Finding) -> Severity {
    Self.effectiveSeverity(finding.severity, finding.verdict, undecidedCountsAs)
  }

  /// What a verdict on a policy of that severity counts as, where undecided ones count as `undecided`.
  public static func effectiveSeverity(
    _ severity: Severity, _ verdict: Verdict, _ undecided: Severity?
  ) -> Severity {
    verdict == .undecided ? undecided ?? severity : severity
  }

  /// Whether the finding makes the run fail.
  public func fails(_ finding: Finding) -> Bool {
    guard let threshold, finding.verdict == .violated || finding.verdict == .undecided else {
      return false
    }
    return effectiveSeverity(of: finding) >= threshold
  }
}
