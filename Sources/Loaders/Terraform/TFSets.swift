import SGModel

/// What all resources of one type have in common.
final class TFSetKind {
  let isData: Bool
  let type: String
  /// What kind of rule it is.
  let ruleKind: TFResourceSet.RuleKind
  /// Whether it is a group that the plan manages, and not the default group of a VPC.
  let isGroup: Bool
  /// Whether it is a network interface that the plan manages.
  let isInterface: Bool
  /// Whether resources of this type say something of groups whatever their attributes.
  let isOfInterest: Bool

  init(isData: Bool, type: String) {
    self.isData = isData
    self.type = type
    ruleKind = isData ? .none : TFResourceSet.RuleKind(type)
    isGroup = !isData && type == "aws_security_group"
    isInterface = !isData && type == "aws_network_interface"
    isOfInterest = TFTypes.isOfInterest(type)
  }
}

/// All instances of one resource in one module instance: what they share is kept, and asked, once.
struct TFResourceSet {
  /// Its index among the sets of the plan.
  let number: Int
  let module: TFModuleInstance
  let kind: TFSetKind
  private let sets: TFSets

  fileprivate init(_ number: Int, _ module: TFModuleInstance, _ kind: TFSetKind, _ sets: TFSets) {
    self.number = number
    self.module = module
    self.kind = kind
    self.sets = sets
  }

  var name: TFResourceName {
    TFResourceName(
      isData: kind.isData, type: kind.type,
      name: sets.withName(of: number) { String(decoding: $0, as: UTF8.self) })
  }
  var ruleKind: RuleKind { kind.ruleKind }
  /// Whether it is a rule that is a resource of its own.
  var isRule: Bool { kind.ruleKind != .none }
  var isGroup: Bool { kind.isGroup }
  var isInterface: Bool { kind.isInterface }
  var isOfInterest: Bool { kind.isOfInterest }

  /// Passes its name, without its type, to `body`, as UTF-8.
  func withName<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    sets.withName(of: number, body)
  }

  /// The ways in which a rule can be a resource of its own.
  enum RuleKind {
    case none, legacy, ingress, egress

    /// The kind of rule that a type is; the types are those of `TFTypes.rules`.
    init(_ type: String) {
      switch type {
      case "aws_security_group_rule": self = .legacy
      case "aws_vpc_security_group_ingress_rule": self = .ingress
      case "aws_vpc_security_group_egress_rule": self = .egress
      default: self = .none
      }
    }
  }
}

/// The sets of a plan, and the module instances that they are in.
///
/// A large plan has tens of thousands: of each it is kept where its name stands. A class, so that a set can be
/// asked for its name.
final class TFSets {
  /// How a name is written.
  enum Name {
    /// In this stretch of the plan, without quotes and as it is.
    case written(Range<Int>)
    case text(String)
  }

  private struct Row {
    var nameStart: Int
    /// Negative: the name is in `names`.
    var nameLength: Int32
    var module: Int32
    var kind: Int32
    /// A part of the hash of its name: sets of which it is another need not be looked at, as what is looked at
    /// has to be had from the file.
    var hash: UInt32
  }

  private var rows: [Row] = []
  private(set) var modules: [TFModuleInstance] = []
  private var moduleByPrefix: [String: TFModuleInstance] = [:]
  private var lastModule: TFModuleInstance?
  private var kinds: [TFSetKind] = []
  private var managedKinds: [String: Int32] = [:]
  private var dataKinds: [String: Int32] = [:]
  /// The kind that was asked for last: neighbours mostly share theirs.
  private var lastKind: Int32 = -1
  /// Names that are not written as they are, by the number of their set.
  private var names: [Int: String] = [:]
  /// Numbers of sets by their hashes; -1 is free.
  private var slots: [Int32] = []
  private let hash: TFTextHash
  private let text: TFPlanText?

  /// Creates the sets of the plan with that text, whose names are told apart by hashes made with `hash`.
  init(_ text: TFPlanText?, hash: TFTextHash = TFTextHash(seed: 0)) {
    self.text = text
    self.hash = hash
  }

  var count: Int { rows.count }
  var indices: Range<Int> { rows.indices }

  subscript(number: Int) -> TFResourceSet {
    let row = rows[number]
    return TFResourceSet(number, modules[Int(row.module)], kinds[Int(row.kind)], self)
  }

  /// Passes the name of a set, without its type, to `body`, as UTF-8.
  func withName<Result>(
    of number: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let row = rows[number]
    if row.nameLength >= 0, let bytes = written(row) { return body(bytes) }
    var name = names[number] ?? ""
    return name.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }

  /// The name of a set, where it is written as it is.
  private func written(_ row: Row) -> UnsafeRawBufferPointer? {
    text?.bytesAgain(row.nameStart..<row.nameStart + Int(row.nameLength))
  }

  // MARK: Finding

  /// The instances of a resource in the module with that address, where the plan has seen any.
  func set(_ name: TFResourceName, in prefix: String) -> TFResourceSet? {
    guard let module = moduleByPrefix[prefix],
      let kind = knownKind(isData: name.isData, type: name.type)
    else { return nil }
    var text = name.name
    return text.withUTF8 { find(kind, UnsafeRawBufferPointer($0), in: module) }
  }

  /// The instances of the managed resource that a reference names, in a module.
  func set(_ reference: TFSoleReference, in module: TFModuleInstance) -> TFResourceSet? {
    guard let text, let type = text.bytesAgain(reference.type),
      let name = text.bytes(reference.name)
    else { return nil }
    // References mostly lead to groups, as the one before did.
    if lastKind >= 0, !kinds[Int(lastKind)].isData,
      JSONBytes.isSame(kinds[Int(lastKind)].type, type)
    {
      return find(lastKind, name, in: module)
    }
    guard let kind = knownKind(isData: false, type: String(decoding: type, as: UTF8.self)) else {
      return nil
    }
    lastKind = kind
    return find(kind, name, in: module)
  }

  private func find(
    _ kind: Int32, _ name: UnsafeRawBufferPointer, in module: TFModuleInstance
  ) -> TFResourceSet? {
    guard !slots.isEmpty else { return nil }
    let row = Row(
      nameStart: 0, nameLength: 0, module: Int32(clamping: module.number), kind: kind,
      hash: hash(of: name))
    let number = slots[slot(row) { name }]
    return number < 0 ? nil : self[Int(number)]
  }

  private func knownKind(isData: Bool, type: String) -> Int32? {
    if lastKind >= 0, kinds[Int(lastKind)].isData == isData, kinds[Int(lastKind)].type == type {
      return lastKind
    }
    return isData ? dataKinds[type] : managedKinds[type]
  }

  private func hash(of name: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(truncatingIfNeeded: hash(name))
  }

  /// Where the search for a set begins.
  private func firstSlot(_ row: Row) -> Int {
    let others = UInt64(truncatingIfNeeded: row.kind) << 32 | UInt64(truncatingIfNeeded: row.module)
    let mixed = (UInt64(row.hash) &+ others) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 32) & (slots.count - 1)
  }

  /// The place of a set with that name, or a free one.
  private func slot(_ wanted: Row, _ name: () -> UnsafeRawBufferPointer) -> Int {
    var slot = firstSlot(wanted)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      let row = rows[number]
      if row.hash == wanted.hash, row.kind == wanted.kind, row.module == wanted.module,
        withName(of: number, { JSONBytes.isSame($0, name()) })
      {
        break
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  // MARK: Making

  /// What resources of a type have in common, noted where it is new.
  func kind(isData: Bool, type: String) -> TFSetKind { kinds[Int(kindNumber(isData, type))] }

  private func kindNumber(_ isData: Bool, _ type: String) -> Int32 {
    if let known = knownKind(isData: isData, type: type) {
      lastKind = known
      return known
    }
    lastKind = Int32(clamping: kinds.count)
    kinds.append(TFSetKind(isData: isData, type: type))
    if isData { dataKinds[type] = lastKind } else { managedKinds[type] = lastKind }
    return lastKind
  }

  private func module(_ prefix: String) -> TFModuleInstance {
    if let lastModule, lastModule.prefix == prefix { return lastModule }
    let module: TFModuleInstance
    if let known = moduleByPrefix[prefix] {
      module = known
    } else {
      module = TFModuleInstance(
        number: modules.count, prefix: prefix, steps: TFAddressScanner.modulePath(prefix))
      moduleByPrefix[prefix] = module
      modules.append(module)
    }
    lastModule = module
    return module
  }

  /// The instances of a resource in the module with that address, noted where they are new.
  func make(isData: Bool, type: String, _ name: Name, in prefix: String) -> TFResourceSet {
    let kind = kindNumber(isData, type)
    let module = module(prefix)
    switch name {
    case .written(let range):
      guard let bytes = text?.bytes(range), let length = Int32(exactly: range.count) else { break }
      let row = Row(
        nameStart: range.lowerBound, nameLength: length, module: Int32(clamping: module.number),
        kind: kind, hash: hash(of: bytes))
      return self[Int(number(row, nil) { bytes })]
    case .text(var text):
      let copy = text
      return text.withUTF8 {
        let bytes = UnsafeRawBufferPointer($0)
        let row = Row(
          nameStart: 0, nameLength: -1, module: Int32(clamping: module.number), kind: kind,
          hash: hash(of: bytes))
        return self[Int(number(row, copy) { bytes })]
      }
    }
    return make(isData: isData, type: type, .text(""), in: prefix)
  }

  /// The number of a set, noted where it is new; `text` is its name, where that is not written as it is.
  private func number(
    _ row: Row, _ text: String?, _ name: () -> UnsafeRawBufferPointer
  ) -> Int32 {
    if (rows.count + 1) * 2 > slots.count { grow() }
    let slot = slot(row, name)
    if slots[slot] < 0 {
      slots[slot] = Int32(clamping: rows.count)
      if let text { names[rows.count] = text }
      rows.append(row)
    }
    return slots[slot]
  }

  private func grow() {
    slots = Array(repeating: -1, count: max(64, slots.count * 2))
    let mask = slots.count - 1
    for number in rows.indices {
      var slot = firstSlot(rows[number])
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(clamping: number)
    }
  }

  /// The numbers here of the sets of another reader of the same plan, whose hashes are made alike, by their
  /// numbers there; those that are new are noted.
  func take(_ other: TFSets) -> [Int32] {
    let kindNumbers = other.kinds.map { kindNumber($0.isData, $0.type) }
    let moduleNumbers = other.modules.map { Int32(clamping: module($0.prefix).number) }
    rows.reserveCapacity(rows.count + other.rows.count)
    return other.rows.indices.map { number in
      var row = other.rows[number]
      row.kind = kindNumbers[Int(row.kind)]
      row.module = moduleNumbers[Int(row.module)]
      guard row.nameLength >= 0 else {
        return other.withName(of: number) { name in
          self.number(row, other.names[number]) { name }
        }
      }
      // Names are read only where two may be the same: they are all over the file.
      return self.number(row, nil) {
        other.written(row) ?? UnsafeRawBufferPointer(start: nil, count: 0)
      }
    }
  }
}
