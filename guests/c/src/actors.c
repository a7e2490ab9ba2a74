/* Nurseries, the actors in them, and calls. Of each operation: how it begins, and its two styles. */

/* The blocking style does nothing while an error is kept. */
#define UNLESS_FAILED \
  if (!tractor_ok()) return false

/* A whole function in blocking style: `waited` begins `op` and waits for it. */
#define NOW(waited)                                \
  UNLESS_FAILED;                                   \
  tractor_operation_t operation = {0};             \
  tractor_operation_t *op = &operation;            \
  return waited

/* A whole function in callback style: `begun` begins `op`. */
#define THEN(begun)                                    \
  tractor_operation_t *op = new_operation(done, data); \
  return start(op, begun)

/* ---- Sleeping ---- */

static actor_subtask_status_t begin_sleep(tractor_operation_t *op, tractor_within_t *within, uint64_t nanoseconds) {
  op->kind = SLEPT;
  return tractor_actor_task_method_scope_sleep(scope_of(inside(within)), nanoseconds, &op->result.slept);
}

static actor_subtask_status_t begin_cancelled(tractor_operation_t *op, tractor_within_t *within) {
  op->kind = CANCELLED;
  return tractor_actor_task_method_scope_cancelled(scope_of(inside(within)), &op->result.cancelled);
}

bool tractor_sleep(uint64_t nanoseconds) {
  NOW(run(op, begin_sleep(op, NULL, nanoseconds)));
}

bool tractor_sleep_forever(void) {
  NOW(run(op, begin_cancelled(op, NULL)));
}

bool tractor_checkpoint(void) {
  UNLESS_FAILED;
  tractor_operation_t op = {.kind = SLEPT};
  return run(&op, tractor_actor_task_method_scope_checkpoint(scope_of(inside(NULL)), &op.result.slept));
}

tractor_operation_t *tractor_sleep_then(tractor_within_t *within, uint64_t nanoseconds, tractor_done_t done, void *data) {
  THEN(begin_sleep(op, within, nanoseconds));
}

tractor_operation_t *tractor_cancelled_then(tractor_within_t *within, tractor_done_t done, void *data) {
  THEN(begin_cancelled(op, within));
}

/* ---- Nurseries ---- */

void tractor_nursery_open(tractor_nursery_t *nursery, tractor_within_t *within, const tractor_nursery_options_t *options) {
  tractor_nursery_options_t chosen = options ? *options : (tractor_nursery_options_t){0};
  nursery->handle = tractor_actor_nursery_static_nursery_open(scope_of(inside(within)), &chosen).__handle;
  nursery->phase = 1;
  nursery->within = (tractor_within_t){0};
  tractor_actor_nursery_borrow_nursery_t borrow = {nursery->handle};
  nursery->within.scope = tractor_actor_nursery_method_nursery_scope(borrow).__handle;
  nursery->within.id = tractor_actor_task_method_scope_id(scope_of(&nursery->within));
}

tractor_nursery_t tractor_nursery_enter(tractor_nursery_t *place, const tractor_nursery_options_t *options) {
  if (!tractor_ok()) return (tractor_nursery_t){0};
  tractor_nursery_open(place, NULL, options);
  place->within.outer = task()->innermost;
  task()->innermost = &place->within;
  return *place;
}

static void drop_nursery(tractor_nursery_t *nursery) {
  pop(&nursery->within);
  tractor_actor_nursery_nursery_drop_own((tractor_actor_nursery_own_nursery_t){nursery->handle});
  nursery->phase = 0;
}

static actor_subtask_status_t begin_close_nursery(tractor_operation_t *op, tractor_nursery_t *nursery, const tractor_error_t *error) {
  tractor_actor_nursery_method_nursery_close_args_t arguments = {.self = {nursery->handle}, .body.is_some = error != NULL};
  if (error) arguments.body.val = *error;
  op->kind = NOTHING;
  return tractor_actor_nursery_method_nursery_close(&arguments, (void *)&op->result.nothing);
}

void tractor_nursery_leave(tractor_nursery_t *nursery) {
  tractor_operation_t op = {0};
  actor_subtask_status_t status = begin_close_nursery(&op, nursery, tractor_failure());
  /* What it raises has the body's error in it. */
  tractor_clear();
  run(&op, status);
  drop_nursery(nursery);
}

void tractor_nursery_give_up(tractor_nursery_t *nursery) {
  if (nursery->phase) drop_nursery(nursery);
}

tractor_operation_t *tractor_nursery_close_then(tractor_nursery_t *nursery, const tractor_error_t *error, tractor_done_t done,
                                                void *data) {
  tractor_operation_t *op = new_operation(done, data);
  op->nursery = nursery;
  return start(op, begin_close_nursery(op, nursery, error));
}

void tractor_nursery_cancel(tractor_nursery_t *nursery, const char *message) {
  actor_string_t place;
  tractor_actor_nursery_method_nursery_cancel((tractor_actor_nursery_borrow_nursery_t){nursery->handle}, maybe(message, &place));
}

/* ---- What to start ---- */

static size_t count(const char *const *texts) {
  size_t n = 0;
  while (texts && texts[n]) n++;
  return n;
}

static actor_list_string_t strings(const char *const *texts) {
  actor_list_string_t list = {NULL, count(texts)};
  if (list.len) list.ptr = allocate(list.len * sizeof *list.ptr);
  for (size_t i = 0; i < list.len; i++) list.ptr[i] = borrowed(texts[i]);
  return list;
}

static actor_list_tuple2_string_string_t pairs(const char *const *texts) {
  actor_list_tuple2_string_string_t list = {NULL, count(texts) / 2};
  if (list.len) list.ptr = allocate(list.len * sizeof *list.ptr);
  for (size_t i = 0; i < list.len; i++) list.ptr[i] = (actor_tuple2_string_string_t){borrowed(texts[2 * i]), borrowed(texts[2 * i + 1])};
  return list;
}

static tractor_actor_nursery_actor_spec_t spec_of(const tractor_spec_t *spec) {
  tractor_actor_nursery_actor_spec_t raw = {
      .component = borrowed(spec->component ? spec->component : "self"),
      .name = borrowed(spec->name),
      .grants = {.directories = {(tractor_directory_t *)spec->directories, spec->directory_count},
                 .environment = pairs(spec->environment),
                 .connect = strings(spec->connect),
                 .names = spec->names,
                 .components = strings(spec->components)},
      .overdue = {spec->overdue != TRACTOR_OVERDUE_DEFAULT, spec->overdue == TRACTOR_OVERDUE_END_ACTOR},
  };
  if (spec->limits) raw.limits = *spec->limits;
  return raw;
}

/* The arrays alone: the texts are the caller's. */
static void free_spec(tractor_actor_nursery_actor_spec_t *raw) {
  free(raw->grants.environment.ptr);
  free(raw->grants.connect.ptr);
  free(raw->grants.components.ptr);
}

static const char *or_none(const char *arguments) { return arguments ? arguments : "[]"; }

/* With `function` NULL it starts one that serves. */
static actor_subtask_status_t begin_start(tractor_operation_t *op, tractor_nursery_t *nursery, const tractor_spec_t *spec,
                                          const char *function, const char *arguments) {
  tractor_actor_nursery_actor_spec_t raw = spec_of(spec);
  tractor_actor_nursery_borrow_nursery_t self = {nursery->handle};
  actor_subtask_status_t status;
  op->kind = CHILD;
  op->owner = &nursery->within;
  if (function) {
    tractor_actor_nursery_method_nursery_run_in_actor_args_t all = {self, raw, borrowed(function), json(or_none(arguments))};
    status = tractor_actor_nursery_method_nursery_run_in_actor(&all, &op->result.child);
  } else {
    tractor_actor_nursery_method_nursery_start_actor_args_t all = {self, raw};
    status = tractor_actor_nursery_method_nursery_start_actor(&all, &op->result.child);
  }
  free_spec(&raw);
  return status;
}

bool tractor_run(tractor_nursery_t *nursery, const tractor_spec_t *spec, const char *function, const char *arguments,
                 tractor_portal_t *child) {
  UNLESS_FAILED;
  tractor_operation_t op = {0};
  bool started = run(&op, begin_start(&op, nursery, spec, function, arguments));
  if (started) *child = op.outcome.portal;
  return started;
}

bool tractor_start(tractor_nursery_t *nursery, const tractor_spec_t *spec, tractor_portal_t *child) {
  return tractor_run(nursery, spec, NULL, NULL, child);
}

bool tractor_start_actor(tractor_nursery_t *nursery, const char *component, tractor_portal_t *child) {
  return tractor_start(nursery, &(tractor_spec_t){.component = component}, child);
}

bool tractor_run_in_actor(tractor_nursery_t *nursery, const char *component, const char *function, const char *arguments,
                          tractor_portal_t *child) {
  return tractor_run(nursery, &(tractor_spec_t){.component = component}, function, arguments, child);
}

tractor_operation_t *tractor_run_then(tractor_nursery_t *nursery, const tractor_spec_t *spec, const char *function,
                                      const char *arguments, tractor_done_t done, void *data) {
  THEN(begin_start(op, nursery, spec, function, arguments));
}

tractor_operation_t *tractor_start_then(tractor_nursery_t *nursery, const tractor_spec_t *spec, tractor_done_t done, void *data) {
  return tractor_run_then(nursery, spec, NULL, NULL, done, data);
}

/* ---- Children ---- */

static tractor_actor_nursery_borrow_child_t child_of(const tractor_portal_t *child) {
  return (tractor_actor_nursery_borrow_child_t){child->child};
}

/* Who may not end an actor cannot: there is no handle for it. */
static bool is_child(const tractor_portal_t *child) {
  return child->child || tractor_fail("this portal is no child: it was not given by a nursery");
}

static actor_subtask_status_t begin_child_output(tractor_operation_t *op, tractor_within_t *within, const tractor_portal_t *child) {
  op->kind = VALUE;
  return tractor_actor_nursery_method_child_output(child_of(child), scope_of(inside(within)), (void *)&op->result.value);
}

static actor_subtask_status_t begin_cancel_actor(tractor_operation_t *op, const tractor_portal_t *child, const char *message) {
  op->kind = NOTHING;
  actor_option_string_t why = {message != NULL, borrowed(message)};
  return tractor_actor_nursery_method_child_cancel(child_of(child), why, (void *)&op->result.nothing);
}

static actor_subtask_status_t begin_child_ended(tractor_operation_t *op, tractor_within_t *within, const tractor_portal_t *child) {
  op->kind = NOTHING;
  return tractor_actor_nursery_method_child_ended(child_of(child), scope_of(inside(within)), (void *)&op->result.nothing);
}

bool tractor_child_output(const tractor_portal_t *child, tractor_text_t *value) {
  NOW(is_child(child) && run_for(op, begin_child_output(op, NULL, child), value));
}

bool tractor_cancel_actor(const tractor_portal_t *child, const char *message) {
  NOW(is_child(child) && run(op, begin_cancel_actor(op, child, message)));
}

bool tractor_child_ended(const tractor_portal_t *child) {
  NOW(is_child(child) && run(op, begin_child_ended(op, NULL, child)));
}

tractor_operation_t *tractor_child_ended_then(tractor_within_t *within, const tractor_portal_t *child, tractor_done_t done, void *data) {
  THEN(begin_child_ended(op, within, child));
}

tractor_operation_t *tractor_child_output_then(tractor_within_t *within, const tractor_portal_t *child, tractor_done_t done, void *data) {
  THEN(begin_child_output(op, within, child));
}

tractor_operation_t *tractor_cancel_actor_then(const tractor_portal_t *child, const char *message, tractor_done_t done, void *data) {
  THEN(begin_cancel_actor(op, child, message));
}

/* ---- Calls ---- */

tractor_id_t tractor_portal_actor(const tractor_portal_t *portal) {
  tractor_id_t id;
  tractor_actor_portal_method_portal_actor((tractor_actor_portal_borrow_portal_t){portal->portal}, &id);
  return id;
}

static actor_subtask_status_t begin_call(tractor_operation_t *op, tractor_within_t *within, const tractor_portal_t *portal,
                                         const char *function, const char *arguments) {
  tractor_actor_portal_method_portal_call_args_t all = {
      {portal->portal}, scope_of(inside(within)), borrowed(function), json(or_none(arguments))};
  op->kind = VALUE;
  return tractor_actor_portal_method_portal_call(&all, &op->result.value);
}

bool tractor_call(const tractor_portal_t *portal, const char *function, const char *arguments, tractor_text_t *value) {
  NOW(run_for(op, begin_call(op, NULL, portal, function, arguments), value));
}

tractor_operation_t *tractor_call_then(tractor_within_t *within, const tractor_portal_t *portal, const char *function,
                                       const char *arguments, tractor_done_t done, void *data) {
  THEN(begin_call(op, within, portal, function, arguments));
}
