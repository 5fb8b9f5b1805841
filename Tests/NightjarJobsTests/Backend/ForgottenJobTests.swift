import NightjarJobs
import Testing

@Suite("A forgotten job's place in memory")
struct ForgottenJobTests {
    private let request = ClaimRequest(queues: QueueSelection(["default"]), limit: 10, worker: "w")

    private func job(_ text: String) -> NewJob {
        let now = JobClock.system.now
        return NewJob(
            id: JobID(), spec: JobSpec(name: text), payload: .encoded(Array(text.utf8)), requestID: text,
            createdAt: now, dueAt: now)
    }

    @Test("whoever takes it over has nothing of the one before")
    func nothingLeft() async throws {
        let backend = MemoryBackend(retention: Retention(limit: 1))
        let (first, second, third) = (job("first"), job("second"), job("third"))
        _ = try await backend.insert([first])
        for _ in 0..<2 {
            let claimed = try #require(try await backend.claim(request).first)
            _ = try await backend.renew([
                Renewal(id: claimed.id, lease: claimed.lease, progress: JobProgress(fraction: 0.5, message: "half"))
            ])
            let failure = JobFailure(
                type: "Oops", message: "no", attempt: claimed.attempt, at: backend.clock.now, worker: "w")
            let ending: Disposition =
                claimed.attempt == 1 ? .retrying(at: backend.clock.now, failure) : .failed(failure)
            _ = try await backend.settle([Settlement(id: claimed.id, lease: claimed.lease, disposition: ending)])
        }
        // The second dead letter has the first forgotten.
        _ = try await backend.insert([second])
        let claimed = try #require(try await backend.claim(request).first)
        let failure = JobFailure(type: "Oops", message: "no", attempt: 1, at: backend.clock.now)
        _ = try await backend.settle([Settlement(id: claimed.id, lease: claimed.lease, disposition: .failed(failure))])
        #expect(try await backend.records([first.id])[0] == nil)

        _ = try await backend.insert([third])
        let record = try #require(try await backend.records([third.id]).first ?? nil)
        #expect(record.id == third.id)
        #expect(record.spec.name == "third")
        #expect(record.requestID == "third")
        #expect(record.state == .pending)
        #expect(record.attempt == 0)
        #expect(record.lease == 0)
        #expect(record.failures.isEmpty)
        #expect(record.progress == nil)
        #expect(record.worker == nil)
        #expect(record.startedAt == nil)
        #expect(record.finishedAt == nil)
        if case .none = record.output {} else { Issue.record("It has an output: \(record.output)") }
    }

    @Test("what the one before left in lines is nobody's turn")
    func staleTurns() async throws {
        let backend = MemoryBackend()
        for _ in 0..<50 {
            let (deleted, kept) = (job("deleted"), job("kept"))
            _ = try await backend.insert([deleted])
            _ = try await backend.delete([deleted.id])
            _ = try await backend.insert([kept])
            let claimed = try await backend.claim(request)
            #expect(claimed.map(\.id) == [kept.id])
            _ = try await backend.settle(
                claimed.map { Settlement(id: $0.id, lease: $0.lease, disposition: .completed(.none)) })
        }
    }
}
