import SGModel

/// What plain groups allow and what is printed of them, in some 8 bytes an entry.
///
/// A record is the name, and then items, each a byte that says what it is and what that takes: a list
/// begins, or an entry, with its services, its place and its peer. Places are lines, counted from
/// the item before, and columns.
///
/// A class, because several threads read it for every group, and would wait for one another to count
/// the references to a copy of it.
final class GroupRecords: @unchecked Sendable {
  // INVARIANT: changed by the one thread that fills it, and read by others when it is full.

  /// A record that was found.
  struct Record {
    /// Its first byte; valid as long as the records are.
    var bytes: UnsafePointer<UInt8>
    /// What its services are numbers in.
    var services: UnsafePointer<ServiceRange>
  }

  private struct Block {
    var bytes: UnsafeMutablePointer<UInt8>
    var services: UnsafePointer<ServiceRange>
  }

  private var blocks: [Block] = []
  /// What the services of the blocks are numbers in, one behind the other.
  private var tables: [ServiceTable] = []
  private var used = GroupRecords.blockSize
  /// How many bytes may be taken.
  let limit: Int

  private static let blockSize = 1 << 18
  /// What is read may go so far beyond the end of a record.
  static let slack = 16

  init(limit: Int) { self.limit = limit }

  deinit { for block in blocks { block.bytes.deallocate() } }

  /// Takes a record, and returns its number; nothing where there is no room.
  func append(_ record: UnsafeRawBufferPointer, _ services: ServiceTable) -> UInt32? {
    guard let base = record.baseAddress, record.count + Self.slack <= Self.blockSize else {
      return nil
    }
    if used + record.count + Self.slack > Self.blockSize || tables.last !== services {
      guard (blocks.count + 1) * Self.blockSize <= limit else { return nil }
      blocks.append(
        Block(bytes: .allocate(capacity: Self.blockSize), services: services.base))
      if tables.last !== services { tables.append(services) }
      used = 0
    }
    let number = (blocks.count - 1) * Self.blockSize + used
    UnsafeMutableRawPointer(blocks[blocks.count - 1].bytes + used)
      .copyMemory(from: base, byteCount: record.count)
    used += record.count
    return UInt32(exactly: number).flatMap { $0 == .max ? nil : $0 }
  }

  /// Takes all records of `other`, which has none from then on, and returns what to add to their numbers.
  func append(_ other: GroupRecords) -> UInt32? {
    let first = blocks.count
    guard let shift = UInt32(exactly: first * Self.blockSize),
      (first + other.blocks.count) * Self.blockSize < Int(UInt32.max)
    else { return nil }
    blocks += other.blocks
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
      bytes: UnsafePointer(block.bytes + Int(number) % Self.blockSize), services: block.services)
  }
}

/// Services by small numbers: an account uses few.
final class ServiceTable: @unchecked Sendable {
  // INVARIANT: changed by the one thread that writes records, and read by others afterwards. None of the
  // numbers changes its meaning.
  private let ranges: UnsafeMutablePointer<ServiceRange>
  /// Where services are looked for first.
  private let guesses: UnsafeMutablePointer<UInt8>
  private(set) var count = 0

  /// The number of services that have none.
  static let none = UInt8.max

  init() {
    ranges = .allocate(capacity: Int(Self.none))
    ranges.initialize(repeating: .all, count: Int(Self.none))
    guesses = .allocate(capacity: 256)
    guesses.initialize(repeating: Self.none, count: 256)
  }

  deinit {
    ranges.deallocate()
    guesses.deallocate()
  }

  /// The number of some services, given to them if they are new.
  @inline(__always)
  func number(of services: ServiceRange) -> UInt8 {
    let mixed = (services.lower ^ services.upper &* 31) &* 0x9E37_79B1
    let place = Int(mixed >> 24)
    let guess = guesses[place]
    if guess != Self.none, ranges[Int(guess)] == services { return guess }
    return find(services, place)
  }

  @inline(never)
  private func find(_ services: ServiceRange, _ place: Int) -> UInt8 {
    for number in 0..<count where ranges[number] == services {
      guesses[place] = UInt8(truncatingIfNeeded: number)
      return guesses[place]
    }
    guard count < Int(Self.none) else { return Self.none }
    ranges[count] = services
    guesses[place] = UInt8(truncatingIfNeeded: count)
    count += 1
    return guesses[place]
  }

  /// The services by their numbers; valid as long as the table is.
  var base: UnsafePointer<ServiceRange> { UnsafePointer(ranges) }
}

/// Writes one record after the other into memory that is used again.
final class RecordWriter {
  /// What an item is, beside IPv4 blocks, of which it says how long their prefix is.
  enum Item {
    static let v6: UInt8 = 33
    static let prefixList: UInt8 = 34
    static let group: UInt8 = 35
    static let ingress: UInt8 = 36
    static let egress: UInt8 = 37
    static let end: UInt8 = 38
    /// The name is not fit to be printed as it is.
    static let unprintable: UInt8 = 0xFF
    /// In the place of a small number of lines: the lines and the column follow.
    static let far: UInt8 = 0xFF
  }

  /// The longest part of a name that is printed.
  static let nameLimit = 64
  /// More than any item takes.
  private static let itemSize = 64
  /// The name comes last, and stands first.
  private static let bodyStart = 1 + nameLimit

  let services = ServiceTable()
  private var bytes: UnsafeMutablePointer<UInt8>
  private var capacity = 4096
  private var used = bodyStart
  private var start = bodyStart
  private var line = 0
  private var columns = RecordColumns()

  init() { bytes = .allocate(capacity: capacity) }

  deinit { bytes.deallocate() }

  /// Begins a record of a group that begins behind so many line breaks.
  func begin(atLine line: Int) {
    self.line = line
    columns = RecordColumns()
    used = Self.bodyStart
  }

  /// Ends the record, and says what the group is called.
  func end(name: UnsafeRawBufferPointer) {
    reserve()
    add(Item.end)
    let isPrintable = !name.contains { $0 < 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "#") }
    let shown = isPrintable ? name.prefix(Self.nameLimit) : name.prefix(0)
    start = Self.bodyStart - 1 - shown.count
    bytes[start] = isPrintable ? UInt8(truncatingIfNeeded: shown.count) : Item.unprintable
    for (offset, byte) in shown.enumerated() { bytes[start + 1 + offset] = byte }
  }

  /// The bytes of the record; valid until the next one begins.
  var written: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes + start, count: used - start)
  }

  /// The record; valid until the next one begins.
  var record: GroupRecords.Record {
    GroupRecords.Record(bytes: UnsafePointer(bytes + start), services: services.base)
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
  private func add(_ place: RecordPlace, of item: UInt8) {
    let difference = place.line &- line
    line = place.line
    if columns.matches(place.column, of: item), difference >= 0, difference < Int(Item.far) {
      add(UInt8(truncatingIfNeeded: difference))
      return
    }
    add(Item.far)
    add(number: difference << 1 ^ difference >> 63)
    add(number: place.column)
  }

  @inline(__always)
  private func add<Word: FixedWidthInteger>(_ word: Word, bytes count: Int) {
    UnsafeMutableRawPointer(bytes + used).storeBytes(of: word.littleEndian, as: Word.self)
    used &+= count
  }

  /// Adds that the list of a direction begins.
  func add(_ direction: Direction, at place: RecordPlace) {
    reserve()
    let item = direction == .ingress ? Item.ingress : Item.egress
    add(item)
    add(place, of: item)
  }

  @inline(__always)
  private func begin(_ item: UInt8, _ services: ServiceRange, _ place: RecordPlace) {
    reserve()
    add(item)
    let number = self.services.number(of: services)
    add(number)
    if number == ServiceTable.none {
      add(services.lower, bytes: 4)
      add(services.upper, bytes: 4)
    }
    add(place, of: item)
  }

  /// Adds an entry with an IPv4 block.
  @inline(__always)
  func add(v4 lower: UInt32, length: UInt8, _ services: ServiceRange, at place: RecordPlace) {
    begin(length, services, place)
    let count = (Int(length) &+ 7) >> 3
    // The first bytes of the address, and no more of them than the prefix has.
    add(lower.byteSwapped, bytes: count)
  }

  /// Adds an entry with an IPv6 block.
  func add(v6 range: IPv6Range, _ services: ServiceRange, at place: RecordPlace) {
    let length = (range.lower ^ range.upper).leadingZeroBitCount
    begin(Item.v6, services, place)
    add(UInt8(truncatingIfNeeded: length))
    add(range.lower.byteSwapped, bytes: (length + 7) / 8)
  }

  /// Adds an entry with a group or a prefix list.
  @inline(__always)
  func add(_ key: ResourceKey, isList: Bool, _ services: ServiceRange, at place: RecordPlace) {
    begin(isList ? Item.prefixList : Item.group, services, place)
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

/// The columns of the items of a record that were written or read last: mostly all of one kind stand in
/// the same.
struct RecordColumns {
  private var columns = SIMD8<Int>(repeating: -1)

  /// Which column belongs to an item: IPv4 blocks of all lengths have one.
  @inline(__always)
  private static func kind(_ item: UInt8) -> Int { item <= 32 ? 0 : Int(item &- 32) & 7 }

  /// Whether an item stands in the column of the last one of its kind.
  @inline(__always)
  mutating func matches(_ column: Int, of item: UInt8) -> Bool {
    let kind = Self.kind(item)
    if columns[kind] == column { return true }
    columns[kind] = column
    return false
  }

  /// The column of the last item of that kind.
  subscript(item: UInt8) -> Int {
    @inline(__always) get { columns[Self.kind(item)] }
    @inline(__always) set { columns[Self.kind(item)] = newValue }
  }
}

/// Reads a record, one item after the other.
struct RecordReader {
  private var cursor: UnsafeRawPointer
  private let services: UnsafePointer<ServiceRange>
  private var line: Int
  private var columns = RecordColumns()

  /// What is printed of the group's name; nothing where it is not fit to be printed.
  let name: UnsafeRawBufferPointer?

  enum Item {
    case list(Direction)
    case entry(PlainEntry)
  }

  /// Reads the record of a group that begins behind so many line breaks.
  init(_ record: GroupRecords.Record, line: Int) {
    let base = UnsafeRawPointer(record.bytes)
    let length = base.load(as: UInt8.self)
    let isPrintable = length != RecordWriter.Item.unprintable
    name =
      isPrintable ? UnsafeRawBufferPointer(start: base + 1, count: Int(length)) : nil
    cursor = base + 1 + (isPrintable ? Int(length) : 0)
    services = record.services
    self.line = line
  }

  @inline(__always)
  private mutating func byte() -> UInt8 {
    let byte = cursor.load(as: UInt8.self)
    cursor += 1
    return byte
  }

  @inline(__always)
  private mutating func number() -> Int {
    var byte = byte()
    if byte < 0x80 { return Int(byte) }
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while byte >= 0x80 {
      value |= UInt64(byte & 0x7F) << shift
      shift &+= 7
      byte = self.byte()
    }
    return Int(truncatingIfNeeded: value | UInt64(byte) << shift)
  }

  @inline(__always)
  private mutating func word<Word: FixedWidthInteger>(_ type: Word.Type, bytes count: Int) -> Word {
    let word = Word(littleEndian: cursor.loadUnaligned(as: Word.self))
    cursor += count
    return count &* 8 < Word.bitWidth ? word & ((1 << Word(count &* 8)) &- 1) : word
  }

  @inline(__always)
  private mutating func place(of item: UInt8) -> RecordPlace {
    let first = byte()
    if first < RecordWriter.Item.far {
      line &+= Int(first)
      return RecordPlace(line: line, column: columns[item])
    }
    let difference = number()
    line &+= difference >> 1 ^ (0 &- difference & 1)
    let column = number()
    columns[item] = column
    return RecordPlace(line: line, column: column)
  }

  /// The next item; nothing at the end.
  @inline(__always)
  mutating func next() -> Item? {
    let item = byte()
    if item >= RecordWriter.Item.ingress {
      if item == RecordWriter.Item.end { return nil }
      let direction: Direction = item == RecordWriter.Item.ingress ? .ingress : .egress
      lastPlace = place(of: item)
      return .list(direction)
    }
    let number = byte()
    var range = ServiceRange.all
    if number == ServiceTable.none {
      let lower = word(UInt32.self, bytes: 4)
      let upper = word(UInt32.self, bytes: 4)
      range = ServiceRange(lower: lower, upper: upper) ?? .all
    } else {
      range = services[Int(number)]
    }
    lastPlace = place(of: item)
    if item <= 32 {
      let lower = word(UInt32.self, bytes: (Int(item) &+ 7) >> 3).byteSwapped
      let block = IPv4Range(address: lower, length: Int(item)) ?? .all
      return .entry(PlainEntry(services: range, peer: .v4(block)))
    }
    if item == RecordWriter.Item.v6 {
      let length = Int(byte())
      let lower = word(UInt128.self, bytes: (length + 7) / 8).byteSwapped
      let block = IPv6Range(address: lower, length: length) ?? .all
      return .entry(PlainEntry(services: range, peer: .v6(block)))
    }
    let digits = Int(byte())
    let key = ResourceKey(
      digits: digits, number: word(UInt128.self, bytes: (digits &+ 1) >> 1))
    return .entry(
      PlainEntry(
        services: range,
        peer: item == RecordWriter.Item.group ? .group(key) : .prefixList(key)))
  }

  /// Where the item stands that was read last.
  private(set) var lastPlace = RecordPlace(line: 0, column: 0)
}
