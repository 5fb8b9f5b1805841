// Where jobs are kept. Everything a queue, a worker, the command line and the status pages need of a store, in batches.
//
//     background ──insert──►┐                       ┌──claim──► worker ──settle──►
//                           │   a backend's jobs    │             │ renew (heartbeat, progress)
//     operators ──cancel───►┘   requeue, delete,    └◄──rescue────┘ (its lease ran out)
//                               pause, prune, list
//
// Ownership. A claim raises the job's `lease` number and puts a time on it. Settling and renewing name the number they
// were given; with an old one they change nothing and the answer says so. That is the whole fence: whoever was declared
// dead and comes back late finds the door closed.
//
// Time. `clock` is the store's. What is due, and whose lease ran out, is decided with it and with nothing else.
//
// Failure. Every method may throw; the caller logs, waits and tries again, so none may leave half a batch behind.

/// A store of jobs. The conformance suite in `NightjarTesting` is the full contract.
public protocol JobBackend: Sendable {
    /// What an accepted job survives, and whether values are kept as they are.
    var traits: BackendTraits { get }

    /// The store's time.
    var clock: JobClock { get }

    /// Makes the store ready; called once before anything else.
    func open() async throws

    /// Ends the use of the store; nothing is called afterwards.
    func close() async

    /// Stores new jobs: all of them or none. Whether a unique key is free is decided in the same step.
    /// - Throws: ``QueueError/full(limit:)`` if they would exceed the limit of waiting jobs.
    func insert(_ jobs: [NewJob]) async throws -> [Insertion]

    /// Hands out jobs that are due, best first, each with a new lease and its progress back at nothing. Calls off those
    /// that expired.
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob]

    /// Writes down what became of attempts. Answers, one for each, whether it was still the owner's to say. A job that was
    /// called off while it ran does not wait again: what would make it wait makes it `cancelled`.
    func settle(_ settlements: [Settlement]) async throws -> [Bool]

    /// Prolongs leases and stores progress. Answers, one for each, whether the lease still holds.
    func renew(_ renewals: [Renewal]) async throws -> [LeaseState]

    /// Takes back jobs whose lease ran out. The attempt is not counted but the crash is, and the fourth makes it `failed`.
    func rescue() async throws -> [JobRecord]

    /// When the next waiting job falls due, if any; it need not be of these queues if that is costly to know.
    func nextDue(in queues: QueueSelection) async throws -> Timestamp?

    /// Calls jobs off: a waiting one at once, a running one by telling its worker. Answers with those it applied to.
    func cancel(_ ids: [JobID]) async throws -> [JobID]

    /// Gives jobs that have not started another due time. Answers with those it applied to.
    func reschedule(_ ids: [JobID], at due: Timestamp) async throws -> [JobID]

    /// Brings `failed` and `cancelled` jobs back with all their attempts. Answers with those it applied to.
    func requeue(_ ids: [JobID], at due: Timestamp) async throws -> [JobID]

    /// Removes jobs that are not running.
    func delete(_ ids: [JobID]) async throws -> [JobID]

    /// Stops or resumes handing out a queue's jobs.
    func setPaused(_ paused: Bool, queue: String) async throws

    /// Moves a schedule on and stores the job of its firing, in one step, unless it stands elsewhere by now. A paused one
    /// moves without the job.
    func move(_ schedule: ScheduleMove) async throws -> ScheduleAnswer

    /// How far schedules have come, by name. They are remembered for good, whatever is pruned.
    func schedules() async throws -> [ScheduleRecord]

    /// Stops or resumes a schedule, known or not. A resumed one stands where the clock is: it has missed nothing.
    func setPaused(_ paused: Bool, schedule: String) async throws

    /// Removes what has been kept long enough, in small steps. Answers how many jobs.
    func prune(_ retention: Retention) async throws -> Int

    /// The jobs with these ids, in the same order; `nil` for unknown ones.
    func records(_ ids: [JobID]) async throws -> [JobRecord?]

    /// Jobs that match a filter.
    func list(_ filter: JobFilter) async throws -> [JobRecord]

    /// What is in every queue.
    func counts() async throws -> [QueueCounts]

    /// Who runs jobs now, for a backend that several processes share; nobody if it does not know.
    func workers() async throws -> [WorkerRecord]

    /// Registers for news. The subscriber is called from any thread, must return at once, and is kept for good.
    func subscribe(_ subscriber: @escaping @Sendable (BackendNews) -> Void)
}

extension JobBackend {
    /// Nobody.
    public func workers() async throws -> [WorkerRecord] { [] }
}

/// What a backend promises and how it wants its jobs.
public struct BackendTraits: Sendable {
    /// What an accepted job survives.
    public enum Durability: String, Codable, Sendable {
        /// The end of nothing: jobs live as long as the process.
        case process
        /// The process and its machine's restart: jobs are on this disk.
        case disk
        /// This machine: jobs are on a server.
        case server
    }

    /// The name under which configuration selects it, such as `memory`.
    public var name: String
    /// What an accepted job survives.
    public var durability: Durability
    /// Whether jobs, contexts and outputs are kept as values, not as bytes.
    public var keepsValues: Bool

    /// Traits.
    public init(name: String, durability: Durability, keepsValues: Bool = false) {
        self.name = name
        self.durability = durability
        self.keepsValues = keepsValues
    }
}

/// Something a backend has to tell.
public enum BackendNews: Sendable {
    /// There may be a job to claim now.
    case ready
    /// There may be a job to claim at a moment that is nearer than expected.
    case due(Timestamp)
    /// These jobs changed state or progress.
    case changed([JobID])
    /// These running jobs are to be cancelled.
    case cancelRequested([JobID])
    /// A worker elsewhere has died: its jobs can be rescued now.
    case workerLost
    /// Anything may have changed: news from elsewhere did not get through.
    case missed
}
