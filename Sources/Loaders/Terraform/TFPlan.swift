import SGModel

/// A plan (or state) of Terraform or OpenTofu as `show -json` prints it, read as far as it says
/// something of groups.
struct TFPlan {
  /// The resources, in the order of the file.
  var resources: [TFResource] = []
  var configuration = TFConfiguredModule()
  /// Values of root variables that are texts, by name. Sensitive ones stay in here.
  var variables: [String: String] = [:]
  /// Values of root variables of all kinds. Sensitive ones stay in here.
  var values: [String: TFTerm] = [:]
  /// Attributes that expressions of the configuration read: address and first attribute.
  var relevant: Set<String> = []
  var isState = false
  var isComplete = true
  var isErrored = false
  var hasChanges = false
  var issues: [Issue] = []

  /// The top-level keys that tell a plan from other files.
  static let keys: Set<String> = [
    "format_version", "terraform_version", "planned_values", "resource_changes", "prior_state",
    "configuration", "relevant_attributes", "resource_drift", "output_changes", "values",
    "deferred_changes",
  ]
}

/// Reads plans and states.
struct TFPlanReader {
  private var plan = TFPlan()
  private var lowering = TFLowering()
  private let document: Document
  private let source: Int32

  init(document: Document, source: Int32) {
    self.document = document
    self.source = source
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
    var seen: Set<String> = []
    while let key = try reader.nextMember(isFirst: &isFirst) {
      guard seen.insert(key).inserted else {
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
        document.removeAll()
        try reader.read(into: document)
        if let module = document.root?["root_module"] { plan.configuration = TFConfiguredModule(module) }
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
        for item in document.root?.elements ?? Elements(document: document, cursor: 0, end: 0) {
          if let resource = item["resource"]?.scalarText {
            let attribute = item["attribute"]?.elements.first { _ in true }
            plan.relevant.insert("\(resource).\(attribute?.scalarText ?? "")")
          }
        }
      case "complete":
        try readScalar(&reader)
        plan.isComplete = document.root?.boolean ?? true
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
      case "planned_values", "prior_state", "values", "deferred_changes":
        later[key] = offset
        try reader.skip()
      default: try reader.skip()
      }
    }
    let end = reader.position
    guard sawVersion else {
      throw SyntaxError(
        message: "the plan has no format_version; expected the output of `terraform show -json PLAN`",
        offset: start)
    }
    if let offset = later["prior_state"] { try readPrior(&reader, at: offset) }
    if let offset = later["values"] {
      plan.isState = true
      try readValues(&reader, at: offset, isPrior: false)
    }
    if !plan.hasChanges, let offset = later["planned_values"] {
      try readValues(&reader, at: offset, isPrior: false)
    }
    if let offset = later["deferred_changes"] { try readDeferred(&reader, at: offset) }
    reader.seek(to: end)
    plan.issues += lowering.issues
    return plan
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
    var isFirst = true
    while try reader.nextElement(isFirst: &isFirst) {
      document.removeAll()
      try reader.read(into: document)
      if let change = document.root { take(change) }
    }
  }

  private mutating func take(_ value: Value) {
    guard let type = value["type"]?.scalarText, TFTypes.isOfInterest(type),
      let provider = value["provider_name"]?.scalarText, isAWS(provider)
    else { return }
    guard let address = value["address"]?.scalarText, let change = value["change"] else { return }
    var actions: TFActions = []
    for action in change["actions"]?.elements ?? Elements(document: document, cursor: 0, end: 0) {
      switch action.scalarText {
      case "no-op": actions.insert(.noOp)
      case "create": actions.insert(.create)
      case "read": actions.insert(.read)
      case "update": actions.insert(.update)
      case "delete": actions.insert(.delete)
      case "forget": actions.insert(.forget)
      default:
        plan.issues.append(
          Issue(
            .error, "\(address): unknown action `\(action.scalarText ?? action.kindName)`",
            help: "expected no-op, create, read, update, delete or forget", at: action.span))
        // Whatever it does, what the plan says of afterwards is the best there is.
        actions.insert(.update)
      }
    }
    var resource = identify(value, address: address, type: type, actions: actions)
    let span = value["address"]?.span ?? value.span
    if let before = change["before"], before.isObject {
      resource.before = lowering.lower(
        resource.name,
        TFAttributes(values: before, unknown: nil, sensitive: change["before_sensitive"]),
        address: address, span: span)
    }
    if let after = change["after"], after.isObject {
      resource.after = lowering.lower(
        resource.name,
        TFAttributes(
          values: after, unknown: change["after_unknown"], sensitive: change["after_sensitive"]),
        address: address, span: span)
    }
    resource.isImported = change["importing"]?.isObject ?? false
    plan.resources.append(resource)
  }

  private func identify(
    _ value: Value, address: String, type: String, actions: TFActions
  ) -> TFResource {
    let prefix = value["module_address"]?.scalarText ?? Self.modulePrefix(of: address)
    var key: TFKey?
    if let index = value["index"], !index.isNull {
      key = index.kind == .number ? index.integer.map { .number($0) } : .text(index.text)
    }
    return TFResource(
      address: address, previousAddress: value["previous_address"]?.scalarText,
      module: TFAddressScanner.modulePath(prefix), modulePrefix: prefix,
      name: TFResourceName(
        isData: value["mode"]?.hasText("data") ?? false, type: type,
        name: value["name"]?.scalarText ?? ""),
      key: key, actions: actions,
      isDeposed: value["deposed"]?.isString ?? value["deposed_key"]?.isString ?? false,
      isImported: false, span: value["address"]?.span ?? value.span, before: nil, after: nil)
  }

  /// Other hosts and namespaces mirror the provider: what counts is the last part.
  private func isAWS(_ provider: String) -> Bool {
    provider == "aws" || provider.hasSuffix("/aws")
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

  private mutating func readPrior(_ reader: inout JSONReader, at offset: Int) throws(SyntaxError) {
    reader.seek(to: offset)
    guard reader.enterObject() else { return }
    var isFirst = true
    while let key = try reader.nextMember(isFirst: &isFirst) {
      _ = reader.peek()
      if key == "values" {
        try readValues(&reader, at: reader.position, isPrior: true)
      } else {
        try reader.skip()
      }
    }
  }

  private mutating func readValues(
    _ reader: inout JSONReader, at offset: Int, isPrior: Bool
  ) throws(SyntaxError) {
    reader.seek(to: offset)
    document.removeAll()
    try reader.read(into: document)
    if let module = document.root?["root_module"] { takeModule(module, isPrior: isPrior) }
  }

  /// Takes a module of values. Of the state before a plan only data sources are taken where the plan
  /// lists its changes: managed resources are all among these.
  private mutating func takeModule(_ module: Value, isPrior: Bool) {
    for value in module["resources"]?.elements ?? Elements(document: document, cursor: 0, end: 0) {
      guard let type = value["type"]?.scalarText, TFTypes.isOfInterest(type),
        let provider = value["provider_name"]?.scalarText, isAWS(provider),
        let address = value["address"]?.scalarText
      else { continue }
      let isData = value["mode"]?.hasText("data") ?? false
      if isPrior, !isData, plan.hasChanges { continue }
      var resource = identify(value, address: address, type: type, actions: .noOp)
      resource.isPrior = true
      let body = lowering.lower(
        resource.name,
        TFAttributes(
          values: value["values"], unknown: nil, sensitive: value["sensitive_values"]),
        address: address, span: value["address"]?.span ?? value.span)
      resource.before = body
      resource.after = body
      plan.resources.append(resource)
    }
    for child in module["child_modules"]?.elements ?? Elements(document: document, cursor: 0, end: 0) {
      takeModule(child, isPrior: isPrior)
    }
  }

  private mutating func readDeferred(_ reader: inout JSONReader, at offset: Int) throws(SyntaxError) {
    reader.seek(to: offset)
    document.removeAll()
    try reader.read(into: document)
    for item in document.root?.elements ?? Elements(document: document, cursor: 0, end: 0) {
      guard let change = item["resource_change"], let type = change["type"]?.scalarText,
        TFTypes.isOfInterest(type)
      else { continue }
      plan.isComplete = false
      plan.issues.append(
        Issue(
          .warning,
          "\(change["address"]?.scalarText ?? type) is deferred (\(item["reason"]?.scalarText ?? "unknown reason")): what it will be is not planned yet",
          help: "apply this plan, then plan again", at: item.span))
    }
  }
}
