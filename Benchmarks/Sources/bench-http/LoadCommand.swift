// The visitor: a process of its own, so that what it uses is not the server's. A closed loop over keep-alive connections,
// on one thread with poll: each connection asks again as soon as it has its answer.

import ArgumentParser
import BenchKit
import Foundation

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Asks for a page again and again, and prints what came of it.",
        shouldDisplay: false)

    @Option var port: UInt16
    @Option var path = "/"
    @Option var connections = 32
    @Option var seconds = 3.0

    func run() throws {
        var load = try Load(port: port, path: path, connections: connections)
        var result = LoadResult.noAnswer(in: seconds)
        if try load.learnAnswer(within: seconds) {
            // Unmeasured at first: connections are being accepted, threads are starting.
            _ = try load.run(seconds: min(0.5, seconds / 4))
            result = try load.run(seconds: seconds)
        }
        print(result.requestsPerSecond, result.p50, result.p99)
    }
}

/// What a visit came to: requests per second, and microseconds to an answer.
struct LoadResult {
    let requestsPerSecond: Double
    let p50: Double
    let p99: Double

    /// What it is when the server does not answer at all.
    static func noAnswer(in seconds: Double) -> LoadResult {
        LoadResult(requestsPerSecond: 0, p50: seconds * 1e6, p99: seconds * 1e6)
    }
}

struct LoadError: Error, CustomStringConvertible {
    let description: String
}

private struct Load {
    private let request: [UInt8]
    private var polls: [pollfd] = []
    private var sentAt: [UInt64] = []
    private var answerLength = 0

    init(port: UInt16, path: String, connections: Int) throws {
        request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8)
        for _ in 0..<connections {
            polls.append(pollfd(fd: try connected(to: port), events: Int16(POLLIN), revents: 0))
        }
        sentAt = Array(repeating: 0, count: connections)
    }

    /// Every answer to the same request is equally long, so counting bytes is enough to know when one is complete.
    mutating func learnAnswer(within seconds: Double) throws -> Bool {
        try send(on: polls[0].fd)
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            guard poll(&polls, 1, Int32(seconds * 1000)) > 0 else { return false }
            let count = recv(polls[0].fd, &buffer, buffer.count, 0)
            guard count > 0 else { throw LoadError(description: "The server closed the connection.") }
            answer += buffer[0..<count]
            let text = String(decoding: answer, as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 200") else {
                throw LoadError(description: "The server answered \(text.prefix(40)).")
            }
            guard let end = text.range(of: "\r\n\r\n"),
                let length = text.lowercased().split(separator: "\r\n").first(where: { $0.hasPrefix("content-length:") }
                )
                .flatMap({ Int($0.split(separator: ":")[1].filter(\.isNumber)) })
            else { continue }
            let whole = text[..<end.upperBound].utf8.count + length
            guard answer.count >= whole else { continue }
            answerLength = whole
            return true
        }
    }

    private func send(on socket: Int32) throws {
        let sent = request.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
        guard sent == request.count else { throw LoadError(description: "A request could not be sent.") }
    }

    mutating func run(seconds length: Double) throws -> LoadResult {
        var times: [Double] = []
        times.reserveCapacity(200_000)
        var received = Array(repeating: 0, count: polls.count)
        var buffer = [UInt8](repeating: 0, count: 65536)
        for index in polls.indices {
            sentAt[index] = nanoseconds()
            try send(on: polls[index].fd)
        }
        let start = nanoseconds()
        var open = polls.count
        var isOver = false
        while open > 0 {
            let ready = poll(&polls, nfds_t(polls.count), 100)
            let elapsed = BenchKit.seconds(since: start)
            isOver = isOver || elapsed >= length
            // What has no answer by then has waited at least so long.
            if ready == 0, elapsed > 2 * length {
                times += Array(repeating: elapsed * 1e6, count: open)
                break
            }
            for index in polls.indices where polls[index].revents != 0 {
                let count = recv(polls[index].fd, &buffer, buffer.count, 0)
                guard count > 0 else { throw LoadError(description: "The server closed a connection.") }
                // "HTTP/1.1 200": whoever is refused is not served, and would make a fast server of a full one.
                guard received[index] > 0 || count < 10 || buffer[9] == UInt8(ascii: "2") else {
                    throw LoadError(description: "The server refused a request.")
                }
                received[index] += count
                guard received[index] >= answerLength else { continue }
                received[index] = 0
                let now = nanoseconds()
                times.append(Double(now - sentAt[index]) / 1000)
                if isOver {
                    open -= 1
                } else {
                    sentAt[index] = now
                    try send(on: polls[index].fd)
                }
            }
        }
        let samples = Samples(times)
        return LoadResult(
            requestsPerSecond: Double(times.count) / BenchKit.seconds(since: start), p50: samples.median,
            p99: samples.percentile(0.99))
    }
}

private func connected(to port: UInt16) throws -> Int32 {
    #if canImport(Darwin)
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 else { throw LoadError(description: "No connection to port \(port).") }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
}
