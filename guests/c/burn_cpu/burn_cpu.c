// One function in two processes: a child burns CPU while this one does the same, and its result is collected.
//
// ```console
// $ tractor-host run burn_cpu_c.wasm
// collected subprocess <pid>
// ```
#include "tractor.h"
#include <stdio.h>

/* Gives the process that it ran in, or keeps its cancellation. */
static uint32_t burn_cpu(uint32_t rounds) {
  volatile uint64_t seed = 1;
  for (uint32_t round = 0; round < rounds; round++) {
    seed = seed * 6364136223846793005u + 1;
    if (round % 1000 == 0 && !tractor_checkpoint()) return 0;
  }
  tractor_id_t me = tractor_current_actor();
  uint32_t pid = me.pid;
  tractor_actor_types_actor_id_free(&me);
  return pid;
}

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_TEXT(pid);
  TRACTOR_NURSERY(n) {
    tractor_portal_t child;
    tractor_run_in_actor(&n, "self", "burn-cpu", "[50000]", &child); /* its own process */
    burn_cpu(50000);                                                 /* and this one, at the same time */
    tractor_child_output(&child, &pid);
  }
  if (tractor_ok()) printf("collected subprocess %s\n", pid.text);
}

bool exports_actor_burn_cpu(uint32_t rounds, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  *ret = burn_cpu(rounds);
  return tractor_result(err);
}
