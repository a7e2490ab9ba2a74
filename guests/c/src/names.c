/* Finding actors by name. */

static actor_subtask_status_t begin_find(tractor_operation_t *op, tractor_within_t *within, const char *name) {
  op->kind = MAYBE_PORTAL;
  op->owner = inside(within);
  return tractor_actor_registrar_find(scope_of(op->owner), borrowed(name), &op->result.maybe_portal);
}

static actor_subtask_status_t begin_wait_for(tractor_operation_t *op, tractor_within_t *within, const char *name) {
  op->kind = PORTAL;
  op->owner = inside(within);
  return tractor_actor_registrar_wait_for(scope_of(op->owner), borrowed(name), &op->result.portal);
}

static bool found(tractor_operation_t *op, actor_subtask_status_t status, tractor_portal_t *portal) {
  bool went_well = run(op, status);
  *portal = op->outcome.portal;
  return went_well;
}

bool tractor_find(const char *name, tractor_portal_t *portal) {
  NOW(found(op, begin_find(op, NULL, name), portal));
}

bool tractor_wait_for(const char *name, tractor_portal_t *portal) {
  NOW(found(op, begin_wait_for(op, NULL, name), portal));
}

static actor_subtask_status_t begin_connect(tractor_operation_t *op, tractor_within_t *within, const char *uuid) {
  op->kind = PORTAL;
  op->owner = inside(within);
  tractor_actor_registrar_connect_args_t all = {scope_of(op->owner), {.uuid = borrowed(uuid)}};
  return tractor_actor_registrar_connect(&all, &op->result.portal);
}

static actor_subtask_status_t begin_register(tractor_operation_t *op, tractor_within_t *within, const char *name) {
  op->kind = NOTHING;
  return tractor_actor_registrar_register(scope_of(inside(within)), borrowed(name), (void *)&op->result.nothing);
}

static actor_subtask_status_t begin_list(tractor_operation_t *op, tractor_within_t *within) {
  op->kind = ACTORS;
  return tractor_actor_registrar_list(scope_of(inside(within)), &op->result.actors);
}

bool tractor_connect(const char *uuid, tractor_portal_t *portal) {
  NOW(found(op, begin_connect(op, NULL, uuid), portal));
}

bool tractor_register(const char *name) {
  NOW(run(op, begin_register(op, NULL, name)));
}

bool tractor_list(tractor_actor_registrar_list_actor_id_t *actors) {
  UNLESS_FAILED;
  tractor_operation_t op = {0};
  bool went_well = run(&op, begin_list(&op, NULL));
  if (went_well) *actors = op.result.actors.val.ok;
  return went_well;
}

tractor_operation_t *tractor_find_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data) {
  THEN(begin_find(op, within, name));
}

tractor_operation_t *tractor_wait_for_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data) {
  THEN(begin_wait_for(op, within, name));
}

tractor_operation_t *tractor_connect_then(tractor_within_t *within, const char *uuid, tractor_done_t done, void *data) {
  THEN(begin_connect(op, within, uuid));
}

tractor_operation_t *tractor_register_then(tractor_within_t *within, const char *name, tractor_done_t done, void *data) {
  THEN(begin_register(op, within, name));
}

tractor_operation_t *tractor_list_then(tractor_within_t *within, tractor_done_t done, void *data) {
  THEN(begin_list(op, within));
}
