/** What every page of ours shares: its frame, its look, the way to help, and the texts made harmless in it. */

type Shown = string | number | null | undefined;

/** Text made harmless in HTML. */
export function escapeHtml(value: Shown): string {
  const text = value === null || value === undefined ? '–' : String(value);
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #c9d1dc; --ok: #0a7a43; --wait: #9a6300; --bad: #b3201f; --act: #14418b; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Noto Sans", sans-serif; color: var(--ink); margin: 0; background: #fff; }
header, main, footer { max-width: 900px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 14px; } header a { margin-right: 16px; } a { color: var(--act); }
h1 { font-size: 20px; margin: 18px 0 10px; } h2 { font-size: 16px; margin: 26px 0 6px; }
form { display: flex; flex-wrap: wrap; gap: 12px; align-items: end; margin: 12px 0; }
label { display: grid; gap: 4px; flex: 1 1 220px; }
input, select, button { font: inherit; padding: 7px 10px; border: 1px solid #8a94a3; border-radius: 6px; min-width: 0; background: #fff; color: inherit; }
button { background: var(--act); color: #fff; border-color: var(--act); cursor: pointer; } button.plain { background: #fff; color: var(--act); }
button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid #f0b429; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: middle; } th { color: var(--soft); font-weight: 500; }
.scroll { overflow-x: auto; } code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); } .ok { color: var(--ok); } .wait { color: var(--wait); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
#message { color: var(--bad); overflow-wrap: anywhere; } #message:empty { display: none; }
.once { border: 2px solid var(--wait); border-radius: 8px; padding: 10px 14px; }
footer { border-top: 1px solid var(--line); margin-top: 40px; padding-top: 12px; padding-bottom: 40px; color: var(--soft); }
@media print { header, form, footer { display: none; } }`;

const PAGES = [
  ['/keys', 'Keys'],
  ['/proof', 'Proof'],
  ['/help', 'Help'],
  ['/status', 'Status'],
  ['/docs', 'API'],
] as const;

/** What a page is made of; `body` is HTML of ours, everything else is text. */
export interface PageParts {
  readonly title: string;
  readonly body: string;
  /** Whom to ask for help: the last line of every page. */
  readonly contact: string;
  /** Paths of scripts of ours. */
  readonly scripts?: readonly string[];
  /** An id that whoever helps can find: of the request that failed. */
  readonly quote?: string;
  /** Seconds after which the page looks again by itself. */
  readonly refreshSeconds?: number;
}

/** A whole page. Nothing is loaded from another host. */
export function page({ title, body, contact, scripts = [], quote, refreshSeconds }: PageParts): string {
  const links = PAGES.map(([path, name]) => `<a href="${path}">${name}</a>`).join('');
  const quoting = quote === undefined ? '' : `, quoting <code>${escapeHtml(quote)}</code>`;
  const refresh = refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body data-contact="${escapeHtml(contact)}">
<header>${links}</header>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
<footer>More help: ${escapeHtml(contact)}${quoting}</footer>
${scripts.map((path) => `<script src="${path}"></script>`).join('\n')}
</body>
</html>
`;
}

/** The field for the token of the operator door; the token stays in this tab. */
export const TOKEN_FIELD = `<label>Operator token<input id="token" type="password" autocomplete="off" required></label>`;

/** The path of the script that pages of the operator door share. */
export const OPERATOR_SCRIPT_PATH = '/pages/operator.js';

/** Asks the operator door with the token that the person typed, and says a failure with whom to ask and what to quote. */
export const OPERATOR_SCRIPT = `'use strict';
const field = (id) => document.getElementById(id);
field('token').value = sessionStorage.getItem('token') ?? '';
async function askOperatorDoor(path, init = {}) {
  const token = field('token').value.trim();
  sessionStorage.setItem('token', token);
  const headers = { authorization: 'Bearer ' + token, accept: init.accept ?? 'application/json' };
  if (init.body !== undefined) headers['content-type'] = 'application/json';
  const body = init.body === undefined ? undefined : JSON.stringify(init.body);
  const answer = await fetch('/api' + path, { method: init.method ?? 'GET', headers, body });
  if (answer.ok) return answer;
  const problem = await answer.json();
  const said = (problem.detail ?? problem.title).replace(/[.;]?$/, '.');
  throw new Error(said + ' More help: ' + document.body.dataset.contact + ', quoting ' + problem.requestId);
}
async function attempt(work) {
  field('message').textContent = '';
  try {
    await work();
  } catch (error) {
    field('message').textContent = error.message;
  }
}
function row(cells) {
  const line = document.createElement('tr');
  for (const cell of cells) {
    const place = document.createElement('td');
    if (typeof cell === 'string') place.textContent = cell;
    else if (cell instanceof Node) place.append(cell);
    else { place.textContent = cell.text; place.className = cell.kind; }
    line.append(place);
  }
  return line;
}
function ago(seconds) {
  if (seconds < 90) return Math.round(seconds) + ' s ago';
  if (seconds < 5400) return Math.round(seconds / 60) + ' min ago';
  return seconds < 172800 ? Math.round(seconds / 3600) + ' h ago' : Math.round(seconds / 86400) + ' days ago';
}
`;
