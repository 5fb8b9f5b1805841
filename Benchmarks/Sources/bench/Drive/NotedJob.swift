import BenchKit
import NightjarJobs

/// The job of all comparisons: three fields, nothing to do but to write down when it ran.
struct NotedJob: Job {
    var number: Int
    var email: String
    var amount: Double

    func run(_ context: JobContext) async throws { Ledger.shared?[number] = nanoseconds() }

    static func number(_ number: Int) -> NotedJob {
        NotedJob(number: number, email: "visitor-\(number)@example.com", amount: Double(number) / 100)
    }
}

/// Notes that it began, and goes on for longer than anybody waits.
struct EndlessJob: Job {
    var number: Int

    func run(_ context: JobContext) async throws {
        Ledger.shared?[number] = nanoseconds()
        try await Task.sleep(for: .seconds(600))
    }
}
