/// Texts side by side in one piece of memory.
struct TextArena {
  /// Where a text is.
  struct Place {
    fileprivate var start: UInt32
    fileprivate var length: UInt32
  }

  /// Where no text is.
  static let none = Place(start: 0, length: 0)

  private var bytes: [UInt8] = []

  /// Keeps a text, and returns where it is; the empty text where there is no room for it.
  mutating func add(_ text: UnsafeRawBufferPointer) -> Place {
    guard let start = UInt32(exactly: bytes.count), let length = UInt32(exactly: text.count) else {
      return Self.none
    }
    bytes.append(contentsOf: text)
    return Place(start: start, length: length)
  }

  /// Makes room for the texts of another one.
  mutating func makeRoom(for other: TextArena) {
    bytes.reserveCapacity(bytes.count + other.bytes.count)
  }

  /// Passes a text to `body`, for as long as that runs.
  @inline(__always)
  func withText<Result>(
    _ place: Place, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    bytes.withUnsafeBytes {
      body($0.part(Int(place.start)..<Int(place.start) + Int(place.length)))
    }
  }

  /// Whether a text is what these bytes are.
  func isSame(_ place: Place, _ text: UnsafeRawBufferPointer) -> Bool {
    withText(place) { JSONBytes.isSame($0, text) }
  }

  /// A text, as it is shown.
  func text(_ place: Place) -> String { withText(place) { String(decoding: $0, as: UTF8.self) } }
}

/// Texts by number, each kept once.
struct TextTable {
  private var texts = TextArena()
  private var rows: [TextArena.Place] = []
  private var numbers = NumberTable()
  private let hash: TFTextHash

  /// Creates an empty table whose texts are told apart by hashes made with `hash`.
  init(hash: TFTextHash) { self.hash = hash }

  /// The number of a text, which is noted where it is new.
  mutating func number(of text: UnsafeRawBufferPointer) -> Int {
    let hash = UInt32(truncatingIfNeeded: hash(text))
    if let known = numbers.find(hash, { texts.isSame(rows[$0], text) }) { return known }
    numbers.add(rows.count, hash)
    rows.append(texts.add(text))
    return rows.count - 1
  }

  /// The text with that number.
  subscript(number: Int) -> String { texts.text(rows[number]) }

  /// Passes the text with that number to `body`, for as long as that runs.
  func withText<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    texts.withText(rows[number], body)
  }

  /// The numbers here of the texts of another table, by their numbers there; those that are new are noted.
  mutating func take(_ other: TextTable) -> [Int] {
    other.rows.map { row in other.texts.withText(row) { number(of: $0) } }
  }
}

/// The numbers of things by hashes of their names.
///
/// It keeps eight bytes for each of at most three times as many: what is asked for is compared where it is kept, and
/// of what has another hash nothing is looked at, for that is far away.
struct NumberTable {
  private struct Slot {
    /// -1 is free.
    var number: Int32 = -1
    var hash: UInt32 = 0
  }

  private var slots: [Slot] = []

  /// The number of the thing with that hash that `isSame` as what is asked for; nothing where there is none.
  @inline(__always)
  func find(_ hash: UInt32, _ isSame: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while slots[place].number >= 0 {
      let slot = slots[place]
      if slot.hash == hash, isSame(Int(slot.number)) { return Int(slot.number) }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Adds thing number `count`, with that hash, which is known to be new.
  mutating func add(_ count: Int, _ hash: UInt32) {
    if (count + 1) * 4 > slots.count * 3 {
      let old = slots
      slots = Array(repeating: Slot(), count: max(64, old.count * 2))
      for slot in old where slot.number >= 0 { put(slot) }
    }
    put(Slot(number: Int32(clamping: count), hash: hash))
  }

  private mutating func put(_ slot: Slot) {
    let mask = slots.count - 1
    var place = Int(slot.hash) & mask
    while slots[place].number >= 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}
