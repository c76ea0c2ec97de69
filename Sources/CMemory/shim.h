#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Gives memory that was freed back to the system, where the allocator keeps it otherwise and can be
/// asked; Swift's module of the C library lacks the call.
static inline void return_unused_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/// Has the allocator keep so much freed memory for its next use that would go back to the system
/// otherwise, to be asked for again, and cleared, at once.
static inline void keep_freed_memory(int bytes) {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, bytes);
#endif
}
