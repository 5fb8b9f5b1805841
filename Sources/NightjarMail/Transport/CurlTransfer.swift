// One mail on its way: what is to be sent, and the flag that stops it.

import Synchronization

final class CurlTransfer: Sendable {
    /// The mail with every line ended by CRLF.
    let message: [UInt8]
    let envelope: MailEnvelope
    private let flag = Atomic<Bool>(false)

    init(_ message: [UInt8], _ envelope: MailEnvelope) {
        self.message = LineEnds.terminated(LineEnds.normalised(message))
        self.envelope = envelope
    }

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() { flag.store(true, ordering: .releasing) }
}

/// What libcurl's callbacks read and write while one attempt runs, on the connection's thread only.
final class CurlAttempt {
    let transfer: CurlTransfer
    var dialogue: SMTPDialogue
    private var offset = 0
    private(set) var isHandedOver = false

    init(_ transfer: CurlTransfer, mask: SecretMask) {
        self.transfer = transfer
        self.dialogue = SMTPDialogue(mask: mask)
    }

    /// Copies the next bytes of the mail; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, transfer.message.count - offset)
        if count > 0 { buffer.copyBytes(from: transfer.message[offset..<(offset + count)]) }
        offset += count
        if offset == transfer.message.count { isHandedOver = true }
        return count
    }

    /// Notes what libcurl shows of the dialogue.
    func note(_ text: String, isSent: Bool) {
        for line in text.split(whereSeparator: \.isNewline) {
            isSent ? dialogue.sent(String(line)) : dialogue.received(String(line))
        }
    }
}
