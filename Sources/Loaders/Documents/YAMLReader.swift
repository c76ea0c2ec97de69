internal import CLibYAML

/// Reads YAML streams into located trees, one per document.
///
/// libyaml does the scanning; what is added here is what a linter needs and a configuration library
/// does not: the byte where every token stands, keys that occur once, aliases that cannot explode,
/// and no meaning that a scalar does not have in its own field. A plain scalar stays the text it is
/// written as: `no` is not false, `0443` is not 291 and `22:22` is not 1342; whoever reads the field
/// decides.
///
/// - A key is a scalar and occurs once in its mapping, however it is quoted.
/// - An alias is replaced by a copy of what it stands for; the copy keeps the place of the original.
/// - A merge key `<<` adds the members that the mapping does not have itself; of several merged
///   mappings the first wins.
/// - Tags other than those of the core schema are refused; nothing is ever constructed from a tag.
package enum YAMLReader {
  /// How deep mappings and sequences may be nested.
  static let depthLimit = 512
  /// How many nodes the aliases of one file may add.
  static let aliasLimit = 100_000
  /// How large a file may be.
  static let sizeLimit = 1 << 30

  /// Returns the documents of a stream of UTF-8, with or without a byte order mark.
  ///
  /// A stream of nothing but comments has no documents; an empty document behind `---` has one null.
  /// The documents point into `bytes`.
  ///
  /// - Complexity: O(*n*) in the number of bytes and of nodes that aliases add.
  package static func documents(
    in bytes: UnsafeRawBufferPointer, source: Int32
  ) throws(SyntaxError) -> [Document] {
    guard bytes.count <= sizeLimit else {
      throw SyntaxError(message: "the file is larger than \(sizeLimit >> 20) MB", offset: 0)
    }
    var builder = try YAMLTreeBuilder(bytes, source: source)
    return try builder.run() ?? []
  }

  /// Returns the documents of a stream, without the elements of those lists that `taker` wants: it is given
  /// them one by one, in the order of the file, so that a long list never is in memory as a whole.
  ///
  /// Where something of the stream may speak of an element again, which only anchors can do, or says how its
  /// tags are to be read, there is no result: what the taker was given is to be forgotten, and the stream to
  /// be read as a whole.
  static func documents(
    in bytes: UnsafeRawBufferPointer, source: Int32, handing taker: any YAMLElementTaker
  ) throws(SyntaxError) -> [Document]? {
    guard bytes.count <= sizeLimit else { return nil }
    var builder = try YAMLTreeBuilder(bytes, source: source, taker)
    return try builder.run()
  }

  /// Returns the documents of a stream as `documents(in:source:handing:)` does, without the elements in `gap`,
  /// which `taker` is asked to take from somebody else.
  ///
  /// Only where there are documents is that what the stream says; whatever is unusual, faults too, is for a
  /// reader that leaves nothing out.
  static func documents(
    in bytes: UnsafeRawBufferPointer, source: Int32, handing taker: any YAMLElementTaker,
    leavingOut gap: YAMLGap
  ) -> YAMLOutcome {
    guard bytes.count <= sizeLimit,
      var builder = try? YAMLTreeBuilder(bytes, source: source, taker, leavingOut: gap)
    else { return .undecided }
    do throws(SyntaxError) {
      if let documents = try builder.run() { return .documents(documents) }
    } catch {
      return .undecided
    }
    return builder.hasAnchors ? .anchored : .undecided
  }

  /// Hands over elements of the list that goes on behind `gap`, as long as `taker` wants them; returns where
  /// the first begins that it was not given or did not want, and nothing where no such list goes on there.
  ///
  /// That an element begins there is certain, also where it has a fault.
  static func elements(
    in bytes: UnsafeRawBufferPointer, source: Int32, handing taker: any YAMLElementTaker,
    behind gap: YAMLGap
  ) -> YAMLElementPlace? {
    guard bytes.count <= sizeLimit,
      var builder = try? YAMLTreeBuilder(bytes, source: source, taker, leavingOut: gap)
    else { return nil }
    return builder.runBehindGap()
  }

  /// Reads an element of a list again, as a list of one element in a document of its own; nothing where it
  /// is none.
  ///
  /// `range` begins with the line that has the element's hyphen and ends where the element ends. That is all
  /// the element needs to mean what it means in its list, as long as the stream has neither anchors nor
  /// directives (those that were handed to a taker have none), and its last scalar is no block scalar.
  static func element(
    at range: Range<Int>, in bytes: UnsafeRawBufferPointer, source: Int32
  ) -> (document: Document, value: Value)? {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count,
      var builder = try? YAMLTreeBuilder(bytes, source: source, range: range),
      let documents = try? builder.run(), documents.count == 1, let document = documents.first,
      let root = document.root, root.isArray
    else { return nil }
    var elements = root.elements
    guard let value = elements.next(), elements.next() == nil else { return nil }
    return (document, value)
  }
}

/// Takes the elements of long lists one by one.
protocol YAMLElementTaker: AnyObject {
  /// Begins the list under that key of the outermost mapping; returns whether its elements are wanted.
  func begin(listUnder key: Value) -> Bool
  /// Takes the next element of that list, which is valid during the call; returns whether it did.
  @discardableResult
  func take(_ element: Value) -> Bool
  /// Takes the next elements of that list, which were left out, from whoever has read them; returns whether
  /// it did.
  func takeLeftOut() -> Bool
}

extension YAMLElementTaker {
  func takeLeftOut() -> Bool { false }
}

/// Elements of a list in block style that a reader of the list leaves out, from one line with a hyphen to
/// another.
///
/// All such lines begin with the same white space, a hyphen and a space. This is all that libyaml looks at
/// before it has left everything that ended there and has come to the hyphen; so what it makes of the text before
/// the gap is the same with the text behind it as with that in it. And what it makes of an element depends on
/// nothing before the hyphen but where in the line that stands, as long as there are no anchors and no `%TAG`.
/// Whether lists and elements are where they seem to be is what the reader has to see.
struct YAMLGap {
  /// Where the line begins that has the first hyphen.
  let start: Int
  /// Returns where to go on, or nothing where nothing is to be left out; called when the reader has come to
  /// the start.
  let resume: () -> YAMLElementPlace?
}

/// Where an element of a list in block style begins.
struct YAMLElementPlace: Equatable {
  /// Where the line begins on which there is nothing before the element but white space and its hyphen.
  var line: Int
  /// Where the element itself begins, or its tag.
  var node: Int

  /// Creates the place of an element by where it itself begins; nothing where it does not stand like that.
  init?(node: Int, in bytes: UnsafeRawBufferPointer) {
    guard node <= bytes.count else { return nil }
    var place = node
    while place > 0, bytes[place - 1] == UInt8(ascii: " ") { place -= 1 }
    guard place < node, place > 0, bytes[place - 1] == UInt8(ascii: "-") else { return nil }
    place -= 1
    while place > 0, bytes[place - 1] == UInt8(ascii: " ") { place -= 1 }
    guard place > 0, bytes[place - 1] == 0x0A else { return nil }
    line = place
    self.node = node
  }
}

/// What came of reading with a gap.
enum YAMLOutcome {
  /// What the stream says.
  case documents([Document])
  /// There is an anchor or a `%TAG` line: the stream has to be read as a whole.
  case anchored
  /// What the stream says has to be found out without a gap.
  case undecided
}

/// What libyaml is given to read where a stretch may be left out.
private final class YAMLInput {
  private let bytes: UnsafeRawBufferPointer
  private let gap: YAMLGap
  private var position: Int
  private var isBehindGap = false
  /// Where reading went on behind the gap, if it was passed.
  private(set) var resumed: YAMLElementPlace?

  init(_ bytes: UnsafeRawBufferPointer, from position: Int, _ gap: YAMLGap) {
    self.bytes = bytes
    self.gap = gap
    self.position = position
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if !isBehindGap, position >= gap.start {
      isBehindGap = true
      resumed = gap.resume()
      if let resumed { position = resumed.line }
    }
    let end = isBehindGap ? bytes.count : min(gap.start, bytes.count)
    let count = max(0, min(buffer.count, end - position))
    buffer.copyMemory(from: bytes.part(position..<position + count))
    position += count
    return count
  }
}

/// The events of libyaml.
///
/// Owns the parser and the event. Both are on the heap: the parser keeps a pointer to itself and
/// must not move.
private struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  let event: UnsafeMutablePointer<yaml_event_t>

  /// What is read where a stretch may be left out.
  private let input: YAMLInput?

  /// Creates a parser of `bytes` from `origin` on, which must outlive it; `gap` may be left out.
  init(
    _ bytes: UnsafeRawBufferPointer, from origin: Int, leavingOut gap: YAMLGap? = nil
  ) throws(SyntaxError) {
    input = gap.map { YAMLInput(bytes, from: origin, $0) }
    parser = .allocate(capacity: 1)
    event = .allocate(capacity: 1)
    event.initialize(to: yaml_event_t())
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      event.deallocate()
      throw SyntaxError(message: "there is not enough memory", offset: 0)
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    if let input {
      yaml_parser_set_input(
        parser,
        { input, buffer, size, count in
          guard let input, let count else { return 0 }
          count.pointee = Unmanaged<YAMLInput>.fromOpaque(input).takeUnretainedValue().read(
            into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
          return 1
        }, Unmanaged.passUnretained(input).toOpaque())
      return
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[origin...])
    yaml_parser_set_input_string(
      parser, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count)
  }

  /// Where reading went on behind the gap, if it was passed.
  var resumed: YAMLElementPlace? { input?.resumed }

  deinit {
    yaml_event_delete(event)
    yaml_parser_delete(parser)
    event.deallocate()
    parser.deallocate()
  }

  /// Goes to the next event; false where the text is not well formed.
  @inline(__always)
  func advance() -> Bool {
    yaml_event_delete(event)
    return yaml_parser_parse(parser, event) == 1
  }

  /// What libyaml says is wrong, and where: a mark, or an offset where it is about encoding.
  var problem:
    (text: String, context: String, mark: yaml_mark_t, contextMark: yaml_mark_t, byte: Int?)
  {
    let state = parser.pointee
    return (
      state.problem.map { String(cString: $0) } ?? "",
      state.context.map { String(cString: $0) } ?? "",
      state.problem_mark, state.context_mark,
      state.error == YAML_READER_ERROR ? Int(clamping: state.problem_offset) : nil
    )
  }
}

/// Turns the marks of libyaml, which count characters, into offsets of bytes by walking along.
///
/// Within a stretch of ASCII a character is a byte; only what lies between two stretches is looked at.
private struct MarkWalker {
  private let bytes: UnsafeRawBufferPointer
  let origin: Int
  /// A character, the byte where it begins, and a byte up to which all is ASCII from there.
  private var character = 0
  private var byte: Int
  private var plainEnd: Int

  /// How far a stretch of ASCII is looked for at once, so that going back and forth stays cheap.
  private static let stretch = 1 << 12

  /// Creates a walker over `bytes`, of which the first character is at `origin`.
  init(_ bytes: UnsafeRawBufferPointer, origin: Int) {
    self.bytes = bytes
    self.origin = origin
    byte = origin
    plainEnd = origin
  }

  /// Returns the offset of the character that `mark` is before.
  ///
  /// - Complexity: O(distance to the mark asked for last).
  @inline(__always)
  mutating func offset(of mark: yaml_mark_t) -> Int {
    let distance = mark.index - character
    if distance >= 0, distance < plainEnd - byte { return byte + distance }
    return walk(to: mark.index)
  }

  /// Returns the number of the character at `target`, which is not before the mark asked for last.
  func character(at target: Int) -> Int {
    character + bytes.part(byte..<max(byte, target)).count { $0 & 0xC0 != 0x80 }
  }

  /// Says that character number `character` is at `byte`, to go on from there.
  mutating func go(toCharacter character: Int, at byte: Int) {
    self.character = character
    self.byte = byte
    plainEnd = byte
  }

  private mutating func walk(to target: Int) -> Int {
    while character < target, byte < bytes.count {
      if bytes[byte] < 0x80 {
        let end = byte < plainEnd ? plainEnd : endOfASCII(from: byte)
        let steps = min(target - character, end - byte)
        byte += steps
        character += steps
      } else {
        byte += 1
        while byte < bytes.count, bytes[byte] & 0xC0 == 0x80 { byte += 1 }
        character += 1
      }
    }
    while character > target, byte > origin {
      byte -= 1
      while byte > origin, bytes[byte] & 0xC0 == 0x80 { byte -= 1 }
      character -= 1
    }
    plainEnd = endOfASCII(from: byte)
    return byte
  }

  /// The offset of the next byte that is not ASCII, or of one before it that is far away.
  private func endOfASCII(from start: Int) -> Int {
    let limit = min(bytes.count, start + Self.stretch)
    var offset = start
    while offset + 8 <= limit,
      bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      offset += 8
    }
    while offset < limit, bytes[offset] < 0x80 { offset += 1 }
    return offset
  }
}

/// Makes trees of events.
private struct YAMLTreeBuilder: ~Copyable {
  /// A mapping or sequence that has not ended.
  private struct Frame {
    var index: Int32
    var isObject: Bool
    var isFlow: Bool
    /// Whether a key is due.
    var wantsKey = true
    /// Whether the value that is due is the one of `<<`.
    var isMerging = false
  }

  /// Nodes that were taken out of a document; `next` counts from the first of them.
  private struct Fragment {
    var nodes: [Document.Node] = []
    var decoded: [Int: String] = [:]
  }

  private let bytes: UnsafeRawBufferPointer
  private let source: Int32
  private let events: YAMLEvents
  private var walker: MarkWalker
  private var documents: [Document] = []
  private var document: Document
  private var frames: [Frame] = []
  /// The values of `<<` in mappings that have not ended, with the depth of the mapping.
  private var merges: [(depth: Int, value: Fragment)] = []
  /// The node of each anchor; -1 where the node is no more, because it was merged into another.
  private var anchors: [String: Int32] = [:]
  private var anchorOrder: [(name: String, index: Int32)] = []
  private var aliasBudget = YAMLReader.aliasLimit
  /// Where the last node ended: what a mapping or sequence in block style ends with.
  private var lastEnd = 0
  /// Who is given the elements of lists one by one.
  private let taker: (any YAMLElementTaker)?
  /// Whether the list that is open in the outermost mapping is one of these.
  private var isTaken = false
  /// How many nodes the first document has room for at first.
  private let capacity: Int
  /// A stretch of so many bytes for each node is what describe output has.
  private static let bytesPerNode = 16
  /// Whether there is an anchor or a directive, so that elements have to stay.
  private var isGivenUp = false
  /// The gap that was not passed yet.
  private var gap: YAMLGap?
  /// The number of the first character behind it, when libyaml has come to it.
  private var seam: Int?
  /// Whether elements are handed over only when another one follows.
  private var holdsElements = false
  /// The element that is to be handed over then.
  private var held: Int32?

  /// Creates a builder of the trees of all of `bytes`, or of those in `range`.
  init(
    _ bytes: UnsafeRawBufferPointer, source: Int32, _ taker: (any YAMLElementTaker)? = nil,
    range: Range<Int>? = nil, leavingOut gap: YAMLGap? = nil
  ) throws(SyntaxError) {
    let bytes = range.map { bytes.part(0..<$0.upperBound) } ?? bytes
    self.bytes = bytes
    self.source = source
    self.taker = taker
    let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    let origin = range?.lowerBound ?? (hasMark ? 3 : 0)
    capacity =
      taker == nil ? ((range?.count ?? bytes.count) / Self.bytesPerNode + 16) : 1024
    self.gap = gap
    events = try YAMLEvents(bytes, from: origin, leavingOut: gap)
    walker = MarkWalker(bytes, origin: origin)
    document = Document(bytes: bytes, source: source, capacity: 1)
  }

  /// The documents; nothing where elements were handed over that an anchor may stand in, or where what is
  /// left out is not what it should be.
  mutating func run() throws(SyntaxError) -> [Document]? {
    while true {
      guard events.advance() else { throw failure() }
      if gap != nil, !isFitting() { return nil }
      if try !step() { return documents }
      if isGivenUp { return nil }
    }
  }

  /// Whether `run` has no documents because of an anchor, and not because of the gap.
  var hasAnchors: Bool { isGivenUp && seam == nil }

  /// Takes the next event; false at the end.
  @inline(__always)
  private mutating func step() throws(SyntaxError) -> Bool {
    let event = events.event
    switch event.pointee.type {
    case YAML_SCALAR_EVENT: try scalar(event)
    case YAML_MAPPING_START_EVENT:
      let data = event.pointee.data.mapping_start
      try begin(
        event, isObject: true, isFlow: data.style == YAML_FLOW_MAPPING_STYLE,
        anchor: data.anchor, tag: data.tag)
    case YAML_SEQUENCE_START_EVENT:
      let data = event.pointee.data.sequence_start
      try begin(
        event, isObject: false, isFlow: data.style == YAML_FLOW_SEQUENCE_STYLE,
        anchor: data.anchor, tag: data.tag)
    case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: try end(event)
    case YAML_ALIAS_EVENT: try alias(event)
    case YAML_DOCUMENT_START_EVENT:
      let directives = event.pointee.data.document_start.tag_directives
      if taker != nil, directives.start != directives.end { isGivenUp = true }
      document = Document(
        bytes: bytes, source: source, capacity: documents.isEmpty ? capacity : 16)
      if !anchors.isEmpty {
        anchors = [:]
        anchorOrder = []
      }
    case YAML_DOCUMENT_END_EVENT: documents.append(document)
    case YAML_STREAM_END_EVENT: return false
    default: break
    }
    return true
  }

  // MARK: Gaps

  /// Whether a list whose elements are handed over is open, in block style, and nothing in it.
  private var isBetweenElements: Bool { isTaken && frames.count == 2 && !frames[1].isFlow }

  /// Whether the event that is next is what it would be without a gap: one of the text before it, or one that
  /// it calls forth, or the element behind it.
  private mutating func isFitting() -> Bool {
    guard let gap, let resumed = events.resumed else { return true }
    let seam = seam ?? walker.character(at: gap.start)
    self.seam = seam
    let event = events.event
    let start = event.pointee.start_mark.index
    switch event.pointee.type {
    case YAML_SCALAR_EVENT where start < seam:
      // None that goes on behind it.
      return event.pointee.end_mark.index <= seam
    case _ where start < seam: return true
    case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
      // Where they end is where what is in them has ended.
      return frames.count > 2 && !frames[frames.count - 1].isFlow
    case YAML_SCALAR_EVENT, YAML_MAPPING_START_EVENT, YAML_SEQUENCE_START_EVENT:
      guard isBetweenElements, start - seam == resumed.node - resumed.line,
        taker?.takeLeftOut() ?? false
      else { return false }
      walker.go(toCharacter: start, at: resumed.node)
      self.gap = nil
      self.seam = nil
      return true
    default: return false
    }
  }

  /// Hands over the elements behind the gap until something is unusual; returns where the first begins that
  /// was not taken.
  mutating func runBehindGap() -> YAMLElementPlace? {
    holdsElements = true
    var next: YAMLElementPlace?
    while !isGivenUp, events.advance() {
      if gap != nil {
        guard isFitting() else { return nil }
        if gap == nil { next = events.resumed }
      } else if let held {
        // Only where the next element begins is it certain that this one has ended, and where.
        guard isBetweenElements, let place = elementPlace(),
          taker?.take(Value(document: document, index: held)) ?? false
        else { return next }
        document.removeNodes(from: held)
        self.held = nil
        next = place
      }
      guard (try? step()) ?? false else { return next }
    }
    return next
  }

  /// Where the element begins that is next.
  private mutating func elementPlace() -> YAMLElementPlace? {
    switch events.event.pointee.type {
    case YAML_SCALAR_EVENT, YAML_MAPPING_START_EVENT, YAML_SEQUENCE_START_EVENT:
      YAMLElementPlace(node: walker.offset(of: events.event.pointee.start_mark), in: bytes)
    default: nil
    }
  }

  // MARK: Nodes

  /// Notes that a node begins, and refuses a mapping or sequence as a key.
  @inline(__always)
  private mutating func place(isScalar: Bool, at start: Int) throws(SyntaxError) -> Bool {
    guard let last = frames.indices.last, frames[last].isObject else { return false }
    let isKey = frames[last].wantsKey
    if isKey, !isScalar {
      throw SyntaxError(
        message:
          "a mapping or a list stands where a key should be; expected a plain or quoted text",
        offset: start)
    }
    frames[last].wantsKey = !isKey
    return isKey
  }

  private mutating func scalar(_ event: UnsafeMutablePointer<yaml_event_t>) throws(SyntaxError) {
    let data = event.pointee.data.scalar
    var start = walker.offset(of: event.pointee.start_mark)
    var end = walker.offset(of: event.pointee.end_mark)
    var tag = Tag.none
    if data.tag != nil || data.anchor != nil {
      tag = try meaning(of: data.tag, on: .scalar, at: start)
      start = contentStart(from: start, to: end)
    }
    let isKey = try place(isScalar: true, at: start)
    let index: Int32
    let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
    if isPlain, tag != .text {
      let isLiteral = hasBytes(data.value, data.length, from: start, to: end)
      index = document.append(.plain, start: start, end: end, isEncoded: !isLiteral)
      if !isLiteral { document.decoded[index] = text(data.value, data.length) }
      if isKey, isLiteral, data.length == 2, data.value[0] == UInt8(ascii: "<"),
        data.value[1] == UInt8(ascii: "<")
      {
        try beginMerge(at: start)
      }
    } else {
      let isQuoted =
        data.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE
        || data.style == YAML_SINGLE_QUOTED_SCALAR_STYLE
      if !isQuoted, !isPlain { end = trimmed(from: start, to: end) }
      let isLiteral =
        isQuoted && tag != .value && end - start >= 2
        && hasBytes(data.value, data.length, from: start + 1, to: end - 1)
      index = document.append(
        tag == .value ? .plain : .string, start: start, end: end, isEncoded: !isLiteral)
      if !isLiteral { document.decoded[index] = text(data.value, data.length) }
    }
    if let anchor = data.anchor { remember(anchor, index) }
    lastEnd = end
    if !isKey { try complete(index) }
  }

  private mutating func begin(
    _ event: UnsafeMutablePointer<yaml_event_t>, isObject: Bool, isFlow: Bool,
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?
  ) throws(SyntaxError) {
    var start = walker.offset(of: event.pointee.start_mark)
    if tag != nil || anchor != nil {
      _ = try meaning(of: tag, on: isObject ? .mapping : .sequence, at: start)
      start = contentStart(from: start, to: bytes.count)
    }
    _ = try place(isScalar: false, at: start)
    guard frames.count < YAMLReader.depthLimit else { throw tooDeep(at: start) }
    let index = document.append(isObject ? .object : .array, start: start, end: start)
    if let anchor { remember(anchor, index) }
    if let taker, !isObject, frames.count == 1, frames[0].isObject {
      isTaken = taker.begin(listUnder: Value(document: document, index: index - 1))
    }
    // `[a: b]` holds a mapping without braces, which ends with its value.
    let hasBracket =
      isFlow && start < bytes.count && bytes[start] == UInt8(ascii: isObject ? "{" : "[")
    frames.append(Frame(index: index, isObject: isObject, isFlow: hasBracket))
    lastEnd = start
  }

  private mutating func end(_ event: UnsafeMutablePointer<yaml_event_t>) throws(SyntaxError) {
    guard let frame = frames.last else { return }
    if frame.isObject, let last = merges.last, last.depth == frames.count {
      try mergeMembers(frame)
    }
    frames.removeLast()
    if frame.isFlow { lastEnd = walker.offset(of: event.pointee.end_mark) }
    document.close(frame.index, end: lastEnd)
    if frame.isObject { try refuseDuplicateKeys(frame.index) }
    try complete(frame.index)
  }

  /// Notes that the value at `index` is complete.
  @inline(__always)
  private mutating func complete(_ index: Int32) throws(SyntaxError) {
    if isTaken {
      if frames.count == 2 {
        if holdsElements, gap == nil {
          held = index
        } else {
          taker?.take(Value(document: document, index: index))
          document.removeNodes(from: index)
        }
      } else if frames.count < 2 {
        isTaken = false
      }
    }
    if let last = frames.last, last.isMerging { try takeMerge(index) }
  }

  private func tooDeep(at offset: Int) -> SyntaxError {
    SyntaxError(message: "nesting is deeper than \(YAMLReader.depthLimit) levels", offset: offset)
  }

  // MARK: Texts

  private func text(_ value: UnsafeMutablePointer<yaml_char_t>, _ length: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: value, count: length), as: UTF8.self)
  }

  /// Returns whether the bytes of the file between the offsets are the text as it was decoded.
  @inline(__always)
  private func hasBytes(
    _ value: UnsafeMutablePointer<yaml_char_t>, _ length: Int, from start: Int, to end: Int
  ) -> Bool {
    guard end - start == length, end <= bytes.count, start >= 0 else { return false }
    let decoded = UnsafeRawPointer(value)
    var offset = 0
    while offset + 8 <= length {
      guard
        decoded.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          == bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
      else { return false }
      offset += 8
    }
    while offset < length {
      guard value[offset] == bytes[start + offset] else { return false }
      offset += 1
    }
    return true
  }

  /// Passes over anchors and tags, and what may stand between them and their node.
  private func contentStart(from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: " "), 0x09, 0x0A, 0x0D: offset += 1
      case UInt8(ascii: "#"):
        while offset < end, bytes[offset] != 0x0A { offset += 1 }
      case UInt8(ascii: "&"), UInt8(ascii: "!"):
        while offset < end, !isSpace(bytes[offset]), !isFlowEnd(bytes[offset]) { offset += 1 }
        if offset < end, isFlowEnd(bytes[offset]) { return offset }
      default: return offset
      }
    }
    return end
  }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private func isFlowEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
  }

  /// Returns the end without the white space before it.
  private func trimmed(from start: Int, to end: Int) -> Int {
    var end = end
    while end > start + 1, isSpace(bytes[end - 1]) { end -= 1 }
    return end
  }

  // MARK: Tags

  private enum Tag {
    case none
    /// The scalar is a string, however it is written.
    case text
    /// The scalar is what its field makes of it, however it is quoted.
    case value
  }

  private enum NodeKind { case scalar, mapping, sequence }

  /// Returns what the tag of a node says, and refuses one that is not of the core schema.
  private func meaning(
    of tag: UnsafeMutablePointer<yaml_char_t>?, on kind: NodeKind, at start: Int
  ) throws(SyntaxError) -> Tag {
    guard let tag else { return .none }
    let name = String(cString: tag)
    let fits: Bool
    var result = Tag.none
    switch name {
    case "!":
      fits = true
      if kind == .scalar { result = .text }
    case "tag:yaml.org,2002:str":
      fits = kind == .scalar
      result = .text
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:null":
      fits = kind == .scalar
      result = .value
    case "tag:yaml.org,2002:map": fits = kind == .mapping
    case "tag:yaml.org,2002:seq": fits = kind == .sequence
    default:
      throw SyntaxError(
        message: "unknown tag `\(shown(name))`; expected none, or !!str, !!int, !!float, !!bool,"
          + " !!null, !!map or !!seq", offset: tagStart(from: start))
    }
    guard fits else {
      let found =
        switch kind {
        case .scalar: "a scalar"
        case .mapping: "a mapping"
        case .sequence: "a list"
        }
      throw SyntaxError(
        message: "tag `\(shown(name))` stands before \(found)", offset: tagStart(from: start))
    }
    return result
  }

  private func shown(_ tag: String) -> String {
    let prefix = "tag:yaml.org,2002:"
    return Suggestion.clipped(tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag)
  }

  /// The offset of the tag of a node that begins at `start`, perhaps with an anchor.
  private func tagStart(from start: Int) -> Int {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "&") else { return start }
    var offset = start
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "!") { offset += 1 }
    return offset < bytes.count ? offset : start
  }

  // MARK: Aliases

  private mutating func remember(_ anchor: UnsafeMutablePointer<yaml_char_t>, _ index: Int32) {
    let name = String(cString: anchor)
    anchors[name] = index
    if taker != nil { isGivenUp = true }
    anchorOrder.append((name, index))
  }

  private mutating func alias(_ event: UnsafeMutablePointer<yaml_event_t>) throws(SyntaxError) {
    let start = walker.offset(of: event.pointee.start_mark)
    let end = walker.offset(of: event.pointee.end_mark)
    let name = event.pointee.data.alias.anchor.map { String(cString: $0) } ?? ""
    let label = Suggestion.clipped(name)
    guard let original = anchors[name] else {
      throw SyntaxError(
        message: "alias `*\(label)` has no anchor `&\(label)` before it", offset: start)
    }
    guard original >= 0 else {
      throw SyntaxError(
        message: "alias `*\(label)` stands for a part of a mapping that was merged by `<<`;"
          + " put the anchor where the mapping is written out", offset: start)
    }
    guard !frames.contains(where: { $0.index == original }) else {
      throw SyntaxError(
        message: "recursive alias: `*\(label)` stands inside of what `&\(label)` names",
        offset: start)
    }
    let node = document.nodes[Int(original)]
    let isKey = try place(isScalar: node.kind != .object && node.kind != .array, at: start)
    let count = Int(node.next - original)
    aliasBudget -= count
    guard aliasBudget >= 0 else {
      throw SyntaxError(
        message: "aliases expand to more than \(YAMLReader.aliasLimit) values", offset: start)
    }
    let copy = Int32(truncatingIfNeeded: document.count)
    let shift = copy - original
    // The ends of what is open inside of the copy: as many as it is deep.
    var open: [Int32] = []
    for index in original..<node.next {
      while let last = open.last, last <= index { open.removeLast() }
      var member = document.nodes[Int(index)]
      if member.kind == .object || member.kind == .array {
        open.append(member.next)
        guard frames.count + open.count <= YAMLReader.depthLimit else { throw tooDeep(at: start) }
      }
      member.next += shift
      let new = document.append(member)
      if member.isEncoded { document.decoded[new] = document.decoded[index] }
    }
    lastEnd = end
    if !isKey { try complete(copy) }
  }

  // MARK: Merge keys

  private mutating func beginMerge(at start: Int) throws(SyntaxError) {
    if let last = merges.last, last.depth == frames.count {
      throw SyntaxError(
        message: "duplicate key `<<`; several mappings are merged by a list: `<<: [*a, *b]`",
        offset: start)
    }
    frames[frames.count - 1].isMerging = true
  }

  /// Takes the value of `<<`, which is the last one, out of the document.
  private mutating func takeMerge(_ value: Int32) throws(SyntaxError) {
    frames[frames.count - 1].isMerging = false
    let root = Value(document: document, index: value)
    let wrong =
      root.isObject ? nil : root.isArray ? root.elements.first { !$0.isObject } : root
    if let wrong {
      throw SyntaxError(
        message: "the value of `<<` is \(wrong.kindName); expected a mapping or a list of mappings",
        offset: wrong.node.start)
    }
    let key = value - 1
    var fragment = Fragment()
    fragment.nodes.reserveCapacity(document.count - Int(value))
    for index in value..<Int32(truncatingIfNeeded: document.count) {
      var node = document.nodes[Int(index)]
      node.next -= value
      fragment.nodes.append(node)
      if node.isEncoded { fragment.decoded[Int(index - value)] = document.decoded[index] }
    }
    merges.append((frames.count, fragment))
    while let last = anchorOrder.last, last.index >= key {
      if anchors[last.name] == last.index { anchors[last.name] = -1 }
      anchorOrder.removeLast()
    }
    document.removeNodes(from: key)
  }

  /// Appends the members of what was merged that the mapping does not have itself.
  private mutating func mergeMembers(_ frame: Frame) throws(SyntaxError) {
    // The explicit keys are looked at before the merged ones: the latter cannot be duplicates.
    document.close(frame.index, end: lastEnd)
    try refuseDuplicateKeys(frame.index)
    let mapping = Value(document: document, index: frame.index)
    var names = Set(mapping.members.map { $0.key.text })
    guard let fragment = merges.popLast()?.value, let root = fragment.nodes.first else { return }
    var mappings: [Int] = []
    if root.kind == .object {
      mappings = [0]
    } else {
      var element = 1
      while element < Int(root.next) {
        mappings.append(element)
        element = Int(fragment.nodes[element].next)
      }
    }
    for mapping in mappings {
      var key = mapping + 1
      while key < Int(fragment.nodes[mapping].next) {
        let end = Int(fragment.nodes[key + 1].next)
        if names.insert(keyText(fragment, key)).inserted {
          let shift = document.count - key
          for index in key..<end {
            var node = fragment.nodes[index]
            node.next += Int32(truncatingIfNeeded: shift)
            let new = document.append(node)
            if node.isEncoded { document.decoded[new] = fragment.decoded[index] }
          }
        }
        key = end
      }
    }
  }

  private func keyText(_ fragment: Fragment, _ key: Int) -> String {
    let node = fragment.nodes[key]
    if node.isEncoded { return fragment.decoded[key] ?? "" }
    let range = content(of: node)
    return String(decoding: bytes[range], as: UTF8.self)
  }

  // MARK: Duplicate keys

  /// Where the text of a scalar stands that is written as it reads.
  @inline(__always)
  private func content(of node: Document.Node) -> Range<Int> {
    let quotes = node.kind == .string ? 1 : 0
    return (node.start + quotes)..<(node.end - quotes)
  }

  /// A bit that equal keys have in common; none where that cannot be told from the file.
  @inline(__always)
  private func wayOfKey(_ key: UnsafePointer<Document.Node>) -> UInt64 {
    let quotes = key.pointee.kind == .string ? 1 : 0
    let start = key.pointee.start + quotes
    let end = key.pointee.end - quotes
    guard !key.pointee.isEncoded, start < end else { return 0 }
    let number = Int(bytes[start]) &* 3 &+ Int(bytes[end - 1]) &+ (end - start)
    return 1 << UInt64(truncatingIfNeeded: number & 63)
  }

  private func refuseDuplicateKeys(_ object: Int32) throws(SyntaxError) {
    let end = document.nodes[Int(object)].next
    var count = 0
    // One bit for each way in which keys begin, end and are long: those of EC2's answers all have their own, and
    // need no comparing.
    var ways: UInt64 = 0
    var areAlike = false
    var cursor = object + 1
    while cursor < end {
      count += 1
      let way = wayOfKey(document.nodes + Int(cursor))
      if way == 0 || ways & way != 0 { areAlike = true }
      ways |= way
      cursor = document.nodes[Int(cursor + 1)].next
    }
    guard count > 1, areAlike else { return }
    if count > 24 {
      var seen: Set<[UInt8]> = []
      var key = object + 1
      while key < end {
        guard seen.insert(Value(document: document, index: key).codeUnits).inserted else {
          throw duplicate(key)
        }
        key = document.nodes[Int(key + 1)].next
      }
      return
    }
    var right = object + 1
    while right < end {
      let b = document.nodes[Int(right)]
      var left = object + 1
      while left < right {
        let a = document.nodes[Int(left)]
        if a.isEncoded || b.isEncoded {
          if Value(document: document, index: left).codeUnits
            == Value(document: document, index: right).codeUnits
          {
            throw duplicate(right)
          }
        } else if hasEqualText(a, b) {
          throw duplicate(right)
        }
        left = document.nodes[Int(left + 1)].next
      }
      right = document.nodes[Int(right + 1)].next
    }
  }

  @inline(__always)
  private func hasEqualText(_ a: Document.Node, _ b: Document.Node) -> Bool {
    let left = content(of: a)
    let right = content(of: b)
    guard left.count == right.count else { return false }
    var offset = 0
    while offset < left.count {
      guard bytes[left.lowerBound + offset] == bytes[right.lowerBound + offset] else {
        return false
      }
      offset += 1
    }
    return true
  }

  private func duplicate(_ key: Int32) -> SyntaxError {
    let value = Value(document: document, index: key)
    return SyntaxError(
      message: "duplicate key `\(Suggestion.clipped(value.text))`", offset: value.node.start)
  }

  // MARK: Errors

  /// The error that libyaml found, in words of people who write YAML.
  private mutating func failure() -> SyntaxError {
    let problem = events.problem
    if let byte = problem.byte {
      let offset = min(byte + walker.origin, bytes.count)
      let message =
        switch problem.text {
        case "control characters are not allowed":
          "a control character stands in the text; in double quotes, write it as an escape"
        case "": "the text cannot be decoded"
        default: "the text is not valid UTF-8: \(problem.text)"
        }
      return SyntaxError(message: message, offset: offset)
    }
    var offset = walker.offset(of: problem.mark)
    if problem.text.contains(" tab ")
      || problem.text == "found character that cannot start any token",
      let tab = indentingTab(around: offset)
    {
      return SyntaxError(
        message: "a tab is used for indentation; YAML allows spaces only", offset: tab)
    }
    let message: String
    switch problem.text {
    case "": message = "the YAML cannot be read"
    case "mapping values are not allowed in this context":
      message = "`:` is not expected here; check the indentation, or put the text in quotes"
    case "did not find expected key":
      message =
        "\(stray(at: offset) ?? "a key is expected here"); check the indentation and the quotes"
    case "could not find expected ':'":
      offset = walker.offset(of: problem.contextMark)
      message = "`:` is missing behind the key"
    case "did not find expected '-' indicator":
      message = "`-` is expected here, as in the lines before; check the indentation"
    case "block sequence entries are not allowed in this context":
      message = "`-` is not expected here; check the indentation"
    case "did not find expected ',' or ']'":
      message = "`,` or `]` is expected here; the list began at \(place(problem.contextMark))"
    case "did not find expected ',' or '}'":
      message = "`,` or `}` is expected here; the mapping began at \(place(problem.contextMark))"
    case "did not find expected node content":
      message = stray(at: offset) ?? "a value is expected here"
    case "did not find expected <document start>":
      message = "the document has ended; `---` is expected before another one"
    case "found character that cannot start any token":
      message = "no value begins with \(character(at: offset)); put the text in quotes"
    case "found unexpected end of stream":
      offset = walker.offset(of: problem.contextMark)
      message = "a text in quotes has no end"
    case "found unexpected document indicator":
      offset = walker.offset(of: problem.contextMark)
      message = "a text in quotes has no end before the next document"
    case "found unknown escape character":
      message = "unknown escape in double quotes; a backslash itself is written `\\\\`"
    case "did not find expected alphabetic or numeric character":
      message = "the name of an anchor is made of ASCII letters, digits, `-` and `_`"
    case "found undefined tag handle":
      message = "the tag's prefix was not declared by a `%TAG` line"
    case "found incompatible YAML document":
      message = "the version of YAML is not known; expected 1.1 or 1.2"
    default: message = problem.text
    }
    return SyntaxError(message: message, offset: min(offset, bytes.count))
  }

  private func place(_ mark: yaml_mark_t) -> String {
    "line \(mark.line + 1), column \(mark.column + 1)"
  }

  private func character(at offset: Int) -> String {
    guard offset < bytes.count else { return "the end of the file" }
    let tail = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
    return tail.first == "`" ? "a backtick" : "`\(tail.prefix(1))`"
  }

  /// What to say of punctuation at `offset` that has nothing to close or to part.
  private func stray(at offset: Int) -> String? {
    guard offset < bytes.count else { return nil }
    switch bytes[offset] {
    case UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","):
      return "\(character(at: offset)) is not expected here"
    case UInt8(ascii: ":"):
      return "`:` is not expected here; a text that begins with it needs quotes"
    default: return nil
    }
  }

  /// The offset of a tab in the white space that the line at `offset` begins with.
  private func indentingTab(around offset: Int) -> Int? {
    var start = min(offset, bytes.count)
    while start > 0, bytes[start - 1] != 0x0A, bytes[start - 1] != 0x0D { start -= 1 }
    while start < bytes.count, bytes[start] == 0x20 { start += 1 }
    return start < bytes.count && bytes[start] == 0x09 ? start : nil
  }
}
