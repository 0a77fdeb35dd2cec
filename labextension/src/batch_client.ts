// Puts what is asked for at the same moment into one request, and is not sent again what it has already.
import { Body, Client, errorFromBody, Query, RequestError } from './client.js';

const BATCH = '/views/batch';
/** Answers that are remembered; a page has seldom more panels. */
const KEPT = 40;

interface Known {
  token: string;
  body: unknown;
}

interface Asked {
  key: string;
  path: string;
  query: Query;
  waiting: { resolve(body: unknown): void; reject(error: unknown): void }[];
}

interface BatchAnswer {
  responses: { status: number; token?: string; unchanged?: boolean; body?: unknown }[];
}

/** Views only: what writes, and files, go their own way. */
export class BatchClient implements Client {
  private asked = new Map<string, Asked>();
  private readonly known = new Map<string, Known>();

  constructor(private readonly server: Client) {}

  get<T>(path: string, query: Query = {}): Promise<T> {
    if (!path.startsWith('/views/')) {
      return this.server.get<T>(path, query);
    }
    return new Promise<T>((resolve, reject) => {
      if (this.asked.size === 0) {
        queueMicrotask(() => void this.send());
      }
      const key = JSON.stringify([path, query]);
      const entry = this.asked.get(key) ?? { key, path, query, waiting: [] };
      entry.waiting.push({ resolve: resolve as (body: unknown) => void, reject });
      this.asked.set(key, entry);
    });
  }

  post<T>(path: string, body: Body): Promise<T> {
    return this.server.post<T>(path, body);
  }

  bytes(path: string, query?: Query): Promise<ArrayBuffer> {
    return this.server.bytes(path, query);
  }

  url(path: string, query?: Query): string | null {
    return this.server.url(path, query);
  }

  artifactUrl(storeId: string, runId: string, path: string): string | null {
    return this.server.artifactUrl(storeId, runId, path);
  }

  private async send(): Promise<void> {
    const asked = [...this.asked.values()];
    this.asked = new Map();
    // The first look at something new is a plain request.
    if (asked.length === 1 && !this.known.has(asked[0].key)) {
      await this.sendAlone(asked[0]);
      return;
    }
    const requests = asked.map(({ key, path, query }) => ({ path, query: texts(query), token: this.known.get(key)?.token ?? '' }));
    try {
      const { responses } = await this.server.post<BatchAnswer>(BATCH, { requests });
      asked.forEach((entry, i) => this.settle(entry, responses[i]));
    } catch (error) {
      if (error instanceof RequestError && (error.status === 404 || error.status === 405)) {
        // A server that has not been restarted since the last update.
        await Promise.all(asked.map(entry => this.sendAlone(entry)));
      } else {
        asked.forEach(({ waiting }) => waiting.forEach(({ reject }) => reject(error)));
      }
    }
  }

  private async sendAlone({ key, path, query, waiting }: Asked): Promise<void> {
    try {
      const body = await this.server.get(path, query);
      // Known without a token: from now on it is asked for with others, and gets one.
      this.keep(key, { token: '', body });
      waiting.forEach(({ resolve }) => resolve(body));
    } catch (error) {
      waiting.forEach(({ reject }) => reject(error));
    }
  }

  private settle({ key, waiting }: Asked, answer: BatchAnswer['responses'][number] | undefined): void {
    const known = this.known.get(key);
    if (answer === undefined || answer.status >= 400) {
      const error = errorFromBody(answer?.status ?? 0, answer?.body);
      waiting.forEach(({ reject }) => reject(error));
      return;
    }
    const body = answer.unchanged === true && known !== undefined ? known.body : answer.body;
    this.keep(key, { token: answer.token ?? '', body });
    waiting.forEach(({ resolve }) => resolve(body));
  }

  private keep(key: string, known: Known): void {
    this.known.delete(key);
    this.known.set(key, known);
    const oldest = this.known.keys().next();
    if (this.known.size > KEPT && oldest.done !== true) {
      this.known.delete(oldest.value);
    }
  }
}

/** As a URL would carry them. */
function texts(query: Query): Record<string, string> {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}
