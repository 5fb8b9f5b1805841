// A mail server that says yes to everything and keeps nothing: one thread for each connection, as little work as possible,
// so that what is measured is the sender.

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

final class Sink: Sendable {
    struct CannotListen: Error {}

    let port: Int
    private let count = Atomic<Int>(0)

    /// How many connections were made so far.
    var connections: Int { count.load(ordering: .relaxed) }

    init() throws {
        #if canImport(Glibc)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound else { throw CannotListen() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [weak self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                self?.count.add(1, ordering: .relaxed)
                Thread { Self.serve(connection) }.start()
            }
        }
        .start()
    }

    private static func serve(_ connection: Int32) {
        defer { close(connection) }
        func say(_ text: StaticString) { _ = send(connection, text.utf8Start, text.utf8CodeUnitCount, 0) }
        say("220 sink ESMTP\r\n")
        var rest: [UInt8] = []
        var inMail = false
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let read = recv(connection, &chunk, chunk.count, 0), read > 0 {
            rest += chunk[..<read]
            while true {
                if inMail {
                    // Only the end matters: a client waits for the answer before it says anything else.
                    guard rest.suffix(5).elementsEqual("\r\n.\r\n".utf8) else { break }
                    rest = []
                    inMail = false
                    say("250 2.0.0 taken\r\n")
                } else {
                    guard let end = rest.firstIndex(of: 10) else { break }
                    let line = rest[...end]
                    rest = Array(rest[(end + 1)...])
                    if line.starts(with: "DATA".utf8) {
                        inMail = true
                        say("354 go on\r\n")
                    } else if line.starts(with: "QUIT".utf8) {
                        say("221 2.0.0 bye\r\n")
                        return
                    } else {
                        say("250 2.0.0 ok\r\n")
                    }
                }
            }
        }
    }
}
