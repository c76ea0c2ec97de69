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

  /// The atom of a group that the present one refers to; `make` makes another one of its VPC.
  mutating func atom(of number: Int, vpc: Int, _ make: () -> Atom) -> Atom {
    if references.count <= Self.few {
      for reference in references where reference.number == number { return reference.atom }
    } else {
      if places.isEmpty {
        for index in references.indices { places[references[index].number] = index }
      }
      if let index = places[number] { return references[index].atom }
      places[number] = references.count
    }
    while atoms.count <= vpc {
      atoms.append([])
      used.append(0)
    }
    if used[vpc] == atoms[vpc].count { atoms[vpc].append(make()) }
    let atom = atoms[vpc][used[vpc]]
    if used[vpc] == 0 { vpcs.append(vpc) }
    used[vpc] += 1
    references.append(Reference(number: number, atom: atom))
    return atom
  }

  /// The number of the group that an atom stands for at present.
  func number(of atom: Atom) -> Int? { references.first { $0.atom == atom }?.number }
}
