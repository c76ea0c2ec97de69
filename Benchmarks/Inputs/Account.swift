/// A made-up account: security groups with their rules, by number.
///
/// Nothing is kept. Every group is made from the seed and its number whenever it is asked for, so that
/// a gigabyte needs no more memory than a page, and so that all forms of one account agree.
struct Account {
  static let region: StaticString = "eu-central-1"
  static let owner: StaticString = "210987654321"
  static let groupsPerVPC = 40

  let seed: UInt64
  /// How many groups there are.
  let groups: Int
  /// How many ingress rules a group has on average.
  let rules: Int

  init(seed: UInt64, groups: Int, rules: Int) {
    self.seed = seed
    self.groups = max(1, groups)
    self.rules = max(0, rules)
  }

  // MARK: Ids

  /// What an id is the id of.
  enum Kind: UInt64 {
    case group = 1, vpc, subnet, rule, interface, attachment, instance, layout, action, count, mac
  }

  func bits(_ kind: Kind, _ index: Int) -> UInt64 {
    SeededGenerator.bits(seed: seed, kind: kind.rawValue, index: index)
  }

  /// The number of the VPC of a group.
  func vpc(ofGroup index: Int) -> Int { index / Self.groupsPerVPC }

  // MARK: Groups

  /// Makes group number `index` in the place of `group`, whose memory is used again.
  func make(_ index: Int, _ group: inout Group) {
    var random = SeededGenerator(seed: bits(.group, index) ^ 0x5347)
    group.index = index
    group.vpc = vpc(ofGroup: index)
    group.team = team(ofGroup: index)
    group.tier = random.below(Vocabulary.tiers.count)
    group.stage = random.below(Vocabulary.stages.count)
    group.isTerraform = random.chance(30)
    group.hasOwner = random.chance(5)
    group.ingress.removeAll(keepingCapacity: true)
    group.egress.removeAll(keepingCapacity: true)

    let wanted =
      (Vocabulary.rulesPerGroup[random.below(Vocabulary.rulesPerGroup.count)] * rules + 6) / 12
    while group.ingress.count < wanted {
      add(to: &group.ingress, service(&random), index, group.vpc, &random)
    }
    // What somebody opened in a hurry.
    if random.chance(2) {
      let service = Vocabulary.sensitive[random.below(Vocabulary.sensitive.count)]
      let peer: Rule.Peer = random.chance(80) ? .v4(0, 0) : .v6(.any, 0)
      group.ingress.append(
        Rule(service: service, peer: peer, note: Vocabulary.hurriedNote, ticket: 0))
    }
    // Three of four groups have only the rule that EC2 gives a new group.
    if random.chance(75) {
      let all = Vocabulary.everything
      group.egress.append(Rule(service: all, peer: .v4(0, 0), note: 0, ticket: 0))
      if random.chance(20) {
        group.egress.append(Rule(service: all, peer: .v6(.any, 0), note: 0, ticket: 0))
      }
    } else {
      for _ in 0..<random.below(4) {
        add(to: &group.egress, service(&random), index, group.vpc, &random)
      }
    }
  }

  func team(ofGroup index: Int) -> Int {
    Int(truncatingIfNeeded: bits(.group, index) >> 32) % Vocabulary.teams.count
  }

  private func service(_ random: inout SeededGenerator) -> Int {
    Vocabulary.drawn[random.below(Vocabulary.drawn.count)]
  }

  /// Adds the rule or the rules that somebody writes for one peer.
  private func add(
    to list: inout [Rule], _ service: Int, _ index: Int, _ vpc: Int,
    _ random: inout SeededGenerator
  ) {
    let note = Vocabulary.drawnNotes[random.below(Vocabulary.drawnNotes.count)]
    let ticket = random.below(10_000)
    func rule(_ peer: Rule.Peer) {
      list.append(Rule(service: service, peer: peer, note: note, ticket: ticket))
    }
    let network: UInt32 = 10 << 24 | UInt32(vpc & 0xFF) << 16
    let third = UInt32(random.below(256)) << 8
    var draw = random.below(100)
    if Vocabulary.services[service].isIPv6Only { draw = 72 }
    switch draw {
    case ..<28: rule(.v4(network | third, 24))
    case ..<36: rule(.v4(network | third & 0xF000, 20))
    case ..<44: rule(.v4(network, 16))
    case ..<50:
      // The two halves of a network.
      rule(.v4(network | third, 25))
      rule(.v4(network | third | 0x80, 25))
    case ..<56:
      // A network and one that lies within it.
      rule(.v4(network | third & 0xF000, 20))
      rule(.v4(network | third & 0xF000 | 0x40, 26))
    case ..<60:
      // All private addresses.
      rule(.v4(10 << 24, 8))
      rule(.v4(172 << 24 | 16 << 16, 12))
      rule(.v4(192 << 24 | 168 << 16, 16))
    case ..<68: rule(.v4(198 << 24 | 51 << 16 | 100 << 8 | UInt32(random.below(256)), 32))
    case ..<72:
      let far = UInt32(random.below(110) + 11) << 24 | UInt32(random.below(1 << 20)) << 4
      rule(.v4(far, 28))
    case ..<79:
      let blocks: [Rule.IPv6Block] = [.documentation, .amazon, .local]
      rule(.v6(blocks[random.below(3)], UInt16(random.below(0xFFFE) + 1)))
    case ..<83: rule(.prefixList(random.below(Vocabulary.prefixLists.count)))
    default:
      // A quarter of the references is to the group itself, the rest to neighbours.
      let other = random.chance(25) ? index : index + random.below(81) - 40
      rule(.group(min(max(other, 0), groups - 1)))
    }
  }
}

/// A security group.
struct Group {
  var index = 0
  var vpc = 0
  var team = 0
  var tier = 0
  var stage = 0
  var isTerraform = false
  var hasOwner = false
  var ingress: [Rule] = []
  var egress: [Rule] = []

  func rules(_ direction: Direction) -> [Rule] { direction == .ingress ? ingress : egress }
}

enum Direction { case egress, ingress }

/// One peer of one service.
struct Rule {
  /// The well-known blocks of IPv6 peers.
  enum IPv6Block { case any, documentation, amazon, local }
  /// Who is at the other end.
  enum Peer {
    case v4(UInt32, Int)
    case v6(IPv6Block, UInt16)
    case prefixList(Int)
    case group(Int)
  }

  var service: Int
  var peer: Peer
  /// The number of the description; 0 is none.
  var note: Int
  /// What is put in the place of the description's number.
  var ticket: Int
}

extension Array where Element == Rule {
  /// Calls `body` for each service with its rules, as EC2 merges rules into permissions: services in
  /// the order of their first rules.
  func permissions(_ body: (_ service: Int, _ rules: [Rule]) -> Void) {
    var seen: UInt64 = 0
    var merged: [Rule] = []
    for (place, first) in enumerated() {
      guard seen & (1 << UInt64(first.service)) == 0 else { continue }
      seen |= 1 << UInt64(first.service)
      merged.removeAll(keepingCapacity: true)
      for rule in self[place...] where rule.service == first.service { merged.append(rule) }
      body(first.service, merged)
    }
  }
}
