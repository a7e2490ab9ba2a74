/* Both ends of a context, and the stream between them. */

enum { BUFFER = 256 };

static tractor_actor_context_borrow_opened_context_t opened_of(const tractor_context_t *context) {
  return (tractor_actor_context_borrow_opened_context_t){context->opened};
}

static tractor_actor_context_borrow_context_t callee_of(const tractor_context_t *context) {
  return (tractor_actor_context_borrow_context_t){context->callee};
}

/* ---- The opener's end ---- */

static actor_subtask_status_t begin_open(tractor_operation_t *op, tractor_within_t *within, const tractor_portal_t *portal,
                                         const char *function, const char *arguments, tractor_context_t *context) {
  tractor_actor_portal_method_portal_open_context_args_t all = {
      {portal->portal}, scope_of(inside(within)), borrowed(function), json(or_none(arguments))};
  op->kind = OPENED;
  op->context = context;
  return tractor_actor_portal_method_portal_open_context(&all, &op->result.opened);
}

tractor_context_t tractor_context_enter(tractor_context_t *place, const tractor_portal_t *portal, const char *function,
                                        const char *arguments) {
  tractor_operation_t op = {0};
  tractor_context_t none = {0};
  if (!tractor_ok() || !run(&op, begin_open(&op, NULL, portal, function, arguments, place))) return none;
  place->within.outer = task()->innermost;
  task()->innermost = &place->within;
  return *place;
}

static void drop_context(tractor_context_t *context) {
  pop(&context->within);
  tractor_text_free(&context->first);
  tractor_actor_context_opened_context_drop_own((tractor_actor_context_own_opened_context_t){context->opened});
  context->phase = 0;
}

static actor_subtask_status_t begin_close_context(tractor_operation_t *op, tractor_context_t *context, const tractor_error_t *error) {
  tractor_actor_context_method_opened_context_close_args_t arguments = {.self = opened_of(context), .body.is_some = error != NULL};
  if (error) arguments.body.val = *error;
  op->kind = NOTHING;
  return tractor_actor_context_method_opened_context_close(&arguments, &op->result.nothing);
}

void tractor_context_leave(tractor_context_t *context) {
  tractor_operation_t op = {0};
  actor_subtask_status_t status = begin_close_context(&op, context, tractor_failure());
  /* What it raises has the body's error in it. */
  tractor_clear();
  run(&op, status);
  drop_context(context);
}

void tractor_context_give_up(tractor_context_t *context) {
  if (context->phase) drop_context(context);
}

bool tractor_output(tractor_context_t *context, tractor_text_t *value) {
  UNLESS_FAILED;
  tractor_operation_t op = {.kind = VALUE};
  return run_for(
      &op, tractor_actor_context_method_opened_context_output(opened_of(context), scope_of(inside(NULL)), (void *)&op.result.value),
      value);
}

tractor_operation_t *tractor_open_context_then(tractor_within_t *within, const tractor_portal_t *portal, const char *function,
                                               const char *arguments, tractor_context_t *context, tractor_done_t done, void *data) {
  THEN(begin_open(op, within, portal, function, arguments, context));
}

tractor_operation_t *tractor_context_close_then(tractor_context_t *context, const tractor_error_t *error, tractor_done_t done,
                                                void *data) {
  tractor_operation_t *op = new_operation(done, data);
  op->closes = context;
  return start(op, begin_close_context(op, context, error));
}

tractor_operation_t *tractor_output_then(tractor_context_t *context, tractor_done_t done, void *data) {
  tractor_operation_t *op = new_operation(done, data);
  op->kind = VALUE;
  return start(op, tractor_actor_context_method_opened_context_output(opened_of(context), scope_of(&context->within),
                                                                      (void *)&op->result.value));
}

/* ---- The callee's end ---- */

tractor_context_t tractor_context(tractor_actor_context_own_context_t handle) {
  own(&task()->within, OWNS_CONTEXT, handle.__handle, NULL);
  return (tractor_context_t){.callee = handle.__handle};
}

static actor_subtask_status_t begin_started(tractor_operation_t *op, tractor_context_t *context, tractor_within_t *within,
                                            const char *value) {
  tractor_actor_context_method_context_started_args_t all = {callee_of(context), scope_of(inside(within)), json(value)};
  op->kind = NOTHING;
  return tractor_actor_context_method_context_started(&all, &op->result.nothing);
}

bool tractor_started(tractor_context_t *context, const char *value) {
  NOW(run(op, begin_started(op, context, NULL, value)));
}

tractor_operation_t *tractor_started_then(tractor_context_t *context, tractor_within_t *within, const char *value, tractor_done_t done,
                                          void *data) {
  THEN(begin_started(op, context, within, value));
}

void tractor_context_cancel(tractor_context_t *context, const char *message) {
  actor_string_t place;
  actor_string_t *why = maybe(message, &place);
  if (context->opened) tractor_actor_context_method_opened_context_cancel(opened_of(context), why);
  else tractor_actor_context_method_context_cancel(callee_of(context), why);
}

/* ---- Streams ---- */

static actor_subtask_status_t begin_open_stream(tractor_operation_t *op, tractor_context_t *context, tractor_within_t *within,
                                                uint32_t buffer, int overrun) {
  tractor_actor_context_stream_options_t options = {buffer ? buffer : BUFFER, (tractor_actor_context_overrun_t)overrun};
  op->kind = STREAM;
  op->buffer = options.buffer;
  op->owner = context->opened ? &context->within : &task()->within;
  tractor_actor_task_borrow_scope_t scope = scope_of(inside(within));
  if (context->opened)
    return tractor_actor_context_method_opened_context_open_stream(opened_of(context), scope, options, &op->result.stream);
  return tractor_actor_context_method_context_open_stream(callee_of(context), scope, options, &op->result.stream);
}

bool tractor_open_stream_with(tractor_context_t *context, uint32_t buffer, int overrun, tractor_stream_t *stream) {
  UNLESS_FAILED;
  tractor_operation_t op = {0};
  bool opens = run(&op, begin_open_stream(&op, context, NULL, buffer, overrun));
  if (opens) *stream = op.outcome.stream;
  return opens;
}

bool tractor_open_stream(tractor_context_t *context, tractor_stream_t *stream) {
  return tractor_open_stream_with(context, BUFFER, TRACTOR_ACTOR_CONTEXT_OVERRUN_WAIT, stream);
}

tractor_operation_t *tractor_open_stream_then(tractor_context_t *context, tractor_within_t *within, uint32_t buffer, tractor_done_t done,
                                              void *data) {
  THEN(begin_open_stream(op, context, within, buffer, TRACTOR_ACTOR_CONTEXT_OVERRUN_WAIT));
}

static tractor_actor_context_borrow_msg_stream_t end_of(const tractor_stream_t *stream) {
  return (tractor_actor_context_borrow_msg_stream_t){stream->state->handle};
}

static actor_subtask_status_t begin_send(tractor_operation_t *op, tractor_within_t *within, const tractor_stream_t *stream, size_t count,
                                         const char *const *messages) {
  tractor_actor_context_list_payload_t batch = {allocate(count * sizeof *batch.ptr), count};
  for (size_t i = 0; i < count; i++) batch.ptr[i] = json(messages[i]);
  op->kind = SENT;
  actor_subtask_status_t status =
      tractor_actor_context_method_msg_stream_send(end_of(stream), scope_of(inside(within)), batch, &op->result.sent);
  free(batch.ptr);
  return status;
}

bool tractor_send_many(const tractor_stream_t *stream, size_t count, const char *const *messages, size_t *sent) {
  if (sent) *sent = 0;
  UNLESS_FAILED;
  if (!count) return true;
  tractor_operation_t op = {0};
  bool all = run(&op, begin_send(&op, NULL, stream, count, messages));
  if (sent) *sent = op.result.sent.f0;
  return all;
}

bool tractor_send(const tractor_stream_t *stream, const char *message) { return tractor_send_many(stream, 1, &message, NULL); }

tractor_operation_t *tractor_send_then(tractor_within_t *within, const tractor_stream_t *stream, const char *message, tractor_done_t done,
                                       void *data) {
  THEN(begin_send(op, within, stream, 1, &message));
}

static actor_subtask_status_t begin_receive(tractor_operation_t *op, tractor_within_t *within, const tractor_stream_t *stream) {
  op->kind = MESSAGES;
  op->stream = stream->state;
  /* What came with others is here already. */
  if (op->stream->next < op->stream->batch.len) return ACTOR_SUBTASK_RETURNED;
  return tractor_actor_context_method_msg_stream_receive(end_of(stream), scope_of(inside(within)), op->stream->buffer,
                                                         &op->result.messages);
}

bool tractor_receive(const tractor_stream_t *stream, tractor_text_t *message) {
  NOW(run_for(op, begin_receive(op, NULL, stream), message));
}

tractor_operation_t *tractor_receive_then(tractor_within_t *within, const tractor_stream_t *stream, tractor_done_t done, void *data) {
  THEN(begin_receive(op, within, stream));
}

void tractor_stop(const tractor_stream_t *stream) { tractor_actor_context_method_msg_stream_stop(end_of(stream)); }
