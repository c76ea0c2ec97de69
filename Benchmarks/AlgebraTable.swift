#if canImport(Glibc)
  import Glibc
#endif
import SGModel

/// The table of operations against sizes.
struct AlgebraTable {
  let largest: Int
  let export: String?
  private let sizes = [5, 60, 1_000, 10_000, 100_000]

  func run() {
    // First, while the peak of memory is still that of an empty program.
    growth()
    print("\nmedian of runs, milliseconds")
    print(
      "operation            shape        "
        + sizes.filter { $0 <= largest }.map { Self.pad("\($0)", 12) }.joined())
    for shape in Shape.allCases {
      row("group in policy", shape) { group, policy, prepared in
        if shape == .policy {
          return { _ = prepared.decide(group[...], atoms: AtomTable()).verdict }
        }
        return { _ = Comparison.newAccess(of: group, over: policy, atoms: AtomTable()).verdict }
      }
      row("effects", shape) { group, _, _ in
        { _ = PermissionEffect.effects(of: group, atoms: AtomTable()).count }
      }
      row("equal", shape) { group, policy, _ in
        { _ = Comparison.equal(group, policy, atoms: AtomTable()).verdict }
      }
      row("canonical form", shape) { group, _, _ in
        { _ = TrafficSet(group.map { ($0.services, $0.peer) }).slabs.count }
      }
    }
    if let export { write(export) }
  }

  private func row(
    _ name: String, _ shape: Shape,
    _ make: ([Permission], [Permission], PreparedQuestion) -> () -> Void
  ) {
    var cells = ""
    for size in sizes where size <= largest {
      let (group, policy) = shape.boxes(size)
      let set = shape == .policy ? TrafficSet(policy.map { ($0.services, $0.peer) }) : TrafficSet()
      let prepared = PreparedQuestion(TrafficQuestion(.onlyWithin, set), atoms: AtomTable())
      cells += Self.pad(Self.milliseconds(Self.median(make(group, policy, prepared))), 12)
    }
    print(Self.pad(name, -21) + Self.pad(shape.rawValue, -13) + cells)
  }

  /// How the adversarial shapes grow from 3,000 to 30,000 permissions.
  private func growth() {
    print("t(30,000) / t(3,000), and the memory of the larger one per permission and address bit")
    let asks: [(name: String, ask: (Shape, Int) -> () -> Void)] = [
      (
        "containment",
        { shape, size in
          let (group, policy) = shape.boxes(size)
          return {
            _ = Comparison.newAccess(of: group, over: policy, atoms: AtomTable()).verdict
          }
        }
      ),
      (
        "canonical form",
        { shape, size in
          let boxes = shape.boxes(size).group.map { ($0.services, $0.peer) }
          return { _ = TrafficSet(boxes).slabs.count }
        }
      ),
    ]
    for (name, ask) in asks {
      for shape in Shape.allCases where shape.isAdversarial {
        let small = Self.median(ask(shape, 3_000))
        let before = Self.peakKilobytes()
        let large = Self.median(ask(shape, 30_000))
        let memory = max(0, Self.peakKilobytes() - before) * 1024
        print(
          Self.pad(name, -16) + Self.pad(shape.rawValue, -9)
            + Self.pad(Self.decimal(large / small), 8)
            + Self.pad("\(memory / (30_000 * 32)) bytes", 12)
            + "  (peak grew by \(memory >> 20) MiB)")
      }
    }
  }

  /// Writes the boxes of the questions that are also asked of Z3: one line each, `G` or `P`, protocol,
  /// ports, addresses.
  private func write(_ prefix: String) {
    for (shape, size) in [
      (Shape.policy, 60), (.split, 60), (.hole, 60), (.policy, 1_000), (.split, 1_000),
      (.split, 9_300),
    ]
    where size <= largest {
      let (group, policy) = shape.boxes(size)
      var text = ""
      for (mark, list) in [("G", group), ("P", policy)] {
        for box in list {
          guard case .v4(let range) = box.peer else { continue }
          text +=
            "\(mark) \(box.services.lower) \(box.services.upper) \(range.lower) \(range.upper)\n"
        }
      }
      let set = shape == .policy ? TrafficSet(policy.map { ($0.services, $0.peer) }) : TrafficSet()
      let prepared = PreparedQuestion(TrafficQuestion(.onlyWithin, set), atoms: AtomTable())
      let time = Self.median {
        if shape == .policy {
          _ = prepared.decide(group[...], atoms: AtomTable()).verdict
        } else {
          _ = Comparison.newAccess(of: group, over: policy, atoms: AtomTable()).verdict
        }
      }
      text = "# \(shape.rawValue)-\(size) \(time)\n" + text
      let path = "\(prefix)\(shape.rawValue)-\(size).txt"
      guard let file = fopen(path, "w") else { continue }
      fputs(text, file)
      fclose(file)
    }
  }

  // MARK: Timing

  /// The median time of one call in seconds; short calls are repeated within a run.
  static func median(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    var once = seconds(clock.measure(body))
    let repeats = max(1, min(100_000, Int(0.005 / max(once, 1e-9))))
    var times: [Double] = []
    let runs = once > 1 ? 1 : 5
    for _ in 0..<runs {
      once =
        seconds(
          clock.measure {
            for _ in 0..<repeats { body() }
          }) / Double(repeats)
      times.append(once)
    }
    return times.sorted()[times.count / 2]
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  private static func peakKilobytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss)
  }

  private static func milliseconds(_ seconds: Double) -> String { decimal(seconds * 1000) }

  private static func decimal(_ value: Double) -> String {
    let digits = value >= 100 ? 1.0 : value >= 1 ? 100.0 : 100_000.0
    return "\((value * digits).rounded() / digits)"
  }

  /// Pads on the left to `width`, or on the right to `-width`.
  private static func pad(_ text: String, _ width: Int) -> String {
    let space = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? text + space : space + text
  }
}
