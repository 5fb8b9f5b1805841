import Foundation
import NightjarTesting
import Testing

@testable import Nightjar

/// `GET /jobs/:id` and its events. ASOK-30, ASOK-31, AT-14
@Suite("Asking about a job", .timeLimit(.minutes(1)))
struct JobStatusTests {
    struct View: Decodable {
        struct Progress: Decodable {
            var fraction: Double
            var message: String?
        }
        struct Failure: Decodable {
            var type: String
            var message: String?
        }
        var id: String
        var state: JobState
        var attempt: Int
        var maxAttempts: Int
        var progress: Progress?
        var error: Failure?
        var result: String?
        var startedAt: String?
        var finishedAt: String?
        var nextAttemptAt: String?
    }

    private func view(_ port: Int, _ id: JobID) async throws -> View {
        let response = try await ask(port, "/jobs/\(id)")
        #expect(response.status == 200)
        #expect(response["content-type"] == "application/json")
        #expect(response["cache-control"] == "no-store")
        return try JSONDecoder().decode(View.self, from: Data(response.body))
    }

    // NOBS-B13, NUVOM-7, NUVOM-X7, NUVOM-X17
    @Test("every state is told, with what belongs to it")
    func states() async throws {
        let door = NightjarTesting.Gate()
        let retried = Recorder<Int>()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.jobStatus()
        } _: { app, port in
            let scheduled = try await app.background(Act { _ in "" }, delay: .seconds(3600))
            #expect(try await view(port, scheduled.jobID).state == .scheduled)
            #expect(try await view(port, scheduled.jobID).nextAttemptAt?.hasSuffix("Z") == true)

            try await app.queue.pause("low")
            let pending = try await app.background(Act { _ in "" }, options: JobOptions(queue: "low"))
            #expect(try await view(port, pending.jobID).state == .pending)

            let running = try await app.background(
                Act { context in
                    try context.progress(0.4, "resizing")
                    try await door.pass()
                    return "done"
                })
            for try await status in running.updates where status.progress != nil { break }
            let half = try await view(port, running.jobID)
            #expect(half.state == .running)
            #expect(half.attempt == 1)
            #expect(half.progress?.fraction == 0.4)
            #expect(half.progress?.message == "resizing")
            #expect(half.result == nil)
            door.open()
            _ = try await running.value
            let done = try await view(port, running.jobID)
            #expect(done.state == .completed)
            #expect(done.result == "done")
            #expect(done.finishedAt != nil)

            let retrying = try await app.background(
                Act { _ in
                    retried.record(1)
                    throw Boom()
                }, options: JobOptions(retry: .fixed(.seconds(3600), maxAttempts: 3)))
            for try await status in retrying.updates where status.state == .retrying { break }
            let waiting = try await view(port, retrying.jobID)
            #expect(waiting.state == .retrying)
            #expect(waiting.maxAttempts == 3)
            #expect(waiting.nextAttemptAt != nil)
            #expect(waiting.error?.message == "\(Boom())")

            let failed = try await app.background(Act { _ in throw Boom() })
            _ = try? await failed.value
            #expect(try await view(port, failed.jobID).state == .failed)
            #expect(try await view(port, failed.jobID).error?.type.hasSuffix("Boom") == true)

            try await scheduled.cancel()
            #expect(try await view(port, scheduled.jobID).state == .cancelled)
        }
    }

    @Test("in production the visitor learns the kind of an error, and not its words")
    func production() async throws {
        var configuration = AppConfiguration.testing
        configuration.environment = .production
        try await withRunningApp(configuration: configuration) { app in
            try app.register(Act.self)
            app.jobStatus()
        } _: { app, port in
            let failed = try await app.background(Act { _ in throw Boom() })
            _ = try? await failed.value
            let shown = try await view(port, failed.jobID)
            #expect(shown.error?.type.hasSuffix("Boom") == true)
            #expect(shown.error?.message == nil)
            for path in ["/jobs/\(failed.jobID)", "/jobs/\(failed.jobID)/events"] {
                #expect(!(try await ask(port, path).text.contains("swordfish")))
            }
        }
    }

    @Test(
        "an unknown job is a 404, and so is what is no id",
        arguments: [
            "0190b6a0-0000-7000-8000-000000000000", "x", "%00", "..%2f", "0190b6a0-0000-7000-8000-00000000000g",
            "%F0%9F%90%A6",
        ])
    func unknown(id: String) async throws {
        try await withRunningApp { app in
            app.jobStatus()
        } _: { _, port in
            for path in ["/jobs/\(id)", "/jobs/\(id)/events"] {
                let response = try await ask(port, path)
                #expect(response.status == 404)
                #expect(response["content-type"] == "application/problem+json")
            }
        }
    }

    @Test("a job that a visitor may not see looks like one that does not exist")
    func authorize() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.jobStatus { request, status in
                try request.headers[.userAgent] == "owner" && status.name == Act.name
            }
        } _: { app, port in
            let future = try await app.background(Act { _ in "secret" })
            _ = try await future.value
            for path in ["/jobs/\(future.jobID)", "/jobs/\(future.jobID)/events"] {
                let refused = try await ask(port, path)
                #expect(refused.status == 404)
                #expect(!refused.text.contains("secret"))
                #expect(try await ask(port, path, headers: ["User-Agent": "owner"]).status == 200)
            }
        }
    }

    @Test("a browser gets the page the application has for it, everybody else JSON")
    func page() async throws {
        try await withRunningApp { app in
            app.jobStatus(page: { _, status in .html("<p>\(status.state.rawValue)</p>") })
        } _: { app, port in
            let future = app.background { 1 }
            _ = try await future.value
            let page = try await ask(port, "/jobs/\(future.jobID)", headers: ["Accept": "text/html"])
            #expect(page.text == "<p>completed</p>")
            #expect(page["vary"]?.lowercased().contains("accept") == true)
            #expect(try await ask(port, "/jobs/\(future.jobID)").text.contains(#""result":1"#))
        }
    }

    @Test("its events tell the state of now and each change, and end when the job does")
    func events() async throws {
        let door = NightjarTesting.Gate()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.jobStatus()
        } _: { app, port in
            let future = try await app.background(
                Act { context in
                    try await door.pass()
                    try context.progress(1, "almost")
                    return "done"
                })
            await door.untilArrived(1)
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/jobs/\(future.jobID)/events")
            let head = String(decoding: try await client.readThrough("\r\n\r\n"), as: UTF8.self).lowercased()
            #expect(head.contains("text/event-stream"))
            let first = String(decoding: try await client.readThrough("\n\n"), as: UTF8.self)
            #expect(first.contains("event: status\n"))
            #expect(first.contains(#""state":"running""#))
            door.open()
            // The end of the chunked body comes only once the job has ended.
            let rest = String(decoding: try await client.readThrough("\r\n0\r\n\r\n"), as: UTF8.self)
            #expect(rest.contains(#""state":"completed""#))
            #expect(rest.contains(#""result":"done""#))
            let again = try await ask(port, "/jobs/\(future.jobID)/events")
            #expect(again.text.components(separatedBy: "event: status").count == 2)
        }
    }

    @Test("a client that follows the events of a job that waits does not hold up a shutdown")
    func eventsAtShutdown() async throws {
        try await withRunningApp { app in
            try app.register(Act.self)
            app.jobStatus()
        } _: { app, port in
            let future = try await app.background(Act { _ in "" }, delay: .seconds(3600))
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/jobs/\(future.jobID)/events")
            _ = try await client.readThrough("\n\n")
            await app.shutdown()
            #expect(String(decoding: await client.readToEnd(), as: UTF8.self).hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("a result of any shape stands in the answer as it is")
    func shapes() throws {
        let text = #"{"a":[1,2.5,true,null,"x",{}],"big":9223372036854775807,"b":false}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(
            value
                == .object([
                    "a": .array([.integer(1), .number(2.5), .bool(true), .null, .string("x"), .object([:])]),
                    "big": .integer(.max), "b": .bool(false),
                ]))
        let again = try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(value))
        #expect(again == value)
    }
}
