import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ProcessTests {
    @Suite("Worker processes")
    struct Workers {
        struct ListedJob: Decodable {
            var state: String
            var attempt: Int
            var crashes: Int
            var request: String?
        }

        // NORI-6, NORI-18, ASOK-16, ASOK-17, NORI-11, DBT-3, NOBS-11, NOBS-10, NOBS-12, NUVOM-6, NUVOM-15
        @Test("a worker runs what a server accepted, and the command line finds it by its request")
        func handOver() async throws {
            try await Stage.play { stage in
                let (server, port) = try await stage.startServer()
                #expect(server.output.contains("closure jobs stay in it"))
                let (status, request) = try await stage.send("/notes/1", to: port)
                #expect(status == 202)
                _ = try await stage.startWorker()
                try await stage.waitForEnds(of: [1])
                try await stage.wait(for: "the job's end") { stage.hasEnded(1) }
                let jobs = try await stage.ask([ListedJob].self, "jobs", "list", "--request", request ?? "none")
                #expect(jobs.count == 1)
                #expect(jobs.first?.request == request)
            }
        }

        // AT-2, ST-B5
        @Test("a job longer than the shutdown's limit goes back to its queue, not counted, and the worker exits with 0")
        func shortLimit() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let worker = try stage.start("ProcessFixture", "worker", with: ["SHUTDOWN_LIMIT": "4s"])
                try await worker.line(with: "Worker started")
                try await stage.send("/notes/1?ms=60000", to: port)
                try await stage.wait(for: "the job's start") { !stage.ledger(1).isEmpty }
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode(within: .seconds(5)) == 0)
                let job = try #require(try await stage.ask([ListedJob].self, "jobs", "list").first)
                #expect(job.state == "pending" && job.attempt == 0 && job.crashes == 0)
            }
        }

        @Test("a function marked @Job runs in a worker that was told nothing of it")
        func marked() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                try await stage.send("/marked/1", to: port)
                _ = try await stage.startWorker()
                try await stage.waitForEnds(of: [1])
            }
        }

        // NORI-B1, NORI-B2, ASOK-B5, NUVOM-B13, AT-1
        @Test("jobs of a worker that is killed run again within seconds")
        func killedWorker() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let victim = try await stage.startWorker()
                for number in 1...3 { try await stage.send("/notes/\(number)?ms=2000", to: port) }
                try await stage.wait(for: "three starts") { (1...3).allSatisfy { !stage.ledger($0).isEmpty } }
                _ = try await stage.startWorker()
                victim.kill()
                let killed = ContinuousClock.now
                try await stage.wait(for: "three more starts") {
                    (1...3).allSatisfy { stage.ledger($0).filter { $0.hasPrefix("start ") }.count == 2 }
                }
                #expect(ContinuousClock.now - killed < .seconds(2))
                try await stage.waitForEnds(of: 1...3)
                let jobs = try await stage.ask([ListedJob].self, "jobs", "list")
                // A crash is counted, and not as an attempt.
                #expect(jobs.allSatisfy { $0.crashes == 1 && $0.attempt == 1 })
            }
        }

        // ASOK-16
        @Test("a job that was answered 202 survives the server that accepted it")
        func killedServer() async throws {
            try await Stage.play { stage in
                let (server, port) = try await stage.startServer()
                #expect(try await stage.send("/notes/1?ms=200", to: port).status == 202)
                server.kill()
                _ = try await stage.startWorker()
                try await stage.waitForEnds(of: [1])
            }
        }

        // NORI-15, NUVOM-13, AT-2, ASOK-B1, ASOK-B16, DBT-B1, NOBS-B9
        @Test("SIGTERM under load loses nothing and ends with exit code 0")
        func termUnderLoad() async throws {
            try await Stage.play { stage in
                let (server, port) = try await stage.startServer()
                let worker = try await stage.startWorker()
                for number in 1...100 { try await stage.send("/notes/\(number)?ms=50", to: port) }
                try await stage.wait(for: "the first ends") { (1...100).count(where: stage.hasEnded) >= 5 }
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
                let begun = (1...100).filter { !stage.ledger($0).isEmpty }
                #expect(begun.allSatisfy(stage.hasEnded), "what was begun is finished")
                #expect(begun.count < 100, "there is something left to do")
                _ = try await stage.startWorker(concurrency: 20)
                try await stage.waitForEnds(of: 1...100)
                server.signal(SIGTERM)
                #expect(try await server.exitCode() == 0)
                let jobs = try await stage.ask([ListedJob].self, "jobs", "list", "--limit", "200")
                #expect(jobs.count == 100)
                #expect(jobs.allSatisfy { $0.state != "failed" && $0.attempt <= 1 && $0.crashes == 0 })
                #expect((1...100).allSatisfy { stage.ledger($0).count == 2 }, "each ran once")
            }
        }

        // ASOK-17, NORI-12, NOBS-15, NUVOM-B4
        @Test("two workers share the work, and none of it is done twice")
        func sharing() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let workers = [
                    try await stage.startWorker(concurrency: 2), try await stage.startWorker(concurrency: 2),
                ]
                for number in 1...40 { try await stage.send("/notes/\(number)?ms=50", to: port) }
                try await stage.waitForEnds(of: 1...40)
                for worker in workers {
                    #expect((1...40).contains { stage.ledger($0).contains("end \(worker.pid)") })
                }
                #expect((1...40).allSatisfy { stage.ledger($0).count == 2 })
            }
        }

        // NOBS-1, NOBS-10, NOBS-12, NOBS-15
        @Test(
            "what was queued for a named worker runs in a worker process that pulls its queue, and is alive in the list"
        )
        func namedWorker() async throws {
            struct Status: Decodable {
                struct Worker: Decodable { var name: String }
                var workers: [Worker]
            }
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                for number in 1...5 { #expect(try await stage.send("/priority/\(number)", to: port).status == 202) }
                try await stage.send("/notes/6", to: port)
                let worker = try stage.start("ProcessFixture", "worker", "--queues", "priority_queue")
                try await stage.waitForEnds(of: 1...5)
                #expect((1...5).allSatisfy { stage.ledger($0).contains("end \(worker.pid)") })
                #expect(!stage.hasEnded(6))
                let status = try await stage.ask(Status.self, "worker", "status")
                #expect(status.workers.contains { $0.name.hasSuffix(":priority_queue") })
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
            }
        }

        // NORI-19, DBT-16
        @Test("a worker with --queues and --once does its queues and ends")
        func once() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                for number in 1...4 {
                    try await stage.send("/notes/\(number)?queue=\(number % 2 == 0 ? "mail" : "low")", to: port)
                }
                let worker = try stage.start("ProcessFixture", "worker", "--once", "--queues", "mail")
                #expect(try await worker.exitCode() == 0)
                #expect((1...4).map(stage.hasEnded) == [false, true, false, true])
            }
        }

        // AT-10, DBT-13, NORI-B13, NUVOM-B9
        @Test("an idle worker takes no processor time, begins a job at once, and stops at once")
        func idle() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                let worker = try await stage.startWorker()
                try await stage.send("/notes/1", to: port)
                try await stage.waitForEnds(of: [1])
                let before = try worker.processorTime() ?? .zero
                // The one thing that shows that nothing happens is time in which nothing happens.
                try await Task.sleep(for: .seconds(1))
                #expect(try (worker.processorTime() ?? before) - before <= .milliseconds(20))
                try await stage.send("/notes/2", to: port)
                let sent = ContinuousClock.now
                try await stage.waitForEnds(of: [2])
                #expect(ContinuousClock.now - sent < .seconds(1))
                let told = ContinuousClock.now
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
                #expect(ContinuousClock.now - told < .seconds(2))
            }
        }

        // DBT-16, DBT-21, DBT-B13
        @Test("a worker with --duration ends in time, and not in the middle of a job")
        func duration() async throws {
            try await Stage.play { stage in
                let (_, port) = try await stage.startServer()
                try await stage.send("/notes/1?ms=1500", to: port)
                let worker = try stage.start("ProcessFixture", "worker", "--duration", "500ms")
                #expect(try await worker.exitCode(within: .seconds(15)) == 0)
                #expect(stage.hasEnded(1))
            }
        }
    }
}
