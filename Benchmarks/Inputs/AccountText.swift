/// The parts of an account that all forms write in the same way.
extension ByteSink {
  /// Writes an id of EC2, as `sg-` and 17 hexadecimal digits.
  func id(_ prefix: StaticString, _ kind: Account.Kind, _ index: Int, of account: Account) {
    text(prefix)
    text("-0")
    hex(account.bits(kind, index), digits: 16)
  }

  func groupID(_ index: Int, of account: Account) { id("sg", .group, index, of: account) }

  func vpcID(_ index: Int, of account: Account) { id("vpc", .vpc, index, of: account) }

  func subnetID(_ vpc: Int, zone: Int, of account: Account) {
    id("subnet", .subnet, vpc * 3 + zone, of: account)
  }

  func arn(_ kind: StaticString) {
    text("arn:aws:ec2:")
    text(Account.region)
    text(":")
    text(Account.owner)
    text(":")
    text(kind)
    text("/")
  }

  func name(of group: Group) {
    text(Vocabulary.stages[group.stage])
    text("-")
    text(Vocabulary.teams[group.team])
    text("-")
    text(Vocabulary.tiers[group.tier])
    text("-")
    number(group.index)
  }

  func description(of group: Group) {
    text(Vocabulary.tiers[group.tier])
    text(" nodes of ")
    text(Vocabulary.teams[group.team])
    text(" (")
    text(Vocabulary.stages[group.stage])
    text(")")
  }

  /// Writes a rule's description for the inside of a JSON string.
  func note(_ rule: Rule) {
    let phrase = Vocabulary.notes[rule.note]
    bytes(phrase.json)
    if phrase.hasTicket { number(rule.ticket) }
  }

  /// Writes the CIDR or the id of a peer.
  func peer(_ peer: Rule.Peer, of account: Account) {
    switch peer {
    case .v4(let address, let length):
      self.address(address)
      text("/")
      number(length)
    case .v6(.any, _): text("::/0")
    case .v6(.documentation, let part):
      text("2001:db8:")
      hex(UInt64(part))
      text("::/48")
    case .v6(.amazon, let part):
      text("2a05:d014:")
      hex(UInt64(part))
      text(":4000::/56")
    case .v6(.local, let part):
      text("fd00:")
      hex(UInt64(part))
      text("::/32")
    case .prefixList(let index): text(Vocabulary.prefixLists[index])
    case .group(let index): groupID(index, of: account)
    }
  }
}

/// The four lists of a permission.
enum PeerList: CaseIterable {
  case groups, v4, v6, prefixLists

  func holds(_ rule: Rule) -> Bool {
    switch (self, rule.peer) {
    case (.groups, .group), (.v4, .v4), (.v6, .v6), (.prefixLists, .prefixList): true
    default: false
    }
  }
}
