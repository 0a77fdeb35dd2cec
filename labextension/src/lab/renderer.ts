// The renderer of our MIME type in notebook outputs.
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { messageBox } from '../components/message.js';
import { createPanel } from '../panels/panel.js';
import type { Panel, PanelContext } from '../panels/panel_context.js';
import { MIME_TYPE, parsePayload } from '../payload.js';
import { __ } from '../words.js';
import type { RunActions } from './commands.js';
import { labPlotly } from './plotly.js';
import { isSeen } from './panel_widget.js';

/** The widget view has -10; the smaller rank wins. */
export const RANK = -20;

type Context = Pick<PanelContext, 'server' | 'hub' | 'markdown' | keyof RunActions>;

export class TrackerRenderer extends Widget implements IRenderMime.IRenderer {
  private panel: Panel | null = null;
  private shown = '';

  constructor(private readonly context: Context) {
    super();
    this.addClass('jt-output');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = model.data[MIME_TYPE];
    const key = JSON.stringify(data);
    // Lab renders again when metadata change; the panel keeps its state then.
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    this.panel?.dispose();
    this.panel = null;
    const payload = parsePayload(data);
    if (payload === null) {
      this.node.replaceChildren(messageBox({
        title: __('This panel was made by another version of jupyter_tracker.'),
        text: __('Run the cell again to draw it anew.'),
      }));
      return;
    }
    const text = model.data['text/plain'];
    this.panel = createPanel({ ...this.context, plotly: labPlotly, payload, text: typeof text === 'string' ? text : '', isVisible: () => isSeen(this) });
    this.node.replaceChildren(this.panel.node);
  }

  override dispose(): void {
    this.panel?.dispose();
    this.panel = null;
    super.dispose();
  }
}

/** Safe: the payload carries ids only, and all text is drawn as text. So it also draws in untrusted notebooks. */
export function rendererFactory(context: Context): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [MIME_TYPE],
    defaultRank: RANK,
    createRenderer: () => new TrackerRenderer(context),
  };
}
