import SGModel
import Testing

@testable import Loaders

/// What is kept of plain groups in the place of their bytes.
@Suite struct GroupRecordsTests {
  private static func key(_ number: Int) throws -> ResourceKey {
    try #require(ResourceKey("sg-\(String(number + 1, radix: 16))", prefix: "sg-"))
  }

  /// Groups that refer to groups near and far, before and behind, and to some that no file shows: each
  /// reference means what was written, whether there was room to remember it or not.
  @Test(arguments: [40, 3000, 100_000]) func references(distance: Int) throws {
    var random = SeededNumbers(state: UInt64(distance))
    var references = GroupReferences()
    let count = 12_000
    var unmet: [(number: Int, group: Int)] = []
    var known = 0
    for number in 0..<count {
      for _ in 0..<3 {
        let target = max(0, number + Int(random.next() % UInt64(2 * distance)) - distance)
        switch try references.reference(to: Self.key(target)) {
        case .number(let found)?:
          #expect(found == target)
          known += 1
        case .unmet(let place)?: unmet.append((place, target))
        case nil: continue
        }
      }
      try references.note(Self.key(number), number: number)
    }
    references.finish()
    for (place, group) in unmet {
      switch references.target(place) {
      case .number(let found):
        #expect(found == group)
        known += 1
      case .key(let key): #expect(try key == Self.key(group))
      }
    }
    // Groups that are near are met, or remembered, all of them but those behind the last.
    if distance == 40 { #expect(known > count * 3 - 200) }
  }

  /// Names with and without numbers at their ends are printed as they were written.
  @Test func names() throws {
    let names =
      [
        "", "7", "0", "00", "a", "a-0", "a-1", "a-01", "a-10", "a-4294967296", "a1b2",
        "a-123456789", "a-1234567890", String(repeating: "x", count: 63) + "1",
        String(repeating: "x", count: 64) + "1", String(repeating: "x", count: 300), "a b", "a#1",
        "Zoë 1", "a\u{7F}1",
      ]
      + [0x00, 0x1F, 0x20, 0x22, 0x23, 0x24, 0x7E, 0x7F, 0x80, 0xFF].flatMap { code in
        (0..<20).map { place in
          let odd = String(UnicodeScalar(UInt8(code)))
          return String(repeating: "a", count: place) + odd
            + String(repeating: "9", count: 19 - place)
        }
      } + (0..<10_000).map { "\(String($0, radix: 2))-x\($0 % 7)" }
    let writer = RecordWriter(isOfShelf: true)
    let records = GroupRecords(limit: 1 << 22)
    var numbers: [UInt32] = []
    for (number, name) in names.enumerated() {
      writer.begin(atLine: 0, number: number)
      writer.add(.ingress, at: RecordPlace(line: 1, column: 300))
      Array(name.utf8).withUnsafeBytes { writer.end(name: $0) }
      numbers.append(try #require(records.append(writer.written, writer.table)))
    }
    for (name, number) in zip(names, numbers) {
      var reader = RecordReader(records[number], line: 0)
      let isPrintable = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x23 }
      let read = reader.name.map { name in
        String(decoding: name.text, as: UTF8.self) + (name.number.map { "\($0)" } ?? "")
      }
      #expect(read == (isPrintable ? String(name.prefix(64)) : nil))
      guard case .list(.ingress)? = reader.next() else {
        Issue.record("\(name)")
        return
      }
      #expect(reader.lastPlace.line == 1 && reader.lastPlace.column == 300)
      if reader.next() != nil { Issue.record("\(name) goes on") }
    }
  }

  /// Entries that refer to the group itself, to one before it, to one that comes, and to one that never does.
  @Test func kindsOfReferences() throws {
    let writer = RecordWriter(isOfShelf: true)
    let services = ServiceRange(protocol: 6, ports: 443...443)
    writer.table.note(try Self.key(1), number: 1)
    writer.begin(atLine: 0, number: 5)
    writer.id = try Self.key(5)
    for group in [5, 1, 9, 10, 9] {
      writer.add(
        group: try Self.key(group), services, at: RecordPlace(line: group, column: group))
    }
    Array("g".utf8).withUnsafeBytes { writer.end(name: $0) }
    writer.table.note(try Self.key(5), number: 5)
    writer.table.note(try Self.key(9), number: 9)
    writer.table.finish()
    writer.table.firstGroup = 100
    var reader = RecordReader(writer.record, line: 0)
    var read: [String] = []
    while let item = reader.next() {
      #expect(reader.lastPlace.line == reader.lastPlace.column)
      #expect(reader.services == services)
      switch item {
      case .own: read.append("own")
      case .before(let distance): read.append("-\(distance)")
      case .unmet(let number):
        switch writer.table.target(number) {
        case .number(let number): read.append("\(number)")
        case .key(let key): read.append(key.text(prefix: "sg-"))
        }
      case .list, .v4, .other: Issue.record("not a reference")
      }
    }
    #expect(read == ["own", "-4", "109", "sg-b", "109"])
  }

  /// Ids of all lengths are printed as they were written.
  @Test func ids() throws {
    var random = SeededNumbers(state: 1)
    for digits in 1...30 {
      for _ in 0..<20 {
        let id =
          "sg-"
          + String(
            (0..<digits).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
        #expect(try #require(ResourceKey(id, prefix: "sg-")).text(prefix: "sg-") == id)
      }
    }
  }

  /// What is no lower-case hexadecimal digit is none wherever it stands.
  @Test(arguments: [1, 5, 8, 9, 17, 24, 30]) func digits(count: Int) {
    let digits = Array("0123456789abcdef".utf8)
    for place in 0..<count {
      for byte in UInt8.min ... .max {
        var id = Array("sg-".utf8) + (0..<count).map { digits[($0 * 7 + 3) % 16] }
        id[3 + place] = byte
        let key = id.withUnsafeBytes { ResourceKey($0, prefix: "sg-") }
        #expect((key != nil) == digits.contains(byte), "\(byte) at \(place)")
      }
    }
  }

  /// Stretches of all lengths, equal and with one byte that is not, wherever it stands.
  @Test func stretches() {
    for length in 0...140 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
      var others = [bytes]
      for place in 0..<length {
        others.append(bytes)
        others[place + 1][place] ^= 0x10
      }
      for (number, other) in others.enumerated() {
        let isSame = bytes.withUnsafeBytes { one in
          other.withUnsafeBytes { JSONBytes.isSame(one, $0) }
        }
        #expect(isSame == (number == 0), "\(length), \(number)")
      }
    }
  }
}
