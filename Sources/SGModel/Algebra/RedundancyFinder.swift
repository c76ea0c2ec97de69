/// Finds the permissions that add nothing to their group, in very many groups one after the other.
///
/// The answers are those of `PermissionEffect.effects`, which is asked where atoms are parts of others,
/// or permissions are not certain. Pairs of boxes and volumes tell nearly all the rest. Copies share
/// what was found out about the atoms, and have memory of their own.
public struct RedundancyFinder: Sendable {
  /// A permission that adds nothing.
  public struct Redundancy: Hashable, Sendable {
    /// The index of the permission.
    public var permission: Int
    /// The index of a permission that alone allows all of it; nothing where that takes several, or
    /// where none was looked for.
    public var cover: Int?
    /// Whether `cover`, an earlier permission, allows exactly the same.
    public var isDuplicate: Bool
  }

  /// What is known of an atom in few words.
  private struct AtomShape {
    /// Whether no other atom is a part of it, so that others can be where it is not.
    var isPlain = true
    /// How many addresses are in it for certain, rounded, by family.
    var least4: Double
    var least6: Double
    /// How many addresses can be in it, rounded, by family.
    var most4: Double
    var most6: Double

    init(least: PeerSet, most: PeerSet) {
      least4 = Double(least.v4Count)
      least6 = Self.size(least.v6List)
      most4 = Double(most.v4Count)
      most6 = Self.size(most.v6List)
    }

    private static func size(_ list: IntervalList<UInt128>) -> Double {
      list.isEmpty
        ? 0
        : list.intervals.reduce(0) { $0 + BoxList<UInt128>.size($1.lower, $1.upper) }
    }
  }

  private let table: AtomTable
  private let shapes: [AtomShape]
  private var lists = BoxLists()

  /// Creates a finder for permissions with these atoms.
  ///
  /// - Complexity: O(*n*) for *n* atoms.
  public init(atoms table: AtomTable) {
    self.table = table
    var shapes: [AtomShape] = []
    shapes.reserveCapacity(table.count)
    for index in 0..<table.count {
      let atom = Atom(index: UInt32(index))
      shapes.append(
        AtomShape(least: table.lowerBound(of: atom), most: table.upperBound(of: atom)))
      // Atoms of bounds are older.
      for whole in table.boundAtoms(of: atom) { shapes[Int(whole.index)].isPlain = false }
    }
    self.shapes = shapes
  }

  /// Appends the permissions in `range`, those of one direction of a group, that add nothing to the others
  /// in it, in ascending order.
  ///
  /// - Complexity: O(*n* log² *n*) for *n* permissions with addresses; permissions with atoms take
  ///   O(*n*) each, and where volumes do not tell, all is as in `PermissionEffect.effects`.
  public mutating func find(
    in range: Range<Int>, of permissions: [Permission], to found: inout [Redundancy]
  ) {
    guard range.count > 1 else { return }
    let start = found.count
    guard lists.load(range, of: permissions), settle() else {
      let effects = PermissionEffect.effects(of: Array(permissions[range]), atoms: table)
      for (index, effect) in zip(range, effects) {
        switch effect {
        case .needed, .nothing: continue
        case .duplicate(let first):
          found.append(
            .init(permission: index, cover: range.lowerBound + first, isDuplicate: true))
        case .redundant: found.append(.init(permission: index, cover: nil, isDuplicate: false))
        }
      }
      return
    }
    Self.append(lists.v4, from: range.lowerBound, to: &found)
    Self.append(lists.v6, from: range.lowerBound, to: &found)
    Self.append(lists.atoms, from: range.lowerBound, to: &found)
    if found.count > start + 1 {
      found[start...].sort { $0.permission < $1.permission }
    }
  }

  private static func append<Bound>(
    _ list: BoxList<Bound>, from base: Int, to found: inout [Redundancy]
  ) {
    for box in list.boxes where box.cover != BoxList<Bound>.Box.none {
      found.append(
        .init(
          permission: base + Int(box.number), cover: box.cover >= 0 ? base + Int(box.cover) : nil,
          isDuplicate: false))
    }
    for (number, first) in list.duplicates {
      found.append(
        .init(permission: base + Int(number), cover: base + Int(first), isDuplicate: true))
    }
  }

  /// Gives each box that adds nothing a cover; false where it is not certain which these are.
  ///
  /// An atom covers itself, and what is in it for certain.
  private mutating func settle() -> Bool {
    var hasLeast = false
    for box in lists.atoms.boxes {
      let shape = shapes[Int(box.lower)]
      guard shape.isPlain else { return false }
      if shape.least4 + shape.least6 > 0 { hasLeast = true }
    }
    let least = hasLeast ? lists.atoms.boxes : []
    if !Self.isClear(&lists.v4, least, { shapes[$0].least4 }) {
      Self.markCovered(&lists.v4, least) { table.lowerBound(of: $0).v4List.intervals }
    }
    if !Self.isClear(&lists.v6, least, { shapes[$0].least6 }) {
      Self.markCovered(&lists.v6, least) { table.lowerBound(of: $0).v6List.intervals }
    }
    guard !lists.atoms.boxes.isEmpty else { return true }
    let isWeighed = lists.atoms.weigh()
    if !isWeighed { Self.markCovered(&lists.atoms, []) { _ in [] } }
    for index in lists.atoms.boxes.indices {
      let box = lists.atoms.boxes[index]
      guard box.cover == BoxList<UInt32>.Box.none, !isNeeded(box, least, isWeighed) else {
        continue
      }
      guard isWithinAllAddresses(box) else { return false }
      lists.atoms.boxes[index].cover = BoxList<UInt32>.Box.several
    }
    return true
  }

  /// Finds the boxes that lie within another one, and says whether all others have too little in common
  /// with the rest, and with what is in atoms for certain, to be covered.
  private static func isClear<Bound>(
    _ list: inout BoxList<Bound>, _ atoms: [BoxList<UInt32>.Box], _ least: (Int) -> Double
  ) -> Bool {
    guard list.weigh() else { return false }
    for atom in atoms {
      let size = least(Int(atom.lower))
      for index in list.boxes.indices where size > 0 {
        let box = list.boxes[index]
        guard let services = box.services.intersection(atom.services) else { continue }
        list.boxes[index].common +=
          services.size * min(size, BoxList<Bound>.size(box.lower, box.upper))
      }
    }
    // Volumes are rounded: what is close is looked at exactly.
    return list.boxes.allSatisfy {
      $0.cover >= 0 || $0.common == 0 || $0.common < $0.volume * 0.999
    }
  }

  /// Finds the boxes that others cover, whatever it takes.
  private static func markCovered<Bound>(
    _ list: inout BoxList<Bound>, _ atoms: [BoxList<UInt32>.Box],
    _ least: (Atom) -> [IntervalList<Bound>.Interval]
  ) {
    var boxes = list.boxes.map {
      Coverage.Box(services: $0.services, lower: $0.lower, upper: $0.upper)
    }
    for atom in atoms {
      for interval in least(Atom(index: atom.lower)) {
        boxes.append(
          .init(services: atom.services, lower: interval.lower, upper: interval.upper))
      }
    }
    let isNeeded = Coverage.needed(boxes)
    for index in list.boxes.indices where list.boxes[index].cover < 0 && !isNeeded[index] {
      list.boxes[index].cover = BoxList<Bound>.Box.several
    }
  }

  /// Whether an atom is needed for certain: as each can be where the others are not, only the atom itself,
  /// blocks, and what is in others for certain can cover it.
  ///
  /// `isWeighed` says whether it is known how much of it the same atom has in other boxes; where it is
  /// not, these do not cover it.
  private func isNeeded(
    _ box: BoxList<UInt32>.Box, _ atoms: [BoxList<UInt32>.Box], _ isWeighed: Bool
  ) -> Bool {
    let shape = shapes[Int(box.lower)]
    // It is needed where there is a family of which it can have addresses that nothing else has.
    var common4 = 0.0
    var common6 = 0.0
    for block in lists.v4.boxes {
      guard let services = block.services.intersection(box.services) else { continue }
      let size = BoxList<UInt32>.size(block.lower, block.upper)
      common4 += services.size * min(size, shape.most4)
    }
    for block in lists.v6.boxes {
      guard let services = block.services.intersection(box.services) else { continue }
      let size = BoxList<UInt128>.size(block.lower, block.upper)
      common6 += services.size * min(size, shape.most6)
    }
    for atom in atoms where atom.lower != box.lower {
      guard let services = atom.services.intersection(box.services) else { continue }
      let other = shapes[Int(atom.lower)]
      common4 += services.size * min(other.least4, shape.most4)
      common6 += services.size * min(other.least6, shape.most6)
    }
    func isOpen(_ common: Double, _ most: Double) -> Bool {
      guard most > 0 else { return false }
      if common == 0, !isWeighed { return true }
      return isWeighed && box.common * most + common < box.services.size * most * 0.999
    }
    return isOpen(common4, shape.most4) || isOpen(common6, shape.most6)
  }

  /// Whether everybody may do what the atom may, by one permission for each family.
  private func isWithinAllAddresses(_ box: BoxList<UInt32>.Box) -> Bool {
    lists.v4.boxes.contains { $0.hasAllAddresses && $0.services.contains(box.services) }
      && lists.v6.boxes.contains { $0.hasAllAddresses && $0.services.contains(box.services) }
  }
}
