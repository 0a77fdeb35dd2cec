// What a component needs to ask for views and to write, whoever answers: the Jupyter server or the kernel.

/** Values of a query string; those that are null or undefined are left out. */
export type Query = Record<string, string | number | boolean | null | undefined>;

/** The JSON object of a POST. */
export type Body = Record<string, unknown>;

export interface Client {
  /** The JSON body of a GET. Rejects with a `RequestError`. */
  get<T>(path: string, query?: Query): Promise<T>;
  /** The JSON body of the answer to a POST, which changes something: only ever after a click or a key. */
  post<T>(path: string, body: Body): Promise<T>;
  /** The bytes of a file. Rejects with a `RequestError`. */
  bytes(path: string, query?: Query): Promise<ArrayBuffer>;
  /** Where a browser can fetch a file by itself, or null where only the kernel could read it. */
  url(path: string, query?: Query): string | null;
  /** Where a browser can fetch an artifact, or null where only the kernel could read it. */
  artifactUrl(storeId: string, runId: string, path: string): string | null;
}

/** A request that was refused (4xx, 5xx) or never answered (status 0). */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string | null,
    message: string
  ) {
    super(message);
    this.name = 'RequestError';
  }

  /** The server has our routes, but knows no such store or run. */
  get isUnknown(): boolean {
    return this.status === 404 && this.errorCode !== null;
  }

  /** A 404 without our error shape: the server extension is not there. */
  get isMissingExtension(): boolean {
    return this.status === 404 && this.errorCode === null;
  }
}

/** The error that a body `{error_code, message}` describes; tolerant of anything else. */
export function errorFromBody(status: number, body: unknown): RequestError {
  const shape = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof shape.error_code === 'string' ? shape.error_code : null;
  const message = typeof shape.message === 'string' ? shape.message : `Status ${status}`;
  return new RequestError(status, code, message);
}

/** `a=1&b=x`, without the values that are not set. */
export function queryString(query: Query): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) {
      pairs.set(key, String(value));
    }
  }
  return pairs.toString();
}

/**
 * A client that asks `first`, and `second()` when the first cannot know the answer.
 *
 * The Jupyter server answers while the kernel is busy, so it is asked first; a store that only the
 * kernel can reach (a remote kernel) is unknown there, and then the live widget answers.
 */
export function withFallback(first: Client, second: () => Client | null): Client {
  let firstKnows = true;
  const ask = async <T>(one: (client: Client) => Promise<T>): Promise<T> => {
    try {
      const body = await one(first);
      firstKnows = true;
      return body;
    } catch (error) {
      const other = second();
      if (other === null || !(error instanceof RequestError) || isAnswer(error)) {
        throw error;
      }
      firstKnows = false;
      return one(other);
    }
  };
  return {
    async post<T>(path: string, body: Body): Promise<T> {
      try {
        return await first.post<T>(path, body);
      } catch (error) {
        const other = second();
        // After anything but a 404 the first may have written.
        if (other === null || !(error instanceof RequestError) || error.status !== 404) {
          throw error;
        }
        return other.post<T>(path, body);
      }
    },
    get: <T>(path: string, query?: Query) => ask(client => client.get<T>(path, query)),
    bytes: (path, query) => ask(client => client.bytes(path, query)),
    url: (path, query) => (firstKnows ? first.url(path, query) : null),
    artifactUrl: (storeId, runId, path) => (firstKnows ? first.artifactUrl(storeId, runId, path) : null),
  };
}

/** A refusal that the other transport would repeat. */
function isAnswer(error: RequestError): boolean {
  return error.status >= 400 && error.status < 500 && error.status !== 404;
}
