import SGModel

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
      var previous = ""
      var seen: Set<String> = []
      for item in list.elements {
        guard let text = item.scalarText else { continue }
        if previous.utf8.count > text.utf8.count, previous.hasPrefix(text) {
          let behind = previous.utf8.index(previous.utf8.startIndex, offsetBy: text.utf8.count)
          let next = previous.utf8[behind]
          if next == UInt8(ascii: ".") || next == UInt8(ascii: "[") { continue }
        }
        previous = text
        if seen.insert(text).inserted { references.append(TFTraversal(text)) }
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

/// A resource as it is configured.
struct TFConfiguredResource {
  var name: TFResourceName
  /// The arguments by name; those of blocks by their path, `vpc_config.security_group_ids`.
  var expressions: [String: TFExpression] = [:]
  var forEach: TFExpression?
  var count: TFExpression?
  var providerKey: String?
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
  var resources: [TFResourceName: TFConfiguredResource] = [:]
  /// The names in the order of the file.
  private(set) var order: [TFResourceName] = []
  var calls: [String: TFModuleCall] = [:]
  private(set) var callOrder: [String] = []
  var variables: [String: TFExpression?] = [:]
  var outputs: [String: TFExpression] = [:]
  /// Locals, which only the source shows.
  var locals: [String: TFExpression] = [:]

  init() {}

  /// Reads a module; only resources of types that can say something of groups are kept.
  init(_ value: Value) {
    let none = Elements(document: value.document, cursor: 0, end: 0)
    for resource in value["resources"]?.elements ?? none {
      guard let type = resource["type"]?.scalarText, type.hasPrefix("aws_"),
        let name = resource["name"]?.scalarText
      else { continue }
      let key = TFResourceName(
        isData: resource["mode"]?.hasText("data") ?? false, type: type, name: name)
      var configured = TFConfiguredResource(name: key)
      if let expressions = resource["expressions"] {
        let isWhole = TFTypes.isOfInterest(type)
        for (name, expression) in expressions.members {
          Self.read(expression, name.text, isWhole, &configured.expressions, depth: 0)
        }
      }
      configured.forEach = resource["for_each_expression"].map { TFExpression($0) }
      configured.count = resource["count_expression"].map { TFExpression($0) }
      configured.providerKey = resource["provider_config_key"]?.scalarText
      if resources.updateValue(configured, forKey: key) == nil { order.append(key) }
    }
    if let list = value["module_calls"] {
      for (name, call) in list.members {
        calls[name.text] = TFModuleCall(call)
        callOrder.append(name.text)
      }
    }
    if let list = value["variables"] {
      for (name, variable) in list.members {
        variables[name.text] = variable["default"].map { TFExpression(defaultValue: $0) }
      }
    }
    if let list = value["outputs"] {
      for (name, output) in list.members {
        outputs[name.text] = output["expression"].map { TFExpression($0) }
      }
    }
  }

  /// Reads an argument, or the arguments of blocks by their path.
  private static func read(
    _ value: Value, _ path: String, _ isWhole: Bool, _ result: inout [String: TFExpression],
    depth: Int
  ) {
    guard depth < 8 else { return }
    if value.isArray {
      for block in value.elements { read(block, path, isWhole, &result, depth: depth + 1) }
      return
    }
    let isExpression =
      value["references"] != nil || value["constant_value"] != nil
      || !value.members.contains { _ in true }
    guard isExpression else {
      for (name, member) in value.members {
        read(member, "\(path).\(name.text)", isWhole, &result, depth: depth + 1)
      }
      return
    }
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

/// A call of a module.
struct TFModuleCall {
  var module: TFConfiguredModule
  var expressions: [String: TFExpression] = [:]
  var forEach: TFExpression?
  var count: TFExpression?

  init(_ value: Value) {
    module = value["module"].map { TFConfiguredModule($0) } ?? TFConfiguredModule()
    if let list = value["expressions"] {
      for (name, expression) in list.members {
        expressions[name.text] = TFExpression(expression)
      }
    }
    forEach = value["for_each_expression"].map { TFExpression($0) }
    count = value["count_expression"].map { TFExpression($0) }
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
    groups.contains(type) || rules.contains(type) || surroundings.contains(type)
  }
}
