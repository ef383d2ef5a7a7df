// Memory on large pages.
#define _DEFAULT_SOURCE // for madvise
#include "net.h"
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

void *aligned_block(size_t *bytes) {
  size_t page = *bytes < LARGE_PAGE ? 64 : LARGE_PAGE;
  *bytes = (*bytes + page - 1) / page * page;
  void *block = aligned_alloc(page, *bytes);
#ifdef MADV_HUGEPAGE
  if (block && page == LARGE_PAGE) madvise(block, *bytes, MADV_HUGEPAGE); // it is no error where there are none
#endif
  return block;
}
