import Foundation
import SGModel
import Testing

@testable import Loaders

@Suite struct GroupsYAMLTests {
  private func load(_ text: String) throws -> Facts { try load(MarkedText(text)) }

  private func load(_ marked: MarkedText) throws -> Facts {
    let root = try #require(try ReadYAML(marked.bytes).documents.first?.root)
    #expect(GroupsYAML.recognises(root))
    return GroupsYAML.load(root)
  }

  /// A file with one group, `web` in the VPC `main`, and these entries of ingress.
  private static func file(_ entries: String) -> String {
    """
    schema: pni-lint/groups/v1
    vpcs: [{name: main, cidrs: [10.20.0.0/16]}]
    prefix-lists: [{name: office, cidrs: [192.0.2.0/24]}]
    groups:
      - {name: other, vpc: main, ingress: [], egress: []}
      - name: web
        vpc: main
        egress: []
        ingress: \(entries)

    """
  }

  private func entries(_ facts: Facts) -> [String] {
    (facts.groups.last?.entries ?? []).map {
      let certainty = $0.isCertain ? "" : " unless \($0.origin.reason ?? "?")"
      return "\($0.origin.text($0.direction))\(certainty)"
    }
  }

  // MARK: What is understood

  @Test func theDocumentedExampleIsRead() throws {
    let page = Folder.repository.appending(path: "docs/groups-yaml.md")
    let text = try #require(CodeBlocks.yaml(in: page).first)
    let facts = try load(text)
    #expect(facts.issues.isEmpty)
    #expect(facts.kind == "groups-yaml")
    #expect(facts.vpcs.map(\.address) == ["main"])
    #expect(facts.vpcs.map(\.id) == ["vpc-0123456789abcdef0"])
    #expect(facts.vpcs.first?.cidrs.cidrTexts == ["10.20.0.0/16", "2001:db8::/56"])
    #expect(facts.vpcs.first?.unknownCIDRs == [])
    #expect(facts.prefixLists.map(\.name) == ["office"])
    #expect(facts.prefixLists.first?.entries?.cidrTexts == ["192.0.2.0/24"])
    let pni = try #require(facts.groups.first)
    #expect(pni.name == "confluent-pni")
    #expect(pni.id == "sg-0123456789abcdef0")
    #expect(pni.vpc == .fact(0))
    #expect(pni.isOnPNIInterface)
    #expect(pni.tags == [SecurityGroup.Tag(key: "team", value: "kafka")])
    #expect(pni.unseen.isEmpty)
    #expect(pni.entries.map(\.peer) == [.ownVPC, .ownVPC])
    #expect(
      pni.entries.map { $0.origin.text($0.direction) } == [
        "tcp 443 from the VPC's CIDRs", "tcp 9092 from the VPC's CIDRs",
      ])
    #expect(pni.entries.allSatisfy { $0.isCertain && $0.origin.note == "clients" })
    let clients = facts.groups[1]
    #expect(clients.unseen.isEmpty)
    #expect(clients.isOnPNIInterface == false)
    #expect(
      entries(facts) == [
        "tcp 8080-8090 from 10.0.0.0/8", "tcp 8080-8090 from sg-0fedcba9876543210",
        "tcp 8080-8090 from office", "tcp 8080-8090 from self",
        "icmp type 8 code 0 from 10.20.0.0/16", "tcp 443 to confluent-pni",
        "tcp 9092 to confluent-pni", "all protocols to 0.0.0.0/0", "all protocols to ::/0",
      ])
    #expect(
      clients.entries[1...3].map(\.peer) == [
        .group(.id("sg-0fedcba9876543210")), .prefixList(.fact(0)), .group(.itself),
      ])
    #expect(clients.entries[5].peer == .group(.fact(0)))
  }

  @Test(arguments: [
    ("[]", []),
    ("[{protocol: -1, from: 0.0.0.0/0}]", ["all protocols from 0.0.0.0/0"]),
    ("[{protocol: all, from: self}]", ["all protocols from self"]),
    ("[{protocol: UDP, ports: '53', from: pl-01234567}]", ["udp 53 from pl-01234567"]),
    (
      "[{protocol: 6, ports: [443, 8080-8090], from: [other]}]",
      ["tcp 443 from other", "tcp 8080-8090 from other"]
    ),
    ("[{protocol: 47, from: vpc}]", ["protocol 47 from the VPC's CIDRs"]),
    ("[{protocol: icmp, from: vpc}]", ["icmp, all types from the VPC's CIDRs"]),
    ("[{protocol: icmp, type: -1, code: -1, from: vpc}]", ["icmp, all types from the VPC's CIDRs"]),
    ("[{protocol: icmpv6, type: 128, from: '::/0'}]", ["icmpv6 type 128 from ::/0"]),
    ("[{protocol: tcp, ports: 0-65535, from: 10.0.0.0/8}]", ["tcp 0-65535 from 10.0.0.0/8"]),
  ])
  func goodEntries(written: String, expected: [String]) throws {
    let facts = try load(Self.file(written))
    #expect(facts.issues.isEmpty, "\(facts.issues)")
    #expect(entries(facts) == expected)
  }

  @Test func aDirectionThatIsNotWrittenIsUnknown() throws {
    let facts = try load(
      "schema: pni-lint/groups/v1\ngroups:\n- name: web\n  ingress: []\n- id: sg-01234567\n")
    #expect(facts.issues.isEmpty)
    #expect(facts.groups[0].unseen == [.egress: "web.egress"])
    #expect(
      facts.groups[1].unseen == [.ingress: "sg-01234567.ingress", .egress: "sg-01234567.egress"])
    // Without `vpc` it is in some VPC, not in none.
    #expect(facts.groups[0].vpc == .unknown("web.vpc"))
  }

  @Test func peersAndDirectionsKnowTheirPlace() throws {
    let marked = MarkedText(
      """
      \u{FEFF}schema: pni-lint/groups/v1\r
      # Bürö\r
      groups:\r
        - ↓name: 'é'\r
          ↓ingress:\r
            - {protocol: tcp, ports: [1, 2], from: [↓10.0.0.0/8↓, ↓self↓]}↓\r
          ↓egress: []↓\r

      """)
    let facts = try load(marked)
    let group = try #require(facts.groups.first)
    #expect(group.span?.start == marked.marks[0])
    #expect(group.ingressSpan.map { [$0.start, $0.end] } == [marked.marks[1], marked.marks[6]])
    #expect(group.egressSpan.map { [$0.start, $0.end] } == Array(marked.marks[7...8]))
    #expect(
      group.entries.map { [$0.origin.span?.start ?? -1, $0.origin.span?.end ?? -1] }
        == [marked.marks[2...3], marked.marks[4...5], marked.marks[2...3], marked.marks[4...5]]
        .map { Array($0) })
    #expect(group.entries.allSatisfy { $0.origin.carrier == .yaml })
  }

  @Test func jsonIsTheSameFormat() throws {
    let text = """
      {"schema": "pni-lint/groups/v1", "groups": [{"name": "web", "pni": true, "vpc": "vpc-01234567",
       "ingress": [{"protocol": "tcp", "ports": [443, "80-81"], "from": ["vpc", "10.0.0.0/8"]}]}]}
      """
    let bytes = SourceBytes(Array(text.utf8))
    let document = Document(bytes: bytes.buffer, source: 0)
    var reader = JSONReader(bytes.buffer)
    try reader.read(into: document)
    let fromJSON = GroupsYAML.load(try #require(document.root))
    withExtendedLifetime((bytes, document)) {}
    let fromYAML = try load(text)
    #expect(fromJSON.issues.isEmpty && fromYAML.issues.isEmpty)
    #expect(entries(fromJSON) == entries(fromYAML))
    #expect(entries(fromJSON).count == 4)
    #expect(fromJSON.groups.first?.isOnPNIInterface == true)
  }

  @Test func otherFilesAreNotRecognised() throws {
    for text in [
      "SecurityGroups: []", "- a", "a", "schema: other/v1\ngroups: []", "groups: [{name: a}]",
      "groups: 3", "pack: x",
    ] {
      let root = try #require(try ReadYAML(text).documents.first?.root)
      #expect(!GroupsYAML.recognises(root), "\(text)")
    }
  }

  // MARK: What is not

  /// A value that is wrong, where, what the help says, and what stays in the model.
  @Test(arguments: [
    // Protocols.
    (
      "[{protocol: ↓tpc, ports: 443, from: vpc}]", "unknown protocol `tpc`", "did you mean `tcp`?",
      "all protocols from the VPC's CIDRs unless web.ingress[0].protocol"
    ),
    (
      "[{protocol: ↓no, from: vpc}]", "unknown protocol `no`", "expected tcp, udp",
      "all protocols from the VPC's CIDRs unless web.ingress[0].protocol"
    ),
    (
      "[↓{from: vpc}]", "without `protocol`", "expected tcp, udp",
      "all protocols from the VPC's CIDRs unless web.ingress[0].protocol"
    ),
    (
      "[{protocol: ↓[tcp], from: vpc}]", "unknown protocol a list", "expected tcp, udp",
      "all protocols from the VPC's CIDRs unless web.ingress[0].protocol"
    ),
    (
      "[{protocol: all, ↓ports: 443, from: vpc}]", "`ports` means nothing here",
      "leave the key out",
      "all protocols from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: 47, ↓ports: 443, from: vpc}]", "`ports` means nothing here",
      "EC2 opens all of it",
      "protocol 47 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    // Ports.
    (
      "[↓{protocol: tcp, from: vpc}]", "tcp is without `ports`", "0-65535",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓[], from: vpc}]", "`ports` is empty", "expected a port",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓https, from: vpc}]", "`https` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓22:22, from: vpc}]", "`22:22` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓0443, from: vpc}]", "`0443` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓0o673, from: vpc}]", "`0o673` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓443.0, from: vpc}]", "`443.0` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓70000, from: vpc}]", "port 70000 does not exist", "from 0 to 65535",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓-1, from: vpc}]", "`-1` is no port", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓443-80, from: vpc}]", "port range `443-80` is empty",
      "did you mean `80-443`?", "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: ↓{from: 1}, from: vpc}]", "a port is an object", "such as 443",
      "tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: tcp, ports: [443, ↓x], from: vpc}]", "`x` is no port", "such as 443",
      "tcp 443 from the VPC's CIDRs; tcp 0-65535 from the VPC's CIDRs unless web.ingress[0].ports[1]"
    ),
    // Types and codes.
    (
      "[{protocol: icmp, ports: ↓8, from: vpc}]", "`ports` means nothing for icmp", "write `type`",
      "icmp, all types from the VPC's CIDRs unless web.ingress[0].ports"
    ),
    (
      "[{protocol: icmp, type: ↓256, from: vpc}]", "icmp has no type `256`", "from 0 to 255",
      "icmp, all types from the VPC's CIDRs unless web.ingress[0].type"
    ),
    (
      "[{protocol: icmp, code: ↓3, from: vpc}]", "a code (3) for all types", "write the `type`",
      "icmp, all types from the VPC's CIDRs unless web.ingress[0].code"
    ),
    (
      "[{protocol: tcp, ports: 1, type: ↓3, from: vpc}]", "`type` means nothing for tcp", "`ports`",
      "tcp 1 from the VPC's CIDRs"
    ),
    // Peers.
    (
      "[↓{protocol: all}]", "without `from`", "expected vpc, self, a CIDR",
      "all protocols from (not written) unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: ↓}]", nil, nil,
      "all protocols from (not written) unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, ↓to: vpc}]", "`to` does not belong into `ingress`", "written as `from`",
      "all protocols from (not written) unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: vpc, to: ↓vpc}]", "both `from` and `to`", "written as `from`",
      "all protocols from the VPC's CIDRs"
    ),
    (
      "[{protocol: all, from: ↓10.0.0.0/33}]", "no valid prefix length", "from 0 to 32",
      "all protocols from 10.0.0.0/33 unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: ↓10.0.0.5}]", "without a prefix length",
      "did you mean `10.0.0.5/32`?",
      "all protocols from 10.0.0.5 unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: ↓2001:db8::1}]", "without a prefix length", "`2001:db8::1/128`",
      "all protocols from 2001:db8::1 unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: ↓10.0.0/8}]", "`10.0.0/8` is no CIDR", "such as 10.0.0.0/16",
      "all protocols from 10.0.0/8 unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: [vpc, ↓ofice]}]", "unknown peer `ofice`", "did you mean `office`?",
      "all protocols from the VPC's CIDRs; all protocols from ofice unless web.ingress[0].from[1]"
    ),
    (
      "[{protocol: all, from: ↓anyone}]", "unknown peer `anyone`", "`0.0.0.0/0` and",
      "all protocols from anyone unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: ↓sg-XYZ}]", "`sg-XYZ` is no id", "17 hexadecimal",
      "all protocols from sg-XYZ unless web.ingress[0].from"
    ),
    (
      "[{protocol: all, from: [↓[vpc]]}]", "a peer is a list", "expected vpc",
      "all protocols from (not readable) unless web.ingress[0].from[0]"
    ),
    (
      "[{protocol: all, from: [↓~]}]", "a peer is without a value", "expected vpc",
      "all protocols from (not readable) unless web.ingress[0].from[0]"
    ),
    // Entries.
    (
      "[↓tcp]", "an entry of `ingress` is a string", "{protocol: tcp",
      "all protocols from (not readable) unless web.ingress[0]"
    ),
    (
      "[{protocol: all, from: vpc, ↓descripton: x}]", "unknown key `descripton`",
      "did you mean `description`?", "all protocols from the VPC's CIDRs"
    ),
    (
      "[{protocol: all, from: vpc, description: ↓[x]}]", "`description` is a list", "a text",
      "all protocols from the VPC's CIDRs"
    ),
  ])
  func badEntries(written: String, message: String?, help: String?, kept: String) throws {
    // Where the key and not the value is marked, the place is the value's: move the mark.
    let marked = MarkedText(Self.file(written))
    let facts = try load(marked)
    #expect(facts.issues.count == 1, "\(facts.issues)")
    let issue = try #require(facts.issues.first)
    #expect(issue.severity == .error)
    if let message { #expect(issue.message.contains(message), "\(issue)") }
    if let help { #expect(issue.help?.contains(help) == true, "\(issue)") }
    if message != nil { #expect(place(issue, marked) == marked.marks.first, "\(issue)") }
    #expect(entries(facts).joined(separator: "; ") == kept)
    for entry in facts.groups.last?.entries ?? [] {
      #expect(entry.isCertain == (entry.origin.reason == nil))
    }
  }

  /// Where an issue stands; for a value behind a marked key, where the key stands.
  private func place(_ issue: SGModel.Issue, _ marked: MarkedText) -> Int? {
    guard let start = issue.span?.start, let mark = marked.marks.first else { return nil }
    let between = marked.text.utf8.dropFirst(mark).prefix(max(0, start - mark))
    return String(decoding: between, as: UTF8.self) == "ports: " ? mark : start
  }

  @Test(arguments: [
    ("↓groups:\n- {name: a, ingress: []}\n", "`schema` is missing"),
    ("schema: ↓pni-lint/groups/v2\n", "`pni-lint/groups/v2` is not a version"),
    ("↓group: []\n", "unknown key `group`"),
    ("groups: ↓{}\n", "`groups` is an object"),
    ("groups: [↓web]\n", "a group is a string"),
    ("groups: [↓{ingress: []}]\n", "a group is without `name`"),
    ("groups: [{name: ↓self}]\n", "cannot be the name of a group"),
    ("groups: [{name: ↓sg-web}]\n", "cannot be the name of a group"),
    ("groups: [{name: ↓10.0.0.0/8}]\n", "cannot be the name of a group"),
    ("groups: [{name: ↓[a]}]\n", "the name of a group is a list"),
    ("groups: [{name: a}, {name: ↓a}]\n", "two groups named `a`"),
    (
      "groups: [{name: a, vpc: vpc-01234567}, {name: a, vpc: vpc-89abcdef}, {name: a}]\n", nil
    ),
    (
      "groups: [{name: a, vpc: vpc-01234567}, {name: ↓a, vpc: vpc-01234567}]\n",
      "two groups named `a`"
    ),
    ("groups: [{name: a, id: sg-01234567}, {name: b, id: ↓sg-01234567}]\n", "given twice"),
    ("groups: [{name: a, id: ↓web}]\n", "`web` is no id"),
    ("groups: [{name: a, vpc: ↓main}]\n", "there is no VPC named `main`"),
    (
      "vpcs: [{name: main, cidrs: 10.0.0.0/8}]\ngroups: [{name: a, vpc: ↓mian}]\n",
      "no VPC named `mian`"
    ),
    ("groups: [{name: a, pni: ↓yes}]\n", "`pni` is `yes`"),
    ("groups: [{name: a, tags: ↓[x]}]\n", "`tags` is a list"),
    ("groups: [{name: a, tags: {x: ↓[y]}}]\n", "the tag `x` is a list"),
    ("groups: [{name: a, ↓egress: }]\n", "`egress` is without a value"),
    ("groups: [{name: a, egress: ↓none}]\n", "`egress` is a string"),
    ("groups: [{name: a, ↓outgress: []}]\n", "unknown key `outgress` in a group"),
    ("vpcs: [↓{name: main}]\n", "a VPC is without `cidrs`"),
    ("vpcs: [{name: main, cidrs: ↓[]}]\n", "a VPC has no CIDRs"),
    ("vpcs: [{name: main, cidrs: [10.0.0.0/8, ↓x]}]\n", "`x` is no CIDR"),
    ("vpcs: [↓main]\n", "a VPC is a string"),
    ("vpcs: [{name: a, cidrs: 10.0.0.0/8}, {name: ↓a, cidrs: 10.0.0.0/8}]\n", "two VPCs named `a`"),
    ("prefix-lists: [↓main]\n", "a prefix list is a string"),
    ("prefix-lists: [{name: a, cidrs: ↓10.0.0.0}]\n", "without a prefix length"),
    ("prefix-lists: [{name: a}, {name: ↓a}]\n", "two prefix lists named `a`"),
  ])
  func badFiles(text: String, message: String?) throws {
    let needsSchema = !text.hasPrefix("schema") && message != "`schema` is missing"
    let marked = MarkedText((needsSchema ? "schema: pni-lint/groups/v1\n" : "") + text)
    let facts = try load(marked)
    guard let message else {
      // Names are names within a VPC.
      #expect(facts.issues.isEmpty)
      return
    }
    #expect(facts.issues.map(\.severity) == [.error], "\(facts.issues)")
    #expect(facts.issues.first?.message.contains(message) == true, "\(facts.issues)")
    #expect(facts.issues.first?.span?.start == marked.marks.first)
    #expect(facts.issues.first?.help?.isEmpty == false)
  }

  @Test func whatCannotBeReadIsUnknownAndNotEmpty() throws {
    let facts = try load(
      """
      schema: pni-lint/groups/v1
      vpcs: [{name: main, cidrs: [10.0.0.0/8, x]}, {name: none}, main]
      prefix-lists: [{name: a, cidrs: [10.0.0.0/8, x]}, {name: b}, c]
      groups: [web, {name: db, ingress: none, egress: ~}]
      """)
    #expect(facts.vpcs.map(\.unknownCIDRs) == [["main.cidrs[1]"], ["none.cidrs"], ["vpcs[2]"]])
    #expect(facts.prefixLists.map(\.unknownEntries) == ["a.cidrs[1]", nil, "prefix-lists[2]"])
    #expect(facts.prefixLists[1].entries == nil)
    #expect(facts.groups[0].unseen.count == 2)
    #expect(facts.groups[1].unseen == [.ingress: "db.ingress", .egress: "db.egress"])
  }

  @Test func aNameThatFitsMoreThanOneIsRefused() throws {
    let text = """
      schema: pni-lint/groups/v1
      prefix-lists: [{name: both, cidrs: []}]
      groups:
        - {name: both}
        - {name: two, vpc: vpc-01234567}
        - {name: two, vpc: vpc-89abcdef}
        - {name: web, ingress: [{protocol: all, from: [both, two]}]}
      """
    let facts = try load(text)
    #expect(
      facts.issues.map(\.message) == [
        "`both` is the name of a prefix list and of a group", "`two` is the name of 2 groups",
      ])
    #expect(
      facts.groups.last?.entries.map(\.peer) == [
        .unknown(name: "web.ingress[0].from[0]"), .unknown(name: "web.ingress[0].from[1]"),
      ])
  }

  @Test func warningsChangeNothing() throws {
    let facts = try load(
      Self.file("[{protocol: all, from: [10.0.0.5/8, sg-1, vpc]}, {protocol: all, from: []}]"))
    #expect(facts.issues.map(\.severity) == [.warning, .warning, .warning])
    #expect(
      facts.issues.map(\.message) == [
        "`10.0.0.5/8` has bits behind its prefix", "`sg-1` is not an id as EC2 writes them",
        "an entry without peers allows nothing",
      ])
    #expect(facts.issues.first?.help == "EC2 takes it as 10.0.0.0/8")
    #expect(facts.groups.last?.entries.count == 3)
    #expect(facts.groups.last?.entries.allSatisfy(\.isCertain) == true)
  }

  @Test func aSmallFileCannotMakeManyEntries() throws {
    let ports = (1...2000).map(String.init).joined(separator: ",")
    let peers = (0..<300).map { "10.0.\($0 / 256).\($0 % 256)/32" }.joined(separator: ",")
    let facts = try load(Self.file("[{protocol: tcp, ports: [\(ports)], from: [\(peers)]}]"))
    #expect(facts.issues.first?.message.contains("more than 500000 combinations") == true)
    #expect(entries(facts) == ["all protocols from (too many) unless web.ingress[0]"])
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func changedFilesDoNotBreakIt(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let page = Folder.repository.appending(path: "docs/groups-yaml.md")
    let example = Array(try #require(CodeBlocks.yaml(in: page).first).utf8)
    let alphabet = Array("{}[]:,-/ \n#&*!'\"~0159azé".utf8)
    for _ in 0..<40 {
      var bytes = example
      for _ in 0..<Int.random(in: 1...6, using: &numbers) {
        let at = Int.random(in: 0..<bytes.count, using: &numbers)
        bytes[at] = alphabet.randomElement(using: &numbers) ?? 0
      }
      guard let read = try? ReadYAML(SourceBytes(bytes)), let root = read.documents.first?.root
      else {
        continue
      }
      let facts = GroupsYAML.load(root)
      #expect(facts.issues.allSatisfy { !$0.message.contains("\n") && $0.span != nil })
      for entry in facts.groups.flatMap(\.entries) {
        #expect(entry.isCertain == (entry.origin.reason == nil))
      }
    }
  }

  // MARK: The schema

  @Test(
    .enabled(
      if: Python.hasSchemas, "python3 with jsonschema is not installed: schemas are not tested"))
  func theSchemaFitsTheExampleAndRefusesWhatWeRefuse() throws {
    let page = Folder.repository.appending(path: "docs/groups-yaml.md")
    let good =
      try CodeBlocks.yaml(in: page).prefix(1)
      + [Self.file("[{protocol: -1, from: '::/0'}, {protocol: icmp, type: 8, from: [vpc]}]")]
    let bad = [
      Self.file("[{protocol: tpc, ports: 1, from: vpc}]"),
      Self.file("[{protocol: tcp, from: vpc}]"),
      Self.file("[{protocol: all}]"), Self.file("[{protocol: all, to: vpc}]"),
      Self.file("[{protocol: all, ports: 443, from: vpc}]"), Self.file("{}"),
      Self.file("[{protocol: tcp, ports: 70000, from: vpc}]"),
      Self.file("[{protocol: all, from: vpc, port: 1}]"), "groups: []",
      "schema: pni-lint/groups/v1\ngroups: [{}]",
    ]
    try SchemaCheck.run("groups-v1", good: Array(good), bad: bad)
    for text in bad.dropLast(2) { #expect(try !load(text).issues.isEmpty, "\(text)") }
  }
}

/// The YAML examples of a page.
enum CodeBlocks {
  static func yaml(in page: URL) throws -> [String] {
    let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
    return text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
  }
}

/// Compares YAML texts with a JSON Schema of `docs/schemas`, by another implementation.
enum SchemaCheck {
  static func run(_ schema: String, good: [String], bad: [String]) throws {
    let program = """
      import json, sys, yaml
      from jsonschema import Draft202012Validator as Validator
      schema = json.load(open(sys.argv[1]))
      Validator.check_schema(schema)
      for text in json.load(sys.stdin):
          errors = list(Validator(schema).iter_errors(yaml.safe_load(text)))
          print("bad" if errors else "good", "; ".join(e.message for e in errors)[:300].replace("\\n", " "))
      """
    let path = Folder.repository.appending(path: "docs/schemas/\(schema).schema.json").path()
    let input = try JSONEncoder().encode(good + bad)
    let result = try #require(Python.run(program, [path], input: input))
    #expect(result.status == 0, "\(result.output)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == good.count + bad.count)
    for (index, line) in lines.enumerated() {
      let text = index < good.count ? good[index] : bad[index - good.count]
      #expect(line.hasPrefix(index < good.count ? "good" : "bad"), "\(line)\n\(text)")
    }
  }
}
