/// What is known of the entries of a small group in one direction, beside the entries: these, and the table of atoms,
/// are passed on by themselves, for a copy of them would count references for every question.
///
/// The entries are at most 64, none of them a placeholder. The table is the one that the questions were prepared with,
/// or one that has more atoms behind those.
public struct BriefGroup {
  /// Those of the entries that may not be there, a bit each.
  public let uncertain: UInt64
  let vpc: Atom?

  /// Looks at the entries, which are all known to be there if `areCertain`.
  ///
  /// `vpc` is the VPC of the group that is asked about, where questions have a model for it.
  public init(
    _ permissions: borrowing [Permission], areCertain: Bool = false, vpc: Atom? = nil
  ) {
    var uncertain: UInt64 = 0
    if !areCertain {
      for index in permissions.indices.prefix(BriefSurvey.boxLimit)
      where !permissions[index].isCertain {
        uncertain |= 1 << UInt64(index)
      }
    }
    self.uncertain = uncertain
    self.vpc = vpc
  }
}

/// Several questions about the same entries of small groups, asked of one group after the other, on one
/// thread.
///
/// What a question makes of a box depends on its services and on little of its peer: on the kind of an
/// atom, and on the places of a block among the ends of all intervals in the sets. Accounts have few such
/// boxes, so what all questions make of one is kept, and an answer is put together from that.
@safe public final class BriefSurvey {
  private let questions: [BriefQuestion]
  /// The same, to be asked without counting a reference for each of millions of answers.
  private let uncounted: [Unmanaged<BriefQuestion>]
  private let model: Atom?
  /// Where the intervals of the questions' sets begin, or have ended.
  private let cuts4: [UInt32]
  private let cuts6: [UInt128]
  private let isUsable: Bool
  /// What was found out: a table of slots, of which at most half are in use.
  private var lines: [Line] = []
  private var lineCount = 0
  /// For each line and question the service of the flow that is outside.
  private var outsides: [BriefQuestion.Outside] = []

  /// What the questions make of a box, two bits each.
  private struct Line {
    var lower: UInt32 = 1
    var upper: UInt32 = 0
    /// 0: there is none.
    var peer: UInt32 = 0
    var effects: UInt32 = 0
  }

  // Of the group that was looked at, in memory of fixed size: arrays would be asked for each of millions of
  // boxes whether they are anyone else's.
  /// Of each of its boxes the kind of its peer, and the line that says what the questions make of it.
  private let kinds = UnsafeMutablePointer<UInt32>.allocate(capacity: boxLimit)
  private let lineOfBox = UnsafeMutablePointer<Int32>.allocate(capacity: boxLimit)
  /// For each bit of effects the boxes that have it.
  private let boxes = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * questionLimit)

  static let boxLimit = 64
  private static let firstSize = 64
  private static let sizeLimit = 1024
  private static let questionLimit = 16
  /// Kinds of atoms are numbers below that of blocks, but for the two greatest.
  private static let block4: UInt32 = 1 << 30
  private static let block6: UInt32 = 1 << 31
  private static let cutLimit = 1 << 14

  /// Takes questions of which all that have a model have the same.
  public init(_ questions: [BriefQuestion]) {
    self.questions = questions
    unsafe uncounted = questions.map { unsafe Unmanaged.passUnretained($0) }
    model = questions.lazy.compactMap { $0.model }.first
    cuts4 = Set(questions.flatMap { $0.prepared.certain.cuts4 + $0.prepared.possible.cuts4 })
      .sorted()
    cuts6 = Set(questions.flatMap { $0.prepared.certain.cuts6 + $0.prepared.possible.cuts6 })
      .sorted()
    // VPCs that are like the model are told apart by nothing but which of them is the group's.
    let isAboutOthers = questions.contains { $0.model == nil && $0.hasAtoms }
    isUsable =
      questions.count <= Self.questionLimit && cuts4.count < Self.cutLimit
      && cuts6.count < Self.cutLimit && (model == nil || !isAboutOthers)
    unsafe kinds.initialize(repeating: 0, count: Self.boxLimit)
    unsafe lineOfBox.initialize(repeating: 0, count: Self.boxLimit)
    unsafe boxes.initialize(repeating: 0, count: 2 * Self.questionLimit)
    if isUsable { clear(Self.firstSize) }
  }

  deinit {
    unsafe kinds.deallocate()
    unsafe lineOfBox.deallocate()
    unsafe boxes.deallocate()
  }

  private func clear(_ size: Int) {
    lines = Array(repeating: Line(), count: size)
    outsides = Array(repeating: BriefQuestion.Outside(), count: size * questions.count)
    lineCount = 0
  }

  // MARK: A group

  /// Looks at the entries of a group; false where these questions cannot be asked that way.
  public func look(
    at permissions: [Permission], of group: BriefGroup, _ atoms: AtomTable
  ) -> Bool {
    guard isUsable, permissions.count <= Self.boxLimit else { return false }
    for bit in 0..<2 * questions.count { unsafe boxes[bit] = 0 }
    // Between groups, for the lines of a group must stay where they are.
    if lineCount * 2 >= lines.count { clear(min(lines.count * 2, Self.sizeLimit)) }
    let vpc = group.vpc ?? model
    for index in permissions.indices { look(at: permissions[index], index, atoms, vpc) }
    return true
  }

  /// Answers a question about the group that was looked at last, of which these are the entries; false where it has
  /// to be asked in full.
  public func decide(
    _ number: Int, of group: BriefGroup, _ permissions: [Permission], _ atoms: AtomTable,
    _ decision: inout BriefDecision
  ) -> Bool {
    unsafe uncounted[number]._withUnsafeGuaranteedRef {
      $0.decide(group, permissions, atoms, self, number, &decision)
    }
  }

  @inline(__always)
  private func look(at box: Permission, _ index: Int, _ atoms: AtomTable, _ vpc: Atom?) {
    let peer: UInt32
    switch box.peer {
    case .v4(let range):
      peer = Self.block4 | Self.place(range.lower, range.upper, cuts4)
    case .v6(let range):
      peer = Self.block6 | Self.place(range.lower, range.upper, cuts6)
    case .atom(let atom): peer = BriefQuestion.kind(of: atom, atoms, vpc, model)
    }
    unsafe kinds[index] = peer
    let lower = box.services.lower
    let upper = box.services.upper
    let mask = lines.count &- 1
    let mixed = (lower ^ upper &* 0x85EB_CA6B ^ peer &* 0xC2B2_AE35) &* 0x9E37_79B1
    var place = Int(mixed >> 16) & mask
    while lines[place].peer != 0 {
      if lines[place].peer == peer, lines[place].lower == lower, lines[place].upper == upper {
        note(index, lines[place].effects, Int32(truncatingIfNeeded: place))
        return
      }
      place = (place &+ 1) & mask
    }
    // Of a peer that is like no other nothing is kept, nor where lines have become many.
    let isKept = peer != 0 && lineCount * 4 < lines.count * 3
    find(box, index, isKept ? place : nil, atoms, vpc)
  }

  @inline(__always)
  private func note(_ index: Int, _ effects: UInt32, _ line: Int32) {
    unsafe lineOfBox[index] = line
    var rest = effects
    while rest != 0 {
      unsafe boxes[rest.trailingZeroBitCount] |= 1 &<< UInt64(truncatingIfNeeded: index)
      rest &= rest &- 1
    }
  }

  @inline(never)
  private func find(
    _ box: Permission, _ index: Int, _ place: Int?, _ atoms: AtomTable, _ vpc: Atom?
  ) {
    var line = Line(lower: box.services.lower, upper: box.services.upper, peer: unsafe kinds[index])
    for (number, question) in questions.enumerated() {
      var outside = BriefQuestion.Outside()
      let effect = question.effect(of: box, line.peer, atoms, vpc, &outside)
      line.effects |= effect << UInt32(2 * number)
      if let place { outsides[place * questions.count + number] = outside }
    }
    note(index, line.effects, Int32(truncatingIfNeeded: place ?? -1))
    guard let place else { return }
    lines[place] = line
    lineCount += 1
  }

  /// Between which of some ascending numbers an interval begins and ends.
  @inline(__always)
  private static func place<Bound: FixedWidthInteger>(
    _ lower: Bound, _ upper: Bound, _ cuts: [Bound]
  ) -> UInt32 {
    var first = 0
    var end = cuts.count
    while first < end {
      let middle = (first &+ end) >> 1
      if cuts[middle] <= lower { first = middle &+ 1 } else { end = middle }
    }
    var last = first
    while last < cuts.count, cuts[last] <= upper { last &+= 1 }
    return UInt32(truncatingIfNeeded: first &<< 14 | last)
  }

  // MARK: What was found

  /// The boxes of which a question makes one of two things, and those of which it makes the other; nothing
  /// where some box leaves it unsettled.
  ///
  /// Where `areBits`, a box may be both.
  func boxes(_ number: Int, areBits: Bool) -> (first: UInt64, second: UInt64)? {
    precondition(number < Self.questionLimit)
    let first = unsafe boxes[2 * number]
    let second = unsafe boxes[2 * number + 1]
    return areBits || first & second == 0 ? (first, second) : nil
  }

  /// The kind of the peer of a box.
  func kind(_ box: Int) -> UInt32 {
    precondition(box < Self.boxLimit)
    return unsafe kinds[box]
  }

  /// Of the flows of a box that are not in the set, the service that people recognise first.
  func outside(_ box: Int, _ number: Int) -> BriefQuestion.Outside {
    precondition(box < Self.boxLimit)
    let line = unsafe Int(lineOfBox[box])
    return line < 0 ? BriefQuestion.Outside() : outsides[line * questions.count + number]
  }
}
