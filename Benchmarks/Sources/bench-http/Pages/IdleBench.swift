// What an app costs that has nothing to do: pages, embedded worker, heartbeat, janitor and the database, after it has served
// some requests and run some jobs.

import ArgumentParser
import BenchKit
import Foundation

struct IdleBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Processor time and memory of an app with nothing to do.")

    @Flag(help: "A shorter look.")
    var quick = false

    @Option(help: "Also write the numbers to this file, as JSON.")
    var json: String?

    func run() async throws {
        var report = Report()
        report.section("idle: an app with a database, nothing to do")
        try await withScratchFolder { folder in
            let server = try ServedApp(.database, file: "\(folder)/jobs.sqlite")
            let length = quick ? 10.0 : 30
            let fresh = server.child.residentMegabytes.now
            _ = try server.visit("/job", connections: 1, seconds: 0.5)
            try server.becomeQuiet()
            try await Task.sleep(for: .seconds(2))
            let (processor, waits) = (server.child.processorSeconds, server.child.waits)
            try await Task.sleep(for: .seconds(length))
            let used = (server.child.processorSeconds - processor) / length * 100
            let woken = server.child.waits(since: waits) / length
            report.add(
                Metric(
                    "idle.cpuPercent", "processor time", used, "% of core", goal: .atMost(0.5),
                    note: "over \(Int(length)) s, \(woken.readable) wake-ups a second"))
            report.add(
                Metric(
                    "idle.residentMegabytes", "resident memory", server.child.residentMegabytes.now, "MB",
                    goal: .atMost(40),
                    note: "\(server.child.ownMegabytes.readable) MB of its own, the rest is code; "
                        + "\(fresh.readable) MB before the first request"))
            server.child.kill()
        }
        if let json { try report.write(to: json) }
    }
}
