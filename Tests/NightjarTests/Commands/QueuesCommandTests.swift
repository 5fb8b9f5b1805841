import Foundation
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("queues", .timeLimit(.minutes(1)))
struct QueuesCommandTests {
    @Test("are paused, shown as paused, and handed out again")
    func pause() async throws {
        let person = Operator()
        try await person.put(queue: "mail")
        let pause = try await person.run("queues", "pause", "mail")
        #expect(pause.output == "mail is paused, 1 job waiting; 0 running to their end.\n")
        #expect(try await person.claim("mail") == nil)
        #expect(try await person.run("worker", "status").output.contains("mail (paused)"))
        #expect(
            try await person.run("queues", "list").output == """
                QUEUE  STATE   WAITING  RUNNING  RETRYING  SCHEDULED  DEAD  COMPLETED  CANCELLED
                mail   paused        1        0         0          0     0          0          0

                """)
        let resume = try await person.run("queues", "resume", "mail")
        #expect(resume.output == "mail is handed out again, 1 job waiting.\n")
        #expect(try await person.claim("mail") != nil)
    }

    @Test("that are misspelt are refused, and none of those named with them is paused")
    func misspelt() async throws {
        let person = Operator()
        try await person.put(queue: "mail")
        let answer = try await person.run("queues", "pause", "mail", "mial")
        #expect(answer.code == 1)
        #expect(answer.complaints.contains("There is no queue \"mial\""))
        #expect(answer.complaints.contains("Did you mean \"mail\"?"))
        #expect(try await person.claim("mail") != nil)
        #expect(try await person.run("queues", "pause", "not a name").code == 64)
    }
}
