import SGModel
import Testing
import Workers

@testable import Loaders

/// Describe output in YAML that is read by two threads says what it says to one.
@Suite struct YAMLHalfTests {
  /// What one way of reading makes of a file, in texts.
  private static func said(_ file: SourceFile, _ facts: [Facts]) -> [String] {
    var said: [String] = []
    for fact in facts {
      // What a dictionary prints is not in order.
      said += fact.groups.map { "\($0.unseen.sorted { $0.value < $1.value })" }
      said += fact.groups.map { group in
        var group = group
        group.unseen = [:]
        return "\(group)"
      }
      said += fact.issues.map { "\($0)" } + fact.vpcs.map { "\($0)" }
      guard let shelf = fact.shelf else { continue }
      said.append("\(shelf.vpcs) \(shelf.region ?? "")")
      for (index, entry) in shelf.entries.enumerated() {
        said.append(
          "\(shelf.key(index)) \(entry.start) \(entry.length) \(entry.line)"
            + (entry.isFact ? " fact" : " \(shelf.vpcs[Int(entry.vpc)])"))
        guard entry.record != .max else { continue }
        let record = shelf.records[entry.record]
        var reader = RecordReader(record, line: Int(entry.line))
        said.append(
          reader.name.map {
            String(decoding: $0.text, as: UTF8.self) + ($0.number.map { "\($0)" } ?? "")
          } ?? "(none)")
        while let item = reader.next() {
          let meaning = meaning(of: item, in: record, index, shelf)
          said.append("\(meaning) \(reader.services) \(reader.lastPlace)")
        }
      }
      let count = file.bytes.count
      for offset in stride(from: 0, to: count, by: max(1, count / 50)) {
        said.append("\(shelf.lines.position(of: offset))")
      }
    }
    return said
  }

  /// An item of the group with that number, whichever way it refers to others.
  private static func meaning(
    of item: RecordReader.Item, in record: GroupRecords.Record, _ index: Int, _ shelf: GroupShelf
  ) -> String {
    switch item {
    case .own: return "\(shelf.key(index))"
    case .before(let distance): return "\(shelf.key(index - distance))"
    case .unmet(let number):
      switch shelf.records.target(number, ofTable: record.table) {
      case .number(let other): return "\(shelf.key(other))"
      case .key(let key): return "\(key)"
      }
    case .other(.group(let key)): return "\(key)"
    case .list, .v4, .other: return "\(item)"
    }
  }

  private enum Way {
    /// Both threads read a part of it.
    case half
    /// One thread read all of it while the other was at it too.
    case one
    case anchored, undecided
    /// One thread read it alone.
    case none
  }

  /// Reads a text by one thread and by two, and returns what came of the second way.
  private static func compare(_ text: String) -> Way {
    let file = SourceFile.mapped("x.yaml", text)
    func read(isParallel: Bool) -> [String] {
      let shelving = Shelving(smallestFile: 0, threads: isParallel ? 2 : 1)
      do {
        return said(file, try FileLoader.load(file, source: 0, shelving: shelving))
      } catch {
        return ["\(error)"]
      }
    }
    let one = read(isParallel: false)
    let two = read(isParallel: true)
    for (left, right) in zip(one, two) where left != right {
      #expect(left == right)
      break
    }
    #expect(one.count == two.count)
    guard let half = YAMLHalf(file, source: 0) else { return .none }
    switch try? YAMLFile.load(file, source: 0, half) {
    case .facts: return half.wasTaken ? .half : .one
    case .needsAll: return .anchored
    case .undecided: return .undecided
    case nil: return .none
    }
  }

  /// Groups as version 2 of the AWS CLI prints them.
  private static func groups(_ numbers: Range<Int>, region: String = "eu-west-1") -> [String] {
    numbers.map { number in
      let id = String(number, radix: 16)
      let padded = String(repeating: "0", count: max(0, 8 - id.count)) + id
      let other = String(number + 40, radix: 16)
      let ahead = String(repeating: "0", count: max(0, 8 - other.count)) + other
      return """
        - Description: group number \(number) of a fleet
          GroupId: sg-\(padded)
          GroupName: web-\(number)
          IpPermissions:
          - FromPort: \(number % 7 * 100 + 22)
            IpProtocol: tcp
            IpRanges:
            - CidrIp: 10.\(number % 200).0.0/16
              Description: \(number % 3 == 0 ? "'it''s: quoted'" : "caf\u{e9}")
            - CidrIp: 192.0.2.\(number % 256)/32
            Ipv6Ranges: []
            PrefixListIds: []
            ToPort: 9999
            UserIdGroupPairs:
            - GroupId: sg-\(padded)
              UserId: '123456789012'
            - GroupId: sg-\(ahead)
            - GroupId: sg-0fff000\(number % 3)
          IpPermissionsEgress:
          - IpProtocol: '-1'
            IpRanges:
            - CidrIp: 0.0.0.0/0
          OwnerId: '123456789012'
          SecurityGroupArn: arn:aws:ec2:\(region):123456789012:security-group/sg-\(padded)
          VpcId: vpc-0000000\(number % 5)

        """
    }
  }

  private static let head = "SecurityGroups:\n"
  private static let plain = groups(0..<60)

  /// The groups with `text` in the place of the group with that number.
  private static func groups(with text: String, at number: Int) -> String {
    var groups = plain
    groups[number] = text
    return head + groups.joined()
  }

  private static func indented(_ text: String, by spaces: String) -> String {
    text.split(separator: "\n").map { "\(spaces)\($0)\n" }.joined()
  }

  @Test func isReadInHalves() {
    let text = Self.head + Self.plain.joined()
    #expect(Self.compare(text) == .half)
    #expect(Self.compare("\u{FEFF}" + text) == .half)
    #expect(Self.compare("# from the AWS CLI\n---\n" + text) == .half)
    #expect(Self.compare(Self.head + Self.indented(Self.plain.joined(), by: "  ")) == .half)
    #expect(Self.compare(text.replacing("\n", with: "\r\n")) == .half)
    #expect(Self.compare(text.replacing("- Description", with: "-   Description")) != .half)
    #expect(
      Self.compare("Vpcs:\n- VpcId: vpc-00000001\n  CidrBlock: 10.0.0.0/8\n" + text) == .half)
  }

  /// What stands behind the list is read by whoever comes to it.
  @Test(arguments: [
    "NextToken: more\n", "Vpcs:\n- VpcId: vpc-00000001\n  CidrBlock: 10.0.0.0/8\n", "---\n",
    "...\n# the end\n", "# the end", "---\nSecurityGroups:\n- Description: x\n  GroupId: sg-7\n",
    "Other: {a: [1]}\n", "GroupId: sg-1\n", "schema: pni-lint/groups/v1\n",
  ])
  func whatFollowsIsRead(behind: String) {
    #expect(Self.compare(Self.head + Self.plain.joined() + behind) != .undecided)
  }

  /// The half ends before a group that is not plain, wherever that is.
  @Test(arguments: [0, 1, 2, 15, 28, 29, 30, 31, 32, 33, 45, 58, 59])
  func groupsThatAreNotPlainAreRead(number: Int) {
    for text in [
      "- Description: x\n  GroupId: sg-1\n", "- null\n", "-\n", "- Description: |\n    a\n\n\n",
      "- - Description: a\n", "- [Description, {a: b}]\n", "- ? Description\n", "- !!map {}\n",
      Self.plain[number].replacing("web-", by: "\"web\\x2D\"#"),
      Self.groups(number..<number + 1, region: "us-east-1").joined(),
    ] {
      let way = Self.compare(Self.groups(with: text, at: number))
      if number == 45 { #expect(way == .half) }
    }
  }

  /// What looks like an element and is none changes nothing.
  @Test func wrongGuessesAreThrownAway() {
    let (front, rest) = (Self.plain[0..<20].joined(), Self.plain[20..<60].joined())
    // A text that goes on at the margin.
    let text = "- Description: \"\n" + rest + "\"\n  GroupId: sg-1\n"
    #expect(Self.compare(Self.head + front + text) == .undecided)
    let list = Self.head + Self.indented(front, by: "  ")
    let others = Self.indented(rest, by: "  ")
    #expect(Self.compare(list + "Text: |\n" + others) == .undecided)
    #expect(Self.compare(list + "  - Text: |2\n" + others) != .none)
    #expect(Self.compare(list + "Vpcs:\n" + others) == .undecided)
    #expect(Self.compare(list + "Other:\n  SecurityGroups:\n" + others) == .undecided)
    #expect(Self.compare(list + "---\n" + others) == .undecided)
    // This is no wrong one.
    #expect(Self.compare(list + "---\nSecurityGroups:\n" + others) == .half)
    #expect(Self.compare("Text: |\n  " + list + others) != .half)
    // Other groups are in another region.
    #expect(
      Self.compare(Self.head + front + Self.groups(20..<60, region: "x").joined()) == .undecided)
  }

  /// Anchors, wherever they are, have all read as a whole.
  @Test(arguments: [0, 1, 2, 20, 29, 30, 31, 32, 45, 58, 59])
  func anchorsAreFound(number: Int) {
    let anchored = Self.plain[number].replacing("Description: ", by: "Description: &a ", count: 1)
    #expect(Self.compare(Self.groups(with: anchored, at: number)) == .anchored)
    #expect(
      Self.compare("%TAG !e! tag:x,2000:\n---\n" + Self.head + Self.plain.joined()) == .anchored)
    let alias = Self.plain[number].replacing("tcp", by: "*a", count: 1)
    #expect(Self.compare(Self.groups(with: alias, at: number)) == .undecided)
  }

  /// A fault is found where it is, in whichever half.
  @Test(arguments: 0..<48)
  func faultsAreFoundInPlace(part: Int) {
    let text = Array((Self.head + Self.plain.joined()).utf8)
    let place = text.count * part / 48
    for fault in [[0x00], [0x22], [0x09], [0x5B], [0xFF], [0x0A, 0x2D, 0x20]] as [[UInt8]] {
      let bytes = text[..<place] + fault + text[place...]
      let memory = String(decoding: bytes, as: UTF8.self)
      _ = Self.compare(memory)
    }
    _ = Self.compare(String(decoding: text[..<place], as: UTF8.self))
  }
}
