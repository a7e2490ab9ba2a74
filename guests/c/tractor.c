/* What tractor.h says, over the generated bindings: one source to compile, whose parts are in src/.
 *
 * 1. All waiting calls are lowered asynchronously. An *operation* is one that has begun: the blocking style waits for it at once, on a set of its own;
 *    the callback style joins it to the task's set and calls back when its event comes.
 * 2. The host reads arguments when a call begins, so they need not live longer. Should it ever put a call off, that is waited for.
 * 3. One task at a time runs in an instance, and a blocking one keeps it: so the running task is a static, set where one begins and goes on. */
#include "tractor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWNS_PORTAL, OWNS_CHILD, OWNS_STREAM, OWNS_CONTEXT };

struct tractor_owned {
  struct tractor_owned *next;
  int what;
  int32_t handle;
  struct tractor_stream_state *stream;
};

struct tractor_stream_state {
  int32_t handle;
  uint32_t buffer;
  tractor_actor_context_list_payload_t batch;
  size_t next;
};

typedef enum { SLEPT, CANCELLED, NOTHING, VALUE, CHILD, PORTAL, MAYBE_PORTAL, OPENED, STREAM, MESSAGES, SENT, ACTORS } kind_t;

struct tractor_operation {
  tractor_operation_t *next;
  actor_subtask_t subtask;
  bool returned;
  kind_t kind;
  union {
    tractor_actor_task_result_void_cancellation_t slept;
    tractor_cancellation_t cancelled;
    tractor_actor_context_result_void_error_t nothing;
    tractor_actor_portal_result_payload_error_t value;
    tractor_actor_nursery_result_own_child_error_t child;
    tractor_actor_registrar_result_own_portal_error_t portal;
    tractor_actor_registrar_result_option_own_portal_error_t maybe_portal;
    tractor_actor_portal_result_own_opened_context_error_t opened;
    tractor_actor_context_result_own_msg_stream_error_t stream;
    tractor_actor_context_result_list_payload_error_t messages;
    tractor_actor_context_tuple2_u32_result_void_error_t sent;
    tractor_actor_registrar_result_list_actor_id_error_t actors;
  } result;
  tractor_done_t done;
  void *data;
  tractor_within_t *owner; /* of the handle that it gives */
  tractor_context_t *context;
  tractor_context_t *closes; /* is dropped before the callback */
  tractor_nursery_t *nursery; /* the same */
  struct tractor_stream_state *stream;
  uint32_t buffer;
  bool failed;
  tractor_error_t error;
  tractor_text_t text;
  tractor_outcome_t outcome;
};

static tractor_task_t *running;

static tractor_task_t *task(void) {
  if (!running) {
    fputs("tractor: used outside a task: an exported function begins with TRACTOR_TASK or tractor_begin()\n", stderr);
    abort();
  }
  return running;
}

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) abort();
  return memory;
}

static actor_string_t borrowed(const char *text) {
  return (actor_string_t){(uint8_t *)text, text ? strlen(text) : 0};
}

/* NULL where there is none, as the bindings have it. */
static actor_string_t *maybe(const char *text, actor_string_t *place) {
  *place = borrowed(text);
  return text ? place : NULL;
}

static tractor_actor_types_payload_t json(const char *text) {
  return (tractor_actor_types_payload_t){TRACTOR_ACTOR_TYPES_CODEC_JSON, {(uint8_t *)text, strlen(text)}};
}

static void drop_nursery(tractor_nursery_t *nursery);
static void drop_context(tractor_context_t *context);

/* The parts, each on those before it. */
#include "src/json.c"
#include "src/errors.c"
#include "src/tasks.c"
#include "src/operations.c"
#include "src/actors.c"
#include "src/contexts.c"
#include "src/names.c"
