import Loaders
import Reporters
import Rules
import SGModel

/// Makes the short form of findings, a line each, on one thread.
///
/// Groups that were left in their files are judged straight from their bytes where a line is all that
/// is said of them; all others through findings. The lines are the same.
final class Digester {
  private let owner: JudgedGroups
  private let judge: GroupJudge
  private let reader: GroupReader
  private let inventory: Inventory
  private let files: [SourceFile]
  private let form: FindingLine
  private let quick: QuickJudge?
  private var answers: [QuickJudge.Answer] = []
  private var label: [UInt8] = []
  /// Where the lines of a group point, by the number of the answer.
  private var places: [(offset: Int, answer: Int, position: SourcePosition)] = []
  /// Of the file that the last line was about, the lines and what stands at the beginning.
  private var file = -1
  private var cursor: LineCursor?
  private var fileStart: [UInt8] = []
  private let policies: [PolicyLine]
  /// The ids of the policies as they stand behind messages.
  private let marks: [[UInt8]]
  /// What stands before and behind a group's name in a line, by the number of the sentence.
  private var heads: [[UInt8]] = []
  private var tails: [[UInt8]] = []
  private var frameGeneration = 0
  /// What stands before and behind the name of a VPC where that is what an answer depends on, by the
  /// number of further names.
  private var dependences: [(head: [UInt8], tail: [UInt8])] = []

  init(
    _ owner: JudgedGroups, _ inventory: Inventory, _ packs: [Pack], _ files: [SourceFile],
    color: Bool
  ) {
    self.owner = owner
    self.inventory = inventory
    self.files = files
    judge = GroupJudge(inventory, packs)
    reader = GroupReader(inventory)
    form = FindingLine(color: color)
    quick = QuickJudge(packs: packs, escaping: FindingLine.escaped)
    policies = packs.flatMap { $0.policies }.map {
      PolicyLine(
        severity: $0.severity, direction: $0.direction, isUpperLimit: $0.isUpperLimit)
    }
    marks = packs.flatMap { $0.policies }.map { Array(" [\(FindingLine.escaped($0.id))]".utf8) }
  }

  /// What a line needs of its policy.
  private struct PolicyLine {
    var severity: Severity
    var direction: Direction
    var isUpperLimit: Bool
  }

  /// The digest of some groups.
  func digest(_ groups: [Int]) -> FindingDigest {
    var digest = FindingDigest()
    var read: Range<Int>?
    for group in groups {
      if addPlain(group, to: &digest) {
        guard let range = reader.rangeReadAgain else { continue }
        read = min(read?.lowerBound ?? range.lowerBound, range.lowerBound)..<range.upperBound
      } else if !addQuickly(group, to: &digest) {
        for finding in judge.findings(group) { add(finding, to: &digest) }
      }
    }
    if let read { reader.forget(read) }
    return digest
  }

  // MARK: Findings

  private func add(_ finding: Finding, to digest: inout FindingDigest) {
    digest.tally[finding.verdict] += 1
    if owner.fails(finding.severity, finding.verdict) { digest.failing += 1 }
    guard finding.verdict == .violated || finding.verdict == .undecided else {
      if finding.verdict == .satisfied, !finding.notes.isEmpty { digest.noted.append(finding) }
      return
    }
    var place: (String, SourcePosition)?
    if let span = finding.span, files.indices.contains(Int(span.source)) {
      let number = Int(span.source)
      place = (files[number].path, position(of: span.start, inFile: number))
    }
    form.append(
      finding, owner.effectiveSeverity(finding.severity, finding.verdict), place,
      to: &digest.lines)
  }

  /// Says which file the next lines are about.
  private func begin(file number: Int) {
    guard file != number else { return }
    file = number
    cursor = LineCursor(inventory.lines[number] ?? LineTable(files[number]))
    fileStart = form.start(files[number].path)
  }

  private func position(of offset: Int, inFile number: Int) -> SourcePosition {
    begin(file: number)
    return cursor?.position(of: offset) ?? SourcePosition(line: 1, column: 1)
  }

  // MARK: Plain groups

  private func addPlain(_ group: Int, to digest: inout FindingDigest) -> Bool {
    guard quick != nil, reader.readPlain(group) else { return false }
    label.removeAll(keepingCapacity: true)
    guard reader.appendLabel(to: &label) else { return false }
    let atoms = reader.atoms
    quick?.answers(
      ingress: reader.ingress, egress: reader.egress, vpc: reader.vpc, atoms: atoms,
      in: reader.estate, to: &answers)
    begin(file: reader.source)
    addAnswers(vpc: reader.vpc, atoms, reader.estate, to: &digest) { origin, direction in
      reader.position(of: origin, direction)
    }
    return true
  }

  // MARK: Groups in memory

  /// Judges a group in memory of which nothing is to be hidden.
  private func addQuickly(_ number: Int, to digest: inout FindingDigest) -> Bool {
    guard quick != nil, let index = inventory.indexInMemory(number) else { return false }
    let group = inventory.estate.groups[index]
    guard group.vpcs.count == 1, !inventory.estate.isVPCSensitive(of: group),
      let source = (group.span ?? group.ingressSpan)?.source
    else { return false }
    func isPlain(_ permission: Permission) -> Bool {
      let origin = inventory.estate.origins[Int(permission.origin)]
      return !permission.isPlaceholder && !origin.isSensitive && !origin.hidesServices
        && (origin.reason == nil || !permission.isCertain)
        && origin.span?.source ?? source == source
    }
    let ingress = Array(inventory.estate.permissions[group.ingress])
    let egress = Array(inventory.estate.permissions[group.egress])
    let starts = Direction.allCases.map { group.span($0) }
    guard ingress.allSatisfy(isPlain), egress.allSatisfy(isPlain),
      starts.allSatisfy({ $0?.source == source })
    else { return false }
    let name = QuickJudge.label(group)
    guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
      return false
    }
    label = Array(name.utf8)
    quick?.answers(
      ingress: ingress, egress: egress,
      areCertain: ingress.allSatisfy { $0.isCertain } && egress.allSatisfy { $0.isCertain },
      vpc: group.vpcs[0], atoms: inventory.estate.atoms, in: inventory.estate, to: &answers)
    // Notes are said of policies that hold and limit what is allowed.
    let isNoted = answers.contains { answer in
      answer.verdict == .satisfied && policies[answer.policy].isUpperLimit
        && group.notes.contains { $0.direction == policies[answer.policy].direction }
    }
    if isNoted { return false }
    begin(file: Int(source))
    findPlaces(of: group)
    var next = 0
    addAnswers(
      vpc: group.vpcs[0], inventory.estate.atoms, inventory.estate, to: &digest
    ) { _, _ in
      defer { next += 1 }
      return places[next].position
    }
    return true
  }

  // MARK: Lines

  /// Finds the places of the answers that are not satisfied, in their order.
  private func findPlaces(of group: SecurityGroup) {
    places.removeAll(keepingCapacity: true)
    for number in answers.indices where answers[number].verdict != .satisfied {
      let span =
        answers[number].origin.flatMap { inventory.estate.origins[Int($0)].span }
        ?? group.span(policies[answers[number].policy].direction)
      places.append((span?.start ?? 0, number, SourcePosition(line: 1, column: 1)))
    }
    // Places are found from one another: once through the group, whatever the order of the policies.
    places.sort { $0.offset < $1.offset }
    for index in places.indices {
      places[index].position = cursor?.position(of: places[index].offset) ?? places[index].position
    }
    places.sort { $0.answer < $1.answer }
  }

  /// Adds the answers of a group; `place` says, for one that is not satisfied after the other, where an
  /// entry, or the list of a direction, begins.
  private func addAnswers(
    vpc: Int, _ atoms: AtomTable, _ estate: @autoclosure () -> Estate,
    to digest: inout FindingDigest, place: (Int32?, Direction) -> SourcePosition
  ) {
    // Taken out, so that the bytes are not copied while they grow.
    var lines: [UInt8] = []
    swap(&lines, &digest.lines)
    for number in answers.indices {
      let verdict = answers[number].verdict
      digest.tally[verdict] += 1
      if verdict == .satisfied { continue }
      let policy = policies[answers[number].policy]
      if owner.fails(policy.severity, verdict) { digest.failing += 1 }
      let place = place(answers[number].origin, policy.direction)
      addLine(number, vpc, place, atoms, estate(), to: &lines)
    }
    swap(&lines, &digest.lines)
  }

  private func addLine(
    _ number: Int, _ vpc: Int, _ place: SourcePosition, _ atoms: AtomTable,
    _ estate: @autoclosure () -> Estate, to lines: inout [UInt8]
  ) {
    guard let sentence = quick?.sentence(answers[number], vpc: vpc, in: estate()) else { return }
    if heads.count <= sentence || frameGeneration != quick?.generation { makeFrames() }
    lines.append(contentsOf: fileStart)
    Self.append(place.line, to: &lines)
    lines.append(UInt8(ascii: ":"))
    Self.append(place.column, to: &lines)
    lines.append(contentsOf: heads[sentence])
    lines.append(contentsOf: label)
    lines.append(contentsOf: tails[sentence])
    addEvidence(
      answers[number], policies[answers[number].policy].direction, atoms, to: &lines)
    lines.append(UInt8(ascii: "\n"))
  }

  /// Makes what the new sentences of the judge lack of a line.
  private func makeFrames() {
    guard let quick else { return }
    if frameGeneration != quick.generation {
      frameGeneration = quick.generation
      heads = []
      tails = []
    }
    for sentence in quick.sentences[heads.count...] {
      let severity = owner.effectiveSeverity(policies[sentence.policy].severity, sentence.verdict)
      heads.append(form.end(severity) + sentence.before)
      tails.append(sentence.after + marks[sentence.policy])
    }
  }

  private func addEvidence(
    _ answer: QuickJudge.Answer, _ direction: Direction, _ atoms: AtomTable,
    to lines: inout [UInt8]
  ) {
    if let flow = answer.witness {
      let length = lines.count
      guard !addPlainExample(flow, direction, atoms, to: &lines) else { return }
      lines.removeSubrange(length...)
      let text = QuickJudge.text(of: flow, direction, atoms, id: reader.id(of:))
      lines.append(contentsOf: Self.example)
      lines.append(contentsOf: FindingLine.escaped(text).utf8)
      lines.append(UInt8(ascii: ")"))
      return
    }
    if let vpc = answer.vpc, addDependence(on: vpc.atom, vpc.others, atoms, to: &lines) { return }
    let origins = inventory.estate.origins
    guard
      let (name, further) = QuickJudge.unknowns(
        answer, atoms, id: reader.id(of:), reason: { origins[Int($0)].reason })
    else { return }
    let text = FindingLine.escaped(FindingLine.dependence(on: name, andFurther: further))
    lines.append(contentsOf: " (\(text))".utf8)
  }

  /// Adds a flow of what nearly all flows are, without making texts; false for any other, with some of it
  /// added.
  private func addPlainExample(
    _ flow: Flow, _ direction: Direction, _ atoms: AtomTable, to lines: inout [UInt8]
  ) -> Bool {
    guard let port = flow.port else { return false }
    lines.append(contentsOf: Self.example)
    lines.append(
      contentsOf: flow.protocolNumber == ProtocolNumber.tcp ? Self.tcp : Self.udp)
    Self.append(Int(port), to: &lines)
    lines.append(contentsOf: direction == .ingress ? Self.from : Self.to)
    switch flow.peer {
    case .v4(let address):
      for shift in [24, 16, 8, 0] as [UInt32] {
        Self.append(Int(address >> shift & 0xFF), to: &lines)
        if shift > 0 { lines.append(UInt8(ascii: ".")) }
      }
    case .v6: return false
    case .atom(let atom):
      lines.append(contentsOf: atoms.kind(of: atom).rawValue.utf8)
      lines.append(UInt8(ascii: ":"))
      guard Self.appendPlain(atoms.name(of: atom), to: &lines) else { return false }
    }
    lines.append(UInt8(ascii: ")"))
    return true
  }

  /// Adds that an answer depends on a VPC; false, with nothing added, where its name has to be escaped.
  private func addDependence(
    on vpc: Atom, _ further: Int, _ atoms: AtomTable, to lines: inout [UInt8]
  ) -> Bool {
    while dependences.count <= further {
      let text = FindingLine.dependence(
        on: QuickJudge.unknown(ofVPC: "\u{1}"), andFurther: dependences.count)
      let parts = " (\(text))".utf8.split(separator: 1, omittingEmptySubsequences: false)
      dependences.append((Array(parts[0]), parts.count > 1 ? Array(parts[1]) : []))
    }
    let length = lines.count
    lines.append(contentsOf: dependences[further].head)
    guard Self.appendPlain(atoms.name(of: vpc), to: &lines) else {
      lines.removeSubrange(length...)
      return false
    }
    lines.append(contentsOf: dependences[further].tail)
    return true
  }

  /// Appends text that is printed as it is; false where there is none, or it is not.
  private static func appendPlain(_ text: String, to bytes: inout [UInt8]) -> Bool {
    var text = text
    return text.withUTF8 { letters in
      for byte in letters where byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") {
        return false
      }
      bytes.append(contentsOf: letters)
      return !letters.isEmpty
    }
  }

  private static let example = Array(" (for example ".utf8)
  private static let tcp = Array("tcp ".utf8)
  private static let udp = Array("udp ".utf8)
  private static let from = Array(" from ".utf8)
  private static let to = Array(" to ".utf8)

  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    if number < 10 {
      bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
      return
    }
    guard number < 100_000_000 else {
      bytes.append(contentsOf: String(number).utf8)
      return
    }
    // The last digit ends up in the highest byte that is used.
    var digits: UInt64 = 0
    var rest = UInt32(truncatingIfNeeded: number)
    var count = 0
    while rest > 0 {
      digits = digits << 8 | UInt64(0x30 + rest % 10)
      rest /= 10
      count += 1
    }
    withUnsafeBytes(of: digits.littleEndian) { bytes.append(contentsOf: $0.prefix(count)) }
  }
}
