// A route's path, read once. `/orders/:id/items/**` is a list of parts; for Hummingbird's trie placeholders are named by
// where they stand (`:1`), so that `/users/:id` and `/users/:name/posts` share a branch instead of hiding each other.

import Hummingbird

/// The pattern of a route.
struct RoutePattern: Sendable {
    private enum Part: Sendable {
        case text(Substring)
        case any(key: Substring)
        case rest

        /// Which of two parts is asked first: a text before a placeholder before a rest.
        var rank: Int {
            switch self {
            case .text: 0
            case .any: 1
            case .rest: 2
            }
        }
    }

    let path: String
    /// The pattern with placeholders named by position: equal for patterns that match the same paths.
    let shape: String
    /// The parts, for the slow way of matching.
    private let parts: [Part]
    /// The names of the placeholders, with the position they have in the trie.
    let placeholders: [(name: String, key: Substring)]

    /// - Throws: ``RouteError/malformed(path:reason:)`` for a pattern that would not match what it seems to say.
    init(_ path: String) throws {
        var shape = ""
        var placeholders: [(name: String, key: Substring)] = []
        var kinds: [Part] = []
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            shape += "/"
            if part == "**" {
                guard index == parts.count - 1 else {
                    throw RouteError.malformed(path: path, reason: "\"**\" may only stand at its end.")
                }
                placeholders.append(("**", Parameters.recursiveCaptureKey))
                kinds.append(.rest)
                shape += part
            } else if part.hasPrefix(":") {
                let name = String(part.dropFirst())
                guard !name.isEmpty else {
                    throw RouteError.malformed(path: path, reason: "the placeholder after \":\" has no name.")
                }
                guard !placeholders.contains(where: { $0.name == name }) else {
                    throw RouteError.malformed(path: path, reason: "it has two placeholders \":\(name)\".")
                }
                placeholders.append((name, Substring("\(index)")))
                kinds.append(.any(key: Substring("\(index)")))
                shape += ":\(index)"
            } else if part == "*" {
                kinds.append(.any(key: Substring("\(index)")))
                shape += ":\(index)"
            } else {
                guard !part.contains(where: { "*{}?#".contains($0) }) else {
                    throw RouteError.malformed(
                        path: path,
                        reason: "\"\(part)\" is neither a text, nor a placeholder like \":name\", nor \"*\" or \"**\"."
                    )
                }
                kinds.append(.text(part))
                shape += part
            }
        }
        self.parts = kinds
        self.path = parts.isEmpty ? "/" : "/" + parts.joined(separator: "/")
        self.shape = shape.isEmpty ? "/" : shape
        self.placeholders = placeholders
    }

    /// Matches a path part by part; nil if it does not match.
    func match(_ path: String) -> Parameters? {
        var matched = Parameters()
        var remaining = path.split(separator: "/")[...]
        for part in parts {
            guard let first = remaining.first else { return nil }
            switch part {
            case .text(let text):
                guard first == text else { return nil }
            case .any(let key):
                matched[key] = first
            case .rest:
                matched.setCatchAll(path[first.startIndex...])
                return matched
            }
            remaining.removeFirst()
        }
        return remaining.isEmpty ? matched : nil
    }

    /// What stands before each placeholder of the shape.
    var placeholderParents: [Substring] { shape.ranges(of: "/:").map { shape[..<$0.lowerBound] } }

    /// What stands before the `**` at the end, if there is one.
    var restParent: Substring? { shape.hasSuffix("/**") ? shape.dropLast(3) : nil }

    /// Whether this pattern is asked before another that matches the same path.
    func isMoreSpecific(than other: RoutePattern) -> Bool {
        parts.map(\.rank).lexicographicallyPrecedes(other.parts.map(\.rank))
    }

    /// What the placeholders matched.
    func parameters(from matched: Parameters) -> RouteParameters {
        guard !placeholders.isEmpty else { return RouteParameters(values: [], route: path) }
        return RouteParameters(
            values: placeholders.map { ($0.name, matched[$0.key] ?? "") },
            route: path
        )
    }
}
