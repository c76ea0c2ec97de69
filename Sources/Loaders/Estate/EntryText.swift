import SGModel

/// Reads protocols and ports as EC2 and Terraform write them.
enum EntryText {
  /// A protocol as written.
  enum ProtocolChoice: Hashable {
    /// All protocols.
    case all
    /// One protocol.
    case number(UInt8)
  }

  /// Reads `tcp`, `6`, `-1`, `all` …, in any case; nothing for anything else.
  static func protocolChoice(_ text: String) -> ProtocolChoice? {
    switch text.lowercased() {
    case "-1", "all": return .all
    case "tcp": return .number(ProtocolNumber.tcp)
    case "udp": return .number(ProtocolNumber.udp)
    case "icmp": return .number(ProtocolNumber.icmp)
    case "icmpv6": return .number(ProtocolNumber.icmpv6)
    default:
      guard text.utf8.count <= 3, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let value = UInt8(text)
      else { return nil }
      return .number(value)
    }
  }

  /// What is expected where a protocol should be.
  static let expectedProtocol =
    "expected tcp, udp, icmp, icmpv6, -1 (all) or a number from 0 to 255"

  /// Why a pair of ports cannot be read.
  struct PortError: Error {
    /// What is wrong.
    var message: String
    /// What would have been valid.
    var help: String
    /// The services to take in its place: never less than what could be meant.
    var services: ServiceRange
  }

  /// Returns the services of a protocol with its two ports (or type and code).
  ///
  /// For all protocols, and for a protocol other than tcp, udp, icmp and icmpv6, ports mean nothing,
  /// whatever their value (EC2 API, `IpPermission`).
  static func services(
    _ choice: ProtocolChoice, from: Int?, to: Int?
  ) throws(PortError) -> ServiceRange {
    guard case .number(let number) = choice else { return .all }
    let whole = ServiceRange(protocol: number)
    let name = ProtocolNumber.name(number)
    if ProtocolNumber.hasPorts(number) {
      guard let from, let to else {
        throw PortError(
          message: "`\(name)` is without \(from == nil ? "a first" : "a last") port",
          help: "\(name) needs both ports, from 0 to 65535", services: whole)
      }
      guard let low = UInt16(exactly: from), let high = UInt16(exactly: to) else {
        let wrong = UInt16(exactly: from) == nil ? from : to
        throw PortError(
          message: "port \(wrong) does not exist", help: "expected a port from 0 to 65535",
          services: whole)
      }
      guard low <= high else {
        throw PortError(
          message: "port range `\(low)-\(high)` is empty", help: "did you mean `\(high)-\(low)`?",
          services: whole)
      }
      return ServiceRange(protocol: number, ports: low...high)
    }
    guard ProtocolNumber.hasTypes(number) else { return whole }
    let type = from ?? -1
    let code = to ?? -1
    guard type >= -1, type <= 255, code >= -1, code <= 255 else {
      throw PortError(
        message: "\(name) type \(type) code \(code) does not exist",
        help: "expected a type and a code from 0 to 255, or -1 for all", services: whole)
    }
    if type == -1 {
      guard code == -1 else {
        throw PortError(
          message: "\(name) has a code (\(code)) for all types",
          help: "with type -1 the code must be -1", services: whole)
      }
      return whole
    }
    return ServiceRange(
      protocol: number, type: UInt8(truncatingIfNeeded: type),
      code: code == -1 ? nil : UInt8(truncatingIfNeeded: code))
  }

  /// Removes the account of Terraform's `123456789012/sg-…`.
  static func groupID(_ text: String) -> String {
    guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return text }
    return String(text[text.utf8.index(after: slash)...])
  }
}
