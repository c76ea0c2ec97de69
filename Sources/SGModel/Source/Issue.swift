/// A part of an input that was not understood, or that says something people get wrong.
///
/// An issue is never a silent skip: what it is about is kept in the model as unknown. An issue of
/// severity `error` makes the run end with exit code 2, because a value could not be read.
public struct Issue: Hashable, Sendable {
  /// How bad it is.
  public enum Severity: String, Hashable, Sendable, Comparable {
    /// Something was understood, but is worth knowing.
    case warning
    /// A value could not be read; the model has an unknown in its place.
    case error

    /// Orders warnings before errors.
    public static func < (left: Severity, right: Severity) -> Bool {
      left == .warning && right == .error
    }
  }

  /// How bad it is.
  public var severity: Severity
  /// What is wrong: lower case, one line, no final period.
  public var message: String
  /// What would have been valid, or what to do.
  public var help: String?
  /// Where it stands.
  public var span: SourceSpan?

  /// Creates an issue.
  public init(_ severity: Severity, _ message: String, help: String? = nil, at span: SourceSpan?) {
    self.severity = severity
    self.message = message
    self.help = help
    self.span = span
  }
}
