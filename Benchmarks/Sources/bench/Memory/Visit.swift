// What a request is to the web framework: an object in a task-local that is captured by every `background` and bound
// around every job.

import Logging
import NightjarJobs

final class Visit: Sendable {
    @TaskLocal static var current: Visit?

    let path: String

    init(path: String) { self.path = path }
}

struct VisitPropagator: ContextPropagator {
    func capture() -> (any CapturedContext)? { Visit.current.map(CapturedVisit.init) }

    func restore(_ bytes: [UInt8]) throws -> any CapturedContext {
        CapturedVisit(Visit(path: String(decoding: bytes, as: UTF8.self)))
    }
}

struct CapturedVisit: CapturedContext {
    let visit: Visit

    init(_ visit: Visit) { self.visit = visit }

    func encode() throws -> [UInt8]? { Array(visit.path.utf8) }

    func detached() throws -> any CapturedContext { self }

    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput {
        try await Visit.$current.withValue(visit) { try await body() }
    }

    var logMetadata: Logger.Metadata { ["path": "\(visit.path)"] }
}
