import Loaders
public import Reporters
import Rules
import SGModel

/// Runs the pipeline: collect, load, evaluate, report.
public enum LintRun {
  /// Does what `request` asks and returns how the process has to end.
  public static func lint(_ request: LintRequest) -> ExitStatus {
    SystemFiles.ignoreBrokenPipes()
    do throws(DriverError) {
      let packs = try PackSource.load(request.policies, settings: request.settings)
      let selection = try Selection(request.selectors)
      let given = try request.vpcCIDRs.map { text throws(DriverError) in try givenCIDR(text) }
      // A change is planned on groups in memory, and so is what speaks of groups by name.
      let isInMemory = request.suggestsFixes || QuickJudge.isAboutGroups(packs)
      let loaded = try load(
        request, given: given, leavesGroupsInFiles: !isInMemory,
        asksForTags: selection.isAboutTags)
      // Never given back: the process ends, and to take millions of pieces apart takes its time.
      _ = Unmanaged.passRetained(Kept(loaded))
      return try report(request, packs, selection, loaded)
    } catch {
      complain(error)
      return .couldNotRun
    }
  }

  /// Writes what each group of the inputs allows.
  public static func show(_ request: LintRequest, format: ShowFormat, path: String?) -> ExitStatus {
    SystemFiles.ignoreBrokenPipes()
    do throws(DriverError) {
      let selection = try Selection(request.selectors.isEmpty ? ["all"] : request.selectors)
      let given = try request.vpcCIDRs.map { text throws(DriverError) in try givenCIDR(text) }
      let loaded = try load(request, given: given)
      let (indices, words) = selection.groups(of: loaded.inventory, aboutPNIInterfaces: false)
      var couldNotRun = !loaded.failures.isEmpty
      for failure in loaded.failures { complain(line(for: failure)) }
      var lines: [Int32: LineTable] = [:]
      for issue in loaded.issues {
        complain(issue, loaded.files, &lines)
        if issue.severity == .error { couldNotRun = true }
      }
      if indices.count == 0, loaded.failures.isEmpty {
        complain(nothingSelected(loaded, words))
        couldNotRun = true
      }
      let estate = loaded.inventory.estate
      let shown = indices[0..<indices.count].map { index in
        let group = estate.groups[index]
        return ShownGroup(
          id: group.id, address: group.address, name: group.name, vpc: group.vpcLabel,
          input: estate.inputs[group.input].path,
          ingressMust: estate.printableTraffic(of: group, .ingress, certain: true),
          ingressMay: estate.printableTraffic(of: group, .ingress, certain: false),
          egressMust: estate.printableTraffic(of: group, .egress, certain: true),
          egressMay: estate.printableTraffic(of: group, .egress, certain: false),
          notes: group.notes.map { $0.text })
      }
      let options = reportOptions(request, toStandardOutput: path == nil)
      if !shown.isEmpty || format == .json {
        try write(to: path) { emit in
          format.render(shown, atoms: estate.atoms, options: options, to: emit)
        }
      }
      return couldNotRun ? .couldNotRun : .clean
    } catch {
      complain(error)
      return .couldNotRun
    }
  }

  // MARK: Loading

  struct Loaded {
    var files: [SourceFile]
    var inventory: Inventory
    var issues: [Issue]
    var failures: [LoadError]
  }

  private final class Kept {
    private let loaded: Loaded
    init(_ loaded: Loaded) { self.loaded = loaded }
  }

  /// The size of a file from which on reading it twice costs less than keeping what is in it.
  private static let largeFile = 256 << 10

  static func load(
    _ request: LintRequest, given: [GivenCIDR], leavesGroupsInFiles: Bool = false,
    asksForTags: Bool = true
  ) throws(DriverError) -> Loaded {
    var collector = Collector()
    for path in request.paths { collector.take(path) }
    var options = LoadOptions()
    options.given = given
    options.folders = try TerraformFolders.access(request.sourceRoot)
    options.jobs = request.threads
    if leavesGroupsInFiles { options.leavesGroupsInFilesFrom = largeFile }
    options.asksForTags = asksForTags
    // Text shows few findings in full, however many there are.
    options.asksForAllInFull = request.outputs.contains { $0.format != .text }
    let outcome = EstateLoader.load(collector.files, options)
    var failures = collector.failures
    var issues = outcome.estate.issues
    var skipped: [String] = []
    for failure in outcome.failures {
      // What is none of ours may lie in a folder; it is said, and is no error beside files that are.
      if case .unrecognised(let path, _) = failure, collector.found.contains(path),
        !outcome.estate.inputs.isEmpty
      {
        skipped.append(path)
      } else {
        failures.append(failure)
      }
    }
    for path in skipped {
      issues.append(
        Issue(
          .warning, "\(path) was found in a folder and is none of ours: skipped", help: nil, at: nil
        ))
    }
    var files = collector.files
    for index in outcome.unquotable { files[index].isQuotable = false }
    files += outcome.sources
    return Loaded(
      files: files, inventory: outcome.inventory, issues: issues, failures: failures)
  }

  private static func givenCIDR(_ text: String) throws(DriverError) -> GivenCIDR {
    var vpc: String?
    var block = Substring(text)
    // An address of Terraform may hold `=` in a key, a CIDR never does.
    if let equals = text.lastIndex(of: "=") {
      vpc = String(text[..<equals])
      block = text[text.index(after: equals)...]
    }
    do {
      return GivenCIDR(vpc: vpc, block: try CIDR(String(block)).block)
    } catch {
      throw .badOption(
        name: "--vpc-cidr",
        message:
          "`\(block)` is not a CIDR; expected, for example, 10.0.0.0/16 or vpc-0123=10.0.0.0/16")
    }
  }

  // MARK: Reporting

  private static func report(
    _ request: LintRequest, _ packs: [Pack], _ selection: Selection, _ loaded: Loaded
  ) throws(DriverError) -> ExitStatus {
    let estate = loaded.inventory.estate
    let (indices, words) = selection.groups(
      of: loaded.inventory, aboutPNIInterfaces: packs.contains { $0.isAboutPNIInterfaces })
    var failures = loaded.failures.map { Issue(.error, line(for: $0), at: nil) }
    if indices.count == 0, failures.isEmpty {
      failures.append(Issue(.error, nothingSelected(loaded, words), at: nil))
    }
    for failure in failures { complain(failure.message) }
    let couldNotRun = !failures.isEmpty || loaded.issues.contains { $0.severity == .error }
    // Whoever keeps the report in a file still has to see why the run fails.
    if !request.outputs.contains(where: { $0.format == .text && $0.path == nil }) {
      var lines: [Int32: LineTable] = [:]
      for issue in loaded.issues where issue.severity == .error {
        complain(issue, loaded.files, &lines)
      }
    }
    let judged = JudgedGroups(
      loaded.inventory, packs: packs, groups: indices, request: request, files: loaded.files)
    var report = Report(
      version: request.version, inputs: estate.inputs, sources: loaded.files,
      policies: packs.flatMap { $0.policies }, findings: Findings(judged), issues: loaded.issues,
      groupsFound: loaded.inventory.count, groupsJudged: indices.count, selection: words,
      fixes: nil, undecidedCountsAs: request.undecided, threshold: request.threshold,
      failures: failures)
    report.lines = loaded.inventory.lines
    if request.suggestsFixes {
      report.fixes = fixes(report, indices[0..<indices.count], estate, packs)
    }
    for output in request.outputs {
      let options = reportOptions(request, toStandardOutput: output.path == nil)
      var failure: RenderError?
      try write(to: output.path) { emit in
        do throws(RenderError) {
          try output.format.render(report, options: options, to: emit)
        } catch {
          failure = error
        }
      }
      if failure != nil {
        throw .unwritable(path: output.path ?? "standard output", reason: "out of memory")
      }
    }
    if couldNotRun { return .couldNotRun }
    return judged.fails ? .findings : .clean
  }

  /// Changes for what makes the run fail; a note does not ask for more to be opened.
  ///
  /// Where nothing makes it fail, whatever is violated is mended.
  private static func fixes(
    _ report: Report, _ groups: [Int], _ estate: Estate, _ packs: [Pack]
  ) -> [SuggestedFix] {
    // Nobody sees these findings.
    var evaluator = Evaluator(estate, packs: packs, for: .answers)
    let planner = FixPlanner(estate, packs: packs)
    return groups.compactMap { group in
      let violated = evaluator.evaluate(group).filter {
        $0.verdict == .violated
          && (report.threshold == nil ? $0.severity > .note : report.fails($0))
      }
      return planner.plan(group, violated: violated.map { ($0.pack, $0.policy) })
    }
  }

  private static func nothingSelected(_ loaded: Loaded, _ words: String) -> String {
    let count = loaded.inventory.count
    guard count == 0 else {
      let groups = count == 1 ? "1 security group" : "\(count) security groups"
      return
        "nothing was checked: none of \(groups) is among \(words); `pni-lint show` lists them"
    }
    let plans = loaded.inventory.estate.inputs.filter { $0.kind == "terraform-plan" }
    if !plans.isEmpty, plans.count == loaded.inventory.estate.inputs.count {
      return "nothing was checked: this plan leaves no security group to check"
    }
    return "nothing was checked: there is no security group in the input"
  }

  private static func reportOptions(
    _ request: LintRequest, toStandardOutput: Bool
  ) -> ReportOptions {
    let color: Bool =
      switch request.color {
      case .always: true
      case .never: false
      // https://no-color.org: any value that is not empty.
      case .auto:
        toStandardOutput && SystemFiles.isTerminal
          && (SystemFiles.environment("NO_COLOR") ?? "").isEmpty
          && SystemFiles.environment("TERM") != "dumb"
      }
    return ReportOptions(color: color, width: SystemFiles.terminalWidth, quiet: request.isQuiet)
  }

  /// Opens an output, lets `body` write to it, and makes sure that all of it arrived.
  static func write(
    to path: String?, _ body: (@escaping (UnsafeRawBufferPointer) -> Void) -> Void
  ) throws(DriverError) {
    let output =
      try path.map { path throws(DriverError) in try SystemFiles.create(path) } ?? .standard
    let failure = FirstFailure()
    body { bytes in
      if failure.reason == nil { failure.reason = SystemFiles.write(bytes, to: output) }
    }
    if let reason = failure.reason {
      SystemFiles.discard(output)
      throw .unwritable(path: output.name, reason)
    }
    if let reason = SystemFiles.finish(output) {
      throw .unwritable(path: output.name, reason)
    }
  }

  /// The first failure of many writes.
  ///
  /// A class because the reporter keeps the closure that sets it.
  private final class FirstFailure {
    var reason: SystemFiles.WriteFailure?
  }

  // MARK: Messages

  /// Writes one line to standard error.
  static func complain(_ message: String) {
    let line = "pni-lint: \(PrintableText.line(message))\n"
    var copy = line
    copy.withUTF8 { bytes in
      _ = SystemFiles.write(UnsafeRawBufferPointer(bytes), to: .error)
    }
  }

  /// Writes an error to standard error, one line for each problem.
  static func complain(_ error: DriverError) {
    for line in error.lines { complain(line) }
  }

  private static func line(for failure: LoadError) -> String {
    let (place, message) = failure.description
    return "\(place): \(message)"
  }

  /// Writes an issue; the lines of each file are counted once.
  private static func complain(
    _ issue: Issue, _ files: [SourceFile], _ lines: inout [Int32: LineTable]
  ) {
    var place = ""
    if let span = issue.span, files.indices.contains(Int(span.source)) {
      let file = files[Int(span.source)]
      let table = lines[span.source] ?? LineTable(file)
      lines[span.source] = table
      let position = table.position(of: span.start)
      place = "\(file.path):\(position.line):\(position.column): "
    }
    complain(
      "\(place)\(issue.severity.rawValue): \(issue.message)" + (issue.help.map { "; \($0)" } ?? ""))
  }
}
