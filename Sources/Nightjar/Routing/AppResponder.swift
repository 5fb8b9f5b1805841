// The responder that a Hummingbird server is given. Behind our own server the exchange is there already; inside somebody
// else's, or in a router test, it is made here and ended when the body has been written.

package import Hummingbird

/// Answers every request of an application.
package struct AppResponder: HTTPResponder {
    package typealias Context = NightjarContext

    private let routes: RouterResponder<NightjarContext>
    private let settings: RequestSettings

    /// - Throws: ``RouteError`` for a malformed route, or two handlers for the same requests.
    package init(_ scope: RouteScope, settings: RequestSettings) throws {
        self.routes = try RouteTable(scope, settings: settings).makeResponder()
        self.settings = settings
    }

    package func respond(
        to request: Hummingbird.Request,
        context: NightjarContext
    ) async throws -> Hummingbird.Response {
        guard Exchange.current == nil else { return try await routes.respond(to: request, context: context) }
        let exchange = Exchange(
            request: Request(
                head: request.head,
                body: request.body,
                client: context.client,
                settings: settings,
                logger: context.logger
            )
        )
        return try await exchange.bind {
            var response = try await routes.respond(to: request, context: context)
            response.body = response.body.finishing(exchange)
            return response
        }
    }
}

extension Hummingbird.ResponseBody {
    /// The same body, which ends the exchange when it has been written, or could not be.
    fileprivate func finishing(_ exchange: Exchange) -> Hummingbird.ResponseBody {
        Hummingbird.ResponseBody(contentLength: contentLength) { writer in
            let result: Result<Void, any Error>
            do {
                result = .success(try await exchange.bind { try await self.write(writer) })
            } catch {
                result = .failure(error)
            }
            let pending = exchange.finish()
            if !pending.isEmpty {
                Task { for work in pending { await work.run() } }
            }
            try result.get()
        }
    }
}
