import NightjarTesting
import Testing

@testable import Nightjar

@Suite("Named workers of an app", .timeLimit(.minutes(1)))
struct WorkerTests {
    struct SendEmail: Codable, Sendable {
        var address: String
    }

    // NOBS-4, NOBS-8, NOBS-11, NOBS-12, NOBS-13
    @Test("a handler runs after the page was answered, with the request that caused it")
    func serving() async throws {
        let door = NightjarTesting.Gate()
        let sent = Recorder<String>()
        try await withRunningApp { app in
            let priority = app.worker("priority_queue", concurrency: 2)
            let sendEmail = try priority.handler("send_email", of: SendEmail.self) { email in
                try await door.pass()
                sent.record("\(email.address) for \(try currentRequest.path)")
            }
            app.include(priority)
            app.post("/orders") { _ in
                let future = try await priority.queue(sendEmail, SendEmail(address: "ada@example.org"))
                return "\(future.jobID)"
            }
        } _: { app, port in
            let answer = try await ask(port, "/orders", method: "POST")
            #expect(answer.status == 200 && sent.values.isEmpty)
            door.open()
            let id = try #require(JobID(answer.text))
            try await app.queue.future(id).value
            #expect(sent.values == ["ada@example.org for /orders"])
        }
    }

    // NOBS-4
    @Test("one that is not included takes nothing, and the log says so at the start")
    func notIncluded() async throws {
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            let forgotten = app.worker("forgotten")
            let work = try forgotten.handler("work", of: Int.self) { $0 }
            app.post("/work") { _ in "\(try await forgotten.queue(work, 1, delay: .seconds(3600)).jobID)" }
        } _: { app, port in
            let id = try #require(JobID(try await ask(port, "/work", method: "POST").text))
            #expect(try await app.queue.status(of: id)?.queue == "forgotten")
            try await app.queue.cancel(id)
        }
        #expect(logs.lines.contains { $0.level == .warning && $0.message.contains("declared but not included") })
    }

    @Test("two workers of one name stop the start")
    func twice() async throws {
        let app = try await App(configuration: .testing, logger: LogCollector().logger)
        _ = app.worker("mail")
        _ = app.worker("mail")
        let error = await #expect(throws: QueueError.self) { try await app.serve() }
        #expect(error?.description.contains("Two workers are named “mail”") == true)
    }

    @Test("its queue is listed among the others, empty or not, and can be paused")
    func status() async throws {
        let declare: (App) throws -> Void = { app in app.include(app.worker("priority_queue")) }
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "shared"
        let person = Operator()
        let factory = BackendFactory(name: "shared") { [backend = person.backend] _, _ in backend }
        let status = try await Operator.run(["worker", "status"], configuration, backends: [factory], declare: declare)
        #expect(status.output.contains("priority_queue"))
        let pause = try await Operator.run(
            ["queues", "pause", "priority_queue"], configuration, backends: [factory], declare: declare)
        #expect(pause.code == 0)
    }

    // NUVOM-18
    @Test("many jobs can be handed over at once to whatever app is running")
    func bulk() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.post("/all") { _ in
                let futures = try await background([Act { _ in "a" }, Act { _ in "b" }])
                var words = ""
                for future in futures { words += try await future.value }
                return words
            }
        } _: { _, port in
            let words = try await ask(port, "/all", method: "POST").text
            #expect(words == "ab")
        }
    }
}
