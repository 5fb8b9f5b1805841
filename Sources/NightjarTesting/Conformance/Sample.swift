// What the suite stores: a text, alive for a backend that keeps values, as bytes for all others.

import Logging
import NightjarJobs

enum Sample {
    static func payload(_ text: String, for traits: BackendTraits) -> JobPayload {
        traits.keepsValues ? .live(SampleJob(text: text)) : .encoded(bytes(text))
    }

    static func context(_ text: String, for traits: BackendTraits) -> ContextSnapshot {
        traits.keepsValues ? .live(SampleContext(text: text)) : .encoded(bytes(text))
    }

    static func output(_ text: String, for traits: BackendTraits) -> JobOutput {
        traits.keepsValues ? .live(text) : .encoded(bytes(text))
    }

    static func text(of payload: JobPayload?) -> String? {
        switch payload {
        case .live(let job as SampleJob): job.text
        case .encoded(let bytes): text(bytes)
        default: nil
        }
    }

    static func text(of context: ContextSnapshot) -> String? {
        switch context {
        case .live(let context as SampleContext): context.text
        case .encoded(let bytes): text(bytes)
        default: nil
        }
    }

    static func text(of output: JobOutput) -> String? {
        switch output {
        case .live(let text as String): text
        case .encoded(let bytes): text(bytes)
        default: nil
        }
    }

    // Bytes that are no text in any encoding, so that a backend which takes them for one is found out.
    private static func bytes(_ text: String) -> [UInt8] { [0, 0xFF, 0x22, 0x0A] + Array(text.utf8) }

    private static func text(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: [0, 0xFF, 0x22, 0x0A]) else { return nil }
        return String(decoding: bytes.dropFirst(4), as: UTF8.self)
    }
}

final class SampleJob: RunnableJob {
    let text: String

    init(text: String) { self.text = text }

    func run(_ context: JobContext) async throws -> JobOutput { .live(text) }
    func encode(_ output: any Sendable) throws -> [UInt8] { Array("\(output)".utf8) }
}

struct SampleContext: CapturedContext {
    let text: String
    var logMetadata: Logger.Metadata { [:] }

    func encode() throws -> [UInt8]? { Array(text.utf8) }
    func detached() throws -> any CapturedContext { self }
    func bind(_ job: JobContext, _ body: () async throws -> JobOutput) async throws -> JobOutput { try await body() }
}
