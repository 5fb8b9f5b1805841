// A result as one line of JSON, as a person reads it with `tail` and a program with `jq`:
//
//     {"at":"2026-05-04T08:00:00.000000Z","attempt":1,"id":"0196…","lease":1,"name":"SendMail","queue":"mail",
//      "state":"completed","time":1777881600000000,"result":{"sent":true}}
//
// What the job returned stands last and is copied as it is, so that it comes out as it went in. The marker in front of it
// cannot occur earlier: inside a JSON string its quotes would be escaped. Bytes that are no JSON on one line are base64.

import Foundation

struct ResultLine: Codable {
    private static let marker = Array(#","result":"#.utf8)

    var at: String
    var attempt: Int
    var bytes: Data?
    var error: JobFailure?
    var id: JobID
    var lease: Int64
    var name: String
    var queue: String
    var state: JobState
    var time: Timestamp

    /// The line of a result, with its line feed.
    static func encode(_ result: JobResult) throws -> [UInt8] {
        var line = ResultLine(
            at: result.at.date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            attempt: result.number, error: result.failure, id: result.attempt.job, lease: result.attempt.lease,
            name: result.name, queue: result.queue, state: result.state, time: result.at)
        var tail: [UInt8] = []
        if case .encoded(let bytes) = result.output {
            if isPlainJSON(bytes) { tail = marker + bytes } else { line.bytes = Data(bytes) }
        }
        return try JSON.encode(line).dropLast() + tail + Array("}\n".utf8)
    }

    /// The result in a line; `nil` if it is none.
    static func decode(_ bytes: [UInt8]) -> JobResult? {
        var head = bytes
        var output = JobOutput.none
        if let start = bytes.firstRange(of: marker), let end = bytes.lastIndex(of: UInt8(ascii: "}")) {
            guard start.upperBound <= end else { return nil }
            output = .encoded(Array(bytes[start.upperBound..<end]))
            head = Array(bytes[..<start.lowerBound]) + [UInt8(ascii: "}")]
        }
        guard let line = try? JSON.decode(ResultLine.self, from: head) else { return nil }
        if let bytes = line.bytes { output = .encoded(Array(bytes)) }
        return JobResult(
            attempt: JobResult.Attempt(job: line.id, lease: line.lease), name: line.name, queue: line.queue,
            state: line.state, number: line.attempt, at: line.time, output: output, failure: line.error)
    }

    private static func isPlainJSON(_ bytes: [UInt8]) -> Bool {
        guard !bytes.contains(10), !bytes.contains(13) else { return false }
        return (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }
}
