import SGModel

/// How a plain rule that a plan makes is written: which values of an element of one shape say what is kept
/// of it.
///
/// Whether a rule is plain depends on what stands between its values, which is the same for all elements of
/// a shape, and on its values. So the first rule of a shape is looked at as any resource is; of the others
/// only the values are looked at, in their places. Where a value is unusual nothing is taken, and the rule
/// is looked at as any resource is.
///
/// A class, so that it is passed on without its lists being counted.
final class TFRuleForm {
  /// A value that has to be what it was in the first rule.
  struct Fixed {
    var value: Int
    var text: [UInt8]
  }

  /// Values that are the same for all rules of this form.
  private let fixed: [Fixed]
  /// What its set is known by; a value that is not written is nothing.
  let name: Int
  let type: Int
  let module: Int?
  let mode: Int?
  let address: Int
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

  /// The values of a change that say what it is and what it does.
  struct Head {
    var address: Value
    var name: Value
    var type: Value
    var module: Value?
    var mode: Value?
    /// Values that every rule of the form has to repeat.
    var fixed: [Value]
  }

  /// Creates the form of a plain rule, which is the element of that shape in the document that `shapes` has
  /// filled; nothing where other values than these have a say.
  init?(
    _ head: Head, _ side: TFPlainSide, _ set: TFResourceSet, _ shapes: JSONShapes, _ shape: Int
  ) {
    // The names of things know a region, and what is `true` is no value of a shape.
    guard side.region == nil, side.arn == nil, side.peerKind != .itself else { return nil }
    // Names may be written as numbers, which have no quotes to leave out.
    let texts = [head.address, head.name, head.type, head.module, head.mode].compactMap { $0 }
    guard (texts + head.fixed).allSatisfy({ $0.kind == .string }) else { return nil }
    func place(_ value: Value) -> Int? { shapes.value(ofNode: value.index, of: shape) }
    /// Nothing inside of nothing: there is a value, and it has no place.
    func place(_ value: Value?) -> Int?? {
      guard let value else { return .some(nil) }
      return shapes.value(ofNode: value.index, of: shape).map { .some($0) }
    }
    guard let address = place(head.address), let name = place(head.name),
      let type = place(head.type), let module = place(head.module), let mode = place(head.mode),
      let written = side.proto, let proto = place(written), let from = place(side.fromPort),
      let to = place(side.toPort), let peer = place(side.peer), let note = place(side.note),
      let id = place(side.id),
      let group = place(side.isGroupUnknown ? nil : side.group),
      let direction = place(side.type)
    else { return nil }
    isLegacy = set.ruleKind == .legacy
    guard isLegacy == (direction != nil) else { return nil }
    var fixed: [Fixed] = []
    for value in head.fixed + (head.mode.map { [$0] } ?? []) {
      guard let place = place(value), !value.node.isEncoded else { return nil }
      fixed.append(Fixed(value: place, text: Array(value.rawBytes)))
    }
    self.fixed = fixed
    self.address = address
    self.name = name
    self.type = type
    self.module = module
    self.mode = mode
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
  }

  /// Whether an element has the values that all rules of this form have.
  func fits(_ parts: UnsafePointer<JSONShapes.Part>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    for value in fixed {
      let part = parts[value.value]
      guard !part.isEncoded, part.text.count == value.text.count else { return false }
      let isSame = value.text.withUnsafeBytes { text in
        JSONBytes.isSame(bytes.part(part.text), text)
      }
      guard isSame else { return false }
    }
    return true
  }

  /// The rule of an element that begins at `element` and whose values are `parts`; nothing where a value
  /// of it is unusual.
  func rule(
    _ parts: UnsafePointer<JSONShapes.Part>, from element: Int, in set: TFResourceSet,
    _ bytes: UnsafeRawBufferPointer, _ planText: TFPlanText
  ) -> TFPlainRule? {
    let head = parts[address]
    let start = head.start
    func text(_ part: JSONShapes.Part) -> UnsafeRawBufferPointer {
      bytes.part(part.text)
    }
    func place(_ value: Int) -> TextPlace? {
      TextPlace(parts[value].text, from: start, isEncoded: parts[value].isEncoded)
    }
    guard isLegacy == (set.ruleKind == .legacy), set.isRule,
      let at = TFPlace(
        set, element: element, address: start..<head.end, isEncoded: head.isEncoded,
        actions: .create),
      !parts[proto].isEncoded,
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
    var first: Int?
    var last: Int?
    if let from {
      guard let number = JSONText.shortInteger(bytes.part(parts[from].start..<parts[from].end))
      else {
        return nil
      }
      first = number
    }
    if let to {
      guard let number = JSONText.shortInteger(bytes.part(parts[to].start..<parts[to].end)) else {
        return nil
      }
      last = number
    }
    guard let services = TFPlainSide.services(choice, first, last) else { return nil }
    var rule = TFPlainRule(
      at, isEgress: isEgress, isLegacy: isLegacy, services: services, attribute: attribute,
      isGroupUnknown: isGroupUnknown)
    if let peer {
      guard let place = place(peer),
        let (kind, block) = TFPlainSide.peer(
          text(parts[peer]), isEncoded: parts[peer].isEncoded, attribute),
        rule.take(kind, at: place)
      else { return nil }
      // An id with escapes is looked at as any resource is.
      guard block != nil || !parts[peer].isEncoded else { return nil }
      rule.v4 = planText.address(of: block, id: planText.number(ofID: text(parts[peer])))
    }
    if let note {
      guard let place = place(note), rule.take(note: place) else { return nil }
    }
    var names = TFRuleNames()
    if let id {
      guard let place = place(id) else { return nil }
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

/// The forms of rules that were met, by the shapes of their elements.
struct TFRuleForms {
  private enum Known {
    /// No rule of that shape was looked at.
    case nothing
    /// What was looked at was no rule that a form can be made of.
    case never
    case form(TFRuleForm)
  }

  private var known: [Known] = []
  private var generation = 0

  /// Forgets the forms of shapes that `shapes` has forgotten.
  mutating func follow(_ shapes: JSONShapes) {
    guard generation != shapes.generation else { return }
    generation = shapes.generation
    known.removeAll(keepingCapacity: true)
  }

  /// The form of the rules of a shape.
  subscript(shape: Int) -> TFRuleForm? {
    guard known.indices.contains(shape), case .form(let form) = known[shape] else { return nil }
    return form
  }

  /// Whether it is of use to say what form rules of a shape have.
  func wants(_ shape: Int) -> Bool {
    guard known.indices.contains(shape), case .nothing = known[shape] else {
      return shape >= known.count
    }
    return true
  }

  /// Notes the form of the rules of a shape, or that there is none.
  mutating func note(_ form: TFRuleForm?, of shape: Int) {
    while known.count <= shape { known.append(.nothing) }
    known[shape] = form.map { .form($0) } ?? .never
  }
}
