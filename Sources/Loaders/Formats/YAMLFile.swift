import SGModel

/// Reads one file of YAML.
enum YAMLFile {
  static func load(_ file: SourceFile, source: Int32) throws -> [Facts] {
    throw LoadError.unrecognised(path: file.path, message: "is YAML")
  }
}
