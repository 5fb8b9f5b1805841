// The contract of a job backend, as checks that any backend passes or fails.
//
// It imports no test framework, because an app runs it too, on a backend that a plugin brings along. In a test target it
// is one parameterised test:
//
//     let suite = BackendConformance { clock in try await MyBackend(clock: clock) }
//
//     @Test(arguments: suite.checks)
//     func conforms(check: BackendConformance.Check) async throws { try await check.run() }
//
// Every check gets a store of its own and a clock that it moves by hand; nothing waits for time to pass. What a check
// asserts is what a queue, a worker or an operator relies on, never how a store keeps its jobs.

public import NightjarJobs

/// Says whether a backend keeps the contract of ``JobBackend``.
public struct BackendConformance: Sendable {
    /// Makes an empty store of the backend under test, with its time told by the clock it is given.
    public typealias Make = @Sendable (JobClock) async throws -> any JobBackend
    /// Makes an empty store that holds so many waiting jobs at the most.
    public typealias MakeLimited = @Sendable (JobClock, _ limit: Int) async throws -> any JobBackend

    /// One thing that a backend promises.
    public struct Check: Sendable, CustomStringConvertible {
        /// The promise, in words.
        public let name: String
        /// The rows and acceptance tests of FEATURES.md that it covers.
        public let covers: [String]
        private let body: @Sendable () async throws -> Void

        init(name: String, covers: [String], body: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.covers = covers
            self.body = body
        }

        /// Runs the check on a store of its own.
        /// - Throws: ``ConformanceFailure`` if the promise is broken; whatever the backend throws.
        public func run() async throws { try await body() }

        /// The promise, and what it covers.
        public var description: String { covers.isEmpty ? name : "\(name) [\(covers.joined(separator: ", "))]" }
    }

    /// All checks that apply to the backend.
    public let checks: [Check]

    /// The suite for a backend.
    /// - Parameters:
    ///   - make: Makes an empty, unopened store. Two calls give two stores that know nothing of each other.
    ///   - makeLimited: The same with a limit of waiting jobs; left out for a backend that has none.
    public init(make: @escaping Make, makeLimited: MakeLimited? = nil) {
        var checks = Self.promises.map { $0.check(make) }
        if let makeLimited {
            checks += LimitChecks.all.map { $0.check { try await makeLimited($0, LimitChecks.limit) } }
        }
        self.checks = checks + [IsolationCheck.check(make)]
    }

    /// Runs all checks, one after the other.
    /// - Returns: Those that failed, with what each threw.
    public func run() async -> [(check: Check, error: any Error)] {
        var failures: [(check: Check, error: any Error)] = []
        for check in checks {
            do { try await check.run() } catch { failures.append((check, error)) }
        }
        return failures
    }

    private static var promises: [Promise] {
        StorageChecks.all + ClaimChecks.all + ConcurrencyChecks.all + SettleChecks.all + LeaseChecks.all
            + UniqueChecks.all + OperatorChecks.all + RetentionChecks.all + ScheduleChecks.all + ViewChecks.all
            + NewsChecks.all
            + ClockChecks.all + RandomChecks.all
    }
}

/// A check that has not been given its store yet.
struct Promise: Sendable {
    let name: String
    let covers: [String]
    let body: @Sendable (Stage) async throws -> Void

    init(_ name: String, _ covers: String..., body: @escaping @Sendable (Stage) async throws -> Void) {
        self.name = name
        self.covers = covers
        self.body = body
    }

    func check(_ make: @escaping BackendConformance.Make) -> BackendConformance.Check {
        BackendConformance.Check(name: name, covers: covers) {
            let stage = try await Stage(make)
            do { try await Patience.lose(after: .seconds(180)) { try await body(stage) } } catch {
                await stage.backend.close()
                throw error
            }
            await stage.backend.close()
        }
    }
}
