// Dates as mails write them, in UTC, without a formatter whose locale could speak.

import Foundation

enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Fri, 21 Nov 2025 04:38:05 +0000` (RFC 5322 §3.3).
    static func rfc5322(_ date: Date) -> String {
        let moment = Moment(date)
        let time = "\(two(moment.hour)):\(two(moment.minute)):\(two(moment.second))"
        return "\(days[moment.weekday]), \(two(moment.day)) \(months[moment.month - 1]) \(moment.year) \(time) +0000"
    }

    /// `20251121043805`.
    static func compact(_ date: Date) -> String {
        let moment = Moment(date)
        return "\(moment.year)"
            + [moment.month, moment.day, moment.hour, moment.minute, moment.second].map(two).joined()
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// The civil date and time of a moment, in the years 1970 to 9999.
    private struct Moment {
        var year, month, day, hour, minute, second, weekday: Int

        init(_ date: Date) {
            let seconds = Int(max(0, min(date.timeIntervalSince1970, 253_402_300_799)))
            let days = seconds / 86_400
            weekday = days % 7
            hour = seconds % 86_400 / 3600
            minute = seconds % 3600 / 60
            second = seconds % 60
            // Howard Hinnant, “chrono-compatible low-level date algorithms”, civil_from_days, for days after 1970.
            let shifted = days + 719_468
            let era = shifted / 146_097
            let ofEra = shifted % 146_097
            let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
            let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * ofYear + 2) / 153
            day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
            month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        }
    }
}
