import SGModel
import Testing

/// Places in files, against counting from the start.
struct LineTableTests {
  /// Texts with lines of all lengths, letters of all widths, with and without a byte order mark.
  private static func text(_ seed: UInt64, bytes: Int) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var result: [UInt8] = seed % 3 == 0 ? [0xEF, 0xBB, 0xBF] : []
    let letters = ["a", "é", "€", "😀", " ", "\r\n", "\n", "        "]
    // Lines of megabytes, as Terraform writes them, and short ones.
    let breaks = seed % 2 == 0
    while result.count < bytes {
      let letter = letters[Int(random.next() % 8)]
      if letter.utf8.contains(0x0A), !breaks, random.next() % 20_000 != 0 { continue }
      // Of most lines a large part is nothing but ASCII.
      if !breaks, random.next() % 500 == 0 { result += Array(repeating: 0x61, count: 3_000) }
      result += Array(letter.utf8)
    }
    return result
  }

  @Test("A place is where counting from the start finds it", arguments: 0..<6 as Range<UInt64>)
  func counted(seed: UInt64) {
    let bytes = Self.text(seed, bytes: 300_000)
    let table = LineTable(SourceFile(path: "", bytes: SourceBytes(bytes)))
    var cursor = LineCursor(table)
    var expected: [SourcePosition] = []
    var place = SourcePosition(line: 1, column: 1)
    for (offset, byte) in bytes.enumerated() {
      expected.append(place)
      if seed % 3 == 0, offset < 3 { continue }
      if byte == 0x0A {
        place = SourcePosition(line: place.line + 1, column: 1)
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
    expected.append(place)
    var random = SeededGenerator(seed: seed)
    var last = 0
    for step in 0..<4000 {
      // Near places in both directions, and jumps.
      let reach = step % 50 == 0 ? bytes.count : 200
      last = min(bytes.count, max(0, last + Int(random.next() % UInt64(2 * reach)) - reach))
      // Within a character the column is the next one's, as everywhere in this tool.
      #expect(cursor.position(of: last) == expected[last])
      if step % 40 == 0 { #expect(table.position(of: last) == expected[last]) }
    }
  }

  @Test(
    "Two parts that were counted at once make the table of the whole",
    arguments: 0..<4 as Range<UInt64>)
  func parts(seed: UInt64) {
    let bytes = Self.text(seed, bytes: 400_000)
    let file = SourceFile(path: "", bytes: SourceBytes(bytes))
    let whole = LineTable(file)
    for start in [70_000, 65_536, 199_999, 390_000] {
      var left = LineTable(unread: file)
      left.extend(to: start)
      var right = LineTable(unread: file, from: start)
      right.extend(to: bytes.count)
      let breaks = left.append(right)
      #expect(breaks != nil)
      for offset in stride(from: 0, through: bytes.count, by: 997) {
        #expect(left.position(of: offset) == whole.position(of: offset))
      }
    }
    var ahead = LineTable(unread: file)
    ahead.extend(to: 300_000)
    let breaks = ahead.append(LineTable(unread: file, from: 100_000))
    #expect(breaks == nil)
  }

  @Test(
    "A walk through the file finds the same places, and makes the same table",
    arguments: 0..<6 as Range<UInt64>)
  func walked(seed: UInt64) throws {
    let bytes = Self.text(seed, bytes: 200_000)
    let file = SourceFile(path: "", bytes: SourceBytes(bytes))
    let whole = LineTable(file)
    var random = SeededGenerator(seed: seed)
    var left = LineTable(unread: file)
    var right: LineTable?
    var place = left.start
    // Some way that is as long as many checkpoints are apart, others shorter than one.
    while place.offset < bytes.count {
      let reach = random.next() % 10 == 0 ? 60_000 : 4_000
      let end = min(bytes.count, place.offset + Int(random.next() % UInt64(reach)) + 1)
      // The second half is counted for itself, from the start of a line.
      if right == nil, place.offset > 100_000, place.offset == place.lineStart {
        left.extend(to: place.offset)
        let part = LineTable(unread: file, from: place.offset)
        var start = part.start
        unsafe start.advance(to: place.offset, in: file.bytes.buffer)
        right = part
        place = start
      }
      if right == nil {
        left.extend(to: end, from: place)
      } else {
        right?.extend(to: end, from: place)
      }
      unsafe place.advance(to: end, in: file.bytes.buffer)
      let expected = whole.position(of: end)
      #expect(place.column == expected.column)
      if right == nil { #expect(place.breaks + 1 == expected.line) }
    }
    if let right {
      let appended = left.append(right)
      let breaks = try #require(appended)
      #expect(place.breaks + breaks + 1 == whole.position(of: bytes.count).line)
    }
    for offset in stride(from: 0, through: bytes.count, by: 499) {
      #expect(left.position(of: offset) == whole.position(of: offset))
    }
  }

  @Test("Places beyond the ends are those of the ends")
  func clamped() {
    let table = LineTable(SourceFile(path: "", bytes: SourceBytes(Array("ab\nc".utf8))))
    #expect(table.position(of: -7) == SourcePosition(line: 1, column: 1))
    #expect(table.position(of: 99) == SourcePosition(line: 2, column: 2))
  }
}
