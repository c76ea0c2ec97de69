/// Makes findings when they are asked for, in batches and always the same ones, so that a run of any
/// size holds a few of them at a time.
public protocol FindingSource: Sendable {
  /// Returns what makes all findings, a batch after the other, and nothing behind the last.
  func batches() -> () -> [Finding]?
  /// Returns what makes all batches, one after the other, and nothing behind the last; nothing at all where the
  /// findings are at hand.
  ///
  /// Up to the batch that brings the problems, which are findings that are violated or undecided, to `limit` it
  /// makes findings, and from then on short forms. With `color`, their lines have the colours of a terminal.
  func portions(inFull limit: Int, color: Bool) -> (() -> FindingPortion?)?
  /// How many findings there are of each kind.
  var tally: FindingTally { get }
}

/// A batch of findings, as much of it as a report shows.
public enum FindingPortion: Sendable {
  /// The findings.
  case findings([Finding])
  /// What they come to.
  case digest(FindingDigest)
}

/// What a batch of findings comes to: their number, and a line for each that is not satisfied.
public struct FindingDigest: Sendable {
  /// How many findings of each kind there are.
  public var tally = FindingTally()
  /// How many findings make the run fail.
  public var failing = 0
  /// A line of text for each violated or undecided finding, fit to be printed, in UTF-8.
  public var lines: [UInt8] = []
  /// The satisfied findings that have notes.
  public var noted: [Finding] = []

  /// Creates an empty digest.
  public init() {}
}

/// How many findings there are of each kind.
public struct FindingTally: Hashable, Sendable {
  /// How many policies hold.
  public var satisfied = 0
  /// How many policies are broken.
  public var violated = 0
  /// How many answers depend on what is not known.
  public var undecided = 0
  /// How many broken policies were accepted.
  public var suppressed = 0
  /// Creates a tally of nothing.
  public init() {}

  /// How many findings have that verdict.
  public subscript(verdict: Verdict) -> Int {
    get {
      switch verdict {
      case .satisfied: satisfied
      case .violated: violated
      case .undecided: undecided
      case .suppressed: suppressed
      }
    }
    set {
      switch verdict {
      case .satisfied: satisfied = newValue
      case .violated: violated = newValue
      case .undecided: undecided = newValue
      case .suppressed: suppressed = newValue
      }
    }
  }

  /// Adds what another tally counted.
  public static func += (left: inout FindingTally, right: FindingTally) {
    for verdict in Verdict.allCases { left[verdict] += right[verdict] }
  }
}

/// The findings of a run in the order of the report, however often they are gone through.
public struct Findings: Sequence, Sendable {
  /// What makes them.
  public let source: any FindingSource

  /// Creates the findings that `source` makes.
  public init(_ source: any FindingSource) { self.source = source }

  /// Creates findings that are at hand.
  public init(_ list: [Finding]) { source = FindingList(list: list) }

  /// Goes through the findings, a batch at a time.
  public struct Iterator: IteratorProtocol {
    fileprivate let nextBatch: () -> [Finding]?
    private var batch: [Finding] = []
    private var position = 0

    fileprivate init(_ nextBatch: @escaping () -> [Finding]?) { self.nextBatch = nextBatch }

    /// Returns the next finding, or nothing at the end.
    public mutating func next() -> Finding? {
      while position == batch.count {
        guard let more = nextBatch() else { return nil }
        batch = more
        position = 0
      }
      defer { position += 1 }
      return batch[position]
    }
  }

  /// Returns an iterator over all findings.
  public func makeIterator() -> Iterator { Iterator(source.batches()) }

  /// How many findings there are of each kind.
  public var tally: FindingTally { source.tally }
}

/// Findings that are at hand, as one batch.
private struct FindingList: FindingSource {
  let list: [Finding]

  func batches() -> () -> [Finding]? {
    var rest: [Finding]? = list
    return {
      defer { rest = nil }
      return rest
    }
  }

  func portions(inFull limit: Int, color: Bool) -> (() -> FindingPortion?)? { nil }

  var tally: FindingTally {
    list.reduce(into: FindingTally()) { $0[$1.verdict] += 1 }
  }
}
