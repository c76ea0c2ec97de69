import SGModel
import Workers

/// Recognises a file by its content and reads it.
enum FileLoader {
  /// Reads `file`, the one with that number; several texts in one file give several facts.
  ///
  /// Long lists of groups are put on a shelf where `shelving` says how. Two threads may read a large plan if
  /// `isParallel`. `awaitTurn` returns when the files
  /// before this one are read; what follows it may use `store`.
  static func load(
    _ file: SourceFile, source: Int32, view: PlanView = .after, _ store: TFSourceStore? = nil,
    shelving: Shelving? = nil, isParallel: Bool = false, awaitTurn: @escaping () -> Void = {}
  ) throws(LoadError) -> [Facts] {
    let bytes = file.bytes.buffer
    var reader = JSONReader(bytes)
    let next = reader.peek()
    // What people give in the place of JSON or YAML does not begin like an object.
    if next != UInt8(ascii: "{") { try refuseOtherFiles(bytes, file) }
    guard let first = next else { throw .empty(path: file.path) }
    let isJSON =
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
      || first == UInt8(ascii: "n") && count(of: "null", bytes)
    do {
      if isJSON {
        return try JSONFile(file, source, view, store, shelving, isParallel, awaitTurn).load(
          &reader)
      }
      return try YAMLFile.load(file, source: source, shelving)
    } catch let error as SyntaxError {
      let place = LineTable(file).position(of: error.offset)
      throw .malformed(
        path: file.path, line: place.line, column: place.column, message: error.message)
    } catch let error as LoadError {
      throw error
    } catch {
      throw .unrecognised(path: file.path, message: "\(error)")
    }
  }

  private static func count(of text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count < 64 && String(decoding: bytes, as: UTF8.self).contains(text.description)
  }

  private static func starts(_ bytes: UnsafeRawBufferPointer, with prefix: [UInt8]) -> Bool {
    bytes.count >= prefix.count && prefix.indices.allSatisfy { bytes[$0] == prefix[$0] }
  }

  /// Files that people give in the place of the right one, with what would have been right.
  private static func refuseOtherFiles(
    _ bytes: UnsafeRawBufferPointer, _ file: SourceFile
  ) throws(LoadError) {
    if starts(bytes, with: [0x50, 0x4B, 0x03, 0x04]) {
      throw .unrecognised(
        path: file.path,
        message: "is a binary plan (zip); expected the output of `terraform show -json PLAN`")
    }
    if starts(bytes, with: [0x1F, 0x8B]) {
      throw .unrecognised(path: file.path, message: "is compressed with gzip; unpack it first")
    }
    let head = Head(bytes.prefix(4096))
    let start = Head(head.bytes.drop { $0 <= 0x20 })
    if start.begins(with: "<") {
      throw .unrecognised(
        path: file.path,
        message:
          start.holds("<Error>") || start.holds("<Errors>")
          ? "is an XML error of EC2 (\(errorCode(start.text))); describe again, with --output json"
          : "is XML; expected JSON: `aws ec2 describe-security-groups --output json`")
    }
    if start.begins(with: "----") && head.holds("|")
      || head.holds("+----") && head.holds("|  ")
    {
      throw .unrecognised(
        path: file.path,
        message: "is a table, which leaves things out; print it with `--output json`")
    }
    if start.begins(with: "SECURITYGROUPS\t") {
      throw .unrecognised(
        path: file.path, message: "is text output of the AWS CLI; print it with `--output json`")
    }
    if head.holds("Terraform will perform the following actions")
      || head.holds("Terraform used the selected providers")
      || head.holds("OpenTofu will perform the following actions")
    {
      throw .unrecognised(
        path: file.path,
        message:
          "is a plan printed for people; expected the output of `terraform show -json PLAN`")
    }
  }

  private static func errorCode(_ text: Substring) -> String {
    guard let open = text.firstRange(of: "<Code>"), let close = text.firstRange(of: "</Code>"),
      open.upperBound <= close.lowerBound
    else { return "unknown" }
    return String(text[open.upperBound..<close.lowerBound].prefix(80))
  }
}

/// The beginning of a file, in which words of ASCII are looked for: as characters, which a `String` would
/// compare, that takes longer than a small file does as a whole.
private struct Head {
  let bytes: Slice<UnsafeRawBufferPointer>

  init(_ bytes: Slice<UnsafeRawBufferPointer>) { self.bytes = bytes }

  var text: Substring { Substring(decoding: bytes, as: UTF8.self) }

  func begins(with words: StaticString) -> Bool { stands(words, at: bytes.startIndex) }

  func holds(_ words: StaticString) -> Bool {
    guard words.utf8CodeUnitCount > 0 else { return true }
    let first = words.utf8Start[0]
    return bytes.indices.contains { bytes[$0] == first && stands(words, at: $0) }
  }

  private func stands(_ words: StaticString, at index: Int) -> Bool {
    let count = words.utf8CodeUnitCount
    guard bytes.endIndex - index >= count else { return false }
    return (0..<count).allSatisfy { bytes[index + $0] == words.utf8Start[$0] }
  }
}

extension Substring {
  /// The first place of `needle`; the standard library has it only with Foundation or Regex.
  func firstRange(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) {
        return start..<index(start, offsetBy: needle.count)
      }
      start = index(after: start)
    }
    return nil
  }
}

/// Reads one file of JSON: describe output, a plan, a bare group, or several of these in a row.
struct JSONFile {
  let file: SourceFile
  let source: Int32
  let view: PlanView
  private let document: Document
  private var ec2: EC2Loader
  private var sawEC2 = false
  private var plans: [Facts] = []
  /// What was read of a plan, from the first one on.
  private var behind: ReadBehind?
  /// The top-level keys that were seen, for the message that the file is none of ours.
  private var strangers: [String] = []

  private let store: TFSourceStore?
  /// Returns when the files before this one are read; called before `store` is used.
  private let awaitTurn: () -> Void
  private let shelving: Shelving?
  private var shelf: ShelfFiller?
  private let isParallel: Bool
  /// Whether what plain rules and groups of a plan say is left to who looks at them, and whether groups may
  /// stay in the plan for that.
  private let keepsShort: Bool
  private let leavesPlainGroups: Bool

  init(
    _ file: SourceFile, _ source: Int32, _ view: PlanView, _ store: TFSourceStore?,
    _ shelving: Shelving? = nil, _ isParallel: Bool = false,
    _ awaitTurn: @escaping () -> Void = {}
  ) {
    self.isParallel = isParallel
    keepsShort = shelving != nil
    leavesPlainGroups = shelving.map { !$0.asksForTags } ?? false
    self.awaitTurn = awaitTurn
    self.file = file
    self.source = source
    self.view = view
    self.store = store
    document = Document(bytes: file.bytes.buffer, source: source)
    ec2 = EC2Loader(path: file.path)
    self.shelving = shelving
  }

  /// Notes that there is describe output, and puts groups on a shelf from here on where they are to be.
  private mutating func beginEC2() {
    sawEC2 = true
    // Not before, for plans are large as well, and its tables take time.
    guard shelf == nil, let shelving, file.bytes.count >= shelving.smallestFile else { return }
    shelf = ShelfFiller(file, source: source, shelving)
  }

  consuming func load(_ reader: inout JSONReader) throws -> [Facts] {
    var texts = 0
    while !reader.isAtEnd() {
      switch reader.peek() {
      case UInt8(ascii: "{"): try object(&reader)
      case UInt8(ascii: "["): try array(&reader)
      default:
        // A second text that is no value of ours is garbage behind the first.
        if texts > 0 {
          throw SyntaxError(
            message: "there is something after the end of the document", offset: reader.position)
        }
        try reader.skip()
      }
      texts += 1
    }
    var result = plans
    if let behind, !plans.isEmpty {
      result[0].lines = (source: Int(source), table: behind.finish())
    }
    if sawEC2 {
      var facts = ec2.finish()
      facts.shelf = shelf?.finish()
      result.append(facts)
    }
    if result.isEmpty { throw LoadError.unrecognised(path: file.path, message: complaint) }
    return result
  }

  private var complaint: String {
    let expected =
      "expected EC2 describe output (`aws ec2 describe-security-groups --output json`, whole objects without --query) or a Terraform plan (`terraform show -json PLAN`)"
    if strangers.contains("@level") || strangers.contains("@message") {
      return
        "is the event stream of `terraform plan -json`, which holds no values; expected the output of `terraform show -json PLAN`"
    }
    if strangers.contains("encrypted_data") {
      return "is an encrypted state; expected the output of `tofu show -json`"
    }
    if strangers.contains("errors") || strangers.contains("Error") || strangers.contains("error") {
      return "is an error message, not describe output; \(expected)"
    }
    guard !strangers.isEmpty else { return "is no document of ours; \(expected)" }
    let keys = strangers.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
    return "is JSON of another kind (its keys are \(keys)); \(expected)"
  }

  private mutating func object(_ reader: inout JSONReader) throws {
    let start = reader.position
    guard reader.enterObject() else { return }
    var isFirst = true
    var seen: Set<[UInt8]> = []
    while let key = try reader.nextMember(isFirst: &isFirst) {
      guard seen.insert(Array(key.utf8)).inserted else {
        throw SyntaxError(message: "duplicate key `\(key)`", offset: reader.position)
      }
      if let list = EC2List(rawValue: key) {
        beginEC2()
        try take(list, &reader)
      } else if key == "@level" || key == "@message" {
        strangers = ["@level"]
        throw LoadError.unrecognised(path: file.path, message: complaint)
      } else if TFPlan.keys.contains(key) {
        reader.seek(to: start)
        plans.append(try plan(&reader))
        return
      } else if key == "GroupId" || key == "IpPermissions" || key == "IpPermissionsEgress" {
        reader.seek(to: start)
        document.removeAll()
        try reader.read(into: document)
        if let root = document.root {
          beginEC2()
          let known = ec2.facts.groups.count
          ec2.take(root, of: .securityGroups, at: 0)
          if ec2.facts.groups.count > known { shelf?.noteFact(known) }
        }
        return
      } else {
        if strangers.count < 16 { strangers.append(key) }
        document.removeAll()
        try reader.read(into: document)
        if let root = document.root { ec2.takeMember(key, root) }
      }
    }
  }

  /// Reads a plan, by two threads where that pays.
  private mutating func plan(_ reader: inout JSONReader) throws(SyntaxError) -> Facts {
    let start = reader.position
    if isParallel, file.bytes.count >= TFPlanHalf.smallestFile, let half = TFPlanHalf(file) {
      do throws(SyntaxError) {
        var plan = try readPlan(&reader, half)
        if let facts = facts(of: &plan, half.leftOut) { return facts }
      } catch {
        if half.leftOut == nil { throw error }
      }
      // The first fault of the file may be in what was left out.
      behind = nil
      reader.seek(to: start)
    }
    var plan = try readPlan(&reader, nil)
    return facts(of: &plan)
  }

  /// What a plan says of which something was left out; nothing where that should not have been.
  private func facts(of plan: inout TFPlan, _ leftOut: TFLeftOut?) -> Facts? {
    guard let leftOut else { return facts(of: &plan) }
    if store != nil { awaitTurn() }
    // What is taken from sources stays taken: all of the plan has to be known first.
    if store?.hasSource(ofFile: file.path) ?? false {
      leftOut.check()
      return leftOut.isRight ? facts(of: &plan) : nil
    }
    var result: Facts?
    Workers.both({ result = facts(of: &plan) }, { leftOut.check() })
    return leftOut.isRight ? result : nil
  }

  /// Reads a plan, and lets go of what that needs beside the plan.
  private mutating func readPlan(
    _ reader: inout JSONReader, _ half: TFPlanHalf?
  ) throws(SyntaxError) -> TFPlan {
    let behind = behind ?? ReadBehind(file)
    self.behind = behind
    reader.forgetBehind(behind)
    defer { reader.keepBehind() }
    var plan = TFPlanReader(
      file.bytes, document: document, source: source, view: view,
      leavesPlainGroups: leavesPlainGroups)
    guard let half else { return try plan.read(&reader) }
    let seed = plan.seed
    // Not of `self`, which is not for two threads.
    let (bytes, number, side, leavesPlainGroups) = (file.bytes, source, view, leavesPlainGroups)
    return try Workers.both(
      { () throws(SyntaxError) in try plan.read(&reader, half, behind) },
      {
        half.read {
          TFPlanReader(
            bytes, document: Document(bytes: bytes.buffer, source: number), source: number,
            view: side, leavesPlainGroups: leavesPlainGroups, seed: seed)
        }
      })
  }

  /// What a plan says, which is taken out of it.
  private func facts(of whole: inout TFPlan) -> Facts {
    // A second one would have its resources copied where they are let go of.
    var plan = TFPlan()
    swap(&plan, &whole)
    if store != nil { awaitTurn() }
    store?.apply(to: &plan, ofFile: file.path)
    // What reading a large plan took and no longer needs.
    if file.bytes.canForget { Memory.returnUnused() }
    var normaliser = TFNormaliser(plan, view: view, keepsShort: keepsShort)
    return normaliser.normalise()
  }

  private mutating func take(_ list: EC2List, _ reader: inout JSONReader) throws(SyntaxError) {
    _ = reader.peek()
    let start = reader.position
    guard reader.enterArray() else {
      document.removeAll()
      try reader.read(into: document)
      if let root = document.root { ec2.take(root, asListOf: list) }
      return
    }
    if list == .entries {
      ec2.noteEntries(at: SourceSpan(source: source, start: start, end: start + 1))
    }
    var isFirst = true
    var index = 0
    while try reader.nextElement(isFirst: &isFirst) {
      if list == .securityGroups, let taken = shelf?.take(&reader), taken > 0 {
        index += taken
        continue
      }
      document.removeAll()
      try reader.read(into: document)
      let known = ec2.facts.groups.count
      if let element = document.root { ec2.take(element, of: list, at: index) }
      if ec2.facts.groups.count > known { shelf?.noteFact(known) }
      index += 1
    }
  }

  /// A bare list: groups (`--query "SecurityGroups[]"`), lists of groups, or pages.
  private mutating func array(_ reader: inout JSONReader) throws(SyntaxError) {
    document.removeAll()
    try reader.read(into: document)
    guard let root = document.root else { return }
    var taker = BareList(root: root)
    let known = ec2.facts.groups.count
    taker.take(into: &ec2, &sawEC2, &strangers)
    if sawEC2 { beginEC2() }
    for index in known..<ec2.facts.groups.count { shelf?.noteFact(index) }
  }
}

/// A list at the top of a file, in whatever encoding.
struct BareList {
  let root: Value
  private var index = 0

  init(root: Value) { self.root = root }

  mutating func take(into ec2: inout EC2Loader, _ sawEC2: inout Bool, _ strangers: inout [String]) {
    take(root, into: &ec2, &sawEC2, &strangers, depth: 0)
  }

  private mutating func take(
    _ list: Value, into ec2: inout EC2Loader, _ sawEC2: inout Bool, _ strangers: inout [String],
    depth: Int
  ) {
    for element in list.elements {
      if element.isArray, depth < 2 {
        take(element, into: &ec2, &sawEC2, &strangers, depth: depth + 1)
      } else if element["GroupId"] != nil,
        element["IpPermissions"] != nil || element["IpPermissionsEgress"] != nil
      {
        sawEC2 = true
        ec2.take(element, of: .securityGroups, at: index)
        index += 1
      } else {
        var isPage = false
        for (key, value) in element.members {
          if let name = EC2List(rawValue: key.text) {
            isPage = true
            sawEC2 = true
            for (number, item) in value.elements.enumerated() {
              ec2.take(item, of: name, at: number)
            }
          } else if !isPage, strangers.count < 16 {
            strangers.append(key.text)
          }
        }
      }
    }
  }
}
