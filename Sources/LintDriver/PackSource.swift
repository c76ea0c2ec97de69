import Loaders
import Rules
import SGModel

/// Finds packs by name, file or folder.
enum PackSource {
  /// Loads the packs that `--policy` names, with the values of `--set`.
  static func load(_ names: [String], settings: [String]) throws(DriverError) -> [Pack] {
    let overrides = try settings.map { text throws(DriverError) in try setting(text) }
    var packs: [Pack] = []
    var used: Set<String> = []
    var seen: Set<String> = []
    // The order is that of the command line.
    for name in names {
      // Only where one is asked for: to make them is a part of each start else.
      if PackLibrary.checkNames.contains(name),
        let pack = CheckRegistry.packs.first(where: { $0.name == name })
      {
        if seen.insert(name).inserted { packs.append(pack) }
        continue
      }
      // A pack that is named twice is asked once.
      for file in try files(name) where seen.insert(file.path).inserted {
        let pack = try load(file, PackLibrary.pack(named: name), overrides, beside: packs)
        used.formUnion(pack.parameters.map { $0.name })
        packs.append(pack)
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

  /// Loads one file with those settings that it has parameters for; `read` is the pack in it without settings,
  /// where it was read.
  private static func load(
    _ file: SourceFile, _ read: Pack?, _ overrides: [(name: String, values: [String])],
    beside packs: [Pack]
  ) throws(DriverError) -> Pack {
    do throws(PackError) {
      var pack = if let read { read } else { try PackLoader.load(file, source: -1) }
      let known = pack.parameters.map { $0.name }
      let own = overrides.filter { known.contains($0.name) }
      if !own.isEmpty { pack = try PackLoader.load(file, source: -1, overrides: own) }
      guard packs.contains(where: { $0.name == pack.name }) else { return pack }
      throw PackError(
        path: file.path,
        problems: [
          .init(
            position: nil,
            message:
              "\(file.path): a pack named `\(pack.name)` is given already; expected another name in `pack`"
          )
        ])
    } catch {
      throw .badPack(lines: error.lines)
    }
  }

  private static func setting(_ text: String) throws(DriverError) -> (
    name: String, values: [String]
  ) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw .badOption(
        name: "--set",
        message: "`\(text)` is not KEY=VALUE; expected, for example, clients=10.9.0.0/16")
    }
    let value = text[text.index(after: equals)...]
    let parts = value.split(separator: ",").map { part in
      String(part.drop { $0 == " " })
    }
    return (String(text[..<equals]), parts)
  }

  private static func files(_ name: String) throws(DriverError) -> [SourceFile] {
    if let embedded = PackLibrary.embedded(named: name) { return [embedded] }
    // What names a file shows it; anything else was meant as the name of a pack.
    var isPath = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
    do throws(LoadError) {
      switch try SystemFiles.kind(of: name) {
      case .file, .special: return [try SystemFiles.read(name, shown: name).0]
      case .directory:
        isPath = true
        let folder = name.hasSuffix("/") ? name : "\(name)/"
        var files: [SourceFile] = []
        for entry in try SystemFiles.names(in: name)
        where (entry.hasSuffix(".yaml") || entry.hasSuffix(".yml"))
          && !entry.hasSuffix(".tests.yaml")
        {
          files.append(try SystemFiles.read(folder + entry, shown: folder + entry).0)
        }
        if files.isEmpty {
          throw LoadError.unrecognised(path: name, message: "the folder holds no .yaml file")
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
