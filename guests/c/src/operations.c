/* Operations: begun, waited for or called back, and what they gave. */

/* Waits on one subtask until it has got as far as `state`. */
static void wait_on(actor_subtask_t subtask, actor_subtask_state_t state) {
  actor_waitable_set_t set = actor_waitable_set_new();
  actor_waitable_join(subtask, set);
  actor_event_t event;
  do actor_waitable_set_wait(set, &event);
  while (event.code < (uint32_t)state);
  actor_waitable_join(subtask, 0);
  actor_waitable_set_drop(set);
}

static void give_handle(tractor_operation_t *op) {
  tractor_outcome_t *outcome = &op->outcome;
  switch (op->kind) {
    case CHILD: {
      tractor_actor_nursery_borrow_child_t child = {op->result.child.val.ok.__handle};
      outcome->portal = (tractor_portal_t){tractor_actor_nursery_method_child_portal(child).__handle, child.__handle};
      own(op->owner, OWNS_CHILD, child.__handle, NULL);
      own(op->owner, OWNS_PORTAL, outcome->portal.portal, NULL);
      break;
    }
    case MAYBE_PORTAL:
      if (!op->result.maybe_portal.val.ok.is_some) break;
      op->result.portal.val.ok.__handle = op->result.maybe_portal.val.ok.val.__handle;
      /* fall through */
    case PORTAL:
      outcome->portal.portal = op->result.portal.val.ok.__handle;
      own(op->owner, OWNS_PORTAL, outcome->portal.portal, NULL);
      break;
    case STREAM:
      outcome->stream.state = allocate(sizeof *outcome->stream.state);
      *outcome->stream.state = (struct tractor_stream_state){.handle = op->result.stream.val.ok.__handle, .buffer = op->buffer};
      own(op->owner, OWNS_STREAM, 0, outcome->stream.state);
      break;
    default: break;
  }
}

/* Takes a payload over as text; false if it is none. */
static bool take_text(tractor_operation_t *op, tractor_actor_types_payload_t *payload) {
  bool is_text = payload->codec != TRACTOR_ACTOR_TYPES_CODEC_POSTCARD;
  if (is_text) op->outcome.text = tractor_format(&op->text, "%.*s", SHOWN(payload->bytes));
  else tractor_error_make(&op->error, "a value came in postcard, and this actor reads JSON: let the other end send that");
  tractor_actor_types_payload_free(payload);
  return is_text;
}

static bool next_message(tractor_operation_t *op) {
  struct tractor_stream_state *stream = op->stream;
  if (stream->next < stream->batch.len) return take_text(op, &stream->batch.ptr[stream->next++]);
  return true;
}

static void opened(tractor_operation_t *op) {
  tractor_context_t *context = op->context;
  tractor_actor_context_borrow_opened_context_t borrow = {op->result.opened.val.ok.__handle};
  *context = (tractor_context_t){.opened = borrow.__handle, .phase = 1};
  context->within.scope = tractor_actor_context_method_opened_context_scope(borrow).__handle;
  context->within.id = tractor_actor_task_method_scope_id(scope_of(&context->within));
  tractor_actor_types_payload_t first;
  tractor_actor_context_method_opened_context_first(borrow, &first);
  if (first.codec != TRACTOR_ACTOR_TYPES_CODEC_POSTCARD) tractor_format(&context->first, "%.*s", SHOWN(first.bytes));
  tractor_actor_types_payload_free(&first);
}

static bool fails(tractor_operation_t *op, bool is_err, const tractor_error_t *error) {
  if (is_err) op->error = *error;
  return is_err;
}

static void cancelled_error(tractor_operation_t *op, const tractor_cancellation_t *cancellation) {
  op->error = (tractor_error_t){.tag = TRACTOR_ACTOR_TYPES_ERROR_CANCELLED, .val.cancelled = *cancellation};
}

/* Reads the result. */
static void finish(tractor_operation_t *op) {
  switch (op->kind) {
    case SLEPT:
      op->failed = op->result.slept.is_err;
      if (op->failed) cancelled_error(op, &op->result.slept.val.err);
      break;
    case CANCELLED:
      op->failed = true;
      cancelled_error(op, &op->result.cancelled);
      break;
    case SENT: op->failed = fails(op, op->result.sent.f1.is_err, &op->result.sent.f1.val.err); break;
    case NOTHING: op->failed = fails(op, op->result.nothing.is_err, &op->result.nothing.val.err); break;
    case ACTORS:
      op->failed = fails(op, op->result.actors.is_err, &op->result.actors.val.err);
      if (!op->failed) op->outcome.actors = &op->result.actors.val.ok;
      break;
    case VALUE:
      op->failed = fails(op, op->result.value.is_err, &op->result.value.val.err) || !take_text(op, &op->result.value.val.ok);
      break;
    case MESSAGES:
      if (op->stream->next == op->stream->batch.len) {
        if ((op->failed = fails(op, op->result.messages.is_err, &op->result.messages.val.err))) break;
        free(op->stream->batch.ptr);
        op->stream->batch = op->result.messages.val.ok;
        op->stream->next = 0;
      }
      op->failed = !next_message(op);
      break;
    case OPENED:
      if (!(op->failed = fails(op, op->result.opened.is_err, &op->result.opened.val.err))) opened(op);
      break;
    default:
      if (!(op->failed = fails(op, op->result.child.is_err, &op->result.child.val.err))) give_handle(op);
  }
  op->outcome.error = op->failed ? &op->error : NULL;
}

/* Waits for what has begun. */
static bool run(tractor_operation_t *op, actor_subtask_status_t status) {
  if (ACTOR_SUBTASK_STATE(status) < ACTOR_SUBTASK_RETURNED) {
    wait_on(ACTOR_SUBTASK_HANDLE(status), ACTOR_SUBTASK_RETURNED);
    actor_subtask_drop(ACTOR_SUBTASK_HANDLE(status));
  }
  finish(op);
  return !op->failed || keep(&op->error);
}

/* The same for what gives a value. */
static bool run_for(tractor_operation_t *op, actor_subtask_status_t status, tractor_text_t *value) {
  bool went_well = run(op, status) && op->outcome.text;
  if (went_well && value) {
    tractor_text_t old = *value;
    *value = op->text;
    op->text = old;
  }
  tractor_text_free(&op->text);
  return went_well;
}

static tractor_operation_t *new_operation(tractor_done_t done, void *data) {
  tractor_operation_t *op = allocate(sizeof *op);
  op->done = done;
  op->data = data;
  return op;
}

/* Has the task wait for what has begun. */
static tractor_operation_t *start(tractor_operation_t *op, actor_subtask_status_t status) {
  tractor_task_t *t = task();
  op->returned = ACTOR_SUBTASK_STATE(status) >= ACTOR_SUBTASK_RETURNED;
  if (!op->returned) {
    op->subtask = ACTOR_SUBTASK_HANDLE(status);
    if (ACTOR_SUBTASK_STATE(status) == ACTOR_SUBTASK_STARTING) wait_on(op->subtask, ACTOR_SUBTASK_STARTED);
    if (!t->waitables) t->waitables = actor_waitable_set_new();
    actor_waitable_join(op->subtask, t->waitables);
  }
  tractor_operation_t **end = &t->operations;
  while (*end) end = &(*end)->next;
  *end = op;
  return op;
}

static void free_operation(tractor_operation_t *op) {
  if (op->failed) tractor_actor_types_error_free(&op->error);
  tractor_text_free(&op->text);
  if (op->outcome.actors) tractor_actor_registrar_list_actor_id_free(&op->result.actors.val.ok);
  free(op);
}

void tractor_give_up(tractor_operation_t *op) {
  take_out(task(), op);
  if (op->subtask) {
    actor_waitable_join(op->subtask, 0);
    actor_subtask_status_t state = actor_subtask_cancel(op->subtask);
    op->returned = state == ACTOR_SUBTASK_RETURNED;
    actor_subtask_drop(op->subtask);
  }
  /* It may have come to its end just before: what it gave is taken, and dropped with its owner. */
  if (op->returned) finish(op);
  free_operation(op);
}

static void call_back(tractor_operation_t *op) {
  take_out(task(), op);
  finish(op);
  if (op->nursery) drop_nursery(op->nursery);
  if (op->closes) drop_context(op->closes);
  op->done(op->data, &op->outcome);
  free_operation(op);
}

/* Calls back for all that has returned, and for what returns meanwhile. */
static void call_all_back(tractor_task_t *t) {
  tractor_operation_t *op = t->operations;
  while (op) {
    if (op->returned) {
      call_back(op);
      op = t->operations;
    } else {
      op = op->next;
    }
  }
}

static void note(tractor_task_t *t, const actor_event_t *event) {
  if (event->event != ACTOR_EVENT_SUBTASK || event->code < ACTOR_SUBTASK_RETURNED) return;
  for (tractor_operation_t *op = t->operations; op; op = op->next) {
    if (op->subtask != event->waitable) continue;
    actor_waitable_join(op->subtask, 0);
    actor_subtask_drop(op->subtask);
    op->subtask = 0;
    op->returned = true;
  }
}

void tractor_begin(void) {
  tractor_task_t *t = allocate(sizeof *t);
  begin_task(t);
  t->callback_style = true;
  actor_context_set_0(t);
}

actor_callback_code_t tractor_wait(void) {
  tractor_task_t *t = task();
  call_all_back(t);
  if (t->operations) {
    running = t->interrupted;
    return ACTOR_CALLBACK_CODE_WAIT(t->waitables);
  }
  tractor_task_end(t);
  free(t);
  return ACTOR_CALLBACK_CODE_EXIT;
}

actor_callback_code_t tractor_event(const actor_event_t *event) {
  tractor_task_t *t = actor_context_get_0();
  t->interrupted = running;
  running = t;
  note(t, event);
  return tractor_wait();
}

bool tractor_wait_all(void) {
  tractor_task_t *t = task();
  for (call_all_back(t); t->operations; call_all_back(t)) {
    actor_event_t event;
    actor_waitable_set_wait(t->waitables, &event);
    note(t, &event);
  }
  return tractor_ok();
}
