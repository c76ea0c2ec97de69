import SGModel

/// A plan (or state) of Terraform or OpenTofu as `show -json` prints it, read as far as it says
/// something of groups.
struct TFPlan {
  /// The resources, in the order of the file.
  var resources = TFResources()
  /// What each of them is an instance of, by number.
  var sets: TFSets { resources.sets }
  /// The module instances that they are in, by number.
  var modules: [TFModuleInstance] { sets.modules }

  /// The instances of a resource in the module with that address, where the plan has seen any.
  func set(_ name: TFResourceName, in prefix: String) -> TFResourceSet? {
    sets.set(name, in: prefix)
  }

  var configuration = TFConfiguredModule()
  /// Providers by their key: `aws`, `aws.west`, `module.m:aws`.
  var providers: [String: TFProvider] = [:]
  /// Values of root variables that are texts, by name.
  ///
  /// Sensitive ones stay in here.
  var variables: [String: String] = [:]
  /// Values of root variables of all kinds; sensitive ones too.
  var values: [String: TFTerm] = [:]
  /// Attributes that expressions of the configuration read: address and first attribute.
  var relevant: Set<String> = []
  var isState = false
  var isComplete = true
  /// Whether the plan says if it is complete; OpenTofu's and older ones do not.
  var saysComplete = false
  var isErrored = false
  var hasChanges = false
  var issues: [Issue] = []

  /// The top-level keys that tell a plan from other files.
  static let keys: Set<String> = [
    "format_version", "terraform_version", "planned_values", "resource_changes", "prior_state",
    "configuration", "relevant_attributes", "resource_drift", "output_changes", "values",
    "deferred_changes", "lineage", "serial",
  ]
}

/// Reads plans and states.
struct TFPlanReader {
  private var plan = TFPlan()
  private var lowering = TFLowering()
  private let document: Document
  private let source: Int32
  /// The side that is wanted: what only the other one needs is not kept.
  private let view: PlanView
  /// The indices in `plan.resources` by address, deposed objects apart.
  private var addresses: TFAddressTable
  /// Makes the hashes of addresses comparable with those of another reader.
  var seed: UInt64 { addresses.seed }
  /// The part that another thread reads, and what lies behind this reader, for the other to be joined to.
  private var half: (half: TFPlanHalf, behind: ReadBehind)?
  /// The configuration that another thread has read.
  private var configurationOfHalf:
    (range: Range<Int>, module: TFConfiguredModule, providers: [String: TFProvider])?
  /// The set of the resource before: neighbours are mostly alike.
  private var lastSet: TFResourceSet?
  /// How its names are written: apart, so that what is compared holds no references to be counted.
  private var lastNames: Names?

  /// Where the parts of a name are written; empty where they are not.
  private struct Names {
    var name: Range<Int>
    var type: Range<Int>
    var module: Range<Int>
    var mode: Range<Int>

    init(_ form: borrowing TFChangeForm, _ parts: UnsafePointer<JSONShapes.Part>) {
      func range(_ value: Int?) -> Range<Int> {
        value.map { parts[$0].start..<parts[$0].end } ?? 0..<0
      }
      name = range(form.name)
      type = range(form.type)
      module = range(form.module)
      mode = range(form.mode)
    }

    init(_ members: Change) {
      func range(_ value: Value?) -> Range<Int> {
        value.map { $0.node.start..<$0.node.end } ?? 0..<0
      }
      name = range(members.name)
      type = range(members.type)
      module = range(members.module)
      mode = range(members.mode)
    }

    /// Whether all but the name of the resource is the same.
    func isBeside(_ other: Names, in document: Document) -> Bool {
      document.isSame(type, other.type) && document.isSame(module, other.module)
        && document.isSame(mode, other.mode)
    }
  }

  /// The text of the plan, for what of its rules is not kept.
  private let text: TFPlanText

  /// How plain rules and interfaces are written.
  private var forms = TFForms<TFChangeForm>()
  /// The shape of the element that is looked at, where its form is wanted.
  private var formOf: TFFormValues?

  /// Whether plain rules are left in the plan.
  private let leavesPlainRules: Bool
  /// Whether plain groups and interfaces are left in the plan; tags of such groups are not had.
  private let leavesPlainGroups: Bool

  /// Creates a reader of the plan in `bytes`, which are those of `document`.
  init(
    _ bytes: SourceBytes, document: Document, source: Int32, view: PlanView,
    leavesPlainRules: Bool = true, leavesPlainGroups: Bool = false,
    seed: UInt64 = .random(in: .min ... .max)
  ) {
    addresses = TFAddressTable(seed: seed)
    // What was before is asked for other texts than what will be.
    self.leavesPlainRules = leavesPlainRules && view == .after
    self.leavesPlainGroups = leavesPlainGroups && view == .after
    self.document = document
    self.source = source
    self.view = view
    text = TFPlanText(bytes, source: source, hash: addresses.hash)
    plan.resources = TFResources(text, hash: addresses.hash)
  }

  /// Reads the object that `reader` stands before, together with a thread that reads `half`.
  mutating func read(
    _ reader: inout JSONReader, _ half: TFPlanHalf, _ behind: ReadBehind
  ) throws(SyntaxError) -> TFPlan {
    self.half = (half, behind)
    defer { self.half = nil }
    return try read(&reader)
  }

  /// Reads what stands from a change on: the changes behind it, and the configuration if it is next.
  mutating func readHalf(
    _ reader: inout JSONReader, _ behind: ReadBehind
  ) throws(SyntaxError) -> TFPlanHalf.Reading {
    let start = reader.position
    try readElements(&reader)
    let end = reader.position
    var configuration: Range<Int>?
    var isFirst = false
    if let key = try reader.nextMember(isFirst: &isFirst), key == "configuration" {
      _ = reader.peek()
      let start = reader.position
      try readConfiguration(&reader, keeping: behind)
      configuration = start..<reader.position
    }
    behind.forget(start & ~0xFFFF..<max(start, reader.position & ~0xFFFF))
    return TFPlanHalf.Reading(
      reader: self, behind: behind, end: end, configuration: configuration)
  }

  /// Takes what the other thread has read, at whose start `reader` stands; false, with nothing taken, where
  /// it cannot be.
  private mutating func join(_ reader: inout JSONReader) -> Bool {
    guard let (half, behind) = half, var reading = half.wait() else { return false }
    self.half = nil
    guard
      !addresses.shares(
        with: reading.reader.addresses, plan.resources, reading.reader.plan.resources),
      let numbers = text.take(reading.reader.text), behind.join(reading.behind, at: reader.position)
    else { return false }
    addresses.append(reading.reader.addresses, from: plan.resources.count)
    // What was taken is let go of before the next is: a large plan is in memory twice for a moment.
    reading.reader.addresses = TFAddressTable(seed: seed)
    plan.resources.append(reading.reader.plan.resources, numbers)
    plan.issues += reading.reader.plan.issues
    lowering.issues += reading.reader.lowering.issues
    note(nil, nil)
    if let range = reading.configuration {
      configurationOfHalf = (
        range, reading.reader.plan.configuration, reading.reader.plan.providers
      )
    }
    reader.seek(to: reading.end)
    return true
  }

  /// Reads the object that `reader` stands before.
  mutating func read(_ reader: inout JSONReader) throws(SyntaxError) -> TFPlan {
    _ = reader.peek()
    let start = reader.position
    guard reader.enterObject() else { throw reader.unexpected("an object") }
    // What is needed only where something else is missing is passed over, checked, and read later.
    var later: [String: Int] = [:]
    var sawVersion = false
    var isFirst = true
    var seen: Set<[UInt8]> = []
    while let key = try reader.nextMember(isFirst: &isFirst) {
      guard seen.insert(Array(key.utf8)).inserted else {
        throw SyntaxError(message: "duplicate key `\(key)`", offset: reader.position)
      }
      _ = reader.peek()
      let offset = reader.position
      switch key {
      case "format_version":
        try readScalar(&reader)
        try checkVersion(offset)
        sawVersion = true
      case "resource_changes":
        plan.hasChanges = true
        try readChanges(&reader)
      case "configuration":
        try readConfiguration(&reader)
      case "variables":
        document.removeAll()
        try reader.read(into: document)
        if let list = document.root {
          for (name, variable) in list.members {
            guard let value = variable["value"] else { continue }
            if value.isString { plan.variables[name.text] = value.text }
            plan.values[name.text] = TFTerm(value)
          }
        }
      case "relevant_attributes":
        document.removeAll()
        try reader.read(into: document)
        for item in document.root?.elements ?? noElements {
          if let resource = item["resource"]?.scalarText {
            let attribute = item["attribute"]?.elements.first { _ in true }
            plan.relevant.insert("\(resource).\(attribute?.scalarText ?? "")")
          }
        }
      case "complete":
        try readScalar(&reader)
        plan.isComplete = document.root?.boolean ?? true
        plan.saysComplete = true
      case "errored":
        try readScalar(&reader)
        plan.isErrored = document.root?.boolean ?? false
        if plan.isErrored {
          plan.issues.append(
            Issue(
              .error, "this plan is errored: Terraform stopped before it had planned everything",
              help: "mend what `terraform plan` reports, then plan again",
              at: SourceSpan(source: source, start: offset, end: reader.position)))
        }
      case "prior_state" where plan.hasChanges: try readPrior(&reader)
      case "planned_values", "prior_state", "values", "deferred_changes", "resources":
        later[key] = offset
        if key == "planned_values", let (half, behind) = half,
          let left = half.leaveOut(offset, behind)
        {
          self.half = (half, left.behind)
          reader.seek(to: left.end)
          reader.forgetBehind(left.behind)
        } else {
          try TFModulePasser(document).pass(&reader)
        }
      default: try reader.skip()
      }
    }
    let end = reader.position
    if !sawVersion,
      seen.contains(Array("lineage".utf8)) || seen.contains(Array("serial".utf8))
    {
      try readState(&reader, later["resources"], start)
      reader.seek(to: end)
      return plan
    }
    guard sawVersion else {
      throw SyntaxError(
        message:
          "the plan has no format_version; expected the output of `terraform show -json PLAN`",
        offset: start)
    }
    if let offset = later["prior_state"] {
      reader.seek(to: offset)
      try readPrior(&reader)
    }
    if let offset = later["values"] {
      plan.isState = true
      reader.seek(to: offset)
      try readValues(&reader, isPrior: false)
    }
    if !plan.hasChanges, let offset = later["planned_values"] {
      reader.seek(to: offset)
      try readValues(&reader, isPrior: false)
    }
    if let offset = later["deferred_changes"] { try readDeferred(&reader, at: offset) }
    takeRegions()
    reader.seek(to: end)
    plan.issues += lowering.issues
    return plan
  }

  private var noMembers: Members { Value(document: document, index: 0).noMembers }
  private var noElements: Elements { Value(document: document, index: 0).noElements }

  private mutating func readConfiguration(
    _ reader: inout JSONReader, keeping behind: ReadBehind? = nil
  ) throws(SyntaxError) {
    _ = reader.peek()
    if let known = configurationOfHalf, known.range.lowerBound == reader.position {
      plan.configuration = known.module
      plan.providers = known.providers
      reader.seek(to: known.range.upperBound)
      configurationOfHalf = nil
      return
    }
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    let text = TFConfigurationText(reader, of: text.bytes, source: source, keeping: behind)
    var members = MemberNames()
    while let key = try members.next(&reader) {
      switch key {
      case "root_module":
        plan.configuration = try TFConfiguredModule(&reader, document, text)
      case "provider_config":
        for (key, provider) in try reader.value(in: document)?.members ?? noMembers {
          plan.providers[key.text] = TFProvider(
            region: provider["expressions"]?["region"].map { TFExpression($0) })
        }
      default: _ = try reader.value(in: document)
      }
    }
  }

  private mutating func readScalar(_ reader: inout JSONReader) throws(SyntaxError) {
    document.removeAll()
    try reader.read(into: document)
  }

  private func checkVersion(_ offset: Int) throws(SyntaxError) {
    let version = document.root?.scalarText ?? ""
    // Minor versions only add (Terraform, "JSON Output Format").
    guard version.split(separator: ".").first == "1" || version == "0.1" || version == "0.2" else {
      throw SyntaxError(
        message: "format_version `\(version)` is not known; expected 1.x", offset: offset)
    }
  }

  // MARK: Changes

  private mutating func readChanges(_ reader: inout JSONReader) throws(SyntaxError) {
    guard reader.enterArray() else {
      try reader.skip()
      return
    }
    try readElements(&reader)
  }

  /// Reads changes up to the end of their list.
  private mutating func readElements(_ reader: inout JSONReader) throws(SyntaxError) {
    var isFirst = true
    var start = half?.half.start ?? .max
    let shapes = JSONShapes()
    // Of two threads the first takes in what the second has read.
    let rest = document.bytes.count - reader.position
    plan.resources.reserveCapacity(forBytes: rest)
    addresses.reserveCapacity(forBytes: rest)
    // Resources are sorted by type: where one was of no use, the next is looked at before it is read.
    var wasOfUse = true
    while try reader.nextElement(isFirst: &isFirst) {
      if reader.position >= start {
        let isThere = reader.position == start
        start = .max
        if isThere, join(&reader) { return }
      }
      if !wasOfUse {
        let position = reader.position
        if try passOver(&reader) { continue }
        reader.seek(to: position)
      }
      wasOfUse = try takeNext(&reader, shapes)
    }
  }

  /// Takes the change that the reader stands before, and returns whether it says something of groups.
  private mutating func takeNext(
    _ reader: inout JSONReader, _ shapes: JSONShapes
  ) throws(SyntaxError) -> Bool {
    _ = reader.peek()
    let start = reader.position
    guard let shape = reader.match(shapes) else {
      guard let change = try reader.newValue(in: document, shapes) else { return true }
      return take(change)
    }
    shapes.met(reader.position - start)
    reader.forgetIfDue()
    forms.follow(shapes)
    if let form = forms.form(of: shape, UnsafePointer(shapes.values), document.bytes),
      take(form, shapes, from: start)
    {
      return true
    }
    shapes.fill(document, shape, from: start)
    guard let change = document.root else { return true }
    formOf = forms.wants(shape) ? TFFormValues(shapes: shapes, shape: shape) : nil
    defer { formOf = nil }
    return take(change)
  }

  /// Takes a rule or an interface that is written as one before it; false where it has to be looked at as any
  /// resource.
  private mutating func take(_ form: TFChangeForm, _ shapes: JSONShapes, from start: Int) -> Bool {
    let parts = UnsafePointer(shapes.values)
    let bytes = document.bytes
    let written = parts[form.address]
    guard
      let address = addresses.wanted(bytes.part(written.text), isEncoded: written.isEncoded),
      let set = set(of: form, parts),
      let place = form.place(parts, from: start, in: set, form.actions)
    else { return false }
    switch form.body {
    case .rule(let body, let earlier):
      guard var rule = body.rule(parts, at: place, in: set, bytes, text) else { return false }
      var before: TFPlainRule?
      if let earlier {
        guard let place = form.place(parts, from: start, in: set, .delete),
          let found = earlier.rule(parts, at: place, in: set, bytes, text)
        else { return false }
        if rule.place.region == 0 { rule.place.region = found.place.region }
        before = found
      }
      guard addresses.insertNew(address, plan.resources.count) else { return false }
      plan.resources.append(rule, before: before)
    case .interface(let body):
      guard set.isInterface,
        let (interface, ids) = body.interface(parts, at: place, bytes, text),
        addresses.insertNew(address, plan.resources.count)
      else { return false }
      plan.resources.append(interface, ids: ids)
    }
    return true
  }

  /// What an element of a form is an instance of; nothing where its names are not plain ones.
  private mutating func set(
    of form: TFChangeForm, _ parts: UnsafePointer<JSONShapes.Part>
  ) -> TFResourceSet? {
    let names = Names(form, parts)
    let isBeside = lastNames.map { names.isBeside($0, in: document) } ?? false
    if isBeside, let lastNames, let lastSet, document.isSame(names.name, lastNames.name) {
      return lastSet
    }
    guard !parts[form.name].isEncoded, !parts[form.type].isEncoded,
      // Where the module is not named it is a part of the address.
      form.module != nil
        || !document.bytes.part(parts[form.address].text).starts(with: "module.".utf8)
    else { return nil }
    if isBeside, let lastSet {
      let set = plan.sets.make(beside: lastSet, document.bytes.part(parts[form.name].text))
      note(set, names)
      return set
    }
    // The keys of modules are written with escapes.
    func text(_ value: Int) -> String {
      let text = document.bytes.part(parts[value].text)
      return parts[value].isEncoded
        ? JSONText.decode(text) : String(decoding: text, as: UTF8.self)
    }
    let set = plan.sets.make(
      // Data sources are no rules, and no interfaces that are left in the plan.
      isData: false, type: lastType(names) ?? text(form.type),
      document.bytes.part(parts[form.name].text),
      in: lastModule(names) ?? form.module.map { text($0) } ?? "")
    note(set, names)
    return set
  }

  /// Notes the set of a resource, and how its names are written, for the next one.
  private mutating func note(_ set: TFResourceSet?, _ names: Names?) {
    lastSet = set
    lastNames = names
  }

  /// Passes over a resource that can say nothing of groups; where it returns false, the resource
  /// has to be read.
  private func passOver(_ reader: inout JSONReader) throws(SyntaxError) -> Bool {
    _ = reader.peek()
    let start = reader.position
    guard reader.enterObject() else { return false }
    var isFirst = true
    var isData = false
    while let key = try reader.nextKey(isFirst: &isFirst) {
      guard !key.isEncoded, reader.peek() == UInt8(ascii: "\"") else { return false }
      let value = reader.position
      try reader.skip()
      let text = UnsafeRawBufferPointer(
        rebasing: document.bytes[(value + 1)..<(reader.position - 1)])
      if key.bytes.elementsEqual("mode".utf8) {
        isData = text.elementsEqual("data".utf8)
      } else if key.bytes.elementsEqual("type".utf8) {
        guard !text.contains(UInt8(ascii: "\\")) else { return false }
        let type = String(decoding: text, as: UTF8.self)
        if TFTypes.isOfInterest(type) { return false }
        let isIdle = isData || TFCarriers.carriesNothing(type)
        if !isIdle, TFCarriers.isKnown(type) { return false }
        reader.seek(to: start)
        try reader.skip()
        return isIdle || !TFCarriers.mayCarry(document.bytes, start..<reader.position)
      }
    }
    return false
  }

  /// The members of a change of a resource.
  private struct Change {
    var address: Value?
    var module: Value?
    var mode: Value?
    var type: Value?
    var name: Value?
    var index: Value?
    var provider: Value?
    var deposed: Value?
    var deposedKey: Value?
    var change: Value?
    var values: Value?
    var sensitiveValues: Value?

    init(_ object: Value) {
      for (key, value) in object.members {
        switch key.node.end - key.node.start - 2 {
        case 4:
          if key.hasText("type") {
            type = value
          } else if key.hasText("mode") {
            mode = value
          } else if key.hasText("name") {
            name = value
          }
        case 5: if key.hasText("index") { index = value }
        case 6:
          if key.hasText("change") {
            change = value
          } else if key.hasText("values") {
            values = value
          }
        case 7:
          if key.hasText("address") {
            address = value
          } else if key.hasText("deposed") {
            deposed = value
          }
        case 11: if key.hasText("deposed_key") { deposedKey = value }
        case 13: if key.hasText("provider_name") { provider = value }
        case 14: if key.hasText("module_address") { module = value }
        case 16: if key.hasText("sensitive_values") { sensitiveValues = value }
        default: if key.node.isEncoded { takeEncoded(key.text, value) }
        }
      }
    }

    /// Takes a member whose key is written with escapes.
    private mutating func takeEncoded(_ key: String, _ value: Value) {
      switch key {
      case "address": address = value
      case "module_address": module = value
      case "mode": mode = value
      case "type": type = value
      case "name": name = value
      case "index": index = value
      case "provider_name": provider = value
      case "deposed": deposed = value
      case "deposed_key": deposedKey = value
      case "change": change = value
      case "values": values = value
      case "sensitive_values": sensitiveValues = value
      default: return
      }
    }
  }

  /// The two sides of a change, and what is said of them.
  private struct Sides {
    var actions: Value?
    var before: Value?
    var after: Value?
    var unknown: Value?
    var beforeSensitive: Value?
    var afterSensitive: Value?
    var importing: Value?

    init(_ change: Value) {
      for (key, value) in change.members {
        guard !key.node.isEncoded else {
          takeAll(change)
          return
        }
        switch key.node.end - key.node.start - 2 {
        case 5: if key.hasText("after") { after = value }
        case 6: if key.hasText("before") { before = value }
        case 7: if key.hasText("actions") { actions = value }
        case 9: if key.hasText("importing") { importing = value }
        case 13: if key.hasText("after_unknown") { unknown = value }
        case 15: if key.hasText("after_sensitive") { afterSensitive = value }
        case 16: if key.hasText("before_sensitive") { beforeSensitive = value }
        default: continue
        }
      }
    }

    /// Takes the members of a change that has keys with escapes.
    private mutating func takeAll(_ change: Value) {
      actions = change["actions"]
      before = change["before"]
      after = change["after"]
      unknown = change["after_unknown"]
      beforeSensitive = change["before_sensitive"]
      afterSensitive = change["after_sensitive"]
      importing = change["importing"]
    }
  }

  /// Takes a change, and returns whether it says something of groups.
  @discardableResult
  private mutating func take(_ value: Value, isDeferred: Bool = false) -> Bool {
    let members = Change(value)
    guard let type = members.type, type.isScalar,
      let provider = members.provider, isAWS(provider),
      let addressValue = members.address, let address = addressValue.scalarText,
      let change = members.change.map({ Sides($0) })
    else { return false }
    let set = set(of: members, address, type)
    var actions: TFActions = []
    var isUsual = !isDeferred
    for action in change.actions?.elements ?? noElements {
      if action.hasText("create") {
        actions.insert(.create)
      } else if action.hasText("no-op") {
        actions.insert(.noOp)
      } else if action.hasText("update") {
        actions.insert(.update)
      } else if action.hasText("delete") {
        actions.insert(.delete)
      } else if action.hasText("read") {
        actions.insert(.read)
      } else if action.hasText("forget") {
        actions.insert(.forget)
      } else {
        if set.isOfInterest {
          plan.issues.append(
            Issue(
              .error, "\(address): unknown action `\(action.scalarText ?? action.kindName)`",
              help: "expected no-op, create, read, update, delete or forget", at: action.span))
        }
        // Whatever it does, what the plan says of afterwards is the best there is.
        actions.insert(.update)
        isUsual = false
      }
    }
    let span = addressValue.span
    var region: String?
    var before: TFBody?
    var after: TFBody?
    let old = change.before.flatMap { $0.isObject ? $0 : nil }
    let new = change.after.flatMap { $0.isObject ? $0 : nil }
    let isDeposed = isDeposed(members)
    let unknown = change.unknown
    // Of what stays as it is, one side says all.
    var isOnce = false
    if view == .after, actions == .noOp, !isDeposed, let old, let new, old.isWritten(as: new) {
      isOnce = unknown.map { !$0.members.contains { _ in true } && $0.boolean != true } ?? true
    }
    if isUsual, set.isRule, !isDeposed, change.importing == nil, let new {
      region = self.region(of: new) ?? old.flatMap { self.region(of: $0) }
      if let (rule, before) = plainRule(
        value, set, addressValue, actions, change, isOnce, old, new, region)
      {
        if let formOf {
          let body = ruleForm(formOf, set, change, before: isOnce ? nil : old, after: new)
          noteForm(body, members, change, actions, same: isOnce ? old.map { ($0, new) } : nil)
        }
        append(rule, before: before, address)
        return true
      }
    }
    if isUsual, leavesPlainGroups, !isDeposed, change.importing == nil, let new,
      isOnce || (actions == .create && old == nil),
      leave(value, set, addressValue, address, actions, change, new)
    {
      if let formOf, set.isInterface {
        noteForm(
          interfaceForm(formOf, change, new), members, change, actions,
          same: isOnce ? old.map { ($0, new) } : nil)
      }
      return true
    }
    if isUsual, set.isRule, !isDeposed, change.importing == nil, new == nil, let old,
      actions == .delete,
      let rule = removedRule(value, set, addressValue, change, old)
    {
      if let formOf {
        let body = ruleForm(formOf, set, change, before: old, after: nil)
        noteForm(body, members, change, actions, same: nil)
      }
      append(rule, address)
      return true
    }
    if let old, !isOnce { before = lowerBefore(old, change, set, address, span) }
    if let new {
      let issues = lowering.issues.count
      after = lowering.lower(
        set.name,
        TFAttributes(values: new, unknown: unknown, sensitive: change.afterSensitive),
        address: address, span: span)
      if isOnce, let old, lowering.issues.count > issues {
        let said = lowering.issues[issues...]
        lowering.issues.removeSubrange(issues...)
        before = lowerBefore(old, change, set, address, span)
        lowering.issues += said
      }
    }
    region = new.flatMap { self.region(of: $0) } ?? old.flatMap { self.region(of: $0) }
    guard before != nil || after != nil || set.isOfInterest else { return false }
    append(
      TFResource(
        address: address, set: set, key: key(members.index), actions: actions,
        isDeposed: isDeposed, isImported: change.importing?.isObject ?? false,
        isDeferred: isDeferred, region: region, span: span, before: before, after: after))
    return true
  }

  /// The rule of a change, where it is a plain one, and what it was before where that is another one.
  private func plainRule(
    _ element: Value, _ set: TFResourceSet, _ address: Value, _ actions: TFActions,
    _ change: Sides, _ isOnce: Bool, _ old: Value?, _ new: Value, _ region: String?
  ) -> (TFPlainRule, before: TFPlainRule?)? {
    guard leavesPlainRules, actions.isPlain, address.kind == .string,
      actions != .noOp || isOnce,
      let side = TFPlainSide(
        set, values: new, unknown: change.unknown, sensitive: change.afterSensitive)
    else { return nil }
    var before: TFPlainRule?
    if let old, !isOnce {
      before = removedRule(element, set, address, change, old)
      guard before != nil else { return nil }
    }
    guard
      var rule = text.rule(set, address: address, element: element, actions: actions, side: side)
    else { return nil }
    if let region {
      guard let number = text.number(ofRegion: region) else { return nil }
      rule.place.region = number
    }
    return (rule, before)
  }

  /// The rule that a change removes or replaces, where it was a plain one.
  private func removedRule(
    _ element: Value, _ set: TFResourceSet, _ address: Value, _ change: Sides, _ old: Value
  ) -> TFPlainRule? {
    guard leavesPlainRules, address.kind == .string,
      let side = TFPlainSide(set, values: old, unknown: nil, sensitive: change.beforeSensitive),
      var rule = text.rule(set, address: address, element: element, actions: .delete, side: side)
    else { return nil }
    if let region = region(of: old) {
      guard let number = text.number(ofRegion: region) else { return nil }
      rule.place.region = number
    }
    return rule
  }

  /// Leaves a group or an interface in the plan; false where it is no plain one.
  private mutating func leave(
    _ element: Value, _ set: TFResourceSet, _ addressValue: Value, _ address: String,
    _ actions: TFActions, _ change: Sides, _ new: Value
  ) -> Bool {
    guard set.isGroup || set.isInterface, addressValue.kind == .string,
      var place = TFPlace(
        inSet: set.number, address: addressValue, element: element, actions: actions)
    else { return false }
    if let region = region(of: new) {
      guard let number = text.number(ofRegion: region) else { return false }
      place.region = number
    }
    if set.isGroup {
      var reader = TFPlainGroupReader(place, text)
      guard
        reader.read(values: new, unknown: change.unknown, sensitive: change.afterSensitive)
      else { return false }
      if isFirst(address, at: place) {
        plan.resources.append(reader.group, peers: reader.peers)
        text.heads.append(
          address, id: reader.id, name: reader.name, owner: reader.owner, vpc: reader.vpc)
      }
      return true
    }
    guard
      let (isUnknown, ids) = TFPlainInterface.groups(of: new, unknown: change.unknown, text)
    else { return false }
    if isFirst(address, at: place) {
      plan.resources.append(TFPlainInterface(place: place, isUnknown: isUnknown), ids: ids)
    }
    return true
  }

  /// Notes an address, and whether it was not there before.
  private mutating func isFirst(_ address: String, at place: TFPlace) -> Bool {
    guard addresses.insert(address, plan.resources) == nil else {
      plan.issues.append(
        Issue(
          .warning, "\(address) is in the plan more than once", help: nil, at: text.span(of: place))
      )
      return false
    }
    return true
  }

  /// The form of a plain rule, by what it is afterwards and was before, where these are looked at.
  private func ruleForm(
    _ values: TFFormValues, _ set: TFResourceSet, _ change: Sides, before: Value?, after: Value?
  ) -> TFChangeForm.Body? {
    var earlier: TFRuleForm?
    if let before {
      guard
        let side = TFPlainSide(
          set, values: before, unknown: nil, sensitive: change.beforeSensitive),
        let form = TFRuleForm(side, set, values)
      else { return nil }
      earlier = form
    }
    guard let after else { return earlier.map { .rule($0, before: nil) } }
    guard
      let side = TFPlainSide(
        set, values: after, unknown: change.unknown, sensitive: change.afterSensitive),
      let form = TFRuleForm(side, set, values)
    else { return nil }
    return .rule(form, before: earlier)
  }

  /// The form of an interface that is left in the plan.
  private func interfaceForm(
    _ values: TFFormValues, _ change: Sides, _ new: Value
  ) -> TFChangeForm.Body? {
    TFInterfaceForm(
      isUnknown: change.unknown?["security_groups"]?.boolean == true, values: new, values
    ).map { .interface($0) }
  }

  /// Notes how the element is written that is looked at.
  private mutating func noteForm(
    _ body: TFChangeForm.Body?, _ members: Change, _ change: Sides, _ actions: TFActions,
    same: (before: Value, after: Value)?
  ) {
    guard let formOf else { return }
    var form: TFChangeForm?
    if let body, let address = members.address, let name = members.name,
      let type = members.type, let provider = members.provider
    {
      form = TFChangeForm(
        TFChangeForm.Head(
          address: address, name: name, type: type, module: members.module, mode: members.mode,
          fixed: [provider] + (change.actions?.elements.map { $0 } ?? []), actions: actions,
          same: same),
        body, formOf)
    }
    forms.note(form, of: formOf.shape)
  }

  /// Keeps a plain rule.
  private mutating func append(
    _ rule: TFPlainRule, before: TFPlainRule? = nil, _ address: String
  ) {
    if isFirst(address, at: rule.place) { plan.resources.append(rule, before: before) }
  }

  private mutating func lowerBefore(
    _ values: Value, _ change: Sides, _ set: TFResourceSet, _ address: String, _ span: SourceSpan
  ) -> TFBody? {
    lowering.lower(
      set.name, TFAttributes(values: values, unknown: nil, sensitive: change.beforeSensitive),
      address: address, span: span)
  }

  private func key(_ index: Value?) -> TFKey? { index.flatMap { TFKey($0) } }

  private func isDeposed(_ members: Change) -> Bool {
    members.deposed?.isString ?? members.deposedKey?.isString ?? false
  }

  /// Keeps a resource, if it says something of groups.
  ///
  /// Of two with one address the first counts, as changes are read before states; of values the
  /// later ones do.
  private mutating func append(_ resource: TFResource) {
    guard resource.before != nil || resource.after != nil || resource.set.isOfInterest else {
      return
    }
    guard !resource.isDeposed else {
      plan.resources.append(resource)
      return
    }
    if let known = addresses.insert(resource.address, plan.resources) {
      if resource.isPrior {
        if plan.resources[known].isPrior { plan.resources.replace(known, by: resource) }
      } else {
        plan.issues.append(
          Issue(
            .warning, "\(resource.address) is in the plan more than once", help: nil,
            at: resource.span))
      }
      return
    }
    plan.resources.append(resource)
  }

  /// The region that the values of a resource say: provider 6 has an attribute for it, and names
  /// (ARNs) hold it.
  private func region(of values: Value) -> String? {
    if let region = values["region"]?.scalarText, !region.isEmpty { return region }
    guard let arn = values["arn"], arn.isScalar, !arn.node.isEncoded else {
      return values["arn"]?.scalarText.flatMap { Self.region(ofARN: Array($0.utf8)[...]) }
    }
    return arn.rawBytes.withMemoryRebound(to: UInt8.self) { Self.region(ofARN: $0[...]) }
  }

  /// The fourth part of `arn:aws:ec2:eu-west-1:…`.
  static func region<C: RandomAccessCollection>(
    ofARN text: C
  ) -> String? where C.Element == UInt8 {
    guard text.starts(with: "arn:".utf8) else { return nil }
    var start: C.Index?
    var colons = 0
    for index in text.indices where text[index] == UInt8(ascii: ":") {
      colons += 1
      if colons == 3 { start = text.index(after: index) }
      guard colons == 4, let start else { continue }
      return start == index ? nil : String(decoding: text[start..<index], as: UTF8.self)
    }
    return nil
  }

  /// The region of each provider that says one.
  private func providerRegions() -> [String: String] {
    plan.providers.compactMapValues { provider in
      guard let expression = provider.region else { return nil }
      if let constant = expression.constant { return constant }
      guard expression.references.count == 1,
        case .variable(let name) = expression.references[0].head
      else { return nil }
      return plan.variables[name]
    }
  }

  /// Gives the resources that say no region that of their provider.
  private mutating func takeRegions() {
    let regions = providerRegions()
    guard !regions.isEmpty else { return }
    let configuration = plan.configuration
    let names = Set(regions.values).sorted()
    // Neighbours mostly have one provider.
    var last: (provider: TFConfiguredResources.Provider, region: Int?)?
    plan.resources.setRegions(names) { set in
      guard let (resources, index) = configuration.place(of: set),
        let provider = resources.provider(index)
      else { return nil }
      if let last, last.provider == provider { return last.region }
      let region = regions[resources.key(of: provider)].flatMap { names.firstIndex(of: $0) }
      last = (provider, region)
      return region
    }
  }

  /// What a resource is an instance of.
  private mutating func set(of members: Change, _ address: String, _ type: Value) -> TFResourceSet {
    // Where the module is not named it is a part of the address, which differs.
    let isNamed = members.module?.isScalar ?? false
    let isInModule = isNamed || address.utf8.starts(with: "module.".utf8)
    let names = Names(members)
    let isWhole = isNamed || !isInModule
    if let lastNames, let lastSet, isWhole, names.isBeside(lastNames, in: document) {
      if document.isSame(names.name, lastNames.name) { return lastSet }
      if let name = members.name, name.kind == .string, !name.node.isEncoded {
        let set = plan.sets.make(beside: lastSet, name.rawBytes)
        note(set, names)
        return set
      }
    }
    let isData = members.mode?.hasText("data") ?? false
    let type = lastType(names) ?? type.text
    let prefix =
      (isWhole ? lastModule(names) : nil) ?? members.module?.scalarText
      ?? (isInModule ? Self.modulePrefix(of: address) : "")
    let set: TFResourceSet
    if let name = members.name, name.kind == .string, !name.node.isEncoded {
      set = plan.sets.make(isData: isData, type: type, name.rawBytes, in: prefix)
    } else {
      let name = members.name?.scalarText ?? ""
      set = plan.sets.make(isData: isData, type: type, name: name, in: prefix)
    }
    note(isWhole ? set : nil, isWhole ? names : nil)
    return set
  }

  /// The type of the resource before, if this one's is written alike.
  private func lastType(_ names: Names) -> String? {
    guard let lastNames, document.isSame(lastNames.type, names.type) else { return nil }
    return lastSet?.type
  }

  /// The address of the module of the resource before, if this one's is written alike.
  private func lastModule(_ names: Names) -> String? {
    guard let lastNames, document.isSame(lastNames.module, names.module) else { return nil }
    return lastSet?.module.prefix
  }

  /// Other hosts and namespaces mirror the provider: what counts is the last part.
  private func isAWS(_ provider: Value) -> Bool {
    if provider.hasText("registry.terraform.io/hashicorp/aws") { return true }
    guard let text = provider.scalarText else { return false }
    return text == "aws" || text.hasSuffix("/aws")
  }

  /// The module part of an address, for values that have no `module_address`.
  private static func modulePrefix(of address: String) -> String {
    let path = TFAddressScanner.modulePath(address)
    guard !path.isEmpty else { return "" }
    // The rest of the address is behind as many steps as were read.
    var scanner = TFAddressScanner(address)
    var consumed = 0
    for _ in path {
      _ = scanner.name()
      _ = scanner.dot()
      _ = scanner.name()
      _ = scanner.key()
      consumed = scanner.offset
      _ = scanner.dot()
    }
    return String(decoding: Array(address.utf8)[..<consumed], as: UTF8.self)
  }

  // MARK: Values

  private mutating func readPrior(_ reader: inout JSONReader) throws(SyntaxError) {
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    var members = MemberNames()
    while let key = try members.next(&reader) {
      if key == "values" {
        try readValues(&reader, isPrior: true)
      } else {
        try reader.skip()
      }
    }
  }

  private mutating func readValues(
    _ reader: inout JSONReader, isPrior: Bool
  ) throws(SyntaxError) {
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    var members = MemberNames()
    while let key = try members.next(&reader) {
      if key == "root_module" {
        try readModule(&reader, isPrior: isPrior, depth: 0)
      } else {
        try reader.skip()
      }
    }
  }

  /// Reads a module of values, one resource at a time.
  private mutating func readModule(
    _ reader: inout JSONReader, isPrior: Bool, depth: Int
  ) throws(SyntaxError) {
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    // Each module within another one is two levels of JSON deeper.
    guard depth * 2 < JSONReader.depthLimit else { throw reader.tooDeep() }
    var members = MemberNames()
    while let key = try members.next(&reader) {
      guard key == "resources" || key == "child_modules", reader.enterArray() else {
        try reader.skip()
        continue
      }
      var isFirst = true
      while try reader.nextElement(isFirst: &isFirst) {
        if key == "child_modules" {
          try readModule(&reader, isPrior: isPrior, depth: depth + 1)
        } else if isPrior, plan.hasChanges, try isManaged(reader) {
          try reader.skip()
        } else if let value = try reader.value(in: document) {
          takeValues(value, isPrior: isPrior)
        }
      }
    }
  }

  /// Whether the resource that the reader stands before says at its beginning that it is managed.
  private func isManaged(_ ahead: JSONReader) throws(SyntaxError) -> Bool {
    var reader = ahead
    guard reader.enterObject() else { return false }
    var isFirst = true
    while let key = try reader.nextKey(isFirst: &isFirst) {
      guard reader.peek() == UInt8(ascii: "\"") else { return false }
      let value = reader.position
      try reader.skip()
      guard !key.isEncoded, key.bytes.elementsEqual("mode".utf8) else { continue }
      return document.bytes[value..<reader.position].elementsEqual("\"managed\"".utf8)
    }
    return false
  }

  /// Takes the values of a resource.
  ///
  /// Of the state before a plan only data sources are taken where the plan lists its changes:
  /// managed resources are all among these.
  private mutating func takeValues(_ value: Value, isPrior: Bool) {
    let members = Change(value)
    guard let type = members.type, type.isScalar,
      let provider = members.provider, isAWS(provider),
      let addressValue = members.address, let address = addressValue.scalarText
    else { return }
    let set = set(of: members, address, type)
    if isPrior, !set.isData, plan.hasChanges { return }
    let span = addressValue.span
    // In planned values, what is unknown is left out, and marked nowhere.
    let body = lowering.lower(
      set.name,
      TFAttributes(
        values: members.values, unknown: nil, sensitive: members.sensitiveValues,
        isAbsentUnknown: !isPrior && !plan.isState),
      address: address, span: span)
    append(
      TFResource(
        address: address, set: set, key: key(members.index), actions: .noOp,
        isDeposed: isDeposed(members), isPrior: true,
        region: members.values.flatMap { region(of: $0) }, span: span, before: body, after: body))
  }

  private mutating func readDeferred(
    _ reader: inout JSONReader, at offset: Int
  ) throws(SyntaxError) {
    reader.seek(to: offset)
    document.removeAll()
    try reader.read(into: document)
    for item in document.root?.elements ?? noElements {
      guard let change = item["resource_change"], let type = change["type"]?.scalarText,
        TFTypes.isOfInterest(type)
      else { continue }
      plan.isComplete = false
      take(change, isDeferred: true)
      plan.issues.append(
        Issue(
          .warning,
          "\(change["address"]?.scalarText ?? type) is deferred (\(item["reason"]?.scalarText ?? "unknown reason")): what it will be is not planned yet",
          help: "apply this plan, then plan again", at: item.span))
    }
  }

  // MARK: Raw states

  /// Reads `resources` of a `terraform.tfstate`.
  private mutating func readState(
    _ reader: inout JSONReader, _ offset: Int?, _ start: Int
  ) throws(SyntaxError) {
    plan.isState = true
    guard let offset else {
      throw SyntaxError(
        message:
          "the state has no `resources` (encrypted, or older than Terraform 0.12); expected version 4, or the output of `terraform show -json`",
        offset: start)
    }
    reader.seek(to: offset)
    guard reader.enterArray() else { return }
    var isFirst = true
    while try reader.nextElement(isFirst: &isFirst) {
      document.removeAll()
      try reader.read(into: document)
      if let resource = document.root { takeState(resource) }
    }
    plan.issues += lowering.issues
  }

  private mutating func takeState(_ value: Value) {
    guard let type = value["type"]?.scalarText, let name = value["name"]?.scalarText,
      let provider = value["provider"]?.scalarText, isAWSReference(provider)
    else { return }
    let prefix = value["module"]?.scalarText ?? ""
    let resourceName = TFResourceName(
      isData: value["mode"]?.hasText("data") ?? false, type: type, name: name)
    let set = plan.sets.make(
      isData: resourceName.isData, type: type, name: name, in: prefix)
    for instance in value["instances"]?.elements ?? noElements {
      guard let attributes = instance["attributes"], attributes.isObject else { continue }
      let key = instance["index_key"].flatMap { TFKey($0) }
      let address =
        (prefix.isEmpty ? "" : "\(prefix).") + resourceName.text + TFResolver.keyText(key)
      // Each mark is a path of steps; what is sensitive in part is not printed at all.
      var hidden: Set<String> = []
      for path in instance["sensitive_attributes"]?.elements ?? noElements {
        let first = path.isArray ? path.elements.first { _ in true } : path
        if let name = first?["value"]?.scalarText { hidden.insert(name) }
      }
      let body = lowering.lower(
        resourceName,
        TFAttributes(values: attributes, unknown: nil, sensitive: nil, hidden: hidden),
        address: address, span: attributes.span)
      append(
        TFResource(
          address: address, set: set, key: key, actions: .noOp,
          isDeposed: instance["deposed"]?.isString ?? false, isPrior: true,
          region: region(of: attributes), span: attributes.span, before: body, after: body))
    }
  }

  /// `provider["registry.terraform.io/hashicorp/aws"].west`, in a module or not.
  private func isAWSReference(_ text: String) -> Bool {
    text.contains("/aws\"]") || text.hasSuffix("provider.aws") || text.contains("provider.aws.")
      || text.contains("[\"aws\"]")
  }
}
