// A browser for scripts that node runs: a store that can be shared, a line that answers what a test
// says, timers that a test sets off. One stands in front at a time.

export class Browser {
  constructor(store = new Map()) {
    this.store = store;
    this.heard = {};
    this.sent = [];
    this.answers = []; // {status, said} or an Error, in order; then `answer` is asked
    this.timers = [];
    this.answer = (_, sent) => ({
      status: 200,
      said: { edit: sent.length, features: [], removed: [] },
    });
    let tokens = 0;
    const local = {
      getItem: (key) => store.get(key) ?? null,
      setItem: (key, value) => {
        if (this.full) throw new Error('QuotaExceededError');
        store.set(key, value);
      },
      removeItem: (key) => {
        store.delete(key);
      },
    };
    const localStorage = new Proxy(
      {},
      {
        ownKeys: () => [...store.keys()],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
        get: (_, name) => local[name] ?? store.get(name),
      },
    );
    this.globals = {
      localStorage,
      window: {
        addEventListener: (name, run) => {
          this.heard[name] = run;
        },
        removeEventListener: (name, run) => {
          if (this.heard[name] === run) delete this.heard[name];
        },
      },
      document: { getElementById: () => ({ dataset: { config: '{"lang":"zh"}' } }) },
      fetch: (address, { body }) => this.fetch(address, body ? JSON.parse(body) : null),
      crypto: { randomUUID: () => `token-${store.size}-${Math.random()}-${tokens++}` },
      setTimeout: (run, ms) => {
        this.timers.push({ run, ms });
        return this.timers.length;
      },
      clearTimeout() {},
    };
    this.front();
  }

  // The window in front: its store and network are the ones that scripts see.
  front() {
    for (const [name, value] of Object.entries(this.globals))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }

  async fetch(address, asked) {
    if (asked) this.sent.push(asked);
    const answer = this.answers.length ? this.answers.shift() : this.answer(address, this.sent);
    if (answer instanceof Error) throw answer;
    return { status: answer.status, ok: answer.status < 400, json: async () => answer.said };
  }

  held() {
    return [...this.store.values()].map((kept) => JSON.parse(kept));
  }
}

// Until promises that wait for nothing are kept.
export const settled = async () => {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
};
