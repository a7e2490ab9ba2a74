/* What the scenarios share: peers, expectations. An expectation that is not met is a failure of the driver. */
#include "tractor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The component that peers are started of. */
extern const char *component;

#define FUNCTION(name) "test:conformance/peer#" name
#define KIND(name) TRACTOR_ACTOR_TYPES_FAILURE_KIND_##name

/* Starts a peer, runs the body with it, and cancels it. */
void with_peer(void (*body)(const tractor_portal_t *peer));
/* Starts a peer of that name. With `trusted` it may use names, and start the component itself. */
bool start_peer(tractor_nursery_t *nursery, const char *name, bool trusted, tractor_portal_t *peer);
/* Calls `add(2, 3)`. */
void answers(const tractor_portal_t *peer);
/* Calls a function that gives a number. */
void gives(const tractor_portal_t *peer, const char *function, const char *arguments, uint64_t expected);

void equal(const char *what, const char *expected, const char *came);
/* The next message is this number. */
void receives(tractor_stream_t *stream, uint64_t expected);
/* The other end has stopped. */
void ends(tractor_stream_t *stream);
void outputs(tractor_context_t *context, uint64_t expected);

/* The kept error is one failure of that kind, in whose message the text stands, of the actor named `origin` (NULL: any). It is cleared. */
void raises(int kind, const char *text, const char *origin);
/* The kept error is a cancellation. It stays. */
void is_cancelled(const char *what);
/* The kept error says that a stream is closed. It is cleared. */
void is_closed(void);

typedef struct scenario {
  const char *name;
  void (*run)(void);
} scenario_t;

/* Each ends with {0}. */
extern const scenario_t calls[], values[], streams[], cancelling[], nurseries[];
