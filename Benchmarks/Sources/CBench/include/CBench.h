// What the C library knows and Swift's modules for it leave out.

#ifndef CBENCH_H
#define CBENCH_H

#include <stddef.h>

/// Bytes the allocator has handed out and not got back, over all its arenas.
size_t bench_allocated_bytes(void);

#endif
