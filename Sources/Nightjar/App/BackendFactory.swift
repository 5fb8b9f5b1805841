// How a backend that lives in another package is chosen by name, without this one knowing it.

public import Logging
public import NightjarJobs

/// Makes the backend that `QUEUE_BACKEND` asks for by name.
public struct BackendFactory: Sendable {
    /// The value of `QUEUE_BACKEND` that chooses it.
    public let name: String
    /// Makes the backend from the configuration.
    public let make: @Sendable (AppConfiguration, Logger) async throws -> any JobBackend
    /// Makes an empty store that has nothing to do with any other, for `plugins test`; `nil` if it cannot be tested so.
    public let scratch: (@Sendable (BackendScratch) async throws -> any JobBackend)?
    /// Whether it keeps to ``BackendScratch/limit``.
    public let hasLimit: Bool

    /// A factory.
    ///
    /// - Parameters:
    ///   - name: The value of `QUEUE_BACKEND` that chooses it.
    ///   - make: Makes the backend from the configuration.
    ///   - hasLimit: Whether the stores that `scratch` makes hold no more waiting jobs than they are told.
    ///   - scratch: Makes an empty, unopened store for `plugins test`, which checks the contract on dozens of them.
    public init(
        name: String,
        make: @escaping @Sendable (AppConfiguration, Logger) async throws -> any JobBackend,
        hasLimit: Bool = false,
        scratch: (@Sendable (BackendScratch) async throws -> any JobBackend)? = nil
    ) {
        self.name = name
        self.make = make
        self.scratch = scratch
        self.hasLimit = hasLimit
    }
}

/// What an empty store for one check is made of.
public struct BackendScratch: Sendable {
    /// The time, as the check tells it.
    public let clock: JobClock
    /// A folder for this store alone, removed after the test.
    public let folder: String
    /// How many jobs may wait at the most; only if the factory says that it has a limit.
    public let limit: Int?
}
