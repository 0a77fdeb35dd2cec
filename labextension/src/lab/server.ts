// The client of the Jupyter server that this page came from.
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ServerClient } from '../request.js';

/** Token and XSRF come from the settings; the browser's cache is not asked, or a live card would stand still. */
export function serverClient(settings = ServerConnection.makeSettings()): ServerClient {
  const root = URLExt.join(settings.baseUrl, 'jupyter-tracker');
  return new ServerClient(root, (url, body) => {
    const method = body === undefined ? 'GET' : 'POST';
    return ServerConnection.makeRequest(url, { method, body, cache: 'no-store' }, settings);
  });
}
