/// Text of unknown origin on one line, for messages outside of reports.
public enum PrintableText {
  /// Returns `text` with visible escapes for what must not be printed (`\n`, `\u{1B}`).
  public static func line(_ text: String) -> String { SafeText.escaped(text) }
}
