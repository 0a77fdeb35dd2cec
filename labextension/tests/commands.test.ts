import { Widget } from '@lumino/widgets';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { addCommands, COMMANDS, CommandContext, restoreArguments } from '../src/lab/commands.js';
import type { PanelTab } from '../src/lab/panel_widget.js';
import { Hub } from '../src/model.js';
import type { RunDetailView } from '../src/types.js';
import { english } from '../src/words.js';
import { FakeClient, fakeClient } from './views.js';

// What jsdom lacks, before Lumino asks for it.
vi.hoisted(() => void ((globalThis as any).DragEvent ??= class extends Event {}));
vi.mock('@jupyterlab/apputils', () => ({ InputDialog: {} }));
vi.mock('../src/lab/icon.js', () => ({ trackerIcon: undefined }));

const VIEW = JSON.parse(readFileSync('../tests/golden/views/run_detail.json', 'utf8')) as RunDetailView;
let tabs: PanelTab[] = [];
afterEach(() => tabs.splice(0).forEach(tab => tab.dispose()));

/** The commands of a Lab that keeps its tabs in `tabs`; what it saved of them. */
function lab(server: FakeClient): { run(command: string, args: object): unknown; saved: object[] } {
  const commands = new Map<string, (args: object) => unknown>();
  const saved: object[] = [];
  const app = {
    commands: { addCommand: (id: string, { execute }: any) => commands.set(id, execute) },
    shell: { add: (tab: PanelTab) => Widget.attach(tab, document.body), activateById: () => undefined },
  };
  const tracker = { find: (is: (tab: PanelTab) => boolean) => tabs.find(is), add: async (tab: PanelTab) => tabs.push(tab), save: async (tab: PanelTab) => saved.push(restoreArguments(tab)) };
  addCommands({ app, server, hub: new Hub(), tabs: tracker, words: english, actions: {} } as unknown as CommandContext);
  return { run: (command, args) => commands.get(command)!(args), saved };
}

test('a run whose name nobody knows has its tab at once, which is called by the name when that comes', async () => {
  const asked = (): number => server.asked.filter(({ path }) => path === '/views/run-detail').length;
  let answer: (view: RunDetailView) => void = () => undefined;
  const server = fakeClient(path => new Promise(resolve => path === '/views/run-detail' && (answer = resolve)));
  const { run, saved } = lab(server);
  void run(COMMANDS.openRun, { store_id: 's1', run_id: VIEW.run_id });
  expect(tabs.map(tab => tab.title.label)).toEqual([VIEW.run_id.slice(0, 8)]);
  await vi.waitFor(() => expect(asked()).toBe(1), 60_000);
  answer(VIEW);
  await vi.waitFor(() => expect([tabs[0].title.label, tabs[0].title.caption]).toEqual([VIEW.name, VIEW.name]), 60_000);
  expect(asked()).toBe(1);
  expect(saved.at(-1)).toEqual({ command: COMMANDS.openRun, args: { store_id: 's1', run_id: VIEW.run_id, name: VIEW.name } });
});
