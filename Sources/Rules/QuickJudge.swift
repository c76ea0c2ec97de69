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
    public var atoms: [Atom]
    /// The origin of the entry to point at; nothing: the list of the direction.
    public var origin: Int32?
    /// Which of the policy's services the answer is about, a bit each; 0: all of them.
    fileprivate var missing: UInt64
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
    var questions: [[PreparedQuestion]]
    /// The VPC whose sentences are used: one of those of which no CIDR is known stands for all of them.
    var spokesman: Int
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
  private var common: [[PreparedQuestion]?]
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
    var questions: [[PreparedQuestion]] = []
    for number in policies.indices {
      if let known = common[number] {
        questions.append(known)
        continue
      }
      let made = policies[number].questions(for: group, in: estate).map {
        PreparedQuestion($0, atoms: estate.atoms)
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
    _ number: Int, _ questions: [PreparedQuestion], _ permissions: [Permission], _ atoms: AtomTable
  ) -> Answer {
    var result = Answer(policy: number, verdict: .satisfied, atoms: [], missing: 0)
    var culprits: [Int] = []
    for (index, question) in questions.enumerated() {
      let decision = question.decide(
        permissions[...], atoms: atoms, countsPlaceholders: refusesPlaceholders[number])
      let isWorse =
        decision.verdict == .violated && result.verdict != .violated
        || decision.verdict == .undecided && result.verdict == .satisfied
      if isWorse {
        result = Answer(policy: number, verdict: decision.verdict, atoms: [], missing: 0)
        culprits = []
      }
      guard decision.verdict == result.verdict, result.verdict != .satisfied else { continue }
      if asksEach[number] { result.missing |= 1 << UInt64(index) }
      if result.verdict == .violated, result.witness == nil { result.witness = decision.witness }
      for atom in decision.atoms where !result.atoms.contains(atom) { result.atoms.append(atom) }
      culprits += decision.culprits
    }
    if !culprits.isEmpty { result.origin = Self.widest(culprits, permissions) }
    return result
  }

  /// The entry that opens most; of several the first.
  private static func widest(_ culprits: [Int], _ permissions: [Permission]) -> Int32 {
    var best: (origin: Int32, weight: Double)?
    var sums: [Int32: Double] = [:]
    var isOneEach = true
    var last: Int32 = -1
    for offset in culprits {
      if permissions[offset].origin <= last { isOneEach = false }
      last = permissions[offset].origin
    }
    if !isOneEach {
      for offset in culprits {
        sums[permissions[offset].origin, default: 0] += Weight.of(permissions[offset])
      }
    }
    for offset in culprits {
      let origin = permissions[offset].origin
      let weight = isOneEach ? Weight.of(permissions[offset]) : sums[origin] ?? 0
      if let known = best, (-weight, origin) >= (-known.weight, known.origin) { continue }
      best = (origin, weight)
    }
    return best?.origin ?? 0
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
    // Nearly always there is one VPC, and "the CIDRs of" it comes before entries and interfaces.
    var first: Atom?
    for atom in answer.atoms {
      let kind = atoms.kind(of: atom)
      if kind == .unknown || kind == .vpc && first != nil {
        first = nil
        break
      }
      if kind == .vpc { first = atom }
    }
    if let first { return (atoms[first].unknown, first, answer.atoms.count - 1) }
    let names = answer.atoms.map { (name: name(of: $0, atoms, id), atom: $0) }
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
