import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension ProcessTests {
    @Suite("The sample app")
    struct SampleRoutes {
        private struct Job: Decodable {
            var id: String
            var state: String
            var attempt: Int?
            var location: String?
            var result: Result?
        }

        private enum Result: Decodable {
            case text(String)
            case report(path: String, rows: Int)

            private enum CodingKeys: CodingKey { case path, rows }

            init(from decoder: any Decoder) throws {
                if let text = try? decoder.singleValueContainer().decode(String.self) {
                    self = .text(text)
                } else {
                    let values = try decoder.container(keyedBy: CodingKeys.self)
                    self = .report(
                        path: try values.decode(String.self, forKey: .path),
                        rows: try values.decode(Int.self, forKey: .rows))
                }
            }
        }

        private func post(
            _ path: String, _ body: String, type: String = "application/x-www-form-urlencoded", to port: Int
        )
            async throws -> (status: UInt, headers: HTTPHeaders, body: Data)
        {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
            request.method = .POST
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(string: body))
            return try await answer(request)
        }

        private func get(_ path: String, from port: Int) async throws -> Data {
            try await answer(HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")).body
        }

        private func answer(
            _ request: HTTPClientRequest
        ) async throws -> (status: UInt, headers: HTTPHeaders, body: Data) {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            let body = try await response.body.collect(upTo: 8 << 20)
            return (response.status.code, response.headers, Data(body.readableBytesView))
        }

        /// Hands a job over and follows its events, which end with it.
        private func run(
            _ path: String, _ body: String, type: String = "application/x-www-form-urlencoded", at port: Int
        )
            async throws -> Job
        {
            let (status, headers, _) = try await post(path, body, type: type, to: port)
            #expect(status == 202)
            let location = try #require(headers.first(name: "location"))
            _ = try await get("\(location)/events", from: port)
            return try JSONDecoder().decode(Job.self, from: try await get(location, from: port))
        }

        // ASOK-36
        @Test("each of its forms hands over a job that ends as it should")
        func forms() async throws {
            try await Stage.play { stage in
                let environment = ["QUEUE_BACKEND": "memory", "REPORTS_DIR": stage.folder.path]
                let port = try await stage.start("SampleApp", with: environment).port()

                #expect(try await run("/signup", "email=a%40b.example&name=Visitor", at: port).state == "completed")
                let json = #"{"email":"a@b.example","name":"Visitor"}"#
                #expect(try await run("/signup", json, type: "application/json", at: port).state == "completed")

                let report = try await run("/reports", "rows=50", at: port)
                guard case .report(let path, 50)? = report.result else { throw Surprise("the report has no path") }
                let gzip = try await get(path, from: port)
                #expect(Array(gzip.prefix(2)) == [0x1F, 0x8B])

                let webhook = try await run("/webhooks", "url=http://127.0.0.1:\(port)/webhooks/sink", at: port)
                #expect(webhook.state == "completed")
                #expect(webhook.attempt == 2)

                #expect(try await run("/flaky", "failures=0", at: port).state == "completed")
                let (status, _, problem) = try await post("/flaky", "failures=9", to: port)
                #expect(status == 422)
                #expect(String(decoding: problem, as: UTF8.self).contains(#""field":"failures""#))
            }
        }

        @Test("a browser's 202 says what a program's does: where to ask, when, and that it is not to be kept")
        func acceptedPage() async throws {
            try await Stage.play { stage in
                let port = try await stage.start("SampleApp", with: ["QUEUE_BACKEND": "memory"]).port()
                for type in ["text/html", "application/json"] {
                    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/flaky")
                    request.method = .POST
                    request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
                    request.headers.add(name: "accept", value: type)
                    request.body = .bytes(ByteBuffer(string: "failures=0"))
                    let (status, headers, _) = try await answer(request)
                    #expect(status == 202)
                    #expect(headers.first(name: "content-type")?.hasPrefix(type) ?? false)
                    #expect(headers.first(name: "location")?.hasPrefix("/jobs/") ?? false)
                    #expect(headers["retry-after"] == ["1"])
                    #expect(headers["cache-control"] == ["no-store"])
                }
            }
        }

        @Test("a report can be called off")
        func cancel() async throws {
            try await Stage.play { stage in
                let environment = ["QUEUE_BACKEND": "memory", "REPORTS_DIR": stage.folder.path]
                let port = try await stage.start("SampleApp", with: environment).port()
                let (_, headers, _) = try await post("/reports", "rows=1000000", to: port)
                let location = try #require(headers.first(name: "location"))
                let (status, _, _) = try await post("\(location)/cancel", "", to: port)
                #expect(status == 200)
                _ = try await get("\(location)/events", from: port)
                let job = try JSONDecoder().decode(Job.self, from: try await get(location, from: port))
                #expect(job.state == "cancelled")
            }
        }
    }

    /// Something the test did not expect.
    private struct Surprise: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
