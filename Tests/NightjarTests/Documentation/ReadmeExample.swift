// The README's example, compiled. ReadmeTests sees to it that the two stay the same.
// swift-format-ignore-file

// EXAMPLE
import Nightjar

struct SendReceipt: Job {
    var orderID: Int
    func run(_ context: JobContext) async throws -> String { "sent in \(try currentRequest.locale)" }
}

func readmeExample() async throws {
let app = try await App()
try app.register(SendReceipt.self)
app.post("/orders/:id") { request in
    let id = try request.parameters.require("id", as: Int.self)
    return Response.accepted(try await request.background(SendReceipt(orderID: id), delay: .seconds(5)))
}
app.jobStatus()
try await app.run()
}
