import SGModel

/// What plain groups allow and what is printed of them, in some 4 bytes an entry.
///
/// A record is the name, and then items: a list begins, or an entry, or the record ends. What items of a
/// kind have in common, their services and how they are written, is a number of a table (`RecordTable`);
/// what differs, mostly a part of an address, stands behind the number. Groups that are on the same shelf
/// are referred to by their places on it.
///
/// A class, because several threads read it for every group, and would wait for one another to count
/// the references to a copy of it.
final class GroupRecords: @unchecked Sendable {
  // INVARIANT: changed by the one thread that fills it, and read by others when it is full.

  /// A record that was found.
  struct Record {
    /// Its first byte; valid as long as the records are.
    var bytes: UnsafePointer<UInt8>
    /// What its items are numbers in.
    var parts: RecordTable.Parts
    /// The number of the table that is of.
    var table: Int
  }

  private struct Block {
    var bytes: UnsafeMutablePointer<UInt8>
    var parts: RecordTable.Parts
    var table: Int
  }

  private var blocks: [Block] = []
  /// What the items of the blocks are numbers in.
  private var tables: [RecordTable] = []
  private var used = GroupRecords.blockSize
  /// How many bytes may be taken.
  let limit: Int

  private static let blockSize = 1 << 18
  /// What is read may go so far beyond the end of a record.
  static let slack = 16

  init(limit: Int) { self.limit = limit }

  deinit { for block in blocks { block.bytes.deallocate() } }

  /// Takes a record, and returns its number; nothing where there is no room.
  func append(_ record: UnsafeRawBufferPointer, _ table: RecordTable) -> UInt32? {
    guard let base = record.baseAddress, record.count + Self.slack <= Self.blockSize else {
      return nil
    }
    if used + record.count + Self.slack > Self.blockSize || tables.last !== table {
      guard (blocks.count + 1) * Self.blockSize <= limit else { return nil }
      if tables.last !== table { tables.append(table) }
      blocks.append(
        Block(
          bytes: .allocate(capacity: Self.blockSize), parts: table.parts, table: tables.count - 1))
      used = 0
    }
    let number = (blocks.count - 1) * Self.blockSize + used
    UnsafeMutableRawPointer(blocks[blocks.count - 1].bytes + used)
      .copyMemory(from: base, byteCount: record.count)
    used += record.count
    return UInt32(exactly: number).flatMap { $0 == .max ? nil : $0 }
  }

  /// Takes all records of `other`, which has none from then on, and returns what to add to their numbers;
  /// so many groups are before those of `other`.
  func append(_ other: GroupRecords, behind groups: Int) -> UInt32? {
    let first = blocks.count
    guard let shift = UInt32(exactly: first * Self.blockSize),
      (first + other.blocks.count) * Self.blockSize < Int(UInt32.max)
    else { return nil }
    for table in other.tables { table.firstGroup += groups }
    blocks += other.blocks.map {
      Block(bytes: $0.bytes, parts: $0.parts, table: $0.table + tables.count)
    }
    tables += other.tables
    if !other.blocks.isEmpty { used = other.used }
    other.blocks = []
    other.used = Self.blockSize
    return shift
  }

  /// The record with that number.
  subscript(number: UInt32) -> Record {
    let block = blocks[Int(number) / Self.blockSize]
    return Record(
      bytes: UnsafePointer(block.bytes + Int(number) % Self.blockSize), parts: block.parts,
      table: block.table)
  }

  /// What a record of that table means by a group that it was written before.
  func target(_ number: Int, ofTable table: Int) -> GroupReferences.Target {
    tables[table].target(number)
  }
}

/// How an item of a record begins: most begin like one before them.
struct ItemHeader: Equatable {
  /// The services of an entry.
  var services: ServiceRange
  /// What it is, how the peer begins, the lines since the item before, and the column, a byte each.
  private var rest: UInt32

  @inline(__always)
  init(services: ServiceRange, item: UInt8, start: UInt8, lines: UInt8, column: UInt8) {
    self.services = services
    rest = UInt32(item) | UInt32(start) << 8 | UInt32(lines) << 16 | UInt32(column) << 24
  }

  /// What it is.
  @inline(__always)
  var item: UInt8 { UInt8(truncatingIfNeeded: rest) & ~Self.same }
  /// Whether its services are those of the entry before it.
  @inline(__always)
  var hasServicesOfLast: Bool { rest & UInt32(Self.same) != 0 }
  /// Of IPv4 blocks the first byte, if it is none that follows; of IPv6 blocks the length.
  @inline(__always)
  var start: UInt8 { UInt8(truncatingIfNeeded: rest >> 8) }
  @inline(__always)
  var lines: UInt8 { UInt8(truncatingIfNeeded: rest >> 16) }
  /// 0: how many lines, and the column, follow.
  @inline(__always)
  var column: UInt8 { UInt8(truncatingIfNeeded: rest >> 24) }

  /// In the item: its services are those of the entry before it.
  static let same: UInt8 = 0x80

  /// A number in which all of it has a part.
  @inline(__always)
  var scattered: UInt32 {
    let mixed =
      (UInt64(services.lower) &* 31 ^ UInt64(services.upper) ^ UInt64(rest) << 32)
      &* 0x9E37_79B9_7F4A_7C15
    return UInt32(truncatingIfNeeded: mixed >> 40)
  }
}

/// What records have numbers for: how items begin, and what names begin with.
final class RecordTable: @unchecked Sendable {
  // INVARIANT: changed by the one thread that writes records, and read by others afterwards. None of the
  // numbers changes its meaning.

  /// What numbers stand for; valid as long as the table is.
  struct Parts {
    var headers: UnsafePointer<ItemHeader>
    var stems: UnsafePointer<Stem>
    var text: UnsafePointer<UInt8>
  }

  /// What names begin with that end with a number.
  struct Stem {
    var start: UInt16
    var length: UInt8
  }

  /// Numbers below it take one byte, and all others two.
  static let short = 0xE0
  /// The number of headers that have none, and follow.
  static let none = short + (0x100 - short) << 8 - 1
  /// How many stems there may be, and bytes of them.
  static let stemLimit = 0x2000
  private static let textLimit = 1 << 16

  private let headers: UnsafeMutablePointer<ItemHeader>
  private var headerCount = 0
  private let headerSlots: UnsafeMutablePointer<UInt16>
  private let stems: UnsafeMutablePointer<Stem>
  private var stemCount = 0
  private let stemSlots: UnsafeMutablePointer<UInt16>
  private let text: UnsafeMutablePointer<UInt8>
  private var textCount = 0
  /// The groups that entries refer to, if they have numbers.
  private var references: GroupReferences?
  /// The number of the first group of the shelf that this table is of a part of.
  var firstGroup = 0

  /// Of both kinds of slots, which hold numbers; more than twice as many as there are numbers would be
  /// better, and hardly ever are there many.
  private static let slotCount = 1 << 14
  private static let free = UInt16.max

  /// Creates a table of a shelf, on which groups have numbers, or of a group that is alone.
  init(isOfShelf: Bool) {
    // Memory that is not used yet takes none.
    headers = .allocate(capacity: Self.none)
    stems = .allocate(capacity: Self.stemLimit)
    text = .allocate(capacity: Self.textLimit)
    headerSlots = .allocate(capacity: Self.slotCount)
    headerSlots.initialize(repeating: Self.free, count: Self.slotCount)
    stemSlots = .allocate(capacity: Self.slotCount)
    stemSlots.initialize(repeating: Self.free, count: Self.slotCount)
    references = isOfShelf ? GroupReferences() : nil
  }

  deinit {
    headers.deallocate()
    headerSlots.deallocate()
    stems.deallocate()
    stemSlots.deallocate()
    text.deallocate()
  }

  var parts: Parts {
    Parts(headers: UnsafePointer(headers), stems: UnsafePointer(stems), text: UnsafePointer(text))
  }

  /// The number of a header, given to it if it is new; `none` where there are too many.
  @inline(__always)
  func number(of header: ItemHeader) -> Int {
    let place = Int(header.scattered) & (Self.slotCount &- 1)
    let number = Int(headerSlots[place])
    if number != Int(Self.free), headers[number] == header { return number }
    return find(header, place)
  }

  @inline(never)
  private func find(_ header: ItemHeader, _ first: Int) -> Int {
    var place = first
    while headerSlots[place] != Self.free {
      let number = Int(headerSlots[place])
      if headers[number] == header { return number }
      place = (place &+ 1) & (Self.slotCount &- 1)
    }
    guard headerCount < Self.none else { return Self.none }
    headers[headerCount] = header
    headerSlots[place] = UInt16(truncatingIfNeeded: headerCount)
    headerCount += 1
    return headerCount - 1
  }

  /// The number of a stem, given to it if it is new; nothing where there are too many.
  func number(ofStem stem: UnsafeRawBufferPointer) -> Int? {
    var hash = UInt64(truncatingIfNeeded: stem.count)
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    if stem.count >= 8 {
      for offset in stride(from: 0, to: stem.count &- 8, by: 8) {
        mix(stem.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      mix(stem.loadUnaligned(fromByteOffset: stem.count &- 8, as: UInt64.self))
    } else {
      for byte in stem { mix(UInt64(byte)) }
    }
    var place = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while stemSlots[place] != Self.free {
      let number = Int(stemSlots[place])
      if JSONBytes.isSame(Self.text(of: number, parts), stem) { return number }
      place = (place + 1) & (Self.slotCount - 1)
    }
    guard stemCount < Self.stemLimit, textCount + stem.count <= Self.textLimit,
      let length = UInt8(exactly: stem.count), let start = UInt16(exactly: textCount)
    else { return nil }
    stems[stemCount] = Stem(start: start, length: length)
    for (offset, byte) in stem.enumerated() { text[textCount + offset] = byte }
    textCount += stem.count
    stemSlots[place] = UInt16(truncatingIfNeeded: stemCount)
    stemCount += 1
    return stemCount - 1
  }

  /// What the number of a stem stands for.
  static func text(of number: Int, _ parts: Parts) -> UnsafeRawBufferPointer {
    let stem = parts.stems[number]
    return UnsafeRawBufferPointer(start: parts.text + Int(stem.start), count: Int(stem.length))
  }

  // MARK: Groups

  /// How a group of the shelf is referred to; nothing where it is by its id.
  func reference(to key: ResourceKey) -> GroupReferences.Reference? {
    references?.reference(to: key)
  }

  /// Takes that the group with that key has that number.
  func note(_ key: ResourceKey, number: Int) { references?.note(key, number: number) }

  /// Says that no further groups have numbers.
  func finish() { references?.finish() }

  /// What is meant by a group that was referred to before it was met.
  func target(_ number: Int) -> GroupReferences.Target {
    switch references?.target(number) {
    case .number(let group)?: .number(group + firstGroup)
    case let target?: target
    case nil: .key(.none)
    }
  }
}

/// The groups of a shelf that entries refer to, while it is filled: most stand near the entry.
struct GroupReferences {
  /// How an entry refers to a group.
  enum Reference {
    /// A group that was met, by its number.
    case number(Int)
    /// One that was not met yet, by the number that it has among those.
    case unmet(Int)
  }

  /// What a group turned out to be that was not met.
  enum Target: Equatable {
    /// One with that number.
    case number(Int)
    /// One that is not on the shelf.
    case key(ResourceKey)
  }

  /// A group that was met or referred to of late.
  private struct Recent {
    var lower: UInt64 = 0
    /// 0: there is none.
    var upper: UInt16 = 0
    /// Its number, or the complement of the one that it has among those that were not met.
    var number: Int32 = 0
  }

  private var recent = [Recent](repeating: Recent(), count: GroupReferences.recentCount)
  /// The numbers of the groups that were referred to before they were met.
  private var met = Chunks<UInt32>()
  /// The keys of those that never were.
  private var keys: [Int: ResourceKey] = [:]

  private static let recentCount = 4096
  /// A group stands in one of so many places, by its key.
  private static let choices = 8

  /// Where the key is, or where to put it; nothing where there is no room.
  private func place(of key: ResourceKey, _ upper: UInt16) -> (place: Int, isFound: Bool)? {
    guard !recent.isEmpty else { return nil }
    let first = Int(truncatingIfNeeded: key.scattered >> 8)
    let lower = key.lower
    var oldest: Int?
    for step in 0..<Self.choices {
      let place = (first &+ step) & (Self.recentCount &- 1)
      let group = recent[place]
      if group.lower == lower, group.upper == upper { return (place, true) }
      if group.upper == 0 { return (place, false) }
      // Those that were not met are waited for.
      if group.number >= 0, oldest.map({ group.number < recent[$0].number }) ?? true {
        oldest = place
      }
    }
    return oldest.map { ($0, false) }
  }

  /// How the group with that key is referred to; nothing where it is by its id.
  mutating func reference(to key: ResourceKey) -> Reference? {
    guard let upper = key.upper, let (place, isFound) = place(of: key, upper) else { return nil }
    if isFound {
      let number = Int(recent[place].number)
      return number >= 0 ? .number(number) : .unmet(~number)
    }
    guard let number = Int32(exactly: met.count) else { return nil }
    recent[place] = Recent(lower: key.lower, upper: upper, number: ~number)
    met.append(.max)
    return .unmet(Int(number))
  }

  /// Takes that the group with that key has that number.
  mutating func note(_ key: ResourceKey, number: Int) {
    guard let upper = key.upper, let number32 = Int32(exactly: number),
      let (place, isFound) = place(of: key, upper)
    else { return }
    if isFound {
      // Where two groups have the same id, the shelf is not used.
      guard recent[place].number < 0 else { return }
      met[Int(~recent[place].number)] = UInt32(truncatingIfNeeded: number)
    }
    recent[place] = Recent(lower: key.lower, upper: upper, number: number32)
  }

  /// Says that no further groups are met.
  mutating func finish() {
    for group in recent where group.upper != 0 && group.number < 0 {
      keys[Int(~group.number)] = ResourceKey(group.lower, group.upper)
    }
    recent = []
  }

  /// What a group is that was not met when it was referred to.
  func target(_ number: Int) -> Target {
    let group = met[number]
    return group == .max ? .key(keys[number] ?? .none) : .number(Int(group))
  }
}

/// Writes one record after the other into memory that is used again.
final class RecordWriter {
  /// What an item is, beside IPv4 blocks, of which it says how long their prefix is.
  enum Item {
    static let v6: UInt8 = 33
    static let prefixList: UInt8 = 34
    /// A group by its id.
    static let group: UInt8 = 35
    /// The group of the record itself.
    static let own: UInt8 = 36
    /// A group so many groups before it.
    static let before: UInt8 = 37
    /// A group that was not met when the record was written.
    static let unmet: UInt8 = 38
    static let ingress: UInt8 = 39
    static let egress: UInt8 = 40
    static let end: UInt8 = 41
  }

  /// What a name begins with.
  enum Name {
    /// The name is not fit to be printed as it is.
    static let unprintable: UInt8 = 0xFF
    /// With the upper bits of the number of a stem, of which the lower ones follow; then a number.
    static let stem: UInt8 = 0x80
    // All others are the length of a name that follows.
  }

  /// The longest part of a name that is printed.
  static let nameLimit = 64
  /// More than any item takes.
  private static let itemSize = 64
  /// The name comes last, and stands first.
  private static let bodyStart = 1 + nameLimit

  let table: RecordTable
  private var bytes: UnsafeMutablePointer<UInt8>
  private var capacity = 4096
  private var used = bodyStart
  private var start = bodyStart
  private var line = 0
  private var column = 0
  /// The services of the last entry.
  private var services: ServiceRange?
  /// Of the group, its number on the shelf, and its id, when it is known.
  private var number = 0
  var id: ResourceKey?

  /// Creates a writer for the groups of a shelf, or for one that is alone.
  init(isOfShelf: Bool = false) {
    table = RecordTable(isOfShelf: isOfShelf)
    bytes = .allocate(capacity: capacity)
  }

  deinit { bytes.deallocate() }

  /// Begins a record of the group that begins behind so many line breaks, and has that number on its shelf.
  func begin(atLine line: Int, number: Int) {
    self.line = line
    self.number = number
    id = nil
    column = 0
    services = nil
    used = Self.bodyStart
  }

  /// Ends the record, and says what the group is called.
  func end(name: UnsafeRawBufferPointer) {
    begin(ItemHeader(services: .all, item: Item.end, start: 0, lines: 0, column: 1))
    let end = used
    guard Self.isPrintable(name) else {
      start = Self.bodyStart - 1
      bytes[start] = Name.unprintable
      return
    }
    if name.count <= Self.nameLimit, add(stemOf: name) {
      // Written behind the record, and from there to its beginning.
      let count = used - end
      start = Self.bodyStart - count
      for offset in 0..<count { bytes[start + offset] = bytes[end + offset] }
      used = end
      return
    }
    let shown = name.prefix(Self.nameLimit)
    start = Self.bodyStart - 1 - shown.count
    bytes[start] = UInt8(truncatingIfNeeded: shown.count)
    for (offset, byte) in shown.enumerated() { bytes[start + 1 + offset] = byte }
  }

  /// Whether a name is ASCII without controls, and without number signs.
  private static func isPrintable(_ name: UnsafeRawBufferPointer) -> Bool {
    let lowest: UInt64 = 0x0101_0101_0101_0101
    var odd: UInt64 = 0
    var offset = 0
    while offset &+ 8 <= name.count {
      let word = name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let sign = word ^ 0x23 &* lowest
      let delete = word ^ 0x7F &* lowest
      // The highest bit of bytes that are none of the rest, below 0x20, 0x23, and 0x7F.
      odd |= word | (word &- 0x20 &* lowest) & ~word
      odd |= (sign &- lowest) & ~sign | (delete &- lowest) & ~delete
      offset &+= 8
    }
    var isPrintable = odd & (0x80 &* lowest) == 0
    while offset < name.count {
      let byte = name[offset]
      if byte < 0x20 || byte >= 0x7F || byte == 0x23 { isPrintable = false }
      offset &+= 1
    }
    return isPrintable
  }

  /// Adds a name that is a stem and a number; false where it is not, or there are too many stems.
  private func add(stemOf name: UnsafeRawBufferPointer) -> Bool {
    var length = name.count
    var value = 0
    var power = 1
    while length > 0, name.count - length < 9 {
      let digit = Int(name[length - 1] &- 0x30)
      guard digit < 10 else { break }
      value += digit * power
      power *= 10
      length -= 1
    }
    let digits = name.count - length
    guard digits > 0, digits == 1 || name[length] != 0x30,
      let stem = table.number(ofStem: name.part(0..<length))
    else { return false }
    reserve()
    add(Name.stem | UInt8(truncatingIfNeeded: stem >> 8))
    add(UInt8(truncatingIfNeeded: stem))
    add(number: value)
    return true
  }

  /// The bytes of the record; valid until the next one begins.
  var written: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes + start, count: used - start)
  }

  /// The record; valid until the next one begins.
  var record: GroupRecords.Record {
    GroupRecords.Record(bytes: UnsafePointer(bytes + start), parts: table.parts, table: 0)
  }

  /// Makes room for an item.
  @inline(__always)
  private func reserve() { if used &+ Self.itemSize > capacity { grow() } }

  @inline(never)
  private func grow() {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
    larger.update(from: bytes, count: used)
    bytes.deallocate()
    bytes = larger
    capacity *= 2
  }

  @inline(__always)
  private func add(_ byte: UInt8) {
    bytes[used] = byte
    used &+= 1
  }

  @inline(__always)
  private func add(number: Int) {
    var rest = UInt64(bitPattern: Int64(number))
    while rest >= 0x80 {
      add(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    add(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  private func add(difference: Int) { add(number: difference << 1 ^ difference >> 63) }

  @inline(__always)
  private func add<Word: FixedWidthInteger>(_ word: Word, bytes count: Int) {
    UnsafeMutableRawPointer(bytes + used).storeBytes(of: word.littleEndian, as: Word.self)
    used &+= count
  }

  // MARK: Items

  @inline(__always)
  private func begin(
    _ item: UInt8, _ start: UInt8, _ services: ServiceRange, _ place: RecordPlace
  ) {
    let isSame = services == self.services
    self.services = services
    begin(
      isSame ? item | ItemHeader.same : item, start, isSame ? .all : services, at: place)
  }

  @inline(__always)
  private func begin(
    _ item: UInt8, _ start: UInt8, _ services: ServiceRange, at place: RecordPlace
  ) {
    let lines = place.line &- line
    line = place.line
    guard let near = UInt8(exactly: lines), let column = UInt8(exactly: place.column), column > 0
    else {
      begin(ItemHeader(services: services, item: item, start: start, lines: 0, column: 0))
      add(difference: lines)
      add(difference: place.column &- self.column)
      self.column = place.column
      return
    }
    begin(ItemHeader(services: services, item: item, start: start, lines: near, column: column))
  }

  @inline(__always)
  private func begin(_ header: ItemHeader) {
    reserve()
    let number = table.number(of: header)
    if number < RecordTable.short {
      add(UInt8(truncatingIfNeeded: number))
      return
    }
    let far = number &- RecordTable.short
    add(UInt8(truncatingIfNeeded: RecordTable.short &+ far >> 8))
    add(UInt8(truncatingIfNeeded: far))
    if number == RecordTable.none {
      UnsafeMutableRawPointer(bytes + used).storeBytes(of: header, as: ItemHeader.self)
      used &+= MemoryLayout<ItemHeader>.size
    }
  }

  /// Adds that the list of a direction begins.
  func add(_ direction: Direction, at place: RecordPlace) {
    begin(direction == .ingress ? Item.ingress : Item.egress, 0, .all, at: place)
  }

  /// Adds an entry with an IPv4 block.
  @inline(__always)
  func add(v4 lower: UInt32, length: UInt8, _ services: ServiceRange, at place: RecordPlace) {
    let first = UInt8(truncatingIfNeeded: lower >> 24)
    // The first bytes of the address, and no more of them than the prefix has.
    let count = (Int(length) &+ 7) >> 3
    if length >= 8, first == 10 || first == 172 || first == 192 {
      // Most blocks are private ones.
      begin(length, first, services, place)
      add((lower << 8).byteSwapped, bytes: count &- 1)
    } else {
      begin(length, 0, services, place)
      add(lower.byteSwapped, bytes: count)
    }
  }

  /// Adds an entry with an IPv6 block.
  func add(v6 range: IPv6Range, _ services: ServiceRange, at place: RecordPlace) {
    let length = (range.lower ^ range.upper).leadingZeroBitCount
    begin(Item.v6, UInt8(truncatingIfNeeded: length), services, place)
    add(range.lower.byteSwapped, bytes: (length + 7) / 8)
  }

  /// Adds an entry with a prefix list.
  func add(list key: ResourceKey, _ services: ServiceRange, at place: RecordPlace) {
    begin(Item.prefixList, 0, services, place)
    add(key)
  }

  /// Adds an entry with a group.
  func add(group key: ResourceKey, _ services: ServiceRange, at place: RecordPlace) {
    if key == id {
      begin(Item.own, 0, services, place)
      return
    }
    switch table.reference(to: key) {
    case .number(let met)?:
      begin(Item.before, 0, services, place)
      add(number: number &- met)
    case .unmet(let number)?:
      begin(Item.unmet, 0, services, place)
      add(number: number)
    case nil:
      begin(Item.group, 0, services, place)
      add(key)
    }
  }

  private func add(_ key: ResourceKey) {
    let count = key.digits
    add(UInt8(truncatingIfNeeded: count))
    add(key.number, bytes: (count &+ 1) >> 1)
  }
}

/// A place in a file: the line breaks before it, and the column.
struct RecordPlace {
  var line: Int
  var column: Int
}

/// Reads a record, one item after the other.
struct RecordReader {
  private var cursor: UnsafeRawPointer
  private let headers: UnsafePointer<ItemHeader>
  private var line: Int
  private var column = 0
  /// The services of the entry that was read last.
  private(set) var services = ServiceRange.all

  /// What is printed of the group's name; nothing where it is not fit to be printed.
  let name: Name?

  /// A name, and the number that it ends with, if that is not a part of it.
  struct Name {
    var text: UnsafeRawBufferPointer
    var number: Int?
  }

  enum Item {
    case list(Direction)
    /// An entry with an IPv4 block, with the group of the record itself, with one so many groups before it,
    /// with one that was not met when the record was written, and with anything else.
    case v4(IPv4Range)
    case own
    case before(Int)
    case unmet(Int)
    case other(PlainEntry.Peer)
  }

  /// Reads the record of a group that begins behind so many line breaks.
  init(_ record: GroupRecords.Record, line: Int) {
    cursor = UnsafeRawPointer(record.bytes)
    headers = record.parts.headers
    self.line = line
    let first = cursor.load(as: UInt8.self)
    cursor += 1
    if first == RecordWriter.Name.unprintable {
      name = nil
    } else if first >= RecordWriter.Name.stem {
      let lower = cursor.load(as: UInt8.self)
      cursor += 1
      let stem = Int(first &- RecordWriter.Name.stem) << 8 | Int(lower)
      let number = Self.number(&cursor)
      name = Name(text: RecordTable.text(of: stem, record.parts), number: number)
    } else {
      name = Name(text: UnsafeRawBufferPointer(start: cursor, count: Int(first)), number: nil)
      cursor += Int(first)
    }
  }

  @inline(__always)
  private mutating func byte() -> UInt8 {
    let byte = cursor.load(as: UInt8.self)
    cursor += 1
    return byte
  }

  @inline(__always)
  private static func number(_ cursor: inout UnsafeRawPointer) -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = cursor.load(as: UInt8.self)
      cursor += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int(truncatingIfNeeded: value) }
      shift &+= 7
    }
  }

  private mutating func difference() -> Int {
    let number = Self.number(&cursor)
    return Int(bitPattern: UInt(bitPattern: number) >> 1) ^ (0 &- number & 1)
  }

  @inline(__always)
  private mutating func word<Word: FixedWidthInteger>(_ type: Word.Type, bytes count: Int) -> Word {
    let word = Word(littleEndian: cursor.loadUnaligned(as: Word.self))
    cursor += count
    return count &* 8 < Word.bitWidth ? word & ((1 << Word(count &* 8)) &- 1) : word
  }

  private mutating func key() -> ResourceKey {
    let digits = Int(byte())
    return ResourceKey(digits: digits, number: word(UInt128.self, bytes: (digits &+ 1) >> 1))
  }

  /// Steps over a header that has no number.
  @inline(never)
  private mutating func header() -> ItemHeader {
    let header = cursor.loadUnaligned(as: ItemHeader.self)
    cursor += MemoryLayout<ItemHeader>.size
    return header
  }

  /// The next item; nothing at the end.
  @inline(__always)
  mutating func next() -> Item? {
    var number = Int(byte())
    if number >= RecordTable.short {
      number = RecordTable.short &+ (number &- RecordTable.short) << 8 &+ Int(byte())
    }
    let header = number == RecordTable.none ? header() : headers[number]
    if header.column > 0 {
      line &+= Int(header.lines)
      lastPlace = RecordPlace(line: line, column: Int(header.column))
    } else {
      line &+= difference()
      column &+= difference()
      lastPlace = RecordPlace(line: line, column: column)
    }
    let item = header.item
    if item >= RecordWriter.Item.ingress {
      if item == RecordWriter.Item.end { return nil }
      return .list(item == RecordWriter.Item.ingress ? .ingress : .egress)
    }
    if !header.hasServicesOfLast { services = header.services }
    if item <= 32 {
      let count = (Int(item) &+ 7) >> 3
      let lower: UInt32
      if header.start > 0 {
        lower = word(UInt32.self, bytes: count &- 1).byteSwapped >> 8 | UInt32(header.start) << 24
      } else {
        lower = word(UInt32.self, bytes: count).byteSwapped
      }
      return .v4(IPv4Range(address: lower, length: Int(item)) ?? .all)
    }
    switch item {
    case RecordWriter.Item.v6:
      let length = Int(header.start)
      let lower = word(UInt128.self, bytes: (length + 7) / 8).byteSwapped
      let block = IPv6Range(address: lower, length: length) ?? .all
      return .other(.v6(block))
    case RecordWriter.Item.prefixList: return .other(.prefixList(key()))
    case RecordWriter.Item.own: return .own
    case RecordWriter.Item.before: return .before(Self.number(&cursor))
    case RecordWriter.Item.unmet: return .unmet(Self.number(&cursor))
    default: return .other(.group(key()))
    }
  }

  /// Where the item stands that was read last.
  private(set) var lastPlace = RecordPlace(line: 0, column: 0)
}
