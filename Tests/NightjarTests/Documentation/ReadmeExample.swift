// The README's example, compiled. ReadmeTests sees to it that the two stay the same.
// swift-format-ignore-file

// EXAMPLE
import Nightjar

struct SendReceipt: Job {
    var orderID: Int

    func run(_ context: JobContext) async throws -> String {
        "receipt \(orderID) sent in \(try currentRequest.locale)"
    }
}

func readmeExample() async throws {
let app = try await App()
try app.register(SendReceipt.self)
app.jobStatus()
app.post("/orders/:id") { request in
    let id = try request.parameters.require("id", as: Int.self)
    let receipt = try await request.background(SendReceipt(orderID: id), delay: .seconds(5))
    request.background { request.logger.info("a closure runs in the background, too") }
    return Response.accepted(receipt).after { request.logger.info("and this once the response has been sent") }
}
try await app.run()
}
