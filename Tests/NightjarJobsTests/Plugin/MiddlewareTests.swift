// Hooks around jobs: called on every backend, harmless whatever they do.

import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

/// The kinds of backend that a hook must not know apart: one that keeps values, one that stores bytes.
enum Kept: String, CaseIterable, Sendable {
    case values, bytes

    var backend: any JobBackend {
        switch self {
        case .values: MemoryBackend()
        case .bytes: WrappedBackend()
        }
    }
}

@Suite("Middleware", .timeLimit(.minutes(1)))
struct MiddlewareTests {
    private func queue(_ kept: Kept = .values, hookTimeout: Duration = .seconds(5)) throws -> LoggedQueue {
        try LoggedQueue(kept.backend) { $0.hookTimeout = hookTimeout }
    }

    // AT-15, NUVOM-12, NUVOM-B11, NUVOM-X5
    @Test("hooks are called before, around and after each attempt, in order and back", arguments: Kept.allCases)
    func order(kept: Kept) async throws {
        let test = try queue(kept)
        let calls = Recorder<String>()
        for name in ["a", "b"] {
            test.queue.use(
                JobMiddleware(
                    name,
                    enqueue: { _ in calls.record("\(name) enqueue") },
                    before: { _ in calls.record("\(name) before") },
                    around: { _, body in
                        calls.record("\(name) in")
                        try await body()
                        calls.record("\(name) out")
                    },
                    after: { job, output in calls.record("\(name) after \(job.attempt) \(output)") }))
        }
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    calls.record("job")
                    return "done"
                })
            #expect(try await future.value == "done")
        }
        #expect(
            calls.values == [
                "a enqueue", "b enqueue", "a before", "b before", "a in", "b in", "job", "b out", "a out",
                "b after 1 done", "a after 1 done",
            ])
        #expect(test.errors.isEmpty)
    }

    // NOBS-X6, AT-15, NUVOM-12
    @Test("a failed attempt is told with its error, its number and the last there is", arguments: Kept.allCases)
    func failed(kept: Kept) async throws {
        let test = try queue(kept)
        let told = Recorder<String>()
        test.queue.use(
            JobMiddleware(
                "notify", after: { _, _ in told.record("after") },
                failed: { job, error in told.record("\(job.name) \(job.attempt)/\(job.maxAttempts): \(error)") }))
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in throw Boom() }, options: JobOptions(retry: .immediate(maxAttempts: 2)))
            await #expect(throws: JobError.self) { try await future.value }
        }
        #expect(told.values == ["scripted 1/2: boom", "scripted 2/2: boom"])
    }

    @Test("a job that is put off has not failed, and one that ran out of time has")
    func notFailed() async throws {
        let test = try queue()
        let told = Recorder<String>()
        let tries = Counter()
        test.queue.use(JobMiddleware("notify", failed: { _, error in told.record("\(type(of: error))") }))
        try await running(test.queue) {
            let snoozing = try await test.queue.background(
                Scripted { _ in
                    if tries.add() == 1 { throw Snooze(for: .zero) }
                    return "awake"
                })
            #expect(try await snoozing.value == "awake")
            let slow = try await test.queue.background(
                Scripted { _ in
                    try await Task.sleep(for: .seconds(60))
                    return ""
                }, options: JobOptions(retry: .never, timeout: .milliseconds(20)))
            await #expect(throws: JobError.self) { try await slow.value }
        }
        #expect(told.values == ["TimedOut"])
    }

    // NUVOM-19
    @Test("an enqueue hook's tags and metadata are stored and reach the job", arguments: Kept.allCases)
    func draft(kept: Kept) async throws {
        let test = try queue(kept)
        test.queue.use(
            JobMiddleware(
                "tenant",
                enqueue: { draft in
                    draft.metadata["tenant"] = "acme of \(draft.name)"
                    draft.tags.append("acme")
                }))
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { "\($0.metadata["tenant"] ?? "-") \($0.tags) \($0.metadata["own"] ?? "-")" },
                options: JobOptions(tags: ["mine"], metadata: ["own": "kept"]))
            #expect(try await future.value == #"acme of scripted ["mine", "acme"] kept"#)
            let closure = test.queue.background("closure") { JobContext.current?.metadata["tenant"] }
            #expect(try await closure.value == "acme of closure")
        }
        #expect(try await test.queue.list(JobFilter(tag: "acme")).count == 2)
    }

    @Test("hooks that throw are logged, and the job is what it would have been", arguments: Kept.allCases)
    func throwing(kept: Kept) async throws {
        let test = try queue(kept)
        test.queue.use(
            JobMiddleware(
                "broken",
                enqueue: { draft in
                    draft.tags = ["lost"]
                    throw Boom(text: "e")
                },
                before: { _ in throw Boom(text: "b") }, around: { _, _ in throw Boom(text: "r") },
                after: { _, _ in throw Boom(text: "a") }, failed: { _, _ in throw Boom(text: "f") }))
        try await running(test.queue) {
            #expect(try await test.queue.background(Scripted { _ in "done" }).value == "done")
            let failing = try await test.queue.background(
                Scripted { _ in throw CardDeclined() }, options: JobOptions(retry: .never))
            await #expect(throws: JobError.self) { try await failing.value }
        }
        #expect(try await test.queue.list(JobFilter(tag: "lost")).isEmpty)
        for text in ["enqueue hook threw: e", "before hook threw: b", "around hook threw: r", "did not run the job"] {
            #expect(test.errors.count { $0.contains(text) } == 2, "\(text)")
        }
        #expect(test.errors.count { $0.contains("after hook threw: a") } == 1)
        #expect(test.errors.count { $0.contains("failed hook threw: f") } == 1)
    }

    @Test("a hook that hangs is given up after its time, and the job runs", arguments: [false, true])
    func hanging(blocksItsThread: Bool) async throws {
        let test = try queue(hookTimeout: .milliseconds(300))
        let gate = Gate()
        let runs = Counter()
        let hang: @Sendable () async -> Void = {
            if blocksItsThread { gate.block() } else { await gate.passStubbornly() }
        }
        test.queue.use(
            JobMiddleware(
                "stuck", before: { _ in await hang() }, after: { _, _ in await hang() },
                failed: { _, _ in await hang() }))
        try await running(test.queue) {
            for _ in 0..<3 {
                let future = try await test.queue.background(Scripted { _ in "run \(runs.add())" })
                #expect(try await future.value == "run \(runs.value)")
            }
            let failing = try await test.queue.background(
                Scripted { _ in throw Boom() }, options: JobOptions(retry: .never))
            await #expect(throws: JobError.self) { try await failing.value }
            #expect(gate.arrived == 8)
            gate.open()
        }
        #expect(test.errors.count { $0.contains("before hook took longer") } == 4)
        #expect(test.errors.count { $0.contains("after hook took longer") } == 3)
        #expect(test.errors.count { $0.contains("failed hook took longer") } == 1)
    }

    @Test(
        "an around hook that hangs is given up: the job runs without it, or what it came to stands",
        arguments: [false, true])
    func hangingAround(blocksItsThread: Bool) async throws {
        let test = try queue(hookTimeout: .milliseconds(300))
        let gate = Gate()
        let runs = Counter()
        let hang: @Sendable () async -> Void = {
            if blocksItsThread { gate.block() } else { await gate.passStubbornly() }
        }
        test.queue.use(
            JobMiddleware(
                "early",
                around: { _, body in
                    await hang()
                    try await body()
                }))
        test.queue.use(
            JobMiddleware(
                "late",
                around: { _, body in
                    do { try await body() } catch {
                        await hang()
                        throw error
                    }
                    await hang()
                }))
        try await running(test.queue) {
            for _ in 0..<3 {
                let future = try await test.queue.background(Scripted { _ in "run \(runs.add())" })
                #expect(try await future.value == "run \(runs.value)")
            }
            let failing = try await test.queue.background(
                Scripted { _ in throw Boom() }, options: JobOptions(retry: .never))
            await #expect(throws: JobError.self) { try await failing.value }
            #expect(gate.arrived == 8)
            gate.open()
        }
        #expect(runs.value == 3)
        #expect(test.errors.count { $0.contains("early: around hook took longer") } == 4)
        #expect(test.errors.count { $0.contains("late: around hook took longer") } == 4)
    }

    @Test(
        "a hook that does not come back is passed over after a few calls, with one line, until it does",
        arguments: [false, true])
    func passedOver(isAround: Bool) async throws {
        let test = try queue(hookTimeout: .milliseconds(300))
        let gate = Gate()
        let calls = Counter()
        let hang: @Sendable () -> Void = {
            calls.add()
            gate.block()
        }
        test.queue.use(
            isAround
                ? JobMiddleware(
                    "stuck",
                    around: { _, body in
                        hang()
                        try await body()
                    }) : JobMiddleware("stuck", before: { _ in hang() }))
        try await running(test.queue) {
            for number in 1...12 {
                let future = try await test.queue.background(Scripted { _ in "\(number)" })
                #expect(try await future.value == "\(number)")
            }
            #expect(calls.value == 4)
            gate.open()
            // Its threads come back one after the other; from the first on it is called again.
            while calls.value == 4 { _ = try await test.queue.background(Scripted { _ in "" }).value }
        }
        #expect(test.errors.count { $0.contains("took longer") } == 4)
        #expect(test.errors.count { $0.contains("passed over") } == 1)
    }

    @Test("a hook that got no thread in its time never begins: it would run after what it was to come before")
    func noThread() async throws {
        let pool = ThreadPool(name: "one", threads: 1, priority: .normal)
        let gate = Gate()
        let calls = Recorder<String>()
        async let first = HookCall.run(within: .seconds(60), on: pool) {
            calls.record("first")
            gate.block()
        }
        _ = await calls.untilCount(1)
        guard case .late = await HookCall.run(within: .milliseconds(10), on: pool, { calls.record("second") }) else {
            Issue.record("A hook without a thread was waited for.")
            return
        }
        gate.open()
        _ = await first
        _ = await HookCall.run(within: .seconds(60), on: pool) { calls.record("third") }
        #expect(calls.values == ["first", "third"])
        pool.stop()
    }

    @Test("an attempt that ignores its timeout has failed, also when its code returns in the end")
    func writtenOff() async throws {
        let test = try LoggedQueue { $0.worker.timeoutGrace = .milliseconds(20) }
        let gate = Gate()
        let told = Recorder<String>()
        test.queue.use(
            JobMiddleware(
                "audit", after: { _, output in told.record("after \(output)") },
                failed: { _, error in told.record("failed \(type(of: error))") }))
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    await gate.passStubbornly()
                    return "late"
                }, options: JobOptions(retry: .never, timeout: .milliseconds(20)))
            await #expect(throws: JobError.self) { try await future.value }
            _ = await told.until { !$0.isEmpty }
            gate.open()
            _ = await test.log.until { $0.contains { $0.message.contains("ended after it had been given up") } }
        }
        #expect(told.values == ["failed TimedOut"])
    }

    @Test("a job inside an around hook is cancelled like any other")
    func cancelledInside() async throws {
        let test = try queue()
        test.queue.use(JobMiddleware("trace", around: { _, body in try await body() }))
        let begun = Gate()
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    begun.open()
                    try await Task.sleep(for: .seconds(60))
                    return ""
                })
            try await begun.pass()
            #expect(try await future.cancel())
            await #expect(throws: JobError.self) { try await future.value }
            #expect(try await future.status.state == .cancelled)
        }
        #expect(test.errors.isEmpty)
    }

    @Test("a before hook that hangs leaves a job with little time nearly all of it")
    func shortJob() async throws {
        let test = try queue()
        let gate = Gate()
        test.queue.use(JobMiddleware("stuck", before: { _ in try await gate.pass() }))
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in "in time" }, options: JobOptions(retry: .never, timeout: .seconds(10)))
            #expect(try await future.value == "in time")
        }
    }

    @Test("an around hook that calls the job twice runs it once, and one that binds a value is seen by the job")
    func around() async throws {
        enum Tenant { @TaskLocal static var current = "none" }
        let test = try queue()
        let runs = Counter()
        test.queue.use(
            JobMiddleware(
                "tenant",
                around: { job, body in
                    try await Tenant.$current.withValue("acme") { try await body() }
                    try await body()
                }))
        try await running(test.queue) {
            let future = try await test.queue.background(
                Scripted { _ in
                    runs.add()
                    return Tenant.current
                })
            #expect(try await future.value == "acme")
        }
        #expect(runs.value == 1)
        #expect(test.errors.isEmpty)
    }

    @Test("hooks see the job they are about")
    func contextInHooks() async throws {
        let test = try queue()
        let seen = Recorder<JobID?>()
        test.queue.use(
            JobMiddleware(
                "look", before: { _ in seen.record(JobContext.current?.id) },
                after: { _, _ in seen.record(JobContext.current?.id) }))
        let id = try await running(test.queue) {
            let future = try await test.queue.background(Scripted { _ in "" })
            _ = try await future.value
            return future.jobID
        }
        #expect(seen.values == [id, id])
    }
}
