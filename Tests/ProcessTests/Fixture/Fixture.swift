// A program for ProcessTests to start and kill: an ordinary app whose jobs write a ledger of what happened to them.

import FileBackend
import Foundation
import Nightjar

@main
struct Fixture {
    static func main() async throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            let clock = environment["CLOCK"].map { [BackendFactory.clocked(by: $0)] } ?? []
            let app = try await App(
                plugins: [FileBackendPlugin(), MetricsPlugin(), TracingPlugin()], backends: clock)
            // An older release of this program, from before there were notes.
            if environment["WITHOUT"] != Note.name { try app.register(Note.self) }
            if environment["TICK"] != nil { try app.schedule(Tick(), .every(.seconds(1)), name: "tick") }
            app.get("/") { _ in "ready" }
            app.post("/notes/:number") { request in
                let number = try request.parameters.require("number", as: Int.self)
                let milliseconds = try request.query.get("ms", as: Int.self) ?? 0
                let options = JobOptions(queue: try request.query.get("queue", as: String.self))
                let note = Note(number: number, milliseconds: milliseconds)
                let delay = try request.query.get("delay", as: Int.self).map { Duration.seconds($0) }
                return Response.accepted(try await request.background(note, delay: delay, options: options))
            }
            let priority = app.worker("priority_queue", concurrency: 2)
            let take = try priority.handler("take_note", of: Note.self) { note in try await note.take() }
            app.include(priority)
            app.post("/priority/:number") { request in
                let number = try request.parameters.require("number", as: Int.self)
                return Response.accepted(try await priority.queue(take, Note(number: number, milliseconds: 0)))
            }
            app.post("/marked/:number") { request in
                let number = try request.parameters.require("number", as: Int.self)
                return Response.accepted(try await request.background($noteMarked(number: number)))
            }
            app.post("/mails/:number") { request in
                let number = try request.parameters.require("number", as: Int.self)
                let mail = try Mail(to: "r\(number)@example.org", subject: "Mail \(number)", text: "Hello.")
                return Response.accepted(try await mail.send())
            }
            try await app.run()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }
}
