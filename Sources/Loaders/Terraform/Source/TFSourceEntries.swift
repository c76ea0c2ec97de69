import SGModel

/// Something in the source that makes entries of a group: a block, a dynamic block, an object in a
/// list, or a whole argument.
struct TFEntrySite {
  /// The narrowest stretch that names it.
  var header: Range<Int>
  /// Its arguments by name; nothing where it cannot be said what it holds.
  var arguments: [String: HCLExpression]?
  /// Whether it can make more than one entry.
  var isRepeated: Bool

  /// Finds all that makes entries of one direction in a group's block.
  static func all(_ direction: Direction, in body: HCLBody) -> [TFEntrySite] {
    var result: [TFEntrySite] = []
    func arguments(_ body: HCLBody) -> [String: HCLExpression] {
      Dictionary(body.attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
    for block in body.blocks {
      if block.type == direction.rawValue {
        result.append(
          TFEntrySite(
            header: block.header, arguments: arguments(block.body), isRepeated: false))
      } else if block.isDynamic(direction.rawValue) {
        let content = block.body.blocks("content").first
        result.append(
          TFEntrySite(
            header: block.header, arguments: content.map { arguments($0.body) }, isRepeated: true))
      }
    }
    if let argument = body.attribute(direction.rawValue) {
      if case .tuple(let elements) = argument.value.bare.kind {
        for element in elements { result.append(TFEntrySite(element)) }
      } else {
        result.append(
          TFEntrySite(header: argument.value.range, arguments: nil, isRepeated: true))
      }
    }
    return result
  }

  private init(_ element: HCLExpression) {
    header = element.range
    isRepeated = false
    guard case .object(let items) = element.bare.kind else { return }
    var found: [String: HCLExpression] = [:]
    for item in items {
      guard let key = item.keyText else { return }
      found[key] = item.value
    }
    arguments = found
  }

  /// Creates a site.
  init(header: Range<Int>, arguments: [String: HCLExpression]?, isRepeated: Bool) {
    self.header = header
    self.arguments = arguments
    self.isRepeated = isRepeated
  }

  /// Whether the site can have made the entry: nothing that is written in it as a literal says
  /// otherwise.
  func canMake(_ entry: TFEntry) -> Bool {
    guard let arguments else { return true }
    if let services = literalServices(arguments) {
      guard entry.unknownServices == nil, services == entry.services else { return false }
    }
    let keys = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"]
    for key in keys {
      let peers = entry.peers.filter { $0.attribute.rawValue == key }.map { $0.text }
      let isUnknown = entry.unknownPeers.contains { $0 == key || $0.hasPrefix("\(key)[") }
      guard let texts = literalTexts(arguments[key]) else { continue }
      guard !isUnknown, Set(peers) == Set(texts) else { return false }
    }
    return true
  }

  /// The services, where protocol and ports are literals.
  private func literalServices(_ arguments: [String: HCLExpression]) -> ServiceRange? {
    func literal(_ key: String) -> String?? {
      guard let value = arguments[key]?.bare else { return .some(nil) }
      switch value.kind {
      case .string(let text), .number(let text): return text
      case .null: return .some(nil)
      default: return nil
      }
    }
    func port(_ key: String) -> Int?? {
      guard let text = literal(key) else { return nil }
      guard let text else { return .some(nil) }
      return Int(text).map { .some($0) } ?? nil
    }
    guard let text = literal("protocol") ?? nil, let choice = EntryText.protocolChoice(text) else {
      return nil
    }
    guard case .number = choice else { return .all }
    guard let from = port("from_port"), let to = port("to_port") else { return nil }
    return try? EntryText.services(choice, from: from, to: to)
  }

  /// The texts of a list of literals; none where it is not written.
  private func literalTexts(_ value: HCLExpression?) -> [String]? {
    guard let value = value?.bare else { return [] }
    switch value.kind {
    case .null: return []
    case .tuple(let elements):
      var texts: [String] = []
      for element in elements {
        guard let text = element.literalText else { return nil }
        texts.append(text)
      }
      return texts
    default: return nil
    }
  }

  /// Says which site made each entry, where only one can have.
  ///
  /// A plan sorts the entries of a group by a hash, so their order says nothing.
  static func match(_ entries: [TFEntry], _ sites: [TFEntrySite]) -> [TFEntrySite?] {
    guard sites.count > 1 else { return entries.map { _ in sites.first } }
    // Groups of thousands of blocks are written by programs; nobody reads their places.
    guard entries.count.multipliedReportingOverflow(by: sites.count).partialValue <= 250_000 else {
      return entries.map { _ in nil }
    }
    var possible = entries.map { entry in
      sites.indices.filter { sites[$0].canMake(entry) }
    }
    // A block makes one entry: one that is spoken for is not another's.
    var claimed: Set<Int> = []
    for _ in 0..<4 {
      let before = claimed.count
      for list in possible where list.count == 1 && !sites[list[0]].isRepeated {
        claimed.insert(list[0])
      }
      guard claimed.count > before else { break }
      for index in possible.indices where possible[index].count > 1 {
        possible[index].removeAll { claimed.contains($0) }
      }
    }
    return possible.map { $0.count == 1 ? sites[$0[0]] : nil }
  }
}

extension HCLExpression {
  /// The narrowest stretch of the expression that holds `text`: one element of a list, if it is
  /// written there once, or all of it.
  func range(holding text: String) -> Range<Int> {
    guard case .tuple(let elements) = bare.kind else { return range }
    let found = elements.filter { $0.literalText == text }
    return found.count == 1 ? found[0].range : range
  }
}
