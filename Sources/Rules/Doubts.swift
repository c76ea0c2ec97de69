import SGModel

/// What an undecided answer depends on.
struct Doubts {
  /// The atoms, each once.
  private(set) var atoms: [Atom] = []
  /// The origins of entries that may not be there, in the order of the entries.
  private(set) var origins: [Int32] = []

  /// Takes what decisions about some entries name.
  init(_ decisions: [Decision], _ permissions: ArraySlice<Permission>, in estate: Estate) {
    for decision in decisions {
      for atom in decision.atoms where !atoms.contains(atom) { atoms.append(atom) }
      for offset in decision.culprits {
        let origin = permissions[permissions.startIndex + offset].origin
        if origins.last != origin, estate.origins[Int(origin)].reason != nil {
          origins.append(origin)
        }
      }
    }
  }

  /// The names of all that, each once, in the order of the alphabet.
  func names(in estate: Estate) -> [String] {
    var names = atoms.map {
      AtomInfo.unknown(estate.atoms.kind(of: $0), estate.atoms.name(of: $0))
    }
    for origin in origins {
      if let reason = estate.origins[Int(origin)].reason { names.append(reason) }
    }
    guard names.count > 1 else { return names }
    names.sort()
    var unique: [String] = []
    unique.reserveCapacity(names.count)
    for name in names where unique.last != name { unique.append(name) }
    return unique
  }

  /// The atoms by name: their numbers tell in which order the input was read.
  func atomsByName(in estate: Estate) -> [Atom] {
    guard atoms.count > 1 else { return atoms }
    var named = atoms.map { (label: estate.atoms.label(of: $0), atom: $0) }
    named.sort { $0.label < $1.label }
    return named.map { $0.atom }
  }
}
