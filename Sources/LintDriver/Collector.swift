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
  private var walked: Set<SystemFiles.Identity> = []
  /// How many files of folders were to be read, whatever came of it.
  private var candidates = 0
  private var isInputRead = false
  /// How many bytes of files may still be kept in memory: to let go of what was read, and to have it again, takes a
  /// tenth of the time.
  private var room = 16 << 20

  /// Endings of files that are taken from a folder.
  private static let endings = [".json", ".yaml", ".yml"]
  /// Of these files, the ones that hold Terraform's configuration: no more an input than `.tf` is.
  private static let configuration = [".tf.json", ".tfvars.json"]
  private static let depthLimit = 64

  /// Takes a path as it was given.
  mutating func take(_ path: String) {
    if path == "-" {
      // It has an end, and nothing comes behind that.
      if !isInputRead { read(path) }
      isInputRead = true
      return
    }
    do throws(LoadError) {
      switch try SystemFiles.kind(of: path) {
      case .file, .special: read(path)
      case .directory(let identity):
        // One that was named before, or lies in one that was: its files are taken already.
        guard walked.insert(identity).inserted else { return }
        let count = candidates
        walk(path, depth: 0)
        if candidates == count {
          failures.append(
            .unrecognised(path: path, message: "holds no .json, .yaml or .yml file"))
        }
      }
    } catch {
      failures.append(error)
    }
  }

  private mutating func walk(_ folder: String, depth: Int) {
    let names: [String]
    do throws(LoadError) {
      guard depth < Self.depthLimit else {
        throw .unrecognised(
          path: folder, message: "lies more than \(Self.depthLimit) folders deep; name it itself")
      }
      names = try SystemFiles.names(in: folder)
    } catch {
      candidates += 1
      failures.append(error)
      return
    }
    for name in names {
      // What tools keep for themselves is no input: .git, .terraform, .venv.
      if name.hasPrefix(".") { continue }
      let path = Self.join(folder, name)
      let isCandidate =
        Self.endings.contains { name.hasSuffix($0) }
        && !Self.configuration.contains { name.hasSuffix($0) }
      do throws(LoadError) {
        switch try SystemFiles.kind(of: path) {
        case .directory(let identity):
          // A link that leads back to a folder above would never end.
          guard walked.insert(identity).inserted else { continue }
          walk(path, depth: depth + 1)
        case .file:
          guard isCandidate else { continue }
          candidates += 1
          if read(path) { found.insert(path) }
        case .special:
          guard isCandidate else { continue }
          throw .unrecognised(
            path: path, message: "is no regular file; name it itself to have it read")
        }
      } catch {
        // A dead link that would not have been read anyway is nobody's business.
        guard isCandidate else { continue }
        candidates += 1
        failures.append(error)
      }
    }
  }

  /// The name of a file in a folder; what lies in `.` needs no folder before it.
  private static func join(_ folder: String, _ name: String) -> String {
    if folder == "." || folder == "./" { return name }
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Reads a file, and returns whether that was to be done: not where it was read before.
  @discardableResult
  private mutating func read(_ path: String) -> Bool {
    do throws(LoadError) {
      let (file, identity) = try SystemFiles.read(path, shown: path, room: room)
      if let identity, !seen.insert(identity).inserted { return false }
      if !file.bytes.canForget { room = max(0, room - file.bytes.count) }
      files.append(Encoding.utf8(file))
    } catch {
      failures.append(error)
    }
    return true
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
