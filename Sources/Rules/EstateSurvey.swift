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
    for attachment in estate.attachments {
      // What it may carry may well be carried.
      for group in attachment.groups { isCarried[group] = true }
      for group in attachment.possibleGroups { isCarried[group] = true }
    }
    return estate.groups.indices.filter { !isCarried[$0] && !estate.groups[$0].isUnseen }
  }

  /// The classes of groups in one VPC that allow the same, in both directions, however it is written;
  /// of two groups at least, in the order of their first groups.
  ///
  /// Groups of which something is not certain are equal to none, and so are groups that allow nothing:
  /// there is no use in hearing that they are alike.
  ///
  /// - Complexity: O(*p* log *p*) for *p* permissions.
  public func identical() -> [[Int]] {
    var candidates: [FlowKey: [Int]] = [:]
    let keys = inParts { group in FlowKey(estate.groups[group], in: estate) }
    for (group, key) in keys.enumerated() {
      if let key { candidates[key, default: []].append(group) }
    }
    var classes: [[Int]] = []
    for members in candidates.values where members.count > 1 {
      // The keys are hashes: the sets decide.
      var rest = members
      while let first = rest.first {
        let own = traffic(first)
        let same = rest.filter { $0 == first || traffic($0) == own }
        if same.count > 1 { classes.append(same) }
        rest.removeAll { same.contains($0) }
      }
    }
    return classes.sorted { $0[0] < $1[0] }
  }

  /// The permissions that add nothing to their group, by their indices in `Estate.permissions`:
  /// duplicates, and such as the others cover.
  ///
  /// - Complexity: O(*p* log *p*) for *p* permissions with addresses.
  public func redundant() -> [Int] {
    inParts { group -> [Int] in
      Direction.allCases.flatMap { direction -> [Int] in
        let range = estate.groups[group].permissions(direction)
        guard range.count > 1 else { return [] }
        let effects = PermissionEffect.effects(
          of: Array(estate.permissions[range]), atoms: estate.atoms)
        return zip(range, effects).compactMap { index, effect in
          switch effect {
          case .needed, .nothing: nil
          case .duplicate, .redundant: index
          }
        }
      }
    }.flatMap { $0 }
  }

  private func traffic(_ group: Int) -> [TrafficSet] {
    Direction.allCases.map { estate.traffic(of: estate.groups[group], $0, certain: true) }
  }

  /// Asks for each group, on several threads, and returns the answers in the order of the groups.
  private func inParts<Answer: Sendable>(
    _ ask: @escaping @Sendable (Int) -> Answer
  ) -> [Answer] {
    let size = 1024
    let count = estate.groups.count
    let results = OrderedResults(from: 0, to: (count + size - 1) / size, jobs: jobs) {
      { part in (part * size..<min(count, (part + 1) * size)).map { ask($0) } }
    }
    var answers: [Answer] = []
    answers.reserveCapacity(count)
    while let part = results.next() { answers += part }
    return answers
  }
}

/// A hash of what a group allows: the same for groups that allow the same.
private struct FlowKey: Hashable, Sendable {
  private var vpcs: [Int]
  private var ingress: Int
  private var egress: Int

  /// Returns nothing for a group that allows nothing, or of which something is not certain.
  init?(_ group: SecurityGroup, in estate: Estate) {
    guard !group.ingress.isEmpty || !group.egress.isEmpty else { return nil }
    for range in [group.ingress, group.egress] {
      guard estate.permissions[range].allSatisfy({ $0.isCertain }) else { return nil }
    }
    vpcs = group.vpcs
    ingress = estate.traffic(of: group, .ingress, certain: true).hashValue
    egress = estate.traffic(of: group, .egress, certain: true).hashValue
  }
}
