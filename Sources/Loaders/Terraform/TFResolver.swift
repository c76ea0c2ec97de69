import SGModel

/// What an expression of the configuration stands for, as far as the plan says.
struct TFResolution {
  /// One thing it can be: an attribute of a resource instance.
  struct Candidate: Hashable {
    /// The index of the instance in `TFPlan.resources`.
    var resource: Int
    /// The attribute, and what is behind it.
    var attributes: [String]
  }

  /// What it can be.
  var candidates: [Candidate] = []
  /// Constant texts it can be.
  var constants: [String] = []
  /// References that lead nowhere in the plan: locals, resources of other types.
  var unresolved: [String] = []
  /// Whether a function, an index or a condition may choose among them.
  var isInexact = false

  /// The one thing it is for certain.
  var only: Candidate? {
    candidates.count == 1 && constants.isEmpty && unresolved.isEmpty && !isInexact
      ? candidates[0] : nil
  }

  mutating func add(_ other: TFResolution) {
    for candidate in other.candidates where !candidates.contains(candidate) {
      candidates.append(candidate)
    }
    constants += other.constants
    unresolved += other.unresolved.filter { !unresolved.contains($0) }
    if other.isInexact { isInexact = true }
  }
}

/// Follows references through modules, variables, outputs and keys (`configuration` holds
/// expressions, `resource_changes` the instances).
///
/// It never guesses: where an index, a function or a local decides, there are several candidates, or
/// none and a name.
struct TFResolver {
  /// The place where an expression is evaluated: an instance of a module, and the instance of the
  /// resource or call whose expression it is.
  struct Scope {
    var module: TFConfiguredModule
    /// The module instance's address, empty for the root.
    var prefix: String
    /// What `each` and `count` mean: the expression and the key of the instance.
    var forEach: TFExpression?
    var key: TFKey?
    /// The scopes of the callers, from the root on.
    var parents: [Frame]

    /// The scope of what stands beside all instances: a local has no `each` and no `count`.
    var outsideInstance: Scope {
      Scope(module: module, prefix: prefix, forEach: nil, key: nil, parents: parents)
    }
  }

  /// How a module instance was called.
  struct Frame {
    var module: TFConfiguredModule
    var prefix: String
    var call: TFModuleCall
    var callKey: TFKey?
  }

  private struct InstanceKey: Hashable {
    var prefix: String
    var name: TFResourceName
  }

  private static let depthLimit = 32
  /// What expressions of the source came to.
  private let terms: TFTerms

  let plan: TFPlan
  private var instances: [InstanceKey: [Int]] = [:]
  /// The instances of each called module, by the caller's address and the name of the call.
  private(set) var moduleInstances: [String: [TFModuleStep]] = [:]
  private var seenModules: Set<String> = []

  init(_ plan: TFPlan) {
    self.plan = plan
    terms = TFTerms(resources: plan.resources.count)
    for (index, resource) in plan.resources.enumerated() where !resource.isDeposed {
      instances[InstanceKey(prefix: resource.modulePrefix, name: resource.name), default: []].append(index)
      noteModules(resource)
    }
  }

  private mutating func noteModules(_ resource: TFResource) {
    guard !resource.module.isEmpty, seenModules.insert(resource.modulePrefix).inserted else { return }
    var prefix = ""
    for step in resource.module {
      let name = prefix + "\u{0}" + step.name
      if !(moduleInstances[name]?.contains(step) ?? false) {
        moduleInstances[name, default: []].append(step)
      }
      prefix = Self.join(prefix, step)
    }
  }

  /// The address of a module instance within another.
  static func join(_ prefix: String, _ step: TFModuleStep) -> String {
    let head = prefix.isEmpty ? "module.\(step.name)" : "\(prefix).module.\(step.name)"
    return head + keyText(step.key)
  }

  static func keyText(_ key: TFKey?) -> String {
    switch key {
    case .number(let number): return "[\(number)]"
    case .text(let text):
      var escaped = ""
      for character in text.unicodeScalars {
        switch character {
        case "\\": escaped += "\\\\"
        case "\"": escaped += "\\\""
        case "\n": escaped += "\\n"
        case "\r": escaped += "\\r"
        case "\t": escaped += "\\t"
        default: escaped.unicodeScalars.append(character)
        }
      }
      return "[\"\(escaped)\"]"
    case nil: return ""
    }
  }

  /// The scope of a module instance, or nothing where the configuration does not have it.
  func scope(ofModule steps: [TFModuleStep]) -> Scope? {
    var scope = Scope(module: plan.configuration, prefix: "", forEach: nil, key: nil, parents: [])
    for step in steps {
      guard let call = scope.module.calls[step.name] else { return nil }
      scope = Self.enter(call, step, from: scope)
    }
    return scope
  }

  static func enter(_ call: TFModuleCall, _ step: TFModuleStep, from scope: Scope) -> Scope {
    Scope(
      module: call.module, prefix: join(scope.prefix, step), forEach: nil, key: nil,
      parents: scope.parents + [
        Frame(module: scope.module, prefix: scope.prefix, call: call, callKey: step.key)
      ])
  }

  /// The configuration of a resource instance with its scope.
  func configured(_ resource: TFResource) -> (resource: TFConfiguredResource, scope: Scope)? {
    guard var scope = scope(ofModule: resource.module),
      let configured = scope.module.resources[resource.name]
    else { return nil }
    scope.forEach = configured.forEach
    scope.key = resource.key
    return (configured, scope)
  }

  /// All instances of a resource in a module instance.
  func instances(of name: TFResourceName, in prefix: String) -> [Int] {
    instances[InstanceKey(prefix: prefix, name: name)] ?? []
  }

  /// Follows attribute `attribute` of a resource instance; nothing where it is not configured.
  func resolve(_ attribute: String, of resource: TFResource) -> TFResolution? {
    guard let (configured, scope) = configured(resource),
      let expression = configured.expressions[attribute]
    else { return nil }
    return resolve(expression, in: scope, depth: 0)
  }

  /// Follows an expression.
  func resolve(_ expression: TFExpression, in scope: Scope, depth: Int = 0) -> TFResolution {
    var result = TFResolution()
    guard depth < Self.depthLimit else {
      result.unresolved.append("a reference that leads to itself")
      return result
    }
    if let written = expression.written { return terms.resolve(written, self, scope, depth) }
    if expression.isConstant {
      if let constant = expression.constant { result.constants.append(constant) }
      return result
    }
    // An index is not in the references of what it chooses from, only beside them.
    let indexes = expression.references.contains { $0.head == .eachKey || $0.head == .countIndex }
    var heads = 0
    for reference in expression.references {
      switch reference.head {
      case .eachKey, .countIndex, .other: continue
      case .eachValue:
        heads += 1
        result.add(eachValue(reference, in: scope, depth))
      case .variable(let name):
        let value = variable(name, in: scope, depth)
        // A flag or a number beside references chooses or computes; it is not what is asked for.
        if value.candidates.isEmpty, value.unresolved.isEmpty, value.constants.isEmpty {
          if expression.references.count > 1 { continue }
        }
        heads += 1
        result.add(value)
      case .local(let name):
        heads += 1
        if let local = scope.module.locals[name] {
          result.add(resolve(local, in: scope.outsideInstance, depth: depth + 1))
        } else {
          result.unresolved.append("local.\(name)")
        }
      case .module(let name):
        heads += 1
        result.add(output(reference, of: name, in: scope, indexes, depth))
      case .resource(let name):
        heads += 1
        result.add(resource(name, reference, in: scope, indexes))
      }
    }
    if heads == 0, expression.references.isEmpty {
      // `{}`: a value that needs a function and refers to nothing.
      result.unresolved.append("an expression that the plan does not show")
    }
    if result.candidates.count > 1 { result.isInexact = true }
    // A text that is known when planning is not what is known only after apply.
    if !result.candidates.isEmpty { result.constants = [] }
    return result
  }

  private func resource(
    _ name: TFResourceName, _ reference: TFTraversal, in scope: Scope, _ indexes: Bool
  ) -> TFResolution {
    var result = TFResolution()
    let all = instances(of: name, in: scope.prefix)
    let chosen = reference.key.map { key in all.filter { plan.resources[$0].key == key } } ?? all
    if chosen.isEmpty { result.unresolved.append(reference.text) }
    for index in chosen {
      result.candidates.append(.init(resource: index, attributes: reference.attributes))
    }
    return result
  }

  private func eachValue(_ reference: TFTraversal, in scope: Scope, _ depth: Int) -> TFResolution {
    guard let forEach = scope.forEach, let key = scope.key else {
      var result = TFResolution()
      result.unresolved.append(reference.text)
      return result
    }
    // `for_each = aws_security_group.x`: the value is the instance of the same key.
    if forEach.references.count == 1, case .resource(let name) = forEach.references[0].head,
      forEach.references[0].key == nil, forEach.references[0].attributes.isEmpty
    {
      let same = instances(of: name, in: scope.prefix).filter { plan.resources[$0].key == key }
      if same.count == 1 {
        return TFResolution(
          candidates: [.init(resource: same[0], attributes: reference.attributes)])
      }
    }
    var outer = scope
    outer.forEach = nil
    outer.key = nil
    var result = resolve(forEach, in: outer, depth: depth + 1)
    result.isInexact = true
    if result.candidates.isEmpty, result.unresolved.isEmpty {
      result.unresolved.append(reference.text)
    }
    return result
  }

  private func variable(_ name: String, in scope: Scope, _ depth: Int) -> TFResolution {
    guard let frame = scope.parents.last else {
      var result = TFResolution()
      if let value = plan.variables[name] { result.constants.append(value) }
      return result
    }
    let caller = Scope(
      module: frame.module, prefix: frame.prefix, forEach: frame.call.forEach, key: frame.callKey,
      parents: scope.parents.dropLast())
    if let passed = frame.call.expressions[name] { return resolve(passed, in: caller, depth: depth + 1) }
    if case .some(.some(let standard)) = scope.module.variables[name] {
      return resolve(standard, in: caller, depth: depth + 1)
    }
    return TFResolution()
  }

  private func output(
    _ reference: TFTraversal, of call: String, in scope: Scope, _ indexes: Bool, _ depth: Int
  ) -> TFResolution {
    var result = TFResolution()
    guard let called = scope.module.calls[call], let name = reference.attributes.first,
      let expression = called.module.outputs[name]
    else {
      result.unresolved.append(reference.text)
      return result
    }
    var steps = moduleInstances[scope.prefix + "\u{0}" + call] ?? []
    if let key = reference.key {
      steps = steps.filter { $0.key == key }
      if steps.isEmpty { steps = [TFModuleStep(name: call, key: key)] }
    } else if steps.isEmpty {
      steps = [TFModuleStep(name: call, key: nil)]
    }
    for step in steps {
      result.add(resolve(expression, in: Self.enter(called, step, from: scope), depth: depth + 1))
    }
    if steps.count > 1 { result.isInexact = true }
    return result
  }
}
