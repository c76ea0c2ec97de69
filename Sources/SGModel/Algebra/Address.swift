/// An interval of IPv4 addresses.
public struct IPv4Range: Hashable, Sendable, Comparable {
  /// The first address.
  public let lower: UInt32
  /// The last address.
  public let upper: UInt32

  /// Every IPv4 address.
  public static let all = IPv4Range(trusted: 0, .max)

  init(trusted lower: UInt32, _ upper: UInt32) {
    self.lower = lower
    self.upper = upper
  }

  /// Creates an interval; nothing where the ends are out of order.
  public init?(lower: UInt32, upper: UInt32) {
    guard lower <= upper else { return nil }
    self.init(trusted: lower, upper)
  }

  /// The block of `length` (0 to 32) leading bits that `address` stands in.
  ///
  /// Host bits are masked as EC2 does: 10.0.0.1/0 is 0.0.0.0/0.
  public init?(address: UInt32, length: Int) {
    guard length >= 0, length <= 32 else { return nil }
    let mask: UInt32 = length == 0 ? 0 : ~UInt32(0) << UInt32(32 - length)
    self.init(trusted: address & mask, address & mask | ~mask)
  }

  /// Orders by first, then by last address.
  public static func < (left: IPv4Range, right: IPv4Range) -> Bool {
    (left.lower, left.upper) < (right.lower, right.upper)
  }
}

/// An interval of IPv6 addresses.
public struct IPv6Range: Hashable, Sendable, Comparable {
  /// The first address.
  public let lower: UInt128
  /// The last address.
  public let upper: UInt128

  /// Every IPv6 address.
  public static let all = IPv6Range(trusted: 0, .max)

  init(trusted lower: UInt128, _ upper: UInt128) {
    self.lower = lower
    self.upper = upper
  }

  /// Creates an interval; nothing where the ends are out of order.
  public init?(lower: UInt128, upper: UInt128) {
    guard lower <= upper else { return nil }
    self.init(trusted: lower, upper)
  }

  /// The block of `length` (0 to 128) leading bits that `address` stands in.
  public init?(address: UInt128, length: Int) {
    guard length >= 0, length <= 128 else { return nil }
    let mask: UInt128 = length == 0 ? 0 : ~UInt128(0) << UInt128(128 - length)
    self.init(trusted: address & mask, address & mask | ~mask)
  }

  /// Orders by first, then by last address.
  public static func < (left: IPv6Range, right: IPv6Range) -> Bool {
    (left.lower, left.upper) < (right.lower, right.upper)
  }
}
