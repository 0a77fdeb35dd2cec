// Opens what an address of MLflow's client names: Jupyter's server sends who follows one here, as `?tracker=/experiments/1/runs/ID`.
import type { IRouter, JupyterFrontEnd } from '@jupyterlab/application';
import { Address, parseAddress } from '../address.js';
import { COMMANDS } from './commands.js';

const QUERY = 'tracker';
const ROUTE = 'tracker:open-address';

export function addAddressRoute(app: JupyterFrontEnd, router: IRouter | null): void {
  app.commands.addCommand(ROUTE, {
    isVisible: () => false,
    execute: args => {
      const hash = new URLSearchParams(String(args.search ?? '')).get(QUERY) ?? '';
      // Not waited for by the router, whose other routes the layout may need. What is restored would come to the front.
      void app.restored.then(() => {
        forget();
        const [command, about] = commandOf(parseAddress(`#${hash}`));
        return app.commands.execute(command, about);
      });
    },
  });
  router?.register({ command: ROUTE, pattern: new RegExp(`[?&]${QUERY}=`) });
}

/** Which command opens an address, and with what, in the usual store. */
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
  history.replaceState(history.state, '', url);
}
