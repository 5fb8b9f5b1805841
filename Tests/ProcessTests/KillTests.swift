// The promise of the durable backend, put to the test: while clients enqueue, servers and workers are killed at random
// moments. Every job that was answered 202 completes, and none runs beside itself.

import Foundation
import GRDB
import Synchronization
import Testing

extension ProcessTests {
    @Suite("Kills")
    struct Kills {
        /// What is running, and what clients were promised.
        private final class Scene: Sendable {
            struct State {
                var port: Int?
                var promised: [Int] = []
                var next = 1
                var isOver = false
            }
            let state = Mutex(State())
        }

        // NORI-6, ASOK-16, AT-1, AT-23, NORI-B1, NORI-B2, NORI-12
        // DBT-B8, NUVOM-B14
        @Test("servers and workers are killed at random, and every accepted job completes")
        func randomKills() async throws {
            let environment = ProcessInfo.processInfo.environment
            let seed = environment["NIGHTJAR_SEED"].flatMap(UInt64.init) ?? .random(in: .min ... .max)
            let kills = environment["NIGHTJAR_KILLS"].flatMap(Int.init) ?? 300
            print("NIGHTJAR_SEED=\(seed)")
            try await Stage.play { stage in
                let scene = Scene()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<4 {
                        group.addTask { await enqueue(scene, stage, SplitMix(seed: seed &+ UInt64(client) &+ 1)) }
                    }
                    defer { scene.state.withLock { $0.isOver = true } }
                    try await kill(kills, scene, stage, SplitMix(seed: seed))
                    scene.state.withLock { $0.isOver = true }
                    try await group.waitForAll()
                }
                try await settle(kills, scene, stage)
            }
        }

        /// Enqueues jobs, and notes which were accepted. While the server is down, it tries again.
        private func enqueue(_ scene: Scene, _ stage: Stage, _ generator: SplitMix) async {
            var generator = generator
            while !scene.state.withLock(\.isOver) {
                let (port, number) = scene.state.withLock { state in
                    defer { state.next += 1 }
                    return (state.port, state.next)
                }
                if let port {
                    // Mostly short, and now and then long enough to be hit for certain.
                    let length = Int.random(in: 0...9, using: &generator) == 0 ? 300 : 40
                    let path = "/notes/\(number)?ms=\(Int.random(in: 0...length, using: &generator))"
                    let status = try? await stage.send(path, to: port, within: .milliseconds(500)).status
                    if status == 202 { scene.state.withLock { $0.promised.append(number) } }
                }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &generator)))
            }
        }

        /// Kills one of three processes after the other and starts it again.
        private func kill(_ kills: Int, _ scene: Scene, _ stage: Stage, _ generator: SplitMix) async throws {
            var generator = generator
            var (server, port) = try await stage.startServer(embedded: true)
            scene.state.withLock { $0.port = port }
            var workers = [try await stage.startWorker(), try await stage.startWorker()]
            for _ in 0..<kills {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...100, using: &generator)))
                let victim = Int.random(in: 0...2, using: &generator)
                if victim == 2 {
                    server.kill()
                    (server, port) = try await stage.startServer(embedded: true)
                    scene.state.withLock { [port] in $0.port = port }
                } else {
                    workers[victim].kill()
                    // Not waited for until it works: the next kill may come before.
                    workers[victim] = try stage.start("ProcessFixture", "worker", "--concurrency", "4")
                }
            }
        }

        private func settle(_ kills: Int, _ scene: Scene, _ stage: Stage) async throws {
            let promised = scene.state.withLock(\.promised)
            let worker = try await stage.startWorker(concurrency: 10)
            // Whoever was killed four times over is a dead letter: "worker died". An operator brings it back.
            var revived = 0
            do { try await stage.waitForEnds(of: promised, within: .seconds(4)) } catch {
                struct Group: Decodable { var error: String }
                struct Changed: Decodable { var changed: [String] }
                let reasons = try await stage.ask([Group].self, "dead", "list").map(\.error)
                #expect(reasons.allSatisfy { $0 == "WorkerDied" })
                struct Dead: Decodable { var crashes: Int }
                let dead = try await stage.ask([Dead].self, "jobs", "list", "--state", "failed", "--limit", "500")
                #expect(dead.allSatisfy { $0.crashes == 4 }, "killed four times over, and no sooner")
                revived = try await stage.ask(Changed.self, "dead", "retry", "--all").changed.count
                try await stage.waitForEnds(of: promised, within: .seconds(20))
            }
            let all = scene.state.withLock(\.next)
            let ledgers = (1..<all).map { stage.ledger($0) }
            let twice = ledgers.count { $0.filter { $0.hasPrefix("start ") }.count > 1 }
            print("\(promised.count) jobs promised, \(twice) begun more than once, \(revived) dead by kills")
            #expect(promised.count > 100)
            // Kills that meet nobody at work would show nothing.
            #expect(twice >= kills / 30)
            #expect(!ledgers.joined().contains { $0.hasPrefix("overlap ") }, "no job ran beside itself")
            worker.kill()
            try await worker.exitCode()
            #expect(try stage.integrity() == "ok")
        }
    }
}

/// A small generator whose seed can be set, so that a run can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
