// How routes are declared: the verbs. They are the same on an application and on a group.

public import HTTPTypes

/// Something that routes can be added to: an `App`, or a group of routes.
public protocol RouteBuilder: Sendable {
    /// Where this builder keeps its routes.
    var routeScope: RouteScope { get }
}

extension RouteBuilder {
    /// Answers `GET` (and with it `HEAD`) requests for a path.
    ///
    /// Paths may have placeholders (`/orders/:id`), `*` for any one part and `**` at the end for any rest. Handlers
    /// return a ``Response``, a `String`, a status, or any `Encodable` value, which becomes JSON.
    ///
    /// - Parameters:
    ///   - path: The path, below the path of the group.
    ///   - handler: Answers the request.
    public func get(
        _ path: String,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        on(.get, path, use: handler)
    }

    /// Answers `GET` requests for a path with a value as JSON.
    @_disfavoredOverload
    public func get(
        _ path: String,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        on(.get, path, use: handler)
    }

    /// Answers `POST` requests for a path.
    ///
    /// - Parameters:
    ///   - path: The path, below the path of the group.
    ///   - bodyLimit: How large the body may be, if not the application's limit (`MAX_BODY_SIZE`).
    ///   - handler: Answers the request.
    public func post(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        on(.post, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `POST` requests for a path with a value as JSON.
    @_disfavoredOverload
    public func post(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        on(.post, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `PUT` requests for a path.
    ///
    /// - Parameters:
    ///   - path: The path, below the path of the group.
    ///   - bodyLimit: How large the body may be, if not the application's limit (`MAX_BODY_SIZE`).
    ///   - handler: Answers the request.
    public func put(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        on(.put, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `PUT` requests for a path with a value as JSON.
    @_disfavoredOverload
    public func put(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        on(.put, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `PATCH` requests for a path.
    ///
    /// - Parameters:
    ///   - path: The path, below the path of the group.
    ///   - bodyLimit: How large the body may be, if not the application's limit (`MAX_BODY_SIZE`).
    ///   - handler: Answers the request.
    public func patch(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        on(.patch, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `PATCH` requests for a path with a value as JSON.
    @_disfavoredOverload
    public func patch(
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        on(.patch, path, bodyLimit: bodyLimit, use: handler)
    }

    /// Answers `DELETE` requests for a path.
    ///
    /// - Parameters:
    ///   - path: The path, below the path of the group.
    ///   - handler: Answers the request.
    public func delete(
        _ path: String,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        on(.delete, path, use: handler)
    }

    /// Answers `DELETE` requests for a path with a value as JSON.
    @_disfavoredOverload
    public func delete(
        _ path: String,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        on(.delete, path, use: handler)
    }

    /// Answers requests with any method for a path.
    ///
    /// - Parameters:
    ///   - method: The method, for example `.head` or one of your own.
    ///   - path: The path, below the path of the group.
    ///   - bodyLimit: How large the body may be, if not the application's limit (`MAX_BODY_SIZE`).
    ///   - handler: Answers the request.
    public func on(
        _ method: HTTPRequest.Method,
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some ResponseConvertible
    ) {
        routeScope.add(method, path, bodyLimit: bodyLimit) { request in
            try await handler(request).response(for: request)
        }
    }

    /// Answers requests with any method for a path with a value as JSON.
    @_disfavoredOverload
    public func on(
        _ method: HTTPRequest.Method,
        _ path: String,
        bodyLimit: ByteCount? = nil,
        use handler: @escaping @Sendable (Request) async throws -> some Encodable & Sendable
    ) {
        routeScope.add(method, path, bodyLimit: bodyLimit) { request in
            try Response.json(try await handler(request))
        }
    }

    /// Adds a middleware to all routes of this builder and its groups, whether they were added before or after.
    ///
    /// Middleware runs in the order it was added, that of an outer builder first. An application's middleware also sees
    /// requests that no route answers.
    public func use(_ middleware: some Middleware) {
        routeScope.use(middleware)
    }

    /// Adds a group of routes that share the beginning of their path and their middleware.
    ///
    /// ```swift
    /// app.group("/admin") { admin in
    ///     admin.use(RequireUser())
    ///     admin.get("/users") { request in try await users.all() }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - path: What the paths of the group begin with; empty for a group that only shares middleware.
    ///   - build: Adds the routes.
    @discardableResult
    public func group(_ path: String = "", _ build: (RouteGroup) throws -> Void = { _ in }) rethrows -> RouteGroup {
        let group = RouteGroup(routeScope: routeScope.child(path))
        try build(group)
        return group
    }
}

/// Routes that share the beginning of their path and their middleware.
public struct RouteGroup: RouteBuilder {
    /// Where this group keeps its routes.
    public let routeScope: RouteScope
}
