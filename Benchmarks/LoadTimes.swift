import Loaders
import SGModel

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Times the reading of one file, and says how much the process grew by it.
struct LoadTimes {
  /// How far the file is read.
  enum Step: String, CaseIterable {
    /// The grammar alone.
    case skip
    /// What the file says, before references to other files are joined.
    case facts
    /// The estate.
    case estate
  }

  let path: String
  let step: Step
  let rounds: Int

  func run() {
    for round in 1...max(1, rounds) {
      guard let file = map() else {
        print("\(path) cannot be mapped")
        return
      }
      let before = Self.peakKiB()
      let start = Self.cpuMicroseconds()
      var found = 0
      switch step {
      case .skip: found = LoadSteps.skip(file)
      case .facts: found = LoadSteps.facts(file)
      case .estate: found = EstateLoader.load([file]).estate.permissions.count
      }
      let spent = Self.cpuMicroseconds() - start
      let speed = spent == 0 ? 0 : file.bytes.count / spent
      print(
        "\(step.rawValue) \(path) round \(round): \(spent / 1000).\(spent / 100 % 10) ms CPU, "
          + "\(speed) MB/s, \(found) found, peak \(Self.peakKiB()) KiB (\(before) before)")
    }
  }

  private func map() -> SourceFile? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED
    else { return nil }
    let drop: @Sendable (UnsafeRawPointer, Int) -> Void = { start, count in
      let first = UInt(bitPattern: start) & ~4095
      let end = (UInt(bitPattern: start) + UInt(count)) & ~4095
      guard end > first else { return }
      madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED)
    }
    let bytes = SourceBytes(base: UnsafeRawPointer(memory), count: size, drop: drop) {
      base, count in munmap(UnsafeMutableRawPointer(mutating: base), count)
    }
    return SourceFile(path: path, bytes: bytes)
  }

  private static func cpuMicroseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1000
  }

  private static func peakKiB() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, which the C libraries declare with different types.
    getrusage(0, &usage)
    #if canImport(Glibc)
      return Int(usage.ru_maxrss)
    #else
      return Int(usage.ru_maxrss) / 1024
    #endif
  }
}
