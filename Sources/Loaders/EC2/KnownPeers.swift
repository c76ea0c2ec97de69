import SGModel

/// What the groups and prefix lists of plain groups stand for, found by their keys.
struct KnownPeers {
  private struct Slot {
    /// The key in halves, which leave no room between slots; 0: it is free.
    var upper: UInt64 = 0
    var lower: UInt64 = 0
    /// The index of an atom, or the complement of an index into `lists`.
    var peer: Int32 = 0

    /// A number in which all digits have a part.
    @inline(__always)
    var scattered: UInt64 {
      var mixed = lower ^ upper << 7
      mixed = (mixed ^ mixed >> 32) &* 0x9E37_79B9_7F4A_7C15
      return mixed ^ mixed >> 29
    }
  }

  private var slots: [Slot]
  /// How many there are.
  private(set) var count = 0
  /// What stands for several peers, or for none.
  private var lists: [[Peer]] = []

  init() { slots = Array(repeating: Slot(), count: 1024) }

  private static func slot(_ key: ResourceKey, isList: Bool) -> Slot {
    // The number of digits leaves the highest bit of its byte free.
    Slot(upper: key.higher | (isList ? 1 << 63 : 0), lower: key.lower)
  }

  @inline(__always)
  private func place(of slot: Slot) -> Int {
    var place = Int(truncatingIfNeeded: slot.scattered) & (slots.count &- 1)
    while slots[place].upper != 0,
      slots[place].upper != slot.upper || slots[place].lower != slot.lower
    {
      place = (place &+ 1) & (slots.count &- 1)
    }
    return place
  }

  /// What one stands for.
  enum Found {
    case atom(Atom)
    case peers([Peer])
  }

  @inline(__always)
  func find(_ key: ResourceKey, isList: Bool) -> Found? {
    let slot = slots[place(of: Self.slot(key, isList: isList))]
    if slot.upper == 0 { return nil }
    return slot.peer >= 0
      ? .atom(Atom(index: UInt32(bitPattern: slot.peer))) : .peers(lists[Int(~slot.peer)])
  }

  /// Takes what one stands for that is not known yet.
  mutating func insert(_ peers: [Peer], for key: ResourceKey, isList: Bool) {
    if count * 2 >= slots.count { grow() }
    var slot = Self.slot(key, isList: isList)
    if peers.count == 1, case .atom(let atom) = peers[0], let index = Int32(exactly: atom.index) {
      slot.peer = index
    } else {
      slot.peer = ~Int32(truncatingIfNeeded: lists.count)
      lists.append(peers)
    }
    slots[place(of: slot)] = slot
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    for slot in old where slot.upper != 0 { slots[place(of: slot)] = slot }
  }
}
