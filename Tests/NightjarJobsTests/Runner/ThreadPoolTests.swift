import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("ThreadPool", .timeLimit(.minutes(1)))
struct ThreadPoolTests {
    @Test("everything handed in is run, from any thread, through many suspensions")
    func stress() async {
        let pool = ThreadPool(name: "test", threads: 3, priority: .normal)
        let count = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2000 {
                group.addTask(executorPreference: pool) {
                    for _ in 0..<5 { await Task.yield() }
                    count.add()
                }
            }
        }
        #expect(count.value == 2000)
        #expect(pool.threadCount <= 3)
        pool.stop()
    }

    // ASOK-12
    @Test("no more threads run at once than were granted")
    func bounded() async {
        let pool = ThreadPool(name: "test", threads: 4, priority: .background)
        let gate = Gate()
        let tasks = (0..<8).map { _ in Task(executorPreference: pool) { gate.block() } }
        await gate.untilArrived(4)
        #expect(gate.arrived == 4)
        #expect(pool.threadCount == 4)
        gate.open()
        for task in tasks { await task.value }
        #expect(gate.arrived == 8)
        pool.stop()
    }

    @Test("work that comes in after a stop still runs")
    func afterStop() async {
        let pool = ThreadPool(name: "test", threads: 2, priority: .normal)
        await Task(executorPreference: pool) {}.value
        pool.stop()
        for _ in 0..<100 { await Task(executorPreference: pool) {}.value }
    }

    @Test("a pool of one thread runs many tasks that wait for each other")
    func oneThread() async {
        let pool = ThreadPool(name: "test", threads: 1, priority: .normal)
        let gate = Gate()
        let tasks = (0..<20).map { _ in Task(executorPreference: pool) { try? await gate.pass() } }
        await gate.untilArrived(20)
        await Task(executorPreference: pool) { gate.open() }.value
        for task in tasks { await task.value }
        #expect(pool.threadCount <= 1)
        pool.stop()
    }
}
