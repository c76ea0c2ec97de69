import Testing

@testable import Loaders

@Suite struct BytesSearchTests {
  /// The place is that of a search one by one, wherever it stands, for words of all lengths, and within the limit.
  @Test(arguments: [0, 1, 15, 16, 17, 31, 40, 100])
  func findsTheFirst(count: Int) {
    var random = UInt64(count) &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    for round in 0..<300 {
      // Few letters, so that there are many beginnings; in memory that ends with them.
      let letters = 1 + round % 3
      let bytes = (0..<count).map { _ in UInt8(97 + next(letters)) }
      let word = (0..<1 + next(20)).map { _ in UInt8(97 + next(letters)) }
      let start = next(count + 2)
      let limit = round % 2 == 0 ? Int.max : next(count + 3)
      let expected = (0..<max(0, count - word.count + 1)).first {
        $0 >= start && $0 < limit && Array(bytes[$0..<$0 + word.count]) == word
      }
      let found = bytes.withUnsafeBytes { bytes in
        word.withUnsafeBytes { bytes.firstPlace(of: $0, from: start, before: limit) }
      }
      #expect(found == expected, "\(word) in \(bytes) from \(start) before \(limit)")
    }
  }
}
