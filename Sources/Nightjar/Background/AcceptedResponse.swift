// 202 Accepted: "your job is taken, here is where to ask about it" (RFC 9110, section 15.3.3).
//
// A client that would rather wait a little says `Prefer: respond-async, wait=2` (RFC 7240): if the job is done in time it
// gets the result itself, with 200; otherwise the 202 it would have got at once.

import HTTPTypes
import Logging
public import NightjarJobs

extension Response {
    /// Tells the client that a job was accepted and where to ask for its status.
    ///
    /// The body is `{"id", "name", "state", "location", "events"}`; `Location` leads to the routes that `jobStatus()`
    /// mounts; without them the client is told the id alone. With `Prefer: wait=…` it becomes 200 and the job's result, if that is ready in time.
    public static func accepted<Output>(_ future: JobFuture<Output>) -> Response {
        var response = Response(status: .accepted)
        response.resolve = { request in
            let preference = Preference(try request.headers.values(.prefer))
            if let wait = preference.wait, let status = try await future.ended(within: wait), status.state == .completed
            {
                return try Response.json(JobView.result(of: status)).header(.preferenceApplied, "wait")
            }
            return try await Response.accepted(future, for: request, isAsyncAsked: preference.respondsAsync)
        }
        return response
    }

    private static func accepted<Output>(
        _ future: JobFuture<Output>, for request: Request, isAsyncAsked: Bool
    ) async throws -> Response {
        let status = try await future.status
        let settings = request.core.settings
        let location = settings.jobs.statusPath.map { "\($0)/\(future.jobID)" }
        if location == nil, settings.missesStatusFirst() {
            request.logger.warning(
                "A job was accepted, and the client not told where to ask for it: app.jobStatus() was not called")
        }
        var response = try Response.json(
            AcceptedJob(
                id: future.jobID, name: status.name, state: status.state, location: location,
                events: location.map { "\($0)/events" }),
            status: .accepted)
        if let location {
            response.headers[.location] = location
            response.headers[.retryAfter] = "1"
        }
        response.headers[.cacheControl] = "no-store"
        if isAsyncAsked { response.headers[.preferenceApplied] = "respond-async" }
        return response
    }

    private struct AcceptedJob: Encodable {
        var id: JobID
        var name: String
        var state: JobState
        var location: String?
        var events: String?
    }
}

extension JobFuture {
    /// The job's status if it ends within a time.
    fileprivate func ended(within wait: Duration) async throws -> JobStatus? {
        do { _ = try await value(timeout: wait) } catch let error as CancellationError {
            throw error
        } catch {
            // That it failed, or takes longer, is told by its status.
        }
        let status = try await status
        return status.state.isTerminal ? status : nil
    }
}

/// What a client says in `Prefer` about how long it is ready to wait.
struct Preference: Equatable {
    /// Whether it would rather have a 202 than wait.
    var respondsAsync = false
    /// How long it would wait for the result.
    var wait: Duration?

    /// The longest wait granted: a minute, less than proxies cut connections after.
    static let longestWait = 60

    /// - Parameter fields: The values of the `Prefer` header fields. Preferences that are malformed or unknown are
    ///   passed over, as RFC 7240 asks; of doubled ones the first counts.
    init(_ fields: [String]) {
        for preference in fields.flatMap({ Self.split($0, at: ",") }) {
            guard let main = Self.split(preference, at: ";").first else { continue }
            let parts = main.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
            switch (parts[0].lowercased(), parts.count > 1 ? parts[1] : nil) {
            case ("respond-async", _): respondsAsync = true
            case ("wait", let value?) where wait == nil: wait = Self.seconds(value)
            default: break
            }
        }
    }

    /// Whole seconds, bare or in quotes; a number too large to count is the longest wait (RFC 9111, section 1.2.2).
    private static func seconds(_ text: Substring) -> Duration? {
        let isQuoted = text.count > 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        let digits = isQuoted ? text.dropFirst().dropLast() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return .seconds(min(Int(digits) ?? longestWait, longestWait))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let last = text.lastIndex(where: { !isBlank($0) }) else { return "" }
        return text[...last].drop(while: isBlank)
    }

    /// The parts of a list whose separators may also stand inside quotes, where they separate nothing.
    private static func split(_ text: some StringProtocol, at separator: Character) -> [Substring] {
        var isQuoted = false
        var isEscaped = false
        return Substring(text).split { character in
            defer { isEscaped = isQuoted && !isEscaped && character == "\\" }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            return character == separator && !isQuoted
        }
    }
}

extension HTTPField.Name {
    fileprivate static let prefer = HTTPField.Name("prefer") ?? .via
    fileprivate static let preferenceApplied = HTTPField.Name("preference-applied") ?? .via
}
