import SGModel

/// Says how an undecided answer can be had: what to add to the input, not what to change in it.
enum Advice {
  /// One line for each kind of thing that is not known; nothing where none is known to help.
  ///
  /// `origins` are those of entries of the group that may not be there, `vpc` is what `vpc(of:_:in:)` says.
  static func lines(
    atoms: [Atom], origins: [Int32], _ group: SecurityGroup, _ kind: InputKind, vpc: String,
    in estate: Estate
  ) -> [String] {
    var lines: [String] = []
    func add(_ line: String) {
      if !lines.contains(line) { lines.append(line) }
    }
    for atom in atoms {
      let name = estate.atoms.name(of: atom)
      switch estate.atoms.kind(of: atom) {
      case .vpc: add(vpc)
      case _ where group.vpcs.contains(where: { estate.vpcs[$0].has(atom) }): add(vpc)
      case .prefixList:
        add(
          "Add the entries of \(name): `aws ec2 get-managed-prefix-list-entries --output json --prefix-list-id \(name)`, in a file with that id in its name."
        )
      case .group:
        add("Add where \(name) is in use: `aws ec2 describe-network-interfaces --output json`.")
      case .unknown: add(valueAdvice(kind))
      }
    }
    for origin in origins {
      let isUnseen =
        estate.origins[Int(origin)].carrier == .unseen && (group.isUnseen || kind != .plan)
      add(isUnseen ? groupAdvice(kind) : valueAdvice(kind))
    }
    return lines
  }

  /// What the input of a group is, as far as it matters to what can be added to it.
  enum InputKind {
    case plan, byHand, other

    init(_ kind: String) {
      self = kind.hasPrefix("terraform") ? .plan : kind == "groups-yaml" ? .byHand : .other
    }
  }

  /// How the CIDRs of the group's VPC can be given.
  static func vpc(of group: SecurityGroup, _ kind: InputKind, in estate: Estate) -> String {
    var option = "10.0.0.0/16"
    // A name that the command line can hold as it is; without one, the CIDR counts for every VPC
    // that the input does not show.
    if let name = group.vpcs.first.flatMap({ estate.vpcs[$0].id ?? estate.vpcs[$0].address }),
      name.utf8.allSatisfy(isPlain)
    {
      option = "\(name)=\(option)"
    }
    return kind != .other
      ? "Give the CIDRs of the VPC, for example --vpc-cidr \(option)."
      : "Add the VPC to the input: `aws ec2 describe-vpcs --output json`; or give its CIDRs, for example --vpc-cidr \(option)."
  }

  private static func groupAdvice(_ kind: InputKind) -> String {
    kind == .byHand
      ? "Write down what it allows in that direction; `[]` says that this is nothing."
      : "Add the whole group to the input: `aws ec2 describe-security-groups --output json`, without --query."
  }

  private static func valueAdvice(_ kind: InputKind) -> String {
    kind == .plan
      ? "Terraform knows the value only after the apply: write it out, or judge the group after the apply, from `terraform show -json` or `aws ec2 describe-security-groups --output json`."
      : "Correct the value: the issues of this report say where it stands and what it can be."
  }

  /// Whether a shell takes a byte as it is.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && quoted >> UInt128(byte) & 1 == 0
  }

  /// What a shell would not take as it is, a bit each.
  private static let quoted = "\"'`$&|;<>()[]{}*?!#~\\".utf8.reduce(UInt128(0)) {
    $0 | 1 << UInt128($1)
  }
}

extension VPC {
  /// Whether an atom stands for some of its CIDRs.
  fileprivate func has(_ atom: Atom) -> Bool {
    unknown.contains(atom) || known.atoms.contains(atom)
  }
}
