/* Texts, and the little JSON that an actor needs: written piece by piece, read in place. No tree is built. */
#include <errno.h>
#include <math.h>

void tractor_text_free(tractor_text_t *text) {
  free(text->text);
  *text = (tractor_text_t){0};
}

static void make_room(tractor_text_t *text, size_t more) {
  size_t needed = text->length + more + 1;
  if (needed <= text->capacity) return;
  text->capacity = needed < 2 * text->capacity ? 2 * text->capacity : needed;
  text->text = realloc(text->text, text->capacity);
  if (!text->text) abort();
}

static void append_formatted(tractor_text_t *text, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length < 0) abort();
  make_room(text, (size_t)length);
  vsnprintf(text->text + text->length, (size_t)length + 1, format, again);
  va_end(again);
  text->length += (size_t)length;
}

const char *tractor_append(tractor_text_t *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append_formatted(text, format, arguments);
  va_end(arguments);
  return text->text;
}

/* What it is made from may be the text itself: so it is written elsewhere first. */
const char *tractor_format(tractor_text_t *text, const char *format, ...) {
  tractor_text_t made = {0};
  va_list arguments;
  va_start(arguments, format);
  append_formatted(&made, format, arguments);
  va_end(arguments);
  tractor_text_free(text);
  *text = made;
  return text->text;
}

static void append_bytes(tractor_text_t *text, const char *bytes, size_t length) {
  make_room(text, length);
  if (length) memcpy(text->text + text->length, bytes, length);
  text->length += length;
  text->text[text->length] = 0;
}

const char *tractor_append_string(tractor_text_t *text, const char *bytes, size_t length) {
  append_bytes(text, "\"", 1);
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    if (byte == '"' || byte == '\\') append_bytes(text, "\\", 1);
    if (byte < ' ') tractor_append(text, "\\u%04x", byte);
    else append_bytes(text, bytes + i, 1);
  }
  append_bytes(text, "\"", 1);
  return text->text;
}

/* ---- Reading ---- */

static const char *skip_space(const char *json) { return json + strspn(json, " \t\r\n"); }

static const char *skip_string(const char *json) {
  for (json++; *json && *json != '"'; json++)
    if (*json == '\\' && json[1]) json++;
  return *json ? json + 1 : json;
}

/* Gives where the value ends: brackets are counted, so that nothing recurses. */
static const char *skip_value(const char *json) {
  size_t depth = 0;
  json = skip_space(json);
  do {
    if (*json == '"') {
      json = skip_string(json);
    } else if (*json == '[' || *json == '{') {
      depth++;
      json++;
    } else if (*json == ']' || *json == '}') {
      if (!depth) return json;
      depth--;
      json++;
    } else if (depth && strchr(",: \t\r\n", *json) && *json) {
      json++;
    } else {
      size_t length = strcspn(json, ",:]}[{\" \t\r\n");
      if (!length) return json;
      json += length;
    }
  } while (depth && *json);
  return json;
}

const char *tractor_json_item(const char *json, size_t index) {
  json = skip_space(json);
  if (*json != '[') return NULL;
  json = skip_space(json + 1);
  for (; *json && *json != ']'; index--) {
    if (!index) return json;
    json = skip_space(skip_value(json));
    if (*json != ',') return NULL;
    json = skip_space(json + 1);
  }
  return NULL;
}

const char *tractor_json_member(const char *json, const char *name) {
  TRACTOR_TEXT(key);
  json = skip_space(json);
  if (*json != '{') return NULL;
  json = skip_space(json + 1);
  while (*json == '"') {
    bool is_it = tractor_json_string(json, &key) && !strcmp(key.text, name);
    json = skip_space(skip_string(json));
    if (*json != ':') return NULL;
    json = skip_space(json + 1);
    if (is_it) return json;
    json = skip_space(skip_value(json));
    if (*json != ',') return NULL;
    json = skip_space(json + 1);
  }
  return NULL;
}

static bool is_end(const char *end) { return !*end || strchr(",]} \t\r\n", *end) != NULL; }

bool tractor_json_u64(const char *json, uint64_t *value) {
  char *end;
  if (!json) return false;
  json = skip_space(json);
  if (*json < '0' || *json > '9') return false;
  errno = 0;
  unsigned long long number = strtoull(json, &end, 10);
  if (errno || !is_end(end)) return false;
  *value = number;
  return true;
}

bool tractor_json_i64(const char *json, int64_t *value) {
  char *end;
  if (!json) return false;
  json = skip_space(json);
  if (*json != '-' && (*json < '0' || *json > '9')) return false;
  errno = 0;
  long long number = strtoll(json, &end, 10);
  if (errno || end == json || !is_end(end)) return false;
  *value = number;
  return true;
}

bool tractor_json_double(const char *json, double *value) {
  static const struct { const char *text; double value; } words[] = {{"\"NaN\"", NAN}, {"\"Infinity\"", INFINITY}, {"\"-Infinity\"", -INFINITY}};
  if (!json) return false;
  json = skip_space(json);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strncmp(json, words[i].text, strlen(words[i].text))) continue;
    *value = words[i].value;
    return true;
  }
  char *end;
  if (*json != '-' && (*json < '0' || *json > '9')) return false;
  double number = strtod(json, &end);
  if (end == json || !is_end(end)) return false;
  *value = number;
  return true;
}

bool tractor_json_bool(const char *json, bool *value) {
  if (!json) return false;
  json = skip_space(json);
  bool yes = !strncmp(json, "true", 4) && is_end(json + 4);
  if (!yes && (strncmp(json, "false", 5) || !is_end(json + 5))) return false;
  *value = yes;
  return true;
}

bool tractor_json_is_null(const char *json) {
  if (!json) return false;
  json = skip_space(json);
  return !strncmp(json, "null", 4) && is_end(json + 4);
}

static void append_character(tractor_text_t *text, uint32_t c) {
  char utf8[4];
  size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = length - 1; i > 0; i--, c >>= 6) utf8[i] = (char)(0x80 | (c & 0x3f));
  utf8[0] = (char)(first[length] | c);
  append_bytes(text, utf8, length);
}

/* Reads the four digits of a \u at `*json`, and those of its other half. */
static bool unicode(const char **json, uint32_t *c) {
  unsigned first, second;
  if (sscanf(*json, "%4x", &first) != 1) return false;
  *json += 4;
  *c = first;
  if (first < 0xd800 || first > 0xdfff) return true;
  if (first > 0xdbff || sscanf(*json, "\\u%4x", &second) != 1 || second < 0xdc00 || second > 0xdfff) return false;
  *json += 6;
  *c = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  return true;
}

bool tractor_json_string(const char *json, tractor_text_t *value) {
  if (!json) return false;
  json = skip_space(json);
  if (*json++ != '"') return false;
  value->length = 0;
  append_bytes(value, "", 0);
  while (*json && *json != '"') {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    size_t plain = strcspn(json, "\"\\");
    append_bytes(value, json, plain);
    json += plain;
    if (*json != '\\') continue;
    json++;
    uint32_t c;
    const char *letter = *json ? strchr(letters, *json) : NULL;
    if (letter) append_bytes(value, &meant[letter - letters], 1);
    if (letter) json++;
    else if (*json++ != 'u' || !unicode(&json, &c)) return false;
    else append_character(value, c);
  }
  return *json == '"';
}
