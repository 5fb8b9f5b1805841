// Traces across the queue: a span where a job is enqueued, and one for each attempt, in a trace of its own that links back.
//
//     request span ─┬─ "enqueue Send" (producer)          ends at once; its context travels in the job's metadata
//                   └─ …                    ┆ link
//                            "Send" (consumer)            days later, in another process; one for each attempt
//
// Linked, not nested: the request's trace was over long ago. The attempt is the parent of whatever the job does.

import NightjarJobs
public import Tracing

/// Makes spans for jobs, with the tracer that the program was bootstrapped with.
public struct TracingPlugin: Plugin {
    /// `tracing`.
    public let name = "tracing"
    private let own: (any Tracer)?

    /// A plugin that uses a tracer, or the one that swift-distributed-tracing was bootstrapped with.
    public init(tracer: (any Tracer)? = nil) { own = tracer }

    /// Puts spans around jobs.
    public func configure(_ setup: PluginSetup) throws {
        setup.use(
            JobMiddleware(
                name,
                enqueue: { self.produce(&$0) },
                around: { job, body in try await self.consume(job, body) }))
    }

    private var tracer: any Tracer { own ?? InstrumentationSystem.tracer }

    private func produce(_ draft: inout JobDraft) {
        let span = tracer.startAnySpan("enqueue \(draft.name)", ofKind: .producer)
        span.attributes["messaging.system"] = "nightjar"
        span.attributes["messaging.destination.name"] = draft.queue
        span.attributes["messaging.message.id"] = "\(draft.id)"
        tracer.inject(span.context, into: &draft.metadata, using: MetadataInjector())
        span.end()
    }

    private func consume(_ job: JobContext, _ body: () async throws -> Void) async throws {
        let producer = producer(of: job)
        try await tracer.withAnySpan(job.name, context: .topLevel, ofKind: .consumer) { span in
            if let producer { span.addLink(SpanLink(context: producer, attributes: [:])) }
            span.attributes["messaging.system"] = "nightjar"
            span.attributes["messaging.destination.name"] = job.queue
            span.attributes["messaging.message.id"] = "\(job.id)"
            span.attributes["nightjar.job.attempt"] = job.attempt
            try await body()
        }
    }

    /// The span that enqueued the job; the request's trace if a process without this plugin did.
    private func producer(of job: JobContext) -> ServiceContext? {
        guard job.metadata.keys.contains(where: { $0.hasPrefix(MetadataInjector.prefix) }) else {
            return Request.current?.producerContext
        }
        var context = ServiceContext.topLevel
        tracer.extract(job.metadata, into: &context, using: MetadataInjector())
        return context
    }
}

/// Keeps a trace apart from the other values that travel with a job.
private struct MetadataInjector: Injector, Extractor {
    static let prefix = "trace."

    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[Self.prefix + key] = value
    }

    func extract(key: String, from carrier: [String: String]) -> String? { carrier[Self.prefix + key] }
}
