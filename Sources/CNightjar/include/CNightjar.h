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

#endif
