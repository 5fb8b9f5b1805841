// Threads of their own for job code.
//
// Job code may block or burn the processor; on Swift's shared pool, which has one thread per core, ten such jobs stop
// every page. Here it gets threads that belong to it, and they run at background priority: when pages need every core,
// the system takes it from the jobs.
//
// Whoever hands work in is often a page or an event loop (it completes a promise that a job awaits), so handing in takes
// no lock, see WorkList; and an idle thread, if there is one, is woken.
//
// Threads are woken one at a time: while one is on its way nobody wakes another, and whoever takes a piece of work wakes
// the next thread first if there is more. So ten short pieces cost one or two wake-ups, and ten long ones get ten threads.
//
// Threads start when first needed. A job that ignores its timeout keeps its thread; `replaceStuckThread` gives the pool
// another one for as long as that lasts.

import CNightjar
import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs tasks on a bounded number of threads of its own.
///
/// ```swift
/// Task(executorPreference: pool) { await render() }
/// ```
public final class ThreadPool: TaskExecutor {
    /// How the system is to share the processor between these threads and the rest.
    public enum Priority: String, CaseIterable, Sendable {
        /// Only what normal threads leave over.
        case background
        /// The same as everybody.
        case normal
    }

    private let name: String
    private let priority: Priority
    private let work = WorkList<UnownedJob>()
    private let bell = DispatchSemaphore(value: 0)
    private let idle = Atomic<Int>(0)
    /// Whether a thread has been woken or started and has not arrived yet.
    private let isWaking = Atomic<Bool>(false)
    private let started = Atomic<Int>(0)
    private let limit: Atomic<Int>
    private let isStopping = Atomic<Bool>(false)
    private let rest: (@Sendable () -> Duration)?

    /// A pool; its threads start when they are first needed.
    /// - Parameters:
    ///   - name: What the threads are called in tools such as `top`; the first 15 bytes are kept.
    ///   - threads: How many at the most; at least 1.
    ///   - priority: How they share the processor.
    public convenience init(name: String, threads: Int, priority: Priority) {
        self.init(name: name, threads: threads, priority: priority, rest: nil)
    }

    /// A pool whose threads may rest before they sleep.
    /// - Parameter rest: How long a thread that has run out of work looks away before it looks again. Work that comes in
    ///   meanwhile wakes nobody, which is cheap for whoever hands it in. Zero lets the thread sleep until it is woken.
    init(name: String, threads: Int, priority: Priority, rest: (@Sendable () -> Duration)?) {
        self.name = name
        self.priority = priority
        self.limit = Atomic(max(1, threads))
        self.rest = rest
    }

    /// Takes a piece of a task to run. Never blocks.
    public func enqueue(_ job: consuming ExecutorJob) {
        work.push(UnownedJob(job))
        wakeOne()
    }

    /// How many threads have been started and not ended.
    package var threadCount: Int { started.load(ordering: .relaxed) }

    /// Lets the pool have one thread more, because one is lost to a job that does not end.
    func replaceStuckThread() {
        limit.add(1, ordering: .sequentiallyConsistent)
        wakeOne()
    }

    /// Takes the extra thread back, because the job has ended after all.
    func retireReplacement() {
        limit.subtract(1, ordering: .sequentiallyConsistent)
        if claimIdleThread() { bell.signal() }
    }

    /// Ends the threads once there is nothing to do. Work that comes in later still runs, on threads started for it.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        while claimIdleThread() { bell.signal() }
    }

    private func wakeOne() {
        while !isWaking.exchange(true, ordering: .sequentiallyConsistent) {
            if claimIdleThread() {
                bell.signal()
                return
            }
            if startThread() { return }
            isWaking.store(false, ordering: .sequentiallyConsistent)
            // A thread may have gone to sleep, and work come in that left the waking to this call, just before that line.
            if work.isEmpty || idle.load(ordering: .sequentiallyConsistent) == 0 { return }
        }
    }

    private func claimIdleThread() -> Bool {
        var count = idle.load(ordering: .sequentiallyConsistent)
        while count > 0 {
            let (done, current) = idle.weakCompareExchange(
                expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
            if done { return true }
            count = current
        }
        return false
    }

    /// Starts a thread if there may be one more. Answers whether one is on its way.
    private func startThread() -> Bool {
        var count = started.load(ordering: .sequentiallyConsistent)
        while count < limit.load(ordering: .sequentiallyConsistent) {
            let (done, current) = started.weakCompareExchange(
                expected: count, desired: count + 1, ordering: .sequentiallyConsistent)
            guard done else {
                count = current
                continue
            }
            let pool = Unmanaged.passRetained(self).toOpaque()
            let failure = nightjar_thread_start(
                name, priority == .background ? 1 : 0,
                { context in
                    guard let context else { return }
                    Unmanaged<ThreadPool>.fromOpaque(context).takeRetainedValue().run()
                }, pool)
            guard failure != 0 else { return true }
            // The system has no thread to give. The ones that run will get to the work; with none at all there is no
            // way to run anything, and the next piece of work tries again.
            started.subtract(1, ordering: .sequentiallyConsistent)
            Unmanaged<ThreadPool>.fromOpaque(pool).release()
            return false
        }
        return false
    }

    private func run() {
        let executor = asUnownedTaskExecutor()
        if rest != nil { nightjar_thread_naps() }
        isWaking.store(false, ordering: .sequentiallyConsistent)
        while true {
            if let (job, isLast) = work.next() {
                if !isLast { wakeOne() }
                job.runSynchronously(on: executor)
                continue
            }
            if shouldEnd { break }
            if let pause = rest?(), pause > .zero {
                usleep(UInt32(clamping: pause.microseconds))
                continue
            }
            idle.add(1, ordering: .sequentiallyConsistent)
            // Work that came in before this thread counted as idle has woken nobody: look again before sleeping.
            if !work.isEmpty || shouldEnd, claimIdleThread() { continue }
            bell.wait()
            isWaking.store(false, ordering: .sequentiallyConsistent)
        }
        started.subtract(1, ordering: .sequentiallyConsistent)
        if !work.isEmpty { wakeOne() }
    }

    private var shouldEnd: Bool {
        isStopping.load(ordering: .sequentiallyConsistent)
            || started.load(ordering: .sequentiallyConsistent) > limit.load(ordering: .sequentiallyConsistent)
    }
}
