internal import CSystem

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Threads, for work that falls into parts: plain ones of the system, since the libraries for more
/// would double the time of a start.
public enum Workers {
  /// How many threads of this process can run at once on this machine.
  public static var available: Int {
    let allowed = Int(allowed_processors().count)
    return max(1, allowed > 0 ? allowed : Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

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
/// The thread that asks for results is one of them: where the next one is not there yet, it makes another one
/// instead of waiting. To wake a thread takes about as long as to make a small result.
///
/// At most a few results are ahead of the one that is handed over next, so that memory does not
/// grow with their number.
public final class OrderedResults<Result: Sendable>: Sendable {
  /// Called once on each thread that has something to make; returns what makes a result there, so that each
  /// thread can have memory of its own.
  public typealias Maker = @Sendable () -> (Int) -> Result

  /// As `Maker`, for results that change once those before them come to a goal: what it returns is told
  /// whether they do.
  ///
  /// They may do so where it is told that they do not, for some of them may be in the making.
  public typealias MakerWithGoal = @Sendable () -> (Int, _ isReached: Bool) -> Result

  /// What results have to come to.
  public struct Goal: Sendable {
    /// How much that is.
    public var total: Int
    /// What a result comes to.
    public var share: @Sendable (Result) -> Int

    /// Creates a goal.
    public init(_ total: Int, share: @escaping @Sendable (Result) -> Int) {
      self.total = total
      self.share = share
    }
  }

  private let state: State
  private let threads: [Thread]

  /// Begins to make results number `first` to `count - 1`.
  ///
  /// As many as `jobs` threads work, with the one that calls `next`.
  public convenience init(from first: Int, to count: Int, jobs: Int, maker: @escaping Maker) {
    self.init(from: first, to: count, jobs: jobs, goal: nil) {
      let make = maker()
      return { number, _ in make(number) }
    }
  }

  /// As `init(from:to:jobs:maker:)`; few results are made in vain as long as `goal` is not reached.
  public init(
    from first: Int, to count: Int, jobs: Int, goal: Goal?, maker: @escaping MakerWithGoal
  ) {
    let state = State(first: first, count: count, ahead: max(1, jobs * 4), goal, maker)
    self.state = state
    guard jobs > 1, count - first > 1 else {
      threads = []
      return
    }
    threads = (1..<min(jobs, count - first)).compactMap { _ in
      Thread.start {
        // One that comes too late makes nothing.
        guard var turn = state.take() else { return }
        let make = state.maker()
        while true {
          state.put(make(turn.number, turn.isReached), at: turn.number)
          guard let next = state.take() else { return }
          turn = next
        }
      }
    }
  }

  deinit {
    state.stop()
    for thread in threads { thread.join() }
  }

  /// Returns the next result, or nothing behind the last; for one thread.
  public func next() -> Result? {
    state.next()
  }

  /// A result that is to be made.
  private struct Turn {
    var number: Int
    /// Whether the results before it come to the goal.
    var isReached: Bool
  }

  private final class State: @unchecked Sendable {
    private let lock = Lock()
    private var made: [Int: Result] = [:]
    private var toMake: Int
    private var toGet: Int
    private let count: Int
    private let ahead: Int
    private var isStopped = false
    private let goal: Goal?
    /// What the results that were made come to.
    private var total = 0
    /// Whether a thread waits until more results were handed over, and whether the one that asks for them
    /// waits for the next.
    private var isAheadWaiting = false
    private var isNextWaiting = false
    let maker: MakerWithGoal
    /// What makes results on the thread that asks for them.
    private var make: ((Int, Bool) -> Result)?

    /// How many results may be ahead of the one that is handed over next as long as the goal is not reached.
    private static var aheadOfGoal: Int { 8 }

    init(first: Int, count: Int, ahead: Int, _ goal: Goal?, _ maker: @escaping MakerWithGoal) {
      self.maker = maker
      self.goal = goal
      toMake = first
      toGet = first
      self.count = count
      self.ahead = ahead
    }

    /// The result that is to be made next and can be made now, within the lock.
    private func takeNow() -> Turn? {
      // What is made by now stands before it.
      let isReached = goal.map { total >= $0.total } ?? true
      guard isUnfinished, toMake - toGet < (isReached ? ahead : min(ahead, Self.aheadOfGoal)) else {
        return nil
      }
      defer { toMake += 1 }
      return Turn(number: toMake, isReached: isReached)
    }

    private var isUnfinished: Bool { !isStopped && toMake < count }

    func take() -> Turn? {
      lock.with {
        while isUnfinished {
          if let turn = takeNow() { return turn }
          isAheadWaiting = true
          lock.wait()
        }
        return nil
      }
    }

    func put(_ element: Result, at number: Int) {
      let share = goal?.share(element) ?? 0
      lock.with {
        made[number] = element
        total += share
        let mayGoOn = isAheadWaiting && share > 0 && goal.map { total >= $0.total } ?? true
        if mayGoOn { isAheadWaiting = false }
        if mayGoOn || isNextWaiting && number == toGet { lock.wakeAll() }
      }
    }

    func next() -> Result? {
      guard toGet < count else { return nil }
      while true {
        let (result, turn) = getOrTake()
        if let result { return result }
        guard let turn else { return nil }
        if make == nil { make = maker() }
        guard let result = make?(turn.number, turn.isReached) else { return nil }
        put(result, at: turn.number)
      }
    }

    /// The next result, or one to make until it is there.
    private func getOrTake() -> (Result?, Turn?) {
      lock.with {
        while true {
          if let result = made.removeValue(forKey: toGet) {
            toGet += 1
            // Not at once, where there is still something to take: whoever is woken has more to do then.
            if isAheadWaiting, toMake - toGet <= ahead / 2 {
              isAheadWaiting = false
              lock.wakeAll()
            }
            return (result, nil)
          }
          if let turn = takeNow() { return (nil, turn) }
          // It is in the making: nothing is left out between two that were taken.
          isNextWaiting = true
          lock.wait()
          isNextWaiting = false
        }
      }
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

  /// Has memory asked for some megabytes at a time, and keeps what is freed: for work that takes no more than
  /// some tens of megabytes in all.
  public static func keepReady() {
    keep_memory_ready(4 << 20)
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
    let allowed: processors

    init(_ run: @escaping @Sendable () -> Void, _ allowed: processors) {
      self.run = run
      self.allowed = allowed
    }
  }

  #if canImport(Glibc)
    private let handle: pthread_t
  #else
    private nonisolated(unsafe) let handle: pthread_t
  #endif

  /// Starts a thread; nothing where the system has none to give.
  ///
  /// It begins on another processor than this thread's, where there is one: Linux often leaves a new thread
  /// on that of the one that starts it, until that one's slice of time is over. With its 3 ms, all work on
  /// a file of a megabyte would be done on one processor.
  static func start(_ run: @escaping @Sendable () -> Void) -> Thread? {
    var allowed = allowed_processors()
    let body = Unmanaged.passRetained(Body(run, allowed))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    begin_elsewhere(&attributes, &allowed)
    #if canImport(Glibc)
      var handle = pthread_t()
      var status = pthread_create(&handle, &attributes, Self.main, body.toOpaque())
      // A system may refuse the place and not the thread.
      if status != 0 { status = pthread_create(&handle, nil, Self.main, body.toOpaque()) }
      guard status == 0 else {
        body.release()
        return nil
      }
      return Thread(handle: handle)
    #else
      var handle: pthread_t?
      let status = pthread_create(&handle, nil, { Self.main($0) }, body.toOpaque())
      guard status == 0, let handle else {
        body.release()
        return nil
      }
      return Thread(handle: handle)
    #endif
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    guard let context = $0 else { return nil }
    let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
    withUnsafePointer(to: body.allowed) { run_anywhere($0) }
    body.run()
    return nil
  }

  /// Waits until it has ended.
  func join() { pthread_join(handle, nil) }
}
