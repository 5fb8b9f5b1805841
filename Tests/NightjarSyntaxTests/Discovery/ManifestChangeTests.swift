import Testing

@testable import NightjarDiscovery

@Suite("What stored jobs survive")
struct ManifestChangeTests {
    private func job(_ declaration: String) -> ManifestJob? {
        JobScanner.scan(declaration, file: "Sources/A/a.swift", module: "A").jobs.first
    }

    private func changes(from old: String, to new: String) throws -> [ManifestChange] {
        let old = try #require(job(old))
        let new = try #require(job(new))
        return Manifest([new]).changes(since: Manifest([old]))
    }

    @Test(
        "a change that stored jobs would not survive is a warning",
        arguments: [
            ("path: String", "path: String, width: Int", "Stored jobs have no “width”"),
            ("path: String", "", "The value of “path” in stored jobs would be lost"),
            ("path: String", "file: String", "The value of “path” in stored jobs would be lost"),
            ("width: Int", "width: String", "“width” is stored as Int, and would be read as String"),
            ("width: Int?", "width: Int", "Stored jobs may lack “width”"),
            ("width: Int = 1", "width: Int", "Stored jobs may lack “width”"),
            ("width: Int?", "width: Int = 1", "may be stored as nil"),
        ])  // NUVOM-46
    func dangerous(old: String, new: String, message: String) throws {
        let dangers = try changes(from: "@Job func f(\(old)) { }", to: "@Job func f(\(new)) { }").flatMap(\.dangers)
        #expect(dangers.contains { $0.contains(message) }, "\(dangers)")
        // Whoever raises the version says that `upgrade` knows.
        let raised = try self.changes(from: "@Job func f(\(old)) { }", to: "@Job(version: 2) func f(\(new)) { }")
        #expect(raised.allSatisfy { $0.dangers.isEmpty }, "\(raised)")
    }

    @Test(
        "a change that they survive is none",
        arguments: [
            ("path: String", "path: String, width: Int = 100"), ("path: String", "path: String, width: Int?"),
            ("path: String", "_ path: String"), ("path: String, width: Int", "width: Int, path: String"),
            ("width: Int", "width: Int?"), ("width: Int = 1", "width: Int = 2"),
        ])
    func harmless(old: String, new: String) throws {
        #expect(try changes(from: "@Job func f(\(old)) { }", to: "@Job func f(\(new)) { }").flatMap(\.dangers).isEmpty)
    }

    @Test(
        "spaces, lines and the standard library's name change nothing",
        arguments: [
            ("counts: [String:Int]", "counts: [String : Int]"), ("id: Swift.Int", "id: Int"),
            ("counts: Dictionary<String,Swift.Int>", "counts: Dictionary< String, Int >"),
            ("id: Int // which", "id: Int"),
        ])
    func spelling(old: String, new: String) throws {
        let old = try #require(job("@Job(timeout: .seconds( 30 ),retries:1+2) func f(\n\(old)\n) { }"))
        let new = try #require(job("@Job(timeout: .seconds(30), retries: 1 + 2) func f(\(new)) { }"))
        #expect(Manifest([old]) == Manifest([new]))
        #expect(new.options["timeout"] == ".seconds(30)")
    }

    @Test("a job that is gone is a warning that names its likely heir")
    func removed() throws {
        let changes = try changes(from: "@Job func old(path: String) { }", to: "@Job func new(path: String) { }")
        #expect(changes.map(\.kind) == [.added, .removed])
        #expect(changes.last?.dangers.first?.contains(#"“A.new” now, write `aliases: ["A.old"]` there"#) == true)
    }

    @Test("a job with an alias was renamed, and its parameters are compared")
    func renamed() throws {
        let changes = try changes(
            from: "@Job func old(path: String) { }", to: "@Job(aliases: [\"A.old\"]) func new(path: Int) { }")
        #expect(changes.map(\.kind) == [.renamed(from: "A.old")])
        #expect(changes.first?.dangers.count == 1)
    }

    @Test("an alias that is gone, and a version that is lowered, are warnings")
    func aliasGone() throws {
        let gone = try changes(from: "@Job(aliases: [\"x\"]) func f() { }", to: "@Job func f() { }")
        #expect(gone.first?.dangers == ["No code would run jobs that are still stored as “x”."])
        let lowered = try changes(from: "@Job(version: 3) func f() { }", to: "@Job(version: 2) func f() { }")
        #expect(lowered.first?.dangers.first?.contains("lowered to 2") == true)
    }
}
