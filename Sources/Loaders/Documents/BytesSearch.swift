#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension UnsafeRawBufferPointer {
  /// The first place from `start` on where `word` stands.
  func firstPlace(of word: StaticString, from start: Int) -> Int? {
    firstPlace(
      of: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount), from: start)
  }

  /// The first place from `start` on where `word` stands (Horspool's search: most places are jumped over);
  /// nothing where that is at `limit` or behind it.
  func firstPlace(
    of word: UnsafeRawBufferPointer, from start: Int, before limit: Int = .max
  ) -> Int? {
    let length = word.count
    guard length > 0, start >= 0, start < limit else { return nil }
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { jumps in
      jumps.initialize(repeating: length)
      for index in 0..<(length - 1) { jumps[Int(word[index])] = length - 1 - index }
      let last = word[length - 1]
      var place = start
      while place < limit, length <= count - place {
        let byte = self[place + length - 1]
        if byte == last, part(place..<place + length).elementsEqual(word) { return place }
        place += jumps[Int(byte)]
      }
      return nil
    }
  }

  /// As `firstPlace(of:from:before:)`, by looking for the last letter of the word, as the system does that: faster
  /// where the letter is rare.
  func firstPlace(
    ofRareEnd word: UnsafeRawBufferPointer, from start: Int, before limit: Int
  ) -> Int? {
    guard let base = baseAddress, let last = word.last, start >= 0 else { return nil }
    let end = Swift.min(count, limit > count - word.count ? count : limit + word.count - 1)
    var place = start + word.count - 1
    while place < end {
      guard let found = memchr(base + place, Int32(last), end - place) else { return nil }
      let behind = UnsafeRawPointer(found) - base + 1
      if part(behind - word.count..<behind).elementsEqual(word) { return behind - word.count }
      place = behind
    }
    return nil
  }
}
