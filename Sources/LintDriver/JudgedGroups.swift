import Loaders
import Reporters
import Rules
import SGModel
import Workers

/// The findings of the groups that are judged: made when they are asked for, on several threads, and
/// handed over in order.
final class JudgedGroups: FindingSource {
  private let inventory: Inventory
  private let packs: [Pack]
  private let groups: GroupNumbers
  private let jobs: Int
  private let undecided: Severity?
  private let threshold: Severity?
  private let counts: Counts
  private let files: [SourceFile]
  private let batchCount: Int
  /// Whether a report shows the fingerprints of findings; text does not.
  private let identifies: Bool

  /// How many groups make a batch: enough that handing it over costs nothing, few enough that some
  /// batches can be in memory at once.
  private static let batchSize = 64
  /// The first batch is made as so many: a report that shows findings in full shows the first hundred,
  /// and a finding takes a hundred times as long as a line.
  private static let firstParts = 8

  init(
    _ inventory: Inventory, packs: [Pack], groups: GroupNumbers, request: LintRequest,
    files: [SourceFile]
  ) {
    self.inventory = inventory
    self.packs = packs
    self.groups = groups
    self.files = files
    jobs = request.threads
    undecided = request.undecided
    identifies = request.outputs.contains { $0.format != .text }
    threshold = request.threshold
    let size = Self.batchSize
    let small = size / Self.firstParts
    batchCount =
      groups.count <= size
      ? (groups.count + small - 1) / small
      : Self.firstParts + (groups.count - 1) / size
    counts = Counts(batchCount)
  }

  private func groups(ofBatch number: Int) -> [Int] {
    let size = Self.batchSize
    let small = size / Self.firstParts
    if number < Self.firstParts {
      return groups[min(groups.count, number * small)..<min(groups.count, (number + 1) * small)]
    }
    let start = (number - Self.firstParts + 1) * size
    return groups[start..<min(groups.count, start + size)]
  }

  /// Lets go of the pages of files that were looked at for places of findings.
  private func forgetFiles() {
    for number in inventory.filesOfGroupsInMemory {
      files[number].bytes.forget(0..<files[number].bytes.count)
    }
  }

  func batches(from first: Int, readsAll: Bool) -> () -> [Finding]? {
    // Who does not read all stops soon, and what was made ahead was made in vain.
    let results = OrderedResults(
      from: first, to: batchCount, jobs: readsAll ? jobs : min(jobs, 2), ahead: readsAll ? nil : 2
    ) {
      let judge = GroupJudge(self.inventory, self.packs, identifies: self.identifies)
      return { number in
        defer { self.forgetFiles() }
        return self.groups(ofBatch: number).flatMap { judge.findings($0) }
      }
    }
    var number = first
    return {
      guard let findings = results.next() else { return nil }
      var count = Count()
      for finding in findings { count.add(finding.severity, finding.verdict, self) }
      self.counts.set(count, at: number)
      number += 1
      return findings
    }
  }

  func digests(from first: Int, color: Bool) -> (() -> FindingDigest?)? {
    // What was looked at so far, and is not looked at again.
    for file in files { file.bytes.forget(0..<file.bytes.count) }
    Memory.keepFreed()
    let results = OrderedResults(from: first, to: batchCount, jobs: jobs) {
      let digester = Digester(self, self.inventory, self.packs, self.files, color: color)
      return { number in
        defer { self.forgetFiles() }
        return digester.digest(self.groups(ofBatch: number))
      }
    }
    var number = first
    return {
      guard let digest = results.next() else { return nil }
      self.counts.set(Count(tally: digest.tally, failing: digest.failing), at: number)
      number += 1
      return digest
    }
  }

  // MARK: Counting

  /// How many findings there are.
  private struct Count: Sendable {
    var tally = FindingTally()
    var failing = 0

    mutating func add(_ severity: Severity, _ verdict: Verdict, _ groups: JudgedGroups) {
      tally[verdict] += 1
      if groups.fails(severity, verdict) { failing += 1 }
    }
  }

  /// The counts of the batches that were made so far; used by the thread that reports, alone.
  private final class Counts: @unchecked Sendable {
    private var known: [Count?]

    init(_ count: Int) { known = Array(repeating: nil, count: count) }

    func set(_ count: Count, at number: Int) { known[number] = count }
    var firstUnknown: Int? { known.firstIndex { $0 == nil } }
    var total: Count {
      known.reduce(into: Count()) { total, count in
        guard let count else { return }
        total.tally += count.tally
        total.failing += count.failing
      }
    }
  }

  private var total: Count {
    if let first = counts.firstUnknown, let next = digests(from: first, color: false) {
      while next() != nil {}
    }
    return counts.total
  }

  var tally: FindingTally { total.tally }

  /// Whether any finding makes the run fail.
  var fails: Bool { total.failing > 0 }

  /// Whether an answer makes the run fail.
  func fails(_ severity: Severity, _ verdict: Verdict) -> Bool {
    guard let threshold, verdict == .violated || verdict == .undecided else { return false }
    return Report.effectiveSeverity(severity, verdict, undecided) >= threshold
  }

  /// What an answer counts as.
  func effectiveSeverity(_ severity: Severity, _ verdict: Verdict) -> Severity {
    Report.effectiveSeverity(severity, verdict, undecided)
  }
}

/// Makes the findings of one group after the other, on one thread.
final class GroupJudge {
  private let inventory: Inventory
  private let packs: [Pack]
  private let identifies: Bool
  private let reader: GroupReader
  private var evaluator: Evaluator
  /// Judges groups in estates that were made for one group.
  private var evaluatorOfOne: Evaluator

  init(_ inventory: Inventory, _ packs: [Pack], identifies: Bool) {
    self.inventory = inventory
    self.packs = packs
    self.identifies = identifies
    reader = GroupReader(inventory)
    evaluator = Evaluator(inventory.estate, packs: packs, identifies: identifies)
    evaluatorOfOne = evaluator
  }

  /// All findings of the group with that number.
  func findings(_ number: Int) -> [Finding] {
    if let index = inventory.indexInMemory(number) {
      guard let short = inventory.short, short.has(index) else { return evaluator.evaluate(index) }
      return evaluatorOfOne.evaluate(0, in: short.estate(of: index, in: inventory.estate))
    }
    let (estate, index) = reader.group(number)
    return evaluatorOfOne.evaluate(index, in: estate)
  }
}
