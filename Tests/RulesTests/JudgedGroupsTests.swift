import BenchmarkInputs
import Loaders
import Reporters
import Rules
import SGModel
import Testing

@testable import LintDriver

/// Groups that are left in their files and read again when their turn comes, against the same groups in
/// memory.
struct JudgedGroupsTests {
  private static func files(_ texts: [String]) -> [SourceFile] {
    texts.enumerated().map {
      SourceFile(path: "sg-\($0.offset).json", bytes: SourceBytes(Array($0.element.utf8)))
    }
  }

  private static func load(
    _ files: [SourceFile], leaving: Bool, jobs: Int, inFull: Bool = false, keeping: Bool = true,
    asksForTags: Bool = true
  ) -> EstateLoader.Outcome {
    var options = LoadOptions()
    options.asksForTags = asksForTags
    if !keeping { options.recordLimit = 0 }
    options.asksForAllInFull = inFull
    options.jobs = jobs
    options.leavesGroupsInFilesFrom = leaving ? 0 : nil
    return EstateLoader.load(files, options)
  }

  private static func judged(
    _ outcome: EstateLoader.Outcome, _ files: [SourceFile], jobs: Int
  ) throws -> JudgedGroups {
    let file = try #require(PackLibrary.embedded(named: "pni"))
    let packs = [try PackLoader.load(file, source: -1)]
    let request = LintRequest(paths: [], jobs: jobs, version: "")
    return JudgedGroups(
      outcome.inventory, packs: packs, groups: .all(outcome.inventory.count),
      request: request, files: files)
  }

  private static func lines(_ judged: JudgedGroups) -> (text: String, noted: [Finding]) {
    var bytes: [UInt8] = []
    var noted: [Finding] = []
    let next = judged.portions(inFull: 0, color: false)
    while let portion = next?() {
      guard case .digest(let digest) = portion else {
        Issue.record("nothing was to be shown in full")
        continue
      }
      bytes += digest.lines
      noted += digest.noted
    }
    return (String(decoding: bytes, as: UTF8.self), noted)
  }

  /// The lines of findings that were made in full.
  private static func inFull(_ findings: [Finding], _ files: [SourceFile]) -> String {
    var bytes: [UInt8] = []
    let lines = files.map { LineTable($0) }
    for finding in findings where finding.verdict == .violated || finding.verdict == .undecided {
      let place = finding.span.map { span in
        let number = Int(span.source)
        return (path: files[number].path, at: lines[number].position(of: span.start))
      }
      FindingLine(color: false).append(finding, finding.severity, place, to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func expectSame(_ texts: [String], isLeft: Bool? = true) throws {
    try expectSame(files(texts), isLeft: isLeft)
  }

  private static func expectSame(_ files: [SourceFile], isLeft: Bool?) throws {
    let inMemory = load(files, leaving: false, jobs: 1)
    let known = try judged(inMemory, files, jobs: 1)
    let findings = Array(Findings(known))
    let expected = inFull(findings, files)
    #expect(lines(known).text == expected)
    // What groups allow is kept, or read again.
    // Groups of plans stay there where nobody asks for their tags.
    for (jobs, keeping, asksForTags) in [
      (1, true, false), (2, true, false), (1, false, true), (5, false, false),
    ] {
      let outcome = load(
        files, leaving: true, jobs: jobs, keeping: keeping, asksForTags: asksForTags)
      if let isLeft { #expect(outcome.inventory.isInMemory != isLeft) }
      #expect(outcome.inventory.count == inMemory.inventory.count)
      #expect(outcome.failures == inMemory.failures)
      #expect(Set(outcome.estate.issues) == Set(inMemory.estate.issues))
      #expect(outcome.estate.inputs == inMemory.estate.inputs)
      let left = try judged(outcome, files, jobs: jobs)
      let made = Array(Findings(left))
      #expect(made.count == findings.count)
      for (a, b) in zip(made, findings) where a != b { Issue.record("\(a) is not \(b)"); return }
      let short = lines(left)
      for (a, b) in zip(
        short.text.split(separator: "\n"), expected.split(separator: "\n"))
      where a != b {
        Issue.record("\(a) is not \(b)")
        return
      }
      #expect(short.text == expected)
      #expect(short.noted == findings.filter { $0.verdict == .satisfied && !$0.notes.isEmpty })
      #expect(left.tally == known.tally)
      #expect(left.fails == known.fails)
    }
  }

  @Test(
    "Left in the file, every group is judged as it is in memory",
    arguments: 0..<12 as Range<UInt64>)
  func asInMemory(seed: UInt64) throws {
    let kinds = DescribeText.Kind.allCases
    let text = DescribeText(
      seed: seed, groups: 60, kinds: seed % 3 == 0 ? [.ordinary] : kinds,
      indent: [4, 0, 1][Int(seed % 3)]
    ).text
    try Self.expectSame([text])
  }

  @Test("Groups that are written with other white space than the one before stand where they stand")
  func unevenSpace() throws {
    // Of a port that is closed there is no entry to point at, but the list.
    let groups = ["", " ", "\n\n   ", "\r\n\t", "", " "].enumerated().map { number, space in
      """
      {"GroupId":"sg-\(number)","VpcId":"vpc-1","IpPermissions":\(space)[{"IpProtocol":"tcp",\
      "FromPort":443,"ToPort":443,"IpRanges":\(space)[{"CidrIp":"10.0.0.0/16"}]}],\
      "IpPermissionsEgress":\(space)[]}
      """
    }
    try Self.expectSame(["{\"SecurityGroups\":[\(groups.joined(separator: ","))]}"])
  }

  @Test(
    "Groups in YAML are judged by the entries that are kept of them as they are in memory",
    arguments: 0..<6 as Range<UInt64>)
  func ofYAML(seed: UInt64) throws {
    let text = DescribeText(
      seed: seed, groups: 60, kinds: seed % 3 == 0 ? [.ordinary] : DescribeText.Kind.allCases,
      indent: 0)
    try Self.expectSame([text.asYAML(isBlock: false)])
    try Self.expectSame([text.asYAML(isBlock: true)])
    try Self.expectSame([text.asYAML(isBlock: true).replacing("\n", with: "\r\n")])
  }

  @Test("Groups that name groups of another part of a file, or of none, are judged as in memory")
  func referencesAcrossParts() throws {
    // Whether the lines are JSON or YAML, each part has numbers of its own for the groups that it names.
    let groups = (0..<400).map { number in
      let others = [number + 1, number + 150, number - 150, 9000 + number % 7, number]
        .filter { $0 >= 0 }
      let pairs = others.map { "{GroupId: sg-\(10000 + $0)}" }
      return "- GroupId: sg-\(10000 + number)\n  VpcId: vpc-\(number % 3)\n  IpPermissions:\n"
        + "  - {IpProtocol: tcp, FromPort: 443, ToPort: 443, UserIdGroupPairs: ["
        + pairs.joined(separator: ", ") + "]}\n  IpPermissionsEgress: []\n"
    }
    let yaml = "SecurityGroups:\n" + groups.joined()
    #expect(yaml.utf8.count > 64 << 10)
    try Self.expectSame([yaml])
    let json = (0..<400).map { number in
      let others = [number + 1, number + 150, number - 150, 9000 + number % 7, number]
        .filter { $0 >= 0 }
      let pairs = others.map { #"{"GroupId":"sg-\#(10000 + $0)"}"# }
      return #"{"GroupId":"sg-\#(10000 + number)","VpcId":"vpc-\#(number % 3)","#
        + #""IpPermissions":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":["#
        + pairs.joined(separator: ",") + #"]}],"IpPermissionsEgress":[]}"#
    }
    try Self.expectSame(["{\"SecurityGroups\":[\(json.joined(separator: ",\n"))]}"])
  }

  @Test("What two files of YAML say of one group is joined in memory")
  func sameGroupTwiceInYAML() throws {
    let text = DescribeText(seed: 1, groups: 30, kinds: [.ordinary], indent: 0)
      .asYAML(isBlock: false)
    try Self.expectSame([text, text], isLeft: false)
  }

  /// A group that is plain, and one written in some other way.
  private static func yaml(_ other: String, head: String = "", tail: String = "") -> String {
    """
    \(head)SecurityGroups:
    - GroupId: sg-1
      GroupName: web
      VpcId: vpc-1
      IpPermissions: []
      IpPermissionsEgress:
      - IpProtocol: '-1'
        IpRanges: [{CidrIp: 0.0.0.0/0}]
    \(other)
    \(tail)
    """
  }

  private static let permissions = """
      IpPermissions:
      - {IpProtocol: tcp, FromPort: 22, ToPort: 22, Ipv6Ranges: [{CidrIpv6: '::/0'}]}
      IpPermissionsEgress: [{IpProtocol: '-1', IpRanges: [{CidrIp: 10.0.0.0/8}]}]
    """

  /// Ways of writing that mean something else where the group is read without what is around it.
  private static let written = [
    yaml("- GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n  GroupName: |\n    x\n\n"),
    yaml(
      "- GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n  GroupName: |+\n    x\n\n\n", tail: "#"),
    yaml("- GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n  Description: >-\n    x\n\n    y\n"),
    yaml("- GroupId: sg-2\n  Description: |\n    x\n  VpcId: vpc-1\n\(permissions) # - a\n"),
    yaml("- GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n  GroupName: one\n    two\n    three\n"),
    yaml("- GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n  Description:\n", tail: "Vpcs: []"),
    yaml("-   # comment\n  GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("-\n  GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml(
      "-   \"GroupId\": sg-2\n    VpcId: vpc-1\n    IpPermissions: []\n    IpPermissionsEgress: []\n"
    ),
    yaml("- ? GroupId\n  : sg-2\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("- GroupId: \"sg\\x2D2\"\n  \"Vpc\\x49d\": vpc-1\n\(permissions)\n"),
    yaml("- GroupId: !!str sg-2\n  VpcId: !!str vpc-1\n  GroupName: !!str \n\(permissions)\n"),
    yaml("- !!map\n  GroupId: sg-2\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("- GroupId: sg-2\n  GroupName: ~\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("- GroupId: sg-2\n  GroupName: 'it''s \\ # `\"'\n  VpcId: 'vpc-1'\n\(permissions)\n"),
    yaml("- GroupId: sg-2\n  OwnerId: [1]\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("- GroupId: sg-2\n  Tags: x\n  VpcId: vpc-1\n\(permissions)\n"),
    yaml("- [sg-2]\n- - GroupId: sg-3\n- x\n"),
    yaml("- GroupId: sg-2\n\(permissions)\n"),
    yaml(
      "",
      tail:
        "---\nSecurityGroups:\n  - GroupId: sg-2\n    VpcId: vpc-2\n    IpPermissions: []\n    IpPermissionsEgress: []"
    ),
  ]

  @Test("Groups in YAML mean the same however they are written", arguments: written)
  func writtenInYAML(text: String) throws {
    try Self.expectSame([text])
    try Self.expectSame([text.replacing("\n", with: "\r\n")])
    try Self.expectSame(["\u{FEFF}\(text)"])
  }

  @Test(
    "What the whole of a file of YAML gives its meaning is read as a whole",
    arguments: [
      yaml("", tail: "NextToken: more"),
      yaml(
        "",
        tail:
          "---\nGroupId: sg-2\nVpcId: vpc-1\n\(permissions.replacing("\n  ", with: "\n").dropFirst(2))"
      ),
      yaml("- !e!map {GroupId: sg-2}", head: "%TAG !e! tag:yaml.org,2002:\n---\n"),
      yaml("- &group {GroupId: sg-2}\n- *group\n"),
      "SecurityGroups: [\n {GroupId: sg-1, VpcId: vpc-1, IpPermissions: [], IpPermissionsEgress: []}]\n",
    ])
  func asAWhole(text: String) throws { try Self.expectSame([text], isLeft: false) }

  @Test("Where all findings are made in full, groups of YAML are brought to memory")
  func yamlInFull() {
    let files = Self.files([Self.yaml("")])
    #expect(Self.load(files, leaving: true, jobs: 1, inFull: true).inventory.isInMemory)
    #expect(!Self.load(files, leaving: true, jobs: 1).inventory.isInMemory)
  }

  @Test("A large file that several threads read is judged as one thread judges it")
  func largeFile() throws {
    let text = DescribeText(seed: 7, groups: 300, kinds: [.ordinary], indent: 4).text
    // Lines are counted in steps of 16 KiB.
    #expect(text.utf8.count > 64 << 10)
    try Self.expectSame([text])
  }

  @Test("What only looks like a part of the list is none of it", arguments: [1, 20, 90])
  func partsOfAnotherList(groups: Int) throws {
    let list = DescribeText(seed: 5, groups: groups, kinds: [.ordinary], indent: 4).text
    let other = DescribeText(seed: 6, groups: 100, kinds: [.ordinary], indent: 4).text
    // The other list stands behind, under a name that says nothing, as deep as the list of groups.
    let end = try #require(list.lastIndex(of: "}"))
    let start = try #require(other.firstIndex(of: "["))
    let further = other[start...].replacing("\"Vpcs\"", with: "\"V\"")
      .replacing("\"PrefixLists\"", with: "\"P\"")
    let text = list[..<end] + ", \"Further\": " + further
    let outcome = Self.load(Self.files([String(text)]), leaving: true, jobs: 5)
    #expect(outcome.inventory.count == groups)
    try Self.expectSame([String(text)], isLeft: nil)
  }

  @Test("A fault in the part of another thread is found by the first")
  func faultInAnotherPart() throws {
    let text = DescribeText(
      seed: 8, groups: 200, kinds: [.ordinary], thenLast: (40, [.faulty, .strange]), indent: 4
    ).text
    try Self.expectSame([text])
  }

  @Test("Text that ends in the middle is refused in both ways")
  func cutText() throws {
    let text = DescribeText(seed: 3, groups: 60, kinds: [.ordinary], indent: 4).text
    for part in [3, 2] {
      let files = Self.files([String(text.prefix(text.count / part))])
      let left = Self.load(files, leaving: true, jobs: 2)
      #expect(left.failures.count == 1)
      #expect(left.failures == Self.load(files, leaving: false, jobs: 1).failures)
    }
  }

  @Test("Several files are judged in their order")
  func severalFiles() throws {
    let texts = (0..<3).map { number in
      DescribeText(seed: UInt64(number), groups: 40, kinds: [.ordinary], indent: 4).text
        .replacing("\"sg-", with: "\"sg-a\(number)")
    }
    try Self.expectSame(texts)
  }

  @Test("What two files say of one group is joined in memory")
  func sameGroupTwice() throws {
    let text = DescribeText(seed: 1, groups: 30, kinds: [.ordinary], indent: 4).text
    try Self.expectSame([text, text], isLeft: false)
  }

  /// A plan of a made-up account.
  private static func plan(seed: UInt64, groups: Int = 40) -> String {
    var bytes: [UInt8] = []
    GeneratedInput(.plan, elements: groups, rules: 6, seed: seed)
      .write(to: BenchmarkInputs.ByteSink { bytes += $0 })
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("Rules of plans mean the same where they are kept short", arguments: 1..<7 as Range<UInt64>)
  func rulesOfPlans(seed: UInt64) throws {
    let text = Self.plan(seed: seed)
    let kept = Self.load(Self.files([text]), leaving: true, jobs: 1).inventory
    #expect((0..<kept.count).count { kept.short?.has($0) ?? false } > 10)
    try Self.expectSame([text], isLeft: false)
  }

  @Test(
    "The first problems are the same on any number of threads, and lines go on behind them",
    arguments: [1, 2, 3])
  func firstProblems(jobs: Int) throws {
    let files = Self.files([Self.plan(seed: 3, groups: 300)])
    let outcome = Self.load(files, leaving: false, jobs: 1)
    let all = Array(Findings(try Self.judged(outcome, files, jobs: 1)))
    for limit in [0, 1, 100, 163, 250, 100_000] {
      let judged = try Self.judged(outcome, files, jobs: jobs)
      let next = judged.portions(inFull: limit, color: false)
      var made: [Finding] = []
      var problems = 0
      var lines: [UInt8] = []
      while let portion = next?() {
        switch portion {
        case .findings(let batch):
          #expect(problems < limit && lines.isEmpty)
          problems += batch.count { $0.verdict != .satisfied }
          made += batch
        case .digest(let digest):
          #expect(problems >= limit)
          lines += digest.lines
        }
      }
      #expect(made == Array(all.prefix(made.count)))
      #expect(problems >= limit || made.count == all.count)
      let expected = Self.inFull(Array(all.dropFirst(made.count)), files)
      #expect(String(decoding: lines, as: UTF8.self) == expected)
      #expect(judged.tally == Findings(all).tally)
    }
  }

  @Test("What a text shows of findings is what a report for programs says")
  func purposes() throws {
    let file = try #require(PackLibrary.embedded(named: "pni"))
    let packs = [try PackLoader.load(file, source: -1)]
    let files = Self.files([Self.plan(seed: 2, groups: 120)])
    let inventory = Self.load(files, leaving: false, jobs: 1).inventory
    let data = GroupJudge(inventory, packs, for: .data)
    let text = GroupJudge(inventory, packs, for: .text)
    let lines = GroupJudge(inventory, packs, for: .lines)
    let answers = GroupJudge(inventory, packs, for: .answers)
    var noted = 0
    for group in 0..<inventory.count {
      let known = data.findings(group)
      let own = text.findings(group)
      let short = lines.findings(group)
      let bare = answers.findings(group)
      for number in known.indices {
        let full = known[number]
        #expect(!full.fingerprint.isEmpty && !full.message.isEmpty)
        #expect(bare[number].verdict == full.verdict && bare[number].policy == full.policy)
        #expect(own[number].notes == full.notes && own[number].subject == full.subject)
        #expect(own[number].span == full.span && short[number].span == full.span)
        #expect(short[number].notes == full.notes && short[number].verdict == full.verdict)
        guard full.verdict != .satisfied else {
          if !full.notes.isEmpty { noted += 1 }
          continue
        }
        var expected = full
        expected.fingerprint = ""
        #expect(own[number] == expected)
        #expect(short[number].message == full.message && short[number].witness == full.witness)
        #expect(short[number].unknowns == full.unknowns)
      }
    }
    #expect(noted > 0)
  }

  @Test("Groups that two inputs show are joined with all their rules")
  func rulesOfTwoInputs() throws {
    let text = Self.plan(seed: 3)
    // The same again, and with other ports: which of the two is right is not known.
    try Self.expectSame([text, text], isLeft: false)
    try Self.expectSame(
      [text, text.replacing("\"to_port\":443", with: "\"to_port\":444")], isLeft: false)
    // Described, some groups of the plan look otherwise, and rules are listed by themselves.
    let ids = text.matches(of: /"id":"(sg-[0-9a-f]+)"/).map { String($0.output.1) }
    #expect(ids.count > 2)
    let groups = Set(ids).sorted().map {
      #"{"GroupId":"\#($0)","VpcId":"vpc-1","IpPermissions":[],"IpPermissionsEgress":[]}"#
    }
    let rules = Set(ids).sorted().map {
      #"{"SecurityGroupRuleId":"sgr-1","GroupId":"\#($0)","IsEgress":false,"IpProtocol":"tcp","FromPort":9,"ToPort":9,"CidrIpv4":"10.0.0.0/8"}"#
    }
    try Self.expectSame(
      [text, "{\"SecurityGroups\":[\(groups.joined(separator: ","))]}"], isLeft: nil)
    try Self.expectSame(
      [text, "{\"SecurityGroupRules\":[\(rules.joined(separator: ","))]}"], isLeft: nil)
  }

  /// A plan with blocks in groups, rules beside them, and interfaces.
  private static func planOfBlocks(_ seed: UInt64) -> String {
    var random = Numbers(state: seed)
    func any(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
    func block(_ count: Int) -> String {
      let blocks = (0..<Int.random(in: 0...count, using: &random)).map { _ in
        let service = any([
          #""protocol":"tcp","from_port":443,"to_port":443"#,
          #""protocol":"tcp","from_port":9092,"to_port":9092"#,
          #""protocol":"-1","from_port":0,"to_port":0"#,
          #""protocol":"tcp","from_port":0,"to_port":65535"#,
        ])
        let peer = any([
          #""cidr_blocks":["10.0.0.0/16"]"#, #""cidr_blocks":["0.0.0.0/1","128.0.0.0/1"]"#,
          #""ipv6_cidr_blocks":["::/0","fd00::/8"]"#, #""prefix_list_ids":["pl-1","pl-2"]"#,
          #""security_groups":["sg-1","sg-2","sg-99"]"#, #""self":true"#,
        ])
        return "{\(service),\(peer)}"
      }
      return "[\(blocks.joined(separator: ","))]"
    }
    var resources = [
      SmallPlan.Resource(
        address: "aws_vpc.v", actions: ["no-op"],
        before: #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#,
        after: #"{"id":"vpc-1","cidr_block":"10.0.0.0/16"}"#),
      SmallPlan.Resource(
        address: "aws_ec2_managed_prefix_list.l", actions: ["no-op"],
        before:
          #"{"id":"pl-1","name":"l","entry":[{"cidr":"10.0.0.0/17"},{"cidr":"10.0.128.0/17"}]}"#,
        after:
          #"{"id":"pl-1","name":"l","entry":[{"cidr":"10.0.0.0/17"},{"cidr":"10.0.128.0/17"}]}"#),
    ]
    for number in 0..<40 {
      var group = SmallPlan.Resource(address: "aws_security_group.g\(number)")
      let head = #""name":"g\#(number)","vpc_id":"vpc-\#(number % 2 + 1)","ingress":\#(block(4))"#
      switch number % 4 {
      case 0:
        group.after = "{\(head),\"egress\":\(block(1))}"
        group.unknown = #"{"id":true,"ingress":[{"cidr_blocks":true,"security_groups":true}]}"#
        if group.after.contains(#""ingress":[]"#) { group.unknown = #"{"id":true}"# }
      case 1:
        group.after = "{\(head)}"
        group.unknown = #"{"id":true,"egress":true}"#
      default:
        group.actions = ["no-op"]
        group.after = #"{"id":"sg-\#(number)",\#(head),"egress":\#(block(2))}"#
        if number % 8 == 3 {
          // What is not shown comes behind what is.
          group.after = #"{"id":"sg-\#(number)",\#(head)}"#
        }
        group.before = group.after
      }
      resources.append(group)
      guard number % 3 == 0 else { continue }
      var rule = SmallPlan.Resource(address: "aws_vpc_security_group_egress_rule.r\(number)")
      rule.after = #"{"cidr_ipv4":"10.0.0.0/16","ip_protocol":"-1"}"#
      rule.unknown = #"{"security_group_id":true}"#
      let name = "aws_security_group.g\(number)"
      rule.expressions = #""security_group_id":{"references":["\#(name).id","\#(name)"]}"#
      if number % 4 > 1 {
        rule.after =
          #"{"cidr_ipv4":"10.0.0.0/16","ip_protocol":"-1","security_group_id":"sg-\#(number)"}"#
        rule.unknown = "{}"
        if number % 2 == 0 {
          rule.actions = ["delete"]
          rule.before = rule.after
          rule.after = "null"
        }
      }
      resources.append(rule)
      var interface = SmallPlan.Resource(address: "aws_network_interface.i\(number)")
      interface.after = #"{"security_groups":["sg-\#(number)","sg-\#(number + 50)"]}"#
      if number % 5 == 0, seed % 2 == 0 {
        interface.after = #"{"description":"Confluent PNI","security_groups":["sg-\#(number)"]}"#
      }
      resources.append(interface)
    }
    return SmallPlan(resources: resources).text
  }

  private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 32) | (state << 32)
    }
  }

  @Test(
    "Blocks of plans mean the same where they stay in the plan", arguments: 0..<4 as Range<UInt64>)
  func blocksOfPlans(seed: UInt64) throws {
    let text = Self.planOfBlocks(seed)
    let kept = Self.load(Self.files([text]), leaving: true, jobs: 1, asksForTags: false).inventory
    #expect((0..<kept.count).count { kept.short?.has($0) ?? false } > 10)
    try Self.expectSame([text], isLeft: false)
    // Joined with another plan of the same groups, and with what is described of them.
    try Self.expectSame([text, Self.planOfBlocks(seed + 1)], isLeft: false)
    let group =
      #"{"GroupId":"sg-7","VpcId":"vpc-1","IpPermissions":[],"IpPermissionsEgress":[]}"#
    try Self.expectSame([text, "{\"SecurityGroups\":[\(group)]}"], isLeft: nil)
  }

  @Test("What carries a group that only a list of rules knows says that the list is whole")
  func carriersBesideListsOfRules() throws {
    let plan = SmallPlan(resources: [
      .init(
        address: "aws_instance.i", after: #"{"vpc_security_group_ids":["sg-8"]}"#),
      .init(address: "aws_network_interface.i", after: #"{"security_groups":["sg-9"]}"#),
    ])
    let rules = ["sg-8", "sg-9"].map {
      #"{"SecurityGroupRuleId":"sgr-1","GroupId":"\#($0)","IsEgress":false,"IpProtocol":"tcp","FromPort":9,"ToPort":9,"CidrIpv4":"10.0.0.0/8"}"#
    }
    try Self.expectSame(
      [plan.text, "{\"SecurityGroupRules\":[\(rules.joined(separator: ","))]}"], isLeft: nil)
  }

  @Test("Groups of plans and of YAML have the same lines in short as in full")
  func samples() throws {
    let root = URLPath.repository
    var files: [SourceFile] = []
    for name in ["samples", "Tests/LoadersTests/Fixtures"] {
      var collector = Collector()
      collector.take("\(root)/\(name)")
      files += collector.files
    }
    #expect(files.count > 20)
    var count = 0
    for file in files {
      let outcome = Self.load([file], leaving: false, jobs: 1)
      guard outcome.failures.isEmpty else { continue }
      try Self.expectSame([file], isLeft: nil)
      let judged = try Self.judged(outcome, [file], jobs: 1)
      let full = Self.inFull(Array(Findings(judged)), [file])
      #expect(Self.lines(judged).text == full, "\(file.path)")
      count += full.isEmpty ? 0 : 1
    }
    #expect(count > 10)
  }
}

/// Where the project is.
private enum URLPath {
  static let repository = #filePath.split(separator: "/").dropLast(3)
    .reduce(into: "") { $0 += "/\($1)" }
}
