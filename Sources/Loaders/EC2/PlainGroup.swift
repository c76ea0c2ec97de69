import SGModel

/// One entry of a plain group.
struct PlainEntry {
  /// The other end, still without what is known of it.
  enum Peer {
    case v4(IPv4Range)
    case v6(IPv6Range)
    case group(ResourceKey)
    case prefixList(ResourceKey)

    /// The order in which the entries of one permission are taken, whatever order EC2 prints.
    fileprivate var rank: UInt8 {
      switch self {
      case .v4: 0
      case .v6: 1
      case .prefixList: 2
      case .group: 3
      }
    }
  }

  /// The services it opens.
  var services: ServiceRange
  /// The other end.
  var peer: Peer
  /// Where the peer is written, its quotes included.
  var start: Int
}

/// A group of describe output that holds nothing out of the ordinary: read at full speed, into memory
/// that is used again for the next group.
///
/// What is ordinary is narrow on purpose. Whatever else is in a group, from a value that is no CIDR
/// to a field that EC2 has not had so far, is left to `EC2Loader`, which knows what to say of it; so
/// of a plain group there is nothing to be said but what it allows. What `EC2Loader` would make of a
/// plain group is the same, entry by entry, in the same order.
struct PlainGroup {
  /// The id.
  private(set) var id: ResourceKey?
  /// The VPC's id.
  private(set) var vpc: ResourceKey?
  /// Where the id stands, its quotes not included.
  private(set) var idRange: Range<Int> = 0..<0
  /// Where the name stands, its quotes not included; empty where there is none.
  private(set) var nameRange: Range<Int> = 0..<0
  /// Where the ARN stands, its quotes not included; empty where there is none.
  private(set) var arnRange: Range<Int> = 0..<0
  /// Where the list of ingress permissions begins.
  private(set) var ingressStart = 0
  /// Where the list of egress permissions begins.
  private(set) var egressStart = 0
  /// The entries.
  private(set) var ingress: [PlainEntry] = []
  /// The entries.
  private(set) var egress: [PlainEntry] = []

  private let layout = PlainLayout()
  private let bytes: UnsafeRawBufferPointer

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  // MARK: Reading

  /// Reads the value at `start` and returns where it ends; nothing where it is no plain group.
  mutating func read(at start: Int) -> Int? {
    id = nil
    vpc = nil
    nameRange = 0..<0
    arnRange = 0..<0
    ingress.removeAll(keepingCapacity: true)
    egress.removeAll(keepingCapacity: true)
    return read(from: PlainLayout.group, .ingress, at: start)
  }

  /// Reads one list of permissions again, of a group that was plain when all of it was read; false
  /// where it is so no longer.
  mutating func readAgain(_ direction: Direction, at start: Int) -> Bool {
    if direction == .ingress {
      ingress.removeAll(keepingCapacity: true)
    } else {
      egress.removeAll(keepingCapacity: true)
    }
    return read(from: PlainLayout.list, direction, at: start) != nil
  }

  /// A permission that is being read.
  private struct Permission {
    var choice: EntryText.ProtocolChoice?
    var from: Int?
    var to: Int?
  }

  private mutating func read(from state: Int, _ direction: Direction, at start: Int) -> Int? {
    guard var scanner = PlainScanner(bytes, at: start) else { return nil }
    var state = state
    // Taken out, so that no array is shared while it grows.
    var entries: [PlainEntry] = []
    var direction = direction
    swap(&entries, &self[direction])
    defer { swap(&entries, &self[direction]) }
    var permission = Permission()
    var first = entries.count
    while let step = layout.step(&scanner, &state) {
      if step.endsPermission {
        guard Self.finish(permission, &entries, from: first) else { return nil }
        permission = Permission()
        first = entries.count
      }
      switch step.value {
      // A stretch that was met before may end with less white space than stands here.
      case .ingress, .egress, .from, .to: _ = scanner.peek()
      default: break
      }
      let start = scanner.position
      switch step.value {
      case .silent: guard scanner.skipRestOfString() else { return nil }
      case .v4:
        guard let range = scanner.v4() else { return nil }
        entries.append(PlainEntry(services: .all, peer: .v4(range), start: start - 1))
      case .from:
        guard let number = scanner.integer() else { return nil }
        permission.from = number
      case .to:
        guard let number = scanner.integer() else { return nil }
        permission.to = number
      case .ingress, .egress:
        if step.value == .ingress { ingressStart = start } else { egressStart = start }
        swap(&entries, &self[direction])
        direction = step.value == .ingress ? .ingress : .egress
        swap(&entries, &self[direction])
        first = entries.count
      case .end: return scanner.position
      default:
        guard let range = scanner.restOfString() else { return nil }
        let text = scanner.text(range)
        switch step.value {
        case .protocolName:
          permission.choice = Self.protocolChoice(text)
          guard permission.choice != nil else { return nil }
        case .id:
          idRange = range
          id = ResourceKey(text, prefix: "sg-")
          guard id != nil else { return nil }
        case .vpc:
          vpc = ResourceKey(text, prefix: "vpc-")
          guard vpc != nil else { return nil }
        case .name: nameRange = range
        case .arn: arnRange = range
        default:
          guard let peer = Self.peer(step.value, text) else { return nil }
          entries.append(PlainEntry(services: .all, peer: peer, start: start - 1))
        }
      }
    }
    return nil
  }

  private subscript(direction: Direction) -> [PlainEntry] {
    _read { if direction == .ingress { yield ingress } else { yield egress } }
    _modify { if direction == .ingress { yield &ingress } else { yield &egress } }
  }

  /// Gives the entries from `first` on their services; false where they cannot be read, or there are no
  /// entries.
  @inline(__always)
  private static func finish(
    _ permission: Permission, _ entries: inout [PlainEntry], from first: Int
  ) -> Bool {
    guard let choice = permission.choice, entries.count > first,
      let services = services(choice, permission.from, permission.to)
    else { return false }
    for index in first..<entries.count {
      entries[index].services = services
      // Insertion: the lists are short, and mostly there is one.
      var place = index
      while place > first, entries[place].peer.rank < entries[place - 1].peer.rank {
        entries.swapAt(place, place - 1)
        place -= 1
      }
    }
    return true
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

  @inline(__always)
  private static func peer(
    _ value: PlainGrammar.Value, _ text: UnsafeRawBufferPointer
  ) -> PlainEntry.Peer? {
    switch value {
    case .v6: v6(text)
    case .group: ResourceKey(text, prefix: "sg-").map { .group($0) }
    case .prefixList: ResourceKey(text, prefix: "pl-").map { .prefixList($0) }
    default: nil
    }
  }

  private static func v6(_ text: UnsafeRawBufferPointer) -> PlainEntry.Peer? {
    // What most of them are: "::/0".
    if text.count == 4, text.loadUnaligned(as: UInt32.self) == UInt32(littleEndian: 0x302F_3A3A) {
      return .v6(.all)
    }
    guard text.count <= 64, case .v6(let range)? = try? CIDR(bytes: Array(text)).block else {
      return nil
    }
    return .v6(range)
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a stretch that lies within these.
  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}
