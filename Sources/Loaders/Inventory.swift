public import SGModel

/// All groups of the inputs: those in memory, and those that were left in their files.
public struct Inventory: Sendable {
  /// Everything but the groups that were left in their files.
  public let estate: Estate
  /// How many groups there are.
  public var count: Int { slots?.count ?? directory?.count ?? estate.groups.count }
  /// Whether all groups are in `estate`, under the same numbers.
  public var isInMemory: Bool { directory == nil }
  /// The lines of files that were counted while they were read, by the file's number.
  public let lines: [Int: LineTable]
  /// The numbers of files that hold groups in memory and whose pages can be let go of: what is looked at
  /// there are the places of findings.
  public let filesOfGroupsInMemory: [Int]

  /// Entries of groups in memory that are made when their group is looked at.
  package let short: ShortEntries?
  let linker: Linker
  let directory: GroupDirectory?
  /// The groups in the order of the inputs: an index in the estate, or the complement of a number in
  /// the directory; nothing where all are in one of the two, under the same numbers.
  private let slots: [Int]?

  init(_ linker: Linker, _ directory: GroupDirectory?, facts: [Facts]) {
    // Nothing is joined later where all groups are in memory.
    self.linker = directory == nil ? Linker(given: []) : linker
    self.directory = directory
    estate = linker.estate
    short = linker.short
    filesOfGroupsInMemory = facts.compactMap { $0.lines?.source }
    lines = Self.lines(facts, directory)
    guard let directory, !linker.estate.groups.isEmpty else {
      slots = nil
      return
    }
    var slots: [Int] = []
    slots.reserveCapacity(directory.count + linker.estate.groups.count)
    var isListed = [Bool](repeating: false, count: linker.estate.groups.count)
    func list(_ index: Int) {
      if !isListed[index] { slots.append(index) }
      isListed[index] = true
    }
    var number = 0
    for input in facts.indices {
      guard let shelf = facts[input].shelf else {
        for index in linker.groupOfFact[input] { list(index) }
        continue
      }
      for entry in shelf.entries {
        if entry.isFact {
          list(linker.groupOfFact[input][entry.start])
        } else {
          slots.append(~number)
        }
        number += 1
      }
    }
    for index in isListed.indices { list(index) }
    self.slots = slots
  }

  private static func lines(_ facts: [Facts], _ directory: GroupDirectory?) -> [Int: LineTable] {
    let ofShelves = directory?.shelves.map { (Int($0.shelf.source), $0.shelf.lines) } ?? []
    let ofOthers = facts.compactMap { $0.lines.map { ($0.source, $0.table) } }
    return Dictionary(ofShelves + ofOthers, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the group is on a network interface of PNI.
  public func isOnPNIInterface(_ number: Int) -> Bool {
    switch place(number) {
    case .inEstate(let index): estate.groups[index].isOnPNIInterface
    case .onShelf(let number): linker.shelvedOnPNIInterfaces.contains(number)
    }
  }

  /// The index in `estate` of a group that is in memory.
  public func indexInMemory(_ number: Int) -> Int? {
    if case .inEstate(let index) = place(number) { index } else { nil }
  }

  /// Where a group is.
  enum Place {
    case inEstate(Int)
    case onShelf(Int)
  }

  func place(_ number: Int) -> Place {
    guard let slots else { return directory == nil ? .inEstate(number) : .onShelf(number) }
    return slots[number] < 0 ? .onShelf(~slots[number]) : .inEstate(slots[number])
  }
}

/// Reads groups that were left in their files, one at a time; each thread has its own.
public final class GroupReader {
  private let inventory: Inventory
  /// Grows with what the groups that were read refer to, and is made new before it grows too large.
  private var linker: Linker
  private var known = KnownPeers()
  /// The groups that the last plain group refers to, where nothing is known of them but their VPCs.
  private var references = ReusedAtoms()
  private var documents: [Int: Document] = [:]
  /// The shelf that the last plain group was on: what is used for every group is kept here, for threads
  /// wait for one another to count references to what they share.
  private var shelf: Shelf?
  private var entry: GroupShelf.Entry?
  private var key = ResourceKey.none
  private var name: RecordReader.Name?
  private var wasReadAgain = false
  private let directory: GroupDirectory?
  private let isInMemory: Bool
  /// Whether nothing is known of groups but which VPC they are in.
  private let isReusing: Bool

  /// The entries of the group that `readPlain` has read; an entry's origin is its number.
  public private(set) var ingress: [Permission] = []
  /// The entries of the group that `readPlain` has read; an entry's origin is its number.
  public private(set) var egress: [Permission] = []
  /// The index of its VPC in `estate`.
  public private(set) var vpc = 0

  private final class Shelf {
    let number: Int
    let file: SourceFile
    let entries: Chunks<GroupShelf.Entry>
    let region: String?
    let records: GroupRecords
    /// What reads groups again of which there is no record, and where they stand.
    let plain: PlainGroup
    var lines: LineCursor

    init(_ shelf: GroupShelf, number: Int) {
      self.number = number
      file = shelf.file
      entries = shelf.entries
      region = shelf.region
      records = shelf.records
      plain = PlainGroup(bytes: shelf.file.bytes.buffer)
      lines = LineCursor(shelf.lines)
    }
  }

  /// The entries of the last plain group.
  private let entriesOfIngress = Entries()
  private let entriesOfEgress = Entries()

  /// The entries of one direction of a group, and where they are written, in memory that is used again.
  private final class Entries {
    private var permissions: UnsafeMutablePointer<Permission>
    private var permissionCount = 0
    private var permissionCapacity = 64
    private var places: UnsafeMutablePointer<RecordPlace>
    private(set) var count = 0
    private var capacity = 64
    /// Where the list is written.
    var list = RecordPlace(line: 0, column: 1)

    init() {
      permissions = .allocate(capacity: permissionCapacity)
      places = .allocate(capacity: capacity)
    }

    deinit {
      permissions.deallocate()
      places.deallocate()
    }

    func removeAll() {
      permissionCount = 0
      count = 0
      list = RecordPlace(line: 0, column: 1)
    }

    /// Begins an entry, and returns its number.
    @inline(__always)
    func begin(at place: RecordPlace) -> Int32 {
      if count == capacity {
        places = Self.grown(places, capacity)
        capacity *= 2
      }
      (places + count).initialize(to: place)
      count &+= 1
      return Int32(truncatingIfNeeded: count &- 1)
    }

    @inline(__always)
    func append(_ permission: Permission) {
      if permissionCount == permissionCapacity { growPermissions() }
      (permissions + permissionCount).initialize(to: permission)
      permissionCount &+= 1
    }

    /// Appends a permission with an IPv4 block, made where it is kept: to copy it takes longer.
    @inline(__always)
    func append(_ services: ServiceRange, _ block: IPv4Range, _ origin: Int32) {
      if permissionCount == permissionCapacity { growPermissions() }
      (permissions + permissionCount).initialize(
        to: Permission(services: services, peer: .v4(block), origin: origin))
      permissionCount &+= 1
    }

    @inline(never)
    private func growPermissions() {
      permissions = Self.grown(permissions, permissionCapacity)
      permissionCapacity *= 2
    }

    /// Twice the memory, with what is in it; nothing that is kept here has to be let go of.
    private static func grown<Element>(
      _ memory: UnsafeMutablePointer<Element>, _ capacity: Int
    ) -> UnsafeMutablePointer<Element> {
      let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: memory, count: capacity)
      memory.deallocate()
      return larger
    }

    /// Where an entry is written.
    func place(_ number: Int) -> RecordPlace {
      precondition(number >= 0 && number < count)
      return places[number]
    }

    /// Puts the permissions in the place of others.
    func copy(to array: inout [Permission]) {
      array.removeAll(keepingCapacity: true)
      array.append(contentsOf: UnsafeBufferPointer(start: permissions, count: permissionCount))
    }
  }

  /// How many atoms may be made for groups before they are forgotten.
  private static let atomLimit = 4096

  /// Creates a reader of the groups of an inventory.
  public init(_ inventory: Inventory) {
    self.inventory = inventory
    directory = inventory.directory
    isInMemory = inventory.isInMemory
    linker = inventory.linker
    isReusing = inventory.estate.groups.isEmpty && linker.shelvedAddresses.isEmpty
  }

  /// The estate with the atoms of everything that was read so far.
  public var estate: Estate { linker.estate }
  /// The atoms of everything that was read so far.
  public var atoms: AtomTable { linker.estate.atoms }

  /// The id of a group that was left in its file and that the plain groups read so far refer to.
  public func id(of atom: Atom) -> String? { key(of: atom)?.text(prefix: "sg-") }

  private func key(of atom: Atom) -> ResourceKey? {
    references.number(of: atom).flatMap { directory?.key($0) } ?? linker.shelvedKeys[atom]
  }

  /// Appends that id; false where there is none.
  public func appendID(of atom: Atom, to text: inout [UInt8]) -> Bool {
    guard let key = key(of: atom) else { return false }
    key.append(prefix: "sg-", to: &text)
    return true
  }

  /// Returns an estate that has the group with that number, and the group's index in it.
  public func group(_ number: Int) -> (estate: Estate, index: Int) {
    switch inventory.place(number) {
    case .inEstate(let index): return (inventory.estate, index)
    case .onShelf(let number):
      guard let directory = inventory.directory else { return (inventory.estate, 0) }
      let (shelf, index) = directory.locate(number)
      let (list, input) = directory.shelves[shelf]
      let fact =
        read(list, shelf, index)
        ?? changed(list.key(index).text(prefix: "sg-"), in: list.file.path)
      let estate = inventory.linker.estate(with: fact, number: number, input: input)
      return (estate, estate.groups.count - 1)
    }
  }

  private func read(_ list: GroupShelf, _ shelf: Int, _ index: Int) -> GroupFact? {
    let entry = list.entries[index]
    if list.isYAML { return readYAML(list, entry, index) }
    let document =
      documents[shelf] ?? Document(bytes: list.file.bytes.buffer, source: list.source)
    documents[shelf] = document
    document.removeAll()
    var reader = JSONReader(list.file.bytes.buffer)
    reader.seek(to: entry.start)
    guard (try? reader.read(into: document)) != nil, let root = document.root else { return nil }
    return fact(root, list, index)
  }

  private func readYAML(_ list: GroupShelf, _ entry: GroupShelf.Entry, _ index: Int) -> GroupFact? {
    let bytes = list.file.bytes.buffer
    guard let line = YAMLShelfFiller.lineStart(ofElementAt: entry.start, in: bytes),
      let (document, value) = YAMLReader.element(
        at: line..<entry.start + entry.length, in: bytes, source: list.source)
    else { return nil }
    return withExtendedLifetime(document) { fact(value, list, index) }
  }

  private func fact(_ root: Value, _ list: GroupShelf, _ index: Int) -> GroupFact? {
    var loader = EC2Loader(path: list.file.path)
    loader.take(root, of: .securityGroups, at: index)
    guard let fact = loader.facts.groups.first, loader.facts.issues.isEmpty,
      fact.id == list.key(index).text(prefix: "sg-")
    else { return nil }
    return fact
  }

  /// A group of a file that is no longer what it was.
  private func changed(_ id: String?, in path: String) -> GroupFact {
    var fact = GroupFact()
    fact.id = id
    for direction in Direction.allCases {
      fact.unseen[direction] = "\(path), which has changed while it was read"
    }
    return fact
  }

  // MARK: Plain groups

  /// Reads the entries of the group with that number; false where it is not on a shelf, or has an entry
  /// that means nothing, of which there would be more to say.
  public func readPlain(_ number: Int) -> Bool {
    guard !isInMemory, case .onShelf(let number) = inventory.place(number), let directory
    else { return false }
    let (shelfNumber, index) = directory.locate(number)
    if shelf?.number != shelfNumber {
      shelf = Shelf(directory.shelves[shelfNumber].shelf, number: shelfNumber)
    }
    guard let shelf else { return false }
    let entry = shelf.entries[index]
    self.entry = entry
    key = directory.key(number)
    if linker.estate.atoms.count > inventory.estate.atoms.count + Self.atomLimit {
      linker = inventory.linker.forgettingAtoms(of: linker)
      known = KnownPeers()
      references = ReusedAtoms()
    }
    references.begin()
    vpc = linker.vpc(ofShelved: number)
    wasReadAgain = entry.record == .max
    let record = wasReadAgain ? readAgain() : shelf.records[entry.record]
    return record.map { take($0, Int(entry.line), number - index, index, shelf.region) } ?? false
  }

  /// Reads the last plain group again; nothing where it is no longer what it was.
  private func readAgain() -> GroupRecords.Record? {
    guard let entry, let position = shelf?.lines.position(of: entry.start), let plain = shelf?.plain
    else { return nil }
    let place = LinePlace(
      offset: entry.start, breaks: position.line - 1,
      lineStart: entry.start - (position.column - 1), continuations: 0)
    guard let end = plain.read(at: place), end.offset == entry.start + entry.length,
      plain.id == key
    else { return nil }
    return plain.writer.record
  }

  /// Makes permissions of a record; false where one means nothing.
  ///
  /// The group begins behind so many line breaks, and has number `index` on its shelf, of which the first
  /// group has number `first` in the directory.
  private func take(
    _ record: GroupRecords.Record, _ line: Int, _ first: Int, _ index: Int, _ region: String?
  ) -> Bool {
    var reader = RecordReader(record, line: line)
    name = reader.name
    var isPlain = true
    entriesOfIngress.removeAll()
    entriesOfEgress.removeAll()
    var entries = entriesOfIngress
    var direction = Direction.ingress
    while let item = reader.next() {
      if case .list(let list) = item {
        direction = list
        entries = list == .ingress ? entriesOfIngress : entriesOfEgress
        entries.list = reader.lastPlace
        continue
      }
      let services = reader.services
      let origin = entries.begin(at: reader.lastPlace)
      let isKnown: Bool
      switch item {
      case .list: continue
      case .v4(let range):
        // Only of egress there are placeholders; mostly a peer need not be made to ask.
        isKnown = direction == .ingress || !Self.isPlaceholder(range, services)
        if isKnown { entries.append(services, range, origin) }
      case .other(let peer):
        isKnown = take(peer, services, origin, direction, region, entries)
      case .own:
        isKnown = take(group: first + index, services, origin, direction, region, entries)
      case .before(let distance):
        isKnown = take(
          group: first + index - distance, services, origin, direction, region, entries)
      case .unmet(let unmet):
        switch shelf?.records.target(unmet, ofTable: record.table) {
        case .number(let number)?:
          isKnown = take(group: first + number, services, origin, direction, region, entries)
        case .key(let key)?:
          isKnown = take(.group(key), services, origin, direction, region, entries)
        case nil: isKnown = false
        }
      }
      isPlain = isPlain && isKnown
    }
    entriesOfIngress.copy(to: &ingress)
    entriesOfEgress.copy(to: &egress)
    return isPlain
  }

  @inline(never)
  private static func isPlaceholder(_ range: IPv4Range, _ services: ServiceRange) -> Bool {
    Permission.isPlaceholder(services, .v4(range), .egress)
  }

  /// Adds a permission; false where it means nothing.
  @inline(__always)
  private static func add(
    _ peer: Peer, _ services: ServiceRange, _ origin: Int32, _ direction: Direction,
    _ entries: Entries
  ) -> Bool {
    if Permission.isPlaceholder(services, peer, direction) { return false }
    entries.append(Permission(services: services, peer: peer, origin: origin))
    return true
  }

  /// Makes permissions of one entry; false where it means nothing.
  private func take(
    _ peer: PlainEntry.Peer, _ services: ServiceRange, _ origin: Int32, _ direction: Direction,
    _ region: String?, _ entries: Entries
  ) -> Bool {
    func add(_ peer: Peer) -> Bool { Self.add(peer, services, origin, direction, entries) }
    let key: ResourceKey
    var isList = false
    switch peer {
    case .v4(let range): return add(.v4(range))
    case .v6(let range): return add(.v6(range))
    case .group(let group):
      if isReusing, let number = directory?.find(group, in: region) {
        return add(.atom(atom(of: number, region)))
      }
      key = group
    case .prefixList(let list):
      key = list
      isList = true
    }
    switch known.find(key, isList: isList) {
    case .atom(let atom)?: return add(.atom(atom))
    case .peers(let peers)?: return peers.allSatisfy { add($0) }
    case nil:
      let peers = linker.peers(ofShelved: peer, in: region)
      known.insert(peers, for: key, isList: isList)
      return peers.allSatisfy { add($0) }
    }
  }

  /// Makes a permission of an entry with a group that was left in its file; false where it means nothing.
  private func take(
    group number: Int, _ services: ServiceRange, _ origin: Int32, _ direction: Direction,
    _ region: String?, _ entries: Entries
  ) -> Bool {
    guard isReusing else {
      let key = directory?.key(number) ?? .none
      return take(.group(key), services, origin, direction, region, entries)
    }
    return Self.add(.atom(atom(of: number, region)), services, origin, direction, entries)
  }

  /// The atom of a group that was left in its file.
  private func atom(of number: Int, _ region: String?) -> Atom {
    if let known = references.atom(of: number) { return known }
    let vpc = linker.vpc(ofShelved: number)
    if let free = references.freeAtom(for: number, vpc: vpc) { return free }
    let key = directory?.key(number) ?? .none
    let made =
      if case .atom(let atom)? = linker.peers(ofShelved: .group(key), in: region).first {
        atom
      } else {
        linker.atom(ofShelved: number, key.text(prefix: "sg-"))
      }
    references.add(made, for: number, vpc: vpc)
    return made
  }

  /// The number of the file that the plain group is in.
  public var source: Int { shelf.map { $0.number }.flatMap { directory?.source(ofShelf: $0) } ?? 0 }
  /// The name of that file.
  public var path: String { shelf?.file.path ?? "" }

  /// Where an entry of the plain group is written, or the list of a direction.
  public func position(of origin: Int32?, _ direction: Direction) -> SourcePosition {
    let entries = direction == .ingress ? entriesOfIngress : entriesOfEgress
    let place = origin.map { entries.place(Int($0)) } ?? entries.list
    return SourcePosition(line: place.line + 1, column: place.column)
  }

  /// Where the plain group's element stands, if it was read again.
  public var rangeReadAgain: Range<Int>? {
    wasReadAgain ? entry.map { $0.start..<$0.start + $0.length } : nil
  }

  /// Says that the bytes of the plain groups in `range` are not needed for a while.
  public func forget(_ range: Range<Int>) { shelf?.file.bytes.forget(range) }

  /// Appends what people call the plain group: its id, and its name in parentheses.
  ///
  /// False where the name holds anything but printable ASCII.
  public func appendLabel(to text: inout [UInt8]) -> Bool {
    guard let name else { return false }
    key.append(prefix: "sg-", to: &text)
    if !name.text.isEmpty || name.number != nil {
      text.append(0x20)
      text.append(0x28)
      text.append(0x60)
      text.append(contentsOf: name.text)
      if let number = name.number { text.append(contentsOf: "\(number)".utf8) }
      text.append(0x60)
      text.append(0x29)
    }
    return true
  }
}
