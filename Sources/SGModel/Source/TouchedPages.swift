/// Lets go of the pages of a file that were read again, from time to time.
///
/// What is looked at again is all over a file, and each look brings the pages around it to memory. A class, because
/// those who look change nothing else.
package final class TouchedPages {
  private let bytes: SourceBytes
  /// The size of the parts that the file is divided into; those that were read are marked.
  private let partSize: Int
  private var parts: UInt64 = 0
  private var count = 0
  private var lastBlock = -1

  /// After looks into so many blocks memory is let go of: the system maps 64 KiB for each, or 512 KiB where it keeps
  /// the file in pieces of that size, as it does with one that was just written.
  private static let limit = 1
  /// A block, as the binary logarithm of its size; most looks are into the one that was looked into before.
  private static let blockBits = 16

  /// Creates a watch over a file of which nothing was read again.
  package init(_ bytes: SourceBytes) {
    self.bytes = bytes
    // Whole pages.
    partSize = (bytes.count / 64 & ~0xFFFF) + 0x1_0000
  }

  /// Notes that something is read at `offset`.
  package func touch(_ offset: Int) {
    let block = offset >> Self.blockBits
    if block == lastBlock { return }
    if count >= Self.limit { forget() }
    lastBlock = block
    parts |= 1 << UInt64(truncatingIfNeeded: offset / partSize)
    count += 1
  }

  private func forget() {
    count = 0
    while parts != 0 {
      let start = parts.trailingZeroBitCount * partSize
      parts &= parts - 1
      bytes.forget(min(start, bytes.count)..<min(start + partSize, bytes.count))
    }
  }
}
