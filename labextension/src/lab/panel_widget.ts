// Lumino widgets around panels and the experiment list: they say when they can be seen, and when they go.
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { ExperimentList, ExperimentListOptions } from '../components/experiment_list.js';
import type { RunRef } from '../refs.js';
import { createPanel } from '../panels/panel.js';
import type { Panel, PanelContext } from '../panels/panel_context.js';
import type { RunningRun } from '../types.js';
import { trackerIcon } from './icon.js';
import { labPlotly } from './plotly.js';

/** Whether somebody could see this widget: attached, no hidden ancestor, browser tab in front. */
export function isSeen(widget: Widget): boolean {
  return widget.isVisible && document.visibilityState === 'visible';
}

/** A panel in a tab of the main area. */
export class PanelTab extends Widget {
  private readonly panel: Panel;

  constructor(context: Omit<PanelContext, 'isVisible' | 'fill' | 'plotly' | 'onName'>, label: string) {
    super();
    this.addClass('jt-tab');
    this.call(label);
    this.title.icon = trackerIcon;
    this.title.closable = true;
    this.panel = createPanel({ ...context, plotly: labPlotly, fill: true, isVisible: () => isSeen(this), onName: name => this.call(name) });
    this.node.append(this.panel.node);
    this.node.tabIndex = -1;
  }

  refresh(): void {
    this.panel.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.panel.dispose();
    }
    super.dispose();
  }

  private call(name: string): void {
    this.title.label = name;
    this.title.caption = name;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }
}

/** The side panel. */
export class ExperimentsWidget extends Widget {
  private readonly _seen = new Signal<this, void>(this);
  private readonly list: ExperimentList;

  constructor(options: Omit<ExperimentListOptions, 'isVisible'>, caption: string) {
    super();
    this.id = 'jupyter-tracker-experiments';
    this.addClass('jt-side-panel');
    this.title.caption = caption;
    this.title.icon = trackerIcon;
    this.list = new ExperimentList({ ...options, isVisible: () => isSeen(this) });
    this.node.append(this.list.node);
  }

  /** It has come into view. */
  get seen(): ISignal<this, void> {
    return this._seen;
  }

  get isSeen(): boolean {
    return isSeen(this);
  }

  refresh(): void {
    this.list.refresh();
  }

  showRunning(runs: readonly RunningRun[]): void {
    this.list.showRunning(runs);
  }

  selection(): RunRef[] {
    return this.list.selection();
  }

  override dispose(): void {
    this.list.dispose();
    super.dispose();
  }

  /** The first look starts the polling; a Lab that never opens the panel asks the server nothing. */
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.list.refresh();
    this._seen.emit();
  }
}
