import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { LivePanel } from '../src/panels/live_panel.js';
import { registryPanel } from '../src/panels/registry_panel.js';
import { makePayload } from '../src/payload.js';
import { ModelList } from '../src/components/model_list.js';
import type { ModelListView, RegistryBoardView, RegistryMoveView } from '../src/types.js';
import { english } from '../src/words.js';
import { FakeClient, fakeClient, fakePlotly } from './views.js';

const golden = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as T;
const VIEW = golden<RegistryBoardView>('registry_board');
let panel: LivePanel<any>;
let server: FakeClient;
let view: RegistryBoardView;
let move: RegistryMoveView;
let opened: string[];

const $ = (selector: string): HTMLElement => panel.node.querySelector<HTMLElement>(selector)!;
const $$ = (selector: string): HTMLElement[] => [...panel.node.querySelectorAll<HTMLElement>(selector)];
const later = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const card = (version: string): HTMLElement => $(`.jt-board-card[data-version="${version}"]`);
const inColumn = (stage: string): string[] => [...$(`[data-stage=${stage}]`).querySelectorAll<HTMLElement>('.jt-board-card')].map(node => node.dataset.version!);
const press = (node: HTMLElement, key: string, more = {}): boolean => node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
const dialog = (): HTMLElement => $('.jt-dialog-back');

/** The board after a version went to a stage. */
function moved(version: string, stage: string): RegistryBoardView {
  const one = VIEW.columns.flatMap(column => column.cards).find(other => other.version === version)!;
  const columns = VIEW.columns.map(column => {
    const rest = column.cards.filter(other => other !== one);
    const cards = column.stage === stage ? [{ ...one, stage: column.stage }, ...rest] : rest;
    return { ...column, cards, total: cards.length };
  });
  return { ...VIEW, columns };
}

function drag(type: string, node: HTMLElement): Event {
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: { setData: () => undefined }, relatedTarget: null });
  node.dispatchEvent(event);
  return event;
}

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  view = VIEW;
  move = { ...golden<RegistryMoveView>('registry_move') };
  opened = [];
  server = fakeClient(path => (path === '/views/registry-board' ? view : move), () => view);
  const payload = makePayload('registry_board', 's1', { model: 'churn' });
  panel = new LivePanel({ payload, server, hub: null, plotly: fakePlotly().load, isVisible: () => true, onOpenRun: run => void opened.push(run.run_id) }, registryPanel);
  document.body.replaceChildren(panel.node);
  await later();
});
afterEach(async () => {
  panel.dispose();
  await later(50); // what was to be said to a screen reader in the next frame
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a column per stage, a card per version, and what has happened', async () => {
  expect([inColumn('None'), inColumn('Staging'), inColumn('Production'), inColumn('Archived')]).toEqual([['3'], [], ['2'], ['1']]);
  expect($('[data-stage=Staging]').textContent).toContain('No version');
  expect(card('2').textContent).toContain('@champion');
  expect(card('3').querySelector<HTMLElement>('.jt-board-delta')!.dataset.better).toBe('false');
  expect(card('3').textContent).toContain('worse than in production');
  expect($('.jt-timeline li').textContent).toContain('version 2 moved from None to Production');
  card('2').querySelector<HTMLElement>('.jt-link')!.click();
  expect(opened).toEqual(['<forest>']);
});

test('the whole head of the history is copied, and a warning of a run that has not ended is shown', async () => {
  let copied = '';
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (text: string) => void (copied = text) } });
  expect($('.jt-board-chain').textContent).toContain(VIEW.head.slice(0, 12));
  $('.jt-board-chain .jt-copy').click();
  expect(copied).toBe(VIEW.head);
  await later(2000); // until the button says "copy" again
  press(card('3'), 'ArrowRight', { shiftKey: true });
  await later();
  const warned = dialog().querySelector<HTMLElement>('[data-outcome=warning]')!;
  expect(warned.textContent).toBe('!warning: The run of version 3 has not ended: its metrics and its model may still change.');
  press(dialog(), 'Escape');
  await later();
});

test('what somebody else moves comes by itself, and the focus stays on its version', async () => {
  card('3').focus();
  view = moved('3', 'Staging');
  await later(2000);
  expect(inColumn('Staging')).toEqual(['3']);
  expect(document.activeElement).toBe(card('3'));
});

test('keys walk, and Shift with an arrow moves to the stage beside after a look', async () => {
  card('3').focus();
  press(card('3'), 'ArrowRight');
  expect(document.activeElement).toBe(card('2'));
  press(card('2'), 'ArrowLeft');
  press(card('3'), 'ArrowRight', { shiftKey: true });
  expect(dialog().hidden).toBe(false);
  await later();
  expect(server.asked.at(-1)).toEqual({ path: '/views/registry-move', query: { store: 's1', model: 'churn', version: '3', stage: 'Staging' } });
  expect(dialog().textContent).toContain('Version 2 is archived along with it.');
  const comment = dialog().querySelector('textarea')!;
  expect(document.activeElement).toBe(comment);
  comment.value = 'because';
  view = moved('3', 'Staging');
  press(comment, 'Enter', { ctrlKey: true });
  await later();
  expect(server.posted).toEqual([{ path: '/registry/transition', body: { store: 's1', model: 'churn', version: '3', stage: 'Staging', comment: 'because', archives: '2' } }]);
  expect(dialog().hidden).toBe(true);
  expect(document.activeElement).toBe(card('3'));
  await later(20);
  expect($('[aria-live]').textContent).toBe('Version 3 is in Staging now.');
});

test('a refused move shows each rule, and cannot be done', async () => {
  move = { ...move, refusal: 'promotion.yaml refuses it.', policy: 'promotion.yaml', verdict: 'Refused version 3.', rules: [
    { rule: 'improvement', outcome: 'failed', text: '<b>f1</b> is worse' }, { rule: 'tags', outcome: 'passed', text: 'Tags are there' }] };
  press(card('3'), 'ArrowRight', { shiftKey: true });
  await later();
  expect(dialog().textContent).toContain('It cannot be moved: promotion.yaml refuses it.');
  expect([...dialog().querySelectorAll('li')].map(node => node.textContent)).toEqual(['✗failed: <b>f1</b> is worse', '✓passed: Tags are there']);
  expect(dialog().querySelector<HTMLButtonElement>('.jt-button-main')!.disabled).toBe(true);
  press(dialog(), 'Enter', { ctrlKey: true });
  await later();
  expect(server.posted).toEqual([]);
  press(dialog(), 'Escape');
  expect(document.activeElement).toBe(card('3'));
});

test('the menu says where a version cannot go, and why', async () => {
  card('2').querySelector<HTMLElement>('.jt-button-bare')!.click();
  const rows = $$('[role=menuitem]') as HTMLButtonElement[];
  expect(rows.map(row => [row.textContent, row.disabled])).toEqual([
    ['Move to No stage…', false], ['Move to Staging…', false], ['Move to Production: It is there already.', true], ['Move to Archived…', false],
    ['Set an alias…', false], ['Remove @champion…', false], ['Set or remove a tag…', false], ['Describe…', false]]);
  rows[3].click();
  await later();
  expect(dialog().textContent).toContain('Move version 2 to Archived?');
  press(dialog(), 'Escape');
});

test('a card is dragged onto a column that takes it, and another says why not', async () => {
  const view3 = VIEW.columns[0].cards[0];
  view = { ...VIEW, columns: VIEW.columns.map((column, i) => (i === 0 ? { ...column, cards: [{ ...view3, moves: view3.moves.map(one => (one.stage === 'Archived' ? { ...one, refusal: 'No.' } : one)) }] } : column)) };
  await later(2000);
  drag('dragstart', card('3'));
  expect(drag('dragover', $('[data-stage=Archived]')).defaultPrevented).toBe(false);
  expect($('[data-stage=Archived] .jt-board-refusal').textContent).toBe('No.');
  drag('dragleave', $('[data-stage=Archived]'));
  expect($('[data-stage=Archived] .jt-board-refusal').hidden).toBe(true);
  expect(drag('dragover', $('[data-stage=Production]')).defaultPrevented).toBe(true);
  expect($('[data-stage=Production]').className).toContain('jt-board-target');
  drag('drop', $('[data-stage=Production]'));
  await later();
  expect(dialog().textContent).toContain('Move version 3 to Production?');
  press(dialog(), 'Escape');
  // Something else that is dragged over the page is not ours.
  expect(drag('dragover', $('[data-stage=Production]')).defaultPrevented).toBe(false);
});

test('who was too late is told, and sees what would happen now', async () => {
  server.onPost = () => {
    throw new RequestError(409, 'RESOURCE_CONFLICT', 'Somebody has moved versions of churn meanwhile.');
  };
  press(card('3'), 'ArrowRight', { shiftKey: true });
  await later();
  move = { ...move, archives: ['7'] };
  dialog().querySelector<HTMLElement>('.jt-button-main')!.click();
  await later();
  expect(dialog().hidden).toBe(false);
  expect(dialog().textContent).toContain('Somebody has moved versions of churn meanwhile.');
  expect(dialog().textContent).toContain('Version 7 is archived along with it.');
  press(dialog(), 'Escape');
});

test('another model is chosen, and nothing registered is said', async () => {
  view = { ...VIEW, models: ['churn', 'other'] };
  await later(2000);
  const select = $('.jt-board-models') as HTMLSelectElement;
  select.value = 'other';
  select.dispatchEvent(new Event('change'));
  await later();
  expect(server.asked.at(-1)!.query.model).toBe('other');
  view = { ...VIEW, model: null, models: [], columns: [], events: [], events_total: 0 };
  await later(2000);
  expect($('.jt-state').hidden).toBe(false);
  expect($('.jt-state').textContent).toContain('No model is registered yet');
  expect($('.jt-state code').textContent).toContain('tracker.register_model(');
});

const editor = (): HTMLElement => $$('.jt-dialog-back')[1];
const chosen = (label: string): void => ($$('[role=menuitem]') as HTMLButtonElement[]).find(row => row.textContent === label)!.click();

test('A sets an alias, which says where it points now', async () => {
  card('3').focus();
  press(card('3'), 'a');
  const input = editor().querySelector('input')!;
  expect(document.activeElement).toBe(input);
  input.value = '@champion';
  input.dispatchEvent(new Event('input'));
  expect(editor().textContent).toContain('@champion points at version 2 now, and is moved.');
  editor().querySelectorAll('textarea')[1].value = 'best of October';
  view = moved('3', 'None');
  press(input, 'Enter');
  await later();
  expect(server.posted).toEqual([{ path: '/registry/set-alias', body: { store: 's1', model: 'churn', version: '3', alias: 'champion', comment: 'best of October' } }]);
  expect(editor().hidden).toBe(true);
  expect(document.activeElement).toBe(card('3'));
  await later(20);
  expect($('[aria-live]').textContent).toBe('@champion points at version 3 now.');
});

test('an alias is removed after a question, and what is refused is said', async () => {
  press(card('2'), 'Enter');
  chosen('Remove @champion…');
  expect(editor().textContent).toContain('Whoever loads the model by it will find none.');
  server.onPost = () => {
    throw new RequestError(403, 'PERMISSION_DENIED', 'The user is a viewer.');
  };
  const yes = editor().querySelector<HTMLButtonElement>('.jt-button-main')!;
  yes.click();
  await later();
  expect(editor().hidden).toBe(false);
  expect(editor().textContent).toContain('The user is a viewer.');
  server.onPost = undefined;
  yes.click();
  await later();
  expect(server.posted.at(-1)).toEqual({ path: '/registry/delete-alias', body: { store: 's1', model: 'churn', alias: 'champion', comment: '' } });
  expect(editor().hidden).toBe(true);
  await later(20);
});

test('T sets a tag of a version as key=value, nothing after = removes it, and what is there is said', async () => {
  const tagged = { ...VIEW, columns: VIEW.columns.map((column, i) => (i === 0 ? { ...column, cards: [{ ...column.cards[0], tags: [{ key: 'data', value: '<b>june</b>' }] }] } : column)) };
  view = tagged;
  await later(2000);
  expect(card('3').textContent).toContain('Tags data=<b>june</b>');
  card('3').focus();
  press(card('3'), 't', { ctrlKey: true });
  expect(editor().hidden).toBe(true);
  press(card('3'), 't');
  const input = editor().querySelector('input')!;
  expect(document.activeElement).toBe(input);
  expect(editor().textContent).toContain('Its tags: data=<b>june</b>');
  const type = (text: string): void => {
    input.value = text;
    input.dispatchEvent(new Event('input'));
  };
  type('data');
  press(input, 'Enter');
  await later();
  expect(editor().textContent).toContain('Write it as key=value');
  expect(server.posted).toEqual([]);
  type(' data = a=b ');
  expect(editor().textContent).toContain('data is <b>june</b> now.');
  editor().querySelectorAll('textarea')[1].value = 'late data';
  press(input, 'Enter');
  await later();
  expect(server.posted.at(-1)).toEqual({ path: '/registry/set-tag', body: { store: 's1', model: 'churn', version: '3', key: 'data', value: 'a=b', comment: 'late data' } });
  expect(editor().hidden).toBe(true);
  expect(document.activeElement).toBe(card('3'));
  press(card('3'), 't');
  type('nothing=');
  expect(editor().textContent).toContain('It has no tag nothing.');
  type('data=');
  expect(editor().textContent).toContain('data is <b>june</b> now, and is removed.');
  press(input, 'Enter');
  await later(20);
  expect(server.posted.at(-1)).toEqual({ path: '/registry/delete-tag', body: { store: 's1', model: 'churn', version: '3', key: 'data', comment: '' } });
  await later(20);
  expect($('[aria-live]').textContent).toBe('The tag data is removed.');
});

test('the model itself is tagged and described by the menu beside its name', async () => {
  view = { ...VIEW, tags: [{ key: 'team', value: 'growth' }] };
  await later(2000);
  expect($('.jt-board-tags').textContent).toBe('team=growth');
  const more = $('.jt-board-head .jt-button-bare') as HTMLButtonElement;
  more.click();
  chosen('Set or remove a tag…');
  const input = editor().querySelector('input')!;
  input.value = 'team=sales';
  press(input, 'Enter');
  await later();
  expect(server.posted.at(-1)).toEqual({ path: '/registry/set-tag', body: { store: 's1', model: 'churn', key: 'team', value: 'sales', comment: '' } });
  expect(document.activeElement).toBe(more);
  more.click();
  chosen('Describe…');
  const area = editor().querySelector('textarea')!;
  expect(area.value).toBe('Who leaves');
  area.value = 'Who leaves, and when';
  press(area, 'Enter', { ctrlKey: true });
  await later();
  expect(server.posted.at(-1)).toEqual({ path: '/registry/describe', body: { store: 's1', model: 'churn', text: 'Who leaves, and when', comment: '' } });
});

test('what is not there any more is said as it is', async () => {
  server.onPost = () => {
    throw new RequestError(404, 'RESOURCE_DOES_NOT_EXIST', 'Model Version (name=churn, version=3) not found.');
  };
  press(card('3'), 't');
  const input = editor().querySelector('input')!;
  input.value = 'data=june';
  press(input, 'Enter');
  await later();
  expect(editor().querySelector('[role=alert]')!.textContent).toBe('Model Version (name=churn, version=3) not found.');
  press(input, 'Escape');
});

test('a version is described, unless what is shown of its text is not all', async () => {
  press(card('3'), 'Enter');
  chosen('Describe…');
  const area = editor().querySelector('textarea')!;
  expect(area.value).toBe(VIEW.columns[0].cards[0].description);
  area.value = 'deeper';
  press(area, 'Enter');
  expect(server.posted).toEqual([]);
  press(area, 'Enter', { ctrlKey: true });
  await later();
  expect(server.posted).toEqual([{ path: '/registry/describe', body: { store: 's1', model: 'churn', version: '3', text: 'deeper', comment: '' } }]);
  view = { ...VIEW, columns: VIEW.columns.map((column, i) => (i === 0 ? { ...column, cards: [{ ...column.cards[0], description: 'long…' }] } : column)) };
  await later(2000);
  press(card('3'), 'Enter');
  expect(($$('[role=menuitem]') as HTMLButtonElement[]).at(-1)!.disabled).toBe(true);
  press($('[role=menu]'), 'Escape');
});

test('the side panel lists the registered models, and opens the board of one', async () => {
  const found: string[] = [];
  const client = fakeClient(() => ({ ...golden<ModelListView>('model_list'), models: [...golden<ModelListView>('model_list').models, { name: '<b>new</b>', production: null, staging: null, latest: null }] }));
  const list = new ModelList({ client, words: english, onOpen: (store, model) => void found.push(`${store} ${model}`) });
  expect(list.node.hidden).toBe(true);
  await list.load('s1');
  const rows = [...list.node.querySelectorAll<HTMLElement>('button')];
  expect(rows.map(row => row.textContent)).toEqual(['churnv2 version 2 in production', '<b>new</b>no version no version']);
  rows[0].click();
  expect(found).toEqual(['s1 churn']);
});
