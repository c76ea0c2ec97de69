public import SGModel
import Workers

/// Which of its two sides a plan shows.
public enum PlanView: Hashable, Sendable, CaseIterable {
  /// The estate as it is, found by the refresh that comes with planning.
  case before
  /// The estate as it will be once the plan is applied.
  case after
}

/// How files are read.
public struct LoadOptions: Sendable {
  /// CIDRs of VPCs that the user gave.
  public var given: [GivenCIDR] = []
  /// Which side of plans is taken; all other inputs have one side.
  public var view = PlanView.after
  /// Access to folders with the source of plans; nothing: plans are read without it.
  public var folders: SourceFolders?
  /// How many threads may read.
  public var jobs = 1
  /// The size in bytes from which on a file's groups are left in it, to be read again one at a time.
  ///
  /// Nothing: all groups are brought to memory.
  public var leavesGroupsInFilesFrom: Int?
  /// How many bytes may hold what groups allow that were left in files of JSON; those for which that is not
  /// enough are read again when their turn comes.
  public var recordLimit = 14 << 20
  /// Whether every group is asked for in full.
  ///
  /// Then groups in YAML, which is dear to read again, are brought to memory.
  public var asksForAllInFull = false
  /// Whether groups are asked for by their tags; if not, groups of large plans have none.
  public var asksForTags = true

  /// Creates options.
  public init() {}
}

/// Reads files and joins what they say.
public enum EstateLoader {
  /// What came of reading.
  public struct Outcome: Sendable {
    /// Everything that could be read, joined.
    public var inventory: Inventory
    /// Files that could not be read at all, in the order of the files.
    public var failures: [LoadError]
    /// The numbers of files that may hold secrets beside what is reported of them.
    public var unquotable: Set<Int>
    /// Files of Terraform's source that something points at.
    ///
    /// Their numbers follow those of the files that were given.
    public var sources: [SourceFile]
    /// All groups, where all were brought to memory.
    public var estate: Estate { inventory.estate }
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
    var options = LoadOptions()
    options.given = given
    options.view = view
    options.folders = folders
    return load(files, options)
  }

  /// Reads `files` as `options` say and joins them.
  ///
  /// - Complexity: O(*n*) in the size of the files and the number of things in them.
  public static func load(_ files: [SourceFile], _ options: LoadOptions) -> Outcome {
    // Of small files little memory is needed, and of large ones as much as is free goes back between the stages.
    let size = files.reduce(0) { $0 + $1.bytes.count }
    if size >= Self.smallestBusyInput, !areLarge(files) { Memory.keepReady() }
    let shelving = options.leavesGroupsInFilesFrom.map {
      Shelving(
        smallestFile: $0,
        threads: threadsOfOne(files, options),
        takesYAML: !options.asksForAllInFull,
        recordLimit: options.asksForAllInFull ? 0 : options.recordLimit / max(1, files.count),
        asksForTags: options.asksForTags)
    }
    var read = read(files, options, shelving)
    let shelves = read.facts.enumerated().compactMap { input, facts in
      facts.shelf.map { (shelf: $0, input: input) }
    }
    guard !shelves.isEmpty else { return join(&read, nil, options.given) }
    guard let directory = GroupDirectory(shelves), !needsAllGroups(read.facts, directory) else {
      var all = self.read(files, options, nil)
      return join(&all, nil, options.given)
    }
    return join(&read, directory, options.given)
  }

  /// Whether there are files of which what was read is let go of.
  private static func areLarge(_ files: [SourceFile]) -> Bool {
    files.contains { $0.bytes.canForget }
  }

  /// The size in bytes from which on memory is asked for several times.
  private static let smallestBusyInput = 256 << 10

  /// How many threads may read one of the files at once: others read the other files.
  private static func threadsOfOne(_ files: [SourceFile], _ options: LoadOptions) -> Int {
    guard options.jobs > 1, files.count < options.jobs else { return 1 }
    return max(2, options.jobs / max(1, files.count))
  }

  private struct Read {
    var facts: [Facts] = []
    var inputs: [Input] = []
    var failures: [LoadError] = []
    var unquotable: Set<Int> = []
    var sources: [SourceFile] = []
    /// Whether there are files of which what was read is let go of.
    var areLarge = false
  }

  private static func read(
    _ files: [SourceFile], _ options: LoadOptions, _ shelving: Shelving?
  ) -> Read {
    let store = options.folders.map { TFSourceStore($0, firstNumber: files.count) }
    nonisolated(unsafe) let shared = store
    let turns = Turns(files.count)
    let isParallel = threadsOfOne(files, options) > 1
    let loaded = OrderedResults(from: 0, to: files.count, jobs: options.jobs) {
      { index -> Result<[Facts], LoadError> in
        defer { turns.finish(index) }
        do throws(LoadError) {
          // Source files are numbered in the order of the plans that use them.
          return .success(
            try FileLoader.load(
              files[index], source: Int32(index), view: options.view, shared, shelving: shelving,
              isParallel: isParallel, awaitTurn: { turns.wait(for: index) }))
        } catch {
          return .failure(error)
        }
      }
    }
    var result = Read()
    var index = 0
    while let outcome = loaded.next() {
      switch outcome {
      case .success(let facts):
        for fact in facts {
          result.facts.append(fact)
          result.inputs.append(Input(path: files[index].path, kind: fact.kind))
          if fact.kind.hasPrefix("terraform") { result.unquotable.insert(index) }
        }
      case .failure(let error): result.failures.append(error)
      }
      index += 1
    }
    result.sources = store?.used ?? []
    result.areLarge = areLarge(files)
    return result
  }

  private static func join(
    _ read: inout Read, _ directory: GroupDirectory?, _ given: [GivenCIDR]
  ) -> Outcome {
    // Stages of large files leave much behind that the next does not fill.
    if read.areLarge { Memory.returnUnused() }
    var linker = Linker(given: given, directory: directory)
    linker.link(&read.facts, inputs: read.inputs)
    let inventory = Inventory(linker, directory, facts: read.facts)
    linker = Linker(given: [])
    if read.areLarge { Memory.returnUnused() }
    return Outcome(
      inventory: inventory, failures: read.failures, unquotable: read.unquotable,
      sources: read.sources)
  }

  /// Whether several inputs speak of one group, so that it has to be joined before it can be judged.
  private static func needsAllGroups(_ facts: [Facts], _ directory: GroupDirectory) -> Bool {
    func isShelved(_ reference: GroupReference) -> Bool {
      if case .id(let id) = reference { directory.find(id, in: nil) != nil } else { false }
    }
    return facts.contains { fact in
      !fact.looseEntries.isEmpty || fact.associations.contains { isShelved($0.group) }
        || fact.groups.contains { $0.id.map { isShelved(.id($0)) } ?? false }
    }
  }
}
