import Foundation
import SGModel

/// Describe output of many groups, made at random, as EC2 prints it and as it does not.
struct DescribeText {
  /// What a group holds.
  enum Kind: CaseIterable {
    /// What nearly every group holds.
    case ordinary
    /// Egress that is written where no egress cannot be.
    case placeholder
    /// Something that is not understood.
    case faulty
    /// What EC2 could print some day.
    case strange
  }

  private var random: Numbers
  private(set) var text = ""
  private var lists: [(key: String, elements: [String])] = []

  /// Numbers that are the same for the same seed (SplitMix64).
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Makes `count` groups of those kinds, and some of the last kinds behind them; `indent` is how many
  /// spaces a level takes, 0: no lines.
  init(
    seed: UInt64, groups count: Int, kinds: [Kind],
    thenLast last: (count: Int, kinds: [Kind]) = (0, []),
    indent: Int
  ) {
    random = Numbers(state: seed)
    let groups = (0..<count + last.count).map { number in
      let kinds = number < count ? kinds : last.kinds
      return group(number, of: count, kinds.randomElement(using: &random) ?? .ordinary)
    }
    lists = [
      ("SecurityGroups", groups),
      (
        "Vpcs",
        [
          "{\"VpcId\":\"vpc-1\",\"CidrBlock\":\"10.0.0.0/16\",\"CidrBlockAssociationSet\":[],\"Ipv6CidrBlockAssociationSet\":[]}"
        ]
      ),
      (
        "PrefixLists",
        [
          "{\"PrefixListId\":\"pl-1\",\"PrefixListName\":\"l\",\"Cidrs\":[\"10.0.7.0/24\",\"8.8.8.0/24\"]}"
        ]
      ),
    ]
    let members = lists.map { "\"\($0.key)\":[\($0.elements.joined(separator: ","))]" }
    let compact = "{\(members.joined(separator: ","))}"
    text = indent == 0 ? compact : Self.pretty(compact, indent)
  }

  private mutating func pick(_ texts: String...) -> String {
    texts.randomElement(using: &random) ?? ""
  }

  private mutating func group(_ number: Int, of count: Int, _ kind: Kind) -> String {
    var members = [
      "\"GroupId\":\"sg-\(String(number, radix: 16))\"",
      "\"VpcId\":\"vpc-\(pick("1", "1", "2", "3"))\"",
      "\"GroupName\":\"\(pick("web", "db é", "a#[b", "", "x \(number)"))\"",
      "\"Description\":\"\(pick("of \\\"the\\\" web", "", "ü"))\"", "\"OwnerId\":\"1\"",
      "\"Tags\":[{\"Key\":\"Name\",\"Value\":\"\(pick("a", "\\u00e9"))\"}]",
      "\"IpPermissions\":[\(permissions(count, kind))]",
      "\"IpPermissionsEgress\":[\(egress(count, kind))]",
    ]
    if kind == .strange {
      members.append("\"\(pick("New", "Ip\\u0050ermissions2"))\":{\"a\":[1,{}]}")
    }
    if kind == .faulty, random.next() % 3 == 0 { members.removeLast() }
    members.shuffle(using: &random)
    return "{\(members.joined(separator: ","))}"
  }

  private mutating func egress(_ count: Int, _ kind: Kind) -> String {
    if kind == .placeholder {
      return
        "{\"IpProtocol\":\"-1\",\"IpRanges\":[{\"CidrIp\":\"127.0.0.1/32\"}],\"UserIdGroupPairs\":[]}"
    }
    return random.next() % 3 == 0 ? "" : permissions(count, .ordinary)
  }

  private mutating func permissions(_ count: Int, _ kind: Kind) -> String {
    var list = (0..<Int(random.next() % 4)).map { _ in permission(count) }
    if kind == .faulty {
      list.append(
        pick(
          "{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"IpRanges\":[{\"CidrIp\":\"10.0.0/8\"}]}",
          "{\"IpProtocol\":\"tcp\",\"FromPort\":9,\"ToPort\":1,\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/8\"}]}",
          "{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"IpRanges\":[]}",
          "{\"IpProtocol\":6,\"FromPort\":443.0,\"ToPort\":443,\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/8\"}]}",
          "{\"IpProtocol\":\"tcp\",\"FromPort\":null,\"ToPort\":443,\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/8\"}]}",
          "{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"UserIdGroupPairs\":[{\"UserId\":\"1\"}]}"
        ))
    }
    return list.joined(separator: ",")
  }

  private mutating func permission(_ count: Int) -> String {
    let head = pick(
      "\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443",
      "\"IpProtocol\":\"tcp\",\"FromPort\":9092,\"ToPort\":9098",
      "\"ToPort\":65535,\"IpProtocol\":\"tcp\",\"FromPort\":0", "\"IpProtocol\":\"-1\"",
      "\"IpProtocol\":\"icmp\",\"FromPort\":8,\"ToPort\":-1",
      "\"IpProtocol\":\"47\",\"FromPort\":1,\"ToPort\":2",
      "\"IpProtocol\":\"udp\",\"FromPort\":53,\"ToPort\":53")
    var peers: [String] = []
    let id = { (number: UInt64) in String(number % UInt64(count + 2), radix: 16) }
    for _ in 0...Int(random.next() % 2) {
      peers.append(
        pick(
          "\"IpRanges\":[{\"CidrIp\":\"10.0.\(random.next() % 256).0/24\"},{\"Description\":\"\\ud83d\\ude00\",\"CidrIp\":\"10.0.0.0/9\"}]",
          "\"IpRanges\":[{\"CidrIp\":\"\(pick("0.0.0.0/0", "8.8.8.8/32", "10.0.3.7/16"))\"}]",
          "\"Ipv6Ranges\":[{\"CidrIpv6\":\"\(pick("::/0", "2001:db8::/32"))\"}]",
          "\"UserIdGroupPairs\":[{\"GroupId\":\"sg-\(id(random.next()))\",\"UserId\":\"1\"},{\"UserId\":\"1\",\"GroupId\":\"sg-\(id(random.next()))\"}]",
          "\"PrefixListIds\":[{\"PrefixListId\":\"pl-\(pick("1", "2"))\"}]"))
    }
    // A key twice is no JSON object that anybody should read.
    var seen: Set<Substring> = []
    peers = peers.filter { seen.insert($0.prefix(8)).inserted }
    peers.append(head)
    peers.shuffle(using: &random)
    return "{\(peers.joined(separator: ","))}"
  }

  // MARK: YAML

  /// The same as YAML: a mapping in braces for each element, or a line for each value.
  func asYAML(isBlock: Bool) -> String {
    lists.map { key, elements in
      "\(key):\n" + elements.map { "- \(isBlock ? Self.block($0) : Self.flow($0))\n" }.joined()
    }.joined()
  }

  /// JSON is YAML but for halves of surrogate pairs; keys without quotes are what is mostly written.
  private static func flow(_ json: String) -> String {
    json.replacing("\\ud83d\\ude00", with: "\\U0001F600")
      .replacing(/"([A-Za-z0-9]+)":/) { "\($0.1): " }
  }

  private static func block(_ json: String) -> String {
    let value = try? JSONSerialization.jsonObject(with: Data(json.utf8))
    return block(value ?? NSNull(), indent: 2)
  }

  private static func block(_ value: Any, indent: Int) -> String {
    let margin = "\n" + String(repeating: " ", count: indent)
    switch value {
    case let members as [String: Any] where !members.isEmpty:
      return members.sorted { $0.key < $1.key }.map { key, value in
        // A list stands as far left as its key, as the AWS CLI prints it.
        if let list = value as? [Any], !list.isEmpty {
          return "\(key):"
            + list.map { "\(margin)- \(block($0, indent: indent + 2))" }.joined()
        }
        if let inner = value as? [String: Any], !inner.isEmpty {
          return "\(key):\(margin)  \(block(inner, indent: indent + 2))"
        }
        return "\(key): \(block(value, indent: indent + 2))"
      }.joined(separator: margin)
    case is [String: Any]: return "{}"
    case let list as [Any] where !list.isEmpty:
      return "[\(list.map { block($0, indent: indent) }.joined(separator: ", "))]"
    case is [Any]: return "[]"
    case let text as String:
      let isPlain =
        !text.isEmpty && text.allSatisfy { $0.isLetter || "./-".contains($0) || $0.isNumber }
      return isPlain && text.first?.isLetter == true
        ? text : "'\(text.replacing("'", with: "''"))'"
    case is NSNull: return "null"
    default: return "\(value)"
    }
  }

  /// The text with a line for each value, as the AWS CLI prints it.
  private static func pretty(_ text: String, _ indent: Int) -> String {
    var result: [UInt8] = []
    var depth = 0
    var isInString = false
    var isEscaped = false
    func line() {
      result.append(0x0A)
      result += [UInt8](repeating: 0x20, count: depth * indent)
    }
    for byte in text.utf8 {
      if isInString {
        result.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        result.append(byte)
        depth += 1
        line()
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        line()
        result.append(byte)
      case UInt8(ascii: ","):
        result.append(byte)
        line()
      default:
        if byte == UInt8(ascii: "\"") { isInString = true }
        result.append(byte)
        if byte == UInt8(ascii: ":") { result.append(0x20) }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
