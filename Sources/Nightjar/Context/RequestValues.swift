// Typed values that travel with a request: a middleware puts one in, whoever handles the request reads it.
// A request is never changed; `with` makes a new one that knows one value more.

/// A name for a value that a middleware attaches to a request.
///
/// ```swift
/// enum CurrentUser: RequestKey { typealias Value = User }
///
/// try await next(request.with(CurrentUser.self, user))   // in a middleware
/// let user = try request[CurrentUser.self]               // in a handler
/// ```
public protocol RequestKey: Sendable {
    /// What is stored under this key.
    associatedtype Value: Sendable
}

/// A name for a value that also travels into jobs that leave this process.
///
/// Register it once with `app.carry(CurrentUserID.self)`. The encoded value may have up to 4 KiB.
///
/// ```swift
/// enum CurrentUserID: CarriedContextKey {
///     typealias Value = Int
///     static let id = "user-id"
/// }
/// ```
public protocol CarriedContextKey: RequestKey where Value: Codable {
    /// The name under which the value is stored. It must stay the same across releases: queued jobs have it on disk.
    static var id: String { get }

    /// How the value travels. The default is ``CarryPolicy/carry``.
    static var policy: CarryPolicy { get }
}

extension CarriedContextKey {
    /// Values travel as readable JSON and stay out of the logs.
    public static var policy: CarryPolicy { .carry }
}

/// How a value travels from a request into a job.
public enum CarryPolicy: String, Sendable, CaseIterable {
    /// As readable JSON inside the job's record.
    case carry
    /// As readable JSON, and also as metadata on each of the job's log lines.
    case carryAndLog
    /// Encrypted with a key derived from `APP_SECRET`, so that the queue's storage does not show it.
    case carrySealed
}

/// The values attached to one request.
package struct RequestValues: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    package init() {}

    package var isEmpty: Bool { values.isEmpty }

    package subscript<Key: RequestKey>(key: Key.Type) -> Key.Value? {
        get { values[ObjectIdentifier(key)] as? Key.Value }
        set { values[ObjectIdentifier(key)] = newValue }
    }

    func value(for key: ObjectIdentifier) -> (any Sendable)? { values[key] }

    mutating func set(_ value: any Sendable, for key: ObjectIdentifier) { values[key] = value }
}
