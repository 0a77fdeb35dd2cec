// The client that asks the kernel, over the comm of a live widget.
import { Body, Client, errorFromBody, Query, RequestError } from './client.js';
import type { HostModel } from './model.js';

/** A busy kernel without subshells answers only when its cell ends; then we say so. */
const TIMEOUT_MS = 30_000;

interface Waiting {
  resolve(body: unknown): void;
  reject(error: RequestError): void;
  timer: ReturnType<typeof setTimeout>;
}

interface ResponseMessage {
  kind: 'response';
  id: string;
  status: number;
  body: unknown;
}

export class CommClient implements Client {
  private readonly waiting = new Map<string, Waiting>();
  // Several views of one model share its comm: the prefix tells their answers apart.
  private readonly prefix = Math.random().toString(36).slice(2);
  private count = 0;

  constructor(
    private readonly model: HostModel,
    private readonly timeoutMs = TIMEOUT_MS
  ) {
    model.on('msg:custom', this.onMessage);
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.request<T>({ method: 'GET', path, query: textValues(query), body: {} });
  }

  post<T>(path: string, body: Body): Promise<T> {
    return this.request<T>({ method: 'POST', path, query: {}, body });
  }

  private request<T>(request: { method: 'GET' | 'POST'; path: string; query: Record<string, string>; body: Body }): Promise<T> {
    const id = `${this.prefix}-${++this.count}`;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new RequestError(0, null, 'The kernel did not answer. It may be busy with a cell.'));
      }, this.timeoutMs);
      this.waiting.set(id, { resolve: resolve as (body: unknown) => void, reject, timer });
      this.model.send({ kind: 'request', id, ...request });
    });
  }

  /** Null: a browser cannot fetch a file through a comm. */
  artifactUrl(): null {
    return null;
  }

  /** Stops listening; what is still asked is rejected. */
  dispose(): void {
    this.model.off('msg:custom', this.onMessage);
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new RequestError(0, null, 'The widget is gone.'));
    }
    this.waiting.clear();
  }

  private readonly onMessage = (message: unknown): void => {
    const answer = message as Partial<ResponseMessage> | null;
    if (answer?.kind !== 'response' || typeof answer.id !== 'string') {
      return;
    }
    const waiting = this.waiting.get(answer.id);
    if (waiting === undefined) {
      return;
    }
    this.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    const status = answer.status ?? 0;
    if (status >= 200 && status < 300) {
      waiting.resolve(answer.body);
    } else {
      waiting.reject(errorFromBody(status, answer.body));
    }
  };
}

/** Query values as a URL would carry them, so that the kernel parses one form only. */
function textValues(query: Query): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) {
      out[key] = String(value);
    }
  }
  return out;
}
