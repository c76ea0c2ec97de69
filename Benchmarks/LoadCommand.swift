import Loaders
import SGModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a file as pni-lint does, and says how much CPU time and memory that took.
enum LoadCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    let path = try arguments.value(of: "the file")
    var rounds = 1
    var isJoined = false
    while let option = arguments.next() {
      switch option {
      case "--rounds": rounds = max(1, try arguments.count(of: option))
      case "--joined": isJoined = true
      default: throw Arguments.Wrong("load has no option \(option)")
      }
    }
    for _ in 0..<rounds {
      let file = try map(path)
      let before = peak()
      let start = microseconds()
      let entries =
        isJoined ? EstateLoader.load([file]).estate.permissions.count : LoadSteps.entries(of: file)
      let spent = max(1, microseconds() - start)
      print(
        "\(entries) entries: \(Double(spent / 100) / 10) ms CPU, \(file.bytes.count / spent) MB/s, "
          + "peak \(peak()) KiB, \(before) KiB of it before")
    }
  }

  static func map(_ path: String) throws(Arguments.Wrong) -> SourceFile {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw Arguments.Wrong("\(path) cannot be opened") }
    defer { _ = Files.close(descriptor) }
    let size = max(0, Int(lseek(descriptor, 0, SEEK_END)))
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED
    else { throw Arguments.Wrong("\(path) cannot be mapped") }
    return SourceFile(
      path: path,
      bytes: SourceBytes(
        base: UnsafeRawPointer(memory), count: size,
        forget: { base, range in
          madvise(
            UnsafeMutableRawPointer(mutating: base + range.lowerBound), range.count, MADV_DONTNEED)
        },
        release: { base, count in munmap(UnsafeMutableRawPointer(mutating: base), count) }))
  }

  private static func microseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1000
  }

  private static func peak() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, which the C libraries declare with different types.
    getrusage(0, &usage)
    #if canImport(Darwin)
      return Int(usage.ru_maxrss) / 1024
    #else
      return Int(usage.ru_maxrss)
    #endif
  }
}
