import NightjarTesting
import Synchronization
import Testing

@testable import Nightjar

/// Jobs run on threads of their own: what they do to those is no page's business. NORI-X3, ST-B2, ST-B3, AT-19
@Suite("Jobs beside pages", .timeLimit(.minutes(1)))
struct IsolationTests {
    // ASOK-1, ASOK-12, NOBS-13, NUVOM-8
    @Test("ten jobs that block their threads delay no page, and an eleventh waits for a thread")
    func blocking() async throws {
        let door = NightjarTesting.Gate()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.get("/") { _ in "home" }
            app.post("/work") { request in
                let work = Act { _ in
                    door.block()
                    return "done"
                }
                return Response.accepted(try await request.background(work))
            }
        } _: { app, port in
            for _ in 1...11 { #expect(try await ask(port, "/work", method: "POST").status == 202) }
            await door.untilArrived(10)
            for _ in 1...20 { #expect(try await ask(port, "/").text == "home") }
            let counts = try #require(try await app.queue.counts().first { $0.queue == "default" })
            #expect(counts[.running] == 10)
            #expect(counts[.pending] == 1)
            #expect(door.arrived == 10)
            door.open()
        }
        #expect(door.arrived == 11)
    }

    @Test("ten jobs that never stop computing delay no page either")
    func busy() async throws {
        let isEnough = Atomic<Bool>(false)
        let started = Recorder<Int>()
        try await withRunningApp { app in
            app.get("/") { _ in "home" }
            app.post("/work") { request in
                request.background {
                    started.record(1)
                    while !isEnough.load(ordering: .relaxed) {}
                }
                return "accepted"
            }
        } _: { _, port in
            defer { isEnough.store(true, ordering: .relaxed) }
            for _ in 1...10 { _ = try await ask(port, "/work", method: "POST") }
            await started.untilCount(1)
            for _ in 1...20 { #expect(try await ask(port, "/").text == "home") }
        }
    }

    @Test("a shutdown finishes the response, then the work after it, then the jobs; nothing that was ready is lost")
    func shutdown() async throws {  // NORI-15, ASOK-B1, AT-2, ST-B5
        let inHandler = Gate()
        let mayAnswer = Gate()
        let order = Recorder<String>()
        let done = Atomic<Int>(0)
        var configuration = AppConfiguration.testing
        configuration.backgroundWorkers = 2
        let logs = LogCollector()
        try await withRunningApp(configuration: configuration, logs: logs) { app in
            try app.register(Act.self)
            app.get("/") { request in
                inHandler.open()
                await mayAnswer.wait()
                try await request.background(
                    (1...100).map { _ in
                        Act { _ in
                            done.add(1, ordering: .relaxed)
                            return ""
                        }
                    })
                return Response.text("answered").after {
                    order.record("after")
                    background { order.record("a job of the work after the response") }
                }
            }
        } _: { app, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            await inHandler.wait()
            await app.shutdown()
            mayAnswer.open()
            #expect(try await client.response().text == "answered")
            #expect(await client.readToEnd().isEmpty)
        }
        #expect(order.values == ["after", "a job of the work after the response"])
        #expect(done.load(ordering: .relaxed) == 100)
        #expect(!logs.lines.contains { $0.message.contains("lost") })
    }
}
