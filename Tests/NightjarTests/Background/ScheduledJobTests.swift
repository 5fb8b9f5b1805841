import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("Scheduled jobs in an app", .timeLimit(.minutes(1)))
struct ScheduledJobTests {
    private struct Curious: Job {
        static let name = "Curious"
        static let answers = Recorder<String>()

        func run(_ context: JobContext) async throws {
            do { Self.answers.record("the request \(try currentRequest.path)") } catch {
                Self.answers.record("\(error)")
            }
        }
    }

    // ASOK-42
    @Test("have no request, not even when a request's handler runs their schedule")
    func noRequest() async throws {
        let expected = "\(RequestError.noCurrentRequest)"
        try await withRunningApp { app in
            try app.schedule(Curious(), .daily(at: "08:00"), name: "by hand")
            try app.schedule(Curious(), .daily(at: "08:00"), name: "at once", runsAtOnce: true)
            app.post("/run") { [queue = app.queue] _ in "\(try await queue.runSchedule("by hand").job)" }
        } _: { _, port in
            await Curious.answers.untilCount(1)
            let client = try await RawClient.connect(port: port)
            try await client.request("POST", "/run", headers: ["Content-Length": "0"])
            #expect(try await client.response().status == 200)
            await client.close()
            #expect(await Curious.answers.untilCount(2) == [expected, expected])
        }
    }

    @Test("that make no sense stop the start, in a sentence that points at the character")
    func malformed() async throws {
        let error = await #expect(throws: ScheduleError.self) {
            try await withRunningApp { app in
                try app.schedule(Curious(), .cron("*/5 8-25 * * *"))
            } _: { _, _ in
            }
        }
        #expect(error?.column == 7)
    }
}
