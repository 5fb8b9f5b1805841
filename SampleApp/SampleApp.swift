// The sample: one page with four kinds of work that happen after it has been answered. Copy from it.
//
//     Jobs/     what is done in the background: each job one small struct
//     Routes/   who asks for it
//     Resources/  the page itself; embedded, so that the program runs from any folder

import Nightjar

@main
struct SampleApp {
    static func main() async throws {
        do {
            let app = try await makeApp()
            try await app.run()
        } catch {
            Console.fail("\(error)")
        }
    }

    /// The whole application.
    static func makeApp() async throws -> App {
        // What they report goes nowhere until the program bootstraps swift-metrics and swift-distributed-tracing.
        let app = try await App(plugins: [MetricsPlugin(), TracingPlugin()])
        app.use(SecurityHeaders())
        try app.page()
        try app.welcomeMail()
        app.signUp()
        app.reports()
        app.webhooks()
        app.flaky()
        try app.schedule(RemoveOldReports(), .every(.seconds(60)), name: "remove old reports")
        app.jobs()
        return app
    }
}
