#define _GNU_SOURCE
#include "CSystem.h"

#ifdef __GLIBC__

#include <malloc.h>
#include <sched.h>
#include <string.h>

_Static_assert(sizeof(((processors *)0)->set) == sizeof(cpu_set_t), "as many processors");

void return_unused_memory(void) { malloc_trim(0); }

void keep_freed_memory(int bytes) { mallopt(M_TRIM_THRESHOLD, bytes); }

void keep_memory_ready(int bytes) {
  // The memory of threads grows by a page at a time otherwise, a call of the system each, and all larger pieces are
  // asked for, cleared and given back one by one.
  mallopt(M_TOP_PAD, bytes);
  mallopt(M_MMAP_THRESHOLD, bytes);
  mallopt(M_TRIM_THRESHOLD, 4 * bytes);
}

processors allowed_processors(void) {
  processors allowed = {0};
  cpu_set_t set;
  // Fails where the system has more of them than fit.
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    allowed.count = CPU_COUNT(&set);
    memcpy(allowed.set, &set, sizeof set);
  }
  return allowed;
}

void begin_elsewhere(pthread_attr_t *attributes, const processors *allowed) {
  int current = sched_getcpu();
  if (allowed->count < 2 || current < 0 || current >= CPU_SETSIZE) return;
  cpu_set_t others;
  memcpy(&others, allowed->set, sizeof others);
  CPU_CLR(current, &others);
  if (CPU_COUNT(&others) > 0) pthread_attr_setaffinity_np(attributes, sizeof others, &others);
}

void run_anywhere(const processors *allowed) {
  cpu_set_t set;
  if (allowed->count < 2) return;
  memcpy(&set, allowed->set, sizeof set);
  sched_setaffinity(0, sizeof set, &set);
}

#else

void return_unused_memory(void) {}
void keep_freed_memory(int bytes) { (void)bytes; }
void keep_memory_ready(int bytes) { (void)bytes; }

processors allowed_processors(void) {
  processors allowed = {0};
  return allowed;
}

void begin_elsewhere(pthread_attr_t *attributes, const processors *allowed) {
  (void)attributes;
  (void)allowed;
}

void run_anywhere(const processors *allowed) { (void)allowed; }

#endif
