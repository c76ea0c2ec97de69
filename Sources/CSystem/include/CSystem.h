// Calls of the system that Swift's module of the C library lacks.

#include <pthread.h>

/// Gives memory that was freed back to the system, where the allocator keeps it otherwise and can be
/// asked.
void return_unused_memory(void);

/// Has the allocator keep so much freed memory for its next use that would go back to the system
/// otherwise, to be asked for again, and cleared, at once.
void keep_freed_memory(int bytes);

/// Has the allocator ask the system for at least so much memory at a time, and keep what is freed: what nothing is
/// written to takes none.
void keep_memory_ready(int bytes);

/// The processors that a thread may run on.
typedef struct {
  /// How many; 0 where that is not known, or cannot be chosen.
  int count;
  unsigned long set[1024 / (8 * sizeof(unsigned long))];
} processors;

/// Those that this thread may run on.
processors allowed_processors(void);

/// Has a thread with these attributes begin on one of these processors other than that of this thread,
/// where there is one.
void begin_elsewhere(pthread_attr_t *attributes, const processors *allowed);

/// Lets this thread run on all of these from now on.
void run_anywhere(const processors *allowed);
