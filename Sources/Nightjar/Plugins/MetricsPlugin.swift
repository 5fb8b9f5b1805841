// Numbers about jobs for whatever collects metrics: the program bootstraps swift-metrics with a backend of its choice
// (Prometheus, StatsD, OpenTelemetry), and this plugin fills it.
//
//     nightjar_jobs_enqueued       counter   queue, name
//     nightjar_jobs_ended          counter   queue, name, outcome: succeeded, retried, failed, cancelled, released, rescued
//     nightjar_job_wait            timer     queue              from due to begun
//     nightjar_job_run             timer     queue, name        the attempt itself
//     nightjar_jobs_in_flight      meter                        attempts running in this process
//     nightjar_queue_size          meter     queue, state       pending, scheduled, retrying, running, failed
//     nightjar_worker_count        meter                        workers alive, in any process, as far as the backend knows
//
// Counters and timers follow the events of this process. The last two meters ask the backend, every METRICS_INTERVAL.

public import CoreMetrics
import Logging
import NightjarJobs
import Synchronization

/// Reports what jobs do through swift-metrics.
public final class MetricsPlugin: Plugin {
    /// `metrics`.
    public let name = "metrics"
    /// How often the backend is asked.
    public let settings = [
        PluginSetting("INTERVAL", default: "15s", "how often queue sizes and workers are counted"),
        PluginSetting("PREFIX", default: "nightjar", "what the names of all metrics begin with"),
    ]

    private struct State {
        var setup: PluginSetup?
        var interval = Duration.seconds(15)
        var prefix = "nightjar"
        var counters: [[String]: Counter] = [:]
        var timers: [[String]: CoreMetrics.Timer] = [:]
        var meters: [[String]: Meter] = [:]
        /// The meters of queues that were seen: one that is empty now has to say so.
        var queues: Set<String> = []
        var inFlight: Set<JobID> = []
        var refreshing: Task<Void, Never>?
    }

    private let factory: (any MetricsFactory)?
    private let state = Mutex(State())
    /// The states that say how a queue is doing; ended jobs are counted as they end.
    private static let measured: [JobState] = [.pending, .scheduled, .retrying, .running, .failed]

    /// A plugin that reports to a factory, or to the one that swift-metrics was bootstrapped with.
    public init(factory: (any MetricsFactory)? = nil) { self.factory = factory }

    /// Listens to jobs.
    public func configure(_ setup: PluginSetup) throws {
        let interval = try setup.settings.duration("INTERVAL")
        state.withLock { state in
            state.setup = setup
            state.interval = interval
            state.prefix = setup.settings.text("PREFIX")
        }
        setup.listen { [weak self] event in self?.note(event) }
    }

    /// Begins to count queues.
    public func start() async throws {
        let interval = state.withLock(\.interval)
        let task = Task { [weak self] in
            while !Task.isCancelled {
                await self?.refresh()
                try? await Task.sleep(for: interval)
            }
        }
        state.withLock { $0.refreshing = task }
    }

    /// Counts once more, and no more.
    public func stop() async {
        let task = state.withLock { state in
            defer { state.refreshing = nil }
            return state.refreshing
        }
        task?.cancel()
        await task?.value
        await refresh()
    }

    // MARK: - Events

    private func note(_ event: JobEvent) {
        switch event.kind {
        case .enqueued: count("jobs_enqueued", ["queue": event.queue, "name": event.name])
        case .started:
            change(event.id, isRunning: true)
            if let wait = event.wait { time("job_wait", ["queue": event.queue], wait) }
        case .progressed: break
        case .succeeded, .retried, .failed, .cancelled, .released, .rescued:
            // What is taken back ran elsewhere; if it still runs here, that attempt ends with an event of its own.
            if event.kind != .rescued { change(event.id, isRunning: false) }
            count(
                "jobs_ended", ["queue": event.queue, "name": event.name, "outcome": event.kind.rawValue])
            if let run = event.run { time("job_run", ["queue": event.queue, "name": event.name], run) }
        }
    }

    private func change(_ id: JobID, isRunning: Bool) {
        let count = state.withLock { state in
            if isRunning { state.inFlight.insert(id) } else { state.inFlight.remove(id) }
            return state.inFlight.count
        }
        set("jobs_in_flight", [:], count)
    }

    // MARK: - Questions

    /// Asks the backend; what it cannot answer now it will the next time.
    private func refresh() async {
        guard let setup = state.withLock(\.setup) else { return }
        do {
            var counts: [String: QueueCounts] = [:]
            for queue in try await setup.queue.counts() { counts[queue.queue] = queue }
            let queues = state.withLock { state in
                state.queues.formUnion(counts.keys)
                return state.queues
            }
            for queue in queues {
                for job in Self.measured {
                    set("queue_size", ["queue": queue, "state": job.rawValue], counts[queue]?[job] ?? 0)
                }
            }
            set("worker_count", [:], try await setup.queue.workers().count)
        } catch {
            setup.logger.warning("Queues could not be counted", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - Instruments, each made once

    private func count(_ label: String, _ dimensions: KeyValuePairs<String, String>) {
        instrument(label, dimensions, \.counters) { Counter(label: $0, dimensions: $1, factory: $2) }.increment()
    }

    private func time(_ label: String, _ dimensions: KeyValuePairs<String, String>, _ duration: Duration) {
        instrument(label, dimensions, \.timers) { CoreMetrics.Timer(label: $0, dimensions: $1, factory: $2) }
            .recordNanoseconds(duration.microseconds * 1000)
    }

    private func set(_ label: String, _ dimensions: KeyValuePairs<String, String>, _ value: Int) {
        instrument(label, dimensions, \.meters) { Meter(label: $0, dimensions: $1, factory: $2) }.set(value)
    }

    private func instrument<Instrument: Sendable>(
        _ label: String, _ dimensions: KeyValuePairs<String, String>,
        _ shelf: WritableKeyPath<State, [[String]: Instrument]>,
        _ make: (String, [(String, String)], any MetricsFactory) -> Instrument
    ) -> Instrument {
        state.withLock { state in
            let key = [label] + dimensions.map(\.value)
            if let known = state[keyPath: shelf][key] { return known }
            let new = make(
                "\(state.prefix)_\(label)", dimensions.map { ($0.key, $0.value) }, factory ?? MetricsSystem.factory)
            state[keyPath: shelf][key] = new
            return new
        }
    }
}
