// Callback style: many tasks of one actor under way at once, a nursery without a block, and an operation that is given up.
//
// ```console
// $ tractor-host run callbacks_c.wasm
// 3 waited at the door
// 3 waited at the door
// 3 waited at the door
// two said 42
// gave up waiting
// ```
#include "tractor.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- At the door: each task looks now and then whether it is open ---- */

static uint32_t waiting;
static bool is_open;

static void look(void *data, const tractor_outcome_t *outcome) {
  actor_result_u32_error_t result = {.is_err = outcome->error != NULL, .val.ok = waiting};
  if (!outcome->error && !is_open) {
    tractor_sleep_then(NULL, TRACTOR_MS(1), look, data);
    return;
  }
  /* The bindings read it, and free nothing: what is in an outcome is not ours anyway. */
  if (outcome->error) result.val.err = *outcome->error;
  exports_actor_wait_at_door_return(result);
}

TRACTOR_CALLBACK(exports_actor_wait_at_door)
actor_callback_code_t exports_actor_wait_at_door(void) {
  tractor_begin();
  waiting++;
  tractor_sleep_then(NULL, 0, look, NULL);
  return tractor_wait();
}

void exports_actor_open(void) { is_open = true; }

/* ---- Two actors of its own: what a task needs between its callbacks is on the heap ---- */

typedef struct asking {
  tractor_nursery_t nursery;
  uint64_t sum;
  int answers;
  tractor_error_t error;
  bool failed;
} asking_t;

static void closed(void *data, const tractor_outcome_t *outcome) {
  asking_t *asking = data;
  actor_result_u32_error_t result = {.is_err = outcome->error != NULL, .val.ok = (uint32_t)asking->sum};
  if (outcome->error) result.val.err = *outcome->error;
  exports_actor_ask_two_return(result);
  if (asking->failed) tractor_actor_types_error_free(&asking->error);
  free(asking);
}

static void answered(void *data, const tractor_outcome_t *outcome) {
  asking_t *asking = data;
  uint64_t number = 0;
  if (outcome->error && !asking->failed) {
    tractor_error_copy(&asking->error, outcome->error);
    asking->failed = true;
  }
  if (!outcome->error) tractor_json_u64(outcome->text, &number);
  asking->sum += number;
  if (++asking->answers == 2) tractor_nursery_close_then(&asking->nursery, asking->failed ? &asking->error : NULL, closed, asking);
}

static void started(void *data, const tractor_outcome_t *outcome) {
  asking_t *asking = data;
  if (outcome->error) answered(asking, outcome);
  else tractor_child_output_then(&asking->nursery.within, &outcome->portal, answered, asking);
}

TRACTOR_CALLBACK(exports_actor_ask_two)
actor_callback_code_t exports_actor_ask_two(void) {
  tractor_begin();
  asking_t *asking = calloc(1, sizeof *asking);
  tractor_nursery_open(&asking->nursery, NULL, NULL);
  tractor_spec_t spec = {.component = "self"};
  tractor_run_then(&asking->nursery, &spec, "number", "[20]", started, asking);
  tractor_run_then(&asking->nursery, &spec, "number", "[22]", started, asking);
  return tractor_wait();
}

uint32_t exports_actor_number(uint32_t n) { return n; }

/* ---- Meeting: while it waits for the other, that one can call it ---- */

static void told(void *data, const tractor_outcome_t *outcome) {
  uint64_t number = 0;
  actor_result_u32_error_t result = {.is_err = outcome->error != NULL};
  if (outcome->error) result.val.err = *outcome->error;
  else if (tractor_json_u64(outcome->text, &number)) result.val.ok = (uint32_t)number;
  exports_actor_meet_return(result);
}

static void met(void *data, const tractor_outcome_t *outcome) {
  if (outcome->error) told(data, outcome);
  else tractor_call_then(NULL, &outcome->portal, "number", "[7]", told, NULL);
}

TRACTOR_CALLBACK(exports_actor_meet)
actor_callback_code_t exports_actor_meet(actor_string_t *name) {
  tractor_begin();
  TRACTOR_TEXT(text);
  tractor_wait_for_then(NULL, tractor_format(&text, "%.*s", (int)name->len, (char *)name->ptr), met, NULL);
  actor_string_free(name);
  return tractor_wait();
}

/* ---- The program is blocking, with several calls under way ---- */

static void came_in(void *data, const tractor_outcome_t *outcome) {
  if (!outcome->error) printf("%s waited at the door\n", outcome->text);
}

static void never(void *data, const tractor_outcome_t *outcome) { printf("this was given up\n"); }

static void is_done(void *data, const tractor_outcome_t *outcome) {}

static void open_door(void *data, const tractor_outcome_t *outcome) { tractor_call_then(NULL, data, "open", NULL, is_done, NULL); }

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t door;
    TRACTOR_TEXT(sum);
    if (!tractor_start_actor(&n, "self", &door)) break;
    for (int i = 0; i < 3; i++) tractor_call_then(NULL, &door, "wait-at-door", NULL, came_in, NULL);
    tractor_sleep_then(NULL, TRACTOR_MS(50), open_door, &door);
    tractor_wait_all();
    if (tractor_call(&door, "ask-two", NULL, &sum)) printf("two said %s\n", sum.text);
    tractor_operation_t *hopeless = tractor_cancelled_then(NULL, never, NULL);
    tractor_give_up(hopeless);
    if (tractor_wait_all()) printf("gave up waiting\n");
    tractor_cancel_actor(&door, NULL);
  }
}
