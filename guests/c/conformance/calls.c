/* Calls, and how they fail. */
#include "driver.h"

static void calls_body(const tractor_portal_t *peer) {
  TRACTOR_TEXT(who);
  TRACTOR_TEXT(text);
  TRACTOR_TEXT(uuid);
  answers(peer);
  if (!tractor_call(peer, FUNCTION("who"), NULL, &who)) return;
  tractor_id_t id = tractor_portal_actor(peer);
  tractor_format(&uuid, "%.*s", (int)id.uuid.len, (char *)id.uuid.ptr);
  tractor_actor_types_actor_id_free(&id);
  if (!tractor_json_string(tractor_json_member(who.text, "uuid"), &text)) tractor_fail("no uuid in %s", who.text);
  else equal("its uuid", uuid.text, text.text);
  if (!tractor_json_string(tractor_json_member(who.text, "name"), &text)) tractor_fail("no name in %s", who.text);
  else equal("its name", "peer", text.text);
}

static void bad_calls(const tractor_portal_t *peer) {
  tractor_call(peer, FUNCTION("no-such"), NULL, NULL);
  raises(KIND(NOT_FOUND), "no-such", NULL);
  tractor_call(peer, FUNCTION("add"), "[\"two\", 3]", NULL);
  raises(KIND(ILL_TYPED), "add", NULL);
  answers(peer);
}

static void declared_errors(const tractor_portal_t *peer) {
  static const char *const errors[] = {"{\"too-big\":70000}", "{\"at\":{\"x\":-1,\"y\":2}}", "\"closed\""};
  gives(peer, FUNCTION("refuse"), "[null]", 7);
  for (size_t i = 0; i < 3; i++) {
    TRACTOR_TEXT(arguments);
    TRACTOR_TEXT(value);
    if (tractor_call(peer, FUNCTION("refuse"), tractor_format(&arguments, "[%s]", errors[i]), NULL)) {
      tractor_fail("expected %s, and it went well", errors[i]);
      return;
    }
    const tractor_failure_t *failure = tractor_first_failure(tractor_failure());
    if (failure && failure->value.is_some)
      tractor_format(&value, "%.*s", (int)failure->value.val.bytes.len, (char *)failure->value.val.bytes.ptr);
    raises(KIND(RETURNED), "", NULL);
    if (tractor_ok()) equal("the error", errors[i], value.text ? value.text : "nothing");
  }
}

static void failures(const tractor_portal_t *peer) {
  tractor_call(peer, FUNCTION("fail"), "[\"no luck\"]", NULL);
  raises(KIND(OTHER), "no luck", "peer");
  answers(peer);
}

static void time_left(const tractor_portal_t *peer) {
  TRACTOR_TEXT(left);
  uint64_t time;
  if (tractor_call(peer, FUNCTION("time-left"), NULL, &left)) equal("the time that is left", "null", left.text);
  tractor_scope_t minute = {.deadline = TRACTOR_SECONDS(60)};
  TRACTOR_SCOPE(&minute) {
    if (!tractor_call(peer, FUNCTION("time-left"), NULL, &left)) break;
    if (!tractor_json_u64(left.text, &time) || !time || time > TRACTOR_SECONDS(60)) tractor_fail("%s ns are left", left.text);
  }
}

/* ---- At once: operations with callbacks, awaited together ---- */

static uint32_t succeeded;

static void slept(void *data, const tractor_outcome_t *outcome) { succeeded += outcome->error == NULL; }

static void added(void *data, const tractor_outcome_t *outcome) { succeeded += !outcome->error && !strcmp(outcome->text, "5"); }

static void calls_at_once(const tractor_portal_t *peer) {
  succeeded = 0;
  for (int i = 0; i < 10; i++) tractor_call_then(NULL, peer, FUNCTION("sleep-ms"), "[20]", slept, NULL);
  tractor_call_then(NULL, peer, FUNCTION("add"), "[2, 3]", added, NULL);
  tractor_wait_all();
  if (succeeded != 11) tractor_fail("%u of 11 calls succeeded", succeeded);
}

static void run_calls(void) { with_peer(calls_body); }
static void run_bad_calls(void) { with_peer(bad_calls); }
static void run_declared_errors(void) { with_peer(declared_errors); }
static void run_failures(void) { with_peer(failures); }
static void run_time_left(void) { with_peer(time_left); }
static void run_calls_at_once(void) { with_peer(calls_at_once); }

const scenario_t calls[] = {
    {"calls", run_calls},       {"bad_calls", run_bad_calls}, {"declared_errors", run_declared_errors},
    {"failures", run_failures}, {"time_left", run_time_left}, {"calls_at_once", run_calls_at_once},
    {0},
};
