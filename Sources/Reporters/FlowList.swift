import SGModel

/// One entry of a traffic set as `pni-lint show` writes it.
struct FlowEntry: Hashable {
  /// What of its protocol the entry is about.
  enum Part: Hashable {
    /// All of it.
    case whole
    /// Ports of tcp or udp.
    case ports(ClosedRange<Int>)
    /// A type of icmp or icmpv6, with one code or (nil) all codes.
    case type(Int, code: Int?)
  }

  /// `tcp`, `udp`, `icmp`, `icmpv6`, a decimal number, or `all`.
  var protocolName: String
  /// What of the protocol.
  var part: Part
  /// The fewest CIDRs, IPv4 before IPv6, then the labels of atoms, sorted.
  var peers: [String]
}

/// A traffic set cut into what people and programs can read: the same set gives the same list.
///
/// Peers that may use every service are one entry `all` at the front and are left out of the
/// entries that follow; these are cut at the borders of protocols and ascend.
struct FlowList {
  /// Peers that may use every service.
  let everywhere: [String]
  /// The rest, in ascending order of services.
  let slabs: [(services: ServiceRange, peers: [String])]

  /// Cuts `traffic` up.
  init(_ traffic: TrafficSet, _ atoms: AtomTable) {
    let common = Self.peersOfEveryService(in: traffic)
    everywhere = Self.texts(common, atoms)
    slabs = traffic.slabs.compactMap { slab in
      let rest = slab.peers.subtracting(common)
      return rest.isEmpty ? nil : (slab.services, Self.texts(rest, atoms))
    }
  }

  /// The entries as the JSON form lists them.
  var entries: [FlowEntry] {
    var result: [FlowEntry] = []
    if !everywhere.isEmpty {
      result.append(FlowEntry(protocolName: "all", part: .whole, peers: everywhere))
    }
    for slab in slabs {
      for number in slab.services.protocols {
        guard let piece = slab.services.intersection(ServiceRange(protocol: number)) else {
          continue
        }
        for part in Self.parts(of: piece, number) {
          result.append(
            FlowEntry(protocolName: ProtocolNumber.name(number), part: part, peers: slab.peers))
        }
      }
    }
    return result
  }

  /// The lines of the text form: neighbouring protocols that are open as a whole share one.
  var lines: [(services: String, peers: [String])] {
    var result: [(services: String, peers: [String])] = []
    if !everywhere.isEmpty { result.append(("all protocols", everywhere)) }
    for slab in slabs {
      for services in Self.descriptions(of: slab.services) { result.append((services, slab.peers)) }
    }
    return result
  }

  private static func peersOfEveryService(in traffic: TrafficSet) -> PeerSet {
    guard let first = traffic.slabs.first, first.services.lower == 0 else { return PeerSet() }
    var common = first.peers
    var next: UInt32 = 0
    for slab in traffic.slabs {
      guard slab.services.lower == next, !common.isEmpty else { return PeerSet() }
      common.formIntersection(slab.peers)
      next = slab.services.upper + 1
    }
    return next > ServiceRange.maximum ? common : PeerSet()
  }

  private static func texts(_ peers: PeerSet, _ atoms: AtomTable) -> [String] {
    peers.cidrTexts + peers.atoms.map { atoms[$0].label }.sorted()
  }

  /// The parts of one protocol's row that `piece` is made of.
  private static func parts(of piece: ServiceRange, _ number: UInt8) -> [FlowEntry.Part] {
    guard piece != ServiceRange(protocol: number) else { return [.whole] }
    let low = Int(piece.lower & 0xFFFF)
    let high = Int(piece.upper & 0xFFFF)
    if ProtocolNumber.hasPorts(number) { return [.ports(low...high)] }
    guard ProtocolNumber.hasTypes(number) else { return [.whole] }
    var result: [FlowEntry.Part] = []
    for type in (low >> 8)...(high >> 8) {
      let first = max(low, type << 8) & 0xFF
      let last = min(high, type << 8 | 0xFF) & 0xFF
      if first == 0, last == 0xFF {
        result.append(.type(type, code: nil))
      } else {
        result += (first...last).map { .type(type, code: $0) }
      }
    }
    return result
  }

  private static func descriptions(of services: ServiceRange) -> [String] {
    if services == .all { return ["all protocols"] }
    var result: [String] = []
    var whole: [UInt8] = []
    func flush() {
      if let first = whole.first, let last = whole.last, first != last {
        result.append("protocols \(first)-\(last)")
      } else if let only = whole.first {
        result.append(ServiceText.describe(ServiceRange(protocol: only)))
      }
      whole = []
    }
    for number in services.protocols {
      let row = ServiceRange(protocol: number)
      guard let piece = services.intersection(row) else { continue }
      if piece == row {
        whole.append(number)
      } else {
        flush()
        result.append(description(of: piece, number))
      }
    }
    flush()
    return result
  }

  private static func description(of piece: ServiceRange, _ number: UInt8) -> String {
    let isWholeTypes = piece.lower & 0xFF == 0 && piece.upper & 0xFF == 0xFF
    let first = piece.lower >> 8 & 0xFF
    let last = piece.upper >> 8 & 0xFF
    guard ProtocolNumber.hasTypes(number), isWholeTypes, first != last else {
      return ServiceText.describe(piece)
    }
    return "\(ProtocolNumber.name(number)) types \(first)-\(last)"
  }
}

extension ServiceRange {
  /// The protocols that the interval touches.
  fileprivate var protocols: ClosedRange<UInt8> {
    UInt8(truncatingIfNeeded: lower >> 16)...UInt8(truncatingIfNeeded: upper >> 16)
  }
}
