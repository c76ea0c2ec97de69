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
    .open(TFResolution(unresolved: [name]))
  }

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

  /// Whether nothing in it is left open, so that it is as it stands.
  var isWhole: Bool {
    switch self {
    case .null, .bool, .number, .text, .instance: true
    case .list(let list): list.allSatisfy { $0.isWhole }
    case .map(let map): map.values.allSatisfy { $0.isWhole }
    case .choice, .open, .failed: false
    }
  }

  /// All that it is made of, for who asks what the value can be.
  var resolution: TFResolution {
    var result = TFResolution()
    switch self {
    case .null, .bool: break
    case .number(let number): result.constants = [String(number)]
    case .text(let text): result.constants = [text]
    case .instance(let candidate): result.candidates = [candidate]
    case .list(let list):
      for term in list { result.add(term.resolution) }
      // Beside what is known after apply there may be texts, which are lost in the plan.
      if list.count > 1 { result.isInexact = true }
    case .map(let map):
      for (_, term) in map.sorted(by: { $0.key < $1.key }) { result.add(term.resolution) }
      result.isInexact = true
    case .choice(let terms, let isSettled):
      var others = false
      for term in terms {
        // A branch that is an error is not the one that is taken: the plan would have failed.
        if case .failed = term, terms.count > 1 { continue }
        let one = term.resolution
        if one.candidates.isEmpty { others = true }
        result.add(one)
      }
      // Which branch is taken is settled when planning, and the value is not known then: so it is
      // not one of the constants, which would be known. Where the condition itself is known only
      // after apply, a constant may come of it.
      if !isSettled, others { result.isInexact = true }
    case .open(let found): result = found
    case .failed: result.unresolved = ["an expression that cannot be evaluated"]
    }
    if result.candidates.count > 1 { result.isInexact = true }
    return result
  }

  /// All that the terms are made of, where it cannot be said how.
  static func mixed(_ terms: [TFTerm]) -> TFTerm {
    var result = TFResolution()
    for term in terms { result.add(term.resolution) }
    result.isInexact = true
    return .open(result)
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

/// What the plan says: the values of constants and of root variables.
extension TFTerm {
  /// A value of JSON; numbers that are not whole are left open.
  init(_ value: Value, depth: Int = 0) {
    guard depth < 32 else {
      self = .open(TFResolution(isInexact: true))
      return
    }
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.boolean ?? false)
    case .number: self = value.integer.map { .number($0) } ?? .open(TFResolution(isInexact: true))
    case .string, .plain: self = .text(value.text)
    case .array: self = .list(value.elements.map { TFTerm($0, depth: depth + 1) })
    case .object:
      var map: [String: TFTerm] = [:]
      for (key, item) in value.members { map[key.text] = TFTerm(item, depth: depth + 1) }
      self = .map(map)
    }
  }
}
