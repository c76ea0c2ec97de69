import SGModel

/// The resources that a module configures, in the order of the file.
///
/// Most are asked for nothing but what a rule's group and peer refer to. So each is kept as where it stands,
/// and made a `TFConfiguredResource` when more is asked of it. A class, because it remembers those.
final class TFConfiguredResources {
  /// Where a resource stands, and what is known of it without reading it again.
  private struct Place {
    var offset: Int
    /// Where its name begins, counted from there.
    var nameLead: UInt32
    /// Negative: the name is in `names`.
    var nameLength: Int32
    /// An index into `types`.
    var type: Int32
    /// An index into `providers`; negative: none is written.
    var provider: Int32
    /// A part of the hash of its name: texts of which it is another need not be looked at.
    var hash: UInt32 = 0
    var group: Reference
    var peer: Reference
    var isData: Bool
    var written: TFWrittenArguments

    var name: Range<Int> {
      let start = offset + Int(nameLead)
      return start..<start + Int(nameLength)
    }
  }

  /// A reference in a resource, counted from where that stands.
  private struct Reference {
    private var lead: UInt32 = 0
    /// 0: there is no reference.
    private var typeLength: UInt16 = 0
    private var nameLength: UInt16 = 0

    init(_ reference: TFSoleReference?, from offset: Int) {
      guard let reference, let lead = UInt32(exactly: reference.start - offset) else { return }
      self.lead = lead
      typeLength = reference.typeLength
      nameLength = reference.nameLength
    }

    func reference(from offset: Int) -> TFSoleReference? {
      guard typeLength > 0 else { return nil }
      return TFSoleReference(
        start: offset + Int(lead), typeLength: typeLength, nameLength: nameLength)
    }
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
  /// Indices of `places` by the hashes of their names; -1 is free.
  private var slots: [Int32] = []
  private let hash = TFTextHash(seed: .random(in: .min ... .max))
  private var types = Names()
  private var typeHashes: [UInt64] = []
  private var providers = Names()
  /// Names that are written with escapes, or not as strings, by the index of their place.
  private var names: [Int32: String] = [:]
  private var made: [Int32: TFConfiguredResource] = [:]

  // MARK: Taking

  /// Adds a resource that stands at `offset`; of two with one name the second counts, in the place of the
  /// first.
  func add(
    _ name: Value, type: String, isData: Bool, providerKey: String?, at offset: Int,
    _ text: TFConfigurationText, _ told: TFConfiguredModule.Told
  ) {
    guard name.isScalar else { return }
    self.text = text
    let raw = name.rawBytes
    // What is written with escapes, or as a number, is looked at as the text that it means.
    var other: String? = name.kind == .string && !name.node.isEncoded ? nil : name.text
    var place = Place(
      offset: offset, nameLead: 0, nameLength: -1, type: typeIndex(type),
      provider: providerKey.map { providerIndex($0) } ?? -1,
      group: Reference(told.group, from: offset), peer: Reference(told.peer, from: offset),
      isData: isData, written: told.written)
    if other == nil, let length = Int32(exactly: raw.count),
      let lead = UInt32(exactly: name.node.start + 1 - offset)
    {
      place.nameLead = lead
      place.nameLength = length
    }
    if (places.count + 1) * 2 > slots.count { grow() }
    let slot: Int
    if other == nil {
      slot = self.slot(for: &place, raw)
    } else {
      var text = other ?? ""
      slot = text.withUTF8 { self.slot(for: &place, UnsafeRawBufferPointer($0)) }
    }
    let index = slots[slot] < 0 ? Int32(clamping: places.count) : slots[slot]
    if place.nameLength < 0, other == nil { other = name.text }
    if other != nil || !names.isEmpty { names[index] = other }
    if slots[slot] < 0 {
      slots[slot] = index
      places.append(place)
    } else {
      places[Int(index)] = place
    }
  }

  /// The slot of a resource with that name, which is noted in its place by its hash.
  private func slot(for place: inout Place, _ name: UnsafeRawBufferPointer) -> Int {
    let hash = hash(of: name, place.type)
    place.hash = UInt32(truncatingIfNeeded: hash)
    return slot(name, isData: place.isData, type: place.type, hash)
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
  func index(isData: Bool, type: String, name: UnsafeRawBufferPointer) -> Int? {
    guard !slots.isEmpty, let type = types.index(of: type) else { return nil }
    let index = slots[slot(name, isData: isData, type: type, hash(of: name, type))]
    return index < 0 ? nil : Int(index)
  }

  /// The place of the resource with that name, or a free one.
  private func slot(
    _ name: UnsafeRawBufferPointer, isData: Bool, type: Int32, _ hash: UInt64
  ) -> Int {
    let mask = slots.count - 1
    let short = UInt32(truncatingIfNeeded: hash)
    var slot = Int(short) & mask
    while slots[slot] >= 0 {
      let place = places[Int(slots[slot])]
      if place.hash == short, place.type == type, place.isData == isData,
        isNamed(name, slots[slot])
      {
        break
      }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func hash(of name: UnsafeRawBufferPointer, _ type: Int32) -> UInt64 {
    hash(name) &+ typeHashes[Int(type)] &* 0x9E37_79B9_7F4A_7C15
  }

  private func isNamed(_ name: UnsafeRawBufferPointer, _ index: Int32) -> Bool {
    guard let raw = rawName(index) else {
      return JSONBytes.isSame(names[index] ?? "", name)
    }
    return JSONBytes.isSame(name, raw)
  }

  private func rawName(_ index: Int32) -> UnsafeRawBufferPointer? {
    let place = places[Int(index)]
    guard place.nameLength >= 0 else { return nil }
    return text?.bytes(place.name)
  }

  private func grow() {
    slots = Array(repeating: -1, count: max(16, slots.count * 2))
    let mask = slots.count - 1
    for index in places.indices {
      var slot = Int(places[index].hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(clamping: index)
    }
  }

  // MARK: Asking

  var indices: Range<Int> { places.indices }

  /// The name of the resource with that index.
  func name(_ index: Int) -> TFResourceName {
    let key = Int32(clamping: index)
    let place = places[index]
    return TFResourceName(
      isData: place.isData, type: types[place.type],
      name: rawName(key).map { String(decoding: $0, as: UTF8.self) } ?? names[key] ?? "")
  }

  /// What is written for the provider of the resource with that index.
  func providerKey(_ index: Int) -> String? {
    let provider = places[index].provider
    return provider < 0 ? nil : providers[provider]
  }

  /// What an argument of the rule with that index refers to, where it is one attribute of one resource and
  /// nothing else, and the source does not say more of it.
  func soleReference(
    _ argument: TFConfiguredResource.Reference, of index: Int
  ) -> TFSoleReference? {
    if let made = made[Int32(clamping: index)], made.isReadAsWhole { return nil }
    let place = places[index]
    return (argument == .group ? place.group : place.peer).reference(from: place.offset)
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
