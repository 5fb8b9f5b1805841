// What the page on how jobs are found shows, and the comments on `@Job`.
// swift-format-ignore-file

import Nightjar

private enum FindingJobs {
    struct QuietSendMail: Job {
        static let name = "quiet"
        func run(_ context: JobContext) async throws {}
    }
    struct DefaultReport: Job {
        static let name = "default report"
        func run(_ context: JobContext) async throws {}
    }

    static func conflicts(_ app: App) throws {
        try app.register(QuietSendMail.self, onConflict: .replace)   // the other is forgotten
        try app.register(DefaultReport.self, onConflict: .keep)      // this one is passed over if there is another
    }

    struct SendReceipt: Job {
        static let aliases = ["Shop.SendBill"]
        var orderID: Int
        func run(_ context: JobContext) async throws {}
    }

    struct FirstGreet: Decodable { var first: String; var last: String }

    struct Greet: Job {
        static let version = 2
        var name: String

        static func upgrade(_ old: StoredJob) throws -> Self {
            let old = try old.decode(FirstGreet.self)            // first and last name
            return Self(name: "\(old.first) \(old.last)")
        }

        func run(_ context: JobContext) async throws {}
    }

    struct FirstVersion: Decodable { var firstName: String; var lastName: String }

    struct Hello: Job {
        var name: String

        static let version = 2
        static func upgrade(_ old: StoredJob) throws -> Self {
            let old = try old.decode(FirstVersion.self)
            return Self(name: old.firstName + " " + old.lastName)
        }

        func run(_ context: JobContext) async throws {}
    }
}

private enum Macros {
    enum Chores {
        @Job(queue: "low", retries: 3, timeout: .seconds(30))
        static func resize(path: String, width: Int = 100) async throws -> Int { width }
    }

    static func use(_ request: Request) async throws { // not shown
        try await request.background(Chores.$resize(path: "cat.png"))   // later, perhaps in another process
        let size = try await Chores.resize(path: "cat.png")             // now, here: it is still a function
        _ = size
    }

    @JobType(queue: "low")
    struct Digest {
        var day: String
        var limit = 10
        func run(_ context: JobContext) async throws { print(day) }
    }
}
