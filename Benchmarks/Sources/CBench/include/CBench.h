// What the C library knows and Swift's modules for it leave out.

#ifndef CBENCH_H
#define CBENCH_H

#include <stddef.h>

/// Bytes the allocator has handed out and not got back, over all its arenas.
size_t bench_allocated_bytes(void);

/// Lets every line of the standard output appear at once, also in a pipe.
void bench_print_line_by_line(void);

#endif
