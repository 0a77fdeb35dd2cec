// What the widget modules do the same way: meet the hub, bring their style sheet along, ask the kernel for all they show.
import css from '../../style/index.css';
import { BatchClient } from '../batch_client.js';
import { CommClient } from '../comm_client.js';
import type { RunComparison } from '../components/comparison.js';
import type { MarkdownToHtml } from '../markdown.js';
import { findHub, HostModel, tellModel } from '../model.js';
import { moduleFromText } from '../module_text.js';
import { Asking, PanelKind, RETRY_MS } from '../panels/panel_kind.js';
import { makePayload, parsePayload } from '../payload.js';
import { plotlyFromText } from '../plotly.js';
import { Poller } from '../poller.js';

const STYLE_ID = 'jupyter-tracker-style';

/** Announces the model to the panels of this page. Without a hub there is nobody to tell. */
export function attach(model: HostModel): () => void {
  const panelId = model.get('panel_id');
  return (typeof panelId === 'string' ? findHub()?.attach(panelId, model) : undefined) ?? (() => undefined);
}

/** Puts the style sheet into the document, and into the shadow root if `el` turns out to be in one (marimo). */
export function ensureStyle(el: HTMLElement): void {
  addStyle(document.head);
  requestAnimationFrame(() => {
    const root = el.getRootNode();
    if (root instanceof ShadowRoot) {
      addStyle(root);
    }
  });
}

function addStyle(root: HTMLElement | ShadowRoot): void {
  if (root.querySelector(`#${STYLE_ID}`) === null) {
    const style = document.createElement('style');
    style.id = STYLE_ID;
    style.textContent = css;
    root.append(style);
  }
}

export interface RenderArguments {
  model: HostModel;
  el: HTMLElement;
}

/** An anywidget module. */
export interface WidgetModule {
  initialize(arguments_: { model: HostModel }): () => void;
  render(arguments_: RenderArguments): () => void;
}

/** The module of a kind of panel, which asks for all over the comm: the chart library too, once per page. */
export function widgetOf<Component extends Asking>(kind: PanelKind<Component>, started: (client: CommClient) => void = () => undefined): WidgetModule {
  return {
    initialize: ({ model }) => attach(model),
    render: ({ model, el }) => {
      ensureStyle(el);
      return draw(kind, model, el, started);
    },
  };
}

function draw<Component extends Asking>(kind: PanelKind<Component>, model: HostModel, el: HTMLElement, started: (client: CommClient) => void): () => void {
  const comm = new CommClient(model);
  // What has not changed is not sent again, as by a server.
  const client = new BatchClient(comm);
  const text = async (file: string): Promise<string> => new TextDecoder().decode(await client.bytes(`/static/${file}`));
  let poller: Poller | null = null;
  const component = kind.make({
    client,
    payload: parsePayload(model.get('payload')) ?? makePayload('run_table', '', {}),
    plotly: async () => plotlyFromText(await text('plotly.js')),
    comparison: async () => (await moduleFromText<{ RunComparison: typeof RunComparison }>(await text('comparison.js'))).RunComparison,
    markdown: markdownLoader(() => text('markdown.js')),
    tell: change => tellModel(model, change),
    want: () => poller?.kick(),
  });
  el.replaceChildren(component.node);
  const unbind = kind.bind(model, component);
  if (!kind.pushed) {
    poller = new Poller({ task: () => component.load(), interval: () => pause(kind, component), isVisible: () => isSeen(el) });
    poller.kick();
  }
  started(comm);
  return () => {
    unbind();
    poller?.dispose();
    component.dispose();
    comm.dispose();
  };
}

/** A kernel has its own work to do: it is asked half as often as a server. */
function pause<Component extends Asking>(kind: PanelKind<Component>, component: Component): number | null {
  const interval = component.failure !== null ? RETRY_MS : kind.interval(component);
  return interval === null ? null : 2 * interval;
}

function isSeen(el: HTMLElement): boolean {
  return document.visibilityState === 'visible' && el.isConnected && el.getClientRects().length > 0;
}

/** Markdown by a library that is fetched when there is some. */
function markdownLoader(text: () => Promise<string>): MarkdownToHtml {
  let library: Promise<{ markdownToHtml: MarkdownToHtml }> | null = null;
  return async source => {
    library ??= text().then(moduleFromText<{ markdownToHtml: MarkdownToHtml }>);
    return (await library).markdownToHtml(source);
  };
}
