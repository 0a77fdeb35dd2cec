// anywidget module of `RunDetail`: the first view is a trait, all else is asked over the comm, files too.
import { CommClient } from '../comm_client.js';
import { RunDetail } from '../components/run_detail.js';
import type { MarkdownToHtml } from '../markdown.js';
import type { HostModel } from '../model.js';
import { moduleFromText } from '../module_text.js';
import { parsePayload } from '../payload.js';
import { plotlyFromText } from '../plotly.js';
import { Poller } from '../poller.js';
import type { RunDetailView } from '../types.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

const LIVE_MS = 2000;

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const text = async (file: string): Promise<string> => new TextDecoder().decode(await client.bytes(`/static/${file}`));
  const payload = parsePayload(model.get('payload'));
  const detail = new RunDetail({
    client,
    plotly: async () => plotlyFromText(await text('plotly.js')),
    storeId: payload?.store_id ?? '',
    runId: payload?.run_id ?? '',
    markdown: markdownLoader(() => text('markdown.js')),
  });
  const view = model.get('view') as RunDetailView | null | undefined;
  if (view?.run_id) {
    detail.setView(view);
  }
  el.replaceChildren(detail.node);
  const poller = new Poller({
    task: () => detail.load(),
    interval: () => (detail.isLive ? LIVE_MS : null),
    isVisible: () => document.visibilityState === 'visible' && el.isConnected && el.getClientRects().length > 0,
  });
  poller.kick();
  return () => {
    poller.dispose();
    detail.dispose();
    client.dispose();
  };
}

/** Markdown by a library that is fetched when there is some. */
function markdownLoader(text: () => Promise<string>): MarkdownToHtml {
  let library: Promise<{ markdownToHtml: MarkdownToHtml }> | null = null;
  return async source => {
    library ??= text().then(moduleFromText<{ markdownToHtml: MarkdownToHtml }>);
    return (await library).markdownToHtml(source);
  };
}

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
