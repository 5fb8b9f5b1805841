import Foundation
import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("schedules", .timeLimit(.minutes(1)))
struct SchedulesCommandTests {
    private struct Digest: Job {
        static let name = "Digest"
        static let options = JobOptions(queue: "mail")

        var full = false

        func run(_ context: JobContext) async throws {}
    }

    private static func declare(_ app: App) throws {
        try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
        try app.schedule(Digest(full: true), .cron("0 3 * * sun"), name: "weekly")
    }

    /// Types a command on an app with two schedules.
    private func type(_ person: Operator, _ arguments: String...) async throws -> Answer {
        var configuration = AppConfiguration.testing
        configuration.queueBackend = "shared"
        let factory = BackendFactory(name: "shared") { [backend = person.backend] _, _ in backend }
        return try await Operator.run(arguments, configuration, backends: [factory], declare: Self.declare)
    }

    /// Wednesday noon.
    private func noon() throws -> Operator {
        let person = Operator()
        person.clock.set(to: Timestamp(try Date("2026-06-03T12:00:00Z", strategy: .iso8601)))
        return person
    }

    // NUVOM-X16
    @Test("are listed in words, with their next and last firings")
    func list() async throws {
        let person = try noon()
        let fired = Timestamp(try Date("2026-06-03T06:00:00Z", strategy: .iso8601))
        _ = try await person.backend.move(ScheduleMove("Digest", from: nil, to: fired))
        let job = NewJob(
            id: JobID(), spec: JobSpec(name: "Digest"), payload: .encoded([]), createdAt: fired, dueAt: fired)
        _ = try await person.backend.move(ScheduleMove("Digest", from: fired, to: fired, job: job))
        #expect(
            try await type(person, "schedules").output == """
                NAME    SCHEDULE                       JOB     STATE  NEXT    LAST    MISSED
                Digest  daily at 08:00 (Europe/Paris)  Digest  on     in 18h  6h ago  latest
                weekly  cron 0 3 * * sun (UTC)         Digest  on     in 3d   -       skip

                """)
        struct Listed: Decodable, Equatable {
            var name, schedule, job, missed: String
            var paused: Bool
            var next, lastFiring, lastJob: String?
        }
        let listed = try await type(person, "schedules", "list", "--json").json([Listed].self)
        #expect(
            listed.first
                == Listed(
                    name: "Digest", schedule: "daily at 08:00 (Europe/Paris)", job: "Digest", missed: "latest",
                    paused: false, next: "2026-06-04T06:00:00.000Z", lastFiring: "2026-06-03T06:00:00.000Z",
                    lastJob: "\(job.id)"))
        #expect(listed.last?.lastJob == nil)
    }

    @Test("are listed where jobs are in memory, too")
    func listInMemory() async throws {
        let answer = try await Operator.run(["schedules", "list"], .testing, declare: Self.declare)
        #expect(answer.code == 0)
        #expect(answer.output.contains("daily at 08:00 (Europe/Paris)"))
        let none = try await Operator.run(["schedules", "list"], .testing)
        #expect(none.output == "The program declares no schedules.\n")
        let pause = try await Operator.run(["schedules", "pause", "Digest"], .testing, declare: Self.declare)
        #expect(pause.code == 1)
        #expect(pause.complaints.contains("QUEUE_BACKEND=database"))
    }

    @Test("put their job into its queue when they are run by hand")
    func run() async throws {
        let person = try noon()
        let answer = try await type(person, "schedules", "run", "weekly")
        let job = try #require(try await person.claim("mail"))
        #expect(answer.output == "The job of weekly is in its queue: \(job.id).\n")
        #expect(job.spec.tags == ["schedule:weekly"])
        guard case .encoded(let bytes) = job.payload else { throw CancellationError() }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"full":true}"#)
        #expect(try await person.backend.schedules().isEmpty)
    }

    // NUVOM-X16
    @Test("are paused, shown as paused, and resumed")
    func pause() async throws {
        let person = try noon()
        let pause = try await type(person, "schedules", "pause", "weekly", "Digest")
        #expect(pause.output.contains("weekly is paused: it fires in no process until it is resumed.\n"))
        #expect(try await person.backend.schedules().filter(\.isPaused).map(\.name) == ["Digest", "weekly"])
        #expect(try await type(person, "schedules", "list").output.contains("paused"))
        let resume = try await type(person, "schedules", "resume", "weekly")
        #expect(resume.output == "weekly fires again, next in 3d.\n")
        #expect(try await person.backend.schedules().filter(\.isPaused).map(\.name) == ["Digest"])
    }

    @Test("that are misspelt are refused, and none of those named with them is paused")
    func misspelt() async throws {
        let person = try noon()
        for command in ["pause", "resume"] {
            let answer = try await type(person, "schedules", command, "Digest", "weakly")
            #expect(answer.code == 1)
            #expect(
                answer.complaints == "The program declares no schedule named “weakly”. Did you mean “weekly”?\n")
        }
        #expect(try await type(person, "schedules", "run", "nothing").code == 1)
        #expect(try await type(person, "schedules", "pause").code == 64)
        #expect(try await person.backend.schedules().isEmpty)
    }

    @Test("explain themselves with examples")
    func help() async throws {
        for command in ["", "list", "run", "pause", "resume"] {
            let arguments = ["schedules", command, "--help"].filter { !$0.isEmpty }
            let answer = try await Operator.run(arguments, .testing)
            #expect(answer.code == 0)
            #expect(answer.output.contains("EXAMPLE"))
        }
    }
}
