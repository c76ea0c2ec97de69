import Loaders
import Rules
import SGModel
import Workers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks everything that is asked of a whole account, and says how long each question took.
enum AccountCommand {
  static func run(_ arguments: inout Arguments) throws(Arguments.Wrong) {
    var paths: [String] = []
    var jobs = Workers.available
    while let argument = arguments.next() {
      if argument == "--jobs" {
        jobs = try arguments.count(of: argument)
      } else {
        paths.append(argument)
      }
    }
    guard !paths.isEmpty else { throw Arguments.Wrong("account takes files of describe output") }
    var files: [SourceFile] = []
    for path in paths { files.append(try LoadCommand.map(path)) }
    let estate = EstateLoader.load(files).estate
    let packs: [Pack]
    do {
      packs =
        try PackLibrary.embedded(named: "pni").map { [try PackLoader.load($0, source: -1)] } ?? []
    } catch {
      throw Arguments.Wrong("the pack cannot be read: \(error)")
    }
    print(
      "\(estate.groups.count) groups, \(estate.permissions.count) permissions, \(estate.attachments.count) interfaces, \(jobs) threads"
    )
    let survey = EstateSurvey(estate, jobs: jobs)
    var total = Spent()
    func time(_ name: String, _ ask: () -> String) {
      let start = Spent.now
      let answer = ask()
      let spent = Spent.now - start
      total = total + spent
      print("\(name): \(spent), \(answer)")
    }
    time("policies of the pni pack") { policies(estate, packs, jobs) }
    time("redundant permissions") { "\(survey.redundant().count)" }
    time("identical groups") { "\(survey.identical().count) classes" }
    time("unattached groups") { survey.unattached().map { "\($0.count)" } ?? "not known" }
    print("all: \(total)")
  }

  private static func policies(_ estate: Estate, _ packs: [Pack], _ jobs: Int) -> String {
    let size = 1024
    let count = estate.groups.count
    let results = OrderedResults(from: 0, to: (count + size - 1) / size, jobs: jobs) {
      let quick = QuickJudge(packs: packs, escaping: { $0 })
      var answers: [QuickJudge.Answer] = []
      return { part in
        var violated = 0
        for index in part * size..<min(count, (part + 1) * size) {
          let group = estate.groups[index]
          quick?.answers(
            ingress: Array(estate.permissions[group.ingress]),
            egress: Array(estate.permissions[group.egress]), vpc: group.vpcs[0],
            atoms: estate.atoms,
            in: estate, to: &answers)
          violated += answers.count { $0.verdict == .violated }
        }
        return violated
      }
    }
    var violated = 0
    while let part = results.next() { violated += part }
    return "\(violated) violated"
  }

  /// Time on the clock, and that of all threads.
  private struct Spent: CustomStringConvertible {
    var wall = 0
    var processor = 0

    static var now: Spent {
      Spent(wall: microseconds(CLOCK_MONOTONIC), processor: microseconds(CLOCK_PROCESS_CPUTIME_ID))
    }

    static func + (left: Spent, right: Spent) -> Spent {
      Spent(wall: left.wall + right.wall, processor: left.processor + right.processor)
    }

    static func - (left: Spent, right: Spent) -> Spent {
      Spent(wall: left.wall - right.wall, processor: left.processor - right.processor)
    }

    var description: String {
      "\(Double(wall / 100) / 10) ms, CPU \(Double(processor / 100) / 10) ms"
    }

    private static func microseconds(_ clock: clockid_t) -> Int {
      var time = timespec()
      clock_gettime(clock, &time)
      return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
  }
}
