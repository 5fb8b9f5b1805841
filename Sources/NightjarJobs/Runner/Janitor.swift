// Removes what has been kept long enough.

import Logging

struct Janitor: Sendable {
    let backend: any JobBackend
    let retention: Retention
    let interval: Duration
    let logger: Logger

    func run() async {
        while (try? await backend.clock.sleep(for: interval)) != nil {
            do {
                let removed = try await backend.prune(retention)
                if removed > 0 { logger.debug("Old jobs were removed", metadata: ["count": "\(removed)"]) }
            } catch {
                logger.error("Old jobs could not be removed; trying again", metadata: ["error": "\(error)"])
            }
        }
    }
}
