import { expect, test } from 'vitest';
import { inertNodes } from '../src/markdown.js';
import { markdownToHtml } from '../src/markdown_library.js';

const html = (source: string): string => {
  const box = document.createElement('div');
  box.append(inertNodes(source));
  return box.innerHTML;
};

test.each([
  ['<p>a <b>b</b></p>', '<p>a <b>b</b></p>'],
  ['<script>hit()</script>x', 'x'],
  ['<style>*{background:url(//evil)}</style>x', 'x'],
  ['<p style="background:url(//evil)" class="jp-Dialog" id="x" onclick="hit()">a</p>', '<p>a</p>'],
  ['<a href="javascript:hit()">a</a>', '<a>a</a>'],
  ['<a href=" java\nscript:hit()">a</a>', '<a>a</a>'],
  ['<a href="/lab/api/shutdown">a</a>', '<a>a</a>'],
  ['<img src="x" onerror="hit()">', '<span>[picture]</span>'],
  ['<form action="//evil"><button>b</button>t</form>', ''],
  ['<iframe srcdoc="<script>hit()</script>"></iframe>', ''],
  ['<svg><script>hit()</script></svg>', ''],
  ['<math><mtext></mtext></math>a', 'a'],
  ['<center><p>kept</p></center>', '<p>kept</p>'],
  ['<h1 id="x">a</h1>', '<h1 aria-level="5">a</h1>'],
  ['<input type="checkbox" checked> done', '☑  done'],
])('%j becomes %j', (source, wanted) => expect(html(source)).toBe(wanted));

test('a link leads out of this page, and tells nothing', () => {
  expect(html('<a href="https://example.org/">a</a>'))
    .toBe('<a href="https://example.org/" target="_blank" rel="noopener noreferrer" title="https://example.org/">a</a>');
});

test('a picture elsewhere is a link, one within is drawn', () => {
  expect(html('<img src="https://evil/p.png" alt="roc">')).toContain('[picture: roc]');
  expect(html('<img src="https://evil/p.png" srcset="https://evil/q.png 2x">')).not.toContain('<img');
  expect(html('<img src="data:image/png;base64,AAAA" alt="roc">')).toBe('<img src="data:image/png;base64,AAAA" alt="roc">');
  expect(html('<img src="data:image/svg+xml;base64,AAAA">')).not.toContain('<img');
});

test('the library reads Markdown and cleans it', async () => {
  const text = '# T\n\n**b** <img src=x onerror=hit()>\n\n[l](javascript:hit())\n\n| a |\n|---|\n| 1 |';
  const cleaned = await markdownToHtml(text);
  expect(cleaned).toContain('<h1>T</h1>');
  expect(cleaned).toContain('<td>1</td>');
  expect(cleaned).not.toMatch(/onerror|javascript:/);
});
