// What a widget model and the dashboard on the screen tell each other.
import type { Dashboard, DashboardState } from './components/dashboard.js';
import type { HostModel } from './model.js';
import type { PanelPayload } from './types.js';

const TRAITS = ['tab', 'selection', 'experiment_ids'] as const;

/** Shows what the model has now and whenever it changes; returns what ends that. */
export function bindDashboard(model: HostModel, dashboard: Dashboard): () => void {
  const onState = (): void =>
    dashboard.setState(Object.fromEntries(TRAITS.map(name => [name, model.get(name)]).filter(([, value]) => value !== undefined)) as Partial<DashboardState>);
  TRAITS.forEach(name => model.on(`change:${name}`, onState));
  onState();
  return () => TRAITS.forEach(name => model.off(`change:${name}`, onState));
}

/** What a dashboard shows at first. */
export function dashboardState(payload: PanelPayload | null): DashboardState {
  return { tab: payload?.dashboard?.tab ?? 'table', selection: payload?.dashboard?.selection ?? [], experiment_ids: payload?.experiment_ids ?? [] };
}
