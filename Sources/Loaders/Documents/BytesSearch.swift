internal import CBytes

extension UnsafeRawBufferPointer {
  /// The first place from `start` on where `word` stands; nothing where that is at `limit` or behind it.
  func firstPlace(of word: StaticString, from start: Int, before limit: Int = .max) -> Int? {
    firstPlace(
      of: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount),
      from: start, before: limit)
  }

  /// The first place from `start` on where `word` stands; nothing where that is at `limit` or behind it.
  ///
  /// Sixteen places at a time are looked at for its first and its last byte.
  func firstPlace(
    of word: UnsafeRawBufferPointer, from start: Int, before limit: Int = .max
  ) -> Int? {
    guard let base = baseAddress, let first = word.first, let last = word.last, start >= 0,
      count >= word.count
    else { return nil }
    // Where it can stand at all.
    let end = Swift.min(limit, count - word.count + 1)
    func isThere(_ place: Int) -> Bool {
      part(place..<place + word.count).elementsEqual(word)
    }
    var place = start
    while place < end, end - place >= 16 {
      var found = places_of_pair(base + place, first, base + (place + word.count - 1), last)
      while found != 0 {
        let candidate = place + found.trailingZeroBitCount
        if isThere(candidate) { return candidate }
        found &= found - 1
      }
      place += 16
    }
    while place < end {
      if self[place] == first, isThere(place) { return place }
      place += 1
    }
    return nil
  }
}
