import SGModel
import Testing

@testable import LintDriver

/// Text in the making.
struct LineBufferTests {
  private static func text(_ body: (LineBuffer) -> Void) -> String {
    let buffer = LineBuffer()
    body(buffer)
    return String(decoding: buffer.take(), as: UTF8.self)
  }

  @Test("Numbers are written as anyone writes them")
  func numbers() {
    var numbers = Array(0...1100)
    var power = 1
    while power < .max / 10 {
      power *= 10
      numbers += [power - 1, power, power + 1, power * 9]
    }
    for number in numbers + [.max] {
      #expect(Self.text { $0.append(number) } == "\(number)")
    }
  }

  @Test("Addresses are written as anyone writes them")
  func addresses() {
    for octet in 0...255 as ClosedRange<UInt32> {
      for shift in [0, 8, 16, 24] as [UInt32] {
        let address = octet << shift | 0x0A0A_0A0A & ~(0xFF << shift)
        #expect(Self.text { $0.append(address: address) } == AddressText.v4(address))
      }
    }
  }
}
