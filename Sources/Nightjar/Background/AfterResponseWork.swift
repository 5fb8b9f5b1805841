// Work that waited for a response runs like any other closure job: on the job threads, within their number, and waited
// for at shutdown. The works of one response are one job, so that they run in order.

package import NightjarJobs

extension JobQueue {
    /// Runs what waited for a response. It comes before other jobs, because a visitor's next request may look for it, and
    /// it is not refused by a full queue: the response that promised it has been sent.
    package func runAfterResponse(_ works: [PendingWork]) {
        backgroundAlways("after-response", options: JobOptions(queue: "high")) {
            for work in works { await work.run() }
        }
    }
}
