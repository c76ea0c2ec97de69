package import SGModel

/// The steps of reading one file, for `pni-bench`.
package enum LoadSteps {
  /// Checks the grammar of a file of JSON and returns how many texts are in it.
  package static func skip(_ file: SourceFile) -> Int {
    var reader = JSONReader(file.bytes)
    var texts = 0
    while !reader.isAtEnd() {
      do { try reader.skip() } catch { return -1 }
      texts += 1
    }
    return texts
  }

  /// Reads what a file says, and returns how many entries of groups that is.
  package static func facts(_ file: SourceFile) -> Int {
    guard let facts = try? FileLoader.load(file, source: 0) else { return -1 }
    var count = 0
    for fact in facts {
      count += fact.looseEntries.count
      for group in fact.groups { count += group.entries.count }
      for floating in fact.floating { count += floating.entries.count }
    }
    return count
  }
}
