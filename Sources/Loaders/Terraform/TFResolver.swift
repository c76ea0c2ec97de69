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
  private(set) var candidates: [Candidate] = []
  /// Constant texts it can be.
  var constants: [String] = []
  /// References that lead nowhere in the plan: locals, resources of other types.
  var unresolved: [String] = []
  /// Whether an index, a key or a collection chooses among the candidates.
  var isChoice = false
  /// Whether an index or a key stands beside the reference: the value may be computed from it.
  var isIndexed = false
  /// Whether a function may stand around the reference: the plan shows that there is a reference, and
  /// not what is done with it.
  var mayBeComputed = false
  private var seen: Set<Candidate> = []

  /// The one thing it is for certain.
  var only: Candidate? {
    candidates.count == 1 && constants.isEmpty && unresolved.isEmpty && !isChoice
      ? candidates[0] : nil
  }

  mutating func add(_ candidate: Candidate) {
    // Most are one or two.
    if candidates.count < 8 {
      if !candidates.contains(candidate) { candidates.append(candidate) }
      return
    }
    if seen.isEmpty { seen = Set(candidates) }
    if seen.insert(candidate).inserted { candidates.append(candidate) }
  }

  mutating func add(_ other: TFResolution) {
    for candidate in other.candidates { add(candidate) }
    constants += other.constants
    unresolved += other.unresolved.filter { !unresolved.contains($0) }
    if other.isChoice { isChoice = true }
    if other.isIndexed { isIndexed = true }
    if other.mayBeComputed { mayBeComputed = true }
  }

  /// An expression that leads nowhere.
  static func unresolved(_ name: String) -> TFResolution {
    var result = TFResolution()
    result.unresolved.append(name)
    return result
  }
}

/// Follows references through modules, variables, outputs and keys (`configuration` holds
/// expressions, `resource_changes` the instances).
///
/// It never guesses: where an index, a function or a local decides, there are several candidates, or
/// none and a name. A class because it remembers what it has followed: hundreds of instances of one
/// resource ask the same question.
final class TFResolver {
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

  /// What a question about all instances of a resource is remembered by.
  struct Question: Hashable {
    /// The number of the resource's set.
    var set: Int
    var attribute: String
  }

  private static let depthLimit = 32

  let plan: TFPlan
  /// What expressions of the source came to.
  private let terms: TFTerms
  /// The indices of all resources, those of one set together.
  private var instances: [Int32] = []
  /// Where those of each set begin in `instances`, and where the last ones end.
  private var starts: [Int32] = []
  /// Of sets that are asked for an instance: where those with a key are.
  private var instancesByKey: [Int: [TFKey?: Int]] = [:]
  /// The instances of each called module, by the caller's address and the name of the call.
  private var moduleInstances: [String: [TFModuleStep]] = [:]
  private var seenSteps: Set<String> = []
  private var scopes: [String: Scope?] = [:]
  private var answers: [Question: TFResolution] = [:]
  /// Whether all instances of a set share what an attribute is.
  private var isShared: [Question: Bool] = [:]
  private var scopeOfModule: [Scope??]
  /// The resources that arguments name by themselves, by the numbers of the module and of what is named there; -1:
  /// there is no such one.
  private var soleTargets: [UInt64: Int32] = [:]
  /// Whether an answer may be another one in another instance of a module.
  ///
  /// It may where it was asked which instances of something there are, or what the source says. Who wants to know sets
  /// it to false before.
  var asksInstances = false

  init(_ plan: TFPlan) {
    self.plan = plan
    terms = TFTerms(resources: plan.resources.count)
    scopeOfModule = Array(repeating: nil, count: plan.modules.count)
    starts = Array(repeating: 0, count: plan.sets.count + 1)
    for index in plan.resources.indices where !plan.resources.isDeposed(at: index) {
      starts[plan.resources.setNumber(at: index) + 1] += 1
    }
    for number in plan.sets.indices { starts[number + 1] += starts[number] }
    instances = Array(repeating: 0, count: Int(starts[plan.sets.count]))
    var next = starts
    var seenModules = Array(repeating: false, count: plan.modules.count)
    for index in plan.resources.indices where !plan.resources.isDeposed(at: index) {
      let set = plan.resources.setNumber(at: index)
      instances[Int(next[set])] = Int32(clamping: index)
      next[set] += 1
      let module = plan.sets.moduleNumber(of: set)
      if !seenModules[module] {
        seenModules[module] = true
        noteModule(plan.modules[module])
      }
    }
  }

  private func noteModule(_ module: TFModuleInstance) {
    var prefix = ""
    for step in module.steps {
      let address = Self.join(prefix, step)
      // Each instance is noted once, by the first resource in it or below it.
      if seenSteps.insert(address).inserted {
        moduleInstances[prefix + "\u{0}" + step.name, default: []].append(step)
      }
      prefix = address
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
      // Hardly any key has one of them.
      let isPlain = text.utf8.allSatisfy {
        $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
      if isPlain { return "[\"\(text)\"]" }
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
  func scope(ofModule steps: [TFModuleStep], prefix: String) -> Scope? {
    if let known = scopes[prefix] { return known }
    var scope: Scope? = Scope(
      module: plan.configuration, prefix: "", forEach: nil, key: nil, parents: [])
    for step in steps {
      guard let outer = scope, let call = outer.module.calls[step.name] else {
        scope = nil
        break
      }
      scope = Self.enter(call, step, from: outer)
    }
    scopes[prefix] = .some(scope)
    return scope
  }

  static func enter(
    _ call: TFModuleCall, _ step: TFModuleStep, from scope: Scope
  ) -> Scope {
    Scope(
      module: call.module, prefix: join(scope.prefix, step), forEach: nil, key: nil,
      parents: scope.parents + [
        Frame(module: scope.module, prefix: scope.prefix, call: call, callKey: step.key)
      ])
  }

  /// The scope of the module that a resource is in.
  func scope(of resource: TFResource) -> Scope? { scope(of: resource.set.module) }

  private func scope(of module: TFModuleInstance) -> Scope? {
    if let known = scopeOfModule[module.number] { return known }
    let found = scope(ofModule: module.steps, prefix: module.prefix)
    scopeOfModule[module.number] = .some(found)
    return found
  }

  /// The configuration of a resource, whichever instance it is.
  func configuration(of resource: TFResource) -> TFConfiguredResource? {
    configuration(of: resource.set)
  }

  private func configuration(of set: TFResourceSet) -> TFConfiguredResource? {
    plan.configuration.place(of: set).flatMap { $0.resources[$0.index] }
  }

  /// Whether a group's argument with entries of a direction is in the configuration, as more than null; nothing
  /// where more has to be read to tell.
  func isWritten(_ direction: Direction, of set: TFResourceSet) -> Bool? {
    guard let (resources, index) = plan.configuration.place(of: set) else { return false }
    return resources.isWritten(direction, of: index)
  }

  /// All instances of a resource in a module instance.
  func instances(of name: TFResourceName, in prefix: String) -> [Int] {
    asksInstances = true
    return plan.set(name, in: prefix).map { instances(of: $0).map { Int($0) } } ?? []
  }

  private func instances(of set: TFResourceSet) -> ArraySlice<Int32> {
    instances[Int(starts[set.number])..<Int(starts[set.number + 1])]
  }

  /// The instance of a resource with that key.
  private func instance(of name: TFResourceName, in prefix: String, _ key: TFKey?) -> Int? {
    asksInstances = true
    guard let set = plan.set(name, in: prefix) else { return nil }
    let all = instances(of: set)
    if all.count <= 4 {
      return all.last { plan.resources[Int($0)].key == key }.map { Int($0) }
    }
    if let known = instancesByKey[set.number] { return known[key] }
    var byKey: [TFKey?: Int] = [:]
    for index in all { byKey[plan.resources[Int(index)].key] = Int(index) }
    instancesByKey[set.number] = byKey
    return byKey[key]
  }

  /// What all instances of a resource in a module share: a question about an attribute whose answer
  /// does not depend on the instance.
  ///
  /// Nothing where it does.
  func sharedQuestion(_ attribute: String, of resource: TFResource) -> Question? {
    let question = Question(set: resource.set.number, attribute: attribute)
    if let known = isShared[question] { return known ? question : nil }
    let answer = isShared(attribute, of: resource)
    isShared[question] = answer
    return answer ? question : nil
  }

  private func isShared(_ attribute: String, of resource: TFResource) -> Bool {
    guard let configured = configuration(of: resource),
      let expression = configured.expression(attribute)
    else { return false }
    return isShared(expression, of: configured, resource)
  }

  private func isShared(
    _ expression: TFExpression, of configured: TFConfiguredResource, _ resource: TFResource
  ) -> Bool {
    if expression.written?.isPerInstance ?? false { return false }
    if expression.usesEachValue, let forEach = configured.forEach, let scope = scope(of: resource),
      collection(forEach, in: scope, depth: 0) != nil
    {
      return false
    }
    return true
  }

  /// The one resource that an argument of all rules of a set is an attribute of, by its index in the plan;
  /// nothing where that has to be followed.
  func soleTarget(_ argument: TFConfiguredResource.Reference, of set: TFResourceSet) -> Int? {
    guard let (resources, index) = plan.configuration.place(of: set),
      let number = resources.soleTarget(argument, of: index)
    else { return nil }
    // Several rules are on one group.
    let key =
      UInt64(truncatingIfNeeded: set.module.number) << 32 | UInt64(UInt32(bitPattern: number))
    if let known = soleTargets[key] { return known < 0 ? nil : Int(known) }
    let target = resources.withTarget(number) { type, name in
      plan.sets.set(isData: false, type: type, name, in: set.module)
    }
    var found: Int32 = -1
    if let target {
      let all = instances(of: target)
      if all.count == 1, let only = all.first { found = only }
    }
    soleTargets[key] = found
    return found < 0 ? nil : Int(found)
  }

  /// Where a resource is configured, in whichever instance of its module.
  struct Place: Hashable {
    private var resources: ObjectIdentifier
    private var index: Int

    fileprivate init(_ resources: TFConfiguredResources, _ index: Int) {
      self.resources = ObjectIdentifier(resources)
      self.index = index
    }
  }

  /// Where all instances of a set are configured.
  func place(of set: TFResourceSet) -> Place? {
    plan.configuration.place(of: set).map { Place($0.resources, $0.index) }
  }

  /// The number of what names the peer of all rules of a set.
  func peerExpression(of set: TFResourceSet) -> Int32? {
    plan.configuration.place(of: set).flatMap { $0.resources.peerExpression(of: $0.index) }
  }

  /// What names the peer of all rules of a set leads to, where none of it depends on the instance, nor on what the
  /// source says.
  func resolvePeer(of set: TFResourceSet) -> TFResolution? {
    guard let (resources, index) = plan.configuration.place(of: set),
      let number = resources.peerExpression(of: index),
      let expression = resources.peerReferences(number), let scope = scope(of: set.module)
    else { return nil }
    return resolve(expression, in: scope, rest: [], depth: 0)
  }

  /// Follows attribute `attribute` of a resource instance; nothing where it is not configured.
  func resolve(_ attribute: String, of resource: TFResource) -> TFResolution? {
    let question = sharedQuestion(attribute, of: resource)
    if let question, let known = answers[question] { return known }
    let answer = follow(attribute, of: resource)
    if let question, let answer { answers[question] = answer }
    return answer
  }

  /// As `resolve`, for who remembers the answer: whether it holds for all instances comes with it.
  func resolveOnce(
    _ attribute: String, of resource: TFResource
  ) -> (answer: TFResolution?, question: Question?) {
    guard let configured = configuration(of: resource) else { return (nil, nil) }
    // What is in the root module is asked once; a module's resources once for each of its instances.
    let expression =
      resource.module.isEmpty
      ? configured.expressionOnce(attribute) : configured.expression(attribute)
    guard let expression else { return (nil, nil) }
    let isShared = isShared(expression, of: configured, resource)
    return (
      follow(expression, of: configured, resource),
      isShared ? Question(set: resource.set.number, attribute: attribute) : nil
    )
  }

  private func follow(_ attribute: String, of resource: TFResource) -> TFResolution? {
    guard let configured = configuration(of: resource),
      let expression = configured.expression(attribute)
    else { return nil }
    return follow(expression, of: configured, resource)
  }

  private func follow(
    _ expression: TFExpression, of configured: TFConfiguredResource, _ resource: TFResource
  ) -> TFResolution? {
    guard var scope = scope(of: resource) else { return nil }
    // Nothing else in an expression depends on the instance.
    if expression.usesEachValue || expression.written != nil {
      scope.forEach = configured.forEach
      scope.key = resource.key
    }
    return resolve(expression, in: scope, rest: [], depth: 0)
  }

  /// Follows the elements of a list that the source writes out; nothing where it does not.
  func elements(of attribute: String, _ resource: TFResource) -> [TFResolution]? {
    guard var scope = scope(of: resource), let configured = configuration(of: resource),
      let written = configured.expression(attribute)?.written
    else { return nil }
    scope.forEach = configured.forEach
    scope.key = resource.key
    return terms.elements(of: written, self, scope)
  }

  /// Follows an expression; `rest` are the names behind it, where it is an object that something
  /// else takes a part of.
  func resolve(
    _ expression: TFExpression, in scope: Scope, rest: [String], depth: Int
  ) -> TFResolution {
    guard depth < Self.depthLimit else {
      return .unresolved("a reference that leads to itself")
    }
    if let written = expression.written {
      asksInstances = true
      return terms.resolve(written, self, scope, rest, depth)
    }
    var result = TFResolution()
    if expression.isConstant {
      if let constant = expression.constant { result.constants.append(constant) }
      return result
    }
    // An index is not in the references of what it chooses from, only beside them.
    var heads = 0
    for reference in expression.references {
      switch reference.head {
      case .eachKey, .countIndex:
        result.isIndexed = true
      case .other: continue
      case .eachValue:
        heads += 1
        result.add(eachValue(reference, in: scope, rest, depth))
      case .variable(let name):
        let value = variable(name, in: scope, reference.attributes + rest, depth)
        // A flag or a number beside references chooses or computes; it is not what is asked for.
        if value.candidates.isEmpty, value.unresolved.isEmpty, value.constants.isEmpty {
          if expression.references.count > 1 { continue }
        }
        heads += 1
        result.add(value)
      case .local(let name):
        heads += 1
        if let local = scope.module.locals[name] {
          let names = reference.attributes + rest
          result.add(resolve(local, in: scope.outsideInstance, rest: names, depth: depth + 1))
        } else {
          result.unresolved.append("local.\(name)")
        }
      case .module(let name):
        heads += 1
        result.add(output(reference, of: name, in: scope, rest, depth))
      case .resource(let name):
        heads += 1
        result.add(resource(name, reference, in: scope, rest))
      }
    }
    if heads == 0, expression.references.isEmpty {
      // `{}`: a value that needs a function and refers to nothing.
      result.unresolved.append("an expression that the plan does not show")
    }
    // A text that is known when planning is not what is known only after apply.
    if !result.candidates.isEmpty {
      result.constants = []
      result.mayBeComputed = true
    }
    return result
  }

  private func resource(
    _ name: TFResourceName, _ reference: TFTraversal, in scope: Scope, _ rest: [String]
  ) -> TFResolution {
    var result = TFResolution()
    let attributes = reference.attributes + rest
    if let key = reference.key {
      if let index = instance(of: name, in: scope.prefix, key) {
        result.add(.init(resource: index, attributes: attributes))
      }
    } else {
      for index in instances(of: name, in: scope.prefix) {
        result.add(.init(resource: index, attributes: attributes))
      }
      if result.candidates.count > 1 { result.isChoice = true }
    }
    guard result.candidates.isEmpty else { return result }
    // A resource of which a whole plan has no instance is no value that is known after apply.
    // (What is planned has its dependencies planned with it, also under -target.)
    let isAbsent =
      plan.hasChanges && TFTypes.isOfInterest(name.type)
      && scope.module.resources.index(of: name) != nil
    if !isAbsent { result.unresolved.append(reference.text) }
    return result
  }

  private func eachValue(
    _ reference: TFTraversal, in scope: Scope, _ rest: [String], _ depth: Int
  ) -> TFResolution {
    guard let forEach = scope.forEach, let key = scope.key else {
      return .unresolved(reference.text)
    }
    // `for_each = aws_security_group.x`: the value is the instance of the same key.
    if let same = sameKey(forEach, key, in: scope, reference.attributes + rest, depth) {
      return same
    }
    var outer = scope
    outer.forEach = nil
    outer.key = nil
    // What is behind `each.value` is a name in a collection of the configuration's own making.
    var result = resolve(forEach, in: outer, rest: [], depth: depth + 1)
    result.isChoice = true
    if result.candidates.isEmpty, result.unresolved.isEmpty {
      result.unresolved.append(reference.text)
    }
    return result
  }

  /// The value of a key where the collection is all instances of one resource or module, also where
  /// it is passed on by variables.
  private func sameKey(
    _ forEach: TFExpression, _ key: TFKey, in scope: Scope, _ attributes: [String], _ depth: Int
  ) -> TFResolution? {
    guard let (head, scope) = collection(forEach, in: scope, depth: depth) else { return nil }
    switch head {
    case .resource(let name):
      guard let same = instance(of: name, in: scope.prefix, key) else { return nil }
      var result = TFResolution()
      result.add(.init(resource: same, attributes: attributes))
      return result
    case .module(let name):
      asksInstances = true
      let step = TFModuleStep(name: name, key: key)
      guard let called = scope.module.calls[name], let output = attributes.first,
        let expression = called.module.outputs[output],
        seenSteps.contains(Self.join(scope.prefix, step))
      else { return nil }
      return resolve(
        expression, in: Self.enter(called, step, from: scope), rest: Array(attributes.dropFirst()),
        depth: depth + 1)
    default: return nil
    }
  }

  /// The resource or module whose instances a `for_each` goes through, and where it is.
  private func collection(
    _ forEach: TFExpression, in scope: Scope, depth: Int
  ) -> (head: TFTraversal.Head, scope: Scope)? {
    guard depth < Self.depthLimit, forEach.references.count == 1 else { return nil }
    let reference = forEach.references[0]
    guard reference.key == nil, reference.attributes.isEmpty else { return nil }
    switch reference.head {
    case .resource, .module: return (reference.head, scope)
    case .variable(let name):
      guard let frame = scope.parents.last, let passed = frame.call.expressions[name] else {
        return nil
      }
      return collection(passed, in: caller(of: scope, frame), depth: depth + 1)
    default: return nil
    }
  }

  func caller(of scope: Scope, _ frame: Frame) -> Scope {
    Scope(
      module: frame.module, prefix: frame.prefix, forEach: frame.call.forEach, key: frame.callKey,
      parents: scope.parents.dropLast())
  }

  private func variable(
    _ name: String, in scope: Scope, _ rest: [String], _ depth: Int
  ) -> TFResolution {
    var result = TFResolution()
    guard let frame = scope.parents.last else {
      if let value = plan.variables[name] { result.constants.append(value) }
      return result
    }
    let caller = caller(of: scope, frame)
    if let passed = frame.call.expressions[name] {
      result = resolve(passed, in: caller, rest: rest, depth: depth + 1)
      // A name in an object of the caller's making: any of what is in there.
      if !rest.isEmpty, result.candidates.count > 1 { result.isChoice = true }
      return result
    }
    if case .some(.some(let standard)) = scope.module.variables[name] {
      return resolve(standard, in: caller, rest: rest, depth: depth + 1)
    }
    return result
  }

  private func output(
    _ reference: TFTraversal, of call: String, in scope: Scope, _ rest: [String], _ depth: Int
  ) -> TFResolution {
    asksInstances = true
    let names = reference.attributes + rest
    guard let called = scope.module.calls[call] else { return .unresolved(reference.text) }
    var steps = moduleInstances[scope.prefix + "\u{0}" + call] ?? []
    if let key = reference.key {
      steps = [TFModuleStep(name: call, key: key)]
    } else if steps.isEmpty {
      steps = [TFModuleStep(name: call, key: nil)]
    }
    var result = TFResolution()
    var outputs: [TFExpression] = []
    if let name = names.first, let expression = called.module.outputs[name] {
      outputs.append(expression)
    } else {
      // The module as a whole (`values(module.m)[*].id`): whichever of its outputs is taken.
      outputs = called.module.outputs.sorted { $0.key < $1.key }.map { $0.value }
        .filter { $0.references.contains { Self.isOfUse($0.head) } }
      if outputs.isEmpty { return .unresolved(reference.text) }
      result.isChoice = true
    }
    for step in steps {
      let inner = Self.enter(called, step, from: scope)
      for expression in outputs {
        result.add(
          resolve(expression, in: inner, rest: Array(names.dropFirst()), depth: depth + 1))
      }
    }
    if steps.count > 1 { result.isChoice = true }
    return result
  }

  private static func isOfUse(_ head: TFTraversal.Head) -> Bool {
    switch head {
    case .resource(let name): TFTypes.isOfInterest(name.type)
    case .module, .variable, .local: true
    case .eachKey, .eachValue, .countIndex, .other: false
    }
  }
}
