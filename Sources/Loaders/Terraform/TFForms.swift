import SGModel

/// How a change of a plan is written: which values of an element of one shape say what is kept of it.
///
/// Whether a rule or an interface is plain depends on what stands between its values, which is the same for all
/// elements of a shape, and on its values. So the first one of a shape is looked at as any resource is; of the
/// others only the values are looked at, in their places. Where a value is unusual nothing is taken, and the
/// element is looked at as any resource is.
///
/// A class, so that it is passed on without its lists being counted.
final class TFChangeForm: TFForm {
  /// What the change is about.
  enum Body {
    /// A rule, as it is afterwards or was when it was removed, and as it was before if that is another.
    case rule(TFRuleForm, before: TFRuleForm?)
    case interface(TFInterfaceForm)
  }

  /// The values of a change that say what it is and what it does.
  struct Head {
    var address: Value
    var name: Value
    var type: Value
    var module: Value?
    var mode: Value?
    /// Values that every change of the form has to repeat.
    var fixed: [Value]
    var actions: TFActions
    /// The two sides of a change that is one only where they are written alike.
    var same: (before: Value, after: Value)?
  }

  /// What its set is known by; a value that is not written is nothing.
  let name: Int
  let type: Int
  let module: Int?
  let mode: Int?
  let address: Int
  let actions: TFActions
  let body: Body
  private let fixed: TFFixedValues
  /// Values that are the same on both sides of a change.
  private let pairs: [(before: Int, after: Int)]

  /// Creates the form of the element of that shape in the document that `shapes` has filled; nothing where other
  /// values than these have a say.
  init?(_ head: Head, _ body: Body, _ values: TFFormValues) {
    // Names may be written as numbers, which have no quotes to leave out.
    let texts = [head.address, head.name, head.type, head.module, head.mode].compactMap { $0 }
    guard (texts + head.fixed).allSatisfy({ $0.kind == .string }) else { return nil }
    guard let address = values.place(head.address), let name = values.place(head.name),
      let type = values.place(head.type), let module = values.place(ifAny: head.module),
      let mode = values.place(ifAny: head.mode)
    else { return nil }
    guard let fixed = TFFixedValues(head.fixed + (head.mode.map { [$0] } ?? []), values) else {
      return nil
    }
    var pairs: [(before: Int, after: Int)] = []
    if let same = head.same {
      let before = values.places(in: same.before)
      let after = values.places(in: same.after)
      guard before.count == after.count else { return nil }
      pairs = zip(before, after).map { (before: $0, after: $1) }
    }
    self.address = address
    self.name = name
    self.type = type
    self.module = module
    self.mode = mode
    self.fixed = fixed
    self.pairs = pairs
    self.body = body
    actions = head.actions
  }

  /// Whether an element has the values that all of this form have.
  func fits(_ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard fixed.fit(parts, bytes) else { return false }
    for pair in pairs {
      let (before, after) = (parts[pair.before], parts[pair.after])
      guard
        JSONBytes.isSame(
          bytes.part(before.start..<before.end), bytes.part(after.start..<after.end))
      else { return false }
    }
    return true
  }

  /// Where an element of this form stands that begins at `element`; nothing where its address is too long.
  func place(
    _ parts: UnsafePointer<JSONShapes.Part>, from element: Int, in set: TFResourceSet,
    _ actions: TFActions
  ) -> TFPlace? {
    let head = parts[address]
    return TFPlace(
      inSet: set.number, element: element, address: head.start..<head.end,
      isEncoded: head.isEncoded,
      actions: actions)
  }
}

/// Strings that have to be in an element of a form what they were in the first one.
struct TFFixedValues {
  private var values: [(value: Int, count: Int)] = []
  /// The texts of all of them, one behind the other: to go through lists of their own would count each of these.
  private var texts: [UInt8] = []

  /// Notes these strings; nothing where one has escapes, or has no place.
  init?(_ strings: [Value], _ values: TFFormValues) {
    for string in strings {
      guard string.kind == .string, !string.node.isEncoded, let place = values.place(string) else {
        return nil
      }
      self.values.append((place, string.rawBytes.count))
      texts += string.rawBytes
    }
  }

  /// Whether an element has them.
  func fit(_ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    texts.withUnsafeBytes { texts in
      var start = 0
      for (value, count) in values {
        let part = parts[value]
        let text = texts.part(start..<start + count)
        guard !part.isEncoded, JSONBytes.isSame(bytes.part(part.text), text) else { return false }
        start += count
      }
      return true
    }
  }
}

/// A form in which elements of one shape can be.
protocol TFForm {
  /// Whether an element has the values that all of this form have.
  func fits(_ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer) -> Bool
}

/// Where the values stand of the element of a shape in the document that a form is made of.
struct TFFormValues {
  let shapes: JSONShapes
  let shape: Int

  /// The number of a value among those of the shape; nothing where it is none of them.
  func place(_ value: Value) -> Int? { shapes.value(ofNode: value.index, of: shape) }

  /// As `place`: nothing inside of nothing where there is a value, and it has no place.
  func place(ifAny value: Value?) -> Int?? {
    guard let value else { return .some(nil) }
    return place(value).map { .some($0) }
  }

  /// Where the value with that number stands.
  func part(_ number: Int) -> JSONShapes.Part { shapes.values[number] }

  /// The numbers of all values in an array or object.
  func places(in value: Value) -> [Int] {
    (value.index..<value.node.next).compactMap { shapes.value(ofNode: $0, of: shape) }
  }
}

/// Where what is there already says its region.
private struct TFRegionForm {
  private let region: Int?
  private let arn: Int?

  init?(region: Value?, arn: Value?, _ values: TFFormValues) {
    guard [region, arn].allSatisfy({ $0.map { $0.kind == .string } ?? true }),
      let region = values.place(ifAny: region), let arn = values.place(ifAny: arn)
    else {
      return nil
    }
    self.region = region
    self.arn = arn
  }

  /// The number of the region, 0 where none is said; nothing where that is written in an unusual way.
  func number(
    _ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer, _ text: TFPlanText
  ) -> UInt16? {
    if let region {
      let part = parts[region]
      guard !part.isEncoded, !part.text.isEmpty else { return nil }
      return text.number(ofRegion: String(decoding: bytes.part(part.text), as: UTF8.self))
    }
    guard let arn else { return 0 }
    let part = parts[arn]
    guard !part.isEncoded else { return nil }
    guard let name = TFPlanReader.region(ofARN: bytes.part(part.text)) else { return 0 }
    return text.number(ofRegion: name)
  }
}

/// Which values say what is kept of one side of a rule.
struct TFRuleForm {
  private let isLegacy: Bool
  /// The direction, where it is no part of the type.
  private let direction: Int?
  private let proto: Int
  private let from: Int?
  private let to: Int?
  private let peer: Int?
  private let attribute: TFPeerAttribute
  private let note: Int?
  private let id: Int?
  private let group: Int?
  private let isGroupUnknown: Bool
  private let region: TFRegionForm

  /// Creates the form of a side of a plain rule; nothing where other values than these have a say.
  init?(_ side: TFPlainSide, _ set: TFResourceSet, _ values: TFFormValues) {
    // What is `true` is no value of a shape.
    guard side.peerKind != .itself else { return nil }
    guard let written = side.proto, let proto = values.place(written),
      let from = values.place(ifAny: side.fromPort), let to = values.place(ifAny: side.toPort),
      let peer = values.place(ifAny: side.peer), let note = values.place(ifAny: side.note),
      let id = values.place(ifAny: side.id),
      let group = values.place(ifAny: side.isGroupUnknown ? nil : side.group),
      let direction = values.place(ifAny: side.type),
      let region = TFRegionForm(region: side.region, arn: side.arn, values)
    else { return nil }
    isLegacy = set.ruleKind == .legacy
    guard isLegacy == (direction != nil) else { return nil }
    self.direction = direction
    self.proto = proto
    self.from = from
    self.to = to
    self.peer = peer
    attribute = side.attribute
    self.note = note
    self.id = id
    self.group = group
    isGroupUnknown = side.isGroupUnknown
    self.region = region
  }

  /// The rule of an element at `place` whose values are `parts`; nothing where a value of it is unusual.
  func rule(
    _ parts: UnsafePointer<JSONShapes.Part>, at place: TFPlace, in set: TFResourceSet,
    _ bytes: UnsafeRawBufferPointer, _ planText: TFPlanText
  ) -> TFPlainRule? {
    func text(_ part: JSONShapes.Part) -> UnsafeRawBufferPointer {
      bytes.part(part.text)
    }
    func textPlace(_ value: Int) -> TextPlace? {
      TextPlace(parts[value].text, from: place.start, isEncoded: parts[value].isEncoded)
    }
    guard isLegacy == (set.ruleKind == .legacy), set.isRule, !parts[proto].isEncoded,
      let choice = TFPlainSide.protocolChoice(text(parts[proto]))
    else { return nil }
    var isEgress = set.ruleKind == .egress
    if let direction {
      let written = parts[direction]
      guard !written.isEncoded else { return nil }
      if text(written).elementsEqual("egress".utf8) {
        isEgress = true
      } else if !text(written).elementsEqual("ingress".utf8) {
        return nil
      }
    }
    func port(_ value: Int?) -> Int?? {
      guard let value else { return .some(nil) }
      let text = bytes.part(parts[value].start..<parts[value].end)
      // All types and codes of ICMP.
      if text.count == 2, text[0] == UInt8(ascii: "-"), text[1] == UInt8(ascii: "1") { return -1 }
      return JSONText.shortInteger(text).map { .some($0) }
    }
    guard let first = port(from), let last = port(to),
      let services = TFPlainSide.services(choice, first, last),
      let region = region.number(parts, bytes, planText)
    else { return nil }
    var rule = TFPlainRule(
      place, isEgress: isEgress, isLegacy: isLegacy, services: services, attribute: attribute,
      isGroupUnknown: isGroupUnknown)
    rule.place.region = region
    if let peer {
      guard let place = textPlace(peer),
        let (kind, block) = TFPlainSide.peer(
          text(parts[peer]), isEncoded: parts[peer].isEncoded, attribute),
        rule.take(kind, at: place)
      else { return nil }
      // An id with escapes is looked at as any resource is.
      guard block != nil || !parts[peer].isEncoded else { return nil }
      rule.v4 = planText.address(of: block, id: planText.number(ofID: text(parts[peer])))
    }
    if let note {
      guard let place = textPlace(note), rule.take(note: place) else { return nil }
    }
    var names = TFRuleNames()
    if let id {
      guard let place = textPlace(id) else { return nil }
      names.id = place
    }
    if let group {
      guard !parts[group].isEncoded else { return nil }
      names.group = Int32(clamping: planText.number(ofID: text(parts[group])))
    }
    planText.add(names, to: &rule)
    return rule
  }
}

/// Which values say what is kept of a network interface.
struct TFInterfaceForm {
  private let isUnknown: Bool
  private let ids: [Int]
  /// Texts by which an interface of PNI is known.
  private let marks: [Int]
  private let region: TFRegionForm

  /// Creates the form of an interface that is plain, with these values; nothing where other values have a say.
  init?(isUnknown: Bool, values: Value, _ places: TFFormValues) {
    var ids: [Int] = []
    if !isUnknown, let list = values["security_groups"], list.isArray {
      for element in list.elements {
        guard let place = places.place(element) else { return nil }
        ids.append(place)
      }
    }
    var marks: [Int] = []
    for mark in TFPlainInterface.marks(of: values) {
      // A number is no mark.
      guard let mark, mark.kind == .string else { continue }
      guard let place = places.place(mark) else { return nil }
      marks.append(place)
    }
    func known(_ value: Value?) -> Value? { value.flatMap { $0.isNull ? nil : $0 } }
    guard
      let region = TFRegionForm(
        region: known(values["region"]), arn: known(values["arn"]), places)
    else { return nil }
    self.isUnknown = isUnknown
    self.ids = ids
    self.marks = marks
    self.region = region
  }

  /// The interface of an element at `place` whose values are `parts`, and the numbers of the ids of its groups;
  /// nothing where a value of it is unusual.
  func interface(
    _ parts: UnsafePointer<JSONShapes.Part>, at place: TFPlace,
    _ bytes: UnsafeRawBufferPointer, _ planText: TFPlanText
  ) -> (TFPlainInterface, ids: [Int32])? {
    for mark in marks {
      let part = parts[mark]
      guard
        !TFPlainInterface.mayBeOfPNI(bytes.part(part.text), isEncoded: part.isEncoded)
      else { return nil }
    }
    var place = place
    guard let number = region.number(parts, bytes, planText) else { return nil }
    place.region = number
    var numbers: [Int32] = []
    for id in ids {
      let part = parts[id]
      let text = bytes.part(part.text)
      guard !part.isEncoded, TFPlainInterface.isPlainID(text) else { return nil }
      numbers.append(Int32(clamping: planText.number(ofID: text)))
    }
    return (TFPlainInterface(place: place, isUnknown: isUnknown), numbers)
  }
}

/// The forms of elements that were met, by their shapes.
///
/// What is done to elements, and what of them is secret, may be written with the same bytes between the values: so
/// those of one shape can have several forms.
struct TFForms<Form: TFForm> {
  private static var formLimit: Int { 4 }
  private static var lookLimit: Int { 8 }

  /// Room for `formLimit` forms of each shape: a list for each would be counted for each element.
  private var forms: [Form?] = []
  /// How many forms of a shape are known, and how often an element of it was looked at for its form.
  private var counts: [(forms: Int, looks: Int)] = []
  private var generation = 0

  /// Forgets the forms of shapes that `shapes` has forgotten.
  mutating func follow(_ shapes: JSONShapes) {
    guard generation != shapes.generation else { return }
    generation = shapes.generation
    forms.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
  }

  /// The form of an element of a shape with these values.
  func form(
    of shape: Int, _ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer
  ) -> Form? {
    guard counts.indices.contains(shape) else { return nil }
    let first = shape * Self.formLimit
    for index in first..<first + counts[shape].forms {
      if let form = forms[index], form.fits(parts, bytes) { return form }
    }
    return nil
  }

  /// Whether it is of use to say what form elements of a shape have.
  func wants(_ shape: Int) -> Bool {
    guard counts.indices.contains(shape) else { return true }
    return counts[shape].forms < Self.formLimit && counts[shape].looks < Self.lookLimit
  }

  /// Notes the form of the elements of a shape that is wanted, or that one has none.
  mutating func note(_ form: Form?, of shape: Int) {
    guard wants(shape) else { return }
    while counts.count <= shape {
      counts.append((forms: 0, looks: 0))
      forms += repeatElement(nil, count: Self.formLimit)
    }
    counts[shape].looks += 1
    guard let form else { return }
    forms[shape * Self.formLimit + counts[shape].forms] = form
    counts[shape].forms += 1
  }
}
