// The README's example, and that of the first page.
// swift-format-ignore-file

import Nightjar

struct SendReceipt: Job {
    var orderID: Int
    func run(_ context: JobContext) async throws -> String { "sent in \(try currentRequest.locale)" }
}

func readmeExample() async throws { // not shown
let app = try await App()
try app.register(SendReceipt.self)
app.post("/orders/:id") { request in
    let id = try request.parameters.require("id", as: Int.self)
    return Response.accepted(try await request.background(SendReceipt(orderID: id), delay: .seconds(5)))
}
app.jobStatus()
try await app.run()
} // not shown

func firstPage(_ app: App) {
    app.post("/orders/:id") { request in
        let id = try request.parameters.require("id", as: Int.self)
        let receipt = try await request.background(SendReceipt(orderID: id))
        return Response.accepted(receipt)
    }
}
