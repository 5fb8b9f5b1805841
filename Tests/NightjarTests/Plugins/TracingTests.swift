import InMemoryTracing
import NightjarTesting
import Testing
import Tracing

@testable import Nightjar
@testable import NightjarJobs

@Suite("TracingPlugin", .timeLimit(.minutes(1)))
struct TracingTests {
    struct Ship: Job {
        static let name = "Ship"
        static let options = JobOptions(queue: "mail", retry: .immediate(maxAttempts: 2))
        func run(_ context: JobContext) async throws { if context.attempt == 1 { throw CancellationError() } }
    }

    @Test("a job's attempts are traces of their own, each linked to the span that enqueued it")
    func linked() async throws {
        let tracer = InMemoryTracer()
        let app = try await App(
            configuration: .testing, plugins: [TracingPlugin(tracer: tracer)], logger: LogCollector().logger)
        try app.register(Ship.self)
        let serving = Task { try await app.serve() }
        let request = tracer.startSpan("POST /orders", context: .topLevel, ofKind: .server)
        let future = try await ServiceContext.withValue(request.context) { try await app.background(Ship()) }
        request.end()
        _ = try await future.value
        await app.shutdown()
        try await serving.value

        let spans = tracer.finishedSpans
        let producer = try #require(spans.first { $0.kind == .producer })
        #expect(producer.operationName == "enqueue Ship")
        #expect(producer.traceID == request.traceID)
        #expect(producer.parentSpanID == request.spanID)
        let consumers = spans.filter { $0.kind == .consumer }
        #expect(consumers.map(\.operationName) == ["Ship", "Ship"])
        #expect(Set(consumers.map(\.traceID)).count == 2)
        for consumer in consumers {
            #expect(consumer.traceID != producer.traceID)
            #expect(consumer.parentSpanID == nil)
            let link = try #require(consumer.links.first)
            #expect(link.context.inMemorySpanContext?.spanID == producer.spanID)
        }
        #expect(consumers.map { $0.errors.count } == [1, 0])
    }

    @Test("the job's own spans are children of its attempt, and a closure is traced like a job")
    func children() async throws {
        let tracer = InMemoryTracer()
        let app = try await App(
            configuration: .testing, plugins: [TracingPlugin(tracer: tracer)], logger: LogCollector().logger)
        let serving = Task { try await app.serve() }
        _ = try await app.background("tidy") { tracer.withAnySpan("inside", ofKind: .internal) { _ in } }.value
        await app.shutdown()
        try await serving.value
        let consumer = try #require(tracer.finishedSpans.first { $0.kind == .consumer })
        let inside = try #require(tracer.finishedSpans.first { $0.operationName == "inside" })
        #expect(consumer.operationName == "tidy")
        #expect(inside.parentSpanID == consumer.spanID)
    }
}
