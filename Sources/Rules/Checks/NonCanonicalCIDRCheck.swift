import SGModel

/// A CIDR that AWS spells otherwise.
enum NonCanonicalCIDRCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-noncanonical-cidr",
    says: "CIDRs are written as AWS writes them",
    severity: .warning,
    why: """
      AWS keeps the network of a CIDR, in lower case and short: `2001:DB8::/32` comes back as
      `2001:db8::/32`, `0::/0` as `::/0`, `10.0.0.5/16` as `10.0.0.0/16`. Terraform then sees a
      difference in every plan, and tools that compare texts do not see what is open: `10.0.0.1/0` is
      everybody.
      """,
    help: "Write the CIDR as it is shown behind it.",
    example: (
      """
      cidr_ipv6 = "0::/0"
      """,
      """
      cidr_ipv6 = "::/0"
      """
    ))

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    for (direction, permission, origin) in CheckSupport.entries(of: group, in: estate) {
      switch permission.peer {
      case .v4, .v6: break
      case .atom: continue
      }
      guard !origin.isPrefixList,
        let canonical = PeerSet(CollectionOfOne(permission.peer)).cidrTexts.first,
        canonical != origin.peerText
      else { continue }
      var cause = CheckSupport.cause(origin, direction)
      if !origin.isSensitive { cause.text += ", which AWS writes \(canonical)" }
      if permission.isCertain { result.broken.append(cause) } else { result.doubtful.append(cause) }
    }
    result.message = "a CIDR of \(group.label) is not written as AWS writes it"
    return result
  }
}
