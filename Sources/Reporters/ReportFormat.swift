public import SGModel

/// How a report is to look.
public struct ReportOptions: Hashable, Sendable {
  /// Whether text may be coloured.
  public var color: Bool
  /// How many columns a line of source may take in text.
  public var width: Int
  /// Whether text is to be one line per finding, without a summary.
  public var quiet: Bool

  /// Creates options.
  public init(color: Bool = false, width: Int = 100, quiet: Bool = false) {
    self.color = color
    self.width = width
    self.quiet = quiet
  }
}

/// Why a report could not be written.
public enum RenderError: Error, Hashable, Sendable {
  /// libxml2 refused to write; it does so where it gets no memory.
  case xmlWriter
}

/// The formats in which a report can be written.
///
/// A new format is one file that ends in `Reporter.swift`, one case, and one line in `reporter`.
public enum ReportFormat: String, CaseIterable, Sendable {
  /// For people.
  case text
  /// The tool's own JSON, for programs.
  case json
  /// SARIF 2.1.0, for code scanning.
  case sarif
  /// JUnit's XML, for CI services that show tests.
  case junit

  /// What writes the format.
  var reporter: any Reporter.Type {
    switch self {
    case .text: TextReporter.self
    case .json: JSONReporter.self
    case .sarif: SARIFReporter.self
    case .junit: JUnitReporter.self
    }
  }

  /// Writes the report in this format, handing its bytes to `write` in pieces.
  ///
  /// The same report gives the same bytes.
  public func render(
    _ report: Report, options: ReportOptions = ReportOptions(),
    to write: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws(RenderError) {
    try reporter.write(report, options: options, to: ByteSink(write))
  }
}

/// Turns a report into bytes of one format.
protocol Reporter {
  /// Writes all of `report`.
  static func write(
    _ report: Report, options: ReportOptions, to sink: consuming ByteSink
  ) throws(RenderError)
}
