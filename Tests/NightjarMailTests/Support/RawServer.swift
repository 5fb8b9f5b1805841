// A mail server of the smallest kind, which keeps every byte it gets and misbehaves exactly as told.

import Foundation
import Synchronization

final class RawServer: Sendable {
    enum Answer: Sendable {
        case say(String)
        case sayAndHangUp(String)
        case hangUp
        case silence
    }

    /// What to answer; `command` is a line, `greeting` at first, or `.` for the end of a mail; `connection` counts
    /// from 0.
    typealias Script = @Sendable (_ command: String, _ connection: Int) -> Answer

    private struct State {
        var received: [[UInt8]] = []
        var open: [Int32] = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let script: Script

    init(_ script: @escaping Script = { command, _ in RawServer.obliging(command) }) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw SetupError(description: "No port on 127.0.0.1 is free.") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [weak self] in
            while case let peer = accept(descriptor, nil, nil), peer >= 0 {
                guard let self else { break }
                let index = self.state.withLock { state in
                    state.received.append([])
                    state.open.append(peer)
                    return state.received.count - 1
                }
                Thread { self.serve(peer, index) }.start()
            }
            // Closed here and not by stop(): another server could get the number while this thread still accepts on it.
            close(descriptor)
        }
        .start()
    }

    /// An answer that lets every mail through.
    static func obliging(_ command: String) -> Answer {
        switch command.prefix(4).uppercased() {
        case "GREE": .say("220 raw.invalid ready")
        case "EHLO": .say("250-raw.invalid\r\n250 SIZE 1000000")
        case "DATA": .say("354 go on")
        case "QUIT": .sayAndHangUp("221 bye")
        default: .say("250 ok")
        }
    }

    /// Everything each connection has sent.
    var received: [String] { state.withLock { $0.received.map { String(decoding: $0, as: UTF8.self) } } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for peer in state.open { shutdown(peer, Int32(SHUT_RDWR)) }
        }
    }

    private func serve(_ peer: Int32, _ index: Int) {
        defer {
            state.withLock { state in
                state.open.removeAll { $0 == peer }
                close(peer)
            }
        }
        var buffer: [UInt8] = []
        var inMail = false
        guard answer(peer, script("greeting", index)) else { return }
        while true {
            let mark: [UInt8] = inMail ? Array("\r\n.\r\n".utf8) : Array("\r\n".utf8)
            while let end = buffer.firstRange(of: mark) {
                let line = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                buffer = Array(buffer[end.upperBound...])
                let action = script(inMail ? "." : line, index)
                guard answer(peer, action) else { return }
                if inMail {
                    inMail = false
                    break
                }
                if case .say(let text) = action, text.hasPrefix("354") {
                    inMail = true
                    break
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(peer, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            buffer += chunk[..<count]
            state.withLock { $0.received[index] += chunk[..<count] }
        }
    }

    /// Whether the connection goes on.
    private func answer(_ peer: Int32, _ answer: Answer) -> Bool {
        switch answer {
        case .say(let text), .sayAndHangUp(let text):
            let bytes = Array((text + "\r\n").utf8)
            _ = send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            if case .sayAndHangUp = answer { return false }
            return true
        case .hangUp: return false
        case .silence: return true
        }
    }
}
