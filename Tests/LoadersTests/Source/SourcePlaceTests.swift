import SGModel
import Testing

@testable import Loaders

/// Where findings point to.
@Suite struct SourcePlaceTests {
  private func places(
    _ loaded: LoadedProject, _ group: String, _ direction: Direction
  ) -> Set<String> {
    Set(loaded.origins(of: group, direction).map { loaded.text($0.span) })
  }

  @Test func blocksOfGroupsAreToldApart() throws {
    let loaded = try SourceProject("places").load()
    #expect(
      places(loaded, "aws_security_group.blocks", .ingress) == [
        "main.tf: [aws_vpc.main.cidr_block]", "main.tf: \"203.0.113.0/24\"",
        "main.tf: \"203.0.114.0/24\"",
      ])
    #expect(
      places(loaded, "aws_security_group.blocks", .egress) == [
        "main.tf: \"0.0.0.0/0\"", "main.tf: \"::/0\"",
      ])
    #expect(
      places(loaded, "aws_security_group.dynamic", .ingress) == ["main.tf: \"10.0.0.0/8\""])
    #expect(
      places(loaded, "aws_security_group.dynamic", .egress) == ["main.tf: \"10.20.0.2/32\""])
    // Two blocks can have made either entry: only their group is certain.
    #expect(
      places(loaded, "aws_security_group.alike", .ingress) == [
        "main.tf: resource \"aws_security_group\" \"alike\""
      ])
  }

  @Test func rulesArePointedAtByTheirArgument() throws {
    let loaded = try SourceProject("places").load()
    #expect(
      places(loaded, "aws_security_group.rules", .ingress) == [
        "main.tf: \"10.0.0.0/8\"", "main.tf: \"10.20.0.0/16\"", "main.tf: \"172.16.0.0/12\"",
        "main.tf: sensitive(\"203.0.113.64/26\")", "main.tf: var.partner",
      ])
  }

  @Test func groupsArePointedAtByTheirHeaderAndArguments() throws {
    let loaded = try SourceProject("places").load()
    func group(_ name: String) throws -> SecurityGroup {
      try #require(loaded.estate.groups.first { $0.address == "aws_security_group.\(name)" })
    }
    #expect(
      loaded.text(try group("rules").span) == "main.tf: resource \"aws_security_group\" \"rules\"")
    #expect(loaded.text(try group("rules").egressSpan) == "main.tf: []")
    #expect(try group("rules").ingressSpan == nil)
    #expect(loaded.text(try group("blocks").egressSpan) == "main.tf: egress")
    #expect(try group("blocks").ingressSpan == nil)
    #expect(loaded.text(try group("dynamic").ingressSpan) == "main.tf: dynamic \"ingress\"")
  }

  @Test func modulesLeadBackToTheirCalls() throws {
    let loaded = try SourceProject("places").load()
    let origins = loaded.origins(of: "module.own.aws_security_group.this", .egress)
    let origin = try #require(origins.first)
    #expect(loaded.text(origin.span) == "modules/sg/main.tf: \"0.0.0.0/0\"")
    #expect(origin.related.map { $0.kind } == [.calledFrom])
    #expect(origin.related.map { loaded.text($0.span) } == ["main.tf: module \"own\""])
    let group = try #require(
      loaded.estate.groups.first { $0.address == "module.own.aws_security_group.this" })
    #expect(group.related.map { loaded.text($0.span) } == ["main.tf: module \"own\""])
  }

  @Test func fetchedModulesArePointedAtByTheirCall() throws {
    var project = try SourceProject("places")
    let file = try #require(project.files["fetched/main.tf"])
    project.files["fetched/main.tf"] = nil
    project.files[".terraform/modules/fetched/sg/main.tf"] = file
    project.files[".terraform/modules/modules.json"] = """
      {"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"fetched","Source":\
      "registry.terraform.io/x/sg/aws","Version":"1.0.0","Dir":".terraform/modules/fetched/sg"}]}
      """
    try project.replace(
      "source = \"./fetched\"", by: "source = \"x/sg/aws\"", in: "main.tf")
    let loaded = try project.load()
    let origin = try #require(
      loaded.origins(of: "module.fetched.aws_security_group.this", .egress).first)
    #expect(loaded.text(origin.span) == "main.tf: module \"fetched\"")
    #expect(origin.related.map { $0.kind } == [.declaredAt])
    #expect(
      origin.related.map { loaded.text($0.span) } == [
        ".terraform/modules/fetched/sg/main.tf: resource \"aws_vpc_security_group_egress_rule\" \"out\""
      ])
    // Where it was not fetched, the call alone is there.
    project.files[".terraform/modules/modules.json"] = nil
    let second = try project.load()
    let other = try #require(
      second.origins(of: "module.fetched.aws_security_group.this", .egress).first)
    #expect(second.text(other.span) == "main.tf: module \"fetched\"")
    #expect(other.related.isEmpty)
  }

  @Test func modulesOutsideTheFolderShown() throws {
    var project = try SourceProject("places")
    for path in ["main.tf", "fetched/main.tf", "plan.json"] {
      project.files["live/prod/\(path)"] = project.files.removeValue(forKey: path)
    }
    try project.replace(
      "source = \"./modules/sg\"", by: "source = \"../../modules/sg\"", in: "live/prod/main.tf")
    project.planPath = "live/prod/plan.json"
    let loaded = try project.load()
    let origin = try #require(
      loaded.origins(of: "module.own.aws_security_group.this", .egress).first)
    #expect(loaded.text(origin.span) == "modules/sg/main.tf: \"0.0.0.0/0\"")
    #expect(
      origin.related.map { loaded.text($0.span) } == ["live/prod/main.tf: module \"own\""])
  }

  @Test func secretsAreNotQuoted() throws {
    let loaded = try SourceProject("places").load()
    let main = try #require(loaded.sources.first { $0.path == "main.tf" })
    let bytes = Array(main.bytes.buffer)
    func range(_ text: String) throws -> Range<Int> {
      let needle = Array(text.utf8)
      let start = try #require(
        bytes.indices.first { bytes[$0...].starts(with: needle) })
      return start..<start + needle.count
    }
    #expect(main.isQuotable)
    #expect(!main.mayQuote(try range("203.0.113.64/26")))
    #expect(!main.mayQuote(try range("198.51.100.0/24")))
    #expect(main.mayQuote(try range("var.partner")))
    #expect(main.mayQuote(try range("\"203.0.113.0/24\"")))
  }

  @Test func issuesOfThePlanArePlacedToo() throws {
    var project = try SourceProject("places")
    try project.replace(
      "cidr_ipv4         = \"10.0.0.0/8\"", by: "cidr_ipv4         = \"10.0.0.0/40\"", in: "main.tf"
    )
    try project.replace(
      "\"cidr_ipv4\":\"10.0.0.0/8\"", by: "\"cidr_ipv4\":\"10.0.0.0/40\"", in: "plan.json")
    try project.replace(
      "\"cidr_ipv4\":{\"constant_value\":\"10.0.0.0/8\"}",
      by: "\"cidr_ipv4\":{\"constant_value\":\"10.0.0.0/40\"}", in: "plan.json")
    let loaded = try project.load()
    let issue = try #require(loaded.estate.issues.first { $0.message.contains("is not a CIDR") })
    #expect(loaded.text(issue.span) == "main.tf: \"10.0.0.0/40\"")
  }

  @Test(arguments: [
    ("a/b/../c", "a/c"), ("./a", "a"), (".", "."), ("a/..", "."), ("../a", "../a"),
    ("../../a/..", "../.."), ("/a/../..", "/"), ("/../a", "/a"), ("a//b/", "a/b"), ("", "."),
  ])
  func pathsAreNormalised(path: String, expected: String) {
    #expect(PathText.normalised(path) == expected)
  }

  @Test func placesOfSecrets() throws {
    let text = """
      provider "aws" { secret_key = "↓a" }
      variable "b" {
        default   = "↓b"
        sensitive = true
      }
      resource "c" "d" {
        password    = "↓c"
        master_password = var.x
        x = [sensitive("↓d"), { token = "↓e", y = "n1" }]
        inner {
          api_secret = "↓f"
        }
        y = "n2"
      }

      """
    let marked = MarkedText(text)
    var secrets: [Range<Int>] = []
    TFSecrets.collect(try HCLReader.read(marked.buffer).body, into: &secrets)
    for mark in marked.marks { #expect(secrets.contains { $0.contains(mark) }) }
    for name in ["var.x", "n1", "n2"] {
      let needle = Array(name.utf8)
      let place = try #require(
        marked.buffer.indices.first { Array(marked.buffer[$0...]).starts(with: needle) })
      #expect(!secrets.contains { $0.contains(place) }, "\(name)")
    }
  }
}
