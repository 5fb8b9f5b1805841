import Foundation
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("dead", .timeLimit(.minutes(1)))
struct DeadCommandTests {
    private struct Group: Decodable {
        var count: Int
        var name: String
        var error: String
        var examples: [String]
    }

    private func populate(_ person: Operator) async throws -> (refused: [JobID], timeout: JobID) {
        var refused: [JobID] = []
        for number in 1...7 {
            refused.append(try await person.putDead("order \(number) has no address"))
            person.pass(.seconds(1))
        }
        let timeout = try await person.putDead(
            "took longer than 30 s", name: "Import", queue: "reports", type: "Timeout")
        try await person.put()
        return (refused, timeout)
    }

    // AT-9, NUVOM-B1
    @Test("are listed by what they died of, whatever numbers the messages hold")
    func groups() async throws {
        let person = Operator()
        let (refused, timeout) = try await populate(person)
        let output = try await person.run("dead", "list").output
        #expect(
            output == """
                DEAD  JOB     ERROR                                 LATEST  FOR INSTANCE                          QUEUE
                   7  Mail    Shop.Refused: order 7 has no address  1s ago  \(refused[0])  default
                   1  Import  Timeout: took longer than 30 s        now     \(timeout)  reports

                """)
        let groups = try await person.run("dead", "list", "--json").json([Group].self)
        #expect(groups.map(\.count) == [7, 1])
        #expect(groups.first?.examples == refused.prefix(5).map(\.description))
    }

    @Test("numbers and ids in messages do not make another trouble")
    func patterns() {
        #expect(DeadGroups.pattern("no order 17") == DeadGroups.pattern("no order 18"))
        #expect(
            DeadGroups.pattern("user \(JobID()) is gone.") == DeadGroups.pattern("user \(JobID()) is gone."))
        #expect(DeadGroups.pattern("no order 17") != DeadGroups.pattern("no invoice 17"))
        #expect(DeadGroups.pattern("took 3.5s, gave up") == "took #.#, gave up")
    }

    // AT-9
    @Test("are brought back by error, and purged by the rest")
    func retryAndPurge() async throws {
        let person = Operator()
        let (refused, timeout) = try await populate(person)
        #expect(try await person.run("dead", "retry", "--error", "timeout").output == "1 job brought back.\n")
        #expect(try await person.state(timeout) == .pending)
        #expect(try await person.state(refused[0]) == .failed)
        #expect(try await person.run("dead", "purge", "\(refused[0])").output == "1 job deleted.\n")
        #expect(try await person.run("dead", "purge", "--all").output == "6 jobs deleted.\n")
        #expect(try await person.run("dead", "list").output == "No job is dead.\n")
        // What is not dead was not touched.
        #expect(try await person.run("jobs", "list").output.split(separator: "\n").count == 3)
    }

    @Test("are not brought back or purged without saying which")
    func ambiguous() async throws {
        for verb in ["retry", "purge"] {
            let answer = try await Operator().run("dead", verb)
            #expect(answer.code == 64)
            #expect(answer.complaints.contains("--all"))
            #expect(try await Operator().run("dead", verb, "--all", "--queue", "low").code == 64)
        }
    }

    @Test("a purge by id takes only what is dead")
    func purgeWaiting() async throws {
        let person = Operator()
        let waiting = try await person.put()
        let answer = try await person.run("dead", "purge", "\(waiting)")
        #expect(answer.code == 1)
        #expect(answer.complaints.contains("only dead jobs can be"))
        #expect(try await person.state(waiting) == .pending)
    }

    @Test("a retry by id brings back only what is dead, not what somebody called off")
    func retryCancelled() async throws {
        let person = Operator()
        let called = try await person.put()
        _ = try await person.run("jobs", "cancel", "\(called)")
        let answer = try await person.run("dead", "retry", "\(called)")
        #expect(answer.code == 1)
        #expect(answer.complaints.contains("only dead jobs can be brought back"))
        #expect(try await person.state(called) == .cancelled)
    }
}
