// What the page on durable jobs shows.
// swift-format-ignore-file

import GRDB
import Nightjar
import NightjarSQLite

private struct Order: Codable, MutablePersistableRecord { // not shown
    var id: Int // not shown
    init(from request: Request) throws { id = try request.parameters.require("id", as: Int.self) } // not shown
} // not shown

private func shop(_ app: App) async throws { // not shown
var configuration = Configuration()
configuration.busyMode = .timeout(15)      // another process may be writing jobs just now
let database = try DatabasePool(path: "shop.sqlite", configuration: configuration)   // DATABASE_URL=sqlite://shop.sqlite

app.post("/orders") { request in
    let queue = try request.jobQueue
    try await database.write { db in
        var order = try Order(from: request)
        try order.insert(db)
        try queue.enqueue(SendReceipt(orderID: order.id), in: db)
    }
    return "ordered"
}
} // not shown

private func composed() {
    let backend = ComposedBackend(
        queue: SQLiteBackend(path: "jobs.sqlite"), results: FileResultStore(path: "results.jsonl"))
    _ = backend
}
