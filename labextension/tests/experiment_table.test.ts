import { afterEach, beforeEach, expect, test } from 'vitest';
import { RequestError } from '../src/client.js';
import { ExperimentTable } from '../src/components/experiment_table.js';
import { FakeClient, fakeClient, settle } from './views.js';

let names: string[];
let client: FakeClient;
let table: ExperimentTable;
let opened: (string | null)[];
const $$ = (selector: string): HTMLElement[] => [...table.node.querySelectorAll<HTMLElement>(selector)];
const button = (text: string): HTMLElement => $$('button').find(node => node.textContent === text)!;

beforeEach(async () => {
  names = ['churn', '<b>digits</b>'];
  opened = [];
  client = fakeClient(() => ({ store_id: 's1', location: '~', experiments: names.map((name, i) => ({ experiment_id: String(i), name, run_count: 3, running_count: 0, last_start_time_ms: 1000 })) }));
  client.onPost = (path, body) => ({ updated: 1, undo: [{ path: `${path}-back`, body }] });
  table = new ExperimentTable({ client, storeId: 's1', onOpen: experiment => opened.push(experiment?.name ?? null) });
  document.body.replaceChildren(table.node);
  await table.load();
});
afterEach(() => document.body.replaceChildren());

test('an experiment is renamed in place, and what is wrong is said there', async () => {
  $$('.jt-row-menu')[0].click();
  expect(table.node.querySelector('[role=menu]')!.getAttribute('aria-label')).toBe('Experiment churn');
  button('Rename').click();
  const input = $$('.jt-editor input')[0] as HTMLInputElement;
  expect(input.value).toBe('churn');
  client.onPost = () => { throw new RequestError(400, 'RESOURCE_ALREADY_EXISTS', 'There is one of that name.'); };
  input.value = 'digits';
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await settle();
  expect($$('.jt-editor-error')[0].textContent).toBe('There is one of that name.');
  client.onPost = () => ({ updated: 1, undo: [] });
  names[0] = 'attrition';
  input.value = 'attrition';
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await settle();
  expect(client.posted.at(-1)).toEqual({ path: '/experiments/rename', body: { store: 's1', experiment_id: '0', name: 'attrition' } });
  expect($$('tbody .jt-link').map(node => node.textContent)).toEqual(['attrition', '<b>digits</b>']);
});

test('an experiment goes to the trash and comes back by a click', async () => {
  $$('.jt-row-menu')[1].click();
  const kept = names;
  names = ['churn'];
  button('Move to trash').click();
  await settle();
  expect(client.posted.at(-1)).toEqual({ path: '/experiments/delete', body: { store: 's1', experiment_id: '1' } });
  expect($$('tbody tr')).toHaveLength(1);
  expect($$('.jt-notice')[0].textContent).toContain('<b>digits</b> and its runs are in the trash.');
  names = kept;
  button('Undo').click();
  await settle();
  expect(client.posted.at(-1)!.path).toBe('/experiments/delete-back');
  expect($$('tbody tr')).toHaveLength(2);
  expect(opened).toEqual([]);
});

test('what may not be renamed or deleted has no menu for it', async () => {
  table = new ExperimentTable({ client, storeId: 's1', rights: { writes: () => true, owns: id => id === '1' }, onOpen: () => undefined });
  await table.load();
  expect($$('.jt-row-menu').map(node => node.hidden)).toEqual([true, false]);
});
