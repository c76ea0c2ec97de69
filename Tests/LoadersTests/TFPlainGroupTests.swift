import SGModel
import Testing
import Workers

@testable import Loaders

/// Groups and interfaces that are left in the plan, and boxes that are kept short, mean what they mean when all
/// of it is taken to memory.
@Suite struct TFPlainGroupTests {
  /// How much of a plan is left where it stands.
  enum Way: CaseIterable {
    case nothing, rules, groups, all
  }

  struct Reading: Equatable {
    var groups: Int
    var interfaces: Int
    /// Boxes that were kept short.
    var short: Int
    var said: [String]
    /// Interfaces of PNI, and others.
    var ofPNI: [String]
    var others: [String]
  }

  static func reader(
    _ bytes: SourceBytes, _ way: Way, seed: UInt64 = .random(in: .min ... .max)
  ) -> TFPlanReader {
    TFPlanReader(
      bytes, document: Document(bytes: bytes.buffer, source: 0), source: 0, view: .after,
      leavesPlainRules: way != .nothing, leavesPlainGroups: way == .groups || way == .all,
      seed: seed)
  }

  private static func read(_ text: String, _ way: Way) throws -> Reading {
    let bytes = SourceBytes(Array(text.utf8))
    var json = JSONReader(bytes.buffer)
    var planReader = reader(bytes, way)
    return reading(of: try planReader.read(&json), way)
  }

  /// All that a plan says.
  static func reading(of plan: TFPlan, _ way: Way) -> Reading {
    let groups = plan.resources.indices.count { plan.resources.group(at: $0) != nil }
    let interfaces = plan.resources.indices.count { plan.resources.interface(at: $0) != nil }
    var normaliser = TFNormaliser(plan, keepsShort: way == .all || way == .rules)
    let facts = normaliser.normalise()
    var said = facts.issues.map { "\($0)" } + ["\(plan.resources.count) resources"]
    said += facts.groups.enumerated().flatMap { texts($0.element, $0.offset, facts) }
    for floating in facts.floating {
      said.append("\(floating.groups)")
      said += floating.entries.map { text($0) }
    }
    said += facts.vpcs.map { "\($0)" } + facts.prefixLists.map { "\($0)" }
    said += facts.associations.map { "\($0)" }
    return Reading(
      groups: groups, interfaces: interfaces, short: facts.rules?.facts.count ?? 0, said: said,
      ofPNI: facts.interfaces.filter { $0.isPNI }.map { "\($0)" },
      others: facts.interfaces.filter { !$0.isPNI }.map { "\($0)" })
  }

  private static func texts(_ group: GroupFact, _ number: Int, _ facts: Facts) -> [String] {
    var said = [
      "group \(number): \(group.id ?? "-") \(group.address ?? "-") \(group.name ?? "-")",
      "\(String(describing: group.vpc)) \(group.owner ?? "-") \(group.region ?? "-")",
      "\(spans(group)) \(group.related) \(group.isOnPNIInterface) \(group.floating)",
      "\(group.notes) \(group.unseen.sorted { $0.key.rawValue < $1.key.rawValue })",
    ]
    if let use = group.terraform {
      said.append("\(use.fate) \(use.written.map { $0.rawValue }.sorted()) \(use.owned.sorted())")
      said += use.oddities.map { "\($0)" }
    }
    said += group.removed.map { text($0) }
    // Of one direction the order counts.
    for direction in Direction.allCases {
      said += group.entries.filter { $0.direction == direction }.map { text($0) }
      for index in group.rules {
        guard let list = facts.rules else { return said }
        let entry = list.entry(ofFact: index)
        let box = list.box(ofFact: Int32(index))
        #expect(box.direction == entry.direction && box.isCertain == entry.isCertain)
        #expect(box.services == entry.origin.services)
        #expect(list.span(ofFact: Int32(index)) == entry.origin.span)
        if case .unknown(let name) = entry.peer {
          #expect(list.unknownName(ofFact: Int32(index)) == name)
        }
        if entry.direction == direction { said.append(text(entry)) }
      }
    }
    return said
  }

  private static func spans(_ group: GroupFact) -> String {
    [group.span, group.ingressSpan, group.egressSpan].map { String(describing: $0) }
      .joined(separator: " ")
  }

  private static func text(_ entry: EntryFact) -> String {
    let origin = entry.origin
    return
      "\(entry.direction) \(entry.peer) \(entry.isCertain) \(origin.carrier) \(String(describing: origin.span)) \(origin.services) \(origin.peerText) \(origin.peerID ?? "-") \(origin.id ?? "-") \(origin.address ?? "-") \(origin.reason ?? "-") \(origin.note ?? "-") \(origin.isSensitive) \(origin.hidesServices) \(origin.isNew) \(origin.isPrefixList) \(origin.related)"
  }

  private static func expectSame(_ left: Reading, _ taken: Reading, _ way: Way) {
    for (one, other) in zip(left.said, taken.said) where one != other {
      #expect(one == other, "\(way)")
      return
    }
    #expect(left.said.count == taken.said.count)
    #expect(left.ofPNI == taken.ofPNI)
    // Those that say no more than which groups they carry may be left out.
    var rest = taken.others[...]
    for other in left.others {
      while let first = rest.first, first != other { rest = rest.dropFirst() }
      #expect(rest.popFirst() == other)
    }
    if way == .groups { #expect(left.others == taken.others) }
  }

  /// Reads a plan in all ways, and returns what was read with everything left.
  @discardableResult
  private static func expectSame(_ text: String) throws -> Reading {
    let taken = try read(text, .nothing)
    #expect(taken.groups == 0 && taken.interfaces == 0 && taken.short == 0)
    for way in [Way.rules, .groups] { expectSame(try read(text, way), taken, way) }
    let left = try read(text, .all)
    expectSame(left, taken, .all)
    return left
  }

  @Test(arguments: 1...16 as ClosedRange<UInt64>)
  func meansTheSame(seed: UInt64) throws {
    let variants = TFGroupVariants(seed, count: 60)
    let left = try Self.expectSame(variants.plan.text)
    #expect(left.groups > 8)
    #expect(left.interfaces > 2)
    #expect(left.short > 10 || variants.hasExclusives)
  }

  @Test(arguments: 101...104 as ClosedRange<UInt64>)
  func usualPlansMeanTheSame(seed: UInt64) throws {
    let variants = TFGroupVariants(seed, count: 60, oddShare: 3)
    let left = try Self.expectSame(variants.plan.text)
    #expect(left.groups > 20)
    #expect(left.short > 30 || variants.hasExclusives)
  }

  @Test(arguments: 201...208 as ClosedRange<UInt64>)
  func unusualPlansMeanTheSame(seed: UInt64) throws {
    try Self.expectSame(TFGroupVariants(seed, count: 60, oddShare: 90).plan.text)
  }

  // MARK: What is left

  private static func group(_ further: String = "") -> String {
    #"{"id":"sg-1","name":"a","vpc_id":"vpc-1","owner_id":"1"\#(further)}"#
  }

  /// What is usual is left in the plan.
  @Test func leavesWhatIsUsual() throws {
    var plan = TestPlan()
    let block = TestValue.block(
      cidrs: ["10.0.0.0/16"], v6: ["::/0"], groups: ["sg-1", "sg-2"], lists: ["pl-1"], isSelf: true)
    let whole = Self.group(#","ingress":[\#(block)],"egress":[]"#)
    plan.change("aws_security_group.a", ["no-op"], before: whole, after: whole)
    plan.change(
      "aws_security_group.b", after: #"{"name":"b","vpc_id":"vpc-1","ingress":[\#(block)]}"#,
      unknown: #"{"id":true,"egress":true,"ingress":[{"cidr_blocks":[false],"self":false}]}"#)
    plan.change(
      "aws_security_group.c", after: #"{"name":"c","ingress":[\#(block)],"egress":null}"#,
      unknown: #"{"vpc_id":true,"ingress":[{"cidr_blocks":true,"security_groups":true}]}"#)
    plan.change("aws_security_group.d", after: #"{"name":"d"}"#, unknown: TestValue.omitted)
    plan.change(
      "aws_network_interface.a", after: #"{"security_groups":["sg-1","sg-9"]}"#,
      unknown: #"{"id":true}"#)
    plan.change(
      "aws_network_interface.b", after: "{}", unknown: #"{"id":true,"security_groups":true}"#)
    let reading = try Self.expectSame(plan.text)
    #expect(reading.groups == 4)
    #expect(reading.interfaces == 2)
    #expect(reading.short == 6 + 6 + 5)
  }

  /// Of what is unusual more has to be said than is kept.
  @Test(
    arguments: [
      #""ingress":[{"protocol":"-1","from_port":1,"to_port":2,"cidr_blocks":["10.0.0.0/8"]}]"#,
      #""ingress":[{"protocol":"tcp","from_port":1,"to_port":2}]"#,
      #""ingress":[{"protocol":"tcp","from_port":2,"to_port":1,"cidr_blocks":["10.0.0.0/8"]}]"#,
      #""ingress":[{"protocol":"tcp","from_port":1,"to_port":2,"security_groups":["1/sg-2"]}]"#,
      #""ingress":[{"protocol":"tcp","from_port":1,"to_port":2,"cidr_blocks":["x"]}]"#,
      #""ingress":[null]"#, #""ingress":{}"#, #""name":7"#, #""\u0069ngress":[]"#,
    ])
  func takesWhatIsUnusual(member: String) throws {
    var plan = TestPlan()
    plan.change("aws_security_group.a", after: "{\(member)}", unknown: #"{"id":true}"#)
    #expect(try Self.expectSame(plan.text).groups == 0)
  }

  @Test(
    arguments: [
      "true", #"{"ingress":[{},{}]}"#, #"{"ingress":[true]}"#, #"{"ingress":{"a":true}}"#,
      #"{"ingress":[{"protocol":true}]}"#, #"{"ingress":[{"cidr_blocks":[true]}]}"#,
      #"{"ingress":[{"other":true}]}"#, #"{"\u0069ngress":true}"#,
    ])
  func takesUnusualFlags(flags: String) throws {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.a",
      after: #"{"ingress":[\#(TestValue.block(cidrs: ["10.0.0.0/8"]))],"egress":[]}"#,
      unknown: flags)
    #expect(try Self.expectSame(plan.text).groups == 0)
  }

  /// A list that was read back shows rules that are resources of their own, and those that go.
  @Test(arguments: ["no-op", "delete", "update", "create"])
  func rulesBesideBlocks(action: String) throws {
    var plan = TestPlan()
    let block = TestValue.block(cidrs: ["10.0.0.0/16"])
    let whole = Self.group(#","ingress":[\#(block)],"egress":[\#(TestValue.allOut)]"#)
    plan.change("aws_security_group.a", ["no-op"], before: whole, after: whole)
    let rule = TestValue.rule("sg-1", "tcp", (443, 443), #""cidr_ipv4":"10.0.0.0/16""#)
    let other = TestValue.rule("sg-1", "tcp", (9, 9), #""cidr_ipv6":"::/0""#)
    plan.change(
      "aws_vpc_security_group_ingress_rule.r", [action],
      before: action == "create" ? "null" : rule,
      after: action == "delete" ? "null" : action == "update" ? other : rule)
    #expect(try Self.expectSame(plan.text).groups == 1)
  }

  /// An interface of PNI is one also where it is written as others before it.
  @Test(arguments: ["Confluent PNI-sub-1-eni-2", "\\u0043onfluent PNI-sub-1-eni-2", "mine"])
  func interfacesOfOneForm(description: String) throws {
    var plan = TestPlan()
    plan.change("aws_security_group.a", ["no-op"], before: Self.group(), after: Self.group())
    for number in 0..<4 {
      let text = number < 3 ? "eni \(number)" : description
      let value =
        #"{"id":"eni-\#(number)","description":"\#(text)","tags":{"Name":"x"},"security_groups":["sg-\#(number < 3 ? "2" : "1")"],"subnet_id":"subnet-1"}"#
      plan.change(
        "aws_network_interface.i[\(number)]", ["no-op"], before: value, after: value,
        key: "\(number)")
    }
    let left = try Self.expectSame(plan.text)
    #expect(left.ofPNI.isEmpty == (description == "mine"))
  }

  // MARK: Two threads

  private static func readByTwo(_ text: String) throws -> (reading: Reading, start: Int?) {
    let file = SourceFile.mapped("plan.json", text)
    let behind = ReadBehind(file)
    var json = JSONReader(file.bytes.buffer)
    json.forgetBehind(behind)
    let half = try #require(TFPlanHalf(file))
    let plan = try Workers.both(
      { () throws(SyntaxError) in
        var own = reader(file.bytes, .all, seed: 7)
        return try own.read(&json, half, behind)
      }, { half.read { reader(file.bytes, .all, seed: 7) } })
    return (reading(of: plan, .all), half.start)
  }

  @Test(arguments: 301...312 as ClosedRange<UInt64>)
  func halvesSayTheSame(seed: UInt64) throws {
    let text = TFGroupVariants(seed, count: 80, oddShare: 10).plan.text
    let two = try Self.readByTwo(text)
    #expect(two.start != nil)
    let one = try Self.read(text, .all)
    #expect(two.reading.groups == one.groups && two.reading.short == one.short)
    Self.expectSame(two.reading, one, .all)
    #expect(two.reading.others == one.others)
    Self.expectSame(two.reading, try Self.read(text, .nothing), .all)
  }
}
