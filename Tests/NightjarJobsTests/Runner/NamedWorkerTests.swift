import Foundation
import NightjarTesting
import Synchronization
import Testing

@testable import NightjarJobs

/// What a handler takes. A mismatched pair of handler and request, which NOBS-5 and NOBS-9 speak of, does not compile.
private struct SendEmail: Codable, Sendable, Equatable {
    var address: String
    var content: String

    init(address: String, content: String) {
        self.address = address
        self.content = content
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        address = try container.decode(String.self, forKey: .address)
        content = try container.decode(String.self, forKey: .content)
        guard address.contains("@") else {
            throw DecodingError.dataCorruptedError(forKey: .address, in: container, debugDescription: "no address")
        }
    }
}

@Suite("Named workers", .timeLimit(.minutes(1)))
struct NamedWorkerTests {
    private static func backends() -> [WrappedBackend?] { [nil, WrappedBackend()] }

    // NOBS-1, NOBS-2, NOBS-5, NOBS-6, NOBS-7, NOBS-8, NOBS-9, NOBS-12
    @Test("a handler, sync or async, is given the request that was queued for it")
    func handlers() async throws {
        for backend in Self.backends() {
            let test = try LoggedQueue(backend)
            let priority = test.queue.worker("priority_queue", concurrency: 2)
            let sent = Recorder<SendEmail>()
            let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in
                await Task.yield()
                sent.record(email)
            }
            let measure = try priority.handler("measure") { (email: SendEmail) in
                Measure(length: email.content.count, queue: JobContext.current?.queue ?? "")
            }
            test.queue.include(priority)
            let email = SendEmail(address: "ada@example.org", content: "hello")
            try await running(test.queue) {
                try await priority.queue(sendEmail, email).value
                let measured = try await priority.queue(measure, email).value
                #expect(measured == Measure(length: 5, queue: "priority_queue"))
            }
            #expect(sent.values == [email])
        }
    }

    // NOBS-10
    @Test("a handler runs in another process than the one that queued for it, found by its name")
    func elsewhere() async throws {
        let backend = WrappedBackend()
        let caller = JobQueue(backend: backend)
        let callers = caller.worker("priority_queue")
        let asked = try callers.handler("shout", of: String.self) { $0.uppercased() }
        let future = try await callers.queue(asked, "hello")

        let test = try LoggedQueue(backend)
        let workers = test.queue.worker("priority_queue")
        _ = try workers.handler("cry", of: String.self, aliases: ["shout"]) { "\($0.uppercased())!" }
        test.queue.include(workers)
        let words = try await running(test.queue) { try await future.value }
        #expect(words == "HELLO!")
    }

    // NOBS-6
    @Test("what does not decode is refused where it is queued in debug builds, and a dead letter in any case")
    func undecodable() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        let worker = test.queue.worker("mail")
        let send = try worker.handler("send_email", of: SendEmail.self) { _ in }
        test.queue.include(worker)
        let id = try await worker.queue(send, SendEmail(address: "nobody", content: "")).jobID
        try await running(test.queue) {
            await #expect(throws: JobError.self) { try await test.queue.future(id).value }
        }
        #expect(try await test.queue.record(of: id)?.failures.last?.message.contains("no address") == true)
        #if DEBUG
            let memory = JobQueue()
            let local = memory.worker("mail")
            let same = try local.handler("send_email", of: SendEmail.self) { _ in }
            await #expect(throws: QueueError.self) {
                try await local.queue(same, SendEmail(address: "nobody", content: ""))
            }
        #endif
    }

    // NOBS-14
    @Test("a handler that throws is tried again as its options say")
    func retries() async throws {
        for backend in Self.backends() {
            let test = try LoggedQueue(backend)
            let worker = test.queue.worker("flaky")
            let runs = Counter()
            let flaky = try worker.handler(
                "flaky", of: Int.self, options: JobOptions(retry: .immediate(maxAttempts: 3))
            ) { number in
                runs.add()
                if runs.value < 3 { throw Boom() }
                return number
            }
            test.queue.include(worker)
            let value = try await running(test.queue) { try await worker.queue(flaky, 7).value }
            #expect(value == 7 && runs.value == 3)
        }
    }

    // NOBS-3, NOBS-13, NOBS-15
    @Test("each worker has its slots to itself: one that is stuck holds up nobody, and none runs more than it may")
    func lanes() async throws {
        for backend in Self.backends() {
            let test = try LoggedQueue(backend, concurrency: 1)
            let (slow, quick) = (test.queue.worker("slow", concurrency: 2), test.queue.worker("quick", concurrency: 1))
            let door = Gate()
            let busy = Atomic<Int>(0)
            let most = Atomic<Int>(0)
            let started = Recorder<Int>()
            let wait = try slow.handler("wait", of: Int.self) { number in
                let now = busy.add(1, ordering: .sequentiallyConsistent).newValue
                most.max(now, ordering: .sequentiallyConsistent)
                started.record(number)
                try await door.pass()
                busy.subtract(1, ordering: .sequentiallyConsistent)
            }
            // Blocks its thread, as a synchronous function may.
            let block = try quick.handler("block", of: Int.self) { number in
                usleep(1000)
                return number
            }
            test.queue.include(slow)
            test.queue.include(quick)
            try await running(test.queue) {
                let waiting = try await slow.queue(wait, Array(1...5))
                await started.untilCount(2)
                // Both slots of `slow` are taken; the others go on.
                for number in 1...3 {
                    let value = try await quick.queue(block, number).value
                    #expect(value == number)
                }
                let general = try await test.queue.background(Scripted { $0.queue }).value
                #expect(general == "default")
                #expect(started.values.count == 2)
                door.open()
                for future in waiting { try await future.value }
            }
            #expect(most.load(ordering: .sequentiallyConsistent) == 2)
        }
    }

    // NOBS-4
    @Test("a worker that is declared and not included takes nothing, nor does anybody else, and that is said")
    func notIncluded() async throws {
        for backend in Self.backends() {
            let test = try LoggedQueue(backend) { $0.worker.shutdownWait = .zero }
            let (left, taken) = (test.queue.worker("left"), test.queue.worker("taken"))
            let first = try left.handler("first", of: Int.self) { $0 }
            let second = try taken.handler("second", of: Int.self) { $0 }
            test.queue.include(taken)
            try await running(test.queue) {
                let waiting = try await left.queue(first, 1)
                let value = try await taken.queue(second, 2).value
                #expect(value == 2)
                _ = try await test.queue.background(Scripted { _ in "" }).value
                let state = try await waiting.status.state
                #expect(state == .pending)
            }
            let said = test.lines.filter { $0.message.contains("declared but not included") }
            #expect(said.map(\.metadata["queue"]) == ["left"])
            // A process for that queue alone has nothing to do, and ends if it was to end then.
            var options = test.queue.configuration.worker
            options.queues = "left"
            try await JobRunner(test.queue, options: options, stopsWhenDrained: true).run()
        }
    }

    // NOBS-2, NOBS-15
    @Test("a process that pulls certain queues runs the named workers among them, and no others")
    func selection() async throws {
        let backend = WrappedBackend()
        let test = try LoggedQueue(backend)
        let (mail, images) = (test.queue.worker("mail"), test.queue.worker("images"))
        let send = try mail.handler("send", of: Int.self) { $0 }
        let resize = try images.handler("resize", of: Int.self) { $0 }
        test.queue.include(mail)
        test.queue.include(images)
        let sent = try await mail.queue(send, 1)
        let resized = try await images.queue(resize, 2)
        let other = try await test.queue.background(Scripted { _ in "" })
        var options = test.queue.configuration.worker
        options.queues = "mail"
        try await JobRunner(test.queue, options: options, stopsWhenDrained: true).run()
        #expect(try await sent.status.state == .completed)
        #expect(try await resized.status.state == .pending)
        #expect(try await other.status.state == .pending)
        #expect(test.lines.contains { $0.message.contains("does not run here") && $0.metadata["queue"] == "images" })
        options.queues = "default,*"
        try await JobRunner(test.queue, options: options, stopsWhenDrained: true).run()
        #expect(try await resized.status.state == .completed)
        #expect(try await other.status.state == .completed)
    }

    @Test("workers that stop when drained do so together, after what one puts into another's queue")
    func drained() async throws {
        for backend in Self.backends() {
            let test = try LoggedQueue(backend)
            let (one, two) = (test.queue.worker("one"), test.queue.worker("two"))
            let ends = Recorder<Int>()
            let last = try two.handler("last", of: Int.self) { ends.record($0) }
            let first = try one.handler("first", of: Int.self) { number -> Void in
                try await two.queue(last, number)
            }
            test.queue.include(one)
            test.queue.include(two)
            for number in 1...10 {
                try await test.queue.background(
                    Scripted { _ in
                        try await one.queue(first, number)
                        return ""
                    })
            }
            try await JobRunner(test.queue, stopsWhenDrained: true).run()
            #expect(Set(ends.values) == Set(1...10))
        }
    }

    // NOBS-8
    @Test("any job can be put into a worker's queue, and many in one step")
    func anyJob() async throws {
        let test = try LoggedQueue(WrappedBackend())
        let worker = test.queue.worker("special")
        test.queue.include(worker)
        try await running(test.queue) {
            let queue = try await worker.enqueue(Scripted { $0.queue }, options: JobOptions(queue: "elsewhere")).value
            #expect(queue == "special")
            let futures = try await worker.enqueue([Scripted { $0.queue }, Scripted { "\($0.attempt)" }])
            let values = [try await futures[0].value, try await futures[1].value]
            #expect(values == ["special", "1"])
        }
    }

    @Test("what cannot be a worker stops the start: a bad name, no slots, one name twice, another queue's")
    func complaints() async throws {
        for (declare, words) in [
            ({ _ = $0.worker("not a name") }, "“not a name” cannot name a worker"),
            ({ _ = $0.worker("a", concurrency: 0) }, "has a concurrency of 0"),
            (
                {
                    _ = $0.worker("a")
                    _ = $0.worker("a")
                }, "Two workers are named “a”"
            ),
            ({ $0.include(JobQueue().worker("a")) }, "belongs to another app or queue"),
        ] as [((JobQueue) -> Void, String)] {
            let queue = JobQueue()
            declare(queue)
            let error = await #expect(throws: QueueError.self) { try await queue.open() }
            #expect(error?.description.contains(words) == true)
        }
        let queue = JobQueue()
        let worker = queue.worker("a")
        let handler = try worker.handler("same", of: Int.self) { $0 }
        let error = #expect(throws: QueueError.self) { try worker.handler("same", of: Int.self) { $0 + 1 } }
        #expect(error?.description.contains("are both named “same”") == true)
        await #expect(throws: QueueError.self) { try await JobQueue().worker("a").queue(handler, 1) }
    }
}

private struct Measure: Codable, Sendable, Equatable {
    var length: Int
    var queue: String
}
