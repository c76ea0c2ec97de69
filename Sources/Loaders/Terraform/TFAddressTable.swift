internal import CBytes

/// The indices of resources by their addresses.
///
/// A dictionary would keep every address a second time; of a plan with a hundred thousand of them
/// this keeps eight bytes each. The seed keeps an input from being made of texts that collide.
struct TFAddressTable {
  /// An index of a resource and 32 bits of the hash of its address.
  private struct Slot {
    var index: Int32 = -1
    var hash: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var count = 0
  let hash: TFTextHash
  var seed: UInt64 { hash.seed }

  init(seed: UInt64) { hash = TFTextHash(seed: seed) }

  /// Whether an address of another table, made with the same seed, is in this one.
  func shares(
    with other: TFAddressTable, _ resources: TFResources, _ theirResources: TFResources
  ) -> Bool {
    guard !slots.isEmpty else { return false }
    let mask = slots.count - 1
    for theirs in other.slots where theirs.index >= 0 {
      var slot = Int(theirs.hash) & mask
      while slots[slot].index >= 0 {
        if slots[slot].hash == theirs.hash,
          resources[Int(slots[slot].index)].address == theirResources[Int(theirs.index)].address
        {
          return true
        }
        slot = (slot + 1) & mask
      }
    }
    return false
  }

  /// Takes in another table, none of whose addresses is in this one; its resources begin at `first`.
  mutating func append(_ other: TFAddressTable, from first: Int) {
    for theirs in other.slots where theirs.index >= 0 {
      if count * 2 >= slots.count { grow() }
      let mask = slots.count - 1
      var slot = Int(theirs.hash) & mask
      while slots[slot].index >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Slot(index: Int32(clamping: first + Int(theirs.index)), hash: theirs.hash)
      count += 1
    }
  }

  /// Returns the index of a resource with that address, or notes that the next one has it and
  /// returns nothing.
  mutating func insert(_ address: String, _ resources: TFResources) -> Int? {
    if count * 2 >= slots.count { grow() }
    let hash = UInt32(truncatingIfNeeded: hash(address))
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot].index >= 0 {
      let other = Int(slots[slot].index)
      if slots[slot].hash == hash, resources[other].address == address { return other }
      slot = (slot + 1) & mask
    }
    slots[slot] = Slot(index: Int32(clamping: resources.count), hash: hash)
    count += 1
    return nil
  }

  /// An address that is looked for.
  struct Wanted {
    fileprivate var hash: UInt32
  }

  /// Begins to look for the address that is written in `text`; nothing where it has unusual escapes.
  ///
  /// Where it would stand is asked for, to be there when it is looked at: a large table is far away.
  func wanted(_ text: UnsafeRawBufferPointer, isEncoded: Bool) -> Wanted? {
    guard let hash = isEncoded ? hashOfEncoded(text) : hash(text) else { return nil }
    let wanted = Wanted(hash: UInt32(truncatingIfNeeded: hash))
    slots.withUnsafeBufferPointer { slots in
      guard let base = slots.baseAddress else { return }
      look_ahead(base + Int(wanted.hash) & (slots.count - 1))
    }
    return wanted
  }

  /// Notes that resource number `index` has an address; false, with nothing noted, where another one may have it.
  mutating func insertNew(_ address: Wanted, _ index: Int) -> Bool {
    if count * 2 >= slots.count { grow() }
    let mask = slots.count - 1
    var slot = Int(address.hash) & mask
    while slots[slot].index >= 0 {
      if slots[slot].hash == address.hash { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = Slot(index: Int32(clamping: index), hash: address.hash)
    count += 1
    return true
  }

  /// The hash of a text that is written with escapes of one letter that stand for themselves, as the quotes
  /// around keys do.
  private func hashOfEncoded(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard let source = text.baseAddress else { return hash(text) }
    var stream = hash.stream()
    var index = 0
    while index < text.count {
      if index + 8 <= text.count {
        // Eight bytes at a time, as far as there is nothing to look at.
        let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let marks = JSONBytes.marks(word)
        let count = marks.trailingZeroBitCount >> 3
        stream.add(word, count: count)
        index += count
        if marks == 0 { continue }
      }
      var byte = text[index]
      if byte == UInt8(ascii: "\\") {
        index += 1
        guard index < text.count else { return nil }
        byte = text[index]
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { return nil }
      }
      stream.add(UInt64(byte), count: 1)
      index += 1
    }
    return stream.finish()
  }

  /// Makes room for the addresses of so many bytes of changes, so that few are moved again and again.
  mutating func reserveCapacity(forBytes count: Int) {
    var size = 256
    // What is reserved and not used takes memory here, and resources with long lists are few in many bytes.
    while size < count / Self.bytesPerSlot { size *= 2 }
    if size > slots.count { grow(to: size) }
  }

  private static let bytesPerSlot = 768

  private mutating func grow() { grow(to: max(256, slots.count * 2)) }

  private mutating func grow(to size: Int) {
    let old = slots
    slots = Array(repeating: Slot(), count: size)
    let mask = slots.count - 1
    for known in old where known.index >= 0 {
      var slot = Int(known.hash) & mask
      while slots[slot].index >= 0 { slot = (slot + 1) & mask }
      slots[slot] = known
    }
  }
}

/// Makes hashes of texts; the seed keeps an input from being made of texts that collide.
struct TFTextHash {
  let seed: UInt64

  func callAsFunction(_ text: String) -> UInt64 {
    var copy = text
    return copy.withUTF8 { self(UnsafeRawBufferPointer($0)) }
  }

  func callAsFunction(_ raw: UnsafeRawBufferPointer) -> UInt64 {
    var state = seed
    var offset = 0
    while offset + 8 <= raw.count {
      Self.mix(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self), into: &state)
      offset += 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while offset < raw.count {
      rest |= UInt64(raw[offset]) &<< shift
      shift &+= 8
      offset += 1
    }
    return finish(state, rest, count: raw.count)
  }

  @inline(__always)
  private static func mix(_ word: UInt64, into state: inout UInt64) {
    let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    state = product.high ^ product.low
  }

  /// The hash of so many bytes; `rest` are those behind the last whole word, the first one lowest.
  @inline(__always)
  private func finish(_ state: UInt64, _ rest: UInt64, count: Int) -> UInt64 {
    var state = state
    Self.mix(rest, into: &state)
    Self.mix(seed ^ UInt64(truncatingIfNeeded: count), into: &state)
    return state
  }

  /// The beginning of a text that comes in pieces.
  func stream() -> Stream { Stream(self) }

  /// A text that comes in pieces: its hash does not depend on where these end.
  struct Stream {
    private let hash: TFTextHash
    private var state: UInt64
    private var count = 0
    /// Bytes that are no whole word yet, the first one lowest, and how many bits these are, below 64.
    private var rest: UInt64 = 0
    private var bits: UInt64 = 0

    fileprivate init(_ hash: TFTextHash) {
      self.hash = hash
      state = hash.seed
    }

    /// Adds so many bytes, at most eight, of a word, the lowest first.
    @inline(__always)
    mutating func add(_ word: UInt64, count: Int) {
      let added = UInt64(truncatingIfNeeded: count &* 8)
      // A shift by all bits of a word is nothing.
      let word = word & ~(~0 << added)
      self.count &+= count
      rest |= word &<< bits
      guard bits &+ added >= 64 else {
        bits &+= added
        return
      }
      TFTextHash.mix(rest, into: &state)
      rest = word >> (64 &- bits)
      bits = bits &+ added &- 64
    }

    /// The hash of all that was added.
    @inline(__always)
    func finish() -> UInt64 { hash.finish(state, rest, count: count) }
  }
}
