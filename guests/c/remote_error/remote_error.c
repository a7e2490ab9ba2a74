// An error crosses processes: three daemons idle, a fourth actor fails, the nursery raises its error, and all are gone.
//
// ```console
// $ tractor-host run remote_error_c.wasm
// extra failed: 7 cannot be divided by 0
// look Maa, that actor failed hard, and the daemons went with it
// ```
#include "tractor.h"
#include <stdio.h>

/* Tells of each failure that has a value: what the function declares as its error. Those that were merely cancelled have none. */
static void tell(const tractor_error_t *error) {
  TRACTOR_TEXT(json);
  TRACTOR_TEXT(reason);
  for (size_t i = 0; error->tag == TRACTOR_ACTOR_TYPES_ERROR_FAILED && i < error->val.failed.len; i++) {
    const tractor_failure_t *failure = &error->val.failed.ptr[i];
    if (!failure->value.is_some) continue;
    tractor_format(&json, "%.*s", (int)failure->value.val.bytes.len, (char *)failure->value.val.bytes.ptr);
    if (tractor_json_string(json.text, &reason))
      printf("%.*s failed: %s\n", (int)failure->origin.name.len, (char *)failure->origin.name.ptr, reason.text);
  }
}

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_NURSERY(n) {
    tractor_portal_t child;
    TRACTOR_TEXT(name);
    for (int i = 0; i < 3; i++)
      tractor_start(&n, &(tractor_spec_t){.component = "self", .name = tractor_format(&name, "daemon_%d", i)}, &child);
    tractor_run(&n, &(tractor_spec_t){.component = "self", .name = "extra"}, "divide", "[7, 0]", &child);
  }
  if (tractor_ok()) {
    tractor_fail("a division by zero went well");
    return;
  }
  tell(tractor_failure());
  tractor_clear(); /* it has been dealt with */
  printf("look Maa, that actor failed hard, and the daemons went with it\n");
}

bool exports_actor_divide(uint32_t dividend, uint32_t divisor, uint32_t *ret, actor_string_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(reason);
  if (divisor) {
    *ret = dividend / divisor;
    return true;
  }
  actor_string_dup(err, tractor_format(&reason, "%u cannot be divided by %u", dividend, divisor));
  return false;
}
