/// A file of HCL's native syntax, read as far as its structure: nothing in it is evaluated.
struct HCLFile {
  var body: HCLBody
}

/// What stands between the braces of a block, or in a whole file.
struct HCLBody {
  /// The arguments, in the order of the file; no name occurs twice.
  var attributes: [HCLAttribute] = []
  /// The blocks, in the order of the file.
  var blocks: [HCLBlock] = []

  /// The argument of that name.
  func attribute(_ name: String) -> HCLAttribute? {
    attributes.first { $0.name == name }
  }

  /// The blocks of that type.
  func blocks(_ type: String) -> [HCLBlock] {
    blocks.filter { $0.type == type }
  }
}

/// `name = value`.
struct HCLAttribute {
  var name: String
  var value: HCLExpression
  /// From the first byte of the name to the last one of the value.
  var range: Range<Int>
}

/// `type "label" { … }`.
struct HCLBlock {
  var type: String
  var labels: [String]
  var body: HCLBody
  /// From the first byte of the type to the last one of the labels.
  var header: Range<Int>
  /// From the first byte of the type to the closing brace.
  var range: Range<Int>

  /// Whether it is `dynamic "type"`.
  func isDynamic(_ type: String) -> Bool { self.type == "dynamic" && labels == [type] }
}

/// An expression, by its form.
struct HCLExpression {
  /// What it looks like.
  indirect enum Kind {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number(String)
    /// A quoted text or a heredoc without interpolation, escapes decoded.
    case string(String)
    /// `a.b[0].c`, `a[*].b`, `a.*.b`: a name and what is taken of it.
    case traversal(String, [HCLStep])
    /// What is taken of anything else than a name: `f(x)[0].id`.
    case access(HCLExpression, [HCLStep])
    /// `[a, b]`.
    case tuple([HCLExpression])
    /// `{ a = b }`.
    case object([HCLItem])
    /// `f(a, b)`; with `...` behind the last argument that one is a list of arguments.
    case call(String, [HCLExpression], expandsLast: Bool)
    /// `a ? b : c`.
    case conditional(HCLExpression, HCLExpression, HCLExpression)
    /// A text with interpolations: its literal parts are strings, its directives are the conditional
    /// or the joined loop that they stand for. One that takes white space away is not the sum of its
    /// parts.
    case template([HCLExpression], isPlain: Bool)
    /// `-a`, `!a`.
    case unary(UInt8, HCLExpression)
    /// `a + b * c`: the operands and the operators between them, not grouped by precedence.
    case operation([HCLExpression], [HCLOperator])
    /// `[for v in c : x]`, `{for k, v in c : x => y}`.
    case loop(HCLLoop)
    /// `(a)`.
    case parentheses(HCLExpression)
  }

  var kind: Kind
  var range: Range<Int>

  /// The expression without parentheses around it.
  var bare: HCLExpression {
    var result = self
    while case .parentheses(let inner) = result.kind { result = inner }
    return result
  }

  /// The text of a literal without interpolation.
  var literalText: String? {
    if case .string(let text) = bare.kind { text } else { nil }
  }
}

/// One item of an object; a key that is a bare name is a text, not a reference.
struct HCLItem {
  var key: HCLExpression
  var value: HCLExpression

  /// The key, where it is written out.
  var keyText: String? {
    switch key.kind {
    case .string(let text), .number(let text): text
    case .traversal(let name, let steps) where steps.isEmpty: name
    case .bool(let flag): flag ? "true" : "false"
    case .null: "null"
    default: nil
    }
  }
}

/// What is taken of a value.
enum HCLStep {
  case attribute(String)
  case index(HCLExpression)
  /// `[*]`: all that follows is taken of each element.
  case splat
  /// `.*`: the attributes that follow at once are taken of each element, what follows these of the
  /// whole list.
  case attributeSplat
}

/// An operator between two operands.
enum HCLOperator: String {
  case or = "||"
  case and = "&&"
  case equal = "=="
  case unequal = "!="
  case atMost = "<="
  case atLeast = ">="
  case less = "<"
  case greater = ">"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divided = "/"
  case modulo = "%"

  /// How tightly it binds.
  var precedence: Int {
    switch self {
    case .or: 0
    case .and: 1
    case .equal, .unequal: 2
    case .atMost, .atLeast, .less, .greater: 3
    case .plus, .minus: 4
    case .times, .divided, .modulo: 5
    }
  }
}

/// A `for` expression.
struct HCLLoop {
  var keyName: String?
  var valueName: String
  var collection: HCLExpression
  /// The key of each item of an object; nothing for a tuple.
  var key: HCLExpression?
  var value: HCLExpression
  var condition: HCLExpression?
  /// Whether values of one key are gathered in a list.
  var isGrouped: Bool
}

extension HCLExpression {
  /// The expressions that it is made of, in the order of the text.
  var parts: [HCLExpression] {
    switch kind {
    case .null, .bool, .number, .string: []
    case .traversal(_, let steps): steps.compactMap { $0.key }
    case .access(let base, let steps): [base] + steps.compactMap { $0.key }
    case .tuple(let list), .call(_, let list, _), .template(let list, _),
      .operation(let list, _):
      list
    case .object(let items): items.flatMap { [$0.key, $0.value] }
    case .conditional(let condition, let first, let second): [condition, first, second]
    case .unary(_, let inner), .parentheses(let inner): [inner]
    case .loop(let loop):
      [loop.collection] + (loop.key.map { [$0] } ?? []) + [loop.value]
        + (loop.condition.map { [$0] } ?? [])
    }
  }
}

extension HCLStep {
  /// The expression between its brackets.
  fileprivate var key: HCLExpression? {
    if case .index(let key) = self { key } else { nil }
  }
}
