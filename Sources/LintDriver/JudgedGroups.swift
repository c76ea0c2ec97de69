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
  /// What the reports need of findings.
  private let purpose: Evaluator.Purpose

  /// How many groups make a batch: enough that handing it over costs nothing, few enough that some
  /// batches can be in memory at once.
  private static let batchSize = 64
  /// How many groups are a batch each, in the place of the first batch.
  ///
  /// A report that shows findings in full shows the first hundred, and a finding takes a hundred times as
  /// long as a line.
  private static let firstSingles = 32
  /// How many groups make a batch behind those, up to where the first batch would end.
  private static let smallSize = 8
  private static let firstParts = firstSingles + (batchSize - firstSingles) / smallSize

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
    purpose = request.outputs.contains { $0.format != .text } ? .data : .text
    threshold = request.threshold
    batchCount = Self.batch(ofGroup: groups.count - 1) + 1
    counts = Counts(batchCount)
  }

  /// The number of the batch that the group at a place is in.
  private static func batch(ofGroup index: Int) -> Int {
    if index < firstSingles { return index }
    if index < batchSize { return firstSingles + (index - firstSingles) / smallSize }
    return firstParts + index / batchSize - 1
  }

  private func groups(ofBatch number: Int) -> [Int] {
    let range: Range<Int> =
      if number < Self.firstSingles {
        number..<number + 1
      } else if number < Self.firstParts {
        Self.range(number - Self.firstSingles, Self.smallSize, from: Self.firstSingles)
      } else {
        Self.range(number - Self.firstParts, Self.batchSize, from: Self.batchSize)
      }
    return groups[range.clamped(to: 0..<groups.count)]
  }

  private static func range(_ number: Int, _ size: Int, from start: Int) -> Range<Int> {
    start + number * size..<start + (number + 1) * size
  }

  /// Lets go of the pages of files that were looked at for places of findings.
  private func forgetFiles(behindBatch batch: Int) {
    // Not behind each group: it takes longer than to judge one.
    if batch < Self.firstSingles, batch % Self.smallSize != Self.smallSize - 1 { return }
    for number in inventory.filesOfGroupsInMemory {
      files[number].bytes.forget(0..<files[number].bytes.count)
    }
  }

  @Sendable
  private static func problems(_ portion: FindingPortion) -> Int {
    guard case .findings(let findings) = portion else { return 0 }
    return problems(findings)
  }

  private static func problems(_ findings: [Finding]) -> Int {
    var count = 0
    // By index: a finding is dear to copy.
    for index in findings.indices {
      let verdict = findings[index].verdict
      if verdict == .violated || verdict == .undecided { count += 1 }
    }
    return count
  }

  func batches() -> () -> [Finding]? {
    let results = OrderedResults(from: 0, to: batchCount, jobs: jobs) {
      let judge = GroupJudge(self.inventory, self.packs, for: self.purpose)
      return { number in
        defer { self.forgetFiles(behindBatch: number) }
        return judge.findings(self.groups(ofBatch: number))
      }
    }
    var number = 0
    return {
      guard let findings = results.next() else { return nil }
      self.count(findings, at: number)
      number += 1
      return findings
    }
  }

  func portions(inFull limit: Int, color: Bool) -> (() -> FindingPortion?)? {
    portions(from: 0, inFull: limit, color: color)
  }

  private func portions(
    from first: Int, inFull limit: Int, color: Bool
  ) -> () -> FindingPortion? {
    Memory.keepFreed()
    let results = OrderedResults<FindingPortion>(
      from: first, to: batchCount, jobs: jobs, goal: .init(limit, share: Self.problems)
    ) {
      var judge: GroupJudge?
      var digester: Digester?
      return { number, isReached in
        defer { self.forgetFiles(behindBatch: number) }
        let groups = self.groups(ofBatch: number)
        guard isReached else {
          let own = judge ?? GroupJudge(self.inventory, self.packs, for: self.purpose)
          judge = own
          return .findings(own.findings(groups))
        }
        judge = nil
        let own = digester ?? self.digester(color: color)
        digester = own
        return .digest(own.digest(groups))
      }
    }
    var number = first
    var problems = 0
    /// Makes short forms of findings that were made before it was known that these are not needed.
    var shortener: Digester?
    return {
      guard var portion = results.next() else { return nil }
      if problems >= limit, case .findings(let findings) = portion {
        let own = shortener ?? self.digester(color: color)
        shortener = own
        portion = .digest(own.digest(of: findings))
      }
      switch portion {
      case .findings(let findings):
        self.count(findings, at: number)
        problems += Self.problems(findings)
        // What was looked at so far, and is not looked at again.
        if problems >= limit { for file in self.files { file.bytes.forget(0..<file.bytes.count) } }
      case .digest(let digest):
        self.counts.set(Count(tally: digest.tally, failing: digest.failing), at: number)
      }
      number += 1
      return portion
    }
  }

  private func digester(color: Bool) -> Digester {
    Digester(self, inventory, packs, files, color: color)
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

  private func count(_ findings: [Finding], at batch: Int) {
    var count = Count()
    // By index: a finding is dear to copy.
    for index in findings.indices {
      count.add(findings[index].severity, findings[index].verdict, self)
    }
    counts.set(count, at: batch)
  }

  private var total: Count {
    if let first = counts.firstUnknown {
      let next = portions(from: first, inFull: 0, color: false)
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
  private let reader: GroupReader
  private var evaluator: Evaluator
  /// Judges groups in estates that were made for one group.
  private var evaluatorOfOne: Evaluator

  init(_ inventory: Inventory, _ packs: [Pack], for purpose: Evaluator.Purpose) {
    self.inventory = inventory
    reader = GroupReader(inventory)
    evaluator = Evaluator(inventory.estate, packs: packs, for: purpose)
    evaluatorOfOne = evaluator
  }

  /// All findings of the groups with these numbers.
  func findings(_ numbers: [Int]) -> [Finding] {
    numbers.count == 1 ? findings(numbers[0]) : numbers.flatMap { findings($0) }
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
