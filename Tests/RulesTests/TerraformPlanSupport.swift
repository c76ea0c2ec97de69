import Loaders
import Rules
import SGModel
import Testing

/// A plan in the shape of `terraform show -json`, made of changes in the root module.
struct SmallPlan {
  /// One resource: its address, what the plan does with it, and its values as JSON.
  struct Resource: Sendable {
    var address: String
    var actions = ["create"]
    var before = "null"
    var after = "null"
    var unknown = "{}"
    var sensitive = "{}"
    /// The arguments of the configuration, as JSON members.
    var expressions = ""
    var further = ""
  }

  var resources: [Resource]

  var text: String {
    var changes: [String] = []
    var configured: [String] = []
    for resource in resources {
      let isData = resource.address.hasPrefix("data.")
      let parts = resource.address.split(separator: ".").suffix(2).map { String($0) }
      let name =
        #""mode":"\#(isData ? "data" : "managed")","type":"\#(parts[0])","name":"\#(parts[1])""#
      let actions = resource.actions.map { "\"\($0)\"" }.joined(separator: ",")
      changes.append(
        #"{"address":"\#(resource.address)",\#(name),"provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":[\#(actions)],"before":\#(resource.before),"after":\#(resource.after),"after_unknown":\#(resource.unknown),"after_sensitive":\#(resource.sensitive)\#(resource.further)}}"#
      )
      configured.append(
        #"{"address":"\#(resource.address)",\#(name),"provider_config_key":"aws","expressions":{\#(resource.expressions)}}"#
      )
    }
    return
      #"{"format_version":"1.2","terraform_version":"1.11.4","complete":true,"resource_changes":[\#(changes.joined(separator: ","))],"configuration":{"root_module":{"resources":[\#(configured.joined(separator: ","))]}}}"#
  }

  var estate: Estate {
    EstateLoader.load([SourceFile(path: "plan.json", bytes: SourceBytes(Array(text.utf8)))]).estate
  }

  /// The findings for one group.
  func findings(_ packs: [Pack], _ group: String) throws -> [String: Finding] {
    let estate = estate
    let index = try #require(estate.groups.firstIndex { $0.label == group })
    var evaluator = Evaluator(estate, packs: packs)
    var result: [String: Finding] = [:]
    for finding in evaluator.evaluate(index) { result[finding.policy] = finding }
    return result
  }
}

/// Blocks, rules and groups as plans write them.
enum Written {
  static func list(_ texts: [String]) -> String {
    "[\(texts.map { "\"\($0)\"" }.joined(separator: ","))]"
  }

  static func block(
    _ service: String, _ from: Int, _ to: Int, _ cidrs: [String] = [], v6: [String] = [],
    lists: [String] = [], groups: [String] = [], isSelf: Bool = false
  ) -> String {
    #"{"protocol":"\#(service)","from_port":\#(from),"to_port":\#(to),"cidr_blocks":\#(list(cidrs)),"ipv6_cidr_blocks":\#(list(v6)),"prefix_list_ids":\#(list(lists)),"security_groups":\#(list(groups)),"self":\#(isSelf),"description":""}"#
  }

  /// `aws_security_group.g` with these blocks, written in the configuration or by dynamic blocks.
  static func group(
    ingress: [String]? = nil, egress: [String]? = nil, isDynamic: Bool = false,
    vpc: String = "vpc-1"
  ) -> SmallPlan.Resource {
    var after = [#""vpc_id":"\#(vpc)""#]
    var unknown = [#""id":true"#]
    var expressions: [String] = []
    for (name, blocks) in [("ingress", ingress), ("egress", egress)] {
      if let blocks {
        after.append(#""\#(name)":[\#(blocks.joined(separator: ","))]"#)
        if !isDynamic { expressions.append(#""\#(name)":{"constant_value":[]}"#) }
      } else {
        unknown.append(#""\#(name)":true"#)
      }
    }
    return .init(
      address: "aws_security_group.g", after: "{\(after.joined(separator: ","))}",
      unknown: "{\(unknown.joined(separator: ","))}",
      expressions: expressions.joined(separator: ","))
  }

  static let groupReference =
    #""security_group_id":{"references":["aws_security_group.g.id","aws_security_group.g"]}"#

  /// An `aws_security_group_rule` on the group; what it does not set is null, as in plans.
  static func legacy(
    _ service: String, _ from: Int, _ to: Int, _ cidrs: [String]? = nil, name: String = "r",
    direction: String = "ingress"
  ) -> SmallPlan.Resource {
    .init(
      address: "aws_security_group_rule.\(name)",
      after:
        #"{"type":"\#(direction)","protocol":"\#(service)","from_port":\#(from),"to_port":\#(to),"cidr_blocks":\#(cidrs.map { list($0) } ?? "null"),"ipv6_cidr_blocks":null,"prefix_list_ids":null,"self":false}"#,
      unknown: #"{"id":true,"security_group_id":true,"source_security_group_id":true}"#,
      expressions: groupReference)
  }

  static func legacyOut(
    _ service: String, _ from: Int, _ to: Int, _ cidrs: [String]
  ) -> SmallPlan.Resource {
    legacy(service, from, to, cidrs, direction: "egress")
  }

  static func singleOut(
    _ service: String, _ ports: (Int, Int)?, _ peer: String
  ) -> SmallPlan.Resource {
    single(service, ports, peer, direction: "egress")
  }

  /// An `aws_vpc_security_group_*_rule` on the group.
  static func single(
    _ service: String, _ ports: (Int, Int)?, _ peer: String, name: String = "r",
    unknown: String = "", expressions: String = "", direction: String = "ingress"
  ) -> SmallPlan.Resource {
    let from = ports.map { "\($0.0)" } ?? "null"
    let to = ports.map { "\($0.1)" } ?? "null"
    return .init(
      address: "aws_vpc_security_group_\(direction)_rule.\(name)",
      after:
        #"{"ip_protocol":"\#(service)","from_port":\#(from),"to_port":\#(to)\#(peer.isEmpty ? "" : ",\(peer)")}"#,
      unknown: #"{"id":true,"security_group_id":true\#(unknown.isEmpty ? "" : ",\(unknown)")}"#,
      expressions: groupReference + (expressions.isEmpty ? "" : ",\(expressions)"))
  }
}
