// A wall clock that tests set: the machine's, and as many seconds more as a file says.

import Foundation
import Nightjar
import NightjarSQLite

extension BackendFactory {
    /// The `database` backend on such a clock.
    static func clocked(by path: String) -> BackendFactory {
        BackendFactory(name: "database") { _, _ in
            SQLiteBackend(path: "jobs.sqlite", clock: .set(by: path))
        }
    }
}

extension JobClock {
    fileprivate static func set(by path: String) -> JobClock {
        @Sendable func now() -> Timestamp {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return JobClock.system.now + .seconds(Double(text) ?? 0)
        }
        return JobClock(
            now: now,
            sleep: { until in
                // In short steps, so that a test need not wait for the minute in which the system's clock would notice.
                while true {
                    let left = until - now()
                    guard left > .zero else { return }
                    try await Task.sleep(for: min(left, .milliseconds(50)))
                }
            })
    }
}
