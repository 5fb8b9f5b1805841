// Mistakes in the list of routes, found when the server starts.

/// Why the routes of an application cannot be served.
public enum RouteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two handlers were added for the same method and path.
    case doubled(method: String, path: String)
    /// A path contains something that is no part of a pattern.
    case malformed(path: String, reason: String)

    /// What is wrong, as a sentence.
    public var description: String {
        switch self {
        case .doubled(let method, let path):
            "There are two handlers for \(method) \(path). Remove one, or give it another path."
        case .malformed(let path, let reason):
            "The route \"\(path)\" cannot be served: \(reason)"
        }
    }
}
