// The page-wide hub where live widget models meet the panels that draw them.
//
// The Lab plugin creates it; the widget modules, which Lab loads on their own, find it through a
// registered symbol. Where nobody created one (Notebook without the extension, VS Code, Colab) there is no hub,
// and the widgets draw themselves.
import type { Client } from './client.js';

/** The part of a Backbone-style widget model that is used here. */
export interface HostModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (...args: any[]) => void): void;
  off(event: string, callback: (...args: any[]) => void): void;
  send(content: unknown): void;
}

export type ModelListener = (model: HostModel | null) => void;

const HUB = Symbol.for('jupyter-tracker.hub');

export class Hub {
  private readonly models = new Map<string, HostModel>();
  private readonly listeners = new Map<string, Set<ModelListener>>();

  /** Announces a live model; the returned function takes it back. */
  attach(panelId: string, model: HostModel): () => void {
    this.models.set(panelId, model);
    this.tell(panelId, model);
    return () => {
      // A re-run cell may have put a new model in place: only the own one is taken back.
      if (this.models.get(panelId) === model) {
        this.models.delete(panelId);
        this.tell(panelId, null);
      }
    };
  }

  /** Calls back now if the model is here, and whenever it comes or goes. */
  watch(panelId: string, listener: ModelListener): () => void {
    const set = this.listeners.get(panelId) ?? new Set();
    this.listeners.set(panelId, set);
    set.add(listener);
    const model = this.models.get(panelId);
    if (model !== undefined) {
      listener(model);
    }
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners.get(panelId) === set) {
        this.listeners.delete(panelId);
      }
    };
  }

  private tell(panelId: string, model: HostModel | null): void {
    for (const listener of [...(this.listeners.get(panelId) ?? [])]) {
      listener(model);
    }
  }
}

/** The hub of this page, or null where no plugin made one. */
export function findHub(): Hub | null {
  return ((globalThis as any)[HUB] as Hub | undefined) ?? null;
}

/** The hub of this page, made now if it is not there. */
export function ensureHub(): Hub {
  return ((globalThis as any)[HUB] ??= new Hub()) as Hub;
}

/**
 * Asks the kernel to push each change to the page, or to let it be; its trait `pushes` says what it does.
 * Says whether it answered: one that does not goes on as it did.
 */
export function askForPushes(client: Client, wanted: boolean): Promise<boolean> {
  return client.post('/pushes', { wanted }).then(() => true, () => false);
}

/** Tells the model what the user chose. */
export function tellModel(model: HostModel | null, change: Record<string, unknown>): void {
  Object.entries(change).forEach(([name, value]) => model?.set(name, value));
  model?.save_changes();
}
