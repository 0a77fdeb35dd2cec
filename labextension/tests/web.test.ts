import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { adviceFor } from '../src/components/message.js';
import { RequestError } from '../src/client.js';
import { formatAddress, parseAddress, START } from '../src/address.js';
import { rightsOf } from '../src/web/rights.js';
import { App } from '../src/web/app.js';
import type { Visitor } from '../src/web/server.js';
import { signInForm } from '../src/web/sign_in.js';
import { applyTheme, themeSwitch } from '../src/web/theme_switch.js';
import { tableView } from './views.js';

describe('addresses', () => {
  test.each([
    ['#/experiments', START],
    ['#/runs?experiments=1,2&filter=params.a+%3D+%27x%27', { ...START, tab: 'table', experiments: ['1', '2'], filter: "params.a = 'x'" }],
    ['#/curves?experiments=1&runs=a,b', { ...START, tab: 'curves', experiments: ['1'], selection: ['a', 'b'] }],
    ['#/comparison?runs=a,b', { ...START, tab: 'comparison', selection: ['a', 'b'] }],
    ['#/run/abc', { page: 'run', run: 'abc' }],
    ['#/models', { page: 'registry', model: null }],
    ['#/models/my%20model%2Fv', { page: 'registry', model: 'my model/v' }],
  ] as const)('%s is read as it is written', (hash, address) => {
    expect(parseAddress(hash)).toEqual(address);
    expect(formatAddress(address as never)).toBe(hash);
  });

  test.each(['', '#', '#/', '#/nowhere/at/all', '#/run/', '#/constructor', '#/%zz'])('%s means the start', hash => {
    expect(parseAddress(hash)).toEqual(START);
  });

  test.each([
    ['#/experiments/12/runs/abc', { page: 'run', run: 'abc' }],
    ['#/experiments/12/runs/abc/artifacts', { page: 'run', run: 'abc' }],
    ['#/experiments/12', { ...START, tab: 'table', experiments: ['12'] }],
    ['#/experiments/12/runs?searchFilter=', { ...START, tab: 'table', experiments: ['12'] }],
    ['#/models/my%20model/versions/3', { page: 'registry', model: 'my model' }],
    ['#/experiments/', START],
  ] as const)('%s, which MLflow\'s client prints, leads there too', (hash, address) => {
    expect(parseAddress(hash)).toEqual(address);
  });

  test('a model whose name cannot be decoded is asked for as it is', () => {
    expect(parseAddress('#/models/100%')).toEqual({ page: 'registry', model: '100%' });
  });

  test('no more runs than a comparison takes', () => {
    const ids = Array.from({ length: 300 }, (_, i) => `r${i}`).join(',');
    expect(parseAddress(`#/comparison?runs=${ids}`)).toMatchObject({ selection: { length: 200 } });
  });
});

const editor: Visitor = { user: 'alice', role: 'editor', may_write: true, signs_in: true, by_token_only: false };
let asked: { path: string; method: string; headers: Record<string, string>; body: unknown }[];
let runs: number;
let status: number;
let app: App | null;
let refused: number;

const answers: Record<string, () => unknown> = {
  '/views/stores': () => ({ stores: [{ store_id: 's1', location: '~/x', is_default: true }] }),
  '/views/experiments': () => ({ store_id: 's1', location: '~/x', experiments: [{ experiment_id: '1', name: 'churn', run_count: runs, running_count: 0, last_start_time_ms: 1 }] }),
  '/views/running': () => ({ runs: [] }),
  '/views/models': () => ({ models: [] }),
  '/views/run-list': () => ({ runs: [], total: 0 }),
  '/views/run-table': () => tableView({ store: 's1', offset: 0, limit: 50 } as never, 2),
  '/session': () => ({}),
};

function answer(path: string): { status: number; body: unknown } {
  return path in answers ? { status, body: status === 200 ? answers[path]() : { error_code: 'UNAUTHENTICATED', message: 'no' } } : { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `nothing at ${path}` } };
}

beforeEach(() => {
  [asked, runs, status, refused, app] = [[], 3, 200, 0, null];
  localStorage.clear();
  history.replaceState(null, '', '/');
  vi.stubGlobal('fetch', (url: string, options: { method: string; headers: Record<string, string>; body?: string }) => {
    const path = new URL(url).pathname;
    const body = options.body === undefined ? undefined : (JSON.parse(options.body) as { requests?: { path: string }[] });
    asked.push({ path, method: options.method, headers: options.headers, body });
    const found = path === '/views/batch'
      ? { status: 200, body: { responses: body!.requests!.map(request => ({ ...answer(request.path), token: 't' })) } }
      : answer(path);
    return Promise.resolve(new Response(JSON.stringify(found.body), { status: found.status }));
  });
});
afterEach(() => {
  app?.dispose();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function open(visitor: Visitor = editor): Promise<HTMLElement> {
  app = new App(visitor, () => void (refused += 1));
  document.body.replaceChildren(app.node);
  await app.start();
  return app.node;
}

const shown = (selector: string): Element | null => document.querySelector(selector);

describe('the page', () => {
  test('shows experiments, and what its address names; each tab has an address', async () => {
    const node = await open();
    await vi.waitFor(() => expect(shown('.jt-exp-list tbody tr')?.textContent).toContain('churn'));
    expect(document.title).toBe('Experiments · jupyter_tracker');
    shown('.jt-exp-list .jt-link')!.dispatchEvent(new MouseEvent('click'));
    expect(location.hash).toBe('#/runs?experiments=1');
    expect(document.title).toBe('Runs · jupyter_tracker');
    const tabs = [...node.querySelectorAll<HTMLElement>('.jt-dashboard [role=tab]')];
    tabs.find(tab => tab.textContent === 'Curves')!.click();
    expect(location.hash).toBe('#/curves?experiments=1');
    location.hash = '#/runs?experiments=1';
    dispatchEvent(new HashChangeEvent('hashchange'));
    expect(tabs.find(tab => tab.getAttribute('aria-selected') === 'true')?.textContent).toBe('Runs');
  });

  test('what is selected and filtered is in the address, and takes no step back', async () => {
    history.replaceState(null, '', '#/runs?experiments=1');
    await open();
    await vi.waitFor(() => expect(shown('.jt-grid-row input')).not.toBeNull());
    const before = history.length;
    shown('.jt-grid-row input')!.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await vi.waitFor(() => expect(location.hash).toMatch(/^#\/runs\?experiments=1&runs=\w+$/));
    expect(history.length).toBe(before);
  });

  test('a run that is not there is said in place, without a word of Jupyter', async () => {
    const { adviseBy } = await import('../src/components/message.js');
    adviseBy(error => (error instanceof RequestError && error.status === 404 ? { title: 'There is no such thing here.', text: error.message } : null));
    history.replaceState(null, '', '#/run/abc');
    await open();
    await vi.waitFor(() => expect(shown('.jt-app-main .jt-message')?.textContent).toContain('There is no such thing here.'));
    expect(shown('.jt-app-main')!.textContent).not.toContain('Jupyter');
    adviseBy(() => null);
    expect(adviceFor(new RequestError(404, null, '')).title).toContain('Jupyter');
  });

  test('an empty store says what to type', async () => {
    runs = 0;
    await open();
    expect(shown('.jt-app-empty pre')!.textContent!.split('\n')).toEqual([
      'import mlflow  # or: import jupyter_tracker as mlflow', 'mlflow.set_tracking_uri("http://localhost:3000")', 'mlflow.log_metric("loss", 0.5)']);
  });

  test.each([
    [{ role: 'viewer', may_write: false }, 'No runs yet', null],
    [{ role: 'limited', may_write: false, writes: { experiments: [], models: [] } }, 'No runs are shared with you yet', 'jupyter tracker users grant alice \\\n    --experiment NAME --role viewer'],
    [{ role: 'limited', may_write: true, writes: { experiments: [], models: ['m'] } }, 'No runs are shared with you yet', 'users grant alice'],
    [{ role: 'limited', may_write: true, writes: { experiments: ['1'], models: [] } }, 'No runs yet', 'mlflow.set_experiment("churn")'],
  ])('nobody is told to type what they are refused: %o', async (who, title, code) => {
    runs = 0;
    await open({ ...editor, ...who });
    expect(shown('.jt-app-empty h1')!.textContent).toBe(title);
    const text = shown('.jt-app-empty pre')?.textContent ?? null;
    expect(code === null ? text : text?.includes(code)).toBe(code === null ? null : true);
  });

  test('changes are offered where they may be made', async () => {
    const node = await open({ ...editor, role: 'viewer', writes: { experiments: ['1'], models: ['mine'] } });
    for (const [hash, offers] of [['#/runs?experiments=2', false], ['#/runs?experiments=1', true], ['#/curves?experiments=2', false], ['#/runs', true], ['#/models/mine', true], ['#/models/other', false], ['#/run/abc', false]] as const) {
      location.hash = hash;
      dispatchEvent(new HashChangeEvent('hashchange'));
      expect([hash, node.dataset.reader === undefined]).toEqual([hash, offers]);
    }
  });

  test('the role is the one that holds for what is shown', async () => {
    answers['/views/run-detail'] = () => ({ experiment_id: '1', experiment_name: 'churn', name: 'rf' });
    const badge = (): string => shown('.jt-app-who .jt-badge')!.textContent!;
    const roles = async (who: Partial<Visitor>, hashes: string[]): Promise<string[]> => {
      history.replaceState(null, '', '#/runs');
      await open({ ...editor, writes: { experiments: ['1', '2'], models: ['mine'] }, owns: { experiments: ['2'], models: [] }, ...who });
      const found = hashes.map(hash => {
        location.hash = hash;
        dispatchEvent(new HashChangeEvent('hashchange'));
        return badge();
      });
      app!.dispose();
      return found;
    };
    const hashes = ['#/runs?experiments=1', '#/curves?experiments=2', '#/runs?experiments=1,2', '#/runs?experiments=2,3', '#/runs', '#/models/mine', '#/models/other'];
    expect(await roles({ role: 'viewer' }, hashes)).toEqual(['editor', 'admin', 'editor', 'viewer', 'viewer', 'editor', 'viewer']);
    const reads = { experiments: ['1', '2', '3'], models: ['mine'] };
    expect(await roles({ role: 'limited', reads }, hashes)).toEqual(['editor', 'admin', 'editor', 'viewer', 'limited', 'editor', 'limited']);
    expect(await roles({ writes: null, owns: null }, hashes)).toEqual(hashes.map(() => 'editor'));
    history.replaceState(null, '', '#/run/abc');
    await open({ ...editor, role: 'viewer', writes: { experiments: ['1'], models: [] } });
    expect(badge()).toBe('viewer');
    await vi.waitFor(() => expect(badge()).toBe('editor'));
    expect((shown('.jt-app-who .jt-badge') as HTMLElement).title).toBe('Your role here; elsewhere: viewer');
    delete answers['/views/run-detail'];
  });

  test('tables are told of which experiments runs may be changed, and which may be renamed themselves', () => {
    const rights = rightsOf({ ...editor, role: 'limited', writes: { experiments: ['1', '2'], models: [] }, owns: { experiments: ['2'], models: [] } });
    expect(['1', '2', '3'].map(id => [rights.writes(id), rights.owns(id)])).toEqual([[true, false], [true, true], [false, false]]);
    expect([rightsOf(editor).owns('3'), rightsOf({ ...editor, may_write: false }).writes('1')]).toEqual([true, false]);
  });

  test('a project of its own says three lines of a notebook', async () => {
    runs = 0;
    await open({ ...editor, by_token_only: true });
    expect(shown('.jt-app-empty pre')!.textContent!.split('\n')).toEqual(['%load_ext jupyter_tracker', '%%track run_name=first', 'model.fit(X, y)']);
    expect(shown('.jt-app-who')).toBeNull();
  });

  test('a viewer is told no before the server is asked', async () => {
    const node = await open({ ...editor, role: 'viewer', may_write: false });
    expect(node.dataset.reader).toBe('');
    const client = (app as unknown as { client: { post(path: string, body: object): Promise<unknown> } }).client;
    await expect(client.post('/runs/delete', { run_ids: ['a'] })).rejects.toMatchObject({ status: 403, message: expect.stringContaining('viewer') });
    expect(asked.some(({ path }) => path === '/runs/delete')).toBe(false);
  });

  test('who is signed out is asked to sign in', async () => {
    status = 401;
    await open();
    expect(refused).toBe(1);
    expect(asked[0].headers).toMatchObject({ 'X-Jupyter-Tracker-Page': '1' });
  });
});

describe('signing in', () => {
  const fill = (form: HTMLElement, user: string | null, secret: string): void => {
    document.body.replaceChildren(form);
    if (user !== null) {
      form.querySelector<HTMLInputElement>('#jt-user')!.value = user;
    }
    form.querySelector<HTMLInputElement>('#jt-secret')!.value = secret;
    form.dispatchEvent(new Event('submit', { cancelable: true }));
  };

  test.each([
    ['alice', 'correct horse', { user: 'alice', password: 'correct horse' }],
    ['', 'jt_x', { token: 'jt_x' }],
    ['alice', 'jt_x', { token: 'jt_x' }],
  ])('%s with %s', async (user, secret, sent) => {
    const done = vi.fn();
    fill(signInForm(false, done), user, secret);
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    expect(asked).toMatchObject([{ path: '/session', method: 'POST', body: sent }]);
  });

  test('a refusal is said, and leaves the form', async () => {
    status = 401;
    const done = vi.fn();
    const form = signInForm(true, done);
    fill(form, null, 'jt_x');
    await vi.waitFor(() => expect(form.querySelector('[role=alert]')!.textContent).toBe('no'));
    expect(done).not.toHaveBeenCalled();
  });
});

test('colours follow the system, until they are chosen', () => {
  const button = themeSwitch();
  const names = [button.title];
  const themes: (string | null)[] = [];
  for (let i = 0; i < 3; i += 1) {
    button.click();
    names.push(button.getAttribute('aria-label')!);
    themes.push(document.documentElement.getAttribute('theme'));
  }
  expect(names).toEqual(['Colours: as the system has it', 'Colours: light', 'Colours: dark', 'Colours: as the system has it']);
  expect(themes).toEqual(['light', 'dark', null]);
  applyTheme();
  expect(document.documentElement.hasAttribute('theme')).toBe(false);
});
