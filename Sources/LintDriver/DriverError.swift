/// Why a run could not do what it was asked to.
///
/// Each is the user's error, not ours.
public enum DriverError: Error, Hashable, Sendable {
  /// A report cannot be written.
  case unwritable(path: String, reason: String)
  /// Whoever read the report has gone away; nobody is left who wants to know.
  case unwanted
  /// An option has a value it cannot have.
  case badOption(name: String, message: String)
  /// A pack cannot be read; one message per problem.
  case badPack(lines: [String])

  /// Creates the error that stands for a failed write.
  static func unwritable(path: String, _ failure: SystemFiles.WriteFailure) -> DriverError {
    failure.isBrokenPipe ? .unwanted : .unwritable(path: path, reason: failure.reason)
  }

  /// The error as lines for people, without the tool's name.
  var lines: [String] {
    switch self {
    case .unwritable(let path, let reason): ["cannot write \(path): \(reason)"]
    case .unwanted: []
    case .badOption(let name, let message): ["\(name): \(message)"]
    case .badPack(let lines): lines
    }
  }
}

/// How a run ends.
public enum ExitStatus: Int32, Sendable {
  /// Nothing at or above the threshold.
  case clean = 0
  /// Findings, violated or undecided.
  case findings = 1
  /// It could not run, or could not read an input.
  case couldNotRun = 2
}
