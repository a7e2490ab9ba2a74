/* Actors for tractor-host in C: one header for both styles, over the bindings that `tractor-c` generates for the component's world.
 *
 * Blocking style. An exported function begins with TRACTOR_TASK, calls what it needs, and ends with `return tractor_result(error)`. The actor
 * serves one such call at a time: the next begins when it has returned.
 *
 * Callback style, for functions of which several are to be under way in one actor: TRACTOR_CALLBACK(function), tractor_begin(), operations whose
 * names end in `_then`, `return tractor_wait()`. The same operations serve a blocking function that wants several under way: tractor_wait_all().
 *
 * Errors are kept. A call that fails gives false, and what failed is kept for tractor_failure(). From then on every call of the blocking style
 * gives false at once, without doing anything, until the error is returned, cleared, or swallowed by the block whose cancellation it was.
 * So no error is lost, and only loops must look.
 *
 * Blocks (TRACTOR_NURSERY, TRACTOR_CONTEXT, TRACTOR_SCOPE) close themselves: at their end, and at `break`. `return` and `goto` out of one give it
 * up: what it owns is cancelled, and the task does not end before that is gone. What waits inside waits within that block's scope.
 *
 * Whose memory, whose handles:
 *   * What you pass in is yours: it is read before the call returns, and never kept. `data` of the callback style is handed back as it is.
 *   * A tractor_text_t that a call fills is yours: it is made longer as needed and used again by the next call, so it begins as {0}; free it
 *     with tractor_text_free(), or declare it with TRACTOR_TEXT, which frees it at the end of its block.
 *   * Handles (tractor_portal_t, tractor_stream_t) are plain values, owned by the block they were made in: nothing is to be freed, and they must not be
 *     used after it. The actors of a nursery belong to that nursery's block, streams to their context's, portals that were found to the innermost one.
 *   * What the accessors give as `const` belongs to the SDK: tractor_failure() until the next call, an outcome's parts during the callback.
 *   * Arguments of exported functions that are lists and strings are yours, as the generated header says: free them with its `_free` functions.
 */
#ifndef TRACTOR_H
#define TRACTOR_H

#include "actor.h" /* generated: the world of the component, whatever its name */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Values ---- */

/* Text that a call filled: `length` bytes and a NUL behind them. NULL if nothing was filled in yet. */
typedef struct tractor_text {
  char *text;
  size_t length;
  size_t capacity;
} tractor_text_t;

void tractor_text_free(tractor_text_t *text);

/* Declares an empty text that is freed at the end of its block. */
#define TRACTOR_TEXT(name) tractor_text_t name __attribute__((cleanup(tractor_text_free))) = {0}

/* Writes as printf does into `text`, and gives it: `tractor_call(&p, "add", tractor_format(&t, "[%d, %d]", a, b), &sum)`. */
const char *tractor_format(tractor_text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same behind what is there. */
const char *tractor_append(tractor_text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends `length` bytes of UTF-8 as a JSON string, with its quotes. */
const char *tractor_append_string(tractor_text_t *text, const char *bytes, size_t length);

/* Reads the JSON value at `json`; false, and nothing written, if it is not of that type or does not fit. Integers are never rounded. */
bool tractor_json_u64(const char *json, uint64_t *value);
bool tractor_json_i64(const char *json, int64_t *value);
bool tractor_json_double(const char *json, double *value); /* "NaN", "Infinity" and "-Infinity" too */
bool tractor_json_bool(const char *json, bool *value);
bool tractor_json_string(const char *json, tractor_text_t *value);
bool tractor_json_is_null(const char *json);
/* Gives where in `json` the item or the member begins, or NULL if there is none. */
const char *tractor_json_item(const char *json, size_t index);
const char *tractor_json_member(const char *json, const char *name);

#define TRACTOR_MS(n) ((uint64_t)(n)*1000000u)
#define TRACTOR_SECONDS(n) ((uint64_t)(n)*1000000000u)

/* ---- Errors ---- */

typedef tractor_actor_types_error_t tractor_error_t;
typedef tractor_actor_types_failure_t tractor_failure_t;
typedef tractor_actor_types_cancellation_t tractor_cancellation_t;
typedef tractor_actor_types_actor_id_t tractor_id_t;

/* Says whether no error is kept. */
bool tractor_ok(void);
/* Gives the kept error, or NULL. */
const tractor_error_t *tractor_failure(void);
/* Gives the first failure of an error that is no mere cancellation, or NULL. */
const tractor_failure_t *tractor_first_failure(const tractor_error_t *error);
/* Says whether that first failure is of the kind TRACTOR_ACTOR_TYPES_FAILURE_KIND_... */
bool tractor_failed_with(const tractor_error_t *error, int kind);
/* Writes an error as people read it: one line. */
const char *tractor_error_text(const tractor_error_t *error, tractor_text_t *text);
/* Forgets the kept error: it has been dealt with. */
void tractor_clear(void);
/* Keeps a failure of one's own; gives false. */
bool tractor_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Makes a failure of one's own in `error`, which owns it. For the callback style. */
void tractor_error_make(tractor_error_t *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Copies an error, with all it holds. */
void tractor_error_copy(tractor_error_t *to, const tractor_error_t *from);

/* ---- Tasks ---- */

/* A block of code that is cancelled as one. First member of what follows. */
typedef struct tractor_within {
  struct tractor_within *outer;
  struct tractor_owned *owned;
  int32_t scope;
  uint64_t id;
} tractor_within_t;

typedef struct tractor_task {
  tractor_within_t within;
  tractor_within_t *innermost;
  struct tractor_task *interrupted;
  struct tractor_operation *operations;
  uint32_t waitables;
  bool failed;
  bool callback_style;
  tractor_error_t error;
} tractor_task_t;

void tractor_task_begin(tractor_task_t *task);
void tractor_task_end(tractor_task_t *task);

/* Begins an exported function in blocking style: its first statement. Whatever way the function is left, the task ends; standard output is flushed. */
#define TRACTOR_TASK                                                                \
  tractor_task_t tractor_this_task __attribute__((cleanup(tractor_task_end))) = {0}; \
  tractor_task_begin(&tractor_this_task)

/* Hands the kept error over to `error`: false if there was one. What an exported function of type `result<_, error>` returns. */
bool tractor_result(tractor_error_t *error);

/* Writes the function that `tractor-host run` starts: TRACTOR_PROGRAM(count, arguments) { ... }. The arguments are freed behind it; what it
 * keeps as its error is the program's. */
#define TRACTOR_PROGRAM(count, arguments)                                                   \
  static void tractor_program(int count, char **arguments);                                 \
  bool exports_actor_run(actor_list_string_t *list, tractor_error_t *error) {               \
    TRACTOR_TASK;                                                                           \
    tractor_run_program(tractor_program, list);                                             \
    return tractor_result(error);                                                           \
  }                                                                                         \
  static void tractor_program(int count __attribute__((unused)), char **arguments __attribute__((unused)))
void tractor_run_program(void (*program)(int, char **), actor_list_string_t *arguments);

/* Gives the actor that is running; free it with tractor_actor_types_actor_id_free. */
tractor_id_t tractor_current_actor(void);
/* Writes to the log of the tree; TRACTOR_ACTOR_TASK_LEVEL_... Never waits. */
void tractor_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool tractor_sleep(uint64_t nanoseconds);
/* Waits until cancelled; gives false. */
bool tractor_sleep_forever(void);
/* For loops that compute for long: looks whether the innermost block is cancelled. */
bool tractor_checkpoint(void);
/* Gives the nanoseconds until the nearest deadline; false if there is none. */
bool tractor_time_left(uint64_t *nanoseconds);

/* A scope of its own. Fill in what is wanted before; read how it ended behind.
 *
 *     tractor_scope_t patience = {.deadline = TRACTOR_MS(500)};
 *     TRACTOR_SCOPE(&patience) { tractor_call(&p, "slow", "[]", &answer); }
 *     if (patience.moved_on) ...                                                                                        */
typedef struct tractor_scope {
  tractor_within_t within;
  uint64_t deadline; /* nanoseconds; 0: none */
  bool shield;       /* cancellation from outside stays away, for cleaning up; an error that is kept is set aside meanwhile */
  bool moved_on;     /* its own deadline or cancellation cut it short: no error is kept then */
  int phase;
  bool failed_before;
  tractor_error_t before;
} tractor_scope_t;

#define TRACTOR_SCOPE(scope) \
  for (tractor_scope_enter(scope); (scope)->phase; tractor_scope_leave(scope)) TRACTOR_ONCE(scope)
void tractor_scope_enter(tractor_scope_t *scope);
void tractor_scope_leave(tractor_scope_t *scope);
/* Cancels it, and all in it. `message` may be NULL, here and below. */
void tractor_scope_cancel(tractor_scope_t *scope, const char *message);

#define TRACTOR_ONCE(block) for (; (block)->phase == 1; (block)->phase = 2)

/* ---- Nurseries and actors ---- */

typedef tractor_actor_nursery_nursery_options_t tractor_nursery_options_t;

typedef struct tractor_nursery {
  tractor_within_t within;
  int32_t handle;
  int phase;
} tractor_nursery_t;

/* Owns actors: TRACTOR_NURSERY(n) { tractor_start_actor(&n, ...); }. The first failure, of a child or of the body, cancels the others; the block
 * does not end before all are gone. Keeps what failed in it. */
#define TRACTOR_NURSERY(n) TRACTOR_NURSERY_WITH(n, NULL)
#define TRACTOR_NURSERY_WITH(n, options)                                                                                \
  for (tractor_nursery_t n __attribute__((cleanup(tractor_nursery_give_up))) = tractor_nursery_enter(&n, (options)); \
       n.phase; tractor_nursery_leave(&n)) TRACTOR_ONCE(&n)
tractor_nursery_t tractor_nursery_enter(tractor_nursery_t *place, const tractor_nursery_options_t *options);
void tractor_nursery_leave(tractor_nursery_t *nursery);
void tractor_nursery_give_up(tractor_nursery_t *nursery);
/* Cancels all children and the body. */
void tractor_nursery_cancel(tractor_nursery_t *nursery, const char *message);

typedef tractor_actor_capability_directory_t tractor_directory_t;
typedef tractor_actor_capability_limits_t tractor_limits_t;
typedef enum { TRACTOR_OVERDUE_DEFAULT, TRACTOR_OVERDUE_SERVE_ON, TRACTOR_OVERDUE_END_ACTOR } tractor_overdue_t;

/* An actor to be started, and what it is given; nothing is inherited. Arrays of strings end with NULL; NULL is an empty one. */
typedef struct tractor_spec {
  const char *component; /* of the bundle, or "self" */
  const char *name;      /* NULL: that of its component */
  const char *const *components;
  const char *const *connect;
  const char *const *environment; /* name, value, name, value, ... */
  const tractor_directory_t *directories;
  size_t directory_count;
  tractor_actor_capability_names_t names;
  const tractor_limits_t *limits; /* NULL: its owner's, or the defaults */
  tractor_overdue_t overdue;
} tractor_spec_t;

/* A way to call an actor. One that a nursery's call gave is a handle to a child, too. */
typedef struct tractor_portal {
  int32_t portal;
  int32_t child;
} tractor_portal_t;

/* Starts an actor that serves until it is cancelled. Returns when it can be called. */
bool tractor_start_actor(tractor_nursery_t *nursery, const char *component, tractor_portal_t *child);
bool tractor_start(tractor_nursery_t *nursery, const tractor_spec_t *spec, tractor_portal_t *child);
/* Starts an actor, calls one function in it, and ends the actor with the function. `arguments` is a JSON array. */
bool tractor_run_in_actor(tractor_nursery_t *nursery, const char *component, const char *function, const char *arguments,
                          tractor_portal_t *child);
bool tractor_run(tractor_nursery_t *nursery, const tractor_spec_t *spec, const char *function, const char *arguments,
                 tractor_portal_t *child);
/* Gives the JSON value of the function that the child was started for; waits for it. */
bool tractor_child_output(const tractor_portal_t *child, tractor_text_t *value);
/* Cancels a child and waits until it is gone. */
bool tractor_cancel_actor(const tractor_portal_t *child, const char *message);
/* Waits until a child has ended. */
bool tractor_child_ended(const tractor_portal_t *child);

/* Gives the id of the actor; free it with tractor_actor_types_actor_id_free. */
tractor_id_t tractor_portal_actor(const tractor_portal_t *portal);
/* Calls a function and gives its JSON value; `value` may be NULL. */
bool tractor_call(const tractor_portal_t *portal, const char *function, const char *arguments, tractor_text_t *value);

/* ---- Contexts and streams ---- */

/* Either end of a context. */
typedef struct tractor_context {
  tractor_within_t within;
  int32_t opened;
  int32_t callee;
  int phase;
  tractor_text_t first; /* the opener's: what `started` said, as JSON */
} tractor_context_t;

/* Opens a context: TRACTOR_CONTEXT(ctx, &server, "serve", "[10]") { ... ctx.first.text ... }. If it does not open, the body is left out. At the end
 * the callee's task is waited for; if an error is kept then, it is cancelled. */
#define TRACTOR_CONTEXT(ctx, portal, function, arguments)                                   \
  for (tractor_context_t ctx __attribute__((cleanup(tractor_context_give_up))) =            \
           tractor_context_enter(&ctx, (portal), (function), (arguments));                  \
       ctx.phase; tractor_context_leave(&ctx)) TRACTOR_ONCE(&ctx)
tractor_context_t tractor_context_enter(tractor_context_t *place, const tractor_portal_t *portal, const char *function,
                                        const char *arguments);
void tractor_context_leave(tractor_context_t *context);
void tractor_context_give_up(tractor_context_t *context);

/* The callee's end, from the first argument of a context function, which it takes over. It belongs to the task. */
tractor_context_t tractor_context(tractor_actor_context_own_context_t own);
/* The callee gives the opener its first value, JSON. */
bool tractor_started(tractor_context_t *context, const char *value);
/* The opener waits for the value that the callee's function returns. */
bool tractor_output(tractor_context_t *context, tractor_text_t *value);
/* Cancels the callee's task, and this end. Returns at once. The next wait gives the cancellation. */
void tractor_context_cancel(tractor_context_t *context, const char *message);

typedef struct tractor_stream {
  struct tractor_stream_state *state;
} tractor_stream_t;

/* Opens this end of the stream; `buffer` messages may wait at it (0: 256). `overrun` is TRACTOR_ACTOR_CONTEXT_OVERRUN_... */
bool tractor_open_stream(tractor_context_t *context, tractor_stream_t *stream);
bool tractor_open_stream_with(tractor_context_t *context, uint32_t buffer, int overrun, tractor_stream_t *stream);
/* Sends one message, JSON; waits for room. */
bool tractor_send(const tractor_stream_t *stream, const char *message);
/* Sends several in one crossing into the host. Gives in `sent`, if not NULL, how many were taken. */
bool tractor_send_many(const tractor_stream_t *stream, size_t count, const char *const *messages, size_t *sent);
/* Receives one message. False when the other end has stopped, and when it failed: tractor_ok() tells. */
bool tractor_receive(const tractor_stream_t *stream, tractor_text_t *message);
/* Ends this direction. */
void tractor_stop(const tractor_stream_t *stream);

/* ---- Names ---- */

/* Finds the actor of that name. True with `found->portal` 0 if there is none. */
bool tractor_find(const char *name, tractor_portal_t *found);
bool tractor_wait_for(const char *name, tractor_portal_t *found);
/* The way to call the actor with that uuid. */
bool tractor_connect(const char *uuid, tractor_portal_t *found);
bool tractor_register(const char *name);
/* Gives all actors; free them with tractor_actor_registrar_list_actor_id_free. */
bool tractor_list(tractor_actor_registrar_list_actor_id_t *actors);

/* ---- Callback style ---- */

/* How an operation ended. All of it is valid during the callback only, but handles, which belong to their block. */
typedef struct tractor_outcome {
  const tractor_error_t *error; /* NULL: it went well */
  const char *text;             /* JSON, of what gives a value; NULL of tractor_receive_then: the other end has stopped */
  tractor_portal_t portal;
  tractor_stream_t stream;
  const tractor_actor_registrar_list_actor_id_t *actors; /* of tractor_list_then */
} tractor_outcome_t;

typedef void (*tractor_done_t)(void *data, const tractor_outcome_t *outcome);

/* Exports `function` in callback style: `tractor-c` looks for this line. */
#define TRACTOR_CALLBACK(function) \
  actor_callback_code_t function##_callback(actor_event_t *event) { return tractor_event(event); }
actor_callback_code_t tractor_event(const actor_event_t *event);

/* Begins an exported function in callback style. */
void tractor_begin(void);
/* What it returns, its first operations begun. The task ends when none is under way; `function_return(result)` must have been called by then. That reads the
 * result and frees nothing of it: what of it is yours you free behind it. */
actor_callback_code_t tractor_wait(void);
/* Runs callbacks in a blocking function until no operation is under way. False if an error is kept. */
bool tractor_wait_all(void);

/* Operations: each returns at once and calls `done` later, once, never from within. `within` is the block whose scope it waits in, as
 * `&nursery.within`; NULL: the innermost one, or the task. Callbacks may begin others; they must not wait. The result can be given up. */
typedef struct tractor_operation tractor_operation_t;
/* Gives an operation up: `done` is not called, and what it waited for is cancelled. Only before `done`. */
void tractor_give_up(tractor_operation_t *operation);

tractor_operation_t *tractor_sleep_then(tractor_within_t *within, uint64_t nanoseconds, tractor_done_t done, void *data);
/* Ends when the scope is cancelled, with that as its error. */
tractor_operation_t *tractor_cancelled_then(tractor_within_t *within, tractor_done_t done, void *data);
tractor_operation_t *tractor_call_then(tractor_within_t *within, const tractor_portal_t *portal, const char *function,
                                       const char *arguments, tractor_done_t done, void *data);
/* Opens a nursery without a block; `nursery` must live until it is closed. Closed with an error it cancels its children. */
void tractor_nursery_open(tractor_nursery_t *nursery, tractor_within_t *within, const tractor_nursery_options_t *options);
tractor_operation_t *tractor_nursery_close_then(tractor_nursery_t *nursery, const tractor_error_t *error, tractor_done_t done,
                                                void *data);
tractor_operation_t *tractor_start_then(tractor_nursery_t *nursery, const tractor_spec_t *spec, tractor_done_t done, void *data);
tractor_operation_t *tractor_run_then(tractor_nursery_t *nursery, const tractor_spec_t *spec, const char *function,
                                      const char *arguments, tractor_done_t done, void *data);
tractor_operation_t *tractor_child_output_then(tractor_within_t *within, const tractor_portal_t *child, tractor_done_t done, void *data);
tractor_operation_t *tractor_cancel_actor_then(const tractor_portal_t *child, const char *message, tractor_done_t done, void *data);
tractor_operation_t *tractor_child_ended_then(tractor_within_t *within, const tractor_portal_t *child, tractor_done_t done, void *data);
/* Opens a context without a block; `context` is filled before `done`, and must live until it is closed. */
tractor_operation_t *tractor_open_context_then(tractor_within_t *within, const tractor_portal_t *portal, const char *function,
                                               const char *arguments, tractor_context_t *context, tractor_done_t done, void *data);
tractor_operation_t *tractor_context_close_then(tractor_context_t *context, const tractor_error_t *error, tractor_done_t done,
                                                void *data);
tractor_operation_t *tractor_started_then(tractor_context_t *context, tractor_within_t *within, const char *value, tractor_done_t done,
                                          void *data);
tractor_operation_t *tractor_output_then(tractor_context_t *context, tractor_done_t done, void *data);
tractor_operation_t *tractor_open_stream_then(tractor_context_t *context, tractor_within_t *within, uint32_t buffer, tractor_done_t done,
                                              void *data);
tractor_operation_t *tractor_send_then(tractor_within_t *within, const tractor_stream_t *stream, const char *message, tractor_done_t done,
                                       void *data);
tractor_operation_t *tractor_receive_then(tractor_within_t *within, const tractor_stream_t *stream, tractor_done_t done, void *data);
tractor_operation_t *tractor_find_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data);
tractor_operation_t *tractor_wait_for_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data);
tractor_operation_t *tractor_connect_then(tractor_within_t *within, const char *uuid, tractor_done_t done, void *data);
tractor_operation_t *tractor_register_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data);
tractor_operation_t *tractor_list_then(tractor_within_t *within, tractor_done_t done, void *data);

#endif
