import { visible } from '../../error.ts';
import { formatInstant } from '../date.ts';
import { escapeHtml } from '../html.ts';
import type { AuditItem, AuditSection, AuditWords } from './words.ts';

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #8888;padding-bottom:.25rem;break-after:avoid}
ol,ul{list-style:none;padding:0}li.item{margin:1rem 0;break-inside:avoid}li.alert{border-left:4px solid #a33c0a;padding-left:.75rem}
li.item ul{margin:.25rem 0 0 1.25rem}li,p{overflow-wrap:anywhere}li.item li{white-space:pre-wrap;font-variant-numeric:tabular-nums}
.place{opacity:.75;font-size:.875rem}nav li{display:inline-block;margin-right:1rem}strong.what{font-weight:600}
@media print{body{margin:0;max-width:none}nav{display:none}}`;

/** One page that stands alone: no script, nothing from elsewhere. What is hostile in texts is shown and does nothing. */
export function auditHtml({ title, summary, sections }: AuditWords, instance: string): string {
  const told = sections.filter(({ items, empty }) => items.length > 0 || empty !== null);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(`${title} · ${instance}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
${summary.map((words) => `<p>${text(words)}</p>`).join('\n')}
<nav aria-label="Sections"><ul>${told.map(({ id, title: name, items }) => `<li><a href="#${id}">${text(name)}</a> (${items.length})</li>`).join('')}</ul></nav>
${told.map(section).join('\n')}
</body>
</html>
`;
}

function text(words: string): string {
  return escapeHtml(visible(words));
}

function section({ id, title, items, empty }: AuditSection): string {
  const body = items.length === 0 ? `<p>${text(empty ?? '')}</p>` : `<ol>\n${items.map(item).join('\n')}\n</ol>`;
  return `<section id="${id}">\n<h2>${text(title)}</h2>\n${body}\n</section>`;
}

function item({ time, report, snapshot, what, lines, commit, entry, pull, alert }: AuditItem): string {
  const name = snapshot ?? report;
  const place = [time && `<time datetime="${text(time)}">${text(formatInstant(time))}</time>`, commit && `commit <code>${text(commit)}</code>`, entry && `ledger entry ${entry}`, pull && `pull request ${pull}`].filter(Boolean).join(', ');
  const head = `${name === null ? '' : `<code>${text(name)}</code>: `}<strong class="what" dir="auto">${text(what)}</strong>${place === '' ? '' : `<br><span class="place">${place}</span>`}`;
  const rest = lines.length === 0 ? '' : `<ul>${lines.map((words) => `<li dir="auto">${text(words)}</li>`).join('')}</ul>`;
  return `<li class="item${alert ? ' alert' : ''}">${head}${rest}</li>`;
}
