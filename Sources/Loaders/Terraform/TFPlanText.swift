import SGModel

/// Where a resource stands that was left in the plan, and what is known of it without reading it again.
///
/// No counted references are in it, as there are many to be copied.
struct TFPlace {
  /// Where its address stands, with quotes; all places of its texts count from here.
  private var offset: UInt32
  /// The number of the set that it is in.
  var set: Int32
  private var addressLength: UInt16
  /// How far before its address its element begins.
  private var lead: UInt16
  /// The number of its region; 0 where it says none.
  var region: UInt16 = 0
  let actions: TFActions
  private let isEncoded: Bool

  /// Creates the place of an element and of its address, a string with its quotes; nothing where one of them
  /// is too far away or too long.
  init?(
    inSet set: Int, element: Int, address: Range<Int>, isEncoded: Bool, actions: TFActions
  ) {
    guard let offset = UInt32(exactly: address.lowerBound),
      let lead = UInt16(exactly: address.lowerBound - element),
      let length = UInt16(exactly: address.count), length >= 2
    else { return nil }
    self.offset = offset
    self.set = Int32(clamping: set)
    addressLength = length
    self.lead = lead
    self.isEncoded = isEncoded
    self.actions = actions
  }

  /// Creates the place of an element and of its address, which is a string.
  init?(inSet set: Int, address: Value, element: Value, actions: TFActions) {
    let node = address.node
    self.init(
      inSet: set, element: element.node.start, address: node.start..<node.end,
      isEncoded: node.isEncoded,
      actions: actions)
  }

  var start: Int { Int(offset) }
  /// Where its address ends, behind the quote.
  var end: Int { start + Int(addressLength) }
  /// Where its element begins.
  var element: Int { start - Int(lead) }
  /// Where the text of its address stands.
  var address: TextPlace {
    TextPlace(offset: 1, length: addressLength - 2, isEncoded: isEncoded)
  }

  /// Whether the plan makes or changes what it ends with.
  func isNew(_ view: PlanView) -> Bool {
    view == .after && !actions.isDisjoint(with: [.create, .update])
  }

  /// Where the text of a value stands, without its quotes.
  func text(_ value: Value) -> TextPlace? {
    let node = value.node
    let quote = node.kind == .string ? 1 : 0
    return TextPlace(
      node.start + quote..<node.end - quote, from: start, isEncoded: node.isEncoded)
  }
}

/// The peer of an entry that was left in the plan.
struct TFPlacedPeer {
  /// Where its text is counted from.
  var start: Int
  var kind: TFPlainRule.PeerKind
  var text: TextPlace
  /// The addresses, where it is an IPv4 block; where it is an IPv6 block or an id, the first one is its number in
  /// the plan's text.
  var v4: IPv4Range

  /// The number of an IPv6 block or an id.
  var number: Int { Int(v4.lower) }
}

extension TFPlainRule.PeerKind {
  /// How it shows in how an entry reads; what is known only after apply is a group.
  var inOrigin: OriginPlaces.PeerKind {
    switch self {
    case .v4, .v6: .block
    case .prefixList: .prefixList
    case .group, .unknown: .securityGroup
    case .itself: .itself
    }
  }
}

/// The text of a plan, read again where something is asked of what was left in it.
final class TFPlanText {
  /// The texts of origins.
  let texts: TextSource
  let bytes: SourceBytes
  private let document: Document
  private let source: Int32
  /// The regions that what was left names, from number 1 on.
  private var regions: [String] = []
  private var numberOfRegion: [String: UInt16] = [:]
  /// The one that was asked for last: neighbours mostly share theirs.
  private var lastRegion: UInt16 = 0
  /// The names of rules that have some.
  private(set) var names: [TFRuleNames] = []
  /// What plain groups say of themselves.
  var heads = TFGroupHeads()
  /// The IPv6 blocks of peers, which are twice as long as others and rare.
  private var v6Blocks: [IPv6Range] = []
  /// The ids of groups and prefix lists, of which many are named more than once.
  private var ids: TextTable
  /// How elements that were read again are written.
  private var shapes: JSONShapes?
  private let touched: TouchedPages

  /// Creates the text of the plan in `bytes`, the file with that number; ids are told apart by hashes made with
  /// `hash`.
  init(_ bytes: SourceBytes, source: Int32, hash: TFTextHash) {
    self.bytes = bytes
    ids = TextTable(hash: hash)
    touched = TouchedPages(bytes)
    document = Document(bytes: bytes.buffer, source: source)
    self.source = source
    texts = TextSource(bytes) { buffer, range, isEncoded in
      Self.text(buffer, range, isEncoded: isEncoded)
    }
  }

  /// The text of a string without its quotes; nothing of one that has changed since it was checked.
  private static func text(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, isEncoded: Bool
  ) -> String {
    let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard isEncoded else { return String(decoding: raw, as: UTF8.self) }
    var reader = JSONReader(bytes)
    reader.seek(to: range.lowerBound - 1)
    guard (try? reader.string()) != nil, reader.position == range.upperBound + 1 else { return "" }
    return JSONText.decode(raw)
  }

  // MARK: Numbers

  /// The name of a region by its number.
  func region(_ number: UInt16) -> String? { number == 0 ? nil : regions[Int(number) - 1] }

  /// The number of a region; nothing where there are too many.
  func number(ofRegion name: String) -> UInt16? {
    if lastRegion > 0, regions[Int(lastRegion) - 1] == name { return lastRegion }
    if let known = numberOfRegion[name] {
      lastRegion = known
      return known
    }
    guard let number = UInt16(exactly: regions.count + 1) else { return nil }
    regions.append(name)
    numberOfRegion[name] = number
    return number
  }

  /// Keeps the names of a rule, and returns their number.
  func add(_ names: TFRuleNames) -> Int32 {
    self.names.append(names)
    return Int32(clamping: self.names.count - 1)
  }

  /// Keeps an IPv6 block, and returns its number, as the address of a peer.
  private func add(_ block: IPv6Range) -> IPv4Range {
    v6Blocks.append(block)
    return Self.address(number: v6Blocks.count - 1)
  }

  /// A number, as the address of a peer.
  static func address(number: Int) -> IPv4Range {
    IPv4Range(address: UInt32(clamping: number), length: 32) ?? .all
  }

  /// The number of an id, which is kept, by its text.
  func number(ofID text: UnsafeRawBufferPointer) -> Int { ids.number(of: text) }

  /// The number of an id by the value that it is.
  func number(ofID value: Value) -> Int {
    guard value.node.isEncoded else { return number(ofID: value.rawBytes) }
    var text = value.text
    return text.withUTF8 { number(ofID: UnsafeRawBufferPointer($0)) }
  }

  /// An id by its number.
  func id(_ number: Int) -> String { ids[number] }

  /// The address of a peer that is a block, or else the number of its id.
  func address(of block: CIDR.Block?, id: @autoclosure () -> Int) -> IPv4Range {
    switch block {
    case .v4(let range)?: range
    case .v6(let range)?: add(range)
    case nil: Self.address(number: id())
    }
  }

  /// The numbers that things have in a text that took in another one.
  struct Numbers {
    /// Of regions and ids, by their numbers in the other.
    var regions: [UInt16]
    var ids: [Int]
    /// Of the first names and the first IPv6 block of the other.
    var firstNames: Int32
    var firstV6Block: Int

    /// The address of a peer, which is a number where it is an IPv6 block or an id.
    func moved(_ v4: IPv4Range, _ kind: TFPlainRule.PeerKind) -> IPv4Range {
      switch kind {
      case .v6: TFPlanText.address(number: Int(v4.lower) + firstV6Block)
      case .group, .prefixList: TFPlanText.address(number: ids[Int(v4.lower)])
      case .v4, .itself, .unknown: v4
      }
    }
  }

  /// Takes in what has numbers in another text of the same plan; nothing where there are too many.
  func take(_ other: TFPlanText) -> Numbers? {
    var numbers: [UInt16] = [0]
    for name in other.regions {
      guard let number = number(ofRegion: name) else { return nil }
      numbers.append(number)
    }
    let ids = self.ids.take(other.ids)
    let first = (names: Int32(clamping: names.count), v6: v6Blocks.count)
    for var name in other.names {
      if name.group >= 0 { name.group = Int32(clamping: ids[Int(name.group)]) }
      names.append(name)
    }
    v6Blocks.append(contentsOf: other.v6Blocks)
    heads.append(other.heads)
    return Numbers(
      regions: numbers, ids: ids, firstNames: first.names, firstV6Block: first.v6)
  }

  // MARK: Reading

  /// The text at a place that is counted from `start`.
  func text(_ place: TextPlace, from start: Int) -> String {
    touched.touch(start)
    return texts.text(place.range(from: start), isEncoded: place.isEncoded)
  }

  /// As `address(of:)`, without counting what is read: for several threads at once.
  func readAddress(of place: TFPlace) -> String {
    texts.text(place.address.range(from: place.start), isEncoded: place.address.isEncoded)
  }

  /// The address of what stands at a place.
  func address(of place: TFPlace) -> String { text(place.address, from: place.start) }

  /// Where a resource stands: its address.
  func span(of place: TFPlace) -> SourceSpan {
    SourceSpan(source: source, start: place.start, end: place.end)
  }

  /// The span of a stretch of the plan.
  func span(_ range: Range<Int>) -> SourceSpan {
    SourceSpan(source: source, start: range.lowerBound, end: range.upperBound)
  }

  /// Where a peer stands, with its quotes; of one that is not known, where its entry does.
  func span(of peer: TFPlacedPeer) -> SourceSpan {
    let range = peer.text.range(from: peer.start)
    let quote = peer.kind == .itself || peer.kind == .unknown ? 0 : 1
    return span(range.lowerBound - quote..<range.upperBound + quote)
  }

  /// The addresses of a peer that is an IPv6 block.
  func v6(of peer: TFPlacedPeer) -> IPv6Range? {
    peer.kind == .v6 && peer.number < v6Blocks.count ? v6Blocks[peer.number] : nil
  }

  /// Lets go of how elements were written that were read again: hardly any is from now on.
  func forgetShapes() { shapes = nil }

  /// The element at a place, read again; valid until another one is.
  func element(at place: TFPlace) -> Value? {
    var reader = JSONReader(bytes.buffer)
    touched.touch(place.element)
    reader.seek(to: place.element)
    let shapes = shapes ?? JSONShapes()
    self.shapes = shapes
    return (try? reader.value(in: document, shapes)) ?? nil
  }

  /// The key of the instance that stands at a place.
  func key(at place: TFPlace) -> TFKey? {
    element(at: place)?["index"].flatMap { TFKey($0) }
  }
}

extension TFKey {
  /// Reads the key of an instance; nothing where it has none.
  init?(_ index: Value) {
    if index.isNull { return nil }
    guard index.kind == .number else {
      self = .text(index.text)
      return
    }
    guard let number = index.integer else { return nil }
    self = .number(number)
  }
}

/// A resource that was left in the plan, made for who asks for it.
class TFPlacedResource: TFResource {
  let text: TFPlanText
  let place: TFPlace
  private var knownAddress: String?

  init(_ place: TFPlace, in set: TFResourceSet, _ text: TFPlanText) {
    self.place = place
    self.text = text
    super.init(
      address: "", set: set, key: nil, actions: place.actions,
      region: text.region(place.region), span: text.span(of: place), before: nil, after: nil)
  }

  override var address: String {
    if let knownAddress { return knownAddress }
    let address = text.address(of: place)
    knownAddress = address
    return address
  }
  override var key: TFKey? { text.key(at: place) }

  /// The same resource, kept as others are.
  var whole: TFResource {
    TFResource(
      address: address, set: self.set, key: key, actions: actions, region: region, span: span,
      before: before, after: after)
  }
}
