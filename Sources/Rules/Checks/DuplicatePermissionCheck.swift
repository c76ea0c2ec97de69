import SGModel

/// The same permission from two places: EC2 refuses the second, and the apply ends there.
enum DuplicatePermissionCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-duplicate-permission",
    says: "no permission is made twice",
    severity: .error,
    why: """
      EC2 keeps a permission (protocol, ports and one peer) once. What Terraform makes a second time
      is refused with InvalidPermission.Duplicate, or with "the same permission must not appear
      multiple times", and neither plan nor validate says so: the apply stops half way. Descriptions
      do not tell two permissions apart, nor do other spellings of a CIDR.
      """,
    help: "Remove one of the two.",
    example: (
      """
      resource "aws_security_group_rule" "a" {
        cidr_blocks = ["10.0.0.0/16"]
      }
      resource "aws_vpc_security_group_ingress_rule" "b" {
        cidr_ipv4 = "10.0.0.0/16"
      }
      """,
      """
      resource "aws_vpc_security_group_ingress_rule" "b" {
        cidr_ipv4 = "10.0.0.0/16"
      }
      """
    ),
    references: [
      .init(
        title: "InvalidPermission.Duplicate (EC2 error codes)",
        url: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html")
    ])

  private struct Key: Hashable {
    var direction: Direction
    var services: ServiceRange
    var peer: Peer?
    /// A prefix list is one peer, however many CIDRs are in it.
    var list: String?
  }

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var first: [Key: (isCertain: Bool, origin: Origin, isTold: Bool)] = [:]
    var result = CheckResult()
    for (direction, permission, origin) in CheckSupport.entries(of: group, in: estate) {
      let key = Key(
        direction: direction, services: permission.services,
        peer: origin.isPrefixList ? nil : permission.peer,
        list: origin.isPrefixList ? origin.peerText : nil)
      guard let known = first[key] else {
        first[key] = (permission.isCertain, origin, false)
        continue
      }
      // What is there twice already was not refused; what no plan makes is not refused either.
      guard origin.isNew || known.origin.isNew else { continue }
      let causes =
        [CheckSupport.cause(origin, direction)]
        + (known.isTold ? [] : [CheckSupport.cause(known.origin, direction)])
      if permission.isCertain, known.isCertain {
        result.broken += causes
        first[key]?.isTold = true
      } else {
        result.doubtful += causes
      }
    }
    result.message = "a permission of \(group.label) is made twice, which EC2 refuses"
    return result
  }
}
