public import SGModel

/// Answers the policies of packs for groups of which nothing is to be said but the answers in a line
/// each: no finding is made, and what is the same for many groups is made once.
///
/// Its answers are those of `Evaluator`, which stays the one to ask wherever more is to be said.
public struct QuickJudge {
  /// One policy's answer.
  public struct Answer {
    /// The number of the policy.
    public var policy: Int
    /// The answer.
    public var verdict: Verdict
    /// A flow that proves a violation.
    public var witness: Flow?
    /// What an undecided answer depends on.
    public var dependence = Dependence.nothing
    /// The origin of the entry to point at; nothing: the list of the direction.
    public var origin: Int32?
    /// Which of the policy's services the answer is about, a bit each; 0: all of them.
    fileprivate var missing: UInt64
  }

  /// What an undecided answer depends on.
  public enum Dependence {
    /// Nothing: the answer is not undecided.
    case nothing
    /// The CIDRs of one VPC, and so many groups or prefix lists.
    case vpc(Atom, others: Int)
    /// Any atoms.
    case atoms([Atom])
  }

  /// A message about a group in two parts, with the group's name between them.
  public struct Sentence: Sendable {
    /// What stands before the name, in UTF-8.
    public var before: [UInt8]
    /// What stands behind it, in UTF-8.
    public var after: [UInt8]
  }

  /// What is the same for all groups of one VPC.
  private struct Context {
    /// The questions of each policy.
    var questions: [[Asked]]
    /// The VPC whose sentences are used: one of those of which no CIDR is known stands for all of them.
    var spokesman: Int
  }

  /// A question in the two forms in which it is asked.
  private struct Asked {
    var brief: BriefQuestion
    var full: PreparedQuestion
  }

  private struct SentenceKey: Equatable {
    var vpc: Int
    var policy: Int
    var verdict: Verdict
    var missing: UInt64
  }

  /// The policies in the order of the packs.
  public let policies: [Policy]
  private let refusesPlaceholders: [Bool]
  private let isIngress: [Bool]
  /// Whether the answer is about some of the policy's services, each asked about for itself.
  private let asksEach: [Bool]
  /// What was made for VPCs so far, by the VPC's index.
  private var contexts: [Context?] = []
  private var contextCount = 0
  /// How many VPCs are kept at a time, some 9 KB each: more than an account has in a region.
  private static let contextLimit = 1024
  /// The questions of policies that do not speak of the VPC, made once.
  private var common: [[Asked]?]
  private var sentences: [Int: [(key: SentenceKey, sentence: Sentence)]] = [:]
  /// The first VPC that was met of which no CIDR is known.
  private var unknownVPC: Int?

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
    asksEach = policies.map { if case .openToSome = $0.question { true } else { false } }
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
  /// All entries are certain, and none is a placeholder. `estate`, which is asked for once for a VPC, is
  /// one of a line of estates that grow: VPCs and atoms keep their numbers. `atoms` are those of the
  /// last one.
  public mutating func answers(
    ingress: [Permission], egress: [Permission], vpc: Int, atoms: AtomTable,
    in estate: @autoclosure () -> Estate, to answers: inout [Answer]
  ) {
    answers.removeAll(keepingCapacity: true)
    prepare(vpc, estate)
    guard let context = contexts[vpc] else { return }
    for number in policies.indices {
      let permissions = isIngress[number] ? ingress : egress
      answers.append(answer(number, context.questions[number], permissions, atoms))
    }
  }

  private mutating func prepare(_ vpc: Int, _ estate: () -> Estate) {
    while contexts.count <= vpc { contexts.append(nil) }
    guard contexts[vpc] == nil else { return }
    if contextCount == Self.contextLimit {
      contexts = Array(repeating: nil, count: contexts.count)
      sentences = [:]
      contextCount = 0
    }
    contextCount += 1
    let estate = estate()
    var group = SecurityGroup(id: nil, address: nil, name: nil, input: 0)
    group.vpcs = [vpc]
    var questions: [[Asked]] = []
    for number in policies.indices {
      if let known = common[number] {
        questions.append(known)
        continue
      }
      let made = policies[number].questions(for: group, in: estate).map {
        let question = PreparedQuestion($0, atoms: estate.atoms)
        return Asked(brief: BriefQuestion(question, atoms: estate.atoms), full: question)
      }
      if !policies[number].question.terms.contains(.vpc) { common[number] = made }
      questions.append(made)
    }
    var spokesman = vpc
    if estate.vpcPeers(of: group).addresses.isEmpty {
      spokesman = unknownVPC ?? vpc
      unknownVPC = spokesman
    }
    contexts[vpc] = Context(questions: questions, spokesman: spokesman)
  }

  private func answer(
    _ number: Int, _ questions: [Asked], _ permissions: [Permission], _ atoms: AtomTable
  ) -> Answer {
    answerBriefly(number, questions, permissions, atoms)
      ?? answerInFull(number, questions, permissions, atoms)
  }

  /// Answers without making arrays; nothing where that is not enough.
  private func answerBriefly(
    _ number: Int, _ questions: [Asked], _ permissions: [Permission], _ atoms: AtomTable
  ) -> Answer? {
    var result = Answer(policy: number, verdict: .satisfied, missing: 0)
    var culprits: UInt64 = 0
    // The culprits of a second question that are culprits of the first as well: they weigh twice.
    var again: UInt64 = 0
    var atom: Atom?
    for index in questions.indices {
      guard let decision = questions[index].brief.decide(permissions, atoms: atoms) else {
        return nil
      }
      if Self.isWorse(decision.verdict, than: result.verdict) {
        result = Answer(policy: number, verdict: decision.verdict, missing: 0)
        culprits = 0
        again = 0
      }
      guard decision.verdict == result.verdict, result.verdict != .satisfied else { continue }
      if asksEach[number] { result.missing |= 1 << UInt64(index) }
      if result.verdict == .violated, result.witness == nil { result.witness = decision.witness }
      if result.verdict == .undecided {
        guard let found = decision.atom, atom == nil || atom == found else { return nil }
        atom = found
      }
      guard decision.culprits & again == 0 else { return nil }
      again |= decision.culprits & culprits
      culprits |= decision.culprits
    }
    if result.verdict == .undecided, let atom {
      guard atoms.kind(of: atom) == .vpc,
        let others = Self.countAtoms(culprits, permissions, beside: atom, atoms)
      else { return nil }
      result.dependence = .vpc(atom, others: others)
    }
    if culprits != 0 {
      guard let origin = Self.widest(culprits, again, permissions) else { return nil }
      result.origin = origin
    }
    return result
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

  /// The entry that opens most; of several the first. Nothing where the boxes of an entry do not stand
  /// side by side.
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
    _ number: Int, _ questions: [Asked], _ permissions: [Permission], _ atoms: AtomTable
  ) -> Answer {
    var result = Answer(policy: number, verdict: .satisfied, missing: 0)
    var culprits: [Int] = []
    var named: [Atom] = []
    for (index, question) in questions.enumerated() {
      let decision = question.full.decide(
        permissions[...], atoms: atoms, countsPlaceholders: refusesPlaceholders[number])
      if Self.isWorse(decision.verdict, than: result.verdict) {
        result = Answer(policy: number, verdict: decision.verdict, missing: 0)
        culprits = []
        named = []
      }
      guard decision.verdict == result.verdict, result.verdict != .satisfied else { continue }
      if asksEach[number] { result.missing |= 1 << UInt64(index) }
      if result.verdict == .violated, result.witness == nil { result.witness = decision.witness }
      for atom in decision.atoms where !named.contains(atom) { named.append(atom) }
      culprits += decision.culprits
    }
    if !named.isEmpty { result.dependence = .atoms(named) }
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

  /// The answer as a sentence about a group in the VPC of `estate` with that index.
  public mutating func sentence(
    _ answer: Answer, vpc: Int, in estate: @autoclosure () -> Estate
  ) -> Sentence {
    prepare(vpc, estate)
    let vpc = contexts[vpc]?.spokesman ?? vpc
    let key = SentenceKey(
      vpc: vpc, policy: answer.policy, verdict: answer.verdict, missing: answer.missing)
    if let known = sentences[vpc]?.first(where: { $0.key == key }) { return known.sentence }
    var group = SecurityGroup(id: Self.mark, address: nil, name: nil, input: 0)
    group.vpcs = [vpc]
    let policy = policies[answer.policy]
    let missing = policy.serviceList.enumerated().filter { answer.missing & 1 << UInt64($0.0) != 0 }
      .map { $0.1 }
    let text = Wording(estate: estate(), group: group, policy: policy)
      .message(answer.verdict, missing: missing)
    let parts = text.split(separator: "\u{1}", maxSplits: 1, omittingEmptySubsequences: false)
    let sentence = Sentence(
      before: Array(escape(String(parts[0])).utf8),
      after: Array(escape(parts.count > 1 ? String(parts[1]) : "").utf8))
    sentences[vpc, default: []].append((key, sentence))
    return sentence
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

  /// The first, in the order of the alphabet, of the names of what an answer depends on, with its atom,
  /// and how many further names there are.
  ///
  /// `id` gives the ids of groups whose atoms have no name.
  public static func unknowns(
    _ answer: Answer, _ atoms: AtomTable, id: (Atom) -> String?
  ) -> (name: String, atom: Atom, further: Int)? {
    let dependence: [Atom]
    switch answer.dependence {
    case .nothing: return nil
    // "The CIDRs of" comes before any group.
    case .vpc(let atom, let others): return (atoms[atom].unknown, atom, others)
    case .atoms(let named): dependence = named
    }
    let names = dependence.map { (name: name(of: $0, atoms, id), atom: $0) }
    // Atoms of two inputs may have one name.
    let further = Set(names.map { $0.name }).count - 1
    return names.min { $0.name < $1.name }.map { ($0.name, $0.atom, further) }
  }

  /// What people call a group in a sentence.
  public static func label(_ group: SecurityGroup) -> String { Wording.label(group) }

  private static func name(
    of atom: Atom, _ atoms: AtomTable, _ id: (Atom) -> String?
  ) -> String {
    var info = atoms[atom]
    if info.name.isEmpty, let id = id(atom) { info.name = id }
    return info.unknown
  }
}
