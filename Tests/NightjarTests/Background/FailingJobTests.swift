import NightjarTesting
import Testing

@testable import Nightjar

/// An error in a job is told to the log and to whoever awaits it, never to the visitor. ASOK-32, ASOK-33
@Suite("Jobs that fail", .timeLimit(.minutes(1)))
struct FailingJobTests {
    struct SendWebhook: Job {
        static let name = "send_webhook"
        static let options = JobOptions(retry: .immediate(maxAttempts: 2))
        func run(_ context: JobContext) async throws { throw Boom() }
    }

    @Test("the visitor has had a 202 long before, and the log says which job, which attempt and whose request")
    func logged() async throws {
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            try app.register(SendWebhook.self)
            app.jobStatus()
            app.post("/webhooks") { request in Response.accepted(try await request.background(SendWebhook())) }
        } _: { app, port in
            let response = try await ask(port, "/webhooks", method: "POST")
            #expect(response.status == 202)
            let id = try #require(response["location"]?.split(separator: "/").last.flatMap { JobID(String($0)) })
            let future = app.queue.future(id, of: SendWebhook.self)
            await #expect {
                try await future.value
            } throws: { error in
                guard case JobError.failed(let failure) = error else { return false }
                return failure.type.hasSuffix("Boom") && failure.message == "\(Boom())" && failure.attempt == 2
            }
            let retried = try #require(logs.lines.first { $0.level == .warning })
            #expect(retried.message.hasPrefix("Background job send_webhook failed and will be retried: "))
            #expect(retried.metadata["job.attempt"] == "1")
        }
        let line = try #require(logs.lines.first { $0.message.hasPrefix("Background job send_webhook failed: ") })
        #expect(line.level == .error)
        #expect(line.message.hasSuffix("Boom: the password is swordfish"))
        #expect(line.metadata["job.attempt"] == "2")
        #expect(line.metadata["job.name"] == "send_webhook")
        #expect(line.metadata["job.id"].flatMap { JobID($0) } != nil)
        let access = try #require(logs.lines.first { $0.message == "Request" })
        #expect(access.metadata["status"] == "202")
        #expect(line.metadata["request.id"] == access.metadata["request.id"])
    }

    @Test("a closure that throws does not touch the response either, is not retried, and rethrows to who awaits it")
    func closure() async throws {
        let logs = LogCollector()
        let runs = Recorder<Int>()
        try await withRunningApp(logs: logs) { app in
            app.get("/") { request in
                let failing = request.background("warm") {
                    runs.record(1)
                    throw Boom()
                }
                do { try await failing.value } catch JobError.failed(let failure) { return failure.message }
                return "no error"
            }
        } _: { _, port in
            let response = try await ask(port, "/")
            #expect(response.status == 200)
            #expect(response.text == "\(Boom())")
        }
        #expect(runs.values == [1])
        let line = try #require(logs.lines.first { $0.message.hasPrefix("Background job warm failed: ") })
        #expect(line.metadata["request.id"] != nil)
    }

    @Test("one job that fails stops none of those beside it")
    func siblings() async throws {  // AT-19
        try await withRunningApp { app in
            try app.register(Act.self)
        } _: { app, _ in
            let futures = try await app.background(
                (0..<20).map { number in
                    Act { _ in
                        if number % 2 == 0 { throw Boom() }
                        return "\(number)"
                    }
                })
            for (number, future) in futures.enumerated() {
                if number % 2 == 0 {
                    await #expect(throws: JobError.self) { try await future.value }
                } else {
                    #expect(try await future.value == "\(number)")
                }
            }
            #expect(try await app.queue.deadLetters().count == 10)
        }
    }
}
