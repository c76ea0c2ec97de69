import Foundation
import SGModel
import Testing

@testable import Loaders

@Suite struct HCLReaderTests {
  // MARK: Structure

  @Test(arguments: [
    ("", ""),
    ("\n\n# nothing\n// nothing\n/* nothing\n */\n", ""),
    ("a = 1", "a = 1"),
    ("\u{FEFF}a = 1\r\nb = 2\r\n", "a = 1; b = 2"),
    (
      "resource \"a\" \"b\" {\n  c = d\n  e {\n    f = 1\n  }\n  e {}\n}\n",
      "resource \"a\" \"b\" { c = d; e { f = 1 }; e {  } }"
    ),
    ("a b \"c\" { d = [1, 2] }", "a \"b\" \"c\" { d = [1, 2] }"),
    (
      "dynamic \"ingress\" {\n for_each = x\n content {\n a = ingress.value\n }\n}",
      "dynamic \"ingress\" { for_each = x; content { a = ingress.value } }"
    ),
    ("a = true ? null : -1.5e+3", "a = <true ? null : -1.5e+3>"),
    ("a = b ? c : d ? e : f", "a = <b ? c : <d ? e : f>>"),
    ("a = 1 - count.index", "a = 1 - count.index"),
    ("a = count.index-1", "a = count.index-1"),
    ("a = b==c&&!d||e>=f%2", "a = b == c && !d || e >= f % 2"),
    ("a = - -1", "a = --1"),
    ("a = ((b))", "a = ((b))"),
    ("a = x[0].y[\"k.\\\"]\"].z.0.w", "a = x[0].y['k.\"]'].z[0].w"),
    ("a = x[*].id", "a = x[*].id"),
    ("a = x.*.id[0]", "a = x.*.id[0]"),
    ("a = x[count.index + 1].id", "a = x[count.index + 1].id"),
    ("a = one(x[*].id)", "a = one(x[*].id)"),
    ("a = concat(a.*.id, b.*.id, [\"\"])[0]", "a = <concat(a.*.id, b.*.id, [''])>[0]"),
    (
      "a = merge([for x in y : {z = x}]...)",
      "a = merge([for x in y: {z: x}]...)".replacing("[for", with: "for").replacing(
        "}]...", with: "}...")
    ),
    ("a = f(b,\n  c,\n)", "a = f(b, c)"),
    ("a = provider::aws::arn_parse(b).c", "a = <provider::aws::arn_parse(b)>.c"),
    (
      "a = {b = 1, \"c d\" : 2\n (e) = 3\n f.g = 4, 5 = 6}",
      "a = {b: 1, c d: 2, (e): 3, f.g: 4, 5: 6}"
    ),
    ("a = {\n  # c\n  b = 1 # d\n\n  c = 2,\n}", "a = {b: 1, c: 2}"),
    ("a = {\n for k, v in b : k => v.c... if v.d }", "a = for k, v in b: k => v.c... if v.d"),
    ("a = [for v in b : v if v != null]", "a = for v in b: v if v != null"),
    ("a = [\n  b, # c\n  /* d */ e\n]", "a = [b, e]"),
  ])
  func structure(text: String, expected: String) throws {
    #expect(HCLText.describe(try HCLText.read(text).body) == expected)
  }

  @Test(arguments: [
    (#"a = "b""#, "'b'"),
    (#"a = """#, "''"),
    (#"a = "\n\t\"\\\u00e9\U0001F600""#, "'\n\t\"\\é😀'"),
    (#"a = "${b}""#, "b"),
    (#"a = "${ b.c[0] }""#, "b.c[0]"),
    (#"a = "x${b}y""#, "\"'x' b 'y'\""),
    (#"a = "${b}${c}""#, "\"b c\""),
    (#"a = "$${b} %%{c} $b 5% $$ $$$${d}""#, "'${b} %{c} $b 5% $$ $$${d}'"),
    (#"a = "$$$${b}""#, "'$$${b}'"),
    (#"a = "$$${b}""#, "\"'$$' b\""),
    (#"a = "${~ b ~}""#, "~\"b\""),
    (#"a = "%{ if b }c%{ else }d%{ endif }""#, "\"<b ? \"'c'\" : \"'d'\">\""),
    (#"a = "x%{ if b }${c}%{ endif }y""#, "\"'x' <b ? \"c\" : \"\"> 'y'\""),
    (#"a = "%{ for v in b }${v}%{ endfor }""#, "\"join('', for v in b: \"v\")\""),
    (#"a = "%{ for k, v in b ~} ${v} %{ endfor }""#, "~\"join('', for k, v in b: \"' ' v ' '\")\""),
    (#"a = "${f("${b}", "}")}""#, "f(b, '}')"),
    ("a = <<EOT\none\n  two ${b}\nEOT\n", "\"'one\n  two ' b '\n'\""),
    ("a = <<EOT\n$${b} \\n \"quoted\"\n  EOT  \n", "'${b} \\n \"quoted\"\n'"),
    ("a = <<EOT\nEOT\n", "''"),
    ("a = <<EOT\n${b}EOT\nEOTX\nEOT\n", "\"b 'EOT\nEOTX\n'\""),
    ("a = <<-EOT\n  x\n  EOT\n", "~\"'  x\n'\""),
    ("a = f(<<EOT\nx\nEOT\n, 1)", "f('x\n', 1)"),
  ])
  func templates(text: String, expected: String) throws {
    let file = try HCLText.read(text)
    #expect(file.body.attributes.map { HCLText.describe($0.value) } == [expected])
  }

  // MARK: Places

  @Test func everythingHasItsPlace() throws {
    let marked = MarkedText(
      """
      # é
      ↓resource "aws_security_group" /* c */ "a"↓ {
        ↓egress = ↓[↓"x"↓, y]↓ # none
        ↓ingress↓ {
          ↓cidr_blocks = ↓concat(↓["10.0.0.0/8"]↓, var.b)[0]↓
        }↓
        ↓dynamic "ingress"↓ {
          ↓for_each = (↓var.x ? ↓<<EOT
      text
      EOT↓
          : null↓)
        }↓
      }↓

      """)
    let m = marked.marks
    let file = try HCLReader.read(marked.buffer)
    let block = try #require(file.body.blocks.first)
    #expect(block.header == m[0]..<m[1])
    #expect(block.range == m[0]..<m[23])
    let egress = try #require(block.body.attribute("egress"))
    #expect(egress.range == m[2]..<m[6])
    #expect(egress.value.range == m[3]..<m[6])
    guard case .tuple(let elements) = egress.value.kind else { throw Missing() }
    #expect(elements[0].range == m[4]..<m[5])
    let ingress = try #require(block.body.blocks("ingress").first)
    #expect(ingress.header == m[7]..<m[8])
    #expect(ingress.range == m[7]..<m[14])
    let cidr = try #require(ingress.body.attribute("cidr_blocks"))
    #expect(cidr.range == m[9]..<m[13])
    #expect(cidr.value.range == m[10]..<m[13])
    guard case .access(let call, _) = cidr.value.kind, case .call(_, let list, _) = call.kind
    else { throw Missing() }
    #expect(list[0].range == m[11]..<m[12])
    let dynamic = try #require(block.body.blocks.last)
    #expect(dynamic.isDynamic("ingress"))
    #expect(dynamic.header == m[15]..<m[16])
    #expect(dynamic.range == m[15]..<m[22])
    let each = try #require(dynamic.body.attribute("for_each"))
    #expect(each.value.bare.range == m[18]..<m[21])
    guard case .conditional(_, let text, _) = each.value.bare.kind else { throw Missing() }
    #expect(text.range == m[19]..<m[20])
  }

  struct Missing: Error {}

  // MARK: Errors

  /// The mark is where the error stands.
  @Test(arguments: [
    "a = ↓", "a = ↓\n", "a = 1\n↓a = 2\n", "a = (1↓]", "a = ↓(1", "a = ↓[1", "a = ↓{b = 1",
    "a ↓{\n b = 1\n", "a = ↓\"b", "a = \"b↓\nc\"", "a = \"↓\\q\"", "a = \"↓\\u12\"", "↓}\n", "a↓",
    "a ↓", "a b↓\n", "a = 1 ↓b = 2", "a = ↓<<EOT\nx\n", "a = ↓<<EOT\nEOT", "a = <<EOT↓ \nEOT\n",
    "a { b = 1↓, c = 2 }", "a { b = 1↓\n}", "a = 1 ↓}", "a = b↓;", "a = ↓'x'", "a = \"${b↓\"",
    "a = [1,↓,]", "a = f(↓,)", "a = x.↓", "a = x.↓.b", "a = x[↓]", "a = \"↓%{ if b }c\"",
    "a = \"↓%{ endif }\"", "a = \"↓%{ foo }\"", "a = {b ↓\n= 1}", "a = 0↓x10", "a = b ↓=> c",
    "↓/* x", "a = b +↓\nc", "a = [b↓...]", "a = f(b...↓, c)", "a = x.↓0.1", "a ↓\"b${c}\" {}",
  ])
  func placesOfErrors(text: String) {
    let marked = MarkedText(text)
    let error = HCLText.error(marked.bytes)
    #expect(error?.offset == marked.marks[0], "\(error?.message ?? "")")
  }

  @Test func bytesThatAreNoUTF8AreRefusedOutsideComments() {
    #expect(HCLText.error(SourceBytes(Array("# ".utf8) + [0xFF, 0x0A])) == nil)
    #expect(HCLText.error(SourceBytes(Array("a = \"".utf8) + [0xFF, 0x22]))?.offset == 5)
    #expect(HCLText.error(SourceBytes([0xC3, 0x28]))?.offset == 0)
    #expect(HCLText.error(SourceBytes([0xEF, 0xBB])) != nil)
  }

  // MARK: Hostile texts

  @Test(arguments: [
    ("a = ", "(", ")"), ("a = ", "[", "]"), ("a = ", "{b = ", "}"), ("a = ", "f(", ")"),
    ("a = ", "\"${", "}\""), ("a = ", "-", ""), ("a = ", "!", ""), ("a = ", "x ? y : ", "z"),
    ("a = ", "x[", "]"), ("a = ", "[for x in ", " : x]"), ("", "a {\n", "}\n"),
    ("a = ", "\"%{ if ", " }\""), ("a = ", "x ? ", " : y"),
    ("a = <<EOT\n", "%{ if x }", "%{ endif }"), ("a = <<EOT\n", "%{ for x in y }", "%{ endfor }"),
  ])
  func nestingIsLimited(head: String, open: String, close: String) {
    for count in [30, 101, 5000, 200_000] {
      let text =
        head + String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
      let error = HCLText.error(SourceBytes(Array(text.utf8)))
      if count > 100 { #expect(error?.message.contains("nested") == true) }
    }
  }

  @Test func longChainsTakeNoStackAndLinearTime() throws {
    let count = 200_000
    for (head, link, tail) in [
      ("a = 1", " + 1", ""), ("a = x", ".y", ""), ("a = x", "[0]", ""), ("a = [1", ", 1", "]"),
      ("a = \"", "${x}", "\""), ("a = x /*", " ", "*/"), ("a = <<E\n", "x\n", "E\n"),
      ("", "b {}\n", ""), ("", "# c\n", ""), ("a = <<E\n", "      \n", "E\n"),
    ] {
      let text = head + String(repeating: link, count: count) + tail
      let clock = ContinuousClock()
      let time = try clock.measure { _ = try HCLText.read(text) }
      #expect(time < .seconds(10), "\(link)")
    }
  }

  static let seeds = [
    """
    resource "aws_security_group" "a" {
      count  = var.create ? 1 : 0
      vpc_id = data.aws_vpc.main[each.key].id
      dynamic "ingress" {
        for_each = { for k, v in local.rules : k => v... if v.x != "y" }
        content {
          cidr_blocks = concat([aws_vpc.x.cidr_block], var.more[*].cidr)
        }
      }
      tags = { Name = "x-${var.name}-%{ if a }b%{ endif }" }
    }
    locals {
      a = <<-EOT
        one ${two}
      EOT
      b = try(aws_security_group.this[0].id, "")
    }
    """,
    "a = [for x in y : \"${x.*.id[0]}\" if !x] /* c */ // d\nb { c = -1.5e3 }\n",
  ]

  /// Texts made of pieces of others: reading ends, every range lies in the text and in the range of
  /// what holds it.
  @Test func mutatedTextsNeverTrap() {
    for seed in 0..<3000 {
      let text = Self.mutated(seed: UInt64(seed))
      let bytes = SourceBytes(text)
      do throws(SyntaxError) {
        let file = try HCLReader.read(bytes.buffer)
        Self.check(file.body, in: 0..<text.count)
      } catch {
        #expect(error.offset >= 0 && error.offset <= text.count)
      }
    }
  }

  static func mutated(seed: UInt64) -> [UInt8] {
    var numbers = SeededNumbers(state: seed)
    let pieces = [
      "${", "%{", "}", "{", "\"", "\n", "<<E\n", "E\n", "[", "]", "(", ")", "*", ".", "...", "=>",
      "=", "==", "?", ":", ",", "for ", " in ", "if ", "#", "/*", "*/", "\\", "-", "$$", "~", "\r",
      "é", "0", "1e", "::", "endif ", "else ", " ", "\u{0}",
    ]
    var text = Array(seeds[Int(seed % UInt64(seeds.count))].utf8)
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      let place = Int.random(in: 0...text.count, using: &numbers)
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0:
        text.insert(
          contentsOf: Array((pieces.randomElement(using: &numbers) ?? "").utf8), at: place)
      case 1:
        text.removeSubrange(place..<min(text.count, place + Int.random(in: 0...9, using: &numbers)))
      case 2:
        let end = min(text.count, place + Int.random(in: 0...40, using: &numbers))
        text.insert(
          contentsOf: Array(text[place..<end]), at: Int.random(in: 0...text.count, using: &numbers))
      default: text.insert(UInt8.random(in: 0...255, using: &numbers), at: place)
      }
    }
    return text
  }

  static func check(_ body: HCLBody, in range: Range<Int>) {
    for attribute in body.attributes {
      #expect(range.contains(attribute.range))
      check(attribute.value, in: attribute.range)
    }
    for block in body.blocks {
      #expect(range.contains(block.range) && block.range.contains(block.header))
      check(block.body, in: block.range)
    }
  }

  static func check(_ expression: HCLExpression, in range: Range<Int>) {
    #expect(range.contains(expression.range))
    for part in expression.parts { check(part, in: expression.range) }
  }

  // MARK: Against Terraform

  /// What Terraform's parser takes and what it refuses, we take and refuse.
  @Test(.enabled(if: TerraformProgram.path != nil, "terraform is not installed"))
  func agreesWithTerraform() throws {
    var texts = Self.judged.map { Array($0.utf8) }
    for seed in 0..<1000 {
      let text = Self.mutated(seed: UInt64(seed))
      // Terraform takes some names with broken UTF-8 in them, and what it makes of them is no name.
      if String(validating: text, as: UTF8.self) != nil { texts.append(text) }
    }
    let refused = try #require(try TerraformProgram.refused(texts))
    #expect(refused.count > 20 && refused.count < texts.count - 20)
    for (index, text) in texts.enumerated() {
      let error = HCLText.error(SourceBytes(text))
      #expect(
        (error != nil) == refused.contains(index),
        "\(String(reflecting: String(decoding: text, as: UTF8.self))): \(error?.message ?? "taken")"
      )
    }
  }

  static let judged = [
    "a = \"x$\"\n", "a = \"$$${b}\"\n", "a = \"$$$\"\n", "a = <<EOT\nx\nEOT",
    "a = <<EOT\nx\n  EOT  \n",
    "a = <<EOT\nx${b}EOT\nEOT\n", "a = <<EOT \nx\nEOT\n", "a = b +\n c\n", "a = x ?\n b : c\n",
    "a { b = 1 }\n", "a { b = 1\n }\n", "a { b = 1, c = 2 }\n", "a {\n b = 1 }\n", "a = [1,\n2,]\n",
    "a = {b=1,\n\n c:2}\n", "a = {b=1,,c=2}\n", "a = f(x...)\n", "a = f(x,)\n", "a = f(,)\n",
    "a = provider::aws::f(x)\n", "a = x.0.1\n", "a = x.*.id[0]\n", "a = x[ * ].id\n", "a = x . b\n",
    "a = - - 1\n", "a = !!b\n", "a = {for k, v in x : k => v... if v}\n",
    "a = [for v in x : v...]\n",
    "\u{FEFF}a = 1\n", "a = 1 # c", "a = 1 /* \n */\n", "a = 1\na = 2\n", "a \"b\" c { }\n",
    "a \"b${c}\" {}\n", "a = \"\\q\"\n", "a = \"x\ny\"\n",
    "a = \"%{ if b }c%{ else }d%{ endif }\"\n",
    "a = \"%{ if b }c\"\n", "a = \"%{ for x in y ~}c%{ endfor }\"\n", "a = \"%{ foo }\"\n",
    "a = (b\n.c)\n", "a = 0x10\n", "a = 1e5\n", "a = 1.\n", "a = {for = 1}\n",
    "a = {\"x${b}\" = 1, (c) = 2, d.e = 3}\n", "a\n{}\n", "a = 1\r\nb = 2\r\n", "a = 1\rb = 2\n",
    "a = f (x)\n", "a = \"${b\n}\"\n", "a = x[0\n]\n", "a = x\n[0]\n", "a = \"\\u12\"\n",
    "a = {\n b = 1 c = 2 }\n", "a = 'x'\n", "a = `x`\n", "a = b & c\n", "a = b;\n", "a = true.x\n",
    "a = {b\n= 1}\n", "a = {b = \n1}\n", "a = <<-EOT\n  x\n   y\n  EOT\n",
    "a = f(<<EOT\nx\nEOT\n, 1)\n",
    "a = x.*.y.*.z\n", "a = x[*][\"b\"]\n", "é = 1\n", "a=1 b=2\n", "\"a\" = 1\n", "a = 1//x\n",
    "a = {b = 1 # c\n d = 2}\n", "a = x.b-1\n", "a = for\n", "a = [for]\n", "a = x.1e5\n",
    "a = \"${~ b ~}\"\n", "a = \"$${b\"\n", "a = <<EOT\n$${b}\n%%{c}\nEOT\n", "a = \"\\${b}\"\n",
    "a = x.\nb\n", "a=[x\n]\n", "a = x ? b : c ? d : e\n", "a { /* c */ }\n", "a { # c\n }\n",
    "a { b {} }\n", "a = {for k,v in x: k=>v}[\"b\"]\n", "a = b==c&&d!=e||f<=g\n",
    "a = <<EOT\nEOT\n",
    "a = \"a\" \"b\"\n", "a = f::g(x)\n", "a = f:: g(x)\n", "a = \u{A0}b\n", "a = 1_000\n",
    "a = x.b()\n", "a = f(x)(y)\n", "a = x[]\n", "a = x..b\n", "a = .b\n", "a = b...\n",
    "a = [b...]\n", "a = f(b..., c)\n", "a = {}\n.b\n", "a = \"${}\"\n", "a = ()\n",
    "a = {b = c,}\n",
    "a = {,}\n", "a = [,]\n", "a { b = <<EOT\nx\nEOT\n}\n", "a = [<<EOT\nx\nEOT\n]\n",
    "a = {b = <<EOT\nx\nEOT\nc = 1}\n", "a { b = c", "a = \\\n b\n", "a = \"\\U0001F600\\u00e9\"\n",
    "a = \"\\ud800\"\n", "a = x.b.*\n", "a = x.*.0\n", "a = x[*].0\n", "a = x[*][0].*.b\n",
    "a = x.*.b[0].*.c\n", "a = {\nfor x in y : x => x}\n", "a = [\nfor x in y : x]\n",
    "a = [for x\nin y : x\n]\n", "a = f(\n\n\nx\n\n,y)\n", "a = {b = (c\n)\n}\n", "a = {\n\n}\n",
    "a = \"%{ if x }%{ else }%{ else }%{ endif }\"\n", "a = \"%{ endfor }\"\n", "a b c d {}\n",
    "a = <<A\n${<<B\nx\nB\n}\nA\n", "a = \"${\"${\"x\"}\"}\"\n", "a = 1 == 2 == 3\n",
    "a = !b == c\n",
    "a.b = 1\n", "a = b.\"c\"\n", "a = x[\"a\"][\"b\"].*.c\n", "a = f(x) ? y : z\n", "a = null.x\n",
    "a = 1.5.x\n", "a = \"x\".y\n", "a = [1][0]\n", "a = (x).y[*]\n", "a == 1\n", "a = x => y\n",
    "a = {x => y}\n", "a = {x y}\n", "a = {x}\n", "a { b }\n", "a {b=1}\n", "a {b=1}b {}\n",
    "a {} {}\n",
    "a = x.b . c\n", "a = x [0]\n", "a = x [*] . y\n", "a = 5 % 3\n", "a = x%y\n", "a = x-y\n",
    "a = x -y\n",
    "a = 1..2\n", "a = x...\n", "a = f(x ...)\n", "a = f(x...,)\n", "a = \"\t\"\n", "a = \"\r\"\n",
    "a = \"x\r\n\"\n", "a = <<EOT\r\nx\r\nEOT\r\n", "a = <<EOT\nx\nEOT\r\n", "a = <<-EOT\nx\nEOT\n",
    "a = << EOT\nx\nEOT\n", "a = <<\"EOT\"\nx\nEOT\n", "a = <<E-T\nx\nE-T\n",
    "a = <<EOT\n%{ if x }\ny\n%{ endif }\nEOT\n",
    "/**/a = 1\n", "a /* b */ = /* c */ 1\n", "a = /* b\n */ 1\n", "a {\n}b {}\n", "a {} b {}\n",
    "# c", "//",
    "/* c", "a = 1 /* c", "\r\n\r\n", "\r", "a = \"%{ if x ~}\n%{ endif }\"\n",
    "a = \"%{if x}y%{endif}\"\n",
    "a = {a = {b = {c = [{d = 1}]}}}\n", "a = -x ? -y : -z\n", "a = [x ? y : z, w]\n",
    "a = {k = x ? y : z}\n",
    "a = {x ? y : z = w}\n", "a = {x + y = z}\n", "a = {-1 = z}\n", "a = {[1] = z}\n",
    "a = {{} = z}\n",
    "a = {f(x) = z}\n", "a = {true = z, null = y}\n", "a = {\"b\" c}\n", "a = \"b\"c\n", "a = _b\n",
    "a = -b\n", "-b = 1\n",
    "a = b_-c\n", "1a = 1\n", "a1- = 1\n", "a = x.y-\n", "a = 1a\n", "a = 1e\n", "a = 1e+\n",
    "a = 1.e5\n", "a = 00\n",
  ]
}

extension Range<Int> {
  fileprivate func contains(_ other: Range<Int>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}
