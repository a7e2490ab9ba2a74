// A tree of processes of any depth, and results that come up through it.
//
// The arguments are its depth and its width.
//
// ```console
// $ tractor-host run nested_tree_c.wasm 2 2
// main (pid <pid>)
//   main.0 (pid <pid>)
//     main.0.0 (pid <pid>)
//     main.0.1 (pid <pid>)
//   main.1 (pid <pid>)
//     main.1.0 (pid <pid>)
//     main.1.1 (pid <pid>)
// tree torn down, what zombies?
// ```
#include "tractor.h"
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 16 };

/* Adds the lines of a child, one step to the right. */
static void add_lines(const char *json, tractor_text_t *lines) {
  TRACTOR_TEXT(line);
  for (size_t i = 0; tractor_json_string(tractor_json_item(json, i), &line); i++) tractor_append(lines, "  %s\n", line.text);
}

/* Starts `width` actors that do the same one level less deep; writes a line for itself and for each actor below it. */
static void grow(uint32_t depth, uint32_t width, tractor_text_t *lines) {
  tractor_id_t me = tractor_current_actor();
  TRACTOR_TEXT(name);
  tractor_format(&name, "%.*s", (int)me.name.len, (char *)me.name.ptr);
  tractor_format(lines, "%s (pid %u)\n", name.text, me.pid);
  tractor_actor_types_actor_id_free(&me);
  TRACTOR_NURSERY(n) {
    tractor_portal_t children[MOST];
    TRACTOR_TEXT(text);
    TRACTOR_TEXT(arguments);
    uint32_t started = depth ? (width < MOST ? width : MOST) : 0;
    tractor_format(&arguments, "[%u, %u]", depth - 1, width);
    for (uint32_t i = 0; i < started; i++) {
      tractor_spec_t child = {.component = "self", .name = tractor_format(&text, "%s.%u", name.text, i)};
      tractor_run(&n, &child, "grow", arguments.text, &children[i]);
    }
    for (uint32_t i = 0; i < started && tractor_child_output(&children[i], &text); i++) add_lines(text.text, lines);
  }
}

TRACTOR_PROGRAM(count, arguments) {
  TRACTOR_TEXT(lines);
  grow(count > 0 ? (uint32_t)atoi(arguments[0]) : 2, count > 1 ? (uint32_t)atoi(arguments[1]) : 2, &lines);
  if (tractor_ok()) printf("%stree torn down, what zombies?\n", lines.text);
}

bool exports_actor_grow(uint32_t depth, uint32_t width, actor_list_string_t *ret, tractor_error_t *err) {
  TRACTOR_TASK;
  TRACTOR_TEXT(lines);
  grow(depth, width, &lines);
  /* What is given is freed by the bindings. */
  *ret = (actor_list_string_t){0};
  for (const char *at = lines.text; *at; at++) ret->len += *at == '\n';
  ret->ptr = calloc(ret->len, sizeof *ret->ptr);
  const char *line = lines.text;
  for (size_t i = 0; i < ret->len; i++) {
    size_t length = 0;
    while (line[length] != '\n') length++;
    actor_string_dup_n(&ret->ptr[i], line, length);
    line += length + 1;
  }
  return tractor_result(err);
}
