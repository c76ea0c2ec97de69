import Foundation
import SGModel
import Testing

@testable import Reporters

@Suite struct RegistryTests {
  @Test func everyReporterIsRegistered() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Tool.sources.path)
    let written = Set(
      files.filter { $0.hasSuffix("Reporter.swift") }.map { String($0.dropLast(".swift".count)) })
    let registered = Set(
      ReportFormat.allCases.map { String(describing: $0.reporter) }
        + [String(describing: ShowFormat.reporter)])
    #expect(
      written == registered,
      "a file named *Reporter.swift needs a type of its name, a case of ReportFormat and a line in ReportFormat.reporter"
    )
  }

  @Test func oneFileImportsLibXML2() throws {
    let importers = try FileManager.default.contentsOfDirectory(
      at: Tool.sources, includingPropertiesForKeys: nil
    ).filter {
      try String(contentsOf: $0, encoding: .utf8).contains(/import (CLibXML2|Foundation)/)
    }
    #expect(importers.map(\.lastPathComponent) == ["XMLWriter.swift"])
  }

  /// Collects how a report is handed over.
  private final class Pieces {
    var sizes: [Int] = []
  }

  @Test(arguments: ReportFormat.allCases)
  func reportsAreHandedOverInPieces(format: ReportFormat) throws {
    let findings = (0..<4000).map { Finding.sample(subject: .group("aws_security_group.g\($0)")) }
    let pieces = Pieces()
    try format.render(.sample(findings)) { pieces.sizes.append($0.count) }
    #expect(pieces.sizes.reduce(0, +) > 300_000)
    #expect(pieces.sizes.allSatisfy { $0 > 0 && $0 < 128 * 1024 })
  }

  @Test(arguments: ReportFormat.allCases)
  func theSameReportGivesTheSameBytes(format: ReportFormat) throws {
    let findings = (0..<50).map { number in
      Finding.sample(
        [.violated, .undecided, .satisfied][number % 3], policy: "p\(number % 7)",
        subject: .group("g\(number)", input: "file\(number % 5).json"))
    }
    let report = Report.sample(findings)
    #expect(try report.bytes(format) == report.bytes(format))
  }
}
