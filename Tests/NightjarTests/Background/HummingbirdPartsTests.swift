import Hummingbird
import HummingbirdTesting
import Logging
import Nightjar
import NightjarTesting
import ServiceLifecycle
import Testing

/// For those who have a Hummingbird application already. It reads as the documentation does, and imports what a program
/// would: nothing here is reached through a back door.
@Suite("Parts for a Hummingbird application", .timeLimit(.minutes(1)))
struct HummingbirdPartsTests {
    struct SendWelcome: Job {
        static let name = "SendWelcome"
        var email: String

        func run(_ context: JobContext) async throws -> String {
            "welcome \(email), in \(try currentRequest.locale), from \(try currentRequest.path)"
        }
    }

    @Test("a plain router and application get background and currentRequest")
    func parts() async throws {
        let jobs = try await NightjarParts(configuration: AppConfiguration())
        try jobs.queue.register(SendWelcome.self)

        let router = Router()
        router.add(middleware: jobs.middleware())
        router.post("signup/:name") { request, context in
            let name = try context.parameters.require("name")
            let job = try await request.background(SendWelcome(email: "\(name)@example.org"))
            let closure = request.background { "\(try currentRequest.origin) \(try currentRequest.parameters["name"])" }
            return "\(try await job.value); \(try await closure.value)"
        }
        router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: try currentRequest.path))
                    try await writer.finish(nil)
                })
        }
        var application = Application(router: router)
        application.addServices(jobs)

        try await application.test(.live) { client in
            try await client.execute(uri: "/signup/ada", method: .post, headers: [.acceptLanguage: "de"]) { response in
                #expect(
                    String(buffer: response.body) == "welcome ada@example.org, in de, from /signup/ada; live ada")
            }
            try await client.execute(uri: "/stream", method: .get) { response in
                #expect(String(buffer: response.body) == "/stream")
            }
            // Outside of requests too, as long as the application runs.
            #expect(try await jobs.background { (try? currentRequest) == nil }.value)
        }
    }

    @Test("the body stays with Hummingbird's request, and currentRequest says so")
    func body() async throws {
        let jobs = try await NightjarParts(configuration: AppConfiguration())
        let router = Router()
        router.add(middleware: jobs.middleware())
        router.post("echo") { request, _ in
            await #expect(throws: RequestError.bodyGone) { try await currentRequest.body() }
            return String(buffer: try await request.body.collect(upTo: 1024))
        }
        var application = Application(router: router)
        application.addServices(jobs)
        try await application.test(.live) { client in
            try await client.execute(uri: "/echo", method: .post, body: ByteBuffer(string: "hello")) { response in
                #expect(String(buffer: response.body) == "hello")
            }
        }
    }
}
