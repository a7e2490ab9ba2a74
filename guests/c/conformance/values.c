/* Every kind of value, there and back. Where JSON has one way to write a value, texts are compared; else what they mean. */
#include "driver.h"
#include <math.h>

static void echoes(const tractor_portal_t *peer, const char *function, const char *row) {
  TRACTOR_TEXT(value);
  if (tractor_call(peer, function, row, &value)) equal(function, row, value.text);
}

static void integers(const tractor_portal_t *peer) {
  echoes(peer, FUNCTION("echo-integers"), "[0,-128,0,-32768,0,-2147483648,0,-9223372036854775808]");
  echoes(peer, FUNCTION("echo-integers"), "[255,127,65535,32767,4294967295,2147483647,18446744073709551615,9223372036854775807]");
  echoes(peer, FUNCTION("echo-integers"), "[1,-1,256,-256,65536,-65536,9007199254740993,-9007199254740993]");
}

/* NaN is NaN, and zero keeps its sign. */
static bool same(double a, double b) { return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b)); }

static void echoes_floats(const tractor_portal_t *peer, const char *single, const char *twofold) {
  TRACTOR_TEXT(row);
  TRACTOR_TEXT(value);
  double sent[2], came[2];
  if (!tractor_call(peer, FUNCTION("echo-floats"), tractor_format(&row, "[%s,%s]", single, twofold), &value)) return;
  for (size_t i = 0; i < 2; i++) {
    bool read = tractor_json_double(tractor_json_item(row.text, i), &sent[i]) && tractor_json_double(tractor_json_item(value.text, i), &came[i]);
    if (!read) tractor_fail("no floats: %s", value.text);
    else if (!same(i ? sent[i] : (float)sent[i], i ? came[i] : (float)came[i])) equal("floats", row.text, value.text);
  }
}

static void floats(const tractor_portal_t *peer) {
  static const char *const rows[][2] = {
      {"0.1", "0.1"},           {"-0.0", "-0.0"},
      {"1.5", "-2.25"},         {"\"NaN\"", "\"NaN\""},
      {"\"Infinity\"", "\"-Infinity\""}, {"\"-Infinity\"", "\"Infinity\""},
      {"3.4028235e38", "1.7976931348623157e308"}, {"1e-45", "5e-324"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) echoes_floats(peer, rows[i][0], rows[i][1]);
}

static void echoes_texts(const tractor_portal_t *peer, bool first, const char *character, const char *text, size_t length) {
  TRACTOR_TEXT(row);
  TRACTOR_TEXT(value);
  TRACTOR_TEXT(came);
  bool flag;
  tractor_format(&row, "[%s,\"%s\",", first ? "true" : "false", character);
  tractor_append_string(&row, text, length);
  tractor_append(&row, "]");
  if (!tractor_call(peer, FUNCTION("echo-texts"), row.text, &value)) return;
  if (!tractor_json_bool(tractor_json_item(value.text, 0), &flag) || flag != first) tractor_fail("another bool: %.200s", value.text);
  if (!tractor_json_string(tractor_json_item(value.text, 1), &came)) tractor_fail("no char: %.200s", value.text);
  else equal("the char", character, came.text);
  if (!tractor_json_string(tractor_json_item(value.text, 2), &came)) tractor_fail("no text: %.200s", value.text);
  else if (came.length != length || memcmp(came.text, text, length)) equal("the text", row.text, value.text);
}

static void texts(const tractor_portal_t *peer) {
  static const char umlauts[] = "grüße\n\t\"quoted\" \\ /", nul[] = "🦀 and a NUL \0 within";
  char many[10000];
  memset(many, 'x', sizeof many);
  echoes_texts(peer, true, "a", "", 0);
  echoes_texts(peer, false, "é", umlauts, sizeof umlauts - 1);
  echoes_texts(peer, true, "🦀", nul, sizeof nul - 1);
  echoes_texts(peer, false, "\xf4\x8f\xbf\xbf", many, sizeof many);
}

static void compounds(const tractor_portal_t *peer) {
  TRACTOR_TEXT(row);
  tractor_append(&row, "[[0");
  for (int i = 1; i < 256; i++) tractor_append(&row, ",%d", i);
  tractor_append(&row, "],[\"\",\"one\",\"zwei\"],[7,\"seven\"],{\"x\":-1,\"y\":2},\"red\",\"nothing\"]");
  echoes(peer, FUNCTION("echo-compounds"), row.text);
  echoes(peer, FUNCTION("echo-compounds"),
         "[[],[],[0,\"\"],{\"x\":-2147483648,\"y\":2147483647},\"dark-green\",{\"dot\":{\"x\":3,\"y\":4}}]");
  echoes(peer, FUNCTION("echo-compounds"), "[[1],[\"only\"],[255,\"x\"],{\"x\":0,\"y\":0},\"red\",{\"circle\":[{\"x\":1,\"y\":1},2.5]}]");
}

static void options(const tractor_portal_t *peer) {
  echoes(peer, FUNCTION("echo-options"), "[null,null,{\"ok\":7},{\"ok\":null},[]]");
  echoes(peer, FUNCTION("echo-options"), "[\"\",{\"some\":null},{\"err\":\"no\"},{\"err\":null},[\"bold\"]]");
  echoes(peer, FUNCTION("echo-options"), "[\"x\",{\"some\":3},{\"ok\":0},{\"ok\":null},[\"bold\",\"thin\",\"small-caps\"]]");
}

static void run_integers(void) { with_peer(integers); }
static void run_floats(void) { with_peer(floats); }
static void run_texts(void) { with_peer(texts); }
static void run_compounds(void) { with_peer(compounds); }
static void run_options(void) { with_peer(options); }

const scenario_t values[] = {
    {"values_integers", run_integers},   {"values_floats", run_floats},   {"values_texts", run_texts},
    {"values_compounds", run_compounds}, {"values_options", run_options}, {0},
};
