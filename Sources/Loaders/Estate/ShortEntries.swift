package import SGModel

/// Entries of groups in memory that are made when their group is looked at.
///
/// In a large plan most groups have plain rules alone, and a line is all that is said of most of them: an
/// entry in full takes ten times as much memory, and more time than it takes to judge it.
package struct ShortEntries: Sendable {
  /// One box of an entry.
  struct Entry {
    /// What its peer is.
    enum Peer {
      /// The IPv4 block that is written.
      case v4
      case atom(Atom)
      /// Another one, by its index in `peers`.
      case other(Int32)
    }

    /// The index of the fact that makes it, in its list, or the complement of that of an origin of the estate.
    var fact: Int32
    var peer: Peer
  }

  /// Where the entries of a group are.
  private struct Place {
    var input: Int32
    var ingress: Range<Int32>
    var egress: Range<Int32>
  }

  private var entries: [Entry] = []
  private var peers: [Peer] = []
  private let lists: [TFRuleList?]
  /// For each group of the estate.
  private var places: [Place] = []

  /// Facts make the origins from this number on; those of the estate are before them, and again, from the second
  /// number on, behind them: origins count in the order in which a group's entries come.
  private static let firstOrigin: Int32 = 1 << 30
  private static let lateOrigin: Int32 = firstOrigin + 1 << 29

  /// The index in the estate of the origin with that number; nothing of one that a fact makes.
  package static func indexInEstate(ofOrigin number: Int32) -> Int? {
    if number < firstOrigin { return Int(number) }
    return number < lateOrigin ? nil : Int(number &- lateOrigin)
  }

  /// Creates entries that are made of rules; `lists` are those of each input.
  init(_ lists: [TFRuleList?]) { self.lists = lists }

  // MARK: Making

  mutating func reserveCapacity(_ entries: Int, groups: Int) {
    self.entries.reserveCapacity(entries)
    places.reserveCapacity(groups)
  }

  /// How many entries there are.
  var count: Int { entries.count }

  mutating func append(_ fact: Int, _ peer: Peer) {
    let fact = Int32(clamping: fact)
    switch peer {
    case .atom(let atom): entries.append(Entry(fact: fact, peer: .atom(atom)))
    case .v4, .v6:
      entries.append(Entry(fact: fact, peer: .other(Int32(clamping: peers.count))))
      peers.append(peer)
    }
  }

  /// Appends an entry whose peer is the block that its rule names.
  mutating func appendBlock(_ fact: Int) {
    entries.append(Entry(fact: Int32(clamping: fact), peer: .v4))
  }

  /// Appends the entries of an origin of the estate that may be anything.
  mutating func append(origin: Int32, _ peer: Atom) {
    entries.append(Entry(fact: ~origin, peer: .atom(peer)))
  }

  /// Notes which of the entries that were appended are those of the next group.
  mutating func endGroup(ofInput input: Int, ingress: Range<Int>, egress: Range<Int>) {
    func short(_ range: Range<Int>) -> Range<Int32> {
      Int32(clamping: range.lowerBound)..<Int32(clamping: range.upperBound)
    }
    places.append(
      Place(input: Int32(clamping: input), ingress: short(ingress), egress: short(egress)))
  }

  // MARK: Looking

  /// Whether the group with that index has any.
  package func has(_ group: Int) -> Bool {
    places.indices.contains(group)
      && !(places[group].ingress.isEmpty && places[group].egress.isEmpty)
  }

  /// Appends what the entries of a group allow in a direction, with the facts as origins.
  package func append(
    of group: Int, _ direction: Direction, to permissions: inout [Permission]
  ) {
    guard places.indices.contains(group), let list = lists[Int(places[group].input)] else { return }
    let range = direction == .ingress ? places[group].ingress : places[group].egress
    for index in range {
      let entry = entries[Int(index)]
      if entry.fact < 0, case .atom(let atom) = entry.peer {
        permissions.append(
          Permission(
            services: .all, peer: .atom(atom), origin: Self.lateOrigin &+ ~entry.fact,
            isCertain: false,
            isPlaceholder: Permission.isPlaceholder(.all, .atom(atom), direction)))
        continue
      }
      let box = list.box(ofFact: entry.fact)
      let peer: Peer =
        switch entry.peer {
        case .v4: .v4(box.v4)
        case .atom(let atom): .atom(atom)
        case .other(let index): peers[Int(index)]
        }
      permissions.append(
        Permission(
          services: box.services, peer: peer, origin: Self.firstOrigin &+ entry.fact,
          isCertain: box.isCertain,
          isPlaceholder: Permission.isPlaceholder(box.services, peer, direction)))
    }
  }

  /// Where the entry with that origin stands, which is of that group.
  package func span(of origin: Int32, _ group: Int) -> SourceSpan? {
    lists[Int(places[group].input)]?.span(ofFact: origin &- Self.firstOrigin)
  }

  /// Why an entry with that origin, which is of that group, may not be there; nothing where it is certain.
  package func reason(of origin: Int32, _ group: Int) -> String? {
    lists[Int(places[group].input)]?.unknownName(ofFact: origin &- Self.firstOrigin)
  }

  /// The estate with that group alone, and all its entries in it.
  package func estate(of group: Int, in whole: Estate) -> Estate {
    var estate = whole
    var alone = whole.groups[group]
    estate.permissions = []
    estate.origins = []
    for direction in Direction.allCases {
      let first = estate.permissions.count
      var known = Array(whole.permissions[alone.permissions(direction)])
      append(of: group, direction, to: &known)
      var origins: [Int32: Int32] = [:]
      if known.count > 1 { origins.reserveCapacity(known.count) }
      estate.permissions.reserveCapacity(first + known.count)
      estate.origins.reserveCapacity(estate.origins.count + known.count)
      for var permission in known {
        let origin = permission.origin
        if let number = origins[origin] {
          permission.origin = number
        } else {
          permission.origin = Int32(clamping: estate.origins.count)
          origins[origin] = permission.origin
          estate.origins.append(self.origin(origin, group, in: whole))
        }
        estate.permissions.append(permission)
      }
      if direction == .ingress {
        alone.ingress = first..<estate.permissions.count
      } else {
        alone.egress = first..<estate.permissions.count
      }
    }
    estate.groups = [alone]
    return estate
  }

  private func origin(_ number: Int32, _ group: Int, in whole: Estate) -> Origin {
    if let index = Self.indexInEstate(ofOrigin: number) { return whole.origins[index] }
    guard let list = lists[Int(places[group].input)] else {
      return Origin(.unseen, span: nil, services: .all, peerText: "")
    }
    return list.entry(ofFact: Int(number &- Self.firstOrigin)).origin
  }
}
