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

  /// Reads the next value; returns false, somewhere within it, where it is no plain group.
  mutating func read(_ reader: inout JSONReader) throws(SyntaxError) -> Bool {
    id = nil
    vpc = nil
    nameRange = 0..<0
    arnRange = 0..<0
    seen = 0
    ingress.removeAll(keepingCapacity: true)
    egress.removeAll(keepingCapacity: true)
    guard reader.enterObject() else { return false }
    var isFirst = true
    while let key = try reader.nextPlainKey(isFirst: &isFirst) {
      guard try readMember(key, &reader) else { return false }
    }
    guard reader.lastKeyWasPlain, id != nil, vpc != nil else { return false }
    return seen & 0b11 == 0b11
  }

  /// Reads one list of permissions again, of a group that was plain when all of it was read; false
  /// where it is so no longer.
  mutating func readAgain(
    _ direction: Direction, at start: Int, _ reader: inout JSONReader
  ) -> Bool {
    reader.seek(to: start)
    if direction == .ingress {
      ingress.removeAll(keepingCapacity: true)
      return (try? Self.permissions(&reader, bytes, into: &ingress)) ?? false
    }
    egress.removeAll(keepingCapacity: true)
    return (try? Self.permissions(&reader, bytes, into: &egress)) ?? false
  }

  @inline(__always)
  private mutating func isNew(_ bit: UInt32) -> Bool {
    defer { seen |= bit }
    return seen & bit == 0
  }

  private mutating func readMember(
    _ key: Range<Int>, _ reader: inout JSONReader
  ) throws(SyntaxError) -> Bool {
    switch key.count {
    case 4 where bytes.matches(key, "Tags"):
      guard isNew(1 << 2) else { return false }
      return try tags(&reader)
    case 5 where bytes.matches(key, "VpcId"):
      guard isNew(1 << 3), let range = try reader.plainString() else { return false }
      vpc = ResourceKey(bytes.part(range), prefix: "vpc-")
      return vpc != nil
    case 7 where bytes.matches(key, "GroupId"):
      guard isNew(1 << 4), let range = try reader.plainString() else { return false }
      idRange = range
      id = ResourceKey(bytes.part(range), prefix: "sg-")
      return id != nil
    case 7 where bytes.matches(key, "OwnerId"):
      guard isNew(1 << 5) else { return false }
      return try reader.anyString()
    case 9 where bytes.matches(key, "GroupName"):
      guard isNew(1 << 6), let range = try reader.plainString() else { return false }
      nameRange = range
      return true
    case 11 where bytes.matches(key, "Description"):
      guard isNew(1 << 7) else { return false }
      return try reader.anyString()
    case 13 where bytes.matches(key, "IpPermissions"):
      guard isNew(1) else { return false }
      _ = reader.peek()
      ingressStart = reader.position
      return try Self.permissions(&reader, bytes, into: &ingress)
    case 16 where bytes.matches(key, "SecurityGroupArn"):
      guard isNew(1 << 8), let range = try reader.plainString() else { return false }
      arnRange = range
      return true
    case 19 where bytes.matches(key, "IpPermissionsEgress"):
      guard isNew(1 << 1) else { return false }
      _ = reader.peek()
      egressStart = reader.position
      return try Self.permissions(&reader, bytes, into: &egress)
    default: return false
    }
  }

  private func tags(_ reader: inout JSONReader) throws(SyntaxError) -> Bool {
    guard reader.enterArray() else { return false }
    var isFirst = true
    while try reader.nextElement(isFirst: &isFirst) {
      guard reader.enterObject() else { return false }
      var isFirst = true
      var seen = 0
      while let key = try reader.nextPlainKey(isFirst: &isFirst) {
        let bit: Int
        if bytes.matches(key, "Key") {
          bit = 1
        } else if bytes.matches(key, "Value") {
          bit = 2
        } else {
          return false
        }
        guard seen & bit == 0, try reader.anyString() else { return false }
        seen |= bit
      }
      guard reader.lastKeyWasPlain, seen == 3 else { return false }
    }
    return true
  }

  // MARK: Permissions

  private static func permissions(
    _ reader: inout JSONReader, _ bytes: UnsafeRawBufferPointer, into entries: inout [PlainEntry]
  ) throws(SyntaxError) -> Bool {
    guard reader.enterArray() else { return false }
    var isFirst = true
    while try reader.nextElement(isFirst: &isFirst) {
      guard try permission(&reader, bytes, into: &entries) else { return false }
    }
    return true
  }

  private static func permission(
    _ reader: inout JSONReader, _ bytes: UnsafeRawBufferPointer, into entries: inout [PlainEntry]
  ) throws(SyntaxError) -> Bool {
    guard reader.enterObject() else { return false }
    let first = entries.count
    var choice: EntryText.ProtocolChoice?
    var from: Int?
    var to: Int?
    var seen = 0
    var isFirst = true
    while let key = try reader.nextPlainKey(isFirst: &isFirst) {
      let bit: Int
      switch key.count {
      case 6 where bytes.matches(key, "ToPort"):
        bit = 1
        to = try port(&reader, bytes)
        if to == nil { return false }
      case 8 where bytes.matches(key, "IpRanges"):
        bit = 2
        guard try list(&reader, bytes, "CidrIp", into: &entries, v4) else { return false }
      case 8 where bytes.matches(key, "FromPort"):
        bit = 4
        from = try port(&reader, bytes)
        if from == nil { return false }
      case 10 where bytes.matches(key, "IpProtocol"):
        bit = 8
        guard let range = try reader.plainString(),
          let found = protocolChoice(bytes.part(range))
        else { return false }
        choice = found
      case 10 where bytes.matches(key, "Ipv6Ranges"):
        bit = 16
        guard try list(&reader, bytes, "CidrIpv6", into: &entries, v6) else { return false }
      case 13 where bytes.matches(key, "PrefixListIds"):
        bit = 32
        guard try list(&reader, bytes, "PrefixListId", into: &entries, prefixList) else {
          return false
        }
      case 16 where bytes.matches(key, "UserIdGroupPairs"):
        bit = 64
        guard try list(&reader, bytes, "GroupId", into: &entries, group) else { return false }
      default: return false
      }
      guard seen & bit == 0 else { return false }
      seen |= bit
    }
    guard reader.lastKeyWasPlain, let choice, entries.count > first,
      let services = try? EntryText.services(choice, from: from, to: to)
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

  /// A whole number without fraction or exponent, of at most six digits.
  private static func port(
    _ reader: inout JSONReader, _ bytes: UnsafeRawBufferPointer
  ) throws(SyntaxError) -> Int? {
    guard let byte = reader.peek(), byte == UInt8(ascii: "-") || byte &- 0x30 < 10 else {
      return nil
    }
    let start = reader.position
    try reader.number()
    let isNegative = byte == UInt8(ascii: "-")
    let digits = (isNegative ? start + 1 : start)..<reader.position
    guard digits.count <= 6 else { return nil }
    var value = 0
    for index in digits {
      guard bytes[index] &- 0x30 < 10 else { return nil }
      value = value * 10 + Int(bytes[index] &- 0x30)
    }
    return isNegative ? -value : value
  }

  /// A list of objects that have a peer under `name`, and beside it texts that say nothing of traffic.
  @inline(__always)
  private static func list(
    _ reader: inout JSONReader, _ bytes: UnsafeRawBufferPointer, _ name: StaticString,
    into entries: inout [PlainEntry], _ peer: (UnsafeRawBufferPointer) -> PlainEntry.Peer?
  ) throws(SyntaxError) -> Bool {
    guard reader.enterArray() else { return false }
    var isFirst = true
    while try reader.nextElement(isFirst: &isFirst) {
      guard reader.enterObject() else { return false }
      var isFirst = true
      var seen: UInt32 = 0
      while let key = try reader.nextPlainKey(isFirst: &isFirst) {
        let bit: UInt32
        if bytes.matches(key, name) {
          bit = 1
          guard seen & 1 == 0, let range = try reader.plainString(),
            let peer = peer(bytes.part(range))
          else { return false }
          entries.append(
            PlainEntry(services: .all, peer: peer, start: range.lowerBound - 1))
        } else if let number = silentKeys(bytes, key) {
          bit = 2 << number
          guard seen & bit == 0, try reader.anyString() else { return false }
        } else {
          return false
        }
        seen |= bit
      }
      guard reader.lastKeyWasPlain, seen & 1 == 1 else { return false }
    }
    return true
  }

  /// Numbers the keys beside a peer that say nothing of what is allowed.
  private static func silentKeys(_ bytes: UnsafeRawBufferPointer, _ key: Range<Int>) -> UInt32? {
    switch key.count {
    case 5 where bytes.matches(key, "VpcId"): 1
    case 6 where bytes.matches(key, "UserId"): 2
    case 9 where bytes.matches(key, "GroupName"): 3
    case 11 where bytes.matches(key, "Description"): 0
    case 13 where bytes.matches(key, "PeeringStatus"): 4
    case 22 where bytes.matches(key, "VpcPeeringConnectionId"): 5
    default: nil
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

  /// Whether a stretch that lies within these is `text`.
  @inline(__always)
  func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count
    where self[range.lowerBound &+ offset] != text.utf8Start[offset] { return false }
    return true
  }
}
