public import SGModel

/// Answers the policies of packs for the groups of an estate: a pure function.
public struct Evaluator {
  private var estate: Estate
  private let packs: [Pack]
  private let identifies: Bool
  private let speaksOfGroups: Bool
  /// Questions that were prepared, by policy and by the VPCs that they were asked for.
  private var prepared: [PreparedKey: [PreparedQuestion]] = [:]

  private struct PreparedKey: Hashable {
    var pack: Int
    var policy: Int
    var vpcs: [Int]
    /// The group, where the policy speaks of the group itself.
    var group: Int?
  }

  /// How many questions are kept for estates that come one after the other, some 3 KB each.
  private static let preparedLimit = 512

  /// How many permissions a finding names.
  private static let causeLimit = 8

  /// Creates an evaluator; its findings have fingerprints if it `identifies` them.
  public init(_ estate: Estate, packs: [Pack], identifies: Bool = true) {
    self.identifies = identifies
    self.estate = estate
    self.packs = packs
    speaksOfGroups = QuickJudge.isAboutGroups(packs)
  }

  /// Returns one finding per policy for the group with that index, in the order of the packs.
  public mutating func evaluate(_ group: Int) -> [Finding] {
    var findings: [Finding] = []
    for (number, pack) in packs.enumerated() {
      for (index, policy) in pack.policies.enumerated() {
        findings.append(finding(group, pack, policy, number, index))
      }
    }
    return findings
  }

  /// As `evaluate(_:)`, of a group in another estate that has the same VPCs and atoms, and perhaps more
  /// behind them.
  public mutating func evaluate(_ group: Int, in other: Estate) -> [Finding] {
    // Groups of different estates have the same index.
    if speaksOfGroups || prepared.count >= Self.preparedLimit { prepared = [:] }
    estate = other
    return evaluate(group)
  }

  // MARK: Asking

  /// The answer to one policy for a group.
  struct Answer {
    var verdict: Verdict
    var decisions: [Decision]

    /// Every question has to hold: one violation is enough.
    init(_ decisions: [Decision]) {
      self.decisions = decisions
      if decisions.contains(where: { $0.verdict == .violated }) {
        verdict = .violated
      } else if decisions.contains(where: { $0.verdict == .undecided }) {
        verdict = .undecided
      } else {
        verdict = .satisfied
      }
    }

    /// The decisions that make the verdict what it is.
    var telling: [Decision] { decisions.filter { $0.verdict == verdict } }
  }

  private mutating func answer(
    _ group: Int, _ pack: Pack, _ policy: Policy, _ packNumber: Int, _ policyNumber: Int
  ) -> Answer {
    let key = PreparedKey(
      pack: packNumber, policy: policyNumber, vpcs: estate.groups[group].vpcs,
      group: policy.isAboutItself ? group : nil)
    let questions: [PreparedQuestion]
    if let known = prepared[key] {
      questions = known
    } else {
      questions = policy.questions(for: estate.groups[group], in: estate).map {
        PreparedQuestion($0, atoms: estate.atoms)
      }
      prepared[key] = questions
    }
    let permissions = estate.permissions[estate.groups[group].permissions(policy.direction)]
    return Answer(
      questions.map {
        $0.decide(
          permissions, atoms: estate.atoms, countsPlaceholders: pack.refusesPlaceholders)
      })
  }

  // MARK: Saying

  private mutating func finding(
    _ index: Int, _ pack: Pack, _ policy: Policy, _ packNumber: Int, _ policyNumber: Int
  ) -> Finding {
    let group = estate.groups[index]
    if case .check = policy.question { return Self.finding(group, pack, policy, in: estate) }
    let answer = answer(index, pack, policy, packNumber, policyNumber)
    let range = group.permissions(policy.direction)
    let permissions = estate.permissions[range]
    var culprits: [Int] = []
    if answer.verdict != .satisfied {
      for decision in answer.telling { culprits += decision.culprits }
    }
    let (causes, further) = causes(culprits, permissions, policy.direction)
    func culpritIs(_ property: KeyPath<Origin, Bool>) -> Bool {
      culprits.contains {
        estate.origins[Int(permissions[permissions.startIndex + $0].origin)][keyPath: property]
      }
    }
    // A flow that is missing is made of what the policy names, one too many of an entry's value.
    let isSensitive =
      policy.question.isUpperLimit
      ? culpritIs(\.isSensitive)
      : estate.isVPCSensitive(of: group) && policy.question.terms.contains(.vpc)
    var unknowns: [String] = []
    if answer.verdict == .undecided { unknowns = self.unknowns(answer, permissions) }
    let witness =
      answer.verdict == .violated && !culpritIs(\.hidesServices)
      ? witness(answer, policy, isSensitive: isSensitive) : nil
    let subject = Subject(group, in: estate)
    let span = causes.first?.span ?? group.span(policy.direction)
    let missing = missingServices(answer, policy)
    var finding = Finding(
      policy: policy.id, pack: pack.name, severity: policy.severity, verdict: answer.verdict,
      subject: subject,
      message: Wording(estate: estate, group: group, policy: policy).message(
        answer.verdict, missing: missing),
      help: help(answer, policy, group, permissions),
      witness: witness, unknowns: unknowns, span: span, causes: causes, furtherCauses: further,
      notes: notes(group, pack, policy, permissions, answer.verdict),
      fingerprint: identifies ? fingerprint(policy, subject, answer, permissions) : "")
    finding.related = causes.first { $0.span == span }?.related ?? group.related
    return finding
  }

  /// The few entries behind `culprits`, each once, the widest first, and how many are left out.
  ///
  /// An entry that opens nothing beside what wider ones open is left out: with egress open to
  /// everywhere, that is what has to be said.
  private func causes(
    _ culprits: [Int], _ permissions: ArraySlice<Permission>, _ direction: Direction
  ) -> ([Cause], Int) {
    var position: [Int32: Int] = [:]
    var entries: [(origin: Int32, weight: Double, boxes: [Permission])] = []
    for offset in culprits {
      let permission = permissions[permissions.startIndex + offset]
      if let known = position[permission.origin] {
        entries[known].weight += Weight.of(permission)
        entries[known].boxes.append(permission)
      } else {
        position[permission.origin] = entries.count
        entries.append((permission.origin, Weight.of(permission), [permission]))
      }
    }
    entries.sort { ($1.weight, $0.origin) < ($0.weight, $1.origin) }
    var telling: [(origin: Int32, weight: Double, boxes: [Permission])] = []
    for entry in entries {
      if telling.count == Self.causeLimit { break }
      let known = telling.flatMap { $0.boxes }.filter { $0.isCertain }
      let isCovered =
        !known.isEmpty && Comparison.isWithin(entry.boxes, known, atoms: estate.atoms)
      if !isCovered { telling.append(entry) }
    }
    let shown = telling.map { entry in
      let origin = estate.origins[Int(entry.origin)]
      var cause = Cause(
        permission: origin.text(direction) + expansion(of: origin, entry.boxes.map { $0.peer }),
        id: origin.id,
        address: origin.address, span: origin.span, reason: origin.reason,
        standsForWhatIsNotShown: origin.carrier == .unseen)
      cause.related = origin.related
      return cause
    }
    return (shown, entries.count - shown.count)
  }

  /// The entries of a prefix list that are to blame: its name alone does not say.
  private func expansion(of origin: Origin, _ peers: [Peer]) -> String {
    guard origin.isPrefixList, !origin.isSensitive else { return "" }
    let blocks = PeerSet(peers).cidrTexts
    guard !blocks.isEmpty else { return "" }
    let more = blocks.count > 4 ? " and \(blocks.count - 4) more" : ""
    return " (its entries \(blocks.prefix(4).joined(separator: ", "))\(more))"
  }

  /// What to do: about a violation the policy knows, about a doubt the input does.
  private func help(
    _ answer: Answer, _ policy: Policy, _ group: SecurityGroup,
    _ permissions: ArraySlice<Permission>
  ) -> String? {
    guard answer.verdict != .satisfied else { return nil }
    if answer.verdict == .undecided {
      // By name: the numbers of atoms tell in which order the input was read.
      let atoms = Set(answer.telling.flatMap { $0.atoms })
        .sorted { estate.atoms[$0].label < estate.atoms[$1].label }
      let origins = answer.telling.flatMap { decision in
        decision.culprits.map {
          estate.origins[Int(permissions[permissions.startIndex + $0].origin)]
        }
      }
      let lines = Advice(estate: estate, group: group).lines(atoms: atoms, origins: origins)
      if !lines.isEmpty { return lines.joined(separator: "\n") }
    }
    return policy.help.isEmpty ? nil : policy.help
  }

  /// The names of what an undecided answer depends on, each once.
  private func unknowns(_ answer: Answer, _ permissions: ArraySlice<Permission>) -> [String] {
    var names: [String] = []
    for decision in answer.telling {
      for atom in decision.atoms {
        names.append(estate.atoms[atom].unknown)
      }
      for offset in decision.culprits {
        let origin = estate.origins[Int(permissions[permissions.startIndex + offset].origin)]
        if let reason = origin.reason { names.append(reason) }
      }
    }
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }.sorted()
  }

  private func witness(_ answer: Answer, _ policy: Policy, isSensitive: Bool) -> Witness? {
    guard let flow = answer.telling.lazy.compactMap({ $0.witness }).first else { return nil }
    return Witness(flow, policy.direction, estate.atoms, isSensitive: isSensitive)
  }

  /// The services that a policy of the kind "open to some" finds closed or open to doubt.
  private func missingServices(_ answer: Answer, _ policy: Policy) -> [ServiceRange] {
    guard case .openToSome = policy.question else { return [] }
    return zip(policy.serviceList, answer.decisions)
      .filter { $0.1.verdict == answer.verdict && answer.verdict != .satisfied }.map { $0.0 }
  }

  private func notes(
    _ group: SecurityGroup, _ pack: Pack, _ policy: Policy, _ permissions: ArraySlice<Permission>,
    _ verdict: Verdict
  ) -> [String] {
    var notes = group.notes.filter { $0.direction == policy.direction }.map { $0.text }
    if !policy.question.isUpperLimit { notes = [] }
    guard policy.question.isUpperLimit, !pack.refusesPlaceholders else { return notes }
    var seen: Set<Int32> = []
    for permission in permissions
    where permission.isPlaceholder && seen.insert(permission.origin).inserted {
      let text = estate.origins[Int(permission.origin)].text(policy.direction)
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
  var unknown: String {
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
