import Foundation
import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar

/// The places where `background` can be called, and what a wrong call gets. NORI-2, ASOK-3
@Suite("Calling background", .timeLimit(.minutes(1)))
struct BackgroundCallTests {
    struct Unregistered: Job {
        func run(_ context: JobContext) async throws {}
    }

    struct NotStorable: Job {
        static let name = "NotStorable"
        func run(_ context: JobContext) async throws {}
        init() {}
        init(from decoder: any Decoder) throws { self.init() }
        func encode(to encoder: any Encoder) throws {
            throw EncodingError.invalidValue(
                self, .init(codingPath: [], debugDescription: "it holds a socket"))
        }
    }

    @Sendable private static func join(_ word: String, _ number: Int, _ flag: Bool) async -> String {
        "\(word) \(number) \(flag)"
    }

    // ASOK-B15, NUVOM-X1
    @Test("a request takes a job, a closure, a named closure, a function with its arguments, and many jobs at once")
    func onRequest() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { request in
                let job = try await request.background(Act { _ in "job" })
                let closure = request.background { "closure" }
                let named = request.background("resize") { 7 }
                let function = request.background(Self.join, "word", 2, true)
                let many = try await request.background([Act { _ in "first" }, Act { _ in "second" }])
                var texts = [try await job.value, try await closure.value, "\(try await named.value)"]
                texts.append(try await function.value)
                for future in many { texts.append(try await future.value) }
                texts.append(try await named.status.name)
                return texts.joined(separator: ",")
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.text == "job,closure,7,word 2 true,first,second,resize")
        }
    }

    // NOBS-1
    @Test("the app takes the same, in a handler for its request, outside for nobody")
    func onApp() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { [unowned app] request in
                try await app.background(Act { _ in try currentRequest.id == request.id ? "its request" : "another" })
                    .value
            }
        } _: { app, port in
            let inside = try await ask(port, "/")
            #expect(inside.text == "its request")
            let outside = Act { _ in
                let request: Request? = try? currentRequest
                return request == nil ? "nobody" : "somebody"
            }
            #expect(try await app.background(outside).value == "nobody")
            #expect(try await app.background { "closure" }.value == "closure")
            #expect(try await app.background(Self.join, "a", 1, false).value == "a 1 false")
            #expect(try await app.background([Act]()).isEmpty)
        }
    }

    // ASOK-24
    @Test("on its own it means the app whose request, job or start-up code says it")
    func onItsOwn() async throws {
        let atStart = Mutex<JobFuture<String>?>(nil)
        try await withRunningApp { app in
            try app.register(Act.self)
            app.onStart { atStart.withLock { $0 = background { "at the start" } } }
            app.get("/") { request in
                let future = try await background(
                    Act { _ in
                        try await background(Act { _ in try currentRequest.id }).value
                    })
                let isSame = try await future.value == request.id
                let function = try await background(Self.join, "x", 1, true).value
                return "\(isSame) \(function) \(try await background("named") { 1 }.value)"
            }
        } _: { app, port in
            #expect(try await ask(port, "/").text == "true x 1 true 1")
            let future = try #require(atStart.withLock { $0 })
            #expect(try await future.value == "at the start")
            #expect(try await app.queue.status(of: future.jobID)?.state == .completed)
        }
    }

    @Test("without a running app it says so, and a closure that nobody asks about leaves a line in the log")
    func noRunningApp() async {
        // In a process of its own, because other tests run apps in this one.
        await #expect(processExitsWith: .success) {
            await #expect(throws: QueueError.noRunningApp) { try await background(Act { _ in "" }) }
            await #expect(throws: QueueError.noRunningApp) { try await background { 1 }.value }
            let future = background { 1 }
            await #expect(throws: QueueError.noRunningApp) { try await future.status }
            #expect("\(QueueError.noRunningApp)".contains("app.run()"))
        }
    }

    @Test("when one of two running apps ends, the other is the running one")
    func twoApps() async throws {
        await #expect(processExitsWith: .success) {
            try await withRunningApp { _ in
            } _: { outer, _ in
                try await withRunningApp { _ in
                } _: { inner, _ in
                    let status = try await inner.queue.status(of: background { 1 }.jobID)
                    #expect(status != nil)
                }
                let status = try await outer.queue.status(of: background { 1 }.jobID)
                #expect(status != nil)
            }
        }
    }

    @Test("a job type that was never registered is a 500 that names it and says what to do")
    func unregistered() async throws {
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            app.get("/") { request in
                try await request.background(Unregistered())
                return "never"
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.status == 500)
            #expect(response.text.contains("app.register(Unregistered.self)"))
            let line = try #require(logs.lines.first { $0.level == .error })
            #expect(line.metadata["error"]?.contains("app.register(Unregistered.self)") == true)
            #expect(line.metadata["request.id"] == response["x-request-id"])
        }
    }

    @Test("a job that cannot be stored is found on the developer's machine, in memory too")
    func notEncodable() async throws {
        try await withRunningApp { app in
            try app.register(NotStorable.self)
        } _: { app, _ in
            let error = try await #require(throws: QueueError.self) { try await app.background(NotStorable()) }
            #expect("\(error)".hasPrefix("NotStorable cannot be stored"))
            #expect("\(error)".contains("it holds a socket"))
        }
    }

    @Test("a negative delay is refused in a sentence, by throwing or through the future")
    func negativeDelay() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
        } _: { app, _ in
            await #expect {
                try await app.background(Act { _ in "" }, delay: .seconds(-1))
            } throws: { "\($0)".contains("delay is negative") }
            let future = app.background("late", delay: .seconds(-1)) { 1 }
            await #expect { try await future.value } throws: { "\($0)".contains("late was not accepted") }
            let zero = app.background("none", options: JobOptions(retry: .fixed(.zero, maxAttempts: 0))) { 1 }
            await #expect { try await zero.value } throws: { "\($0)".contains("at least 1 attempt") }
        }
    }

    // NORI-X7
    @Test("a full queue refuses: a typed job throws, a closure's future does, a page says 503 and when to come back")
    func full() async throws {  // ST-B7
        let logs = LogCollector()
        try await withRunningApp(configuration: .testBackend, logs: logs, backends: [.small(3)]) { app in
            try app.register(Act.self)
            app.get("/") { request in
                try await request.background(Act { _ in "" }, delay: .seconds(3600))
                return "accepted"
            }
        } _: { app, port in
            for _ in 1...3 { try await app.background(Act { _ in "" }, delay: .seconds(3600)) }
            await #expect(throws: QueueError.full(limit: 3)) { try await app.background(Act { _ in "" }) }
            await #expect(throws: QueueError.full(limit: 3)) { try await app.background { 1 }.value }
            #expect(logs.lines.contains { $0.level == .error && $0.message.contains("closure was not accepted") })
            let response = try await ask(port, "/")
            #expect(response.status == 503)
            #expect(response["retry-after"] == "5")
        }
    }

    // NOBS-B5
    @Test("an app tells nobody about jobs and takes none from outside, unless it is made to")
    func nothingListens() async throws {
        let runs = Recorder<Int>()
        try await withRunningApp { app in
            try app.register(Act.self)
        } _: { app, port in
            let act = Act { _ in
                runs.record(1)
                return ""
            }
            let future = try await app.background(act, delay: .seconds(3600))
            for path in ["/", "/jobs", "/jobs/\(future.jobID)", "/background", "/queues"] {
                for method in ["GET", "POST"] {
                    let body = #"{"name":"\#(Act.name)","function_ref":"os:mkdir","payload":{"number":\#(act.number)}}"#
                    let headers = ["content-type": "application/json"]
                    #expect(try await ask(port, path, method: method, headers: headers, body: body).status == 404)
                }
            }
            #expect(try await app.queue.list().map(\.id) == [future.jobID])
        }
        #expect(runs.values.isEmpty)
    }

    // NOBS-B8
    @Test("a store that takes its time, or nothing at all, holds up no page, and nothing is stored by half")
    func slowStore() async throws {
        let backend = StoringBackend()
        let door = NightjarTesting.Gate()
        try await withRunningApp(configuration: .testBackend, backends: [.stored(backend)]) { app in
            try app.register(Act.self)
            app.get("/") { _ in "home" }
            app.post("/work") { request in Response.accepted(try await request.background(Act { _ in "" })) }
        } _: { app, port in
            backend.hold(door)
            async let answers = withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await ask(port, "/work", method: "POST").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            await door.untilArrived(20)
            for _ in 0..<20 { #expect(try await ask(port, "/").text == "home") }
            door.open()
            let statuses = try await answers
            #expect(statuses == Array(repeating: 202, count: 20))
            backend.breakAfter(0)
            #expect(try await ask(port, "/work", method: "POST").status >= 500)
            #expect(try await ask(port, "/").text == "home")
            #expect(try await app.queue.list().count == 20)
        }
    }

    @Test("a job for later starts when its time has come, and one for a time past at once")
    func later() async throws {  // NORI-B6, AT-7
        let clock = ManualClock()
        try await withRunningApp(configuration: .testBackend, backends: [.timed(clock)]) { app in
            try app.register(Act.self)
        } _: { app, _ in
            let later = try await app.background(Act { _ in "later" }, delay: .seconds(3600))
            let closure = app.background("closure", delay: .seconds(1800)) { "closure" }
            let past = try await app.background(Act { _ in "past" }, at: Date(timeIntervalSince1970: 0))
            #expect(try await past.value == "past")
            #expect(try await later.status.state == .scheduled)
            await clock.untilSomebodySleeps(until: clock.now + .seconds(1800))
            clock.advance(by: .seconds(1800))
            #expect(try await closure.value == "closure")
            await clock.untilSomebodySleeps(until: clock.now + .seconds(1800))
            clock.advance(by: .seconds(1800))
            #expect(try await later.value == "later")
        }
    }
}
