import Loaders

/// Writes a value in a form that leaves nothing open: no space, numbers as written, strings in ASCII.
///
/// Scalars of YAML are strings, for what else they may mean is for whoever reads them to say.
enum PlainJSON {
  static func write(_ value: Value, _ out: inout [UInt8]) {
    switch value.kind {
    case .object:
      out.append(UInt8(ascii: "{"))
      var isFirst = true
      for member in value.members {
        if !isFirst { out.append(UInt8(ascii: ",")) }
        isFirst = false
        write(member.key, &out)
        out.append(UInt8(ascii: ":"))
        write(member.value, &out)
      }
      out.append(UInt8(ascii: "}"))
    case .array:
      out.append(UInt8(ascii: "["))
      var isFirst = true
      for element in value.elements {
        if !isFirst { out.append(UInt8(ascii: ",")) }
        isFirst = false
        write(element, &out)
      }
      out.append(UInt8(ascii: "]"))
    case .string, .plain:
      out.append(UInt8(ascii: "\""))
      for unit in value.text.utf16 { write(unit, &out) }
      out.append(UInt8(ascii: "\""))
    case .null, .bool, .number: out += Array(value.text.utf8)
    }
  }

  private static func write(_ unit: UInt16, _ out: inout [UInt8]) {
    let byte = UInt8(truncatingIfNeeded: unit)
    guard unit < 0x20 || unit > 0x7E || unit == 0x22 || unit == 0x5C else {
      return out.append(byte)
    }
    let digits = String(unit, radix: 16)
    out += Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
    out += Array(digits.utf8)
  }
}
