import Nightjar

struct Mood: Error, CustomStringConvertible {
    let description: String
}

/// Fails as often as it is told to, then succeeds: to see retries, and with four failures or more a dead letter.
@Job(retry: .exponential(base: 2, maxAttempts: 4), aliases: ["SampleApp.Flaky"])
func flaky(failures: Int, context: JobContext) throws -> String {
    guard context.attempt > failures else {
        throw Mood(description: "failure \(context.attempt) of \(failures)")
    }
    return "succeeded in attempt \(context.attempt)"
}
