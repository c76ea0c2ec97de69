/// What plain groups say of themselves: addresses, ids, names, owners and VPCs, by the group's number.
///
/// All groups are asked for it, once. Their texts are all over the plan: to read them again would take longer than
/// what is done with them.
struct TFGroupHeads {
  /// The texts of one group.
  struct Head {
    var address = ""
    var id: String?
    var name: String?
    var owner: String?
    var vpc: String?
  }

  /// Where the texts of a group are, one behind the other.
  private struct Row {
    var start: UInt32
    var address: UInt16
    var id: UInt16
    var name: UInt16
    var owner: UInt16
    var vpc: UInt16
  }

  /// The length of what is not said.
  private static let absent = UInt16.max
  /// How many bytes a text may have.
  static let longest = Int(absent) - 1

  private var bytes: [UInt8] = []
  private var rows: [Row] = []

  /// Adds those of the next group.
  mutating func append(_ address: String, id: Value?, name: Value?, owner: Value?, vpc: Value?) {
    let start = UInt32(clamping: bytes.count)
    rows.append(
      Row(
        start: start, address: add(address), id: add(id), name: add(name), owner: add(owner),
        vpc: add(vpc)))
  }

  /// Adds those of other groups, which come behind these.
  mutating func append(_ other: TFGroupHeads) {
    let start = UInt32(clamping: bytes.count)
    bytes.append(contentsOf: other.bytes)
    rows.reserveCapacity(rows.count + other.rows.count)
    for var row in other.rows {
      row.start += start
      rows.append(row)
    }
  }

  private mutating func add(_ text: String) -> UInt16 {
    let count = bytes.count
    bytes.append(contentsOf: text.utf8)
    return UInt16(clamping: bytes.count - count)
  }

  /// Adds the text of a string; what is no string says nothing.
  private mutating func add(_ value: Value?) -> UInt16 {
    guard let value, value.kind == .string else { return Self.absent }
    if value.node.isEncoded { return add(value.text) }
    let raw = value.rawBytes
    bytes.append(contentsOf: raw)
    return UInt16(clamping: raw.count)
  }

  /// The texts of a group; nothing where they were forgotten.
  subscript(number: Int) -> Head? {
    guard rows.indices.contains(number) else { return nil }
    let row = rows[number]
    var place = Int(row.start)
    func next(_ length: UInt16) -> String? {
      guard length != Self.absent else { return nil }
      defer { place += Int(length) }
      return String(decoding: bytes[place..<place + Int(length)], as: UTF8.self)
    }
    var head = Head()
    head.address = next(row.address) ?? ""
    head.id = next(row.id)
    head.name = next(row.name)
    head.owner = next(row.owner)
    head.vpc = next(row.vpc)
    return head
  }
}
