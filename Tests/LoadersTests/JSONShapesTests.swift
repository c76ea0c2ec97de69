import SGModel
import Testing

@testable import Loaders

/// Elements that are compared with those before them are read as elements that are parsed.
@Suite struct JSONShapesTests {
  /// What a reader makes of a text, one element of its list at a time.
  private struct Reading: Equatable {
    var nodes: [String] = []
    var ends: [Int] = []
    var error: String?
  }

  private func read(_ text: [UInt8], shapes: JSONShapes?, skips: Bool) -> Reading {
    text.withUnsafeBytes { bytes in
      var result = Reading()
      var reader = JSONReader(bytes)
      let document = Document(bytes: bytes, source: 0)
      var isFirst = true
      do throws(SyntaxError) {
        guard reader.enterArray() else { return result }
        while try reader.nextElement(isFirst: &isFirst) {
          if skips {
            if let shapes { try reader.skip(shapes, document) } else { try reader.skip() }
          } else if let shapes {
            _ = try reader.value(in: document, shapes)
          } else {
            _ = try reader.value(in: document)
          }
          result.ends.append(reader.position)
          guard !skips else { continue }
          for index in 0..<document.count {
            let node = document.nodes[index]
            result.nodes.append(
              "\(node.kind) \(node.start) \(node.end) \(node.next) \(node.isEncoded)")
          }
        }
      } catch {
        result.error = "\(error.offset) \(error.message)"
      }
      return result
    }
  }

  /// An element of one of a few forms, with values that differ.
  private func element(_ random: inout some RandomNumberGenerator) -> String {
    let texts = [
      #""""#, #""a""#, #""10.0.0.0/8""#, #""g[\"k\"]""#, #""é\u00e9""#, #""\\""#,
      "\"" + String(repeating: "long ", count: 9) + "\"",
    ]
    let numbers = ["0", "-1", "443", "1.5e3", "65535"]
    func value() -> String {
      switch Int.random(in: 0..<8, using: &random) {
      case 0: "null"
      case 1: Bool.random(using: &random) ? "true" : "false"
      case 2, 3: numbers.randomElement(using: &random) ?? "0"
      default: texts.randomElement(using: &random) ?? "\"\""
      }
    }
    let space = Int.random(in: 0..<9, using: &random) == 0 ? " " : ""
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return value()
    case 1: return "{}"
    case 2: return #"{"list":[\#(value()),\#(value())],"o":{"x":\#(value())}\#(space)}"#
    case 3: return #"{"a":\#(value()),"\u0061":1}"#
    default:
      return #"""
        {"address":\#(value()),"n":\#(value()),\#(space)"c":{"after":{"p":\#(value()),"q":[]},"e":\#(value())}}
        """#
    }
  }

  @Test(arguments: 0..<40)
  func elementsAreReadAsTheyAre(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    for isBroken in [false, true] {
      let list = (0..<Int.random(in: 1...120, using: &random)).map { _ in element(&random) }
      var text = Array(("[" + list.joined(separator: ", ") + "]").utf8)
      if isBroken {
        // Near the end, so that much was met before.
        let place = Int.random(in: text.count / 2..<text.count, using: &random)
        if Bool.random(using: &random) {
          text[place] =
            [0x22, 0x5C, 0x01, 0xFF, 0x7D, 0x30, 0x2C].randomElement(using: &random) ?? 0
        } else {
          text.removeSubrange(place...)
        }
      }
      for skips in [false, true] {
        #expect(
          read(text, shapes: JSONShapes(), skips: skips) == read(text, shapes: nil, skips: skips))
      }
    }
  }

  /// What a plan says of values that it passes over, one resource at a time, is what it says where it
  /// passes over all of them at once.
  @Test func passedValuesAreCheckedAsAWhole() {
    func resource(_ text: String) -> String { #"{"address":"a.b","values":{"x":\#(text)}}"# }
    func module(_ resources: [String], in depth: Int) -> String {
      var text = #"{"resources":[\#(resources.joined(separator: ","))]}"#
      for _ in 0..<depth { text = #"{"resources":[],"child_modules":[\#(text)]}"# }
      return #"{"root_module":\#(text),"outputs":{}}"#
    }
    func plan(_ key: String, _ values: String) -> String {
      #"{"format_version":"1.2","resource_changes":[],"\#(key)":\#(values)}"#
    }
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    func check(_ values: String) {
      let (one, all) = (plan("planned_values", values), plan("planned_valuez", values))
      #expect(TestEstate(one).failures == TestEstate(all).failures)
    }
    for depth in [0, 3, 20] {
      // A resource stands in three levels, and two more for each module around its own.
      for levels in (500 - depth * 2)...(514 - depth * 2) {
        check(
          module([resource("1"), resource(nested(levels)), resource(nested(levels))], in: depth))
      }
    }
    let whole = plan("planned_values", module((0..<3).map { resource("\($0)") }, in: 1))
    let start = #"{"format_version":"1.2","resource_changes":[],"planned_values":"#.utf8.count
    for place in start..<whole.utf8.count {
      let head = String(decoding: Array(whole.utf8)[..<place], as: UTF8.self)
      let tail = String(decoding: Array(whole.utf8)[(place + 1)...], as: UTF8.self)
      for text in [head, head + "}" + tail, head + "\u{1}" + tail, head + "," + tail] {
        let other = text.replacing("planned_values", by: "planned_valuez")
        #expect(TestEstate(text).failures == TestEstate(other).failures)
      }
    }
  }

  @Test func moreFormsThanAreKept() {
    // Each is new, in a place that has many, and there are more than fit.
    let list = (0..<4000).flatMap { number in
      [#"{"k\#(number)":"v","m":[1,2,"\#(number)"]}"#, #"{"a":"\#(number)","b":\#(number)}"#]
    }
    let text = Array(("[" + list.joined(separator: ",") + "]").utf8)
    for skips in [false, true] {
      #expect(
        read(text, shapes: JSONShapes(), skips: skips) == read(text, shapes: nil, skips: skips))
    }
  }

  /// A string ends at the first of its quotes, wherever in a word that is, and whatever is before it.
  @Test func bytesOfStringsAreAllLookedAt() {
    for filler in [UInt8(0x20), 0x21, 0x23, 0x5B, 0x5D, 0x7F] {
      for length in 0..<20 {
        for special in [UInt8(0x22), 0x5C, 0x00, 0x1F, 0x80, 0xFF] {
          var text = [UInt8(0x22)] + Array(repeating: filler, count: length)
          text += [special] + Array("nnnnnnnn\"".utf8)
          let end: Int? = text.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return (try? reader.skip()) == nil ? nil : reader.position
          }
          switch special {
          case 0x22: #expect(end == length + 2)
          case 0x5C: #expect(end == text.count)
          default: #expect(end == nil)
          }
        }
      }
    }
  }
}

/// A generator whose numbers are the same in each run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
