// `.nightjarignore` is written as a `.gitignore`, so git itself is asked what is right.

import Foundation
import Testing

@testable import NightjarDiscovery

@Suite("Ignoring files")
struct IgnoreTests {
    @Test(
        "a rule decides about a path",
        arguments: [
            ("build", "build", true), ("build", "a/build", true), ("/build", "a/build", false),
            ("/build", "build", true),
            ("a/b", "x/a/b", false), ("**/b", "x/a/b", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
            ("a/**", "a/x", true), ("a/**", "a", false), ("*.swift", "a/b.swift", true),
            ("a/*.swift", "a/b/c.swift", false),
            ("?.swift", "ab.swift", false), ("[a-c].swift", "b.swift", true), ("[!a-c].swift", "b.swift", false),
            ("[[:digit:]]x", "7x", true), ("\\!x", "!x", true), ("\\#x", "#x", true), ("#x", "#x", false),
            ("x ", "x", true), ("x\\ ", "x ", true), ("[]a]", "]", true), ("[a", "[a", false), ("x\\", "x\\", false),
            ("foo**/bar", "fooa/bar", true), ("foo**/bar", "foo/a/bar", false), ("x\r", "x", true),
        ])  // NUVOM-44
    func rule(pattern: String, path: String, ignored: Bool) {
        #expect(IgnoreRules(pattern, in: "").ignores(path, isFolder: false) == ignored)
    }

    @Test("the last rule that matches decides, and a file further down comes last")
    func order() {
        var rules = IgnoreRules("*.swift\n!keep.swift\n", in: "")
        #expect(rules.ignores("a/other.swift", isFolder: false))
        #expect(!rules.ignores("a/keep.swift", isFolder: false))
        rules.add("/keep.swift", in: "a")
        #expect(rules.ignores("a/keep.swift", isFolder: false))
        #expect(!rules.ignores("a/b/keep.swift", isFolder: false))
    }

    @Test("a slash at the end means folders only")
    func folders() {
        let rules = IgnoreRules("logs/", in: "")
        #expect(rules.ignores("a/logs", isFolder: true))
        #expect(!rules.ignores("a/logs", isFolder: false))
    }

    @Test("a pattern full of stars takes no longer for it")
    func manyStars() {
        let pattern = String(repeating: "*a", count: 50) + "b"
        #expect(!IgnoreRules(pattern, in: "").ignores(String(repeating: "a", count: 2000), isFolder: false))
    }

    @Test("thousands of made-up rules mean what they mean to git")  // NUVOM-44
    func likeGit() throws {
        let seed = ProcessInfo.processInfo.environment["NIGHTJAR_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        var random = Chance(state: seed)
        let folder = try TemporaryFolder()
        try folder.git("init", "-q")
        for round in 0..<60 {
            let rules = (0..<6).map { _ in random.pattern() }
            try folder.write(".gitignore", rules.joined(separator: "\n") + "\n")
            let paths = Array(Set((0..<60).map { _ in random.path() })).sorted()
            let ignored = try folder.ignoredByGit(paths)
            let own = IgnoreRules(rules.joined(separator: "\n"), in: "")
            for path in paths {
                let parts = path.split(separator: "/")
                // What is in an ignored folder is ignored: that is what the walk does.
                let verdict = parts.indices.contains { index in
                    own.ignores(parts[...index].joined(separator: "/"), isFolder: index < parts.count - 1)
                }
                #expect(verdict == ignored.contains(path), "\(path) by \(rules), seed \(seed), round \(round)")
            }
        }
    }
}

/// Numbers from a seed (SplitMix64), and patterns and paths made of few letters, so that they meet.
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &self) ?? "" }

    mutating func pattern() -> String {
        // No `a**`: what two stars mean beside a letter is written in git's manual ("regular asterisks"), but git before
        // 2.40 decided it by comparing two addresses.
        let parts = [
            "a", "b", "c", "ab", "*", "**", "**", "?", "[ab]", "[!a]", "*.c", "a*", "\\a", "[a-b]*", "***",
        ]
        var pattern = pick(["", "", "", "!", "/"])
        pattern += (0..<Int.random(in: 1...3, using: &self)).map { _ in pick(parts) }.joined(separator: "/")
        return pattern + pick(["", "", "/", " "])
    }

    mutating func path() -> String {
        (0..<Int.random(in: 1...4, using: &self)).map { _ in pick(["a", "b", "c", "ab", "a.c", "abc", "ba"]) }
            .joined(separator: "/")
    }
}
