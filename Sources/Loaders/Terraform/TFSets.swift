import SGModel

/// What all resources of one type have in common.
private struct TFSetKind {
  let type: String
  let traits: TFSetTraits
  var isData: Bool { traits.isData }

  init(isData: Bool, type: String) {
    self.type = type
    traits = TFSetTraits(isData: isData, type: type)
  }
}

/// What is asked of the type of a resource again and again.
struct TFSetTraits {
  let isData: Bool
  /// What kind of rule it is.
  let ruleKind: TFResourceSet.RuleKind
  /// Whether it is a group that the plan manages, and not the default group of a VPC.
  let isGroup: Bool
  /// Whether it is of a type of groups.
  let isAnyGroup: Bool
  /// Whether it is a network interface that the plan manages.
  let isInterface: Bool
  /// Whether resources of this type say something of groups whatever their attributes.
  let isOfInterest: Bool

  fileprivate init(isData: Bool, type: String) {
    self.isData = isData
    ruleKind = isData ? .none : TFResourceSet.RuleKind(type)
    isGroup = !isData && type == "aws_security_group"
    isAnyGroup = TFTypes.groups.contains(type)
    isInterface = !isData && type == "aws_network_interface"
    isOfInterest = TFTypes.isOfInterest(type)
  }
}

/// All instances of one resource in one module instance: what they share is kept, and asked, once.
///
/// It holds one reference only: sets are copied for every resource, and references are counted.
struct TFResourceSet {
  private let index: Int32
  /// The number of its type among the types of the plan.
  let kind: Int32
  private let traits: TFSetTraits
  private let sets: TFSets

  fileprivate init(_ number: Int, _ kind: Int32, _ traits: TFSetTraits, _ sets: TFSets) {
    index = Int32(clamping: number)
    self.kind = kind
    self.traits = traits
    self.sets = sets
  }

  /// Its index among the sets of the plan.
  var number: Int { Int(index) }
  var module: TFModuleInstance { sets.module(of: number) }
  var name: TFResourceName {
    TFResourceName(
      isData: isData, type: type,
      name: sets.withName(of: number) { String(decoding: $0, as: UTF8.self) })
  }
  var type: String { sets.type(of: number) }
  var isData: Bool { traits.isData }
  var ruleKind: RuleKind { traits.ruleKind }
  /// Whether it is a rule that is a resource of its own.
  var isRule: Bool { traits.ruleKind != .none }
  var isGroup: Bool { traits.isGroup }
  var isInterface: Bool { traits.isInterface }
  var isOfInterest: Bool { traits.isOfInterest }

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
/// A class, so that a set can be asked for its name.
final class TFSets {
  private struct Row {
    var name: TextArena.Place
    var module: Int32
    var kind: Int32
    var nameHash: UInt32

    /// The hash of all of these.
    var hash: UInt32 {
      let others = UInt64(truncatingIfNeeded: kind) << 32 | UInt64(truncatingIfNeeded: module)
      let mixed = (UInt64(nameHash) &+ others) &* 0x9E37_79B9_7F4A_7C15
      return UInt32(truncatingIfNeeded: mixed >> 32)
    }

    /// Whether it is of the same kind and in the same module as another one, and may have the same name.
    func isLike(_ other: Row) -> Bool {
      nameHash == other.nameHash && kind == other.kind && module == other.module
    }
  }

  private var rows: [Row] = []
  /// The names of sets: they are all over the file, where they cannot be compared at speed.
  private var names = TextArena()
  private var numbers = NumberTable()
  private(set) var modules: [TFModuleInstance] = []
  private var moduleByPrefix: [String: TFModuleInstance] = [:]
  private var lastModule: TFModuleInstance?
  private var kinds: [TFSetKind] = []
  private var managedKinds: [String: Int32] = [:]
  private var dataKinds: [String: Int32] = [:]
  /// The kind that was asked for last: neighbours mostly share theirs.
  private var lastKind: Int32 = -1
  private let hash: TFTextHash

  /// Creates sets whose names are told apart by hashes made with `hash`.
  init(hash: TFTextHash = TFTextHash(seed: 0)) { self.hash = hash }

  var count: Int { rows.count }
  var indices: Range<Int> { rows.indices }

  subscript(number: Int) -> TFResourceSet {
    let row = rows[number]
    return TFResourceSet(number, row.kind, kinds[Int(row.kind)].traits, self)
  }

  /// Whether a set is of groups, whoever manages them.
  func isAnyGroup(_ set: Int) -> Bool { kinds[Int(rows[set].kind)].traits.isAnyGroup }

  /// The module instance that a set is in.
  func module(of set: Int) -> TFModuleInstance { modules[moduleNumber(of: set)] }

  /// The number of the module instance that a set is in.
  func moduleNumber(of set: Int) -> Int { Int(rows[set].module) }

  /// The type of the resources of a set.
  func type(of set: Int) -> String { kinds[Int(rows[set].kind)].type }

  /// Passes the name of a set, without its type, to `body`, as UTF-8.
  func withName<Result>(
    of number: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    names.withText(rows[number].name, body)
  }

  // MARK: Finding

  /// The instances of a resource in the module with that address, where the plan has seen any.
  func set(_ name: TFResourceName, in prefix: String) -> TFResourceSet? {
    guard let module = moduleByPrefix[prefix] else { return nil }
    var text = name.name
    return text.withUTF8 {
      set(isData: name.isData, type: name.type, UnsafeRawBufferPointer($0), in: module)
    }
  }

  /// The instances of a resource in a module.
  func set(
    isData: Bool, type: String, _ name: UnsafeRawBufferPointer, in module: TFModuleInstance
  ) -> TFResourceSet? {
    guard let kind = knownKind(isData: isData, type: type) else { return nil }
    lastKind = kind
    return find(row(kind, name, module: Int32(clamping: module.number)), name).map { self[$0] }
  }

  private func row(_ kind: Int32, _ name: UnsafeRawBufferPointer, module: Int32) -> Row {
    Row(
      name: TextArena.none, module: module, kind: kind,
      nameHash: UInt32(truncatingIfNeeded: hash(name)))
  }

  private func find(_ row: Row, _ name: UnsafeRawBufferPointer) -> Int? {
    numbers.find(row.hash) { rows[$0].isLike(row) && names.isSame(rows[$0].name, name) }
  }

  private func knownKind(isData: Bool, type: String) -> Int32? {
    if lastKind >= 0, kinds[Int(lastKind)].isData == isData, kinds[Int(lastKind)].type == type {
      return lastKind
    }
    return isData ? dataKinds[type] : managedKinds[type]
  }

  // MARK: Making

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
  func make(isData: Bool, type: String, name: String, in prefix: String) -> TFResourceSet {
    var name = name
    return name.withUTF8 {
      make(isData: isData, type: type, UnsafeRawBufferPointer($0), in: prefix)
    }
  }

  /// The instances of a resource in the module with that address, noted where they are new.
  func make(
    isData: Bool, type: String, _ name: UnsafeRawBufferPointer, in prefix: String
  ) -> TFResourceSet {
    let module = Int32(clamping: module(prefix).number)
    return self[number(row(kindNumber(isData, type), name, module: module), name)]
  }

  /// The instances of another resource of the same type, in the same module as those of `set`, noted where they are
  /// new.
  func make(beside set: TFResourceSet, _ name: UnsafeRawBufferPointer) -> TFResourceSet {
    let neighbour = rows[set.number]
    return self[number(row(neighbour.kind, name, module: neighbour.module), name)]
  }

  /// The number of a set, noted where it is new.
  private func number(_ row: Row, _ name: UnsafeRawBufferPointer) -> Int {
    if let known = find(row, name) { return known }
    var row = row
    row.name = names.add(name)
    numbers.add(rows.count, row.hash)
    rows.append(row)
    return rows.count - 1
  }

  /// The numbers here of the sets of another reader of the same plan, whose hashes are made alike, by their
  /// numbers there; those that are new are noted.
  func take(_ other: TFSets) -> [Int32] {
    let kindNumbers = other.kinds.map { kindNumber($0.isData, $0.type) }
    let moduleNumbers = other.modules.map { Int32(clamping: module($0.prefix).number) }
    // A list that grows by itself takes up to twice its size.
    rows.reserveCapacity(rows.count + other.rows.count)
    names.makeRoom(for: other.names)
    return other.rows.indices.map { number in
      var row = other.rows[number]
      row.kind = kindNumbers[Int(row.kind)]
      row.module = moduleNumbers[Int(row.module)]
      return Int32(clamping: other.withName(of: number) { self.number(row, $0) })
    }
  }
}
