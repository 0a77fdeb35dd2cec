import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError, withFallback } from '../src/client.js';
import { CommClient } from '../src/comm_client.js';
import { ServerClient } from '../src/request.js';
import { fakeClient, FakeModel } from './views.js';

describe('CommClient', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('sends a request and resolves with the body of its answer', async () => {
    const model = new FakeModel();
    const client = new CommClient(model);
    const answer = client.get('/views/run-table', { store: 's1', offset: 100, ascending: false, filter: null });
    expect(model.sent).toEqual([
      { kind: 'request', id: expect.any(String), method: 'GET', path: '/views/run-table', body: {}, query: { store: 's1', offset: '100', ascending: 'false' } },
    ]);
    model.emit('msg:custom', { kind: 'response', id: model.sent[0].id, status: 200, body: { total: 7 } });
    await expect(answer).resolves.toEqual({ total: 7 });
  });

  test('a write travels with its body', async () => {
    const model = new FakeModel();
    const answer = new CommClient(model).post('/runs/delete', { store: 's1', run_ids: ['a'] });
    expect(model.sent).toEqual([
      { kind: 'request', id: expect.any(String), method: 'POST', path: '/runs/delete', query: {}, body: { store: 's1', run_ids: ['a'] } },
    ]);
    model.emit('msg:custom', { kind: 'response', id: model.sent[0].id, status: 200, body: { updated: 1 } });
    await expect(answer).resolves.toEqual({ updated: 1 });
  });

  test('answers may come in any order, and those for another view are left alone', async () => {
    const model = new FakeModel();
    const [one, two] = [new CommClient(model), new CommClient(model)];
    const first = one.get('/a');
    const second = two.get('/b');
    expect(model.sent[0].id).not.toBe(model.sent[1].id);
    model.emit('msg:custom', { kind: 'response', id: model.sent[1].id, status: 200, body: 'b' });
    model.emit('msg:custom', { kind: 'other', id: model.sent[0].id });
    model.emit('msg:custom', null);
    model.emit('msg:custom', { kind: 'response', id: model.sent[0].id, status: 200, body: 'a' });
    expect([await first, await second]).toEqual(['a', 'b']);
  });

  test('rejects with code and message of a refusal', async () => {
    const model = new FakeModel();
    const answer = new CommClient(model).get('/views/run-card');
    model.emit('msg:custom', {
      kind: 'response', id: model.sent[0].id, status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No run.' },
    });
    await expect(answer).rejects.toMatchObject({ status: 404, errorCode: 'RESOURCE_DOES_NOT_EXIST', message: 'No run.', isUnknown: true });
  });

  test('rejects when no answer comes, and ignores one that comes too late', async () => {
    const model = new FakeModel();
    const answer = new CommClient(model, 500).get('/slow');
    const failed = expect(answer).rejects.toMatchObject({ status: 0, message: expect.stringContaining('busy') });
    vi.advanceTimersByTime(500);
    await failed;
    expect(vi.getTimerCount()).toBe(0);
    model.emit('msg:custom', { kind: 'response', id: model.sent[0].id, status: 200, body: 1 });
  });

  test('what has no answer is sent again with the same id, ever more seldom', async () => {
    const model = new FakeModel();
    const answer = new CommClient(model).get('/x');
    const failed = expect(answer).rejects.toMatchObject({ status: 0 });
    const counts = [999, 1, 2000, 4000, 23_000, 60_000].map(pause => (vi.advanceTimersByTime(pause), model.sent.length));
    expect(counts).toEqual([1, 2, 3, 4, 5, 5]);
    expect(new Set(model.sent.map(({ id }) => id)).size).toBe(1);
    await failed;
  });

  test('dispose rejects what is open and stops listening', async () => {
    const model = new FakeModel();
    const client = new CommClient(model);
    const answer = client.get('/x');
    client.dispose();
    await expect(answer).rejects.toBeInstanceOf(RequestError);
    expect(model.listenerCount()).toBe(0);
    await expect(client.get('/x')).rejects.toBeInstanceOf(RequestError);
    expect(model.sent).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('ServerClient', () => {
  const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

  test('asks below its root, with an encoded query', async () => {
    const urls: string[] = [];
    const client = new ServerClient('/base/jupyter-tracker', async url => (urls.push(url), json(200, { ok: 1 })));
    expect(await client.get('/views/run-table', { filter: 'params.a = "x&y"', limit: 10, columns: null })).toEqual({ ok: 1 });
    expect(urls).toEqual(['/base/jupyter-tracker/views/run-table?filter=params.a+%3D+%22x%26y%22&limit=10']);
    expect(client.artifactUrl('s1', 'r1', 'a b/#.txt')).toBe('/base/jupyter-tracker/artifacts/get?store=s1&run_id=r1&path=a+b%2F%23.txt');
  });

  test('a write has a body, a read has none', async () => {
    const sent: unknown[][] = [];
    const client = new ServerClient('/r', async (...args) => (sent.push(args), json(200, { updated: 2 })));
    expect(await client.post('/runs/delete', { store: 's1', run_ids: ['a', 'b'] })).toEqual({ updated: 2 });
    await client.get('/x');
    expect(sent).toEqual([['/r/runs/delete', '{"store":"s1","run_ids":["a","b"]}'], ['/r/x', undefined]]);
  });

  test('tells an unknown store from a missing extension', async () => {
    const unknown = new ServerClient('', async () => json(404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No store.' }));
    await expect(unknown.get('/x')).rejects.toMatchObject({ isUnknown: true, isMissingExtension: false });
    const missing = new ServerClient('', async () => new Response('<html>404</html>', { status: 404 }));
    await expect(missing.get('/x')).rejects.toMatchObject({ isUnknown: false, isMissingExtension: true });
  });

  test('a network failure has status 0; an answer that is not JSON is an error', async () => {
    const down = new ServerClient('', async () => { throw new TypeError('Failed to fetch'); });
    await expect(down.get('/x')).rejects.toMatchObject({ status: 0, message: 'Failed to fetch' });
    const html = new ServerClient('', async () => new Response('<html>login</html>', { status: 200 }));
    await expect(html.get('/x')).rejects.toBeInstanceOf(RequestError);
  });
});

describe('withFallback', () => {
  const refuse = (status: number, code: string | null = 'X') => fakeClient(() => { throw new RequestError(status, code, 'no'); });

  test('asks the second only when the first cannot know', async () => {
    const second = fakeClient(() => 'kernel');
    await expect(withFallback(refuse(404), () => second).get('/a')).resolves.toBe('kernel');
    await expect(withFallback(refuse(0, null), () => second).get('/a')).resolves.toBe('kernel');
    await expect(withFallback(refuse(400), () => second).get('/a')).rejects.toMatchObject({ status: 400 });
    await expect(withFallback(refuse(404), () => null).get('/a')).rejects.toMatchObject({ status: 404 });
    expect(second.asked).toHaveLength(2);
  });

  test('a write is given to the second only when the first surely did not do it', async () => {
    const refusing = (status: number) => fakeClient(() => null, () => { throw new RequestError(status, 'X', 'no'); });
    const second = fakeClient(() => null);
    await expect(withFallback(refusing(404), () => second).post('/a', {})).resolves.toEqual({ updated: 1 });
    for (const status of [0, 400, 403, 500]) {
      await expect(withFallback(refusing(status), () => second).post('/a', {})).rejects.toMatchObject({ status });
    }
    expect(second.posted).toHaveLength(1);
  });

  test('has no artifact link for a store that only the kernel knows', async () => {
    const client = withFallback(refuse(404), () => fakeClient(() => 'kernel'));
    expect(client.artifactUrl('s', 'r', 'p')).not.toBeNull();
    await client.get('/a');
    expect(client.artifactUrl('s', 'r', 'p')).toBeNull();
  });
});
