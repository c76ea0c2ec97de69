/// A stretch of bytes in one of the files that were read.
///
/// Spans are offsets, not lines: a reporter asks `SourceFile` for lines and columns when a person
/// is to see them.
public struct SourceSpan: Hashable, Sendable, Comparable {
  /// The file's number, its index in the run's list of sources.
  public var source: Int32
  /// The length of the stretch in bytes.
  public var length: UInt32
  /// The offset of the first byte.
  public var start: Int

  /// The offset after the last byte.
  public var end: Int { start + Int(length) }

  /// Creates the span of `start..<end` in file number `source`.
  ///
  /// A stretch of more than 4 GiB is cut there: a span is a place to point at.
  public init(source: Int32, start: Int, end: Int) {
    self.source = source
    self.start = start
    self.length = UInt32(clamping: max(0, end - start))
  }

  /// Orders spans by file, then by place.
  public static func < (left: SourceSpan, right: SourceSpan) -> Bool {
    (left.source, left.start, left.length) < (right.source, right.start, right.length)
  }
}

/// A place in a file as people count it: both lines and columns start at 1.
public struct SourcePosition: Hashable, Sendable, Comparable {
  /// The line, from 1.
  public var line: Int
  /// The column, from 1, in Unicode scalars.
  public var column: Int

  /// Creates a position.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Orders positions from the top of a file to its end.
  public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// A place that helps to understand another one.
public struct RelatedPlace: Hashable, Sendable {
  /// What is there.
  public enum Kind: String, Hashable, Sendable {
    /// The call of the module that the first place is in.
    case calledFrom = "called from"
    /// What the first place, a call of a module, leads to.
    case declaredAt = "declared at"
  }

  /// What is there.
  public var kind: Kind
  /// Where it is.
  public var span: SourceSpan

  /// Creates a related place.
  public init(_ kind: Kind, at span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}
