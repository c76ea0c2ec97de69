/// A generator of numbers with a seed: the same numbers everywhere, for good.
///
/// The standard library may change how `random(in:using:)` draws; whoever needs the same bytes from
/// the same seed uses `below` and `chance`.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Creates a generator that starts at `seed`.
  package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// Returns the next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.scramble(state)
  }

  /// Returns a number from 0 up to `bound`, which is left out.
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }

  /// Returns true in `percent` of 100 cases.
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// Returns 64 bits for one thing of many, without a history: number `index` of kind `kind`.
  static func bits(seed: UInt64, kind: UInt64, index: Int) -> UInt64 {
    let place = kind &* 0xD6E8_FEB8_6659_FD93 &+ UInt64(truncatingIfNeeded: index)
    return scramble(scramble(seed &+ 0x9E37_79B9_7F4A_7C15) ^ scramble(place))
  }

  private static func scramble(_ bits: UInt64) -> UInt64 {
    var mixed = bits
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
