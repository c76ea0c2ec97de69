/// An input of a made-up account, the same bytes for the same values everywhere.
package struct GeneratedInput {
  /// What kind of file.
  package enum Form: String, CaseIterable, Sendable {
    /// `aws ec2 describe-security-groups` as JSON.
    case describe
    /// `terraform show -json` of a plan.
    case plan
    /// `aws ec2 describe-security-groups --output yaml`.
    case yaml
    /// `aws ec2 describe-network-interfaces` as JSON.
    case interfaces
  }

  package let form: Form
  package let seed: UInt64
  /// How many ingress rules a group has on average.
  package let rules: Int
  /// How many groups there are; for `interfaces` how many interfaces, three per group.
  package let elements: Int

  /// Creates an input of that many groups or interfaces.
  package init(_ form: Form, elements: Int, rules: Int = 12, seed: UInt64 = 1) {
    self.form = form
    self.elements = max(1, elements)
    self.rules = rules
    self.seed = seed
  }

  /// Creates an input of about `size` bytes.
  ///
  /// The number of groups is found with samples of the same account: larger ones only while that is
  /// quick, as a sample of some hundred groups is right to a few percent.
  package init(_ form: Form, size: Int, rules: Int = 12, seed: UInt64 = 1) {
    var elements = 1
    for _ in 0..<6 {
      let sample = GeneratedInput(form, elements: min(elements, 2000), rules: rules, seed: seed)
      let next = max(1, size * sample.elements / max(1, sample.size))
      if next == elements { break }
      elements = next
    }
    self.init(form, elements: elements, rules: rules, seed: seed)
  }

  /// How many bytes it has; made to be counted.
  package var size: Int {
    let sink = ByteSink { _ in }
    write(to: sink)
    return sink.count
  }

  /// Writes all of it and finishes the sink.
  package func write(to sink: ByteSink) {
    let groups = form == .interfaces ? (elements + 2) / 3 : elements
    let account = Account(seed: seed, groups: groups, rules: rules)
    switch form {
    case .describe: DescribeForm(account: account, out: sink).write()
    case .yaml: YAMLForm(account: account, out: sink).write()
    case .interfaces: InterfaceForm(account: account, interfaces: elements, out: sink).write()
    case .plan: PlanForm(account: account, out: sink).write()
    }
    sink.finish()
  }
}
