import SGModel

/// Puts the plain groups of describe output in YAML on a shelf, with their entries: YAML is read once.
///
/// As with `PlainGroup`, what is plain is narrow on purpose: whatever `EC2Loader` would have more to say
/// about is left to it, and what it would make of a plain group is the same, entry by entry, in the same
/// order.
struct YAMLShelfFiller {
  /// Memory is given back, and lines are counted, in steps of this size.
  private static let window = 1 << 20

  private var shelf: GroupShelf
  private var windowStart = 0
  /// Where the last group that was read begins.
  private var place: LinePlace
  private let writer = RecordWriter(isOfShelf: true)
  /// What is to be written down of the group that is read, and where it stands.
  private var items: [Item] = []
  private var offsets: [(offset: Int, item: Int)] = []

  /// A list that begins, or an entry of it.
  private struct Item {
    var list: Direction?
    var entry: PlainEntry?
    var place = RecordPlace(line: 0, column: 0)
  }

  /// Creates a filler that reads `file` from `start` on, where a line begins.
  init(_ file: SourceFile, source: Int32, from start: Int = 0) {
    shelf = GroupShelf(
      file, source: source, from: start, isYAML: true, limit: Int(UInt32.max))
    place = shelf.lines.start
    windowStart = start
  }

  /// Notes that the next group is kept as fact number `index`.
  mutating func noteFact(_ index: Int) { shelf.noteFact(index) }

  /// The shelf, when the file was read; nothing where nothing was put on it.
  mutating func finish() -> GroupShelf? {
    endPart(at: shelf.file.bytes.count)
    return shelf.entries.contains { !$0.isFact } ? shelf : nil
  }

  /// Says that no group behind `position` is taken here.
  mutating func endPart(at position: Int) {
    leaveWindow(at: position)
    writer.table.finish()
  }

  /// Takes the groups that `half` has read, which follow those that were taken here; false where the two do
  /// not fit together.
  mutating func take(_ half: consuming YAMLHalf.Reading, from start: Int) -> Bool {
    leaveWindow(at: start)
    var next = half.shelf.place
    windowStart = half.shelf.windowStart
    guard let breaks = shelf.append(half.shelf.shelf) else { return false }
    next.breaks += breaks
    place = next
    return true
  }

  /// Takes a group; false where it is not plain.
  mutating func take(_ element: Value) -> Bool {
    let node = element.node
    if node.start - windowStart > Self.window { leaveWindow(at: node.start) }
    guard let places = read(element), element.isReadableAlone,
      Self.lineStart(ofElementAt: node.start, in: shelf.file.bytes.buffer) != nil
    else { return false }
    place.advance(to: node.start, in: shelf.file.bytes.buffer)
    write(places)
    return shelf.note(places, writer, from: place, to: node.end)
  }

  /// Writes down what was read.
  private mutating func write(_ places: GroupShelf.Places) {
    let bytes = shelf.file.bytes.buffer
    // Once through the group, in whatever order it is written.
    offsets.sort { $0.offset < $1.offset }
    var walk = place
    for (offset, item) in offsets {
      walk.advance(to: offset, in: bytes)
      items[item].place = RecordPlace(line: walk.breaks, column: walk.column)
    }
    writer.begin(atLine: place.breaks, number: shelf.entries.count)
    writer.id = places.id
    for item in items {
      if let list = item.list { writer.add(list, at: item.place) }
      guard let entry = item.entry else { continue }
      switch entry.peer {
      case .v4(let range):
        let length = UInt8(truncatingIfNeeded: (range.lower ^ range.upper).leadingZeroBitCount)
        writer.add(v4: range.lower, length: length, entry.services, at: item.place)
      case .v6(let range): writer.add(v6: range, entry.services, at: item.place)
      case .prefixList(let key): writer.add(list: key, entry.services, at: item.place)
      case .group(let key): writer.add(group: key, entry.services, at: item.place)
      }
    }
    writer.end(name: bytes.part(places.nameRange))
  }

  private mutating func note(_ item: Item, at offset: Int) {
    offsets.append((offset, items.count))
    items.append(item)
  }

  /// Says that all before `position` was read, and will not be needed for a while.
  private mutating func leaveWindow(at position: Int) {
    shelf.countLines(to: position)
    shelf.file.bytes.forget(windowStart..<position)
    windowStart = position
  }

  /// Where the line begins on which there is nothing but the hyphen of the element at `start`, and the
  /// element; nothing where it does not stand like that.
  static func lineStart(
    ofElementAt start: Int, in bytes: UnsafeRawBufferPointer
  ) -> Int? {
    YAMLElementPlace(node: start, in: bytes)?.line
  }

  // MARK: Groups

  /// Reads a group and its entries; nothing where it is not plain.
  private mutating func read(_ group: Value) -> GroupShelf.Places? {
    guard group.isObject else { return nil }
    items.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
    var places = GroupShelf.Places()
    var directions = 0
    for (key, value) in group.members {
      guard let length = key.plainLength else { return nil }
      switch length {
      case 4 where key.hasText("Tags"): guard value.isArray else { return nil }
      case 5 where key.hasText("VpcId"):
        guard let text = value.literal else { return nil }
        places.vpc = ResourceKey(text, prefix: "vpc-")
      case 7 where key.hasText("GroupId"):
        guard let text = value.literal else { return nil }
        places.id = ResourceKey(text, prefix: "sg-")
      case 7 where key.hasText("OwnerId"): guard value.isString else { return nil }
      case 9 where key.hasText("GroupName"):
        guard value.literal != nil, !value.isNull else { return nil }
        places.nameRange = value.literalRange
      case 13 where key.hasText("IpPermissions"):
        guard read(value, .ingress) else { return nil }
        directions |= 1
      case 16 where key.hasText("SecurityGroupArn"):
        guard value.literal != nil else { return nil }
        places.arnRange = value.literalRange
      case 19 where key.hasText("IpPermissionsEgress"):
        guard read(value, .egress) else { return nil }
        directions |= 2
      default: continue
      }
    }
    return places.id != nil && places.vpc != nil && directions == 3 ? places : nil
  }

  private mutating func read(_ permissions: Value, _ direction: Direction) -> Bool {
    guard permissions.isArray else { return false }
    note(Item(list: direction), at: permissions.node.start)
    for permission in permissions.elements {
      guard read(permission: permission) else { return false }
    }
    return true
  }

  /// The peers of a permission, by what they are.
  private struct Peers {
    var v4: Value?
    var v6: Value?
    var prefixLists: Value?
    var groups: Value?
  }

  private mutating func read(permission: Value) -> Bool {
    guard permission.isObject else { return false }
    var choice: EntryText.ProtocolChoice?
    var from: Int?
    var to: Int?
    var peers = Peers()
    for (key, value) in permission.members {
      guard let length = key.plainLength else { return false }
      switch length {
      case 6 where key.hasText("ToPort"):
        guard let port = value.integer else { return false }
        to = port
      case 8 where key.hasText("IpRanges"): peers.v4 = value
      case 8 where key.hasText("FromPort"):
        guard let port = value.integer else { return false }
        from = port
      case 10 where key.hasText("IpProtocol"):
        guard let text = value.literal, let known = Self.protocolChoice(text) else { return false }
        choice = known
      case 10 where key.hasText("Ipv6Ranges"): peers.v6 = value
      case 13 where key.hasText("PrefixListIds"): peers.prefixLists = value
      case 16 where key.hasText("UserIdGroupPairs"): peers.groups = value
      default: continue
      }
    }
    guard let choice, let services = try? EntryText.services(choice, from: from, to: to) else {
      return false
    }
    let first = items.count
    func add(
      _ list: Value?, _ key: StaticString, _ peer: (Value) -> PlainEntry.Peer?
    ) -> Bool {
      guard let list else { return true }
      guard list.isArray else { return false }
      for element in list.elements {
        guard let written = element[key], let peer = peer(written) else { return false }
        note(
          Item(entry: PlainEntry(services: services, peer: peer)), at: written.node.start)
      }
      return true
    }
    return add(peers.v4, "CidrIp") { $0.v4Block.map { .v4($0) } }
      && add(peers.v6, "CidrIpv6", Self.v6)
      && add(peers.prefixLists, "PrefixListId") { value in
        value.literal.flatMap { ResourceKey($0, prefix: "pl-") }.map { .prefixList($0) }
      }
      && add(peers.groups, "GroupId") { value in
        value.literal.flatMap { ResourceKey($0, prefix: "sg-") }.map { .group($0) }
      }
      && items.count > first
  }

  private static func protocolChoice(
    _ text: UnsafeRawBufferPointer
  ) -> EntryText.ProtocolChoice? {
    if text.elementsEqual("tcp".utf8) { return .number(ProtocolNumber.tcp) }
    return EntryText.protocolChoice(String(decoding: text, as: UTF8.self))
  }

  private static func v6(_ value: Value) -> PlainEntry.Peer? {
    guard let text = value.literal, text.count <= 64,
      case .v6(let range)? = try? CIDR(bytes: Array(text)).block
    else { return nil }
    return .v6(range)
  }
}

extension Value {
  /// The length of a key that is written without quotes and reads as it is written.
  fileprivate var plainLength: Int? {
    let node = node
    return node.kind == .plain && !node.isEncoded ? node.end - node.start : nil
  }

  /// The text of a scalar, where it stands in the file as it reads.
  fileprivate var literal: UnsafeRawBufferPointer? {
    let node = node
    return (node.kind == .plain || node.kind == .string) && !node.isEncoded ? rawBytes : nil
  }

  /// Where that text stands.
  fileprivate var literalRange: Range<Int> {
    let node = node
    let quotes = node.kind == .string ? 1 : 0
    return node.start + quotes..<node.end - quotes
  }

  /// Whether nothing behind its last byte is a part of it: what a block scalar is depends on the empty
  /// lines that follow it.
  fileprivate var isReadableAlone: Bool {
    let first = lastInside.firstByte
    return first != UInt8(ascii: "|") && first != UInt8(ascii: ">")
  }
}
