// Reads the section in which the compiler leaves a record for each job type it has seen.
//
//     record   kind: 1    note(list)          one pointer each; a kind of 0 is padding between two object files
//
// A record of another kind comes from a newer Nightjar; what follows it cannot be told apart and is left alone.

#include "CNightjar.h"

#include <stddef.h>
#include <stdint.h>

static void read_records(const intptr_t *word, const intptr_t *end, void *list) {
    while (word + 1 < end) {
        if (*word == 0) {
            word += 1;
            continue;
        }
        if (*word != 1) return;
        void (*note)(void *) = (void (*)(void *))word[1];
        note(list);
        word += 2;
    }
}

#if defined(__APPLE__)

#include <mach-o/dyld.h>
#include <mach-o/getsect.h>

void nightjar_found_jobs(void *list) {
    for (uint32_t image = 0; image < _dyld_image_count(); image++) {
        const struct mach_header_64 *header = (const struct mach_header_64 *)_dyld_get_image_header(image);
        if (header == NULL) continue;
        unsigned long size = 0;
        const intptr_t *start = (const intptr_t *)getsectiondata(header, "__DATA", "__nightjar_jobs", &size);
        if (start != NULL) read_records(start, start + size / sizeof(intptr_t), list);
    }
}

#else

// The linker defines these two for a section whose name is an identifier; weak, because there may be no such section.
extern const intptr_t __start_nightjar_jobs[] __attribute__((weak, visibility("hidden")));
extern const intptr_t __stop_nightjar_jobs[] __attribute__((weak, visibility("hidden")));

void nightjar_found_jobs(void *list) {
    if (__start_nightjar_jobs == NULL) return;
    read_records(__start_nightjar_jobs, __stop_nightjar_jobs, list);
}

#endif
