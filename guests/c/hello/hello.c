// The smallest program: another process adds two numbers.
//
// ```console
// $ tractor-host run hello_c.wasm
// 3
// ```
#include "tractor.h"
#include <stdio.h>

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t child;
    TRACTOR_TEXT(sum);
    tractor_run_in_actor(&n, "self", "add", "[1, 2]", &child); /* its own process */
    if (tractor_child_output(&child, &sum)) printf("%s\n", sum.text);
  } /* is not left before that process is reaped; what failed is the program's error */
}

uint32_t exports_actor_add(uint32_t a, uint32_t b) { return a + b; }
