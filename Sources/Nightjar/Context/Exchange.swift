// One request and its response, from the first header byte to the last piece of work after the response.
//
//     server            makes the exchange, binds it            exchange.bind { … }
//     route adapter     runs the handler, notes the outcome     exchange.note(…), exchange.append(…)
//     server            has written the response                exchange.finish() -> work to run, in order
//
// It is bound outermost, so `currentRequest` also works in streamed bodies, and work attached to a response is kept
// whatever becomes of the response: sent, failed, or cut off by a client that went away.

package import HTTPTypes
import Logging
import NightjarJobs
import Synchronization

/// One piece of work that waits for the response to be sent, with the request it will see as `currentRequest`.
package struct PendingWork: Sendable {
    package let work: AfterResponse
    package let request: Request

    /// Runs the work. What it throws is logged and goes no further.
    package func run() async {
        do {
            try await Request.$current.withValue(request.derived(origin: .afterResponse)) { try await work.run() }
        } catch {
            request.logger.error(
                "Work after a response failed",
                metadata: ["work": .string(work.name ?? "after"), "error": "\(error)"]
            )
        }
    }
}

/// One request with its response.
package final class Exchange: Sendable {
    /// What became of a request.
    package struct Outcome: Sendable {
        package var status: HTTPResponse.Status?
        package var route: String?
        /// The length of the body if it is known before it is written.
        package var bodyLength: Int?
    }

    private struct State {
        var pending: [PendingWork] = []
        var outcome = Outcome()
        var isFinished = false
    }

    /// The request as it arrived, before routing and middleware.
    package let request: Request
    package let startedAt: ContinuousClock.Instant
    private let state = Mutex(State())

    /// Raised when the connection is gone and the handler is not done. One may wait for it: what goes on until somebody
    /// stops listening, such as a stream of events.
    let clientGone = Signal()

    /// The exchange this code runs in, if any.
    @TaskLocal package static var current: Exchange?

    package init(request: Request) {
        self.request = request
        self.startedAt = .now
    }

    /// Runs `body` with this exchange and its request bound.
    package func bind<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await Exchange.$current.withValue(self) {
            try await Request.$current.withValue(request, operation: body)
        }
    }

    /// Remembers what the handler answered, for the access log.
    package func note(status: HTTPResponse.Status, route: String?, bodyLength: Int?) {
        state.withLock { $0.outcome = Outcome(status: status, route: route, bodyLength: bodyLength) }
    }

    package var outcome: Outcome { state.withLock { $0.outcome } }

    /// Adds work to be run once the response has been sent.
    ///
    /// - Returns: Whether it will be run; false once the exchange is finished.
    @discardableResult
    package func append(_ work: [AfterResponse], seenBy request: Request) -> Bool {
        state.withLock { state in
            guard !state.isFinished else { return false }
            state.pending += work.map { PendingWork(work: $0, request: request) }
            return true
        }
    }

    /// Ends the exchange: writes its line in the access log and hands over the work that waited, once.
    ///
    /// - Parameter bytesWritten: How long the body was, if the server counted.
    package func finish(bytesWritten: Int? = nil) -> [PendingWork] {
        let (pending, outcome, isFirst) = state.withLock { state in
            defer {
                state.pending = []
                state.isFinished = true
            }
            return (state.pending, state.outcome, !state.isFinished)
        }
        guard isFirst else { return [] }
        AccessLog.write(self, outcome: outcome, bytes: bytesWritten ?? outcome.bodyLength)
        return pending
    }
}
