import SGModel

/// A plan (or state) of Terraform or OpenTofu as `show -json` prints it, read as far as it says
/// something of groups.
struct TFPlan {
  /// The resources, in the order of the file.
  var resources: [TFResource] = []
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
  /// The index in `plan.resources` of each address, deposed objects apart.
  private var indexByAddress: [String: Int] = [:]

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
        document.removeAll()
        try reader.read(into: document)
        if let module = document.root?["root_module"] {
          plan.configuration = TFConfiguredModule(module)
        }
        for (key, provider) in document.root?["provider_config"]?.members ?? noMembers {
          plan.providers[key.text] = TFProvider(
            region: provider["expressions"]?["region"].map { TFExpression($0) })
        }
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
      case "planned_values", "prior_state", "values", "deferred_changes", "resources":
        later[key] = offset
        try reader.skip()
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
    if let offset = later["prior_state"] { try readPrior(&reader, at: offset) }
    if let offset = later["values"] {
      plan.isState = true
      try readValues(&reader, at: offset, isPrior: false)
    }
    if !plan.hasChanges, let offset = later["planned_values"] {
      try readValues(&reader, at: offset, isPrior: false)
    }
    if let offset = later["deferred_changes"] { try readDeferred(&reader, at: offset) }
    let regions = providerRegions()
    for index in plan.resources.indices where plan.resources[index].region == nil {
      guard let key = providerKey(of: plan.resources[index]) else { continue }
      plan.resources[index].region = regions[key]
    }
    reader.seek(to: end)
    plan.issues += lowering.issues
    return plan
  }

  private var noMembers: Members { Members(document: document, cursor: 0, end: 0) }
  private var noElements: Elements { Elements(document: document, cursor: 0, end: 0) }

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

  private mutating func take(_ value: Value, isDeferred: Bool = false) {
    guard let type = value["type"]?.scalarText,
      let provider = value["provider_name"]?.scalarText, isAWS(provider)
    else { return }
    guard let address = value["address"]?.scalarText, let change = value["change"] else { return }
    var actions: TFActions = []
    for action in change["actions"]?.elements ?? noElements {
      switch action.scalarText {
      case "no-op": actions.insert(.noOp)
      case "create": actions.insert(.create)
      case "read": actions.insert(.read)
      case "update": actions.insert(.update)
      case "delete": actions.insert(.delete)
      case "forget": actions.insert(.forget)
      default:
        if TFTypes.isOfInterest(type) {
          plan.issues.append(
            Issue(
              .error, "\(address): unknown action `\(action.scalarText ?? action.kindName)`",
              help: "expected no-op, create, read, update, delete or forget", at: action.span))
        }
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
      resource.region = region(of: before)
    }
    if let after = change["after"], after.isObject {
      resource.after = lowering.lower(
        resource.name,
        TFAttributes(
          values: after, unknown: change["after_unknown"], sensitive: change["after_sensitive"]),
        address: address, span: span)
      resource.region = region(of: after) ?? resource.region
    }
    resource.isImported = change["importing"]?.isObject ?? false
    resource.isDeferred = isDeferred
    append(resource)
  }

  /// Keeps a resource, if it says something of groups.
  ///
  /// Of two with one address the first counts, as changes are read before states; of values the
  /// later ones do.
  private mutating func append(_ resource: TFResource) {
    guard
      resource.before != nil || resource.after != nil || TFTypes.isOfInterest(resource.name.type)
    else { return }
    guard !resource.isDeposed else {
      plan.resources.append(resource)
      return
    }
    if let known = indexByAddress[resource.address] {
      if resource.isPrior {
        if plan.resources[known].isPrior { plan.resources[known] = resource }
      } else {
        plan.issues.append(
          Issue(
            .warning, "\(resource.address) is in the plan more than once", help: nil,
            at: resource.span))
      }
      return
    }
    indexByAddress[resource.address] = plan.resources.count
    plan.resources.append(resource)
  }

  /// The region that the values of a resource say: provider 6 has an attribute for it, and names
  /// (ARNs) hold it.
  private func region(of values: Value) -> String? {
    if let region = values["region"]?.scalarText, !region.isEmpty { return region }
    guard let arn = values["arn"]?.scalarText, arn.hasPrefix("arn:") else { return nil }
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    return parts.count > 4 && !parts[3].isEmpty ? String(parts[3]) : nil
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

  private func providerKey(of resource: TFResource) -> String? {
    var module = plan.configuration
    for step in resource.module {
      guard let call = module.calls[step.name] else { return nil }
      module = call.module
    }
    return module.resources[resource.name]?.providerKey
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

  /// Takes a module of values.
  ///
  /// Of the state before a plan only data sources are taken where the plan lists its changes:
  /// managed resources are all among these.
  private mutating func takeModule(_ module: Value, isPrior: Bool) {
    for value in module["resources"]?.elements ?? noElements {
      guard let type = value["type"]?.scalarText,
        let provider = value["provider_name"]?.scalarText, isAWS(provider),
        let address = value["address"]?.scalarText
      else { continue }
      let isData = value["mode"]?.hasText("data") ?? false
      if isPrior, !isData, plan.hasChanges { continue }
      var resource = identify(value, address: address, type: type, actions: .noOp)
      resource.isPrior = true
      // In planned values, what is unknown is left out, and marked nowhere.
      let body = lowering.lower(
        resource.name,
        TFAttributes(
          values: value["values"], unknown: nil, sensitive: value["sensitive_values"],
          isAbsentUnknown: !isPrior && !plan.isState),
        address: address, span: value["address"]?.span ?? value.span)
      resource.before = body
      resource.after = body
      resource.region = value["values"].flatMap { region(of: $0) }
      append(resource)
    }
    for child in module["child_modules"]?.elements ?? noElements {
      takeModule(child, isPrior: isPrior)
    }
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
    for instance in value["instances"]?.elements ?? noElements {
      guard let attributes = instance["attributes"], attributes.isObject else { continue }
      var key: TFKey?
      if let index = instance["index_key"], !index.isNull {
        key = index.kind == .number ? index.integer.map { .number($0) } : .text(index.text)
      }
      let address =
        (prefix.isEmpty ? "" : "\(prefix).") + resourceName.text + TFResolver.keyText(key)
      // Each mark is a path of steps; what is sensitive in part is not printed at all.
      var hidden: Set<String> = []
      for path in instance["sensitive_attributes"]?.elements ?? noElements {
        let first = path.isArray ? path.elements.first { _ in true } : path
        if let name = first?["value"]?.scalarText { hidden.insert(name) }
      }
      var resource = TFResource(
        address: address, previousAddress: nil, module: TFAddressScanner.modulePath(prefix),
        modulePrefix: prefix, name: resourceName, key: key, actions: .noOp,
        isDeposed: instance["deposed"]?.isString ?? false, isImported: false, isPrior: true,
        span: attributes.span, before: nil, after: nil)
      let body = lowering.lower(
        resourceName,
        TFAttributes(values: attributes, unknown: nil, sensitive: nil, hidden: hidden),
        address: address, span: attributes.span)
      resource.before = body
      resource.after = body
      resource.region = region(of: attributes)
      append(resource)
    }
  }

  /// `provider["registry.terraform.io/hashicorp/aws"].west`, in a module or not.
  private func isAWSReference(_ text: String) -> Bool {
    text.contains("/aws\"]") || text.hasSuffix("provider.aws") || text.contains("provider.aws.")
      || text.contains("[\"aws\"]")
  }
}
