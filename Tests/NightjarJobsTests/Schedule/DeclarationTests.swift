import Foundation
import NightjarTesting
import Testing

@testable import NightjarJobs

@Suite("Declaring schedules")
struct DeclarationTests {
    private func refusal(_ declare: (JobQueue) throws -> Void) throws -> String {
        do { try declare(JobQueue()) } catch { return "\(error)" }
        return "accepted"
    }

    @Test("a type that was not registered is, by being scheduled")
    func registers() async throws {
        let queue = JobQueue()
        try queue.schedule(Chore(), .daily(at: "08:00"))
        #expect(queue.registry.names.contains("chore"))
        try await queue.background(Chore())
    }

    @Test("one job can have several schedules, each with a name of its own")
    func several() throws {
        let queue = JobQueue()
        try queue.schedule(Chore(), .daily(at: "08:00", in: "Europe/Paris"))
        let error = #expect(throws: ScheduleError.self) { try queue.schedule(Chore(), .every(.seconds(60))) }
        #expect(
            error?.reason == """
                There are two schedules named “chore”: daily at 08:00 (Europe/Paris) and every minute. \
                Give one of them another name, as in schedule(…, name: "…").
                """)
        try queue.schedule(Chore(), .every(.seconds(60)), name: "often", missed: .latest)
        let statuses = queue.declaredSchedules
        #expect(statuses.map(\.name) == ["chore", "often"])
        #expect(statuses.map(\.timing) == ["daily at 08:00 (Europe/Paris)", "every minute"])
        #expect(statuses.map(\.job) == ["chore", "chore"])
        #expect(statuses.map(\.missed) == [.skip, .latest])
    }

    @Test("what the article on schedules shows is accepted")
    func documented() throws {
        let queue = JobQueue()
        try queue.schedule(Chore(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
        try queue.schedule(Chore(), .every(.seconds(30)), name: "2")
        try queue.schedule(Chore(), .weekly(on: .monday, .thursday, at: "07:30", in: "America/New_York"), name: "3")
        try queue.schedule(Chore(), .monthly(on: 31, at: "23:00"), name: "4")
        try queue.schedule(Chore(), .cron("*/5 8-18 * * mon-fri", in: "Asia/Tokyo"), name: "office sync")
        let unique = JobOptions(unique: UniquePolicy(key: "import"))
        try queue.schedule(Chore(), .every(.seconds(60)), name: "6", options: unique)
        #expect(queue.declaredSchedules.count == 6)
    }

    @Test("a malformed expression or zone is an error where it is declared, which points at the character")
    func malformed() throws {
        let cron = try refusal { try $0.schedule(Chore(), .cron("*/5 8-25 * * *")) }
        #expect(
            cron == """
                The hour 25 is out of range; hours go from 0 to 23.
                    */5 8-25 * * *
                          ^ column 7
                """)
        #expect(try refusal { try $0.schedule(Chore(), .daily(at: "8 Uhr")) }.contains("^ column 2"))
        let zone = try refusal { try $0.schedule(Chore(), .daily(at: "08:00", in: "Europe/Pariss")) }
        #expect(zone.contains("did you mean Europe/Paris?"))
    }

    // ASOK-X7
    @Test("an interval below a second or above a year is an error, never another interval")
    func bounds() throws {
        for wrong in [Duration.zero, .seconds(-5), .milliseconds(500), .seconds(366 * 86_400)] {
            #expect(try refusal { try $0.schedule(Chore(), .every(wrong)) }.contains("interval"))
        }
        for right in [Duration.seconds(1), .seconds(365 * 86_400)] {
            #expect(try refusal { try $0.schedule(Chore(), .every(right)) } == "accepted")
        }
    }

    @Test("what could not be accepted at the first firing is refused at once")
    func refusedAtOnce() throws {
        let options = JobOptions(timeout: .zero)
        #expect(try refusal { try $0.schedule(Chore(), .every(.seconds(1)), options: options) }.contains("timeout"))
        for name in ["", "two\nlines", String(repeating: "n", count: 92)] {
            #expect(try refusal { try $0.schedule(Chore(), .every(.seconds(1)), name: name) }.contains("cannot name"))
        }
        let longest = String(repeating: "n", count: 91)
        #expect(try refusal { try $0.schedule(Chore(), .every(.seconds(1)), name: longest) } == "accepted")
    }

    @Test("a name that no schedule has is refused, with the one that was probably meant")
    func unknownName() async throws {
        let queue = JobQueue()
        try queue.schedule(Chore(), .daily(at: "08:00"), name: "digest")
        for act in [queue.pauseSchedule, queue.resumeSchedule, { _ = try await queue.runSchedule($0) }] {
            let error = await #expect(throws: ScheduleError.self) { try await act("digst") }
            #expect(error?.reason == "The program declares no schedule named “digst”. Did you mean “digest”?")
        }
    }

    @Test("an end drops what lies behind it, under both policies", arguments: MissedPolicy.allCases)
    func end(policy: MissedPolicy) throws {
        let schedule = try Schedule.daily(at: "08:00")
        let (last, end) = (try utc("2026-01-01T08:00:00Z"), try utc("2026-01-03T08:00:00Z"))
        func due(_ now: String) throws -> DueFiring {
            schedule.due(after: last, now: try utc(now), missed: policy, until: end)
        }
        #expect(utc(try due("2026-01-03T08:00:01Z").fire) == "2026-01-03T08:00:00Z")
        #expect(try due("2026-01-03T08:00:01Z").next == nil)
        let late = try due("2026-01-09T12:00:00Z")
        #expect(utc(policy == .latest ? late.fire : late.skipped) == "2026-01-03T08:00:00Z")
        #expect(late.next == nil)
    }
}

@Suite("When a job runs first")
struct FirstRunTests {
    /// How long after the call the job is due.
    private func wait(delay: Duration? = nil, at date: Date? = nil, options: JobOptions? = nil) async throws -> Duration
    {
        let clock = ManualClock()
        let queue = JobQueue(backend: MemoryBackend(clock: clock.jobClock))
        try queue.register(Patient.self)
        let future = try await queue.background(Patient(), delay: delay, at: date, options: options)
        return try #require(try await queue.record(of: future.jobID)).dueAt - clock.now
    }

    // DBT-8
    @Test("a type's own delay holds for calls that say nothing")
    func defaultDelay() async throws { #expect(try await wait() == .seconds(60)) }

    // DBT-9, DBT-10
    @Test("a call's own delay replaces it", arguments: [.seconds(90), .seconds(20 * 60), Duration.zero])
    func ownDelay(delay: Duration) async throws {
        #expect(try await wait(delay: delay) == delay)
        #expect(try await wait(options: JobOptions(delay: delay)) == delay)
    }

    // DBT-11
    @Test("a date replaces it; one that has passed means now")
    func date() async throws {
        let now = ManualClock().now
        let later = try await wait(at: (now + .seconds(7200)).date)
        #expect(abs(later.inSeconds - 7200) < 0.001)
        #expect(try await wait(at: (now - .seconds(5)).date) == .zero)
        #expect(try await wait(at: .distantPast) == .zero)
    }
}

private struct Chore: Job {
    static let name = "chore"

    func run(_ context: JobContext) async throws {}
}

private struct Patient: Job {
    static let name = "patient"
    static let options = JobOptions(delay: .seconds(60))

    func run(_ context: JobContext) async throws {}
}
