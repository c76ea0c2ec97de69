import SGModel

/// Egress that is not written is kept, not removed: a deleted `egress` block changes nothing.
enum KeptEgressCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-kept-egress",
    says: "no group keeps egress to everywhere that the configuration does not write",
    severity: .warning,
    why: """
      An `egress` argument that is not there means "none" only for a group that Terraform makes. A
      group that exists keeps what it has: deleting the block plans no change, and an imported group
      keeps AWS's default, all protocols to 0.0.0.0/0. The configuration then reads as if nothing
      could get out. (A plan does not show `dynamic` blocks: where one writes this egress, it is
      written after all.)
      """,
    help: """
      Write `egress = []`, apply, and describe the group. Where the egress is wanted, write it down
      as an aws_vpc_security_group_egress_rule, and import that.
      """,
    example: (
      """
      import {
        to = aws_security_group.pni
        id = "sg-0123456789abcdef0"
      }
      resource "aws_security_group" "pni" {
      }
      """,
      """
      resource "aws_security_group" "pni" {
        egress = []
      }
      """
    ))

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    guard let use = group.terraform, !use.written.contains(.egress) else { return result }
    switch use.fate {
    case .imported, .changed, .kept: break
    case .made, .adopted, .forgotten: return result
    }
    for (direction, permission, origin) in CheckSupport.entries(of: group, in: estate)
    where direction == .egress && permission.services == .all {
      guard case .terraformInline = origin.carrier,
        permission.peer == .v4(.all) || permission.peer == .v6(.all)
      else { continue }
      result.broken.append(CheckSupport.cause(origin, direction))
    }
    result.message =
      "\(group.label) keeps egress to everywhere, which the configuration does not write"
    return result
  }
}
