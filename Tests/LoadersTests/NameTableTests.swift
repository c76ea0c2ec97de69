import Testing

@testable import Loaders

@Suite struct NameTableTests {
  private static func with<Result>(
    _ text: String, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    var text = text
    return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }

  /// Names with numbers, kept as the sets and ids of a plan are.
  private struct Names {
    var arena = TextArena()
    var table = NumberTable()
    var all: [TextArena.Place] = []
    let hash: (String) -> UInt32

    func find(_ name: String) -> Int? {
      NameTableTests.with(name) { bytes in
        table.find(hash(name)) { arena.isSame(all[$0], bytes) }
      }
    }

    mutating func add(_ name: String) {
      let place = NameTableTests.with(name) { arena.add($0) }
      table.add(all.count, hash(name))
      all.append(place)
    }
  }

  /// Whatever the hashes are, each name has its number: also where all are the same, where they fill the last
  /// slots, and where the table grows.
  @Test(arguments: [1, 31, 32, 33, 47, 48, 49, 64, 500])
  func findsAll(count: Int) {
    let hashes: [(String) -> UInt32] = [
      { _ in 0 }, { _ in .max }, { UInt32($0.utf8.count % 3) &- 1 },
      { $0.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } },
    ]
    for hash in hashes {
      var names = Names(hash: hash)
      #expect(names.find("n0") == nil)
      for number in 0..<count {
        #expect(names.find("n\(number)") == nil)
        names.add("n\(number)")
        #expect(names.find("n\(number)") == number)
      }
      for number in 0..<count { #expect(names.find("n\(number)") == number) }
      #expect(names.find("") == nil && names.find("n\(count)") == nil && names.find("n") == nil)
    }
  }

  @Test func textsAreKept() {
    var arena = TextArena()
    #expect(arena.text(TextArena.none) == "")
    let texts = ["", "a", "", "é\u{0}\"", "a", String(repeating: "x", count: 70_000), "12345678"]
    let places = texts.map { text in Self.with(text) { arena.add($0) } }
    for (text, place) in zip(texts, places) {
      #expect(arena.text(place) == text)
      #expect(Self.with(text) { arena.isSame(place, $0) })
      #expect(!Self.with(text + "y") { arena.isSame(place, $0) })
    }
    #expect(!Self.with("12345679") { arena.isSame(places[6], $0) })
    #expect(!Self.with("b") { arena.isSame(places[1], $0) })
    // The empty text, at the end of nothing.
    var empty = TextArena()
    let place = Self.with("") { empty.add($0) }
    #expect(empty.text(place) == "" && Self.with("") { empty.isSame(place, $0) })
  }
}

@Suite struct TFSetsTests {
  private static func names(_ sets: TFSets) -> [String] {
    sets.indices.map { "\(sets[$0].module.prefix) \(sets[$0].name.text)" }
  }

  /// Sets of another reader get the numbers of those that are known, and new ones behind them.
  @Test(arguments: [0, 3, 70])
  func takesOthers(count: Int) {
    let hash = TFTextHash(seed: 5)
    let (one, two) = (TFSets(hash: hash), TFSets(hash: hash))
    let prefixes = ["", "module.a", "module.b[\"x\"]"]
    func make(_ sets: TFSets, _ number: Int) -> TFResourceSet {
      sets.make(
        isData: number % 5 == 0, type: ["aws_vpc", "aws_security_group"][number % 2],
        name: number == 0 ? "" : "n\(number)", in: prefixes[number % 3])
    }
    for number in 0..<count { _ = make(one, number) }
    // In another order, and half of them known.
    for number in (count / 2..<count + 40).reversed() { _ = make(two, number) }
    let before = Self.names(one)
    let theirs = Self.names(two)
    let numbers = two.indices.isEmpty ? [] : one.take(two)
    #expect(Array(Self.names(one).prefix(before.count)) == before)
    #expect(numbers.count == theirs.count && one.count == count + 40)
    #expect(Set(Self.names(one)).count == one.count)
    for (number, name) in zip(numbers, theirs) { #expect(Self.names(one)[Int(number)] == name) }
    // What is taken is found, and taking it again changes nothing.
    for number in 0..<count + 40 {
      let set = make(two, number)
      #expect(one.set(set.name, in: set.module.prefix)?.number == make(one, number).number)
    }
    #expect(one.set(TFResourceName(isData: false, type: "aws_vpc", name: "none"), in: "") == nil)
    let again = one.take(two)
    #expect(Array(again.prefix(numbers.count)) == numbers)
  }

  /// What differs in one part alone is another set.
  @Test func partsCount() {
    let sets = TFSets(hash: TFTextHash(seed: 1))
    let first = sets.make(isData: false, type: "aws_vpc", name: "a", in: "").number
    #expect(sets.make(isData: true, type: "aws_vpc", name: "a", in: "").number != first)
    #expect(sets.make(isData: false, type: "aws_subnet", name: "a", in: "").number != first)
    #expect(sets.make(isData: false, type: "aws_vpc", name: "", in: "").number != first)
    #expect(sets.make(isData: false, type: "aws_vpc", name: "a", in: "module.a").number != first)
    #expect(sets.make(isData: false, type: "aws_vpc", name: "a", in: "").number == first)
    #expect(sets.count == 5)
  }
}

@Suite struct TFAddressTableTests {
  /// An address is the same whether its quotes are written with escapes or, as the key of an object, were read
  /// before; wherever they stand, and however long it is.
  @Test(arguments: 0..<40)
  func takesEscapesForWhatTheyMean(length: Int) {
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789.[]_é".utf8)
    for quote in 0...length {
      var plain: [UInt8] = (0..<length).map { letters[$0 % letters.count] }
      plain.insert(UInt8(ascii: "\""), at: quote)
      if quote % 3 == 0 { plain.insert(UInt8(ascii: "\\"), at: quote / 2) }
      let encoded = plain.flatMap { byte in
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
          ? [UInt8(ascii: "\\"), byte] : [byte]
      }
      var table = TFAddressTable(seed: 7)
      func isNew(_ text: [UInt8], isEncoded: Bool) -> Bool {
        text.withUnsafeBytes { table.wanted($0, isEncoded: isEncoded) }
          .map { table.insertNew($0, 0) } ?? false
      }
      #expect(isNew(encoded, isEncoded: true))
      #expect(!isNew(plain, isEncoded: false), "\(String(decoding: plain, as: UTF8.self))")
      #expect(isNew(encoded + [0x61], isEncoded: true))
      #expect(!isNew(plain + [0x61], isEncoded: false))
      // What does not stand for itself is left to others.
      #expect(!isNew(encoded + Array("\\n".utf8), isEncoded: true))
      #expect(!isNew(encoded + [UInt8(ascii: "\\")], isEncoded: true))
    }
  }
}
