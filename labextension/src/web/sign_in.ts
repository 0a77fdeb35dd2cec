// The form that stands in place of the page until its server knows who looks.
import { h, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';
import { mark, NAME } from './brand.js';
import { signIn } from './server.js';

/** @param byTokenOnly The address that a command has said lets in, once, and nothing else does. */
export function signInForm(byTokenOnly: boolean, onSignedIn: () => void): HTMLElement {
  const user = h('input', { class: 'jt-input', id: 'jt-user', name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' });
  const secret = h('input', { class: 'jt-input', id: 'jt-secret', name: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const failure = h('div', { class: 'jt-app-refused', role: 'alert', hidden: true });
  const button = h('button', { type: 'submit', class: 'jt-button jt-button-main' }, __('Sign in'));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    button.disabled = true;
    try {
      const name = user.value.trim();
      // A token is somebody's own: it needs no name.
      await signIn(name === '' || secret.value.startsWith('jt_') ? { token: secret.value } : { user: name, password: secret.value });
      onSignedIn();
    } catch (error) {
      setText(failure, error instanceof Error ? error.message : String(error));
      setHidden(failure, false);
      secret.select();
    } finally {
      button.disabled = false;
    }
  };
  const field = (input: HTMLInputElement, label: string): HTMLElement => h('div', { class: 'jt-app-field' }, h('label', { for: input.id }, label), input);
  const told = byTokenOnly
    ? __('Open the address that the command has printed: it lets in one browser, once. To look from another one, start the command again.')
    : __('With the name and password of a user of this server, or with a token alone.');
  const form = h('form', { class: 'jt-app-sign-in', onsubmit: (event: Event) => void submit(event) },
    h('div', { class: 'jt-app-brand' }, mark(), NAME), h('h1', {}, __('Sign in')), h('p', { class: 'jt-muted' }, told),
    byTokenOnly ? null : field(user, __('Name')), field(secret, byTokenOnly ? __('Token') : __('Password or token')), failure, button);
  queueMicrotask(() => (byTokenOnly ? secret : user).focus());
  return form;
}
