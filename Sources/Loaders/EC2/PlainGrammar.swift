/// The grammar of a plain group, one value at a time: what may stand between one value and the next.
///
/// What comes next depends on nothing but the state and the bytes in between. So a stretch of bytes
/// that was read once in a state need not be read again in the same state (`PlainLayout`).
struct PlainGrammar {
  /// A value of a group.
  enum Value: UInt8 {
    /// A text that says nothing of what is allowed.
    case silent
    case id, vpc, name, arn
    /// The lists of permissions begin here.
    case ingress, egress
    case protocolName, from, to
    case v4, v6, group, prefixList
    /// Behind the last brace or bracket.
    case end
  }

  /// Where in a group something stands.
  enum Level: UInt8 {
    /// Before the group's brace.
    case start
    /// Behind a value of the group, of a tag, of a permission, of an entry of one of its lists.
    case group, tag, permission, entry
    /// Before the bracket of a list of permissions.
    case list
    /// Behind the group.
    case end
  }

  /// All that has to be known of what stands before.
  struct State: Hashable {
    var level = Level.start
    /// The kind of peers in the list that is read.
    var peers = Value.v4
    /// Which keys have been seen, a bit each: of the group, the tag, the permission, the entry.
    var groupKeys: UInt16 = 0
    var tagKeys: UInt8 = 0
    var permissionKeys: UInt8 = 0
    var entryKeys: UInt8 = 0
  }

  /// A step from one value to the next.
  struct Step {
    /// The next value; the scanner stands at its first byte, of texts behind the quote.
    var value: Value
    /// Whether a permission ends before it.
    var endsPermission: Bool
  }

  private enum Found {
    case value(Value)
    /// There was nothing in it.
    case empty
    /// It is no plain group.
    case fault
  }

  private static let brace = UInt8(ascii: "{")
  private static let closingBrace = UInt8(ascii: "}")
  private static let bracket = UInt8(ascii: "[")
  private static let closingBracket = UInt8(ascii: "]")
  private static let colon = UInt8(ascii: ":")
  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")

  /// Reads on to the next value; nothing where the group is not plain.
  static func step(_ scanner: inout PlainScanner, _ state: inout State) -> Step? {
    var endsPermission = false
    while true {
      let found: Found
      switch state.level {
      case .start:
        guard scanner.take(brace) else { return nil }
        state.level = .group
        found = groupMember(&scanner, &state)
      case .group:
        if scanner.take(comma) {
          found = groupMember(&scanner, &state)
        } else {
          // Both lists of permissions, an id and a VPC.
          guard scanner.take(closingBrace), state.groupKeys & 0b11011 == 0b11011 else { return nil }
          state.level = .end
          found = .value(.end)
        }
      case .tag:
        if scanner.take(comma) {
          found = tagMember(&scanner, &state)
        } else {
          guard scanner.take(closingBrace), state.tagKeys == 0b11 else { return nil }
          if scanner.take(comma) {
            found = tag(&scanner, &state)
          } else {
            guard scanner.take(closingBracket) else { return nil }
            state.tagKeys = 0
            state.level = .group
            found = .empty
          }
        }
      case .list:
        guard scanner.take(bracket) else { return nil }
        found =
          scanner.take(closingBracket) ? endOfList(&state) : permission(&scanner, &state)
      case .permission:
        if scanner.take(comma) {
          found = permissionMember(&scanner, &state)
        } else {
          guard scanner.take(closingBrace) else { return nil }
          endsPermission = true
          if scanner.take(comma) {
            found = permission(&scanner, &state)
          } else {
            guard scanner.take(closingBracket) else { return nil }
            found = endOfList(&state)
          }
        }
      case .entry:
        if scanner.take(comma) {
          found = entryMember(&scanner, &state)
        } else {
          guard scanner.take(closingBrace), state.entryKeys & 1 == 1 else { return nil }
          if scanner.take(comma) {
            found = entry(&scanner, &state)
          } else {
            guard scanner.take(closingBracket) else { return nil }
            state.entryKeys = 0
            state.peers = .v4
            state.level = .permission
            found = .empty
          }
        }
      case .end: return nil
      }
      switch found {
      case .value(let value): return Step(value: value, endsPermission: endsPermission)
      case .empty: continue
      case .fault: return nil
      }
    }
  }

  /// Steps over a key and its colon.
  private static func key(_ scanner: inout PlainScanner) -> Range<Int>? {
    guard let key = scanner.string(), scanner.take(colon) else { return nil }
    return key
  }

  /// Steps over the quote before a text.
  private static func text(_ scanner: inout PlainScanner, _ value: Value) -> Found {
    scanner.take(quote) ? .value(value) : .fault
  }

  // MARK: The group

  private static func groupMember(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard let key = key(&scanner) else { return .fault }
    let bit: UInt16
    let value: Value?
    switch key.count {
    case 4 where scanner.isKey(key, "Tags\0\0\0\0", 4): (bit, value) = (1 << 2, nil)
    case 5 where scanner.isKey(key, "VpcId\0\0\0", 5): (bit, value) = (1 << 3, .vpc)
    case 7 where scanner.isKey(key, "GroupId\0", 7): (bit, value) = (1 << 4, .id)
    case 7 where scanner.isKey(key, "OwnerId\0", 7): (bit, value) = (1 << 5, .silent)
    case 9 where scanner.isKey(key, "GroupName", 9): (bit, value) = (1 << 6, .name)
    case 11 where scanner.isKey(key, "Description", 11): (bit, value) = (1 << 7, .silent)
    case 13 where scanner.isKey(key, "IpPermissions", 13): (bit, value) = (1, .ingress)
    case 16 where scanner.isKey(key, "SecurityGroupArn", 16): (bit, value) = (1 << 8, .arn)
    case 19 where scanner.isKey(key, "IpPermissionsEgress", 19): (bit, value) = (2, .egress)
    default: return .fault
    }
    guard state.groupKeys & bit == 0 else { return .fault }
    state.groupKeys |= bit
    switch value {
    case nil:
      guard scanner.take(bracket) else { return .fault }
      return scanner.take(closingBracket) ? .empty : tag(&scanner, &state)
    case .ingress?, .egress?:
      state.level = .list
      scanner.skipSpace()
      return value.map { .value($0) } ?? .fault
    case let value?: return text(&scanner, value)
    }
  }

  private static func tag(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard scanner.take(brace) else { return .fault }
    state.level = .tag
    state.tagKeys = 0
    return tagMember(&scanner, &state)
  }

  private static func tagMember(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard let key = key(&scanner) else { return .fault }
    let bit: UInt8
    if scanner.isKey(key, "Key\0\0\0\0\0", 3) {
      bit = 1
    } else if scanner.isKey(key, "Value\0\0\0", 5) {
      bit = 2
    } else {
      return .fault
    }
    guard state.tagKeys & bit == 0 else { return .fault }
    state.tagKeys |= bit
    return text(&scanner, .silent)
  }

  // MARK: Permissions

  private static func endOfList(_ state: inout State) -> Found {
    state.permissionKeys = 0
    state.level = .group
    return .empty
  }

  private static func permission(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard scanner.take(brace) else { return .fault }
    state.level = .permission
    state.permissionKeys = 0
    return permissionMember(&scanner, &state)
  }

  private static func permissionMember(
    _ scanner: inout PlainScanner, _ state: inout State
  ) -> Found {
    guard let key = key(&scanner) else { return .fault }
    let bit: UInt8
    let value: Value
    switch key.count {
    case 6 where scanner.isKey(key, "ToPort\0\0", 6): (bit, value) = (1, .to)
    case 8 where scanner.isKey(key, "IpRanges", 8): (bit, value) = (2, .v4)
    case 8 where scanner.isKey(key, "FromPort", 8): (bit, value) = (4, .from)
    case 10 where scanner.isKey(key, "IpProtocol", 10): (bit, value) = (8, .protocolName)
    case 10 where scanner.isKey(key, "Ipv6Ranges", 10): (bit, value) = (16, .v6)
    case 13 where scanner.isKey(key, "PrefixListIds", 13): (bit, value) = (32, .prefixList)
    case 16 where scanner.isKey(key, "UserIdGroupPairs", 16): (bit, value) = (64, .group)
    default: return .fault
    }
    guard state.permissionKeys & bit == 0 else { return .fault }
    state.permissionKeys |= bit
    switch value {
    case .from, .to:
      scanner.skipSpace()
      return .value(value)
    case .protocolName: return text(&scanner, value)
    default:
      guard scanner.take(bracket) else { return .fault }
      if scanner.take(closingBracket) { return .empty }
      state.peers = value
      return entry(&scanner, &state)
    }
  }

  private static func entry(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard scanner.take(brace) else { return .fault }
    state.level = .entry
    state.entryKeys = 0
    return entryMember(&scanner, &state)
  }

  /// An entry has a peer, and beside it texts that say nothing of traffic.
  private static func entryMember(_ scanner: inout PlainScanner, _ state: inout State) -> Found {
    guard let key = key(&scanner) else { return .fault }
    let isPeer =
      switch state.peers {
      case .v4: scanner.isKey(key, "CidrIp\0\0", 6)
      case .v6: scanner.isKey(key, "CidrIpv6", 8)
      case .group: scanner.isKey(key, "GroupId\0", 7)
      default: scanner.isKey(key, "PrefixListId", 12)
      }
    let bit: UInt8
    switch key.count {
    case _ where isPeer: bit = 1
    case 5 where scanner.isKey(key, "VpcId\0\0\0", 5): bit = 2
    case 6 where scanner.isKey(key, "UserId\0\0", 6): bit = 4
    case 9 where scanner.isKey(key, "GroupName", 9): bit = 8
    case 11 where scanner.isKey(key, "Description", 11): bit = 16
    case 13 where scanner.isKey(key, "PeeringStatus", 13): bit = 32
    case 22 where scanner.isKey(key, "VpcPeeringConnectionId", 22): bit = 64
    default: return .fault
    }
    guard state.entryKeys & bit == 0 else { return .fault }
    state.entryKeys |= bit
    return text(&scanner, isPeer ? state.peers : .silent)
  }
}

/// The stretches between values that were met so far, so that each is read as JSON once and compared
/// byte by byte from then on: describe output consists of little else.
final class PlainLayout {
  /// A stretch that was met in a state.
  private struct Stretch {
    /// Where its bytes are among those of all.
    var start: UInt32
    /// 0: there is none.
    var length: UInt16
    /// How many line breaks are in it, and how many bytes stand behind the last of them.
    var breaks: UInt16
    var tail: UInt16
    /// The number of the state behind it.
    var next: UInt8
    var value: PlainGrammar.Value
    var endsPermission: Bool
  }

  /// How many states are told apart, and how many stretches of one state are known at a time.
  private static let stateLimit = 192
  private static let stretchLimit = 8
  /// How many bytes of stretches are known at a time, and in one of them.
  private static let textLimit = 24 << 10
  private static let lengthLimit = 2 << 10
  // Beside each other, for most steps touch one after the other.
  private let stretches: UnsafeMutablePointer<Stretch>
  private let text: UnsafeMutableRawPointer
  private var used = 0
  private var states: [PlainGrammar.State] = [PlainGrammar.State()]
  private var numbers: [PlainGrammar.State: Int] = [PlainGrammar.State(): 0]

  init() {
    let none = Stretch(
      start: 0, length: 0, breaks: 0, tail: 0, next: 0, value: .end, endsPermission: false)
    stretches = .allocate(capacity: Self.stateLimit * Self.stretchLimit)
    stretches.initialize(repeating: none, count: Self.stateLimit * Self.stretchLimit)
    text = .allocate(byteCount: Self.textLimit, alignment: 16)
  }

  /// The number of the state before a group.
  static let group = 0

  deinit {
    stretches.deallocate()
    text.deallocate()
  }

  /// The number that states share which came when there were too many: it means the one that was met
  /// last, and of it no stretches are known.
  private static let further = stateLimit - 1

  /// The number of a state.
  private func number(of state: PlainGrammar.State) -> Int {
    if let known = numbers[state] { return known }
    guard states.count < Self.further else {
      if states.count == Self.further { states.append(state) } else { states[Self.further] = state }
      return Self.further
    }
    states.append(state)
    numbers[state] = states.count - 1
    return states.count - 1
  }

  /// Reads on to the next value; nothing where the group is not plain.
  @inline(__always)
  func step(_ scanner: inout PlainScanner, _ state: inout Int) -> PlainGrammar.Step? {
    let known = stretches + state &* Self.stretchLimit
    for index in 0..<Self.stretchLimit {
      let length = Int(known[index].length)
      if length == 0 { break }
      if scanner.take(
        text + Int(known[index].start), length, breaks: Int(known[index].breaks),
        tail: Int(known[index].tail))
      {
        let step = PlainGrammar.Step(
          value: known[index].value, endsPermission: known[index].endsPermission)
        state = Int(known[index].next)
        // What comes more often comes to stand before what comes less often.
        if index > 0 { swap(&known[index], &known[index &- 1]) }
        return step
      }
    }
    return readStep(&scanner, &state)
  }

  /// Reads on, and remembers what was read.
  @inline(never)
  private func readStep(_ scanner: inout PlainScanner, _ number: inout Int) -> PlainGrammar.Step? {
    let start = scanner.position
    let last = number
    var state = states[number]
    guard let step = PlainGrammar.step(&scanner, &state) else { return nil }
    let next = self.number(of: state)
    number = next
    let length = scanner.position - start
    let (breaks, tail) = scanner.countLines(from: start)
    guard last != Self.further, next != Self.further, length > 0, length <= Self.lengthLimit,
      used + length <= Self.textLimit
    else { return step }
    let known = stretches + last * Self.stretchLimit
    for index in 0..<Self.stretchLimit where known[index].length == 0 {
      let bytes = scanner.text(start..<scanner.position)
      if let base = bytes.baseAddress { (text + used).copyMemory(from: base, byteCount: length) }
      known[index] = Stretch(
        start: UInt32(truncatingIfNeeded: used), length: UInt16(truncatingIfNeeded: length),
        breaks: UInt16(truncatingIfNeeded: breaks), tail: UInt16(truncatingIfNeeded: tail),
        next: UInt8(truncatingIfNeeded: next), value: step.value,
        endsPermission: step.endsPermission)
      used += length
      break
    }
    return step
  }
}
