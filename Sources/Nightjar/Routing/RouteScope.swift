// Where routes, middleware and static files are written down while an application is being set up. Nothing is decided
// here: when the server starts, the tree is read once and made into a responder (RouteTable), so the order in which
// middleware and routes were added does not matter.

package import HTTPTypes
import Logging
import Synchronization

/// The routes and middleware of an application or of one of its groups.
public final class RouteScope: Sendable {
    struct Route: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let bodyLimit: ByteCount?
        let handler: @Sendable (Request) async throws -> Response
    }

    struct Contents: Sendable {
        var routes: [Route] = []
        var folders: [StaticFolder] = []
        var middlewares: [any Middleware] = []
        var children: [RouteScope] = []
        var isFrozen = false
        var lateAdditions: [String] = []
    }

    let prefix: String
    private let contents = Mutex(Contents())

    /// A scope without routes.
    package convenience init() { self.init(prefix: "") }

    private init(prefix: String) {
        self.prefix = prefix
    }

    package func add(
        _ method: HTTPRequest.Method,
        _ path: String,
        bodyLimit: ByteCount? = nil,
        handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        let route = Route(method: method, path: join(path), bodyLimit: bodyLimit, handler: handler)
        change("\(method.rawValue) \(route.path)") { $0.routes.append(route) }
    }

    func add(_ folder: StaticFolder) {
        change("files at \(folder.prefix)") { $0.folders.append(folder) }
    }

    func use(_ middleware: some Middleware) {
        change("middleware \(type(of: middleware))") { $0.middlewares.append(middleware) }
    }

    func child(_ path: String) -> RouteScope {
        let child = RouteScope(prefix: join(path))
        change("group \(child.prefix)") { $0.children.append(child) }
        return child
    }

    /// The path below this scope, with exactly one slash between parts and none at the end.
    func join(_ path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.isEmpty ? prefix : prefix + "/" + parts.joined(separator: "/")
    }

    /// What is written down here. Afterwards nothing can be added: the server would not notice.
    func freeze() -> Contents {
        contents.withLock { contents in
            contents.isFrozen = true
            return contents
        }
    }

    /// What was added after the server had started, and therefore has no effect.
    package var lateAdditions: [String] { contents.withLock { $0.lateAdditions } }

    private func change(_ what: String, _ body: (inout Contents) -> Void) {
        let isLate = contents.withLock { contents in
            guard contents.isFrozen else {
                body(&contents)
                return false
            }
            contents.lateAdditions.append(what)
            return true
        }
        guard isLate else { return }
        Logger(label: "nightjar.routes").error(
            "Added after the server had started, so it has no effect; add it before run()",
            metadata: ["what": .string(what)]
        )
    }
}
