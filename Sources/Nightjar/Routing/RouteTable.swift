// From what was written down (RouteScope) to something that answers.
//
//     trie      method and pattern ─► Endpoint; nearly every request
//     files     a folder that has a file for the path
//     slowly    all patterns that match the path: one with this method after all (the trie does not go back when the
//               beginning of a path fits two patterns), else "405, Allow: …", 204 for OPTIONS, or 404

import HTTPTypes
package import Hummingbird

/// Makes the routes of an application into a responder.
package struct RouteTable {
    private let settings: RequestSettings
    private var routes: [(pattern: RoutePattern, method: HTTPRequest.Method, endpoint: Endpoint)] = []
    private var folders: [(folder: StaticFolder, endpoint: Endpoint)] = []
    private let rootMiddlewares: [any Middleware]

    /// Reads the tree of routes and closes it for additions.
    ///
    /// - Throws: ``RouteError`` for a malformed pattern, or two handlers for the same requests.
    package init(_ scope: RouteScope, settings: RequestSettings) throws {
        self.settings = settings
        let contents = scope.freeze()
        self.rootMiddlewares = contents.middlewares
        try collect(contents, middlewares: contents.middlewares)
        try checkForDoubles()
    }

    /// `GET /orders/:id` and so on, in the order they were added; for start-up logs.
    package var descriptions: [String] { routes.map { "\($0.method.rawValue) \($0.pattern.path)" } }

    /// What answers every request of the application.
    package func makeResponder() -> RouterResponder<NightjarContext> {
        let router = Router(context: NightjarContext.self)
        // The trie cannot have "**" beside a placeholder; such routes are left to the slow way.
        let placeholders = Set(routes.flatMap(\.pattern.placeholderParents))
        let routes = routes.filter { route in route.pattern.restParent.map { !placeholders.contains($0) } ?? true }
        for route in routes {
            router.on(RouterPath(route.pattern.shape), method: route.method, responder: route.endpoint)
        }
        for route in routes where route.method == .get && !hasRoute(.head, route.pattern.shape) {
            router.on(RouterPath(route.pattern.shape), method: .head, responder: route.endpoint)
        }
        // Middleware that is added last is only asked when no route was found.
        router.add(middleware: fallback())
        return router.buildResponder()
    }

    private func fallback() -> Fallback {
        let candidates = routes.map { Candidate(pattern: $0.pattern, method: $0.method, endpoint: $0.endpoint) }
        return Fallback(
            folders: folders,
            candidates: candidates.sorted { $0.pattern.isMoreSpecific(than: $1.pattern) },
            nothing: fallbackEndpoint { _ in throw HTTPProblem(.notFound, "There is nothing here.") },
            wrongMethod: { allow in
                fallbackEndpoint { request in
                    if request.method == .options { return Response(status: .noContent, headers: [.allow: allow]) }
                    throw HTTPProblem(
                        .methodNotAllowed,
                        "\(request.method.rawValue) is not answered here; try \(allow).",
                        headers: [.allow: allow]
                    )
                }
            }
        )
    }

    private func fallbackEndpoint(_ handler: @escaping Endpoint.Chain) -> Endpoint {
        Endpoint(
            pattern: nil,
            bodyLimit: nil,
            settings: settings,
            chain: Endpoint.chain(rootMiddlewares, handler: handler)
        )
    }

    private mutating func collect(_ contents: RouteScope.Contents, middlewares: [any Middleware]) throws {
        for route in contents.routes {
            let pattern = try RoutePattern(route.path)
            let endpoint = Endpoint(
                pattern: pattern,
                bodyLimit: route.bodyLimit,
                settings: settings,
                chain: Endpoint.chain(middlewares, handler: route.handler)
            )
            routes.append((pattern, route.method, endpoint))
        }
        for folder in contents.folders {
            let endpoint = Endpoint(
                pattern: nil,
                bodyLimit: nil,
                settings: settings,
                chain: Endpoint.chain(middlewares) { request in try await folder.respond(to: request) }
            )
            folders.append((folder, endpoint))
        }
        for child in contents.children {
            let inner = child.freeze()
            try collect(inner, middlewares: middlewares + inner.middlewares)
        }
    }

    private func checkForDoubles() throws {
        var seen: Set<String> = []
        for route in routes where !seen.insert("\(route.method.rawValue) \(route.pattern.shape)").inserted {
            throw RouteError.doubled(method: route.method.rawValue, path: route.pattern.path)
        }
    }

    private func hasRoute(_ method: HTTPRequest.Method, _ shape: String) -> Bool {
        routes.contains { $0.method == method && $0.pattern.shape == shape }
    }
}

/// A route as the slow way of matching sees it.
private struct Candidate: Sendable {
    let pattern: RoutePattern
    let method: HTTPRequest.Method
    let endpoint: Endpoint
}

/// Answers what the trie did not.
private struct Fallback: RouterMiddleware {
    typealias Context = NightjarContext
    let folders: [(folder: StaticFolder, endpoint: Endpoint)]
    /// The most specific first.
    let candidates: [Candidate]
    let nothing: Endpoint
    let wrongMethod: @Sendable (_ allow: String) -> Endpoint

    func handle(
        _ request: Hummingbird.Request,
        context: NightjarContext,
        next: (Hummingbird.Request, NightjarContext) async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        let path = request.uri.path
        if request.method == .get || request.method == .head {
            for (folder, endpoint) in folders where await folder.contains(path) {
                return try await endpoint.respond(to: request, context: context)
            }
        }
        var allowed: Set<String> = []
        for candidate in candidates {
            guard let parameters = candidate.pattern.match(path) else { continue }
            if candidate.method == request.method || candidate.method == .get && request.method == .head {
                var context = context
                context.coreContext.parameters = parameters
                return try await candidate.endpoint.respond(to: request, context: context)
            }
            allowed.insert(candidate.method.rawValue)
        }
        guard !allowed.isEmpty else { return try await nothing.respond(to: request, context: context) }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        let allow = allowed.union(["OPTIONS"]).sorted().joined(separator: ", ")
        return try await wrongMethod(allow).respond(to: request, context: context)
    }
}
