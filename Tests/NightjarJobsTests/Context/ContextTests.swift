import Logging
import NightjarTesting
import Testing

@testable import NightjarJobs

/// Stands for what surrounds a call of `background`: a visitor's name.
private enum Visitor {
    @TaskLocal static var name: String?
    @TaskLocal static var isLive = true
}

private struct VisitorPropagator: ContextPropagator {
    let captures = Counter()

    func capture() -> (any CapturedContext)? {
        captures.add()
        return Visitor.name.map { CapturedVisitor(name: $0, isLive: true) }
    }

    func restore(_ bytes: [UInt8]) throws -> any CapturedContext {
        guard bytes.first == UInt8(ascii: "v") else { throw Boom(text: "not a visitor") }
        return CapturedVisitor(name: String(decoding: bytes.dropFirst(), as: UTF8.self), isLive: false)
    }
}

private struct CapturedVisitor: CapturedContext {
    var name: String
    var isLive: Bool
    var logMetadata: Logger.Metadata { ["visitor": "\(name)"] }
    var requestID: String? { "request of \(name)" }

    func encode() throws -> [UInt8]? {
        if name == "too large" { throw QueueError.invalid("The context is too large.") }
        return name.isEmpty ? nil : Array("v\(name)".utf8)
    }

    func detached() throws -> any CapturedContext {
        _ = try encode()
        return CapturedVisitor(name: name, isLive: false)
    }

    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput {
        try await Visitor.$name.withValue(name) { try await Visitor.$isLive.withValue(isLive, operation: body) }
    }
}

@Suite("Context", .timeLimit(.minutes(1)))
struct ContextTests {
    private static let durabilities = [false, true]

    private func queue(durable: Bool, concurrency: Int = 10) throws -> (LoggedQueue, WrappedBackend?) {
        let backend = durable ? WrappedBackend() : nil
        return (try LoggedQueue(backend, context: VisitorPropagator(), concurrency: concurrency), backend)
    }

    private func seen() -> Scripted {
        Scripted { _ in "\(Visitor.name ?? "nobody") \(Visitor.isLive ? "live" : "detached")" }
    }

    // ASOK-41, AT-20
    @Test("is captured at the call and bound around the job", arguments: durabilities)
    func captured(durable: Bool) async throws {
        let (test, _) = try queue(durable: durable)
        let ada = try await Visitor.$name.withValue("ada") { try await test.queue.background(seen()) }
        let bob = try await Visitor.$name.withValue("bob") { try await test.queue.background(seen()) }
        let nobody = try await test.queue.background(seen())
        let closure = Visitor.$name.withValue("cleo") {
            test.queue.background { "\(Visitor.name ?? "nobody") \(Visitor.isLive ? "live" : "detached")" }
        }
        try await running(test.queue) {
            let seen = try await [ada.value, bob.value, nobody.value, closure.value]
            #expect(seen == ["ada detached", "bob detached", "nobody live", "cleo live"])
        }
        #expect(try await test.queue.record(of: ada.jobID)?.requestID == "request of ada")
        #expect(try await test.queue.list(JobFilter(requestID: "request of bob")).map(\.id) == [bob.jobID])
    }

    @Test("does not leak between jobs that run at once on the same threads", arguments: durabilities)
    func noLeaks(durable: Bool) async throws {
        let (test, _) = try queue(durable: durable, concurrency: 4)
        try await running(test.queue) {
            var futures: [(String, JobFuture<String>)] = []
            for index in 0..<200 {
                let name = index % 5 == 0 ? nil : "visitor \(index)"
                let job = Scripted { _ in
                    let first = Visitor.name
                    for _ in 0..<5 { await Task.yield() }
                    return first == Visitor.name ? first ?? "nobody" : "mixed up"
                }
                let future = try await Visitor.$name.withValue(name) { try await test.queue.background(job) }
                futures.append((name ?? "nobody", future))
            }
            for (name, future) in futures { #expect(try await future.value == name) }
        }
    }

    @Test("survives retry, snooze and an operator's retry verbatim", arguments: durabilities)
    func verbatim(durable: Bool) async throws {
        let (test, _) = try queue(durable: durable)
        let names = Recorder<String?>()
        let job = Scripted { _ in
            names.record(Visitor.name)
            switch names.values.count {
            case 1: throw Snooze(for: .zero)
            case 2, 3: throw Boom()
            default: return "done"
            }
        }
        try await running(test.queue) {
            let future = try await Visitor.$name.withValue("ada") {
                try await test.queue.background(job, options: JobOptions(retry: .immediate(maxAttempts: 2)))
            }
            await #expect(throws: JobError.self) { try await future.value }
            _ = try await Visitor.$name.withValue("operator") { try await test.queue.retry([future.jobID]) }
            #expect(try await future.value == "done")
        }
        #expect(names.values == ["ada", "ada", "ada", "ada"])
    }

    @Test("a job that a job enqueues inherits its context and names its parent", arguments: durabilities)
    func children(durable: Bool) async throws {
        let (test, _) = try queue(durable: durable)
        try await running(test.queue) {
            let child = seen()
            let parent = Scripted { _ in
                let future = try await test.queue.background(child)
                let closure = test.queue.background { "\(Visitor.name ?? "nobody")" }
                return "\(future.jobID) \(closure.jobID)"
            }
            let future = try await Visitor.$name.withValue("ada") { try await test.queue.background(parent) }
            let ids = try await future.value.split(separator: " ").compactMap { JobID(String($0)) }
            #expect(ids.count == 2)
            for id in ids {
                let record = try #require(try await test.queue.end(of: id, until: nil))
                #expect(record.parent == future.jobID)
                #expect(record.requestID == "request of ada")
            }
            let own = try #require(try await test.queue.record(of: future.jobID))
            #expect(own.parent == nil)
        }
        #expect(JobContext.current == nil)
    }

    @Test("an empty context adds no bytes; one that cannot be carried is an error at the call")
    func encoding() async throws {
        let (test, backend) = try queue(durable: true)
        let empty = try await Visitor.$name.withValue("") { try await test.queue.background(seen()) }
        guard case .some(.none) = try await backend?.inner.records([empty.jobID]).first??.context else {
            Issue.record("an empty context was stored")
            return
        }
        for durable in Self.durabilities {
            let (test, _) = try queue(durable: durable)
            await #expect(throws: QueueError.invalid("The context is too large.")) {
                try await Visitor.$name.withValue("too large") { try await test.queue.background(seen()) }
            }
        }
    }

    @Test("a context that cannot be read makes a dead letter that says so")
    func unreadable() async throws {
        let (test, backend) = try queue(durable: true)
        let job = NewJob(
            id: JobID(), spec: JobSpec(name: "scripted"), payload: .encoded(Array(#"{"key":"script 0"}"#.utf8)),
            context: .encoded([0]), createdAt: JobClock.system.now, dueAt: JobClock.system.now)
        _ = try await backend?.insert([job])
        try await running(test.queue) {
            await #expect(throws: JobError.self) { try await test.queue.future(job.id, of: Scripted.self).value }
        }
        let message = try #require(try await test.queue.record(of: job.id)?.failures.last?.message)
        #expect(message == "The stored context of job scripted cannot be read: not a visitor")
    }

    // NOBS-X8
    @Test("is on the job's own log lines, and on those about its failure")
    func logLines() async throws {
        let (test, _) = try queue(durable: false)
        try await running(test.queue) {
            let future = try await Visitor.$name.withValue("ada") {
                try await test.queue.background(
                    Scripted { context in
                        context.logger.info("at work")
                        throw Boom()
                    }, options: JobOptions(retry: .never))
            }
            await #expect(throws: JobError.self) { try await future.value }
            for message in ["at work", "Background job scripted failed: NightjarJobsTests.Boom: boom"] {
                let line = try #require(test.lines.first { $0.message == message })
                #expect(line.metadata["visitor"] == "ada")
                #expect(line.metadata["job.id"] == "\(future.jobID)")
                #expect(line.metadata["job.name"] == "scripted")
            }
        }
    }
}
