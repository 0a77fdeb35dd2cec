// Markdown as JupyterLab reads and cleans it.
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { MarkdownToHtml } from '../markdown.js';

/** Undefined where the application has no parser: Markdown is then shown as it was written. */
export function labMarkdown(rendermime: IRenderMimeRegistry | null): MarkdownToHtml | undefined {
  const parser = rendermime?.markdownParser;
  return rendermime && parser ? async source => rendermime.sanitizer.sanitize(await parser.render(source)) : undefined;
}
