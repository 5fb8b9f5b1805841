// `@Job` shares its name with the protocol, as `@Observable` does: it is what makes a function one.
//
// `@JobType` says the same of a structure. It is another word because the compiler lets no attribute that adds members or
// a conformance stand before a function, and of two attributes of one name it takes the first, whatever stands behind it.

/// Makes a job of a function, static or global, that is found without being registered.
///
/// It writes a type beside the function: the function's name with a `$`. Its values are jobs.
/// ```swift
/// enum Chores {
///     @Job(queue: "low", retries: 3, timeout: .seconds(30))
///     static func resize(path: String, width: Int = 100) async throws -> Int { … }
/// }
///
/// try await request.background(Chores.$resize(path: "cat.png"))   // later, perhaps in another process
/// let size = try await Chores.resize(path: "cat.png")             // now, here: it is still a function
/// ```
/// The job is stored as the function's parameters, so each must be `Codable` and `Sendable`, and so must what it returns,
/// if anything. A parameter of the type ``JobContext`` is not stored; it is handed in at each attempt. A parameter with a
/// default, or an optional one, may be missing in a stored job: it can be added while jobs wait. Each is stored under its
/// inner name, so renaming `width` in `to width: Int` is a change of what is stored.
///
/// Every argument may be left out; what is left out stays as the queue says (see ``JobOptions``).
///
/// - Parameters:
///   - name: The name jobs are stored under: a string literal. The module and the path, such as `MyApp.Chores.resize`,
///     unless you give one. It must not change while jobs wait; see `aliases`.
///   - queue: The queue.
///   - priority: The priority inside its queue: higher runs first.
///   - retries: How often a failed job is tried again, with the default delays; 0 for a single attempt.
///   - retry: How often and when it is tried again. Not together with `retries`.
///   - timeout: How long one attempt may take.
///   - onTimeout: What becomes of an attempt that took too long.
///   - delay: How long to wait before the first attempt.
///   - expires: How long the job is still worth starting.
///   - unique: Which other jobs count as the same one.
///   - tags: Words to find the job by.
///   - metadata: Values that travel with the job.
///   - storesResult: Whether what it returns is kept.
///   - aliases: What it was called before: string literals. Jobs that still wait under such a name are run by it.
///   - version: Which shape its parameters have, counted from 1: an integer literal. Raise it when stored jobs could no
///     longer be read, and say in ``Job/upgrade(_:)`` how older ones become new ones.
@attached(peer, names: prefixed(`$`))
public macro Job(
    name: String? = nil,
    queue: String? = nil,
    priority: Int? = nil,
    retries: Int? = nil,
    retry: RetryPolicy? = nil,
    timeout: Duration? = nil,
    onTimeout: TimeoutPolicy? = nil,
    delay: Duration? = nil,
    expires: Duration? = nil,
    unique: UniquePolicy? = nil,
    tags: [String] = [],
    metadata: [String: String] = [:],
    storesResult: Bool? = nil,
    aliases: [String] = [],
    version: Int? = nil
) = #externalMacro(module: "NightjarMacros", type: "JobMacro")

/// Makes a job of a structure with a `run(_:)`, that is found without being registered.
///
/// ```swift
/// @JobType(queue: "low")
/// struct Digest {
///     var day: String
///     var limit = 10
///     func run(_ context: JobContext) async throws { … }
/// }
/// ```
/// It adds the conformance to ``Job``, the name, the options and the list of properties; what the structure declares itself
/// stays. A property with a default may be missing in a stored job: it can be added while jobs wait.
///
/// Every argument may be left out; what is left out stays as the queue says (see ``JobOptions``).
///
/// - Parameters:
///   - name: The name jobs are stored under: a string literal. The module and the path, such as `MyApp.Chores.resize`,
///     unless you give one. It must not change while jobs wait; see `aliases`.
///   - queue: The queue.
///   - priority: The priority inside its queue: higher runs first.
///   - retries: How often a failed job is tried again, with the default delays; 0 for a single attempt.
///   - retry: How often and when it is tried again. Not together with `retries`.
///   - timeout: How long one attempt may take.
///   - onTimeout: What becomes of an attempt that took too long.
///   - delay: How long to wait before the first attempt.
///   - expires: How long the job is still worth starting.
///   - unique: Which other jobs count as the same one.
///   - tags: Words to find the job by.
///   - metadata: Values that travel with the job.
///   - storesResult: Whether what it returns is kept.
///   - aliases: What it was called before: string literals. Jobs that still wait under such a name are run by it.
///   - version: Which shape its properties have, counted from 1: an integer literal. Raise it when stored jobs could no
///     longer be read, and say in ``Job/upgrade(_:)`` how older ones become new ones.
@attached(
    member, names: named(name), named(options), named(aliases), named(version), named(parameters), named(jobRecord))
@attached(
    extension, conformances: Job, names: named(CodingKeys), named(init(from:)), named(encode(to:)))
public macro JobType(
    name: String? = nil,
    queue: String? = nil,
    priority: Int? = nil,
    retries: Int? = nil,
    retry: RetryPolicy? = nil,
    timeout: Duration? = nil,
    onTimeout: TimeoutPolicy? = nil,
    delay: Duration? = nil,
    expires: Duration? = nil,
    unique: UniquePolicy? = nil,
    tags: [String] = [],
    metadata: [String: String] = [:],
    storesResult: Bool? = nil,
    aliases: [String] = [],
    version: Int? = nil
) = #externalMacro(module: "NightjarMacros", type: "JobTypeMacro")
