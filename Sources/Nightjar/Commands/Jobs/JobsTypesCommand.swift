import ArgumentParser
import NightjarJobs

/// Lists the types of jobs that this program can run.
struct JobsTypesCommand: AppCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "types",
            abstract: "Lists the types of jobs that this program can run, and where each is declared.",
            discussion: """
                Those marked @Job are found by themselves, the others were registered. No store is asked.

                \(RootCommand.examples("jobs types", "jobs types --json"))
                """
        )
    }

    @OptionGroup var output: OutputOptions

    func perform(in app: App, on console: Console) async throws {
        let types = app.queue.registry.types
        try output.answer(types.map(JobTypeSummary.init), on: console) { width in
            types.isEmpty ? "This program has no types of jobs." : TextTable(types).text(width: width)
        }
    }
}
