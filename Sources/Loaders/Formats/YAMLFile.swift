import SGModel

/// Reads one file of YAML: groups written by hand, or describe output as version 2 of the AWS CLI
/// prints it.
enum YAMLFile {
  static func load(_ file: SourceFile, source: Int32) throws -> [Facts] {
    let documents: [Document]
    do throws(SyntaxError) {
      documents = try YAMLReader.documents(in: file.bytes.buffer, source: source)
    } catch {
      throw error
    }
    return try withExtendedLifetime((file.bytes, documents)) {
      var result: [Facts] = []
      var ec2 = EC2Loader(path: file.path)
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
          list.take(into: &ec2, &isEC2, &strangers)
        } else {
          take(root, &ec2, &isEC2, &strangers)
        }
        if isEC2 { sawEC2 = true } else { unread.append(root) }
      }
      if isEmpty { throw LoadError.empty(path: file.path) }
      if sawEC2 { result.append(ec2.finish()) }
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
