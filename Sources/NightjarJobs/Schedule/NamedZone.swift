// A time zone by its name. Only names of the IANA database with a region ("Europe/Paris") and UTC are taken: an
// abbreviation such as EST or CET means different clocks to different people and systems, and a bare offset has no
// summer time, which is hardly ever what a schedule wants.

import Foundation

enum NamedZone {
    static func find(_ name: String) throws(ScheduleError) -> TimeZone {
        if name == "UTC" || name == "GMT" { return .gmt }
        let zone = TimeZone(identifier: name)
        if let zone, name.contains("/") { return zone }
        guard zone == nil else {
            throw ScheduleError(
                """
                The time zone “\(name)” is an abbreviation or an offset, and says nothing about summer time; \
                write a region and a city, such as Europe/Paris or America/New_York, or UTC.
                """
            )
        }
        let known = TimeZone.knownTimeZoneIdentifiers + ["UTC"]
        let hint = Spelling.closest(to: name, in: known).map { "did you mean \($0)?" }
        throw ScheduleError(
            """
            The time zone “\(name)” is not known here; \
            \(hint ?? "write a region and a city, such as Europe/Paris or America/New_York, or UTC.")
            """
        )
    }
}
