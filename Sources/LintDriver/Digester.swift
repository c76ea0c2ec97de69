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
  /// What the group that is looked at is called.
  private let label = LineBuffer()
  private var id: [UInt8] = []
  /// The group in memory that is looked at, and its entries.
  private var groupInMemory: Int?
  private var ingress: [Permission] = []
  private var egress: [Permission] = []
  /// Where the lines of a group point, by the number of the answer.
  private var places: [(offset: Int, answer: Int, position: SourcePosition)] = []
  /// Of the file that the last line was about, the lines and what stands at the beginning.
  private var file = -1
  private var cursor: LineCursor?
  private let fileStart = LineBuffer()
  /// The lines that are made.
  private let lines = LineBuffer()
  private let policies: [PolicyLine]
  /// The ids of the policies as they stand behind messages.
  private let marks: [[UInt8]]
  /// What stands before and behind a group's name in a line, by the number of the sentence.
  private var frames: [(head: LineBuffer.Part, tail: LineBuffer.Part)] = []
  private var frameGeneration = 0
  /// What stands before and behind the name of a VPC where that is what an answer depends on, by the
  /// number of further names.
  private var dependences: [(head: LineBuffer.Part, tail: LineBuffer.Part)] = []
  /// The names of VPCs that are printed as they are, by the index of their atom, as far as one was asked for; those
  /// that were not looked at are nothing, and empty those that have to be escaped.
  private var names: [LineBuffer.Part?] = []
  /// What parts of lines are taken from.
  private let texts = LineBuffer()
  private let words = Words()
  /// The address of IPv6 that was told last.
  private var lastV6: (address: UInt128, text: [UInt8])?

  init(
    _ owner: JudgedGroups, _ inventory: Inventory, _ packs: [Pack], _ files: [SourceFile],
    color: Bool
  ) {
    self.owner = owner
    self.inventory = inventory
    self.files = files
    judge = GroupJudge(inventory, packs, for: .lines)
    reader = GroupReader(inventory)
    form = FindingLine(color: color)
    quick = QuickJudge(packs: packs, escaping: FindingLine.escaped)
    policies = packs.flatMap { $0.policies }.map {
      PolicyLine(severity: $0.severity, direction: $0.direction)
    }
    marks = packs.flatMap { $0.policies }.map { Array(" [\(FindingLine.escaped($0.id))]".utf8) }
  }

  /// What a line needs of its policy.
  private struct PolicyLine {
    var severity: Severity
    var direction: Direction
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
    digest.lines = lines.take()
    return digest
  }

  // MARK: Findings

  /// The digest of findings that were made.
  func digest(of findings: [Finding]) -> FindingDigest {
    var digest = FindingDigest()
    for finding in findings { add(finding, to: &digest) }
    digest.lines = lines.take()
    return digest
  }

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
    var line: [UInt8] = []
    form.append(
      finding, owner.effectiveSeverity(finding.severity, finding.verdict), place, to: &line)
    lines.append(line)
  }

  /// Says which file the next lines are about.
  private func begin(file number: Int) {
    guard file != number else { return }
    file = number
    cursor = LineCursor(inventory.lines[number] ?? LineTable(files[number]))
    fileStart.removeAll()
    fileStart.append(form.start(files[number].path))
  }

  private func position(of offset: Int, inFile number: Int) -> SourcePosition {
    begin(file: number)
    return cursor?.position(of: offset) ?? SourcePosition(line: 1, column: 1)
  }

  // MARK: Plain groups

  private func addPlain(_ group: Int, to digest: inout FindingDigest) -> Bool {
    guard quick != nil, reader.readPlain(group) else { return false }
    id.removeAll(keepingCapacity: true)
    guard reader.appendLabel(to: &id) else { return false }
    label.removeAll()
    label.append(id)
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
    groupInMemory = index
    guard group.vpcs.count == 1, !inventory.estate.isVPCSensitive(of: group),
      let source = (group.span ?? group.ingressSpan)?.source
    else { return false }
    func isPlain(_ permission: Permission) -> Bool {
      let origin = inventory.estate.origins[Int(permission.origin)]
      return !permission.isPlaceholder && !origin.isSensitive && !origin.hidesServices
        && (origin.reason == nil || !permission.isCertain)
        && origin.span?.source ?? source == source
    }
    ingress.removeAll(keepingCapacity: true)
    egress.removeAll(keepingCapacity: true)
    ingress.append(contentsOf: inventory.estate.permissions[group.ingress])
    egress.append(contentsOf: inventory.estate.permissions[group.egress])
    guard ingress.allSatisfy(isPlain), egress.allSatisfy(isPlain),
      Direction.allCases.allSatisfy({ group.span($0)?.source == source })
    else { return false }
    inventory.short?.append(of: index, .ingress, to: &ingress)
    inventory.short?.append(of: index, .egress, to: &egress)
    // Of rules that are kept short nothing else could be said.
    if egress.contains(where: { $0.isPlaceholder }) { return false }
    let name = QuickJudge.label(group)
    guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
      return false
    }
    label.removeAll()
    label.append(name)
    quick?.answers(
      ingress: ingress, egress: egress,
      areCertain: false,
      vpc: group.vpcs[0], atoms: inventory.estate.atoms, in: inventory.estate, to: &answers)
    if !group.notes.isEmpty {
      for answer in answers {
        if let noted = quick?.noted(answer, group, in: inventory.estate) {
          digest.noted.append(noted)
        }
      }
    }
    begin(file: Int(source))
    findPlaces(of: group, index)
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
  private func findPlaces(of group: SecurityGroup, _ index: Int) {
    places.removeAll(keepingCapacity: true)
    for number in answers.indices where answers[number].verdict != .satisfied {
      let span =
        answers[number].origin.flatMap { self.span(of: $0, index) }
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

  /// Where the entry with that origin stands, which is of that group.
  private func span(of origin: Int32, _ group: Int) -> SourceSpan? {
    if let index = ShortEntries.indexInEstate(ofOrigin: origin) {
      return inventory.estate.origins[index].span
    }
    return inventory.short?.span(of: origin, group)
  }

  /// Adds the answers of a group; `place` says, for one that is not satisfied after the other, where an
  /// entry, or the list of a direction, begins.
  private func addAnswers(
    vpc: Int, _ atoms: AtomTable, _ estate: @autoclosure () -> Estate,
    to digest: inout FindingDigest, place: (Int32?, Direction) -> SourcePosition
  ) {
    for number in answers.indices {
      let verdict = answers[number].verdict
      digest.tally[verdict] += 1
      if verdict == .satisfied { continue }
      let policy = policies[answers[number].policy]
      if owner.fails(policy.severity, verdict) { digest.failing += 1 }
      let place = place(answers[number].origin, policy.direction)
      addLine(number, vpc, place, policy.direction, atoms, estate())
    }
  }

  private func addLine(
    _ number: Int, _ vpc: Int, _ place: SourcePosition, _ direction: Direction,
    _ atoms: AtomTable, _ estate: @autoclosure () -> Estate
  ) {
    guard let sentence = quick?.sentence(answers[number], vpc: vpc, in: estate()) else { return }
    if frames.count <= sentence || frameGeneration != quick?.generation { makeFrames() }
    lines.append(allOf: fileStart)
    lines.append(place.line)
    lines.append(UInt8(ascii: ":"))
    lines.append(place.column)
    lines.append(frames[sentence].head, of: texts)
    lines.append(allOf: label)
    lines.append(frames[sentence].tail, of: texts)
    addEvidence(number, direction, atoms)
    lines.append(UInt8(ascii: "\n"))
  }

  /// Makes what the new sentences of the judge lack of a line.
  private func makeFrames() {
    guard let quick else { return }
    if frameGeneration != quick.generation {
      frameGeneration = quick.generation
      frames = []
      // What else is in the texts is made again.
      dependences = []
      names = []
      texts.removeAll()
    }
    for sentence in quick.sentences[frames.count...] {
      let severity = owner.effectiveSeverity(policies[sentence.policy].severity, sentence.verdict)
      frames.append(
        (
          texts.add(form.end(severity) + sentence.before),
          texts.add(sentence.after + marks[sentence.policy])
        ))
    }
  }

  private func addEvidence(_ number: Int, _ direction: Direction, _ atoms: AtomTable) {
    if let flow = answers[number].witness {
      let length = lines.count
      if addPlainExample(flow, direction, atoms) { return }
      lines.removeAll(from: length)
      let text = QuickJudge.text(of: flow, direction, atoms, id: reader.id(of:))
      lines.append(" (for example \(FindingLine.escaped(text)))")
      return
    }
    if let vpc = answers[number].vpc, addDependence(on: vpc.atom, vpc.others, atoms) { return }
    guard
      let (name, further) = quick?.unknowns(
        answers[number], atoms, id: reader.id(of:), reason: { reason(of: $0) })
    else { return }
    let text = FindingLine.escaped(FindingLine.dependence(on: name, andFurther: further))
    lines.append(" (\(text))")
  }

  /// Why the entry with that origin, which is of the group that is looked at, may not be there.
  private func reason(of origin: Int32) -> String? {
    if let index = ShortEntries.indexInEstate(ofOrigin: origin) {
      return inventory.estate.origins[index].reason
    }
    return groupInMemory.flatMap { inventory.short?.reason(of: origin, $0) }
  }

  /// Adds a flow of what nearly all flows are, without making texts; false for any other, with some of it
  /// added.
  private func addPlainExample(_ flow: Flow, _ direction: Direction, _ atoms: AtomTable) -> Bool {
    guard let port = flow.port else { return false }
    lines.append(flow.protocolNumber == ProtocolNumber.tcp ? words.tcp : words.udp, of: words.all)
    lines.append(Int(port))
    lines.append(direction == .ingress ? words.from : words.to, of: words.all)
    switch flow.peer {
    case .v4(let address): lines.append(address: address)
    case .v6(let address):
      // Most groups that are open to IPv6 are open to the same addresses.
      if let lastV6, lastV6.address == address {
        lines.append(lastV6.text)
      } else {
        let text = Array(AddressText.v6(address).utf8)
        lastV6 = (address, text)
        lines.append(text)
      }
    case .atom(let atom):
      switch atoms.kind(of: atom) {
      case .group: lines.append(words.group, of: words.all)
      case .vpc: lines.append(words.vpc, of: words.all)
      case .prefixList: lines.append(words.prefixList, of: words.all)
      case .unknown: return false
      }
      if let name = name(of: atom, atoms) {
        lines.append(name, of: texts)
        break
      }
      id.removeAll(keepingCapacity: true)
      if !reader.appendID(of: atom, to: &id) {
        id.append(contentsOf: atoms.name(of: atom).utf8)
        guard Self.isPlain(id) else { return false }
      }
      lines.append(id)
    }
    lines.append(UInt8(ascii: ")"))
    return true
  }

  /// Adds that an answer depends on a VPC; false, with nothing added, where its name has to be escaped.
  private func addDependence(on vpc: Atom, _ further: Int, _ atoms: AtomTable) -> Bool {
    while dependences.count <= further {
      let text = FindingLine.dependence(
        on: QuickJudge.unknown(ofVPC: "\u{1}"), andFurther: dependences.count)
      let parts = " (\(text))".utf8.split(separator: 1, omittingEmptySubsequences: false)
      dependences.append(
        (texts.add(Array(parts[0])), texts.add(parts.count > 1 ? Array(parts[1]) : [])))
    }
    guard let name = name(of: vpc, atoms) else { return false }
    lines.append(dependences[further].head, of: texts)
    lines.append(name, of: texts)
    lines.append(dependences[further].tail, of: texts)
    return true
  }

  /// The name of a VPC; nothing of another atom, or of one whose name has to be escaped.
  ///
  /// VPCs are older than groups: there are few names in the list.
  private func name(of atom: Atom, _ atoms: AtomTable) -> LineBuffer.Part? {
    guard atoms.kind(of: atom) == .vpc else { return nil }
    let index = Int(atom.index)
    while names.count <= index { names.append(nil) }
    if let known = names[index] { return known.count == 0 ? nil : known }
    let name = Array(atoms.name(of: atom).utf8)
    let part = texts.add(Self.isPlain(name) ? name : [])
    names[index] = part
    return part.count == 0 ? nil : part
  }

  /// Whether there is text, and it is printed as it is.
  private static func isPlain(_ text: [UInt8]) -> Bool {
    !text.isEmpty && text.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
  }

  /// What examples are made of beside names and numbers.
  private struct Words {
    let all = LineBuffer()
    let tcp, udp, from, to, group, prefixList, vpc: LineBuffer.Part

    init() {
      tcp = all.add(Array(" (for example tcp ".utf8))
      udp = all.add(Array(" (for example udp ".utf8))
      from = all.add(Array(" from ".utf8))
      to = all.add(Array(" to ".utf8))
      group = all.add(Array("\(AtomInfo.Kind.group.rawValue):".utf8))
      prefixList = all.add(Array("\(AtomInfo.Kind.prefixList.rawValue):".utf8))
      vpc = all.add(Array("\(AtomInfo.Kind.vpc.rawValue):".utf8))
    }
  }
}
