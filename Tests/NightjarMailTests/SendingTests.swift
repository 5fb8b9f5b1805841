import Foundation
import Logging
import NightjarJobs
import NightjarTesting
import Testing

@testable import NightjarMail

@Suite("Sending in the background", .timeLimit(.minutes(2)))
struct SendingTests {
    private func mail(_ recipients: String...) throws -> Mail {
        try Mail(to: recipients, subject: "Hello", text: "Hello.")
    }

    private func smtp(_ server: PythonServer, login: String = "", _ options: String = "") throws -> any MailTransport {
        let certificate = try Certificate.shared.get().certificate
        return try MailRoute("smtp://\(login)localhost:\(server.port)?ca=\(certificate)\(options)")
            .makeTransport(logger: .init(label: "mail"))
    }

    // ASOK-39
    @Test("send() returns with a job in the queue mail, and the receipt says what the server said")
    func send() async throws {
        let server = try await PythonServer()
        let test = try MailQueue(smtp(server))
        try await test.run {
            let future = try await mail("a@example.org", "b@example.org").send()
            #expect(try await future.status.queue == "mail")
            let receipt = try await future.value
            #expect(receipt.delivered == 2 && receipt.delayed == 0 && receipt.refused == 0)
            #expect(receipt.answer == "250 2.0.0 queued")
            let arrived = try #require(await server.events("mail").first)
            let text = String(decoding: try #require(arrived.content), as: UTF8.self)
            #expect(text.contains("Message-ID: <\(receipt.messageID)>"))
            _ = try await Mail.send(to: "c@example.org", subject: "Short", body: "form").value
        }
        #expect(server.soFar("mail").count == 2)
    }

    @Test("in a job, send() makes a job of its own with that job as its parent")
    func inAJob() async throws {
        let transport = MemoryTransport()
        let test = try MailQueue(transport)
        try test.queue.register(Inviting.self)
        try await test.run {
            let outer = try await test.queue.background(Inviting())
            let inner = try #require(JobID(try await outer.value))
            await #expect(transport.deliveries(atLeast: 1).count == 1)
            #expect(try await test.queue.record(of: inner)?.parent == outer.jobID)
        }
    }

    private struct Inviting: Job {
        static let name = "Inviting"

        func run(_ context: JobContext) async throws -> String {
            try await "\(Mail.send(to: "a@example.org", subject: "Come", body: "Do.").jobID)"
        }
    }

    @Test("a temporary refusal is tried again after 30 s, and the same mail arrives then")
    func temporary() async throws {
        let server = try await PythonServer()
        let clock = ManualClock()
        let test = try MailQueue(smtp(server), clock: clock)
        try await test.run {
            let start = clock.now
            let future = try await mail("temp-once@example.org").send()
            await clock.untilSomebodySleeps(until: start + .seconds(30))
            #expect(try await future.status.state == .retrying)
            #expect(try await future.status.failure?.message.contains("451 4.3.0 try again later") ?? false)
            clock.advance(by: .seconds(30))
            #expect(try await future.value.delivered == 1)
            #expect(try await future.status.attempt == 2)
        }
    }

    @Test("a server that is not there is tried twelve times and then given up")
    func absent() async throws {
        let clock = ManualClock()
        let transport = MemoryTransport(answer: { _ in .retry("no route") })
        let test = try MailQueue(transport, clock: clock)
        try await test.run {
            let future = try await mail("a@example.org").send()
            for attempt in 1..<12 {
                let wait = try #require(MailRetry.delay(afterAttempt: attempt))
                await clock.untilSomebodySleeps(until: clock.now + wait)
                clock.advance(by: wait)
            }
            await #expect(throws: JobError.self) { try await future.value }
            #expect(try await future.status.attempt == 12)
        }
    }

    @Test("a refusal for good is a dead letter at once, with the server's words")
    func refused() async throws {
        let server = try await PythonServer()
        let test = try MailQueue(smtp(server))
        try await test.run {
            let future = try await mail("gone@example.org").send()
            await #expect(throws: JobError.self) { try await future.value }
            let status = try await future.status
            #expect(status.state == .failed && status.attempt == 1)
            #expect(status.failure?.message.contains("550 5.1.1 no such user") ?? false)
        }
    }

    @Test("of several recipients each gets the mail once: the refused become a dead letter, the delayed a retry")
    func partial() async throws {
        let server = try await PythonServer()
        let clock = ManualClock()
        let test = try MailQueue(smtp(server), clock: clock)
        try await test.run {
            let start = clock.now
            let future = try await mail("a@example.org", "gone@example.org", "temp-once@example.org").send()
            let receipt = try await future.value
            #expect(receipt.delivered == 1 && receipt.delayed == 1 && receipt.refused == 1)
            await clock.untilSomebodySleeps(until: start + .seconds(30))
            clock.advance(by: .seconds(30))
            let mails = await server.events("mail", atLeast: 2)
            #expect(mails.map(\.recipients) == [["a@example.org"], ["temp-once@example.org"]])
            #expect(mails[0].content == mails[1].content)
            let jobs = try await test.jobs
            #expect(jobs.count == 3)
            for job in jobs.dropFirst() { _ = try? await test.queue.future(job.id, of: DeliverMail.self).value }
            #expect(
                try await test.jobs.map(\.state).sorted { $0.rawValue < $1.rawValue } == [
                    .completed, .completed, .failed,
                ])
        }
    }

    @Test("wrong credentials pause the queue with one loud line; put right and resumed, every mail leaves")
    func wrongPassword() async throws {
        let server = try await PythonServer(.starttls, mechanisms: ["PLAIN"], password: "right")
        let test = try MailQueue(smtp(server, login: "ada:hunter2@", "&starttls=required"))
        try await test.run {
            var futures: [JobFuture<MailReceipt>] = []
            for index in 0..<5 { futures.append(try await mail("a\(index)@example.org").send()) }
            let loud = await test.lines(.critical)
            #expect(loud.count == 1 && loud[0].contains("paused") && loud[0].contains("queues resume mail"))
            for future in futures {
                for try await status in future.updates where status.state != .running {
                    #expect([.pending, .scheduled].contains(status.state) && status.attempt == 0)
                    break
                }
            }
            #expect(try await test.queue.counts().first { $0.queue == "mail" }?.isPaused == true)
            #expect(server.soFar("mail").isEmpty)
            let traces = try await test.traces
            for form in ["hunter2", "aHVudGVyMg==", "AGFkYQBodW50ZXIy"] { #expect(!traces.contains(form)) }

            try test.use(smtp(server, login: "ada:right@", "&starttls=required"))
            try await test.queue.resume("mail")
            for future in futures { #expect(try await future.value.delivered == 1) }
            #expect(try await futures[0].status.attempt == 1)
            #expect(test.log.values.count { $0.level == .critical } == 1)
        }
    }

    @Test("retrying the dead letter of those who were refused does not reach those who were only delayed")
    func deadLetterApart() async throws {
        let server = try await PythonServer()
        let clock = ManualClock()
        let test = try MailQueue(smtp(server), clock: clock)
        try await test.run {
            let start = clock.now
            let receipt = try await mail("gone@example.org", "temp-once@example.org").send().value
            #expect(receipt.delivered == 0 && receipt.delayed == 1 && receipt.refused == 1)
            await clock.untilSomebodySleeps(until: start + .seconds(30))
            clock.advance(by: .seconds(30))
            _ = await server.events("mail", atLeast: 1)
            for job in try await test.jobs { _ = try? await test.queue.future(job.id, of: DeliverMail.self).value }
            let dead = try await test.queue.deadLetters().map(\.id)
            #expect(dead.count == 1)
            try await test.queue.retry(dead)
            for job in dead { _ = try? await test.queue.future(job, of: DeliverMail.self).value }
        }
        #expect(server.soFar("mail").map(\.recipients) == [["temp-once@example.org"]])
    }

    @Test("a queue that is resumed before anything was put right is paused again, and that is said again")
    func resumedTooSoon() async throws {
        let transport = MemoryTransport(answer: { _ in .pauseQueue("wrong password") })
        let test = try MailQueue(transport)
        @Sendable func loud() -> Int { test.log.values.count { $0.level == .critical } }
        try await test.run {
            for index in 0..<5 { try await mail("a\(index)@example.org").send() }
            for pause in 1...3 {
                _ = await test.log.until { lines in lines.count { $0.level == .critical } >= pause }
                while try await test.queue.counts().contains(where: { $0[.running] > 0 }) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                let counts = try await test.queue.counts()
                #expect(counts.map(\.queue) == ["mail"] && counts.allSatisfy(\.isPaused), "\(counts)")
                #expect(loud() == pause)
                if pause < 3 { try await test.queue.resume("mail") }
            }
        }
        #expect(loud() == 3)
    }

    @Test("a connection lost after the final dot: the same mail again, with a line that says it may arrive twice")
    func ambiguous() async throws {
        let server = try await PythonServer()
        let clock = ManualClock()
        let test = try MailQueue(smtp(server), clock: clock)
        try await test.run {
            let start = clock.now
            let future = try await mail("drop-data@example.org").send()
            await clock.untilSomebodySleeps(until: start + .seconds(30))
            clock.advance(by: .seconds(30))
            let mails = await server.events("mail", atLeast: 2)
            #expect(mails[0].content == mails[1].content)
            let lines = await test.lines(.warning)
            #expect(lines.contains { $0.contains("may have arrived") })
            try await future.cancel()
        }
    }

    @Test("MAIL_REDIRECT_TO also catches mails that were waiting, and leaves who they were for readable")
    func redirect() async throws {
        let transport = MemoryTransport()
        let test = try MailQueue(transport, redirect: "staging@example.org")
        try await test.run {
            _ = try await Mail(to: "Ada <ada@example.org>", bcc: "hidden@example.org", subject: "Hi", text: "Hi").send()
                .value
        }
        let delivery = try #require(transport.deliveries.first)
        #expect(delivery.envelope.recipients.map(\.address) == ["staging@example.org"])
        let text = String(decoding: delivery.message, as: UTF8.self)
        #expect(text.contains("X-Original-To: ada@example.org") && !text.contains("hidden@"))
    }

    @Test("sendNow() waits, makes no job, and says who did not get it")
    func sendNow() async throws {
        let server = try await PythonServer()
        let test = try MailQueue(smtp(server))
        try await test.run {
            let receipt = try await mail("a@example.org").sendNow()
            #expect(receipt.delivered == 1)
            let error = await #expect(throws: MailNotDelivered.self) {
                try await mail("a@example.org", "gone@example.org").sendNow()
            }
            #expect(error?.description.contains("gone@example.org") ?? false)
            #expect(error?.report.delivered.map(\.address) == ["a@example.org"])
        }
        #expect(try await test.jobs.isEmpty)
    }

    @Test("with nowhere to send it, sending says which variable to set")
    func nowhere() async throws {
        let test = try MailQueue(NoTransport(reason: "MAIL_URL is not set."))
        try await test.run {
            let error = await #expect(throws: MailError.self) { try await mail("a@example.org").send() }
            #expect(error?.description.contains("MAIL_URL") ?? false)
        }
        #expect(try await test.jobs.isEmpty)
    }

    @Test("a mail with files of several megabytes fits into its job; one beyond 20 MB is refused in words")
    func files() async throws {
        let transport = MemoryTransport()
        let test = try MailQueue(transport)
        @Sendable func mail(_ megabytes: Int) throws -> Mail {
            let file = try MailAttachment(name: "a.bin", bytes: [UInt8](repeating: 7, count: megabytes << 20))
            return try Mail(to: "a@example.org", subject: "Files", text: "See.", attachments: [file])
        }
        try await test.run {
            _ = try await mail(5).send().value
            #if DEBUG
                await #expect(throws: QueueError.self) { try await mail(40).send() }
            #endif
        }
    }
}
