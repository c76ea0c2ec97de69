import SGModel

/// An expression of the source.
struct TFWritten {
  var expression: HCLExpression
  /// A number of its own.
  var id: Int
  /// Whether it depends on the instance of the resource that it belongs to.
  var isPerInstance: Bool
}

/// Puts expressions of the source beside those of a plan's configuration.
///
/// The source may have changed since the plan was made. An expression is used only where it names
/// exactly what the plan says it refers to; locals, of which the plan says nothing, only in modules
/// where every expression that can be compared agrees.
struct TFSourceAgreement {
  private let tree: TFSourceTree
  private var nextID = 0
  /// The calls that lead to the module, empty for the root.
  private var path: [String] = []
  /// Modules whose source does not agree, with the first thing in which it does not.
  private(set) var disagreements: [(module: [String], name: String)] = []
  /// Modules whose source agrees as far as it can be compared.
  private(set) var agreeing: Set<[String]> = []

  init(_ tree: TFSourceTree) { self.tree = tree }

  /// Compares a module and all that it calls.
  mutating func compare(_ module: TFConfiguredModule) {
    if let source = tree.module(path) { compare(module, source.folder) }
    for name in module.callOrder {
      guard let call = module.calls[name] else { continue }
      path.append(name)
      compare(call.module)
      path.removeLast()
    }
  }

  private mutating func compare(_ module: TFConfiguredModule, _ folder: TFSourceFolder) {
    var different: String?
    func note(_ name: TFSourceName, _ attribute: String) {
      if different == nil { different = "\(name.text): \(attribute)" }
    }
    for number in module.resources.indices {
      let resource = module.resources.name(number)
      let name = TFSourceName.resource(resource)
      guard folder.items[name] != nil else {
        note(name, "not declared")
        continue
      }
      guard folder.isExact(name), let body = folder.items[name]?.body else { continue }
      guard let configured = module.resources[number] else { continue }
      for key in configured.expressions.keys.sorted() {
        adopt(&configured.expressions[key], body, key, allowsBlocks: true) { note(name, key) }
      }
      // Of other types the plan's reader keeps a part only.
      if TFTypes.isOfInterest(resource.type) {
        compareNames(configured.expressions, body) { note(name, $0) }
      }
      adoptHidden(&configured.forEach, body, "for_each") { note(name, "for_each") }
      adoptHidden(&configured.count, body, "count") { note(name, "count") }
    }
    for call in module.callOrder {
      let name = TFSourceName.call(call)
      guard folder.items[name] != nil else {
        note(name, "not declared")
        continue
      }
      guard folder.isExact(name), let body = folder.items[name]?.body else { continue }
      guard var configured = module.calls[call] else { continue }
      for key in configured.expressions.keys.sorted() {
        adopt(&configured.expressions[key], body, key) { note(name, key) }
      }
      compareNames(configured.expressions, body) { note(name, $0) }
      adoptHidden(&configured.forEach, body, "for_each") { note(name, "for_each") }
      adoptHidden(&configured.count, body, "count") { note(name, "count") }
      module.calls[call] = configured
    }
    for output in module.outputs.keys.sorted() {
      let name = TFSourceName.output(output)
      guard folder.isExact(name), let body = folder.items[name]?.body else { continue }
      adopt(&module.outputs[output], body, "value") { note(name, "value") }
    }
    for variable in module.variables.keys.sorted() {
      let name = TFSourceName.variable(variable)
      guard folder.isExact(name), let body = folder.items[name]?.body,
        var standard = module.variables[variable] ?? nil
      else { continue }
      adopt(&standard, body, "default") { note(name, "default") }
      module.variables[variable] = .some(standard)
    }
    if let different {
      disagreements.append((path, different))
      return
    }
    agreeing.insert(path)
    for (name, item) in folder.items {
      guard case .local(let local) = name, folder.isExact(name), let value = item.value else {
        continue
      }
      var expression = TFExpression()
      expression.written = written(value)
      module.locals[local] = expression
    }
  }

  /// Notes arguments of the source that the plan does not know of.
  ///
  /// A plan leaves out what refers to nothing and is no constant.
  private func compareNames(
    _ planned: [String: TFExpression], _ body: HCLBody, _ note: (String) -> Void
  ) {
    for attribute in body.attributes where planned[attribute.name] == nil {
      guard !Self.metaArguments.contains(attribute.name) else { continue }
      let isConstant =
        switch attribute.value.bare.kind {
        case .null, .bool, .number, .string: true
        default: TFReferences.names(in: attribute.value).isEmpty == false
        }
      if isConstant { note(attribute.name) }
    }
  }

  private static let metaArguments: Set<String> = [
    "count", "for_each", "depends_on", "provider", "providers", "source", "version",
  ]

  private mutating func written(_ expression: HCLExpression) -> TFWritten {
    nextID += 1
    return TFWritten(
      expression: expression, id: nextID,
      isPerInstance: TFReferences.traversals(in: expression).contains {
        switch TFTraversal($0.text).head {
        case .eachKey, .eachValue, .countIndex: true
        default: false
        }
      })
  }

  /// Puts the source's expression beside the plan's, where both refer to the same.
  private mutating func adopt(
    _ planned: inout TFExpression?, _ body: HCLBody, _ key: String, allowsBlocks: Bool = false,
    _ disagree: () -> Void
  ) {
    guard var expression = planned else { return }
    // Arguments of blocks are named by their path; of several blocks they are one.
    var body = body
    var path = key.split(separator: ".", omittingEmptySubsequences: false)
    while path.count > 1 {
      let blocks = body.blocks(String(path.removeFirst()))
      guard blocks.count == 1 else { return }
      body = blocks[0].body
    }
    let key = String(path.first ?? "")
    guard let attribute = body.attribute(key) else {
      // Blocks are expressions in a plan too.
      let isBlock = allowsBlocks && body.blocks.contains { $0.type == key || $0.isDynamic(key) }
      if !isBlock { disagree() }
      return
    }
    guard TFReferences.agree(expression, attribute.value) else { return disagree() }
    expression.written = written(attribute.value)
    planned = expression
  }
}

extension TFSourceAgreement {
  /// Adopts an argument that a plan leaves out where it refers to nothing and is no constant:
  /// `toset(["a"])`.
  private mutating func adoptHidden(
    _ planned: inout TFExpression?, _ body: HCLBody, _ key: String, _ disagree: () -> Void
  ) {
    if planned == nil, body.attribute(key) != nil { planned = TFExpression() }
    adopt(&planned, body, key, disagree)
  }

  private mutating func adopt(
    _ planned: inout TFExpression, _ body: HCLBody, _ key: String, _ disagree: () -> Void
  ) {
    var value: TFExpression? = planned
    adopt(&value, body, key, disagree)
    if let value { planned = value }
  }
}

/// What expressions refer to.
enum TFReferences {
  /// Whether an expression of a plan and one of the source refer to the same things, and are the
  /// same where both are constant texts.
  static func agree(_ planned: TFExpression, _ written: HCLExpression) -> Bool {
    let names = names(in: written)
    if planned.isConstant {
      guard names.isEmpty else { return false }
      if let constant = planned.constant, let text = written.literalText { return constant == text }
      return true
    }
    return names == Set(planned.references.compactMap { head($0) })
  }

  /// The names of the things that an expression refers to.
  static func names(in expression: HCLExpression) -> Set<String> {
    Set(traversals(in: expression).compactMap { head(TFTraversal($0.text)) })
  }

  /// The thing that a reference is to; nothing for what every expression has at hand.
  private static func head(_ traversal: TFTraversal) -> String? {
    switch traversal.head {
    case .resource(let name): name.text
    case .module(let name): "module.\(name)"
    case .variable(let name): "var.\(name)"
    case .local(let name): "local.\(name)"
    case .eachKey, .eachValue, .countIndex, .other: nil
    }
  }

  /// A reference of the source, as far as a plan lists it: up to the first key that is computed.
  struct Written {
    var text: String
    /// Whether all of it was taken.
    var isWhole: Bool
  }

  /// All references in an expression, in the order of the text.
  static func traversals(in expression: HCLExpression) -> [Written] {
    var result: [Written] = []
    collect(expression, [], &result)
    return result
  }

  private static func collect(
    _ expression: HCLExpression, _ bound: Set<String>, _ result: inout [Written]
  ) {
    switch expression.kind {
    case .traversal(let name, let steps):
      if !bound.contains(name) { result.append(written(name, steps)) }
      for part in expression.parts { collect(part, bound, &result) }
    case .object(let items):
      for item in items {
        if item.keyText == nil { collect(item.key, bound, &result) }
        collect(item.value, bound, &result)
      }
    case .loop(let loop):
      collect(loop.collection, bound, &result)
      var inner = bound
      inner.insert(loop.valueName)
      if let key = loop.keyName { inner.insert(key) }
      for part in [loop.key, loop.value, loop.condition] {
        if let part { collect(part, inner, &result) }
      }
    default:
      for part in expression.parts { collect(part, bound, &result) }
    }
  }

  /// Writes a reference as a plan does.
  static func written(_ name: String, _ steps: [HCLStep]) -> Written {
    var text = name
    for step in steps {
      switch step {
      case .attribute(let name): text += ".\(name)"
      case .index(let key):
        switch key.bare.kind {
        case .number(let number): text += "[\(number)]"
        case .string(let string): text += TFResolver.keyText(.text(string))
        default: return Written(text: text, isWhole: false)
        }
      case .splat, .attributeSplat: return Written(text: text, isWhole: false)
      }
    }
    return Written(text: text, isWhole: true)
  }
}

extension TFExpression {
  /// An expression that refers to nothing.
  fileprivate init() {}

  /// An expression of the references alone.
  init(references: [TFTraversal]) { self.references = references }
}
