import Synchronization
import Testing
import Workers

/// Results that several threads make come as one thread would make them.
struct OrderedResultsTests {
  /// Takes a time that differs from number to number, so that threads overtake one another.
  private static func delay(_ number: Int) -> Int {
    var sum = number
    for step in 0..<(number &* 7919) % 97 * 200 { sum = sum &* 31 &+ step }
    return sum
  }

  private static func all<Result>(_ results: OrderedResults<Result>) -> [Result] {
    var all: [Result] = []
    while let result = results.next() { all.append(result) }
    return all
  }

  @Test("They come in their order, each once", arguments: 1..<7, [0, 1, 2, 7, 500])
  func areInOrder(jobs: Int, count: Int) {
    let results = OrderedResults(from: 3, to: 3 + count, jobs: jobs) {
      { number in Self.delay(number) == .min ? -1 : number }
    }
    #expect(Self.all(results) == Array(3..<3 + count))
    #expect(results.next() == nil)
  }

  @Test(
    "It is known whether those before come to a goal, or they are in the making",
    arguments: 1..<7, [0, 1, 10, 1_000, 50_000])
  func reachGoals(jobs: Int, total: Int) {
    @Sendable func share(_ number: Int) -> Int { number % 3 == 0 ? 0 : number }
    let results = OrderedResults<(number: Int, isReached: Bool)>(
      from: 0, to: 300, jobs: jobs, goal: .init(total, share: { share($0.number) })
    ) {
      { number, isReached in (Self.delay(number) == .min ? -1 : number, isReached) }
    }
    let all = Self.all(results)
    #expect(all.map { $0.number } == Array(0..<300))
    var sum = 0
    var inVain = 0
    for (number, isReached) in all {
      if isReached { #expect(sum >= total) }
      if sum >= total, !isReached { inVain += 1 }
      sum += share(number)
    }
    #expect(inVain <= 8)
  }

  /// Counts on several threads.
  private final class Tally: Sendable {
    private let counts = Mutex((made: 0, got: 0, most: 0))

    /// How many were made and not handed over, at most.
    var most: Int { counts.withLock { $0.most } }

    func isMade() {
      counts.withLock {
        $0.made += 1
        $0.most = max($0.most, $0.made - $0.got)
      }
    }
    func isGot() { counts.withLock { $0.got += 1 } }
  }

  @Test("Few are ahead of the one that was handed over last", arguments: 1..<5)
  func areFewAhead(jobs: Int) {
    let tally = Tally()
    let results = OrderedResults(from: 0, to: 400, jobs: jobs) {
      { number in
        tally.isMade()
        return number
      }
    }
    while let number = results.next() {
      tally.isGot()
      // Whoever asks is slow.
      if number % 10 == 0 { _ = (0..<50).map { Self.delay($0 + number) } }
    }
    #expect(tally.most <= jobs * 4 + jobs)
  }

  @Test("Those who stop asking wait for nobody's work but what was begun", arguments: 2..<5)
  func areLeft(jobs: Int) {
    var results: OrderedResults<Int>? = OrderedResults(from: 0, to: .max, jobs: jobs) {
      { number in number }
    }
    #expect(results?.next() == 0)
    #expect(results?.next() == 1)
    results = nil
  }

  @Test("Each thread has a maker of its own, if it makes anything", arguments: [2, 3, 7, 200])
  func haveMakers(count: Int) {
    // Few results are often made before the last thread has begun.
    for _ in 0..<(600 / count) {
      let tally = Tally()
      let results = OrderedResults(from: 0, to: count, jobs: 3) {
        tally.isMade()
        var count = 0
        return { (_: Int) -> Int in
          count += 1
          return count
        }
      }
      let counts = Self.all(results)
      #expect(counts.count == count)
      // One thread's count is 1 for its first result: as many are 1 as there were makers.
      #expect(counts.count { $0 == 1 } == tally.most)
      #expect((1...3).contains(tally.most))
    }
  }

  @Test("All work is done before both have ended, on whichever thread")
  func both() {
    for round in 0..<200 {
      nonisolated(unsafe) var other = 0
      let own = Workers.both({ round * 2 }, { other = round * 3 })
      #expect(own == round * 2)
      #expect(other == round * 3)
    }
  }
}
