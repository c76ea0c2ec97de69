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
