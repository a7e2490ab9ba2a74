/* Actors of its own, and their names. */
#include "driver.h"

static void one_fails_all(void) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t waiting[2], clumsy;
    tractor_spec_t spec = {.component = component, .name = "peer"};
    for (int i = 0; i < 2; i++) tractor_run(&n, &spec, FUNCTION("wait-for-ever"), NULL, &waiting[i]);
    spec.name = "clumsy";
    if (!tractor_run(&n, &spec, FUNCTION("fail-after-ms"), "[50, \"clumsy me\"]", &clumsy)) break;
    tractor_child_output(&waiting[0], NULL);
    is_cancelled("the body");
  }
  size_t cancelled = 0;
  const tractor_error_t *error = tractor_failure();
  for (size_t i = 0; error && error->tag == TRACTOR_ACTOR_TYPES_ERROR_FAILED && i < error->val.failed.len; i++)
    cancelled += error->val.failed.ptr[i].kind.tag == KIND(CANCELLED);
  raises(KIND(OTHER), "clumsy me", "clumsy");
  if (cancelled != 2) tractor_fail("expected 2 members that were cancelled, and %zu came", cancelled);
}

/* Runs `nest` in a peer of its own; gives its output, or keeps what failed. */
static void nest(const char *more, tractor_text_t *output) {
  TRACTOR_TEXT(arguments);
  tractor_append(&arguments, "[");
  tractor_append_string(&arguments, component, strlen(component));
  tractor_append(&arguments, ", %s]", more);
  TRACTOR_NURSERY(n) {
    tractor_spec_t spec = {.component = component, .name = "peer", .components = (const char *[]){component, NULL}};
    tractor_portal_t child;
    if (tractor_run(&n, &spec, FUNCTION("nest"), arguments.text, &child)) tractor_child_output(&child, output);
  }
}

static void nested_spawn(void) {
  TRACTOR_TEXT(output);
  nest("3, null", &output);
  if (tractor_ok()) equal("the depth", "3", output.text);
}

static void nested_failure(void) {
  TRACTOR_TEXT(output);
  nest("2, \"deep down\"", &output);
  const tractor_failure_t *failure = tractor_first_failure(tractor_failure());
  size_t path = failure ? failure->path.len : 0;
  raises(KIND(OTHER), "deep down", NULL);
  if (path < 2) tractor_fail("its path has %zu actors", path);
}

/* The id of the kept failure, if it is a trap that says so. */
static uint64_t trap_that_says(const char *words) {
  const tractor_failure_t *failure = tractor_first_failure(tractor_failure());
  if (!failure || failure->kind.tag != KIND(TRAP)) return 0;
  TRACTOR_TEXT(story);
  tractor_format(&story, "%.*s", (int)failure->message.len, (char *)failure->message.ptr);
  if (failure->backtrace.is_some) tractor_append(&story, "%.*s", (int)failure->backtrace.val.len, (char *)failure->backtrace.val.ptr);
  return strstr(story.text, words) ? failure->id : 0;
}

static void breaks_down(void) {
  uint64_t called = 0;
  TRACTOR_NURSERY(n) {
    tractor_portal_t peer;
    if (!start_peer(&n, "peer", false, &peer)) break;
    tractor_call(&peer, FUNCTION("break-down"), "[\"the end\"]", NULL);
    called = trap_that_says("the end");
  }
  uint64_t raised = trap_that_says("the end");
  raises(KIND(TRAP), "", NULL);
  if (!called || raised != called) tractor_fail("expected one trap that says \"the end\" of call and nursery");
}

/* Looks for that name in the list. */
static void has(const tractor_actor_registrar_list_actor_id_t *actors, const char *name) {
  for (size_t i = 0; i < actors->len; i++) {
    const actor_string_t *at = &actors->ptr[i].name;
    if (at->len == strlen(name) && !memcmp(at->ptr, name, at->len)) return;
  }
  tractor_fail("the list has no %s", name);
}

static void registrar(void) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t one, two, found;
    tractor_actor_registrar_list_actor_id_t actors;
    if (!start_peer(&n, "one", true, &one) || !start_peer(&n, "two", true, &two)) break;
    tractor_call(&one, FUNCTION("register"), "[\"booth\"]", NULL);
    gives(&two, FUNCTION("ask"), "[\"booth\"]", 42);
    if (!tractor_wait_for("booth", &found)) break;
    answers(&found);
    if (!tractor_list(&actors)) break;
    has(&actors, "one");
    has(&actors, "two");
    tractor_actor_registrar_list_actor_id_free(&actors);
    tractor_cancel_actor(&one, NULL);
    if (tractor_find("booth", &found) && found.portal) tractor_fail("one was found when it was gone");
    tractor_cancel_actor(&two, NULL);
  }
}

const scenario_t nurseries[] = {
    {"one_fails_all", one_fails_all}, {"nested_spawn", nested_spawn}, {"nested_failure", nested_failure},
    {"breaks_down", breaks_down},     {"registrar", registrar},       {0},
};
