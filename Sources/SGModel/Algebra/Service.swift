/// Protocol numbers that have names or ports.
public enum ProtocolNumber {
  /// ICMP.
  public static let icmp: UInt8 = 1
  /// TCP.
  public static let tcp: UInt8 = 6
  /// UDP.
  public static let udp: UInt8 = 17
  /// ICMP for IPv6.
  public static let icmpv6: UInt8 = 58

  /// Returns whether the protocol has destination ports.
  public static func hasPorts(_ number: UInt8) -> Bool { number == tcp || number == udp }

  /// Returns whether the protocol has types and codes in the place of ports.
  public static func hasTypes(_ number: UInt8) -> Bool { number == icmp || number == icmpv6 }

  /// The name that EC2 prints, or the decimal number where there is none.
  public static func name(_ number: UInt8) -> String {
    switch number {
    case icmp: "icmp"
    case tcp: "tcp"
    case udp: "udp"
    case icmpv6: "icmpv6"
    default: String(number)
    }
  }
}

/// An interval of the service line.
///
/// Protocol and port are one number line of 24 bits: `protocol << 16 | q`, where *q* is the
/// destination port for tcp and udp, `type << 8 | code` for icmp and icmpv6, and the whole range
/// `0...65535` for every other protocol, which has no ports. Then "all protocols" is one interval,
/// tcp/443 is one point, and "icmp type 8, any code" is one interval.
public struct ServiceRange: Hashable, Sendable, Comparable {
  /// The first service.
  public let lower: UInt32
  /// The last service.
  public let upper: UInt32

  /// The last service of the line.
  public static let maximum: UInt32 = 0xFF_FFFF

  /// Every protocol and port.
  public static let all = ServiceRange(trusted: 0, maximum)

  /// Takes bounds that are known to be in order and on the line.
  init(trusted lower: UInt32, _ upper: UInt32) {
    self.lower = lower
    self.upper = upper
  }

  /// Creates the interval between two services; nothing where they are out of order, off the line,
  /// or would cut the row of a protocol that has no ports.
  public init?(lower: UInt32, upper: UInt32) {
    guard lower <= upper, upper <= Self.maximum else { return nil }
    let first = UInt8(truncatingIfNeeded: lower >> 16)
    let last = UInt8(truncatingIfNeeded: upper >> 16)
    if lower & 0xFFFF != 0, !Self.divides(first) { return nil }
    if upper & 0xFFFF != 0xFFFF, !Self.divides(last) { return nil }
    self.init(trusted: lower, upper)
  }

  private static func divides(_ number: UInt8) -> Bool {
    ProtocolNumber.hasPorts(number) || ProtocolNumber.hasTypes(number)
  }

  /// All traffic of one protocol.
  public init(protocol number: UInt8) {
    self.init(trusted: UInt32(number) << 16, UInt32(number) << 16 | 0xFFFF)
  }

  /// Ports of tcp or udp; for a protocol without ports, all of it.
  public init(protocol number: UInt8, ports: ClosedRange<UInt16>) {
    guard ProtocolNumber.hasPorts(number) else {
      self.init(protocol: number)
      return
    }
    let row = UInt32(number) << 16
    self.init(trusted: row | UInt32(ports.lowerBound), row | UInt32(ports.upperBound))
  }

  /// One type of icmp or icmpv6, with one code or (nil) all codes.
  public init(protocol number: UInt8, type: UInt8, code: UInt8?) {
    let row = UInt32(number) << 16 | UInt32(type) << 8
    self.init(trusted: row | UInt32(code ?? 0), row | UInt32(code ?? 0xFF))
  }

  /// Returns whether every service of `other` is in this interval.
  public func contains(_ other: ServiceRange) -> Bool {
    lower <= other.lower && other.upper <= upper
  }

  /// Returns the services in both, if any.
  public func intersection(_ other: ServiceRange) -> ServiceRange? {
    let low = max(lower, other.lower)
    let high = min(upper, other.upper)
    return low <= high ? ServiceRange(trusted: low, high) : nil
  }

  /// Orders by first, then by last service.
  public static func < (left: ServiceRange, right: ServiceRange) -> Bool {
    (left.lower, left.upper) < (right.lower, right.upper)
  }
}

/// A set of services in its one canonical form.
public struct ServiceSet: Hashable, Sendable {
  var list: IntervalList<UInt32>

  /// Nothing.
  public init() { list = IntervalList() }

  /// Normalizes any ranges.
  public init(_ ranges: [ServiceRange]) {
    list = IntervalList(
      normalizing: ranges.map { IntervalList<UInt32>.Interval(lower: $0.lower, upper: $0.upper) })
  }

  init(list: IntervalList<UInt32>) { self.list = list }

  /// Every service.
  public static let all = ServiceSet([.all])

  /// The intervals in ascending order.
  public var ranges: [ServiceRange] {
    list.intervals.map { ServiceRange(trusted: $0.lower, $0.upper) }
  }

  /// Whether there is nothing in it.
  public var isEmpty: Bool { list.isEmpty }

  /// Returns whether the service is in the set.
  public func contains(_ service: UInt32) -> Bool { list.contains(service) }

  /// Returns whether any of `range` is in the set.
  public func intersects(_ range: ServiceRange) -> Bool {
    list.intersects(range.lower, range.upper)
  }

  /// Returns all services that are not in the set.
  public func complement() -> ServiceSet {
    ServiceSet(list: ServiceSet.all.list.subtracting(list))
  }
}
