/// A file whose texts are read again when somebody asks for them.
///
/// Of the texts of a large plan most are never shown, and they would take more memory than all that is
/// judged.
@safe public final class TextSource: Sendable {
  /// Makes the text of a stretch; the last argument says whether it is written with escapes.
  public typealias Reader = @Sendable (UnsafeRawBufferPointer, Range<Int>, Bool) -> String

  private let bytes: SourceBytes
  private let read: Reader

  /// Creates the texts of a file.
  public init(_ bytes: SourceBytes, read: @escaping Reader) {
    self.bytes = bytes
    unsafe self.read = unsafe read
  }

  /// The text of a stretch that is in the file.
  public func text(_ range: Range<Int>, isEncoded: Bool) -> String {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return "" }
    return unsafe read(bytes.buffer, range, isEncoded)
  }
}

/// Where a text stands, counted from the place of what it belongs to.
public struct TextPlace: Hashable, Sendable {
  /// How far behind the place its first byte is.
  public let offset: UInt32
  /// How many bytes it takes.
  public let length: UInt16
  /// Whether it is written with escapes.
  public let isEncoded: Bool

  /// Creates the place of the text in `range`, counted from `start`; nothing where it is too far away
  /// or too long.
  public init?(_ range: Range<Int>, from start: Int, isEncoded: Bool) {
    guard let offset = UInt32(exactly: range.lowerBound - start),
      let length = UInt16(exactly: range.count)
    else { return nil }
    self.offset = offset
    self.length = length
    self.isEncoded = isEncoded
  }

  /// Creates the place of a text of `length` bytes that begins `offset` bytes behind another place.
  public init(offset: UInt32, length: UInt16, isEncoded: Bool) {
    self.offset = offset
    self.length = length
    self.isEncoded = isEncoded
  }

  /// The stretch of the file, where the place it is counted from is at `start`.
  public func range(from start: Int) -> Range<Int> {
    let first = start + Int(offset)
    return first..<first + Int(length)
  }
}

/// What a peer is called that is known only after apply: one text for all who have that peer.
public final class PeerName: Sendable {
  let text: String

  /// Creates the name of a group or prefix list.
  public init(_ text: String) { self.text = text }
}

/// Where the texts of an entry stand, counted from a place before that of its origin.
public struct OriginPlaces: Sendable {
  /// What a peer is, as far as it shows in how it reads.
  public enum PeerKind: UInt8, Sendable {
    case block, securityGroup, prefixList, itself
  }

  private let source: TextSource
  private let peer: TextPlace
  /// How far before the origin's place the texts are counted from.
  private let lead: UInt32
  let peerKind: PeerKind
  /// What the peer is called, where it stands nowhere as it is known only after apply.
  private let peerName: PeerName?
  let address: TextPlace
  let note: TextPlace?
  let id: TextPlace?

  /// Creates the places of an entry's texts, counted from `lead` bytes before its origin's place.
  public init(
    _ source: TextSource, lead: UInt32, peer: TextPlace, _ peerKind: PeerKind,
    named peerName: PeerName? = nil, address: TextPlace, note: TextPlace?, id: TextPlace?
  ) {
    self.peerName = peerName
    self.source = source
    self.lead = lead
    self.peer = peer
    self.peerKind = peerKind
    self.address = address
    self.note = note
    self.id = id
  }

  func text(_ place: TextPlace?, from start: Int) -> String? {
    place.map { source.text($0.range(from: start - Int(lead)), isEncoded: $0.isEncoded) }
  }

  /// The id of the group or prefix list that is the peer.
  func peerID(from start: Int) -> String? {
    // What has a name has no id yet.
    if peerName != nil { return nil }
    return switch peerKind {
    case .block, .itself: nil
    case .prefixList, .securityGroup: text(peer, from: start)
    }
  }

  func peerText(from start: Int) -> String {
    switch peerKind {
    case .block: text(peer, from: start) ?? ""
    case .itself: "itself"
    case .prefixList: "prefix list \(peerName?.text ?? peerID(from: start) ?? "")"
    case .securityGroup: "security group \(peerName?.text ?? peerID(from: start) ?? "")"
    }
  }
}
