import SGModel

/// The entries that an answer rests on, each once, with what they open.
struct CauseList {
  /// One of them.
  struct Entry {
    /// The index of its origin.
    let origin: Int32
    /// How much it opens.
    var weight: Double
    /// What it allows: one box, as nearly every entry, and further ones apart.
    let box: Permission
    var further: [Permission] = []

    /// All that it allows.
    var boxes: [Permission] { [box] + further }
  }

  private var entries: [Entry] = []

  /// More are found by a table.
  private static let fewEntries = 16

  /// Takes the permissions that stand at some offsets; nothing where there are none.
  init?(_ culprits: [Int], _ permissions: ArraySlice<Permission>) {
    if culprits.isEmpty { return nil }
    entries.reserveCapacity(culprits.count)
    var table: [Int32: Int] = [:]
    for offset in culprits {
      let permission = permissions[permissions.startIndex + offset]
      let weight = Weight.of(permission)
      if let known = index(of: permission.origin, table) {
        entries[known].weight += weight
        if entries[known].box != permission { entries[known].further.append(permission) }
        continue
      }
      entries.append(Entry(origin: permission.origin, weight: weight, box: permission))
      if entries.count == Self.fewEntries {
        for (index, entry) in entries.enumerated() { table[entry.origin] = index }
      } else if entries.count > Self.fewEntries {
        table[permission.origin] = entries.count - 1
      }
    }
  }

  private func index(of origin: Int32, _ table: [Int32: Int]) -> Int? {
    // The boxes of an entry mostly stand side by side.
    if let last = entries.last, last.origin == origin { return entries.count - 1 }
    if entries.count >= Self.fewEntries { return table[origin] }
    for index in entries.indices where entries[index].origin == origin { return index }
    return nil
  }

  /// How many there are.
  var count: Int { entries.count }

  subscript(index: Int) -> Entry { entries[index] }

  /// The origin of the entry that opens most; of several the first.
  var widest: Int32 {
    var best = 0
    for index in entries.indices
    where (-entries[index].weight, entries[index].origin)
      < (-entries[best].weight, entries[best].origin)
    {
      best = index
    }
    return entries[best].origin
  }

  /// The indices of those that open most, the widest first, without what opens nothing beside them.
  func telling(limit: Int, atoms: AtomTable) -> [Int] {
    var order = entries.indices.map { (entries[$0].weight, entries[$0].origin, $0) }
    order.sort { ($1.0, $0.1) < ($0.0, $1.1) }
    var telling: [Int] = []
    var known: [Permission] = []
    telling.reserveCapacity(min(limit, entries.count))
    known.reserveCapacity(min(limit, entries.count))
    for (_, _, index) in order {
      if telling.count == limit { break }
      if !known.isEmpty, isWithin(entries[index], known, atoms) { continue }
      telling.append(index)
      if entries[index].box.isCertain { known.append(entries[index].box) }
      for box in entries[index].further where box.isCertain { known.append(box) }
    }
    return telling
  }

  private func isWithin(_ entry: Entry, _ known: [Permission], _ atoms: AtomTable) -> Bool {
    entry.further.isEmpty
      ? Comparison.isWithin(entry.box, certain: known, atoms: atoms)
      : Comparison.isWithin(entry.boxes, known, atoms: atoms)
  }
}
