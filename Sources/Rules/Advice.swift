import SGModel

/// Says how an undecided answer can be had: what to add to the input, not what to change in it.
struct Advice {
  let estate: Estate
  let group: SecurityGroup

  /// One line for each kind of thing that is not known; nothing where none is known to help.
  func lines(atoms: [Atom], origins: [Origin]) -> [String] {
    var lines: [String] = []
    func add(_ line: String) {
      if !lines.contains(line) { lines.append(line) }
    }
    let ofVPC = Set(estate.vpcPeers(of: group).atoms)
    for atom in atoms {
      let info = estate.atoms[atom]
      switch info.kind {
      case .vpc: add(vpcAdvice)
      case _ where ofVPC.contains(atom): add(vpcAdvice)
      case .prefixList:
        add(
          "Add the entries of \(info.name): `aws ec2 get-managed-prefix-list-entries --output json --prefix-list-id \(info.name)`, in a file with that id in its name."
        )
      case .group:
        add(
          "Add where \(info.name) is in use: `aws ec2 describe-network-interfaces --output json`.")
      case .unknown: add(valueAdvice)
      }
    }
    for origin in origins where origin.reason != nil {
      let isUnseen = origin.carrier == .unseen && (group.isUnseen || !isPlan)
      add(isUnseen ? groupAdvice : valueAdvice)
    }
    return lines
  }

  private var isPlan: Bool { estate.inputs[group.input].kind.hasPrefix("terraform") }
  private var isByHand: Bool { estate.inputs[group.input].kind == "groups-yaml" }

  private var vpcAdvice: String {
    var option = "10.0.0.0/16"
    // A name that the command line can hold as it is; without one, the CIDR counts for every VPC
    // that the input does not show.
    if let name = group.vpcs.first.flatMap({ estate.vpcs[$0].id ?? estate.vpcs[$0].address }),
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.quoted.contains($0) })
    {
      option = "\(name)=\(option)"
    }
    return isPlan || isByHand
      ? "Give the CIDRs of the VPC, for example --vpc-cidr \(option)."
      : "Add the VPC to the input: `aws ec2 describe-vpcs --output json`; or give its CIDRs, for example --vpc-cidr \(option)."
  }

  private var groupAdvice: String {
    isByHand
      ? "Write down what it allows in that direction; `[]` says that this is nothing."
      : "Add the whole group to the input: `aws ec2 describe-security-groups --output json`, without --query."
  }

  private var valueAdvice: String {
    isPlan
      ? "Terraform knows the value only after the apply: write it out, or judge the group after the apply, from `terraform show -json` or `aws ec2 describe-security-groups --output json`."
      : "Correct the value: the issues of this report say where it stands and what it can be."
  }

  /// What a shell would not take as it is.
  private static let quoted = Set("\"'`$&|;<>()[]{}*?!#~\\".utf8)
}
