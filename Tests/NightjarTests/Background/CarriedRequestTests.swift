import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar

/// What a job remembers of its request, through everything a queue does to a job. DESIGN §8, ASOK-41
@Suite("The request a job remembers", .timeLimit(.minutes(1)))
struct CarriedRequestTests {
    struct Stubborn: Job {
        static let name = "Stubborn"
        static let options = JobOptions(retry: .immediate(maxAttempts: 2))
        static let seen = Mutex<[JobID: [String]]>([:])

        func run(_ context: JobContext) async throws -> String {
            let request = try currentRequest
            let note = "\(request.id) \(request.path) \(request.origin)"
            let count = Self.seen.withLock { seen in
                seen[context.id, default: []].append(note)
                return seen[context.id]?.count ?? 0
            }
            switch count {
            case 1: throw Snooze(for: .zero)
            case 2, 3: throw Boom()
            default: return note
            }
        }
    }

    private func bytes(_ record: JobRecord?) -> [UInt8]? {
        guard case .encoded(let bytes) = record?.context else { return nil }
        return bytes
    }

    @Test("it is copied byte for byte through snooze, retry, dead letter and an operator's retry in another request")
    func verbatim() async throws {
        let backend = StoringBackend()
        let ids = Mutex<[JobID]>([])
        try await withRunningApp(configuration: .testBackend, backends: [.stored(backend)]) { app in
            try app.register(Stubborn.self)
            app.post("/orders") { request in
                let future = try await request.background(Stubborn())
                ids.withLock { $0.append(future.jobID) }
                return request.id
            }
            app.post("/admin/retry/:id") { [unowned app] request in
                let id = try request.parameters.require("id", as: JobID.self)
                return "\(try await app.queue.retry([id]).count)"
            }
        } _: { app, port in
            let requestID = try await ask(port, "/orders", method: "POST").text
            let id = try #require(ids.withLock { $0.first })
            let future = app.queue.future(id, of: Stubborn.self)
            await #expect(throws: JobError.self) { try await future.value }
            let dead = try #require(try await app.queue.record(of: id))
            #expect(dead.state == .failed)
            let remembered = try #require(bytes(dead))
            #expect(try await ask(port, "/admin/retry/\(id)", method: "POST").text == "1")
            #expect(try await future.value == "\(requestID) /orders job")
            #expect(Stubborn.seen.withLock { $0[id] } == Array(repeating: "\(requestID) /orders job", count: 4))
            #expect(String(decoding: remembered, as: UTF8.self).contains(requestID))
        }
    }

    @Test("it is written down at the call: what a middleware adds later, and when the job is stored, change nothing")
    func atTheCall() async throws {
        enum Plan: CarriedContextKey {
            typealias Value = String
            static let id = "plan"
        }
        try await withRunningApp { app in
            try app.register(Act.self)
            try app.carry(Plan.self)
            app.get("/") { request in
                let report = Act { _ in try currentRequest[Plan.self] }
                let before = try await request.with(Plan.self, "free").background(report)
                let after = try await request.with(Plan.self, "paid").background(report)
                return "\(try await before.value) \(try await after.value)"
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.text == "free paid")
        }
    }

    @Test("a job enqueued by a job has the same request at its root, knows its parent and how deep it is")
    func inherited() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { request in
                let first = try await request.background(
                    Act { outer in
                        let second = try await background(
                            Act { _ in
                                let request = try currentRequest
                                let isParent = request.parentJobID == outer.id.description
                                return "\(request.rootID) \(request.depth) \(isParent) \(request.path)"
                            })
                        let request = try currentRequest
                        return "\(request.depth) \(request.parentJobID ?? "-") \(try await second.value)"
                    })
                return try await first.value
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            let root = try #require(response["x-request-id"])
            #expect(response.text == "0 - \(root) 1 true /")
        }
    }

    @Test("jobs that enqueue jobs without end are stopped at the 33rd level")
    func depth() async throws {
        struct Deeper: Job {
            static let name = "Deeper"
            static let options = JobOptions(retry: .never)
            static let depths = Recorder<Int>()
            func run(_ context: JobContext) async throws {
                Self.depths.record(try currentRequest.depth)
                try await currentRequest.background(Self())
            }
        }
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            try app.register(Deeper.self)
            app.get("/") { request in
                try await request.background(Deeper())
                return "started"
            }
        } _: { app, port in
            _ = try await ask(port, "/")
            await Deeper.depths.untilCount(33)
        }
        #expect(Deeper.depths.values == Array(0...32))
        #expect(logs.lines.contains { $0.level == .error && $0.message.contains("32 levels deep") })
    }

    @Test("an empty context takes no bytes, and a large one is refused at the call")
    func sizes() async throws {
        enum Blob: CarriedContextKey {
            typealias Value = String
            static let id = "blob"
        }
        let backend = StoringBackend()
        try await withRunningApp(configuration: .testBackend, backends: [.stored(backend)]) { app in
            try app.register(Act.self)
            try app.carry(Blob.self)
            app.get("/") { request in
                try await request.with(Blob.self, String(repeating: "x", count: 5000)).background(Act { _ in "" })
                return "accepted"
            }
        } _: { app, port in
            let future = try await app.background(Act { _ in "" }, delay: .seconds(3600))
            let record = try #require(try await app.queue.record(of: future.jobID))
            #expect(bytes(record) == nil)
            let response = try await ask(port, "/")
            #expect(response.status == 500)
            #expect(response.text.contains("at most 4096"))
        }
    }

    @Test("every line a job logs has the id of its request, and the values that are carried into the log")
    func logLines() async throws {
        enum Tenant: CarriedContextKey {
            typealias Value = String
            static let id = "tenant"
            static let policy = CarryPolicy.carryAndLog
        }
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            try app.register(Act.self)
            try app.carry(Tenant.self)
            app.get("/") { request in
                let request = request.with(Tenant.self, "acme")
                let work = Act { context in
                    context.logger.info("from the job")
                    try currentRequest.logger.info("from its request")
                    throw Boom()
                }
                _ = try? await request.background(work).value
                return "done"
            }
        } _: { _, port in
            let id = try await ask(port, "/")["x-request-id"]
            for message in ["from the job", "from its request", "Background job"] {
                let line = try #require(logs.lines.first { $0.message.hasPrefix(message) })
                #expect(line.metadata["request.id"] == id)
                #expect(line.metadata["tenant"] == "acme")
                #expect(line.metadata["job.id"] != nil)
            }
        }
    }
}
