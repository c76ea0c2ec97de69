import SGModel

/// Blocks of the group and resources of their own for the same direction undo each other.
enum InlineAndStandaloneCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-inline-and-standalone",
    says: "each direction is written either as blocks of the group or as rules of their own",
    severity: .error,
    why: """
      An `ingress` or `egress` argument, also an empty list, claims the whole direction: when the
      group is changed, the provider removes every permission that the argument does not list. Rules
      that are resources of their own for the same direction are removed with them, and made again
      by the next apply, so that access comes and goes with every other apply. The provider's
      documentation calls the combination a conflict. One direction each way is fine.
      """,
    help: """
      Move the blocks into resources of their own and remove the argument, or the other way round.
      `egress = []` beside egress rules is the same conflict: remove the list, or the rules.
      """,
    example: (
      """
      resource "aws_security_group" "pni" {
        egress = []
      }
      resource "aws_vpc_security_group_egress_rule" "dns" {
        security_group_id = aws_security_group.pni.id
      }
      """,
      """
      resource "aws_security_group" "pni" {
      }
      resource "aws_vpc_security_group_egress_rule" "dns" {
        security_group_id = aws_security_group.pni.id
      }
      """
    ),
    references: [
      .init(
        title: "Resource aws_security_group (AWS provider)",
        url:
          "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group"
      )
    ])

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    guard let use = group.terraform else { return result }
    var directions: Set<Direction> = []
    for (direction, permission, origin) in CheckSupport.entries(of: group, in: estate)
    where use.written.contains(direction) {
      guard case .terraformResource = origin.carrier else { continue }
      let isOwn = use.isOwner(of: origin.address)
      if permission.isCertain || isOwn {
        result.broken.append(CheckSupport.cause(origin, direction))
        directions.insert(direction)
      } else {
        result.doubtful.append(CheckSupport.cause(origin, direction))
        if result.broken.isEmpty { directions.insert(direction) }
      }
    }
    let names = Direction.allCases.filter { directions.contains($0) }.map { $0.rawValue }
    result.message =
      "\(names.joined(separator: " and ")) of \(group.label) is written both in the group and as rules of their own"
    return result
  }
}
