import Foundation
import NightjarTesting
import Testing

@testable import Nightjar

/// 202 and what the client may prefer to it. NORI-2, RFC 9110 §15.3.3, RFC 7240
@Suite("202 Accepted", .timeLimit(.minutes(1)))
struct AcceptedTests {
    private struct Accepted: Decodable {
        var id: String
        var name: String
        var state: JobState
        var location: String
        var events: String
    }

    @Test("it says where to ask, and that is where the answer is")
    func location() async throws {
        let door = NightjarTesting.Gate()
        try await withRunningApp { app in
            try app.register(Act.self)
            app.jobStatus()
            app.post("/reports") { request in
                let work = Act { _ in
                    try await door.pass()
                    return "done"
                }
                return Response.accepted(try await request.background(work))
            }
        } _: { app, port in
            let response = try await ask(port, "/reports", method: "POST")
            #expect(response.status == 202)
            #expect(response["retry-after"] == "1")
            #expect(response["cache-control"] == "no-store")
            let body = try JSONDecoder().decode(Accepted.self, from: Data(response.body))
            #expect(body.name == Act.name)
            #expect(body.state == .pending || body.state == .running)
            #expect(body.location == "/jobs/\(body.id)")
            #expect(body.events == "/jobs/\(body.id)/events")
            #expect(response["location"] == body.location)
            door.open()
            let id = try #require(JobID(body.id))
            #expect(try await app.queue.future(id, of: Act.self).value == "done")
            #expect(try await ask(port, body.location).text.contains(#""result":"done""#))
        }
    }

    @Test("it leads to wherever the status is mounted", arguments: ["/api/jobs", "api/jobs/", "/"])
    func mounted(path: String) async throws {
        try await withRunningApp { app in
            app.jobStatus(at: path)
            app.post("/work") { request in Response.accepted(request.background { 1 }) }
        } _: { _, port in
            let location = try #require(try await ask(port, "/work", method: "POST")["location"])
            #expect(location.hasPrefix(path == "/" ? "/0" : "/api/jobs/0"))
            #expect(try await ask(port, location).status == 200)
        }
    }

    @Test("without status routes it leads nowhere: the client gets the id, and the log says once what is missing")
    func unmounted() async throws {
        struct Bare: Decodable {
            var id: String
            var location: String?
            var events: String?
        }
        let logs = LogCollector()
        try await withRunningApp(logs: logs) { app in
            app.post("/work") { request in Response.accepted(request.background { 1 }) }
        } _: { app, port in
            for _ in 0..<2 {
                let response = try await ask(port, "/work", method: "POST")
                #expect(response.status == 202)
                #expect(response["location"] == nil && response["retry-after"] == nil)
                let body = try JSONDecoder().decode(Bare.self, from: Data(response.body))
                #expect(body.location == nil && body.events == nil)
                let id = try #require(JobID(body.id))
                #expect(try await app.queue.status(of: id) != nil)
            }
        }
        #expect(logs.lines.count { $0.message.contains("app.jobStatus() was not called") } == 1)
    }

    @Test("a client that would rather wait gets the result, if it is ready in time")
    func ready() async throws {
        try await withRunningApp { app in
            app.post("/sum") { request in Response.accepted(request.background { ["sum": 42] }) }
            app.post("/nothing") { request in Response.accepted(request.background {}) }
        } _: { _, port in
            let headers = ["Prefer": "respond-async, wait=60"]
            let response = try await ask(port, "/sum", method: "POST", headers: headers)
            #expect(response.status == 200)
            #expect(response.text == #"{"sum":42}"#)
            #expect(response["preference-applied"] == "wait")
            #expect(response["location"] == nil)
            #expect(try await ask(port, "/nothing", method: "POST", headers: headers).text == "null")
        }
    }

    @Test("otherwise, and if the job failed, the 202 it would have got at once")
    func notReady() async throws {
        let door = NightjarTesting.Gate()
        try await withRunningApp { app in
            app.post("/slow") { request in Response.accepted(request.background { try await door.pass() }) }
            app.post("/failing") { request in Response.accepted(request.background { throw Boom() }) }
        } _: { _, port in
            let slow = try await ask(port, "/slow", method: "POST", headers: ["Prefer": "respond-async, wait=0"])
            #expect(slow.status == 202)
            #expect(slow["preference-applied"] == "respond-async")
            let failing = try await ask(port, "/failing", method: "POST", headers: ["Prefer": "wait=60"])
            #expect(failing.status == 202)
            #expect(failing.text.contains(#""state":"failed""#))
            #expect(!failing.text.contains("swordfish"))
            #expect(try await ask(port, "/slow", method: "POST", headers: ["Prefer": "wait=soon"]).status == 202)
            door.open()
        }
    }

    @Test("work that was not accepted is no 202")
    func refused() async throws {
        try await withRunningApp(configuration: .testBackend, backends: [.small(0)]) { app in
            app.post("/work") { request in Response.accepted(request.background { 1 }) }
        } _: { _, port in
            let response = try await ask(port, "/work", method: "POST")
            #expect(response.status == 503)
        }
    }

    @Test("it takes headers and work of its own along")
    func fluent() async throws {
        let notes = Recorder<String>()
        try await withRunningApp { app in
            app.post("/work") { request in
                Response.accepted(request.background { 1 }).header(.server, "x").after { notes.record("after") }
            }
        } _: { _, port in
            let response = try await ask(port, "/work", method: "POST")
            #expect(response.status == 202)
            #expect(response["server"] == "x")
            await notes.untilCount(1)
        }
    }

    @Test(
        "Prefer is read as RFC 7240 writes it, and what is malformed is passed over",
        arguments: [
            ("", false, nil), ("respond-async", true, nil), ("Respond-Async", true, nil), ("wait=2", false, 2),
            ("respond-async, wait=2", true, 2), ("wait=10;foo=bar, respond-async", true, 10), ("wait = 3", false, 3),
            ("wait=\"4\"", false, 4), ("wait=5, wait=6", false, 5), ("wait=61", false, 60),
            ("wait=99999999999999999999999", false, 60), ("wait=0", false, 0), ("wait=", false, nil),
            ("wait", false, nil), ("wait=-1", false, nil), ("wait=+1", false, nil), ("wait=1.5", false, nil),
            ("wait=٣", false, nil), ("w ait=1", false, nil), ("wait=\"", false, nil), ("wait=\"\"", false, nil),
            (",,;,=,wait=7", false, 7), ("foo=\"a, wait=5\", respond-async", true, nil), ("respond-async;x", true, nil),
            ("foo=\"a\\\", wait=8\"", false, nil), ("return=minimal; wait=9", false, nil),
        ] as [(String, Bool, Int?)])
    func preference(field: String, respondsAsync: Bool, wait: Int?) {
        let preference = Preference([field])
        #expect(preference.respondsAsync == respondsAsync)
        #expect(preference.wait == wait.map { .seconds($0) })
    }

    @Test("several Prefer fields are one list")
    func severalFields() {
        let preference = Preference(["wait=2", "respond-async, wait=9"])
        #expect(preference.respondsAsync)
        #expect(preference.wait == .seconds(2))
    }
}
