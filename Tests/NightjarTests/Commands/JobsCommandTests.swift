import Foundation
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("jobs", .timeLimit(.minutes(1)))
struct JobsCommandTests {
    private struct Listed: Decodable, Equatable {
        var id: String
        var state: String
        var name: String
    }

    private struct Changed: Decodable {
        var changed: [String]
        var unchanged: [String]
    }

    private func listed(_ person: Operator, _ arguments: String...) async throws -> Set<String> {
        let answer = try await person.run(["jobs", "list"] + arguments + ["--json"])
        return Set(try answer.json([Listed].self).map(\.id))
    }

    // NUVOM-38, NUVOM-X8, DBT-X2, DBT-X10, DBT-X11
    @Test("are listed by state, queue, name, tag, request and age")
    func filters() async throws {
        let person = Operator()
        let old = try await person.put("Import", queue: "reports", request: "r-1").description
        person.pass(.seconds(3600))
        let mail = try await person.put("Mail", queue: "low", tags: ["ada", "receipt"], request: "r-2").description
        let dead = try await person.putDead("no such address").description
        let later = try await person.put(after: .seconds(60)).description
        #expect(try await listed(person) == [old, mail, dead, later])
        #expect(try await listed(person, "--state", "dead") == [dead])
        #expect(try await listed(person, "--state", "failed,scheduled") == [dead, later])
        #expect(try await listed(person, "--queue", "low") == [mail])
        #expect(try await listed(person, "--name", "Import") == [old])
        #expect(try await listed(person, "--tag", "ada") == [mail])
        #expect(try await listed(person, "--request", "r-1") == [old])
        #expect(try await listed(person, "--older-than", "30m") == [old])
        #expect(try await listed(person, "--newer-than", "30m") == [mail, dead, later])
        #expect(try await listed(person, "--newer-than", "3h", "--older-than", "30m") == [old])
        #expect(try await listed(person, "--queue", "low", "--name", "Import").isEmpty)
        #expect(try await listed(person, "--limit", "2", "--offset", "2") == [old, mail])
    }

    @Test("are listed for people, and a full page says how to go on")
    func table() async throws {
        let person = Operator()
        let id = try await person.putDead("no such\naddress")
        person.pass(.seconds(300))
        let answer = try await person.run("jobs", "list", "--limit", "1")
        #expect(
            answer.output == """
                ID                                    JOB   STATE   WHEN    QUEUE    TRY  NOTE
                \(id)  Mail  failed  5m ago  default  1/5  Shop.Refused: no such address

                There may be more: --limit and --offset 1 show them.

                """)
        #expect(try await person.run("jobs", "list", "--queue", "none").output == "No job matches.\n")
    }

    private struct Detail: Decodable {
        struct Failure: Decodable { var message: String }
        var value: [String: String]
        var failures: [Failure]
        var request: String?
    }

    // NUVOM-7
    @Test("are shown with value, attempts and errors")
    func show() async throws {
        let person = Operator()
        let id = try await person.put("Mail", tags: ["ada"], request: "r-7")
        let job = try #require(try await person.claim())
        _ = try await person.backend.settle([
            Settlement(
                id: id, lease: job.lease,
                disposition: .failed(JobFailure(type: "Refused", message: "full", attempt: 1, at: person.now)))
        ])
        let text = try await person.run("jobs", "show", "\(id)").output
        let value = #"{"to":"ada@example.org"}"#
        for words in ["Mail", "\(id)", "failed", "1 of 5", "r-7", "ada", value, "Refused: full"] {
            #expect(text.contains(words))
        }
        let detail = try await person.run("jobs", "show", "\(id)", "--json").json(Detail.self)
        #expect(detail.value == ["to": "ada@example.org"])
        #expect(detail.failures.map(\.message) == ["full"])
        #expect(detail.request == "r-7")
    }

    @Test("that are not there are a sentence and exit code 1, and what is no id is exit code 64")
    func unknown() async throws {
        let id = JobID()
        let answer = try await Operator().run("jobs", "show", "\(id)")
        #expect(answer.code == 1)
        #expect(answer.complaints == "There is no job \(id), or it is no longer kept.\n")
        let wrong = try await Operator().run("jobs", "show", "17")
        #expect(wrong.code == 64)
        #expect(wrong.complaints.contains("\"17\" is not a job's id"))
    }

    // NORI-B10, NUVOM-X7
    @Test("are cancelled, brought back and deleted by their ids")
    func change() async throws {
        let person = Operator()
        let id = try await person.put()
        #expect(try await person.run("jobs", "cancel", "\(id)").output == "1 job cancelled.\n")
        #expect(try await person.state(id) == .cancelled)
        #expect(try await person.run("jobs", "retry", "\(id)").output == "1 job brought back.\n")
        #expect(try await person.state(id) == .pending)
        #expect(try await person.run("jobs", "delete", "\(id)").output == "1 job deleted.\n")
        #expect(try await person.state(id) == nil)
    }

    @Test("that cannot be changed are named with the reason, exit code 1, and the others are changed all the same")
    func refused() async throws {
        let person = Operator()
        let running = try await person.put()
        try await person.claim()
        let waiting = try await person.put()
        let answer = try await person.run("jobs", "delete", "\(running)", "\(waiting)", "--json")
        #expect(answer.code == 1)
        let reason = "a running job has to be cancelled before it is deleted"
        #expect(answer.complaints == "\(running) is running: \(reason).\n")
        let changed = try answer.json(Changed.self)
        #expect(changed.changed == ["\(waiting)"] && changed.unchanged == ["\(running)"])
        let retry = try await person.run("jobs", "retry", "\(running)")
        #expect(retry.code == 1)
        #expect(retry.complaints.contains("only failed and cancelled jobs can be brought back"))
        let none = try await person.run("jobs", "cancel", "--state", "completed")
        #expect(none.code == 1)
        #expect(none.complaints == "--state completed: only jobs that wait or run can be cancelled.\n")
    }

    @Test("that run are told to stop, and that is what is said")
    func told() async throws {
        let person = Operator()
        let running = try await person.put()
        try await person.claim()
        let waiting = try await person.put()
        let answer = try await person.run("jobs", "cancel", "\(running)", "\(waiting)")
        #expect(answer.output == "1 job cancelled, 1 told to stop.\n")
    }

    @Test("a command that there is not is named, with those that there are and the nearest one")
    func unknownCommand() async throws {
        let worker = try await Operator().run("workers")
        #expect(worker.code == 64)
        #expect(worker.complaints.hasPrefix("There is no command \"workers\". Did you mean \"worker\"?\n"))
        #expect(worker.complaints.contains("serve | worker | jobs | dead | queues"))
        let nested = try await Operator().run("jobs", "lst")
        #expect(nested.complaints.contains("Did you mean \"list\"?"))
        #expect(nested.complaints.contains("jobs [list | show"))
        #expect(try await Operator().run("worker", "--frobnicate").complaints.contains("--frobnicate"))
    }

    // DBT-X14
    @Test("are changed by what they have in common, more than a page of them")
    func many() async throws {
        let person = Operator()
        for _ in 0..<1203 { try await person.put(queue: "low", tags: ["import"]) }
        let kept = try await person.put(queue: "low")
        let answer = try await person.run("jobs", "cancel", "--tag", "import", "--json")
        #expect(answer.code == 0)
        #expect(try answer.json(Changed.self).changed.count == 1203)
        #expect(try await person.state(kept) == .pending)
    }

    // NUVOM-29, NUVOM-B26
    @Test("of a queue are deleted all at once, and it is said how many those were")
    func clear() async throws {
        let person = Operator()
        for _ in 0..<12 { try await person.put(queue: "low") }
        let kept = try await person.put()
        #expect(try await person.run("jobs", "delete", "--queue", "low").output == "12 jobs deleted.\n")
        #expect(try await listed(person) == [kept.description])
        #expect(try await person.run("jobs", "delete", "--queue", "low").code == 0)
    }

    @Test("are not changed without saying which, nor in two ways at once")
    func ambiguous() async throws {
        let person = Operator()
        #expect(try await person.run("jobs", "delete").code == 64)
        #expect(try await person.run("jobs", "delete", "\(JobID())", "--queue", "low").code == 64)
        let state = try await person.run("jobs", "list", "--state", "runing")
        #expect(state.code == 64)
        #expect(state.complaints.contains("Did you mean \"running\"?"))
        #expect(try await person.run("jobs", "list", "--older-than", "soon").code == 64)
    }
}
