import SGModel

/// Reads whole numbers as people write them: decimal digits alone.
///
/// `0443` is refused: YAML 1.1 takes it for octal, YAML 1.2 does not.
enum DecimalText {
  /// Returns the number; nothing where the text is anything else or has more than nine digits.
  static func read(_ text: some StringProtocol) -> Int? {
    let digits = text.utf8
    guard digits.count >= 1, digits.count <= 9, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      digits.count == 1 || digits.first != 0x30
    else { return nil }
    return Int(text)
  }
}

/// Reads ports as hand-written files have them.
enum PortText {
  /// What is wrong with a port, and what would have been valid.
  struct Problem: Error {
    var message: String
    var help: String
  }

  /// What is expected where a port should be.
  static let expected = "expected a port such as 443, a range such as 8080-8090, or a list of them"

  /// Reads `443` or `8080-8090`.
  static func read(_ text: String) throws(Problem) -> ClosedRange<UInt16> {
    let shown = Suggestion.clipped(text)
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    var ports: [UInt16] = []
    for part in parts {
      guard let number = DecimalText.read(part) else {
        throw Problem(message: "`\(shown)` is no port", help: expected)
      }
      guard let port = UInt16(exactly: number) else {
        throw Problem(
          message: "port \(number) does not exist", help: "expected a port from 0 to 65535")
      }
      ports.append(port)
    }
    guard let first = ports.first, let last = ports.last else {
      throw Problem(message: "`\(shown)` is no port", help: expected)
    }
    guard first <= last else {
      throw Problem(
        message: "port range `\(first)-\(last)` is empty", help: "did you mean `\(last)-\(first)`?")
    }
    return first...last
  }
}

/// Says what is wrong with a block of addresses.
enum CIDRText {
  /// What is wrong with a block, and what would have been valid.
  struct Problem: Error {
    var message: String
    var help: String
  }

  /// What is expected where a block should be.
  static let expected = "expected a CIDR such as 10.0.0.0/16 or 2001:db8::/56"

  /// Reads a block.
  static func read(_ text: String) throws(Problem) -> CIDR {
    let shown = Suggestion.clipped(text)
    do throws(CIDR.ParseError) {
      return try CIDR(text)
    } catch {
      guard case .length(let maximum) = error else {
        throw Problem(message: "`\(shown)` is no CIDR", help: expected)
      }
      if !text.utf8.contains(UInt8(ascii: "/")) {
        throw Problem(
          message: "`\(shown)` is an address without a prefix length",
          help: "did you mean `\(shown)/\(maximum)`?")
      }
      throw Problem(
        message: "`\(shown)` has no valid prefix length",
        help: "expected a number from 0 to \(maximum) behind the slash")
    }
  }

  /// Returns whether the text is more likely a mistyped address than a name.
  static func isAddressLike(_ text: String) -> Bool {
    let bytes = text.utf8
    let isMadeOfDigits = bytes.allSatisfy {
      $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x66 || $0 >= 0x41 && $0 <= 0x46
        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/")
    }
    return isMadeOfDigits
      && (bytes.contains(UInt8(ascii: ":")) || bytes.contains(UInt8(ascii: ".")))
  }

  /// Writes a block as EC2 does.
  static func canonical(_ block: CIDR.Block) -> String {
    let peers =
      switch block {
      case .v4(let range): PeerSet([.v4(range)])
      case .v6(let range): PeerSet([.v6(range)])
      }
    return peers.cidrTexts.first ?? ""
  }
}

/// What peers hand-written groups may name.
enum PeerText {
  /// What is expected where a peer should be.
  static let expected =
    "expected vpc, self, a CIDR, sg-…, pl-…, or the name of a prefix list or group of this file"
}
