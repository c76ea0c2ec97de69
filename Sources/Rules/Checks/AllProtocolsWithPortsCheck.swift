import SGModel

/// A block for all protocols with ports: planned without a word, and refused at apply.
enum AllProtocolsWithPortsCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-all-protocols-with-ports",
    says: "a block for all protocols has the ports 0 and 0",
    severity: .error,
    why: """
      In the blocks of a group the provider takes the protocol -1 (all) with the ports 0 and 0 only,
      and says so at apply: "from_port and to_port must both be 0 to use the 'ALL' '-1' protocol".
      The plan succeeds. Who wrote it also thought that the ports would narrow it; they never do.
      """,
    help: "Write `from_port = 0` and `to_port = 0`, or name the protocol that the ports are of.",
    example: (
      """
      ingress {
        protocol  = "-1"
        from_port = 443
        to_port   = 443
      }
      """,
      """
      ingress {
        protocol  = "tcp"
        from_port = 443
        to_port   = 443
      }
      """
    ))

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    for oddity in group.terraform?.oddities ?? [] where oddity.kind == .portsWithAllProtocols {
      result.broken.append(
        CheckCause(
          text: "all protocols with \(oddity.text)", address: oddity.address, span: oddity.span))
    }
    result.message =
      "\(group.label) has a block for all protocols with ports, which the apply refuses"
    return result
  }
}
