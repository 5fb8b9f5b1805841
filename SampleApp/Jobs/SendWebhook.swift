import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Nightjar

/// Tells another system that something happened, and keeps trying while it is out of order.
@JobType(
    queue: "low", retry: .exponential(base: 2, maxAttempts: 6).jitter(0.1), timeout: .seconds(20), tags: ["webhook"])
struct SendWebhook {
    var url: String

    struct OutOfOrder: Error, CustomStringConvertible {
        let description: String
    }

    func run(_ context: JobContext) async throws -> String {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json",
            "user-agent": "Nightjar-Sample",
            // The same in every attempt, so that the receiver can tell a repetition from a second event.
            "idempotency-key": "\(context.id)",
            "x-attempt": "\(context.attempt)",
        ]
        request.body = .bytes(ByteBuffer(string: #"{"event":"sample.pressed","job":"\#(context.id)"}"#))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        switch response.status.code {
        case 200..<300: return "\(response.status.code) \(response.status.reasonPhrase)"
        case 429, 500...:
            throw OutOfOrder(description: "the receiver answered \(response.status.code)")
        default:
            throw Discard(reason: "the receiver refused it with \(response.status.code)")
        }
    }
}
