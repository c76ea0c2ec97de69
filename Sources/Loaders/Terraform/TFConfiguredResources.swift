import SGModel

/// The resources that a module configures, in the order of the file.
///
/// Most are asked for nothing but what a rule's group and peer refer to. So each is kept as where it stands,
/// and made a `TFConfiguredResource` when more is asked of it. A class, because it remembers those.
final class TFConfiguredResources {
  /// Where a resource stands, and what is known of it without reading it again.
  private struct Place {
    var offset: Int
    var name: TextArena.Place
    /// An index into `types`.
    var type: Int32
    /// An index into `providers`; negative: none is written.
    var provider: Int32
    /// Indices into `targets`; negative: there is none.
    var group: Int32
    var peer: Int32
    /// The number of what names its peer, where that is no target and no instance has another; negative: nobody
    /// knows.
    var expression: Int32
    var isData: Bool
    var written: TFWrittenArguments
  }

  /// A managed resource that others refer to by its name.
  private struct Target {
    var type: Int32
    var name: TextArena.Place
  }

  /// Texts that many resources share, by number.
  private struct Names {
    private var texts: [String] = []
    private var numbers: [String: Int32] = [:]
    /// The one that was asked for last: neighbours mostly share theirs.
    private var last: Int32 = -1

    subscript(number: Int32) -> String { texts[Int(number)] }

    mutating func index(of text: String) -> Int32? {
      if last >= 0, texts[Int(last)] == text { return last }
      guard let known = numbers[text] else { return nil }
      last = known
      return known
    }

    mutating func add(_ text: String) -> Int32 {
      last = Int32(clamping: texts.count)
      texts.append(text)
      numbers[text] = last
      return last
    }
  }

  private var text: TFConfigurationText?
  private var places: [Place] = []
  /// The names of resources and targets.
  private var names = TextArena()
  private var numbers = NumberTable()
  private let hash: TFTextHash
  private var types = Names()
  private var typeHashes: [UInt64] = []
  private var providers = Names()
  private var targets: [Target] = []
  private var numbersOfTargets = NumberTable()
  /// Expressions that are no targets, as they are written.
  private var expressions: TextTable
  private var made: [Int32: TFConfiguredResource] = [:]
  /// The kind of set that was asked for last, and its type here, negative where there is none: neighbours mostly
  /// share theirs.
  private var lastKind: (kind: Int32, type: Int32) = (-1, -1)
  /// The index that was found last: plans and configurations are in the same order, and what stands next to one another
  /// is found sooner than what is anywhere.
  private var lastFound = -1
  /// The target that is the group of the rule before: most rules are on the same one.
  private var lastGroup: Int32 = -1

  init() {
    hash = TFTextHash(seed: .random(in: .min ... .max))
    expressions = TextTable(hash: hash)
  }

  /// Makes room for the resources of so many bytes of configuration; what is not used takes no memory.
  func reserveCapacity(forBytes count: Int) {
    places.reserveCapacity(count / Self.bytesPerResource)
  }

  /// Most take more bytes.
  private static let bytesPerResource = 1024

  // MARK: Taking

  /// Adds a resource that stands at `offset`; of two with one name the second counts, in the place of the
  /// first.
  func add(
    _ name: Value, type: String, isData: Bool, providerKey: String?, at offset: Int,
    _ text: TFConfigurationText, _ told: TFConfiguredModule.Told
  ) {
    guard name.isScalar else { return }
    self.text = text
    if name.kind == .string, !name.node.isEncoded {
      add(name.rawBytes, type, isData, providerKey, offset, told)
    } else {
      var name = name.text
      name.withUTF8 {
        add(UnsafeRawBufferPointer($0), type, isData, providerKey, offset, told)
      }
    }
  }

  /// Adds a resource whose name is this text.
  func add(
    _ name: UnsafeRawBufferPointer, type: String, isData: Bool, providerKey: String?,
    at offset: Int, _ text: TFConfigurationText, _ told: TFConfiguredModule.Told
  ) {
    self.text = text
    add(name, type, isData, providerKey, offset, told)
  }

  private func add(
    _ name: UnsafeRawBufferPointer, _ type: String, _ isData: Bool, _ providerKey: String?,
    _ offset: Int, _ told: TFConfiguredModule.Told
  ) {
    let type = typeIndex(type)
    let hash = hash(of: name, type)
    var place = Place(
      offset: offset, name: TextArena.none, type: type,
      provider: providerKey.map { providerIndex($0) } ?? -1,
      group: groupIndex(told.group), peer: targetIndex(told.peer),
      expression: told.peerText.map { Int32(clamping: expressions.number(of: $0)) } ?? -1,
      isData: isData, written: told.written)
    if let known = find(hash: hash, type: type, isData: isData, name) {
      place.name = places[known].name
      places[known] = place
      return
    }
    place.name = names.add(name)
    numbers.add(places.count, hash)
    places.append(place)
  }

  /// The index of the target that is the group of a rule, noted where it is new.
  private func groupIndex(_ reference: TFSoleReference?) -> Int32 {
    guard let reference else { return -1 }
    if lastGroup >= 0 {
      let last = targets[Int(lastGroup)]
      if names.isSame(last.name, reference.name),
        JSONBytes.isSame(types[last.type], reference.type)
      {
        return lastGroup
      }
    }
    lastGroup = targetIndex(reference)
    return lastGroup
  }

  /// The index of a target, noted where it is new.
  private func targetIndex(_ reference: TFSoleReference?) -> Int32 {
    guard let reference else { return -1 }
    let type: Int32
    if let last = targets.last, JSONBytes.isSame(types[last.type], reference.type) {
      type = last.type
    } else {
      type = typeIndex(String(decoding: reference.type, as: UTF8.self))
    }
    let hash = hash(of: reference.name, type)
    let known = numbersOfTargets.find(hash) {
      targets[$0].type == type && names.isSame(targets[$0].name, reference.name)
    }
    if let known { return Int32(clamping: known) }
    // Most are configured before those who refer to them.
    let resource = find(hash: hash, type: type, isData: false, reference.name)
    let name = resource.map { places[$0].name } ?? names.add(reference.name)
    numbersOfTargets.add(targets.count, hash)
    targets.append(Target(type: type, name: name))
    return Int32(clamping: targets.count - 1)
  }

  private func typeIndex(_ type: String) -> Int32 {
    if let known = types.index(of: type) { return known }
    typeHashes.append(hash(type))
    return types.add(type)
  }

  private func providerIndex(_ key: String) -> Int32 {
    providers.index(of: key) ?? providers.add(key)
  }

  // MARK: Finding

  /// The index of the resource with that name.
  func index(of name: TFResourceName) -> Int? {
    var text = name.name
    return text.withUTF8 {
      index(isData: name.isData, type: name.type, name: UnsafeRawBufferPointer($0))
    }
  }

  /// The index of the resource of that type with that name.
  private func index(isData: Bool, type: String, name: UnsafeRawBufferPointer) -> Int? {
    guard let type = types.index(of: type) else { return nil }
    return find(hash: hash(of: name, type), type: type, isData: isData, name)
  }

  /// The index of the resource that a set is the instances of; all of the configuration must have been read.
  func index(of set: TFResourceSet) -> Int? {
    if lastKind.kind != set.kind { lastKind = (set.kind, types.index(of: set.type) ?? -1) }
    let type = lastKind.type
    guard type >= 0 else { return nil }
    let found: Int? = set.withName { name in
      let next = lastFound + 1
      if next < places.count, places[next].type == type, places[next].isData == set.isData,
        names.isSame(places[next].name, name)
      {
        return next
      }
      return find(hash: hash(of: name, type), type: type, isData: set.isData, name)
    }
    if let found { lastFound = found }
    return found
  }

  private func find(
    hash: UInt32, type: Int32, isData: Bool, _ name: UnsafeRawBufferPointer
  ) -> Int? {
    numbers.find(hash) {
      let place = places[$0]
      return place.type == type && place.isData == isData && names.isSame(place.name, name)
    }
  }

  private func hash(of name: UnsafeRawBufferPointer, _ type: Int32) -> UInt32 {
    UInt32(
      truncatingIfNeeded: hash(name) &+ typeHashes[Int(type)] &* 0x9E37_79B9_7F4A_7C15)
  }

  // MARK: Asking

  var indices: Range<Int> { places.indices }

  /// The name of the resource with that index.
  func name(_ index: Int) -> TFResourceName {
    let place = places[index]
    return TFResourceName(
      isData: place.isData, type: types[place.type], name: names.text(place.name))
  }

  /// What is written for a provider; equal where it is written alike in the same list.
  struct Provider: Equatable {
    fileprivate var number: Int32
    fileprivate var list: ObjectIdentifier
  }

  /// What is written for the provider of the resource with that index.
  func provider(_ index: Int) -> Provider? {
    let number = places[index].provider
    return number < 0 ? nil : Provider(number: number, list: ObjectIdentifier(self))
  }

  /// The key of a provider of this list.
  func key(of provider: Provider) -> String { providers[provider.number] }

  /// The number of what an argument of the resource with that index refers to, where it is one attribute of one
  /// managed resource and nothing else, and the source does not say more of it.
  func soleTarget(_ argument: TFConfiguredResource.Reference, of index: Int) -> Int32? {
    if let made = made[Int32(clamping: index)], made.isReadAsWhole { return nil }
    let number = argument == .group ? places[index].group : places[index].peer
    return number < 0 ? nil : number
  }

  /// Passes the type and the name of what is referred to, by its number, to `body`.
  func withTarget<Result>(
    _ number: Int32, _ body: (String, UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let target = targets[Int(number)]
    return names.withText(target.name) { body(types[target.type], $0) }
  }

  /// The number of what names the peer of the rule with that index: rules with the same number in the same
  /// instance of a module have the same peer.
  func peerExpression(of index: Int) -> Int32? {
    if let made = made[Int32(clamping: index)], made.isReadAsWhole { return nil }
    let number = places[index].expression
    return number < 0 ? nil : number
  }

  /// What names the peer of rules with such a number, where it is references.
  func peerReferences(_ number: Int32) -> TFExpression? {
    expressions.withText(Int(number)) { text in
      var reader = JSONReader(text)
      let document = Document(bytes: text, source: 0)
      // Values do not keep their document.
      return withExtendedLifetime(document) {
        guard let value = try? reader.value(in: document), value["references"] != nil else {
          return nil
        }
        return TFExpression(value)
      }
    }
  }

  /// Whether the group with that index has an argument with entries of a direction, as more than null; nothing
  /// where it has to be read again, or the source says more of it.
  func isWritten(_ direction: Direction, of index: Int) -> Bool? {
    if let made = made[Int32(clamping: index)], made.isReadAsWhole { return nil }
    let written = places[index].written
    guard written.contains(.areKnown) else { return nil }
    return written.contains(direction == .ingress ? .ingress : .egress)
  }

  /// The resource with that index.
  subscript(index: Int) -> TFConfiguredResource? {
    let key = Int32(clamping: index)
    if let known = made[key] { return known }
    guard let text else { return nil }
    let resource = TFConfiguredResource(
      name: name(index), text: text, offset: places[index].offset)
    made[key] = resource
    return resource
  }

  /// The resource with that name.
  subscript(name: TFResourceName) -> TFConfiguredResource? { index(of: name).flatMap { self[$0] } }
}
