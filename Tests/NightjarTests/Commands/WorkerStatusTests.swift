import Foundation
import Synchronization
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("worker status", .timeLimit(.minutes(1)))
struct WorkerStatusTests {
    private func populate(_ person: Operator) async throws {
        try await person.put("Import", queue: "reports", after: .seconds(60))
        try await person.putDead("no such address")
        try await person.put("Mail") { now in
            .retrying(at: now + .seconds(30), JobFailure(type: "E", message: "m", attempt: 1, at: now))
        }
        try await person.put("Running", queue: "high")
        try await person.claim("high")
        person.pass(.seconds(10))
        try await person.put("Mail", queue: "low", priority: 9)
        try await person.put("Resize", queue: "reports")
        try await person.put("Mail", priority: -1)
        try await person.put("Receipt", priority: 5)
        person.backend.alive.withLock {
            $0 = [WorkerRecord(name: "web1:42:x", startedAt: person.now - .seconds(7200), running: 1)]
        }
    }

    // ASOK-18, ASOK-B4, AT-12, ASOK-35
    @Test("shows what is in every queue, who works, and what comes next in the order of claims")
    func text() async throws {
        let person = Operator()
        try await populate(person)
        let answer = try await person.run("worker", "status", width: 59)
        #expect(answer.code == 0)
        #expect(
            answer.output == """
                QUEUE    WAITING  RUNNING  RETRYING  SCHEDULED  DEAD
                high           0        1         0          0     0
                default        2        0         1          0     1
                low            1        0         0          0     0
                reports        1        0         0          1     0
                all            4        1         1          1     1

                WORKER     RUNNING  SINCE
                web1:42:x        1  2h ago

                NEXT  JOB      QUEUE
                   1  Receipt  default
                   2  Mail     default
                   3  Mail     low
                   4  Resize   reports

                """)
    }

    private struct Status: Decodable {
        struct Queue: Decodable {
            var queue: String
            var waiting: Int
            var running: Int
            var retrying: Int
            var scheduled: Int
            var dead: Int
        }
        struct Worker: Decodable {
            var name: String
            var running: Int
        }
        struct Job: Decodable {
            var name: String
            var queue: String
        }
        var total: Queue
        var queues: [Queue]
        var workers: [Worker]
        var next: [Job]
    }

    // ASOK-18
    @Test("says the same as JSON")
    func json() async throws {
        let person = Operator()
        try await populate(person)
        let status = try await person.run("worker", "status", "--json", "--next", "3").json(Status.self)
        #expect(status.queues.map(\.queue) == ["high", "default", "low", "reports"])
        #expect(status.total.waiting == 4 && status.total.dead == 1 && status.total.retrying == 1)
        #expect(status.workers.map(\.name) == ["web1:42:x"])
        #expect(status.next.map(\.name) == ["Receipt", "Mail", "Mail"])
    }

    // ASOK-18
    @Test("the next jobs are those that claims hand out, in that order, paused queues left out")
    func nextIsTrue() async throws {
        let person = Operator()
        var generator = SystemRandomNumberGenerator()
        for queue in ["low", "high", "a", "b", "default", "c"] {
            for _ in 0..<5 {
                try await person.put(
                    queue: queue, priority: .random(in: -1...1, using: &generator),
                    after: .seconds(Int.random(in: 0...3, using: &generator)))
            }
        }
        person.pass(.seconds(5))
        try await person.backend.setPaused(true, queue: "b")
        let queue = JobQueue(backend: person.backend)
        for limit in [1, 7, 12, 100] {
            let shown = try await WorkerStatus(of: queue, next: limit).next.map(\.id)
            #expect(shown.count == min(limit, 25))
        }
        let shown = try await WorkerStatus(of: queue, next: 100).next.map(\.id)
        let taken = try await person.backend.claim(ClaimRequest(queues: .all, limit: 100, worker: "w")).map(\.id)
        #expect(shown == taken)
    }

    @Test("says of a paused queue that its jobs wait, and what lets them go")
    func paused() async throws {
        let person = Operator()
        try await person.put(queue: "mail")
        try await person.put(queue: "mail", after: .seconds(60))
        #expect(try await !person.run("worker", "status").output.contains("resume"))
        try await person.backend.setPaused(true, queue: "mail")
        let output = try await person.run("worker", "status").output
        #expect(output.contains("The queue mail is paused, and 2 jobs wait in it"))
        #expect(output.contains("queues resume mail"))
    }

    @Test("mail test says that the queue of mails is still paused, whatever the mail server says")
    func mailTest() async throws {
        let person = Operator()
        try await person.put(queue: "mail")
        #expect(try await !person.run("mail", "test", "--to", "a@example.org").output.contains("paused"))
        try await person.backend.setPaused(true, queue: "mail")
        let answer = try await person.run("mail", "test", "--to", "a@example.org")
        #expect(answer.code == 0)
        #expect(answer.output.contains("Delivered to"))
        #expect(answer.output.contains("The queue mail is paused, and 1 job waits in it"))
        #expect(answer.output.contains("queues resume mail"))
    }

    @Test("says when nobody works and nothing waits")
    func empty() async throws {
        let output = try await Operator().run("worker", "status").output
        #expect(output.contains("No worker is alive"))
        #expect(output.contains("Nothing is waiting."))
    }

    @Test("--watch shows it again and again, until it is stopped")
    func watch() async throws {
        let person = Operator()
        let queue = JobQueue(backend: person.backend)
        let screens = Mutex<[String]>([])
        let thrice = Gate()
        let console = Console(
            write: { screen in
                if screens.withLock({
                    $0.append(screen); return $0.count
                }) == 3 {
                    thrice.open()
                }
            }, complain: { _ in })
        let watching = Task {
            try await watchStatus(of: queue, next: 1, json: true, on: console, every: .milliseconds(1))
        }
        await thrice.wait()
        watching.cancel()
        try? await watching.value
        // One line for each, for programs that read lines.
        #expect(screens.withLock { $0.allSatisfy { !$0.contains("\n") } })
    }

    // NORI-B5
    @Test(
        "commands about jobs refuse a backend that other processes cannot see",
        arguments: [
            ["worker"], ["worker", "status"], ["jobs", "list"], ["dead", "list"], ["queues", "pause", "mail"],
        ])
    func volatile(arguments: [String]) async throws {
        let answer = try await Operator.run(arguments, .testing)
        #expect(answer.code == 1)
        #expect(answer.output.isEmpty)
        #expect(answer.complaints.contains("QUEUE_BACKEND=memory keeps jobs inside the process"))
        #expect(answer.complaints.contains("Set QUEUE_BACKEND=database"))
    }
}
