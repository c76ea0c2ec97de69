#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files by their descriptors, without Foundation.
enum Files {
  static let standardInput: Int32 = 0
  static let standardOutput: Int32 = 1

  /// Returns the bytes of a file.
  static func read(_ path: String) throws(Arguments.Wrong) -> [UInt8] {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { throw Arguments.Wrong("\(path) cannot be opened") }
    defer { _ = close(file) }
    let size = max(0, Int(lseek(file, 0, SEEK_END)))
    lseek(file, 0, SEEK_SET)
    let bytes = read(size, from: file)
    guard bytes.count == size else { throw Arguments.Wrong("\(path) cannot be read") }
    return bytes
  }

  /// Returns the next bytes of a file, fewer than `count` only at its end.
  static func read(_ count: Int, from file: Int32) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let space = UnsafeMutableRawBufferPointer(buffer)
      while filled < count {
        #if canImport(Glibc)
          let step = Glibc.read(file, space.baseAddress.map { $0 + filled }, count - filled)
        #else
          let step = Darwin.read(file, space.baseAddress.map { $0 + filled }, count - filled)
        #endif
        guard step > 0 else { return }
        filled += step
      }
    }
  }

  /// Makes an empty file and returns its descriptor.
  static func create(_ path: String) throws(Arguments.Wrong) -> Int32 {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw Arguments.Wrong("\(path) cannot be written") }
    return file
  }

  /// Writes all of the bytes; false where that is not possible.
  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        #if canImport(Glibc)
          let step = Glibc.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        #else
          let step = Darwin.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        #endif
        guard step > 0 else { return false }
        done += step
      }
      return true
    }
  }

  /// Closes a file; false where what was written could not be kept.
  static func close(_ file: Int32) -> Bool {
    #if canImport(Glibc)
      Glibc.close(file) == 0
    #else
      Darwin.close(file) == 0
    #endif
  }

  /// Ends the program with a message.
  static func complain(_ message: String) -> Never {
    _ = write(Array(message.utf8), to: 2)
    exit(2)
  }
}
