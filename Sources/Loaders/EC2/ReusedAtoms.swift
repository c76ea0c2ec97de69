import SGModel

/// Atoms for the groups that one group after the other refers to, where nothing is known of these but
/// which VPC they are in.
///
/// Atoms of groups in one VPC differ in nothing but their names. So those that stood for the groups that
/// one group refers to stand for those of the next, and a VPC takes as many as one group refers to.
struct ReusedAtoms {
  private struct Reference {
    var number: Int
    var atom: Atom
  }

  /// The groups that the present group refers to.
  private var references: [Reference] = []
  /// Where each is among them, once they are many.
  private var places: [Int: Int] = [:]
  /// The atoms of each VPC, and how many of them stand for something at present.
  private var atoms: [[Atom]] = []
  private var used: [Int] = []
  /// The VPCs of which any do.
  private var vpcs: [Int] = []

  /// From so many on they are not looked through one by one.
  private static let few = 24

  /// Begins another group: no atom stands for anything.
  mutating func begin() {
    for vpc in vpcs { used[vpc] = 0 }
    vpcs.removeAll(keepingCapacity: true)
    references.removeAll(keepingCapacity: true)
    if !places.isEmpty { places.removeAll() }
  }

  /// The atom that stands for a group at present, which the present group has referred to.
  mutating func atom(of number: Int) -> Atom? {
    if references.count <= Self.few {
      for reference in references where reference.number == number { return reference.atom }
      return nil
    }
    if places.isEmpty {
      for index in references.indices { places[references[index].number] = index }
    }
    return places[number].map { references[$0].atom }
  }

  /// An atom of a VPC that stands for no other group at present, and from now on for one in that VPC; nothing where
  /// there is none.
  mutating func freeAtom(for number: Int, vpc: Int) -> Atom? {
    guard vpc < atoms.count, used[vpc] < atoms[vpc].count else { return nil }
    let atom = atoms[vpc][used[vpc]]
    note(atom, for: number, vpc: vpc)
    return atom
  }

  /// Takes an atom that was made for a group in a VPC of which none was free.
  mutating func add(_ atom: Atom, for number: Int, vpc: Int) {
    while atoms.count <= vpc {
      atoms.append([])
      used.append(0)
    }
    atoms[vpc].append(atom)
    note(atom, for: number, vpc: vpc)
  }

  private mutating func note(_ atom: Atom, for number: Int, vpc: Int) {
    if used[vpc] == 0 { vpcs.append(vpc) }
    used[vpc] += 1
    if !places.isEmpty { places[number] = references.count }
    references.append(Reference(number: number, atom: atom))
  }

  /// The number of the group that an atom stands for at present.
  func number(of atom: Atom) -> Int? { references.first { $0.atom == atom }?.number }
}
