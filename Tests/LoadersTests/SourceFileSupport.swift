import SGModel

extension SourceFile {
  /// A file of which the memory could be let go of, as of one that is mapped.
  static func mapped(_ path: String, _ text: String) -> SourceFile {
    let memory = SourceBytes(Array(text.utf8))
    return SourceFile(
      path: path,
      bytes: SourceBytes(base: memory.base, count: memory.count, forget: { _, _ in }) { _, _ in
        withExtendedLifetime(memory) {}
      })
  }
}
