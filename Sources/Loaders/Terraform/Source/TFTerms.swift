import SGModel

/// Follows expressions of the source through locals, variables, outputs and modules, as far as they
/// choose among instances of the plan; what is computed otherwise is left open, with all that it
/// refers to.
///
/// A class because what locals and `for_each` come to is kept, and because the work is limited over
/// all of a plan: a few lines can ask for more than any memory holds.
final class TFTerms {
  private static let depthLimit = 64
  private static let textLimit = 1024
  private static let listLimit = 100_000
  /// How many parts a term may have, and how deep they may be nested, to be kept.
  private static let partLimit = 250_000
  private static let nestingLimit = 16

  private struct Key: Hashable {
    var id: Int
    var prefix: String
  }

  private struct ResourceKey: Hashable {
    var name: TFResourceName
    var prefix: String
  }

  private var known: [Key: TFTerm] = [:]
  private var knownResources: [ResourceKey: TFTerm] = [:]
  private var steps = 0
  private let stepLimit: Int

  /// Creates the terms of a plan with that many resources.
  init(resources: Int) { stepLimit = 2_000_000 + min(resources, 10_000_000) * 1000 }

  /// The place where an expression stands.
  struct Context {
    var resolver: TFResolver
    var scope: TFResolver.Scope
    var bound: [String: TFTerm] = [:]
    var depth: Int
  }

  /// What `written` can be, or what is behind it: attributes by the names `rest`.
  func resolve(
    _ written: TFWritten, _ resolver: TFResolver, _ scope: TFResolver.Scope, _ rest: [String],
    _ depth: Int
  ) -> TFResolution {
    let context = Context(resolver: resolver, scope: scope, depth: depth)
    let steps = rest.map { HCLStep.attribute($0) }
    let term = take(steps[...], of: term(written.expression, context), context)
    var result = resolution(of: term)
    // As with references of a plan: what is asked for is known only after apply.
    if !result.candidates.isEmpty { result.constants = [] }
    return result
  }

  /// What each element of the list that `written` stands for can be; nothing where it is no list that
  /// can be followed.
  func elements(
    of written: TFWritten, _ resolver: TFResolver, _ scope: TFResolver.Scope
  ) -> [TFResolution]? {
    let context = Context(resolver: resolver, scope: scope, depth: 0)
    guard case .list(let list) = term(written.expression, context), charge(list.count) else {
      return nil
    }
    return list.map { resolution(of: $0) }
  }

  /// What a written expression that has no `each` and no `count` comes to, worked out once for each
  /// instance of its module.
  private func shared(_ written: TFWritten, _ context: Context) -> TFTerm {
    let key = Key(id: written.id, prefix: context.scope.prefix)
    if let term = known[key] { return term }
    // A local that leads to itself ends here.
    known[key] = .failed
    var inner = context
    inner.scope = context.scope.outsideInstance
    inner.bound = [:]
    var term = term(written.expression, inner)
    var left = Self.partLimit
    if !term.isSmall(depth: Self.nestingLimit, &left) {
      term = .tooLarge
    }
    known[key] = term
    return term
  }

  /// All that a term is made of.
  private func resolution(of term: TFTerm) -> TFResolution {
    var left = Self.partLimit
    let result = term.resolution(&left)
    return charge(Self.partLimit - left) ? result : TFTerm.tooLargeResolution
  }

  private func mixed(_ terms: [TFTerm]) -> TFTerm {
    var left = Self.partLimit
    let result = TFTerm.mixed(terms, &left)
    return charge(Self.partLimit - left) ? result : .tooLarge
  }

  private func charge(_ count: Int) -> Bool {
    steps += count
    return steps <= stepLimit
  }

  // MARK: Expressions

  func term(_ expression: HCLExpression, _ outer: Context) -> TFTerm {
    guard outer.depth < Self.depthLimit, charge(1) else { return .tooLarge }
    var context = outer
    context.depth += 1
    switch expression.kind {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .number(let text): return Int(text).map { .number($0) } ?? open(expression, context)
    case .string(let text): return .text(text)
    case .parentheses(let inner): return term(inner, context)
    case .traversal(let name, let steps):
      return traversal(name, steps[...], expression, context)
    case .access(let base, let steps): return take(steps[...], of: term(base, context), context)
    case .tuple(let list): return .list(list.map { term($0, context) })
    case .object(let items): return object(items, expression, context)
    case .call(let name, let list, let expandsLast):
      return call(name, list, expandsLast, expression, context)
    case .conditional(let condition, let first, let second):
      switch term(condition, context) {
      case .bool(true), .text("true"): return term(first, context)
      case .bool(false), .text("false"): return term(second, context)
      default:
        return .choice(
          [term(first, context), term(second, context)],
          isSettled: isSettled(condition, context))
      }
    case .template(let parts, let isPlain):
      guard isPlain else { return open(expression, context) }
      return template(parts.map { term($0, context) })
    case .unary(let sign, let inner):
      switch (sign, term(inner, context)) {
      case (UInt8(ascii: "!"), .bool(let flag)): return .bool(!flag)
      case (UInt8(ascii: "-"), .number(let number)) where number != .min: return .number(-number)
      default: return open(expression, context)
      }
    case .operation(let operands, let operators):
      let terms = operands.map { term($0, context) }
      var index = 0
      return TFArithmetic.value(terms, operators, &index, 0) ?? open(expression, context)
    case .loop(let loop): return self.loop(loop, expression, context)
    }
  }

  /// All that an expression refers to.
  private func open(_ expression: HCLExpression, _ context: Context) -> TFTerm {
    guard charge(expression.range.count / 16) else { return .tooLarge }
    var terms: [TFTerm] = []
    var seen: Set<String> = []
    for reference in TFReferences.traversals(in: expression)
    where seen.insert(reference.text).inserted {
      let traversal = TFTraversal(reference.text)
      switch traversal.head {
      // What a loop has bound is in the collection of the loop.
      case .resource(let name) where context.bound[name.type] != nil:
        if let bound = context.bound[name.type] { terms.append(bound) }
      case .local(let name):
        if let written = context.scope.module.locals[name]?.written {
          terms.append(shared(written, context))
        } else {
          terms.append(.unresolved("local.\(name)"))
        }
      default:
        if let bound = context.bound[reference.text] {
          terms.append(bound)
          continue
        }
        terms.append(
          .open(
            context.resolver.resolve(
              TFExpression(references: [traversal]), in: context.scope, rest: [],
              depth: context.depth)))
      }
    }
    return mixed(terms)
  }

  private func template(_ all: [TFTerm]) -> TFTerm {
    let parts = all.filter { if case .text("") = $0 { false } else { true } }
    if parts.count == 1, case .instance = parts[0] { return parts[0] }
    var text = ""
    for part in parts {
      guard let piece = part.keyText, text.utf8.count + piece.utf8.count <= Self.textLimit else {
        return mixed(parts)
      }
      text += piece
    }
    return charge(text.utf8.count / 64) ? .text(text) : .tooLarge
  }

  private func object(
    _ items: [HCLItem], _ expression: HCLExpression, _ context: Context
  ) -> TFTerm {
    var map: [String: TFTerm] = [:]
    for item in items {
      guard let key = item.keyText ?? term(item.key, context).keyText else {
        return open(expression, context)
      }
      map[key] = term(item.value, context)
    }
    return .map(map)
  }

  private func loop(
    _ loop: HCLLoop, _ expression: HCLExpression, _ context: Context
  ) -> TFTerm {
    guard let items = term(loop.collection, context).items, charge(items.count) else {
      return open(expression, context)
    }
    var list: [TFTerm] = []
    var map: [String: TFTerm] = [:]
    for item in items {
      var inner = context
      if let name = loop.keyName { inner.bound[name] = item.key }
      inner.bound[loop.valueName] = item.value
      if let condition = loop.condition {
        switch term(condition, inner) {
        case .bool(true): break
        case .bool(false): continue
        default: return open(expression, context)
        }
      }
      let value = term(loop.value, inner)
      guard let keyExpression = loop.key else {
        list.append(value)
        continue
      }
      guard let key = term(keyExpression, inner).keyText else { return open(expression, context) }
      if loop.isGrouped {
        var group: [TFTerm] = []
        if case .list(let known)? = map[key] { group = known }
        map[key] = .list(group + [value])
        guard charge(group.count) else { return .tooLarge }
      } else {
        map[key] = value
      }
    }
    return loop.key == nil ? .list(list) : .map(map)
  }

  // MARK: References

  private func traversal(
    _ name: String, _ steps: ArraySlice<HCLStep>, _ expression: HCLExpression, _ context: Context
  ) -> TFTerm {
    if let bound = context.bound[name] { return take(steps, of: bound, context) }
    func second() -> String? {
      if case .attribute(let name)? = steps.first { name } else { nil }
    }
    switch name {
    case "local":
      guard let name = second() else { return .failed }
      guard let written = context.scope.module.locals[name]?.written else {
        return .unresolved("local.\(name)")
      }
      return take(steps.dropFirst(), of: shared(written, context), context)
    case "var":
      guard let name = second() else { return .failed }
      return take(steps.dropFirst(), of: variable(name, context), context)
    case "each":
      guard second() == "value" else { return key(context) }
      return take(steps.dropFirst(), of: eachValue(expression, context), context)
    case "count": return key(context)
    case "path", "terraform", "self": return .open(TFResolution(isChoice: true))
    case "module": return module(steps, expression, context)
    case "data":
      guard let type = second(), case .attribute(let name)? = steps.dropFirst().first else {
        return .failed
      }
      let resource = TFResourceName(isData: true, type: type, name: name)
      return self.resource(resource, steps.dropFirst(2), expression, context)
    default:
      guard let second = second() else { return .failed }
      let resource = TFResourceName(isData: false, type: name, name: second)
      return self.resource(resource, steps.dropFirst(), expression, context)
    }
  }

  private func key(_ context: Context) -> TFTerm {
    switch context.scope.key {
    case .text(let text): .text(text)
    case .number(let number): .number(number)
    case nil: .open(TFResolution(isChoice: true))
    }
  }

  private func eachValue(_ expression: HCLExpression, _ context: Context) -> TFTerm {
    guard let forEach = context.scope.forEach, case .text(let key)? = context.scope.key else {
      return open(expression, context)
    }
    if let written = forEach.written {
      switch shared(written, context) {
      case .map(let map):
        if let value = map[key] { return value }
      // A set has its elements for keys.
      case .list(let list) where list.allSatisfy { $0.keyText != nil }:
        if list.contains(where: { $0.keyText == key }) { return .text(key) }
      default: break
      }
    }
    return open(expression, context)
  }

  private func variable(_ name: String, _ context: Context) -> TFTerm {
    let scope = context.scope
    guard let frame = scope.parents.last else {
      if let value = context.resolver.plan.values[name] { return value }
      return .open(
        context.resolver.resolve(
          TFExpression(references: [TFTraversal("var.\(name)")]), in: scope, rest: [],
          depth: context.depth))
    }
    let caller = context.resolver.caller(of: scope, frame)
    if let passed = frame.call.expressions[name] { return value(passed, caller, context) }
    if case .some(.some(let standard)) = scope.module.variables[name] {
      return value(standard, caller, context)
    }
    return .open(TFResolution(isChoice: true))
  }

  /// What an expression of the configuration comes to in `scope`.
  private func value(
    _ expression: TFExpression, _ scope: TFResolver.Scope, _ context: Context
  ) -> TFTerm {
    if let written = expression.written {
      return term(
        written.expression,
        Context(resolver: context.resolver, scope: scope, depth: context.depth + 1))
    }
    if expression.isConstant {
      if expression.isNull { return .null }
      return expression.constant.map { .text($0) } ?? .open(TFResolution(isChoice: true))
    }
    return .open(
      context.resolver.resolve(expression, in: scope, rest: [], depth: context.depth + 1))
  }

  private func module(
    _ steps: ArraySlice<HCLStep>, _ expression: HCLExpression, _ context: Context
  ) -> TFTerm {
    guard case .attribute(let name)? = steps.first, let call = context.scope.module.calls[name]
    else { return .failed }
    var rest = steps.dropFirst()
    var instanceKey: TFKey?
    if call.count != nil || call.forEach != nil {
      var index: TFTerm?
      if case .index(let key)? = rest.first { index = term(key, context) }
      switch index {
      case .number(let number)?: instanceKey = .number(number)
      case .text(let text)?: instanceKey = .text(text)
      default:
        guard let all = instances(of: name, call, context) else { return open(expression, context) }
        return take(rest, of: all, context)
      }
      rest = rest.dropFirst()
    }
    let step = TFModuleStep(name: name, key: instanceKey)
    guard case .attribute(let output)? = rest.first else {
      return take(rest, of: outputs(of: call, step, context), context)
    }
    guard let value = call.module.outputs[output] else { return open(expression, context) }
    let scope = TFResolver.enter(call, step, from: context.scope.outsideInstance)
    return take(rest.dropFirst(), of: self.value(value, scope, context), context)
  }

  /// All instances of a module, where the source says which there are.
  private func instances(
    of name: String, _ call: TFModuleCall, _ context: Context
  ) -> TFTerm? {
    func instance(_ key: TFKey) -> TFTerm {
      outputs(of: call, TFModuleStep(name: name, key: key), context)
    }
    if let written = call.count?.written {
      guard case .number(let count) = shared(written, context), count >= 0,
        count <= Self.listLimit, charge(count)
      else { return nil }
      return .list((0..<count).map { instance(.number($0)) })
    }
    guard let written = call.forEach?.written else { return nil }
    var keys: [String] = []
    switch shared(written, context) {
    case .map(let map): keys = Array(map.keys)
    case .list(let list):
      for term in list {
        guard case .text(let key) = term else { return nil }
        keys.append(key)
      }
    default: return nil
    }
    guard charge(keys.count) else { return nil }
    var result: [String: TFTerm] = [:]
    for key in keys { result[key] = instance(.text(key)) }
    return .map(result)
  }

  /// What a module gives back.
  private func outputs(
    of call: TFModuleCall, _ step: TFModuleStep, _ context: Context
  ) -> TFTerm {
    let scope = TFResolver.enter(call, step, from: context.scope.outsideInstance)
    var result: [String: TFTerm] = [:]
    for (name, output) in call.module.outputs { result[name] = value(output, scope, context) }
    return .map(result)
  }

  private func resource(
    _ name: TFResourceName, _ steps: ArraySlice<HCLStep>, _ expression: HCLExpression,
    _ context: Context
  ) -> TFTerm {
    guard let configured = context.scope.module.resources[name] else {
      return .unresolved(expressionText(name, steps))
    }
    let key = ResourceKey(name: name, prefix: context.scope.prefix)
    let base: TFTerm
    if let term = knownResources[key] {
      base = term
    } else {
      base = instances(of: configured, context)
      knownResources[key] = base
    }
    switch base {
    case .instance: return take(steps, of: base, context)
    case .list, .map:
      if context.resolver.plan.isComplete, !context.resolver.plan.isErrored {
        return take(steps, of: base, context)
      }
      // An instance that is there can be chosen; how many there are is not known.
      guard case .index(let index)? = steps.first, term(index, context).keyText != nil else {
        return open(expression, context)
      }
      let taken = take(steps, of: base, context)
      if case .failed = taken { return open(expression, context) }
      return taken
    default: return open(expression, context)
    }
  }

  /// All instances of a resource in a module instance, as Terraform's expressions see them; left open
  /// where the plan does not show them all.
  private func instances(of configured: TFConfiguredResource, _ context: Context) -> TFTerm {
    let resolver = context.resolver
    let unknown = TFTerm.open(TFResolution(isChoice: true))
    let live = resolver.instances(of: configured.name, in: context.scope.prefix).filter {
      let resource = resolver.plan.resources[$0]
      return resource.after != nil && (resource.isPrior || resource.actions.staysManaged)
    }
    guard charge(live.count), !live.contains(where: { resolver.plan.resources[$0].isDeferred })
    else { return unknown }
    func instance(_ index: Int) -> TFTerm {
      .instance(TFResolution.Candidate(resource: index, attributes: []))
    }
    let isComplete = resolver.plan.isComplete && !resolver.plan.isErrored
    var map: [String: TFTerm] = [:]
    var list: [(key: Int, term: TFTerm)] = []
    for index in live {
      switch resolver.plan.resources[index].key {
      case .text(let key): map[key] = instance(index)
      case .number(let key): list.append((key, instance(index)))
      case nil: return live.count == 1 ? instance(index) : unknown
      }
    }
    if configured.forEach != nil || !map.isEmpty {
      guard map.count == live.count else { return unknown }
      if isComplete, let written = configured.forEach?.written,
        let items = shared(written, context).items, items.count != map.count
      {
        return unknown
      }
      return .map(map)
    }
    guard configured.count != nil || !list.isEmpty else { return unknown }
    list.sort { $0.key < $1.key }
    guard list.map({ $0.key }).elementsEqual(0..<live.count) else { return unknown }
    if isComplete, let written = configured.count?.written,
      case .number(let number) = shared(written, context), number != list.count
    {
      return unknown
    }
    return .list(list.map { $0.term })
  }

  private func expressionText(_ name: TFResourceName, _ steps: ArraySlice<HCLStep>) -> String {
    TFReferences.written(name.text, Array(steps)).text
  }

  // MARK: Steps

  private func take(
    _ steps: ArraySlice<HCLStep>, of base: TFTerm, _ context: Context
  ) -> TFTerm {
    var base = base
    var rest = steps
    while let step = rest.first {
      guard charge(1) else { return .tooLarge }
      rest = rest.dropFirst()
      switch step {
      case .attribute(let name): base = attribute(name, of: base)
      case .index(let key): base = element(key, of: base, context)
      case .splat: return each(base) { take(rest, of: $0, context) }
      case .attributeSplat:
        let names = rest.prefix { if case .attribute = $0 { true } else { false } }
        base = each(base) { take(names, of: $0, context) }
        rest = rest.dropFirst(names.count)
      }
    }
    return base
  }

  /// Takes something of each element; what is no list is one element, and null is none.
  private func each(_ base: TFTerm, _ body: (TFTerm) -> TFTerm) -> TFTerm {
    switch base {
    case .null: .list([])
    case .list(let list): charge(list.count) ? .list(list.map(body)) : .tooLarge
    case .choice(let terms, let isSettled):
      .choice(terms.map { each($0, body) }, isSettled: isSettled)
    case .open, .failed: base
    case .bool, .number, .text, .instance, .map: .list([body(base)])
    }
  }

  private func attribute(_ name: String, of base: TFTerm) -> TFTerm {
    switch base {
    case .map(let map): return map[name] ?? .failed
    case .instance(var candidate):
      candidate.attributes.append(name)
      return .instance(candidate)
    case .choice(let terms, let isSettled):
      return .choice(terms.map { attribute(name, of: $0) }, isSettled: isSettled)
    case .open(var found):
      // What it is made of is still that, but no longer exactly.
      found.isChoice = true
      return .open(found)
    case .null, .bool, .number, .text, .list, .failed: return .failed
    }
  }

  private func element(_ key: HCLExpression, of base: TFTerm, _ context: Context) -> TFTerm {
    switch base {
    // A list within an instance: which element it is is not followed.
    case .instance(let candidate): return candidate.attributes.isEmpty ? .failed : base
    case .open(var found):
      found.isChoice = true
      return .open(found)
    case .choice(let terms, let isSettled):
      return .choice(terms.map { element(key, of: $0, context) }, isSettled: isSettled)
    case .null, .bool, .number, .text, .failed: return .failed
    case .list(let list):
      let index = term(key, context)
      if let text = index.keyText {
        guard let number = Int(text), list.indices.contains(number) else { return .failed }
        return list[number]
      }
      return .choice(list, isSettled: isSettled(key, context))
    case .map(let map):
      if let text = term(key, context).keyText { return map[text] ?? .failed }
      return .choice(TFTerm.sorted(map).map { $0.value }, isSettled: isSettled(key, context))
    }
  }

  // MARK: What planning settles

  /// Whether the value of an expression is known when planning: it depends on nothing but variables,
  /// keys, and how many instances there are.
  private func isSettled(_ expression: HCLExpression, _ outer: Context) -> Bool {
    guard outer.depth < Self.depthLimit, charge(1) else { return false }
    var context = outer
    context.depth += 1
    switch expression.kind {
    case .call("timestamp", _, _), .call("uuid", _, _), .call("bcrypt", _, _): return false
    case .call("length", let list, _) where list.count == 1:
      // How many instances there are is known, although they themselves are not.
      if term(list[0], context).items != nil { return true }
      return isSettled(list[0], context)
    case .traversal(let name, let steps):
      return isSettled(name, steps, context)
        && expression.parts.allSatisfy { isSettled($0, context) }
    case .loop, .template(_, isPlain: false): return false
    case .object(let items):
      return items.allSatisfy {
        ($0.keyText != nil || isSettled($0.key, context)) && isSettled($0.value, context)
      }
    default: return expression.parts.allSatisfy { isSettled($0, context) }
    }
  }

  private func isSettled(_ name: String, _ steps: [HCLStep], _ context: Context) -> Bool {
    guard context.bound[name] == nil else { return false }
    func second() -> String? {
      if case .attribute(let name)? = steps.first { name } else { nil }
    }
    switch name {
    case "count", "path", "terraform": return true
    case "each": return second() == "key"
    case "local":
      guard let written = second().flatMap({ context.scope.module.locals[$0]?.written }) else {
        return false
      }
      var inner = context
      inner.scope = context.scope.outsideInstance
      return isSettled(written.expression, inner)
    case "var":
      // The values of root variables are given before planning.
      guard let name = second(), let frame = context.scope.parents.last else {
        return second() != nil
      }
      guard let passed = frame.call.expressions[name] else { return true }
      if passed.isConstant { return true }
      guard let written = passed.written else { return false }
      var inner = context
      inner.scope = context.resolver.caller(of: context.scope, frame)
      return isSettled(written.expression, inner)
    default: return false
    }
  }

  // MARK: Functions

  /// What a call comes to.
  ///
  /// Only functions that choose or gather are followed.
  private func call(
    _ name: String, _ arguments: [HCLExpression], _ expandsLast: Bool,
    _ expression: HCLExpression, _ context: Context
  ) -> TFTerm {
    var terms = arguments.map { term($0, context) }
    if expandsLast {
      guard case .list(let last)? = terms.popLast(), charge(last.count) else {
        return open(expression, context)
      }
      terms += last
    }
    let isSettled = { self.isSettled(expression, context) }
    if name == "cidrsubnet" || name == "cidrsubnets", let part = terms.first?.partOfCIDR {
      if name == "cidrsubnet" { return .open(part) }
      return charge(terms.count)
        ? .list(Array(repeating: .open(part), count: terms.count - 1)) : .tooLarge
    }
    // Fractions are not followed, but what they are rounded to is.
    if name == "floor" || name == "ceil", arguments.count == 1,
      case .operation(let operands, let operators) = arguments[0].bare.kind,
      let rounded = TFArithmetic.rounded(
        operands.map { term($0, context) }, operators, up: name == "ceil")
    {
      return rounded
    }
    guard let result = TFFunctions.value(name, terms, isSettled: isSettled) else {
      return open(expression, context)
    }
    if case .list(let list) = result {
      guard list.count <= Self.listLimit, charge(list.count) else { return .tooLarge }
    }
    if case .map(let map) = result, !charge(map.count) { return .tooLarge }
    return result
  }
}
