import Foundation
import Nightjar

/// The job of the fixture's schedule; what is to be seen of it is in the database.
struct Tick: Job {
    static let name = "Tick"

    func run(_ context: JobContext) async throws {}
}
