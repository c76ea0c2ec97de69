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

  /// The keys of the group that have been seen, one bit each.
  private var seen: UInt32 = 0
  private var bytes: UnsafeRawBufferPointer

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  // MARK: Reading

  /// Reads the value at `start` and returns where it ends; nothing where it is no plain group.
  mutating func read(at start: Int) -> Int? {
    id = nil
    vpc = nil
    nameRange = 0..<0
    arnRange = 0..<0
    seen = 0
    ingress.removeAll(keepingCapacity: true)
    egress.removeAll(keepingCapacity: true)
    guard var scanner = PlainScanner(bytes, at: start), scanner.take(Self.brace) else { return nil }
    repeat {
      guard let key = scanner.string(), scanner.take(Self.colon), readMember(key, &scanner) else {
        return nil
      }
    } while scanner.take(Self.comma)
    // Both lists of permissions, an id and a VPC.
    guard scanner.take(Self.closingBrace), id != nil, vpc != nil, seen & 0b11 == 0b11 else {
      return nil
    }
    return scanner.position
  }

  /// Reads one list of permissions again, of a group that was plain when all of it was read; false
  /// where it is so no longer.
  mutating func readAgain(_ direction: Direction, at start: Int) -> Bool {
    guard var scanner = PlainScanner(bytes, at: start) else { return false }
    if direction == .ingress {
      ingress.removeAll(keepingCapacity: true)
      return Self.permissions(&scanner, into: &ingress)
    }
    egress.removeAll(keepingCapacity: true)
    return Self.permissions(&scanner, into: &egress)
  }

  private static let brace = UInt8(ascii: "{")
  private static let closingBrace = UInt8(ascii: "}")
  private static let bracket = UInt8(ascii: "[")
  private static let closingBracket = UInt8(ascii: "]")
  private static let colon = UInt8(ascii: ":")
  private static let comma = UInt8(ascii: ",")

  @inline(__always)
  private mutating func isNew(_ bit: UInt32) -> Bool {
    defer { seen |= bit }
    return seen & bit == 0
  }

  private mutating func readMember(_ key: Range<Int>, _ scanner: inout PlainScanner) -> Bool {
    switch key.count {
    case 4 where scanner.isKey(key, "Tags\0\0\0\0", 4):
      return isNew(1 << 2) && tags(&scanner)
    case 5 where scanner.isKey(key, "VpcId\0\0\0", 5):
      guard isNew(1 << 3), let range = scanner.string() else { return false }
      vpc = ResourceKey(scanner.text(range), prefix: "vpc-")
      return vpc != nil
    case 7 where scanner.isKey(key, "GroupId\0", 7):
      guard isNew(1 << 4), let range = scanner.string() else { return false }
      idRange = range
      id = ResourceKey(scanner.text(range), prefix: "sg-")
      return id != nil
    case 7 where scanner.isKey(key, "OwnerId\0", 7):
      return isNew(1 << 5) && scanner.skipString()
    case 9 where scanner.isKey(key, "GroupName", 9):
      guard isNew(1 << 6), let range = scanner.string() else { return false }
      nameRange = range
      return true
    case 11 where scanner.isKey(key, "Description", 11):
      return isNew(1 << 7) && scanner.skipString()
    case 13 where scanner.isKey(key, "IpPermissions", 13):
      guard isNew(1) else { return false }
      _ = scanner.peek()
      ingressStart = scanner.position
      return Self.permissions(&scanner, into: &ingress)
    case 16 where scanner.isKey(key, "SecurityGroupArn", 16):
      guard isNew(1 << 8), let range = scanner.string() else { return false }
      arnRange = range
      return true
    case 19 where scanner.isKey(key, "IpPermissionsEgress", 19):
      guard isNew(1 << 1) else { return false }
      _ = scanner.peek()
      egressStart = scanner.position
      return Self.permissions(&scanner, into: &egress)
    default: return false
    }
  }

  private func tags(_ scanner: inout PlainScanner) -> Bool {
    guard scanner.take(Self.bracket) else { return false }
    if scanner.take(Self.closingBracket) { return true }
    repeat {
      guard scanner.take(Self.brace) else { return false }
      var seen = 0
      repeat {
        guard let key = scanner.string(), scanner.take(Self.colon), scanner.skipString() else {
          return false
        }
        let bit: Int
        if scanner.isKey(key, "Key\0\0\0\0\0", 3) {
          bit = 1
        } else if scanner.isKey(key, "Value\0\0\0", 5) {
          bit = 2
        } else {
          return false
        }
        guard seen & bit == 0 else { return false }
        seen |= bit
      } while scanner.take(Self.comma)
      guard scanner.take(Self.closingBrace), seen == 3 else { return false }
    } while scanner.take(Self.comma)
    return scanner.take(Self.closingBracket)
  }

  // MARK: Permissions

  private static func permissions(
    _ scanner: inout PlainScanner, into entries: inout [PlainEntry]
  ) -> Bool {
    guard scanner.take(bracket) else { return false }
    if scanner.take(closingBracket) { return true }
    repeat {
      guard permission(&scanner, into: &entries) else { return false }
    } while scanner.take(comma)
    return scanner.take(closingBracket)
  }

  private static func permission(
    _ scanner: inout PlainScanner, into entries: inout [PlainEntry]
  ) -> Bool {
    guard scanner.take(brace) else { return false }
    let first = entries.count
    var choice: EntryText.ProtocolChoice?
    var from: Int?
    var to: Int?
    var seen = 0
    repeat {
      guard let key = scanner.string(), scanner.take(colon) else { return false }
      let bit: Int
      switch key.count {
      case 6 where scanner.isKey(key, "ToPort\0\0", 6):
        bit = 1
        to = scanner.integer()
        if to == nil { return false }
      case 8 where scanner.isKey(key, "IpRanges", 8):
        bit = 2
        guard list(&scanner, "CidrIp\0\0", 6, into: &entries, v4) else { return false }
      case 8 where scanner.isKey(key, "FromPort", 8):
        bit = 4
        from = scanner.integer()
        if from == nil { return false }
      case 10 where scanner.isKey(key, "IpProtocol", 10):
        bit = 8
        guard let range = scanner.string(), let found = protocolChoice(scanner.text(range)) else {
          return false
        }
        choice = found
      case 10 where scanner.isKey(key, "Ipv6Ranges", 10):
        bit = 16
        guard list(&scanner, "CidrIpv6", 8, into: &entries, v6) else { return false }
      case 13 where scanner.isKey(key, "PrefixListIds", 13):
        bit = 32
        guard list(&scanner, "PrefixListId", 12, into: &entries, prefixList) else { return false }
      case 16 where scanner.isKey(key, "UserIdGroupPairs", 16):
        bit = 64
        guard list(&scanner, "GroupId\0", 7, into: &entries, group) else { return false }
      default: return false
      }
      guard seen & bit == 0 else { return false }
      seen |= bit
    } while scanner.take(comma)
    guard scanner.take(closingBrace), let choice, entries.count > first,
      let services = services(choice, from, to)
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
    return EntryText.protocolChoice(String(decoding: text, as: UTF8.self))
  }

  /// A list of objects that have a peer under `name`, and beside it texts that say nothing of traffic.
  @inline(__always)
  private static func list(
    _ scanner: inout PlainScanner, _ name: StaticString, _ length: Int,
    into entries: inout [PlainEntry], _ peer: (UnsafeRawBufferPointer) -> PlainEntry.Peer?
  ) -> Bool {
    guard scanner.take(bracket) else { return false }
    if scanner.take(closingBracket) { return true }
    repeat {
      guard scanner.take(brace) else { return false }
      var seen: UInt32 = 0
      repeat {
        guard let key = scanner.string(), scanner.take(colon) else { return false }
        let bit: UInt32
        if scanner.isKey(key, name, length) {
          bit = 1
          guard let range = scanner.string(), let peer = peer(scanner.text(range)) else {
            return false
          }
          entries.append(PlainEntry(services: .all, peer: peer, start: range.lowerBound - 1))
        } else {
          bit = silentKey(scanner, key)
          guard bit > 0, scanner.skipString() else { return false }
        }
        guard seen & bit == 0 else { return false }
        seen |= bit
      } while scanner.take(comma)
      guard scanner.take(closingBrace), seen & 1 == 1 else { return false }
    } while scanner.take(comma)
    return scanner.take(closingBracket)
  }

  /// A bit for each key beside a peer that says nothing of what is allowed; 0 for any other key.
  @inline(__always)
  private static func silentKey(_ scanner: PlainScanner, _ key: Range<Int>) -> UInt32 {
    switch key.count {
    case 5 where scanner.isKey(key, "VpcId\0\0\0", 5): 2
    case 6 where scanner.isKey(key, "UserId\0\0", 6): 4
    case 9 where scanner.isKey(key, "GroupName", 9): 8
    case 11 where scanner.isKey(key, "Description", 11): 16
    case 13 where scanner.isKey(key, "PeeringStatus", 13): 32
    case 22 where scanner.isKey(key, "VpcPeeringConnectionId", 22): 64
    default: 0
    }
  }

  // MARK: Peers

  private static func v4(_ text: UnsafeRawBufferPointer) -> PlainEntry.Peer? {
    var address: UInt32 = 0
    var index = 0
    for octet in 0..<4 {
      let start = index
      var value: UInt32 = 0
      while index < text.count, text[index] &- 0x30 < 10, index - start < 3 {
        value = value &* 10 &+ UInt32(text[index] &- 0x30)
        index += 1
      }
      let digits = index - start
      guard digits > 0, value <= 255, digits == 1 || text[start] != 0x30, index < text.count,
        text[index] == (octet < 3 ? UInt8(ascii: ".") : UInt8(ascii: "/"))
      else { return nil }
      address = address << 8 | value
      index += 1
    }
    let digits = text.count - index
    guard digits == 1 || digits == 2, text[index] &- 0x30 < 10 else { return nil }
    var length = Int(text[index] &- 0x30)
    if digits == 2 {
      guard length > 0, text[index + 1] &- 0x30 < 10 else { return nil }
      length = length * 10 + Int(text[index + 1] &- 0x30)
    }
    return IPv4Range(address: address, length: length).map { .v4($0) }
  }

  private static func v6(_ text: UnsafeRawBufferPointer) -> PlainEntry.Peer? {
    guard text.count <= 64, case .v6(let range)? = try? CIDR(bytes: Array(text)).block else {
      return nil
    }
    return .v6(range)
  }

  private static func group(_ text: UnsafeRawBufferPointer) -> PlainEntry.Peer? {
    ResourceKey(text, prefix: "sg-").map { .group($0) }
  }

  private static func prefixList(_ text: UnsafeRawBufferPointer) -> PlainEntry.Peer? {
    ResourceKey(text, prefix: "pl-").map { .prefixList($0) }
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a stretch that lies within these.
  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[range])
  }
}
