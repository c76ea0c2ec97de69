/// What one permission adds to its group.
public enum PermissionEffect: Hashable, Sendable {
  /// It allows some flow that no other permission allows.
  case needed
  /// It allows the same as an earlier one, whose index this is.
  case duplicate(of: Int)
  /// Everything it allows is allowed by the others together.
  case redundant
  /// It allows no real flow: a placeholder.
  case nothing
}

extension PermissionEffect {
  /// Returns the effect of each permission of a group in one direction, for all values of the atoms.
  ///
  /// Each is held against all others: of two that cover each other, as of three of which any two cover
  /// the third, each is redundant, and not all can go. Permissions that are not certain cover nothing.
  ///
  /// - Complexity: O(*n* log² *n*) for *n* permissions with addresses; permissions with atoms take
  ///   O(*n* log *n*) each.
  public static func effects(
    of permissions: [Permission], atoms: AtomTable
  ) -> [PermissionEffect] {
    var effects = Array(repeating: PermissionEffect.needed, count: permissions.count)
    var first: [Box: Int] = [:]
    var unique: [Int] = []
    for (index, permission) in permissions.enumerated() {
      if permission.isPlaceholder {
        effects[index] = .nothing
      } else if let earlier = first[Box(permission)],
        permissions[earlier].isCertain || !permission.isCertain
      {
        effects[index] = .duplicate(of: earlier)
      } else {
        first[Box(permission)] = index
        unique.append(index)
      }
    }
    if !markFew(unique, permissions, atoms, &effects) {
      markCovered(unique, permissions, atoms, &effects)
    }
    return effects
  }

  /// Marks what adds nothing among few permissions, as far as pairs and volumes tell; false where they do
  /// not, with nothing marked.
  ///
  /// That settles nearly every group: a permission is within a single other one, or the others have too
  /// little in common with it to cover it.
  private static func markFew(
    _ unique: [Int], _ permissions: [Permission], _ atoms: AtomTable,
    _ effects: inout [PermissionEffect]
  ) -> Bool {
    guard unique.count <= 64 else { return false }
    var redundant: [Int] = []
    for index in unique {
      let others = unique.lazy.filter { $0 != index && permissions[$0].isCertain }
      switch isCovered(permissions[index], by: others.map { permissions[$0] }, atoms) {
      case true?: redundant.append(index)
      case false?: continue
      case nil: return false
      }
    }
    for index in redundant { effects[index] = .redundant }
    return true
  }

  /// Whether boxes that are there for certain cover another, as far as pairs and volumes tell; nothing
  /// where they do not.
  static func isCovered(
    _ own: Permission, by others: some Sequence<Permission>, _ atoms: AtomTable
  ) -> Bool? {
    var covered = 0.0
    for box in others {
      guard let services = own.services.intersection(box.services) else { continue }
      if box.contains(own) { return true }
      guard let common = commonAddresses(own.peer, box.peer, atoms) else { return nil }
      covered += (Double(services.upper - services.lower) + 1) * common
    }
    let width = Double(own.services.upper - own.services.lower) + 1
    // Volumes are rounded: what is close is looked at exactly.
    return covered < width * addressCount(own.peer) * 0.999 ? false : nil
  }

  /// How many addresses a peer has; an atom counts as one.
  private static func addressCount(_ peer: Peer) -> Double {
    switch peer {
    case .v4(let range): Double(range.upper - range.lower) + 1
    case .v6(let range): Double(range.upper - range.lower) + 1
    case .atom: 1
    }
  }

  /// How many addresses of one peer another has for certain; nothing where that takes a closer look.
  private static func commonAddresses(
    _ own: Peer, _ other: Peer, _ atoms: AtomTable
  ) -> Double? {
    switch (own, other) {
    case (.v4(let a), .v4(let b)):
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? Double(upper - lower) + 1 : 0
    case (.v6(let a), .v6(let b)):
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? Double(upper - lower) + 1 : 0
    case (.v4, .v6), (.v6, .v4): return 0
    case (.atom(let a), .atom(let b)):
      if a == b { return 1 }
      // One atom may be a part of another.
      return atoms.lowerBound(of: b).isEmpty && LoneAtom.isBeside(b, a, atoms) ? 0 : nil
    case (.atom(let atom), _): return commonPart(of: atoms.upperBound(of: atom), other)
    case (_, .atom(let atom)): return atoms.lowerBound(of: atom).isEmpty ? 0 : nil
    }
  }

  /// What part of all that an atom can be a block takes: only all of it covers the atom.
  private static func commonPart(of room: PeerSet, _ block: Peer) -> Double? {
    guard !room.v4List.isEmpty else { return room.meets(block) ? nil : 0 }
    // Without its IPv4 addresses an atom that can have some is not covered.
    guard case .v4(let range) = block else { return 0 }
    let common = room.v4List.intervals.reduce(0.0) { sum, interval in
      let lower = max(interval.lower, range.lower)
      let upper = min(interval.upper, range.upper)
      return lower <= upper ? sum + Double(upper - lower) + 1 : sum
    }
    return common / Double(room.v4Count)
  }

  private struct Box: Hashable {
    var services: ServiceRange
    var peer: Peer
    init(_ permission: Permission) {
      services = permission.services
      peer = permission.peer
    }
  }

  private static func markCovered(
    _ unique: [Int], _ permissions: [Permission], _ atoms: AtomTable,
    _ effects: inout [PermissionEffect]
  ) {
    var v4: [Coverage.Box<UInt32>] = []
    var v6: [Coverage.Box<UInt128>] = []
    // Which permission a box of the sweep belongs to; nothing for what an atom covers for certain.
    var owners4: [Int?] = []
    var owners6: [Int?] = []
    var others: [Int] = []
    for index in unique {
      let permission = permissions[index]
      guard permission.isCertain else {
        others.append(index)
        continue
      }
      switch permission.peer {
      case .v4(let range):
        v4.append(.init(services: permission.services, lower: range.lower, upper: range.upper))
        owners4.append(index)
      case .v6(let range):
        v6.append(.init(services: permission.services, lower: range.lower, upper: range.upper))
        owners6.append(index)
      case .atom(let atom):
        others.append(index)
        let least = atoms.lowerBound(of: atom)
        for interval in least.v4List.intervals {
          v4.append(
            .init(services: permission.services, lower: interval.lower, upper: interval.upper))
          owners4.append(nil)
        }
        for interval in least.v6List.intervals {
          v6.append(
            .init(services: permission.services, lower: interval.lower, upper: interval.upper))
          owners6.append(nil)
        }
      }
    }
    for (owner, isNeeded) in zip(owners4, Coverage.needed(v4)) where !isNeeded {
      if let owner { effects[owner] = .redundant }
    }
    for (owner, isNeeded) in zip(owners6, Coverage.needed(v6)) where !isNeeded {
      if let owner { effects[owner] = .redundant }
    }
    for index in others {
      let covers = unique.filter { $0 != index && permissions[$0].isCertain }.map {
        permissions[$0]
      }
      let answer = PreparedQuestion.within([permissions[index]], covers, atoms)
      if answer.verdict == .satisfied { effects[index] = .redundant }
    }
  }

  /// Returns the few permissions that cover number `index`, the weightiest first.
  ///
  /// They are indices into `permissions`; nothing is returned where all others together do not cover it.
  ///
  /// - Complexity: O(*n* log *n*) and one sweep per permission that is returned.
  public static func coverers(
    of index: Int, in permissions: [Permission], atoms: AtomTable
  ) -> [Int]? {
    let target = permissions[index]
    let candidates = permissions.indices.filter { other in
      other != index && permissions[other].isCertain && !permissions[other].isPlaceholder
        && permissions[other].services.intersection(target.services) != nil
        && overlap(permissions[other], target, atoms) > 0
    }.sorted { left, right in
      let a = overlap(permissions[left], target, atoms)
      let b = overlap(permissions[right], target, atoms)
      return a == b ? left < right : a > b
    }
    func covers(_ chosen: [Int]) -> Bool {
      PreparedQuestion.within([target], chosen.map { permissions[$0] }, atoms).verdict == .satisfied
    }
    guard covers(candidates) else { return nil }
    var chosen: [Int] = []
    for candidate in candidates {
      chosen.append(candidate)
      if covers(chosen) { break }
    }
    // What came first because it is large may be covered by what came later.
    for candidate in chosen where chosen.count > 1 {
      let rest = chosen.filter { $0 != candidate }
      if covers(rest) { chosen = rest }
    }
    return chosen
  }

  /// How much two permissions have in common, services times addresses.
  private static func overlap(_ left: Permission, _ right: Permission, _ atoms: AtomTable) -> Double
  {
    guard let services = left.services.intersection(right.services) else { return 0 }
    let width = Double(services.upper - services.lower) + 1
    func addresses(_ peer: Peer) -> PeerSet {
      guard case .atom(let atom) = peer else { return PeerSet(CollectionOfOne(peer)) }
      return atoms.upperBound(of: atom)
    }
    if left.peer == right.peer { return width * 4_294_967_296 }
    let common = addresses(left.peer).intersection(addresses(right.peer))
    return width * (Double(common.v4Count) + Double(common.v6Count) / 18_446_744_073_709_551_616)
  }
}
