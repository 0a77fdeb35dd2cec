// Markdown that anybody may have written, as nodes that can do nothing: no scripts, no styles, no requests.

/** From Markdown to HTML that a sanitizer has cleaned; who makes it depends on the host. */
export type MarkdownToHtml = (source: string) => Promise<string>;

const TAGS = new Set([
  'A', 'B', 'BLOCKQUOTE', 'BR', 'CODE', 'DEL', 'DD', 'DETAILS', 'DIV', 'DL', 'DT', 'EM', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'HR', 'I', 'KBD',
  'LI', 'OL', 'P', 'PRE', 'S', 'SPAN', 'STRONG', 'SUB', 'SUMMARY', 'SUP', 'TABLE', 'TBODY', 'TD', 'TH', 'THEAD', 'TR', 'U', 'UL',
]);
/** Gone with all they hold. */
const DROPPED = new Set([
  'SCRIPT', 'STYLE', 'TEMPLATE', 'IFRAME', 'FRAME', 'OBJECT', 'EMBED', 'LINK', 'META', 'BASE', 'FORM', 'BUTTON', 'TEXTAREA', 'SELECT', 'SVG',
  'MATH', 'AUDIO', 'VIDEO', 'NOSCRIPT',
]);
const ATTRIBUTES = ['align', 'colspan', 'rowspan', 'start', 'title'];
const INLINE_IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/i;
const SAFE_LINK = /^(https?:\/\/|mailto:)/i;

/**
 * The nodes of sanitized HTML, made anew from what is known to be harmless.
 *
 * A picture elsewhere becomes a link: to fetch it would tell its owner who looks, and when.
 */
export function inertNodes(html: string): DocumentFragment {
  // A document that no window shows runs nothing and fetches nothing.
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  copyChildren(parsed.body, fragment);
  return fragment;
}

function copyChildren(from: Node, to: Node): void {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      to.appendChild(document.createTextNode(child.textContent ?? ''));
    } else if (child instanceof Element || child.nodeType === Node.ELEMENT_NODE) {
      copyElement(child as Element, to);
    }
  }
}

function copyElement(element: Element, to: Node): void {
  const tag = element.tagName.toUpperCase();
  if (DROPPED.has(tag)) {
    return;
  }
  if (tag === 'IMG') {
    to.appendChild(image(element));
  } else if (tag === 'INPUT') {
    // A task in a list.
    to.appendChild(document.createTextNode(element.hasAttribute('checked') ? '☑ ' : '☐ '));
    (to as Partial<HTMLElement>).classList?.add('jt-task');
  } else if (TAGS.has(tag)) {
    const copy = document.createElement(tag.toLowerCase());
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute(name);
      if (value !== null) {
        copy.setAttribute(name, value);
      }
    }
    if (/^H[1-6]$/.test(tag)) {
      // It stands in a part of a panel, whose own heading is of level 4.
      copy.setAttribute('aria-level', String(Math.min(Number(tag[1]) + 4, 6)));
    }
    if (tag === 'A') {
      leadOut(copy, element.getAttribute('href'));
    }
    copyChildren(element, copy);
    to.appendChild(copy);
  } else {
    copyChildren(element, to);
  }
}

function image(element: Element): HTMLElement {
  const source = element.getAttribute('src') ?? '';
  const text = element.getAttribute('alt') ?? '';
  if (INLINE_IMAGE.test(source)) {
    const copy = document.createElement('img');
    copy.src = source;
    copy.alt = text;
    return copy;
  }
  const link = document.createElement(SAFE_LINK.test(source) ? 'a' : 'span');
  leadOut(link, source);
  link.textContent = `[picture${text === '' ? '' : `: ${text}`}]`;
  return link;
}

function leadOut(link: HTMLElement, href: string | null): void {
  if (href !== null && SAFE_LINK.test(href)) {
    link.setAttribute('href', href);
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
    link.title = href;
  }
}
