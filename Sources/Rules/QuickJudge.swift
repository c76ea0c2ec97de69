public import SGModel

/// Answers the policies of packs for groups of which nothing is to be said but the answers in a line
/// each: no finding is made, and what is the same for many groups is made once.
///
/// Its answers are those of `Evaluator`, which stays the one to ask wherever more is to be said.
public final class QuickJudge {
  /// One policy's answer.
  public struct Answer {
    /// The number of the policy.
    public var policy: Int
    /// The answer.
    public var verdict: Verdict
    /// A flow that proves a violation.
    public var witness: Flow?
    /// What an undecided answer depends on, and nothing else: the CIDRs of a VPC, and so many groups or
    /// prefix lists.
    public var vpc: (atom: Atom, others: Int)?
    /// What an undecided answer depends on otherwise: an index into the judge's `dependences`.
    fileprivate var dependence: Int?
    /// The origin of the entry to point at; nothing: the list of the direction.
    public var origin: Int32?
    /// Which of the policy's services the answer is about, a bit each; 0: all of them.
    fileprivate var missing: UInt64 = 0

    fileprivate init(policy: Int) {
      self.policy = policy
      verdict = .satisfied
    }

    /// Forgets what was said, and says only this.
    @inline(__always)
    fileprivate mutating func begin(_ verdict: Verdict) {
      self.verdict = verdict
      witness = nil
      vpc = nil
      dependence = nil
      origin = nil
      missing = 0
    }
  }

  /// What an undecided answer depends on; apart, because hardly any answer has it.
  private struct Dependence {
    var atoms: [Atom]
    /// The origins of entries that may not be there.
    var uncertain: [Int32]
  }

  /// A message about a group in two parts, with the group's name between them.
  public struct Sentence: Sendable {
    /// The number of the policy that it is about.
    public var policy: Int
    /// The answer that it tells.
    public var verdict: Verdict
    /// What stands before the name, in UTF-8.
    public var before: [UInt8]
    /// What stands behind it, in UTF-8.
    public var after: [UInt8]
  }

  /// What is the same for all groups of one VPC, or of all VPCs of which no CIDR is known.
  ///
  /// A class, so that nothing of it is counted for every group.
  private final class Context {
    /// The questions of each policy.
    let questions: [[BriefQuestion]]
    /// How many these are.
    let counts: [Int]
    /// The questions about each direction, policy after policy.
    let ingress: BriefSurvey
    let egress: BriefSurvey
    /// The VPC that it was made for.
    let vpc: Int
    /// Which answer has which sentence.
    var spoken: [(key: SentenceKey, sentence: Int)] = []

    init(_ questions: [[BriefQuestion]], _ isIngress: [Bool], vpc: Int) {
      self.questions = questions
      counts = questions.map { $0.count }
      self.vpc = vpc
      func survey(_ wanted: Bool) -> BriefSurvey {
        BriefSurvey(questions.indices.flatMap { isIngress[$0] == wanted ? questions[$0] : [] })
      }
      ingress = survey(true)
      egress = survey(false)
    }
  }

  /// What is kept of one VPC.
  private struct Place {
    /// An index into `contexts`; negative: there is none.
    var context = -1
    /// Its CIDRs, where the context was made for another one like it, or for it and others.
    var atom: Atom?
  }

  private struct SentenceKey: Equatable {
    var policy: Int
    var verdict: Verdict
    var missing: UInt64
  }

  /// The policies in the order of the packs.
  public let policies: [Policy]
  private let refusesPlaceholders: [Bool]
  private let isIngress: [Bool]
  /// Whether what is noted of a group belongs to the answer.
  private let isUpperLimit: [Bool]
  /// The answer to the question that was asked last.
  private var decision = BriefDecision()
  /// Of the answers that were given last.
  private var dependences: [Dependence] = []
  /// Whether the answer is about some of the policy's services, each asked about for itself.
  private let asksEach: [Bool]
  /// What was made for VPCs so far, by the VPC's index.
  private var places: [Place] = []
  private var contexts: [Context] = []
  /// The context of all VPCs of which no CIDR is known, and the VPC that it was made for.
  private var unknown: (context: Int, model: Atom)?
  /// Of VPCs that share a context, the questions that were asked in full.
  private var full: [Int: [Int: [PreparedQuestion]]] = [:]
  private static let fullLimit = 512
  /// Changes where sentences are forgotten.
  public private(set) var generation = 0
  /// How many contexts are kept at a time, some 15 KB each: more than an account has VPCs in a region.
  private static let contextLimit = 512
  /// The questions of policies that do not speak of the VPC, made once.
  private var common: [[BriefQuestion]?]
  /// The sentences made so far.
  public private(set) var sentences: [Sentence] = []
  /// For each policy and answer the sentence that was asked for last.
  private var last: [(context: Int, key: SentenceKey, sentence: Int)] = []

  /// Stands for the name of a group; no name that is printed as it is can hold it.
  private static let mark = "\u{1}"

  private let escape: (String) -> String

  /// Returns nothing where a policy asks for more than what is allowed to the VPC and to addresses.
  ///
  /// `escape` makes text of unknown origin fit to be printed.
  public init?(packs: [Pack], escaping escape: @escaping (String) -> String) {
    self.escape = escape
    policies = packs.flatMap { $0.policies }
    refusesPlaceholders = packs.flatMap { pack in
      pack.policies.map { _ in pack.refusesPlaceholders }
    }
    common = policies.map { _ in nil }
    isIngress = policies.map { $0.direction == .ingress }
    isUpperLimit = policies.map { $0.isUpperLimit }
    asksEach = policies.map { if case .openToSome = $0.question { true } else { false } }
    forgetLast()
    for policy in policies {
      if case .check = policy.question { return nil }
      guard !policy.isAboutItself, policy.serviceList.count <= 64 else { return nil }
    }
  }

  /// Whether packs have policies that speak of the judged group or of another one by name.
  public static func isAboutGroups(_ packs: [Pack]) -> Bool {
    packs.contains { $0.policies.contains { $0.isAboutItself } }
  }

  /// Answers all policies for a group with these entries in the VPC of `estate` with that index.
  ///
  /// None is a placeholder, and all are known to be certain if `areCertain`. `estate`, which is asked for
  /// once for a VPC, is one of a line of estates that grow: VPCs and atoms keep their numbers. `atoms` are
  /// those of the last one.
  public func answers(
    ingress: [Permission], egress: [Permission], areCertain: Bool = true, vpc: Int,
    atoms: AtomTable, in estate: @autoclosure () -> Estate, to answers: inout [Answer]
  ) {
    if answers.count != policies.count {
      answers = Array(repeating: Answer(policy: 0), count: policies.count)
    }
    if !dependences.isEmpty { dependences.removeAll(keepingCapacity: true) }
    prepare(vpc, estate)
    let atom = places[vpc].atom
    let context = contexts[places[vpc].context]
    let briefIngress = BriefGroup(ingress, areCertain: areCertain, vpc: atom)
    let briefEgress = BriefGroup(egress, areCertain: areCertain, vpc: atom)
    let isIngressBrief = context.ingress.look(at: ingress, of: briefIngress, atoms)
    let isEgressBrief = context.egress.look(at: egress, of: briefEgress, atoms)
    // Where the questions of a policy are among those of its direction.
    var nextIngress = 0
    var nextEgress = 0
    // Each direction by itself: to choose one of two lists counts a reference to it.
    for number in isIngress.indices {
      let count = context.counts[number]
      if isIngress[number] {
        let asked = nextIngress..<nextIngress + count
        nextIngress += count
        if isIngressBrief,
          answerBriefly(
            number, context.ingress, asked, briefIngress, ingress, atoms, &answers[number])
        {
          continue
        }
        answers[number] = answerInFull(number, questions(number, vpc, estate), ingress, atoms)
      } else {
        let asked = nextEgress..<nextEgress + count
        nextEgress += count
        if isEgressBrief,
          answerBriefly(
            number, context.egress, asked, briefEgress, egress, atoms, &answers[number])
        {
          continue
        }
        answers[number] = answerInFull(number, questions(number, vpc, estate), egress, atoms)
      }
    }
  }

  /// The questions of a policy for a VPC, in the form in which all can be asked.
  private func questions(
    _ number: Int, _ vpc: Int, _ estate: () -> Estate
  ) -> [PreparedQuestion] {
    let context = contexts[places[vpc].context]
    if context.vpc == vpc || !policies[number].question.terms.contains(.vpc) {
      return context.questions[number].map { $0.prepared }
    }
    if let known = full[vpc]?[number] { return known }
    if full.count >= Self.fullLimit { full = [:] }
    let estate = estate()
    let made = policies[number].questions(for: Self.group(in: vpc), in: estate).map {
      PreparedQuestion($0, atoms: estate.atoms)
    }
    full[vpc, default: [:]][number] = made
    return made
  }

  /// A group that has nothing but a VPC.
  private static func group(in vpc: Int) -> SecurityGroup {
    var group = SecurityGroup(id: mark, address: nil, name: nil, input: 0)
    group.vpcs = [vpc]
    return group
  }

  private func prepare(_ vpc: Int, _ estate: () -> Estate) {
    while places.count <= vpc { places.append(Place()) }
    guard places[vpc].context < 0 else { return }
    if contexts.count == Self.contextLimit { forget() }
    let estate = estate()
    let group = Self.group(in: vpc)
    let peers = estate.vpcPeers(of: group)
    let atom = peers.addresses.isEmpty && peers.atoms.count == 1 ? peers.atoms.first : nil
    if let atom, let unknown, estate.atoms.areLikeVPCs(atom, unknown.model) {
      places[vpc] = Place(context: unknown.context, atom: atom)
      return
    }
    var model: Atom?
    if let atom, unknown == nil, estate.atoms.areLikeVPCs(atom, atom) {
      unknown = (contexts.count, atom)
      model = atom
    }
    places[vpc] = Place(context: contexts.count, atom: model)
    contexts.append(Context(questions(group, estate, model), isIngress, vpc: vpc))
  }

  private func questions(
    _ group: SecurityGroup, _ estate: Estate, _ model: Atom?
  ) -> [[BriefQuestion]] {
    var questions: [[BriefQuestion]] = []
    for number in policies.indices {
      if let known = common[number] {
        questions.append(known)
        continue
      }
      let isAboutVPC = policies[number].question.terms.contains(.vpc)
      let made = policies[number].questions(for: group, in: estate).map {
        BriefQuestion(
          PreparedQuestion($0, atoms: estate.atoms), atoms: estate.atoms,
          model: isAboutVPC ? model : nil)
      }
      if !isAboutVPC { common[number] = made }
      questions.append(made)
    }
    return questions
  }

  /// Forgets what was made for VPCs.
  private func forget() {
    places = Array(repeating: Place(), count: places.count)
    contexts = []
    unknown = nil
    full = [:]
    sentences = []
    forgetLast()
    generation += 1
  }

  private func forgetLast() {
    let none = SentenceKey(policy: -1, verdict: .satisfied, missing: 0)
    last = Array(repeating: (-1, none, -1), count: 2 * policies.count)
  }

  /// Answers without making arrays, in place, for answers are large to copy; false where that is not enough.
  private func answerBriefly(
    _ number: Int, _ survey: BriefSurvey, _ questions: Range<Int>, _ group: BriefGroup,
    _ permissions: [Permission], _ atoms: AtomTable, _ result: inout Answer
  ) -> Bool {
    result.policy = number
    result.begin(.satisfied)
    var culprits: UInt64 = 0
    // The culprits of a second question that are culprits of the first as well: they weigh twice.
    var again: UInt64 = 0
    var atom: Atom?
    var named: UInt64 = 0
    for index in questions {
      guard survey.decide(index, of: group, permissions, atoms, &decision) else { return false }
      if Self.isWorse(decision.verdict, than: result.verdict) {
        result.begin(decision.verdict)
        culprits = 0
        again = 0
      }
      guard decision.verdict == result.verdict, result.verdict != .satisfied else { continue }
      if asksEach[number] { result.missing |= 1 << UInt64(index - questions.lowerBound) }
      if result.verdict == .violated, result.witness == nil { result.witness = decision.witness }
      if result.verdict == .undecided {
        guard atom == nil || decision.atom == nil || atom == decision.atom else { return false }
        atom = atom ?? decision.atom
        named |= decision.named
      }
      guard decision.culprits & again == 0 else { return false }
      again |= decision.culprits & culprits
      culprits |= decision.culprits
    }
    if result.verdict == .undecided, culprits & group.uncertain != 0 {
      note(atom, named, culprits & group.uncertain, permissions, for: &result)
    } else if result.verdict == .undecided {
      guard let atom else { return false }
      if atoms.kind(of: atom) == .vpc,
        let others = Self.countAtoms(culprits, permissions, beside: atom, atoms)
      {
        result.vpc = (atom, others)
      } else {
        note(atom, named, 0, permissions, for: &result)
      }
    }
    if culprits != 0 {
      guard let origin = Self.widest(culprits, again, permissions) else { return false }
      result.origin = origin
    }
    return true
  }

  /// Notes what an undecided answer depends on: an atom and those of some entries, and that others may not be there.
  private func note(
    _ atom: Atom?, _ named: UInt64, _ uncertain: UInt64, _ permissions: [Permission],
    for answer: inout Answer
  ) {
    var dependence = Dependence(atoms: atom.map { [$0] } ?? [], uncertain: [])
    var rest = named | uncertain
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      if named >> UInt64(index) & 1 == 1, case .atom(let other) = permissions[index].peer,
        !dependence.atoms.contains(other)
      {
        dependence.atoms.append(other)
      }
      let origin = permissions[index].origin
      if uncertain >> UInt64(index) & 1 == 1, !dependence.uncertain.contains(origin) {
        dependence.uncertain.append(origin)
      }
    }
    answer.dependence = dependences.count
    dependences.append(dependence)
  }

  private static func isWorse(_ verdict: Verdict, than other: Verdict) -> Bool {
    verdict == .violated && other != .violated || verdict == .undecided && other == .satisfied
  }

  /// How many atoms there are among some entries beside `atom`; nothing where one stands for anything
  /// but a group or a prefix list.
  private static func countAtoms(
    _ entries: UInt64, _ permissions: [Permission], beside atom: Atom, _ atoms: AtomTable
  ) -> Int? {
    var count = 0
    var rest = entries
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      guard case .atom(let other) = permissions[index].peer, other != atom else { continue }
      let kind = atoms.kind(of: other)
      guard kind == .group || kind == .prefixList else { return nil }
      var earlier = entries & (1 << UInt64(index) - 1)
      var isNew = true
      while earlier != 0, isNew {
        if case .atom(other) = permissions[earlier.trailingZeroBitCount].peer { isNew = false }
        earlier &= earlier - 1
      }
      if isNew { count += 1 }
    }
    return count
  }

  /// The entry that opens most; of several the first.
  ///
  /// Nothing where the boxes of an entry do not stand side by side.
  private static func widest(
    _ culprits: UInt64, _ again: UInt64, _ permissions: [Permission]
  ) -> Int32? {
    var best: (origin: Int32, weight: Double)?
    var current: (origin: Int32, weight: Double)?
    var rest = culprits
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      let origin = permissions[index].origin
      var weight = Weight.of(permissions[index])
      if again >> UInt64(index) & 1 == 1 { weight += weight }
      if let known = current {
        guard origin >= known.origin else { return nil }
        if origin == known.origin {
          current = (origin, known.weight + weight)
          continue
        }
        if best.map({ known.weight > $0.weight }) ?? true { best = known }
      }
      current = (origin, weight)
    }
    if let known = current, best.map({ known.weight > $0.weight }) ?? true { best = known }
    return best?.origin
  }

  private func answerInFull(
    _ number: Int, _ questions: [PreparedQuestion], _ permissions: [Permission], _ atoms: AtomTable
  ) -> Answer {
    var result = Answer(policy: number)
    var culprits: [Int] = []
    var named: [Atom] = []
    for (index, question) in questions.enumerated() {
      let decision = question.decide(
        permissions[...], atoms: atoms, countsPlaceholders: refusesPlaceholders[number])
      if Self.isWorse(decision.verdict, than: result.verdict) {
        result.begin(decision.verdict)
        culprits = []
        named = []
      }
      guard decision.verdict == result.verdict, result.verdict != .satisfied else { continue }
      if asksEach[number] { result.missing |= 1 << UInt64(index) }
      if result.verdict == .violated, result.witness == nil { result.witness = decision.witness }
      for atom in decision.atoms where !named.contains(atom) { named.append(atom) }
      culprits += decision.culprits
    }
    if result.verdict == .undecided {
      var uncertain: [Int32] = []
      for offset in culprits where !permissions[offset].isCertain {
        let origin = permissions[offset].origin
        if !uncertain.contains(origin) { uncertain.append(origin) }
      }
      result.dependence = dependences.count
      dependences.append(Dependence(atoms: named, uncertain: uncertain))
    }
    if !culprits.isEmpty { result.origin = Self.widest(culprits, permissions) }
    return result
  }

  /// The entry that opens most; of several the first.
  private static func widest(_ culprits: [Int], _ permissions: [Permission]) -> Int32 {
    var sums: [Int32: Double] = [:]
    for offset in culprits {
      sums[permissions[offset].origin, default: 0] += Weight.of(permissions[offset])
    }
    return sums.min { (-$0.value, $0.key) < (-$1.value, $1.key) }?.key ?? 0
  }

  /// The answer as a sentence about a group in the VPC of `estate` with that index: an index into
  /// `sentences`.
  public func sentence(
    _ answer: Answer, vpc: Int, in estate: @autoclosure () -> Estate
  ) -> Int {
    prepare(vpc, estate)
    let context = places[vpc].context
    let key = SentenceKey(
      policy: answer.policy, verdict: answer.verdict, missing: answer.missing)
    let place = 2 * answer.policy + (answer.verdict == .violated ? 1 : 0)
    if last[place].context == context, last[place].key == key { return last[place].sentence }
    let sentence = sentence(key, context, estate)
    last[place] = (context, key, sentence)
    return sentence
  }

  private func sentence(_ key: SentenceKey, _ context: Int, _ estate: () -> Estate) -> Int {
    let spoken = contexts[context].spoken
    for index in spoken.indices where spoken[index].key == key { return spoken[index].sentence }
    let group = Self.group(in: contexts[context].vpc)
    let policy = policies[key.policy]
    let missing = policy.serviceList.enumerated().filter { key.missing & 1 << UInt64($0.0) != 0 }
      .map { $0.1 }
    let vpc = Wording.vpc(of: group, in: estate())
    let text = Wording(policy: policy, label: Self.mark, vpc: vpc)
      .message(key.verdict, missing: missing)
    let parts = text.split(separator: "\u{1}", maxSplits: 1, omittingEmptySubsequences: false)
    sentences.append(
      Sentence(
        policy: key.policy, verdict: key.verdict,
        before: Array(escape(String(parts[0])).utf8),
        after: Array(escape(parts.count > 1 ? String(parts[1]) : "").utf8)))
    contexts[context].spoken.append((key, sentences.count - 1))
    return sentences.count - 1
  }

  /// The finding of a policy that holds for a group of which no entry is a placeholder, as far as a text
  /// shows it; nothing where there are no notes to it.
  public func noted(_ answer: Answer, _ group: SecurityGroup, in estate: Estate) -> Finding? {
    // Before the policy is copied, which counts a reference to each of its parts.
    guard answer.verdict == .satisfied, isUpperLimit[answer.policy] else { return nil }
    let policy = policies[answer.policy]
    guard group.notes.contains(where: { $0.direction == policy.direction })
    else { return nil }
    var finding = Finding(
      policy: policy.id, pack: policy.pack, severity: policy.severity, verdict: answer.verdict,
      subject: Subject(group, in: estate), message: "", help: nil, witness: nil, unknowns: [],
      span: group.span(policy.direction), causes: [], furtherCauses: 0, notes: [],
      fingerprint: "")
    for note in group.notes where note.direction == policy.direction {
      finding.notes.append(note.text)
    }
    return finding
  }

  /// A flow in words.
  ///
  /// `id` gives the ids of groups whose atoms have no name.
  public static func text(
    of flow: Flow, _ direction: Direction, _ atoms: AtomTable, id: (Atom) -> String?
  ) -> String {
    var witness = Witness(flow, direction, atoms, isSensitive: false)
    if case .atom(let atom) = flow.peer, atoms[atom].name.isEmpty, let id = id(atom) {
      var info = atoms[atom]
      info.name = id
      witness.peer = info.label
    }
    return witness.text
  }

  /// The first, in the order of the alphabet, of the names of what an answer depends on, and how many
  /// further names there are.
  ///
  /// `id` gives the ids of groups whose atoms have no name, `reason` says why an entry with that origin
  /// may not be there.
  public func unknowns(
    _ answer: Answer, _ atoms: AtomTable, id: (Atom) -> String?, reason: (Int32) -> String?
  ) -> (name: String, further: Int)? {
    // "The CIDRs of" comes before any group.
    if let vpc = answer.vpc { return (atoms[vpc.atom].unknown, vpc.others) }
    guard let dependence = answer.dependence.map({ dependences[$0] }) else { return nil }
    if dependence.uncertain.isEmpty, dependence.atoms.count == 1, let only = dependence.atoms.first
    {
      return (Self.name(of: only, atoms, id), 0)
    }
    // Atoms of two inputs may have one name.
    var names = Set(dependence.atoms.map { Self.name(of: $0, atoms, id) })
    for origin in dependence.uncertain {
      if let reason = reason(origin) { names.insert(reason) }
    }
    return names.min().map { ($0, names.count - 1) }
  }

  /// What is not known of a VPC with that name.
  public static func unknown(ofVPC name: String) -> String {
    AtomInfo(kind: .vpc, name: name).unknown
  }

  /// What people call a group in a sentence.
  public static func label(_ group: SecurityGroup) -> String { Wording.label(group) }

  private static func name(
    of atom: Atom, _ atoms: AtomTable, _ id: (Atom) -> String?
  ) -> String {
    let name = atoms.name(of: atom)
    return AtomInfo.unknown(atoms.kind(of: atom), name.isEmpty ? id(atom) ?? name : name)
  }
}
