// Times and counts in few words, and foreign text made harmless. Pure.

import NightjarJobs

enum Words {
    /// A length of time in its largest unit: `350ms`, `12s`, `5m`, `3h`, `2d`.
    static func length(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.microseconds / 1000)
        let seconds = milliseconds / 1000
        switch seconds {
        case 0: return "\(milliseconds)ms"
        case ..<120: return "\(seconds)s"
        case ..<7200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// A moment seen from now: `5m ago`, `in 30s`, `now`.
    static func moment(_ moment: Timestamp, from now: Timestamp) -> String {
        let distance = now - moment
        if distance < .seconds(-1) { return "in \(length(.zero - distance))" }
        return distance < .seconds(1) ? "now" : "\(length(distance)) ago"
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// A text that may come from anywhere on one line, without anything that a terminal would obey.
    static func harmless(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            case .format, .surrogate, .privateUse, .unassigned: "\u{FFFD}"
            default: scalar
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view).split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}
