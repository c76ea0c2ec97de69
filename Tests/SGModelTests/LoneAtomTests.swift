import Testing

@testable import SGModel

/// The ways that are taken where all depends on one atom, and where pairs and volumes tell, against the
/// general procedures.
struct LoneAtomTests {
  /// A VPC of which no CIDR is known, other VPCs, groups in them, and a prefix list.
  private struct Account {
    var table = AtomTable()
    let vpc: Atom
    var others: [Atom] = []

    init() {
      vpc = table.intern(.vpc, "vpc-1", upper: VPC.possible)
      let second = table.intern(.vpc, "vpc-2", upper: VPC.possible)
      for number in 0..<3 {
        others.append(
          table.intern(.group, "sg-\(number)", upper: PeerSet([.atom(number == 0 ? vpc : second)])))
      }
      others.append(table.intern(.prefixList, "pl-1"))
      others.append(table.intern(.group, "sg-unseen", upper: VPC.possible))
      others.append(
        table.intern(
          .group, "sg-used", lower: PeerSet([.v4(IPv4Range(trusted: 0x0A00_0101, 0x0A00_0101))]),
          upper: PeerSet([.atom(second)])))
      others.append(vpc)
    }
  }

  private static func permissions(
    _ count: Int, _ account: Account, _ random: inout SeededGenerator
  ) -> [Permission] {
    (0..<count).map { number in
      let ports: [ClosedRange<UInt16>] = [443...443, 9092...9092, 9092...9098, 0...65535]
      let services = ServiceRange(
        protocol: ProtocolNumber.tcp, ports: ports[Int(random.next() % 4)])
      let peer: Peer
      switch random.next() % 6 {
      case 0: peer = .atom(account.others[Int(random.next() % UInt64(account.others.count))])
      case 1: peer = .v6(IPv6Range(trusted: 0x2A05 << 112, 0x2A05 << 112 | 0xFFFF))
      default:
        let length = [9, 16, 24, 32][Int(random.next() % 4)]
        let address = 0x0A00_0000 | UInt32(random.next() % 4) << 16 | UInt32(random.next() % 4) << 8
        peer = .v4(IPv4Range(address: address, length: length) ?? .all)
      }
      return Permission(services: services, peer: peer, origin: Int32(number))
    }
  }

  /// What depends on what, found by the procedure that looks at every address.
  private static func jointly(
    _ demands: [(services: ServiceRange, left: Peer, right: PeerBounds)], _ table: AtomTable,
    areApart: Bool
  ) -> JointContainment.Answer {
    if areApart {
      let list = demands.map {
        JointDisjointness.Demand(services: $0.services, left: $0.left, right: $0.right)
      }
      return .depends(JointDisjointness(list, atoms: table).relevantAtoms())
    }
    return JointContainment(
      demands.map { .init(services: $0.services, left: $0.left, right: $0.right) }, atoms: table
    ).decide()
  }

  @Test(
    "What one unknown VPC decides is what every address tells", arguments: 0..<40 as Range<UInt64>)
  func likeEveryAddress(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let account = Account()
    var settled = 0
    for _ in 0..<20 {
      let permissions = Self.permissions(Int(random.next() % 5) + 1, account, &random)
      let bounds = [PeerBounds(PeerSet([.atom(account.vpc)]), account.table)]
      let lone = try #require(LoneAtom(bounds, account.table))
      for areApart in [false, true] {
        let doubts = permissions.indices.filter { index in
          if areApart {
            if case .depends = bounds[0].meeting(with: permissions[index].peer, account.table) {
              return true
            }
            return false
          }
          if case .depends = bounds[0].relation(of: permissions[index].peer, account.table) {
            return true
          }
          return false
        }
        guard !doubts.isEmpty,
          let named = lone.matters(to: doubts, of: permissions[...], account.table)
        else { continue }
        settled += 1
        let joint = Self.jointly(
          doubts.map { (permissions[$0].services, permissions[$0].peer, bounds[0]) }, account.table,
          areApart: areApart)
        guard case .depends(let expected) = joint else {
          Issue.record("\(permissions) can never hold")
          return
        }
        #expect(named == expected, "\(permissions)")
      }
    }
    #expect(settled > 5)
  }

  @Test(
    "Entries that may not be there matter beside those that are",
    arguments: 0..<20 as Range<UInt64>, [false, true])
  func uncertain(seed: UInt64, hasUncertainBreach: Bool) throws {
    var random = SeededGenerator(seed: seed)
    let account = Account()
    let bounds = PeerBounds(PeerSet([.atom(account.vpc)]), account.table)
    let lone = try #require(LoneAtom([bounds], account.table))
    var settled = 0
    for _ in 0..<30 {
      var permissions = Self.permissions(Int(random.next() % 4) + 1, account, &random)
      for index in permissions.indices { permissions[index].isCertain = random.next() % 2 == 0 }
      let doubts = permissions.indices.filter { index in
        if case .depends = bounds.relation(of: permissions[index].peer, account.table) {
          return true
        }
        return false
      }
      guard !doubts.isEmpty,
        let named = lone.matters(
          to: doubts, of: permissions[...], hasUncertainBreach: hasUncertainBreach, account.table)
      else { continue }
      var expected: Set<Atom> = []
      for demands in [
        doubts.filter { permissions[$0].isCertain }, hasUncertainBreach ? [] : doubts,
      ] where !demands.isEmpty {
        let joint = Self.jointly(
          demands.map { (permissions[$0].services, permissions[$0].peer, bounds) }, account.table,
          areApart: false)
        guard case .depends(let atoms) = joint else {
          Issue.record("\(permissions) can never hold")
          return
        }
        expected.formUnion(atoms)
      }
      settled += 1
      #expect(named == expected.sorted(), "\(permissions)")
    }
    #expect(settled > 5)
  }

  @Test(
    "A VPC within several sets is where these have something in common",
    arguments: 0..<40 as Range<UInt64>)
  func within(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let account = Account()
    for _ in 0..<20 {
      let demands = (0..<Int(random.next() % 2) + 1).compactMap {
        _ -> JointContainment.Demand? in
        let peers = PeerSet(
          Self.permissions(Int(random.next() % 4), account, &random).map { $0.peer })
        let bounds = PeerBounds(peers, account.table)
        guard case .depends = bounds.relation(of: .atom(account.vpc), account.table) else {
          return nil
        }
        let service = UInt32(6) << 16 | 443
        return .init(
          services: ServiceRange(trusted: service, service), left: .atom(account.vpc), right: bounds
        )
      }
      guard let answer = LoneAtom.containment(demands, account.table) else { continue }
      switch (answer, JointContainment(demands, atoms: account.table).decide()) {
      case (.depends(let own), .depends(let expected)): #expect(own == expected, "\(demands)")
      case (.never(let own), .never(let expected)): #expect(own == expected)
      default: Issue.record("\(demands)")
      }
    }
  }

  @Test(
    "What adds nothing is found by pairs and volumes as it is by containment",
    arguments: 0..<60 as Range<UInt64>)
  func effects(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let account = Account()
    let permissions = Self.permissions(Int(random.next() % 9) + 2, account, &random)
    let effects = PermissionEffect.effects(of: permissions, atoms: account.table)
    for (index, effect) in effects.enumerated() {
      if case .duplicate(let first) = effect {
        #expect(permissions[first].peer == permissions[index].peer)
        continue
      }
      let others = permissions.indices.filter { $0 != index }.map { permissions[$0] }
      let isCovered =
        PreparedQuestion.within([permissions[index]], others, account.table).verdict == .satisfied
      // The first of two equal ones is needed, or redundant for the sake of a third.
      let hasDuplicate = effects.contains(.duplicate(of: index))
      if !hasDuplicate { #expect((effect == .redundant) == isCovered, "\(permissions) \(index)") }
    }
  }
}
