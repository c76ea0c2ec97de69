import BenchmarkInputs
import Loaders
import SGModel
import Testing

/// What is measured is made by us, so it has to be what the tools print, and the same on every machine.
struct GeneratedInputTests {
  private static func bytes(_ input: GeneratedInput) -> [UInt8] {
    var bytes: [UInt8] = []
    input.write(to: ByteSink { bytes += $0 })
    return bytes
  }

  /// FNV-1a.
  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private static func load(_ inputs: GeneratedInput...) -> EstateLoader.Outcome {
    EstateLoader.load(
      inputs.map { SourceFile(path: $0.form.rawValue, bytes: SourceBytes(bytes($0))) })
  }

  /// Figures of different machines and days are about the same bytes.
  @Test(
    arguments: [
      (.describe, 0x988d_2de2_bf39_869e), (.plan, 0x6cfb_0c48_38e3_b80b),
      (.yaml, 0xb1bd_d0a1_b137_49dd), (.interfaces, 0x4ff7_4dba_b472_a3b9),
    ] as [(GeneratedInput.Form, UInt64)])
  func sameSeedSameBytes(form: GeneratedInput.Form, hash: UInt64) {
    let bytes = Self.bytes(GeneratedInput(form, elements: 50, seed: 7))
    #expect(Self.hash(bytes) == hash, "\(form): 0x\(String(Self.hash(bytes), radix: 16))")
    #expect(bytes == Self.bytes(GeneratedInput(form, elements: 50, seed: 7)))
    #expect(bytes != Self.bytes(GeneratedInput(form, elements: 50, seed: 8)))
  }

  @Test(arguments: GeneratedInput.Form.allCases) func isReadWithoutErrors(
    form: GeneratedInput.Form
  ) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let outcome = Self.load(GeneratedInput(form, elements: 60, seed: seed))
      #expect(outcome.failures.isEmpty, "\(outcome.failures)")
      let errors = outcome.estate.issues.filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(errors.prefix(3))")
      let groups = outcome.estate.groups.filter { $0.id != nil || $0.address != nil }
      if form == .describe || form == .yaml { #expect(groups.count == 60) }
      if form == .plan { #expect(groups.count > 45) }
      if form != .interfaces { #expect(outcome.estate.permissions.count > 60 * 6) }
    }
  }

  /// JSON and YAML of one account are the same account.
  @Test func formsAgree() {
    let json = Self.load(GeneratedInput(.describe, elements: 80)).estate
    let yaml = Self.load(GeneratedInput(.yaml, elements: 80)).estate
    #expect(json.groups.map(\.id) == yaml.groups.map(\.id))
    #expect(json.groups.map(\.name) == yaml.groups.map(\.name))
    #expect(json.permissions.map(\.services) == yaml.permissions.map(\.services))
    #expect(json.permissions.map(\.peer) == yaml.permissions.map(\.peer))
  }

  @Test(arguments: GeneratedInput.Form.allCases) func isAboutAsLargeAsAsked(
    form: GeneratedInput.Form
  ) {
    for size in [8_000, 50_000, 200_000] {
      let made = GeneratedInput(form, size: size).size
      #expect(abs(made - size) * 4 < size, "\(form): \(made) of \(size)")
    }
  }
}
