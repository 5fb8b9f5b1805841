// What the engine needs from the operating system and Swift has no words for.

#ifndef CNIGHTJAR_H
#define CNIGHTJAR_H

/// Starts a detached thread that runs `body(context)`.
///
/// A background thread yields the processor to every normal thread of the machine: SCHED_IDLE on Linux,
/// the utility quality of service on Apple's systems. Where the system refuses, the thread runs at normal priority.
///
/// Returns 0, or the error number of pthread_create.
int nightjar_thread_start(const char *name, int background, void (*body)(void *), void *context);

/// The calling thread takes short naps and wants to be woken on time: within a microsecond, not the usual fifty.
void nightjar_thread_naps(void);

/// Hands every job that was noted in this program to `list`, by calling the functions in the section `nightjar_jobs`.
///
/// The compiler puts a record there for each type marked `@Job`, and the linker lays them side by side. On Linux these are
/// the records of the object this function is linked into: the program with all that is linked into it statically. On
/// Apple's systems they are those of all images that are loaded.
void nightjar_found_jobs(void *list);

/// Whether the calling thread was started as a background thread.
int nightjar_thread_is_background(void);

/// Says until when the calling thread waits for what others hold, and asks for it; what is asked is what the same thread
/// said last. In nanoseconds of a clock that never jumps; 1 is not at all, and 0, as it begins, as long as is usual.
void nightjar_thread_waits_until(unsigned long long limit);
unsigned long long nightjar_thread_wait_limit(void);

#endif
