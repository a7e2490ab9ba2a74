#include "tractor.h"
#include <stdio.h>
TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t child;
    if (!tractor_run_in_actor(&n, "self", "add", "[1, 2]", &child)) break;
    TRACTOR_TEXT(sum);
    if (tractor_child_output(&child, &sum)) printf("%s\n", sum.text);
  }
}
uint32_t exports_actor_add(uint32_t a, uint32_t b) { return a + b; }
