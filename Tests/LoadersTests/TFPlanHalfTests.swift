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

  /// What one thread or two read, and where the second of them began.
  private static func read(_ text: String, isParallel: Bool) -> (result: Result, start: Int?) {
    let file = SourceFile.mapped("plan.json", text)
    let behind = ReadBehind(file)
    var json = JSONReader(file.bytes.buffer)
    json.forgetBehind(behind)
    var plan: TFPlan?
    var error: String?
    var start: Int?
    if isParallel {
      let half = TFPlanHalf(file)
      Workers.both(
        {
          var own = reader(file, 7)
          do throws(SyntaxError) { plan = try own.read(&json, half, behind) } catch {
            complain(error)
          }
        }, { half.read { reader(file, 7) } })
      start = half.start
    } else {
      var own = reader(file, 8)
      do throws(SyntaxError) { plan = try own.read(&json) } catch { complain(error) }
    }
    func complain(_ found: SyntaxError) { error = "\(found.message) at \(found.offset)" }
    let table = behind.finish()
    let count = file.bytes.count
    let places = stride(from: 0, to: count, by: max(1, count / 50)).compactMap {
      table?.position(of: $0)
    }
    let reading = plan.map { TFPlainRuleTests.reading(of: $0) }
    return (
      Result(reading: reading, error: error, places: error == nil ? places : []), start
    )
  }

  private static func expectSame(_ text: String, splits: Bool? = true) {
    let one = read(text, isParallel: false).result
    let (two, start) = read(text, isParallel: true)
    #expect(one.error == two.error)
    #expect(one.places == two.places)
    #expect(one.reading?.plain == two.reading?.plain)
    for (left, right) in zip(one.reading?.said ?? [], two.reading?.said ?? []) where left != right {
      #expect(left == right)
      break
    }
    #expect(one.reading?.said.count == two.reading?.said.count)
    if let splits { #expect((start != nil) == splits) }
  }

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
