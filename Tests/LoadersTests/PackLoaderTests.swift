import Foundation
import SGModel
import Testing

@testable import Loaders

@Suite struct PackLoaderTests {
  private func load(
    _ text: String, _ overrides: [(name: String, values: [String])] = []
  ) throws(PackError) -> Pack {
    let bytes = SourceBytes(Array(text.utf8))
    return try PackLoader.load(
      SourceFile(path: "ours.yaml", bytes: bytes), source: 0, overrides: overrides)
  }

  private func problems(
    _ text: String, _ overrides: [(name: String, values: [String])] = []
  ) -> [PackError.Problem] {
    do throws(PackError) {
      _ = try load(text, overrides)
      return []
    } catch {
      return error.problems
    }
  }

  /// A pack with one policy that asks this.
  private static func pack(_ question: String, parameters: String = "{}") -> String {
    """
    pack: ours
    title: Ours
    parameters: \(parameters)
    policies:
      - id: one
        says: it is so
        severity: error
        \(question)

    """
  }

  // MARK: The pack that comes with the tool

  private func pni(_ overrides: [(name: String, values: [String])] = []) throws -> Pack {
    let file = try #require(PackLibrary.embedded(named: "pni"))
    return try PackLoader.load(file, source: 0, overrides: overrides)
  }

  private let vpcAnd443 = ServiceRange(protocol: 6, ports: 443...443)
  private let kafka = ServiceRange(protocol: 6, ports: 9092...9092)

  @Test func thePNIPackSaysWhatItShould() throws {
    let pack = try pni()
    #expect(pack.name == "pni")
    #expect(pack.isAboutPNIInterfaces)
    #expect(!pack.refusesPlaceholders)
    #expect(pack.parameters.map(\.name) == ["ports", "clients", "routes", "placeholders"])
    #expect(pack.parameters.map(\.values) == [["tcp 443", "tcp 9092"], [], [], ["accept"]])
    #expect(
      pack.policies.map(\.id) == [
        "pni-egress", "pni-client-source", "pni-extra-ingress", "pni-client-port-closed",
        "pni-client-coverage",
      ])
    #expect(pack.policies.map(\.severity) == [.error, .error, .error, .error, .note])
    #expect(pack.policies.map(\.direction) == [.egress, .ingress, .ingress, .ingress, .ingress])
    #expect(
      pack.policies.map(\.question) == [
        .onlyWith([]), .onlyWith([.vpc]), .onlyWith([]), .openToSome([.vpc]), .openToAll([.vpc]),
      ])
    let ports = ServiceSet([vpcAnd443, kafka])
    #expect(
      pack.policies.map(\.services) == [.all, ports, ports.complement(), ports, ports])
    #expect(pack.policies[3].serviceList == [vpcAnd443, kafka])
    #expect(pack.policies[0].serviceList == [.all])
    for policy in pack.policies {
      #expect(policy.pack == "pni")
      #expect(!policy.rationale.isEmpty && !policy.help.isEmpty && !policy.references.isEmpty)
      #expect(!policy.rationale.hasSuffix("\n") && !policy.help.hasSuffix("\n"))
      // The reasons are shown as they are, in lines that fit a terminal; help is broken to fit.
      for line in policy.rationale.split(separator: "\n") {
        #expect(line.count <= 100)
      }
    }
    #expect(pack.policies[0].equivalents.contains("CKV_AWS_382"))
  }

  @Test func whatTheUserSetsTakesThePlaceOfTheDefault() throws {
    let pack = try pni([
      ("clients", ["10.1.0.0/16", " 2001:db8::/32"]), ("routes", ["10.9.0.0/24"]),
      ("ports", ["tcp 9092"]), ("placeholders", ["refuse"]),
    ])
    let blocks: [PeerTerm] = [
      .block(try CIDR("10.1.0.0/16").block, text: "10.1.0.0/16"),
      .block(try CIDR("2001:db8::/32").block, text: "2001:db8::/32"),
    ]
    #expect(pack.refusesPlaceholders)
    #expect(pack.policies[1].question == .onlyWith([.vpc] + blocks))
    #expect(pack.policies[3].question == .openToSome([.vpc] + blocks))
    #expect(pack.policies[1].serviceList == [kafka])
    #expect(
      pack.policies[0].question
        == .onlyWith([.block(try CIDR("10.9.0.0/24").block, text: "10.9.0.0/24")]))
    #expect(pack.parameters.map(\.values)[1] == ["10.1.0.0/16", "2001:db8::/32"])
    // Of two values the last is taken; an empty text is an empty list.
    let empty = try pni([("clients", ["10.1.0.0/16"]), ("clients", [""])])
    #expect(empty.policies[1].question == .onlyWith([.vpc]))
  }

  @Test(arguments: [
    ("client", "10.0.0.0/8", "no such parameter; did you mean `clients`?"),
    ("x", "y", "no such parameter; it has ports, clients, routes, placeholders"),
    ("clients", "10.0.0.0", "`10.0.0.0` is an address without a prefix length; did you mean"),
    ("clients", "10.0.0.5/8", "bits behind its prefix; did you mean `10.0.0.0/8`?"),
    ("clients", "vpc", "`vpc` is no CIDR"),
    ("ports", "443", "`443` is no service; expected a service such as"),
    ("ports", "tcp 70000", "port 70000 does not exist"),
    ("ports", "tcp", "`tcp` is without ports; all of them are `tcp 0-65535`"),
    ("placeholders", "no", "unknown value `no`; expected accept or refuse"),
  ])
  func aBadValueIsRefused(name: String, value: String, message: String) throws {
    let error = #expect(throws: PackError.self) { try pni([(name, [value])]) }
    #expect(error?.problems.count == 1)
    #expect(error?.problems.first?.position == nil)
    #expect(error?.lines.first?.hasPrefix("--set \(name): ") == true)
    #expect(error?.lines.first?.contains(message) == true, "\(String(describing: error))")
  }

  @Test func portsCannotBeSetToNothing() throws {
    let error = #expect(throws: PackError.self) { try pni([("ports", [])]) }
    #expect(error?.problems.allSatisfy { $0.message.contains("`services` names nothing") } == true)
    #expect(error?.path == "rules/pni.yaml")
  }

  @Test func embeddedPacksAreTheFilesOfTheRepository() throws {
    let folder = Folder.repository.appending(path: "rules")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".tests.yaml") }.sorted()
    let remedy: Comment = "embedded packs are stale: run scripts/embed-packs"
    #expect(PackLibrary.fileNames == files.map { String($0.dropLast(".yaml".count)) }, remedy)
    for name in PackLibrary.fileNames {
      let written = try Data(contentsOf: folder.appending(path: "\(name).yaml"))
      let embedded = try #require(PackLibrary.embedded(named: name))
      #expect(Data(embedded.bytes.buffer) == written, remedy)
      #expect(try PackLibrary.pack(named: name) == PackLoader.load(embedded, source: -1), remedy)
    }
    #expect(PackLibrary.embedded(named: "nonesuch") == nil)
    #expect(PackLibrary.pack(named: "nonesuch") == nil)
  }

  // MARK: The language

  @Test func theDocumentedExampleIsRead() throws {
    let page = Folder.repository.appending(path: "docs/policy-language.md")
    let text = try #require(CodeBlocks.yaml(in: page).first)
    let pack = try load(text)
    #expect(
      pack.policies.map(\.id) == [
        "db-clients", "db-admin", "db-nothing-else", "db-ping", "db-egress",
      ])
    #expect(pack.policies.map(\.severity) == [.error, .error, .error, .note, .warning])
    #expect(pack.policies[0].references.first?.title == "Security group rules")
    #expect(pack.policies[3].question.terms.count == 2)
    #expect(pack.policies[4].question == .onlyWith([.vpc, .itself]))
    #expect(!pack.isAboutPNIInterfaces)
    let relaxed = try load(text, [("strictness", ["warning"])])
    #expect(relaxed.policies[1].severity == .warning)
  }

  @Test(arguments: [
    ("ingress: {only-from: []}", Policy.Question.onlyWith([])),
    ("ingress: {only-from: vpc}", .onlyWith([.vpc])),
    ("ingress: {nothing-from: [anyone, self]}", .nothingWith([.anyone, .itself])),
    ("egress: {nothing-to: sg-01234567}", .nothingWith([.group("sg-01234567")])),
    ("egress: {open-to-some-of: [vpc]}", .openToSome([.vpc])),
    ("ingress: {open-to-all-of: '::/0'}", .openToAll([.block(.v6(.all), text: "::/0")])),
  ])
  func questions(written: String, expected: Policy.Question) throws {
    #expect(try load(Self.pack(written)).policies.first?.question == expected)
  }

  @Test(arguments: [
    ("tcp 443", ServiceRange(protocol: 6, ports: 443...443)),
    ("udp  53-60", ServiceRange(protocol: 17, ports: 53...60)),
    ("tcp 0-65535", ServiceRange(protocol: 6)),
    ("icmp", ServiceRange(protocol: 1)),
    ("icmp 8", ServiceRange(protocol: 1, type: 8, code: nil)),
    ("icmp 8/0", ServiceRange(protocol: 1, type: 8, code: 0)),
    ("icmpv6 128", ServiceRange(protocol: 58, type: 128, code: nil)),
    ("protocol 47", ServiceRange(protocol: 47)),
    ("all", .all),
  ])
  func services(written: String, expected: ServiceRange) throws {
    let policy = try load(Self.pack("ingress: {services: '\(written)', only-from: []}")).policies[0]
    #expect(policy.serviceList == [expected])
    #expect(policy.services == ServiceSet([expected]))
    guard expected != .all else { return }
    let others = try load(Self.pack("ingress: {other-than: ['\(written)'], only-from: []}"))
      .policies[0]
    #expect(others.services == ServiceSet([expected]).complement())
    #expect(others.serviceList == others.services.ranges)
  }

  // MARK: Mistakes

  /// A question that is wrong, what is said of it, and where.
  @Test(arguments: [
    ("↓ingres: {only-from: []}", "unknown key `ingres` in a policy; did you mean `ingress`?"),
    (
      "ingress: {↓only-form: []}", "unknown key `only-form` in `ingress`; did you mean `only-from`?"
    ),
    ("ingress: {↓only-to: []}", "does not belong into `ingress`; did you mean `only-from`?"),
    ("egress: {↓nothing-from: [vpc]}", "does not belong into `egress`; did you mean `nothing-to`?"),
    ("ingress: ↓{services: tcp 1}", "policy `one` asks nothing; expected only-from, nothing-from"),
    ("ingress: ↓{}", "policy `one` asks nothing"),
    ("ingress: ↓vpc", "`ingress` of policy `one` is a string"),
    ("ingress: {only-from: [], ↓nothing-from: [vpc]}", "asks two questions"),
    ("ingress: {only-from: []}\n    egress: ↓{only-to: []}", "has both `ingress` and `egress`"),
    ("ingress: {nothing-from: ↓[]}", "`nothing-from` names nobody"),
    ("ingress: {open-to-all-of: ↓[]}", "`open-to-all-of` names nobody"),
    ("ingress: {only-from: ↓~}", "a peer is empty; expected vpc, anyone"),
    ("ingress: {only-from: [↓vcp]}", "unknown peer `vcp`; did you mean `vpc`?"),
    ("ingress: {only-from: [↓office]}", "unknown peer `office`; expected vpc, anyone"),
    (
      "ingress: {only-from: [↓10.0.0.0/40]}",
      "no valid prefix length; expected a number from 0 to 32"
    ),
    ("ingress: {only-from: [↓10.0.0.0]}", "did you mean `10.0.0.0/32`?"),
    ("ingress: {only-from: [↓10.0.0.5/8]}", "did you mean `10.0.0.0/8`?"),
    ("ingress: {only-from: [↓sg-web]}", "`sg-web` is no id"),
    ("ingress: {only-from: [↓[vpc]]}", "a peer is a list"),
    ("ingress: {only-from: ↓$clients}", "there is no parameter `$clients`; the pack declares none"),
    ("ingress: {services: ↓tcp, only-from: []}", "all of them are `tcp 0-65535`"),
    ("ingress: {services: ↓tpc 443, only-from: []}", "did you mean `tcp 443`?"),
    ("ingress: {services: ↓tcp 443 444, only-from: []}", "is no service; expected a service"),
    ("ingress: {services: ↓tcp 444-443, only-from: []}", "port range `444-443` is empty in"),
    ("ingress: {services: ↓tcp 01, only-from: []}", "`01` is no port"),
    ("ingress: {services: ↓icmp 256, only-from: []}", "no valid type and code"),
    ("ingress: {services: ↓icmp 8/, only-from: []}", "no valid type and code"),
    ("ingress: {services: ↓protocol 256, only-from: []}", "expected a number from 0 to 255"),
    ("ingress: {services: ↓443, only-from: []}", "is no service; expected a service"),
    ("ingress: {services: ↓[], only-from: []}", "`services` names nothing"),
    ("ingress: {other-than: ↓[], only-from: []}", "`other-than` names nothing"),
    ("ingress: {other-than: ↓all, only-from: []}", "leaves nothing to ask about"),
    ("ingress: {services: tcp 1, other-than: ↓tcp 2, only-from: []}", "exclude each other"),
    ("ingress: {only-from: []}\n    references: ↓x", "`references` is a string"),
    (
      "ingress: {only-from: []}\n    references: [{title: x, url: ↓'http://x'}]",
      "expected https://"
    ),
    ("ingress: {only-from: []}\n    references: [↓{title: x}]", "a reference is without `url`"),
    ("ingress: {only-from: []}\n    equivalents: [↓[x]]", "an element of `equivalents` is a list"),
    ("ingress: {only-from: []}\n    why: ↓[x]", "`why` is a list; expected a text"),
    ("ingress: {only-from: []}\n    ↓id: two", "duplicate key `id`"),
    (
      "ingress: {only-from: []}\n  - ↓{says: x, severity: note, egress: {only-to: []}}",
      "a policy is without `id`"
    ),
    (
      "ingress: {only-from: []}\n  - {id: ↓one, says: x, severity: note, egress: {only-to: []}}",
      "there are two policies `one`"
    ),
    (
      "ingress: {only-from: []}\n  - {id: ↓Two, says: x, severity: note, egress: {only-to: []}}",
      "`Two` is no name"
    ),
    (
      "ingress: {only-from: []}\n  - {id: two, says: ↓x., severity: note, egress: {only-to: []}}",
      "ends in a period"
    ),
    (
      "ingress: {only-from: []}\n  - {id: two, says: x, severity: ↓fatal, egress: {only-to: []}}",
      "unknown `severity` `fatal`; expected error, warning or note"
    ),
    (
      "ingress: {only-from: []}\n  - ↓{id: two, says: x, egress: {only-to: []}}",
      "policy `two` is without `severity`"
    ),
    (
      "ingress: {only-from: []}\n  - ↓{id: two, says: x, severity: note}",
      "policy `two` asks nothing; expected `ingress` or `egress`"
    ),
    ("ingress: {only-from: []}\n  - ↓two", "a policy is a string"),
    ("ingress: {only-from: []}\nabout: ↓everything", "expected pni-interfaces"),
    ("ingress: {only-from: []}\nplaceholders: ↓acept", "did you mean `accept`?"),
    ("ingress: {only-from: []}\n↓titel: x", "unknown key `titel` in a pack; did you mean `title`?"),
    ("ingress: {only-from: []}\nschema: ↓v2", "expected pni-lint/pack/v1"),
    ("ingress: {only-from: []}\n---\n↓a: b", "a second document begins here"),
    ("ingress: {only-from: [}", nil),
  ])
  func aMistakeIsToldWithItsPlace(question: String, message: String?) {
    let marked = MarkedText(Self.pack(question))
    let found = problems(marked.text)
    #expect(found.count == 1, "\(found)")
    if let message { #expect(found.first?.message.contains(message) == true, "\(found)") }
    let table = LineTable(SourceFile(path: "", bytes: marked.bytes))
    if let mark = marked.marks.first { #expect(found.first?.position == table.position(of: mark)) }
  }

  @Test(arguments: [
    ("↓[a]", "`parameters` is a list"),
    ("{↓A: {kind: cidrs, default: [], says: x}}", "`A` is no name of a parameter"),
    ("{a: ↓x}", "parameter `a` is a string"),
    ("{a: ↓{default: [], says: x}}", "without `kind`"),
    ("{a: {kind: ↓cidr, default: [], says: x}}", "did you mean `cidrs`?"),
    ("{a: ↓{kind: cidrs, says: x}}", "without `default`"),
    ("{a: ↓{kind: cidrs, default: []}}", "without `says`"),
    ("{a: {kind: cidrs, default: ↓[x], says: x}}", "`x` is no CIDR"),
    ("{a: {kind: cidrs, default: [↓[]], says: x}}", "an element of `default` is a list"),
    (
      "{a: {kind: cidrs, default: [], says: x, ↓choices: [a, b]}}",
      "belong to a parameter of kind choice"
    ),
    ("{a: ↓{kind: choice, default: x, says: x}}", "without `choices`"),
    ("{a: {kind: choice, choices: ↓[x], default: x, says: x}}", "two or more different words"),
    (
      "{a: {kind: choice, choices: [x, y], default: ↓z, says: x}}",
      "unknown value `z`; expected x or y"
    ),
    ("{a: {kind: cidrs, default: [], says: x, ↓help: y}}", "unknown key `help` in parameter `a`"),
    ("{↓a: {kind: services, default: [], says: x}}", "there is"),
  ])
  func parametersAreReadAsStrictly(written: String, message: String) {
    // The parameter is used, so that only its declaration is wrong.
    let marked = MarkedText(Self.pack("ingress: {only-from: [$a]}", parameters: written))
    let found = problems(marked.text).filter { !$0.message.contains("there is no parameter") }
    if message == "there is" {
      #expect(found.map(\.message) == ["`$a` is of kind services; expected one of kind cidrs"])
      return
    }
    let table = LineTable(SourceFile(path: "", bytes: marked.bytes))
    let expected = table.position(of: marked.marks.first ?? 0)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.message.contains(message) == true, "\(found)")
    #expect(found.first?.position == expected, "\(found)")
  }

  @Test func parametersHaveToBeUsedAndToFit() {
    let cidrs =
      "{a: {kind: cidrs, default: [], says: x}, b: {kind: choice, choices: [x, y], default: x, says: x}}"
    func messages(_ question: String) -> [String] {
      problems(Self.pack(question, parameters: cidrs)).map(\.message)
    }
    #expect(
      messages("ingress: {only-from: []}") == [
        "parameter `a` is used nowhere; write `$a` where it belongs",
        "parameter `b` is used nowhere; write `$b` where it belongs",
      ])
    #expect(
      messages("ingress: {services: $a, only-from: [$c]}\nplaceholders: $b") == [
        "`$a` is of kind cidrs; expected one of kind services",
        "there is no parameter `$c`; expected $a",
        "the choices of `$b` are not accept or refuse",
      ])
    #expect(
      messages("ingress: {open-to-some-of: $a}\nplaceholders: $b").first
        == "`open-to-some-of` names nobody, so policy `one` asks nothing; $a has no value: set it with --set"
    )
  }

  @Test func allProblemsAreToldInTheOrderOfTheFile() {
    let text = """
      pack: Ours
      policies:
        - {id: a, says: x., severity: bad, ingress: {services: tcp, only-from: [x, y]}}
        - {}
      colour: red
      """
    let found = problems(text, [("a", ["b"])])
    #expect(
      found.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0)" } == [
        "1:1", "1:7", "3:19", "3:33", "3:58", "3:75", "3:78", "4:5", "4:5", "4:5", "4:5", "5:1",
        "0:0",
      ])
    #expect(found.first?.message == "the pack is without `title`")
  }

  @Test(arguments: [
    ("", "the file is empty"), ("# x\n", "the file is empty"), ("- a\n", "the file is a list"),
    ("pack: a\ntitle: x\npolicies: []\n", "`policies` is empty"),
    ("pack: a\ntitle: x\npolicies:\n", "`policies` is empty; expected a list"),
    ("pack: a\ntitle: x\n", "without `policies`"), ("\ta: b\n", "a tab is used for indentation"),
  ])
  func aFileThatIsNoPackIsRefused(text: String, message: String) {
    #expect(problems(text).first?.message.contains(message) == true, "\(problems(text))")
    #expect(problems(text).allSatisfy { $0.position != nil })
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func changedPacksDoNotBreakIt(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let file = try #require(PackLibrary.embedded(named: "pni"))
    let alphabet = Array("{}[]:,-/ \n#&*!'\"~$0159azé".utf8)
    for _ in 0..<30 {
      var bytes = Array(file.bytes.buffer)
      for _ in 0..<Int.random(in: 1...6, using: &numbers) {
        let at = Int.random(in: 0..<bytes.count, using: &numbers)
        bytes[at] = alphabet.randomElement(using: &numbers) ?? 0
      }
      do throws(PackError) {
        _ = try PackLoader.load(SourceFile(path: "x", bytes: SourceBytes(bytes)), source: 0)
      } catch {
        #expect(!error.problems.isEmpty)
        #expect(error.problems.allSatisfy { !$0.message.contains("\n") })
      }
    }
  }

  // MARK: The schema

  @Test(
    .enabled(
      if: Python.hasSchemas, "python3 with jsonschema is not installed: schemas are not tested"))
  func theSchemaFitsThePacksAndRefusesWhatWeRefuse() throws {
    let page = Folder.repository.appending(path: "docs/policy-language.md")
    var good = try Array(CodeBlocks.yaml(in: page).prefix(1))
    for name in PackLibrary.fileNames {
      let file = try #require(PackLibrary.embedded(named: name))
      good.append(String(decoding: file.bytes.buffer, as: UTF8.self))
    }
    good.append(Self.pack("egress: {nothing-to: ['::/0', sg-01234567]}"))
    let bad = [
      Self.pack("ingress: {}"), Self.pack("ingress: {only-to: []}"),
      Self.pack("ingres: {only-from: []}"),
      Self.pack("ingress: {only-from: [vcp]}"), Self.pack("ingress: {nothing-from: []}"),
      Self.pack("ingress: {services: tcp, only-from: []}"),
      Self.pack("ingress: {only-from: [], nothing-from: vpc}"),
      Self.pack("ingress: {services: [], only-from: []}"),
      Self.pack("ingress: {only-from: []}\n    says2: x"),
      Self.pack("ingress: {only-from: []}", parameters: "{a: {kind: cidrs, says: x}}"),
      Self.pack("ingress: {only-from: []}", parameters: "{a: {kind: choice, default: x, says: x}}"),
      "pack: a\ntitle: x\npolicies: []\n",
    ]
    try SchemaCheck.run("pack-v1", good: good, bad: bad)
    for text in bad { #expect(!problems(text).isEmpty, "\(text)") }
    for text in good { #expect(problems(text).isEmpty, "\(text)") }
  }
}

extension Policy.Question {
  /// The peers that are asked about.
  fileprivate var terms: [PeerTerm] {
    switch self {
    case .onlyWith(let terms), .nothingWith(let terms), .openToSome(let terms),
      .openToAll(let terms):
      terms
    case .check: []
    }
  }
}
