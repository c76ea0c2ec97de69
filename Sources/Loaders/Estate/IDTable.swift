/// Indices of things by EC2's id and by region.
///
/// Plans and accounts span regions. An id of one region says nothing in another; where an input
/// does not say which region it is of, the id alone has to do.
struct IDTable {
  private var entries: [String: [(region: String?, index: Int)]] = [:]

  /// The thing with that id which is, or can be, in that region.
  func find(_ id: String, in region: String?) -> Int? {
    guard let list = entries[id] else { return nil }
    if let same = list.first(where: { $0.region == region }) { return same.index }
    guard region != nil else { return list.first?.index }
    return list.first { $0.region == nil }?.index
  }

  /// Notes the index of a thing; the first of two with the same id and region stays.
  mutating func insert(_ id: String, in region: String?, _ index: Int) {
    if entries[id]?.contains(where: { $0.region == region }) ?? false { return }
    entries[id, default: []].append((region, index))
  }
}
