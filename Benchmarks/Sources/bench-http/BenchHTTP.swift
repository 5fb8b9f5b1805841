import ArgumentParser

@main
struct BenchHTTP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-http",
        abstract: "Measures Nightjar's pages. Run it through scripts/bench, which builds it for release.",
        subcommands: [IsolationBench.self, LoadCommand.self])
}
