import SGModel

/// The entries of groups that would be dear to read again, in some 28 bytes each.
struct KeptEntries: Sendable {
  private enum Kind: UInt8 {
    case v4, v6, group, prefixList
  }

  private struct Entry {
    var services: ServiceRange
    /// The addresses, where the peer is an IPv4 block.
    var v4 = IPv4Range.all
    /// For any other peer its number in the table of its kind.
    var number: UInt32 = 0
    /// How far behind the group's start the peer is written.
    var place: UInt32
    var kind = Kind.v4
  }

  /// Where the entries of a group end: those of ingress come first.
  private struct Ends {
    var ingress: UInt32
    var egress: UInt32
  }

  private var entries: [Entry] = []
  private var ends: [Ends] = []
  private var v6: [IPv6Range] = []
  private var keys: [ResourceKey] = []

  /// Appends the entries of the next group, which begins at `start`.
  mutating func append(_ ingress: [PlainEntry], _ egress: [PlainEntry], from start: Int) {
    for entry in ingress { append(entry, from: start) }
    let middle = UInt32(truncatingIfNeeded: entries.count)
    for entry in egress { append(entry, from: start) }
    ends.append(Ends(ingress: middle, egress: UInt32(truncatingIfNeeded: entries.count)))
  }

  private mutating func append(_ entry: PlainEntry, from start: Int) {
    var kept = Entry(
      services: entry.services, place: UInt32(truncatingIfNeeded: max(0, entry.start - start)))
    switch entry.peer {
    case .v4(let range): kept.v4 = range
    case .v6(let range):
      kept.kind = .v6
      kept.number = UInt32(truncatingIfNeeded: v6.count)
      v6.append(range)
    case .group(let key):
      kept.kind = .group
      kept.number = UInt32(truncatingIfNeeded: keys.count)
      keys.append(key)
    case .prefixList(let key):
      kept.kind = .prefixList
      kept.number = UInt32(truncatingIfNeeded: keys.count)
      keys.append(key)
    }
    entries.append(kept)
  }

  /// Puts the entries of group number `index`, which begins at `start`, in the place of those given.
  func read(
    _ index: Int, from start: Int, _ ingress: inout [PlainEntry], _ egress: inout [PlainEntry]
  ) {
    ingress.removeAll(keepingCapacity: true)
    egress.removeAll(keepingCapacity: true)
    let first = index == 0 ? 0 : Int(ends[index - 1].egress)
    let middle = Int(ends[index].ingress)
    for number in first..<middle { ingress.append(entry(number, from: start)) }
    for number in middle..<Int(ends[index].egress) { egress.append(entry(number, from: start)) }
  }

  private func entry(_ number: Int, from start: Int) -> PlainEntry {
    let kept = entries[number]
    let peer: PlainEntry.Peer =
      switch kept.kind {
      case .v4: .v4(kept.v4)
      case .v6: .v6(v6[Int(kept.number)])
      case .group: .group(keys[Int(kept.number)])
      case .prefixList: .prefixList(keys[Int(kept.number)])
      }
    return PlainEntry(services: kept.services, peer: peer, start: start + Int(kept.place))
  }
}
