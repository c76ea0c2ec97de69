public import SGModel

/// Which of its two sides a plan shows.
public enum PlanView: Hashable, Sendable, CaseIterable {
  /// The estate as it is, found by the refresh that comes with planning.
  case before
  /// The estate as it will be once the plan is applied.
  case after
}

/// Reads files and joins what they say.
public enum EstateLoader {
  /// What came of reading.
  public struct Outcome: Sendable {
    /// Everything that could be read, joined.
    public var estate: Estate
    /// Files that could not be read at all, in the order of the files.
    public var failures: [LoadError]
    /// The numbers of files that may hold secrets beside what is reported of them.
    public var unquotable: Set<Int>
    /// Files of Terraform's source that something points at.
    ///
    /// Their numbers follow those of the files that were given.
    public var sources: [SourceFile]
  }

  /// Reads `files` and joins them; a file that cannot be read is a failure and takes nothing else
  /// with it.
  ///
  /// Of plans, `view` says which side is taken; all other inputs have one side. Where `folders` are
  /// given, plans are read together with their source.
  ///
  /// - Complexity: O(*n*) in the size of the files and the number of things in them.
  public static func load(
    _ files: [SourceFile], given: [GivenCIDR] = [], view: PlanView = .after,
    folders: SourceFolders? = nil
  ) -> Outcome {
    let store = folders.map { TFSourceStore($0, firstNumber: files.count) }
    var facts: [Facts] = []
    var inputs: [Input] = []
    var failures: [LoadError] = []
    var unquotable: Set<Int> = []
    for (index, file) in files.enumerated() {
      do throws(LoadError) {
        for fact in try FileLoader.load(file, source: Int32(index), view: view, store) {
          facts.append(fact)
          inputs.append(Input(path: file.path, kind: fact.kind))
          if fact.kind.hasPrefix("terraform") { unquotable.insert(index) }
        }
      } catch {
        failures.append(error)
      }
    }
    var linker = Linker(given: given)
    return Outcome(
      estate: linker.link(facts, inputs: inputs), failures: failures, unquotable: unquotable,
      sources: store?.used ?? [])
  }
}
