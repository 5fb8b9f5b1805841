// What can go wrong when code asks a request for something it does not have. These are mistakes in the application, not
// in what the visitor sent (that is ``HTTPProblem``), so in a handler they become a 500 and a line in the log.

/// Why a request could not give what was asked of it.
public enum RequestError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `currentRequest` was read where no request is: at start-up, in scheduled work, on a detached task.
    case noCurrentRequest
    /// A job asked for a part of its request that does not travel into jobs, such as the body or a cookie.
    case notCarried(String)
    /// No middleware has attached a value under this key.
    case noValue(key: String)
    /// The route has no parameter of this name.
    case noParameter(name: String, route: String?)
    /// The body was read twice as a stream, or while someone else was reading it.
    case bodyAlreadyRead
    /// The body was read after the response: what nobody had read by then is gone.
    case bodyGone
    /// What a job would have to remember about its request is larger than 32 KiB.
    case snapshotTooLarge(bytes: Int, limit: Int)
    /// A value that should travel into a job is larger than 4 KiB.
    case valueTooLarge(key: String, bytes: Int, limit: Int)
    /// A value that should travel into a job could not be encoded or decoded.
    case valueNotReadable(key: String, reason: String)
    /// A value must travel sealed, and there is no `APP_SECRET` to seal it with.
    case noSecret(key: String)
    /// A sealed value does not open with this `APP_SECRET`.
    case sealBroken(key: String)
    /// Two keys claim the same id.
    case doubledKey(id: String)
    /// `CONTEXT_HEADERS` names a header that may carry a secret, or that is no header name.
    case headerNotAllowed(String)
    /// Jobs have enqueued jobs more than 32 levels deep.
    case tooDeep(limit: Int)
    /// The stored request was written by a newer version of Nightjar.
    case unknownSnapshotVersion(Int)

    /// What happened and what to do about it, as a sentence.
    public var description: String {
        switch self {
        case .noCurrentRequest:
            "There is no current request here. It is known in handlers, in jobs that a request enqueued and in work "
                + "after a response; not at start-up, in scheduled jobs or on detached tasks."
        case .notCarried(let part):
            "A job does not know \(part) of the request that enqueued it. Pass what it needs as the job's own value, "
                + "or carry it with a CarriedContextKey (headers: CONTEXT_HEADERS)."
        case .noValue(let key):
            "The request has no value for \(key). Is the middleware that attaches it used on this route?"
        case .noParameter(let name, let route):
            "The route \(route ?? "(none)") has no parameter \"\(name)\"."
        case .bodyAlreadyRead:
            "The request's body has been read as a stream already. Read it once, or collect it with body()."
        case .bodyGone:
            "The request's body cannot be read after its response: what nobody had read by then is gone. Read it with "
                + "body() in the handler, and pass on what is needed."
        case .snapshotTooLarge(let bytes, let limit):
            "What the job would remember of its request takes \(bytes) bytes; at most \(limit) are allowed. "
                + "Carry an id instead of the value itself."
        case .valueTooLarge(let key, let bytes, let limit):
            "The carried value \"\(key)\" takes \(bytes) bytes; at most \(limit) are allowed. Carry an id instead."
        case .valueNotReadable(let key, let reason):
            "The carried value \"\(key)\" cannot be encoded or decoded: \(reason)"
        case .noSecret(let key):
            "The value \"\(key)\" must travel sealed, and APP_SECRET is not set. Set it to a long random text."
        case .sealBroken(let key):
            "The sealed value \"\(key)\" does not open with this APP_SECRET. Was it changed while jobs were waiting?"
        case .doubledKey(let id):
            "Two context keys use the id \"\(id)\". Ids must be unique, because queued jobs find their values by them."
        case .headerNotAllowed(let name):
            "CONTEXT_HEADERS contains \"\(name)\", which is never carried into jobs: it may hold a secret, or it is not "
                + "a header name. Remove it, or carry a value with a sealed CarriedContextKey."
        case .tooDeep(let limit):
            "This job was enqueued by a job that was enqueued by a job …, \(limit) levels deep. That is probably a loop."
        case .unknownSnapshotVersion(let version):
            "The request stored with this job has version \(version), which this release does not know. Update it."
        }
    }
}
