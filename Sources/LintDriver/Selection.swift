import Loaders
import SGModel

/// The numbers of some groups, in ascending order.
enum GroupNumbers {
  /// All of so many groups.
  case all(Int)
  /// These.
  case some([Int])

  var count: Int {
    switch self {
    case .all(let count): count
    case .some(let numbers): numbers.count
    }
  }

  /// Some of them, by their places.
  subscript(range: Range<Int>) -> [Int] {
    switch self {
    case .all: Array(range)
    case .some(let numbers): Array(numbers[range])
    }
  }
}

/// Which groups are judged.
struct Selection {
  private enum Selector {
    case pattern([UInt8])
    case tag(key: String, value: String?)
    case vpc([UInt8])
  }

  private var isAuto = false
  private var isAll = false
  private var selectors: [Selector] = []
  private let texts: [String]

  /// Reads the values of `--select`; none is `auto`.
  init(_ texts: [String]) throws(DriverError) {
    self.texts = texts
    if texts.isEmpty { isAuto = true }
    for text in texts {
      if text == "auto" {
        isAuto = true
      } else if text == "all" {
        isAll = true
      } else if text.hasPrefix("tag:") {
        let rest = text.dropFirst(4)
        guard let equals = rest.firstIndex(of: "=") else {
          selectors.append(.tag(key: String(rest), value: nil))
          continue
        }
        selectors.append(
          .tag(key: String(rest[..<equals]), value: String(rest[rest.index(after: equals)...])))
      } else if text.hasPrefix("vpc:") {
        selectors.append(.vpc(Array(text.dropFirst(4).utf8)))
      } else if text.isEmpty {
        throw .badOption(
          name: "--select",
          message:
            "an empty selector; expected all, auto, an id, a name, an address, tag:K=V or vpc:ID")
      } else {
        selectors.append(.pattern(Array(text.utf8)))
      }
    }
  }

  /// Whether it asks for tags of groups.
  var isAboutTags: Bool {
    selectors.contains { if case .tag = $0 { true } else { false } }
  }

  /// The numbers of the groups that are selected, and how they were, as words.
  func groups(
    of inventory: Inventory, aboutPNIInterfaces: Bool
  ) -> (numbers: GroupNumbers, words: String) {
    let byInterface = isAuto && aboutPNIInterfaces && inventory.estate.showsPNIInterfaces
    if isAll || isAuto && !byInterface { return (.all(inventory.count), "all groups") }
    let reader = GroupReader(inventory)
    let numbers = (0..<inventory.count).filter { number in
      if byInterface, inventory.isOnPNIInterface(number) { return true }
      guard !selectors.isEmpty else { return false }
      let (estate, index) = reader.group(number)
      return selectors.contains { matches($0, estate.groups[index], estate) }
    }
    let words =
      byInterface && selectors.isEmpty
      ? "the groups on PNI interfaces" : "the groups that match \(texts.joined(separator: ", "))"
    return (.some(numbers), words)
  }

  private func matches(_ selector: Selector, _ group: SecurityGroup, _ estate: Estate) -> Bool {
    switch selector {
    case .pattern(let pattern):
      return [group.id, group.name, group.address].contains { text in
        text.map { Glob.matches(pattern, Array($0.utf8)) } ?? false
      }
    case .tag(let key, let value):
      return group.tags.contains { $0.key == key && (value == nil || $0.value == value) }
    case .vpc(let pattern):
      return group.vpcs.contains { index in
        [estate.vpcs[index].id, estate.vpcs[index].address].contains { text in
          text.map { Glob.matches(pattern, Array($0.utf8)) } ?? false
        }
      }
    }
  }
}

/// Patterns with `*` (anything) and `?` (one byte).
///
/// Brackets are no classes: they stand in addresses of Terraform.
enum Glob {
  /// - Complexity: O(*n* *m*) at worst.
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var p = 0
    var t = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p + 1, t)
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        p = last.pattern
        t = last.text + 1
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}
