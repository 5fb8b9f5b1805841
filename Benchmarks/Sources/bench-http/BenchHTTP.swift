import ArgumentParser

@main
struct BenchHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-http",
        abstract: "Measures Nightjar's pages. Run it through scripts/bench, which builds it for release.",
        subcommands: [PagesBench.self, IsolationBench.self, IdleBench.self, ServeCommand.self, LoadCommand.self])
}
