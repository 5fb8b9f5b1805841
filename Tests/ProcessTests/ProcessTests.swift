// Real processes, real signals, a real database. One after the other, because each wants the machine for itself; every wait
// has a limit.

import Testing

@Suite("Processes", .serialized, .timeLimit(.minutes(4)))
struct ProcessTests {}
