/// How a resource is configured: which values of an element of one shape say what is kept of it, as a
/// `TFChangeForm` says it of a change.
///
/// A class, so that it is passed on without its lists being counted.
final class TFConfiguredForm: TFForm {
  /// The text of an expression: the values with which it begins and ends, and how far around them it reaches.
  private struct Stretch {
    var first: Int
    var lead: Int
    var last: Int
    var trail: Int
  }

  private let name: Int
  private let type: String
  private let isData: Bool
  private let provider: String?
  private let fixed: TFFixedValues
  /// The references of what names the group, and the peer; empty where that is not written.
  private let group: [Int]
  private let peer: [Int]
  /// What names the peer, where that was more than one attribute, and its references where it has nothing else.
  private let peerText: (stretch: Stretch, references: [Int])?
  private let written: TFWrittenArguments

  /// Creates the form of a resource of which that was told; nothing where other values have a say.
  init?(
    _ members: TFConfiguredModule.Members, type: String, isData: Bool, provider: String?,
    _ told: TFConfiguredModule.Told, _ values: TFFormValues
  ) {
    let texts = [members.type, members.mode, members.provider].compactMap { $0 }
    guard let written = members.name, written.kind == .string, let name = values.place(written),
      let fixed = TFFixedValues(texts, values)
    else { return nil }
    /// The references of an expression that names one attribute.
    func references(_ value: Value?, _ isSole: Bool) -> [Int]? {
      guard let value else { return [] }
      guard isSole, let list = TFSoleReference.references(in: value) else { return nil }
      return values.places(in: list)
    }
    var peerText: (Stretch, [Int])?
    if told.peer == nil, told.peerText != nil, let value = told.peerValue {
      let places = values.places(in: value)
      guard let first = places.first, let last = places.last else { return nil }
      let stretch = Stretch(
        first: first, lead: values.part(first).start - value.node.start, last: last,
        trail: value.node.end - values.part(last).end)
      let list = TFSoleReference.references(in: value)
      let areTexts = list?.elements.allSatisfy { $0.kind == .string } ?? false
      peerText = (stretch, areTexts ? list.map { values.places(in: $0) } ?? [] : [])
    }
    guard let group = references(told.groupValue, told.group != nil),
      let peer = peerText == nil ? references(told.peerValue, told.peer != nil) : []
    else { return nil }
    self.name = name
    self.type = type
    self.isData = isData
    self.provider = provider
    self.fixed = fixed
    self.group = group
    self.peer = peer
    self.peerText = peerText
    self.written = told.written
  }

  func fits(_ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    fixed.fit(parts, bytes)
  }

  /// Adds a resource of this form that stands at `offset`; false, with nothing added, where a value of it is
  /// unusual.
  func add(
    _ parts: UnsafePointer<JSONShapes.Part>, from offset: Int, in bytes: UnsafeRawBufferPointer,
    to resources: TFConfiguredResources, _ text: TFConfigurationText
  ) -> Bool {
    guard !parts[name].isEncoded else { return false }
    var told = TFConfiguredModule.Told()
    told.written = written
    if !group.isEmpty {
      told.group = TFSoleReference(group, parts, bytes)
      guard told.group != nil else { return false }
    }
    if !peer.isEmpty {
      told.peer = TFSoleReference(peer, parts, bytes)
      guard told.peer != nil else { return false }
    }
    if let (stretch, references) = peerText {
      // Here it may be one attribute.
      guard TFSoleReference(references, parts, bytes) == nil else { return false }
      let start = parts[stretch.first].start - stretch.lead
      let end = parts[stretch.last].end + stretch.trail
      told.peerText = TFConfiguredModule.Told.peerText(bytes.part(start..<end))
      guard told.peerText != nil else { return false }
    }
    resources.add(
      bytes.part(parts[name].text), type: type, isData: isData, providerKey: provider, at: offset,
      text, told)
    return true
  }
}
