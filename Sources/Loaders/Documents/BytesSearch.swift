extension UnsafeRawBufferPointer {
  /// The first place from `start` on where `word` stands; nothing where that is at `limit` or behind it.
  func firstPlace(of word: StaticString, from start: Int, before limit: Int = .max) -> Int? {
    firstPlace(
      of: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount),
      from: start, before: limit)
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
}
