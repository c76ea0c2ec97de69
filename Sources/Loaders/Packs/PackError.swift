public import SGModel

/// Why a policy pack cannot be used: everything that is wrong with it, and where.
///
/// Always the author's or the user's error, not ours.
public struct PackError: Error, Hashable, Sendable {
  /// One thing that is wrong.
  public struct Problem: Hashable, Sendable {
    /// Where it stands in the pack; nothing where it is about a value that was set from outside.
    public var position: SourcePosition?
    /// What is wrong and what would have been valid: lower case, one line, no final period.
    public var message: String

    /// Creates a problem.
    public init(position: SourcePosition?, message: String) {
      self.position = position
      self.message = message
    }
  }

  /// The pack's file, as the user gave it.
  public var path: String
  /// What is wrong, in the order of the file; values that were set come last.
  ///
  /// Never empty.
  public var problems: [Problem]

  /// Creates the error.
  public init(path: String, problems: [Problem]) {
    self.path = path
    self.problems = problems
  }

  /// One line for each problem: `path:line:column: message`.
  public var lines: [String] {
    problems.map { problem in
      guard let position = problem.position else { return problem.message }
      return "\(path):\(position.line):\(position.column): \(problem.message)"
    }
  }
}
