// How a backend that lives in another package is chosen by name, without this one knowing it.

public import Logging
public import NightjarJobs

/// Makes the backend that `QUEUE_BACKEND` asks for by name.
public struct BackendFactory: Sendable {
    /// The value of `QUEUE_BACKEND` that chooses it.
    public let name: String
    /// Makes the backend from the configuration.
    public let make: @Sendable (AppConfiguration, Logger) async throws -> any JobBackend

    /// A factory.
    ///
    /// - Parameters:
    ///   - name: The value of `QUEUE_BACKEND` that chooses it.
    ///   - make: Makes the backend from the configuration.
    public init(
        name: String,
        make: @escaping @Sendable (AppConfiguration, Logger) async throws -> any JobBackend
    ) {
        self.name = name
        self.make = make
    }

    /// The backend that a configuration asks for; nil for memory, which needs none.
    ///
    /// - Throws: ``ConfigurationError`` if it is not there. A durable backend never turns silently into a volatile one.
    static func backend(
        for configuration: AppConfiguration,
        among factories: [BackendFactory],
        logger: Logger
    ) async throws -> (any JobBackend)? {
        let name = configuration.queueBackend
        if let factory = factories.first(where: { $0.name == name }) {
            return try await factory.make(configuration, logger)
        }
        guard name != "memory" else { return nil }
        if name == DatabaseBackend.factory.name {
            return try await DatabaseBackend.factory.make(configuration, logger)
        }
        throw ConfigurationError(
            "QUEUE_BACKEND=\(name) asks for a backend that is not part of this program, and jobs are not kept in memory "
                + "instead without being asked to. Give App(backends:) the one named \"\(name)\", or set "
                + "QUEUE_BACKEND=memory."
        )
    }
}
