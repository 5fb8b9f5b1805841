// What the small tables say, kept in memory: they only grow, so what was read once stays true.
//
// Filled by the writer in its transactions and by readers; emptied by the writer before it rolls back, because then an id
// it gave out may be given to something else.

import NightjarJobs
import Synchronization

final class Catalog: Sendable {
    private struct Tables: Sendable {
        var specs: [Int64: (stored: StoredSpec, spec: JobSpec)] = [:]
        var specIDs: [String: Int64] = [:]
        var queueIDs: [String: Int64] = [:]
        var workerIDs: [String: Int64] = [:]
        var isFull = false
    }

    private let tables = Mutex(Tables())

    /// How many kinds of specification get a row of their own: past that, whatever an app varies with each call is stored
    /// with the job instead of filling a table for ever.
    static let sharedSpecs = 1000

    func specID(_ json: String) -> Int64? { tables.withLock { $0.specIDs[json] } }
    func queueID(_ name: String) -> Int64? { tables.withLock { $0.queueIDs[name] } }
    func workerID(_ name: String) -> Int64? { tables.withLock { $0.workerIDs[name] } }

    func noteSpec(_ json: String, _ id: Int64) { tables.withLock { $0.specIDs[json] = id } }
    func noteQueue(_ name: String, _ id: Int64) { tables.withLock { $0.queueIDs[name] = id } }
    func noteWorker(_ name: String, _ id: Int64) { tables.withLock { $0.workerIDs[name] = id } }

    /// Whether there are as many already, whichever process added them.
    var isFull: Bool { tables.withLock { $0.isFull } }
    func noteFull() { tables.withLock { $0.isFull = true } }

    /// The version of a specification that this program does not understand: a newer release has words that this one never
    /// heard. Its job waits for a program that does, as one of a newer type does, and is listed by its name.
    static let unreadable = Int.max

    /// A job's specification: the shared object, unless something is this job's alone.
    func spec(_ id: Int64, extra: String?, load: (Int64) throws -> (name: String, json: String)?) throws -> JobSpec {
        let shared = try sharedSpec(id, load)
        guard let extra else { return shared.spec }
        guard let own = try? StoredJSON.decode(StoredExtra.self, from: extra) else {
            return JobSpec(
                name: shared.spec.name, version: Self.unreadable, queue: shared.spec.queue,
                priority: shared.spec.priority)
        }
        return shared.stored.spec(with: own)
    }

    func forget() { tables.withLock { $0 = Tables() } }

    private func sharedSpec(
        _ id: Int64, _ load: (Int64) throws -> (name: String, json: String)?
    ) throws -> (stored: StoredSpec, spec: JobSpec) {
        if let known = tables.withLock({ $0.specs[id] }) { return known }
        guard let (name, json) = try load(id) else {
            throw SQLiteFailure.corrupt("a job's specification is missing")
        }
        let stored =
            (try? StoredJSON.decode(StoredSpec.self, from: json))
            ?? StoredSpec(
                JobSpec(name: name, version: Self.unreadable, queue: StoredSpec.queue(in: json) ?? "default"))
        let shared = (stored, stored.spec())
        tables.withLock { $0.specs[id] = shared }
        return shared
    }
}
