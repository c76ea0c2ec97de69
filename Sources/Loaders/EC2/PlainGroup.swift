import SGModel

/// One entry of a plain group.
struct PlainEntry {
  /// The other end, still without what is known of it.
  enum Peer {
    case v4(IPv4Range)
    case v6(IPv6Range)
    case group(ResourceKey)
    case prefixList(ResourceKey)
  }

  /// The services it opens.
  var services: ServiceRange
  /// The other end.
  var peer: Peer
}

/// A group of describe output that holds nothing out of the ordinary: read at full speed, into memory
/// that is used again for the next group.
///
/// What is ordinary is narrow on purpose. Whatever else is in a group, from a value that is no CIDR
/// to a field that EC2 has not had so far, is left to `EC2Loader`, which knows what to say of it; so
/// of a plain group there is nothing to be said but what it allows. What `EC2Loader` would make of a
/// plain group is the same, entry by entry, in the same order.
final class PlainGroup {
  /// The id.
  private(set) var id: ResourceKey?
  /// The VPC's id.
  private(set) var vpc: ResourceKey?
  /// Where the name stands, its quotes not included; empty where there is none.
  private(set) var nameRange: Range<Int> = 0..<0
  /// Where the ARN stands, its quotes not included; empty where there is none.
  private(set) var arnRange: Range<Int> = 0..<0
  /// What it allows, and what is printed of it.
  let writer: RecordWriter

  private let layout = PlainLayout()
  private let bytes: UnsafeRawBufferPointer
  /// The entries of the permission that is read.
  private var entries: UnsafeMutablePointer<Entry>
  private var capacity = 64
  /// The peers of these that are no IPv4 blocks.
  private var others: [Other] = []

  /// Creates a reader of the groups of a shelf, or of one that is read for itself.
  init(bytes: UnsafeRawBufferPointer, isOfShelf: Bool = false) {
    self.bytes = bytes
    writer = RecordWriter(isOfShelf: isOfShelf)
    entries = .allocate(capacity: capacity)
  }

  deinit { entries.deallocate() }

  // MARK: Reading

  /// A permission that is being read.
  private struct Permission {
    var choice: EntryText.ProtocolChoice?
    var from: Int?
    var to: Int?
    var count = 0
    /// Which kinds of peers it has, a bit each.
    var kinds: UInt8 = 0
  }

  /// An entry of a permission that is being read.
  private struct Entry {
    enum Kind: UInt8 {
      // The order in which the entries of one permission are taken, whatever order EC2 prints.
      case v4, v6, prefixList, group
    }

    var kind: Kind
    /// Of IPv4 blocks, how long the prefix is.
    var length: UInt8 = 0
    /// Of IPv4 blocks, the address; of anything else its index in `others`.
    var v4: UInt32 = 0
    var place: RecordPlace
  }

  /// A peer that is no IPv4 block, which few are and which takes more room.
  private enum Other {
    case v6(IPv6Range)
    case key(ResourceKey)
  }

  /// Reads the value at `place`, which would have that number on its shelf, and returns where it ends;
  /// nothing where it is no plain group.
  func read(at place: LinePlace, number: Int = 0) -> LinePlace? {
    id = nil
    vpc = nil
    nameRange = 0..<0
    arnRange = 0..<0
    others.removeAll(keepingCapacity: true)
    writer.begin(atLine: place.breaks, number: number)
    guard var scanner = PlainScanner(bytes, at: place) else { return nil }
    var state = PlainLayout.group
    var permission = Permission()
    while let step = layout.step(&scanner, &state) {
      if step.endsPermission {
        guard finish(permission) else { return nil }
        permission = Permission()
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
      }
      let start = scanner.position
      switch step.value {
      case .silent: guard scanner.skipRestOfString() else { return nil }
      case .v4:
        let place = scanner.place(of: start &- 1)
        guard let (address, length) = scanner.v4() else { return nil }
        if permission.count == capacity { grow() }
        (entries + permission.count).initialize(
          to: Entry(kind: .v4, length: length, v4: address, place: place))
        permission.count &+= 1
        permission.kinds |= 1
      case .from:
        scanner.skipLines()
        guard let number = scanner.integer() else { return nil }
        permission.from = number
      case .to:
        scanner.skipLines()
        guard let number = scanner.integer() else { return nil }
        permission.to = number
      case .ingress, .egress:
        // A stretch that was met before may end with less white space than stands here.
        scanner.skipLines()
        writer.add(
          step.value == .ingress ? .ingress : .egress, at: scanner.place(of: scanner.position))
      case .end:
        writer.end(name: scanner.text(nameRange))
        return scanner.place(after: place)
      case .v6, .group, .prefixList:
        let place = scanner.place(of: start &- 1)
        guard let range = scanner.restOfString(),
          let kind = addOther(step.value, scanner.text(range))
        else { return nil }
        if permission.count == capacity { grow() }
        (entries + permission.count).initialize(
          to: Entry(
            kind: kind, v4: UInt32(truncatingIfNeeded: others.count &- 1), place: place))
        permission.count &+= 1
        permission.kinds |= 1 << kind.rawValue
      default:
        guard let range = scanner.restOfString() else { return nil }
        let text = scanner.text(range)
        switch step.value {
        case .protocolName:
          permission.choice = Self.protocolChoice(text)
          guard permission.choice != nil else { return nil }
        case .id:
          id = ResourceKey(text, prefix: "sg-")
          guard id != nil else { return nil }
          writer.id = id
        case .vpc:
          vpc = ResourceKey(text, prefix: "vpc-")
          guard vpc != nil else { return nil }
        case .name: nameRange = range
        default: arnRange = range
        }
      }
    }
    return nil
  }

  @inline(never)
  private func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: entries, count: capacity)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }

  /// Writes the entries of a permission down; false where its services cannot be read, or there are no
  /// entries.
  @inline(__always)
  private func finish(_ permission: Permission) -> Bool {
    guard let choice = permission.choice, permission.count > 0,
      let services = Self.services(choice, permission.from, permission.to)
    else { return false }
    // Mostly there is one kind.
    if permission.kinds & (permission.kinds &- 1) == 0 {
      for index in 0..<permission.count { write(entries[index], services) }
      return true
    }
    for kind in [Entry.Kind.v4, .v6, .prefixList, .group] {
      for index in 0..<permission.count where entries[index].kind == kind {
        write(entries[index], services)
      }
    }
    return true
  }

  @inline(__always)
  private func write(_ entry: Entry, _ services: ServiceRange) {
    guard entry.kind != .v4 else {
      writer.add(v4: entry.v4, length: entry.length, services, at: entry.place)
      return
    }
    switch others[Int(entry.v4)] {
    case .v6(let block): writer.add(v6: block, services, at: entry.place)
    case .key(let key):
      if entry.kind == .group {
        writer.add(group: key, services, at: entry.place)
      } else {
        writer.add(list: key, services, at: entry.place)
      }
    }
  }

  @inline(__always)
  private static func services(
    _ choice: EntryText.ProtocolChoice, _ from: Int?, _ to: Int?
  ) -> ServiceRange? {
    if case .number(ProtocolNumber.tcp) = choice, let from, let to, from <= to,
      let low = UInt16(exactly: from), let high = UInt16(exactly: to)
    {
      return ServiceRange(protocol: ProtocolNumber.tcp, ports: low...high)
    }
    return try? EntryText.services(choice, from: from, to: to)
  }

  @inline(__always)
  private static func protocolChoice(
    _ text: UnsafeRawBufferPointer
  ) -> EntryText.ProtocolChoice? {
    if text.count == 3, text[1] == UInt8(ascii: "c"), text[2] == UInt8(ascii: "p"),
      text[0] == UInt8(ascii: "t")
    {
      return .number(ProtocolNumber.tcp)
    }
    if text.count == 2, text[0] == UInt8(ascii: "-"), text[1] == UInt8(ascii: "1") { return .all }
    return EntryText.protocolChoice(String(decoding: text, as: UTF8.self))
  }

  // MARK: Peers

  /// Takes a peer that is no IPv4 block, and returns what it is; nothing where it is none.
  @inline(__always)
  private func addOther(
    _ value: PlainGrammar.Value, _ text: UnsafeRawBufferPointer
  ) -> Entry.Kind? {
    switch value {
    case .v6:
      guard let block = Self.v6(text) else { return nil }
      others.append(.v6(block))
      return .v6
    case .group:
      guard let key = ResourceKey(text, prefix: "sg-") else { return nil }
      others.append(.key(key))
      return .group
    default:
      guard let key = ResourceKey(text, prefix: "pl-") else { return nil }
      others.append(.key(key))
      return .prefixList
    }
  }

  private static func v6(_ text: UnsafeRawBufferPointer) -> IPv6Range? {
    // What most of them are: "::/0".
    if text.count == 4, text.loadUnaligned(as: UInt32.self) == UInt32(littleEndian: 0x302F_3A3A) {
      return .all
    }
    guard text.count <= 64, case .v6(let range)? = try? CIDR(bytes: Array(text)).block else {
      return nil
    }
    return range
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a stretch that lies within these.
  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}
