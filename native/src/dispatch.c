// The functions of the library, and the choice of a code path by what the CPU can do.
#include "net.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const Path path_portable;
#if defined __x86_64__ && !defined ONLY_PORTABLE
extern const Path path_avx2, path_avx512;

static int supports(const Path *path) {
  __builtin_cpu_init();
  if (path == &path_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (path == &path_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("fma");
  return 1;
}

static const Path *const PATHS[] = {&path_avx512, &path_avx2, &path_portable};
#else
static int supports(const Path *path) { return path != NULL; }

static const Path *const PATHS[] = {&path_portable};
#endif

static const Path *find_path(int64_t number) {
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++)
    if (supports(PATHS[i]) && number-- == 0) return PATHS[i];
  return NULL;
}

int64_t tn_abi(void) { return TN_ABI; }

const char *tn_path(int64_t number) {
  const Path *path = number < 0 ? NULL : find_path(number);
  return path ? path->name : NULL;
}

void tn_close(Net *net) {
  if (!net) return;
  for (int i = 0; i < net->n_blocks; i++) free(net->blocks[i]);
  free(net->blocks);
  free(net);
}

Net *tn_open(const TnNet *spec, int64_t path, char *error, int64_t size) {
  const Path *chosen = path < 0 ? NULL : find_path(path);
  const char *problem = chosen ? check_net(spec) : "a code path that this CPU has";
  Net *net = problem ? NULL : calloc(1, sizeof(Net));
  if (net) {
    net->path = chosen;
    if (fill_net(net, spec)) return net;
    tn_close(net);
  }
  snprintf(error, (size_t)size, "%s", problem ? problem : "memory for the net");
  return NULL;
}

static const char *run(const Net *net, const TnRows *rows, int16_t *tags, float *scores) {
  const char *problem = check_rows(net, rows);
  if (problem || !rows->n_rows) return problem;
  return net->path->run(net, rows, tags, scores) ? NULL : "memory for the rows";
}

const char *tn_tags(const Net *net, const TnRows *rows, int16_t *tags) { return run(net, rows, tags, NULL); }

const char *tn_scores(const Net *net, const TnRows *rows, float *scores) { return run(net, rows, NULL, scores); }
