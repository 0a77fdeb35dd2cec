// The client that asks the Jupyter server extension.
import { Body, Client, errorFromBody, Query, queryString, RequestError } from './client.js';

/** What sends a request; in Lab `ServerConnection.makeRequest`, which adds token and XSRF. With a body it is a POST. */
export type Send = (url: string, body?: string) => Promise<Response>;

export class ServerClient implements Client {
  /** @param root `<base_url>jupyter-tracker`, without a slash at the end. */
  constructor(
    private readonly root: string,
    private readonly send: Send
  ) {}

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return this.answer<T>(this.url(path, query));
  }

  async post<T>(path: string, body: Body): Promise<T> {
    return this.answer<T>(this.url(path, {}), JSON.stringify(body));
  }

  private async answer<T>(url: string, sent?: string): Promise<T> {
    const response = await this.fetch(url, sent);
    const body = await jsonOrNull(response);
    if (!response.ok) {
      throw errorFromBody(response.status, body);
    }
    if (body === null) {
      throw new RequestError(response.status, null, 'The answer is not JSON.');
    }
    return body as T;
  }

  async bytes(path: string, query: Query = {}): Promise<ArrayBuffer> {
    const response = await this.fetch(this.url(path, query));
    if (!response.ok) {
      throw errorFromBody(response.status, await jsonOrNull(response));
    }
    return response.arrayBuffer();
  }

  artifactUrl(storeId: string, runId: string, path: string): string {
    return this.url('/artifacts/get', { store: storeId, run_id: runId, path });
  }

  url(path: string, query: Query = {}): string {
    const search = queryString(query);
    return this.root + path + (search === '' ? '' : `?${search}`);
  }

  private async fetch(url: string, body?: string): Promise<Response> {
    try {
      return await this.send(url, body);
    } catch (error) {
      throw new RequestError(0, null, error instanceof Error ? error.message : String(error));
    }
  }
}

async function jsonOrNull(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
