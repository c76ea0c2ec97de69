/// The way traffic goes, seen from the network interface that carries the group.
public enum Direction: String, Hashable, Sendable, CaseIterable {
  /// To the interface: from the customer's clients to Confluent's machines.
  case ingress
  /// From the interface: from Confluent's machines into the customer's network.
  case egress

  /// The word between a service and its peer: "from" or "to".
  public var preposition: String { self == .ingress ? "from" : "to" }

  /// Of an enumeration with texts for its values the text would be hashed, for every group.
  public func hash(into hasher: inout Hasher) { hasher.combine(self == .egress) }
}

/// One concrete flow: a service and who is at the other end.
public struct Flow: Hashable, Sendable {
  /// The other end.
  public enum Endpoint: Hashable, Sendable {
    /// An IPv4 address.
    case v4(UInt32)
    /// An IPv6 address.
    case v6(UInt128)
    /// Any address of an atom.
    case atom(Atom)
  }

  /// The service, a point of the service line.
  public let service: UInt32
  /// The other end.
  public let peer: Endpoint

  /// Creates a flow.
  public init(service: UInt32, peer: Endpoint) {
    self.service = service
    self.peer = peer
  }

  /// The protocol's number.
  public var protocolNumber: UInt8 { UInt8(truncatingIfNeeded: service >> 16) }
  /// The destination port, for tcp and udp.
  public var port: UInt16? {
    ProtocolNumber.hasPorts(protocolNumber) ? UInt16(truncatingIfNeeded: service) : nil
  }
  /// Type and code, for icmp and icmpv6.
  public var typeAndCode: (type: UInt8, code: UInt8)? {
    guard ProtocolNumber.hasTypes(protocolNumber) else { return nil }
    return (UInt8(truncatingIfNeeded: service >> 8), UInt8(truncatingIfNeeded: service))
  }
}

extension Flow {
  /// Services in the order in which people recognise them.
  private static let familiarServices: [UInt32] =
    [
      (6, 22), (6, 3389), (6, 443), (6, 80), (6, 9092), (17, 53), (6, 3306), (6, 5432), (6, 445),
      (6, 25), (6, 8080), (6, 6379), (6, 27017), (6, 9200), (6, 23), (6, 21), (6, 53), (17, 123),
      (17, 443),
    ].map { (number, port) in UInt32(number) << 16 | UInt32(port) } + [1 << 16 | 8 << 8]

  static let familiarV4: [UInt32] = [0x0808_0808, 0x0101_0101]
  static let familiarV6: [UInt128] = [
    0x2001_4860_4860_0000_0000_0000_0000_8888, 0x2606_4700_4700_0000_0000_0000_0000_1111,
  ]

  /// How well a flow is recognised; lower is better.
  struct Familiarity: Comparable {
    var service: Int
    var peer: Int
    static func < (left: Familiarity, right: Familiarity) -> Bool {
      (left.service, left.peer) < (right.service, right.peer)
    }
  }

  /// Returns the flow of `services` × `peers` that people recognise first, with its rank; nothing
  /// where the box is empty.
  ///
  /// The same box gives the same flow every time.
  static func mostFamiliar(
    _ services: ServiceRange, _ peers: PeerSet
  ) -> (flow: Flow, rank: Familiarity)? {
    guard let (peer, peerRank) = familiarPeer(peers) else { return nil }
    let (service, serviceRank) = familiarService(services)
    return (
      Flow(service: service, peer: peer), Familiarity(service: serviceRank, peer: peerRank)
    )
  }

  /// Returns the flow of `services` × one peer that people recognise first, with its rank; the same as
  /// of the set of that one peer.
  static func mostFamiliar(
    _ services: ServiceRange, _ peer: Peer
  ) -> (flow: Flow, rank: Familiarity) {
    let (endpoint, peerRank) = familiarPeer(peer)
    let (service, serviceRank) = familiarService(services)
    return (
      Flow(service: service, peer: endpoint), Familiarity(service: serviceRank, peer: peerRank)
    )
  }

  static func familiarPeer(_ peer: Peer) -> (Endpoint, Int) {
    switch peer {
    case .v4(let range):
      for address in familiarV4 where range.lower <= address && address <= range.upper {
        return (.v4(address), 0)
      }
      let last = range.upper - range.lower
      return (.v4(range.lower + (last >= 15 ? 10 : last >= 1 ? 1 : 0)), 2)
    case .v6(let range):
      for address in familiarV6 where range.lower <= address && address <= range.upper {
        return (.v6(address), 1)
      }
      return (.v6(range.lower + UInt128(hostOffset(range.upper - range.lower))), 3)
    case .atom(let atom): return (.atom(atom), 4)
    }
  }

  /// The best known service of an interval: a well-known one, else the lowest port of tcp or udp
  /// that is not 0, else the first type of icmp, else the first protocol.
  private static func familiarService(_ range: ServiceRange) -> (UInt32, Int) {
    for (rank, service) in familiarServices.enumerated()
    where range.lower <= service && service <= range.upper {
      return (service, rank)
    }
    var rank = familiarServices.count
    for number in [ProtocolNumber.tcp, ProtocolNumber.udp, ProtocolNumber.icmp] {
      if let part = range.intersection(ServiceRange(protocol: number)) {
        let isZero = part.lower & 0xFFFF == 0 && part.upper > part.lower
        return (isZero ? part.lower + 1 : part.lower, rank)
      }
      rank += 1
    }
    return (range.lower, rank)
  }

  /// The best known peer of a set: a famous public address, else a host-like address of the first
  /// interval (not its network address), IPv4 before IPv6, else the first atom.
  private static func familiarPeer(_ peers: PeerSet) -> (Endpoint, Int)? {
    for address in familiarV4 where peers.contains(v4: address) { return (.v4(address), 0) }
    for address in familiarV6 where peers.contains(v6: address) { return (.v6(address), 1) }
    if let first = peers.v4List.first {
      return (.v4(first.lower + UInt32(hostOffset(UInt128(first.upper - first.lower)))), 2)
    }
    if let first = peers.v6List.first {
      return (.v6(first.lower + UInt128(hostOffset(first.upper - first.lower))), 3)
    }
    if let atom = peers.atoms.first { return (.atom(atom), 4) }
    return nil
  }

  /// The tenth address of a block looks like a host; AWS keeps the first four of a subnet.
  private static func hostOffset(_ last: UInt128) -> UInt8 { last >= 15 ? 10 : last >= 1 ? 1 : 0 }
}
