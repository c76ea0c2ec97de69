import SGModel

/// What an expression of the source stands for: values that are known, instances of the plan whose
/// attributes are not, and what is made of both.
indirect enum TFTerm {
  case null
  case bool(Bool)
  case number(Int)
  case text(String)
  /// An instance of a resource of the plan, or an attribute of it.
  case instance(TFResolution.Candidate)
  /// A list, tuple or set, in its order.
  case list([TFTerm])
  /// A map or object.
  case map([String: TFTerm])
  /// One of these; whether it is settled when planning which.
  case choice([TFTerm], isSettled: Bool)
  /// What cannot be followed: all that it is made of.
  case open(TFResolution)
  /// An error, for example an index that is not there.
  case failed

  /// What cannot be followed, by its name.
  static func unresolved(_ name: String) -> TFTerm {
    .open(.unresolved(name))
  }

  /// What is too large to follow: it may be anything.
  static let tooLarge = TFTerm.open(tooLargeResolution)
  /// The same as a resolution.
  static let tooLargeResolution = TFResolution(
    unresolved: ["an expression that is too large to follow"], isChoice: true)

  /// As a key of a map.
  var keyText: String? {
    switch self {
    case .text(let text): text
    case .number(let number): String(number)
    case .bool(let flag): flag ? "true" : "false"
    default: nil
    }
  }

  /// Whether it is certain that this is neither null nor an empty text.
  var isSurelySomething: Bool {
    switch self {
    case .text(let text): !text.isEmpty
    case .bool, .number: true
    // Every object of AWS has these; other attributes may be null or empty.
    case .instance(let candidate):
      candidate.attributes.isEmpty || candidate.attributes == ["id"]
        || candidate.attributes == ["arn"]
    default: false
    }
  }

  /// A part of it, where it is the CIDR of something in the plan, or itself a part of one.
  var partOfCIDR: TFResolution? {
    switch self {
    case .instance(let candidate):
      var part = TFResolution()
      part.add(candidate)
      part.isIndexed = true
      return part
    case .open(var found) where found.only != nil && (found.isIndexed || found.mayBeComputed):
      found.isIndexed = true
      return found
    default: return nil
    }
  }

  /// Whether nothing in it is left open, so that it is as it stands; false for very large terms.
  var isWhole: Bool {
    var left = 100_000
    return isWhole(&left)
  }

  private func isWhole(_ left: inout Int) -> Bool {
    left -= 1
    guard left > 0 else { return false }
    switch self {
    case .null, .bool, .number, .text, .instance: return true
    case .list(let list): return list.allSatisfy { $0.isWhole(&left) }
    case .map(let map): return map.values.allSatisfy { $0.isWhole(&left) }
    case .choice, .open, .failed: return false
    }
  }

  /// Whether it has at most `left` parts, nested at most `depth` deep.
  ///
  /// Terms share their parts, so what is small in memory can be larger than any memory when it is
  /// walked.
  func isSmall(depth: Int, _ left: inout Int) -> Bool {
    left -= 1
    guard left > 0, depth > 0 else { return false }
    switch self {
    case .list(let list), .choice(let list, _):
      return list.allSatisfy { $0.isSmall(depth: depth - 1, &left) }
    case .map(let map): return map.values.allSatisfy { $0.isSmall(depth: depth - 1, &left) }
    default: return true
    }
  }

  /// All that it is made of, for who asks what the value can be; at most `left` parts are looked at.
  func resolution(_ left: inout Int) -> TFResolution {
    var gathered = Gathered()
    gather(into: &gathered, &left)
    var result = gathered.resolution
    if left <= 0 { result.add(TFTerm.tooLargeResolution) }
    if result.candidates.count > 1 { result.isChoice = true }
    return result
  }

  /// All that the terms are made of, where it cannot be said how.
  static func mixed(_ terms: [TFTerm], _ left: inout Int) -> TFTerm {
    var gathered = Gathered()
    for term in terms { term.gather(into: &gathered, &left) }
    if left <= 0 { gathered.add(TFTerm.tooLargeResolution) }
    gathered.resolution.isChoice = true
    return .open(gathered.resolution)
  }

  /// What terms are made of, in the making.
  private struct Gathered {
    /// More constants than anybody could be told of say nothing.
    private static let constantLimit = 64
    var resolution = TFResolution()

    mutating func add(constant: String) {
      guard !resolution.constants.contains(constant) else { return }
      if resolution.constants.count < Self.constantLimit {
        resolution.constants.append(constant)
      } else {
        resolution.isChoice = true
      }
    }

    mutating func add(_ other: TFResolution) {
      var other = other
      let constants = other.constants
      other.constants = []
      resolution.add(other)
      for constant in constants { add(constant: constant) }
    }
  }

  private func gather(into result: inout Gathered, _ left: inout Int) {
    left -= 1
    guard left > 0 else { return }
    switch self {
    case .null, .bool: break
    case .number(let number): result.add(constant: String(number))
    case .text(let text): result.add(constant: text)
    case .instance(let candidate): result.resolution.add(candidate)
    case .list(let list):
      for term in list { term.gather(into: &result, &left) }
      // Beside what is known after apply there may be texts, which are lost in the plan.
      if list.count > 1 { result.resolution.isChoice = true }
    case .map(let map):
      for (_, term) in Self.sorted(map) { term.gather(into: &result, &left) }
      result.resolution.isChoice = true
    case .choice(let terms, let isSettled):
      var others = false
      for term in terms {
        // A branch that is an error is not the one that is taken: the plan would have failed.
        if case .failed = term, terms.count > 1 { continue }
        let before = result.resolution.candidates.count
        term.gather(into: &result, &left)
        if case .instance = term { continue }
        if result.resolution.candidates.count == before { others = true }
      }
      // Which branch is taken is settled when planning, and the value is not known then: so it is
      // not one of the constants, which would be known. Where the condition itself is known only
      // after apply, a constant may come of it.
      if !isSettled, others { result.resolution.isChoice = true }
    case .open(let found): result.add(found)
    case .failed: result.add(.unresolved("an expression that cannot be evaluated"))
    }
  }

  /// The items of a collection with their keys, in the order in which Terraform goes through them.
  var items: [(key: TFTerm, value: TFTerm)]? {
    switch self {
    case .list(let list): list.enumerated().map { (.number($0.offset), $0.element) }
    case .map(let map): Self.sorted(map).map { (.text($0.key), $0.value) }
    default: nil
    }
  }

  /// The items of a map by the bytes of their keys.
  static func sorted(_ map: [String: TFTerm]) -> [(key: String, value: TFTerm)] {
    map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}

extension TFResolution {
  /// What is not followed to anything.
  init(unresolved: [String] = [], isChoice: Bool) {
    self.init()
    self.unresolved = unresolved
    self.isChoice = isChoice
  }
}

/// What the plan says: the values of constants and of root variables.
extension TFTerm {
  /// A value of JSON; numbers that are not whole are left open.
  init(_ value: Value, depth: Int = 0) {
    guard depth < 32 else {
      self = .open(TFResolution(isChoice: true))
      return
    }
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.boolean ?? false)
    case .number: self = value.integer.map { .number($0) } ?? .open(TFResolution(isChoice: true))
    case .string, .plain: self = .text(value.text)
    case .array: self = .list(value.elements.map { TFTerm($0, depth: depth + 1) })
    case .object:
      var map: [String: TFTerm] = [:]
      for (key, item) in value.members { map[key.text] = TFTerm(item, depth: depth + 1) }
      self = .map(map)
    }
  }
}
