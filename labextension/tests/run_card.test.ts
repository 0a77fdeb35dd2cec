import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RunCard } from '../src/components/run_card.js';
import { cardView, metric } from './views.js';

const NOW = 100_000;
let card: RunCard;
const get = (selector: string): HTMLElement => card.node.querySelector<HTMLElement>(selector)!;
const shown = (selector: string): string[] => [...card.node.querySelectorAll<HTMLElement>(selector)].map(n => n.textContent ?? '');
const section = (title: string): HTMLElement =>
  [...card.node.querySelectorAll<HTMLElement>('.jt-section')].find(n => n.querySelector('.jt-section-title')!.textContent!.startsWith(title))!;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  card = new RunCard({ artifactUrl: (store, run, path) => `/get?store=${store}&run_id=${run}&path=${encodeURIComponent(path)}` });
  document.body.replaceChildren(card.node);
});
afterEach(() => {
  card.dispose();
  vi.useRealTimers();
});

const params = Array.from({ length: 20 }, (_, i) => ({ key: `p${i}`, value: String(i) }));

describe('RunCard', () => {
  test('says the status in words and announces its change', () => {
    card.update(cardView());
    const status = get('.jt-status');
    expect(status.textContent).toBe('Running');
    expect(status.getAttribute('aria-live')).toBe('polite');
    card.update(cardView({ status: 'FAILED', end_time_ms: 3400, error: { type: 'ValueError', message: 'bad x' } }));
    expect(get('.jt-status')).toBe(status);
    expect(status.textContent).toBe('Failed');
    expect(status.querySelectorAll('svg')).toHaveLength(1);
    expect(get('.jt-error').hidden).toBe(false);
    expect(get('.jt-error').textContent).toBe('ValueErrorbad x');
  });

  test('an update keeps what is expanded, the nodes and the focus', () => {
    card.update(cardView({ params, params_total: 20, metrics: [metric('loss')], metrics_total: 1 }));
    const toggle = section('Params').querySelector('button')!;
    expect(shown('.jt-pair')).toHaveLength(12);
    toggle.click();
    expect(shown('.jt-pair')).toHaveLength(20);
    toggle.focus();
    const tile = get('.jt-tile');
    const pair = get('.jt-pair');

    card.update(cardView({ status: 'FINISHED', end_time_ms: 5000, params, params_total: 20, metrics: [metric('acc'), { ...metric('loss'), text: '0.5' }], metrics_total: 2 }));
    expect(shown('.jt-pair')).toHaveLength(20);
    expect(document.activeElement).toBe(toggle);
    expect(toggle.getAttribute('aria-expanded')).toBe('true');
    expect(get('.jt-pair')).toBe(pair);
    expect(card.node.querySelectorAll('.jt-tile')[1]).toBe(tile);
    expect(shown('.jt-tile-value')).toEqual(['3', '0.5']);
  });

  test('metrics that go leave no tile behind', () => {
    card.update(cardView({ metrics: [metric('a'), metric('b')], metrics_total: 2 }));
    card.update(cardView({ metrics: [metric('b')], metrics_total: 1 }));
    expect(shown('.jt-tile-key')).toEqual(['b']);
  });

  test('tells how many entries were not sent', () => {
    card.update(cardView({ params, params_total: 31 }));
    const foot = section('Params').querySelector('.jt-section-foot')!;
    expect(foot.textContent).toBe('Show 8 more');
    foot.querySelector('button')!.click();
    expect(foot.textContent).toBe('Show fewerand 11 more');
    card.update(cardView({ params: params.slice(0, 3), params_total: 5 }));
    expect(foot.querySelector('button')!.hidden).toBe(true);
    expect(foot.textContent).toContain('and 2 more');
  });

  test('hostile texts stay texts', () => {
    const evil = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>';
    card.update(cardView({
      name: evil, experiment_name: evil, note: evil, status: 'FAILED', error: { type: evil, message: evil },
      params: [{ key: evil, value: evil }], params_total: 1, tags: [{ key: evil, value: evil }],
      metrics: [{ ...metric(evil), text: evil }], metrics_total: 1,
      artifacts: [{ path: evil, is_dir: false, size_bytes: 1 }, { path: 'javascript:alert(1)', is_dir: false, size_bytes: 1 }], artifacts_total: 2,
    }));
    expect(get('.jt-card-name').textContent).toBe(evil);
    expect(card.node.querySelectorAll('img, script')).toHaveLength(0);
    for (const link of card.node.querySelectorAll('a')) {
      expect(link.getAttribute('href')).toMatch(/^\/get\?/);
    }
    expect(card.node.querySelectorAll('a')).toHaveLength(2);
  });

  test('artifacts are links with sizes; without a URL their path is text', () => {
    const artifacts = [{ path: 'model/model.pkl', is_dir: false, size_bytes: 1234567 }, { path: 'plots', is_dir: true, size_bytes: null }];
    card.update(cardView({ artifacts, artifacts_total: 2 }));
    expect(card.node.querySelectorAll('a')).toHaveLength(1);
    expect(get('.jt-file').textContent).toBe('model/model.pkl1.2 MB');
    const offline = new RunCard({ artifactUrl: () => null });
    offline.update(cardView({ artifacts, artifacts_total: 2 }));
    expect(offline.node.querySelector('a')).toBeNull();
    expect(offline.node.textContent).toContain('model/model.pkl');
    offline.dispose();
  });

  test('elapsed time ticks while running and stands still after', () => {
    card.update(cardView({ start_time_ms: NOW - 65_000 }));
    expect(get('.jt-elapsed').textContent).toBe('1m 05s');
    vi.advanceTimersByTime(2000);
    expect(get('.jt-elapsed').textContent).toBe('1m 07s');
    card.update(cardView({ status: 'FINISHED', start_time_ms: NOW - 65_000, end_time_ms: NOW - 61_500 }));
    expect(get('.jt-elapsed').textContent).toBe('3.5s');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('dispose stops the clock', () => {
    card.update(cardView());
    expect(vi.getTimerCount()).toBe(1);
    card.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('empty, deleted and copied', async () => {
    const written: string[] = [];
    vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => void written.push(text) } });
    card.update(cardView({ deleted: true }));
    expect(section('Metrics').textContent).toContain('No metrics yet');
    expect(section('Params').hidden).toBe(true);
    expect(get('.jt-badge').hidden).toBe(false);
    card.node.querySelector<HTMLElement>('.jt-copy')!.click();
    await Promise.resolve();
    expect(written).toEqual(['a'.repeat(32)]);
    expect(get('.jt-copy').textContent).toMatch(/^Copied run id /);
    vi.unstubAllGlobals();
  });
});

describe('the stop button', () => {
  const stopOf = (card: RunCard): HTMLButtonElement => card.node.querySelector<HTMLButtonElement>('.jt-stop')!;

  test('is there only while a run goes on in a known kernel', () => {
    const onStop = vi.fn();
    const card = new RunCard({ artifactUrl: () => null, onStop });
    card.update(cardView({ kernel_id: null }));
    expect(stopOf(card).hidden).toBe(true);
    card.update(cardView({ kernel_id: 'k1' }));
    expect(stopOf(card).hidden).toBe(false);
    stopOf(card).click();
    expect(onStop).toHaveBeenCalledWith({ store_id: 's1', run_id: 'a'.repeat(32), name: 'rf' });
    card.update(cardView({ kernel_id: 'k1', status: 'FINISHED' }));
    expect(stopOf(card).hidden).toBe(true);
    card.dispose();
  });

  test('wants a second click where no dialog can ask', () => {
    const onStop = vi.fn();
    const card = new RunCard({ artifactUrl: () => null, onStop, confirmsStop: true });
    card.update(cardView({ kernel_id: 'k1' }));
    stopOf(card).click();
    expect(onStop).not.toHaveBeenCalled();
    stopOf(card).dispatchEvent(new Event('blur'));
    stopOf(card).click();
    expect(stopOf(card).textContent).toBe('Really stop?');
    stopOf(card).click();
    expect(onStop).toHaveBeenCalledOnce();
    card.dispose();
  });
});
