// What a user changes of runs and experiments; each write says how much it changed, and what makes it undone.
import type { Body, Client } from './client.js';

/** As the write routes take at most. */
const AT_ONCE = 1000;

/** A request that takes a write back. */
export interface Undo {
  path: string;
  body: Record<string, unknown>;
}

export interface Written {
  updated: number;
  undo: Undo[];
}

export class RunWrites {
  constructor(protected readonly client: Client, private readonly storeId: () => string) {}

  /** Does it to all of these runs, a thousand at a time. */
  async write(path: string, runIds: readonly string[], body: Body): Promise<Written> {
    const done: Written = { updated: 0, undo: [] };
    for (let i = 0; i < runIds.length; i += AT_ONCE) {
      const part = await this.post(path, { run_ids: runIds.slice(i, i + AT_ONCE), ...body });
      done.updated += part.updated;
      done.undo.push(...(part.undo ?? []));
    }
    return done;
  }

  /** @param value Nothing removes the tag. */
  tag(runIds: readonly string[], key: string, value: string): Promise<Written> {
    return value === '' ? this.write('/runs/delete-tag', runIds, { key }) : this.write('/runs/set-tag', runIds, { key, value });
  }

  rename(runId: string, name: string): Promise<Written> {
    return this.post('/runs/rename', { run_id: runId, name });
  }

  note(runId: string, text: string): Promise<Written> {
    return this.post('/runs/note', { run_id: runId, text });
  }

  renameExperiment(experimentId: string, name: string): Promise<Written> {
    return this.post('/experiments/rename', { experiment_id: experimentId, name });
  }

  deleteExperiment(experimentId: string): Promise<Written> {
    return this.post('/experiments/delete', { experiment_id: experimentId });
  }

  async undo(requests: readonly Undo[]): Promise<void> {
    for (const { path, body } of requests) {
      await this.client.post(path, body);
    }
  }

  private post(path: string, body: Body): Promise<Written> {
    return this.client.post<Written>(path, { store: this.storeId(), ...body });
  }
}
