// One line per request at info: what was asked, what was answered, how long it took. Never the query, a header or a
// value: those are where secrets are. The route is logged rather than the path, so that an id in a path does not make
// every line unique; unknown paths are logged as they were sent.

import Logging

/// Writes the line that a finished request leaves in the log.
enum AccessLog {
    static func write(_ exchange: Exchange, outcome: Exchange.Outcome, bytes: Int?) {
        let request = exchange.request
        let logger = request.core.baseLogger
        guard logger.logLevel <= .info else { return }
        let elapsed = ContinuousClock.now - exchange.startedAt
        var metadata: Logger.Metadata = [
            "request.id": .string(request.id),
            "method": .string(request.method.rawValue),
            "path": .string(outcome.route ?? request.path),
            "ms": .string(milliseconds(elapsed)),
        ]
        if let status = outcome.status { metadata["status"] = .stringConvertible(status.code) }
        if let bytes { metadata["bytes"] = .stringConvertible(bytes) }
        logger.info("Request", metadata: metadata)
    }

    /// A duration in milliseconds with one digit after the point; without a formatter, which would cost more than the line.
    static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
