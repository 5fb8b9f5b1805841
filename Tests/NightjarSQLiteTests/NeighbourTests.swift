// What becomes of a database that several processes write to all the time.

import GRDB
import Testing

@testable import NightjarSQLite

@Suite("Others that write to the same database")
struct NeighbourTests {
    private static let microsecond: UInt64 = 1000

    /// Transactions of a length, one after the other, each of which finds that somebody else has written or not.
    private func worker(_ finds: [Bool], lasting length: UInt64, apart: UInt64) -> (Neighbours, end: UInt64) {
        var (neighbours, mark, now) = (Neighbours(mark: 0), UInt32(0), UInt64(1) << 40)
        for found in finds {
            now += apart
            if found { mark += 1 }
            neighbours.began(at: now, mark: mark)
            // What it wrote itself leaves a mark as well.
            mark += 1
            now += length
            neighbours.ended(at: now, mark: mark)
        }
        return (neighbours, now)
    }

    @Test("a worker leaves the database to others that write all the time, for twice as long as it has had it")
    func stepsBack() {
        let (neighbours, end) = worker(
            [true, true, true, true], lasting: 100 * Self.microsecond, apart: 300 * Self.microsecond)
        #expect(neighbours.turn(at: end) == end + 200 * Self.microsecond)
        #expect(neighbours.turn(at: end + 199 * Self.microsecond) != nil)
        #expect(neighbours.turn(at: end + 200 * Self.microsecond) == nil)
        // What the disk has to do for it counts as well.
        #expect(neighbours.turn(at: end, disk: 250 * Self.microsecond) == end + 700 * Self.microsecond)
    }

    @Test("however long its transaction was, it steps back for a millisecond at the most")
    func longTransaction() {
        let (neighbours, end) = worker(
            [true, true, true, true], lasting: 4000 * Self.microsecond, apart: 300 * Self.microsecond)
        #expect(neighbours.turn(at: end) == end + Neighbours.mostRest)
    }

    @Test(
        "it steps back for nobody where it is alone, where a job comes now and then, and where it was others' turn just now",
        arguments: [
            ([Bool](repeating: false, count: 20), UInt64(50)), ([Bool](repeating: true, count: 20), UInt64(6000)),
            ([true, true, true, true, false], UInt64(300)),
            ([true, false, true, false, true, false, true], UInt64(50)),
        ])
    func alone(finds: [Bool], apart: UInt64) {
        let (neighbours, end) = worker(finds, lasting: 100 * Self.microsecond, apart: apart * Self.microsecond)
        #expect(neighbours.turn(at: end) == nil)
    }

    @Test("a connection notices what another has written, and nothing of its own")
    func mark() throws {
        let path = try Folder.new() + "/jobs.sqlite"
        let pool = try DatabaseFile(path: path, options: SQLiteOptions()).open()
        let outsider = try DatabaseQueue(path: path)
        try pool.writeWithoutTransaction { db in
            func write(_ queue: String) throws -> (before: UInt32, after: UInt32) {
                try db.execute(sql: "BEGIN IMMEDIATE")
                let before = db.changeMark
                try db.execute(sql: "INSERT INTO nightjar_queues(name) VALUES ('\(queue)'); COMMIT")
                return (before, db.changeMark)
            }
            let first = try write("a").after
            let second = try write("b")
            #expect(second.before == first)
            try outsider.write { try $0.execute(sql: "INSERT INTO nightjar_queues(name) VALUES ('c')") }
            #expect(try write("d").before != second.after)
        }
    }
}
