// Dead letters that died of the same thing. Pure.
//
// Two errors are the same if their types are, and their messages once numbers and ids in them are left aside: "no order 17"
// and "no order 18" are one trouble, not two.

import NightjarJobs

/// Dead letters of one kind of job with one kind of error.
struct DeadGroup: Sendable {
    var name: String
    var error: String
    /// The message of the latest.
    var message: String
    var queues: Set<String>
    var ids: [JobID]
    var first: Timestamp
    var latest: Timestamp
}

struct DeadGroups: Sendable {
    private struct Key: Hashable {
        var name: String
        var error: String
        var message: String
    }

    /// How many ids are kept as examples.
    private static let examples = 5
    private var groups: [Key: (group: DeadGroup, count: Int)] = [:]

    /// How many there are in all.
    private(set) var count = 0

    mutating func add(_ job: JobRecord) {
        let failure = job.failures.last
        let message = failure?.message ?? "no reason is kept"
        let at = job.finishedAt ?? job.createdAt
        let key = Key(name: job.spec.name, error: failure?.type ?? "Unknown", message: Self.pattern(message))
        count += 1
        guard var (group, count) = groups[key] else {
            groups[key] = (
                DeadGroup(
                    name: job.spec.name, error: key.error, message: message, queues: [job.spec.queue], ids: [job.id],
                    first: at, latest: at), 1
            )
            return
        }
        group.queues.insert(job.spec.queue)
        if group.ids.count < Self.examples { group.ids.append(job.id) }
        group.first = min(group.first, at)
        if at >= group.latest {
            group.latest = at
            group.message = message
        }
        count += 1
        groups[key] = (group, count)
    }

    /// The groups, the largest first.
    var sorted: [(group: DeadGroup, count: Int)] {
        groups.values.sorted { left, right in
            (right.count, left.group.name, left.group.error, left.group.message)
                < (left.count, right.group.name, right.group.error, right.group.message)
        }
    }

    /// A message without what differs from job to job: every word with a digit in it is "#".
    static func pattern(_ message: String) -> String {
        var pattern = ""
        var word = ""
        func flush() {
            pattern += word.contains(where: \.isNumber) ? "#" : word
            word = ""
        }
        for character in message {
            if character.isLetter || character.isNumber || character == "-" {
                word.append(character)
            } else {
                flush()
                pattern.append(character)
            }
        }
        flush()
        return pattern
    }
}
