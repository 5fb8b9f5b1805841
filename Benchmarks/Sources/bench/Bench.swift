import ArgumentParser
import NightjarJobs

@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures Nightjar. Run it through scripts/bench, which builds it for release.",
        subcommands: [MemoryBench.self, SQLiteBench.self, RecoveryBench.self, DriveCommand.self])
}

/// What every part understands.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Fewer rounds: numbers to look at while working, not to publish.")
    var quick = false

    @Option(help: "Also write the numbers to this file, as JSON.")
    var json: String?

    @Flag(
        help:
            "Run the job threads at normal priority, as BG_PRIORITY=normal does. For a machine that is busy otherwise.")
    var normalPriority = false

    var priority: ThreadPool.Priority { normalPriority ? .normal : .background }

    /// Says how far a quick run is from a whole one.
    func count(_ whole: Int) -> Int { quick ? whole / 4 : whole }

    var rounds: Int { quick ? 5 : 15 }
}
