internal import CMemory

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Threads, for work that falls into parts: plain ones of the system, since the libraries for more
/// would double the time of a start.
public enum Workers {
  /// How many threads can run at once on this machine.
  public static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Runs `other` on a thread of its own while `own` runs on this one, and returns what `own` does when both
  /// have ended.
  ///
  /// `own` may wait for `other`, not the other way round.
  public static func both<Value, Failure: Error>(
    _ own: () throws(Failure) -> Value, _ other: @Sendable () -> Void
  ) throws(Failure) -> Value {
    let result: Result<Value, Failure> = withoutActuallyEscaping(other) { other in
      let thread = Thread.start(other)
      // No thread is to be had where the system has no memory for it.
      if thread == nil { other() }
      defer { thread?.join() }
      do throws(Failure) {
        return .success(try own())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Runs `body` for every number below `count`, on as many as `jobs` threads, and returns when all
  /// have ended.
  public static func forEach(_ count: Int, jobs: Int, _ body: @Sendable (Int) -> Void) {
    let jobs = min(jobs, count)
    guard jobs > 1 else {
      for number in 0..<count { body(number) }
      return
    }
    let next = Counter()
    withoutActuallyEscaping(body) { body in
      let work: @Sendable () -> Void = {
        while let number = next.take(below: count) { body(number) }
      }
      let threads = (1..<jobs).compactMap { _ in Thread.start(work) }
      work()
      for thread in threads { thread.join() }
    }
  }
}

/// Makes results on several threads and hands them over in order.
///
/// At most a few results are ahead of the one that is handed over next, so that memory does not
/// grow with their number.
public final class OrderedResults<Result: Sendable>: Sendable {
  /// Called once on each thread; returns what makes a result there, so that each thread can have memory
  /// of its own.
  public typealias Maker = @Sendable () -> (Int) -> Result

  /// When there are enough results.
  public struct Limit: Sendable {
    /// How much the results have to come to.
    public var total: Int
    /// What a result comes to.
    public var share: @Sendable (Result) -> Int

    /// Creates a limit.
    public init(_ total: Int, share: @escaping @Sendable (Result) -> Int) {
      self.total = total
      self.share = share
    }
  }

  private let state: State
  private let threads: [Thread]

  /// Begins to make results number `first` to `count - 1`, or up to the one that reaches `limit`.
  ///
  /// Which one that is depends on the results alone. Behind it at most one result a thread is made in vain.
  public init(
    from first: Int, to count: Int, jobs: Int, limit: Limit? = nil, maker: @escaping Maker
  ) {
    let state = State(first: first, count: count, ahead: max(1, jobs * 4), limit, maker)
    self.state = state
    guard jobs > 1, count - first > 1 else {
      threads = []
      return
    }
    threads = (0..<min(jobs, count - first)).compactMap { _ in
      Thread.start {
        let make = state.maker()
        while let number = state.take() { state.put(make(number), at: number) }
      }
    }
  }

  deinit {
    state.stop()
    for thread in threads { thread.join() }
  }

  /// Returns the next result, or nothing behind the last.
  public func next() -> Result? {
    threads.isEmpty ? state.makeNext() : state.getNext()
  }

  private final class State: @unchecked Sendable {
    private let lock = Lock()
    private var made: [Int: Result] = [:]
    private var toMake: Int
    private var toGet: Int
    private let count: Int
    private let ahead: Int
    private var isStopped = false
    private let limit: Int
    private let share: (@Sendable (Result) -> Int)?
    /// What the results that were made, and those that were handed over, come to.
    private var madeTotal = 0
    private var handedTotal = 0
    let maker: Maker
    /// Used where there are no threads.
    private var make: ((Int) -> Result)?

    init(first: Int, count: Int, ahead: Int, _ limit: Limit?, _ maker: @escaping Maker) {
      self.maker = maker
      self.limit = limit?.total ?? .max
      share = limit?.share
      toMake = first
      toGet = first
      self.count = count
      self.ahead = ahead
    }

    /// What is made by then stands before the number that is taken: once it is enough, that one is not
    /// needed.
    func take() -> Int? {
      lock.with {
        while !isStopped, toMake < count, toMake - toGet >= ahead, madeTotal < limit {
          lock.wait()
        }
        guard !isStopped, toMake < count, madeTotal < limit else { return nil }
        defer { toMake += 1 }
        return toMake
      }
    }

    func put(_ element: Result, at number: Int) {
      let share = share?(element) ?? 0
      lock.with {
        made[number] = element
        madeTotal += share
        lock.wakeAll()
      }
    }

    func getNext() -> Result? {
      let result: Result? = lock.with {
        guard toGet < count, handedTotal < limit else { return nil }
        while made[toGet] == nil { lock.wait() }
        defer {
          toGet += 1
          lock.wakeAll()
        }
        return made.removeValue(forKey: toGet)
      }
      count(result)
      return result
    }

    func makeNext() -> Result? {
      guard toGet < count, handedTotal < limit else { return nil }
      defer { toGet += 1 }
      if make == nil { make = maker() }
      let result = make?(toGet)
      count(result)
      return result
    }

    /// Called by the thread that asks for results, as all that looks at `handedTotal`.
    private func count(_ result: Result?) {
      if let share, let result { handedTotal += share(result) }
    }

    func stop() {
      lock.with {
        isStopped = true
        lock.wakeAll()
      }
    }
  }
}

/// Lets work that is done at once on several threads come in its order where it has to.
public final class Turns: Sendable {
  private let state: State

  private final class State: @unchecked Sendable {
    let lock = Lock()
    var isDone: [Bool]
    var first = 0

    init(_ count: Int) { isDone = Array(repeating: false, count: count) }
  }

  /// Creates the turns of `count` pieces of work, which must be begun in their order.
  public init(_ count: Int) { state = State(count) }

  /// Waits until all work before number `number` is done.
  public func wait(for number: Int) {
    state.lock.with {
      while state.first < number { state.lock.wait() }
    }
  }

  /// Says that work number `number` is done.
  public func finish(_ number: Int) {
    state.lock.with {
      state.isDone[number] = true
      while state.first < state.isDone.count, state.isDone[state.first] { state.first += 1 }
      state.lock.wakeAll()
    }
  }
}

/// Says once to other threads that something is so.
public final class Flag: Sendable {
  private let state = State()

  private final class State: @unchecked Sendable {
    let lock = Lock()
    var isRaised = false
  }

  /// Creates a flag that is not raised.
  public init() {}

  /// Whether it was raised.
  public var isRaised: Bool { state.lock.with { state.isRaised } }

  /// Raises it.
  public func raise() { state.lock.with { state.isRaised = true } }
}

/// Hands out numbers, each once.
private final class Counter: @unchecked Sendable {
  private let lock = Lock()
  private var value = 0

  func take(below limit: Int) -> Int? {
    lock.with {
      guard value < limit else { return nil }
      defer { value += 1 }
      return value
    }
  }
}

/// A lock that can be waited at until something has changed.
private final class Lock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func with<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Waits for a change, within `with`.
  func wait() { pthread_cond_wait(condition, mutex) }

  /// Says that something has changed, within `with`.
  func wakeAll() { pthread_cond_broadcast(condition) }
}

/// Memory of the process.
public enum Memory {
  /// Gives memory that was used and is free back to the system.
  ///
  /// What comes in between of many small things that were freed is kept by the allocator otherwise, and
  /// counts as in use. Takes a time in the order of how much is free: for the end of a stage.
  public static func returnUnused() {
    return_unused_memory()
  }

  /// Keeps up to a megabyte of what is freed for what is allocated next: for a stage that makes one piece
  /// of some 100 KB after the other and lets go of it.
  public static func keepFreed() {
    keep_freed_memory(1 << 20)
  }
}

/// A thread of the system.
private struct Thread: Sendable {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  #if canImport(Glibc)
    private let handle: pthread_t
  #else
    private nonisolated(unsafe) let handle: pthread_t
  #endif

  /// Starts a thread; nothing where the system has none to give.
  static func start(_ run: @escaping @Sendable () -> Void) -> Thread? {
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Glibc)
      var handle = pthread_t()
      let status = pthread_create(
        &handle, nil,
        { context in
          if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, body.toOpaque())
      guard status == 0 else {
        body.release()
        return nil
      }
      return Thread(handle: handle)
    #else
      var handle: pthread_t?
      let status = pthread_create(
        &handle, nil,
        { context in
          Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
          return nil
        }, body.toOpaque())
      guard status == 0, let handle else {
        body.release()
        return nil
      }
      return Thread(handle: handle)
    #endif
  }

  /// Waits until it has ended.
  func join() { pthread_join(handle, nil) }
}
