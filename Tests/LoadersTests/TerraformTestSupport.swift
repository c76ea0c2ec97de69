import SGModel
import Testing

@testable import Loaders

/// A plan in small: the shape of `terraform show -json`, and nothing that a test is not about.
struct TestPlan {
  var changes: [String] = []
  var resources: [String] = []
  var calls = ""
  var providers = ""
  var prior: [String] = []
  var deferred: [String] = []
  /// Further members of the plan.
  var further = ""
  var hasChanges = true

  /// The text of the plan.
  var text: String {
    var members = [#""format_version":"1.2","terraform_version":"1.11.4""#]
    if hasChanges { members.append(#""resource_changes":[\#(changes.joined(separator: ","))]"#) }
    if !prior.isEmpty {
      members.append(
        #""prior_state":{"format_version":"1.0","values":{"root_module":{"resources":[\#(prior.joined(separator: ","))]}}}"#
      )
    }
    if !deferred.isEmpty {
      members.append(#""deferred_changes":[\#(deferred.joined(separator: ","))]"#)
    }
    members.append(
      #""configuration":{"provider_config":{\#(providers)},"root_module":{"resources":[\#(resources.joined(separator: ","))],"module_calls":{\#(calls)}}}"#
    )
    if !further.isEmpty { members.append(further) }
    return "{\(members.joined(separator: ","))}"
  }

  /// Adds a change of the resource at `address`, which is in the root module unless `module` says
  /// where.
  ///
  /// Values are JSON.
  mutating func change(
    _ address: String, _ actions: [String] = ["create"], before: String = "null",
    after: String = "null", unknown: String = "{}", sensitive: String = "{}", key: String? = nil,
    module: String? = nil, deposed: String? = nil, further: String = "",
    provider: String = "registry.terraform.io/hashicorp/aws"
  ) {
    let change = Self.changeText(
      address, actions, before: before, after: after, unknown: unknown, sensitive: sensitive,
      key: key, module: module, deposed: deposed, further: further, provider: provider)
    changes.append(change)
  }

  static func changeText(
    _ address: String, _ actions: [String], before: String = "null", after: String = "null",
    unknown: String = "{}", sensitive: String = "{}", key: String? = nil, module: String? = nil,
    deposed: String? = nil, further: String = "",
    provider: String = "registry.terraform.io/hashicorp/aws"
  ) -> String {
    let name = Name(address, in: module)
    let actions = actions.map { "\"\($0)\"" }.joined(separator: ",")
    var members = [
      #""address":\#(quoted(address))"#, #""mode":"\#(name.mode)""#, #""type":"\#(name.type)""#,
      #""name":"\#(name.name)""#, #""provider_name":"\#(provider)""#,
    ]
    if let module { members.append(#""module_address":\#(quoted(module))"#) }
    if let key { members.append(#""index":\#(key)"#) }
    if let deposed { members.append(#""deposed":"\#(deposed)""#) }
    let rest = further.isEmpty ? "" : ",\(further)"
    members.append(
      #""change":{"actions":[\#(actions)],"before":\#(before),"after":\#(after),"after_unknown":\#(unknown),"before_sensitive":\#(sensitive),"after_sensitive":\#(sensitive)\#(rest)}"#
    )
    return "{\(members.joined(separator: ","))}"
  }

  /// Adds a resource of the state before the plan.
  mutating func state(_ address: String, _ values: String) {
    let name = Name(address, in: nil)
    prior.append(
      #"{"address":\#(Self.quoted(address)),"mode":"\#(name.mode)","type":"\#(name.type)","name":"\#(name.name)","provider_name":"registry.terraform.io/hashicorp/aws","values":\#(values),"sensitive_values":{}}"#
    )
  }

  /// Adds the configuration of a resource of the root module.
  mutating func configure(
    _ address: String, _ expressions: String = "", forEach: String? = nil, count: String? = nil,
    provider: String = "aws"
  ) {
    resources.append(
      Self.configured(
        address, expressions, forEach: forEach, count: count, provider: provider))
  }

  /// The configuration of a resource.
  static func configured(
    _ address: String, _ expressions: String = "", forEach: String? = nil, count: String? = nil,
    provider: String = "aws"
  ) -> String {
    let name = Name(address, in: nil)
    var members = [
      #""address":"\#(address)""#, #""mode":"\#(name.mode)""#, #""type":"\#(name.type)""#,
      #""name":"\#(name.name)""#, #""provider_config_key":"\#(provider)""#,
      #""expressions":{\#(expressions)}"#,
    ]
    if let forEach { members.append(#""for_each_expression":\#(forEach)"#) }
    if let count { members.append(#""count_expression":\#(count)"#) }
    return "{\(members.joined(separator: ","))}"
  }

  /// An expression with these references, each in the forms in which Terraform lists them.
  static func references(_ texts: String...) -> String {
    #"{"references":[\#(texts.map { quoted($0) }.joined(separator: ","))]}"#
  }

  static func quoted(_ text: String) -> String {
    "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\""
  }

  private struct Name {
    var mode = "managed"
    var type: String
    var name: String

    init(_ address: String, in module: String?) {
      var rest = Substring(address)
      if let module { rest = rest.dropFirst(module.count + 1) }
      if rest.hasPrefix("data.") {
        mode = "data"
        rest = rest.dropFirst(5)
      }
      let parts = rest.prefix { $0 != "[" }.split(separator: ".")
      type = String(parts.first ?? "")
      name = String(parts.last ?? "")
    }
  }
}

/// What inputs say together.
struct TestEstate {
  let estate: Estate
  let failures: [LoadError]

  init(_ texts: String..., view: PlanView = .after) {
    let files = texts.enumerated().map { index, text in
      SourceFile(path: "\(index).json", bytes: SourceBytes(Array(text.utf8)))
    }
    let outcome = EstateLoader.load(files, view: view)
    estate = outcome.estate
    failures = outcome.failures
  }

  init(_ plan: TestPlan, view: PlanView = .after) { self.init(plan.text, view: view) }

  /// The group with that address, id or name.
  func group(_ label: String) -> SecurityGroup? {
    estate.groups.first { $0.address == label } ?? estate.groups.first { $0.id == label }
      ?? estate.groups.first { $0.name == label }
  }

  /// What a group allows, one line for each service: `tcp 443: 10.0.0.0/16, sg:sg-1`.
  func lines(_ label: String, _ direction: Direction, certain: Bool) -> [String]? {
    guard let group = group(label) else { return nil }
    return estate.traffic(of: group, direction, certain: certain).slabs.map { slab in
      let atoms = slab.peers.atoms.map { estate.atoms[$0].label }
      let peers = slab.peers.cidrTexts + atoms.sorted()
      return "\(ServiceText.describe(slab.services)): \(peers.joined(separator: ", "))"
    }
  }

  /// What it allows for certain.
  func must(_ label: String, _ direction: Direction) -> [String]? {
    lines(label, direction, certain: true)
  }

  /// What it can allow.
  func may(_ label: String, _ direction: Direction) -> [String]? {
    lines(label, direction, certain: false)
  }

  var messages: [String] { estate.issues.map { $0.message } }
}

/// Pieces of values that many tests need.
enum TestValue {
  /// An inline block.
  static func block(
    _ service: String = "tcp", _ from: Int = 443, _ to: Int = 443, cidrs: [String] = [],
    v6: [String] = [], groups: [String] = [], lists: [String] = [], isSelf: Bool = false
  ) -> String {
    func list(_ texts: [String]) -> String {
      "[\(texts.map { "\"\($0)\"" }.joined(separator: ","))]"
    }
    return
      #"{"protocol":"\#(service)","from_port":\#(from),"to_port":\#(to),"cidr_blocks":\#(list(cidrs)),"ipv6_cidr_blocks":\#(list(v6)),"prefix_list_ids":\#(list(lists)),"security_groups":\#(list(groups)),"self":\#(isSelf),"description":""}"#
  }

  /// An `aws_vpc_security_group_*_rule`.
  static func rule(
    _ group: String? = nil, _ service: String = "tcp", _ ports: (Int, Int)? = (443, 443),
    _ peer: String
  ) -> String {
    let from = ports.map { "\($0.0)" } ?? "null"
    let to = ports.map { "\($0.1)" } ?? "null"
    let owner = group.map { #""security_group_id":"\#($0)","# } ?? ""
    return #"{\#(owner)"ip_protocol":"\#(service)","from_port":\#(from),"to_port":\#(to),\#(peer)}"#
  }

  static let unknownGroup = #"{"security_group_id":true,"security_group_rule_id":true}"#
  /// A group whose arguments are both omitted, as the plan shows it when it is made.
  static let omitted = #"{"id":true,"vpc_id":true,"ingress":true,"egress":true}"#
  static let allOut = block("-1", 0, 0, cidrs: ["0.0.0.0/0"])
}

extension String {
  /// The text with the first `count` places of a word changed.
  func replacing(_ word: String, by other: String, count: Int = .max) -> String {
    var result = ""
    var rest = self[...]
    var left = count
    while !rest.isEmpty {
      if left > 0, rest.hasPrefix(word) {
        result += other
        rest = rest.dropFirst(word.count)
        left -= 1
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
