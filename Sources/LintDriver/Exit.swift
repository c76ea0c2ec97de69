#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
import Loaders

/// The end of the process.
public enum Exit {
  /// Ends the process with that status.
  public static func now(_ status: Int32) -> Never { exit(status) }

  /// Writes `text` to standard output and ends the process: as it should, unless the text was lost.
  public static func afterPrinting(_ text: String) -> Never {
    SystemFiles.ignoreBrokenPipes()
    var line = text + "\n"
    if let failure = line.withUTF8({
      SystemFiles.write(UnsafeRawBufferPointer($0), to: .standard)
    }) {
      LintRun.complain(DriverError.unwritable(path: SystemFiles.Output.standard.name, failure))
      now(ExitStatus.couldNotRun.rawValue)
    }
    now(ExitStatus.clean.rawValue)
  }

  /// Says in one line what is wrong with the command line and where to look, and ends the process.
  public static func wrongUsage(_ message: String, help: String) -> Never {
    SystemFiles.ignoreBrokenPipes()
    var text = message
    // Where an option could be a bundle of short ones, ArgumentParser lists both readings.
    if let other = text.firstRange(of: "\n   or: ") { text = String(text[..<other.lowerBound]) }
    while text.hasSuffix(".") || text.hasSuffix("\n") { text.removeLast() }
    if let first = text.first, text.dropFirst().first?.isLowercase == true {
      text = first.lowercased() + text.dropFirst()
    }
    let quoted = text.split(separator: "'", omittingEmptySubsequences: false)
    if text.hasPrefix("unknown option"), quoted.count >= 3, SystemFiles.exists(String(quoted[1])) {
      text += "; to read the file of that name, write -- before it"
    }
    // A guess at what was meant comes as a sentence of its own.
    let line = text.replacing(". Did you mean ", with: "; did you mean ")
    LintRun.complain("\(line)\(line.hasSuffix("?") ? "" : ";") see `\(help)`")
    now(ExitStatus.couldNotRun.rawValue)
  }
}

extension String {
  /// The first place of `needle`; the standard library has it only with Foundation or Regex.
  fileprivate func firstRange(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) {
        return start..<index(start, offsetBy: needle.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
