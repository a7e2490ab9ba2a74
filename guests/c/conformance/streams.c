/* Contexts, and the streams on them. */
#include "driver.h"

static void started(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("start-and-return"), "[20]") {
    equal("the first value", "21", ctx.first.text);
    outputs(&ctx, 40);
    outputs(&ctx, 40);
  }
}

static void never_started(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("never-start"), NULL) tractor_fail("it opened");
  raises(KIND(MISUSE), "", NULL);
}

static void context_fails(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("start-and-fail"), "[\"fell over\"]") {
    tractor_sleep_forever();
    is_cancelled("the body");
  }
  raises(KIND(OTHER), "fell over", NULL);
  answers(peer);
}

static void ping_pong(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("echo"), NULL) {
    tractor_stream_t stream;
    TRACTOR_TEXT(number);
    if (!tractor_open_stream(&ctx, &stream)) break;
    for (unsigned i = 0; i < 10; i++) {
      tractor_send(&stream, tractor_format(&number, "%u", i));
      receives(&stream, i);
    }
    tractor_stop(&stream);
    ends(&stream);
    outputs(&ctx, 10);
  }
}

/* Sends a note, and expects the same with an id of one more. */
static void converse(tractor_stream_t *stream, uint64_t id, const char *text) {
  TRACTOR_TEXT(note);
  TRACTOR_TEXT(answer);
  TRACTOR_TEXT(came);
  uint64_t number = 0;
  tractor_send(stream, tractor_format(&note, "{\"id\": %llu, \"text\": \"%s\"}", (unsigned long long)id, text));
  if (!tractor_receive(stream, &answer)) return;
  tractor_json_u64(tractor_json_member(answer.text, "id"), &number);
  tractor_json_string(tractor_json_member(answer.text, "text"), &came);
  if (number != id + 1) tractor_fail("another id: %s", answer.text);
  equal("the text", text, came.text ? came.text : "");
}

static void typed_stream(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("converse"), NULL) {
    tractor_stream_t stream;
    equal("the first value", "9007199254740993", ctx.first.text);
    if (!tractor_open_stream(&ctx, &stream)) break;
    converse(&stream, 9007199254740993u, "grüße");
    tractor_send(&stream, "\"no note\"");
    raises(KIND(ILL_TYPED), "converse: what it receives", NULL);
    converse(&stream, 1, "");
    tractor_stop(&stream);
    outputs(&ctx, 2);
  }
}

/* Sends the numbers below `count` at once, and stops. */
static void send_all(tractor_stream_t *stream, size_t count) {
  char digits[100][4];
  const char *messages[100];
  for (size_t i = 0; i < count; i++) {
    snprintf(digits[i], sizeof digits[i], "%zu", i);
    messages[i] = digits[i];
  }
  tractor_send_many(stream, count, messages, NULL);
  tractor_stop(stream);
}

static void batches(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("echo"), NULL) {
    tractor_stream_t stream;
    if (!tractor_open_stream(&ctx, &stream)) break;
    send_all(&stream, 50);
    for (unsigned i = 0; i < 50; i++) receives(&stream, i);
    ends(&stream);
    outputs(&ctx, 50);
  }
}

static void slow_receiver(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("slow-sum"), "[1]") {
    tractor_stream_t stream;
    if (!tractor_open_stream(&ctx, &stream)) break;
    send_all(&stream, 100);
    outputs(&ctx, 4950);
  }
}

static void slow_sender(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("count-up"), "[100]") {
    tractor_stream_t stream;
    TRACTOR_TEXT(output);
    if (!tractor_open_stream_with(&ctx, 4, TRACTOR_ACTOR_CONTEXT_OVERRUN_WAIT, &stream)) break;
    for (unsigned i = 0; i < 100 && tractor_ok(); i++) {
      receives(&stream, i);
      tractor_sleep(TRACTOR_MS(1));
    }
    ends(&stream);
    if (tractor_output(&ctx, &output)) equal("the output", "null", output.text);
  }
}

static void stop(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("stop-first"), NULL) {
    tractor_stream_t stream;
    if (!tractor_open_stream(&ctx, &stream)) break;
    for (unsigned i = 1; i <= 3; i++) receives(&stream, i);
    ends(&stream);
    tractor_send_many(&stream, 2, (const char *[]){"10", "20"}, NULL);
    tractor_stop(&stream);
    tractor_send(&stream, "30");
    is_closed();
    outputs(&ctx, 30);
  }
}

static void served_at_once(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("hold"), "[false]") {
    tractor_call(peer, FUNCTION("release"), NULL, NULL);
    tractor_output(&ctx, NULL);
  }
}

/* ---- Both ways at once: two chains of callbacks, awaited together ---- */

typedef struct both_ways {
  tractor_stream_t stream;
  unsigned sent, received;
  bool ended;
  tractor_text_t number;
} both_ways_t;

enum { MESSAGES = 500 };

static void sent(void *data, const tractor_outcome_t *outcome) {
  both_ways_t *both = data;
  if (outcome->error) tractor_fail("a message was not sent");
  else if (both->sent == MESSAGES) tractor_stop(&both->stream);
  else tractor_send_then(NULL, &both->stream, tractor_format(&both->number, "%u", both->sent++), sent, both);
}

static void received(void *data, const tractor_outcome_t *outcome) {
  both_ways_t *both = data;
  uint64_t number;
  both->ended = !outcome->error && !outcome->text;
  if (both->ended) return;
  if (outcome->error || !tractor_json_u64(outcome->text, &number) || number != both->received++)
    tractor_fail("number %u did not come", both->received);
  else tractor_receive_then(NULL, &both->stream, received, both);
}

static void both_ways_at_once(const tractor_portal_t *peer) {
  TRACTOR_CONTEXT(ctx, peer, FUNCTION("echo"), NULL) {
    both_ways_t both = {0};
    if (!tractor_open_stream(&ctx, &both.stream)) break;
    tractor_send_then(NULL, &both.stream, tractor_format(&both.number, "%u", both.sent++), sent, &both);
    tractor_receive_then(NULL, &both.stream, received, &both);
    tractor_wait_all();
    tractor_text_free(&both.number);
    if (both.received != MESSAGES || !both.ended) tractor_fail("%u of %d came back", both.received, MESSAGES);
    outputs(&ctx, MESSAGES);
  }
}

static void run_started(void) { with_peer(started); }
static void run_never_started(void) { with_peer(never_started); }
static void run_context_fails(void) { with_peer(context_fails); }
static void run_ping_pong(void) { with_peer(ping_pong); }
static void run_typed_stream(void) { with_peer(typed_stream); }
static void run_batches(void) { with_peer(batches); }
static void run_slow_receiver(void) { with_peer(slow_receiver); }
static void run_slow_sender(void) { with_peer(slow_sender); }
static void run_stop(void) { with_peer(stop); }
static void run_served_at_once(void) { with_peer(served_at_once); }
static void run_both_ways(void) { with_peer(both_ways_at_once); }

const scenario_t streams[] = {
    {"started", run_started},
    {"never_started", run_never_started},
    {"context_fails", run_context_fails},
    {"ping_pong", run_ping_pong},
    {"typed_stream", run_typed_stream},
    {"batches", run_batches},
    {"slow_receiver", run_slow_receiver},
    {"slow_sender", run_slow_sender},
    {"stop", run_stop},
    {"served_at_once", run_served_at_once},
    {"both_ways_at_once", run_both_ways},
    {0},
};
