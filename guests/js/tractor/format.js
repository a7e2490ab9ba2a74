// Values as texts for people: what `console` prints.

const DEEPEST = 3;
const MOST = 100;

/** Formats the arguments of `console.log`: a first text may hold %s, %d, %i, %f, %j, %o, %O and %c. */
export function format(parts) {
  const [first, ...rest] = parts;
  if (typeof first !== "string") return parts.map(shown).join(" ");
  const text = first.replace(/%([sdifjoOc%])/g, (whole, letter) => {
    if (letter === "%") return "%";
    return rest.length === 0 ? whole : formatted(letter, rest.shift());
  });
  return [text, ...rest.map(shown)].join(" ");
}

function formatted(letter, value) {
  switch (letter) {
    case "s":
      return shown(value);
    case "i":
      return typeof value === "bigint" ? `${value}n` : String(Math.trunc(Number(value)));
    case "d":
    case "f":
      return typeof value === "bigint" ? `${value}n` : String(Number(value));
    case "c":
      return "";
    default:
      return inspect(value);
  }
}

/** A text as it is, all else as `inspect` has it. */
function shown(value) {
  return typeof value === "string" ? value : inspect(value);
}

/** Shows a value, about as it is written in a program. */
export function inspect(value, depth = 0, around = []) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `[function ${value.name || "without a name"}]`;
    case "object":
      break;
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
  if (value === null) return "null";
  if (around.includes(value)) return "[circular]";
  if (value instanceof Error) return inspectError(value, around);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "Promise {}";
  if (depth > DEEPEST) return Array.isArray(value) ? "[...]" : "{...}";
  return inspectParts(value, (part) => inspect(part, depth + 1, [...around, value]));
}

function inspectParts(value, part) {
  if (Array.isArray(value)) return list("[", value.map(part), "]");
  if (ArrayBuffer.isView(value)) return list(`${value.constructor.name}(${value.length}) [`, Array.from(value, String), "]");
  if (value instanceof Map) return list(`Map(${value.size}) {`, [...value].map(([key, entry]) => `${part(key)} => ${part(entry)}`), "}");
  if (value instanceof Set) return list(`Set(${value.size}) {`, [...value].map(part), "}");
  const name = value.constructor?.name;
  const fields = Object.entries(value).map(([key, field]) => `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${part(field)}`);
  return list(name === undefined || name === "Object" ? "{" : `${name} {`, fields, "}");
}

function list(open, parts, close) {
  if (parts.length === 0) return open + close;
  const shown = parts.length > MOST ? [...parts.slice(0, MOST), `... ${parts.length - MOST} more`] : parts;
  const space = close === "}" ? " " : "";
  return `${open}${space}${shown.join(", ")}${space}${close}`;
}

function inspectError(error, around) {
  const head = error.message ? `${error.name}: ${error.message}` : error.name;
  const stack = String(error.stack ?? "").trimEnd();
  const lines = [stack.length > 0 ? `${head}\n${stack}` : head];
  const inner = error instanceof AggregateError ? error.errors : [];
  if (error.cause !== undefined) lines.push(`caused by ${inspect(error.cause, 0, [...around, error])}`);
  return [...lines, ...inner.map((one) => inspect(one, 0, [...around, error]))].join("\n");
}
