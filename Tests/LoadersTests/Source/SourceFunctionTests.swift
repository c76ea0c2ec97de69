import Foundation
import SGModel
import Testing

@testable import Loaders

/// What expressions of the source come to, held against Terraform itself.
@Suite struct SourceFunctionTests {
  /// Expressions, and what `terraform console` says of `jsonencode` of each.
  static let rows: [(expression: String, json: String)] = [
    (#"split(",", "a,b,,c")"#, #"["a","b","","c"]"#),
    (#"split(",", "")"#, #"[""]"#),
    (#"split("::", "a::b:::c")"#, #"["a","b",":c"]"#),
    (#"split(",", "a")[0]"#, #""a""#),
    (#"slice(["a", "b", "c"], 1, 2)"#, #"["b"]"#),
    (#"slice(["a", "b", "c"], 0, 3)"#, #"["a","b","c"]"#),
    (#"slice(["a"], 1, 1)"#, "[]"),
    (#"format("%s-%02d-%d%%", "a", 7, 12)"#, #""a-07-12%""#),
    (#"format("%v/%s", true, 3)"#, #""true/3""#),
    (#"format("%5d|%05d|%d", 42, -42, "7")"#, #""   42|-0042|7""#),
    (#"format("none")"#, #""none""#),
    (#"index(["a", "b", "a"], "a")"#, "0"),
    (#"index(["a", "b"], "b")"#, "1"),
    ("index([3, 5], 5)", "1"),
    (#"upper("abC-1")"#, #""ABC-1""#),
    (#"lower("AbC-1")"#, #""abc-1""#),
    (#"title("hello world-wide web_site 1st.x")"#, #""Hello World-Wide Web_site 1st.X""#),
    ("floor(7 / 2)", "3"),
    ("ceil(7 / 2)", "4"),
    ("floor(-7 / 2)", "-4"),
    ("ceil(-7 / 2)", "-3"),
    ("floor((3 + 4) * 2 / 4)", "3"),
    ("ceil(8 / 4)", "2"),
    ("floor(5)", "5"),
    (#"ceil("5")"#, "5"),
    ("abs(-3)", "3"),
    ("min(3, 1, 2)", "1"),
    ("max([3, 1, 2]...)", "3"),
    (#"substr("hello world", 1, 4)"#, #""ello""#),
    (#"substr("hello", -3, 2)"#, #""ll""#),
    (#"substr("hello", 2, -1)"#, #""llo""#),
    (#"substr("hello", 3, 10)"#, #""lo""#),
    (#"substr("hello", 5, 1)"#, #""""#),
    (#"chomp("a\n\r\n\n")"#, #""a""#),
    (#"chomp("a\nb\n")"#, #""a\nb""#),
    (#"trim("??!x?y!?", "!?")"#, #""x?y""#),
    (#"trimprefix("helloworld", "hello")"#, #""world""#),
    (#"trimprefix("helloworld", "world")"#, #""helloworld""#),
    (#"trimsuffix("helloworld", "world")"#, #""hello""#),
    (#"trimsuffix("helloworld", "hello")"#, #""helloworld""#),
    (#"trimspace(" \t\n a b \r\n")"#, #""a b""#),
    (#"replace("1 + 2 + 3", "+", "-")"#, #""1 - 2 - 3""#),
    (#"replace("aaa", "aa", "b")"#, #""ba""#),
    (#"replace("a/b", "/", "")"#, #""ab""#),
    (#"startswith("hello", "he")"#, "true"),
    (#"startswith("hello", "lo")"#, "false"),
    (#"endswith("hello", "lo")"#, "true"),
    (#"endswith("lo", "hello")"#, "false"),
    (#"strcontains("hello", "ll")"#, "true"),
    (#"strcontains("hello", "lll")"#, "false"),
    (#"strcontains("hello", "")"#, "true"),
    (#"join("-", ["a", "b"])"#, #""a-b""#),
    (#"join("-", ["a"], ["b", 1, true])"#, #""a-b-1-true""#),
    (#"join("-", [])"#, #""""#),
    (#"join("-", ["a"])"#, #""a""#),
    (#"coalesce("", null, "b", "c")"#, #""b""#),
    (#"coalesce(null, 3, 4)"#, "3"),
    (#"coalescelist([], ["a"], ["b"])"#, #"["a"]"#),
    (#"chunklist(["a", "b", "c"], 2)"#, #"[["a","b"],["c"]]"#),
    (#"chunklist(["a", "b", "c"], 0)"#, #"[["a","b","c"]]"#),
    (#"chunklist([], 0)"#, "[]"),
    (#"matchkeys([1, 2, 3], ["a", "b", "a"], ["a", "c"])"#, "[1,3]"),
    (#"setproduct(["a", "b"], ["x", "y"])"#, #"[["a","x"],["a","y"],["b","x"],["b","y"]]"#),
    (#"setproduct(["a"], [])"#, "[]"),
    (#"setunion(["b", "a"], ["c", "a"])"#, #"["a","b","c"]"#),
    (#"setintersection(["b", "a"], ["c", "a"])"#, #"["a"]"#),
    (#"setsubtract(["b", "a", "c"], ["c", "a"])"#, #"["b"]"#),
    (#""a%{ if 1 == 1 }b%{ else }c%{ endif }d""#, #""abd""#),
    (#""a%{ if 1 == 2 }b%{ endif }d""#, #""ad""#),
    (#""%{ if true }${5}%{ endif }""#, #""5""#),
    (#""%{ if false }x%{ endif }""#, #""""#),
    (#""%{ for x in ["a", "b"] }<${x}>%{ endfor }""#, #""\u003ca\u003e\u003cb\u003e""#),
    (#""%{ for k, v in { b = 2, a = 1 } }${k}=${v},%{ endfor }""#, #""a=1,b=2,""#),
    (
      #""%{ for x in ["a", "b"] }%{ if x == "a" }${x}%{ else }(%{ for i in [1, 2] }${i}%{ endfor })%{ endif }%{ endfor }""#,
      #""a(12)""#
    ),
    (#"element(["a", "b", "c"], 4)"#, #""b""#),
    (#"reverse(["a", "b"])"#, #"["b","a"]"#),
    (#"sort(["b", "a", "b"])"#, #"["a","b","b"]"#),
    (#"distinct(["b", "a", "b"])"#, #"["b","a"]"#),
    (#"compact(["a", "", null, "b"])"#, #"["a","b"]"#),
    (#"flatten([["a"], [], [["b"]]])"#, #"["a","b"]"#),
    (#"lookup({ a = "x" }, "b", "y")"#, #""y""#),
    (#"zipmap(["b", "a"], [1, 2])"#, #"{"a":2,"b":1}"#),
    (#"merge({ a = 1 }, { a = 2, b = 3 })"#, #"{"a":2,"b":3}"#),
    (#"keys({ b = 1, a = 2 })"#, #"["a","b"]"#),
    (#"values({ b = 1, a = 2 })"#, "[2,1]"),
    ("range(3)", "[0,1,2]"),
    ("range(2, 4)", "[2,3]"),
    (#"contains(["a", "b"], "b")"#, "true"),
    (#"length(["a", "b"])"#, "2"),
    (#"try({ a = 1 }.b, "none")"#, #""none""#),
    (#"one([])"#, "null"),
    (#"one(["a"])"#, #""a""#),
    (#"[for i, x in ["a", "b"] : "${i}${x}" if x != "a"]"#, #"["1b"]"#),
    (#"{ for x in ["a", "b", "a"] : x => 1... }"#, #"{"a":[1,1],"b":[1]}"#),
    ("1 + 2 * 3 - 4 % 3", "6"),
    (#"["a", "b"][length("ab" == "ab" ? [1] : []) - 1]"#, #""a""#),
  ]

  /// Expressions that are left open, or that are errors in Terraform too.
  static let open = [
    #"split("", "abc")"#, #"upper("straße")"#, #"substr("häuser", 0, 2)"#, #"title("éa")"#,
    #"format("%q", "a")"#, #"format("%.2f", 1)"#, #"format("%d", "a")"#, #"format("%s")"#,
    #"replace("abc", "/b+/", "x")"#, #"replace("abc", "", "x")"#, "floor(1.5)", "floor(1 / 0)",
    #"index(["1", 1], 1)"#, "terraform.workspace", #""${terraform.workspace}-x""#,
    #"trim("é", "x")"#,
    #""%{ if true ~} x %{~ endif }""#, #""%{ if terraform.workspace == "a" }x%{ endif }""#,
    #"slice(["a"], 0, 2)"#, #"slice(["a"], 1, 0)"#, #"index(["a"], "b")"#, #"format("a", "b")"#,
    #"substr("abc", -4, 1)"#, #"join("-", [null])"#, "timestamp()", #"file("x")"#,
    "abs(-9223372036854775808 - 1)", "floor(-9223372036854775808 / -1)",
  ]

  @Test func comesToWhatTerraformSays() throws {
    for row in Self.rows {
      #expect(try Self.json(Self.term(row.expression)) == row.json, "\(row.expression)")
    }
  }

  @Test(arguments: open) func staysOpen(_ expression: String) throws {
    switch try Self.term(expression) {
    case .open, .failed: break
    case .choice(let terms, _):
      // A condition that is not known leaves both.
      #expect(terms.count > 1)
    case let other: Issue.record("\(expression) came to \(other)")
    }
  }

  /// The table itself is what Terraform says.
  @Test(.enabled(if: TerraformProgram.path != nil, "terraform is not installed"))
  func theTableIsTerraforms() throws {
    let said = try #require(try TerraformProgram.evaluated(Self.rows.map { $0.expression }))
    try #require(said.count == Self.rows.count)
    for (row, json) in zip(Self.rows, said) { #expect(json == row.json, "\(row.expression)") }
  }

  // MARK: Evaluating

  /// What an expression comes to where there is an empty plan.
  static func term(_ text: String) throws -> TFTerm {
    let file = try HCLText.read("x = \(text)\n")
    let expression = try #require(file.body.attribute("x")).value
    let resolver = TFResolver(TFPlan())
    let scope = try #require(resolver.scope(ofModule: [], prefix: ""))
    return TFTerms(resources: 0).term(
      expression, TFTerms.Context(resolver: resolver, scope: scope, depth: 0))
  }

  /// A term as `jsonencode` writes it.
  static func json(_ term: TFTerm) -> String {
    switch term {
    case .null: return "null"
    case .bool(let flag): return "\(flag)"
    case .number(let number): return "\(number)"
    case .text(let text): return quoted(text)
    case .list(let list): return "[\(list.map { json($0) }.joined(separator: ","))]"
    case .map(let map):
      return "{"
        + TFTerm.sorted(map).map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",")
        + "}"
    case .instance, .choice, .open, .failed: return "(open)"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "<": result += "\\u003c"
      case ">": result += "\\u003e"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
