// The start of the page: who looks, and what they are shown.
import { RequestError } from '../client.js';
import { Advice, adviceFor, adviseBy, messageBox } from '../components/message.js';
import { runScriptsIn } from '../components/sandbox_frame.js';
import { h } from '../dom.js';
import { __ } from '../words.js';
import { App } from './app.js';
import { serverRoot, signIn, visitor, Visitor } from './server.js';
import { signInForm } from './sign_in.js';
import { applyTheme } from './theme_switch.js';

const TOKEN = '#token=';
let app: App | null = null;
let asking = false;

/** What an error means here, where there is no Jupyter. */
function adviceHere(error: unknown): Advice | null {
  if (!(error instanceof RequestError)) {
    return null;
  }
  switch (error.status) {
    case 0:
      return { title: __('The server does not answer.'), text: __('It may have ended, or the network is gone. The page tries again.') };
    case 401:
      return { title: __('You are signed out.'), text: __('Sign in again to go on.') };
    case 403:
      return { title: __('You are not allowed to do this.'), text: error.message };
    case 404:
      return { title: __('There is no such thing here.'), text: error.message };
    default:
      return null;
  }
}

/** A token in the address lets in, once, and then leaves it: nobody shares it by mistake. */
async function useToken(): Promise<void> {
  if (location.hash.startsWith(TOKEN)) {
    const token = decodeURIComponent(location.hash.slice(TOKEN.length));
    history.replaceState(null, '', location.pathname);
    // Why it was refused is said by the form that follows.
    await signIn({ token }).catch(() => undefined);
  }
}

async function begin(): Promise<void> {
  if (asking) {
    return;
  }
  asking = true;
  app?.dispose();
  app = null;
  try {
    await useToken();
    draw(await visitor());
  } catch (error) {
    const again = h('button', { type: 'button', class: 'jt-button', onclick: () => void begin() }, __('Try again'));
    document.body.replaceChildren(h('main', { class: 'jt jt-app-alone' }, messageBox(adviceFor(error), again)));
  }
  asking = false;
}

function draw(who: Visitor): void {
  if (who.signs_in && who.user === null) {
    document.title = `${__('Sign in')} · jupyter_tracker`;
    document.body.replaceChildren(h('main', { class: 'jt jt-app-alone' }, signInForm(who.by_token_only === true, () => void begin())));
    return;
  }
  app = new App(who, () => void begin());
  document.body.replaceChildren(app.node);
  void app.start();
}

adviseBy(adviceHere);
runScriptsIn(`${serverRoot()}/assets/frame.html`);
applyTheme();
void begin();
