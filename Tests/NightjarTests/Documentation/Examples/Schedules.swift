// What the page on schedules shows, and the comments on them.
// swift-format-ignore-file

import Nightjar

private enum Schedules {
    struct Digest: Job { func run(_ context: JobContext) async throws {} }
    struct Refresh: Job { func run(_ context: JobContext) async throws {} }
    struct Report: Job { func run(_ context: JobContext) async throws {} }
    struct Invoices: Job { func run(_ context: JobContext) async throws {} }
    struct Import: Job { func run(_ context: JobContext) async throws {} }
    struct Sync: Job { var full: Bool; func run(_ context: JobContext) async throws {} }

    static func page(_ app: App) throws {
        try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
        try app.schedule(Refresh(), .every(.seconds(30)))
        try app.schedule(Report(), .weekly(on: .monday, .thursday, at: "07:30", in: "America/New_York"))
        try app.schedule(Invoices(), .monthly(on: 31, at: "23:00"))                        // the last day of every month
        try app.schedule(Sync(full: true), .cron("*/5 8-18 * * mon-fri", in: "Asia/Tokyo"), name: "office sync")

        try app.schedule(Import(), .every(.seconds(60)), options: JobOptions(unique: UniquePolicy(key: "import")))
    }

    static func comment(_ app: App) throws {
        try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
        try app.schedule(Sync(full: true), .cron("0 3 * * sun"), name: "weekly sync")
    }

    static func type(_ app: App) throws {
        try app.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"))
        try app.schedule(Refresh(), .every(.seconds(30)))
        try app.schedule(Report(), .cron("*/5 8-18 * * mon-fri", in: "America/New_York"))
    }

    static func comment(_ queue: JobQueue) throws {
        try queue.schedule(Digest(), .daily(at: "08:00", in: "Europe/Paris"), missed: .latest)
        try queue.schedule(Sync(full: false), .every(.seconds(30)))
        try queue.schedule(Sync(full: true), .cron("0 3 * * sun"), name: "weekly sync")
    }
}
