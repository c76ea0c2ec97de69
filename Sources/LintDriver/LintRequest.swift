public import Reporters
public import SGModel
import Workers

/// What a run is asked to do; the values are those of the command line.
public struct LintRequest: Sendable {
  /// Where one report goes.
  public struct Output: Sendable {
    /// The format.
    public var format: ReportFormat
    /// The file; nothing: standard output.
    public var path: String?
    /// Creates an output.
    public init(format: ReportFormat, path: String?) {
      self.format = format
      self.path = path
    }
  }

  /// When text is coloured.
  public enum Color: String, Sendable, CaseIterable {
    /// On a terminal, unless the environment says otherwise.
    case auto
    /// Always.
    case always
    /// Never.
    case never
  }

  /// Files, folders, and `-`.
  public var paths: [String]
  /// Packs: names, files or folders.
  public var policies: [String]
  /// Values of `--set`.
  public var settings: [String]
  /// Values of `--select`.
  public var selectors: [String]
  /// Values of `--vpc-cidr`.
  public var vpcCIDRs: [String]
  /// The folder of Terraform's own files; nothing: that of each plan.
  public var sourceRoot: String?
  /// The reports to write.
  public var outputs: [Output]
  /// Whether changes are suggested.
  public var suggestsFixes: Bool
  /// What makes the run fail; nothing: no finding does.
  public var threshold: Severity?
  /// What an undecided finding counts as; nothing: as its policy's severity.
  public var undecided: Severity?
  /// When text is coloured.
  public var color: Color
  /// Whether text is short.
  public var isQuiet: Bool
  /// How many threads may work; nothing: as many as the machine has.
  public var jobs: Int?
  /// The tool's version.
  public var version: String

  /// Creates a request.
  public init(
    paths: [String], policies: [String] = ["pni"], settings: [String] = [],
    selectors: [String] = [], vpcCIDRs: [String] = [], sourceRoot: String? = nil,
    outputs: [Output] = [Output(format: .text, path: nil)], suggestsFixes: Bool = false,
    threshold: Severity? = .error, undecided: Severity? = nil, color: Color = .auto,
    isQuiet: Bool = false, jobs: Int? = nil, version: String
  ) {
    self.paths = paths
    self.policies = policies
    self.settings = settings
    self.selectors = selectors
    self.vpcCIDRs = vpcCIDRs
    self.sourceRoot = sourceRoot
    self.outputs = outputs
    self.suggestsFixes = suggestsFixes
    self.threshold = threshold
    self.undecided = undecided
    self.color = color
    self.isQuiet = isQuiet
    self.jobs = jobs
    self.version = version
  }

  /// How many threads work.
  var threads: Int { max(1, jobs ?? Workers.available) }
}
