import SGModel

/// Reads which attributes of a resource name the groups that it carries.
enum TFCarriers {
  private static let paths: [String: [[StaticString]]] = {
    var result: [String: [[StaticString]]] = [:]
    for row in AttachingResources.all {
      result[row.type.description, default: []].append(row.path)
    }
    return result
  }()
  private static let others = Set(AttachingResources.notAttaching.map { $0.description })
  private static let defaulted = Set(AttachingResources.defaultWhenOmitted.map { $0.description })

  /// Whether AWS takes the VPC's default group for a resource of this type that names none.
  static func takesDefault(_ type: String) -> Bool { defaulted.contains(type) }

  /// Whether the provider's schema, as far as it is known here, lets this type carry groups.
  static func isKnown(_ type: String) -> Bool { paths[type] != nil }

  /// Whether it is known that resources of this type carry no groups.
  static func carriesNothing(_ type: String) -> Bool { others.contains(type) }

  /// Whether a resource of a type that is not known here, written in that stretch, may name groups:
  /// the name of an attribute that does holds `security_group`.
  static func mayCarry(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let name: StaticString = "security_group"
    let length = name.utf8CodeUnitCount
    var end = range.lowerBound + length
    while end <= range.upperBound {
      // The last letter says how far the next place is where the name can end.
      switch bytes[end - 1] {
      case UInt8(ascii: "p"):
        var offset = 0
        while offset < length, bytes[end - length + offset] == name.utf8Start[offset] {
          offset += 1
        }
        if offset == length { return true }
        end += length
      case UInt8(ascii: "u"): end += 1
      case UInt8(ascii: "o"): end += 2
      case UInt8(ascii: "r"): end += 3
      case UInt8(ascii: "g"): end += 4
      case UInt8(ascii: "_"): end += 5
      case UInt8(ascii: "y"): end += 6
      case UInt8(ascii: "t"): end += 7
      case UInt8(ascii: "i"): end += 8
      case UInt8(ascii: "c"): end += 11
      case UInt8(ascii: "e"): end += 12
      case UInt8(ascii: "s"): end += 13
      default: end += length
      }
    }
    // A letter may be written as an escape.
    for index in range.dropLast() where bytes[index] == UInt8(ascii: "\\") {
      if bytes[index + 1] == UInt8(ascii: "u") { return true }
    }
    return false
  }

  /// What a resource carries; nothing where it can carry no groups.
  static func read(_ type: String, _ attributes: TFAttributes) -> TFCarrierBody? {
    if others.contains(type) { return nil }
    var body = TFCarrierBody(id: attributes["id"]?.scalarText, attributes: [])
    if let known = paths[type] {
      for path in known {
        var attribute = TFCarrierBody.Attribute(
          path: path.map { $0.description }, ids: [], isUnknown: false)
        collect(path[...], attributes.values, attributes.unknown, into: &attribute)
        body.attributes.append(attribute)
      }
    } else {
      guard let values = attributes.values else { return nil }
      var path: [String] = []
      search(values, attributes.unknown, &path, &body.attributes, depth: 0)
      guard !body.attributes.isEmpty else { return nil }
    }
    let name = attributes["tags"]?["Name"] ?? attributes["tags_all"]?["Name"]
    body.isPNI =
      type == "aws_network_interface"
      && PNIInterface.isOne(
        description: attributes["description"]?.scalarText, nameTag: name?.scalarText)
    return body
  }

  /// Whether an attribute of a type that is not known here names groups, judged by its name as
  /// those of all types that are known are named.
  static func isName(_ name: String) -> Bool {
    guard name.contains("security_group") else { return false }
    for other in ["rule", "referenc", "name", "source", "enforce", "replace"]
    where name.contains(other) {
      return false
    }
    for ending in [
      "security_group", "security_groups", "security_group_id", "security_group_ids",
      "security_groups_ids", "security_group_id_list", "security_group_memberships",
      "security_group_arns",
    ] where name.hasSuffix(ending) {
      return true
    }
    return false
  }

  /// Follows a path through blocks and lists of blocks.
  private static func collect(
    _ path: ArraySlice<StaticString>, _ value: Value?, _ unknown: Value?,
    into attribute: inout TFCarrierBody.Attribute
  ) {
    if unknown?.boolean == true {
      attribute.isUnknown = true
      return
    }
    guard let name = path.first else {
      take(value, unknown, into: &attribute)
      return
    }
    if let value, value.isArray {
      var masks = unknown?.elements
      for element in value.elements { collect(path, element, masks?.next(), into: &attribute) }
      return
    }
    collect(path.dropFirst(), value?[name], unknown?[name], into: &attribute)
  }

  /// Takes ids from a text, a list, or a text that is a list with commas (EMR).
  private static func take(
    _ value: Value?, _ unknown: Value?, into attribute: inout TFCarrierBody.Attribute
  ) {
    guard let value else { return }
    if value.isArray {
      var masks = unknown?.elements
      for element in value.elements {
        if masks?.next()?.boolean == true {
          attribute.isUnknown = true
        } else {
          take(element, nil, into: &attribute)
        }
      }
      if let mask = masks?.next(), mask.boolean == true { attribute.isUnknown = true }
    } else if let text = value.scalarText {
      for part in text.split(separator: ",") {
        let id = EntryText.groupID(String(part.drop { $0 == " " }))
        if id.hasPrefix("sg-") { attribute.ids.append(id) }
      }
    }
  }

  /// How deep blocks of types that are not known here are looked into.
  private static let depthLimit = 8

  private static func search(
    _ value: Value, _ unknown: Value?, _ path: inout [String],
    _ found: inout [TFCarrierBody.Attribute], depth: Int
  ) {
    guard depth < depthLimit else { return }
    if value.isArray {
      var masks = unknown?.elements
      for element in value.elements where element.isObject || element.isArray {
        search(element, masks?.next(), &path, &found, depth: depth + 1)
      }
      return
    }
    for (key, member) in value.members {
      let isContainer = member.isObject || member.isArray
      // No shorter name can be one of them; most are never decoded.
      guard isContainer || (member.isString && key.node.end - key.node.start >= 16) else {
        continue
      }
      let name = key.text
      path.append(name)
      if isName(name) {
        var attribute = TFCarrierBody.Attribute(path: path, ids: [], isUnknown: false)
        take(member, unknown?.member(named: name), into: &attribute)
        if !attribute.isEmpty { found.append(attribute) }
      } else if isContainer {
        search(member, unknown?.member(named: name), &path, &found, depth: depth + 1)
      }
      path.removeLast()
    }
    guard let unknown else { return }
    for (key, flag) in unknown.members
    where flag.boolean == true && key.node.end - key.node.start >= 16 {
      let name = key.text
      guard isName(name), value.member(named: name) == nil else { continue }
      found.append(TFCarrierBody.Attribute(path: path + [name], ids: [], isUnknown: true))
    }
  }
}
