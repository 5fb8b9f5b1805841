package import NightjarJobs

/// What requests know about the jobs of their application.
package struct RequestJobs: Sendable {
    /// The queue; weak, because the queue carries requests.
    package weak var queue: JobQueue?
    /// Where the status of jobs can be asked for, if anywhere.
    package var statusPath: String?
    /// Whether somebody was told that it can be asked for nowhere.
    var hasMissedStatus = false
}
