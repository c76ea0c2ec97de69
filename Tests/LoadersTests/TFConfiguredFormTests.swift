import SGModel
import Testing

@testable import Loaders

/// Resources that are configured alike differ in what they refer to all the same.
@Suite struct TFConfiguredFormTests {
  private static let groups = ["a", "b", "c"]

  /// References that can stand for a group.
  private static let references = [
    #""aws_security_group.a.id","aws_security_group.a""#,
    #""aws_security_group.b.id","aws_security_group.b""#,
    #""aws_security_group.c.arn","aws_security_group.c""#,
    // Two of them, a key, names with escapes, and what leads into a module or to an instance.
    #""aws_security_group.a.id","aws_security_group.b""#,
    #""aws_security_group.a[0].id","aws_security_group.a""#,
    #""aws_security_group.\u0062.id","aws_security_group.b""#,
    #""module.m.sg","module.m""#,
    #""module.m[\"x\"].sg","module.m""#,
    #""each.value","each""#,
    #""var.group","var""#,
  ]

  private static func plan(_ random: inout SeededNumbers, isSpread: Bool) -> String {
    var plan = TestPlan()
    for group in groups {
      plan.change(
        "aws_security_group.\(group)", after: #"{"name":"\#(group)","vpc_id":"vpc-1"}"#,
        unknown: #"{"id":true}"#)
      plan.resources.append(
        #"{"address":"aws_security_group.\#(group)","mode":"managed","type":"aws_security_group","name":"\#(group)","provider_config_key":"aws","expressions":{"name":{"constant_value":"\#(group)"}}}"#
      )
    }
    plan.calls =
      #""m":{"source":"./m","module":{"outputs":{"sg":{"expression":{"references":["aws_security_group.inner.id","aws_security_group.inner"]}}},"resources":[{"address":"aws_security_group.inner","mode":"managed","type":"aws_security_group","name":"inner","provider_config_key":"m:aws","expressions":{}}]}}"#
    plan.change(
      "module.m.aws_security_group.inner", after: #"{"name":"inner","vpc_id":"vpc-1"}"#,
      unknown: #"{"id":true}"#, module: "module.m")
    let types = ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"]
    for number in 0..<80 {
      let type = types[Int(random.next() % 2)]
      plan.change(
        "\(type).r\(number)",
        after: #"{"ip_protocol":"tcp","from_port":\#(number),"to_port":\#(number)}"#,
        unknown: #"{"security_group_id":true,"referenced_security_group_id":true}"#)
      let name = random.next() % 8 == 0 ? #"\u0072\#(number)"# : "r\(number)"
      let group = references[Int(random.next() % 6)]
      let peer = references[Int(random.next() % UInt64(references.count))]
      let isPeerFirst = random.next() % 4 == 0
      let expressions = [
        #""security_group_id":{"references":[\#(group)]}"#,
        #""referenced_security_group_id":{"references":[\#(peer)]}"#,
      ]
      // No two have the same stretches where each has another number of spaces.
      let space = isSpread ? String(repeating: " ", count: number + 1) : ""
      plan.resources.append(
        #"{\#(space)"address":"\#(type).r\#(number)","mode":"managed","type":"\#(type)","name":"\#(name)","provider_config_key":"\#(random.next() % 3 == 0 ? "aws.east" : "aws")","expressions":{\#((isPeerFirst ? expressions.reversed() : expressions).joined(separator: ","))}}"#
      )
    }
    plan.providers =
      #""aws":{"name":"aws","expressions":{"region":{"constant_value":"eu-west-1"}}},"aws.east":{"name":"aws","alias":"east","expressions":{"region":{"constant_value":"us-east-1"}}}"#
    return plan.text
  }

  private static func read(_ text: String) throws -> [String] {
    let bytes = SourceBytes(Array(text.utf8))
    let document = Document(bytes: bytes.buffer, source: 0)
    var reader = JSONReader(bytes.buffer)
    var planReader = TFPlanReader(bytes, document: document, source: 0, view: .after)
    return TFPlainRuleTests.reading(of: try planReader.read(&reader)).said
  }

  @Test(
    "What refers to a group is the same whether its resource is written as one before it or not",
    arguments: 0..<20 as Range<UInt64>)
  func sameAsOneByOne(seed: UInt64) throws {
    var random = SeededNumbers(state: seed)
    let alike = try Self.read(Self.plan(&random, isSpread: false))
    random = SeededNumbers(state: seed)
    let spread = try Self.read(Self.plan(&random, isSpread: true))
    #expect(alike == spread)
    // Rules are on groups, and some of their peers are known.
    #expect(alike.contains { $0.hasPrefix("ingress group(") })
  }
}
