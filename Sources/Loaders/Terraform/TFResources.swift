import SGModel

/// The resources of a plan, in the order of the file.
struct TFResources: RandomAccessCollection {
  /// How a resource is kept, and its index among those that are kept so.
  private struct Slot {
    enum Kind: UInt32 { case whole, rule, group, interface }

    private let raw: UInt32

    init(_ kind: Kind, _ index: Int) {
      raw = UInt32(truncatingIfNeeded: index) << 2 | kind.rawValue
    }

    @inline(__always)
    var kind: Kind { Kind(rawValue: raw & 3) ?? .whole }
    @inline(__always)
    var index: Int { Int(raw >> 2) }
    @inline(__always)
    func index(_ kind: Kind) -> Int? { raw & 3 == kind.rawValue ? index : nil }
  }

  private var slots: [Slot] = []
  private var whole: [TFResource] = []
  private(set) var rules: [TFPlainRule] = []
  /// What plain rules were before that are not new, with their numbers, in the order of these.
  private var rulesBefore: [(number: Int32, rule: TFPlainRule)] = []
  private(set) var groups: [TFPlainGroup] = []
  /// The peers of entries that are written in plain groups.
  private(set) var peers: [TFInlinePeer] = []
  private var interfaces: [TFPlainInterface] = []
  /// The ids of groups that plain interfaces carry, by their numbers in `text`.
  private var groupsOfInterfaces: [Int32] = []
  /// What each of them is an instance of, by number.
  let sets: TFSets
  let text: TFPlanText?

  /// Creates an empty list for the resources of a plan whose sets are told apart by hashes made with `hash`.
  init(_ text: TFPlanText? = nil, hash: TFTextHash = TFTextHash(seed: 0)) {
    self.text = text
    sets = TFSets(hash: hash)
  }

  /// Creates an empty list for what is no longer left in a plan.
  private init(_ sets: TFSets) {
    text = nil
    self.sets = sets
  }

  var startIndex: Int { 0 }
  var endIndex: Int { slots.count }

  subscript(index: Int) -> TFResource {
    let slot = slots[index]
    guard let text, slot.kind != .whole else { return whole[slot.index] }
    if slot.kind == .rule {
      let rule = rules[slot.index]
      return TFPlainResource(
        rule, before: ruleBefore(Int32(clamping: slot.index)), in: sets[Int(rule.place.set)], text)
    }
    let place = place(slot)
    return TFLeftResource(place, in: sets[Int(place.set)], text)
  }

  /// What the rule at `index` was before, where it is a plain one that is not new.
  func ruleBefore(at index: Int) -> TFPlainRule? {
    guard let number = slots[index].index(.rule) else { return nil }
    return rules[number].isRemoved ? rules[number] : ruleBefore(Int32(clamping: number))
  }

  /// What a plain rule was before, by its number.
  private func ruleBefore(_ number: Int32) -> TFPlainRule? {
    var range = 0..<rulesBefore.count
    while let first = range.first {
      let middle = first + range.count / 2
      if rulesBefore[middle].number == number { return rulesBefore[middle].rule }
      range =
        rulesBefore[middle].number < number ? middle + 1..<range.upperBound : first..<middle
    }
    return nil
  }

  /// Where a resource stands that was left in the plan.
  private func place(_ slot: Slot) -> TFPlace {
    switch slot.kind {
    case .group: groups[slot.index].place
    case .interface: interfaces[slot.index].place
    case .rule, .whole: rules[slot.index].place
    }
  }

  /// The set that a resource is in.
  func set(at index: Int) -> TFResourceSet {
    let slot = slots[index]
    return slot.kind == .whole ? whole[slot.index].set : sets[Int(place(slot).set)]
  }

  /// The number of the set that a resource is in.
  func setNumber(at index: Int) -> Int {
    let slot = slots[index]
    return slot.kind == .whole ? whole[slot.index].set.number : Int(place(slot).set)
  }

  /// Whether a resource is a deposed object.
  func isDeposed(at index: Int) -> Bool {
    slots[index].index(.whole).map { whole[$0].isDeposed } ?? false
  }

  /// Whether a resource is kept as what can be changed.
  func isWhole(at index: Int) -> Bool { slots[index].kind == .whole }

  /// Whether there is a plain rule at `index`.
  func isPlainRule(at index: Int) -> Bool { slots[index].kind == .rule }

  /// The number of the plain rule at `index`, which is its index in `rules`.
  func ruleNumber(at index: Int) -> Int32 { Int32(clamping: slots[index].index) }

  /// The rule at `index`, where it is a plain one.
  func rule(at index: Int) -> TFPlainRule? { slots[index].index(.rule).map { rules[$0] } }

  /// The group at `index`, where it is a plain one.
  func group(at index: Int) -> TFPlainGroup? { slots[index].index(.group).map { groups[$0] } }

  /// What the group at `index` says of itself, where it is a plain one; asked for before that is forgotten.
  func head(at index: Int) -> TFGroupHeads.Head? {
    slots[index].index(.group).flatMap { text?.heads[$0] }
  }

  /// The interface at `index`, where it is a plain one.
  func interface(at index: Int) -> TFPlainInterface? {
    slots[index].index(.interface).map { interfaces[$0] }
  }

  /// The ids of the groups that a plain interface names.
  func ids(of interface: TFPlainInterface) -> [String] {
    interface.groups.map { number in
      text?.id(Int(groupsOfInterfaces[Int(number)])) ?? ""
    }
  }

  /// A table with nothing in it for every resource that is no plain rule or interface.
  func table<Element>(of type: Element.Type) -> TFResourceTable<Element> {
    TFResourceTable(self)
  }

  /// Where a resource is in a table; nothing where it has no place in one.
  @inline(__always)
  fileprivate func row(_ index: Int) -> Int? {
    let slot = slots[index]
    return switch slot.kind {
    case .whole: slot.index
    case .group: whole.count + slot.index
    case .rule, .interface: nil
    }
  }

  /// How many resources have a place in a table.
  fileprivate var rowCount: Int { whole.count + groups.count }

  // MARK: Adding

  /// Makes room for the plain rules and groups of so many bytes of changes.
  ///
  /// A list that grows by itself is copied again and again, into memory that the system has to clear first; memory
  /// that nothing is written to takes none.
  mutating func reserveCapacity(forBytes count: Int) {
    slots.reserveCapacity(count / Self.bytesPerRule)
    rules.reserveCapacity(count / Self.bytesPerRule)
    groups.reserveCapacity(count / Self.bytesPerGroup)
    peers.reserveCapacity(count / Self.bytesPerPeer)
  }

  // Most take more bytes of a plan.
  private static let bytesPerRule = 1024
  private static let bytesPerGroup = 8 << 10
  private static let bytesPerPeer = 4 << 10

  mutating func append(_ resource: TFResource) {
    slots.append(Slot(.whole, whole.count))
    whole.append(resource)
  }

  mutating func append(_ rule: TFPlainRule, before: TFPlainRule? = nil) {
    if let before { rulesBefore.append((Int32(clamping: rules.count), before)) }
    slots.append(Slot(.rule, rules.count))
    rules.append(rule)
  }

  mutating func append(_ group: TFPlainGroup, peers: [TFInlinePeer]) {
    var group = group
    let first = Int32(clamping: self.peers.count)
    for var peer in peers {
      peer.group = Int32(clamping: groups.count)
      self.peers.append(peer)
    }
    group.peers = first..<Int32(clamping: self.peers.count)
    slots.append(Slot(.group, groups.count))
    groups.append(group)
  }

  mutating func append(_ interface: TFPlainInterface, ids: [Int32]) {
    var interface = interface
    let first = Int32(clamping: groupsOfInterfaces.count)
    groupsOfInterfaces.append(contentsOf: ids)
    interface.groups = first..<Int32(clamping: groupsOfInterfaces.count)
    slots.append(Slot(.interface, interfaces.count))
    interfaces.append(interface)
  }

  /// Appends the resources of another list of the same plan, whose text was taken in with these numbers.
  mutating func append(_ other: TFResources, _ numbers: TFPlanText.Numbers) {
    let sets = sets
    let setNumbers = sets.take(other.sets)

    // Lists that grow by themselves take up to twice their size.
    slots.reserveCapacity(slots.count + other.slots.count)
    rules.reserveCapacity(rules.count + other.rules.count)
    whole.reserveCapacity(whole.count + other.whole.count)
    rulesBefore.reserveCapacity(rulesBefore.count + other.rulesBefore.count)
    groups.reserveCapacity(groups.count + other.groups.count)
    peers.reserveCapacity(peers.count + other.peers.count)
    interfaces.reserveCapacity(interfaces.count + other.interfaces.count)
    let first = (
      whole: whole.count, rules: rules.count, groups: groups.count, interfaces: interfaces.count,
      peers: Int32(clamping: peers.count), ids: Int32(clamping: groupsOfInterfaces.count)
    )
    func moved(_ place: TFPlace) -> TFPlace {
      var place = place
      place.set = setNumbers[Int(place.set)]
      place.region = numbers.regions[Int(place.region)]
      return place
    }
    for resource in other.whole {
      resource.set = sets[Int(setNumbers[resource.set.number])]
      whole.append(resource)
    }
    func moved(_ rule: TFPlainRule) -> TFPlainRule {
      var rule = rule
      rule.place = moved(rule.place)
      if rule.names >= 0 { rule.names += numbers.firstNames }
      rule.v4 = numbers.moved(rule.v4, rule.peerKind)
      return rule
    }
    for rule in other.rules { rules.append(moved(rule)) }
    for (number, rule) in other.rulesBefore {
      rulesBefore.append((number + Int32(clamping: first.rules), moved(rule)))
    }
    for var group in other.groups {
      group.place = moved(group.place)
      group.peers =
        group.peers.lowerBound + first.peers..<group.peers.upperBound + first.peers
      groups.append(group)
    }
    for var peer in other.peers {
      peer.group += Int32(clamping: first.groups)
      peer.v4 = numbers.moved(peer.v4, peer.kind)
      peers.append(peer)
    }
    for var interface in other.interfaces {
      interface.place = moved(interface.place)
      interface.groups =
        interface.groups.lowerBound + first.ids..<interface.groups.upperBound + first.ids
      interfaces.append(interface)
    }
    for id in other.groupsOfInterfaces {
      groupsOfInterfaces.append(Int32(clamping: numbers.ids[Int(id)]))
    }
    for slot in other.slots {
      let start =
        switch slot.kind {
        case .whole: first.whole
        case .rule: first.rules
        case .group: first.groups
        case .interface: first.interfaces
        }
      slots.append(Slot(slot.kind, slot.index + start))
    }
  }

  // MARK: Changing

  /// Puts a resource in the place of another one that is kept whole.
  mutating func replace(_ index: Int, by resource: TFResource) {
    if let place = slots[index].index(.whole) { whole[place] = resource }
  }

  /// Gives the resources that say no region the one among `names` whose index `region` says.
  mutating func setRegions(_ names: [String], _ region: (TFResourceSet) -> Int?) {
    if let text {
      let numbers = names.map { text.number(ofRegion: $0) }
      // Those of one set mostly stand together.
      var last: (set: Int32, region: UInt16) = (-1, 0)
      var areTooMany = false
      let sets = sets
      func take(_ place: inout TFPlace) {
        guard place.region == 0 else { return }
        if place.set != last.set {
          let number = region(sets[Int(place.set)]).map { numbers[$0] } ?? 0
          if number == nil { areTooMany = true }
          last = (place.set, number ?? 0)
        }
        place.region = last.region
      }
      for index in rules.indices { take(&rules[index].place) }
      for index in groups.indices { take(&groups[index].place) }
      for index in interfaces.indices { take(&interfaces[index].place) }
      if areTooMany { makeWhole() }
    }
    for resource in whole where resource.region == nil {
      resource.region = region(resource.set).map { names[$0] }
    }
  }

  /// Keeps all resources as what can be changed.
  mutating func makeWhole() {
    guard whole.count < slots.count else { return }
    let all = map { ($0 as? TFPlacedResource)?.whole ?? $0 }
    self = TFResources(sets)
    for resource in all { append(resource) }
  }
}

/// Something for each of some resources of a plan, by their indices in it.
///
/// Plain rules, which are most of a large plan, and plain interfaces have nothing and take no memory.
struct TFResourceTable<Element>: RandomAccessCollection {
  private let resources: TFResources
  private var elements: [Element?]

  fileprivate init(_ resources: TFResources) {
    self.resources = resources
    elements = Array(repeating: nil, count: resources.rowCount)
  }

  var startIndex: Int { 0 }
  var endIndex: Int { resources.endIndex }

  /// What there is for a resource; for one that has no place in the table nothing, whatever is set.
  subscript(index: Int) -> Element? {
    get { resources.row(index).flatMap { elements[$0] } }
    set {
      if let row = resources.row(index) { elements[row] = newValue }
    }
  }
}
