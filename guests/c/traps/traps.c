/* Breaks down in the ways of C: what a test calls to see that each is a failure with the lines of this file. */
#include "tractor.h"
#include <assert.h>

static uint32_t small[4];

/* Within a component's memory C reads what it finds; beyond it is the end. */
uint32_t exports_actor_out_of_bounds(uint32_t at) {
  return ((volatile uint32_t *)small)[at];
}

int32_t exports_actor_divide(int32_t by) {
  return 7 / by;
}

__attribute__((noinline)) static uint32_t deeper(volatile uint32_t *above) {
  volatile uint32_t here[64];
  here[0] = *above + 1;
  return here[0] ? here[0] + deeper(here) + here[0] : 0;
}

uint32_t exports_actor_recurse(void) {
  uint32_t top = 0;
  return deeper(&top);
}

void exports_actor_fail_an_assertion(void) {
  volatile int two = 2;
  assert(two + two == 5);
}

void exports_actor_wait_outside_a_task(void) {
  tractor_sleep(0);
}
