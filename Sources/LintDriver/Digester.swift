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
  private var quick: QuickJudge?
  private var answers: [QuickJudge.Answer] = []
  private var label: [UInt8] = []
  /// Of the file that the last line was about, the lines and what stands at the beginning.
  private var file: (number: Int, cursor: LineCursor, start: [UInt8])?
  private let policyMarks: [[UInt8]]

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
    quick = inventory.isInMemory ? nil : QuickJudge(packs: packs, escaping: FindingLine.escaped)
    policyMarks = packs.flatMap { $0.policies }.map {
      Array(" [\(FindingLine.escaped($0.id))]".utf8)
    }
  }

  /// The digest of some groups.
  func digest(_ groups: ArraySlice<Int>) -> FindingDigest {
    var digest = FindingDigest()
    var read: Range<Int>?
    for group in groups {
      if addPlain(group, to: &digest) {
        let range = reader.range
        read = min(read?.lowerBound ?? range.lowerBound, range.lowerBound)..<range.upperBound
      } else {
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

  private func position(of offset: Int, inFile number: Int) -> SourcePosition {
    if file?.number != number {
      let table = inventory.lines[number] ?? LineTable(files[number])
      file = (number, LineCursor(table), form.start(files[number].path))
    }
    return file?.cursor.position(of: offset) ?? SourcePosition(line: 1, column: 1)
  }

  // MARK: Plain groups

  private func addPlain(_ group: Int, to digest: inout FindingDigest) -> Bool {
    guard quick != nil, reader.readPlain(group) else { return false }
    label.removeAll(keepingCapacity: true)
    guard reader.appendLabel(to: &label) else { return false }
    let estate = reader.estate
    quick?.answers(
      ingress: reader.ingress, egress: reader.egress, vpc: reader.vpc, in: estate, to: &answers)
    for answer in answers {
      guard let policy = quick?.policies[answer.policy] else { continue }
      digest.tally[answer.verdict] += 1
      if owner.fails(policy.severity, answer.verdict) { digest.failing += 1 }
      if answer.verdict == .satisfied { continue }
      addLine(answer, policy, estate, to: &digest.lines)
    }
    return true
  }

  private func addLine(
    _ answer: QuickJudge.Answer, _ policy: Policy, _ estate: Estate, to lines: inout [UInt8]
  ) {
    guard let sentence = quick?.sentence(answer, vpc: reader.vpc, in: estate) else { return }
    let place = position(
      of: reader.start(of: answer.origin, policy.direction), inFile: reader.source)
    lines.append(contentsOf: file?.start ?? [])
    Self.append(place.line, to: &lines)
    lines.append(UInt8(ascii: ":"))
    Self.append(place.column, to: &lines)
    lines.append(
      contentsOf: form.end(owner.effectiveSeverity(policy.severity, answer.verdict)))
    lines.append(contentsOf: sentence.before)
    lines.append(contentsOf: label)
    lines.append(contentsOf: sentence.after)
    lines.append(contentsOf: policyMarks[answer.policy])
    addEvidence(answer, policy.direction, estate, to: &lines)
    lines.append(UInt8(ascii: "\n"))
  }

  private func addEvidence(
    _ answer: QuickJudge.Answer, _ direction: Direction, _ estate: Estate,
    to lines: inout [UInt8]
  ) {
    if let flow = answer.witness {
      lines.append(contentsOf: Self.example)
      if case .v4(let address) = flow.peer, let port = flow.port {
        // What nearly all flows are, without making texts.
        lines.append(
          contentsOf: flow.protocolNumber == ProtocolNumber.tcp ? Self.tcp : Self.udp)
        Self.append(Int(port), to: &lines)
        lines.append(contentsOf: direction == .ingress ? Self.from : Self.to)
        for shift in [24, 16, 8, 0] as [UInt32] {
          Self.append(Int(address >> shift & 0xFF), to: &lines)
          if shift > 0 { lines.append(UInt8(ascii: ".")) }
        }
      } else {
        let text = QuickJudge.text(of: flow, direction, estate.atoms)
        lines.append(contentsOf: FindingLine.escaped(text).utf8)
      }
      lines.append(UInt8(ascii: ")"))
    } else if !answer.atoms.isEmpty {
      let names = QuickJudge.unknowns(answer, estate.atoms)
      let text = FindingLine.dependence(on: names[0], andFurther: names.count - 1)
      lines.append(contentsOf: " (\(FindingLine.escaped(text)))".utf8)
    }
  }

  private static let example = Array(" (for example ".utf8)
  private static let tcp = Array("tcp ".utf8)
  private static let udp = Array("udp ".utf8)
  private static let from = Array(" from ".utf8)
  private static let to = Array(" to ".utf8)

  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &bytes) }
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }
}
