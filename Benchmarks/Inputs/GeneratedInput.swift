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
  /// How many groups there are; for `interfaces` how many interfaces.
  package let elements: Int
  private let groups: Int

  /// Creates an input of that many groups or interfaces; of interfaces there are three per group where
  /// it is not said how many groups the account has.
  package init(
    _ form: Form, elements: Int, groups: Int? = nil, rules: Int = 12, seed: UInt64 = 1
  ) {
    self.form = form
    self.elements = max(1, elements)
    self.groups =
      form == .interfaces ? max(1, groups ?? (self.elements + 2) / 3) : self.elements
    self.rules = rules
    self.seed = seed
  }

  /// Creates an input of about `size` bytes.
  ///
  /// Of few groups each counts, so their number is searched for; of many, a sample is right to a few
  /// percent. Where one group with that many rules is too large there are fewer rules.
  package init(_ form: Form, size: Int, rules: Int = 12, seed: UInt64 = 1) {
    func sized(_ elements: Int) -> Int {
      GeneratedInput(form, elements: elements, rules: rules, seed: seed).size
    }
    var sample = 256
    if sized(sample) < size {
      sample = min(2000, size * sample / sized(sample))
      self.init(
        form, elements: Int(Double(size) * Double(sample) / Double(sized(sample))), rules: rules,
        seed: seed)
      return
    }
    // One group can be too much: then with fewer rules.
    if rules > 1, sized(1) > size + size / 8 {
      self.init(form, size: size, rules: rules - 1, seed: seed)
      return
    }
    // The least that is large enough, or one less if that comes nearer.
    var (below, enough) = (0, sample)
    while enough - below > 1 {
      let middle = (below + enough) / 2
      if sized(middle) < size { below = middle } else { enough = middle }
    }
    let isLessNearer = below > 0 && size - sized(below) < sized(enough) - size
    self.init(form, elements: isLessNearer ? below : enough, rules: rules, seed: seed)
  }

  /// How many bytes it has; made to be counted.
  package var size: Int {
    let sink = ByteSink { _ in }
    write(to: sink)
    return sink.count
  }

  /// Writes all of it and finishes the sink.
  package func write(to sink: ByteSink) {
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
