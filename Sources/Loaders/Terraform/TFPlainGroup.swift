import SGModel

/// A group that says nothing unusual: it is made, or stays as it is, each entry that is written in it has known
/// services, of its peers all of an attribute are known or none, nothing is sensitive, and nothing is faulty.
///
/// It is kept as what its entries open and where the rest stands in the plan. Whatever would need more to be
/// said of it is no plain group.
struct TFPlainGroup {
  /// An argument with entries.
  struct Argument {
    /// Whether all of it is known after apply.
    var isUnknown = false
    /// Whether it is a list.
    var isList = false
    /// How far behind the group's address its value begins, and how long it is; 0 where there is none.
    var offset: UInt32 = 0
    var length: UInt32 = 0
    /// Whether its entries have any peers.
    var hasPeers = false
  }

  var place: TFPlace
  /// Whether its VPC is known after apply; which it is may be in the configuration.
  var isVPCUnknown = false
  var ingress: Argument
  var egress: Argument
  /// The peers of its entries, as numbers in `TFResources.peers`; those of one direction in their order.
  var peers: Range<Int32> = 0..<0

  func argument(_ direction: Direction) -> Argument { direction == .ingress ? ingress : egress }
}

/// One peer of an entry that is written in a plain group, or all those of an attribute that is known after apply.
struct TFInlinePeer {
  /// The number of its group in `TFResources.groups`, from whose address its places count.
  var group: Int32 = 0
  /// The number of its entry in the argument.
  var entry: UInt16
  var isEgress: Bool
  var kind: TFPlainRule.PeerKind
  /// The attribute that it stands in.
  var attribute: TFPeerAttribute
  var services: ServiceRange
  /// The addresses of the peer, where it is an IPv4 block; where it is an IPv6 block or an id, its number in the
  /// plan's text.
  var v4: IPv4Range
  /// Where its text stands; for peers that are not known, where their entry does.
  var peer: TextPlace
  var note: TextPlace?

  var direction: Direction { isEgress ? .egress : .ingress }

  /// The name of peers that are not known, in the group with that address.
  func name(in address: String) -> String {
    "\(address).\(direction.rawValue)[\(entry)].\(attribute.rawValue)"
  }

  /// Its place, in the group at `place`.
  func placed(in place: TFPlace) -> TFPlacedPeer {
    TFPlacedPeer(start: place.start, kind: kind, text: peer, v4: v4)
  }
}

/// Finds out whether a group is plain, from the attributes of one side of its change.
struct TFPlainGroupReader {
  private let place: TFPlace
  private let text: TFPlanText
  private(set) var group: TFPlainGroup
  /// The peers of its entries.
  private(set) var peers: [TFInlinePeer] = []
  /// What it says of itself; valid for as long as the values are that it was read from.
  private(set) var id: Value?
  private(set) var name: Value?
  private(set) var owner: Value?
  private(set) var vpc: Value?
  /// What `after_unknown` says of entries.
  private var masks: (ingress: Value?, egress: Value?)

  init(_ place: TFPlace, _ text: TFPlanText) {
    self.place = place
    self.text = text
    group = TFPlainGroup(
      place: place, ingress: TFPlainGroup.Argument(), egress: TFPlainGroup.Argument())
  }

  /// Reads a group; false where it is not plain.
  mutating func read(values: Value, unknown: Value?, sensitive: Value?) -> Bool {
    if let sensitive, sensitive.holdsTrue { return false }
    return readUnknown(unknown) && readValues(values)
  }

  private mutating func readUnknown(_ flags: Value?) -> Bool {
    guard let flags, !flags.isNull else { return true }
    guard flags.isObject else { return flags.boolean == false }
    for (key, flag) in flags.members {
      guard !key.node.isEncoded else { return false }
      let length = key.node.end - key.node.start - 2
      guard length == 6 || length == 7 else { continue }
      let isTrue = flag.boolean == true
      if key.hasText("vpc_id") {
        group.isVPCUnknown = isTrue
      } else if key.hasText("ingress") {
        group.ingress.isUnknown = isTrue
        masks.ingress = flag
      } else if key.hasText("egress") {
        group.egress.isUnknown = isTrue
        masks.egress = flag
      }
    }
    return true
  }

  private mutating func readValues(_ values: Value) -> Bool {
    for (key, value) in values.members {
      guard !key.node.isEncoded else { return false }
      switch key.node.end - key.node.start - 2 {
      case 2: if key.hasText("id"), !take(value, &id) { return false }
      case 4: if key.hasText("name"), !take(value, &name) { return false }
      case 6:
        if key.hasText("vpc_id") {
          guard take(value, &vpc) else { return false }
        } else if key.hasText("egress") {
          guard let egress = read(value, isEgress: true, masks.egress, group.egress) else {
            return false
          }
          group.egress = egress
        }
      case 7:
        guard key.hasText("ingress") else { continue }
        guard let ingress = read(value, isEgress: false, masks.ingress, group.ingress) else {
          return false
        }
        group.ingress = ingress
      case 8: if key.hasText("owner_id"), !take(value, &owner) { return false }
      default: continue
      }
    }
    return true
  }

  private func take(_ value: Value, _ text: inout TextPlace?) -> Bool {
    if value.kind == .null { return true }
    guard value.kind == .string, let found = place.text(value) else { return false }
    text = found
    return true
  }

  private func take(_ value: Value, _ text: inout Value?) -> Bool {
    if value.kind == .null { return true }
    guard value.kind == .string, value.rawBytes.count <= TFGroupHeads.longest else { return false }
    text = value
    return true
  }

  /// Reads an argument with entries; nothing where it is not plain.
  private mutating func read(
    _ list: Value, isEgress: Bool, _ mask: Value?, _ known: TFPlainGroup.Argument
  ) -> TFPlainGroup.Argument? {
    var argument = known
    let node = list.node
    guard let offset = UInt32(exactly: node.start - place.start),
      let length = UInt32(exactly: node.end - node.start)
    else { return nil }
    argument.offset = offset
    argument.length = length
    if argument.isUnknown || list.isNull { return argument }
    guard list.isArray else { return nil }
    argument.isList = true
    var masks = mask?.elements
    if let mask, !mask.isArray, mask.holdsTrue { return nil }
    var count: UInt16 = 0
    for block in list.elements {
      guard count < .max, read(block, masks?.next(), number: count, isEgress: isEgress) else {
        return nil
      }
      argument.hasPeers = true
      count += 1
    }
    // There can be more of them than the list shows.
    return masks?.next() == nil ? argument : nil
  }

  /// The attributes with peers of an entry that are known after apply; nothing where anything else is.
  private static func unknown(_ mask: Value?) -> Unknown? {
    guard let mask, mask.holdsTrue else { return [] }
    guard mask.isObject else { return nil }
    var result: Unknown = []
    for (key, flag) in mask.members where flag.holdsTrue {
      guard !key.node.isEncoded, flag.boolean == true else { return nil }
      switch key.node.end - key.node.start - 2 {
      case 4 where key.hasText("self"): result.insert(.itself)
      case 11 where key.hasText("cidr_blocks"): result.insert(.v4)
      case 15 where key.hasText("prefix_list_ids"): result.insert(.prefixLists)
      case 15 where key.hasText("security_groups"): result.insert(.groups)
      case 16 where key.hasText("ipv6_cidr_blocks"): result.insert(.v6)
      default: return nil
      }
    }
    return result
  }

  private struct Unknown: OptionSet {
    let rawValue: UInt8
    static let v4 = Unknown(rawValue: 1)
    static let v6 = Unknown(rawValue: 2)
    static let prefixLists = Unknown(rawValue: 4)
    static let groups = Unknown(rawValue: 8)
    static let itself = Unknown(rawValue: 16)
  }

  /// Reads an entry; false where it is not plain.
  private mutating func read(
    _ block: Value, _ mask: Value?, number: UInt16, isEgress: Bool
  ) -> Bool {
    guard block.isObject, let unknown = Self.unknown(mask), let entry = place.text(block) else {
      return false
    }
    var lists: (Value?, Value?, Value?, Value?) = (nil, nil, nil, nil)
    var itself: Value?
    var proto: Value?
    var fromPort: Value?
    var toPort: Value?
    var note: TextPlace?
    for (key, value) in block.members {
      guard !key.node.isEncoded else { return false }
      if value.kind == .null { continue }
      switch key.node.end - key.node.start - 2 {
      case 4: if key.hasText("self") { itself = value }
      case 7: if key.hasText("to_port") { toPort = value }
      case 8: if key.hasText("protocol") { proto = value }
      case 9: if key.hasText("from_port") { fromPort = value }
      case 11:
        if key.hasText("cidr_blocks") {
          lists.0 = value
        } else if key.hasText("description") {
          guard take(value, &note) else { return false }
        }
      case 15:
        if key.hasText("prefix_list_ids") {
          lists.2 = value
        } else if key.hasText("security_groups") {
          lists.3 = value
        }
      case 16: if key.hasText("ipv6_cidr_blocks") { lists.1 = value }
      default: continue
      }
    }
    guard let services = TFPlainSide.services(proto, fromPort, toPort) else { return false }
    var peer = TFInlinePeer(
      entry: number, isEgress: isEgress, kind: .unknown, attribute: .itself, services: services,
      v4: .all, peer: entry, note: note)
    let count = peers.count
    guard take(unknown.contains(.v4) ? nil : lists.0, .cidrBlocks, &peer),
      take(unknown.contains(.v6) ? nil : lists.1, .v6CIDRBlocks, &peer),
      take(unknown.contains(.prefixLists) ? nil : lists.2, .prefixLists, &peer),
      take(unknown.contains(.groups) ? nil : lists.3, .groups, &peer)
    else { return false }
    peer.v4 = .all
    let isItself = itself?.boolean == true
    if isItself, let itself {
      guard let text = place.text(itself) else { return false }
      peer.kind = .itself
      peer.attribute = .itself
      peer.peer = text
      peers.append(peer)
    }
    peer.kind = .unknown
    peer.peer = entry
    for (flag, attribute) in Self.attributes
    where unknown.contains(flag) && !(isItself && attribute == .itself) {
      peer.attribute = attribute
      peers.append(peer)
    }
    // Of an entry that nobody can use something is said.
    return peers.count > count
  }

  private static let attributes: [(Unknown, TFPeerAttribute)] = [
    (.v4, .cidrBlocks), (.v6, .v6CIDRBlocks), (.prefixLists, .prefixLists), (.groups, .groups),
    (.itself, .itself),
  ]

  /// Takes the peers of an attribute, for an entry with what else `peer` says.
  private mutating func take(
    _ list: Value?, _ attribute: TFPeerAttribute, _ peer: inout TFInlinePeer
  ) -> Bool {
    guard let list else { return true }
    guard list.isArray else { return false }
    for element in list.elements {
      guard element.kind == .string,
        let (kind, block) = TFPlainSide.peer(
          element.rawBytes, isEncoded: element.node.isEncoded, attribute),
        let text = place.text(element)
      else { return false }
      peer.kind = kind
      peer.attribute = attribute
      peer.v4 = self.text.address(of: block, id: self.text.number(ofID: element))
      peer.peer = text
      peers.append(peer)
    }
    return true
  }
}

// MARK: - Text of groups

extension TFPlanText {
  /// What a plain group says, but for its entries and tags, and but for its names where these are not given.
  func head(of group: TFPlainGroup, _ head: TFGroupHeads.Head?) -> TFGroupBody {
    let start = group.place.start
    func inline(_ argument: TFPlainGroup.Argument) -> TFInline {
      argument.isUnknown ? .unknown : argument.isList ? .entries([]) : .absent
    }
    func span(_ argument: TFPlainGroup.Argument) -> SourceSpan? {
      guard argument.length > 0 else { return nil }
      let first = start + Int(argument.offset)
      return self.span(first..<first + Int(argument.length))
    }
    let vpc = head?.vpc.map { TFLink.known($0) } ?? .absent
    return TFGroupBody(
      id: head?.id, name: head?.name, vpc: group.isVPCUnknown ? .unknown : vpc,
      owner: head?.owner, ingress: inline(group.ingress), egress: inline(group.egress),
      ingressSpan: span(group.ingress), egressSpan: span(group.egress), tags: [])
  }

  /// One side of what stands at a place, read again.
  func body(at place: TFPlace, in set: TFResourceSet) -> TFBody? {
    guard let change = element(at: place)?["change"], let values = change["after"],
      values.isObject
    else { return nil }
    // Nothing of it is said: it was looked at when the plan was read.
    var lowering = TFLowering()
    return lowering.lower(
      set.name,
      TFAttributes(
        values: values, unknown: change["after_unknown"], sensitive: change["after_sensitive"]),
      address: address(of: place), span: span(of: place))
  }

  /// The entry that a peer in the group at `place` makes, its texts left where they are.
  func entry(
    of inline: TFInlinePeer, in place: TFPlace, _ peer: PeerFact, _ view: PlanView
  ) -> EntryFact {
    let span = span(of: inline.placed(in: place))
    if inline.kind == .unknown {
      let address = readAddress(of: place)
      let name = inline.name(in: address)
      var origin = Origin(
        .terraformInline, span: span, services: inline.services,
        peerText: TFUnknown.text(name), address: address, reason: name,
        note: inline.note.map {
          texts.text($0.range(from: place.start), isEncoded: $0.isEncoded)
        })
      origin.isNew = place.isNew(view)
      return EntryFact(
        direction: inline.direction, peer: peer, origin: origin, isCertain: false)
    }
    return EntryFact(
      direction: inline.direction, peer: peer,
      origin: Origin(
        .terraformInline, span: span, services: inline.services,
        places: OriginPlaces(
          texts, lead: UInt32(clamping: span.start - place.start), peer: inline.peer,
          inline.kind.inOrigin, address: place.address, note: inline.note, id: nil),
        isNew: place.isNew(view)))
  }
}

/// A resource that was left in the plan and is lowered when it is asked for.
final class TFLeftResource: TFPlacedResource {
  private var known: TFBody??

  override var after: TFBody? {
    get {
      if let known { return known }
      let body = text.body(at: place, in: self.set)
      known = .some(body)
      return body
    }
    set {}
  }
}
