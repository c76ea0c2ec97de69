import SGModel
import Workers

/// Where the parts of a large plan seem to begin, found by looking at few places of it.
///
/// All of it is a guess, by how Terraform prints plans, which who reads the plan has to confirm.
struct TFPlanSections {
  /// The planned values, from their first byte to the comma behind them, where they come before the changes.
  let planned: Range<Int>?
  /// Where the list of changes begins, behind its bracket.
  let changes: Int

  /// What every planned resource has and no change.
  private static let markOfValue: StaticString = #""schema_version":"#
  /// What every change has and no planned resource.
  private static let markOfChange: StaticString = #""change":{"actions":["#
  private static let plannedKey: StaticString = #""planned_values":"#
  private static let driftKey: StaticString = #","resource_drift":["#
  private static let changesKey: StaticString = #""resource_changes":["#

  /// How far behind a place its resource, or the one behind that, is looked for.
  private static let window = 256 << 10
  /// Where variables are long, planned values begin late.
  private static let longestHead = 1 << 20

  /// Looks for the parts of a plan; nothing where they are not found.
  init?(in bytes: UnsafeRawBufferPointer) {
    let key = bytes.firstPlace(of: Self.plannedKey, from: 0, before: Self.longestHead)
    // Quotes in a text would have backslashes before them, so these are keys.
    if let changes = bytes.firstPlace(
      of: Self.changesKey, from: 0, before: key ?? Self.longestHead)
    {
      planned = nil
      self.changes = changes + Self.changesKey.utf8CodeUnitCount
      return
    }
    guard let key else { return nil }
    let start = key + Self.plannedKey.utf8CodeUnitCount
    guard let boundary = Self.boundary(in: bytes, from: start) else { return nil }
    let list = boundary..<min(bytes.count, boundary + Self.window)
    let drift = bytes.firstPlace(of: Self.driftKey, from: list.lowerBound, before: list.upperBound)
    guard let changes = bytes.firstPlace(of: Self.changesKey, from: drift ?? list.lowerBound),
      let end = drift ?? (list.contains(changes) ? changes - 1 : nil)
    else { return nil }
    planned = start..<end
    self.changes = changes + Self.changesKey.utf8CodeUnitCount
  }

  /// A place shortly before the first change: between it and there no more than a few resources stand.
  private static func boundary(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    // Values come before changes, and nothing that looks like a change before the values.
    let parts = 16
    let places = [8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15, 0]
    guard
      var high = places.lazy.map({ start + (bytes.count - start) / parts * $0 })
        .first(where: { isChange(at: $0, in: bytes) == true })
    else { return nil }
    var low = start
    while high - low > window {
      let middle = low + (high - low) / 2
      guard let isChange = isChange(at: middle, in: bytes) else { return nil }
      if isChange { high = middle } else { low = middle }
    }
    return low
  }

  /// Whether the resource at a place, or the one behind it, is a change; nothing where there is none.
  private static func isChange(at place: Int, in bytes: UnsafeRawBufferPointer) -> Bool? {
    // Most resources are small: far away is looked only where nothing is near.
    for size in [window / 64, window / 8, window] {
      let limit = min(bytes.count, place + size)
      let value = bytes.firstPlace(of: markOfValue, from: place, before: limit)
      let change = bytes.firstPlace(of: markOfChange, from: place, before: value ?? limit)
      if change != nil { return true }
      if value != nil { return false }
    }
    return nil
  }
}

/// The planned values of a large plan, which are checked after the rest of it was read, by a thread that would
/// be idle.
///
/// They say nothing of groups that the changes do not say. Where they end is a guess; where it is wrong, or a
/// fault is in them, the plan has to be read again as it stands.
final class TFLeftOut: @unchecked Sendable {
  private let file: SourceFile
  private let values: Range<Int>
  // Of the thread that checks for as long as it does.
  private let before: ReadBehind
  /// What lies behind the reader of what follows.
  let behind: ReadBehind
  /// Whether the values are well formed and end where they were thought to; false until they are checked.
  private(set) var isRight = false

  /// Leaves out `values`; `before` is what lies behind the reader that has come to them.
  init(_ values: Range<Int>, of file: SourceFile, _ before: ReadBehind) {
    self.values = values
    self.file = file
    self.before = before
    behind = ReadBehind(file, from: values.upperBound)
  }

  /// Checks the values, and joins what lies behind both readers.
  func check() {
    isRight = pass()
    // The other thread goes on to take the most memory of all.
    if file.bytes.canForget { Memory.returnUnused() }
  }

  private func pass() -> Bool {
    var reader = JSONReader(file.bytes.buffer)
    reader.seek(to: values.lowerBound)
    reader.forgetBehind(before)
    // Nothing in there is asked for its file.
    let passer = TFModulePasser(Document(bytes: file.bytes.buffer, source: 0))
    guard (try? passer.pass(&reader)) != nil, reader.peek() == UInt8(ascii: ","),
      reader.position == values.upperBound
    else { return false }
    before.forget(values.lowerBound & ~0xFFFF..<max(values.lowerBound, values.upperBound & ~0xFFFF))
    return before.join(behind, at: values.upperBound)
  }
}

/// Passes over values, in which the resources of all modules are written alike, and checks them.
struct TFModulePasser {
  private let document: Document
  private let shapes = JSONShapes()

  /// Creates what passes over values of the plan whose bytes are those of `document`.
  init(_ document: Document) { self.document = document }

  /// Passes over the value that the reader stands before.
  func pass(_ reader: inout JSONReader) throws(SyntaxError) {
    let start = reader.position
    do {
      try pass(&reader, depth: 0)
    } catch {
      // What is wrong is said as it is anywhere else.
      reader.seek(to: start)
      try reader.skip()
    }
  }

  private func pass(_ reader: inout JSONReader, depth: Int) throws(SyntaxError) {
    guard depth < 16, reader.enterObject() else {
      try reader.skip()
      return
    }
    // Its levels count as if all of it were passed over at once.
    reader.outerDepth += 1
    defer { reader.outerDepth -= 1 }
    var isFirst = true
    while let key = try reader.nextKey(isFirst: &isFirst) {
      if key.bytes.elementsEqual("root_module".utf8) || key.bytes.elementsEqual("values".utf8) {
        try pass(&reader, depth: depth + 1)
        continue
      }
      let isModules = key.bytes.elementsEqual("child_modules".utf8)
      guard isModules || key.bytes.elementsEqual("resources".utf8), reader.enterArray() else {
        try reader.skip()
        continue
      }
      reader.outerDepth += 1
      defer { reader.outerDepth -= 1 }
      var isFirst = true
      while try reader.nextElement(isFirst: &isFirst) {
        if isModules {
          try pass(&reader, depth: depth + 1)
        } else {
          try reader.skip(shapes, document)
        }
      }
    }
  }
}
