import SGModel
import Workers

/// Reads one file of YAML: groups written by hand, or describe output as version 2 of the AWS CLI
/// prints it.
enum YAMLFile {
  static func load(
    _ file: SourceFile, source: Int32, _ shelving: Shelving? = nil
  ) throws -> [Facts] {
    let isShelved = shelving.map { $0.takesYAML && file.bytes.count >= $0.smallestFile } ?? false
    if isShelved, shelving?.isParallel ?? false, let half = YAMLHalf(file, source: source) {
      switch try load(file, source: source, half) {
      case .facts(let facts): return facts
      case .needsAll: return try loadWhole(file, source)
      case .undecided: break
      }
    }
    let lists = EC2Lists(path: file.path)
    if isShelved { lists.shelf = YAMLShelfFiller(file, source: source) }
    if let documents = try YAMLReader.documents(
      in: file.bytes.buffer, source: source, handing: lists),
      areWhole(documents, file, lists)
    {
      return try load(documents, of: file, source, lists)
    }
    return try loadWhole(file, source)
  }

  private static func loadWhole(_ file: SourceFile, _ source: Int32) throws -> [Facts] {
    let documents = try YAMLReader.documents(in: file.bytes.buffer, source: source)
    return try load(documents, of: file, source, EC2Lists(path: file.path))
  }

  /// What came of reading with two threads.
  enum Outcome {
    case facts([Facts])
    /// No list can be read element by element.
    case needsAll
    /// One thread has to find out what the file says.
    case undecided
  }

  /// Reads a file with two threads: this one, and one that reads `half`.
  static func load(_ file: SourceFile, source: Int32, _ half: YAMLHalf) throws -> Outcome {
    let lists = EC2Lists(path: file.path)
    lists.shelf = YAMLShelfFiller(file, source: source)
    lists.half = half
    let outcome = Workers.both(
      {
        defer { half.stop() }
        return YAMLReader.documents(
          in: file.bytes.buffer, source: source, handing: lists, leavingOut: half.gap)
      }, { half.read() })
    switch outcome {
    case .documents(let documents):
      guard areWhole(documents, file, lists) else { return .needsAll }
      return .facts(try load(documents, of: file, source, lists))
    case .anchored: return .needsAll
    case .undecided: return .undecided
    }
  }

  /// Whether nothing that the documents say makes a difference to elements that were taken before.
  private static func areWhole(
    _ documents: [Document], _ file: SourceFile, _ lists: EC2Lists
  ) -> Bool {
    withExtendedLifetime((file.bytes, documents)) {
      !lists.sawEC2 || documents.allSatisfy { $0.root.map(isListsOfEC2) ?? true }
    }
  }

  /// Reads documents, of which the elements of long lists are with `lists` already.
  private static func load(
    _ documents: [Document], of file: SourceFile, _ source: Int32, _ lists: EC2Lists
  ) throws -> [Facts] {
    try withExtendedLifetime((file.bytes, documents)) {
      var result: [Facts] = []
      var sawEC2 = false
      var strangers: [String] = []
      var unread: [Value] = []
      var isEmpty = true
      for document in documents {
        guard let root = document.root, !root.isNull else { continue }
        isEmpty = false
        if GroupsYAML.recognises(root) {
          result.append(GroupsYAML.load(root))
          continue
        }
        var isEC2 = false
        if root.isArray {
          var list = BareList(root: root)
          list.take(into: &lists.ec2, &isEC2, &strangers)
        } else {
          take(root, &lists.ec2, &isEC2, &strangers)
        }
        if isEC2 { sawEC2 = true } else { unread.append(root) }
      }
      if isEmpty { throw LoadError.empty(path: file.path) }
      if sawEC2 {
        var facts = lists.ec2.finish()
        facts.shelf = lists.finishShelf()
        result.append(facts)
      }
      if result.isEmpty {
        throw LoadError.unrecognised(path: file.path, message: complaint(strangers))
      }
      for root in unread {
        // A whole document is no place to point at: its first byte is.
        let start = root.span.start
        result[0].issues.append(
          Issue(
            .error, "the document that begins here \(complaint(root.members.map { $0.key.text }))",
            at: SourceSpan(source: source, start: start, end: start + 1)))
      }
      return result
    }
  }

  /// The lists of EC2's answers that are long: their elements are read one at a time.
  private final class EC2Lists: YAMLElementTaker {
    var ec2: EC2Loader
    /// Whether elements were taken.
    private(set) var sawEC2 = false
    /// Where plain groups are put, if they are not kept as facts.
    var shelf: YAMLShelfFiller?
    /// Who reads groups that are left out.
    var half: YAMLHalf?
    private var list = EC2List.securityGroups
    private var index = 0
    /// How many groups that are kept as facts are noted on the shelf.
    private var noted = 0

    init(path: String) { ec2 = EC2Loader(path: path) }

    func begin(listUnder key: Value) -> Bool {
      guard let list = EC2List(rawValue: key.text), list != .entries else { return false }
      self.list = list
      index = 0
      return true
    }

    func take(_ element: Value) -> Bool {
      sawEC2 = true
      defer { index += 1 }
      if list == .securityGroups, shelf != nil {
        if shelf?.take(element) ?? false { return true }
        ec2.take(element, of: list, at: index)
        noteFacts()
        return true
      }
      ec2.take(element, of: list, at: index)
      return true
    }

    func takeLeftOut() -> Bool {
      guard list == .securityGroups, let half, let reading = half.take(),
        shelf?.take(reading, from: half.start.line) ?? false
      else { return false }
      sawEC2 = true
      index += reading.count
      return true
    }

    /// Notes the groups that are kept as facts in their order among those that are not.
    private func noteFacts() {
      while noted < ec2.facts.groups.count {
        shelf?.noteFact(noted)
        noted += 1
      }
    }

    /// The shelf, when all was taken; nothing where nothing was put on it.
    func finishShelf() -> GroupShelf? {
      noteFacts()
      return shelf?.finish()
    }
  }

  /// Whether elements that were taken before anything else of a document was looked at mean the same as if
  /// they had had their turn.
  private static func isListsOfEC2(_ root: Value) -> Bool {
    root.isObject && !GroupsYAML.recognises(root)
      && root.members.allSatisfy { key, value in
        if let list = EC2List(rawValue: key.text) {
          return list != .entries && (value.isArray || value.isNull)
        }
        return !["GroupId", "IpPermissions", "NextToken"].contains(key.text)
      }
  }

  /// Takes a mapping: an answer of EC2, or one group.
  private static func take(
    _ root: Value, _ ec2: inout EC2Loader, _ sawEC2: inout Bool, _ strangers: inout [String]
  ) {
    if root["GroupId"] != nil || root["IpPermissions"] != nil {
      sawEC2 = true
      ec2.take(root, of: .securityGroups, at: 0)
      return
    }
    for (key, value) in root.members {
      guard let list = EC2List(rawValue: key.text) else {
        if strangers.count < 16 { strangers.append(key.text) }
        ec2.takeMember(key.text, value)
        continue
      }
      sawEC2 = true
      if list == .entries { ec2.noteEntries(at: value.span) }
      ec2.take(value, asListOf: list)
    }
  }

  private static func complaint(_ strangers: [String]) -> String {
    let expected =
      "expected groups written by hand (`schema: pni-lint/groups/v1`) or EC2 describe output"
    if strangers.contains("Resources") || strangers.contains("AWSTemplateFormatVersion") {
      return "is a CloudFormation template, which is not read yet; \(expected)"
    }
    if strangers.contains("pack"), strangers.contains("policies") {
      return "is a policy pack; give it with `--policy`"
    }
    guard !strangers.isEmpty else { return "is YAML of another kind; \(expected)" }
    let keys = strangers.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
    return "is YAML of another kind (its keys are \(keys)); \(expected)"
  }
}
