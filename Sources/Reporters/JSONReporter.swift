import SGModel

/// Writes the tool's own JSON (`pni-lint/report/v1`), which only ever gains members.
enum JSONReporter: Reporter {
  static func write(
    _ report: Report, options: ReportOptions, to sink: consuming ByteSink
  ) throws(RenderError) {
    var sources = SourceMap(report)
    var json = JSONWriter(sink)
    json.object { json in
      json.member("schema", "pni-lint/report/v1")
      json.object("tool") { json in
        json.member("name", ToolInfo.name)
        json.member("version", report.version)
      }
      json.array("inputs") { json in
        for input in report.inputs {
          json.object { json in
            json.member("path", input.path)
            json.member("kind", input.kind)
            json.member("groups", input.groups)
          }
        }
      }
      write(summary: report, &json)
      json.array("results") { json in
        for finding in report.findings { write(finding, &sources, &json) }
      }
      json.array("issues") { json in
        for issue in report.allIssues {
          json.object { json in
            json.member("severity", issue.severity.rawValue)
            json.member("message", issue.message)
            json.member("help", issue.help)
            json.member("location", sources.place(of: issue.span))
          }
        }
      }
      guard let fixes = report.fixes else { return }
      json.array("fixes") { json in
        for fix in fixes { write(fix, &sources, &json) }
      }
    }
    json.finish()
  }

  private static func write(summary report: Report, _ json: inout JSONWriter) {
    let tally = report.findings.tally
    json.object("summary") { json in
      for verdict in [Verdict.violated, .undecided, .satisfied, .suppressed] {
        json.member(verdict.name, tally[verdict])
      }
      json.member("groups", report.groupsJudged)
      json.member("issues", report.allIssues.count)
      json.member("groupsFound", report.groupsFound)
      json.member("selection", report.selection)
    }
  }

  private static func write(
    _ finding: Finding, _ sources: inout SourceMap, _ json: inout JSONWriter
  ) {
    json.object { json in
      json.member("id", finding.policy)
      json.member("pack", finding.pack)
      json.member("severity", finding.severity.rawValue)
      json.member("verdict", finding.verdict.rawValue)
      json.member("subject", finding.subject)
      json.member("message", finding.message)
      json.member("help", finding.help)
      json.member("witness", finding.witness)
      json.array("unknowns", finding.unknowns)
      json.member("location", sources.place(of: finding.span))
      write(related: finding.related, &sources, &json)
      json.array("causes") { json in
        for cause in finding.causes {
          json.object { json in
            json.member("permission", cause.permission)
            json.member("id", cause.id)
            json.member("address", cause.address)
            json.member("location", sources.place(of: cause.span))
            json.member("reason", cause.reason)
            write(related: cause.related, &sources, &json)
          }
        }
      }
      json.member("furtherCauses", finding.furtherCauses)
      json.array("notes", finding.notes)
      json.member("fingerprint", finding.fingerprint)
    }
  }

  /// Writes the places that lead to another one, where there are any.
  private static func write(
    related: [RelatedPlace], _ sources: inout SourceMap, _ json: inout JSONWriter
  ) {
    guard !related.isEmpty else { return }
    json.array("related") { json in
      for place in related {
        json.object { json in
          json.member("kind", place.kind.rawValue)
          json.member("location", sources.place(of: place.span))
        }
      }
    }
  }

  private static func write(
    _ fix: SuggestedFix, _ sources: inout SourceMap, _ json: inout JSONWriter
  ) {
    json.object { json in
      json.member("subject", fix.subject)
      json.array("policies", fix.policies)
      json.array("steps") { json in
        for step in fix.steps {
          json.object { json in
            json.member("says", step.says)
            json.member("command", step.command)
            json.member("address", step.address)
            json.member("attribute", step.attribute)
            json.member("value", step.value)
            json.member("location", sources.place(of: step.span))
          }
        }
      }
      json.array("remarks", fix.remarks)
    }
  }
}

/// What reports say of the tool that wrote them.
enum ToolInfo {
  /// Its name.
  static let name = "pni-lint"
  /// Where the set-up that it checks is described.
  static let informationURI = "https://docs.confluent.io/cloud/current/networking/aws-pni.html"
}

extension Verdict {
  /// The verdict as a member of an object.
  fileprivate var name: StaticString {
    switch self {
    case .violated: "violated"
    case .undecided: "undecided"
    case .satisfied: "satisfied"
    case .suppressed: "suppressed"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ subject: Subject) {
    object(name) { json in
      json.member("kind", subject.kind)
      json.member("id", subject.id)
      json.member("address", subject.address)
      json.member("name", subject.name)
      json.member("input", subject.input)
      json.member("vpc", subject.vpc)
    }
  }

  /// Writes a member that is a flow, or null; icmp has a type and a code in the place of the port.
  mutating func member(_ name: StaticString, _ witness: Witness?) {
    guard let witness else { return null(name) }
    object(name) { json in
      json.member("direction", witness.direction.rawValue)
      json.member("protocol", witness.protocolName)
      if witness.type != nil || witness.code != nil {
        json.member("type", witness.type)
        json.member("code", witness.code)
      } else {
        json.member("port", witness.port)
      }
      json.member("peer", witness.peer)
    }
  }
}
