/// Helps to say what would have been valid.
enum Suggestion {
  /// Returns the word that `text` is most likely meant to be, if any is near enough.
  ///
  /// One edit is near enough in a short word, two in a longer one.
  static func closest(to text: String, among words: some Sequence<String>) -> String? {
    let typed = Array(text.lowercased().utf8)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for word in words where word.utf8.count <= 64 && word != text {
      let candidate = Array(word.lowercased().utf8)
      let length = min(typed.count, candidate.count)
      let limit = length <= 1 ? 0 : length <= 4 ? 1 : 2
      let distance = distance(typed, candidate)
      if distance <= limit, distance < best?.distance ?? .max { best = (word, distance) }
    }
    return best?.word
  }

  /// How many letters have to be put in, left out, replaced or swapped with their neighbour.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if abs(a.count - b.count) > 2 { return .max }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in b.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }

  /// Returns `did you mean …?` where a word is near, and else what is expected.
  static func help(for text: String, among words: [String]) -> String {
    if let word = closest(to: text, among: words) { return "did you mean `\(word)`?" }
    return "expected \(list(words))"
  }

  /// Returns the words as a list that ends in `or`.
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }

  /// Returns the text on one line, cut to what fits into a message.
  static func clipped(_ text: String) -> String {
    let limit = 80
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return result + "…" }
      result.unicodeScalars.append(
        scalar == "\n" || scalar == "\r" || scalar == "\t" ? " " : scalar)
      count += 1
    }
    return result
  }
}
