import CoreMetrics
import MetricsTestKit
import NightjarTesting
import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("MetricsPlugin", .timeLimit(.minutes(1)))
struct MetricsTests {
    struct Bill: Job {
        static let name = "Bill"
        static let options = JobOptions(queue: "mail", retry: .immediate(maxAttempts: 2))
        var fails: Bool
        func run(_ context: JobContext) async throws {
            let end = ContinuousClock.now + .milliseconds(1)
            while ContinuousClock.now < end {}
            if fails { throw CancellationError() }
        }
    }

    // NUVOM-49, NUVOM-X10
    @Test("counts jobs by outcome, times them, and says how many wait, run and work")
    func numbers() async throws {
        let metrics = TestMetrics()
        let plugin = MetricsPlugin(factory: metrics)
        let app = try await App(configuration: .testing, plugins: [plugin], logger: LogCollector().logger)
        try app.register(Bill.self)
        let good = try await app.background([Bill(fails: false), Bill(fails: false)])
        let bad = try await app.background(Bill(fails: true))
        _ = try await app.background(Bill(fails: false), delay: .seconds(3600))
        let serving = Task { try await app.serve() }
        for future in good { _ = try await future.value }
        await #expect(throws: JobError.self) { try await bad.value }
        await app.shutdown()
        try await serving.value

        func ended(_ outcome: String) -> Int64 {
            metrics.counterTotal(
                label: "nightjar_jobs_ended", dimensions: [("queue", "mail"), ("name", "Bill"), ("outcome", outcome)])
        }
        #expect(metrics.counterTotal(label: "nightjar_jobs_enqueued") == 4)
        #expect(ended("succeeded") == 2)
        #expect(ended("retried") == 1)
        #expect(ended("failed") == 1)
        let wait = try metrics.expectTimer("nightjar_job_wait", [("queue", "mail")])
        #expect(wait.values.count == 4)
        let run = try metrics.expectTimer("nightjar_job_run", [("queue", "mail"), ("name", "Bill")])
        #expect(run.values.count == 4)
        #expect(run.values.allSatisfy { $0 >= 1_000_000 })
        #expect(try metrics.expectMeter("nightjar_jobs_in_flight").values.max() ?? 0 > 0)
        #expect(try metrics.expectMeter("nightjar_jobs_in_flight").lastValue == 0)
        let size = try metrics.expectMeter("nightjar_queue_size", [("queue", "mail"), ("state", "scheduled")])
        #expect(size.lastValue == 1)
        #expect(try metrics.expectMeter("nightjar_worker_count").lastValue == 0)
    }

    // NUVOM-B22
    @Test("asks as often as METRICS_INTERVAL says, under the names that METRICS_PREFIX begins")
    func settings() async throws {
        let metrics = TestMetrics()
        var configuration = AppConfiguration.testing
        configuration.pluginSettings = ["METRICS_PREFIX": "shop", "METRICS_INTERVAL": "1h"]
        let app = try await App(
            configuration: configuration, plugins: [MetricsPlugin(factory: metrics)], logger: LogCollector().logger)
        try await app.serve(onReady: { _ in await app.shutdown() })
        #expect(try metrics.expectMeter("shop_worker_count").values.count == 2)
        configuration.pluginSettings = ["METRICS_INTERVAL": "often"]
        await #expect {
            _ = try await App(configuration: configuration, plugins: [MetricsPlugin(factory: metrics)])
        } throws: { "\($0)".contains("METRICS_INTERVAL=often is not allowed") }
    }
}
