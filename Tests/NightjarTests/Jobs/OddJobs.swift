// Functions that are jobs although something about them is unusual. That they compile is half of the test.

import Nightjar

private let privateDefault = 5

private struct Secret: Codable, Sendable { var word = "owl" }

struct WrongTurn: Error {}

@globalActor actor Kitchen { static let shared = Kitchen() }

@Kitchen enum Stove {}

@Job func `two words`(`in` place: String, `self`: Int = 1) -> String { "\(place) \(`self`)" }

@Job private func hidden(_ secret: Secret = Secret(), times: Int = privateDefault) -> Secret {
    Secret(word: String(repeating: secret.word, count: times))
}

func hiddenWord(with app: App) async throws -> String { try await app.background($hidden(times: 2)).value.word }

/// Bound to an actor whose name does not say so.
@Kitchen @Job func cook(_: Int, _ dish: String) -> String { dish }

extension Stove {
    /// Bound to an actor by a type that is declared elsewhere.
    @Job static func heat(to degrees: Int) throws -> Int { degrees }
}

actor Mailbox {
    @Job static func count(letters: [String]) -> Int { letters.count }
}

final class Press {
    @Job(retries: 0) class func turn(_ pages: Int) throws(WrongTurn) -> Int {
        guard pages > 0 else { throw WrongTurn() }
        return pages
    }
}

extension String {
    @Job static func shout(_ word: String) -> String { word.uppercased() }
}

struct Folder: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case plain, secret

        @Job static func both(first: Self = .plain, second: Self = Self.secret) -> [Self] { [first, second] }
    }

    var path: String

    /// What the type that the macro writes calls its own members.
    @Job static func open(
        name: String, options: Int, version: Int? = nil, context: String, decoder: Int = 1, values: [String: Int] = [:],
        jobRecord: Bool, _ given: JobContext
    ) -> [String] {
        [
            name, "\(options)", "\(version ?? 0)", context, "\(decoder)", "\(values.count)", "\(jobRecord)",
            "\(given.attempt)",
        ]
    }
}

extension Folder {
    struct Decoder {}
    struct Encoder {}

    /// Inside it, names that the macro writes mean something else.
    @Job static func list(
        of path: String = ".",  // where it is
        depth: Optional<Int>,
        pages: sending [Int]! = [
            1,  // the first
            2,
        ]
    ) -> [Int] { pages + [depth ?? 0] }
}

@available(macOS 26, *)
@Job(queue: "low") @discardableResult func later(größe: Int) async -> Int { größe }

@available(*, deprecated, message: "Use cook.")
@Job func fry(_ dish: String) {}

#if DEBUG
    @Job func built(_ how: String) -> String { "debug " + how }
#else
    @Job func built(_ how: String) -> String { "release " + how }
#endif

@JobType private struct Quiet {
    var `in`: String?
    var times: Int = 1 { didSet { last = oldValue } }
    private(set) var last = 0
    var both: Int { times + last }

    init(times: Int) {
        self.times = times
    }

    func run(_ context: JobContext) async throws -> Int { both }
}

func quietly(_ times: Int, with app: App) async throws -> Int { try await app.background(Quiet(times: times)).value }
