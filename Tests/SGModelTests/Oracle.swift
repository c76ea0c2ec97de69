import SGModel

/// A generator with a seed, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A universe so small that everything can be tried.
///
/// Three services and a few addresses of both families. Atoms are bounded by these addresses, so that every value they can take is tried too.
struct SmallWorld {
  /// tcp 0, tcp 1 and udp 0, two neighbours and one in another row, where boxes begin and end; and tcp
  /// 2, for what is between.
  static let services: [UInt32] = [6 << 16, 6 << 16 | 1, 17 << 16, 6 << 16 | 2]
  /// How many of them are ends of boxes.
  static let ends = 3
  /// Every end of an interval that occurs, and its neighbours: membership changes nowhere else.
  ///
  /// The first five are single places that atoms can have; the others stand for what is between.
  static let addresses: [Flow.Endpoint] = [
    .v4(10), .v4(11), .v4(.max), .v6(0), .v6(.max), .v4(0), .v4(12), .v6(1),
  ]

  /// A set of addresses, one bit each.
  typealias Mask = UInt32
  /// Where atoms can be.
  static let all: Mask = 0b11111

  static func peer(_ endpoint: Flow.Endpoint) -> Peer? {
    switch endpoint {
    case .v4(let address): IPv4Range(lower: address, upper: address).map { .v4($0) }
    case .v6(let address): IPv6Range(lower: address, upper: address).map { .v6($0) }
    case .atom(let atom): .atom(atom)
    }
  }

  static func peerSet(_ mask: Mask) -> PeerSet {
    PeerSet(
      addresses.enumerated().filter { mask & (1 << UInt32($0.offset)) != 0 }
        .compactMap { peer($0.element) })
  }

  static func mask(of peer: Peer, _ values: [Mask]) -> Mask {
    if case .atom(let atom) = peer { return values[Int(atom.index)] }
    let set = PeerSet([peer])
    return mask(of: set)
  }

  static func mask(of set: PeerSet) -> Mask {
    addresses.enumerated().reduce(0) { result, item in
      let isIn: Bool =
        switch item.element {
        case .v4(let address): set.contains(v4: address)
        case .v6(let address): set.contains(v6: address)
        case .atom: false
        }
      return isIn ? result | 1 << UInt32(item.offset) : result
    }
  }

  /// Two atoms or fewer, with every value that they can take.
  struct Atoms {
    var table = AtomTable()
    var atoms: [Atom] = []
    /// Values of all atoms, one mask each.
    var values: [[Mask]] = [[]]

    /// Adds an atom between two masks; `within` is an atom that it is a part of.
    mutating func add(lower: Mask, upper: Mask, within: Atom? = nil) {
      var bound = peerSet(upper)
      if let within { bound.formUnion(PeerSet([.atom(within)])) }
      atoms.append(
        table.intern(.unknown, "a\(atoms.count)", lower: peerSet(lower), upper: bound))
      var next: [[Mask]] = []
      for value in values {
        let most = upper | (within.map { value[Int($0.index)] } ?? 0)
        for candidate in 1...SmallWorld.all
        where candidate & lower == lower && candidate & ~most == 0 {
          next.append(value + [candidate])
        }
      }
      values = next
    }
  }

  /// What permissions allow for one value of the atoms: per service, a mask.
  static func meaning(_ permissions: [Permission], _ value: [Mask]) -> [Mask] {
    services.map { service in
      permissions.filter { $0.services.lower <= service && service <= $0.services.upper }
        .reduce(0) { $0 | mask(of: $1.peer, value) }
    }
  }

  static func meaning(_ set: TrafficSet, _ value: [Mask]) -> [Mask] {
    services.map { service in
      let peers = set.peers(of: service)
      return peers.atoms.reduce(mask(of: peers)) { $0 | value[Int($1.index)] }
    }
  }
}

extension SmallWorld {
  /// A random question of this world.
  struct Instance {
    var atoms = Atoms()
    var permissions: [Permission] = []
    var set = TrafficSet()

    init(seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      let count = Int.random(in: 0...2, using: &random)
      for index in 0..<count {
        let upper = Mask.random(in: 1...SmallWorld.all, using: &random)
        let lower =
          Bool.random(using: &random)
          ? upper & Mask.random(in: 0...SmallWorld.all, using: &random) : 0
        let isPart = index == 1 && Int.random(in: 0..<3, using: &random) == 0
        atoms.add(
          lower: isPart ? 0 : lower,
          upper: isPart && Bool.random(using: &random) ? 0 : upper,
          within: isPart ? atoms.atoms[0] : nil)
      }
      permissions = Self.boxes(atoms, Int.random(in: 0...4, using: &random), &random)
      set = TrafficSet(
        Self.boxes(atoms, Int.random(in: 0...5, using: &random), &random)
          .map { (services: $0.services, peer: $0.peer) })
    }

    static func boxes(_ atoms: Atoms, _ count: Int, _ random: inout SeededGenerator) -> [Permission]
    {
      (0..<count).compactMap { _ in
        let a = Int.random(in: 0..<SmallWorld.ends, using: &random)
        let b = Int.random(in: 0..<SmallWorld.ends, using: &random)
        guard
          let services = ServiceRange(
            lower: SmallWorld.services[min(a, b)], upper: SmallWorld.services[max(a, b)])
        else { return nil }
        return Permission(
          services: services, peer: peer(atoms, &random), origin: 0,
          isCertain: Int.random(in: 0..<4, using: &random) != 0)
      }
    }

    private static func peer(_ atoms: Atoms, _ random: inout SeededGenerator) -> Peer {
      if !atoms.atoms.isEmpty, Int.random(in: 0..<5, using: &random) < 2 {
        return .atom(atoms.atoms[Int.random(in: 0..<atoms.atoms.count, using: &random)])
      }
      let choices: [Peer?] = [
        IPv4Range(lower: 10, upper: 10).map { .v4($0) },
        IPv4Range(lower: 11, upper: 11).map { .v4($0) },
        IPv4Range(lower: 10, upper: 11).map { .v4($0) },
        IPv4Range(lower: 11, upper: .max).map { .v4($0) },
        .v4(.all), IPv6Range(lower: 0, upper: 0).map { .v6($0) }, .v6(.all),
        IPv6Range(lower: .max, upper: .max).map { .v6($0) },
      ]
      return choices[Int.random(in: 0..<choices.count, using: &random)] ?? .v4(.all)
    }
  }
}
