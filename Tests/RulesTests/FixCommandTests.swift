import Foundation
import Loaders
import Rules
import SGModel
import Testing

/// Suggested commands, carried out on EC2's side of the model: what they leave behind satisfies what was
/// violated, and loses no access that was asked for.
struct FixCommandTests {
  /// One entry as EC2 has it: what `revoke` has to name exactly.
  private struct Entry: Hashable {
    var isEgress: Bool
    var proto: String
    var from: Int?
    var to: Int?
    var peer: String
  }

  private static let vpc = """
    {"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.20.0.0/16","CidrBlockAssociationSet":[
    {"CidrBlock":"10.20.0.0/16","CidrBlockState":{"State":"associated"}},
    {"CidrBlock":"100.64.0.0/16","CidrBlockState":{"State":"associated"}}]}]}
    """

  private static func describe(_ entries: Set<Entry>) -> String {
    func list(_ isEgress: Bool) -> String {
      entries.filter { $0.isEgress == isEgress }.sorted { "\($0)" < "\($1)" }.map { entry in
        let ports = entry.from.map { ",\"FromPort\":\($0),\"ToPort\":\(entry.to ?? $0)" } ?? ""
        let peer =
          entry.peer.hasPrefix("sg-")
          ? "\"UserIdGroupPairs\":[{\"GroupId\":\"\(entry.peer)\"}]"
          : entry.peer.contains(":")
            ? "\"Ipv6Ranges\":[{\"CidrIpv6\":\"\(entry.peer)\"}]"
            : "\"IpRanges\":[{\"CidrIp\":\"\(entry.peer)\"}]"
        return "{\"IpProtocol\":\"\(entry.proto)\"\(ports),\(peer)}"
      }.joined(separator: ",")
    }
    return """
      {"SecurityGroups":[{"GroupId":"sg-1","GroupName":"pni","VpcId":"vpc-1",
      "IpPermissions":[\(list(false))],"IpPermissionsEgress":[\(list(true))]},
      {"GroupId":"sg-2","GroupName":"clients","VpcId":"vpc-1",
      "IpPermissions":[],"IpPermissionsEgress":[]}]}
      """
  }

  private static func estate(_ entries: Set<Entry>) -> Estate {
    let files = [("groups.json", describe(entries)), ("vpcs.json", vpc)].map {
      SourceFile(path: $0.0, bytes: SourceBytes(Array($0.1.utf8)))
    }
    return EstateLoader.load(files).estate
  }

  private static func pack() throws -> Pack {
    let file = try #require(PackLibrary.embedded(named: "pni"))
    return try PackLoader.load(file, source: -1)
  }

  private static func verdicts(_ entries: Set<Entry>, _ pack: Pack) -> [String: Verdict] {
    var evaluator = Evaluator(estate(entries), packs: [pack])
    return Dictionary(
      uniqueKeysWithValues: evaluator.evaluate(0).map { ($0.policy, $0.verdict) })
  }

  private static func random(_ seed: Int) -> Set<Entry> {
    var random = SystemSeeded(seed: UInt64(seed))
    var entries: Set<Entry> = []
    let peers = [
      "10.20.0.0/16", "100.64.0.0/16", "10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1", "10.20.3.0/24",
      "192.0.2.0/24", "::/0", "sg-1", "sg-2",
    ]
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let choice = Int.random(in: 0..<7, using: &random)
      let (proto, from, to): (String, Int?, Int?) = [
        ("-1", nil, nil), ("tcp", 443, 443), ("tcp", 9092, 9092), ("tcp", 443, 9092),
        ("udp", 0, 65_535), ("icmp", 8, -1), ("47", nil, nil),
      ][choice]
      entries.insert(
        Entry(
          isEgress: Int.random(in: 0..<4, using: &random) == 0, proto: proto, from: from, to: to,
          peer: peers[Int.random(in: 0..<peers.count, using: &random)]))
    }
    return entries
  }

  /// Carries out one command; what it revokes has to be there, what it authorizes must not be.
  private static func carryOut(_ command: String, on entries: inout Set<Entry>) throws {
    let start = try #require(command.range(of: "--ip-permissions '"))
    let json = command[start.upperBound...].dropLast()
    let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
    let isEgress = command.contains("-egress")
    for permission in try #require(value as? [[String: Any]]) {
      let proto = try #require(permission["IpProtocol"] as? String)
      let from = permission["FromPort"] as? Int
      let to = permission["ToPort"] as? Int
      var peers: [String] = []
      for (key, member) in [
        ("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("UserIdGroupPairs", "GroupId"),
      ] {
        for item in permission[key] as? [[String: Any]] ?? [] {
          peers.append(try #require(item[member] as? String))
        }
      }
      #expect(!peers.isEmpty, "EC2 refuses a permission without a peer")
      for peer in peers {
        let entry = Entry(isEgress: isEgress, proto: proto, from: from, to: to, peer: peer)
        if command.contains("revoke-") {
          #expect(entries.remove(entry) != nil, "revokes what is not there: \(entry)")
        } else {
          #expect(entries.insert(entry).inserted, "authorizes what is there already: \(entry)")
        }
      }
    }
  }

  @Test("Of several policies that a change would break the same one is named each time")
  func namesTheFirstThatWouldBreak() throws {
    let pack = try Self.pack()
    let peer = "0.0.0.0/0"
    let text = Self.describe([
      Entry(isEgress: false, proto: "tcp", from: 443, to: 443, peer: peer),
      Entry(isEgress: false, proto: "tcp", from: 9092, to: 9092, peer: peer),
    ])
    // Nothing is known of the VPC, so what stays is open to nobody who can be named.
    let file = SourceFile(path: "groups.json", bytes: SourceBytes(Array(text.utf8)))
    let estate = EstateLoader.load([file]).estate
    let planner = FixPlanner(estate, packs: [pack])
    for _ in 0..<40 {
      let fix = try #require(planner.plan(0, violated: [(pack.name, "pni-client-source")]))
      try #require(
        fix.remarks == ["no change is suggested: it would break pni-client-port-closed"])
    }
  }

  @Test(arguments: 0..<60) func commandsMendWhatTheyNameAndLoseNothing(seed: Int) throws {
    let pack = try Self.pack()
    let entries = Self.random(seed)
    let before = Self.verdicts(entries, pack)
    let errors = pack.policies.filter { $0.severity == .error && before[$0.id] == .violated }
    let planner = FixPlanner(Self.estate(entries), packs: [pack])
    let fix = planner.plan(0, violated: errors.map { ($0.pack, $0.id) })
    guard !errors.isEmpty else {
      #expect(fix == nil)
      return
    }
    let suggested = try #require(fix)
    #expect(Set(suggested.policies) == Set(errors.map { $0.id }), "\(suggested.remarks)")
    var after = entries
    for step in suggested.steps { try Self.carryOut(try #require(step.command), on: &after) }
    let verdicts = Self.verdicts(after, pack)
    for policy in pack.policies where policy.severity == .error {
      #expect(verdicts[policy.id] == .satisfied, "\(policy.id) with \(after)")
    }
    // Whoever of the VPC could reach the two ports still can.
    if before["pni-client-coverage"] == .satisfied {
      #expect(verdicts["pni-client-coverage"] == .satisfied, "\(entries) became \(after)")
    }
  }
}

/// A generator with a seed.
private struct SystemSeeded: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 7 }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
