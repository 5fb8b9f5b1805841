// Whether a page ever waits for a job. Every core is kept busy by threads of normal priority, so that job threads, which
// get what is left over, stand still in the middle of whatever they are doing. A page-like thread then calls `background`
// again and again. If a job thread held a lock that the call needs, the call would take as long as the job thread stands
// still: many milliseconds. The control is the same call on a queue that nobody works on.

import BenchKit
import NightjarJobs

@Sendable
func measureInversion(_ options: BenchOptions, _ report: inout Report) async throws {
    let count = options.quick ? 20_000 : 80_000
    let alone = try makeQueue(options)
    let control = await whileBusy { await calls(count, on: alone, SharedCount(0)) }
    let queue = try makeQueue(options)
    let ran = SharedCount(0)
    let beside = try await withRunner(of: queue) { await whileBusy { await calls(count, on: queue, ran) } }

    func add(_ name: String, _ title: String, _ samples: Samples, note: String? = nil) {
        for (suffix, part, label) in [("P50", 0.5, "p50"), ("P99", 0.99, "p99"), ("P999", 0.999, "p99.9")] {
            report.add(
                Metric(
                    "memory.\(name)\(suffix)Microseconds", "\(title), \(label)", samples.percentile(part), "µs",
                    note: label == "p99.9" ? "longest \((samples.maximum / 1000).readable) ms; \(note ?? "")" : nil))
        }
    }
    add("busyCallControl", "background { } with no worker", control, note: "what sharing the cores costs anyway")
    add("busyCall", "background { } beside its jobs", beside, note: "\(ran.value) jobs ran meanwhile")
}

/// How long each of many calls took, in microseconds, with a short rest after every hundred.
private func calls(_ count: Int, on queue: JobQueue, _ ran: SharedCount) async -> Samples {
    var times: [Double] = []
    times.reserveCapacity(count)
    for number in 0..<count {
        let start = nanoseconds()
        queue.background { _ = ran.add(1) }
        times.append(Double(nanoseconds() - start) / 1000)
        if number % 100 == 99 { try? await Task.sleep(for: .milliseconds(1)) }
    }
    return Samples(times)
}

/// Keeps every core busy with a thread of normal priority while the body runs.
private func whileBusy<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
    let isOver = SharedCount(0)
    let burners = ThreadPool(name: "burner", threads: Machine.current.cores, priority: .normal)
    let tasks = (0..<Machine.current.cores).map { _ in
        Task(executorPreference: burners) { while isOver.value == 0 { burn() } }
    }
    let result = await body()
    _ = isOver.add(1)
    for task in tasks { await task.value }
    withExtendedLifetime(burners) {}
    return result
}

@inline(never)
private func burn() {
    var number: UInt64 = 88_172_645_463_325_252
    for _ in 0..<10_000 {
        number ^= number << 13
        number ^= number >> 7
    }
    withExtendedLifetime(number) {}
}
