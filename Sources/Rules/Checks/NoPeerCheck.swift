import SGModel

/// An entry that names nobody is no entry.
enum NoPeerCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-no-peer",
    says: "every entry says whom it is for",
    severity: .warning,
    why: """
      A permission has a CIDR, a prefix list or a group at its other end. An entry with none of them
      makes no permission: EC2 has nothing to keep, and Terraform plans the entry again and again.
      """,
    help: "Name a peer, or remove the entry; for no egress at all write `egress = []`.",
    example: (
      """
      egress {
        protocol  = "-1"
        from_port = 0
        to_port   = 0
      }
      """,
      """
      egress = []
      """
    ))

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    for oddity in group.terraform?.oddities ?? [] where oddity.kind == .noPeer {
      result.broken.append(
        CheckCause(
          text:
            "\(oddity.direction.rawValue): \(oddity.text), \(oddity.direction.preposition) nobody",
          address: oddity.address, span: oddity.span))
    }
    result.message = "an entry of \(group.label) names nobody, so it opens nothing"
    return result
  }
}
