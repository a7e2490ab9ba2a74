/* Who cancels whom, and what is told of it. */
#include "driver.h"

static void opener_cancels(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("wait"), NULL) tractor_context_cancel(&ctx, NULL);
  gives(peer, FUNCTION("cancellations"), NULL, 1);
}

/* The kept failure is `context-cancelled`, by that actor with that message. */
static void raises_cancellation(const char *canceller, const char *message) {
  TRACTOR_TEXT(name);
  TRACTOR_TEXT(said);
  const tractor_failure_t *failure = tractor_first_failure(tractor_failure());
  if (failure && failure->kind.tag == KIND(CONTEXT_CANCELLED)) {
    const tractor_cancellation_t *cancellation = &failure->kind.val.context_cancelled;
    tractor_format(&name, "%.*s", (int)cancellation->canceller.name.len, (char *)cancellation->canceller.name.ptr);
    if (cancellation->message.is_some)
      tractor_format(&said, "%.*s", (int)cancellation->message.val.len, (char *)cancellation->message.val.ptr);
  }
  raises(KIND(CONTEXT_CANCELLED), "", NULL);
  if (!tractor_ok()) return;
  equal("the canceller", canceller, name.text ? name.text : "");
  equal("its message", message, said.text ? said.text : "");
}

static void callee_cancels(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("give-up"), NULL) tractor_sleep_forever();
  raises_cancellation("peer", "had enough");
  answers(peer);
}

static void third_cancels(void) {
  TRACTOR_TEXT(arguments);
  TRACTOR_TEXT(uuid);
  tractor_append(&arguments, "[");
  tractor_append_string(&arguments, component, strlen(component));
  tractor_append(&arguments, "]");
  TRACTOR_NURSERY(n) {
    tractor_portal_t lender;
    if (!start_peer(&n, "lender", true, &lender)) break;
    TRACTOR_CONTEXT(lend, &lender, FUNCTION("lend"), arguments.text) {
      tractor_portal_t lent;
      tractor_stream_t stream;
      if (!tractor_open_stream(&lend, &stream)) break;
      if (!tractor_json_string(lend.first.text, &uuid) || !tractor_connect(uuid.text, &lent)) break;
      TRACTOR_CONTEXT(wait, &lent, FUNCTION("wait"), NULL) {
        tractor_send(&stream, "1");
        tractor_sleep_forever();
      }
      raises_cancellation("lender", "time to go");
    }
    tractor_cancel_actor(&lender, NULL);
  }
}

static void deadline(const tractor_portal_t *peer) {
  tractor_scope_t patience = {.deadline = TRACTOR_MS(500)};
  TRACTOR_SCOPE(&patience) tractor_call(peer, FUNCTION("wait-for-ever"), NULL, NULL);
  if (!patience.moved_on) tractor_fail("expected to move on");
  gives(peer, FUNCTION("cancellations"), NULL, 1);
}

static void killed_at_timeout(void) {
  tractor_nursery_options_t options = {.grace = {true, TRACTOR_MS(100)}};
  TRACTOR_NURSERY_WITH(n, &options) {
    tractor_portal_t spinner;
    if (!start_peer(&n, "spinner", false, &spinner)) break;
    TRACTOR_CONTEXT(ctx, &spinner, FUNCTION("spin"), NULL) {
      tractor_nursery_cancel(&n, NULL);
      tractor_sleep_forever();
    }
  }
  raises(KIND(OVERDUE), "", "spinner");
}

static void overdue_task(const tractor_portal_t *peer) {
  tractor_scope_t scope = {0};
  TRACTOR_SCOPE(&scope) {
    TRACTOR_CONTEXT(ctx, peer, FUNCTION("hold"), "[true]") {
      tractor_scope_cancel(&scope, NULL);
      tractor_sleep_forever();
    }
  }
  raises(KIND(OVERDUE), "", NULL);
  answers(peer);
  tractor_call(peer, FUNCTION("release"), NULL, NULL);
}

static void run_opener_cancels(void) { with_peer(opener_cancels); }
static void run_callee_cancels(void) { with_peer(callee_cancels); }
static void run_deadline(void) { with_peer(deadline); }
static void run_overdue_task(void) { with_peer(overdue_task); }

const scenario_t cancelling[] = {
    {"opener_cancels", run_opener_cancels}, {"callee_cancels", run_callee_cancels}, {"third_cancels", third_cancels},
    {"deadline", run_deadline},             {"killed_at_timeout", killed_at_timeout}, {"overdue_task", run_overdue_task},
    {0},
};
