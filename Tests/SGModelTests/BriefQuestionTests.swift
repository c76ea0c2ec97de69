import Testing

@testable import SGModel

/// The answers that are given without making arrays, against those of the general way.
struct BriefQuestionTests {
  /// VPCs of which no CIDR is known, one of which some are, and what entries may refer to.
  private struct Account {
    var table = AtomTable()
    let vpc: Atom
    let second: Atom
    var peers: [Peer] = []

    init() {
      vpc = table.intern(.vpc, "vpc-1", upper: VPC.possible)
      second = table.intern(.vpc, "vpc-2", upper: VPC.possible)
      let third = table.intern(.vpc, "vpc-3", upper: VPC.possible)
      for number in 0..<6 {
        let bound = PeerSet([.atom([vpc, second, third][number / 2])])
        peers.append(.atom(table.intern(.group, "sg-\(number)", upper: bound)))
      }
      peers.append(.atom(table.intern(.prefixList, "pl-1")))
      peers.append(.atom(table.intern(.group, "sg-unseen", upper: VPC.possible)))
      let one = PeerSet([.v4(IPv4Range(trusted: 0x0A00_0101, 0x0A00_0101))])
      peers.append(
        .atom(table.intern(.group, "sg-used", lower: one, upper: PeerSet([.atom(second)]))))
      let small = PeerSet([.v4(IPv4Range(trusted: 0x0A00_0000, 0x0A00_FFFF))])
      peers.append(.atom(table.intern(.group, "sg-small", upper: small)))
      peers.append(.atom(table.intern(.unknown, "local.x")))
      peers += [.atom(vpc), .atom(second)]
    }

    func peer(_ random: inout SeededGenerator) -> Peer {
      switch random.next() % 8 {
      case 0...2: return peers[Int(random.next() % UInt64(peers.count))]
      case 3: return .v6(IPv6Range(trusted: 0x2A05 << 112, 0x2A05 << 112 | 0xFFFF))
      case 4: return random.next() % 2 == 0 ? .v4(.all) : .v6(.all)
      default:
        let length = [9, 16, 24, 32][Int(random.next() % 4)]
        let address = 0x0A00_0000 | UInt32(random.next() % 4) << 16 | UInt32(random.next() % 4) << 8
        return .v4(IPv4Range(address: address, length: length) ?? .all)
      }
    }

    /// A question and the same about another VPC.
    func question(
      _ random: inout SeededGenerator
    ) -> (asked: TrafficQuestion, askedOfOther: TrafficQuestion) {
      var other = random
      return (question(vpc, &random), question(second, &other))
    }

    private func question(_ vpc: Atom, _ random: inout SeededGenerator) -> TrafficQuestion {
      let ports = ServiceSet([443, 9092].map { Self.tcp($0...$0) })
      let clients =
        switch random.next() % 5 {
        case 0: PeerSet()
        case 1: PeerSet([.v4(IPv4Range(trusted: 0x0A01_0000, 0x0A01_FFFF))])
        case 2: PeerSet([.atom(vpc), .v4(IPv4Range(trusted: 0x0A01_0000, 0x0A01_FFFF))])
        case 3: PeerSet([.v4(.all)])
        default: PeerSet([.atom(vpc)])
        }
      let kinds: [TrafficQuestion.Kind] = [.onlyWithin, .nothingOf, .atLeast, .someOf]
      let kind = kinds[Int(random.next() % 4)]
      let set = TrafficSet(ports, clients)
      guard kind == .onlyWithin, random.next() % 2 == 0 else { return TrafficQuestion(kind, set) }
      return TrafficQuestion(kind, set.union(TrafficSet(ports.complement(), .everyone)))
    }

    static func tcp(_ ports: ClosedRange<UInt16>) -> ServiceRange {
      ServiceRange(protocol: ProtocolNumber.tcp, ports: ports)
    }
  }

  @Test("Short answers are those of the long way", arguments: 0..<60 as Range<UInt64>)
  func likeInFull(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let account = Account()
    var settled = 0
    var undecided = 0
    for _ in 0..<20 {
      let isOther = random.next() % 2 == 0
      // Three at once: two that were made for another VPC, and one that may be for any.
      let asked = (0..<3).map { _ in account.question(&random) }
      let questions = asked.map {
        PreparedQuestion(isOther ? $0.askedOfOther : $0.asked, atoms: account.table)
      }
      let survey = BriefSurvey(
        asked.indices.map { number in
          isOther
            ? BriefQuestion(
              PreparedQuestion(asked[number].asked, atoms: account.table), atoms: account.table,
              model: account.vpc)
            : BriefQuestion(questions[number], atoms: account.table)
        })
      for _ in 0..<18 {
        let permissions = (0..<Int(random.next() % 6)).map { number in
          let ports: [ClosedRange<UInt16>] = [443...443, 9092...9092, 9092...9098, 0...65535]
          let services =
            random.next() % 8 == 0 ? ServiceRange.all : Account.tcp(ports[Int(random.next() % 4)])
          return Permission(
            services: services, peer: account.peer(&random), origin: Int32(number),
            isCertain: random.next() % 4 > 0)
        }
        let number = Int(random.next() % 3)
        let expected = questions[number].decide(permissions[...], atoms: account.table)
        let vpc = isOther ? account.second : nil
        let group = BriefGroup(permissions, vpc: vpc)
        var answer = BriefDecision()
        guard survey.look(at: permissions, of: group, account.table),
          survey.decide(number, of: group, permissions, account.table, &answer)
        else { continue }
        settled += 1
        #expect(answer.verdict == expected.verdict, "\(permissions)")
        guard answer.verdict != .satisfied, answer.verdict == expected.verdict else { continue }
        #expect(answer.witness == expected.witness, "\(permissions)")
        let culprits = permissions.indices.filter { answer.culprits >> UInt64($0) & 1 == 1 }
        #expect(culprits == expected.culprits, "\(permissions)")
        guard answer.verdict == .undecided else { continue }
        undecided += 1
        var named = Set(answer.atom.map { [$0] } ?? [])
        for index in culprits where answer.named >> UInt64(index) & 1 == 1 {
          if case .atom(let atom) = permissions[index].peer { named.insert(atom) }
        }
        #expect(named.sorted() == expected.atoms, "\(permissions)")
      }
    }
    #expect(settled > 150)
    #expect(undecided > 10)
  }

  @Test("What was found out about a kind of groups outlives the table it was found out with")
  func kindsGoOn() throws {
    let base = Account().table
    var first = base
    var second = base
    let sixteen = PeerSet([.v4(IPv4Range(trusted: 0xAC10_0000, 0xAC10_FFFF))])
    let other = PeerSet([.v4(IPv4Range(trusted: 0xC0A8_0000, 0xC0A8_FFFF))])
    let old = first.appendUnnamed(.group, lower: PeerSet(), upper: sixteen)
    second.keepKinds(of: first)
    let new = second.appendUnnamed(.group, lower: PeerSet(), upper: other)
    #expect(old == new)
    #expect(first.commonKind(of: old) != second.commonKind(of: new))
    let again = second.appendUnnamed(.group, lower: PeerSet(), upper: sixteen)
    #expect(first.commonKind(of: old) == second.commonKind(of: again))
  }
}
