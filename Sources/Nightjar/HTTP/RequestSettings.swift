// What all requests of one application share. It is made once, when the application is, and read by every request;
// only the list of carried keys may grow, until the server starts.

package import HTTPTypes
import Synchronization

/// The part of an application's configuration that its requests need.
package final class RequestSettings: Sendable {
    /// How links back to this application begin (`https://shop.example`), never taken from a `Host` header.
    package let baseURL: String?

    /// The largest body a route accepts unless it says otherwise. 2 MiB: enough for any form, too little to hurt.
    package let bodyLimit: ByteCount

    /// Whether error pages may say what went wrong inside. Off in production.
    package let showsErrors: Bool

    /// The headers that a job may read, in addition to what a request always carries.
    package let carriedHeaders: [HTTPField.Name]

    /// Encrypts the values that must not lie readable in a queue; nil without `APP_SECRET`.
    package let sealer: ContextSealer?

    /// The templates that error pages are looked up in before the built-in one.
    package let templates: Templates

    private let keys = Mutex<[String: CarriedKey]>([:])
    private let knownJobs = Mutex(RequestJobs())

    /// - Parameters:
    ///   - baseURL: How links back to the application begin, without a trailing slash.
    ///   - bodyLimit: The largest body a route accepts unless it says otherwise.
    ///   - showsErrors: Whether error pages may show what was thrown.
    ///   - contextHeaders: Names of headers that jobs may read besides the default four.
    ///   - secret: `APP_SECRET`, from which the key for sealed values is derived.
    /// - Throws: ``RequestError`` if a header in the list must never be carried, or is no header name.
    package init(
        baseURL: String? = nil,
        bodyLimit: ByteCount = .megabytes(2),
        showsErrors: Bool = true,
        contextHeaders: [String] = [],
        secret: String? = nil
    ) throws {
        self.baseURL = baseURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.bodyLimit = bodyLimit
        self.showsErrors = showsErrors
        self.carriedHeaders = try HeaderAllowList.names(adding: contextHeaders)
        self.sealer = secret.flatMap { $0.isEmpty ? nil : ContextSealer(secret: $0) }
        self.templates = Templates()
    }

    /// The queue that requests enqueue in, and where their jobs can be asked about.
    package var jobs: RequestJobs {
        get { knownJobs.withLock { $0 } }
        set { knownJobs.withLock { $0 = newValue } }
    }

    /// Whether this is the first time that a job was accepted whose status can be asked for nowhere.
    func missesStatusFirst() -> Bool {
        knownJobs.withLock { jobs in
            defer { jobs.hasMissedStatus = true }
            return !jobs.hasMissedStatus
        }
    }

    /// Adds a key whose values travel into jobs.
    ///
    /// - Throws: ``RequestError/doubledKey(id:)`` if another key has its id; ``RequestError/noSecret(key:)`` if its
    ///   values must be sealed and there is nothing to seal them with.
    package func carry(_ key: CarriedKey) throws {
        if key.policy == .carrySealed, sealer == nil { throw RequestError.noSecret(key: key.id) }
        try keys.withLock { keys in
            if let other = keys[key.id], other.type != key.type { throw RequestError.doubledKey(id: key.id) }
            keys[key.id] = key
        }
    }

    /// The keys whose values travel into jobs, by id.
    package var carriedKeys: [String: CarriedKey] { keys.withLock { $0 } }
}
