"""The numbers that every whole run must have, in the order in which the table shows them."""

REQUIRED = [
    "memory.jobsPerSecond",
    "memory.ratioToBestPeer",
    "memory.backgroundMicroseconds",
    "memory.pickupP50Microseconds",
    "memory.bytesPerFinishedJob",
    "memory.bytesPerWaitingJob",
    "sqlite.enqueue64RatioToLimit",
    "sqlite.enqueue1RatioToLimit",
    "sqlite.drainRatioToLimit",
    "sqlite.drainRatioToBestPeer",
    "sqlite.pickupP50Milliseconds",
    "sqlite.pickupOtherProcessP50Milliseconds",
    "sqlite.claimRatioAtDepth",
    "isolation.cpuThroughputKept",
    "isolation.cpuP99Ratio",
    "isolation.blockingThroughputKept",
    "http.memoryJobThroughputKept",
    "http.durableJobThroughputKept",
    "idle.cpuPercent",
    "idle.residentMegabytes",
    "recovery.seconds",
]

FIELDS = ("value", "unit", "goal", "met", "spread", "peers")


def complaints(document):
    """What a document of numbers lacks, in sentences."""
    found = [f"{part} is missing" for part in ("machine", "versions", "metrics") if not document.get(part)]
    metrics = document.get("metrics", {})
    for name in REQUIRED:
        if name not in metrics:
            found.append(f"{name} is missing")
            continue
        found += [f"{name} has no {field}" for field in FIELDS if field not in metrics[name]]
    return found
