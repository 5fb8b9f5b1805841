import Testing

@testable import Nightjar

/// Each runs on a volatile backend, which in a debug build stores a job and reads it back before it runs it.
@Suite("Unusual functions as jobs", .timeLimit(.minutes(1)))
struct OddJobTests {
    private func withApp(_ body: (App) async throws -> Void) async throws {
        try await withRunningApp(configuration: .testing, { _ in }, { app, _ in try await body(app) })
    }

    @Test("names that need backticks, and private types and defaults")
    func names() async throws {
        try await withApp { app async throws in
            #expect(try await app.background(`$two words`(in: "here", self: 2)).value == "here 2")
            #expect(`$two words`.name == "NightjarTests.two words")
            #expect(try await hiddenWord(with: app) == "owlowl")
            #expect(try await quietly(3, with: app) == 3)
            #expect(try await app.background($built("so")).value.hasSuffix(" so"))
        }
    }

    @Test("functions of actors, whether or not it can be seen")
    func actors() async throws {
        try await withApp { app async throws in
            #expect(try await app.background($cook(1, "soup")).value == "soup")
            #expect(try await app.background(Stove.$heat(to: 90)).value == 90)
            #expect(try await app.background(Mailbox.$count(letters: ["a", "b"])).value == 2)
        }
    }

    @Test("functions of classes, of other modules' types, and with parameters called like the macro's own")
    func places() async throws {
        try await withApp { app async throws in
            #expect(try await app.background(Press.$turn(2)).value == 2)
            let wrong = try await app.background(Press.$turn(0))
            await #expect(throws: (any Error).self) { try await wrong.value }
            #expect(try await app.background(String.$shout("a")).value == "A")
            #expect(try await app.background(Folder.Kind.$both()).value == [.plain, .secret])
            let open = Folder.$open(name: "n", options: 2, context: "c", jobRecord: true)
            #expect(try await app.background(open).value == ["n", "2", "0", "c", "1", "0", "true", "1"])
            #expect(try await app.background(Folder.$list(depth: nil)).value == [1, 2, 0])
        }
    }
}
