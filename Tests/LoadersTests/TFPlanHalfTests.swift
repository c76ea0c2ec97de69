import SGModel
import Testing
import Workers

@testable import Loaders

/// A plan that is read by two threads says what it says to one.
@Suite struct TFPlanHalfTests {
  private struct Result: Equatable {
    var reading: TFPlainRuleTests.Reading?
    var error: String?
    /// Some places of the file, as its table of lines has them.
    var places: [SourcePosition]
  }

  private static func reader(_ file: SourceFile, _ seed: UInt64) -> TFPlanReader {
    TFPlanReader(
      file.bytes, document: Document(bytes: file.bytes.buffer, source: 0), source: 0, view: .after,
      seed: seed)
  }

  /// What is read by two threads, and how they shared the file.
  private struct Shared {
    var start: Int?
    var leavesOut = false
    var isRight = false
  }

  /// What one thread or two read.
  private static func read(_ text: String, isParallel: Bool) -> (result: Result, shared: Shared) {
    let file = SourceFile.mapped("plan.json", text)
    var behind = ReadBehind(file)
    var plan: TFPlan?
    var error: String?
    var shared = Shared()
    func read(_ body: (inout JSONReader) throws(SyntaxError) -> TFPlan) {
      var json = JSONReader(file.bytes.buffer)
      json.forgetBehind(behind)
      error = nil
      do throws(SyntaxError) { plan = try body(&json) } catch {
        plan = nil
        complain(error)
      }
    }
    func complain(_ found: SyntaxError) { error = "\(found.message) at \(found.offset)" }
    let half = isParallel ? TFPlanHalf(file) : nil
    if let half {
      shared.start = half.start
      let before = behind
      Workers.both(
        {
          var own = reader(file, 7)
          read { json throws(SyntaxError) in try own.read(&json, half, before) }
        }, { half.read { reader(file, 7) } })
      shared.leavesOut = half.leftOut != nil
      half.leftOut?.check()
      shared.isRight = half.leftOut?.isRight ?? false
    }
    if half == nil || shared.leavesOut && (error != nil || !shared.isRight) {
      behind = ReadBehind(file)
      var own = reader(file, 8)
      read { json throws(SyntaxError) in try own.read(&json) }
    }
    let table = behind.finish()
    let count = file.bytes.count
    let places = stride(from: 0, to: count, by: max(1, count / 50)).compactMap {
      table.position(of: $0)
    }
    let reading = plan.map { TFPlainRuleTests.reading(of: $0) }
    return (
      Result(reading: reading, error: error, places: error == nil ? places : []), shared
    )
  }

  /// The plan with values of as many resources before its changes.
  private static func withValues(_ text: String, _ count: Int, further: String = "") -> String {
    let values = (0..<count).map {
      #"{"address":"aws_vpc.v[\#($0)]","mode":"managed","type":"aws_vpc","name":"v","index":\#($0),"schema_version":1,"values":{"cidr_block":"10.\#($0 % 256).0.0/16","tags":{"text":"Zoë \"Z\" \#(String(repeating: "x", count: $0 % 70))"}},"sensitive_values":{"tags":{}}}"#
    }
    return text.replacing(
      #""resource_changes":["#,
      by:
        #""planned_values":{"root_module":{"resources":[\#(values.joined(separator: ","))]}},\#(further)"resource_changes":["#,
      count: 1)
  }

  private static func expectSame(_ text: String, splits: Bool? = true) {
    let one = read(text, isParallel: false).result
    let (two, shared) = read(text, isParallel: true)
    #expect(one.error == two.error)
    #expect(one.places == two.places)
    #expect(one.reading?.plain == two.reading?.plain)
    for (left, right) in zip(one.reading?.said ?? [], two.reading?.said ?? []) where left != right {
      #expect(left == right)
      break
    }
    #expect(one.reading?.said.count == two.reading?.said.count)
    if let splits { #expect((shared.start != nil) == splits) }
  }

  // MARK: Planned values

  /// What is planned is checked behind the rest, wherever it ends.
  @Test(arguments: [0, 1, 40, 900, 4000])
  func plannedValuesAreCheckedLater(count: Int) {
    let plan = TFPlainRuleTests.plan(7, count: 400).text
    for further in ["", #""resource_drift":[\#(TestPlan.changeText("aws_vpc.x", ["update"]))],"#] {
      let text = Self.withValues(plan, count, further: further)
      Self.expectSame(text)
      let shared = Self.read(text, isParallel: true).shared
      #expect(shared.leavesOut && shared.isRight)
    }
  }

  /// A fault in what is planned is found where it is, also where there is another behind it.
  @Test(arguments: 0..<30)
  func faultsOfPlannedValuesAreFound(part: Int) {
    let text = Self.withValues(TFPlainRuleTests.plan(8, count: 100).text, 60)
    var bytes = Array(text.utf8)
    guard let place = bytes.indices.dropFirst(bytes.count / 70 * part).first else { return }
    bytes[place] = [0x00, 0x22, 0x7B, 0x7D, 0x2C][part % 5]
    Self.expectSame(String(decoding: bytes, as: UTF8.self), splits: nil)
    bytes[bytes.count - 40] = 0x22
    Self.expectSame(String(decoding: bytes, as: UTF8.self), splits: nil)
  }

  /// Where the values end somewhere else than it seems, all is read again.
  @Test func valuesThatHoldChanges() {
    let plan = TFPlainRuleTests.plan(9, count: 100).text
    let change = TestPlan.changeText("aws_vpc.x", ["create"])
    let inside = Self.withValues(plan, 3).replacing(
      #"]}},"resource_changes""#,
      by: #"],"x":{"resource_changes":[\#(change)]}}},"resource_changes""#, count: 1)
    Self.expectSame(inside, splits: nil)
    // A list with that name that is no member of the plan.
    Self.expectSame(
      inside.replacing(#"]}}},"resource_changes""#, by: #"]}}},"resource_changed""#, count: 1),
      splits: nil)
    // Twice the same key.
    Self.expectSame(
      Self.withValues(Self.withValues(plan, 3), 5), splits: nil)
  }

  // MARK: Halves

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func saysTheSame(seed: UInt64) {
    expectSameOf(TFPlainRuleTests.plan(seed, count: 200))
  }

  private func expectSameOf(_ plan: TestPlan) { Self.expectSame(plan.text) }

  /// Regions, modules and sets have numbers of their own in each half.
  @Test func modulesAndRegionsAreOfBothHalves() {
    var plan = TestPlan()
    for number in 0..<60 {
      let region = ["eu-west-1", "us-east-1", "ap-south-1"][number * 7 % 3]
      let module = ["module.a", "module.b[\"x\"]", "module.c[0]"][number * 5 % 3]
      plan.change(
        "\(module).aws_security_group.g\(number % 7)[\(number)]",
        after: #"{"name":"g\#(number)","vpc_id":"vpc-1","region":"\#(region)"}"#,
        unknown: #"{"id":true}"#, key: "\(number)", module: module)
      plan.change(
        "\(module).aws_vpc_security_group_ingress_rule.r[\(number)]", ["update"],
        before:
          #"{"cidr_ipv4":"10.0.0.0/9","ip_protocol":"-1","security_group_id":"sg-\#(number % 5)"}"#,
        after:
          #"{"arn":"arn:aws:ec2:\#(region):1:x","cidr_ipv4":"10.0.0.0/8","ip_protocol":"-1","security_group_id":"sg-\#(number % 5)"}"#,
        key: "\(number)", module: module)
    }
    expectSameOf(plan)
  }

  /// An address that occurs in both halves is said, as it is anywhere else.
  @Test func addressesOfBothHalvesAreTold() {
    var plan = TFPlainRuleTests.plan(3, count: 100)
    plan.changes += plan.changes.prefix(3)
    expectSameOf(plan)
    let said = Self.read(plan.text, isParallel: true).result.reading?.said ?? []
    #expect(said.count { $0.contains("is in the plan more than once") } == 3)
  }

  /// A data source that is read during apply, and was read before, is one.
  @Test func stateBeforeIsOfBothHalves() {
    var plan = TFPlainRuleTests.plan(2, count: 40)
    for number in 0..<20 {
      let vpc = #"{"id":"vpc-\#(number)","cidr_block":"10.\#(number).0.0/16"}"#
      plan.change("data.aws_vpc.v\(number)", ["read"], after: vpc)
      plan.prior.append(
        #"{"address":"data.aws_vpc.v\#(number)","mode":"data","type":"aws_vpc","name":"v\#(number)","provider_name":"registry.terraform.io/hashicorp/aws","values":\#(vpc)}"#
      )
    }
    expectSameOf(plan)
  }

  /// What stands behind the changes is read by whoever comes to it.
  @Test func whatFollowsIsRead() {
    let plan = TFPlainRuleTests.plan(4, count: 100)
    let behind = #","configuration":"#
    Self.expectSame(plan.text.replacing(behind, by: #","output_changes":{}"# + behind, count: 1))
    Self.expectSame(
      plan.text.replacing(
        behind, by: #","prior_state":{"values":{"root_module":{"resources":[]}}}"# + behind,
        count: 1))
    Self.expectSame(plan.text.replacing(behind, by: #","complete":false,"x":"#, count: 1))
    Self.expectSame(plan.text.replacing(behind, by: #","resource_changes":"#, count: 1))
  }

  /// A guess that is wrong changes nothing.
  @Test func wrongGuessesAreThrownAway() {
    let plan = TFPlainRuleTests.plan(5, count: 100)
    let list = #""resource_changes":[{"#
    // A list of that name in another value, and what looks like a change in one.
    let inside =
      #""variables":{"x":{"value":{"resource_changes":[{"address":"a"},{"address":"b"}]}}},"#
    Self.expectSame(plan.text.replacing(list, by: inside + list, count: 1), splits: nil)
    let value = #"{"address":"x"},{"address":"y"},{"address":"z"},"#
    var nested = TestPlan()
    for number in 0..<40 {
      nested.change(
        "aws_vpc.v\(number)",
        after: #"{"id":"vpc-\#(number)","tags":[\#(String(repeating: value, count: 9))0]}"#)
    }
    Self.expectSame(nested.text, splits: nil)
    // White space where Terraform prints none.
    Self.expectSame(
      plan.text.replacing(list, by: #""resource_changes": [{"#, count: 1), splits: false)
  }

  /// A fault is found where it is, in whichever half.
  @Test(arguments: 0..<40)
  func faultsAreFoundInPlace(part: Int) {
    var bytes = Array(TFPlainRuleTests.plan(6, count: 60).text.utf8)
    let place = bytes.count * part / 40
    bytes[place] = [0x00, 0x22, 0x7B, 0x7D, 0x2C][part % 5]
    Self.expectSame(String(decoding: bytes, as: UTF8.self), splits: nil)
    Self.expectSame(String(decoding: bytes[..<place], as: UTF8.self), splits: nil)
  }
}
