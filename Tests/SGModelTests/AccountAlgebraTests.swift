import Testing

@testable import SGModel

/// What is asked of very many groups at once, against the plain ways to ask it.
struct AccountAlgebraTests {
  typealias Boxes = [Permission]

  /// Blocks, some of them equal or within others, and ports as accounts have them; hostile where `isDense`.
  private static func boxes(
    _ count: Int, isDense: Bool, _ random: inout SeededGenerator, atoms: UInt32 = 0
  ) -> Boxes {
    (0..<count).map { _ in
      let low =
        isDense
        ? UInt32.random(in: 0..<500, using: &random)
        : [22, 80, 443].randomElement(using: &random) ?? 0
      let high =
        low + (Bool.random(using: &random) ? 0 : UInt32.random(in: 0..<400, using: &random))
      let isAll = Int.random(in: 0..<20, using: &random) == 0
      let services =
        isAll ? .all : ServiceRange(lower: 6 << 16 | low, upper: 6 << 16 | high) ?? .all
      let peer: Peer
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        let address = UInt128.random(in: 0..<4, using: &random) << 126
        let length = [0, 1, 2, 128].randomElement(using: &random) ?? 0
        peer = .v6(IPv6Range(address: address, length: length) ?? .all)
      case 1 where atoms > 0, 2 where atoms > 0:
        peer = .atom(Atom(index: UInt32.random(in: 0..<atoms, using: &random)))
      default:
        let length = Int.random(in: isDense ? 0...4 : 0...32, using: &random)
        let address = UInt32.random(in: 0..<32, using: &random) << 27
        peer = .v4(IPv4Range(address: address, length: length) ?? .all)
      }
      return Permission(
        services: services, peer: peer, origin: 0,
        isPlaceholder: Int.random(in: 0..<30, using: &random) == 0)
    }
  }

  private static func set(_ boxes: Boxes) -> TrafficSet {
    TrafficSet(
      boxes.filter { !$0.isPlaceholder }.map { (services: $0.services, peer: $0.peer) })
  }

  // MARK: Redundancy

  private static func expectTheSame(
    _ boxes: Boxes, _ table: AtomTable, _ finder: inout RedundancyFinder, _ comment: Comment
  ) {
    // In the middle of other permissions, as in an estate.
    let all =
      Boxes(repeating: Permission(services: .all, peer: .v4(.all), origin: 0), count: 3) + boxes
    var found: [RedundancyFinder.Redundancy] = []
    finder.find(in: 3..<all.count, of: all, to: &found)
    let effects = PermissionEffect.effects(of: boxes, atoms: table)
    let expected = effects.indices.filter {
      switch effects[$0] {
      case .duplicate, .redundant: true
      case .needed, .nothing: false
      }
    }
    #expect(found.map { $0.permission - 3 } == expected, comment)
    for one in found {
      let own = boxes[one.permission - 3]
      if one.isDuplicate {
        guard case .duplicate(let first) = effects[one.permission - 3] else {
          Issue.record(comment)
          continue
        }
        #expect(one.cover == first + 3, comment)
      } else if let cover = one.cover {
        #expect(cover != one.permission && all[cover].isCertain, comment)
        #expect(!all[cover].isPlaceholder && all[cover].contains(own), comment)
      }
    }
  }

  @Test(
    "Redundancy in small worlds is that of effects, with atoms of all bounds", arguments: 0..<20)
  func redundancyInSmallWorlds(part: Int) {
    for seed in part * 100..<(part + 1) * 100 {
      let instance = SmallWorld.Instance(seed: UInt64(seed))
      var random = SeededGenerator(seed: UInt64(seed) + 7)
      var finder = RedundancyFinder(atoms: instance.atoms.table)
      for count in [2, 4, 9] {
        var boxes = SmallWorld.Instance.boxes(instance.atoms, count, &random)
        // Those that are not certain take another way.
        if seed % 5 > 0 { for index in boxes.indices { boxes[index].isCertain = true } }
        Self.expectTheSame(boxes, instance.atoms.table, &finder, "seed \(seed)")
      }
    }
  }

  @Test("Redundancy in groups of all sizes is that of effects", arguments: 0..<30)
  func redundancyInGroups(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var table = AtomTable()
    let vpc = table.intern(.vpc, "vpc", upper: VPC.possible)
    for index in 0..<3 {
      let hosts: [Peer] = (0..<UInt32(index)).compactMap { host in
        IPv4Range(lower: 1 << 27 | host, upper: 1 << 27 | host).map { .v4($0) }
      }
      let range = IPv4Range(address: 0, length: 3).map { [Peer.v4($0)] } ?? []
      _ = table.intern(
        .group, "sg-\(index)", lower: PeerSet(hosts),
        upper: index == 2 ? PeerSet(range) : PeerSet([.atom(vpc)]))
    }
    _ = table.intern(.prefixList, "pl")
    var finder = RedundancyFinder(atoms: table)
    for (count, isDense) in [
      (3, false), (12, false), (12, true), (60, true), (160, false), (300, true),
    ] {
      var boxes = Self.boxes(count, isDense: isDense, &random, atoms: seed % 3 == 0 ? 5 : 0)
      // The VPC itself is a peer in packs alone; the groups are parts of it.
      if seed % 2 == 0 {
        for index in boxes.indices where boxes[index].peer == .atom(vpc) {
          boxes[index].peer = .v4(.all)
        }
      }
      Self.expectTheSame(boxes, table, &finder, "seed \(seed), \(count)")
    }
  }

  @Test("Redundancy among very many boxes of one atom is that of effects", arguments: 0..<4)
  func redundancyOfOneAtom(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 40)
    var table = AtomTable()
    let peers: [Peer] = [
      .atom(table.intern(.group, "sg-1", upper: VPC.possible)),
      .atom(table.intern(.prefixList, "pl-1")),
    ]
    var boxes: Boxes = []
    for index in 0..<160 {
      // Most of them meet each other, and few are within others.
      let low = UInt32(index * 3) + UInt32.random(in: 0..<4, using: &random)
      let services = ServiceRange(lower: 6 << 16 | low, upper: 6 << 16 | (low + 800)) ?? .all
      boxes.append(
        Permission(services: services, peer: peers[index % 20 == 0 ? 1 : 0], origin: 0))
    }
    for (peer, from, to) in [
      (Peer.v4(.all), 0, 300), (.v6(.all), UInt32(seed) * 100, 1290),
      (.v4(.all), 295, 1000 + UInt32(seed) * 200),
    ] {
      let services = ServiceRange(lower: 6 << 16 | from, upper: 6 << 16 | to) ?? .all
      boxes.append(Permission(services: services, peer: peer, origin: 0))
    }
    boxes.shuffle(using: &random)
    var finder = RedundancyFinder(atoms: table)
    Self.expectTheSame(boxes, table, &finder, "seed \(seed)")
  }

  // MARK: Fingerprints

  /// The same flows, written in another way.
  private static func rewritten(_ boxes: Boxes, _ random: inout SeededGenerator) -> Boxes {
    var result: Boxes = []
    for box in boxes.shuffled(using: &random) {
      result.append(box)
      switch box.peer {
      case .v4(let range) where range.upper > range.lower && Bool.random(using: &random):
        let middle = range.lower + (range.upper - range.lower) / 2
        result.removeLast()
        for (lower, upper) in [(range.lower, middle), (middle + 1, range.upper)] {
          var half = box
          half.peer = .v4(IPv4Range(lower: lower, upper: upper) ?? .all)
          result.append(half)
        }
      case .atom, .v6, .v4:
        if Int.random(in: 0..<4, using: &random) == 0 { result.append(box) }
      }
    }
    return result
  }

  @Test("Fingerprints are equal where the sets are, and nowhere else", arguments: 0..<40)
  func fingerprints(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 500)
    var fingerprinter = TrafficFingerprinter(using: &random)
    for (count, isDense) in [
      (1, false), (3, true), (12, false), (14, true), (40, true), (200, true),
    ] {
      let left = Self.boxes(count, isDense: isDense, &random, atoms: 2)
      let same = Self.rewritten(left, &random)
      var other = same
      let place = Int.random(in: 0..<other.count, using: &random)
      switch other[place].peer {
      case .v4(let range):
        other[place].peer = .v4(IPv4Range(lower: range.lower / 2, upper: range.upper) ?? .all)
      case .v6, .atom: other.remove(at: place)
      }
      let all = left + same + other
      let ranges = [
        0..<left.count, left.count..<left.count + same.count, left.count + same.count..<all.count,
      ]
      let sets = ranges.map { Self.set(Array(all[$0])) }
      let prints = ranges.map { fingerprinter.fingerprint(of: $0, in: all) }
      #expect(sets[0] == sets[1])
      for a in 0..<3 {
        #expect((prints[a] == .nothing) == sets[a].isEmpty)
        for b in 0..<3 {
          #expect((prints[a] == prints[b]) == (sets[a] == sets[b]))
          let isSame = fingerprinter.isSame(ranges[a], ranges[b], in: all)
          #expect(isSame == (sets[a] == sets[b]))
        }
      }
    }
  }

  @Test("All small sets have fingerprints of their own")
  func smallSets() {
    var random = SeededGenerator(seed: 900)
    var fingerprinter = TrafficFingerprinter(using: &random)
    var sets: [UInt64: TrafficSet] = [:]
    for seed in 0..<3000 {
      let instance = SmallWorld.Instance(seed: UInt64(seed))
      let boxes = instance.permissions.filter { $0.isCertain }
      let set = Self.set(boxes)
      guard case .traffic(let bits) = fingerprinter.fingerprint(of: 0..<boxes.count, in: boxes)
      else {
        #expect(set.isEmpty)
        continue
      }
      if let known = sets[bits] { #expect(known == set) }
      sets[bits] = set
    }
    #expect(Set(sets.values).count == sets.count)
  }

  @Test("A union weighs the same by slabs and by a tree", arguments: 0..<20)
  func measures(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 700)
    let services = Weights(seed: random.next())
    let peers = Weights(seed: random.next())
    for count in [1, 2, 9, 40] {
      var lists = BoxLists()
      let boxes = Self.boxes(count, isDense: true, &random)
      let isLoaded = lists.load(0..<count, of: boxes)
      #expect(isLoaded)
      #expect(
        UnionMeasure.weight(ofFew: lists.v4.boxes, services, peers)
          == UnionMeasure.weight(ofMany: lists.v4.boxes, services, peers))
      guard !lists.v6.boxes.isEmpty else { continue }
      #expect(
        UnionMeasure.weight(ofFew: lists.v6.boxes, services, peers)
          == UnionMeasure.weight(ofMany: lists.v6.boxes, services, peers))
    }
  }

  @Test("What is not certain has no fingerprint, and placeholders are nothing")
  func uncertain() {
    var boxes = [
      Permission(services: .all, peer: .v4(.all), origin: 0, isPlaceholder: true),
      Permission(services: .all, peer: .v4(.all), origin: 0),
    ]
    var fingerprinter = TrafficFingerprinter()
    var answers = [0..<0, 0..<1, 0..<2, 1..<2].map {
      fingerprinter.fingerprint(of: $0, in: boxes)
    }
    #expect(answers[0] == .nothing)
    #expect(answers[1] == .nothing)
    #expect(answers[2] == answers[3])
    #expect(answers[2] != .nothing)
    boxes[1].isCertain = false
    answers[0] = fingerprinter.fingerprint(of: 0..<2, in: boxes)
    #expect(answers[0] == .uncertain)
    let isSame = fingerprinter.isSame(1..<2, 1..<2, in: boxes)
    #expect(!isSame)
  }
}
