import BenchmarkInputs
import SGModel

/// Boxes of tcp and udp over IPv4 in shapes that groups have, and in shapes that hurt.
enum Shape: String, CaseIterable {
  /// Blocks and ports as in real accounts, all of them within a policy of 24 boxes.
  case policy
  /// Each box of the group cut in two in the policy: containment needs unions.
  case split
  /// The same with one piece missing.
  case hole
  /// Nested port ranges with disjoint addresses: a slab form is quadratic.
  case nested
  /// Port strips crossed with address strips: quadratic too.
  case grid
  /// Intervals that are no blocks.
  case random

  /// The shapes that make a slab form explode.
  var isAdversarial: Bool { self == .nested || self == .grid || self == .random }

  /// A group of `count` permissions, and the policy it is held against.
  func boxes(_ count: Int) -> (group: [Permission], policy: [Permission]) {
    var random = SeededGenerator(seed: UInt64(count) &* 31 &+ UInt64(rawValue.utf8.count))
    switch self {
    case .policy:
      let policy = (0..<24).map { index in
        Self.box(6, UInt32(index) * 2700, UInt32(index) * 2700 + 2600, 0x0A00_0000, 0x0AFF_FFFF)
      }
      let group = (0..<count).map { _ -> Permission in
        let slab = UInt32.random(in: 0..<24, using: &random)
        let port = slab * 2700 + UInt32.random(in: 0..<2000, using: &random)
        let length = Int.random(in: 16...32, using: &random)
        let address = 0x0A00_0000 | UInt32.random(in: 0..<0x0100_0000, using: &random)
        let range = IPv4Range(address: address, length: length) ?? .all
        return Self.box(
          6, port, port + UInt32.random(in: 0..<600, using: &random), range.lower, range.upper)
      }
      return (group, policy)
    case .split, .hole:
      let group = (0..<count).map { _ -> Permission in
        let port = UInt32.random(in: 0..<60_000, using: &random)
        let length = Int.random(in: 16...30, using: &random)
        let range =
          IPv4Range(address: UInt32.random(in: 0...UInt32.max, using: &random), length: length)
          ?? .all
        return Self.box(
          Bool.random(using: &random) ? 6 : 17, port,
          port + UInt32.random(in: 1..<4000, using: &random), range.lower, range.upper)
      }
      var policy: [Permission] = []
      for (index, box) in group.enumerated() {
        guard case .v4(let range) = box.peer else { continue }
        let middle = range.lower + (range.upper - range.lower) / 2
        policy.append(Self.with(box, range.lower, middle))
        if self == .hole, index == count / 2 { continue }
        policy.append(Self.with(box, middle + 1, range.upper))
      }
      return (group, policy)
    case .nested:
      let group = (0..<count).map { index -> Permission in
        let inset = UInt32(index % 32_000)
        let address = UInt32(index) << 8
        return Self.box(6, inset, 65_535 - inset, address, address | 0xFF)
      }
      return (group, group)
    case .grid:
      let half = count / 2
      let group = (0..<count).map { index -> Permission in
        if index < half {
          let port = UInt32(index) * 2 % 65_000
          return Self.box(6, port, port, UInt32(index / 32_500), UInt32.max - 1)
        }
        let address = UInt32(index - half) << 10
        return Self.box(6, 0, 65_535, address, address | 0x1FF)
      }
      return (group, group)
    case .random:
      let group = (0..<count).map { _ -> Permission in
        let a = UInt32.random(in: 0...65_535, using: &random)
        let b = UInt32.random(in: 0...65_535, using: &random)
        let x = UInt32.random(in: 0...UInt32.max, using: &random)
        let y = UInt32.random(in: 0...UInt32.max, using: &random)
        return Self.box(6, min(a, b), max(a, b), min(x, y), max(x, y))
      }
      return (group, group)
    }
  }

  private static func box(
    _ number: UInt32, _ from: UInt32, _ to: UInt32, _ lower: UInt32, _ upper: UInt32
  ) -> Permission {
    let services =
      ServiceRange(lower: number << 16 | min(from, 65_535), upper: number << 16 | min(to, 65_535))
      ?? .all
    let range = IPv4Range(lower: lower, upper: upper) ?? .all
    return Permission(services: services, peer: .v4(range), origin: 0)
  }

  private static func with(_ box: Permission, _ lower: UInt32, _ upper: UInt32) -> Permission {
    Permission(
      services: box.services, peer: .v4(IPv4Range(lower: lower, upper: upper) ?? .all), origin: 0)
  }
}
