import Nightjar

/// Fails as often as it is told to, then succeeds: to see retries, and with four failures or more a dead letter.
struct Flaky: Job {
    static let options = JobOptions(retry: .exponential(base: 2, maxAttempts: 4))

    var failures: Int

    struct Mood: Error, CustomStringConvertible {
        let description: String
    }

    func run(_ context: JobContext) async throws -> String {
        guard context.attempt > failures else {
            throw Mood(description: "failure \(context.attempt) of \(failures)")
        }
        return "succeeded in attempt \(context.attempt)"
    }
}
