import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Query } from '../src/client.js';
import { RequestError } from '../src/client.js';
import { RunDetail } from '../src/components/run_detail.js';
import { Hub } from '../src/model.js';
import { createPanel } from '../src/panels/panel.js';
import type { Panel } from '../src/panels/panel_context.js';
import { makePayload } from '../src/payload.js';
import type { ArtifactFolderView, ArtifactPreviewView, RunDetailView } from '../src/types.js';
import { fakeClient, FakeClient, FakeModel, fakePlotly, settle } from './views.js';

const golden = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8'));
const VIEW = golden<RunDetailView>('run_detail');
const preview = (path: string, change: Partial<ArtifactPreviewView>): ArtifactPreviewView =>
  ({ path, kind: 'text', size_bytes: 9, media_type: '', language: '', text: '', truncated: false, table: null, reason: '', ...change });

let view: RunDetailView;
let files: Record<string, ArtifactPreviewView>;
let detail: RunDetail;
let client: FakeClient;

function answer(path: string, query: Query): unknown {
  const folders: Record<string, ArtifactFolderView> = {
    '': { path: '', entries: [{ path: 'cell', is_dir: true, size_bytes: null }, ...Object.keys(files).map(name => ({ path: name, is_dir: false, size_bytes: 9 }))], total: 9 },
    cell: { path: 'cell', entries: [{ path: 'cell/source.py', is_dir: false, size_bytes: 12 }], total: 1 },
  };
  folders[''].total = folders[''].entries.length;
  const all: Record<string, () => unknown> = {
    '/views/run-detail': () => view,
    '/views/artifact-folder': () => folders[String(query.path)],
    '/views/artifact-preview': () => files[String(query.path)] ?? preview(String(query.path), { kind: 'code', text: 'x = 1', language: 'python' }),
    '/static/plotly.js': () => new TextEncoder().encode('var JupyterTrackerPlotly={default:{}};\nexport default JupyterTrackerPlotly.default;').buffer,
    '/artifacts/get': () => new ArrayBuffer(4),
  };
  return all[path]();
}

beforeEach(() => {
  view = structuredClone(VIEW);
  files = { 'report.txt': preview('report.txt', { text: 'fine' }) };
  client = fakeClient(answer);
  URL.createObjectURL ??= () => 'blob:x';
  URL.revokeObjectURL ??= () => undefined;
  Element.prototype.scrollIntoView ??= () => undefined;
});
afterEach(() => {
  detail.dispose();
  document.body.replaceChildren();
});

async function open(markdown?: (source: string) => Promise<string>): Promise<RunDetail> {
  detail = new RunDetail({ client, plotly: fakePlotly().load, storeId: 's1', runId: view.run_id, markdown });
  document.body.append(detail.node);
  await detail.load();
  await settle();
  return detail;
}
const $ = (selector: string): HTMLElement => detail.node.querySelector<HTMLElement>(selector)!;
const texts = (selector: string): string[] => [...detail.node.querySelectorAll(selector)].map(node => node.textContent ?? '');
const tab = async (name: string): Promise<void> => {
  [...detail.node.querySelectorAll<HTMLElement>('[role=tab]')].find(node => node.textContent === name)!.click();
  await settle();
};
const choose = async (path: string): Promise<void> => {
  detail.node.querySelector<HTMLElement>(`.jt-tree-line[title="${path}"]`)!.click();
  await settle();
};

describe('the overview', () => {
  test('says all that the view holds', async () => {
    await open();
    const text = detail.node.textContent!;
    for (const word of ['rf-baseline', 'Finished', 'churn', 'alice', 'The first that worked.', 'breast cancer', 'training', '569 rows', 'depth', 'author']) {
      expect(text).toContain(word);
    }
    expect(texts('.jt-metric-list tbody tr:first-child td')).toEqual(['', '0.95', '0.5', '0.95', '9', '10']);
    expect($('.jt-elapsed').textContent).toBe('12s');
  });

  test('a file that people look for is one click away', async () => {
    await open();
    expect(texts('.jt-quick button')).toEqual(['Cell source']);
    $('.jt-quick button').click();
    await settle();
    expect($('[role=tab][aria-selected=true]').textContent).toBe('Files');
    expect($('.jt-preview-text').textContent).toBe('x = 1');
    expect($('.jt-tree-line[aria-selected=true]').title).toBe('cell/source.py');
  });

  test('finding asks the server, and an older answer is not shown', async () => {
    vi.useFakeTimers();
    await open();
    const find = $('.jt-detail-find') as HTMLInputElement;
    // There are few yet.
    expect(find.hidden).toBe(true);
    find.value = 'dep';
    view = { ...view, find: 'dep', metrics: [], metrics_total: 0 };
    find.dispatchEvent(new Event('input'));
    await vi.advanceTimersByTimeAsync(200);
    expect(client.asked.at(-1)).toMatchObject({ path: '/views/run-detail', query: { find: 'dep' } });
    expect(detail.node.textContent).toContain('None of that name');
    expect(find.hidden).toBe(false);
    vi.useRealTimers();
  });

  test('a metric leads to its curve', async () => {
    await open();
    $('.jt-metric-name').click();
    await settle();
    expect($('[role=tab][aria-selected=true]').textContent).toBe('Curves');
    expect(client.asked.at(-1)).toMatchObject({ path: '/views/metric-curves', query: { metrics: 'f1', run_ids: view.run_id } });
  });

  test('a note is written by a click, and nothing before it', async () => {
    await open();
    const button = (name: string): HTMLElement => [...detail.node.querySelectorAll<HTMLElement>('.jt-detail-note button')].find(node => node.textContent === name)!;
    button('Edit').click();
    const area = $('textarea') as HTMLTextAreaElement;
    expect(area.value).toBe('The first that worked.');
    area.value = 'No good.';
    detail.setView(structuredClone(view));
    expect(area.value).toBe('No good.');
    expect(client.posted).toEqual([]);
    view = { ...view, note: 'No good.' };
    button('Save').click();
    await settle();
    expect(client.posted).toEqual([{ path: '/runs/note', body: { store: 's1', run_id: view.run_id, text: 'No good.' } }]);
    expect($('.jt-detail-note').textContent).toContain('No good.');
    expect(area.closest<HTMLElement>('.jt-note-editor')!.hidden).toBe(true);
  });

  test('a note that could not be kept stays in the editor', async () => {
    client = fakeClient(answer, () => { throw new RequestError(403, 'PERMISSION_DENIED', 'You may only look.'); });
    await open();
    $('.jt-detail-note .jt-link').click();
    ($('textarea') as HTMLTextAreaElement).value = 'lost?';
    $('textarea').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
    await settle();
    expect($('.jt-note-failure').textContent).toContain('You may only look.');
    expect(($('textarea') as HTMLTextAreaElement).value).toBe('lost?');
    $('textarea').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect($('.jt-detail-note').textContent).toContain('The first that worked.');
  });

  test('names and values are text, whatever is in them', async () => {
    const evil = '<img src=x onerror="globalThis.hit=1"><script>globalThis.hit=1</script>';
    const pairs = [{ key: evil, value: evil }];
    view = { ...view, name: evil, experiment_name: evil, note: evil, params: pairs, tags: pairs, system_tags: pairs, facts: [{ label: evil, value: evil }],
      error: { type: evil, message: evil }, parent: { run_id: 'p', name: evil, status: 'FINISHED', start_time_ms: 1 } };
    files = { [evil]: preview(evil, { text: evil }) };
    await open();
    await tab('Files');
    await choose(evil.replaceAll('"', '\\"'));
    expect(detail.node.querySelectorAll('img, script')).toHaveLength(0);
    expect(texts('.jt-preview-text')).toEqual([evil]);
    expect((globalThis as any).hit).toBeUndefined();
  });
});

describe('files', () => {
  test('the tree is walked by keys and opens folders', async () => {
    await open();
    await tab('Files');
    const key = async (name: string): Promise<void> => {
      document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
      await settle();
    };
    $('.jt-tree-line').focus();
    expect($('.jt-tree-line').getAttribute('aria-expanded')).toBe('false');
    await key('ArrowRight');
    expect($('.jt-tree-line').getAttribute('aria-expanded')).toBe('true');
    await key('ArrowDown');
    expect((document.activeElement as HTMLElement).title).toBe('cell/source.py');
    expect(document.activeElement!.getAttribute('aria-level')).toBe('2');
    await key('ArrowLeft');
    await key('ArrowLeft');
    expect(texts('.jt-tree-line .jt-tree-name')).toEqual(['cell', 'report.txt']);
    await key('End');
    await key('Enter');
    expect($('.jt-preview-text').textContent).toBe('fine');
  });

  test.each([
    ['html', '<script>parent.hit = 1</script>"&'], ['svg', '<svg onload="hit()"/>'],
  ] as const)('%s is drawn in a frame without scripts, origin and network', async (kind, text) => {
    files = { a: preview('a', { kind, text }) };
    await open();
    await tab('Files');
    await choose('a');
    const frame = $('iframe') as HTMLIFrameElement;
    expect(frame.getAttribute('sandbox')).toBe('');
    expect(frame.srcdoc).toMatch(/^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none';/);
    expect(frame.srcdoc).not.toContain(text);
    const inner = new DOMParser().parseFromString(frame.srcdoc, 'text/html').querySelector('iframe')!;
    expect(inner.getAttribute('sandbox')).toBe('');
    expect(inner.srcdoc).toContain(kind === 'html' ? text : encodeURIComponent(text));
  });

  test('a Plotly figure comes into its frame as data', async () => {
    const text = '{"data":[],"layout":{"title":{"text":"</script><script>parent.hit=1</script>"}}}';
    files = { a: preview('a', { kind: 'plotly', text }) };
    await open();
    await tab('Files');
    await choose('a');
    const frame = $('iframe') as HTMLIFrameElement;
    expect(frame.getAttribute('sandbox')).toBe('allow-scripts');
    const inner = new DOMParser().parseFromString(frame.srcdoc, 'text/html').querySelector('iframe')!;
    const page = new DOMParser().parseFromString(inner.srcdoc, 'text/html');
    expect(page.querySelectorAll('script')).toHaveLength(3);
    expect(page.querySelector('#figure')!.textContent).toBe(text.replaceAll('<', '\\u003c'));
    expect(frame.srcdoc).not.toContain('allow-same-origin');
  });

  test('a page runs its scripts only when asked to', async () => {
    files = { a: preview('a', { kind: 'html', text: '<script>1</script>' }) };
    await open();
    await tab('Files');
    await choose('a');
    expect($('.jt-preview-head').textContent).toContain('scripts are off');
    [...detail.node.querySelectorAll<HTMLElement>('.jt-preview-tools button')].find(node => node.textContent === 'Run scripts')!.click();
    await settle();
    expect($('iframe').getAttribute('sandbox')).toBe('allow-scripts');
  });

  test('a server saves by links, a kernel by its bytes', async () => {
    await open();
    await tab('Files');
    await choose('report.txt');
    const links = [...detail.node.querySelectorAll('a.jt-button')].map(node => node.getAttribute('href'));
    expect(links[0]).toContain('/artifacts/save-folder?store=s1');
    expect(links[1]).toContain('/artifacts/get?store=s1');
    detail.dispose();
    client = { ...fakeClient(answer), url: () => null };
    await open();
    await tab('Files');
    await choose('report.txt');
    expect(detail.node.querySelector('a.jt-button')).toBeNull();
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
    [...detail.node.querySelectorAll<HTMLElement>('button.jt-button')].find(node => node.textContent === 'Download')!.click();
    await settle();
    expect(client.asked.at(-1)).toMatchObject({ path: '/artifacts/get', query: { path: 'report.txt' } });
  });

  test('a table says how much of it is seen', async () => {
    const table = golden<ArtifactPreviewView>('artifact_preview_table');
    files = { 'table.csv': { ...table, table: { ...table.table!, rows_total: 1000 } } };
    await open();
    await tab('Files');
    await choose('table.csv');
    expect(texts('.jt-preview-table th')).toEqual(['name', 'f1']);
    expect(texts('.jt-preview-table td')).toEqual(['alice', '0.5', 'bob', '']);
    expect($('.jt-preview-head').textContent).toContain('2 of 1,000 rows');
  });

  test('a file that cannot be read says so in its place', async () => {
    const broken = fakeClient((path, query) => {
      if (path === '/views/artifact-preview') {
        throw new RequestError(400, 'INVALID_PARAMETER_VALUE', 'a link that leads out');
      }
      return answer(path, query);
    });
    client = broken;
    await open();
    await tab('Files');
    await choose('report.txt');
    expect($('.jt-preview-body').textContent).toContain('a link that leads out');
  });
});

describe('the panel', () => {
  let panel: Panel;
  test('polls while the run goes on, and asks the kernel where the server does not know the store', async () => {
    await import('../src/panels/later.js'); // while it is read, the clock of the test would go on
    vi.useFakeTimers({ now: 1_000_000 }); // pauses end at whole seconds
    view = { ...view, status: 'RUNNING', end_time_ms: null };
    const payload = makePayload('run_detail', 's1', { panel_id: 'p1', run_id: view.run_id });
    const server = fakeClient(answer);
    panel = createPanel({ payload, server, hub: null, plotly: fakePlotly().load, isVisible: () => true });
    await vi.waitFor(() => expect(server.asked).not.toEqual([]));
    // Three polls, and half a second for what the first look took.
    await vi.advanceTimersByTimeAsync(3500);
    expect(server.asked.filter(asked => asked.path === '/views/run-detail')).toHaveLength(4);
    view = { ...view, status: 'FINISHED', end_time_ms: 5 };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked.filter(asked => asked.path === '/views/run-detail')).toHaveLength(5);
    panel.dispose();
    const [hub, model] = [new Hub(), new FakeModel({ view })];
    hub.attach('p1', model);
    panel = createPanel({ payload, server: fakeClient(() => { throw new RequestError(404, null, 'no'); }), hub, plotly: fakePlotly().load, isVisible: () => true });
    await vi.waitFor(() => expect(panel.node.textContent).toContain('rf-baseline'));
    await vi.advanceTimersByTimeAsync(0);
    expect(model.asked().map(asked => asked.path)).toContain('/views/run-detail');
    panel.dispose();
    expect(model.listenerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('what is changed in place', () => {
  const say = (): string => $('.jt-notice').textContent ?? '';
  const editor = (): HTMLInputElement => $('.jt-editor input') as HTMLInputElement;
  const keep = async (value: string): Promise<void> => {
    editor().value = value;
    editor().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await settle();
  };
  const choose = async (label: string): Promise<void> => {
    $('.jt-detail-menu').click();
    [...detail.node.querySelectorAll<HTMLElement>('.jt-menu-row')].find(row => row.textContent === label)!.click();
    await settle();
  };

  beforeEach(() => {
    client.onPost = (path, body) => ({ updated: 1, undo: [{ path: `${path}-back`, body }] });
  });

  test('the name, by the menu or a double click, and back', async () => {
    await open();
    await choose('Rename');
    expect(editor().value).toBe(view.name);
    view = { ...view, name: 'better' };
    await keep('better');
    expect(client.posted.at(-1)).toEqual({ path: '/runs/rename', body: { store: 's1', run_id: view.run_id, name: 'better' } });
    expect($('.jt-card-name').textContent).toBe('better');
    expect(say()).toContain('is called better now.');
    [...$('.jt-notice').querySelectorAll('button')].find(button => button.textContent === 'Undo')!.click();
    await settle();
    expect(client.posted.at(-1)!.path).toBe('/runs/rename-back');
    expect($('.jt-notice').hidden).toBe(true);
    $('.jt-card-name').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    expect($('.jt-editor').hidden).toBe(false);
  });

  test('a tag is written anew, removed and added', async () => {
    view.tags = [{ key: 'team', value: 'blue' }];
    view.tags_total = 1;
    await open();
    const chip = (): HTMLElement => $('.jt-chips button');
    chip().click();
    await settle();
    expect(editor().value).toBe('blue');
    await keep('red');
    expect(client.posted.at(-1)).toEqual({ path: '/runs/set-tag', body: { store: 's1', run_ids: [view.run_id], key: 'team', value: 'red' } });
    chip().click();
    await settle();
    await keep('');
    expect(client.posted.at(-1)).toEqual({ path: '/runs/delete-tag', body: { store: 's1', run_ids: [view.run_id], key: 'team' } });
    $('.jt-tag-add').click();
    await keep('nonsense');
    expect($('.jt-editor-error').textContent).toContain('such as team=blue');
    await keep('stage = final=1');
    expect(client.posted.at(-1)!.body).toMatchObject({ key: 'stage', value: 'final=1' });
  });

  test('a refusal is shown where it was typed, and nothing is said to be done', async () => {
    client.onPost = () => { throw new RequestError(400, 'INVALID_PARAMETER_VALUE', 'That name is not good.'); };
    await open();
    await choose('Rename');
    await keep('x');
    expect($('.jt-editor-error').textContent).toBe('That name is not good.');
    expect($('.jt-notice').hidden).toBe(true);
    await choose('Move to trash');
    expect(say()).toContain('That name is not good.');
  });

  test('a run goes to the trash, where it cannot be changed, and comes out', async () => {
    await open();
    view = { ...view, deleted: true };
    await choose('Move to trash');
    expect(client.posted.at(-1)).toEqual({ path: '/runs/delete', body: { store: 's1', run_ids: [view.run_id] } });
    expect(say()).toContain('The run is in the trash.');
    expect(texts('.jt-badge')).toContain('Deleted');
    $('.jt-card-name').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    expect($('.jt-editor').hidden).toBe(true);
    expect($('.jt-tag-add').hidden).toBe(true);
    view = { ...view, deleted: false };
    await choose('Restore');
    expect(client.posted.at(-1)!.path).toBe('/runs/restore');
  });
});
