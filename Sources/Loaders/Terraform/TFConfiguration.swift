import SGModel

extension Value {
  /// Whether the traversal that this is is what `whole` begins with; see `isTraversal`.
  fileprivate func isPart(of whole: Value) -> Bool {
    guard node.isEncoded || whole.node.isEncoded else {
      return isTraversal(rawBytes, within: whole.rawBytes)
    }
    return isTraversal(codeUnits, within: whole.codeUnits)
  }
}

/// Whether a traversal is what another one begins with: less by whole names or keys.
private func isTraversal<C: RandomAccessCollection<UInt8>>(_ part: C, within whole: C) -> Bool {
  guard whole.count > part.count, whole.starts(with: part) else { return false }
  let next = whole[whole.index(whole.startIndex, offsetBy: part.count)]
  return next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
}

/// An expression of `configuration`: a constant, or the references in it.
///
/// What it does with them is not in the plan.
struct TFExpression {
  /// The references, each in its longest form; nothing for a constant.
  var references: [TFTraversal] = []
  /// The value, where it is a constant text.
  var constant: String?
  /// Whether it is a constant of whatever kind.
  var isConstant = false
  /// Whether it is the constant `null`.
  var isNull = false
  /// The expression as it is written in the source, where that is at hand and agrees with this.
  var written: TFWritten?

  init(_ value: Value) {
    if let constant = value["constant_value"] {
      isConstant = true
      isNull = constant.isNull
      self.constant = constant.isString ? constant.text : nil
    } else if let list = value["references"] {
      // Each full traversal is followed by its own prefixes.
      var previous: Value?
      for item in list.elements where item.isScalar {
        if let previous, item.isPart(of: previous) { continue }
        previous = item
        let text = item.text
        // There are few references in an expression.
        if !references.contains(where: { $0.text == text }) { references.append(TFTraversal(text)) }
      }
    }
  }

  /// A constant from a value that stands by itself.
  init(defaultValue value: Value) {
    isConstant = true
    isNull = value.isNull
    constant = value.isString ? value.text : nil
  }

  /// Whether it depends on the instance of the resource that it belongs to in more than an index.
  var usesEachValue: Bool { references.contains { $0.head == .eachValue } }

  /// Adds what another block of the same kind says.
  mutating func add(_ other: TFExpression) {
    references += other.references.filter { !references.contains($0) }
    if !other.isConstant { isConstant = false }
    if !other.isNull { isNull = false }
  }
}

/// The text of a configuration, read again where something of it is asked for.
///
/// Most of what a configuration says is asked by nobody, and would take more memory than its text.
final class TFConfigurationText {
  private let document: Document
  private var reader: JSONReader
  private var offset = -1
  /// Texts that many resources share, the last one first.
  private var texts: [Shared] = []

  /// A text that many resources share.
  struct Shared {
    let text: String
    /// Whether it is a type of the AWS provider.
    let isAWS: Bool
    /// Whether it is a type of rules.
    let isRule: Bool
    /// Whether it is a type of groups.
    let isGroup: Bool
    /// Whether it is the type of network interfaces.
    let isInterface: Bool

    fileprivate init(_ text: String) {
      self.text = text
      isAWS = text.hasPrefix("aws_")
      isRule = TFTypes.rules.contains(text)
      isGroup = TFTypes.groups.contains(text)
      isInterface = text == "aws_network_interface"
    }
  }

  /// How many texts are kept to be shared.
  private static let sharedLimit = 64
  /// How resources are written.
  let shapes = JSONShapes()
  var forms = TFForms<TFConfiguredForm>()
  private let behind: ReadBehind?
  private let touched: TouchedPages

  /// Creates the text that `reader` reads in a file; what lies behind the reader must stay where it is for as
  /// long as this does, unless it is kept here.
  init(
    _ reader: JSONReader, of file: SourceBytes, source: Int32, keeping behind: ReadBehind? = nil
  ) {
    self.reader = reader
    self.behind = behind
    touched = TouchedPages(file)
    document = Document(bytes: reader.bytes, source: source)
  }

  /// The text of a value, one for all who have it; nothing for what is no scalar.
  func shared(_ value: Value) -> Shared? {
    guard value.isScalar else { return nil }
    if !value.node.isEncoded {
      let raw = value.rawBytes
      // Neighbours are mostly of one type and one provider.
      for index in texts.indices where JSONBytes.isSame(texts[index].text, raw) {
        guard index > 1 else { return texts[index] }
        texts.swapAt(0, index)
        return texts[0]
      }
    }
    let new = Shared(value.text)
    if texts.count == Self.sharedLimit { texts.removeLast() }
    texts.insert(new, at: 0)
    return new
  }

  /// The object at `offset`, which was read before; valid until another one is asked for.
  func object(at offset: Int) -> Value? {
    if offset != self.offset {
      document.removeAll()
      touched.touch(offset)
      self.offset = -1
      reader.seek(to: offset)
      do { _ = try reader.value(in: document, shapes) } catch { return nil }
      self.offset = offset
    }
    return document.root
  }
}

/// A resource as it is configured.
///
/// A class because it remembers which of its arguments were asked for.
final class TFConfiguredResource {
  /// All that is written in it.
  private struct Arguments {
    var expressions: [String: TFExpression] = [:]
    var forEach: TFExpression?
    var count: TFExpression?
  }

  let name: TFResourceName
  private let text: TFConfigurationText
  private let offset: Int
  private var all: Box?
  private var asked: [(argument: String, expression: TFExpression?)] = []

  /// Keeps the arguments out of the resource for as long as nobody wants all of them.
  private final class Box {
    var arguments: Arguments
    init(_ arguments: Arguments) { self.arguments = arguments }
  }

  init(name: TFResourceName, text: TFConfigurationText, offset: Int) {
    self.name = name
    self.text = text
    self.offset = offset
  }

  /// Whether all its arguments were read: somebody, for example the source, may say more of them.
  var isReadAsWhole: Bool { all != nil }

  /// An argument of a rule that names a group.
  enum Reference {
    case group, peer
  }

  /// The arguments by name; those of blocks by their path, `vpc_config.security_group_ids`.
  var expressions: [String: TFExpression] {
    get { load().arguments.expressions }
    set { load().arguments.expressions = newValue }
  }
  var forEach: TFExpression? {
    get { all?.arguments.forEach ?? (all == nil ? meta(.forEach) : nil) }
    set { load().arguments.forEach = newValue }
  }
  var count: TFExpression? {
    get { all?.arguments.count ?? (all == nil ? meta(.count) : nil) }
    set { load().arguments.count = newValue }
  }

  /// One argument by its name or path, without reading the others.
  func expression(_ argument: String) -> TFExpression? {
    if let all { return all.arguments.expressions[argument] }
    for known in asked where known.argument == argument { return known.expression }
    let expression = expressionOnce(argument)
    asked.append((argument, expression))
    return expression
  }

  /// As `expression`, for an argument that nobody asks for again: it is not remembered.
  func expressionOnce(_ argument: String) -> TFExpression? {
    if let all { return all.arguments.expressions[argument] }
    if let known = plainExpression(argument) { return known }
    var found: [String: TFExpression] = [:]
    read(argument, into: &found)
    return found[argument]
  }

  /// An argument of a resource that says something of groups, where a look at the keys tells: it is an
  /// expression with references, or is not written; nothing where all has to be read.
  private func plainExpression(_ argument: String) -> TFExpression?? {
    guard TFTypes.isOfInterest(name.type), let resource = text.object(at: offset) else {
      return nil
    }
    guard let expressions = resource["expressions"] else { return .some(nil) }
    var found: Value?
    for (key, value) in expressions.members {
      // The argument may be a part of what has this key.
      if key.node.isEncoded { return nil }
      guard key.isBeginning(of: argument) else { continue }
      guard found == nil, key.rawBytes.count == argument.utf8.count else { return nil }
      found = value
    }
    guard let found else { return .some(nil) }
    guard found.isObject, found["references"] != nil else { return nil }
    return .some(TFExpression(found))
  }

  /// An argument of Terraform itself, by its name in a plan.
  private enum Meta: String {
    case forEach = "for_each_expression"
    case count = "count_expression"
  }

  private func meta(_ meta: Meta) -> TFExpression? {
    for known in asked where known.argument == meta.rawValue { return known.expression }
    let object = text.object(at: offset)
    let value = meta == .forEach ? object?["for_each_expression"] : object?["count_expression"]
    let expression = value.map { TFExpression($0) }
    asked.append((meta.rawValue, expression))
    return expression
  }

  private func load() -> Box {
    if let all { return all }
    var arguments = Arguments(forEach: forEach, count: count)
    read(nil, into: &arguments.expressions)
    let box = Box(arguments)
    all = box
    asked = []
    return box
  }

  private func read(_ wanted: String?, into result: inout [String: TFExpression]) {
    guard let expressions = text.object(at: offset)?["expressions"] else { return }
    let isWhole = TFTypes.isOfInterest(name.type)
    for (name, expression) in expressions.members {
      if let wanted, !name.isBeginning(of: wanted) { continue }
      Self.read(expression, name.text, isWhole, wanted, &result, depth: 0)
    }
  }

  /// Reads an argument, or the arguments of blocks by their path.
  private static func read(
    _ value: Value, _ path: String, _ isWhole: Bool, _ wanted: String?,
    _ result: inout [String: TFExpression], depth: Int
  ) {
    guard depth < 8 else { return }
    if value.isArray {
      for block in value.elements {
        read(block, path, isWhole, wanted, &result, depth: depth + 1)
      }
      return
    }
    let isExpression =
      value["references"] != nil || value["constant_value"] != nil
      || !value.members.contains { _ in true }
    guard isExpression else {
      for (name, member) in value.members {
        read(member, "\(path).\(name.text)", isWhole, wanted, &result, depth: depth + 1)
      }
      return
    }
    if let wanted, wanted != path { return }
    // Of other resources only what names groups or places is of use.
    guard isWhole || path.contains("security_group") || path == "subnet_id" || path == "subnet_ids"
    else { return }
    let expression = TFExpression(value)
    if var known = result[path] {
      known.add(expression)
      result[path] = known
    } else {
      result[path] = expression
    }
  }
}
/// A provider as it is configured; of its arguments only the region is read, the others can be
/// secrets.
struct TFProvider {
  var region: TFExpression?
}

/// A module as it is configured.
///
/// A class because many scopes speak of one module.
final class TFConfiguredModule {
  let resources = TFConfiguredResources()
  var calls: [String: TFModuleCall] = [:]
  private(set) var callOrder: [String] = []
  var variables: [String: TFExpression?] = [:]
  var outputs: [String: TFExpression] = [:]
  /// Locals, which only the source shows.
  var locals: [String: TFExpression] = [:]

  /// Where a set is configured.
  private struct Known {
    /// The number of the module instance that it is in.
    var list: Int32
    /// The index in that list.
    var index: Int32

    static let notAsked = Known(list: -2, index: 0)
    static let nowhere = Known(list: -1, index: 0)
  }
  /// Where sets are configured, by number; this is the root module.
  private var known: [Known] = []
  /// What the modules configure that sets were looked for in, by the number of the module instance; nothing inside of
  /// nothing: nobody has asked.
  private var lists: [TFConfiguredResources??] = []

  init() {}

  /// Where a set is configured, if it is; this is the root module.
  ///
  /// What was found is remembered: all of the configuration must have been read.
  func place(of set: TFResourceSet) -> (resources: TFConfiguredResources, index: Int)? {
    let number = set.number
    while known.count <= number { known.append(.notAsked) }
    if known[number].list == Known.notAsked.list { known[number] = find(set) }
    let place = known[number]
    guard place.list >= 0, let resources = lists[Int(place.list)] ?? nil else { return nil }
    return (resources, Int(place.index))
  }

  private func find(_ set: TFResourceSet) -> Known {
    let instance = set.module
    while lists.count <= instance.number { lists.append(.none) }
    let list: TFConfiguredResources?
    if let known = lists[instance.number] {
      list = known
    } else {
      list = module(instance.steps)?.resources
      lists[instance.number] = .some(list)
    }
    guard let index = list?.index(of: set) else { return .nowhere }
    return Known(list: Int32(clamping: instance.number), index: Int32(clamping: index))
  }

  private func module(_ steps: [TFModuleStep]) -> TFConfiguredModule? {
    var module = self
    for step in steps {
      guard let call = module.calls[step.name] else { return nil }
      module = call.module
    }
    return module
  }

  /// Reads the module that `reader` stands before, a part at a time into `document`; only resources
  /// of types that can say something of groups are kept.
  init(
    _ reader: inout JSONReader, _ document: Document, _ text: TFConfigurationText, depth: Int = 0
  ) throws(SyntaxError) {
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    // Each module within another one is three levels of JSON deeper.
    guard depth * 3 < JSONReader.depthLimit else { throw reader.tooDeep() }
    var members = MemberNames()
    while let key = try members.next(&reader) {
      switch key {
      case "resources":
        guard reader.enterArray() else {
          try reader.skip()
          continue
        }
        if depth == 0 {
          resources.reserveCapacity(forBytes: document.bytes.count - reader.position)
        }
        var isFirst = true
        while try reader.nextElement(isFirst: &isFirst) {
          try takeNext(&reader, document, text)
        }
      case "module_calls":
        guard reader.enterObject() else {
          try reader.skip()
          continue
        }
        var names = MemberNames()
        while let name = try names.next(&reader) {
          calls[name] = try TFModuleCall(&reader, document, text, depth: depth + 1)
          callOrder.append(name)
        }
      case "variables":
        guard let list = try reader.value(in: document) else { continue }
        for (name, variable) in list.members {
          variables[name.text] = variable["default"].map { TFExpression(defaultValue: $0) }
        }
      case "outputs":
        guard let list = try reader.value(in: document) else { continue }
        for (name, output) in list.members {
          outputs[name.text] = output["expression"].map { TFExpression($0) }
        }
      default: _ = try reader.value(in: document)
      }
    }
  }

  /// Takes the resource that the reader stands before.
  private func takeNext(
    _ reader: inout JSONReader, _ document: Document, _ text: TFConfigurationText
  ) throws(SyntaxError) {
    _ = reader.peek()
    let offset = reader.position
    let shapes = text.shapes
    guard let shape = reader.match(shapes) else {
      if let resource = try reader.newValue(in: document, shapes) { take(resource, offset, text) }
      return
    }
    shapes.met(reader.position - offset)
    // What is read stays there until the next one is.
    defer { reader.forgetIfDue() }
    text.forms.follow(shapes)
    let parts = UnsafePointer(shapes.values)
    if let form = text.forms.form(of: shape, parts, document.bytes),
      form.add(parts, from: offset, in: document.bytes, to: resources, text)
    {
      return
    }
    document.removeAll()
    shapes.fill(document, shape, from: offset)
    guard let resource = document.root else { return }
    let values = text.forms.wants(shape) ? TFFormValues(shapes: shapes, shape: shape) : nil
    take(resource, offset, text, values)
  }

  private func take(
    _ resource: Value, _ offset: Int, _ text: TFConfigurationText, _ values: TFFormValues? = nil
  ) {
    var members = Members()
    for (key, value) in resource.members {
      guard !key.node.isEncoded else {
        members = Members(resource)
        break
      }
      switch key.node.end - key.node.start - 2 {
      case 4:
        if key.hasText("type") {
          members.type = value
        } else if key.hasText("name") {
          members.name = value
        } else if key.hasText("mode") {
          members.mode = value
        }
      case 11: if key.hasText("expressions") { members.expressions = value }
      case 19: if key.hasText("provider_config_key") { members.provider = value }
      default: continue
      }
    }
    guard let type = members.type, type.isScalar, let name = members.name,
      let shared = text.shared(type), shared.isAWS
    else { return }
    let isData = members.mode?.hasText("data") ?? false
    var told = Told()
    if !isData, let expressions = members.expressions, expressions.isObject {
      if shared.isRule {
        told = Told(ofRule: expressions)
      } else if shared.isGroup {
        told.written = TFWrittenArguments(expressions)
      } else if shared.isInterface, let value = expressions["security_groups"] {
        told.take(group: value)
      }
    }
    let provider = members.provider.flatMap { text.shared($0)?.text }
    resources.add(
      name, type: shared.text, isData: isData, providerKey: provider, at: offset, text, told)
    if let values {
      let form = TFConfiguredForm(
        members, type: shared.text, isData: isData, provider: provider, told, values)
      text.forms.note(form, of: values.shape)
    }
  }

  /// What is looked at of a resource.
  struct Members {
    var type: Value?
    var name: Value?
    var mode: Value?
    var provider: Value?
    var expressions: Value?

    init() {}

    init(_ resource: Value) {
      type = resource["type"]
      name = resource["name"]
      mode = resource["mode"]
      provider = resource["provider_config_key"]
      expressions = resource["expressions"]
    }
  }

  /// What is known of a resource without reading it again.
  struct Told {
    /// What names the group of a rule, or the groups of an interface.
    var group: TFSoleReference?
    /// What names the peer of a rule.
    var peer: TFSoleReference?
    /// What names the peer, where that is nothing else and does not depend on the instance.
    var peerText: UnsafeRawBufferPointer?
    var written: TFWrittenArguments = []
    /// The expressions that say so.
    private(set) var groupValue: Value?
    private(set) var peerValue: Value?

    init() {}

    /// What names the group and the peer of a rule with these arguments.
    init(ofRule expressions: Value) {
      for (key, value) in expressions.members {
        guard !key.node.isEncoded else {
          self = Told()
          return
        }
        switch key.node.end - key.node.start - 2 {
        case 17: if key.hasText("security_group_id") { take(group: value) }
        case 24: if key.hasText("source_security_group_id") { take(peer: value) }
        case 28: if key.hasText("referenced_security_group_id") { take(peer: value) }
        default: continue
        }
      }
    }

    fileprivate mutating func take(group value: Value) {
      group = TFSoleReference(value)
      groupValue = value
    }

    private mutating func take(peer value: Value) {
      peer = TFSoleReference(value)
      peerValue = value
      guard peer == nil, value.isObject else { return }
      peerText = Self.peerText(value.rawBytes)
    }

    /// The text of an expression, if it does not depend on the instance and can be compared as it is written.
    static func peerText(_ raw: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
      guard raw.count <= longestText, hasPlainEscapes(raw) else { return nil }
      for word in ["\"each.", "\"count."] as [StaticString] {
        if raw.firstPlace(of: word, from: 0) != nil { return nil }
      }
      return raw
    }

    private static let longestText = 512

    /// Whether all escapes are of quotes and backslashes, as in keys: others can be of any letter.
    private static func hasPlainEscapes(_ raw: UnsafeRawBufferPointer) -> Bool {
      var index = 0
      while index < raw.count {
        if raw[index] == UInt8(ascii: "\\") {
          index += 1
          guard index < raw.count,
            raw[index] == UInt8(ascii: "\"") || raw[index] == UInt8(ascii: "\\")
          else { return false }
        }
        index += 1
      }
      return true
    }
  }
}

/// Which of the arguments with entries a group is configured with, as more than null.
struct TFWrittenArguments: OptionSet {
  let rawValue: UInt8
  /// Whether the others say anything.
  static let areKnown = TFWrittenArguments(rawValue: 1)
  static let ingress = TFWrittenArguments(rawValue: 2)
  static let egress = TFWrittenArguments(rawValue: 4)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Looks at the keys of a group's arguments; nothing is known where that does not tell.
  init(_ expressions: Value) {
    var found: TFWrittenArguments = .areKnown
    for (key, value) in expressions.members {
      // Shorter keys may be of blocks with an argument of that name.
      if key.node.isEncoded || key.isShortened(of: "ingress") || key.isShortened(of: "egress") {
        found = []
        break
      }
      let argument: TFWrittenArguments
      if key.hasText("ingress") {
        argument = .ingress
      } else if key.hasText("egress") {
        argument = .egress
      } else {
        continue
      }
      guard value.isObject else {
        found = []
        break
      }
      if let constant = value["constant_value"] {
        if !constant.isNull { found.insert(argument) }
      } else if value["references"] != nil {
        found.insert(argument)
      } else {
        found = []
        break
      }
    }
    self = found
  }
}

extension Value {
  /// Whether the text is what `whole` begins with, and shorter.
  fileprivate func isShortened(of whole: StaticString) -> Bool {
    let raw = rawBytes
    guard raw.count < whole.utf8CodeUnitCount else { return false }
    for index in raw.indices where raw[index] != whole.utf8Start[index] { return false }
    return true
  }
}

/// An expression that is an attribute of a managed resource, `aws_security_group.x.id`, and nothing else: that
/// resource's type and name.
///
/// Valid for as long as the document is that it was read from.
struct TFSoleReference {
  let type: UnsafeRawBufferPointer
  let name: UnsafeRawBufferPointer

  /// Reads an expression; nothing where it is anything else.
  init?(_ expression: Value) {
    guard let list = Self.references(in: expression) else { return nil }
    var whole: UnsafeRawBufferPointer?
    for item in list.elements {
      guard item.kind == .string, !item.node.isEncoded else { return nil }
      guard let first = whole else {
        whole = item.rawBytes
        continue
      }
      guard isTraversal(item.rawBytes, within: first) else { return nil }
    }
    guard let whole else { return nil }
    self.init(whole)
  }

  /// The references of an expression that has nothing else.
  static func references(in expression: Value) -> Value? {
    var found: Value?
    for (key, list) in expression.members {
      guard found == nil, key.hasText("references"), list.isArray else { return nil }
      found = list
    }
    return found
  }

  /// Reads the references of an expression that stand in these parts of an element.
  init?(
    _ references: [Int], _ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer
  ) {
    guard let first = references.first, !parts[first].isEncoded else { return nil }
    let whole = bytes.part(parts[first].text)
    for reference in references.dropFirst() {
      guard !parts[reference].isEncoded,
        isTraversal(bytes.part(parts[reference].text), within: whole)
      else { return nil }
    }
    self.init(whole)
  }

  private init?(_ whole: UnsafeRawBufferPointer) {
    guard whole.starts(with: "aws_".utf8) else { return nil }
    var dots = (first: 0, second: 0)
    for (index, byte) in whole.enumerated() {
      if byte == UInt8(ascii: "[") { return nil }
      guard byte == UInt8(ascii: ".") else { continue }
      guard dots.second == 0 else { return nil }
      if dots.first == 0 { dots.first = index } else { dots.second = index }
    }
    guard dots.second > dots.first + 1, dots.first > 0, dots.second + 1 < whole.count else {
      return nil
    }
    type = whole.part(0..<dots.first)
    name = whole.part(dots.first + 1..<dots.second)
  }
}

/// A call of a module.
struct TFModuleCall {
  var module: TFConfiguredModule
  var expressions: [String: TFExpression] = [:]
  var forEach: TFExpression?
  var count: TFExpression?

  /// Reads the call that `reader` stands before.
  init(
    _ reader: inout JSONReader, _ document: Document, _ text: TFConfigurationText, depth: Int
  ) throws(SyntaxError) {
    module = TFConfiguredModule()
    guard reader.enterObject() else {
      try reader.skip()
      return
    }
    var members = MemberNames()
    while let key = try members.next(&reader) {
      if key == "module" {
        module = try TFConfiguredModule(&reader, document, text, depth: depth)
        continue
      }
      guard let value = try reader.value(in: document) else { continue }
      switch key {
      case "expressions":
        for (name, expression) in value.members {
          expressions[name.text] = TFExpression(expression)
        }
      case "for_each_expression": forEach = TFExpression(value)
      case "count_expression": count = TFExpression(value)
      default: continue
      }
    }
  }
}

/// The types of resources and data sources that say something of groups.
enum TFTypes {
  /// Groups themselves.
  static let groups: Set<String> = ["aws_security_group", "aws_default_security_group"]
  /// Rules that are resources of their own.
  static let rules: Set<String> = [
    "aws_security_group_rule", "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
  ]
  /// What is around them.
  static let surroundings: Set<String> = [
    "aws_vpc", "aws_default_vpc", "aws_vpc_ipv4_cidr_block_association",
    "aws_vpc_ipv6_cidr_block_association", "aws_vpc_security_group_vpc_association",
    "aws_vpc_security_group_rules_exclusive", "aws_ec2_managed_prefix_list",
    "aws_ec2_managed_prefix_list_entry", "aws_prefix_list", "aws_network_interface",
    "aws_network_interface_sg_attachment", "aws_network_interface_permission", "aws_subnet",
    "aws_default_subnet", "aws_vpc_endpoint_security_group_association",
  ]

  static func isOfInterest(_ type: String) -> Bool {
    // In the order of what plans have most of.
    guard type.utf8.starts(with: "aws_".utf8) else { return false }
    return type == "aws_security_group" || all.contains(type)
  }

  private static let all = groups.union(rules).union(surroundings)
}
