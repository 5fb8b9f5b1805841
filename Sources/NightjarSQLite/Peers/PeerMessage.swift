// What processes on one database tell each other: the backend's news, as few bytes as they come to.
//
//     1 hello + 16 bytes name     3 due + 8 bytes            6 missed
//     2 ready                     4 changed, 5 cancel + count + ids of 16 bytes
//
// Every message is small enough to be written to a pipe in one piece, whoever else writes at the same time. A reader that
// finds something it does not understand passes over what it has and treats it as "something was missed".

import NightjarJobs

enum PeerMessage: Sendable {
    case hello(member: String)
    case news(BackendNews)

    /// How many ids one message holds; with its head it stays under the 512 bytes that every system writes in one piece.
    static let idsPerMessage = 31

    /// The messages that news come to.
    static func encode(_ news: [BackendNews]) -> [[UInt8]] {
        news.flatMap { item -> [[UInt8]] in
            switch item {
            case .ready: [[2]]
            case .due(let moment): [[3] + bytes(UInt64(bitPattern: moment.microseconds))]
            case .changed(let ids): encode(4, ids)
            case .cancelRequested(let ids): encode(5, ids)
            case .missed: [[6]]
            // Every process finds out for itself who died.
            case .workerLost: []
            }
        }
    }

    static func hello(_ member: String) -> [UInt8] { [1] + Array(member.utf8.prefix(16)) }

    /// The messages in what was read from a pipe.
    static func decode(_ bytes: [UInt8]) -> [PeerMessage] {
        var messages: [PeerMessage] = []
        var rest = bytes[...]
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        while let kind = rest.popFirst() {
            switch kind {
            case 1:
                guard let name = take(16) else { return messages + [.news(.missed)] }
                messages.append(.hello(member: String(decoding: name, as: UTF8.self)))
            case 2: messages.append(.news(.ready))
            case 3:
                guard let moment = take(8) else { return messages + [.news(.missed)] }
                messages.append(.news(.due(Timestamp(microseconds: Int64(bitPattern: word(moment))))))
            case 4, 5:
                guard let count = rest.popFirst(), let raw = take(Int(count) * 16) else {
                    return messages + [.news(.missed)]
                }
                let ids = stride(from: raw.startIndex, to: raw.endIndex, by: 16).map { start in
                    JobID(high: word(raw[start..<start + 8]), low: word(raw[start + 8..<start + 16]))
                }
                messages.append(.news(kind == 4 ? .changed(ids) : .cancelRequested(ids)))
            case 6: messages.append(.news(.missed))
            default: return messages + [.news(.missed)]
            }
        }
        return messages
    }

    private static func encode(_ kind: UInt8, _ ids: [JobID]) -> [[UInt8]] {
        stride(from: 0, to: ids.count, by: idsPerMessage).map { start in
            let part = ids[start..<min(start + idsPerMessage, ids.count)]
            var message: [UInt8] = [kind, UInt8(part.count)]
            message.reserveCapacity(2 + 16 * part.count)
            for id in part {
                message += bytes(id.high)
                message += bytes(id.low)
            }
            return message
        }
    }

    private static func bytes(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
