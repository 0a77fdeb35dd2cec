// What the page asks of its server: views and changes, and who looks at it.
import { Body, Client, errorFromBody, RequestError } from '../client.js';
import { ServerClient } from '../request.js';
import { __ } from '../words.js';

/** Experiments by id, registered models by name. */
export interface Places {
  experiments: string[];
  models: string[];
}

/** Who looks at the page. */
export interface Visitor {
  user: string | null;
  role: string | null;
  may_write: boolean;
  /** Where, if not everywhere. */
  writes?: Places | null;
  /** As `writes`, of those that may be renamed and deleted. */
  owns?: Places | null;
  /** As `writes`, of those that are seen. */
  reads?: Places | null;
  /** There are users: without one nothing is shown. */
  signs_in: boolean;
  /** Only the address that a command has said lets in. */
  by_token_only?: boolean;
}

/** Tells the server that a refusal is shown by the page, not by the browser's own form. */
const HEADERS = { 'X-Jupyter-Tracker-Page': '1' };

/** Where the server is, without a slash at the end; a proxy may have put it below a path. */
export function serverRoot(): string {
  return new URL('.', document.baseURI).href.replace(/\/$/, '');
}

/** @param onRefused Called when the server no longer knows who asks. */
export function pageClient(who: Visitor, onRefused: () => void): Client {
  const client = new ServerClient(serverRoot(), async (url, body) => {
    const response = await request(url, body === undefined ? 'GET' : 'POST', body);
    if (response.status === 401) {
      onRefused();
    }
    return response;
  });
  return forReaders(client, who);
}

async function request(url: string, method: string, body?: string): Promise<Response> {
  const headers = body === undefined ? HEADERS : { ...HEADERS, 'Content-Type': 'application/json' };
  return fetch(url, { method, body, headers, cache: url.includes('/static/') ? 'default' : 'no-store', credentials: 'same-origin' });
}

/** Says no in the server's place, and in words of its own, to who may only read. */
function forReaders(server: Client, who: Visitor): Client {
  const no = who.role === 'limited' ? __('You may look at what is shared with you, but not change it.')
    : __('You may look at this, but not change it: you are signed in as a viewer.');
  return {
    get: (path, query) => server.get(path, query),
    bytes: (path, query) => server.bytes(path, query),
    url: (path, query) => server.url(path, query),
    artifactUrl: (storeId, runId, path) => server.artifactUrl(storeId, runId, path),
    post: (path, body) => (path.startsWith('/views/') || who.may_write ? server.post(path, body) : Promise.reject(new RequestError(403, 'PERMISSION_DENIED', no))),
  };
}

export async function visitor(): Promise<Visitor> {
  return session<Visitor>('GET');
}

export async function signIn(credentials: Body): Promise<void> {
  await session('POST', JSON.stringify(credentials));
}

export async function signOut(): Promise<void> {
  await session('DELETE');
}

async function session<T>(method: string, body?: string): Promise<T> {
  let response: Response;
  try {
    response = await request(`${serverRoot()}/session`, method, body);
  } catch {
    throw new RequestError(0, null, __('The server does not answer.'));
  }
  const answer = (await response.json().catch(() => null)) as unknown;
  if (!response.ok) {
    throw errorFromBody(response.status, answer);
  }
  return answer as T;
}
