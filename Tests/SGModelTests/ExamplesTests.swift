import SGModel
import Testing

/// The questions as people ask them, and the witnesses that people are shown.
struct ExamplesTests {
  private static func block(_ text: String) throws -> Peer {
    switch try CIDR(text).block {
    case .v4(let range): .v4(range)
    case .v6(let range): .v6(range)
    }
  }

  private static func tcp(_ ports: ClosedRange<UInt16>, _ peer: Peer) -> Permission {
    Permission(services: ServiceRange(protocol: 6, ports: ports), peer: peer, origin: 0)
  }

  private static func witness(_ decision: Decision) -> String? {
    guard let flow = decision.witness else { return nil }
    return switch flow.peer {
    case .v4(let address): "\(ServiceText.point(flow.service)) \(AddressText.v4(address))"
    case .v6(let address): "\(ServiceText.point(flow.service)) \(AddressText.v6(address))"
    case .atom(let atom): "\(ServiceText.point(flow.service)) atom \(atom.index)"
    }
  }

  @Test func halvesOfTheInternetAreTheInternet() throws {
    let halves = [
      Self.tcp(22...22, try Self.block("0.0.0.0/1")),
      Self.tcp(22...22, try Self.block("128.0.0.0/1")),
    ]
    let whole = [Self.tcp(22...22, .v4(.all))]
    #expect(Comparison.equal(halves, whole, atoms: AtomTable()).verdict == .satisfied)
    #expect(TrafficSet(halves.map { ($0.services, $0.peer) }).boxes.count == 1)
  }

  @Test func witnessesAreWhatPeopleKnow() throws {
    let vpc = TrafficSet(
      ServiceSet([ServiceRange(protocol: 6, ports: 443...443)]),
      PeerSet([try Self.block("10.0.0.0/16")]))
    func example(_ permissions: [Permission]) -> String? {
      Self.witness(TrafficQuestion.onlyWithin(vpc).decide(permissions, atoms: AtomTable()))
    }
    #expect(example([Self.tcp(0...65_535, .v4(.all))]) == "tcp 22 8.8.8.8")
    #expect(example([Self.tcp(443...443, .v4(.all))]) == "tcp 443 8.8.8.8")
    #expect(example([Self.tcp(443...443, try Self.block("10.0.0.0/8"))]) == "tcp 443 10.1.0.10")
    #expect(example([Self.tcp(0...1000, try Self.block("10.0.0.0/16"))]) == "tcp 22 10.0.0.10")
    #expect(example([Self.tcp(0...9, try Self.block("192.0.2.1/32"))]) == "tcp 1 192.0.2.1")
    #expect(example([Self.tcp(443...443, try Self.block("10.0.4.0/24"))]) == nil)
    // The best of several, not the first.
    #expect(
      example([Self.tcp(7000...7000, .v6(.all)), Self.tcp(20...30, .v4(.all))]) == "tcp 22 8.8.8.8")
  }

  @Test func oneSetCannotBeInTwoPlaces() throws {
    var atoms = AtomTable()
    let group = atoms.intern(.group, "sg-a")
    let permissions = [Self.tcp(443...443, .atom(group)), Self.tcp(22...22, .atom(group))]
    let policy = TrafficSet([
      (ServiceRange(protocol: 6, ports: 443...443), try Self.block("10.0.0.0/8")),
      (ServiceRange(protocol: 6, ports: 22...22), try Self.block("192.168.0.0/16")),
    ])
    for permission in permissions {
      #expect(
        TrafficQuestion.onlyWithin(policy).decide([permission], atoms: atoms).verdict == .undecided)
    }
    #expect(
      TrafficQuestion.onlyWithin(policy).decide(permissions, atoms: atoms).verdict == .violated)
  }

  @Test func theVPCsCIDRIsTheVPCsWhateverItIs() {
    var atoms = AtomTable()
    let vpc = atoms.intern(.vpc, "aws_vpc.main")
    let block = atoms.intern(.unknown, "aws_vpc.main.cidr_block", upper: PeerSet([.atom(vpc)]))
    let other = atoms.intern(.unknown, "aws_vpc.other.cidr_block")
    let policy = TrafficSet(.all, PeerSet([.atom(vpc)]))
    let question = TrafficQuestion.onlyWithin(policy)
    #expect(
      question.decide([Self.tcp(443...443, .atom(block))], atoms: atoms).verdict == .satisfied)
    let doubt = question.decide([Self.tcp(443...443, .atom(other))], atoms: atoms)
    #expect(doubt.verdict == .undecided)
    #expect(doubt.atoms == [vpc, other])
  }

  @Test func groupsOfOneInterfaceAddUp() throws {
    var estate = Estate()
    estate.inputs = [Input(path: "a", kind: "test")]
    estate.permissions = [
      Self.tcp(443...443, try Self.block("10.0.0.0/16")), Self.tcp(1...1, .v4(.all)),
    ]
    for index in 0..<2 {
      var group = SecurityGroup(id: "sg-\(index)", address: nil, name: nil, input: 0)
      group.egress = index..<(index + 1)
      estate.groups.append(group)
    }
    let question = TrafficQuestion.isEmpty
    #expect(
      question.decide(estate.permissions(of: [], .egress), atoms: estate.atoms).verdict
        == .satisfied)
    let both = estate.permissions(of: [0, 1], .egress)
    #expect(both.count == 2)
    #expect(question.decide(both, atoms: estate.atoms).culprits == [0, 1])
  }

  @Test(arguments: [
    ("10.0.0.1/0", "0.0.0.0/0"), ("10.0.0.5/16", "10.0.0.0/16"), ("2001:DB8::/32", "2001:db8::/32"),
    ("0::/0", "::/0"), ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"),
  ])
  func blocksAreMasked(text: String, same: String) throws {
    #expect(try Self.block(text) == Self.block(same))
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.20/16", "", "300.1.1.1/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/016",
    "2001::1::/48", "1:2:3:4:5:6:7:8:9/64", ":1::/16", "10.0.0.0/4294967312", "::/129",
    "01.2.3.4/8",
  ])
  func whatIsNoBlockIsRefused(text: String) {
    #expect(throws: CIDR.ParseError.self) { try CIDR(text) }
  }

  @Test(arguments: [
    ("::", UInt128(0)), ("1::", UInt128(1) << 112),
    ("2001:db8:0:0:1:0:0:1", 0x2001_0db8_0000_0000_0001_0000_0000_0001),
  ])
  func addressesAreWrittenAsRFC5952Asks(text: String, address: UInt128) {
    let written = AddressText.v6(address)
    #expect(AddressText.parseV6(Array(written.utf8)[...]) == address)
    #expect(written == (text == "2001:db8:0:0:1:0:0:1" ? "2001:db8::1:0:0:1" : text))
  }
}
