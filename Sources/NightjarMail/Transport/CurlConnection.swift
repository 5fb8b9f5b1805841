// One libcurl handle with the connection it keeps, on a queue of its own.
//
// Everything that touches the handle runs on the queue: libcurl is synchronous, and a handle belongs to one thread at a
// time. A connection that turns out to be dead when it is used again costs one more try on a fresh one, before the
// server has been told anything; every other failure is the caller's to judge.

import CNightjarCurl
import Dispatch
import Foundation

// What makes @unchecked true: `handle`, `errors`, `lastUse` and `isTimerSet` are touched on `queue` alone.
final class CurlConnection: @unchecked Sendable {
    private let configuration: SMTPConfiguration
    private let mask: SecretMask
    private let queue = DispatchQueue(label: "nightjar.mail.smtp", qos: .utility)
    private let errors: UnsafeMutablePointer<CChar>
    private var handle: UnsafeMutableRawPointer?
    private var lastUse = ContinuousClock.now
    private var isTimerSet = false

    init(_ configuration: SMTPConfiguration) {
        self.configuration = configuration
        self.mask = configuration.credentials.map { SecretMask(user: $0.user, secret: $0.secret.value) } ?? SecretMask()
        self.errors = .allocate(capacity: Int(CURL_ERROR_SIZE))
        self.errors.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        // The blocks on the queue, the timer among them, hold references; when none is left nobody uses the handle.
        if let handle { nightjar_curl_close(handle) }
        errors.deallocate()
    }

    /// Sends one mail; the calling task waits, no thread of the cooperative pool does.
    func send(_ transfer: CurlTransfer) async throws -> MailReport {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.perform(transfer) })
                self.closeWhenIdle()
            }
        }
    }

    /// Says QUIT and frees the connection; the next mail opens another.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.cleanUp()
                continuation.resume()
            }
        }
    }

    private func closeWhenIdle() {
        lastUse = .now
        if !isTimerSet { closeWhenIdle(after: configuration.idle) }
    }

    private func closeWhenIdle(after wait: Duration) {
        isTimerSet = true
        queue.asyncAfter(deadline: .now() + wait.seconds) {
            let left = self.configuration.idle - (ContinuousClock.now - self.lastUse)
            if left > .zero { return self.closeWhenIdle(after: left) }
            self.isTimerSet = false
            self.cleanUp()
        }
    }

    private func cleanUp() {
        if let handle { nightjar_curl_close(handle) }
        handle = nil
    }

    private func perform(_ transfer: CurlTransfer) throws -> MailReport {
        if transfer.isCancelled { throw CancellationError() }
        var (attempt, ending, isReused) = run(transfer, isFresh: false)
        if isReused, !attempt.isHandedOver, attempt.isStale, case .lost = ending {
            (attempt, ending, isReused) = run(transfer, isFresh: true)
        }
        let wasTaken = attempt.dialogue.step == .end && attempt.isHandedOver
        if ending == .cancelled, !wasTaken { throw CancellationError() }
        let outcomes = SMTPVerdict.outcomes(
            attempt.dialogue,
            ending,
            recipients: transfer.envelope.recipients.count,
            handedOver: attempt.isHandedOver,
            server: "\(configuration.host):\(configuration.port)"
        )
        return MailReport(transfer.envelope.recipients, outcomes, dialogue: attempt.dialogue.lines)
    }

    private func run(_ transfer: CurlTransfer, isFresh: Bool) -> (CurlAttempt, SMTPEnding, isReused: Bool) {
        let attempt = CurlAttempt(transfer, mask: mask)
        guard let handle = handle ?? makeHandle() else {
            return (attempt, .misconfigured("libcurl could not be prepared"), false)
        }
        self.handle = handle
        errors.pointee = 0
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        for recipient in transfer.envelope.recipients {
            recipients = curl_slist_append(recipients, "<\(recipient.address)>")
        }
        nightjar_curl_set_number(handle, CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0)
        nightjar_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(transfer.envelope.sender.address)>")
        nightjar_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
        // The size lets a server refuse at once. Left out when dots will be doubled: libcurl counts the doubled ones
        // when it compares what it has sent with the size, and could stop early.
        let size = LineEnds.hasLeadingDot(transfer.message) ? -1 : Int64(transfer.message.count)
        nightjar_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, size)

        let code = withExtendedLifetime(attempt) {
            let context = Unmanaged.passUnretained(attempt).toOpaque()
            nightjar_curl_set_read(handle, CurlCallbacks.read, context)
            nightjar_curl_set_debug(handle, CurlCallbacks.debug, context)
            nightjar_curl_set_progress(handle, CurlCallbacks.progress, context)
            return nightjar_curl_perform(handle)
        }
        let detail = String(cString: errors)
        let text = mask.applied(to: detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail)
        let isReused = code != CURLE_OK && nightjar_curl_number(handle, CURLINFO_NUM_CONNECTS) == 0
        nightjar_curl_set_list(handle, CURLOPT_MAIL_RCPT, nil)
        return (attempt, SMTPEnding(code, text), isReused)
    }

    private func makeHandle() -> UnsafeMutableRawPointer? {
        guard nightjar_curl_prepare() == CURLE_OK, let handle = curl_easy_init() else { return nil }
        CurlOptions.apply(configuration, to: handle)
        nightjar_curl_set_buffer(handle, CURLOPT_ERRORBUFFER, errors)
        return handle
    }
}

extension CurlAttempt {
    /// Whether the server had hung up before it was told anything: no answer at all, or a goodbye in place of one.
    fileprivate var isStale: Bool {
        dialogue.replies.values.allSatisfy { $0.code == 421 }
    }
}

private enum CurlCallbacks {
    static let read: nightjar_curl_read = { buffer, size, count, context in
        guard let buffer, let context else { return 0 }
        let attempt = Unmanaged<CurlAttempt>.fromOpaque(context).takeUnretainedValue()
        return attempt.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }

    static let debug: nightjar_curl_debug = { _, type, data, size, context in
        guard let data, let context, type == CURLINFO_HEADER_IN || type == CURLINFO_HEADER_OUT else { return 0 }
        let attempt = Unmanaged<CurlAttempt>.fromOpaque(context).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: data, count: size)
        attempt.note(String(decoding: bytes, as: UTF8.self), isSent: type == CURLINFO_HEADER_OUT)
        return 0
    }

    static let progress: nightjar_curl_progress = { context, _, _, _, _ in
        guard let context else { return 0 }
        return Unmanaged<CurlAttempt>.fromOpaque(context).takeUnretainedValue().transfer.isCancelled ? 1 : 0
    }
}
