// Dates written the way people read them, for the schedule tests.

import Foundation

/// `2026-03-29T01:00:00Z` as a date.
func utc(_ text: String) throws -> Date {
    try Date(text, strategy: .iso8601)
}

/// A date as `2026-03-29T01:00:00Z`, so that a failed expectation can be read.
func utc(_ date: Date?) -> String {
    date?.formatted(.iso8601) ?? "never"
}

extension [Date] {
    /// Each date as `2026-03-29T01:00:00Z`.
    var inUTC: [String] {
        map { utc($0) }
    }
}
