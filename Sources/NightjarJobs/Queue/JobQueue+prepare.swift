// From a job to what a backend stores: its options overlaid, its value and its context written down, its time decided.
// Whatever is wrong with it is said here, before anything was accepted.

package import struct Foundation.Date

extension JobQueue {
    /// The job as a backend stores it.
    package func prepare<J: Job>(_ job: J, delay: Duration?, at date: Date?, options: JobOptions?) throws -> NewJob {
        try prepare(
            try registry.definition(of: J.self), delay, date, options, context?.capture()?.detached(),
            parent: JobContext.current?.id
        ) { spec in try payload(of: job, spec) { TypedJob($0) } }
    }

    /// The same for a job that neither a request nor another job asked for.
    func prepareForNobody<J: Job>(_ job: J, options: JobOptions?) throws -> NewJob {
        try prepare(try registry.definition(of: J.self), nil, nil, options, nil, parent: nil) { spec in
            try payload(of: job, spec) { TypedJob($0) }
        }
    }

    /// The same for a value of a named worker's handler.
    func prepare(
        _ definition: JobDefinition, delay: Duration?, at date: Date?, options: JobOptions?,
        _ payload: (JobSpec) throws -> JobPayload
    ) throws -> NewJob {
        try prepare(
            definition, delay, date, options, context?.capture()?.detached(), parent: JobContext.current?.id, payload)
    }

    private func prepare(
        _ definition: JobDefinition, _ delay: Duration?, _ date: Date?, _ options: JobOptions?,
        _ captured: (any CapturedContext)?, parent: JobID?, _ payload: (JobSpec) throws -> JobPayload
    ) throws -> NewJob {
        let spec = try options.map { try self.spec(of: definition, with: $0) } ?? definition.spec
        let now = clock.now
        let due = try self.due(now, delay ?? options?.delay ?? definition.options.delay, date, spec)
        return hooks.draft(
            NewJob(
                id: JobID(), spec: spec, payload: try payload(spec),
                context: try captured.map { try snapshot($0) } ?? .none,
                parent: parent, requestID: captured?.requestID, createdAt: now, dueAt: due))
    }

    func payload<Value: Codable & Sendable>(
        of value: Value, _ spec: JobSpec, _ runnable: (Value) -> any RunnableJob
    ) throws -> JobPayload {
        if keepsValues {
            #if DEBUG
                // What could not be stored is found here and now, not on the day the backend changes.
                let bytes = try encode(value, spec)
                do { return .live(runnable(try JSON.decode(Value.self, from: bytes))) } catch {
                    throw QueueError.notEncodable(job: spec.name, reason: "it cannot be decoded again (\(error)).")
                }
            #else
                return .live(runnable(value))
            #endif
        }
        return .encoded(try encode(value, spec))
    }

    private func encode(_ value: some Encodable, _ spec: JobSpec) throws -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try JSON.encode(value) } catch {
            throw QueueError.notEncodable(job: spec.name, reason: "\(error).")
        }
        let limit = max(configuration.payloadLimit, (type(of: value) as? any CarriesData.Type)?.payloadLimit ?? 0)
        guard bytes.count <= limit else {
            throw QueueError.tooLarge(job: spec.name, bytes: bytes.count, limit: limit)
        }
        return bytes
    }

    private func snapshot(_ captured: any CapturedContext) throws -> ContextSnapshot {
        if keepsValues { return .live(captured) }
        return try captured.encode().map { .encoded($0) } ?? .none
    }

    private func spec(of definition: JobDefinition, with options: JobOptions) throws -> JobSpec {
        if let complaint = options.complaint {
            throw QueueError.invalid("\(definition.name) was not accepted: \(complaint).")
        }
        if let retry = options.retry, !keepsValues {
            do { _ = try JSON.encode(retry) } catch {
                throw QueueError.notEncodable(job: definition.name, reason: "its retry policy is code (\(error)).")
            }
        }
        return JobSpec(
            name: definition.name, version: definition.version,
            options: definition.options.overlaid(with: options), callRetry: options.retry,
            defaults: configuration.defaults)
    }

    func due(_ now: Timestamp, _ delay: Duration?, _ date: Date?, _ spec: JobSpec) throws -> Timestamp {
        let name = spec.name
        if let delay, delay < .zero {
            throw QueueError.invalid("\(name) was not accepted: its delay is negative (\(delay)).")
        }
        let due = date.map { max(now, Timestamp($0)) } ?? (now + (delay ?? .zero))
        if let expires = spec.expires, due >= now + expires {
            throw QueueError.invalid(
                "\(name) was not accepted: it would expire after \(expires), before it is due (in \(due - now)).")
        }
        return due
    }
}
