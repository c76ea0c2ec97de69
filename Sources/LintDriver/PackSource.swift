import Loaders
import SGModel

/// Finds packs by name, file or folder.
enum PackSource {
  /// Loads the packs that `--policy` names, with the values of `--set`.
  static func load(_ names: [String], settings: [String]) throws(DriverError) -> [Pack] {
    let overrides = try settings.map { text throws(DriverError) in try setting(text) }
    var packs: [Pack] = []
    var used: Set<String> = []
    var sources: [SourceFile] = []
    for name in names { sources += try files(name) }
    for file in sources {
      do throws(PackError) {
        let known = try PackLoader.load(file, source: -1, overrides: []).parameters.map { $0.name }
        let fitting = overrides.filter { known.contains($0.name) }
        used.formUnion(fitting.map { $0.name })
        packs.append(try PackLoader.load(file, source: -1, overrides: fitting))
      } catch {
        throw .badPack(lines: error.lines)
      }
    }
    if let stranger = overrides.first(where: { !used.contains($0.name) }) {
      let names = packs.flatMap { $0.parameters.map { $0.name } }
      throw .badOption(
        name: "--set",
        message:
          "no pack has a parameter `\(stranger.name)`; expected \(names.isEmpty ? "none" : names.joined(separator: ", "))"
      )
    }
    return packs
  }

  private static func setting(_ text: String) throws(DriverError) -> (
    name: String, values: [String]
  ) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw .badOption(name: "--set", message: "`\(text)` is not KEY=VALUE")
    }
    let value = text[text.index(after: equals)...]
    let parts = value.split(separator: ",").map { part in
      String(part.drop { $0 == " " })
    }
    return (String(text[..<equals]), parts)
  }

  private static func files(_ name: String) throws(DriverError) -> [SourceFile] {
    if let embedded = PackLibrary.embedded(named: name) { return [embedded] }
    let isPath = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
    do throws(LoadError) {
      switch try SystemFiles.kind(of: name) {
      case .file: return [try SystemFiles.read(name, shown: name).0]
      case .directory:
        var files: [SourceFile] = []
        for entry in try SystemFiles.names(in: name)
        where (entry.hasSuffix(".yaml") || entry.hasSuffix(".yml"))
          && !entry.hasSuffix(".tests.yaml")
        {
          files.append(try SystemFiles.read("\(name)/\(entry)", shown: "\(name)/\(entry)").0)
        }
        if files.isEmpty {
          throw LoadError.unrecognised(path: name, message: "holds no pack (.yaml)")
        }
        return files
      }
    } catch {
      let reason = isPath ? " (\(error.description.message))" : ""
      throw .badOption(
        name: "--policy",
        message:
          "no pack `\(name)`\(reason); expected \(PackLibrary.names.joined(separator: ", ")), a file or a folder"
      )
    }
  }
}
