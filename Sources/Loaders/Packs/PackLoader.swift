public import SGModel

/// Reads policy packs (docs/policy-language.md).
///
/// Strict: a pack that does not say what its author meant is worse than none. Unknown keys, unused
/// parameters and questions that ask nothing are refused, and all problems are told at once.
public enum PackLoader {
  /// Returns the pack in `file`, with the values that its user set in the place of its defaults.
  ///
  /// - Parameters:
  ///   - file: The pack's YAML.
  ///   - source: The number of the file.
  ///   - overrides: What was set, as texts: `--set name=a,b`. Of two values for one name the last
  ///     is taken; no values, or an empty text alone, are an empty list.
  /// - Returns: The pack.
  /// - Throws: All that is wrong with the pack and the values.
  public static func load(
    _ file: SourceFile, source: Int32, overrides: [(name: String, values: [String])] = []
  ) throws(PackError) -> Pack {
    var problems: [PackReader.Problem]
    do throws(SyntaxError) {
      let documents = try YAMLReader.documents(in: file.bytes.buffer, source: source)
      // Values count no references: what they point into has to stay until all are read.
      defer { withExtendedLifetime((file.bytes, documents)) {} }
      if documents.count <= 1, let root = documents.first?.root {
        var reader = PackReader()
        let pack = reader.read(root, overrides)
        if let pack, reader.problems.isEmpty { return pack }
        problems = reader.problems
      } else if let second = documents.dropFirst().first?.root {
        problems = [
          PackReader.Problem(
            offset: second.span.start, message: "a second document begins here; a pack is one")
        ]
      } else {
        problems = [
          PackReader.Problem(
            offset: 0,
            message: "the file is empty; expected a pack with `pack`, `title` and `policies`")
        ]
      }
    } catch {
      problems = [PackReader.Problem(offset: error.offset, message: error.message)]
    }
    throw PackError(file, problems)
  }

  /// Returns the pack that a tree of JSON shows; nothing where anything is wrong with it.
  static func load(tree: UnsafeRawBufferPointer) -> Pack? {
    let document = Document(bytes: tree, source: -1)
    defer { withExtendedLifetime(document) {} }
    var json = JSONReader(tree)
    guard (try? json.read(into: document)) != nil, json.isAtEnd(), let root = document.root else {
      return nil
    }
    var reader = PackReader()
    let pack = reader.read(root, [])
    return reader.problems.isEmpty ? pack : nil
  }
}

extension PackError {
  /// All that is wrong with a pack, in the order of its file.
  fileprivate init(_ file: SourceFile, _ problems: [PackReader.Problem]) {
    let lines = LineTable(file)
    // A sort that keeps the order of equals: two problems of one place stay as they were found.
    let sorted = problems.enumerated().sorted {
      ($0.element.offset ?? .max, $0.offset) < ($1.element.offset ?? .max, $1.offset)
    }
    self.init(
      path: file.path,
      problems: sorted.map { problem in
        Problem(
          position: problem.element.offset.map { lines.position(of: $0) },
          message: problem.element.message)
      })
  }
}

/// Reads the tree of one pack.
private struct PackReader {
  struct Problem {
    /// Where it stands; nothing where it is about a value that was set.
    var offset: Int?
    var message: String
  }

  /// A parameter with its values read.
  private struct Parameter {
    var offset: Int
    var shown: PackParameter
    var choices: [String] = []
    var services: [ServiceRange] = []
    var blocks: [PeerTerm] = []
    /// Whether its declaration is broken, so that nothing more is said where it is used.
    var isBroken = false
    var isUsed = false
  }

  private(set) var problems: [Problem] = []
  private var names: [String] = []
  private var parameters: [String: Parameter] = [:]
  private var packName = ""

  mutating func read(_ root: Value, _ overrides: [(name: String, values: [String])]) -> Pack? {
    guard root.isObject else {
      report(
        "the file is \(root.kindName); expected a pack with `pack`, `title` and `policies`", root)
      return nil
    }
    refuseUnknownKeys(
      of: root,
      valid: ["schema", "pack", "title", "about", "parameters", "placeholders", "policies"],
      in: "a pack")
    if let schema = root["schema"], schema.scalarText != "pni-lint/pack/v1" {
      report("unknown schema \(shown(schema)); expected pni-lint/pack/v1", schema)
    }
    packName = name("pack", of: root, in: "the pack") ?? ""
    let title = sentence("title", of: root, in: "the pack")
    var isAboutPNI = false
    if let about = root["about"] {
      isAboutPNI = about.scalarText == "pni-interfaces"
      if !isAboutPNI {
        report("unknown `about` \(shown(about)); expected pni-interfaces, or leave it out", about)
      }
    }
    if let declared = root["parameters"] { readParameters(declared) }
    for (name, values) in overrides { override(name, values) }
    var refusesPlaceholders = false
    if let value = root["placeholders"] {
      refusesPlaceholders = word(value, "placeholders", of: ["accept", "refuse"]) == "refuse"
    }
    var policies: [Policy] = []
    if let list = root["policies"], list.isArray {
      if list.elements.first(where: { _ in true }) == nil {
        report("`policies` is empty; a pack has at least one", list)
      }
      var seen: Set<String> = []
      for element in list.elements {
        guard let policy = readPolicy(element) else { continue }
        if !seen.insert(policy.id).inserted {
          report(
            "there are two policies `\(policy.id)`; give each its own id", element["id"] ?? element)
        }
        policies.append(policy)
      }
    } else if let wrong = root["policies"] {
      report("`policies` is \(wrong.isNull ? "empty" : wrong.kindName); expected a list", wrong)
    } else {
      report("the pack is without `policies`", root)
    }
    for name in names {
      if let parameter = parameters[name], !parameter.isUsed, !parameter.isBroken {
        problems.append(
          Problem(
            offset: parameter.offset,
            message: "parameter `\(name)` is used nowhere; write `$\(name)` where it belongs"))
      }
    }
    return Pack(
      name: packName, title: title ?? "", parameters: names.compactMap { parameters[$0]?.shown },
      policies: policies, refusesPlaceholders: refusesPlaceholders, isAboutPNIInterfaces: isAboutPNI
    )
  }

  // MARK: Parameters

  private mutating func readParameters(_ value: Value) {
    guard value.isObject else {
      report("`parameters` is \(value.kindName); expected a mapping of names", value)
      return
    }
    for (key, declaration) in value.members { readParameter(key, declaration) }
  }

  private mutating func readParameter(_ key: Value, _ value: Value) {
    let name = key.text
    if !PackText.isName(name) {
      report(
        "\(shown(key)) is no name of a parameter; expected small letters, digits and hyphens", key)
    }
    var parameter = Parameter(
      offset: key.span.start,
      shown: PackParameter(name: name, kind: .services, says: "", values: []))
    parameter.isBroken = true
    names.append(name)
    defer { parameters[name] = parameter }
    guard value.isObject else {
      report(
        "parameter `\(name)` is \(value.kindName); expected `{kind: …, default: …, says: …}`", value
      )
      return
    }
    let place = "parameter `\(Suggestion.clipped(name))`"
    refuseUnknownKeys(of: value, valid: ["kind", "choices", "default", "says"], in: place)
    parameter.shown.says = sentence("says", of: value, in: place) ?? ""
    guard let kind = value["kind"] else {
      report("\(place) is without `kind`; expected services, cidrs or choice", value)
      return
    }
    guard let text = kind.scalarText, let known = PackParameter.Kind(rawValue: text) else {
      let help = Suggestion.help(
        for: kind.scalarText ?? "", among: ["services", "cidrs", "choice"])
      report("unknown kind \(shown(kind)); \(help)", kind)
      return
    }
    parameter.shown.kind = known
    if known == .choice {
      guard let choices = value["choices"] else {
        report("\(place) is without `choices`; expected a list such as `[accept, refuse]`", value)
        return
      }
      parameter.choices = texts(choices, "choices")
      guard parameter.choices.count >= 2, Set(parameter.choices).count == parameter.choices.count
      else {
        report("`choices` of \(place) are not two or more different words", choices)
        return
      }
    } else if let choices = value.members.first(where: { $0.key.hasText("choices") }) {
      report("`choices` belong to a parameter of kind choice; leave them out", choices.key)
    }
    guard let standard = value["default"], !standard.isNull else {
      report("\(place) is without `default`; an empty list is `[]`", value)
      return
    }
    let before = problems.count
    let values = texts(standard, "default")
    guard problems.count == before else { return }
    do throws(PackText.Problem) {
      try set(values, in: &parameter)
      parameter.isBroken = !PackText.isName(name)
    } catch {
      report(error.message, standard)
    }
  }

  /// Reads the values of a parameter.
  private func set(_ values: [String], in parameter: inout Parameter) throws(PackText.Problem) {
    parameter.shown.values = values
    switch parameter.shown.kind {
    case .services:
      parameter.services = []
      for value in values { parameter.services.append(try PackText.service(value)) }
    case .cidrs:
      parameter.blocks = []
      for value in values {
        parameter.blocks.append(.block(try PackText.block(value), text: value))
      }
    case .choice:
      guard values.count == 1, let value = values.first else {
        throw PackText.Problem(
          message: "expected one value: \(Suggestion.list(parameter.choices))")
      }
      guard parameter.choices.contains(value) else {
        throw PackText.Problem(
          message: "unknown value `\(Suggestion.clipped(value))`;"
            + " expected \(Suggestion.list(parameter.choices))")
      }
    }
  }

  private mutating func override(_ name: String, _ values: [String]) {
    let shown = Suggestion.clipped(name)
    guard var parameter = parameters[name] else {
      let help =
        names.isEmpty
        ? "it has none"
        : Suggestion.closest(to: name, among: names).map {
          "did you mean `\($0)`?"
        } ?? "it has \(names.joined(separator: ", "))"
      problems.append(
        Problem(
          offset: nil,
          message: "--set \(shown): the pack `\(packName)` has no such parameter; \(help)"))
      return
    }
    guard !parameter.isBroken else { return }
    do throws(PackText.Problem) {
      try set(values == [""] ? [] : values.map(Self.trimmed), in: &parameter)
      parameters[name] = parameter
    } catch {
      problems.append(Problem(offset: nil, message: "--set \(shown): \(error.message)"))
    }
  }

  private static func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while rest.first == " " { rest = rest.dropFirst() }
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
  }

  /// Returns the parameter that `$name` stands for, if it is of that kind.
  private mutating func parameter(
    _ text: String, kind: PackParameter.Kind, at value: Value
  ) -> Parameter? {
    let name = String(text.dropFirst())
    guard let parameter = parameters[name] else {
      let fitting = names.filter { parameters[$0]?.shown.kind == kind }
      let help =
        fitting.isEmpty
        ? "the pack declares none of kind \(kind.rawValue)"
        : Suggestion.closest(to: name, among: fitting).map { "did you mean `$\($0)`?" }
          ?? "expected \(Suggestion.list(fitting.map { "$" + $0 }))"
      report("there is no parameter \(shown(value)); \(help)", value)
      return nil
    }
    parameters[name]?.isUsed = true
    guard !parameter.isBroken else { return nil }
    guard parameter.shown.kind == kind else {
      report(
        "\(shown(value)) is of kind \(parameter.shown.kind.rawValue); expected one of kind"
          + " \(kind.rawValue)", value)
      return nil
    }
    return parameter
  }

  // MARK: Policies

  private static let keysOfPolicy = [
    "id", "says", "severity", "ingress", "egress", "why", "help", "references", "equivalents",
  ]

  private mutating func readPolicy(_ value: Value) -> Policy? {
    guard value.isObject else {
      report(
        "a policy is \(value.kindName); expected a mapping with `id`, `says` and `severity`", value)
      return nil
    }
    refuseUnknownKeys(of: value, valid: Self.keysOfPolicy, in: "a policy")
    let id = name("id", of: value, in: "a policy")
    let place = id.map { "policy `\($0)`" } ?? "a policy"
    let says = sentence("says", of: value, in: place)
    var severity: Severity?
    if let written = value["severity"] {
      severity = word(written, "severity", of: Severity.allCases.reversed().map(\.rawValue))
        .flatMap { Severity(rawValue: $0) }
    } else {
      report("\(place) is without `severity`; expected error, warning or note", value)
    }
    let why = prose("why", of: value)
    let help = prose("help", of: value)
    let references = references(of: value)
    let equivalents = value["equivalents"].map { texts($0, "equivalents") } ?? []
    let direction: Direction
    let statement: Value
    switch (value["ingress"], value["egress"]) {
    case (let ingress?, nil):
      direction = .ingress
      statement = ingress
    case (nil, let egress?):
      direction = .egress
      statement = egress
    case (nil, nil):
      // A key that was misspelt has been told already.
      if value.members.allSatisfy({ Self.keysOfPolicy.contains($0.key.text) }) {
        report("\(place) asks nothing; expected `ingress` or `egress`", value)
      }
      return nil
    case (_?, let egress?):
      report("\(place) has both `ingress` and `egress`; make it two policies", egress)
      return nil
    }
    guard let asked = readStatement(statement, direction, place) else { return nil }
    guard let id, let says, let severity else { return nil }
    return Policy(
      id: id, pack: packName, says: says, severity: severity, direction: direction,
      services: asked.services, serviceList: asked.list, question: asked.question, rationale: why,
      help: help, references: references, equivalents: equivalents)
  }

  private mutating func readStatement(
    _ value: Value, _ direction: Direction, _ place: String
  ) -> (services: ServiceSet, list: [ServiceRange], question: Policy.Question)? {
    let side = direction == .ingress ? "from" : "to"
    let questions = ["only-\(side)", "nothing-\(side)", "open-to-some-of", "open-to-all-of"]
    guard value.isObject else {
      report(
        "`\(direction.rawValue)` of \(place) is \(value.kindName); expected a mapping such as"
          + " `{only-\(side): []}`", value)
      return nil
    }
    let other = direction == .ingress ? "to" : "from"
    var isWhole = true
    for (key, _) in value.members {
      let text = key.text
      if questions.contains(text) || text == "services" || text == "other-than" { continue }
      isWhole = false
      if text == "only-\(other)" || text == "nothing-\(other)" {
        report(
          "`\(text)` does not belong into `\(direction.rawValue)`; did you mean"
            + " `\(text.dropLast(other.count))\(side)`?", key)
      } else {
        let help = Suggestion.help(for: text, among: ["services", "other-than"] + questions)
        report("unknown key \(shown(key)) in `\(direction.rawValue)`; \(help)", key)
      }
    }
    let services = readServices(value, direction)
    let asked = value.members.filter { questions.contains($0.key.text) }
    guard let (key, terms) = asked.first else {
      if isWhole { report("\(place) asks nothing; expected \(Suggestion.list(questions))", value) }
      return nil
    }
    if asked.count > 1 {
      report("\(place) asks two questions; make it two policies", asked[1].key)
      return nil
    }
    guard let peers = readPeers(terms) else { return nil }
    if peers.isEmpty, !key.text.hasPrefix("only-") {
      let parameters = (terms.isArray ? Array(terms.elements) : [terms]).compactMap(\.scalarText)
        .filter { $0.hasPrefix("$") }
      let help =
        parameters.isEmpty
        ? "" : "; \(Suggestion.list(parameters)) has no value: set it with --set"
      report("`\(key.text)` names nobody, so \(place) asks nothing\(help)", terms)
      return nil
    }
    guard let services else { return nil }
    let question: Policy.Question =
      switch key.text {
      case "only-\(side)": .onlyWith(peers)
      case "nothing-\(side)": .nothingWith(peers)
      case "open-to-some-of": .openToSome(peers)
      default: .openToAll(peers)
      }
    return (services.set, services.list, question)
  }

  private mutating func readServices(
    _ statement: Value, _ direction: Direction
  ) -> (set: ServiceSet, list: [ServiceRange])? {
    switch (statement["services"], statement["other-than"]) {
    case (nil, nil): return (.all, [.all])
    case (let value?, nil):
      guard let list = readServices(value) else { return nil }
      guard !list.isEmpty else {
        report("`services` names nothing; leave it out for all services", value)
        return nil
      }
      return (ServiceSet(list), list)
    case (nil, let value?):
      guard let list = readServices(value) else { return nil }
      if value.isArray, value.elements.first(where: { _ in true }) == nil {
        report("`other-than` names nothing; leave it out for all services", value)
        return nil
      }
      let others = ServiceSet(list).complement()
      guard !others.isEmpty else {
        report("`other-than` leaves nothing to ask about", value)
        return nil
      }
      return (others, others.ranges)
    case (_?, let value?):
      report("`services` and `other-than` exclude each other; write one of them", value)
      return nil
    }
  }

  private mutating func readServices(_ value: Value) -> [ServiceRange]? {
    var result: [ServiceRange] = []
    var isWhole = true
    for element in value.isArray ? Array(value.elements) : [value] {
      guard let text = element.scalarText, !element.isNull else {
        report("a service is \(nameOfKind(element)); \(PackText.expectedService)", element)
        isWhole = false
        continue
      }
      if text.hasPrefix("$") {
        guard let parameter = parameter(text, kind: .services, at: element) else {
          isWhole = false
          continue
        }
        result += parameter.services
        continue
      }
      do throws(PackText.Problem) {
        result.append(try PackText.service(text))
      } catch {
        report(error.message, element)
        isWhole = false
      }
    }
    return isWhole ? result : nil
  }

  private mutating func readPeers(_ value: Value) -> [PeerTerm]? {
    var result: [PeerTerm] = []
    var isWhole = true
    for element in value.isArray ? Array(value.elements) : [value] {
      guard let text = element.scalarText, !element.isNull else {
        report("a peer is \(nameOfKind(element)); \(PackText.expectedPeer)", element)
        isWhole = false
        continue
      }
      if text.hasPrefix("$") {
        guard let parameter = parameter(text, kind: .cidrs, at: element) else {
          isWhole = false
          continue
        }
        result += parameter.blocks
        continue
      }
      do throws(PackText.Problem) {
        result.append(try PackText.peer(text))
      } catch {
        report(error.message, element)
        isWhole = false
      }
    }
    return isWhole ? result : nil
  }

  // MARK: Texts

  /// Reads one of a few words, or the parameter whose choices are among them.
  private mutating func word(_ value: Value, _ key: String, of valid: [String]) -> String? {
    guard let text = value.scalarText, !value.isNull else {
      report("`\(key)` is \(nameOfKind(value)); expected \(Suggestion.list(valid))", value)
      return nil
    }
    if text.hasPrefix("$") {
      guard let parameter = parameter(text, kind: .choice, at: value) else { return nil }
      guard parameter.choices.allSatisfy({ valid.contains($0) }) else {
        report("the choices of \(shown(value)) are not \(Suggestion.list(valid))", value)
        return nil
      }
      return parameter.shown.values.first
    }
    guard valid.contains(text) else {
      report("unknown `\(key)` \(shown(value)); \(Suggestion.help(for: text, among: valid))", value)
      return nil
    }
    return text
  }

  private mutating func name(_ key: String, of value: Value, in place: String) -> String? {
    guard let name = text(key, of: value, in: place) else { return nil }
    if PackText.isName(name) { return name }
    if let member = value.member(named: key) {
      report(
        "\(shown(member)) is no name; expected small letters, digits and hyphens, such as `pni-egress`",
        member)
    }
    return nil
  }

  /// A text of one line that does not end in a period.
  private mutating func sentence(_ key: String, of value: Value, in place: String) -> String? {
    guard let text = text(key, of: value, in: place) else { return nil }
    guard let member = value.member(named: key) else { return nil }
    if text.contains("\n") {
      report("`\(key)` of \(place) has more than one line", member)
    } else if text.hasSuffix(".") {
      report("`\(key)` of \(place) ends in a period; leave it out", member)
    }
    return text
  }

  private mutating func text(_ key: String, of value: Value, in place: String) -> String? {
    guard let member = value.member(named: key) else {
      report("\(place) is without `\(key)`", value)
      return nil
    }
    guard let text = member.scalarText, !member.isNull, !text.isEmpty else {
      report("`\(key)` of \(place) is \(nameOfKind(member)); expected a text", member)
      return nil
    }
    return text
  }

  /// A text of any length, without the line break at its end.
  private mutating func prose(_ key: String, of value: Value) -> String {
    guard let member = value.member(named: key) else { return "" }
    guard let text = member.scalarText, !member.isNull else {
      report("`\(key)` is \(nameOfKind(member)); expected a text", member)
      return ""
    }
    var end = text.endIndex
    while end > text.startIndex {
      let last = text.index(before: end)
      guard text[last].isNewline else { break }
      end = last
    }
    return String(text[..<end])
  }

  private mutating func texts(_ value: Value, _ key: String) -> [String] {
    var result: [String] = []
    for element in value.isArray ? Array(value.elements) : [value] {
      guard let text = element.scalarText, !element.isNull else {
        report("an element of `\(key)` is \(nameOfKind(element)); expected a text", element)
        continue
      }
      result.append(text)
    }
    return result
  }

  private mutating func references(of policy: Value) -> [Policy.Reference] {
    guard let list = policy["references"] else { return [] }
    guard list.isArray else {
      report("`references` is \(nameOfKind(list)); expected a list of `{title: …, url: …}`", list)
      return []
    }
    var result: [Policy.Reference] = []
    for element in list.elements {
      guard element.isObject else {
        report("a reference is \(nameOfKind(element)); expected `{title: …, url: …}`", element)
        continue
      }
      refuseUnknownKeys(of: element, valid: ["title", "url"], in: "a reference")
      let title = text("title", of: element, in: "a reference")
      let url = text("url", of: element, in: "a reference")
      if let url, !url.hasPrefix("https://"), let member = element["url"] {
        report("\(shown(member)) is no link; expected https://…", member)
      }
      if let title, let url { result.append(Policy.Reference(title: title, url: url)) }
    }
    return result
  }

  // MARK: Problems

  private mutating func report(_ message: String, _ value: Value) {
    problems.append(Problem(offset: value.span.start, message: message))
  }

  private func shown(_ value: Value) -> String {
    value.isObject || value.isArray ? value.kindName : "`\(Suggestion.clipped(value.text))`"
  }

  private func nameOfKind(_ value: Value) -> String { value.isNull ? "empty" : value.kindName }

  private mutating func refuseUnknownKeys(of value: Value, valid: [String], in place: String) {
    for (key, _) in value.members where !valid.contains(key.text) {
      report(
        "unknown key \(shown(key)) in \(place); \(Suggestion.help(for: key.text, among: valid))",
        key)
    }
  }
}
