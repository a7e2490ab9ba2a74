/* The callee's side of the conformance suite, in blocking style; `hold`, which another call of the same actor ends, in callback style. */
#include "tractor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEER(name) exports_test_conformance_peer_##name
#define TEXT(string) (int)(string)->len, (const char *)(string)->ptr

/* ---- Calls and values. What comes in is handed out again, and freed behind it. ---- */

uint32_t PEER(add)(uint32_t a, uint32_t b) { return a + b; }

void PEER(who)(PEER(actor_id_t) *ret) { *ret = tractor_current_actor(); }

void PEER(echo_integers)(uint8_t a, int8_t b, uint16_t c, int16_t d, uint32_t e, int32_t f, uint64_t g, int64_t h,
                         actor_tuple8_u8_s8_u16_s16_u32_s32_u64_s64_t *ret) {
  *ret = (actor_tuple8_u8_s8_u16_s16_u32_s32_u64_s64_t){a, b, c, d, e, f, g, h};
}

void PEER(echo_floats)(float a, double b, actor_tuple2_f32_f64_t *ret) { *ret = (actor_tuple2_f32_f64_t){a, b}; }

void PEER(echo_texts)(bool a, uint32_t b, actor_string_t *c, actor_tuple3_bool_char32_string_t *ret) {
  *ret = (actor_tuple3_bool_char32_string_t){a, b, *c};
}

typedef PEER(tuple6_list_u8_list_string_tuple2_u8_string_point_color_shape_t) compounds_t;

void PEER(echo_compounds)(actor_list_u8_t *a, actor_list_string_t *b, actor_tuple2_u8_string_t *c, PEER(point_t) *d, PEER(color_t) e,
                          PEER(shape_t) *f, compounds_t *ret) {
  *ret = (compounds_t){*a, *b, *c, *d, e, *f};
}

typedef PEER(tuple5_option_string_option_option_u32_result_u32_string_result_void_void_style_t) options_t;

void PEER(echo_options)(actor_string_t *a, actor_option_u32_t *b, PEER(result_u32_string_t) *c, PEER(result_void_void_t) *d,
                        PEER(style_t) e, options_t *ret) {
  *ret = (options_t){.f2 = *c, .f3 = *d, .f4 = e};
  ret->f0.is_some = a != NULL;
  if (a) ret->f0.val = *a;
  ret->f1.is_some = b != NULL;
  if (b) ret->f1.val = *b;
}

/* ---- Errors ---- */

bool PEER(refuse)(PEER(refusal_t) *why, uint32_t *ret, PEER(refusal_t) *err) {
  *ret = 7;
  if (why) *err = *why;
  return !why;
}

bool PEER(fail)(actor_string_t *message, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_fail("%.*s", TEXT(message));
  actor_string_free(message);
  return tractor_result(err);
}

bool PEER(fail_after_ms)(uint64_t ms, actor_string_t *message, tractor_error_t *err) {
  TRACTOR_TASK;
  if (tractor_sleep(TRACTOR_MS(ms))) tractor_fail("%.*s", TEXT(message));
  actor_string_free(message);
  return tractor_result(err);
}

void PEER(break_down)(actor_string_t *message) {
  fprintf(stderr, "%.*s\n", TEXT(message));
  abort();
}

/* ---- Waiting and being cancelled ---- */

static uint32_t cancelled;

bool PEER(sleep_ms)(uint64_t ms, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_sleep(TRACTOR_MS(ms));
  return tractor_result(err);
}

static void wait_for_ever(void) {
  tractor_sleep_forever();
  tractor_scope_t shield = {.shield = true};
  TRACTOR_SCOPE(&shield) {
    if (tractor_sleep(TRACTOR_MS(5))) cancelled++;
  }
}

bool PEER(wait_for_ever)(tractor_error_t *err) {
  TRACTOR_TASK;
  wait_for_ever();
  return tractor_result(err);
}

uint32_t PEER(cancellations)(void) { return cancelled; }

bool PEER(time_left)(uint64_t *ret) {
  TRACTOR_TASK;
  return tractor_time_left(ret);
}

/* ---- Contexts ---- */

/* Begins a context function: its end of the context, which has said `started`. */
static tractor_context_t started(PEER(own_context_t) own, const char *value) {
  tractor_context_t ctx = tractor_context(own);
  tractor_started(&ctx, value);
  return ctx;
}

bool PEER(start_and_return)(PEER(own_context_t) own, uint32_t value, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(first);
  started(own, tractor_format(&first, "%u", value + 1));
  *ret = value * 2;
  return tractor_result(err);
}

bool PEER(never_start)(PEER(own_context_t) own, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context(own);
  return tractor_result(err);
}

bool PEER(start_and_fail)(PEER(own_context_t) own, actor_string_t *message, tractor_error_t *err) {
  TRACTOR_TASK;
  started(own, "null");
  tractor_fail("%.*s", TEXT(message));
  actor_string_free(message);
  return tractor_result(err);
}

bool PEER(echo)(PEER(own_context_t) own, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "null");
  tractor_stream_t stream;
  TRACTOR_TEXT(message);
  *ret = 0;
  if (tractor_open_stream(&ctx, &stream))
    while (tractor_receive(&stream, &message) && tractor_send(&stream, message.text)) ++*ret;
  return tractor_result(err);
}

bool PEER(count_up)(PEER(own_context_t) own, uint32_t n, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "null");
  tractor_stream_t stream;
  TRACTOR_TEXT(message);
  if (tractor_open_stream(&ctx, &stream))
    for (uint32_t i = 0; i < n && tractor_send(&stream, tractor_format(&message, "%u", i)); i++) {}
  return tractor_result(err);
}

/* Adds up the numbers that come until the other end stops. */
static uint64_t sum(tractor_stream_t *stream, uint64_t pause_ms) {
  TRACTOR_TEXT(message);
  uint64_t all = 0, number;
  while (tractor_receive(stream, &message)) {
    if (!tractor_json_u64(message.text, &number)) tractor_fail("no number: %s", message.text);
    all += number;
    if (pause_ms) tractor_sleep(TRACTOR_MS(pause_ms));
  }
  return all;
}

bool PEER(slow_sum)(PEER(own_context_t) own, uint64_t pause_ms, uint64_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "null");
  tractor_stream_t stream;
  if (tractor_open_stream_with(&ctx, 4, TRACTOR_ACTOR_CONTEXT_OVERRUN_WAIT, &stream)) *ret = sum(&stream, pause_ms);
  return tractor_result(err);
}

bool PEER(stop_first)(PEER(own_context_t) own, uint64_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "null");
  tractor_stream_t stream;
  if (tractor_open_stream(&ctx, &stream)) {
    tractor_send_many(&stream, 3, (const char *[]){"1", "2", "3"}, NULL);
    tractor_stop(&stream);
    *ret = sum(&stream, 0);
  }
  return tractor_result(err);
}

/* The kept error says that the component's own message does not fit. It is cleared. */
static void is_ill_typed(void) {
  TRACTOR_TEXT(text);
  const tractor_error_t *error = tractor_failure();
  bool fits = error && tractor_failed_with(error, TRACTOR_ACTOR_TYPES_FAILURE_KIND_ILL_TYPED) &&
              strstr(tractor_error_text(error, &text), "what it sends");
  if (fits) tractor_clear();
  else if (!error) tractor_fail("a text was sent");
}

bool PEER(converse)(PEER(own_context_t) own, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "9007199254740993");
  tractor_stream_t stream;
  TRACTOR_TEXT(note);
  TRACTOR_TEXT(text);
  TRACTOR_TEXT(answer);
  uint64_t id;
  *ret = 0;
  if (!tractor_open_stream(&ctx, &stream)) return tractor_result(err);
  tractor_send(&stream, "\"no note\"");
  is_ill_typed();
  while (tractor_receive(&stream, &note)) {
    if (!tractor_json_u64(tractor_json_member(note.text, "id"), &id) || !tractor_json_string(tractor_json_member(note.text, "text"), &text))
      tractor_fail("no note: %s", note.text);
    tractor_format(&answer, "{\"id\": %llu, \"text\": ", (unsigned long long)id + 1);
    tractor_append_string(&answer, text.text, text.length);
    tractor_append(&answer, "}");
    if (tractor_send(&stream, answer.text)) ++*ret;
  }
  return tractor_result(err);
}

bool PEER(wait)(PEER(own_context_t) own, tractor_error_t *err) {
  TRACTOR_TASK;
  started(own, "null");
  wait_for_ever();
  return tractor_result(err);
}

bool PEER(give_up)(PEER(own_context_t) own, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = started(own, "null");
  tractor_context_cancel(&ctx, "had enough");
  tractor_checkpoint();
  return tractor_result(err);
}

bool PEER(spin)(PEER(own_context_t) own, tractor_error_t *err) {
  TRACTOR_TASK;
  started(own, "null");
  for (volatile uint32_t round = 0;; round++) {}
}

/* ---- Callback style: `release` must be served while `hold` waits ---- */

static uint32_t releases;

typedef struct hold {
  tractor_context_t ctx;
  bool stubborn;
  uint32_t releases; /* when it began */
  tractor_scope_t shield;
} hold_t;

static void end_hold(hold_t *hold, const tractor_error_t *error) {
  PEER(result_void_error_t) result = {.is_err = error != NULL};
  if (error) result.val.err = *error;
  PEER(hold_return)(result);
  free(hold);
}

static void look(void *data, const tractor_outcome_t *outcome) {
  hold_t *hold = data;
  if (outcome->error && (!hold->stubborn || hold->shield.phase)) return end_hold(hold, outcome->error);
  if (releases != hold->releases) {
    if (hold->shield.phase) tractor_scope_leave(&hold->shield);
    return end_hold(hold, NULL);
  }
  /* From here on cancellation does not reach it. */
  if (outcome->error) tractor_scope_enter(&hold->shield);
  tractor_sleep_then(NULL, TRACTOR_MS(2), look, hold);
}

TRACTOR_CALLBACK(exports_test_conformance_peer_hold)
actor_callback_code_t PEER(hold)(PEER(own_context_t) own, bool stubborn) {
  tractor_begin();
  hold_t *hold = calloc(1, sizeof *hold);
  *hold = (hold_t){.ctx = tractor_context(own), .stubborn = stubborn, .releases = releases, .shield.shield = true};
  tractor_started_then(&hold->ctx, NULL, "null", look, hold);
  return tractor_wait();
}

void PEER(release)(void) { releases++; }

/* ---- Actors of its own ---- */

bool PEER(nest)(actor_string_t *component, uint32_t depth, actor_string_t *failure, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(name);
  TRACTOR_TEXT(arguments);
  TRACTOR_TEXT(output);
  uint64_t below = 0;
  if (!depth) {
    if (failure) tractor_fail("%.*s", TEXT(failure));
    *ret = 0;
    return tractor_result(err);
  }
  tractor_format(&name, "%.*s", TEXT(component));
  tractor_append(&arguments, "[");
  tractor_append_string(&arguments, name.text, name.length);
  tractor_append(&arguments, ", %u, ", depth - 1);
  if (failure) tractor_append_string(&arguments, (const char *)failure->ptr, failure->len);
  tractor_append(&arguments, failure ? "]" : "null]");
  TRACTOR_NURSERY(n) {
    tractor_spec_t spec = {.component = name.text, .components = (const char *[]){name.text, NULL}};
    tractor_portal_t child;
    if (!tractor_run(&n, &spec, "test:conformance/peer#nest", arguments.text, &child)) break;
    if (tractor_child_output(&child, &output) && !tractor_json_u64(output.text, &below)) tractor_fail("no number: %s", output.text);
  }
  *ret = (uint32_t)below + 1;
  return tractor_result(err);
}

bool PEER(lend)(PEER(own_context_t) own, actor_string_t *component, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(name);
  TRACTOR_TEXT(text);
  tractor_context_t ctx = tractor_context(own);
  tractor_format(&name, "%.*s", TEXT(component));
  TRACTOR_NURSERY(n) {
    tractor_portal_t lent;
    tractor_stream_t stream;
    if (!tractor_start(&n, &(tractor_spec_t){.component = name.text, .name = "lent"}, &lent)) break;
    tractor_id_t id = tractor_portal_actor(&lent);
    tractor_append_string(&text, (const char *)id.uuid.ptr, id.uuid.len);
    tractor_actor_types_actor_id_free(&id);
    tractor_started(&ctx, text.text);
    if (!tractor_open_stream(&ctx, &stream) || !tractor_receive(&stream, &text)) break;
    tractor_cancel_actor(&lent, "time to go");
  }
  return tractor_result(err);
}

/* ---- Names ---- */

bool PEER(register)(actor_string_t *name, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(text);
  tractor_register(tractor_format(&text, "%.*s", TEXT(name)));
  return tractor_result(err);
}

bool PEER(ask)(actor_string_t *name, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(text);
  tractor_portal_t found;
  uint64_t sum = 0;
  if (tractor_find(tractor_format(&text, "%.*s", TEXT(name)), &found)) {
    if (!found.portal) tractor_fail("nobody is named %s", text.text);
    else if (tractor_call(&found, "test:conformance/peer#add", "[20, 22]", &text)) tractor_json_u64(text.text, &sum);
  }
  *ret = (uint32_t)sum;
  return tractor_result(err);
}
