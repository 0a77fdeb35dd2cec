// Opens what an address of MLflow's client names: Jupyter's server sends who follows one here, as
// `?tracker=/experiments/1/runs/ID&tracker-store=STORE`.
import type { IRouter, JupyterFrontEnd } from '@jupyterlab/application';
import { Address, parseAddress } from '../address.js';
import { COMMANDS } from './commands.js';

const QUERY = 'tracker';
const STORE = 'tracker-store';
const ROUTE = 'tracker:open-address';

export function addAddressRoute(app: JupyterFrontEnd, router: IRouter | null): void {
  app.commands.addCommand(ROUTE, {
    isVisible: () => false,
    execute: args => {
      const query = new URLSearchParams(String(args.search ?? ''));
      const store = query.get(STORE);
      // Not waited for by the router, whose other routes the layout may need. What is restored would come to the front.
      void app.restored.then(() => {
        forget();
        const [command, about] = commandOf(parseAddress(`#${query.get(QUERY) ?? ''}`));
        return app.commands.execute(command, store === null ? about : { ...about, store_id: store });
      });
    },
  });
  router?.register({ command: ROUTE, pattern: new RegExp(`[?&]${QUERY}=`) });
}

/** Which command opens an address, and with what. */
export function commandOf(address: Address): [string, Record<string, string>] {
  if (address.page === 'run') {
    return [COMMANDS.openRun, { run_id: address.run }];
  }
  return address.page === 'registry'
    ? [COMMANDS.openRegistry, { model: address.model ?? '' }]
    : [COMMANDS.openDashboard, { experiment_id: address.experiments[0] ?? '' }];
}

/** Whoever closes the tab and reloads the page does not want it again. */
function forget(): void {
  const url = new URL(location.href);
  url.searchParams.delete(QUERY);
  url.searchParams.delete(STORE);
  history.replaceState(history.state, '', url);
}
