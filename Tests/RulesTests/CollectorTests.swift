import Foundation
import SGModel
import Testing

@testable import LintDriver

/// What of the files that are read stays in memory.
struct CollectorTests {
  /// Makes a folder with files of these sizes, named by their numbers, for as long as `body` runs.
  private func withFiles(_ sizes: [Int], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("pni-lint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (number, size) in sizes.enumerated() {
      let path = folder.appendingPathComponent("\(number).json").path
      try #require(FileManager.default.createFile(atPath: path, contents: nil))
      let file = try #require(FileHandle(forWritingAtPath: path))
      // Without content, and so without space on the disk.
      try file.truncate(atOffset: UInt64(size))
      try file.close()
    }
    try body(folder.path)
  }

  @Test(
    "All files together keep no more than 16 MiB that could be had again",
    arguments: [
      [17 << 20], [10 << 20, 10 << 20, 1 << 20], Array(repeating: 3 << 20, count: 9),
      [100 << 10, 16 << 20],
    ])
  func room(sizes: [Int]) throws {
    try withFiles(sizes) { folder in
      var collector = Collector()
      collector.take(folder)
      #expect(collector.files.map(\.bytes.count) == sizes)
      var kept = 0
      for (file, size) in zip(collector.files, sizes) {
        #expect(file.bytes.canForget == (size > 256 << 10 && kept + size > 16 << 20))
        if !file.bytes.canForget { kept += size }
      }
    }
  }
}
