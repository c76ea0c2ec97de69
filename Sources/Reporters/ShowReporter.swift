public import SGModel

/// A group with all that it allows, ready to be shown.
public struct ShownGroup: Hashable, Sendable {
  /// EC2's id.
  public var id: String?
  /// Terraform's full instance address.
  public var address: String?
  /// The group's name.
  public var name: String?
  /// The VPC it is in, as far as it is known.
  public var vpc: String?
  /// The path of the input it came from.
  public var input: String
  /// What it lets in for certain.
  public var ingressMust: TrafficSet
  /// What it could let in; holds all of `ingressMust`.
  public var ingressMay: TrafficSet
  /// What it lets out for certain.
  public var egressMust: TrafficSet
  /// What it could let out; holds all of `egressMust`.
  public var egressMay: TrafficSet
  /// What is worth knowing beside that, without a period.
  public var notes: [String]

  /// Creates a group to show.
  public init(
    id: String?, address: String?, name: String?, vpc: String?, input: String,
    ingressMust: TrafficSet, ingressMay: TrafficSet, egressMust: TrafficSet,
    egressMay: TrafficSet, notes: [String] = []
  ) {
    self.id = id
    self.address = address
    self.name = name
    self.vpc = vpc
    self.input = input
    self.ingressMust = ingressMust
    self.ingressMay = ingressMay
    self.egressMust = egressMust
    self.egressMay = egressMay
    self.notes = notes
  }

  /// What people call it: its address, its id, or its name.
  public var label: String { address ?? id ?? name ?? "(unnamed group)" }

  fileprivate func traffic(_ direction: Direction) -> (must: TrafficSet, may: TrafficSet) {
    direction == .ingress ? (ingressMust, ingressMay) : (egressMust, egressMay)
  }
}

/// The formats in which `pni-lint show` writes what groups really allow.
public enum ShowFormat: String, CaseIterable, Sendable {
  /// For people.
  case text
  /// The tool's own JSON (`pni-lint/show/v1`), for programs.
  case json

  /// What writes all of these formats.
  static let reporter = ShowReporter.self

  /// Writes the groups in this format, handing the bytes to `write` in pieces.
  ///
  /// Two groups that allow the same are written the same, however they were spelt.
  public func render(
    _ groups: [ShownGroup], atoms: AtomTable, options: ReportOptions = ReportOptions(),
    to write: @escaping (UnsafeRawBufferPointer) -> Void
  ) {
    switch self {
    case .text: Self.reporter.writeText(groups, atoms, options, to: ByteSink(write))
    case .json: Self.reporter.writeJSON(groups, atoms, to: ByteSink(write))
    }
  }
}

/// Writes what groups allow, normalised.
enum ShowReporter {
  static func writeText(
    _ groups: [ShownGroup], _ atoms: AtomTable, _ options: ReportOptions,
    to sink: consuming ByteSink
  ) {
    let style = TextStyle(color: options.color)
    var isFirst = true
    for group in groups {
      if !isFirst { sink.append("\n") }
      isFirst = false
      sink.append(style.bold(SafeText.escaped(group.label, atLineStart: true)))
      sink.append(SafeText.escaped(aside(group)))
      sink.append("\n")
      let rows = Direction.allCases.flatMap { Self.rows(group, $0, atoms) }
      let width = rows.reduce(0) { max($0, $1.services.utf8.count) }
      for row in rows {
        sink.append("  \(row.direction == .ingress ? "ingress" : "egress ")  \(row.services)")
        if !row.peers.isEmpty {
          sink.append(spaces: width - row.services.utf8.count + 2)
          let peers = row.peers.map { SafeText.escaped($0) }.joined(separator: ", ")
          sink.append("\(row.direction.preposition) \(peers)")
        }
        sink.append(row.isCertain ? "\n" : " \(style.severity("warning", "(possibly)"))\n")
      }
      for note in group.notes { sink.append("  = note: \(SafeText.escaped(note))\n") }
    }
    if groups.isEmpty { sink.append("no groups\n") }
  }

  /// What stands behind the label: the other names, the VPC, the input.
  private static func aside(_ group: ShownGroup) -> String {
    var parts: [String] = []
    if let id = group.id, id != group.label { parts.append(id) }
    if let name = group.name, name != group.label { parts.append("`\(name)`") }
    if let vpc = group.vpc { parts.append("in \(vpc)") }
    parts.append("from \(group.input)")
    return " (\(parts.joined(separator: ", ")))"
  }

  private struct Row {
    var direction: Direction
    var services: String
    var peers: [String]
    var isCertain: Bool
  }

  private static func rows(
    _ group: ShownGroup, _ direction: Direction, _ atoms: AtomTable
  ) -> [Row] {
    let (must, may) = group.traffic(direction)
    func rows(_ traffic: TrafficSet, isCertain: Bool) -> [Row] {
      FlowList(traffic, atoms).lines.map {
        Row(direction: direction, services: $0.services, peers: $0.peers, isCertain: isCertain)
      }
    }
    let all = rows(must, isCertain: true) + rows(may.subtracting(must), isCertain: false)
    guard all.isEmpty else { return all }
    return [Row(direction: direction, services: "nothing", peers: [], isCertain: true)]
  }

  static func writeJSON(
    _ groups: [ShownGroup], _ atoms: AtomTable, to sink: consuming ByteSink
  ) {
    var json = JSONWriter(sink)
    json.object { json in
      json.member("schema", "pni-lint/show/v1")
      json.array("groups") { json in
        for group in groups {
          json.object { json in
            json.member("id", group.id)
            json.member("address", group.address)
            json.member("name", group.name)
            json.member("vpc", group.vpc)
            json.member("input", group.input)
            json.object("ingress") { write(group.traffic(.ingress), atoms, &$0) }
            json.object("egress") { write(group.traffic(.egress), atoms, &$0) }
            json.array("notes", group.notes)
          }
        }
      }
    }
    json.finish()
  }

  private static func write(
    _ traffic: (must: TrafficSet, may: TrafficSet), _ atoms: AtomTable, _ json: inout JSONWriter
  ) {
    json.array("must") { write(FlowList(traffic.must, atoms), &$0) }
    json.array("may") { write(FlowList(traffic.may, atoms), &$0) }
  }

  private static func write(_ flows: FlowList, _ json: inout JSONWriter) {
    for entry in flows.entries {
      json.object { json in
        json.member("protocol", entry.protocolName)
        switch entry.part {
        case .whole: break
        case .ports(let ports):
          json.member("from", ports.lowerBound)
          json.member("to", ports.upperBound)
        case .type(let type, let code):
          json.member("type", type)
          json.member("code", code)
        }
        json.array("peers", entry.peers)
      }
    }
  }
}
