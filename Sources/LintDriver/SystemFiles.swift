#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
import Loaders
import SGModel

/// Opens, maps and writes files: the only file that speaks to the operating system.
enum SystemFiles {
  /// Regular files above this are mapped, smaller ones are read: for a few pages a mapping costs more
  /// than a copy, and a small file that somebody cuts short while it is read does no harm.
  private static let mappingThreshold = 256 * 1024
  /// Streams have no size that could be asked for before.
  private static let streamLimit = 256 << 20

  /// What a path is.
  enum Kind {
    case directory(Identity)
    case file
    /// A pipe, a socket or a device: it has to be named to be read.
    case special
  }

  /// A file's identity: two names of one file have the same.
  struct Identity: Hashable {
    var device: UInt64
    var node: UInt64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      node = UInt64(status.st_ino)
    }
  }

  /// The system's reason for the last failure.
  private static func reason() -> String {
    String(cString: strerror(errno))
  }

  /// What `path` is, following links.
  static func kind(of path: String) throws(LoadError) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(path: path, reason: reason(for: path))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory(Identity(status))
    case S_IFREG: return .file
    default: return .special
    }
  }

  /// Whether there is anything of that name.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// The system's reason why `path` cannot be opened.
  private static func reason(for path: String) -> String {
    let reason = reason()
    // Swift's strings are Unicode: bytes that are not UTF-8 were replaced, and name no file any more.
    guard path.unicodeScalars.contains("\u{FFFD}") else { return reason }
    return "\(reason) (names must be UTF-8; rename the file, or give it on standard input)"
  }

  /// The names in a directory, sorted by their bytes, without `.` and `..`.
  static func names(in path: String) throws(LoadError) -> [String] {
    guard let directory = opendir(path) else { throw .unreadable(path: path, reason: reason()) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Reads `path`, or standard input for `-`, shown as `shown`.
  ///
  /// Of what is mapped and larger than `room`, what was read can be let go of.
  static func read(
    _ path: String, shown: String, room: Int = 0
  ) throws(LoadError) -> (SourceFile, Identity?) {
    if path == "-" {
      return (SourceFile(path: "<stdin>", bytes: try stream(STDIN_FILENO, shown: "<stdin>")), nil)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: shown, reason: reason(for: shown)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: shown, reason: reason())
    }
    let identity = Identity(status)
    guard status.st_mode & S_IFMT == S_IFREG else {
      return (SourceFile(path: shown, bytes: try stream(descriptor, shown: shown)), identity)
    }
    let size = Int(status.st_size)
    guard size > mappingThreshold else {
      return (SourceFile(path: shown, bytes: try stream(descriptor, shown: shown)), identity)
    }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED
    else { throw .unreadable(path: shown, reason: reason()) }
    madvise(memory, size, MADV_SEQUENTIAL)
    let bytes = SourceBytes(
      base: UnsafeRawPointer(memory), count: size, forget: size > room ? forget(size) : nil,
      release: { base, count in munmap(UnsafeMutableRawPointer(mutating: base), count) })
    return (SourceFile(path: shown, bytes: bytes), identity)
  }

  /// Lets go of stretches of a file of that size.
  private static func forget(_ size: Int) -> @Sendable (UnsafeRawPointer, Range<Int>) -> Void {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    return { base, range in
      // A page that is asked for brings others beside it, back into what was let go of before: up to
      // 512 KiB, where the system keeps the file in blocks of that size.
      let start = max(0, range.lowerBound - (512 << 10)) / page * page
      let end =
        range.upperBound + (512 << 10) >= size
        ? size : (range.upperBound + (512 << 10)) / page * page
      guard start < end else { return }
      madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }
  }

  private static func stream(_ descriptor: Int32, shown: String) throws(LoadError) -> SourceBytes {
    var capacity = 64 * 1024
    var memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    var count = 0
    while true {
      if count == capacity {
        guard capacity < streamLimit else {
          memory.deallocate()
          throw .tooLarge(path: shown, limit: streamLimit)
        }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
        capacity *= 2
      }
      let got = Self.read(descriptor, memory + count, capacity - count)
      if got < 0 {
        let why = reason()
        memory.deallocate()
        throw .unreadable(path: shown, reason: why)
      }
      if got == 0 { break }
      count += got
    }
    return SourceBytes(base: UnsafeRawPointer(memory), count: count) { base, _ in
      base.deallocate()
    }
  }

  private static func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ size: Int
  ) -> Int {
    while true {
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, buffer, size)
      #else
        let got = Darwin.read(descriptor, buffer, size)
      #endif
      if got >= 0 || errno != EINTR { return got }
    }
  }

  // MARK: Writing

  /// A file or stream that a report goes to.
  struct Output {
    fileprivate let descriptor: Int32
    /// The name for messages.
    let name: String
    /// Where bytes go while the report is written; renamed at the end, so that a reader never sees
    /// half a report.
    fileprivate let temporary: String?

    /// Standard output.
    static let standard = Output(descriptor: STDOUT_FILENO, name: "standard output", temporary: nil)
    /// Standard error.
    static let error = Output(descriptor: STDERR_FILENO, name: "standard error", temporary: nil)
  }

  /// Opens `path` for a report.
  static func create(_ path: String) throws(DriverError) -> Output {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      // A pipe or a device is written to directly.
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .unwritable(path: path, reason: reason()) }
      return Output(descriptor: descriptor, name: path, temporary: nil)
    }
    let temporary = "\(path).pni-lint-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: reason()) }
    return Output(descriptor: descriptor, name: path, temporary: temporary)
  }

  /// Why something could not be written.
  struct WriteFailure {
    /// The system's reason.
    var reason: String
    /// Whether the reader of a pipe has gone away.
    var isBrokenPipe: Bool

    fileprivate init() {
      isBrokenPipe = errno == EPIPE
      reason = SystemFiles.reason()
    }
  }

  /// Writes all of `bytes`; returns the system's reason where it cannot.
  static func write(_ bytes: UnsafeRawBufferPointer, to output: Output) -> WriteFailure? {
    guard var base = bytes.baseAddress else { return nil }
    var left = bytes.count
    while left > 0 {
      #if canImport(Glibc)
        let put = Glibc.write(output.descriptor, base, left)
      #else
        let put = Darwin.write(output.descriptor, base, left)
      #endif
      if put < 0 {
        if errno == EINTR { continue }
        return WriteFailure()
      }
      base += put
      left -= put
    }
    return nil
  }

  /// Finishes an output: nothing of it is lost, or the reason is returned.
  static func finish(_ output: Output) -> WriteFailure? {
    guard output.descriptor > STDERR_FILENO else { return nil }
    guard close(output.descriptor) == 0 else { return WriteFailure() }
    if let temporary = output.temporary, rename(temporary, output.name) != 0 {
      let failure = WriteFailure()
      unlink(temporary)
      return failure
    }
    return nil
  }

  /// Throws away what was written so far.
  static func discard(_ output: Output) {
    guard output.descriptor > STDERR_FILENO else { return }
    close(output.descriptor)
    if let temporary = output.temporary { unlink(temporary) }
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The columns of the terminal, or 100.
  static var terminalWidth: Int {
    var size = winsize()
    guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else {
      return 100
    }
    return Int(size.ws_col)
  }

  /// A variable of the environment, if it is set.
  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Has a write to a pipe that nobody reads fail, instead of ending the process.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
