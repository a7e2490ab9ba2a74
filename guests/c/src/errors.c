/* Errors: copied, made, joined, kept for the task, and written for people. */

static void copy_string(actor_string_t *to, const actor_string_t *from) {
  if (from->len) actor_string_dup_n(to, (const char *)from->ptr, from->len);
  else *to = (actor_string_t){0};
}

static void copy_id(tractor_id_t *to, const tractor_id_t *from) {
  copy_string(&to->name, &from->name);
  copy_string(&to->uuid, &from->uuid);
  to->pid = from->pid;
}

static void copy_cancellation(tractor_cancellation_t *to, const tractor_cancellation_t *from) {
  *to = *from;
  copy_id(&to->canceller, &from->canceller);
  if (from->message.is_some) copy_string(&to->message.val, &from->message.val);
}

static void copy_kind(tractor_actor_types_failure_kind_t *to, const tractor_actor_types_failure_kind_t *from) {
  *to = *from;
  switch (from->tag) {
    case TRACTOR_ACTOR_TYPES_FAILURE_KIND_TRAP:
    case TRACTOR_ACTOR_TYPES_FAILURE_KIND_LIMIT: copy_string(&to->val.trap, &from->val.trap); break;
    case TRACTOR_ACTOR_TYPES_FAILURE_KIND_OVERDUE:
    case TRACTOR_ACTOR_TYPES_FAILURE_KIND_CANCELLED:
    case TRACTOR_ACTOR_TYPES_FAILURE_KIND_CONTEXT_CANCELLED: copy_cancellation(&to->val.overdue, &from->val.overdue); break;
  }
}

static void copy_failure(tractor_failure_t *to, const tractor_failure_t *from) {
  *to = *from;
  copy_kind(&to->kind, &from->kind);
  copy_id(&to->origin, &from->origin);
  if (from->path.len) to->path.ptr = allocate(from->path.len * sizeof *to->path.ptr);
  for (size_t i = 0; i < from->path.len; i++) copy_id(&to->path.ptr[i], &from->path.ptr[i]);
  copy_string(&to->message, &from->message);
  if (from->backtrace.is_some) copy_string(&to->backtrace.val, &from->backtrace.val);
  const actor_list_u8_t *bytes = &from->value.val.bytes;
  if (from->value.is_some && bytes->len)
    to->value.val.bytes.ptr = memcpy(allocate(bytes->len), bytes->ptr, bytes->len);
}

void tractor_error_copy(tractor_error_t *to, const tractor_error_t *from) {
  *to = *from;
  if (from->tag == TRACTOR_ACTOR_TYPES_ERROR_CANCELLED) copy_cancellation(&to->val.cancelled, &from->val.cancelled);
  if (from->tag != TRACTOR_ACTOR_TYPES_ERROR_FAILED) return;
  size_t count = from->val.failed.len;
  to->val.failed.ptr = allocate(count * sizeof(tractor_failure_t));
  for (size_t i = 0; i < count; i++) copy_failure(&to->val.failed.ptr[i], &from->val.failed.ptr[i]);
}

static void make_error(tractor_error_t *error, const char *format, va_list arguments) {
  char *message = NULL;
  if (vasprintf(&message, format, arguments) < 0) abort();
  tractor_failure_t *failure = allocate(sizeof *failure);
  failure->kind.tag = TRACTOR_ACTOR_TYPES_FAILURE_KIND_OTHER;
  failure->message = borrowed(message);
  *error = (tractor_error_t){.tag = TRACTOR_ACTOR_TYPES_ERROR_FAILED, .val.failed = {failure, 1}};
}

void tractor_error_make(tractor_error_t *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  make_error(error, format, arguments);
  va_end(arguments);
}

/* Puts `other` behind `error`: failures are one flat group, each once; what failed counts more than a cancellation, that more than what is closed.
 * Takes `other` over. */
static void join_errors(tractor_error_t *error, tractor_error_t *other) {
  bool both = error->tag == TRACTOR_ACTOR_TYPES_ERROR_FAILED && other->tag == TRACTOR_ACTOR_TYPES_ERROR_FAILED;
  bool more = other->tag == TRACTOR_ACTOR_TYPES_ERROR_FAILED || error->tag == TRACTOR_ACTOR_TYPES_ERROR_CLOSED;
  if (!both) {
    tractor_error_t *loser = more ? error : other, winner = more ? *other : *error;
    tractor_actor_types_error_free(loser);
    *error = winner;
    return;
  }
  tractor_actor_types_list_failure_t *all = &error->val.failed, *others = &other->val.failed;
  all->ptr = realloc(all->ptr, (all->len + others->len) * sizeof *all->ptr);
  if (!all->ptr) abort();
  size_t known = all->len;
  for (size_t i = 0; i < others->len; i++) {
    bool told = false;
    for (size_t k = 0; k < known && others->ptr[i].id; k++) told |= all->ptr[k].id == others->ptr[i].id;
    if (told) tractor_actor_types_failure_free(&others->ptr[i]);
    else all->ptr[all->len++] = others->ptr[i];
  }
  free(others->ptr);
}

/* Takes `error` over. */
static bool keep(tractor_error_t *error) {
  tractor_task_t *t = task();
  if (t->failed) join_errors(&t->error, error);
  else t->error = *error;
  t->failed = true;
  return false;
}

bool tractor_fail(const char *format, ...) {
  tractor_error_t error;
  va_list arguments;
  va_start(arguments, format);
  make_error(&error, format, arguments);
  va_end(arguments);
  return keep(&error);
}

bool tractor_ok(void) { return !task()->failed; }

const tractor_error_t *tractor_failure(void) { return task()->failed ? &task()->error : NULL; }

void tractor_clear(void) {
  if (task()->failed) tractor_actor_types_error_free(&task()->error);
  task()->failed = false;
}

bool tractor_result(tractor_error_t *error) {
  if (tractor_ok()) return true;
  *error = task()->error;
  task()->failed = false;
  return false;
}

const tractor_failure_t *tractor_first_failure(const tractor_error_t *error) {
  if (!error || error->tag != TRACTOR_ACTOR_TYPES_ERROR_FAILED) return NULL;
  for (size_t i = 0; i < error->val.failed.len; i++)
    if (error->val.failed.ptr[i].kind.tag != TRACTOR_ACTOR_TYPES_FAILURE_KIND_CANCELLED) return &error->val.failed.ptr[i];
  return NULL;
}

bool tractor_failed_with(const tractor_error_t *error, int kind) {
  const tractor_failure_t *failure = tractor_first_failure(error);
  return failure && failure->kind.tag == kind;
}

#define SHOWN(string) (int)(string).len, (const char *)(string).ptr

static const char *cancellation_text(const tractor_cancellation_t *c, tractor_text_t *text) {
  static const char *const reasons[] = {"asked to", "the time was up", "a sibling failed", "its owner ended", "the connection was lost",
                                        "the tree is going down"};
  tractor_format(text, "cancelled by %.*s: %s", SHOWN(c->canceller.name), reasons[c->reason]);
  if (c->message.is_some) tractor_append(text, ": %.*s", SHOWN(c->message.val));
  return text->text;
}

const char *tractor_error_text(const tractor_error_t *error, tractor_text_t *text) {
  if (!error) return tractor_format(text, "no error");
  if (error->tag == TRACTOR_ACTOR_TYPES_ERROR_CLOSED) return tractor_format(text, "closed");
  if (error->tag == TRACTOR_ACTOR_TYPES_ERROR_CANCELLED) return cancellation_text(&error->val.cancelled, text);
  tractor_format(text, "%s", "");
  for (size_t i = 0; i < error->val.failed.len; i++) {
    const tractor_failure_t *failure = &error->val.failed.ptr[i];
    if (failure->kind.tag == TRACTOR_ACTOR_TYPES_FAILURE_KIND_CANCELLED) continue;
    if (text->length) tractor_append(text, "; ");
    if (failure->origin.name.len) tractor_append(text, "%.*s: ", SHOWN(failure->origin.name));
    tractor_append(text, "%.*s", SHOWN(failure->message));
  }
  return text->text;
}
