import SGModel

/// The files of Terraform that a run has read, shared by all of its plans.
///
/// A class because the numbers of files are given out while the plans are read.
final class TFSourceStore {
  let folders: SourceFolders
  private let firstNumber: Int
  private var read: [String: TFSourceFolder] = [:]
  private var numbers: [String: Int] = [:]
  /// The files that something points at, in the order of their numbers.
  private(set) var used: [SourceFile] = []

  /// Creates the store of a run whose other files have the numbers below `firstNumber`.
  init(_ folders: SourceFolders, firstNumber: Int) {
    self.folders = folders
    self.firstNumber = firstNumber
  }

  /// The files of the module in the folder.
  func folder(_ path: String) -> TFSourceFolder {
    if let known = read[path] { return known }
    let folder = TFSourceFolder(path, folders)
    read[path] = folder
    return folder
  }

  /// The stretch of a file of `folder`, as reports name it.
  func span(_ range: Range<Int>, of file: Int, in folder: TFSourceFolder) -> SourceSpan {
    SourceSpan(
      source: Int32(clamping: firstNumber + number(of: file, in: folder)), start: range.lowerBound,
      end: range.upperBound)
  }

  /// Keeps a stretch of a file from being quoted.
  func hide(_ range: Range<Int>, of file: Int, in folder: TFSourceFolder) {
    used[number(of: file, in: folder)].secrets.append(range)
  }

  private func number(of file: Int, in folder: TFSourceFolder) -> Int {
    var source = folder.files[file]
    if let known = numbers[source.path] { return known }
    source.secrets = folder.secrets[file]
    used.append(source)
    numbers[source.path] = used.count - 1
    return used.count - 1
  }
}

/// The source of one plan: which folder the source of each called module is in.
final class TFSourceTree {
  /// A module as it is called.
  struct Module {
    var folder: TFSourceFolder
    /// Whether its files are the user's own, and not fetched from elsewhere.
    var isOwn: Bool
  }

  let store: TFSourceStore
  let root: String
  private var modules: [[String]: Module?] = [:]
  private lazy var manifest = Self.readManifest(root, store.folders)

  init(_ store: TFSourceStore, root: String) {
    self.store = store
    self.root = PathText.normalised(root)
  }

  /// The module that is reached by these calls from the root, where its files are at hand.
  func module(_ calls: [String]) -> Module? {
    if let known = modules[calls] { return known }
    let found = find(calls)
    modules[calls] = .some(found)
    return found
  }

  /// The folders that were asked for and hold modules, in the order of their paths, each once.
  var folders: [TFSourceFolder] {
    var result: [String: TFSourceFolder] = [:]
    for case .some(let module) in modules.values { result[module.folder.path] = module.folder }
    return result.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func find(_ calls: [String]) -> Module? {
    guard let name = calls.last else {
      let folder = store.folder(root)
      return folder.files.isEmpty ? nil : Module(folder: folder, isOwn: true)
    }
    guard let caller = module(calls.dropLast()), caller.folder.isExact(.call(name)),
      let source = caller.folder.items[.call(name)]?.body.attribute("source")?.value.literalText
    else { return nil }
    let path: String
    var isOwn = caller.isOwn
    // What Terraform takes for a path (HashiCorp, "Module Sources", Local Paths).
    if source.hasPrefix("./") || source.hasPrefix("../") {
      path = PathText.join(caller.folder.path, source)
    } else {
      guard let fetched = manifest[calls.joined(separator: ".")] else { return nil }
      path = PathText.join(root, fetched)
    }
    if PathText.hasPart(".terraform", in: path) { isOwn = false }
    if !PathText.isWithin(path, root), path == ".." || path.hasPrefix("../") { isOwn = false }
    let folder = store.folder(path)
    return folder.files.isEmpty ? nil : Module(folder: folder, isOwn: isOwn)
  }

  /// Reads where `terraform init` has put the sources of modules: by the calls that lead to them.
  private static func readManifest(_ root: String, _ folders: SourceFolders) -> [String: String] {
    let path = PathText.join(root, ".terraform/modules/modules.json")
    guard folders.names(PathText.folder(of: path)).contains("modules.json"),
      case .success(let file) = folders.read(path)
    else { return [:] }
    let document = Document(bytes: file.bytes.buffer, source: 0)
    return withExtendedLifetime((file, document)) {
      var reader = JSONReader(file.bytes.buffer)
      guard (try? reader.read(into: document)) != nil, let root = document.root else { return [:] }
      var result: [String: String] = [:]
      for module in root["Modules"]?.elements ?? root.elements {
        if let key = module["Key"]?.scalarText, let folder = module["Dir"]?.scalarText {
          result[key] = folder
        }
      }
      return result
    }
  }
}
