import Foundation
import NightjarTesting
import Testing

@testable import Nightjar

/// What the articles say is what there is: their tables, and their code, which is compiled and run here.
@Suite("The documentation", .timeLimit(.minutes(1)))
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func article(_ name: String) throws -> String { try text("Sources/Nightjar/Nightjar.docc/\(name).md") }

    /// The Swift code that an article shows.
    private func code(in article: String) -> [String] {
        article.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    // NORI-1, NORI-23
    @Test(
        "a table says what to use when: what survives, retries, needs a worker, has one owner, and what it is best for")
    func choosing() throws {
        let lines = try article("ChoosingHowWorkRuns").split(separator: "\n")
        let table = lines.filter { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let kinds = try #require(table.first)
        #expect(kinds.contains("`background { }`") && kinds.contains("`background(job)`, durable"))
        for question in [
            "survives the end of the process", "retries", "needs a worker process", "one worker per job", "best for",
        ] {
            let row = try #require(table.first { $0.first == question }, "\(question)")
            #expect(row.count == kinds.count && row.allSatisfy { !$0.isEmpty })
        }
        let survival = try #require(table.first { $0.first == "survives the end of the process" })
        #expect(survival == ["survives the end of the process", "no", "no", "no", "yes"])
    }

    // ASOK-40, NOBS-16
    @Test("it says when not to use the background, and for what it is used")
    func uses() throws {
        let section = try #require(
            try article("ChoosingHowWorkRuns").components(separatedBy: "## When not to use the background").last)
        for reason in ["what the response needs", "checking what was sent", "to see on the next page at once"] {
            #expect(section.contains(reason))
        }
        let common = try article("CommonWork")
        for use in ["Notifications by mail", "webhooks", "uploads", "a model that computes", "services elsewhere"] {
            #expect(common.contains(use))
        }
    }

    // NUVOM-54
    @Test("every word of the house is explained")
    func words() throws {
        let rows = try article("Words").split(separator: "\n").filter { $0.hasPrefix("| ") }
        let words = rows.compactMap { $0.split(separator: "|").first?.trimmingCharacters(in: .whitespaces) }
        for word in [
            "job", "queue", "future", "attempt", "worker", "lease", "rescue", "dead letter", "backend", "schedule",
            "registry", "plugin",
        ] {
            #expect(words.contains(word))
        }
    }

    // ASOK-36
    @Test("the code of the walk through the sample is the sample's")
    func walk() throws {
        let folder = Self.root.appendingPathComponent("SampleApp")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var sample: Set<Substring> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            sample.formUnion(lines.map { $0.drop(while: { $0 == " " }) })
        }
        let blocks = code(in: try article("WalkThroughTheSample"))
        #expect(blocks.count >= 3)
        for line in blocks.joined(separator: "\n").split(separator: "\n") {
            #expect(sample.contains(line.drop { $0 == " " }), "\(line)")
        }
        #expect(blocks.contains { $0.contains("retry: .exponential") }, "the webhook's retries are shown")
    }

    // ASOK-37
    @Test("an upload is saved, answered, and processed later by its path")
    func upload() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("photos-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withRunningApp { app in
            try photos(app, in: folder)
        } _: { app, port in
            let response = try await ask(port, "/photos", method: "POST", body: "a photo of a nightjar")
            #expect(response.status == 202)
            let id = try #require(try await app.queue.list().first?.id)
            let small = try await app.queue.future(id, of: ShrinkPhoto.self).value
            #expect(small.hasPrefix(folder) && small.hasSuffix(".jpg.small"))
            #expect(try String(contentsOfFile: small, encoding: .utf8) == "a photo of")
        }
    }

    // ASOK-38
    @Test("a cache is warmed after the page has been answered")
    func cache() async throws {
        let cache = PriceCache()
        try await withRunningApp { app in
            products(app, cache)
        } _: { _, port in
            let response = try await ask(port, "/products/7", method: "POST")
            #expect(response.text == "saved")
            // The shutdown at the end waits for the closure.
        }
        #expect(cache.price(of: 7) == 700)
    }
}
