// The client that asks the kernel, over the comm of a live widget.
import { Body, Client, errorFromBody, Query, RequestError } from './client.js';
import type { HostModel } from './model.js';
import { __ } from './words.js';

/** A busy kernel without subshells answers only when its cell ends; then we say so. */
const TIMEOUT_MS = 30_000;
/**
 * A comm that is new may have no subshell yet: what is sent then waits until the cell ends. So it is sent again, each
 * time after twice as long; the kernel answers each id once.
 */
const AGAIN_MS = 1000;

type Buffers = readonly (DataView | ArrayBuffer)[];

interface RequestBody {
  method: 'GET' | 'POST';
  path: string;
  query: Record<string, string>;
  body: Body;
}

interface Waiting {
  resolve(body: unknown, buffers: Buffers): void;
  reject(error: RequestError): void;
  /** Ends the waiting: no timer goes on. */
  settle(): void;
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
  private disposed = false;

  constructor(
    private readonly model: HostModel,
    private readonly timeoutMs = TIMEOUT_MS
  ) {
    model.on('msg:custom', this.onMessage);
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.ask({ method: 'GET', path, query: textValues(query), body: {} }, body => body as T);
  }

  post<T>(path: string, body: Body): Promise<T> {
    return this.ask({ method: 'POST', path, query: {}, body }, answer => answer as T);
  }

  bytes(path: string, query: Query = {}): Promise<ArrayBuffer> {
    return this.ask({ method: 'GET', path, query: textValues(query), body: {} }, (_, buffers) => bufferOf(buffers[0]));
  }

  /** Null: a browser cannot fetch a file through a comm. */
  url(): null {
    return null;
  }

  private ask<T>(request: RequestBody, read: (body: unknown, buffers: Buffers) => T): Promise<T> {
    if (this.disposed) {
      return Promise.reject(new RequestError(0, null, __('The widget is gone.')));
    }
    const id = `${this.prefix}-${++this.count}`;
    return new Promise<T>((resolve, reject) => {
      let again: ReturnType<typeof setTimeout>;
      const send = (pause: number): void => {
        again = setTimeout(() => send(2 * pause), pause);
        this.model.send({ kind: 'request', id, ...request });
      };
      const settle = (): void => {
        this.waiting.delete(id);
        clearTimeout(timer);
        clearTimeout(again);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new RequestError(0, null, __('The kernel did not answer. It may be busy with a cell.')));
      }, this.timeoutMs);
      this.waiting.set(id, { resolve: (body, buffers) => resolve(read(body, buffers)), reject, settle });
      send(AGAIN_MS);
    });
  }

  /** Null: a browser cannot fetch a file through a comm. */
  artifactUrl(): null {
    return null;
  }

  /** Stops listening; what is still asked is rejected. */
  dispose(): void {
    this.disposed = true;
    this.model.off('msg:custom', this.onMessage);
    for (const { reject, settle } of this.waiting.values()) {
      settle();
      reject(new RequestError(0, null, __('The widget is gone.')));
    }
  }

  private readonly onMessage = (message: unknown, buffers: Buffers = []): void => {
    const answer = message as Partial<ResponseMessage> | null;
    if (answer?.kind !== 'response' || typeof answer.id !== 'string') {
      return;
    }
    const waiting = this.waiting.get(answer.id);
    if (waiting === undefined) {
      return;
    }
    waiting.settle();
    const status = answer.status ?? 0;
    if (status >= 200 && status < 300) {
      waiting.resolve(answer.body, buffers);
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

/** The bytes of a buffer that may be a window into a larger message; none are no bytes. */
function bufferOf(buffer: DataView | ArrayBuffer | undefined): ArrayBuffer {
  if (buffer === undefined) {
    return new ArrayBuffer(0);
  }
  return buffer instanceof DataView ? (buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) as ArrayBuffer) : buffer;
}
