import Foundation
import SGModel
import Testing

@testable import Reporters

@Suite struct ShowReporterTests {
  private typealias Box = (services: ServiceRange, peer: Peer)

  private func peer(_ cidr: String) throws -> Peer {
    switch try CIDR(cidr).block {
    case .v4(let range): .v4(range)
    case .v6(let range): .v6(range)
    }
  }

  private func tcp(_ ports: ClosedRange<UInt16>) -> ServiceRange {
    ServiceRange(protocol: 6, ports: ports)
  }

  private func group(
    ingress: TrafficSet = TrafficSet(), possibly: TrafficSet = TrafficSet(),
    egress: TrafficSet = TrafficSet()
  ) -> ShownGroup {
    ShownGroup(
      id: "sg-1", address: "aws_security_group.main", name: "web", vpc: "vpc-1",
      input: "plan.json", ingressMust: ingress, ingressMay: ingress.union(possibly),
      egressMust: egress, egressMay: egress)
  }

  private func text(_ groups: [ShownGroup], _ format: ShowFormat, _ atoms: AtomTable = AtomTable())
    throws -> String
  {
    var data = Data()
    format.render(groups, atoms: atoms) { data.append(contentsOf: $0) }
    return try #require(String(data: data, encoding: .utf8))
  }

  /// The flows of `traffic` as the JSON form lists them, one short text each.
  private func flows(_ traffic: TrafficSet, _ atoms: AtomTable = AtomTable()) throws -> [String] {
    let json = try text([group(ingress: traffic)], .json, atoms)
    let parsed = JSONValue(try JSONSerialization.jsonObject(with: Data(json.utf8)))
    let ingress = parsed["groups"][0]["ingress"]
    #expect(ingress["must"].count == ingress["may"].count)
    return try ingress["must"].elements.map { flow in
      var result = try #require(flow["protocol"].string)
      for name in ["from", "to", "type", "code"] where !flow[name].isMissing {
        result += " \(name)=\(flow[name].int.map(String.init) ?? "null")"
      }
      #expect(flow.names.isSubset(of: ["protocol", "from", "to", "type", "code", "peers"]))
      return result + " " + (try #require(flow["peers"].strings)).joined(separator: ",")
    }
  }

  @Test func portsProtocolsAndPeers() throws {
    var atoms = AtomTable()
    let vpc = atoms.intern(.vpc, "aws_vpc.main")
    let list = atoms.intern(.prefixList, "pl-1")
    let other = atoms.intern(.group, "sg-9")
    let boxes: [Box] = [
      (tcp(443...443), .atom(vpc)), (tcp(443...443), .atom(list)), (tcp(443...443), .atom(other)),
      (tcp(443...443), try peer("2001:db8::/32")), (tcp(443...443), try peer("10.0.0.0/17")),
      (tcp(443...443), try peer("10.0.128.0/17")), (ServiceRange(protocol: 17), try peer("::/0")),
      (tcp(9092...9093), try peer("10.0.0.0/8")), (ServiceRange(protocol: 47), .atom(other)),
    ]
    #expect(
      try flows(TrafficSet(boxes), atoms) == [
        "tcp from=443 to=443 10.0.0.0/16,2001:db8::/32,pl:pl-1,sg:sg-9,vpc:aws_vpc.main",
        "tcp from=9092 to=9093 10.0.0.0/8", "udp ::/0", "47 sg:sg-9",
      ])
  }

  @Test func icmpIsListedByType() throws {
    let anyone = try peer("0.0.0.0/0")
    let boxes: [Box] = [
      (ServiceRange(protocol: 1, type: 8, code: nil), anyone),
      (ServiceRange(protocol: 1, type: 3, code: 4), anyone),
      (ServiceRange(protocol: 58), anyone),
    ]
    #expect(
      try flows(TrafficSet(boxes)) == [
        "icmp type=3 code=4 0.0.0.0/0", "icmp type=8 code=null 0.0.0.0/0", "icmpv6 0.0.0.0/0",
      ])
    // From the middle of one type to the middle of another.
    let across = try #require(ServiceRange(lower: 1 << 16 | 0x02FE, upper: 1 << 16 | 0x0401))
    #expect(
      try flows(TrafficSet([(across, anyone)])) == [
        "icmp type=2 code=254 0.0.0.0/0", "icmp type=2 code=255 0.0.0.0/0",
        "icmp type=3 code=null 0.0.0.0/0", "icmp type=4 code=0 0.0.0.0/0",
        "icmp type=4 code=1 0.0.0.0/0",
      ])
  }

  @Test func whoMayUseEverythingIsSaidOnce() throws {
    let boxes: [Box] = [
      (.all, try peer("10.0.0.0/8")), (tcp(443...443), try peer("0.0.0.0/0")),
      (ServiceRange(protocol: 17), try peer("10.2.0.0/16")),
    ]
    #expect(
      try flows(TrafficSet(boxes)) == [
        "all 10.0.0.0/8",
        "tcp from=443 to=443 0.0.0.0/5,8.0.0.0/7,11.0.0.0/8,12.0.0.0/6,16.0.0.0/4,32.0.0.0/3,"
          + "64.0.0.0/2,128.0.0.0/1",
      ])
    #expect(try flows(.everything) == ["all 0.0.0.0/0,::/0"])
    #expect(try flows(TrafficSet()) == [])
  }

  @Test func whatHasAHoleIsNotEverything() throws {
    let anyone = try PeerSet([peer("0.0.0.0/0")])
    let hole = TrafficSet(ServiceSet([tcp(22...22)]).complement(), anyone)
    let entries = try flows(hole)
    #expect(entries.count == 257)
    #expect(entries.first == "0 0.0.0.0/0" && entries.last == "255 0.0.0.0/0")
    #expect(
      entries[6...8] == [
        "tcp from=0 to=21 0.0.0.0/0", "tcp from=23 to=65535 0.0.0.0/0", "7 0.0.0.0/0",
      ])
    for number in [UInt8(0), 255] {
      let most = ServiceSet([ServiceRange(protocol: number)]).complement()
      #expect(try flows(TrafficSet(most, anyone)).count == 255)
    }
    #expect(
      try text([group(egress: hole)], .text) == """
        aws_security_group.main (sg-1, `web`, in vpc-1, from plan.json)
          ingress  nothing
          egress   protocols 0-5    to 0.0.0.0/0
          egress   tcp 0-21         to 0.0.0.0/0
          egress   tcp 23-65535     to 0.0.0.0/0
          egress   protocols 7-255  to 0.0.0.0/0

        """)
  }

  @Test func forPeople() throws {
    var atoms = AtomTable()
    let other = atoms.intern(.group, "sg-9")
    let unknown = atoms.intern(.unknown, "var.x")
    let must = TrafficSet([
      (tcp(443...443), try peer("10.0.0.0/16")), (tcp(443...443), .atom(other)),
      (ServiceRange(protocol: 1, type: 8, code: nil), try peer("10.0.0.0/16")),
    ])
    var shown = group(
      ingress: must, possibly: TrafficSet([(tcp(1...2), .atom(unknown))]),
      egress: TrafficSet([(.all, try peer("0.0.0.0/0"))]))
    shown.notes = ["egress is not written"]
    var bare = group()
    bare.address = nil
    bare.id = nil
    bare.vpc = nil
    #expect(
      try text([shown, bare], .text, atoms) == """
        aws_security_group.main (sg-1, `web`, in vpc-1, from plan.json)
          ingress  icmp type 8    from 10.0.0.0/16
          ingress  tcp 443        from 10.0.0.0/16, sg:sg-9
          ingress  tcp 1-2        from unknown:var.x (possibly)
          egress   all protocols  to 0.0.0.0/0
          = note: egress is not written

        web (from plan.json)
          ingress  nothing
          egress   nothing

        """)
    #expect(try text([], .text) == "no groups\n")
  }

  @Test func forPrograms() throws {
    var atoms = AtomTable()
    let unknown = atoms.intern(.unknown, "var.x")
    var shown = group(possibly: TrafficSet([(tcp(0...65535), .atom(unknown))]))
    shown.id = nil
    #expect(
      try text([shown], .json, atoms) == """
        {
          "schema": "pni-lint/show/v1",
          "groups": [
            {
              "id": null,
              "address": "aws_security_group.main",
              "name": "web",
              "vpc": "vpc-1",
              "input": "plan.json",
              "ingress": {
                "must": [],
                "may": [
                  {
                    "protocol": "tcp",
                    "peers": [
                      "unknown:var.x"
                    ]
                  }
                ]
              },
              "egress": {
                "must": [],
                "may": []
              },
              "notes": []
            }
          ]
        }

        """)
  }
}
