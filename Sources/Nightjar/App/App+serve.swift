// Serving: everything runs in one ServiceGroup, which stops its services in the reverse of their order.
//
//     start   plugins ──► services ──► jobs ──► start actions ──► server
//     stop    server (accepts nothing, finishes responses) ──► after-response work and jobs ──► services ──► plugins
//
// So whatever a response leaves behind still finds workers, and whatever a job needs is still there. If stopping takes
// longer than SHUTDOWN_LIMIT, what still runs is cancelled.

package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NightjarJobs
import ServiceLifecycle
import Synchronization

extension App {
    /// Serves until ``shutdown()`` is called or the task is cancelled.
    ///
    /// - Parameters:
    ///   - host: The address to listen on, if not the configuration's.
    ///   - port: The port to listen on, if not the configuration's.
    ///   - onReady: Called with the port once requests are accepted.
    /// - Throws: ``ServeError`` if it cannot listen there, or not stop in time; what a service or a start action throws.
    public func serve(
        host: String? = nil,
        port: Int? = nil,
        onReady: (@Sendable (Int) async -> Void)? = nil
    ) async throws {
        let host = host ?? configuration.host
        let port = port ?? configuration.port
        let server = try makeServer(host: host, port: port, onReady: onReady)
        try await queue.open()
        logDurability()
        do {
            try await runServices(jobServices, ending: ServiceGroupConfiguration.ServiceConfiguration(service: server))
        } catch {
            throw ServeError(error, host: host, port: port) ?? error
        }
    }

    /// Runs the application's services, and others after them, in one group until it is shut down.
    ///
    /// - Parameters:
    ///   - services: Those that start after the application's own.
    ///   - last: The one that starts last and stops first.
    /// - Throws: ``ServeError`` if the application has started before, or did not stop in time.
    func runServices(
        _ services: [any Service] = [], ending last: ServiceGroupConfiguration.ServiceConfiguration
    ) async throws {
        let group = try declarations.withLock { declarations in
            guard !declarations.hasStarted else { throw ServeError.startedTwice }
            declarations.hasStarted = true
            var quiet = logger
            quiet.logLevel = max(logger.logLevel, .warning)
            var configuration = ServiceGroupConfiguration(
                services: (declarations.services + services).map { .init(service: $0) } + [last],
                logger: quiet
            )
            configuration.maximumGracefulShutdownDuration = self.configuration.shutdownLimit
            let group = ServiceGroup(configuration: configuration)
            declarations.group = group
            return group
        }
        if declarations.withLock(\.stoppedAt) != nil { await group.triggerGracefulShutdown() }
        let started = ContinuousClock.now
        do {
            try await plugins?.start()
            try await RunningQueue.bind(queue) { try await group.run() }
            await endQueue()
            await mailer.transport.close()
        } catch {
            await endQueue()
            throw error
        }
        // The group cancels what is still running at the limit, and does not say so.
        if let stoppedAt = declarations.withLock(\.stoppedAt),
            ContinuousClock.now - max(stoppedAt, started) >= configuration.shutdownLimit
        {
            throw ServeError.shutdownLimit(configuration.shutdownLimit)
        }
    }

    /// Listeners hear the last events, plugins stop, the store is let go of.
    private func endQueue() async {
        await queue.hooks.drain()
        await plugins?.stop()
        await queue.close()
    }

    /// Says what becomes of jobs when the process ends, where that differs from job to job.
    private func logDurability() {
        guard queue.keepsClosuresApart else { return }
        logger.info(
            "Typed jobs outlive this process, closure jobs stay in it and end with it",
            metadata: [
                "backend": "\(queue.backend.traits.name)",
                "typed": configuration.workerEmbedded ? "run here and in workers" : "run in workers only",
            ])
    }

    /// Stops serving: no new connection is accepted, responses, work after responses and jobs are finished.
    ///
    /// Returns at once; ``serve(host:port:onReady:)`` returns when all of that is done.
    public func shutdown() async {
        let group = declarations.withLock { declarations in
            declarations.stoppedAt = declarations.stoppedAt ?? .now
            return declarations.group
        }
        await group?.triggerGracefulShutdown()
    }

    /// The application as a Hummingbird one, without jobs and services around it.
    package func makeServer(
        host: String,
        port: Int,
        onReady: (@Sendable (Int) async -> Void)? = nil
    ) throws -> Application<RouterResponder<NightjarContext>> {
        let scheme = configuration.tlsCertificate == nil ? "http" : "https"
        // The server's own lines at info say less than ours.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var server = Application(
            responder: try RouteTable(routeScope, settings: settings).makeResponder(),
            server: try makeBuilder(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: configuration.maxConnections.map { MaximumAvailableConnections($0) }
            ),
            onServerRunning: { [logger] channel in
                let port = channel.localAddress?.port ?? port
                let name = host.contains(":") ? "[\(host)]" : host
                logger.info("Server started", metadata: ["url": "\(scheme)://\(name):\(port)"])
                await onReady?(port)
            },
            logger: quiet
        )
        for action in declarations.withLock(\.startActions) { server.beforeServerStarts(perform: action) }
        return server
    }

    private func makeBuilder() throws -> HTTPServerBuilder {
        let service = ExchangeService(
            settings: settings,
            trustedProxies: configuration.trustedProxies,
            logger: logger,
            afterResponse: afterResponse
        )
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsPrivateKey else {
            return .nightjar(service, limits: limits)
        }
        let tls = try TLSFiles(certificate: certificate, privateKey: key).load()
        return try .tls(.nightjar(service, limits: limits, isSecure: true), tlsConfiguration: tls)
    }
}
