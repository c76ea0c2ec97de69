import SGModel
import Testing

@testable import Loaders

/// Rules that are left in the plan mean what they mean when they are taken to memory.
@Suite struct TFPlainRuleTests {
  struct Reading: Equatable {
    var plain: Int
    var said: [String]
  }

  private static func read(_ text: String, leavesPlainRules: Bool) throws -> Reading {
    let bytes = SourceBytes(Array(text.utf8))
    let document = Document(bytes: bytes.buffer, source: 0)
    var reader = JSONReader(bytes.buffer)
    var planReader = TFPlanReader(
      bytes, document: document, source: 0, view: .after, leavesPlainRules: leavesPlainRules)
    return reading(of: try planReader.read(&reader))
  }

  /// All that a plan says.
  static func reading(of plan: TFPlan) -> Reading {
    let plain = plan.resources.indices.count { plan.resources.isPlainRule(at: $0) }
    var normaliser = TFNormaliser(plan)
    let facts = normaliser.normalise()
    var said = facts.issues.map { "\($0)" } + ["\(plan.resources.count) resources"]
    for group in facts.groups {
      said.append("\(group.id ?? "") \(group.address ?? "") \(group.region ?? "")")
      said.append("\(group.notes) \(group.unseen.sorted { $0.key.rawValue < $1.key.rawValue })")
      said.append("\(String(describing: group.terraform?.oddities))")
      said += group.removed.map { Self.text($0) }
      said += group.entries.map { Self.text($0) }
    }
    for floating in facts.floating {
      said.append("\(floating.groups)")
      said += floating.entries.map { Self.text($0) }
    }
    return Reading(plain: plain, said: said)
  }

  private static func text(_ entry: EntryFact) -> String {
    let origin = entry.origin
    return
      "\(entry.direction) \(entry.peer) \(entry.isCertain) \(origin.carrier) \(String(describing: origin.span)) \(origin.services) \(origin.peerText) \(origin.peerID ?? "-") \(origin.id ?? "-") \(origin.address ?? "-") \(origin.reason ?? "-") \(origin.note ?? "-") \(origin.isSensitive) \(origin.hidesServices) \(origin.isNew) \(origin.isPrefixList) \(origin.related)"
  }

  // MARK: Variants of a rule

  /// What an attribute may be.
  private static let values = [
    "null", "true", "false", "443", "0", "-1", "4.5", "\"\"", "\"tcp\"", "\"-1\"", "\"UDP\"",
    "\"47\"", "\"ingress\"", "\"egress\"", "\"10.0.0.0/8\"", "\"10.1.2.3/8\"", "\"::/0\"",
    "\"fd00::/8\"", "\"sg-1\"", "\"sg-2\"", "\"123456789012/sg-1\"", "\"pl-1\"",
    "\"sg\\u002d1\"", "\"caf\\u00e9 \\\"x\\\"\"", "[]", "[\"10.0.0.0/8\"]", "[\"::/0\"]",
    "[\"10.0.0.0/8\",\"10.0.0.0/9\"]", "[null]", "[\"pl-1\"]", "[4]", "{}", "{\"a\":true}",
  ]
  private static let flags = [
    "true", "false", "null", "[]", "[true]", "[false]", "[false,true]", "{}", "{\"a\":true}",
  ]
  private static let shapes: [(type: String, values: [(String, String)])] = [
    (
      "aws_vpc_security_group_ingress_rule",
      [
        ("arn", "\"arn:aws:ec2:eu-west-1:1:security-group-rule/sgr-1\""),
        ("cidr_ipv4", "\"10.0.0.0/16\""), ("cidr_ipv6", "null"), ("description", "\"a\""),
        ("from_port", "443"), ("id", "\"sgr-1\""), ("ip_protocol", "\"tcp\""),
        ("prefix_list_id", "null"), ("referenced_security_group_id", "null"), ("region", "null"),
        ("security_group_id", "\"sg-1\""), ("security_group_rule_id", "\"sgr-1\""),
        ("to_port", "443"),
      ]
    ),
    (
      "aws_vpc_security_group_egress_rule",
      [
        ("cidr_ipv4", "null"), ("cidr_ipv6", "null"), ("description", "null"),
        ("from_port", "null"), ("ip_protocol", "\"-1\""), ("prefix_list_id", "null"),
        ("referenced_security_group_id", "\"sg-2\""), ("security_group_id", "\"sg-1\""),
        ("to_port", "null"),
      ]
    ),
    (
      "aws_security_group_rule",
      [
        ("cidr_blocks", "[\"10.0.0.0/16\"]"), ("description", "\"a\""), ("from_port", "443"),
        ("ipv6_cidr_blocks", "null"), ("prefix_list_ids", "null"), ("protocol", "\"tcp\""),
        ("security_group_id", "\"sg-1\""), ("self", "false"),
        ("source_security_group_id", "null"), ("to_port", "443"), ("type", "\"ingress\""),
      ]
    ),
  ]

  private static func object(_ members: [(String, String)]) -> String {
    "{\(members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
  }

  /// Changes of rules, most of them usual.
  static func variants(_ seed: UInt64, count: Int) -> [String] {
    var random = SeededNumbers(state: seed)
    var result: [String] = []
    for number in 0..<count {
      guard let (type, base) = shapes.randomElement(using: &random) else { continue }
      var values = base
      var unknown: [(String, String)] = []
      var sensitive: [(String, String)] = []
      // Attributes that only another type has mean nothing here, even where they are not known.
      let keys = (number % 4 == 0 ? shapes.flatMap { $0.values } : base).map { $0.0 }
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let index = Int.random(in: 0..<values.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
          let key = values.remove(at: index).0
          if Bool.random(using: &random), !unknown.contains(where: { $0.0 == key }) {
            unknown.append((key, "true"))
          }
        case 1:
          guard let key = keys.randomElement(using: &random),
            let flag = flags.randomElement(using: &random),
            !unknown.contains(where: { $0.0 == key })
          else { continue }
          unknown.append((key, flag))
        case 2 where Int.random(in: 0..<3, using: &random) == 0:
          guard let key = keys.randomElement(using: &random),
            let flag = flags.randomElement(using: &random),
            !sensitive.contains(where: { $0.0 == key })
          else { continue }
          sensitive.append((key, flag))
        default: values[index].1 = Self.values.randomElement(using: &random) ?? "null"
        }
      }
      let after = object(values)
      var before = "null"
      var actions = ["create"]
      switch Int.random(in: 0..<8, using: &random) {
      case 0:
        before = after
        actions = ["no-op"]
        if Bool.random(using: &random) { unknown = [] }
      case 1:
        before = object(base)
        actions = ["update"]
      case 2:
        before = after
        actions =
          [["update"], ["delete", "create"], ["create", "delete"], ["forget"], ["strange"]]
          .randomElement(using: &random) ?? []
      default: break
      }
      result.append(
        TestPlan.changeText(
          "\(type).r[\"\(number)\"]", actions, before: before, after: after,
          unknown: object(unknown), sensitive: object(sensitive), key: "\"\(number)\""))
    }
    return result
  }

  /// A plan with many rules, on groups that are there and that it makes.
  static func plan(_ seed: UInt64, count: Int) -> TestPlan {
    var plan = TestPlan()
    plan.change(
      "aws_security_group.a", ["no-op"],
      before: #"{"id":"sg-1","name":"a","vpc_id":"vpc-1","arn":"arn:aws:ec2:eu-west-1:1:x"}"#,
      after: #"{"id":"sg-1","name":"a","vpc_id":"vpc-1","arn":"arn:aws:ec2:eu-west-1:1:x"}"#)
    plan.change(
      "aws_security_group.b", after: #"{"name":"b","vpc_id":"vpc-1"}"#,
      unknown: #"{"id":true,"ingress":true,"egress":true}"#)
    plan.changes += variants(seed, count: count)
    for shape in shapes {
      plan.resources.append(
        #"{"mode":"managed","type":"\#(shape.type)","name":"r","expressions":{"security_group_id":{"references":["aws_security_group.b.id","aws_security_group.b"]},"referenced_security_group_id":{"references":["aws_security_group.b.id","aws_security_group.b"]},"cidr_ipv4":{"references":["var.x"]}},"for_each_expression":{"references":["var.y"]}}"#
      )
    }
    return plan
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func meansTheSame(seed: UInt64) throws {
    let plan = Self.plan(seed, count: 400)
    let left = try Self.read(plan.text, leavesPlainRules: true)
    let taken = try Self.read(plan.text, leavesPlainRules: false)
    #expect(taken.plain == 0)
    #expect(left.plain > 100)
    for (one, other) in zip(left.said, taken.said) where one != other {
      #expect(one == other)
      break
    }
    #expect(left.said.count == taken.said.count)
  }

  /// Names that are numbers, or written with escapes, are names all the same.
  @Test(arguments: ["5", "12", #""\u0072""#, "null", "true"])
  func namesAreWhatTheyAre(name: String) throws {
    var plan = Self.plan(1, count: 0)
    let (type, values) = Self.shapes[0]
    for number in 0..<5 {
      let after = Self.object(values.filter { $0.0 != "arn" })
      let change = TestPlan.changeText(
        "\(type).r[\(number)]", ["create"], after: after, key: "\(number)")
      // Each is a resource of its own, so that its name is looked at.
      let own = name.first?.isNumber ?? false ? String(number) : name
      plan.changes.append(change.replacing(#""name":"r""#, by: #""name":\#(own)"#))
    }
    let left = try Self.read(plan.text, leavesPlainRules: true)
    #expect(left.said == (try Self.read(plan.text, leavesPlainRules: false).said))
    #expect(left.said.contains { $0.hasPrefix("ingress") })
  }

  /// Rules that are written as some before them differ in their values all the same.
  @Test func formsKnowWhatDiffers() throws {
    var plan = TestPlan()
    func rule(_ cidr: String, arn: String? = nil) -> String {
      let arn = arn.map { #""arn":"arn:aws:ec2:\#($0):1:x","# } ?? ""
      return
        #"{\#(arn)"cidr_ipv4":"\#(cidr)","ip_protocol":"tcp","from_port":22,"to_port":22,"security_group_id":"sg-1"}"#
    }
    for region in ["eu-west-1", "us-east-1"] {
      let group =
        #"{"id":"sg-1","name":"\#(region)","vpc_id":"vpc-1","arn":"arn:aws:ec2:\#(region):1:x"}"#
      plan.change("aws_security_group.\(region)", ["no-op"], before: group, after: group)
    }
    let type = "aws_vpc_security_group_ingress_rule"
    for number in 0..<4 {
      // Of what stays, both sides say the same, and of the last one they do not.
      plan.change(
        "\(type).kept[\(number)]", ["no-op"],
        before: rule(number < 3 ? "10.0.0.0/8" : "10.0.0.0/99"),
        after: rule("10.0.0.0/8"), key: "\(number)")
      // The region of what changes is that of before, where nothing else says one.
      plan.change(
        "\(type).changed[\(number)]", ["update"],
        before: rule("10.1.0.0/16", arn: number < 3 ? "eu-west-1" : "us-east-1"),
        after: rule("10.2.0.0/16"), unknown: #"{"arn":true}"#, key: "\(number)")
      plan.change(
        "\(type).gone[\(number)]", ["delete"], before: rule("10.\(number).0.0/16"),
        key: "\(number)")
    }
    let left = try Self.read(plan.text, leavesPlainRules: true)
    #expect(left.plain == 11)
    #expect(left.said == (try Self.read(plan.text, leavesPlainRules: false).said))
    #expect(left.said.contains { $0.contains("10.0.0.0/99") })
  }

  /// What is usual is left in the plan.
  @Test(arguments: 0..<3)
  func leavesWhatIsUsual(shape: Int) throws {
    var plan = TestPlan()
    let (type, values) = Self.shapes[shape]
    plan.change("\(type).r", after: Self.object(values), unknown: #"{"id":true,"tags_all":{}}"#)
    plan.change("\(type).s", ["update"], before: Self.object(values), after: Self.object(values))
    plan.change("\(type).t", ["no-op"], before: Self.object(values), after: Self.object(values))
    #expect(try Self.read(plan.text, leavesPlainRules: true).plain == 3)
  }

  /// An address that occurs twice is said, also of what is left in the plan.
  @Test func saysAddressesTwice() throws {
    var plan = TestPlan()
    let (type, values) = Self.shapes[0]
    for _ in 0..<2 { plan.change("\(type).r", after: Self.object(values)) }
    let said = try Self.read(plan.text, leavesPlainRules: true).said
    #expect(said.contains { $0.contains("is in the plan more than once") })
    #expect(said == (try Self.read(plan.text, leavesPlainRules: false).said))
  }
}
