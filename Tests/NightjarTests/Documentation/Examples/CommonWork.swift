// What the page on common work shows. DocumentationTests runs it.

import Foundation
import NIOCore
import Nightjar
import Synchronization

struct ShrinkPhoto: Job {
    static let options = JobOptions(queue: "low", timeout: .seconds(60))

    var path: String

    func run(_ context: JobContext) async throws -> String {
        let photo = try Data(contentsOf: URL(fileURLWithPath: path))
        let small = path + ".small"
        try shrunk(photo).write(to: URL(fileURLWithPath: small), options: .atomic)
        return small
    }
}

func photos(_ app: App, in folder: String) throws {
    try app.register(ShrinkPhoto.self)
    app.post("/photos", bodyLimit: .megabytes(20)) { request in
        let path = "\(folder)/\(request.id).jpg"
        try Data(try await request.body().readableBytesView).write(to: URL(fileURLWithPath: path))
        return Response.accepted(try await request.background(ShrinkPhoto(path: path)))
    }
}

func products(_ app: App, _ cache: PriceCache) {
    app.post("/products/:id") { request in
        let id = try request.parameters.require("id", as: Int.self)
        request.background("warm the cache") { try await cache.warm(id) }
        return "saved"
    }
}

/// Stands for a library that makes pictures smaller.
private func shrunk(_ photo: Data) -> Data { photo.prefix(10) }

/// Prices that take long to work out.
final class PriceCache: Sendable {
    private let prices = Mutex<[Int: Int]>([:])

    func price(of id: Int) -> Int? { prices.withLock { $0[id] } }

    func warm(_ id: Int) async throws { prices.withLock { $0[id] = id * 100 } }
}
