public import SGModel

/// Answers the policies of packs for the groups of an estate: a pure function.
public struct Evaluator {
  /// What findings are made for, which says what of them is worth making.
  public enum Purpose: Sendable {
    /// A report for programs: all there is to say, fingerprints as well.
    case data
    /// A text with problems in full: of a policy that holds nothing but its notes is shown.
    case text
    /// A text with a line for each problem: as `text`, without help, and without causes but for the place
    /// of the first.
    case lines
    /// The answers alone.
    case answers
  }

  private var estate: Estate
  private let asked: [Asked]
  private let purpose: Purpose
  /// What was made for the VPCs of groups so far, and where that of which VPCs is.
  private var contexts: [Context] = []
  private var contextOfVPCs: [[Int]: Int] = [:]
  /// The VPCs that were asked about last.
  private var last: (vpcs: [Int], context: Int)?
  /// The questions of policies that do not speak of the VPC, by the number of the policy.
  private var common: [[PreparedQuestion]?]
  /// What was said so far, by the number of the policy.
  private var sentences: [[Sentence]]

  /// A policy with what is the same for all groups.
  ///
  /// A class, so that nothing of it is counted for every finding.
  private final class Asked {
    let number: Int
    let pack: String
    let refusesPlaceholders: Bool
    let policy: Policy
    let isUpperLimit: Bool
    let isCheck: Bool
    let isAboutVPC: Bool
    let isAboutItself: Bool

    init(_ number: Int, _ pack: Pack, _ policy: Policy) {
      self.number = number
      self.pack = pack.name
      refusesPlaceholders = pack.refusesPlaceholders
      self.policy = policy
      isUpperLimit = policy.question.isUpperLimit
      isCheck = if case .check = policy.question { true } else { false }
      isAboutVPC = policy.question.terms.contains(.vpc)
      isAboutItself = policy.isAboutItself
    }
  }

  /// What is the same for all groups in the same VPCs.
  private struct Context {
    /// The questions of policies that speak of the VPC, by the number of the policy.
    var questions: [[PreparedQuestion]?]
    /// What the VPC is called in messages.
    var vpc: String
    /// How its CIDRs can be given, by the kind of input that they are missing in.
    var advice: [(kind: Advice.InputKind, line: String)] = []
  }

  /// A message about any group in two parts, with the group's name between them.
  private struct Sentence {
    var verdict: Verdict
    var missing: [ServiceRange]
    /// What the VPC is called, if it speaks of that.
    var vpc: String
    var before: String
    var after: String
  }

  /// How many questions are kept for estates that come one after the other, some 3 KB each.
  private static let preparedLimit = 512

  /// How many messages of a policy are kept; nearly all are about VPCs that are called the same.
  private static let sentenceLimit = 16

  /// How many permissions a finding names.
  private static let causeLimit = 8

  /// Creates an evaluator whose findings hold what their purpose asks for.
  public init(_ estate: Estate, packs: [Pack], for purpose: Purpose = .data) {
    self.purpose = purpose
    self.estate = estate
    var asked: [Asked] = []
    for pack in packs {
      for policy in pack.policies { asked.append(Asked(asked.count, pack, policy)) }
    }
    self.asked = asked
    common = Array(repeating: nil, count: asked.count)
    sentences = Array(repeating: [], count: asked.count)
  }

  /// Returns one finding per policy for the group with that index, in the order of the packs.
  public mutating func evaluate(_ index: Int) -> [Finding] {
    let group = estate.groups[index]
    let context = context(of: group)
    let subject = Subject(group, in: estate)
    let label = purpose == .answers ? "" : Wording.label(group)
    var findings: [Finding] = []
    findings.reserveCapacity(asked.count)
    for asked in asked { findings.append(finding(asked, group, subject, label, context)) }
    return findings
  }

  /// As `evaluate(_:)`, of a group in another estate that has the same VPCs and atoms, and perhaps more
  /// behind them.
  public mutating func evaluate(_ group: Int, in other: Estate) -> [Finding] {
    if contexts.count * asked.count >= Self.preparedLimit {
      contexts = []
      contextOfVPCs = [:]
      last = nil
    }
    estate = other
    return evaluate(group)
  }

  private mutating func context(of group: SecurityGroup) -> Int {
    if let last, last.vpcs == group.vpcs { return last.context }
    let context: Int
    if let known = contextOfVPCs[group.vpcs] {
      context = known
    } else {
      context = contexts.count
      contextOfVPCs[group.vpcs] = context
      contexts.append(
        Context(
          questions: Array(repeating: nil, count: asked.count),
          vpc: Wording.vpc(of: group, in: estate)))
    }
    last = (group.vpcs, context)
    return context
  }

  // MARK: Asking

  /// The answer to one policy for a group.
  private struct Answer {
    let verdict: Verdict
    let decisions: [Decision]
    /// The decisions that make the verdict what it is.
    let telling: [Decision]

    /// Every question has to hold: one violation is enough.
    init(_ decisions: [Decision]) {
      self.decisions = decisions
      var verdict = Verdict.satisfied
      for decision in decisions where verdict != .violated {
        if decision.verdict != .satisfied { verdict = decision.verdict }
      }
      self.verdict = verdict
      telling = decisions.count == 1 ? decisions : decisions.filter { $0.verdict == verdict }
    }

    /// The permissions that the verdict rests on, where they are to be told.
    var culprits: [Int] {
      if verdict == .satisfied { return [] }
      return telling.count == 1 ? telling[0].culprits : telling.flatMap { $0.culprits }
    }
  }

  private mutating func answer(
    _ asked: Asked, _ group: SecurityGroup, _ context: Int, _ permissions: ArraySlice<Permission>
  ) -> Answer {
    let questions = questions(asked, group, context)
    return Answer(
      questions.map {
        $0.decide(
          permissions, atoms: estate.atoms, countsPlaceholders: asked.refusesPlaceholders)
      })
  }

  private mutating func questions(
    _ asked: Asked, _ group: SecurityGroup, _ context: Int
  ) -> [PreparedQuestion] {
    // Groups of different estates may have the same names.
    if asked.isAboutItself { return prepare(asked, group) }
    guard asked.isAboutVPC else {
      if let known = common[asked.number] { return known }
      let questions = prepare(asked, group)
      common[asked.number] = questions
      return questions
    }
    if let known = contexts[context].questions[asked.number] { return known }
    let questions = prepare(asked, group)
    contexts[context].questions[asked.number] = questions
    return questions
  }

  private func prepare(_ asked: Asked, _ group: SecurityGroup) -> [PreparedQuestion] {
    asked.policy.questions(for: group, in: estate).map {
      PreparedQuestion($0, atoms: estate.atoms)
    }
  }

  // MARK: Saying

  private mutating func finding(
    _ asked: Asked, _ group: SecurityGroup, _ subject: Subject, _ label: String, _ context: Int
  ) -> Finding {
    if asked.isCheck { return Self.finding(group, asked.pack, asked.policy, in: estate) }
    let direction = asked.policy.direction
    let permissions = estate.permissions[group.permissions(direction)]
    let answer = answer(asked, group, context, permissions)
    var finding = Finding(
      policy: asked.policy.id, pack: asked.pack, severity: asked.policy.severity,
      verdict: answer.verdict, subject: subject, message: "", help: nil, witness: nil,
      unknowns: [], span: group.span(direction), causes: [], furtherCauses: 0, notes: [],
      fingerprint: "")
    if purpose == .answers { return finding }
    finding.notes = notes(asked, group, permissions)
    if answer.verdict == .satisfied, purpose != .data { return finding }
    finding.message = message(
      asked, label, context, answer.verdict, missingServices(answer, asked.policy))
    let culprits = answer.culprits
    if answer.verdict == .violated {
      finding.witness = witness(answer, culprits, asked, group, permissions)
    }
    if answer.verdict == .undecided {
      let doubts = Doubts(answer.telling, permissions, in: estate)
      finding.unknowns = doubts.names(in: estate)
      if purpose != .lines { finding.help = advice(doubts, group, context) }
    }
    if finding.help == nil, answer.verdict != .satisfied, purpose != .lines {
      finding.help = asked.policy.help.isEmpty ? nil : asked.policy.help
    }
    finding.related = group.related
    if let entries = CauseList(culprits, permissions) {
      tell(entries, direction, in: &finding)
    }
    if purpose == .data {
      finding.fingerprint = fingerprint(asked.policy, subject, answer, permissions)
    }
    return finding
  }

  /// The answer as a sentence: mostly what was said of another group, with this one's name.
  private mutating func message(
    _ asked: Asked, _ label: String, _ context: Int, _ verdict: Verdict, _ missing: [ServiceRange]
  ) -> String {
    let vpc = asked.isAboutVPC ? contexts[context].vpc : ""
    let known = sentences[asked.number].firstIndex {
      $0.verdict == verdict && $0.vpc == vpc && $0.missing == missing
    }
    if let known {
      let sentence = sentences[asked.number][known]
      return Self.text(sentence.before, label, sentence.after)
    }
    let text = Wording(policy: asked.policy, label: Self.mark, vpc: vpc)
      .message(verdict, missing: missing)
    let place = text.utf8.firstIndex(of: Self.markByte) ?? text.endIndex
    let sentence = Sentence(
      verdict: verdict, missing: missing, vpc: vpc, before: String(text[..<place]),
      after: String(Substring(text[place...].utf8.dropFirst())))
    if sentences[asked.number].count == Self.sentenceLimit { sentences[asked.number] = [] }
    sentences[asked.number].append(sentence)
    return Self.text(sentence.before, label, sentence.after)
  }

  /// Stands for the name of a group; what policies say before it has no such character.
  private static let mark = "\u{1}"
  private static let markByte: UInt8 = 1

  private static func text(_ before: String, _ label: String, _ after: String) -> String {
    var text = ""
    text.reserveCapacity(before.utf8.count + label.utf8.count + after.utf8.count)
    text += before
    text += label
    text += after
    return text
  }

  /// Adds the few entries that cause a finding, each once, the widest first, and how many are left out.
  ///
  /// An entry that opens nothing beside what wider ones open is left out: with egress open to
  /// everywhere, that is what has to be said.
  private func tell(_ entries: CauseList, _ direction: Direction, in finding: inout Finding) {
    let widest = entries.widest
    if let span = estate.origins[Int(widest)].span { finding.span = span }
    if purpose == .lines { return }
    let telling = entries.telling(limit: Self.causeLimit, atoms: estate.atoms)
    finding.causes.reserveCapacity(telling.count)
    for number in telling {
      finding.causes.append(
        cause(estate.origins[Int(entries[number].origin)], entries[number], direction))
    }
    finding.furtherCauses = entries.count - telling.count
    if let first = finding.causes.first(where: { $0.span == finding.span }) {
      finding.related = first.related
    }
  }

  private func cause(_ origin: Origin, _ entry: CauseList.Entry, _ direction: Direction) -> Cause {
    var permission = origin.text(direction)
    if origin.isPrefixList, !origin.isSensitive { permission += Self.expansion(entry) }
    var cause = Cause(
      permission: permission, id: origin.id, address: origin.address, span: origin.span,
      reason: origin.reason, standsForWhatIsNotShown: origin.carrier == .unseen)
    cause.related = origin.related
    return cause
  }

  /// The entries of a prefix list that are to blame: its name alone does not say.
  private static func expansion(_ entry: CauseList.Entry) -> String {
    let blocks = PeerSet(entry.boxes.map { $0.peer }).cidrTexts
    guard !blocks.isEmpty else { return "" }
    let more = blocks.count > 4 ? " and \(blocks.count - 4) more" : ""
    return " (its entries \(blocks.prefix(4).joined(separator: ", "))\(more))"
  }

  /// What to do about a doubt: the input knows, where a policy knows about a violation.
  private mutating func advice(
    _ doubts: Doubts, _ group: SecurityGroup, _ context: Int
  ) -> String? {
    let kind = Advice.InputKind(estate.inputs[group.input].kind)
    let vpc: String
    if let known = contexts[context].advice.first(where: { $0.kind == kind }) {
      vpc = known.line
    } else {
      vpc = Advice.vpc(of: group, kind, in: estate)
      contexts[context].advice.append((kind, vpc))
    }
    let lines = Advice.lines(
      atoms: doubts.atomsByName(in: estate), origins: doubts.origins, group, kind, vpc: vpc,
      in: estate)
    return lines.isEmpty ? nil : lines.count == 1 ? lines[0] : lines.joined(separator: "\n")
  }

  private func witness(
    _ answer: Answer, _ culprits: [Int], _ asked: Asked, _ group: SecurityGroup,
    _ permissions: ArraySlice<Permission>
  ) -> Witness? {
    guard let flow = answer.telling.lazy.compactMap({ $0.witness }).first else { return nil }
    var isSensitive = false
    for offset in culprits {
      let number = Int(permissions[permissions.startIndex + offset].origin)
      if estate.origins[number].hidesServices { return nil }
      if estate.origins[number].isSensitive { isSensitive = true }
    }
    // A flow that is missing is made of what the policy names, one too many of an entry's value.
    if !asked.isUpperLimit { isSensitive = estate.isVPCSensitive(of: group) && asked.isAboutVPC }
    return Witness(flow, asked.policy.direction, estate.atoms, isSensitive: isSensitive)
  }

  /// The services that a policy of the kind "open to some" finds closed or open to doubt.
  private func missingServices(_ answer: Answer, _ policy: Policy) -> [ServiceRange] {
    guard case .openToSome = policy.question else { return [] }
    return zip(policy.serviceList, answer.decisions)
      .filter { $0.1.verdict == answer.verdict && answer.verdict != .satisfied }.map { $0.0 }
  }

  private func notes(
    _ asked: Asked, _ group: SecurityGroup, _ permissions: ArraySlice<Permission>
  ) -> [String] {
    guard asked.isUpperLimit else { return [] }
    let direction = asked.policy.direction
    var notes: [String] = []
    for note in group.notes where note.direction == direction { notes.append(note.text) }
    guard !asked.refusesPlaceholders else { return notes }
    var seen: Set<Int32> = []
    for index in permissions.indices where permissions[index].isPlaceholder {
      let origin = permissions[index].origin
      guard seen.insert(origin).inserted else { continue }
      let text = estate.origins[Int(origin)].text(direction)
      notes.append(
        "`\(text)` is a placeholder that allows no real flow and is counted as nothing (--set placeholders=refuse counts it)"
      )
    }
    return notes
  }

  /// A hash of what is said, not of where: the same while the meaning is the same.
  private func fingerprint(
    _ policy: Policy, _ subject: Subject, _ answer: Answer, _ permissions: ArraySlice<Permission>
  ) -> String {
    var hash = StableHash()
    hash.add(policy.pack)
    hash.add(policy.id)
    hash.add(subject.kind)
    hash.add(subject.address ?? subject.id ?? subject.name ?? "")
    hash.add(answer.verdict.rawValue)
    if answer.verdict != .satisfied {
      // The entries that break the policy, in an order of their own: EC2 gives them no order.
      var texts: Set<String> = []
      for decision in answer.telling {
        for offset in decision.culprits {
          let origin = estate.origins[Int(permissions[permissions.startIndex + offset].origin)]
          // A hash of a short secret gives it away.
          let peer = origin.isSensitive ? "in \(origin.address ?? "")" : origin.peerText
          let services =
            origin.hidesServices ? "" : "\(origin.services.lower)-\(origin.services.upper)"
          texts.insert("\(services) \(peer)")
        }
      }
      for text in texts.sorted() { hash.add(text) }
    }
    return hash.hex
  }
}

extension AtomInfo {
  /// What is not known of it, as the name of what an answer depends on.
  var unknown: String { Self.unknown(kind, name) }

  /// What is not known of an atom of that kind and name.
  static func unknown(_ kind: Kind, _ name: String) -> String {
    switch kind {
    case .unknown: name
    case .vpc: "the CIDRs of \(name)"
    case .group: "the interfaces of \(name)"
    case .prefixList: "the entries of \(name)"
    }
  }
}

extension Witness {
  /// Puts a flow into words.
  init(_ flow: Flow, _ direction: Direction, _ atoms: AtomTable, isSensitive: Bool) {
    let peer: String
    switch flow.peer {
    case .v4(let address): peer = isSensitive ? "(sensitive value)" : AddressText.v4(address)
    case .v6(let address): peer = isSensitive ? "(sensitive value)" : AddressText.v6(address)
    case .atom(let atom): peer = atoms[atom].label
    }
    self.init(
      direction: direction, protocolName: ProtocolNumber.name(flow.protocolNumber),
      port: flow.port.map { Int($0) }, type: flow.typeAndCode.map { Int($0.type) },
      code: flow.typeAndCode.map { Int($0.code) }, peer: peer)
  }
}

/// How much an entry opens, to name the widest first.
enum Weight {
  static func of(_ permission: Permission) -> Double {
    let services = Double(permission.services.upper - permission.services.lower) + 1
    switch permission.peer {
    case .v4(let range): return services * (Double(range.upper - range.lower) + 1)
    // A /64 of IPv6 counts as much as one IPv4 address: it is what one host network gets.
    case .v6(let range):
      // In two halves: a number of 128 bits is converted a thousand times slower.
      let last = range.upper - range.lower
      let nets = UInt64(truncatingIfNeeded: last >> 64)
      let hosts = UInt64(truncatingIfNeeded: last)
      return services * max(1, Double(nets) + (Double(hosts) + 1) / 18_446_744_073_709_551_616)
    case .atom: return services
    }
  }
}

/// FNV-1a of 128 bits: the same on every machine and in every run, unlike `Hasher`.
struct StableHash {
  private var state: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    // No text can run into the next: 0xFF is not in UTF-8.
    add(0xFF)
  }

  private mutating func add(_ byte: UInt8) {
    state ^= UInt128(byte)
    state = state &* 0x0000_0000_0100_0000_0000_0000_0000_013B
  }

  var hex: String {
    // Digit by digit: to divide a number of 128 bits takes as long as all else.
    String(
      decoding: stride(from: 124, through: 0, by: -4).map { shift in
        let digit = UInt8(truncatingIfNeeded: state >> UInt128(shift) & 0xF)
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      }, as: UTF8.self)
  }
}
