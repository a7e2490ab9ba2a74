/* A command as anybody writes it in C: the standard library and nothing else. The first argument says what to do. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers each line when it comes. */
static int shout(void) {
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    for (char *c = line; *c; c++) *c = (char)toupper((unsigned char)*c);
    fputs(line, stdout);
    fflush(stdout);
  }
  return ferror(stdin) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int echo(char **words) {
  for (; *words; words++) printf(words[1] ? "%s " : "%s\n", *words);
  return EXIT_SUCCESS;
}

static int crash(const char *reason) {
  fprintf(stderr, "%s\n", reason);
  abort();
}

static int spin(void) {
  puts("spinning");
  fflush(stdout);
  for (volatile unsigned turn = 0;; turn++) {}
}

int main(int count, char **words) {
  const char *what = count > 1 ? words[1] : "";
  if (strcmp(what, "shout") == 0) return shout();
  if (strcmp(what, "echo") == 0) return echo(words + 2);
  if (strcmp(what, "crash") == 0) return crash("it fell over");
  if (strcmp(what, "spin") == 0) return spin();
  fprintf(stderr, "usage: shout | echo WORDS | crash | spin\n");
  return EXIT_FAILURE;
}
