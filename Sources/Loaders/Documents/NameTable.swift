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
  private var rows: [(text: TextArena.Place, hash: UInt32)] = []
  private var numbers = NumberTable()
  private let hash: TFTextHash

  /// Creates an empty table whose texts are told apart by hashes made with `hash`.
  init(hash: TFTextHash) { self.hash = hash }

  /// The number of a text, which is noted where it is new.
  mutating func number(of text: UnsafeRawBufferPointer) -> Int {
    let hash = UInt32(truncatingIfNeeded: hash(text))
    let known = numbers.find(hash) {
      rows[$0].hash == hash && texts.isSame(rows[$0].text, text)
    }
    if let known { return known }
    numbers.add(rows.count, hash) { rows[$0].hash }
    rows.append((texts.add(text), hash))
    return rows.count - 1
  }

  /// The text with that number.
  subscript(number: Int) -> String { texts.text(rows[number].text) }

  /// Passes the text with that number to `body`, for as long as that runs.
  func withText<Result>(_ number: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    texts.withText(rows[number].text, body)
  }

  /// The numbers here of the texts of another table, by their numbers there; those that are new are noted.
  mutating func take(_ other: TextTable) -> [Int] {
    other.rows.map { row in other.texts.withText(row.text) { number(of: $0) } }
  }
}

/// The numbers of things by hashes of their names.
///
/// It keeps four bytes for each of twice as many: what is asked for is compared where it is kept.
struct NumberTable {
  /// -1 is free.
  private var slots: [Int32] = []

  /// The number of the thing that `isSame` as what is asked for; nothing where there is none.
  @inline(__always)
  func find(_ hash: UInt32, _ isSame: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if isSame(number) { return number }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Adds thing number `count`, with that hash, which is known to be new; `hashOf` gives those of the others.
  mutating func add(_ count: Int, _ hash: UInt32, hashOf: (Int) -> UInt32) {
    if (count + 1) * 2 > slots.count {
      slots = Array(repeating: -1, count: max(64, slots.count * 2))
      for number in 0..<count { put(number, hashOf(number)) }
    }
    put(count, hash)
  }

  private mutating func put(_ number: Int, _ hash: UInt32) {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(clamping: number)
  }
}
