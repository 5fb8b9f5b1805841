#include "CBench.h"

#include <stdio.h>

#if defined(__APPLE__)
#include <malloc/malloc.h>
#else
#include <malloc.h>
#endif

size_t bench_allocated_bytes(void) {
#if defined(__APPLE__)
    malloc_statistics_t statistics;
    malloc_zone_statistics(NULL, &statistics);
    return statistics.size_in_use;
#else
    struct mallinfo2 information = mallinfo2();
    return information.uordblks + information.hblkhd;
#endif
}

void bench_print_line_by_line(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
