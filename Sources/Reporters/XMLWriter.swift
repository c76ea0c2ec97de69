internal import CLibXML2

/// Writes XML through libxml2, which closes what is opened and escapes what is written.
///
/// Texts are expected to be free of characters that XML 1.0 forbids; `SafeText` takes care of that.
struct XMLWriter: ~Copyable {
  private let writer: xmlTextWriterPtr
  /// What libxml2 has handed over and the sink has not; on the heap, for libxml2 keeps its address.
  private let pending: UnsafeMutablePointer<[UInt8]>
  private var sink: ByteSink
  private var hasFailed = false

  /// Begins a document that goes to `sink`.
  init(_ sink: consuming ByteSink) throws(RenderError) {
    let pending = UnsafeMutablePointer<[UInt8]>.allocate(capacity: 1)
    pending.initialize(to: [])
    let output = xmlOutputBufferCreateIO(
      { context, bytes, count in
        guard let context, let bytes, count >= 0 else { return -1 }
        context.assumingMemoryBound(to: [UInt8].self).pointee.append(
          contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        return count
      }, { _ in 0 }, pending, nil)
    guard let output, let writer = xmlNewTextWriter(output) else {
      if let output { xmlOutputBufferClose(output) }
      pending.deinitialize(count: 1)
      pending.deallocate()
      throw .xmlWriter
    }
    self.writer = writer
    self.pending = pending
    self.sink = sink
    check(xmlTextWriterSetIndent(writer, 1))
    check(xmlTextWriterSetIndentString(writer, "  "))
    check(xmlTextWriterStartDocument(writer, "1.0", "UTF-8", nil))
  }

  deinit {
    // Frees the output buffer too, and writes what is left in it: the context goes last.
    xmlFreeTextWriter(writer)
    pending.deinitialize(count: 1)
    pending.deallocate()
  }

  /// Writes an element with its attributes, and whatever `body` writes into it.
  mutating func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>,
    _ body: (inout XMLWriter) -> Void = { _ in }
  ) {
    check(xmlTextWriterStartElement(writer, name))
    for (name, value) in attributes { check(xmlTextWriterWriteAttribute(writer, name, value)) }
    body(&self)
    check(xmlTextWriterEndElement(writer))
    drain()
  }

  /// Writes text into the element that is open.
  mutating func text(_ text: String) { check(xmlTextWriterWriteString(writer, text)) }

  /// Ends the document; throws if anything of it could not be written.
  mutating func finish() throws(RenderError) {
    check(xmlTextWriterEndDocument(writer))
    check(xmlTextWriterFlush(writer))
    drain()
    if hasFailed { throw .xmlWriter }
  }

  private mutating func check(_ status: Int32) { if status < 0 { hasFailed = true } }

  private mutating func drain() {
    guard !pending.pointee.isEmpty else { return }
    sink.append(contentsOf: pending.pointee)
    pending.pointee.removeAll(keepingCapacity: true)
  }
}
