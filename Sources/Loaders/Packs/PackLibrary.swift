public import SGModel

/// The packs that come with the tool: the files of `rules/`, embedded in the binary.
public struct PackLibrary {
  /// The names of the packs, as `--policy` takes them, sorted.
  public static var names: [String] { (fileNames + checkNames).sorted() }
  /// The names of the packs that are files.
  public static var fileNames: [String] { EmbeddedPacks.all.map(\.name.description) }
  /// The names of the packs that are made of checks written in Swift.
  public static let checkNames = ["terraform"]

  /// Returns the pack of that name with the values that it has by itself: what `PackLoader` makes of its file.
  public static func pack(named name: String) -> Pack? {
    guard let tree = known(name)?.tree else { return nil }
    return PackLoader.load(
      tree: UnsafeRawBufferPointer(start: tree.utf8Start, count: tree.utf8CodeUnitCount))
  }

  /// Returns the file of the pack of that name.
  ///
  /// It is read when it is loaded, not before.
  public static func embedded(named name: String) -> SourceFile? {
    guard let text = known(name)?.text else { return nil }
    // A literal is memory that is there for as long as the program is: nothing is copied or freed.
    let bytes = SourceBytes(
      base: UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount,
      release: { _, _ in })
    return SourceFile(path: "rules/\(name).yaml", bytes: bytes)
  }

  private static func known(
    _ name: String
  ) -> (name: StaticString, text: StaticString, tree: StaticString)? {
    EmbeddedPacks.all.first { $0.name.description == name }
  }
}
