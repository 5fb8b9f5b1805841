// What other rooms keep with a queue, found again by its type: mail keeps its mailer here, so that a job knows how mails
// leave without the engine knowing what a mail is.

import Synchronization

/// Values kept with a queue, one of each type.
final class QueueParts: Sendable {
    private let parts = Mutex<[ObjectIdentifier: any Sendable]>([:])

    func set<Part: Sendable>(_ part: Part) {
        parts.withLock { $0[ObjectIdentifier(Part.self)] = part }
    }

    func get<Part: Sendable>(_ type: Part.Type) -> Part? {
        parts.withLock { $0[ObjectIdentifier(type)] } as? Part
    }
}

extension JobQueue {
    /// Keeps a value with the queue, in place of another of its type.
    package func keep<Part: Sendable>(_ part: Part) { parts.set(part) }

    /// The value of a type that is kept with the queue.
    package func part<Part: Sendable>(_ type: Part.Type) -> Part? { parts.get(type) }
}

/// A job that carries its data instead of naming it, and so may be larger than others.
package protocol CarriesData: Job {
    /// How many bytes its encoded form may have.
    static var payloadLimit: Int { get }
}
