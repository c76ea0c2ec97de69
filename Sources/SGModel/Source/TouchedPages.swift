/// Lets go of the pages of a file that were read again, from time to time.
///
/// What is looked at again is all over a file, and each look brings the pages around it to memory. A class, because
/// those who look change nothing else.
package final class TouchedPages {
  private let bytes: SourceBytes
  /// The size of the parts that the file is divided into: whole blocks.
  private let partSize: Int
  /// The block that was looked into last, as most looks are into that one; -1 before the first look.
  private var block = -1

  /// A block, as the binary logarithm of its size.
  ///
  /// Memory is let go of behind each: the system maps 64 KiB for a look, or 512 KiB where it keeps the file in pieces
  /// of that size, as it does with one that was just written.
  private static let blockBits = 16

  /// Creates a watch over a file of which nothing was read again.
  package init(_ bytes: SourceBytes) {
    self.bytes = bytes
    partSize = (bytes.count / 64 & ~0xFFFF) + 0x1_0000
  }

  /// Notes that something is read at `offset`.
  package func touch(_ offset: Int) {
    let next = offset >> Self.blockBits
    if next == block { return }
    if block >= 0 {
      let start = (block << Self.blockBits) / partSize * partSize
      bytes.forget(min(start, bytes.count)..<min(start + partSize, bytes.count))
    }
    block = next
  }
}
