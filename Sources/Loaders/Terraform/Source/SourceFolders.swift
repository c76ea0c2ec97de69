public import SGModel

/// How folders of Terraform's own files are read: loaders do not speak to the operating system.
public struct SourceFolders: Sendable {
  /// The folder that the user gave; nothing: that of each plan, where it turns out to be its source.
  public var root: String?
  /// The names in a folder, sorted; none where it cannot be read.
  public var names: @Sendable (String) -> [String]
  /// A file, or why it cannot be read.
  public var read: @Sendable (String) -> Result<SourceFile, LoadError>

  /// Creates the access to folders.
  public init(
    root: String?, names: @escaping @Sendable (String) -> [String],
    read: @escaping @Sendable (String) -> Result<SourceFile, LoadError>
  ) {
    self.root = root
    self.names = names
    self.read = read
  }
}

/// Paths as texts; nothing is asked of the file system.
enum PathText {
  /// The path without `.`, and without `..` where something stands before it.
  static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else if part != ".." || !path.hasPrefix("/") {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    if path.hasPrefix("/") { return "/\(joined)" }
    return joined.isEmpty ? "." : joined
  }

  /// The path of `relative` within `folder`.
  static func join(_ folder: String, _ relative: String) -> String {
    normalised(relative.hasPrefix("/") ? relative : "\(folder)/\(relative)")
  }

  /// The folder that a file is in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : normalised(String(path[..<slash]))
  }

  /// Whether `path` is `folder` or within it; both are normalised.
  static func isWithin(_ path: String, _ folder: String) -> Bool {
    if path == folder { return true }
    if folder == "." { return !path.hasPrefix("/") && path != ".." && !path.hasPrefix("../") }
    return path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  /// Whether a part of the path is `name`.
  static func hasPart(_ name: String, in path: String) -> Bool {
    path.split(separator: "/").contains { $0 == name }
  }
}
