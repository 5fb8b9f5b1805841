import Nightjar

/// A note that nobody registered.
@Job(retries: 2) func noteMarked(number: Int) async throws -> Int {
    try await Note(number: number, milliseconds: 0).take()
}
