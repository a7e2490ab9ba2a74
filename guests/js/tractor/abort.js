// AbortController and AbortSignal, with as much of events as they need.

/** An error with a name of the web's: `AbortError`, `TimeoutError`, `DataCloneError`. */
export class DOMException extends Error {
  #name;

  constructor(message = "", name = "Error") {
    super(message);
    this.#name = name;
  }

  get name() {
    return this.#name;
  }
}

export class Event {
  constructor(type) {
    this.type = type;
    this.target = null;
  }
}

export class EventTarget {
  #listeners = [];

  addEventListener(type, listener, options) {
    const once = typeof options === "object" && options?.once === true;
    const known = this.#listeners.some((one) => one.type === type && one.listener === listener);
    if (listener && !known) this.#listeners.push({ type, listener, once });
  }

  removeEventListener(type, listener) {
    this.#listeners = this.#listeners.filter((one) => one.type !== type || one.listener !== listener);
  }

  dispatchEvent(event) {
    event.target = this;
    for (const { type, listener, once } of [...this.#listeners]) {
      if (type !== event.type) continue;
      if (once) this.removeEventListener(type, listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    this[`on${event.type}`]?.(event);
    return true;
  }
}

// Who may abort a signal.
let abort;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;

  static {
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason ?? new DOMException("this was aborted", "AbortError");
      signal.dispatchEvent(new Event("abort"));
    };
  }

  onabort = null;

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason) {
    const signal = new AbortSignal();
    abort(signal, reason);
    return signal;
  }

  static timeout(time) {
    const signal = new AbortSignal();
    setTimeout(() => abort(signal, new DOMException(`the ${time} ms are over`, "TimeoutError")), time);
    return signal;
  }

  static any(signals) {
    const any = new AbortSignal();
    for (const signal of signals) {
      if (signal.aborted) abort(any, signal.reason);
      else signal.addEventListener("abort", () => abort(any, signal.reason), { once: true });
    }
    return any;
  }
}

export class AbortController {
  signal = new AbortSignal();

  abort(reason) {
    abort(this.signal, reason);
  }
}
