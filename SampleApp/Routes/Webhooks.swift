// A server that calls addresses its visitors give it can be used to reach what only it can reach. On a developer's machine
// that is wanted; in production only the hosts in WEBHOOK_HOSTS are called.

import Foundation
import Nightjar

extension App {
    /// `POST /webhooks` with `url`, and a receiver to try it with, which is out of order at first.
    func webhooks() {
        let allowed = AllowedHosts(configuration.environment)
        post("/webhooks") { [templates] request in
            let form = try await request.decode(WebhookForm.self)
            let webhook = try await request.background(SendWebhook(url: try allowed.check(form.url)))
            return try await Self.accepted(webhook, request, templates)
        }
        post("/webhooks/sink") { request in
            let attempt = try request.headers["x-attempt"].flatMap { Int($0) } ?? 1
            return attempt < 2 ? HTTPResponse.Status.serviceUnavailable : .noContent
        }
    }
}

private struct WebhookForm: Decodable, Sendable {
    var url: String
}

private struct AllowedHosts: Sendable {
    /// Nil allows all.
    private let hosts: Set<String>?

    init(_ environment: AppEnvironment) {
        guard environment == .production else {
            hosts = nil
            return
        }
        let list = ProcessInfo.processInfo.environment["WEBHOOK_HOSTS"] ?? ""
        hosts = Set(list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() })
    }

    func check(_ text: String) throws -> String {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
            ["http", "https"].contains(scheme), !host.isEmpty, url.user == nil, url.password == nil
        else { throw HTTPProblem(.unprocessableContent, "That is not an http or https address.", field: "url") }
        if let hosts, !hosts.contains(host.lowercased()) {
            throw HTTPProblem(.unprocessableContent, "\(host) is not in WEBHOOK_HOSTS.", field: "url")
        }
        return text
    }
}
