/// The words and the frequencies of made-up accounts.
enum Vocabulary {
  /// A service as it is written in a rule.
  struct Service {
    var protocolName: StaticString
    /// The first and the last port, or type and code of ICMP; nothing for all protocols.
    var ports: (from: Int, to: Int)?
    /// How often it is used, in relation to the others.
    var weight: Int
    var isIPv6Only = false
    /// Whether it is a number or begins with a minus: YAML has to quote it.
    var needsQuotes = false
  }

  static let services: [Service] = [
    Service(protocolName: "-1", ports: nil, weight: 5, needsQuotes: true),
    Service(protocolName: "tcp", ports: (443, 443), weight: 20),
    Service(protocolName: "tcp", ports: (80, 80), weight: 9),
    Service(protocolName: "tcp", ports: (22, 22), weight: 8),
    Service(protocolName: "tcp", ports: (9092, 9092), weight: 8),
    Service(protocolName: "tcp", ports: (5432, 5432), weight: 7),
    Service(protocolName: "tcp", ports: (8080, 8080), weight: 6),
    Service(protocolName: "tcp", ports: (3306, 3306), weight: 5),
    Service(protocolName: "tcp", ports: (6379, 6379), weight: 4),
    Service(protocolName: "tcp", ports: (30_000, 32_767), weight: 3),
    Service(protocolName: "udp", ports: (53, 53), weight: 3),
    Service(protocolName: "tcp", ports: (53, 53), weight: 2),
    Service(protocolName: "tcp", ports: (9092, 9098), weight: 2),
    Service(protocolName: "tcp", ports: (8000, 8079), weight: 2),
    Service(protocolName: "tcp", ports: (8080, 8199), weight: 2),
    Service(protocolName: "tcp", ports: (1024, 65_535), weight: 2),
    Service(protocolName: "tcp", ports: (0, 65_535), weight: 2),
    Service(protocolName: "tcp", ports: (10_250, 10_250), weight: 2),
    Service(protocolName: "icmp", ports: (8, -1), weight: 2),
    Service(protocolName: "icmp", ports: (-1, -1), weight: 2),
    Service(protocolName: "udp", ports: (123, 123), weight: 1),
    Service(protocolName: "udp", ports: (0, 65_535), weight: 1),
    Service(protocolName: "tcp", ports: (3389, 3389), weight: 1),
    Service(protocolName: "tcp", ports: (25, 25), weight: 1),
    Service(protocolName: "tcp", ports: (2049, 2049), weight: 1),
    Service(protocolName: "icmpv6", ports: (-1, -1), weight: 1, isIPv6Only: true),
    Service(protocolName: "50", ports: nil, weight: 1, needsQuotes: true),
  ]
  /// The number of the service that is all protocols.
  static let everything = 0
  /// Each service as often as it weighs.
  static let drawn: [Int] = services.indices.flatMap {
    Array(repeating: $0, count: services[$0].weight)
  }
  /// What is dangerous when it is open to everybody.
  static let sensitive = [0, 3, 4, 5, 16, 22]

  /// How many ingress rules a group has where the average is 12.
  ///
  /// Every fourth percentile of a log-normal distribution; a table, because `exp` differs between
  /// systems in its last bit.
  static let rulesPerGroup = [
    2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 9, 10, 11, 12, 13, 15, 16, 18, 21, 24, 30, 45,
  ]

  static let teams: [StaticString] = [
    "billing", "catalog", "checkout", "fleet", "fraud", "insights", "mobile", "platform", "pricing",
    "shipping",
  ]
  static let tiers: [StaticString] = [
    "agent", "api", "broker", "cache", "db", "gateway", "jump", "proxy", "web", "worker",
  ]
  static let stages: [StaticString] = ["dev", "live", "qa", "test"]
  static let prefixLists: [StaticString] = [
    "pl-0a1b2c3d", "pl-58a04531", "pl-6ea54007", "pl-a3a144ca",
  ]

  /// A text with what it looks like in each form.
  struct Phrase {
    let json: [UInt8]
    let yaml: [UInt8]
    /// Whether the number of a ticket stands behind it.
    let hasTicket: Bool

    init(_ text: String, hasTicket: Bool = false) {
      json = Encoding.json(text)
      yaml = Encoding.yaml(text)
      self.hasTicket = hasTicket
    }
  }

  /// Descriptions; the first stands for none.
  static let notes: [Phrase] = [
    Phrase(""),
    Phrase("office network"),
    Phrase("all traffic out"),
    Phrase("NOTE: delete after cut-over"),
    Phrase("load balancer health checks"),
    Phrase("owned by the platform team"),
    Phrase("Zugang für das Büro in Köln"),
    Phrase("the \"green\" side"),
    Phrase("see share\\runbooks"),
    Phrase("change CHG-", hasTicket: true),
    Phrase("just for a minute"),
  ]
  static let hurriedNote = 10
  /// Each description as often as it is drawn: a quarter of the rules has none.
  static let drawnNotes = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

  /// The value of the tag `owner`.
  static let ownerTag = Phrase("Zoë \"Z\" Schröder <zoe@example.com>")
}

/// Texts as JSON and YAML write them.
enum Encoding {
  /// Escapes a text for the inside of a JSON string; what is beyond ASCII stays as it is.
  static func json(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
      out.append(byte)
    }
    return out
  }

  /// A YAML scalar, in single quotes where it would be read as something else.
  static func yaml(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var isPlain = !bytes.isEmpty
    if let first = bytes.first, "\"'&*!|>%@`#,[]{}?-:".utf8.contains(first) { isPlain = false }
    for (left, right) in zip(bytes, bytes.dropFirst())
    where left == UInt8(ascii: ":") && right == 0x20 || left == 0x20 && right == UInt8(ascii: "#") {
      isPlain = false
    }
    guard !isPlain else { return bytes }
    let quoted = bytes.flatMap { $0 == UInt8(ascii: "'") ? [$0, $0] : [$0] }
    return [UInt8(ascii: "'")] + quoted + [UInt8(ascii: "'")]
  }
}
