// What a job costs the page that asks for it: the same page without one, with one in memory, with one in SQLite; and
// Hummingbird alone, plain and with a bare `Task { }`, as the floor of them all. The cases take turns; each is compared
// with the page without a job of its own round and number of connections.

import ArgumentParser
import BenchKit
import Foundation

struct PagesBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "Requests per second with no job, and with one for each request.")

    @Flag(help: "Fewer and shorter rounds.")
    var quick = false

    @Option(help: "Also write the numbers to this file, as JSON.")
    var json: String?

    private struct Case {
        let name: String
        let title: String
        let server: Int
        let path: String
        let connections: Int
        var base: String?
        var goal: Double?
        var metric: String?
        var durability: String?
    }

    private static let cases = [
        Case(name: "floor", title: "Hummingbird alone", server: 0, path: "/", connections: 32),
        Case(
            name: "floorTask", title: "Hummingbird alone, Task { } for the work", server: 0, path: "/task",
            connections: 32, base: "floor"),
        Case(name: "plain", title: "no job", server: 1, path: "/", connections: 32, base: "floor"),
        Case(
            name: "closure", title: "one background { } in memory", server: 1, path: "/closure", connections: 32,
            base: "plain", durability: "this process"),
        Case(
            name: "memoryJob", title: "one background(job) in memory", server: 1, path: "/job", connections: 32,
            base: "plain", goal: 90, metric: "http.memoryJobThroughputKept", durability: "this process"),
        Case(name: "plain64", title: "no job, 64 connections", server: 2, path: "/", connections: 64),
        Case(
            name: "durableJob", title: "one background(job) in SQLite, 64 connections", server: 2, path: "/job",
            connections: 64, base: "plain64", goal: 40, metric: "http.durableJobThroughputKept",
            durability: "WAL, synchronous=NORMAL"),
    ]

    func run() async throws {
        var report = Report()
        var visits: [String: [ServedApp.Visit]] = [:]
        var peaks: [Double] = []
        try await withScratchFolder { folder in
            let servers = [
                try ServedApp(.hummingbird), try ServedApp(.memory),
                try ServedApp(.database, file: "\(folder)/jobs.sqlite"),
            ]
            for _ in 0..<(quick ? 2 : 5) {
                for item in Self.cases {
                    let visit = try servers[item.server].visit(
                        item.path, connections: item.connections, seconds: quick ? 1.5 : 3)
                    visits[item.name, default: []].append(visit)
                }
            }
            peaks = servers.map(\.child.residentMegabytes.peak)
            for server in servers { server.child.kill() }
        }
        report.section("requests; 32 connections unless it says otherwise, visitor on the same cores")
        for item in Self.cases { describe(item, visits, peaks, &report) }
        if let json { try report.write(to: json) }
    }

    private func describe(
        _ item: Case, _ visits: [String: [ServedApp.Visit]], _ peaks: [Double], _ report: inout Report
    ) {
        let own = visits[item.name] ?? []
        let rate = Samples(own.map(\.load.requestsPerSecond))
        report.add(
            Metric(
                "http.\(item.name)RequestsPerSecond", item.title, rate.median, "1/s", spread: rate.spread,
                note: "p50 \(Samples(own.map(\.load.p50)).median.readable) µs, "
                    + "p99 \(Samples(own.map(\.load.p99)).median.readable) µs",
                cost: Metric.Cost(
                    cpuSecondsPer1000Jobs: Samples(own.map(\.cpuPer1000)).median, peakMegabytes: peaks[item.server]),
                durability: item.durability))
        guard let base = item.base, let others = visits[base] else { return }
        let kept = Samples(zip(own, others).map { $0.load.requestsPerSecond / $1.load.requestsPerSecond * 100 })
        report.add(
            Metric(
                item.metric ?? "http.\(item.name)Kept", "  of \(base)", kept.median, "%",
                goal: item.goal.map { .atLeast($0) }, spread: kept.spread, durability: item.durability))
    }
}
