public import SGModel
import Workers

/// Questions about an estate as a whole, in time linear in its size.
public struct EstateSurvey: Sendable {
  private let estate: Estate
  private let jobs: Int

  /// Creates a survey that may use as many as `jobs` threads.
  public init(_ estate: Estate, jobs: Int = 1) {
    self.estate = estate
    self.jobs = jobs
  }

  /// The groups that nothing carries, by their indices: no interface, and nothing else that is known.
  ///
  /// Groups of which only the name is known are left out. Where the inputs show nothing that carries
  /// groups, nothing is known of any, and there is no answer.
  public func unattached() -> [Int]? {
    guard !estate.attachments.isEmpty else { return nil }
    var isCarried = [Bool](repeating: false, count: estate.groups.count)
    for index in estate.attachments.indices {
      // What it may carry may well be carried.
      for group in estate.attachments[index].groups { isCarried[group] = true }
      for group in estate.attachments[index].possibleGroups { isCarried[group] = true }
    }
    return isCarried.indices.filter { !isCarried[$0] && !estate.groups[$0].isUnseen }
  }

  // MARK: Identical groups

  /// The classes of groups in one VPC that allow the same, in both directions, however it is written;
  /// of two groups at least, in the order of their first groups.
  ///
  /// Groups of which something is not certain are equal to none, and so are groups that allow nothing:
  /// there is no use in hearing that they are alike.
  ///
  /// - Complexity: O(*p* log *p*) for *p* permissions.
  public func identical() -> [[Int]] { identical(TrafficFingerprinter(), mask: .max) }

  /// What `identical()` returns, with the bits of `mask` alone of each fingerprint.
  func identical(_ fingerprinter: TrafficFingerprinter, mask: UInt64) -> [[Int]] {
    // Groups with the fingerprints of an earlier one, each with the first such; few, as a rule.
    var firsts: [Fingerprint: Int] = [:]
    firsts.reserveCapacity(estate.groups.count)
    var pairs: [(first: Int, group: Int)] = []
    var group = 0
    inParts(of: estate.groups.count) {
      var fingerprinter = fingerprinter
      return { range in range.map { fingerprint(of: $0, &fingerprinter, mask) } }
    } use: { (fingerprints: [Fingerprint?]) in
      for fingerprint in fingerprints {
        if let fingerprint {
          let first = firsts[fingerprint, default: group]
          if first == group { firsts[fingerprint] = group } else { pairs.append((first, group)) }
        }
        group += 1
      }
    }
    var classes: [Int: [Int]] = [:]
    var rest: [Int: [Int]] = [:]
    var number = 0
    let found = pairs
    inParts(of: found.count) {
      var comparer = fingerprinter
      return { range in range.map { isSame(found[$0].first, found[$0].group, &comparer) } }
    } use: { (answers: [Bool]) in
      for isSame in answers {
        let (first, group) = found[number]
        if isSame {
          classes[first, default: [first]].append(group)
        } else {
          rest[first, default: []].append(group)
        }
        number += 1
      }
    }
    var result = Array(classes.values)
    var comparer = fingerprinter
    for var members in rest.values {
      while let first = members.first {
        let same = members.filter { $0 == first || isSame(first, $0, &comparer) }
        if same.count > 1 { result.append(same) }
        let isTaken = Set(same)
        members.removeAll { isTaken.contains($0) }
      }
    }
    return result.sorted { $0[0] < $1[0] }
  }

  /// What groups that allow the same have in common, and others nearly never.
  private struct Fingerprint: Hashable, Sendable {
    var vpcs: [Int]
    var ingress: UInt64
    var egress: UInt64
  }

  private func fingerprint(
    of group: Int, _ fingerprinter: inout TrafficFingerprinter, _ mask: UInt64
  ) -> Fingerprint? {
    let ingress = fingerprinter.fingerprint(
      of: estate.groups[group].ingress, in: estate.permissions)
    if ingress == .uncertain { return nil }
    let egress = fingerprinter.fingerprint(of: estate.groups[group].egress, in: estate.permissions)
    if egress == .uncertain || (ingress == .nothing && egress == .nothing) { return nil }
    func bits(_ answer: TrafficFingerprinter.Answer) -> UInt64 {
      if case .traffic(let bits) = answer { bits & mask } else { 0 }
    }
    return Fingerprint(
      vpcs: estate.groups[group].vpcs, ingress: bits(ingress), egress: bits(egress))
  }

  private func isSame(
    _ left: Int, _ right: Int, _ comparer: inout TrafficFingerprinter
  ) -> Bool {
    Direction.allCases.allSatisfy { direction in
      comparer.isSame(
        estate.groups[left].permissions(direction), estate.groups[right].permissions(direction),
        in: estate.permissions)
    }
  }

  // MARK: Redundant permissions

  /// A permission that adds nothing to its group.
  public struct Redundancy: Hashable, Sendable {
    // In an order that needs little room: accounts have hundreds of thousands of them.
    /// The index of the group.
    public var group: Int
    /// The index of the permission in `Estate.permissions`.
    public var permission: Int
    /// The index of a permission that alone allows all of it; nothing where that takes several, or
    /// where none was looked for: `cover(of:)` says which.
    public var cover: Int?
    /// Whether `cover`, an earlier permission, allows exactly the same.
    public var isDuplicate: Bool
    /// The direction.
    public var direction: Direction
  }

  /// The permissions that add nothing to their group, in the order of the groups, ingress before egress:
  /// duplicates, and such as the others cover.
  ///
  /// Each is held against all others of its group: of two that cover each other, both are named.
  ///
  /// - Complexity: O(*p* log *p*) for *p* permissions with addresses.
  public func redundant() -> [Redundancy] {
    let finder = RedundancyFinder(atoms: estate.atoms)
    var all: [Redundancy] = []
    inParts(of: estate.groups.count) {
      var finder = finder
      var found: [RedundancyFinder.Redundancy] = []
      return { range in
        var part: [Redundancy] = []
        for group in range {
          for direction in Direction.allCases {
            found.removeAll(keepingCapacity: true)
            finder.find(
              in: estate.groups[group].permissions(direction), of: estate.permissions, to: &found)
            for one in found {
              part.append(
                Redundancy(
                  group: group, permission: one.permission, cover: one.cover,
                  isDuplicate: one.isDuplicate, direction: direction))
            }
          }
        }
        return part
      }
    } use: { (part: [Redundancy]) in
      all += part
    }
    return all
  }

  /// The permissions that cover one which adds nothing, by their indices in `Estate.permissions`, the
  /// weightiest first.
  ///
  /// - Complexity: O(1) where one covers it alone and is named, else as `PermissionEffect.coverers`.
  public func cover(of redundancy: Redundancy) -> [Int] {
    if let cover = redundancy.cover { return [cover] }
    let range = estate.groups[redundancy.group].permissions(redundancy.direction)
    let coverers = PermissionEffect.coverers(
      of: redundancy.permission - range.lowerBound, in: Array(estate.permissions[range]),
      atoms: estate.atoms)
    return (coverers ?? []).map { range.lowerBound + $0 }
  }

  // MARK: Threads

  /// Makes answers for parts of `0..<count` on several threads and hands them over in their order.
  ///
  /// `maker` is called once on each thread, for memory of its own.
  private func inParts<Part: Sendable>(
    of count: Int, _ maker: @escaping @Sendable () -> (Range<Int>) -> Part, use: (Part) -> Void
  ) {
    let size = 1024
    let results = OrderedResults(from: 0, to: (count + size - 1) / size, jobs: jobs) {
      let make = maker()
      return { part in make(part * size..<min(count, (part + 1) * size)) }
    }
    while let part = results.next() { use(part) }
  }
}
