// Two linked tasks in two processes, and a stream between them: a first value, ten pings, ten pongs, a result.
//
// ```console
// $ tractor-host run ping_pong_c.wasm
// the first value is 11
// ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong!
// the server counted 10 pings
// ```
#include "tractor.h"
#include <stdio.h>
#include <string.h>

static void talk(tractor_context_t *ctx) {
  tractor_stream_t stream;
  TRACTOR_TEXT(answer);
  TRACTOR_TEXT(word);
  TRACTOR_TEXT(said);
  if (!tractor_open_stream(ctx, &stream)) return;
  for (int i = 0; i < 10 && tractor_send(&stream, "\"ping\"") && tractor_receive(&stream, &answer); i++) {
    tractor_json_string(answer.text, &word);
    tractor_append(&said, "%sping? %s!", i ? " " : "", word.text);
  }
  tractor_stop(&stream); /* this direction; the other one goes on */
  if (tractor_ok()) printf("%s\n", said.text);
}

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_TEXT(pings);
  TRACTOR_NURSERY(n) {
    tractor_portal_t server;
    if (!tractor_start(&n, &(tractor_spec_t){.component = "self", .name = "rpc_server"}, &server)) break;
    TRACTOR_CONTEXT(ctx, &server, "simple-rpc", "[10]") {
      printf("the first value is %s\n", ctx.first.text);
      talk(&ctx);
      tractor_output(&ctx, &pings);
    }
    if (tractor_ok()) printf("the server counted %s pings\n", pings.text);
    tractor_cancel_actor(&server, NULL);
  }
}

bool exports_actor_simple_rpc(actor_own_context_t own, uint32_t data, uint32_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  tractor_context_t ctx = tractor_context(own);
  tractor_stream_t stream;
  TRACTOR_TEXT(message);
  *ret = 0;
  tractor_started(&ctx, tractor_format(&message, "%u", data + 1));
  if (!tractor_open_stream(&ctx, &stream)) return tractor_result(err);
  while (tractor_receive(&stream, &message)) {
    if (strcmp(message.text, "\"ping\"")) tractor_fail("expected ping, got %s", message.text);
    if (tractor_send(&stream, "\"pong\"")) ++*ret;
  }
  return tractor_result(err);
}
