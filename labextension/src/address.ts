// What the page shows, as the part of its address behind `#`: it can be kept, shared, and gone back to.
import type { DashboardTab } from './types.js';

export interface DashboardAddress {
  page: 'dashboard';
  tab: DashboardTab;
  experiments: string[];
  selection: string[];
  filter: string;
}

export type Address = DashboardAddress | { page: 'run'; run: string } | { page: 'registry'; model: string | null };

const TABS: Record<string, DashboardTab> = { experiments: 'experiments', runs: 'table', curves: 'curves', comparison: 'comparison' };
const NAMES = Object.fromEntries(Object.entries(TABS).map(([name, tab]) => [tab, name])) as Record<DashboardTab, string>;
export const START: DashboardAddress = { page: 'dashboard', tab: 'experiments', experiments: [], selection: [], filter: '' };
/** As many as a comparison takes. */
const MAX_RUNS = 200;

/** What a hash means; the start page where it means nothing. */
export function parseAddress(hash: string): Address {
  const [path, query] = split(hash.replace(/^#\/?/, ''));
  const [name, ...rest] = path.split('/');
  // MLflow's client prints addresses of its own page: they mean the same here.
  if (name === 'experiments' && rest.length > 0 && rest[0] !== '') {
    const [experiment, kind, run] = rest.map(decoded);
    return kind === 'runs' && run !== undefined && run !== '' ? { page: 'run', run } : { ...START, tab: 'table', experiments: [experiment] };
  }
  const value = decoded((name === 'models' ? rest.slice(0, rest[1] === 'versions' ? 1 : undefined) : rest).join('/'));
  if (name === 'run' && value !== '') {
    return { page: 'run', run: value };
  }
  if (name === 'models') {
    return { page: 'registry', model: value === '' ? null : value };
  }
  const tab = Object.hasOwn(TABS, name) ? TABS[name] : START.tab;
  const list = (key: string): string[] => (query.get(key) ?? '').split(',').filter(item => item !== '');
  return { page: 'dashboard', tab, experiments: list('experiments'), selection: list('runs').slice(0, MAX_RUNS), filter: query.get('filter') ?? '' };
}

/** The hash of an address. */
export function formatAddress(address: Address): string {
  if (address.page === 'run') {
    return `#/run/${encodeURIComponent(address.run)}`;
  }
  if (address.page === 'registry') {
    return address.model === null ? '#/models' : `#/models/${encodeURIComponent(address.model)}`;
  }
  const query = new URLSearchParams();
  const set = (key: string, value: string): void => void (value !== '' && query.set(key, value));
  set('experiments', address.experiments.join(','));
  set('filter', address.filter);
  set('runs', address.selection.slice(0, MAX_RUNS).join(','));
  // A comma means itself there, and is easier to read.
  const text = query.toString().replaceAll('%2C', ',');
  return `#/${NAMES[address.tab]}${text === '' ? '' : `?${text}`}`;
}

function split(text: string): [string, URLSearchParams] {
  const at = text.indexOf('?');
  return at < 0 ? [text, new URLSearchParams()] : [text.slice(0, at), new URLSearchParams(text.slice(at + 1))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
