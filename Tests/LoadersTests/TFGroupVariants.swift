@testable import Loaders

/// Plans with groups, and with what belongs to groups, most of it as plans usually have it.
struct TFGroupVariants {
  typealias Members = [(String, String)]

  private var random: SeededNumbers
  private(set) var plan = TestPlan()
  private let count: Int
  /// Of how many things in a hundred something is unusual.
  private let oddShare: Int
  /// Whether something claims all rules of some groups: then no boxes are kept short.
  let hasExclusives: Bool
  /// What the modules configure, by type and name.
  private var inModule: [String] = []
  /// The modules that groups are in.
  private static let modules = [#"module.m["a"]"#, #"module.m["b"]"#]

  /// What a value may be where something else is expected.
  private static let values = [
    "null", "true", "false", "443", "0", "-1", "4.5", "\"\"", "\"tcp\"", "\"-1\"", "\"UDP\"",
    "\"47\"", "\"10.0.0.0/8\"", "\"10.1.2.3/8\"", "\"::/0\"", "\"sg-1\"",
    "\"123456789012/sg-1\"", "\"pl-1\"", "\"sg\\u002d1\"", "\"caf\\u00e9 \\\"x\\\"\"", "[]",
    "[\"10.0.0.0/8\"]", "[\"::/0\"]", "[\"::/0\",\"10.0.0.0/9\"]", "[null]", "[\"pl-1\"]", "[4]",
    "[\"sg-2\",\"1/sg-1\"]", "[[\"sg-1\"]]", "{}", "{\"a\":true}", "[{}]",
    "[\"10.0.0.0\\u002f8\"]", "[\"s\\u0067-1\"]", "[\"p\\u006c-1\"]", "\"Confluent x\"",
    "[\"sg-1,sg-2\"]", "[\"x\"]", "[\"10.0.0.0/33\"]",
  ]
  private static let flags = [
    "true", "false", "null", "[]", "[true]", "[false]", "[false,true]", "[{}]", "[{},{},{},{},{}]",
    "[{\"cidr_blocks\":true}]", "[{\"cidr_blocks\":[true]}]", "[{\"self\":true}]",
    "[{\"security_groups\":[false,false,false]}]", "[{\"protocol\":true}]", "{}",
    "{\"a\":true}", "[true,{\"ipv6_cidr_blocks\":true,\"security_groups\":true}]", "\"x\"",
    "[{\"prefix_list_ids\":true,\"other\":true}]", "[{\"c\\u0069dr_blocks\":true}]",
  ]
  private static let keys = [
    "ingress", "egress", "id", "name", "vpc_id", "owner_id", "security_groups", "description",
    "tags", "region", "arn", "cidr_blocks",
  ]

  init(_ seed: UInt64, count: Int, oddShare: Int = 30) {
    random = SeededNumbers(state: seed)
    self.count = count
    self.oddShare = oddShare
    hasExclusives = seed % 8 == 0
    for number in 0..<count { add(number) }
    addSurroundings()
    if chance(50) { plan.changes.shuffle(using: &random) }
    for _ in 0..<(chance(30) ? 2 : 0) {
      if let change = plan.changes.randomElement(using: &random) { plan.changes.append(change) }
    }
    plan.providers =
      chance(50) ? #""aws":{"expressions":{"region":{"constant_value":"eu-west-1"}}}"# : ""
    let peer = TestPlan.references("aws_security_group.g1.id", "aws_security_group.g1")
    plan.calls =
      #""m":{"expressions":{"peer":\#(peer)},"for_each_expression":{"references":["local.x"]},"module":{"outputs":{"id":{"expression":\#(TestPlan.references("aws_security_group.g", "aws_security_group.g[0]"))}},"resources":[\#(inModule.joined(separator: ","))],"variables":{"peer":{}}}}"#
  }

  // MARK: Chance

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private mutating func any<Element>(_ list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  private mutating func id() -> String { "sg-\(Int.random(in: 0..<count + 3, using: &random))" }

  private static func object(_ members: Members) -> String {
    "{\(members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
  }

  /// Changes something of a few of these.
  private mutating func bend(_ members: inout Members) {
    guard chance(oddShare), !members.isEmpty else { return }
    let index = Int.random(in: 0..<members.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: members.remove(at: index)
    case 1: members.shuffle(using: &random)
    case 2:
      let key = members[index].0
      guard let first = key.first, !members.contains(where: { $0.0 == "x\(key)" }) else { return }
      members[index].0 =
        "\\u00\(String(first.asciiValue ?? 0x61, radix: 16))\(key.dropFirst())"
    case 3:
      let key = any(Self.keys)
      if !members.contains(where: { $0.0 == key }) { members.append((key, any(Self.values))) }
    default: members[index].1 = any(Self.values)
    }
  }

  private mutating func bendFlags(_ members: inout Members) {
    guard chance(oddShare) else { return }
    let key = any(Self.keys)
    members.removeAll { $0.0 == key }
    members.append((key, any(Self.flags)))
  }

  // MARK: Groups

  private mutating func services() -> (proto: String, from: Int, to: Int) {
    any([
      ("tcp", 443, 443), ("tcp", 9092, 9092), ("-1", 0, 0), ("udp", 53, 53), ("tcp", 0, 65535),
      ("icmp", -1, -1), ("47", 0, 0), ("TCP", 22, 25),
    ])
  }

  private mutating func v4() -> String {
    any(["10.0.0.0/16", "0.0.0.0/0", "10.\(Int.random(in: 0..<9, using: &random)).0.0/16"])
  }

  private mutating func v6() -> String {
    any(["::/0", "fd00::/8", "2001:db8:\(Int.random(in: 0..<99, using: &random))::/48"])
  }

  private mutating func block(on group: String) -> String {
    let (proto, from, to) = services()
    var lists = ["": ""]
    func add(_ key: String, _ text: String) {
      lists[key] = (lists[key].map { "\($0)," } ?? "") + "\"\(text)\""
    }
    var isItself = false
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      switch Int.random(in: 0..<9, using: &random) {
      case 0...3: add("cidr_blocks", v4())
      case 4: add("ipv6_cidr_blocks", v6())
      case 5: add("prefix_list_ids", "pl-\(Int.random(in: 0..<4, using: &random))")
      case 6, 7: add("security_groups", chance(30) ? group : id())
      default: isItself = true
      }
    }
    func list(_ key: String) -> String { "[\(lists[key] ?? "")]" }
    var members: Members = [
      ("cidr_blocks", list("cidr_blocks")), ("description", any(["\"\"", "\"a\"", "\"\\u00e9\""])),
      ("from_port", "\(from)"), ("ipv6_cidr_blocks", list("ipv6_cidr_blocks")),
      ("prefix_list_ids", list("prefix_list_ids")), ("protocol", "\"\(proto)\""),
      ("security_groups", list("security_groups")), ("self", "\(isItself)"), ("to_port", "\(to)"),
    ]
    if chance(oddShare / 3) { bend(&members) }
    return Self.object(members)
  }

  private mutating func blocks(on group: String, atMost limit: Int) -> String {
    let count = Int.random(in: 0...limit, using: &random)
    return "[\((0..<count).map { _ in block(on: group) }.joined(separator: ","))]"
  }

  /// What a group says; one that is there already says all.
  private mutating func values(_ number: Int, isThere: Bool) -> Members {
    let id = "sg-\(number)"
    var members: Members = []
    if isThere {
      members.append(
        ("arn", "\"arn:aws:ec2:\(any(["eu-west-1", "eu-west-1", "us-east-1"])):1:group/\(id)\""))
    }
    if isThere || chance(50) { members.append(("egress", blocks(on: id, atMost: 2))) }
    if isThere { members.append(("id", "\"\(id)\"")) }
    if isThere || chance(60) { members.append(("ingress", blocks(on: id, atMost: 3))) }
    members.append(("name", any(["\"g\(number)\"", "\"g\(number)\"", "\"\\u0067\(number)\""])))
    if isThere { members.append(("owner_id", "\"123456789012\"")) }
    members.append(("tags", #"{"Name":"t"}"#))
    members.append(("vpc_id", "\"vpc-\(number % 3)\""))
    bend(&members)
    return members
  }

  private mutating func unknown(_ values: Members) -> Members {
    var unknown: Members = [("id", "true"), ("arn", "true"), ("tags_all", "{}")]
    for key in ["ingress", "egress"] {
      if !values.contains(where: { $0.0 == key }) {
        unknown.append((key, "true"))
      } else if chance(30) {
        unknown.append(
          (key, any(["[{\"cidr_blocks\":true}]", "[{\"security_groups\":true},{}]", "[{}]"])))
      }
    }
    bendFlags(&unknown)
    return unknown
  }

  private mutating func add(_ number: Int) {
    let module = chance(35) ? any(Self.modules) : nil
    let name = module == nil ? "g\(number)" : "g"
    let type = chance(4) ? "aws_default_security_group" : "aws_security_group"
    let own = module.map { "\($0)." } ?? ""
    let key = module == nil ? nil : "\(number)"
    let address = "\(own)\(type).\(name)" + (key.map { "[\($0)]" } ?? "")
    var sensitive: Members = [("tags", "{}")]
    if chance(oddShare / 4) {
      sensitive.append(
        any([("ingress", "[{\"cidr_blocks\":true}]"), ("name", "true"), ("egress", "true")]))
    }
    let deposed = chance(3) ? "abcdef01" : nil
    let further = chance(4) ? #""importing":{"id":"sg-\#(number)"}"# : ""
    var before = "null"
    var after = "null"
    var flags = "{}"
    var actions = ["no-op"]
    var isThere = true
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<8:
      after = Self.object(values(number, isThere: true))
      before = after
      if chance(5) { flags = any(Self.flags) }
    case 8..<14:
      isThere = false
      actions = ["create"]
      let values = values(number, isThere: false)
      after = Self.object(values)
      flags = Self.object(unknown(values))
    case 14, 15:
      actions = ["update"]
      before = Self.object(values(number, isThere: true))
      after = Self.object(values(number, isThere: true))
    case 16:
      actions = any([["delete"], ["forget"]])
      before = Self.object(values(number, isThere: true))
    case 17:
      actions = any([["delete", "create"], ["create", "delete"], ["create", "forget"], ["odd"]])
      before = Self.object(values(number, isThere: true))
      let values = values(number, isThere: false)
      after = Self.object(values)
      flags = Self.object(unknown(values))
    default:
      before = Self.object(values(number, isThere: true))
      after = chance(50) ? before.replacing("\"tags\":", by: "\"tags\": ") : before
    }
    var change = TestPlan.changeText(
      address, actions, before: before, after: after, unknown: flags,
      sensitive: Self.object(sensitive), key: key, module: module, deposed: deposed,
      further: further)
    if chance(3) { change = change.replacing("\"name\":\"\(name)\"", by: "\"name\":\(number)") }
    plan.changes.append(change)
    if module == nil || inModule.isEmpty {
      let written =
        any(["", "", #""ingress":{"references":["var.x"]}"#, #""egress":{"constant_value":[]}"#])
      configure(TestPlan.configured("\(type).\(name)", written), module)
    }
    for rule in 0..<(chance(50) ? Int.random(in: 1...4, using: &random) : 0) {
      addRule(rule, of: number, name, module, isThere: isThere)
    }
    if chance(40) { addInterface(number, name, module) }
    if hasExclusives, isThere, chance(5) {
      plan.change(
        "aws_vpc_security_group_rules_exclusive.e\(number)",
        after:
          #"{"egress_rule_ids":[],"ingress_rule_ids":["sgr-\#(number)-0"],"security_group_id":"sg-\#(number)"}"#
      )
    }
  }

  private mutating func configure(_ resource: String, _ module: String?) {
    if module == nil { plan.resources.append(resource) } else { inModule.append(resource) }
  }

  // MARK: Rules

  private mutating func ruleValues(_ id: String?, isLegacy: Bool, _ ruleID: String) -> Members {
    let (proto, from, to) = services()
    var members: Members = [
      ("from_port", proto == "-1" ? "null" : "\(from)"),
      (isLegacy ? "protocol" : "ip_protocol", "\"\(proto)\""),
      ("to_port", proto == "-1" ? "null" : "\(to)"), ("description", any(["null", "\"x\""])),
    ]
    if isLegacy { members.append(("type", any(["\"ingress\"", "\"egress\""]))) }
    func peer(_ single: String, _ legacy: String, _ text: String) {
      members.append(isLegacy ? (legacy, "[\"\(text)\"]") : (single, "\"\(text)\""))
    }
    switch Int.random(in: 0..<7, using: &random) {
    case 0...2: peer("cidr_ipv4", "cidr_blocks", v4())
    case 3: peer("cidr_ipv6", "ipv6_cidr_blocks", v6())
    case 4:
      peer("prefix_list_id", "prefix_list_ids", "pl-\(Int.random(in: 0..<4, using: &random))")
    default:
      members.append(
        (isLegacy ? "source_security_group_id" : "referenced_security_group_id", "\"\(self.id())\"")
      )
    }
    if let id {
      members.append(("security_group_id", "\"\(id)\""))
      members.append(("security_group_rule_id", "\"\(ruleID)\""))
    }
    if chance(oddShare / 3) { bend(&members) }
    return members
  }

  private mutating func addRule(
    _ rule: Int, of number: Int, _ name: String, _ module: String?, isThere: Bool
  ) {
    let isLegacy = chance(25)
    let direction = any(["ingress", "egress"])
    let type =
      isLegacy ? "aws_security_group_rule" : "aws_vpc_security_group_\(direction)_rule"
    let address = (module.map { "\($0)." } ?? "") + "\(type).r\(name)[\"\(number)-\(rule)\"]"
    let ruleID = "sgr-\(number)-\(rule)"
    let id = isThere ? "sg-\(number)" : nil
    var before = "null"
    var after = "null"
    var actions = ["create"]
    var unknown: Members = []
    switch isThere ? Int.random(in: 0..<6, using: &random) : 0 {
    case 0:
      let isKnown = isThere && chance(60)
      var values = ruleValues(isKnown ? id : nil, isLegacy: isLegacy, ruleID)
      values.removeAll { $0.0 == "security_group_rule_id" }
      unknown = [("security_group_rule_id", "true"), ("id", "true")]
      if !isKnown { unknown.append(("security_group_id", "true")) }
      let peer = isLegacy ? "source_security_group_id" : "referenced_security_group_id"
      if chance(30) {
        values.removeAll { ["cidr_ipv4", "cidr_blocks", peer].contains($0.0) }
        unknown.append((peer, "true"))
      }
      after = Self.object(values)
    case 1, 2:
      actions = ["no-op"]
      after = Self.object(ruleValues(id, isLegacy: isLegacy, ruleID))
      before = after
    case 3:
      actions = any([["update"], ["delete", "create"], ["create", "delete"]])
      before = Self.object(ruleValues(id, isLegacy: isLegacy, ruleID))
      after = Self.object(ruleValues(id, isLegacy: isLegacy, ruleID))
    default:
      actions = ["delete"]
      before = Self.object(ruleValues(id, isLegacy: isLegacy, ruleID))
    }
    plan.change(
      address, actions, before: before, after: after, unknown: Self.object(unknown),
      key: "\"\(number)-\(rule)\"", module: module)
    guard module == nil || !inModule.contains(where: { $0.contains("\"\(type)\"") }) else { return }
    let own = TestPlan.references("aws_security_group.\(name).id", "aws_security_group.\(name)")
    let other = any([
      TestPlan.references("each.value.peer", "each.value"),
      TestPlan.references("var.peer"), TestPlan.references("module.m[\"a\"].id", "module.m"),
      TestPlan.references("aws_security_group.g2.id", "aws_security_group.g2"),
    ])
    configure(
      TestPlan.configured(
        "\(type).r\(name)",
        #""security_group_id":\#(own),"source_security_group_id":\#(other),"referenced_security_group_id":\#(other)"#,
        forEach: #"{"references":["var.y"]}"#), module)
  }

  // MARK: What carries groups

  private mutating func addInterface(_ number: Int, _ name: String, _ module: String?) {
    var values: Members = [
      ("description", any(["null", "\"x\"", "\"Conf\""])), ("tags", #"{"Name":"x"}"#),
      ("subnet_id", "\"subnet-1\""),
    ]
    var unknown: Members = [("id", "true")]
    let isUnknown = chance(40)
    if isUnknown {
      unknown.append(("security_groups", "true"))
    } else {
      let ids = (0..<Int.random(in: 0...2, using: &random)).map { _ in "\"\(id())\"" }
      values.append(("security_groups", "[\(ids.joined(separator: ","))]"))
    }
    bend(&values)
    if chance(oddShare / 2) { bendFlags(&unknown) }
    let address = (module.map { "\($0)." } ?? "") + "aws_network_interface.i\(name)[\(number)]"
    switch Int.random(in: 0..<5, using: &random) {
    case 0, 1:
      values.removeAll { $0.0 == "id" }
      values.append(("id", "\"eni-\(number)\""))
      let text = Self.object(values)
      plan.change(
        address, ["no-op"], before: text, after: text, key: "\(number)", module: module)
    case 2:
      values.removeAll { $0.0 == "id" }
      values.append(("id", "\"eni-\(number)\""))
      plan.change(
        address, any([["delete"], ["update"]]), before: Self.object(values),
        after: chance(50) ? "null" : Self.object(values), key: "\(number)", module: module)
    default:
      plan.change(
        address, after: Self.object(values), unknown: Self.object(unknown), key: "\(number)",
        module: module)
    }
    guard module == nil || !inModule.contains(where: { $0.contains("aws_network_interface") })
    else { return }
    let own = any([
      TestPlan.references("aws_security_group.\(name).id", "aws_security_group.\(name)"),
      TestPlan.references("var.ids"),
    ])
    configure(
      TestPlan.configured(
        "aws_network_interface.i\(name)",
        #""security_groups":\#(own),"subnet_id":{"references":["var.s"]}"#), module)
  }

  private mutating func addSurroundings() {
    for number in 0..<3 where chance(50) {
      let vpc =
        #"{"id":"vpc-\#(number)","cidr_block":"10.\#(number).0.0/16","default_security_group_id":"\#(id())"}"#
      plan.change("aws_vpc.v\(number)", ["no-op"], before: vpc, after: vpc)
      let list =
        #"{"id":"pl-\#(number)","name":"l","address_family":"IPv4","entry":[{"cidr":"10.9.0.0/16"}]}"#
      plan.change(
        "aws_ec2_managed_prefix_list.l\(number)", ["no-op"], before: list, after: list)
    }
    if chance(20) {
      plan.change("aws_instance.i", after: #"{"vpc_security_group_ids":["\#(id())","sg-77"]}"#)
    }
    let number = Int.random(in: 0..<count, using: &random)
    if chance(20) {
      plan.change(
        "aws_network_interface_sg_attachment.a",
        after: #"{"security_group_id":"\#(id())","network_interface_id":"eni-\#(number)"}"#)
    }
    if chance(20) {
      plan.change(
        "aws_network_interface_permission.p", after: #"{"permission":"INSTANCE-ATTACH"}"#,
        unknown: #"{"network_interface_id":true}"#)
      plan.configure(
        "aws_network_interface_permission.p",
        #""network_interface_id":\#(TestPlan.references("aws_network_interface.ig\(number)[0].id"))"#
      )
    }
    if chance(15) { plan.further = #""complete":false"# }
  }
}
