import SGModel
import Testing

@testable import Loaders

/// Groups of describe output that are read at full speed.
@Suite struct PlainGroupTests {
  /// The keys of groups and of permissions in orders that change from group to group: no number of orders
  /// makes a group something else.
  @Test func anyOrderOfKeys() throws {
    let group = [
      #""GroupId":"sg-1""#, #""VpcId":"vpc-1""#, #""OwnerId":"1""#, #""GroupName":"g""#,
      #""Description":"d""#, #""IpPermissionsEgress":[]"#, #""Tags":[]"#,
    ]
    let permission = [
      #""IpProtocol":"tcp""#, #""FromPort":443"#, #""ToPort":9092"#, #""Ipv6Ranges":[]"#,
      #""IpRanges":[{"CidrIp":"10.0.0.0/16","Description":"d"}]"#, #""UserIdGroupPairs":[]"#,
    ]
    var random = SeededNumbers(state: 1)
    var text = ""
    var starts: [Int] = []
    for _ in 0..<400 {
      let list = permission.shuffled(using: &random).joined(separator: ",")
      let members = (group + ["\"IpPermissions\":[{\(list)}]"]).shuffled(using: &random)
      starts.append(text.utf8.count)
      text += "{\(members.joined(separator: ","))}"
    }
    let bytes = SourceBytes(Array(text.utf8))
    let plain = PlainGroup(bytes: bytes.buffer)
    for (index, start) in starts.enumerated() {
      let place = LinePlace(offset: start, breaks: 7, lineStart: 0, continuations: 0)
      let read = plain.read(at: place)
      let end = try #require(read, "group \(index)")
      #expect(end.offset == (index + 1 < starts.count ? starts[index + 1] : text.utf8.count))
      let items = Self.items(plain.writer, atLine: 7)
      let entries = items.compactMap { $0.entry }
      #expect(entries.count == 1)
      #expect(entries.first?.services == ServiceRange(protocol: 6, ports: 443...9092))
      let order: [Direction] = items.compactMap { $0.list }
      #expect(order.count == 2 && Set(order).count == 2)
    }
  }

  /// What stands behind a group.
  private static let tail = String(repeating: " ", count: 32)

  private typealias Item = (list: Direction?, entry: PlainEntry?, place: RecordPlace)

  /// What a record says.
  private static func items(_ writer: RecordWriter, atLine line: Int) -> [Item] {
    var reader = RecordReader(writer.record, line: line)
    var items: [Item] = []
    while let item = reader.next() {
      switch item {
      case .list(let direction): items.append((direction, nil, reader.lastPlace))
      case .v4(let range):
        items.append(
          (nil, PlainEntry(services: reader.services, peer: .v4(range)), reader.lastPlace))
      case .other(let peer):
        items.append((nil, PlainEntry(services: reader.services, peer: peer), reader.lastPlace))
      case .own, .before, .unmet: Issue.record("a group that is alone")
      }
    }
    return items
  }

  /// Texts that change lines and columns: letters of several bytes, escapes, line breaks between any two
  /// tokens.
  @Test(arguments: 0..<20 as Range<UInt64>) func places(seed: UInt64) throws {
    var random = SeededNumbers(state: seed)
    let spaces = ["", "", " ", "\n", "\r\n\t", "\n\n        ", "                 "]
    func space() -> String { spaces.randomElement(using: &random) ?? "" }
    let words = ["a", "Zoë", "€ 5", "😀", #"\""#, #"\u00e9ö"#, ""]
    func word() -> String { "\"\(words.randomElement(using: &random) ?? "")\"" }
    let peers = [
      ("IpRanges", "CidrIp", "10.1.2.3/31"), ("IpRanges", "CidrIp", "0.0.0.0/0"),
      ("IpRanges", "CidrIp", "192.168.128.0/17"), ("Ipv6Ranges", "CidrIpv6", "::/0"),
      ("Ipv6Ranges", "CidrIpv6", "2001:db8::/33"), ("PrefixListIds", "PrefixListId", "pl-0af"),
      ("UserIdGroupPairs", "GroupId", "sg-00123456789abcdef"),
      ("UserIdGroupPairs", "GroupId", "sg-0123456789abcdef0123456789abcd"),
    ]
    var text = ""
    var expected: [String] = []
    func write(_ tokens: String...) {
      for token in tokens { text += space() + token }
    }
    func list(_ name: String) {
      write("\"\(name)\"", ":", space())
      expected.append("\(name == "IpPermissions" ? "ingress" : "egress") \(text.utf8.count)")
      text += "["
      let count = Int(random.next() % 4)
      for number in 0..<count {
        if number > 0 { write(",") }
        let port = Int(random.next() % 300)
        write("{", "\"IpProtocol\"", ":", "\"tcp\"", ",", "\"FromPort\"", ":", "\(port)")
        write(",", "\"ToPort\"", ":", "\(port + 1)")
        var found: [(rank: Int, text: String)] = []
        for (rank, kind) in ["UserIdGroupPairs", "IpRanges", "Ipv6Ranges", "PrefixListIds"]
          .enumerated()
        {
          write(",", "\"\(kind)\"", ":", "[")
          for (index, peer) in peers.filter({ $0.0 == kind }).enumerated() {
            if index > 0 { write(",") }
            write("{", "\"Description\"", ":", word(), ",", "\"\(peer.1)\"", ":", space())
            found.append(((rank + 3) % 4, "tcp \(port)-\(port + 1) \(peer.2) \(text.utf8.count)"))
            text += "\"\(peer.2)\""
            write("}")
          }
          write("]")
        }
        write("}")
        for rank in 0..<4 { expected += found.filter { $0.rank == rank }.map { $0.text } }
      }
      write("]")
    }
    write(word(), "\n", word(), ",")
    let start = text.utf8.count
    // With escapes, it would be none of a plain group.
    let name = ["\"\"", "\"a b\"", "\"Zoë 😀\""].randomElement(using: &random) ?? ""
    write("{", "\"GroupId\"", ":", "\"sg-1\"", ",", "\"GroupName\"", ":", name, ",")
    list("IpPermissionsEgress")
    write(",", "\"VpcId\"", ":", "\"vpc-1\"", ",")
    list("IpPermissions")
    write("}")
    let length = text.utf8.count
    // At the very end of a file a group may be left to the general way.
    let bytes = SourceBytes(Array((text + Self.tail).utf8))
    let table = LineTable(SourceFile(path: "", bytes: bytes))
    var place = table.start
    unsafe place.advance(to: start, in: bytes.buffer)
    let plain = PlainGroup(bytes: bytes.buffer)
    for _ in 0..<2 {
      let read = plain.read(at: place)
      let end = try #require(read)
      #expect(end.offset == length)
      let last = table.position(of: end.offset)
      #expect(end.breaks + 1 == last.line)
      #expect(end.column == last.column)
      let items = Self.items(plain.writer, atLine: place.breaks)
      #expect(items.count == expected.count)
      for (item, wanted) in zip(items, expected) {
        let offset = try #require(wanted.split(separator: " ").last.flatMap { Int($0) })
        let position = table.position(of: offset)
        #expect(item.place.line + 1 == position.line, "\(wanted)")
        #expect(item.place.column == position.column, "\(wanted)")
        if let list = item.list { #expect(wanted.hasPrefix("\(list.rawValue) ")) }
        guard let entry = item.entry else { continue }
        let peer =
          switch entry.peer {
          case .v4(let range): "\(range)"
          case .v6(let range): "\(range)"
          case .group(let key): key.text(prefix: "sg-")
          case .prefixList(let key): key.text(prefix: "pl-")
          }
        let written = String(wanted.split(separator: " ")[2])
        let expectedPeer: String
        if let block = try? CIDR(written).block {
          switch block {
          case .v4(let range): expectedPeer = "\(range)"
          case .v6(let range): expectedPeer = "\(range)"
          }
        } else {
          expectedPeer = written
        }
        #expect(peer == expectedPeer)
        #expect(wanted.hasPrefix(ServiceText.describe(entry.services) + " "))
      }
    }
  }

  /// More services than there are numbers for, of both lengths.
  @Test func manyServices() throws {
    let count = RecordTable.none + 200
    let permissions = (0..<count).map { port in
      #"{"IpProtocol":"tcp","FromPort":\#(port),"ToPort":\#(port + 1),"IpRanges":[{"CidrIp":"10.0.0.0/8"}]}"#
    }
    let text =
      #"{"GroupId":"sg-1","VpcId":"vpc-1","IpPermissionsEgress":[],"IpPermissions":["#
      + permissions.joined(separator: ",") + "]}" + Self.tail
    let bytes = SourceBytes(Array(text.utf8))
    let plain = PlainGroup(bytes: bytes.buffer)
    let place = LinePlace(offset: 0, breaks: 0, lineStart: 0, continuations: 0)
    let read = plain.read(at: place)
    try #require(read != nil)
    let entries = Self.items(plain.writer, atLine: 0).compactMap { $0.entry }
    #expect(entries.count == count)
    for (port, entry) in entries.enumerated() {
      let low = UInt16(port)
      #expect(entry.services == ServiceRange(protocol: 6, ports: low...low + 1))
    }
  }
}
