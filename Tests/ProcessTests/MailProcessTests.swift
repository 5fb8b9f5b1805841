// Mails outlive the processes that send them: workers are killed in the middle of two hundred, and the server's own list
// says what arrived.

import Foundation
import Testing

extension ProcessTests {
    @Suite("Mail")
    struct MailProcess {
        @Test("a worker is killed in the middle of 200 mails: each arrives, and only those in flight arrive twice")
        func kill() async throws {
            try await Stage.play { stage in
                let server = try MailServer(user: "ada", password: "hunter2+", delay: 0.02)
                let variables = [
                    "MAIL_URL": "smtp://ada:hunter2%2B@localhost:\(try await server.port)?connections=4",
                    "MAIL_FROM": "robot@example.org",
                ]
                let web = try stage.start(
                    "ProcessFixture", "serve", with: variables.merging(["WORKER_EMBEDDED": "false"]) { $1 })
                let port = try await web.port()
                for number in 1...200 {
                    #expect(try await stage.send("/mails/\(number)", to: port).status == 202)
                }
                var inFlight = 0
                for kill in 1...3 {
                    let worker = try stage.start("ProcessFixture", "worker", "--concurrency", "4", with: variables)
                    try await stage.wait(for: "mails before kill \(kill)") { server.mails.count >= kill * 40 }
                    worker.kill()
                    _ = try await worker.exitCode(within: .seconds(5))
                    inFlight += 4
                }
                let last = try stage.start("ProcessFixture", "worker", "--concurrency", "4", with: variables)
                try await stage.wait(for: "all mails", within: .seconds(90)) {
                    Set(server.mails.map(\.recipient)).count == 200
                }
                try await stage.untilQueueIsEmpty("mail")
                let mails = server.mails
                #expect(mails.count <= 200 + inFlight, "\(mails.count) mails arrived")
                for (recipient, copies) in Dictionary(grouping: mails, by: \.recipient) {
                    #expect(Set(copies.map(\.messageID)).count == 1, "\(recipient)")
                }
                // The password stands in the environment alone.
                web.kill()
                last.kill()
                _ = try await last.exitCode(within: .seconds(5))
                for file in try FileManager.default.contentsOfDirectory(atPath: stage.folder.path) {
                    let data = FileManager.default.contents(atPath: stage.folder.appendingPathComponent(file).path)
                    for form in ["hunter2+", "hunter2%2B", "aHVudGVyMis="] {
                        #expect(data?.range(of: Data(form.utf8)) == nil, "\(form) in \(file)")
                    }
                }
                #expect(!web.output.contains("hunter2") && !last.output.contains("hunter2"))
            }
        }
    }
}

extension Stage {
    /// Waits until a queue has no job left that is not done.
    fileprivate func untilQueueIsEmpty(_ name: String) async throws {
        struct Queue: Decodable {
            var queue: String
            var waiting: Int
            var running: Int
            var retrying: Int
            var scheduled: Int
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let queues = try await ask([Queue].self, "queues", "list")
            let left = queues.filter { $0.queue == name }.reduce(0) {
                $0 + $1.waiting + $1.running + $1.retrying + $1.scheduled
            }
            if left == 0 { return }
            guard ContinuousClock.now < deadline else {
                throw Program.Trouble(description: "\(left) jobs are left in \(name).")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
