import SGModel

/// Reads the small texts of the policy language: services and peers.
enum PackText {
  /// What is wrong with a text, and what would have been valid.
  struct Problem: Error {
    var message: String
  }

  /// What is expected where a service should be.
  static let expectedService =
    "expected a service such as `tcp 443`, `udp 53-60`, `icmp 8`, `icmp 8/0`, `protocol 47` or `all`"
  /// What is expected where a peer should be.
  static let expectedPeer = "expected vpc, anyone, self, a CIDR or sg-…"

  /// Reads `tcp 443`, `udp 53-60`, `icmp`, `icmp 8`, `icmp 8/0`, `protocol 47` or `all`.
  static func service(_ text: String) throws(Problem) -> ServiceRange {
    let shown = "`\(Suggestion.clipped(text))`"
    let words = text.split(separator: " ")
    guard let first = words.first, words.count <= 2 else {
      throw Problem(message: "\(shown) is no service; \(expectedService)")
    }
    let rest = words.count == 2 ? words[1] : nil
    switch (String(first), rest) {
    case ("all", nil): return .all
    case ("tcp", let rest?), ("udp", let rest?):
      let number = first == "tcp" ? ProtocolNumber.tcp : ProtocolNumber.udp
      do throws(PortText.Problem) {
        return ServiceRange(protocol: number, ports: try PortText.read(String(rest)))
      } catch {
        throw Problem(message: "\(error.message) in \(shown); \(error.help)")
      }
    case ("tcp", nil), ("udp", nil):
      throw Problem(message: "\(shown) is without ports; all of them are `\(first) 0-65535`")
    case ("icmp", _), ("icmpv6", _):
      let number = first == "icmp" ? ProtocolNumber.icmp : ProtocolNumber.icmpv6
      guard let rest else { return ServiceRange(protocol: number) }
      let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let numbers = parts.compactMap { DecimalText.read($0).flatMap { UInt8(exactly: $0) } }
      guard numbers.count == parts.count, let type = numbers.first else {
        throw Problem(
          message: "\(shown) has no valid type and code; expected `\(first) 8` or `\(first) 8/0`,"
            + " each from 0 to 255")
      }
      return ServiceRange(protocol: number, type: type, code: numbers.count == 2 ? numbers[1] : nil)
    case ("protocol", let rest?):
      guard let number = DecimalText.read(rest).flatMap({ UInt8(exactly: $0) }) else {
        throw Problem(message: "\(shown) is no protocol; expected a number from 0 to 255")
      }
      return ServiceRange(protocol: number)
    default:
      let names = ["tcp", "udp", "icmp", "icmpv6", "protocol", "all"]
      if let name = Suggestion.closest(to: String(first), among: names) {
        let meant = rest.map { "\(name) \($0)" } ?? name
        throw Problem(
          message: "\(shown) is no service; did you mean `\(Suggestion.clipped(meant))`?")
      }
      throw Problem(message: "\(shown) is no service; \(expectedService)")
    }
  }

  /// Reads a block of addresses; bits behind the prefix are refused.
  static func block(_ text: String) throws(Problem) -> CIDR.Block {
    do throws(CIDRText.Problem) {
      let cidr = try CIDRText.read(text)
      if !cidr.hadHostBits { return cidr.block }
      throw CIDRText.Problem(
        message: "`\(Suggestion.clipped(text))` has bits behind its prefix",
        help: "did you mean `\(CIDRText.canonical(cidr.block))`?")
    } catch {
      throw Problem(message: "\(error.message); \(error.help)")
    }
  }

  /// Reads `vpc`, `anyone`, `self`, a CIDR or `sg-…`.
  static func peer(_ text: String) throws(Problem) -> PeerTerm {
    switch text {
    case "vpc": return .vpc
    case "anyone": return .anyone
    case "self": return .itself
    default: break
    }
    if text.hasPrefix("sg-") {
      let digits = text.utf8.dropFirst(3)
      guard !digits.isEmpty,
        digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x66 })
      else {
        throw Problem(
          message:
            "`\(Suggestion.clipped(text))` is no id; expected sg- and 8 or 17 hexadecimal digits")
      }
      return .group(text)
    }
    if CIDRText.isAddressLike(text) || text.contains("/") {
      return .block(try block(text), text: text)
    }
    if let word = Suggestion.closest(to: text, among: ["vpc", "anyone", "self"]) {
      throw Problem(
        message: "unknown peer `\(Suggestion.clipped(text))`; did you mean `\(word)`?")
    }
    throw Problem(message: "unknown peer `\(Suggestion.clipped(text))`; \(expectedPeer)")
  }

  /// Returns whether the text is a name in kebab-case: `pni-egress`.
  static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, first >= 0x61 && first <= 0x7A, bytes.last != UInt8(ascii: "-"),
      bytes.count <= 64
    else { return false }
    return bytes.allSatisfy {
      $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: "-")
    }
  }
}
