/* Tasks, and the blocks inside them: what each owns, and in which scope it waits. */

static tractor_actor_task_borrow_scope_t scope_of(const tractor_within_t *within) {
  return (tractor_actor_task_borrow_scope_t){within->scope};
}

static tractor_within_t *inside(tractor_within_t *within) { return within ? within : task()->innermost; }

/* Makes `place` the innermost block, with that scope. */
static void push(tractor_within_t *place, int32_t scope) {
  *place = (tractor_within_t){.outer = task()->innermost, .scope = scope};
  place->id = tractor_actor_task_method_scope_id(scope_of(place));
  task()->innermost = place;
}

static void own(tractor_within_t *owner, int what, int32_t handle, struct tractor_stream_state *stream) {
  struct tractor_owned *owned = allocate(sizeof *owned);
  *owned = (struct tractor_owned){owner->owned, what, handle, stream};
  owner->owned = owned;
}

static void drop_stream(struct tractor_stream_state *stream) {
  for (; stream->next < stream->batch.len; stream->next++) tractor_actor_types_payload_free(&stream->batch.ptr[stream->next]);
  free(stream->batch.ptr);
  tractor_actor_context_msg_stream_drop_own((tractor_actor_context_own_msg_stream_t){stream->handle});
  free(stream);
}

/* Drops what the block owns, last first: an end of a stream goes before its context. */
static void drop_owned(tractor_within_t *within) {
  while (within->owned) {
    struct tractor_owned *owned = within->owned;
    within->owned = owned->next;
    switch (owned->what) {
      case OWNS_PORTAL: tractor_actor_portal_portal_drop_own((tractor_actor_portal_own_portal_t){owned->handle}); break;
      case OWNS_CHILD: tractor_actor_nursery_child_drop_own((tractor_actor_nursery_own_child_t){owned->handle}); break;
      case OWNS_CONTEXT: tractor_actor_context_context_drop_own((tractor_actor_context_own_context_t){owned->handle}); break;
      case OWNS_STREAM: drop_stream(owned->stream); break;
    }
    free(owned);
  }
}

/* Drops what a block holds. Those inside it are over too, however they were left. */
static void pop(tractor_within_t *within) {
  drop_owned(within);
  tractor_actor_task_scope_drop_own((tractor_actor_task_own_scope_t){within->scope});
  for (tractor_within_t *at = task()->innermost; at; at = at->outer)
    if (at == within) task()->innermost = within->outer;
}

static void begin_task(tractor_task_t *t) {
  *t = (tractor_task_t){.interrupted = running};
  running = t;
  push(&t->within, tractor_actor_task_static_scope_current().__handle);
}

/* A blocking task keeps the instance, even while it waits in the host. wasmtime would take further calls all the same and start them later, wanted or
 * not; with backpressure they wait with our host, where they can still be withdrawn. */
void tractor_task_begin(tractor_task_t *t) {
  actor_backpressure_inc();
  begin_task(t);
}

static void take_out(tractor_task_t *t, tractor_operation_t *operation) {
  tractor_operation_t **at = &t->operations;
  while (*at && *at != operation) at = &(*at)->next;
  if (*at) *at = operation->next;
}

void tractor_task_end(tractor_task_t *t) {
  running = t;
  while (t->operations) tractor_give_up(t->operations);
  if (t->waitables) actor_waitable_set_drop(t->waitables);
  if (t->failed) {
    TRACTOR_TEXT(text);
    tractor_log(TRACTOR_ACTOR_TASK_LEVEL_WARN, "an error was dropped: %s", tractor_error_text(&t->error, &text));
    tractor_clear();
  }
  pop(&t->within);
  /* Nobody else does: a component is not left as a program is. */
  fflush(NULL);
  running = t->interrupted;
  if (!t->callback_style) actor_backpressure_dec();
}

void tractor_run_program(void (*program)(int, char **), actor_list_string_t *list) {
  char **arguments = allocate((list->len + 1) * sizeof *arguments);
  for (size_t i = 0; i < list->len; i++) arguments[i] = strndup((const char *)list->ptr[i].ptr, list->ptr[i].len);
  program((int)list->len, arguments);
  for (size_t i = 0; i < list->len; i++) free(arguments[i]);
  free(arguments);
  actor_list_string_free(list);
}

tractor_id_t tractor_current_actor(void) {
  tractor_id_t id;
  tractor_actor_task_current_actor(&id);
  return id;
}

void tractor_log(int level, const char *format, ...) {
  char *message = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&message, format, arguments) < 0) abort();
  va_end(arguments);
  actor_string_t text = borrowed(message);
  tractor_actor_task_log((tractor_actor_task_level_t)level, &text);
  free(message);
}

bool tractor_time_left(uint64_t *nanoseconds) {
  return tractor_actor_task_method_scope_time_left(scope_of(task()->innermost), nanoseconds);
}

void tractor_scope_enter(tractor_scope_t *scope) {
  scope->moved_on = false;
  scope->failed_before = false;
  scope->phase = tractor_ok() || scope->shield ? 1 : 0;
  if (!scope->phase) return;
  if (scope->shield) scope->failed_before = !tractor_result(&scope->before);
  tractor_actor_task_scope_options_t options = {{scope->deadline != 0, scope->deadline}, scope->shield};
  push(&scope->within, tractor_actor_task_method_scope_child(scope_of(task()->innermost), &options).__handle);
}

void tractor_scope_leave(tractor_scope_t *scope) {
  tractor_task_t *t = task();
  bool cancelled = t->failed && t->error.tag == TRACTOR_ACTOR_TYPES_ERROR_CANCELLED;
  if (cancelled && t->error.val.cancelled.scope == scope->within.id) {
    scope->moved_on = true;
    tractor_clear();
  }
  pop(&scope->within);
  scope->phase = 0;
  if (!scope->failed_before) return;
  if (t->failed) {
    join_errors(&scope->before, &t->error);
    t->failed = false;
  }
  keep(&scope->before);
}

void tractor_scope_cancel(tractor_scope_t *scope, const char *message) {
  actor_string_t place;
  tractor_actor_task_method_scope_cancel(scope_of(&scope->within), maybe(message, &place));
}
