import Loaders
import SGModel

/// Finds the files that a command line names and reads them, each once, in a fixed order.
struct Collector {
  /// What was read.
  var files: [SourceFile] = []
  /// What could not be read.
  var failures: [LoadError] = []
  /// Files that were not named but found in a folder: one of them that is none of ours is no error.
  var found: Set<String> = []
  private var seen: Set<SystemFiles.Identity> = []

  /// Endings of files that are taken from a folder.
  private static let endings = [".json", ".yaml", ".yml"]
  private static let depthLimit = 64

  /// Takes a path as it was given.
  mutating func take(_ path: String) {
    if path == "-" {
      read(path)
      return
    }
    do throws(LoadError) {
      switch try SystemFiles.kind(of: path) {
      case .file: read(path)
      case .directory:
        let count = files.count + failures.count
        walk(path, depth: 0)
        if files.count + failures.count == count {
          failures.append(
            .unrecognised(
              path: path, message: "holds no .json, .yaml or .yml file"))
        }
      }
    } catch {
      failures.append(error)
    }
  }

  private mutating func walk(_ folder: String, depth: Int) {
    guard depth < Self.depthLimit else { return }
    do throws(LoadError) {
      for name in try SystemFiles.names(in: folder) {
        // What tools keep for themselves is no input: .git, .terraform, .venv.
        if name.hasPrefix(".") { continue }
        let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        switch try SystemFiles.kind(of: path) {
        case .directory: walk(path, depth: depth + 1)
        case .file:
          guard Self.endings.contains(where: { name.hasSuffix($0) }) else { continue }
          found.insert(path)
          read(path)
        }
      }
    } catch {
      failures.append(error)
    }
  }

  private mutating func read(_ path: String) {
    do throws(LoadError) {
      let (file, identity) = try SystemFiles.read(path, shown: path)
      if let identity, !seen.insert(identity).inserted { return }
      files.append(Encoding.utf8(file))
    } catch {
      failures.append(error)
    }
  }
}

/// Turns UTF-16, which Windows PowerShell writes, into UTF-8.
enum Encoding {
  static func utf8(_ file: SourceFile) -> SourceFile {
    let bytes = file.bytes.buffer
    guard bytes.count >= 2 else { return file }
    let isLittle = bytes[0] == 0xFF && bytes[1] == 0xFE
    guard isLittle || (bytes[0] == 0xFE && bytes[1] == 0xFF) else { return file }
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var index = 2
    while index + 1 < bytes.count {
      let first = UInt16(bytes[index])
      let second = UInt16(bytes[index + 1])
      units.append(isLittle ? second << 8 | first : first << 8 | second)
      index += 2
    }
    return SourceFile(
      path: file.path, bytes: SourceBytes(Array(String(decoding: units, as: UTF16.self).utf8)))
  }
}
