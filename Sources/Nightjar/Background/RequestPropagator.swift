// How a request gets into the jobs it causes.
//
//     background { … }   the closure keeps the request itself: same process, same object
//     background(job)    the job gets what travels, and only that, on every backend: the request is turned into a
//                        snapshot at the call, and rebuilt from it in the worker
//
// In debug builds the snapshot goes through its stored form even where nothing is stored, so that a value which would not
// survive the trip is found on the developer's machine.

package import Logging
package import NightjarJobs

/// Carries the current request into jobs.
package struct RequestPropagator: ContextPropagator {
    let settings: RequestSettings
    let logger: Logger

    /// - Parameters:
    ///   - settings: What all requests of the application share.
    ///   - logger: Told about snapshots that grow large.
    package init(settings: RequestSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    package func capture() -> (any CapturedContext)? {
        Request.current.map { LiveRequest(request: $0, propagator: self) }
    }

    package func restore(_ bytes: [UInt8]) throws -> any CapturedContext {
        CarriedRequest(snapshot: try RequestSnapshot(decoding: bytes), propagator: self)
    }
}

/// The request itself, for a closure that stays in the process.
private struct LiveRequest: CapturedContext {
    let request: Request
    let propagator: RequestPropagator

    func encode() throws -> [UInt8]? { try detached().encode() }

    func detached() throws -> any CapturedContext {
        let snapshot = try request.snapshot(parentJob: JobContext.current?.id.description)
        #if DEBUG
            return try propagator.restore(snapshot.encoded(logger: propagator.logger))
        #else
            return CarriedRequest(snapshot: snapshot, propagator: propagator)
        #endif
    }

    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput {
        try await Request.$current.withValue(request, operation: body)
    }

    var logMetadata: Logger.Metadata { request.logMetadata }

    var requestID: String? { request.id }
}

/// What a job remembers of the request that enqueued it.
private struct CarriedRequest: CapturedContext {
    let snapshot: RequestSnapshot
    let propagator: RequestPropagator

    func encode() throws -> [UInt8]? { try snapshot.encoded(logger: propagator.logger) }

    func detached() throws -> any CapturedContext { self }

    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput {
        let request = Request(snapshot, settings: propagator.settings, logger: job.logger)
        return try await Request.$current.withValue(request, operation: body)
    }

    var logMetadata: Logger.Metadata {
        Request(snapshot, settings: propagator.settings, logger: propagator.logger).logMetadata
    }

    var requestID: String? { snapshot.id }
}
