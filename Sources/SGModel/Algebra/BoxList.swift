/// Boxes of one kind of peer, in memory that is used for one group after the other.
///
/// Sorted so that a box comes behind all that contain it. A box meets only boxes whose interval of
/// peers meets its own, and these follow it closely: blocks nest or are apart. An atom is an interval
/// of one.
struct BoxList<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  struct Box: Sendable {
    var lower: Bound
    var upper: Bound
    var services: ServiceRange
    /// Which permission it is.
    var number: Int32
    /// The number of a permission that alone allows all of it, or `none`, or `several`.
    var cover: Int32 = none
    /// Whether some box that does not contain it has a flow in common with it.
    var meets = false
    /// How much of it other boxes have, flows in several of them counted as often.
    var common = 0.0

    /// No cover was found.
    static var none: Int32 { -1 }
    /// Several permissions together cover it.
    static var several: Int32 { -2 }

    @inline(__always)
    init(_ lower: Bound, _ upper: Bound, _ services: ServiceRange, number: Int32) {
      self.lower = lower
      self.upper = upper
      self.services = services
      self.number = number
    }

    /// The services in one number that orders by first service, then by last service, the last first.
    @inline(__always)
    private var serviceKey: UInt64 { UInt64(services.lower) << 32 | UInt64(~services.upper) }

    @inline(__always)
    func precedes(_ other: Box) -> Bool {
      if lower != other.lower { return lower < other.lower }
      if upper != other.upper { return upper > other.upper }
      let own = serviceKey
      let others = other.serviceKey
      return own == others ? number < other.number : own < others
    }

    /// Whether both are the same box, as it is written.
    @inline(__always)
    func isSame(as other: Box) -> Bool {
      lower == other.lower && upper == other.upper && services == other.services
    }

    /// How many flows there are in it; rounded.
    var volume: Double { services.size * BoxList.size(lower, upper) }

    /// Whether every address is in it.
    var hasAllAddresses: Bool { lower == .min && upper == .max }
  }

  /// How many numbers there are in an interval; rounded.
  @inline(__always)
  static func size(_ lower: Bound, _ upper: Bound) -> Double {
    let size = upper - lower
    // A conversion of 128 bits at once takes very long.
    let low = Double(UInt64(truncatingIfNeeded: size)) + 1
    return Bound.bitWidth <= 64
      ? low : low + Double(UInt64(truncatingIfNeeded: size >> 64)) * 18_446_744_073_709_551_616
  }

  /// Steps that looking at pairs may take per box; more than that is left to sweeps.
  private static var stepsPerBox: Int { 64 }

  var boxes: [Box] = []
  /// Boxes that occur a second time: their numbers, and those of the first ones.
  private(set) var duplicates: [(number: Int32, first: Int32)] = []

  @inline(__always)
  mutating func removeAll() {
    boxes.removeAll(keepingCapacity: true)
    duplicates.removeAll(keepingCapacity: true)
  }

  /// Sorts the boxes, and takes out those that occur a second time.
  mutating func sort() {
    guard boxes.count > 1 else { return }
    if boxes.count <= 24 {
      for index in 1..<boxes.count {
        let box = boxes[index]
        var place = index
        while place > 0, box.precedes(boxes[place - 1]) {
          boxes[place] = boxes[place - 1]
          place -= 1
        }
        if place < index { boxes[place] = box }
      }
    } else {
      boxes.sort { $0.precedes($1) }
    }
    var last = 0
    for index in 1..<boxes.count {
      if boxes[index].isSame(as: boxes[last]) {
        duplicates.append((boxes[index].number, boxes[last].number))
      } else {
        last += 1
        if last < index { boxes[last] = boxes[index] }
      }
    }
    boxes.removeLast(boxes.count - 1 - last)
  }

  /// Finds the boxes that lie within another one, and those that meet one otherwise; false where too many
  /// would have to be looked at.
  ///
  /// The list must be sorted. Boxes without a cover that meet none have no flow in common with any other
  /// box without a cover.
  mutating func reduce() -> Bool {
    var steps = boxes.count * Self.stepsPerBox
    for index in boxes.indices where boxes[index].cover < 0 {
      let box = boxes[index]
      var next = index + 1
      while next < boxes.count, boxes[next].lower <= box.upper {
        steps -= 1
        if steps < 0 { return false }
        let services = boxes[next].services
        if boxes[next].cover < 0, box.services.lower <= services.upper,
          services.lower <= box.services.upper
        {
          if boxes[next].upper <= box.upper, box.services.contains(services) {
            boxes[next].cover = box.number
          } else {
            boxes[index].meets = true
            boxes[next].meets = true
          }
        }
        next += 1
      }
    }
    return true
  }

  /// Takes out boxes that lie within others, and returns whether those that are left are known to have
  /// nothing in common with each other.
  ///
  /// The list must be sorted.
  mutating func keepUncovered() -> Bool {
    let isReduced = reduce()
    boxes.removeAll { $0.cover >= 0 }
    return isReduced && !boxes.contains { $0.meets }
  }

  /// Finds a box that contains it for each box that has one, and how much of each the others have; false
  /// where too many would have to be looked at.
  ///
  /// The list must be sorted.
  mutating func weigh() -> Bool {
    var steps = boxes.count * Self.stepsPerBox
    for index in boxes.indices {
      let box = boxes[index]
      var common = 0.0
      var next = index + 1
      while next < boxes.count, boxes[next].lower <= box.upper {
        steps -= 1
        if steps < 0 { return false }
        let other = boxes[next]
        if let services = box.services.intersection(other.services) {
          if boxes[next].cover < 0, other.upper <= box.upper, services == other.services {
            boxes[next].cover = box.number
          }
          let shared = services.size * Self.size(other.lower, min(box.upper, other.upper))
          common += shared
          boxes[next].common += shared
        }
        next += 1
      }
      boxes[index].common += common
    }
    return true
  }
}

extension ServiceRange {
  /// How many services there are in it.
  var count: Int { Int(upper - lower) + 1 }

  /// How many services there are in it, to be calculated with.
  var size: Double { Double(upper - lower) + 1 }
}

/// The permissions of a group in one direction as boxes, by kind of peer.
struct BoxLists: Sendable {
  var v4 = BoxList<UInt32>()
  var v6 = BoxList<UInt128>()
  var atoms = BoxList<UInt32>()

  /// How many boxes there are.
  var count: Int { v4.boxes.count + v6.boxes.count + atoms.boxes.count }

  /// Takes the permissions, without placeholders, sorted; false where one of them is not certain.
  mutating func load(_ range: Range<Int>, of permissions: [Permission]) -> Bool {
    v4.removeAll()
    v6.removeAll()
    atoms.removeAll()
    guard range.count <= Int(Int32.max) else { return false }
    var number: Int32 = 0
    for index in range {
      let permission = permissions[index]
      guard permission.isCertain else { return false }
      if !permission.isPlaceholder {
        let services = permission.services
        switch permission.peer {
        case .v4(let range):
          v4.boxes.append(.init(range.lower, range.upper, services, number: number))
        case .v6(let range):
          v6.boxes.append(.init(range.lower, range.upper, services, number: number))
        case .atom(let atom):
          atoms.boxes.append(.init(atom.index, atom.index, services, number: number))
        }
      }
      number &+= 1
    }
    v4.sort()
    v6.sort()
    atoms.sort()
    return true
  }
}
