/// The peers of one slab with what they are at least and at most, atoms replaced by their bounds.
struct PeerBounds: Sendable {
  let written: PeerSet
  let least: PeerSet
  let most: PeerSet

  init(_ peers: PeerSet, _ atoms: AtomTable) {
    written = peers
    guard !peers.atoms.isEmpty else {
      least = peers
      most = peers
      return
    }
    least = peers.addresses.union(atoms.lowerBound(of: peers.atoms))
    most = peers.addresses.union(atoms.upperBound(of: peers.atoms))
  }

  /// How one peer stands to these peers, for all values of the atoms.
  enum Relation {
    /// All of it is among them.
    case inside
    /// These of its peers are not among them, whatever the atoms are.
    case outside(PeerSet)
    /// It depends on atoms.
    case depends
  }

  /// Returns how `peer` stands to these peers.
  func relation(of peer: Peer, _ atoms: AtomTable) -> Relation {
    if case .atom(let atom) = peer {
      if isInside(atom, atoms) { return .inside }
      let certain = atoms.lowerBound(of: atom).subtracting(most)
      if !certain.isEmpty { return .outside(certain) }
      if atoms.upperBound(of: atom).isDisjoint(with: most) { return .outside(PeerSet([peer])) }
      return .depends
    }
    if least.contains(peer) { return .inside }
    if most.contains(peer) { return .depends }
    return .outside(PeerSet(CollectionOfOne(peer)).subtracting(most))
  }

  /// Whether an atom is a part of these peers, whatever it is: it is listed, or all that it can be is.
  private func isInside(_ atom: Atom, _ atoms: AtomTable) -> Bool {
    if written.contains(atom) { return true }
    if atoms.upperBound(of: atom).isSubset(of: least) { return true }
    let upper = atoms.writtenBound(of: atom)
    return upper.addresses.isSubset(of: least)
      && upper.atoms.allSatisfy { isInside($0, atoms) }
  }

  /// Whether one peer and these peers have an address in common, for all values of the atoms.
  enum Meeting {
    /// They have none.
    case none
    /// These are in both.
    case some(PeerSet)
    /// It depends on atoms.
    case depends
  }

  /// Returns whether `peer` and these peers have an address in common.
  func meeting(with peer: Peer, _ atoms: AtomTable) -> Meeting {
    if case .atom(let atom) = peer { return meeting(with: atom, atoms) }
    guard most.meets(peer) else { return .none }
    if least.meets(peer) { return .some(PeerSet(CollectionOfOne(peer)).intersection(least)) }
    for other in written.atoms where atoms.upperBound(of: other).isWithin(peer) {
      return .some(PeerSet([.atom(other)]))
    }
    return .depends
  }

  private func meeting(with atom: Atom, _ atoms: AtomTable) -> Meeting {
    let own = PeerSet(CollectionOfOne(.atom(atom)))
    // No atom is empty: one that is a part of the other is met wherever it is.
    if isInside(atom, atoms) { return .some(own) }
    let common = atoms.lowerBound(of: atom).intersection(least)
    if !common.isEmpty { return .some(common) }
    if atoms.upperBound(of: atom).isDisjoint(with: most) { return .none }
    for other in written.atoms where PeerBounds(own, atoms).isInside(other, atoms) {
      return .some(PeerSet([.atom(other)]))
    }
    return .depends
  }
}
