/// Whole numbers, truths and texts, computed as Terraform does.
enum TFArithmetic {
  /// The value of a chain of operations; nothing where one of them cannot be computed.
  ///
  /// It begins with operand `index`, moves that behind what was used, and ends before an operator
  /// whose precedence is below `least`.
  static func value(
    _ operands: [TFTerm], _ operators: [HCLOperator], _ index: inout Int, _ least: Int
  ) -> TFTerm? {
    guard operands.indices.contains(index) else { return nil }
    var left = operands[index]
    while operators.indices.contains(index), operators[index].precedence >= least {
      let found = operators[index]
      index += 1
      guard let right = value(operands, operators, &index, found.precedence + 1),
        let result = value(left, found, right)
      else { return nil }
      left = result
    }
    return left
  }

  private static func value(_ left: TFTerm, _ sign: HCLOperator, _ right: TFTerm) -> TFTerm? {
    switch (sign, left, right) {
    case (.and, .bool(let left), .bool(let right)): return .bool(left && right)
    case (.or, .bool(let left), .bool(let right)): return .bool(left || right)
    // One side can settle it.
    case (.and, .bool(false), _), (.and, _, .bool(false)): return .bool(false)
    case (.or, .bool(true), _), (.or, _, .bool(true)): return .bool(true)
    case (.equal, _, _): return isEqual(left, right).map { .bool($0) }
    case (.unequal, _, _): return isEqual(left, right).map { .bool(!$0) }
    case (_, .number(let left), .number(let right)): return number(left, sign, right)
    default: return nil
    }
  }

  /// A quotient of whole numbers, rounded down or up.
  static func rounded(
    _ operands: [TFTerm], _ operators: [HCLOperator], up: Bool
  ) -> TFTerm? {
    guard operators.last == .divided, operators.allSatisfy({ $0.precedence == 5 }) else {
      return nil
    }
    var index = 0
    guard case .number(let right)? = operands.last, right != 0,
      case .number(let left)? = value(operands.dropLast(), operators.dropLast(), &index, 0)
    else { return nil }
    let (quotient, overflow) = left.dividedReportingOverflow(by: right)
    guard !overflow else { return nil }
    if left % right == 0 { return .number(quotient) }
    // Division truncates: a quotient below zero is rounded up already.
    if (left < 0) != (right < 0) { return .number(up ? quotient : quotient - 1) }
    return .number(up ? quotient + 1 : quotient)
  }

  private static func isEqual(_ left: TFTerm, _ right: TFTerm) -> Bool? {
    switch (left, right) {
    case (.null, .null): true
    case (.null, let other), (let other, .null): other.isSurelySomething ? false : nil
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.text(let left), .text(let right)): left == right
    case (.text(""), let other), (let other, .text("")): other.isSurelySomething ? false : nil
    default: nil
    }
  }

  private static func number(_ left: Int, _ sign: HCLOperator, _ right: Int) -> TFTerm? {
    func checked(_ result: (partialValue: Int, overflow: Bool)) -> TFTerm? {
      result.overflow ? nil : .number(result.partialValue)
    }
    switch sign {
    case .plus: return checked(left.addingReportingOverflow(right))
    case .minus: return checked(left.subtractingReportingOverflow(right))
    case .times: return checked(left.multipliedReportingOverflow(by: right))
    case .divided:
      let (quotient, overflow) = left.dividedReportingOverflow(by: right)
      guard !overflow, quotient.multipliedReportingOverflow(by: right).partialValue == left else {
        return nil
      }
      return .number(quotient)
    // Of negative numbers Terraform's remainder has another sign in some versions.
    case .modulo: return left >= 0 && right > 0 ? .number(left % right) : nil
    case .less: return .bool(left < right)
    case .greater: return .bool(left > right)
    case .atMost: return .bool(left <= right)
    case .atLeast: return .bool(left >= right)
    case .or, .and, .equal, .unequal: return nil
    }
  }
}

/// The functions of Terraform that choose or gather.
enum TFFunctions {
  /// What a call comes to; nothing where that cannot be said.
  static func value(
    _ name: String, _ terms: [TFTerm], isSettled: () -> Bool
  ) -> TFTerm? {
    switch name {
    case "one": return one(terms)
    case "try": return attempt(terms, isSettled)
    case "coalesce": return coalesce(terms, isSettled)
    case "coalescelist": return coalesceLists(terms)
    case "concat": return lists(terms).map { .list($0.flatMap { $0 }) }
    case "flatten": return flatten(terms)
    case "compact": return compact(terms)
    case "reverse": return lists(terms).flatMap { $0.count == 1 ? .list($0[0].reversed()) : nil }
    case "element": return element(terms)
    case "join": return join(terms)
    case "merge": return merge(terms)
    case "lookup": return lookup(terms)
    case "keys":
      return map(terms).map { map in .list(TFTerm.sorted(map).map { .text($0.key) }) }
    case "values": return map(terms).map { map in .list(TFTerm.sorted(map).map { $0.value }) }
    case "zipmap": return zipmap(terms)
    case "length": return length(terms)
    case "range": return range(terms)
    case "toset", "distinct", "sort": return texts(name, terms)
    case "tolist", "tomap", "nonsensitive", "sensitive":
      return terms.count == 1 && terms[0].isWhole ? terms[0] : nil
    case "tostring":
      guard terms.count == 1 else { return nil }
      if case .instance = terms[0] { return terms[0] }
      return terms[0].keyText.map { .text($0) }
    case "tonumber":
      guard terms.count == 1 else { return nil }
      return terms[0].keyText.flatMap { Int($0) }.map { .number($0) }
    case "tobool":
      guard terms.count == 1 else { return nil }
      switch terms[0] {
      case .bool: return terms[0]
      case .text("true"): return .bool(true)
      case .text("false"): return .bool(false)
      default: return nil
      }
    case "contains": return contains(terms)
    case "index": return index(terms)
    case "slice": return slice(terms)
    case "chunklist": return chunks(terms)
    case "matchkeys": return matches(terms)
    case "setproduct": return product(terms)
    case "setunion", "setintersection", "setsubtract": return sets(name, terms)
    default: return TFTextFunctions.value(name, terms)
    }
  }

  private static func lists(_ terms: [TFTerm]) -> [[TFTerm]]? {
    var result: [[TFTerm]] = []
    for term in terms {
      guard case .list(let list) = term else { return nil }
      result.append(list)
    }
    return result
  }

  private static func map(_ terms: [TFTerm]) -> [String: TFTerm]? {
    guard terms.count == 1, case .map(let map) = terms[0] else { return nil }
    return map
  }

  /// Does `body` to each thing that the term may be.
  private static func through(_ term: TFTerm, _ body: (TFTerm) -> TFTerm?) -> TFTerm? {
    guard case .choice(let terms, let isSettled) = term else { return body(term) }
    var result: [TFTerm] = []
    for term in terms {
      guard let one = through(term, body) else { return nil }
      result.append(one)
    }
    return .choice(result, isSettled: isSettled)
  }

  private static func one(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 1 else { return nil }
    return through(terms[0]) { term in
      guard case .list(let list) = term else { return nil }
      return list.count > 1 ? .failed : list.first ?? .null
    }
  }

  /// The first argument that is no error.
  ///
  /// An attribute of an instance of the plan is none: whether its
  /// type has such an attribute was checked before planning, also within `try`.
  private static func attempt(_ terms: [TFTerm], _ isSettled: () -> Bool) -> TFTerm? {
    var open: [TFTerm] = []
    for term in terms {
      if case .failed = term { continue }
      open.append(term)
      if isSafe(term) { break }
    }
    guard let first = open.first else { return .failed }
    return open.count == 1 ? first : .choice(open, isSettled: isSettled())
  }

  private static func isSafe(_ term: TFTerm) -> Bool {
    if case .instance(let candidate) = term { return candidate.attributes.count <= 1 }
    return term.isWhole
  }

  /// The first argument that is neither null nor empty.
  private static func coalesce(_ terms: [TFTerm], _ isSettled: () -> Bool) -> TFTerm? {
    var open: [TFTerm] = []
    for term in terms {
      switch term {
      case .null, .text(""): continue
      case .failed: return .failed
      default: open.append(term)
      }
      if term.isSurelySomething { break }
    }
    guard let first = open.first else { return .failed }
    return open.count == 1 ? first : .choice(open, isSettled: isSettled())
  }

  private static func coalesceLists(_ terms: [TFTerm]) -> TFTerm? {
    for term in terms {
      guard case .list(let list) = term else { return nil }
      if !list.isEmpty { return term }
    }
    return .failed
  }

  private static func flatten(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 1, case .list(let list) = terms[0] else { return nil }
    var result: [TFTerm] = []
    var left = 100_000
    return flatten(list, into: &result, &left) ? .list(result) : nil
  }

  private static func flatten(
    _ list: [TFTerm], into result: inout [TFTerm], _ left: inout Int
  ) -> Bool {
    for term in list {
      left -= 1
      guard left > 0 else { return false }
      switch term {
      case .list(let inner): guard flatten(inner, into: &result, &left) else { return false }
      case .open, .choice, .failed: return false
      default: result.append(term)
      }
    }
    return true
  }

  private static func compact(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 1, case .list(let list) = terms[0] else { return nil }
    var result: [TFTerm] = []
    for term in list {
      switch term {
      case .null, .text(""): continue
      default:
        guard term.isSurelySomething else { return nil }
        result.append(term)
      }
    }
    return .list(result)
  }

  private static func element(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 2, case .list(let list) = terms[0] else { return nil }
    guard !list.isEmpty else { return .failed }
    guard case .number(let index) = terms[1], index >= 0 else {
      return .choice(list, isSettled: false)
    }
    return list[index % list.count]
  }

  /// `join("", x.*.id)`, which gives the only one of what may be none, or known texts.
  private static func join(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count >= 2, let separator = terms[0].keyText,
      let list = lists(Array(terms.dropFirst()))?.flatMap({ $0 })
    else { return nil }
    if list.count == 1, case .instance = list[0] { return list[0] }
    var result = ""
    for (index, term) in list.enumerated() {
      guard let piece = term.keyText, result.utf8.count <= textLimit else { return nil }
      result += (index == 0 ? "" : separator) + piece
    }
    return .text(result)
  }

  /// Longer texts than anybody's names are not put together.
  private static let textLimit = 4096

  /// The place of the first element that is equal; of kinds that Terraform would convert, or not,
  /// nothing is said.
  private static func index(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 2, case .list(let list) = terms[0] else { return nil }
    for (place, term) in list.enumerated() {
      switch (term, terms[1]) {
      case (.text(let one), .text(let other)):
        if one == other { return .number(place) }
      case (.number(let one), .number(let other)):
        if one == other { return .number(place) }
      default: return nil
      }
    }
    return .failed
  }

  private static func slice(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 3, case .list(let list) = terms[0], case .number(let start) = terms[1],
      case .number(let end) = terms[2]
    else { return nil }
    guard 0 <= start, start <= end, end <= list.count else { return .failed }
    return .list(Array(list[start..<end]))
  }

  private static func chunks(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 2, case .list(let list) = terms[0], case .number(let size) = terms[1]
    else { return nil }
    guard size >= 0 else { return .failed }
    guard size > 0 else { return .list(list.isEmpty ? [] : [.list(list)]) }
    return .list(
      stride(from: 0, to: list.count, by: size).map {
        .list(Array(list[$0...].prefix(size)))
      })
  }

  /// The values whose keys are among those that are asked for.
  private static func matches(_ terms: [TFTerm]) -> TFTerm? {
    guard let lists = lists(terms), lists.count == 3, lists[0].count == lists[1].count else {
      return nil
    }
    var keys: [String] = []
    for term in lists[1] + lists[2] {
      guard case .text(let key) = term else { return nil }
      keys.append(key)
    }
    let wanted = Set(keys.dropFirst(lists[1].count))
    return .list(zip(keys, lists[0]).filter { wanted.contains($0.0) }.map { $0.1 })
  }

  /// All combinations of the elements of lists of texts.
  private static func product(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count >= 2, let lists = lists(terms) else { return nil }
    var result: [[TFTerm]] = [[]]
    for list in lists {
      guard list.allSatisfy({ if case .text = $0 { true } else { false } }),
        result.count.multipliedReportingOverflow(by: list.count).partialValue <= 10_000
      else { return nil }
      result = result.flatMap { row in list.map { row + [$0] } }
    }
    return .list(result.map { .list($0) })
  }

  private static func sets(_ name: String, _ terms: [TFTerm]) -> TFTerm? {
    guard let lists = lists(terms), let first = lists.first,
      name == "setsubtract" ? lists.count == 2 : true
    else { return nil }
    var result: Set<String> = []
    for (place, list) in ([first] + lists.dropFirst()).enumerated() {
      var texts: Set<String> = []
      for term in list {
        guard case .text(let text) = term else { return nil }
        texts.insert(text)
      }
      switch name {
      case _ where place == 0: result = texts
      case "setunion": result.formUnion(texts)
      case "setintersection": result.formIntersection(texts)
      default: result.subtract(texts)
      }
    }
    return .list(result.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { .text($0) })
  }

  private static func merge(_ terms: [TFTerm]) -> TFTerm? {
    var result: [String: TFTerm] = [:]
    for term in terms {
      switch term {
      case .null: continue
      case .map(let map): result.merge(map) { _, new in new }
      default: return nil
      }
    }
    return .map(result)
  }

  private static func lookup(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 2 || terms.count == 3, case .map(let map) = terms[0] else { return nil }
    guard let key = terms[1].keyText else { return nil }
    return map[key] ?? (terms.count == 3 ? terms[2] : .failed)
  }

  private static func zipmap(_ terms: [TFTerm]) -> TFTerm? {
    guard let lists = lists(terms), lists.count == 2, lists[0].count == lists[1].count else {
      return nil
    }
    var result: [String: TFTerm] = [:]
    for (key, value) in zip(lists[0], lists[1]) {
      guard let text = key.keyText else { return nil }
      result[text] = value
    }
    return .map(result)
  }

  private static func length(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 1 else { return nil }
    switch terms[0] {
    case .list(let list): return .number(list.count)
    case .map(let map): return .number(map.count)
    default: return nil
    }
  }

  private static func range(_ terms: [TFTerm]) -> TFTerm? {
    var numbers: [Int] = []
    for term in terms {
      guard case .number(let number) = term else { return nil }
      numbers.append(number)
    }
    if numbers.count == 1 { numbers.insert(0, at: 0) }
    // Terraform makes at most 1024 numbers.
    guard numbers.count == 2, numbers[0] <= numbers[1],
      numbers[1].subtractingReportingOverflow(numbers[0]).partialValue <= 1024
    else { return nil }
    return .list((numbers[0]..<numbers[1]).map { .number($0) })
  }

  /// Sets and orders of texts alone; of what is not known it is not known either.
  private static func texts(_ name: String, _ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 1 else { return nil }
    if case .map = terms[0] { return nil }
    guard case .list(let list) = terms[0] else { return nil }
    var seen: Set<String> = []
    var result: [String] = []
    for term in list {
      guard let text = term.keyText else { return nil }
      if seen.insert(text).inserted || name == "sort" { result.append(text) }
    }
    if name != "distinct" { result.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    return .list(result.map { .text($0) })
  }

  private static func contains(_ terms: [TFTerm]) -> TFTerm? {
    guard terms.count == 2, case .list(let list) = terms[0], case .text(let needle) = terms[1]
    else { return nil }
    var texts: [String] = []
    for term in list {
      guard case .text(let text) = term else { return nil }
      texts.append(text)
    }
    return .bool(texts.contains(needle))
  }
}
