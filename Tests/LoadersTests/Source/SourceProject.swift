import Foundation
import SGModel
import Testing

@testable import Loaders

/// A small project of Terraform in memory: the files of a fixture, which a test may change.
struct SourceProject {
  /// The texts by path.
  var files: [String: String] = [:]
  var root: String?
  var planPath = "plan.json"

  /// Reads a fixture.
  init(_ name: String) throws {
    let folder = Folder.fixtures.appending(path: "source/\(name)")
    let found = try #require(FileManager.default.enumerator(atPath: folder.path))
    for case let path as String in found where path.hasSuffix(".tf") || path.hasSuffix(".json") {
      files[path] = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }
  }

  /// Replaces a text that must be there.
  mutating func replace(_ old: String, by new: String, in path: String) throws {
    let text = try #require(files[path])
    try #require(text.contains(old))
    files[path] = text.replacing(old, with: new)
  }

  var folders: SourceFolders {
    let files = self.files
    return SourceFolders(
      root: root,
      names: { folder in
        let prefix = folder == "." ? "" : "\(folder)/"
        return files.keys.filter {
          $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/")
        }
        .map { String($0.dropFirst(prefix.count)) }.sorted()
      },
      read: { path in
        guard let text = files[path] else {
          return .failure(.unreadable(path: path, reason: "no such file"))
        }
        return .success(SourceFile(path: path, bytes: SourceBytes(Array(text.utf8))))
      })
  }

  /// What comes of loading the plan, with its source or alone.
  func load(withSource: Bool = true) throws -> LoadedProject {
    let plan = try #require(files[planPath])
    let file = SourceFile(path: planPath, bytes: SourceBytes(Array(plan.utf8)))
    let outcome = EstateLoader.load([file], folders: withSource ? folders : nil)
    try #require(outcome.failures.isEmpty)
    return LoadedProject(estate: outcome.estate, sources: [file] + outcome.sources)
  }
}

/// A loaded project.
struct LoadedProject {
  var estate: Estate
  var sources: [SourceFile]

  /// The text that a span points at, behind the path of its file.
  func text(_ span: SourceSpan?) -> String {
    guard let span, sources.indices.contains(Int(span.source)) else { return "(nowhere)" }
    let file = sources[Int(span.source)]
    return "\(file.path): "
      + String(decoding: file.bytes.buffer[span.start..<span.end], as: UTF8.self)
  }

  /// The groups that each rule is on, for certain and possibly, by the address of the rule.
  var owners: [String: (certain: Set<String>, possible: Set<String>)] {
    var result: [String: (certain: Set<String>, possible: Set<String>)] = [:]
    for group in estate.groups {
      for direction in Direction.allCases {
        for permission in estate.permissions[group.permissions(direction)] {
          let origin = estate.origins[Int(permission.origin)]
          guard case .terraformResource = origin.carrier, let rule = origin.address else {
            continue
          }
          let label = group.address ?? group.name ?? group.label
          result[rule, default: ([], [])].possible.insert(label)
          if permission.isCertain { result[rule, default: ([], [])].certain.insert(label) }
        }
      }
    }
    return result
  }

  /// The origins of the entries of a group.
  func origins(of address: String, _ direction: Direction) -> [Origin] {
    guard let group = estate.groups.first(where: { $0.address == address }) else { return [] }
    var seen: Set<Int32> = []
    return estate.permissions[group.permissions(direction)].filter {
      seen.insert($0.origin).inserted
    }
    .map { estate.origins[Int($0.origin)] }
  }

  var messages: [String] { estate.issues.map { $0.message } }
}
