// anywidget module of `RunCard`: draws the `view` trait, which the kernel pushes while its cell runs.
import { RunCard } from '../components/run_card.js';
import { messageBox } from '../components/message.js';
import type { HostModel } from '../model.js';
import type { RunCardView } from '../types.js';
import { __ } from '../words.js';
import { attach, ensureStyle, RenderArguments } from './shared.js';

function render({ model, el }: RenderArguments): () => void {
  ensureStyle(el);
  // Over the comm no browser can fetch a file: paths are text.
  const card = new RunCard({ artifactUrl: () => null, onStop: () => model.send({ kind: 'stop' }), confirmsStop: true });
  const update = (): void => {
    const view = model.get('view') as RunCardView | null | undefined;
    if (view?.run_id) {
      card.update(view);
      // Putting it in again would lose focus and scroll.
      if (card.node.parentNode !== el) {
        el.replaceChildren(card.node);
      }
    }
  };
  el.replaceChildren(messageBox({ title: __('Waiting for the run…'), text: '' }));
  model.on('change:view', update);
  update();
  return () => {
    model.off('change:view', update);
    card.dispose();
  };
}

export default { initialize: ({ model }: { model: HostModel }) => attach(model), render };
