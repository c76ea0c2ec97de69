import SGModel

/// Where the groups of one long list of describe output stand, found in one pass that checks every
/// byte.
///
/// A gigabyte of describe output holds millions of entries, and at any time the entries of one group
/// are needed. So a plain group is kept as a few numbers and a record of what it allows, and only what is
/// shown in full is read again. Where there is no room for more records, JSON is read again for
/// those. A group that is not plain is kept as facts, like the groups of any other input.
struct GroupShelf: Sendable {
  /// One group of the list, in 20 bytes.
  struct Entry {
    private var lowerStart: UInt32
    /// The rest of the start in 8 bits, and behind it the length.
    private var rest: UInt32
    /// Which of `vpcs` it is in; the largest number: it is kept as facts.
    var vpc: UInt32
    /// How many line breaks are before it.
    var line: UInt32
    /// The number of its record; the largest number: it has none.
    var record: UInt32

    /// Nothing where a number is too large to be kept.
    init?(start: Int, length: Int, vpc: UInt32, line: Int, record: UInt32) {
      guard start >= 0, start < 1 << 40, length >= 0, length < 1 << 24,
        let line = UInt32(exactly: line)
      else { return nil }
      lowerStart = UInt32(truncatingIfNeeded: start)
      rest = UInt32(start >> 32) | UInt32(length) << 8
      self.vpc = vpc
      self.line = line
      self.record = record
    }

    /// Where it begins; for a group that is kept as facts, its index among them.
    var start: Int { Int(lowerStart) | Int(rest & 0xFF) << 32 }
    /// How many bytes it takes.
    var length: Int { Int(rest >> 8) }
    var isFact: Bool { vpc == .max }
  }

  /// The file.
  let file: SourceFile
  /// Its number.
  let source: Int32
  /// The groups in the order of the file.
  private(set) var entries = Chunks<Entry>()
  /// The id of each group in `entries`, in two parts, none of those that are kept as facts.
  private var lowerKeys = Chunks<UInt64>()
  private var upperKeys = Chunks<UInt16>()
  /// What the groups allow.
  let records: GroupRecords
  /// Whether the file is YAML.
  let isYAML: Bool
  /// The VPCs in the order in which they are first named.
  private(set) var vpcs: [ResourceKey] = []
  /// The region that all groups name, if they name one.
  private(set) var region: String?
  /// The lines of the file, as far as it was read.
  private(set) var lines: LineTable

  private var vpcNumbers: [ResourceKey: UInt32] = [:]
  private var last: (key: ResourceKey, number: UInt32)?
  private var hasGroups = false
  private var regionBytes: [UInt8] = []
  /// What the ARNs of groups in this region begin with, up to the fifth colon: most have the same account.
  private var arnStart: [UInt8] = []

  /// Creates the shelf of a list that begins at or behind `start`, of which records may take `limit` bytes.
  ///
  /// If there is another part of the list before it, it is to be appended to the shelf of that one.
  init(
    _ file: SourceFile, source: Int32, from start: Int = 0, isYAML: Bool = false, limit: Int
  ) {
    self.file = file
    self.source = source
    self.isYAML = isYAML
    records = GroupRecords(limit: limit)
    lines = start == 0 ? LineTable(unread: file) : LineTable(unread: file, from: start)
  }

  /// Appends the shelf of the part behind this one, and returns how many line breaks are before those that
  /// it has counted; nothing where the two do not fit together.
  mutating func append(_ part: consuming GroupShelf) -> Int? {
    guard !hasGroups || !part.hasGroups || regionBytes == part.regionBytes,
      let breaks = lines.append(part.lines),
      let shift = records.append(part.records, behind: entries.count)
    else { return nil }
    if !hasGroups {
      regionBytes = part.regionBytes
      region = part.region
      hasGroups = part.hasGroups
    }
    var numbers: [UInt32] = []
    for vpc in part.vpcs { numbers.append(number(of: vpc)) }
    part.entries.changeAll { entry in
      guard !entry.isFact else { return }
      entry.vpc = numbers[Int(entry.vpc)]
      entry.line += UInt32(truncatingIfNeeded: breaks)
      if entry.record != .max { entry.record += shift }
    }
    entries.append(part.entries)
    lowerKeys.append(part.lowerKeys)
    upperKeys.append(part.upperKeys)
    return breaks
  }

  /// The id of the group with that index in `entries`.
  func key(_ index: Int) -> ResourceKey { ResourceKey(lowerKeys[index], upperKeys[index]) }

  private mutating func append(_ entry: Entry, _ lower: UInt64, _ upper: UInt16) {
    entries.append(entry)
    lowerKeys.append(lower)
    upperKeys.append(upper)
  }

  private mutating func number(of vpc: ResourceKey) -> UInt32 {
    if let last, last.key == vpc { return last.number }
    let number = vpcNumbers[vpc] ?? UInt32(truncatingIfNeeded: vpcs.count)
    if Int(number) == vpcs.count {
      vpcs.append(vpc)
      vpcNumbers[vpc] = number
    }
    last = (vpc, number)
    return number
  }

  /// What is noted of a plain group; ranges do not include quotes.
  struct Places {
    var id: ResourceKey?
    var vpc: ResourceKey?
    var nameRange = 0..<0
    var arnRange = 0..<0
  }

  /// Notes a plain group from `start` to `end`, of which `writer` has the record; false where it cannot
  /// be kept that way.
  mutating func note(
    _ group: Places, _ writer: RecordWriter, from start: LinePlace, to end: Int
  ) -> Bool {
    let bytes = file.bytes.buffer
    let isSameRegion = hasGroups && hasArnStart(group.arnRange)
    let region = isSameRegion ? bytes.part(0..<0) : Self.region(of: group, bytes)
    if !hasGroups {
      regionBytes = Array(region)
      self.region = region.isEmpty ? nil : String(decoding: region, as: UTF8.self)
    }
    guard let vpc = group.vpc, let id = group.id, let upper = id.upper,
      group.nameRange.count <= 255, isSameRegion || region.elementsEqual(regionBytes),
      var entry = Entry(
        start: start.offset, length: end - start.offset, vpc: 0, line: start.breaks, record: .max)
    else { return false }
    if let record = records.append(writer.written, writer.table) {
      entry.record = record
    } else if isYAML {
      return false
    }
    if !isSameRegion { arnStart = Self.start(ofArn: bytes.part(group.arnRange)) }
    hasGroups = true
    entry.vpc = number(of: vpc)
    writer.table.note(id, number: entries.count)
    append(entry, id.lower, upper)
    lines.extend(to: end, from: start)
    return true
  }

  /// Notes that the next group is kept as fact number `index`.
  mutating func noteFact(_ index: Int) {
    guard let entry = Entry(start: index, length: 0, vpc: .max, line: 0, record: .max) else {
      preconditionFailure("more groups than a file can hold")
    }
    append(entry, 0, 0)
  }

  /// Takes the bytes before `offset` into the table of lines, while they are at hand.
  mutating func countLines(to offset: Int) { lines.extend(to: offset) }

  /// Whether an ARN begins like those of this region that were met.
  @inline(__always)
  private func hasArnStart(_ range: Range<Int>) -> Bool {
    let arn = file.bytes.buffer.part(range)
    guard !arnStart.isEmpty, arnStart.count <= arn.count else { return false }
    return arnStart.withUnsafeBytes { JSONBytes.isSame($0, arn.part(0..<arnStart.count)) }
  }

  /// What stands before the fifth colon of an ARN, and the colon; nothing where it has fewer.
  private static func start(ofArn arn: UnsafeRawBufferPointer) -> [UInt8] {
    var colons = 0
    for (index, byte) in arn.enumerated() where byte == UInt8(ascii: ":") {
      colons += 1
      if colons == 5 { return Array(arn.part(0..<index + 1)) }
    }
    return []
  }

  /// The text between the third and the fourth colon of an ARN.
  private static func region(
    of group: Places, _ bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    let arn = bytes.part(group.arnRange)
    var colons = 0
    var start = 0
    for (index, byte) in arn.enumerated() where byte == UInt8(ascii: ":") {
      colons += 1
      if colons == 3 { start = index + 1 }
      // The ARN of a group goes on behind the account.
      if colons == 5 { return arn.part(start..<(arn[start...].firstIndex(of: byte) ?? start)) }
    }
    return arn.part(0..<0)
  }
}

/// The groups of all shelves by id.
///
/// A class, because several threads look something up for every group, and would wait for one another
/// to count the references to a copy of all that is in it.
final class GroupDirectory: Sendable {
  /// The shelves in the order of the inputs, each with the number of its input.
  let shelves: [(shelf: GroupShelf, input: Int)]
  /// The number of the first group of each shelf; groups are numbered throughout.
  let firsts: [Int]
  /// How many groups there are, those that are kept as facts too.
  let count: Int
  /// Numbers of groups plus one, found by their keys; 0 is free.
  private let slots: [UInt32]

  /// Returns nothing where two groups have the same id: what they are together has to be joined.
  init?(_ shelves: [(shelf: GroupShelf, input: Int)]) {
    self.shelves = shelves
    var firsts: [Int] = []
    var count = 0
    for (shelf, _) in shelves {
      firsts.append(count)
      count += shelf.entries.count
    }
    self.firsts = firsts
    self.count = count
    guard count < Int(UInt32.max) else { return nil }
    var size = 16
    while size * 3 < count * 4 { size *= 2 }
    var slots = [UInt32](repeating: 0, count: size)
    var number: UInt32 = 0
    for (shelf, _) in shelves {
      for index in 0..<shelf.entries.count {
        let key = shelf.key(index)
        number += 1
        if key == .none { continue }
        var place = Int(truncatingIfNeeded: key.scattered) & (size - 1)
        while slots[place] != 0 {
          if Self.key(slots[place], shelves, firsts) == key { return nil }
          place = (place + 1) & (size - 1)
        }
        slots[place] = number
      }
    }
    self.slots = slots
  }

  private static func key(
    _ slot: UInt32, _ shelves: [(shelf: GroupShelf, input: Int)], _ firsts: [Int]
  ) -> ResourceKey {
    let (shelf, index) = locate(Int(slot) - 1, firsts)
    return shelves[shelf].shelf.key(index)
  }

  private static func locate(_ number: Int, _ firsts: [Int]) -> (shelf: Int, index: Int) {
    var low = 0
    var high = firsts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firsts[middle] <= number { low = middle } else { high = middle }
    }
    return (low, number - firsts[low])
  }

  /// Which shelf a group is on, and where.
  func locate(_ number: Int) -> (shelf: Int, index: Int) { Self.locate(number, firsts) }

  /// The id of the group with that number.
  func key(_ number: Int) -> ResourceKey {
    let (shelf, index) = locate(number)
    return shelves[shelf].shelf.key(index)
  }

  /// The number of the file that a shelf is of.
  func source(ofShelf number: Int) -> Int { Int(shelves[number].shelf.source) }

  /// The number of the group with that key that is, or can be, in that region.
  func find(_ key: ResourceKey, in region: String?) -> Int? {
    var place = Int(truncatingIfNeeded: key.scattered) & (slots.count - 1)
    while slots[place] != 0 {
      let (shelf, index) = locate(Int(slots[place]) - 1)
      if shelves[shelf].shelf.key(index) == key {
        let own = shelves[shelf].shelf.region
        return own == nil || region == nil || own == region ? Int(slots[place]) - 1 : nil
      }
      place = (place + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The number of the group with that id that is, or can be, in that region.
  func find(_ id: String, in region: String?) -> Int? {
    ResourceKey(id, prefix: "sg-").flatMap { find($0, in: region) }
  }
}
