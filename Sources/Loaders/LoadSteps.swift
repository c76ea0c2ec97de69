package import SGModel

/// The steps of reading one file, for `pni-bench`.
package enum LoadSteps {
  /// Reads what a file says, and returns how many entries of groups that is.
  package static func entries(of file: SourceFile) -> Int {
    guard let facts = try? FileLoader.load(file, source: 0) else { return 0 }
    var count = 0
    for fact in facts {
      count += fact.looseEntries.count
      for group in fact.groups { count += group.entries.count }
      for floating in fact.floating { count += floating.entries.count }
    }
    return count
  }
}
