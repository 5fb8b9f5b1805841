import NightjarJobs

/// What a transaction will have to tell once it is committed.
struct NewsDraft: Sendable {
    private var isReady = false
    private var nearest: Timestamp?
    private var changed: [JobID] = []
    private var cancelRequested: [JobID] = []

    mutating func ready() { isReady = true }
    mutating func change(_ id: JobID) { changed.append(id) }
    mutating func askToCancel(_ id: JobID) { cancelRequested.append(id) }

    /// A job waits until a moment.
    mutating func waits(until moment: Timestamp, now: Timestamp) {
        if moment <= now { isReady = true } else { nearest = min(nearest ?? moment, moment) }
    }

    mutating func merge(_ other: NewsDraft) {
        isReady = isReady || other.isReady
        if let moment = other.nearest { nearest = min(nearest ?? moment, moment) }
        changed += other.changed
        cancelRequested += other.cancelRequested
    }

    /// The news, what wakes workers first.
    var news: [BackendNews] {
        var news: [BackendNews] = []
        if isReady { news.append(.ready) }
        if let nearest { news.append(.due(nearest)) }
        if !cancelRequested.isEmpty { news.append(.cancelRequested(cancelRequested)) }
        if !changed.isEmpty { news.append(.changed(changed)) }
        return news
    }
}
