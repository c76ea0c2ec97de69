import SGModel

/// A network interface that says nothing unusual: it is made, or stays as it is, and is not one of PNI.
///
/// All that is of use of it is which groups it carries.
struct TFPlainInterface {
  var place: TFPlace
  /// Whether its groups are known after apply.
  var isUnknown = false
  /// The ids of its groups, as places in `TFResources.groupsOfInterfaces`.
  var groups: Range<Int32> = 0..<0

  /// The ids that one names, by their numbers in the plan's text.
  ///
  /// Nothing where the interface is not plain.
  static func groups(
    of values: Value, unknown: Value?, _ text: TFPlanText
  ) -> (isUnknown: Bool, ids: [Int32])? {
    var isUnknown = false
    if let unknown, !unknown.isNull {
      guard unknown.isObject else { return nil }
      if let flag = unknown["security_groups"] {
        isUnknown = flag.boolean == true
        // Then some of them are, and others are not.
        if !isUnknown, flag.holdsTrue { return nil }
      }
    }
    for mark in marks(of: values) {
      guard let mark, mark.isScalar else { continue }
      if mayBeOfPNI(mark.rawBytes, isEncoded: mark.node.isEncoded) { return nil }
    }
    var ids: [Int32] = []
    guard !isUnknown, let list = values["security_groups"], !list.isNull else {
      return (isUnknown, ids)
    }
    guard list.isArray else { return nil }
    for element in list.elements {
      guard element.kind == .string, !element.node.isEncoded, isPlainID(element.rawBytes)
      else { return nil }
      ids.append(Int32(clamping: text.number(ofID: element.rawBytes)))
    }
    return (isUnknown, ids)
  }

  /// The texts by which an interface of PNI is known.
  static func marks(of values: Value) -> [Value?] {
    [values["description"], values["tags"]?["Name"], values["tags_all"]?["Name"]]
  }

  /// Whether a text could be one that marks an interface of PNI.
  static func mayBeOfPNI(_ text: UnsafeRawBufferPointer, isEncoded: Bool) -> Bool {
    isEncoded || text.starts(with: "Confluent".utf8)
  }

  /// Whether a text is one id: several in one text, and accounts before them, are taken apart elsewhere.
  static func isPlainID(_ text: UnsafeRawBufferPointer) -> Bool {
    text.starts(with: "sg-".utf8) && !text.contains(UInt8(ascii: ","))
      && !text.contains(UInt8(ascii: "/"))
  }
}
