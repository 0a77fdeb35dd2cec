// The notebooks of this page: which one is in front, which kernel each has, and whether one of them is busy.
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';

export class Notebooks {
  private readonly _changed = new Signal<this, void>(this);

  /** @param tracker None where this page holds no notebooks. */
  constructor(private readonly tracker: INotebookTracker | null) {
    tracker?.currentChanged.connect(this.tell);
    tracker?.widgetAdded.connect((_, panel) => this.watch(panel));
    tracker?.forEach(panel => this.watch(panel));
  }

  /** Another notebook is in front, a kernel was exchanged, or it became busy or idle. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get front(): NotebookPanel | null {
    return this.tracker?.currentWidget ?? null;
  }

  get isBusy(): boolean {
    return this.tracker?.find(panel => panel.sessionContext.session?.kernel?.status === 'busy') !== undefined;
  }

  ofKernel(kernelId: string): NotebookPanel | null {
    return this.tracker?.find(panel => kernelOf(panel) === kernelId) ?? null;
  }

  private watch(panel: NotebookPanel): void {
    const { sessionContext } = panel;
    sessionContext.statusChanged.connect(this.tell);
    sessionContext.kernelChanged.connect(this.tell);
    panel.disposed.connect(this.tell);
  }

  private readonly tell = (): void => this._changed.emit();
}

export function kernelOf(panel: NotebookPanel | null): string | null {
  return panel?.sessionContext.session?.kernel?.id ?? null;
}
