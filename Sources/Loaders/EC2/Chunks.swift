/// A list that grows without being copied, and takes another one in without copying it.
///
/// An array of millions of elements needs its memory one and a half times while it grows.
struct Chunks<Element> {
  private var chunks: [[Element]] = []
  /// The number of the first element of each chunk.
  private var firsts: [Int] = []
  /// How many elements there are.
  private(set) var count = 0

  private static var chunkSize: Int { 4096 }

  mutating func append(_ element: Element) {
    if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
      var chunk: [Element] = []
      chunk.reserveCapacity(Self.chunkSize)
      chunks.append(chunk)
      firsts.append(count)
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  /// Appends all elements of another list.
  mutating func append(_ other: Chunks) {
    for chunk in other.chunks {
      chunks.append(chunk)
      firsts.append(count)
      count += chunk.count
    }
  }

  /// Changes every element.
  mutating func changeAll(_ change: (inout Element) -> Void) {
    for chunk in chunks.indices {
      for index in chunks[chunk].indices { change(&chunks[chunk][index]) }
    }
  }

  /// - Complexity: O(1 + *n*) for *n* lists that were taken in.
  subscript(index: Int) -> Element {
    get {
      let chunk = chunk(of: index)
      return chunks[chunk][index - firsts[chunk]]
    }
    set {
      let chunk = chunk(of: index)
      chunks[chunk][index - firsts[chunk]] = newValue
    }
  }

  /// Which chunk has that element.
  private func chunk(of index: Int) -> Int {
    // No chunk has more than so many, and only the last one of a list has fewer.
    var chunk = Swift.min(index / Self.chunkSize, chunks.count - 1)
    while chunk + 1 < chunks.count, firsts[chunk + 1] <= index { chunk += 1 }
    return chunk
  }
}

extension Chunks: Sequence {
  func makeIterator() -> FlattenSequence<[[Element]]>.Iterator { chunks.joined().makeIterator() }
}

extension Chunks: Sendable where Element: Sendable {}
