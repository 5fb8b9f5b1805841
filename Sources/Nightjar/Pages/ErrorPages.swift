// From an error to a response: a page for browsers, `application/problem+json` (RFC 9457) for everyone else.
//
// What is for the client is said in an HTTPProblem; any other error is ours, becomes a 500, and its text is shown only
// where the people who can fix it are looking: in development. An application's own template named `error` replaces the
// page.

import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import NightjarJobs
import NightjarResources

/// Turns errors into responses.
enum ErrorPages {
    static func response(for error: any Error, request: Request) -> Response {
        let problem = problem(for: error)
        let isOurs = problem.status.kind == .serverError
        // A 5xx may have been thrown with words for the client ("down until 8:00"); they are its own.
        var detail = problem.detail
        if isOurs, !(error is HTTPProblem), request.core.settings.showsErrors { detail = "\(error)" }

        var response =
            prefersHTML(request.headers.known)
            ? page(problem, detail: detail, error: error, request: request)
            : document(problem, detail: detail, request: request)
        for field in problem.headers { response.headers[field.name] = field.value }
        response.headers[.cacheControl] = response.headers[.cacheControl] ?? "no-store"
        return response
    }

    /// What an error means to the client.
    static func problem(for error: any Error) -> HTTPProblem {
        switch error {
        case let problem as HTTPProblem: problem
        case is NIOTooManyBytesError: HTTPProblem(.contentTooLarge, headers: [.connection: "close"])
        case let error as HTTPError: HTTPProblem(error.status, error.body, headers: error.headers)
        case let error as any HTTPResponseError: HTTPProblem(error.status)
        case QueueError.full: HTTPProblem(.serviceUnavailable, headers: [.retryAfter: "5"])
        case let error as any StoreError where error.mayPass:
            HTTPProblem(
                .serviceUnavailable, "Jobs cannot be stored or looked up at the moment. Try again soon.",
                headers: [.retryAfter: "5"])
        case is CancellationError: HTTPProblem(.serviceUnavailable, "The request was cancelled.")
        default: HTTPProblem(.internalServerError)
        }
    }

    /// Whether a client would rather see a page: it names HTML, and does not like JSON better.
    static func prefersHTML(_ headers: HTTPFields) -> Bool {
        guard let accept = headers[.accept] else { return false }
        var html = 0.0
        var json = 0.0
        for part in accept.split(separator: ",").prefix(32) {
            let pieces = part.split(separator: ";")
            guard let name = pieces.first.map({ mediaTypeName(String($0)) }) else { continue }
            let weight =
                pieces.dropFirst().compactMap { piece -> Double? in
                    let text = piece.filter { $0 != " " }
                    return text.hasPrefix("q=") ? Double(text.dropFirst(2)) : nil
                }.first ?? 1
            switch name {
            case "text/html", "application/xhtml+xml": html = max(html, weight)
            case "application/json", "application/problem+json": json = max(json, weight)
            default: break
            }
        }
        return html > 0 && html >= json
    }

    private static func document(_ problem: HTTPProblem, detail: String?, request: Request) -> Response {
        struct Document: Encodable {
            var type = "about:blank"
            var title: String
            var status: Int
            var detail: String?
            var instance: String
            var field: String?
        }
        let document = Document(
            title: problem.status.reasonPhrase,
            status: problem.status.code,
            detail: detail,
            instance: "urn:request:\(request.id)",
            field: problem.field
        )
        guard var response = try? Response.json(document, status: problem.status) else {
            return Response(status: problem.status)
        }
        response.headers[.contentType] = "application/problem+json"
        return response
    }

    private static func page(_ problem: HTTPProblem, detail: String?, error: any Error, request: Request) -> Response {
        let settings = request.core.settings
        var values: [String: any Sendable] = [
            "status": problem.status.code,
            "title": problem.status.reasonPhrase,
            "requestID": request.id,
            "isServerError": problem.status.kind == .serverError,
        ]
        if problem.status.kind == .serverError, !(error is HTTPProblem), let detail {
            values["developer"] = ["type": "\(type(of: error))", "text": detail]
        } else if let detail {
            values["detail"] = detail
        }
        for templates in [settings.templates, builtIn] where templates.has("error") {
            if let html = try? templates.text("error", values) { return .html(html, status: problem.status) }
        }
        return .text("\(problem.status.code) \(problem.status.reasonPhrase)", status: problem.status)
    }

    /// The framework's own template. A test reads it, so that it cannot be malformed in a release.
    static let builtIn: Templates = {
        let templates = Templates()
        try? templates.add("error", NightjarResources.errorPage)
        return templates
    }()
}
