#ifndef OAUTH2_BENCH_LOAD_CPU_TIME_H
#define OAUTH2_BENCH_LOAD_CPU_TIME_H

#include <sys/types.h>

#include <cstdint>

namespace oauth2::bench {

/// The time in nanoseconds that the threads of a process which live now have been on a CPU, as the
/// kernel's scheduler accounts for it (/proc/PID/task/*/schedstat). Throws std::runtime_error if
/// there is no such process.
uint64_t cpu_time(pid_t pid);

}  // namespace oauth2::bench

#endif
