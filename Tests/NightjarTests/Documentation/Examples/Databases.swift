// What the page and the comments about durable jobs show.
// swift-format-ignore-file

import GRDB
import Nightjar
import NightjarSQLite

private struct Order: Codable, PersistableRecord { var id: Int }

private func transaction(_ database: DatabaseQueue, _ queue: JobQueue, _ order: Order) async throws {
    try await database.write { db in
        try order.insert(db)
        try queue.enqueue(SendReceipt(orderID: order.id), in: db)
    }
}

private func open() throws {
    let queue = JobQueue(backend: SQLiteBackend(path: "nightjar.sqlite"))
    _ = queue
}
