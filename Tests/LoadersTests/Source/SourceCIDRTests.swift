import SGModel
import Testing

@testable import Loaders

/// What is the CIDR of a VPC, a part of it, or something else, where nobody knows the number yet.
@Suite struct SourceCIDRTests {
  /// The peer of each rule of the fixture, by its name: the VPC's own CIDR, a part of it, or open.
  private static func peers(_ project: SourceProject) throws -> [String: String] {
    let estate = try project.load().estate
    let group = try #require(estate.groups.first { $0.address == "aws_security_group.pni" })
    let vpc = try #require(estate.vpcs.first)
    var result: [String: String] = [:]
    for permission in estate.permissions[group.ingress] {
      let address = estate.origins[Int(permission.origin)].address ?? ""
      guard case .atom(let atom) = permission.peer else {
        result[address] = "known"
        continue
      }
      let info = estate.atoms[atom]
      let kind =
        vpc.unknown.contains(atom) ? "whole" : info.upper == vpc.peers ? "part" : "open"
      result[address, default: ""] += (result[address] == nil ? "" : ", ") + kind
    }
    return result
  }

  @Test func theSourceTellsACIDRFromAFunctionOfIt() throws {
    let found = try Self.peers(SourceProject("cidrs"))
    #expect(found.count == 19)
    for (address, kind) in found where address != "aws_security_group_rule.list" {
      let name = try #require(address.split(separator: ".").last)
      #expect(name.hasPrefix(kind), "\(address) is \(kind)")
    }
    #expect(found["aws_security_group_rule.list"] == "open, whole, part, open")
  }

  @Test func withTheSourceNothingIsAssumed() throws {
    #expect(
      try SourceProject("cidrs").load().messages.allSatisfy { !$0.contains("taken for the CIDR") })
  }

  /// A plan has the same for all of these, a reference, which is taken for a part of the CIDR.
  @Test func withoutSourceItIsAPartThatIsAssumed() throws {
    var project = try SourceProject("cidrs")
    for path in project.files.keys where path.hasSuffix(".tf") { project.files[path] = nil }
    let found = try Self.peers(project)
    for name in ["whole", "part", "open_replace", "part_module", "open_module", "part_count[1]"] {
      #expect(found["aws_vpc_security_group_ingress_rule.\(name)"] == "part", "\(name)")
    }
    for name in ["whole_local", "open_other"] {
      #expect(found["aws_vpc_security_group_ingress_rule.\(name)"] == "open", "\(name)")
    }
    let messages = try project.load().messages.filter { $0.contains("taken for the CIDR") }
    #expect(
      messages == [
        "aws_vpc_security_group_ingress_rule.open_condition.cidr_ipv4 and 12 other values are taken for the CIDR of a VPC, or a part of it: a plan shows what an expression refers to, not what it computes"
      ])
  }
}
