/* The caller's side: finds the scenario, and what all of them need. */
#include "driver.h"

const char *component;

static bool run_scenario(const char *name) {
  const scenario_t *const all[] = {calls, values, streams, cancelling, nurseries};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    for (const scenario_t *scenario = all[i]; scenario->name; scenario++)
      if (!strcmp(scenario->name, name)) {
        scenario->run();
        return true;
      }
  return false;
}

bool exports_test_conformance_driver_drive(actor_string_t *scenario, actor_string_t *peer, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(name);
  TRACTOR_TEXT(started);
  component = tractor_format(&started, "%.*s", (int)peer->len, (char *)peer->ptr);
  tractor_format(&name, "%.*s", (int)scenario->len, (char *)scenario->ptr);
  if (!run_scenario(name.text)) tractor_fail("no scenario %s", name.text);
  actor_string_free(scenario);
  actor_string_free(peer);
  return tractor_result(err);
}

bool start_peer(tractor_nursery_t *nursery, const char *name, bool trusted, tractor_portal_t *peer) {
  const char *const components[] = {component, NULL};
  tractor_spec_t spec = {.component = component, .name = name};
  if (trusted) {
    spec.components = components;
    spec.names = (tractor_actor_capability_names_t){true, true, true};
  }
  return tractor_start(nursery, &spec, peer);
}

void with_peer(void (*body)(const tractor_portal_t *)) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t peer;
    if (!start_peer(&n, "peer", false, &peer)) break;
    body(&peer);
    tractor_cancel_actor(&peer, NULL);
  }
}

void gives(const tractor_portal_t *peer, const char *function, const char *arguments, uint64_t expected) {
  TRACTOR_TEXT(value);
  TRACTOR_TEXT(number);
  if (tractor_call(peer, function, arguments, &value))
    equal(function, tractor_format(&number, "%llu", (unsigned long long)expected), value.text);
}

void answers(const tractor_portal_t *peer) { gives(peer, FUNCTION("add"), "[2, 3]", 5); }

void equal(const char *what, const char *expected, const char *came) {
  if (strcmp(expected, came)) tractor_fail("%s: expected %.200s, and %.200s came", what, expected, came);
}

void receives(tractor_stream_t *stream, uint64_t expected) {
  TRACTOR_TEXT(message);
  TRACTOR_TEXT(number);
  tractor_format(&number, "%llu", (unsigned long long)expected);
  if (tractor_receive(stream, &message)) equal("a message", number.text, message.text);
  else if (tractor_ok()) tractor_fail("the stream ended before %s", number.text);
}

void ends(tractor_stream_t *stream) {
  TRACTOR_TEXT(message);
  if (tractor_receive(stream, &message)) tractor_fail("expected the end of the stream, and %s came", message.text);
}

void outputs(tractor_context_t *context, uint64_t expected) {
  TRACTOR_TEXT(value);
  TRACTOR_TEXT(number);
  if (tractor_output(context, &value)) equal("the output", tractor_format(&number, "%llu", (unsigned long long)expected), value.text);
}

/* Says what is wrong with the error, or nothing. */
static bool is_not(const tractor_error_t *error, int kind, const char *text, const char *origin, tractor_text_t *why) {
  const tractor_failure_t *failure = tractor_first_failure(error);
  if (!failure) return tractor_format(why, "no failure");
  size_t count = 0;
  for (size_t i = 0; i < error->val.failed.len; i++) count += error->val.failed.ptr[i].kind.tag != KIND(CANCELLED);
  if (count != 1) return tractor_format(why, "%zu failures", count);
  if (failure->kind.tag != kind) return tractor_format(why, "kind %d", failure->kind.tag);
  TRACTOR_TEXT(message);
  TRACTOR_TEXT(name);
  tractor_format(&message, "%.*s", (int)failure->message.len, (char *)failure->message.ptr);
  tractor_format(&name, "%.*s", (int)failure->origin.name.len, (char *)failure->origin.name.ptr);
  if (!strstr(message.text, text)) return tractor_format(why, "another message");
  return origin && strcmp(origin, name.text) && tractor_format(why, "origin %s", name.text);
}

void raises(int kind, const char *text, const char *origin) {
  TRACTOR_TEXT(why);
  TRACTOR_TEXT(came);
  bool wrong = is_not(tractor_failure(), kind, text, origin, &why);
  if (wrong) tractor_error_text(tractor_failure(), &came);
  tractor_clear();
  if (wrong) tractor_fail("expected a failure of kind %d, \"%s\", and %s came: %s", kind, text, why.text, came.text);
}

void is_cancelled(const char *what) {
  const tractor_error_t *error = tractor_failure();
  if (error && error->tag == TRACTOR_ACTOR_TYPES_ERROR_CANCELLED) return;
  if (!error) tractor_fail("%s: expected to be cancelled, and it went on", what);
}

void is_closed(void) {
  const tractor_error_t *error = tractor_failure();
  if (!error) tractor_fail("expected an error, closed, and it went well");
  else if (error->tag == TRACTOR_ACTOR_TYPES_ERROR_CLOSED) tractor_clear();
}
