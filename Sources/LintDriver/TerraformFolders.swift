import Loaders
import SGModel

/// Lets loaders read Terraform's own files.
enum TerraformFolders {
  /// The access to the folder that the user gave, or to those of the plans.
  static func access(_ root: String?) throws(DriverError) -> SourceFolders {
    if let root {
      let kind: SystemFiles.Kind
      do throws(LoadError) {
        kind = try SystemFiles.kind(of: root)
      } catch {
        throw .badOption(name: "--source-root", message: "\(root) \(error.description.message)")
      }
      guard case .directory = kind else {
        throw .badOption(name: "--source-root", message: "\(root) is no folder")
      }
    }
    return SourceFolders(
      root: root,
      names: { (try? SystemFiles.names(in: $0)) ?? [] },
      read: { path in
        do throws(LoadError) {
          guard case .file = try SystemFiles.kind(of: path) else {
            return .failure(.unreadable(path: path, reason: "it is a folder"))
          }
          return .success(try SystemFiles.read(path, shown: path).0)
        } catch {
          return .failure(error)
        }
      })
  }
}
