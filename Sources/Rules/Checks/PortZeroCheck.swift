import SGModel

/// From 0 to 0 with tcp or udp is port 0, not all ports.
enum PortZeroCheck: Check {
  static let metadata = CheckMetadata(
    id: "terraform-port-zero",
    says: "no rule for tcp or udp opens port 0 alone",
    severity: .warning,
    why: """
      With the protocol -1, the ports 0 and 0 are what one has to write. With tcp or udp they mean
      port 0 and nothing else, which no client uses: what looks like "all ports" opens nothing.
      """,
    help:
      "For all ports write `from_port = 0` and `to_port = 65535`; for one port write that port.",
    example: (
      """
      protocol  = "tcp"
      from_port = 0
      to_port   = 0
      """,
      """
      protocol  = "tcp"
      from_port = 443
      to_port   = 443
      """
    ))

  static func look(at group: SecurityGroup, in estate: Estate) -> CheckResult {
    var result = CheckResult()
    for (direction, permission, origin) in CheckSupport.entries(of: group, in: estate) {
      let isPortZero = [ProtocolNumber.tcp, ProtocolNumber.udp].contains {
        permission.services == ServiceRange(protocol: $0, ports: 0...0)
      }
      guard isPortZero else { continue }
      if permission.isCertain {
        result.broken.append(CheckSupport.cause(origin, direction))
      } else {
        result.doubtful.append(CheckSupport.cause(origin, direction))
      }
    }
    result.message = "a rule of \(group.label) opens port 0 alone"
    return result
  }
}
