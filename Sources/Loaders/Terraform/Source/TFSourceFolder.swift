import SGModel

/// What a module's own files declare, by its name within the module.
enum TFSourceName: Hashable {
  case resource(TFResourceName)
  case call(String)
  case local(String)
  case output(String)
  case variable(String)

  /// The name as Terraform writes it.
  var text: String {
    switch self {
    case .resource(let name): name.text
    case .call(let name): "module.\(name)"
    case .local(let name): "local.\(name)"
    case .output(let name): "output.\(name)"
    case .variable(let name): "var.\(name)"
    }
  }
}

/// One declaration.
struct TFSourceItem {
  /// The index of its file in the folder.
  var file: Int
  /// What is between its braces; of a local, nothing.
  var body: HCLBody
  /// The value of a local.
  var value: HCLExpression?
  /// The narrowest stretch that names it: the header of its block.
  var header: Range<Int>
}

/// The files of one module, read.
struct TFSourceFolder {
  var path: String
  var files: [SourceFile] = []
  /// Stretches of each file that may be secrets.
  var secrets: [[Range<Int>]] = []
  private(set) var items: [TFSourceName: TFSourceItem] = [:]
  /// What an override file changes, or what is declared twice: what is written in its block is not
  /// all there is to it.
  private(set) var inexact: Set<TFSourceName> = []
  /// Files that override others.
  private(set) var overrides: [String] = []
  /// Files in Terraform's JSON syntax, which is not read.
  private(set) var unread: [String] = []
  /// Why files could not be read.
  private(set) var failures: [LoadError] = []

  /// Whether there is anything that could not be read or placed with certainty beside the items.
  private var hasUnreadOverride = false

  /// Reads the files of Terraform in `path`.
  init(_ path: String, _ folders: SourceFolders) {
    self.path = path
    let names = folders.names(path)
    var later: [String] = []
    for name in names {
      guard !name.hasPrefix("."), !name.hasSuffix("~"), !name.hasPrefix("#") else { continue }
      let isJSON = name.hasSuffix(".tf.json") || name.hasSuffix(".tofu.json")
      // Folders of plans hold many files of other kinds, of which no path need be made.
      guard isJSON || name.hasSuffix(".tf") || name.hasSuffix(".tofu") else { continue }
      let file = PathText.join(path, name)
      if isJSON {
        unread.append(file)
        let isOverride = Self.isOverride(name, ending: ".json")
        if isOverride { hasUnreadOverride = true }
        continue
      }
      if Self.isOverride(name, ending: "") {
        later.append(file)
      } else {
        read(file, folders, isOverride: false)
      }
    }
    for file in later {
      overrides.append(file)
      read(file, folders, isOverride: true)
    }
  }

  private static func isOverride(_ name: String, ending: String) -> Bool {
    ["tf", "tofu"].contains { kind in
      name == "override.\(kind)\(ending)" || name.hasSuffix("_override.\(kind)\(ending)")
    }
  }

  /// Whether the declaration is all that there is to `name`.
  func isExact(_ name: TFSourceName) -> Bool {
    items[name] != nil && !inexact.contains(name) && !hasUnreadOverride
  }

  private mutating func read(_ path: String, _ folders: SourceFolders, isOverride: Bool) {
    switch folders.read(path) {
    case .failure(let error): fail(error, isOverride)
    case .success(let file):
      do throws(SyntaxError) {
        let tree = try HCLReader.read(file.bytes.buffer)
        var secrets: [Range<Int>] = []
        TFSecrets.collect(tree.body, into: &secrets)
        files.append(file)
        self.secrets.append(secrets)
        for block in tree.body.blocks { take(block, files.count - 1, isOverride) }
      } catch {
        let place = LineTable(file).position(of: error.offset)
        fail(
          .malformed(
            path: path, line: place.line, column: place.column, message: error.message), isOverride)
      }
    }
  }

  private mutating func fail(_ error: LoadError, _ isOverride: Bool) {
    failures.append(error)
    if isOverride { hasUnreadOverride = true }
  }

  private mutating func take(_ block: HCLBlock, _ file: Int, _ isOverride: Bool) {
    let name: TFSourceName
    switch (block.type, block.labels.count) {
    case ("resource", 2), ("data", 2):
      name = .resource(
        TFResourceName(
          isData: block.type == "data", type: block.labels[0], name: block.labels[1]))
    case ("module", 1): name = .call(block.labels[0])
    case ("output", 1): name = .output(block.labels[0])
    case ("variable", 1): name = .variable(block.labels[0])
    case ("locals", 0):
      for attribute in block.body.attributes {
        let item = TFSourceItem(
          file: file, body: HCLBody(), value: attribute.value, header: attribute.range)
        put(.local(attribute.name), item, isOverride)
      }
      return
    default: return
    }
    put(
      name, TFSourceItem(file: file, body: block.body, value: nil, header: block.header), isOverride
    )
  }

  private mutating func put(_ name: TFSourceName, _ item: TFSourceItem, _ isOverride: Bool) {
    if isOverride {
      inexact.insert(name)
    } else if items.updateValue(item, forKey: name) != nil {
      inexact.insert(name)
    }
  }
}

/// Finds what may be secret in a file: such lines are pointed at, and never quoted.
enum TFSecrets {
  private static let words = [
    "password", "secret", "token", "private_key", "access_key", "credential",
  ]

  /// Appends the stretches of a file that may be secrets.
  static func collect(_ body: HCLBody, into result: inout [Range<Int>]) {
    for block in body.blocks { collect(block, into: &result) }
  }

  private static func collect(_ block: HCLBlock, into result: inout [Range<Int>]) {
    // What configures a provider or a backend is keys and tokens.
    if block.type == "provider" || block.type == "backend" || block.type == "cloud" {
      result.append(block.range)
      return
    }
    if case .bool(true)? = block.body.attribute("sensitive")?.value.bare.kind {
      result.append(block.range)
      return
    }
    for attribute in block.body.attributes {
      let name = attribute.name.lowercased()
      if words.contains(where: { name.contains($0) }), !isReference(attribute.value) {
        result.append(attribute.range)
      } else {
        collect(attribute.value, into: &result)
      }
    }
    for inner in block.body.blocks { collect(inner, into: &result) }
  }

  private static func collect(_ expression: HCLExpression, into result: inout [Range<Int>]) {
    if case .call("sensitive", _, _) = expression.kind {
      result.append(expression.range)
      return
    }
    if case .object(let items) = expression.kind {
      for item in items {
        let name = item.keyText?.lowercased() ?? ""
        if words.contains(where: { name.contains($0) }), !isReference(item.value) {
          result.append(item.value.range)
        }
      }
    }
    for part in expression.parts { collect(part, into: &result) }
  }

  /// Whether the text of the expression is a name and not a value.
  static func isReference(_ expression: HCLExpression) -> Bool {
    if case .traversal(_, let steps) = expression.bare.kind {
      return steps.allSatisfy { if case .index = $0 { false } else { true } }
    }
    return false
  }
}
