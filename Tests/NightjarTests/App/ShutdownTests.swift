import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import Nightjar

/// The order in which things stop, over real sockets. NORI-15, AT-2
@Suite("Shutdown", .timeLimit(.minutes(1)))
struct ShutdownTests {
    @Test("a response under way is finished, a new connection is refused, an idle one is closed")
    func order() async throws {
        let reached = Gate()
        let release = Gate()
        try await withRunningApp { app in
            app.get("/slow") { _ in
                reached.open()
                await release.wait()
                return "finished"
            }
            app.get("/") { _ in "home" }
        } _: { app, port in
            let idle = try await RawClient.connect(port: port)
            try await idle.request("GET", "/")
            #expect(try await idle.response().text == "home")
            let busy = try await RawClient.connect(port: port)
            try await busy.request("GET", "/slow")
            await reached.wait()
            await app.shutdown()
            #expect(await idle.readToEnd().isEmpty)
            await #expect(throws: (any Error).self) { try await RawClient.connect(port: port) }
            release.open()
            let response = try await busy.response()
            #expect(response.text == "finished")
            #expect(response["connection"] == "close")
            #expect(await busy.readToEnd().isEmpty)
        }
    }

    @Test("a large response under way arrives whole")
    func largeResponse() async throws {
        let size = 32 << 20
        let reached = Gate()
        try await withRunningApp { app in
            app.get("/") { _ in
                reached.open()
                return Response(
                    headers: [.contentType: "application/octet-stream"],
                    body: .bytes(ByteBuffer(repeating: 7, count: size))
                )
            }
        } _: { app, port in
            let client = try await RawClient.connect(port: port, reads: false)
            try await client.request("GET", "/")
            await reached.wait()
            await app.shutdown()
            try await client.startReading()
            #expect(try await client.response().body.count == size)
        }
    }

    @Test("what takes longer than the shutdown limit is cancelled, and that is an error")
    func limit() async throws {
        var configuration = AppConfiguration.testing
        configuration.shutdownLimit = .milliseconds(200)
        let reached = Gate()
        let logs = LogCollector()
        await #expect(throws: ServeError.shutdownLimit(.milliseconds(200))) {
            try await withRunningApp(configuration: configuration, logs: logs) { app in
                app.get("/") { _ in
                    reached.open()
                    try await Task.sleep(for: .seconds(3600))
                    return "never"
                }
            } _: { _, port in
                let client = try await RawClient.connect(port: port)
                try await client.request("GET", "/")
                await reached.wait()
            }
        }
    }

    // ASOK-X9
    @Test("services outlive the server, and start before it")
    func services() async throws {
        let order = Mutex<[String]>([])
        struct Recorder: Service {
            let note: @Sendable (String) -> Void
            func run() async throws {
                note("service runs")
                try await gracefulShutdown()
                note("service stops")
            }
        }
        try await withRunningApp { app in
            app.add(service: Recorder { line in order.withLock { $0.append(line) } })
            app.onStart { order.withLock { $0.append("start action") } }
            app.get("/") { _ in
                order.withLock { $0.append("response") }
                return "home"
            }
        } _: { _, port in
            let client = try await RawClient.connect(port: port)
            try await client.request("GET", "/")
            _ = try await client.response()
        }
        let lines = order.withLock { $0 }
        #expect(Set(lines.prefix(2)) == ["service runs", "start action"])
        #expect(lines.suffix(2) == ["response", "service stops"])
    }
}
