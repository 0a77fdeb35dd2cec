// Built as one module of its own: Markdown where no JupyterLab offers its own parser and sanitizer.
import DOMPurify from 'dompurify';
import { marked } from 'marked';

export async function markdownToHtml(source: string): Promise<string> {
  const html = await marked.parse(source, { gfm: true, breaks: false });
  return DOMPurify.sanitize(html, { USE_PROFILES: { html: true } });
}
