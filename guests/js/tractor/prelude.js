// What programs take for granted and QuickJS has not, put where they look for it.

import { AbortController, AbortSignal, DOMException, Event, EventTarget } from "./abort.js";
import { structuredClone } from "./clone.js";
import { console } from "./console.js";
import { crypto, drawn } from "./random.js";
import { TextDecoder, TextEncoder } from "./text.js";
import { clearTimeout, setInterval, setTimeout } from "./timers.js";

const missing = {
  AbortController,
  AbortSignal,
  DOMException,
  Event,
  EventTarget,
  TextDecoder,
  TextEncoder,
  clearInterval: clearTimeout,
  clearTimeout,
  console,
  crypto,
  setInterval,
  setTimeout,
  structuredClone,
};

for (const [name, value] of Object.entries(missing)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
Math.random = drawn;
