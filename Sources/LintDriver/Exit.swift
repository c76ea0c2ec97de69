#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The end of the process.
public enum Exit {
  /// Ends the process with that status.
  public static func now(_ status: Int32) -> Never { exit(status) }

  /// Writes a text and a line break to standard output or standard error.
  public static func say(_ text: String, toStandardOutput: Bool) {
    var line = text + "\n"
    line.withUTF8 { bytes in
      _ = SystemFiles.write(
        UnsafeRawBufferPointer(bytes), to: toStandardOutput ? .standard : .error)
    }
  }
}
