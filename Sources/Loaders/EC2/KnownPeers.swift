import SGModel

/// What the groups and prefix lists of plain groups stand for, found by their keys.
struct KnownPeers {
  private struct Slot {
    /// 0: it is free.
    var key: UInt128 = 0
    /// The index of an atom, or the complement of an index into `lists`.
    var peer: Int32 = 0
  }

  private var slots: [Slot]
  private var count = 0
  /// What stands for several peers, or for none.
  private var lists: [[Peer]] = []

  init() { slots = Array(repeating: Slot(), count: 1024) }

  private static func key(_ key: ResourceKey, isList: Bool) -> UInt128 {
    // The number of digits leaves the highest bit of its byte free.
    key.number | (isList ? 1 << 127 : 0)
  }

  private func place(of key: UInt128, _ scattered: UInt64) -> Int {
    var place = Int(truncatingIfNeeded: scattered) & (slots.count &- 1)
    while slots[place].key != 0, slots[place].key != key {
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
    let slot = slots[place(of: Self.key(key, isList: isList), key.scattered)]
    if slot.key == 0 { return nil }
    return slot.peer >= 0
      ? .atom(Atom(index: UInt32(bitPattern: slot.peer))) : .peers(lists[Int(~slot.peer)])
  }

  /// Takes what one stands for that is not known yet.
  mutating func insert(_ peers: [Peer], for key: ResourceKey, isList: Bool) {
    if count * 2 >= slots.count { grow() }
    var slot = Slot(key: Self.key(key, isList: isList))
    if peers.count == 1, case .atom(let atom) = peers[0], let index = Int32(exactly: atom.index) {
      slot.peer = index
    } else {
      slot.peer = ~Int32(truncatingIfNeeded: lists.count)
      lists.append(peers)
    }
    slots[place(of: slot.key, key.scattered)] = slot
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    for slot in old where slot.key != 0 {
      let key = ResourceKey(digits: 0, number: slot.key & ~(1 << 127))
      slots[place(of: slot.key, key.scattered)] = slot
    }
  }
}
